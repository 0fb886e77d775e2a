/* log.h - one line for each request that is not routine, on standard error (decisions 41).
 *
 * Lines are collected and written together once in each turn of the loop, so that logging costs
 * one system call for many requests. log_request() and log_note() are memory only and cannot
 * block; what log_flush() cannot write at once is lost. */
#ifndef CMQ_SERVER_LOG_H
#define CMQ_SERVER_LOG_H

#include "server/options.h"
#include "service/record.h"

struct log {
    enum log_format format;
    int fd;
    struct buffer lines;
};

struct log_entry {
    cmq_ms real_ms, virtual_ms;
    struct record record;
    int64_t took_us;
};

void log_request(struct log *l, const struct log_entry *entry);

/* A line about something that is no request. */
void log_note(struct log *l, cmq_ms real_ms, const char *text);

void log_flush(struct log *l);

#endif
