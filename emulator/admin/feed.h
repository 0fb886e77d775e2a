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

/* What a feed has told, or could tell now. */
struct pulse {
    enum clock_mode mode;
    cmq_ms where_ms; /* of a clock that stands; else how far it is from real time */
    size_t pending, parked, in_flight;
    uint64_t fired, entries, acts, admin_acts, resets, restores, namespaces;
    bool busy;
};

struct batch {
    uint64_t number;
    struct buffer text;
    bool is_last; /* nothing follows for whoever reads it */
};

struct feed {
    struct list_node link; /* in feeds->all */
    struct feeds *all;
    struct namespace *ns;
    struct list_node readers;
    size_t reader_count;
    struct pulse told;
    struct batch batches[FEED_BATCHES]; /* a ring */
    size_t made;                        /* batches so far */
    uint64_t last,
        dropped;    /* numbers: of the last batch, and of the last that is not kept; before
                             * there is any, of the beginning */
    cmq_ms due_ms;  /* no batch before */
    cmq_ms said_ms; /* when the last one was made */
    bool is_gone;   /* its namespace */
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

/* ---- for readers ---- */

/* The batch behind this number; NULL if it has not been made. */
const struct batch *feed_next(const struct feed *f, uint64_t number);

/* Of texts: an event from "event:" to the object that the caller fills, and its end. number: of the batch that
 * is told when this has been read, 0: of none. */
void feed_open_event(struct buffer *b, const struct feeds *all, const char *name,
                     uint64_t number);
void feed_close_event(struct buffer *b);
void feed_write_reload(struct buffer *b, const struct feeds *all, const char *why);

/* "events" from one number on, up to another, exclusive; as many as there is room for before the text has
 * this length; and "left". Returns the number to go on with. */
uint64_t feed_write_fired(struct buffer *b, const struct recent *r, uint64_t from,
                          uint64_t until, uint64_t left, size_t text_end);

/* The same with "entries", behind one number and up to another, inclusive. What has no room is told by a
 * further event, or left out. Returns the number of the last that was looked at. */
uint64_t feed_write_entries(struct buffer *b, const struct feed *f, uint64_t behind,
                            uint64_t last, uint64_t left, bool goes_on);

enum changed {
    CHANGED_QUEUES = 1,
    CHANGED_TOPICS = 2,
    CHANGED_FAULTS = 4,
    CHANGED_SNAPSHOTS = 8,
    CHANGED_NAMESPACES = 16,
    CHANGED_SINKS = 32,
    CHANGED_SIGNATURES = 64,
    CHANGED_ALL = 127
};
void feed_write_changed(struct buffer *b, const struct feeds *all, unsigned changed,
                        uint64_t number);

#endif
