/* log.h - one line for each request, on standard error.
 *
 * Lines are collected and written together once in each turn of the loop, so that logging costs
 * one system call for many requests. log_request() is memory only and cannot block; what
 * log_flush() cannot write at once is lost. */
#ifndef CMQ_SERVER_LOG_H
#define CMQ_SERVER_LOG_H

#include "server/options.h"

struct log {
    enum log_format format;
    int fd;
    struct buffer lines;
};

struct log_entry {
    cmq_ms real_ms, virtual_ms;
    struct bytes method;
    const char *name; /* of the Action, or "admin" */
    int code;         /* of CMQ or HTTP */
    int64_t took_us;
};

void log_request(struct log *l, const struct log_entry *entry);
void log_flush(struct log *l);

#endif
