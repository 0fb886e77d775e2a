/* feed.h - what changes in namespaces, told to those who read it as it happens (admin 17).
 *
 *     reader --> feed --> namespace
 *
 * A feed is there while somebody reads of its namespace. When something is different from what it has told, it
 * makes a batch: text that all its readers share. It keeps the last FEED_BATCHES of them; who has not taken a
 * batch before its place is needed is told to load everything anew, and is never waited for.
 *
 * A reader is the source of an answer that has no end. Where it has nothing to say, source.next() appends nothing,
 * and feed_reader_is_idle() is true until feeds->wake() is called for its owner.
 *
 * Time     real time, a parameter: a clock that stands makes no difference.
 * Cost     nothing while nobody reads; else a comparison at most once a millisecond, and a batch at most once an
 *          interval, which is longer where many read it.
 * Budget   a feed takes FEED_SIZE of that of answers, for its batches; a reader counts as an answer. */
#ifndef CMQ_ADMIN_FEED_H
#define CMQ_ADMIN_FEED_H

#include "admin/answer.h"
#include "base/source.h"
#include "namespace/registry.h"

enum {
    FEED_INTERVAL_MS = 250,
    FEED_SILENCE_MS = 15000,
    FEED_BATCHES = 8,
    FEED_BATCH_MAX = 64 * 1024, /* bytes of text */
    FEED_SIZE = FEED_BATCHES * FEED_BATCH_MAX,
    FEED_PAST = 1024, /* events, and entries, that whoever begins is told of */
};

struct feeds {
    struct list_node all;
    const struct registry *registry;
    struct budget *budget;
    name_error_fn *name_error;
    void (*wake)(void *owner);
    cmq_ms interval_ms, silence_ms;
    cmq_ms run;     /* when the program began: part of all ids */
    uint64_t last;  /* number that was given to a batch, of any feed */
    cmq_ms ran_ms;  /* when feeds_run() looked last */
    cmq_ms wake_ms; /* see feeds_wake_ms() */
    bool is_stopping;
};

struct feed_reader;

void feeds_init(struct feeds *all, const struct registry *registry, struct budget *budget,
                name_error_fn *name_error, void (*wake)(void *owner), cmq_ms real_now_ms);

/* A reader of ns, within its bracket, which is whole: it begins with the past, unless after is the id of something
 * that its feed has told. It ends after so long. NULL, with the mistake, when there is no room. Its answer is open in ns until it ends. */
struct feed_reader *feed_read(struct feeds *all, struct namespace *ns, struct bytes after,
                              cmq_ms until_ms, struct buffer *out, struct mistake *m);
struct source *feed_reader_source(struct feed_reader *r);
void feed_reader_belongs_to(struct feed_reader *r, void *owner);
bool feed_reader_is_idle(const struct feed_reader *r);

/* Nothing more is told: the source ends. The owner is woken. */
void feed_reader_end(struct feed_reader *r);

/* Make the batches that are due. Not in a bracket. */
void feeds_run(struct feeds *all, cmq_ms real_now_ms);

/* When feeds_run() next has work; CMQ_NEVER. */
cmq_ms feeds_wake_ms(const struct feeds *all);

/* The program stops: all readers end. */
void feeds_stop(struct feeds *all);

#endif
