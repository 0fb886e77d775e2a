/* sink.h - endpoints of a namespace's own, so that a test of pushes needs no second server.
 *
 * A sink records every request that is sent to it and answers 200, unless it is told to answer
 * another status, or later. Sinks come into being when they are first spoken of.
 *
 * Bounds  all sinks of a namespace together keep SINKS_RECORDS_MAX requests and SINKS_BYTES_MAX
 *         bytes, the newest; older ones are dropped and counted. There are at most SINKS_MAX.
 */
#ifndef CMQ_NAMESPACE_SINK_H
#define CMQ_NAMESPACE_SINK_H

#include "base/bytes.h"
#include "base/list.h"
#include "base/time.h"
#include "engine/names.h"

enum { SINKS_MAX = 1000, SINKS_RECORDS_MAX = 10000, SINKS_BYTES_MAX = 64 << 20 };

/* What a sink answers: the first `times` requests like this, later ones as usual. */
struct sink_script {
    int status;      /* of HTTP; 200 is usual */
    cmq_ms delay_ms; /* real time */
    int64_t times;   /* -1: always */
};

struct sink {
    struct sinks *sinks;
    struct list_node link; /* in sinks->list, in order of their first mention */
    struct list_node records;
    size_t count;   /* of records */
    uint64_t total; /* requests since it was made or cleared */
    struct sink_script script;
    char name[NAME_MAX_LENGTH + 1];
};

struct sink_record {
    struct sink *sink;
    struct list_node link;   /* in sink->records */
    struct list_node by_age; /* in sinks->records */
    cmq_ms at_ms;            /* virtual time */
    int status;              /* that was answered */
    struct bytes headers;    /* lines "Name: value\n" as they came */
    struct bytes body;
};

/* Those of a namespace. NULL when there is no memory; NULL is allowed in sinks_free(). */
struct sinks *sinks_new(void);
void sinks_free(struct sinks *sinks);

/* Forget all of them. */
void sinks_clear(struct sinks *sinks);

/* NULL if there is none of this name. */
struct sink *sinks_find(const struct sinks *sinks, struct bytes name);

/* The same, but make it; NULL when there are SINKS_MAX, or no memory. */
struct sink *sinks_get(struct sinks *sinks, struct bytes name);

/* Forget it: its records and what it was told. */
void sink_free(struct sink *s);

/* Record a request; returns how it is to be answered. Without memory it is counted only. */
struct sink_script sink_take(struct sink *s, cmq_ms at_ms, struct bytes headers,
                             struct bytes body);

#endif
