/* survey.h - what is pending in a namespace, by spans of time: how many events by kind there are
 * between instants, when the last one is, and which are the first within a span.
 *
 * All events are looked at, in slices, in whatever order they lie, and none is sorted but those that
 * are told. Of what is pending when the survey begins all is counted, but for what ends meanwhile.
 *
 * Memory  of the C library, charged to a budget. What is told is copied: what it names may go. */
#ifndef CMQ_NAMESPACE_SURVEY_H
#define CMQ_NAMESPACE_SURVEY_H

#include "base/budget.h"
#include "engine/engine.h"
#include "engine/event_copy.h"

/* Which events are asked for: all; or those of a kind, of a queue, of a topic. */
struct event_filter {
    bool has_kind, has_queue, has_topic;
    enum event_kind kind;
    char queue[NAME_MAX_LENGTH + 1], topic[NAME_MAX_LENGTH + 1];
};

bool event_filter_fits(const struct event_filter *f, const struct event_view *v);

/* What is asked. */
struct survey_of {
    cmq_ms from_ms, to_ms; /* of those that are told, inclusive */
    size_t most;           /* of them */
    size_t edges; /* instants between which events are counted: rising; 0 or 2 and more */
    struct event_filter filter; /* of all that are told or counted */
};

struct survey_event {
    struct event_copy event;
    uint64_t order; /* of two of one instant that with the lower one fires first */
};

struct survey {
    struct survey_of of;
    struct budget *budget;
    size_t charged;
    cmq_ms *edges;    /* set by the caller before it begins */
    uint64_t *counts; /* of span i and kind k: at i * EVENT_KINDS + k */
    cmq_ms last_ms;   /* of all that is pending; -1: nothing is */
    uint64_t total;   /* of what could be told */
    size_t told;      /* of events; the latest first while it is made, see survey_end() */
    struct survey_event *events; /* most */
};

/* How many bytes it takes; and one that is charged to the budget, which is to have room. NULL when there is
 * no memory. */
size_t survey_size(const struct survey_of *of);
struct survey *survey_new(const struct survey_of *of, struct budget *budget);
void survey_free(struct survey *s);

/* Go on with the events of e; false when the effort is used up before it has seen all of them. */
bool survey_go_on(struct survey *s, struct engine *e, struct effort *effort);

/* It has seen all: put what is told in the order in which it fires. */
void survey_end(struct survey *s);

#endif
