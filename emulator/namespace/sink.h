/* sink.h - endpoints inside the emulator, so that a test of pushes needs no second server
 * (admin 10).
 *
 * A sink records every request that is sent to it and answers 200, unless its script says
 * another status, or a delay. A sink is made when it is first sent to or given a script.
 *
 * Bounds  all sinks of a namespace together keep SINKS_RECORDS_MAX requests and SINKS_BYTES_MAX
 *         bytes, the newest; older ones are dropped and only counted. There are at most
 *         SINKS_MAX sinks. Besides, all that is kept takes from a budget, which others share: when
 *         that has no room for a request, older ones of the same sinks make some, and if that is
 *         not enough it is only counted.
 * Memory  sinks and records belong to their struct sinks, that to its namespace. */
#ifndef CMQ_NAMESPACE_SINK_H
#define CMQ_NAMESPACE_SINK_H

#include "base/allocator.h"
#include "base/blob.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/time.h"
#include "engine/names.h"

enum { SINKS_MAX = 1000, SINKS_RECORDS_MAX = 10000, SINKS_BYTES_MAX = 64 << 20 };

/* What a sink answers: the next `times` requests like this, later ones with 200 at once. */
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
    struct blob *blob; /* that the body is kept in; NULL if it is a short one */
};

/* The sinks of a namespace: none yet. NULL when there is no memory. sinks_free(NULL) is
 * allowed. */
struct sinks *sinks_new(const struct allocator *a, struct budget *budget);
void sinks_free(struct sinks *sinks);

/* The same in slices: each call frees about so many records, large ones count as several; the last
 * one frees *sinks, and returns true. */
bool sinks_free_some(struct sinks *sinks, size_t max);

/* NULL if there is none of this name. */
struct sink *sinks_find(const struct sinks *sinks, struct bytes name);

/* Walk through them in the order of their first mention, from NULL on; NULL at the end. */
struct sink *sinks_next(const struct sinks *sinks, const struct sink *s);
size_t sinks_count(const struct sinks *sinks);

/* The same as sinks_find(), but make it if there is none; NULL when there are SINKS_MAX already, the budget has no
 * room for another, the name is too long, or there is no memory. */
struct sink *sinks_get(struct sinks *sinks, struct bytes name);

/* Free a sink with its records and its script. */
void sink_free(struct sink *s);

/* Take a sink out, to be freed in slices: it is alone in what is returned. NULL: there was no memory
 * for that, and it has been freed. */
struct sinks *sink_take_out(struct sink *s);

/* Whether there may be another sink, as far as their number and the budget are concerned. */
bool sinks_have_room(const struct sinks *sinks);

/* Record a request, received at at_ms of virtual time; *out is how to answer it. Without room in
 * the budget the request is only counted. A body, which count has seen whole, is kept in a blob of
 * the budget's, if it is a long one. False when there is no memory: then the request has not been taken. */
bool sink_take(struct sink *s, cmq_ms at_ms, struct bytes headers, struct bytes body,
               const struct escape_count *count, struct sink_script *out);

#endif
