/* event_copy.h - an event as people see it, with names of its own: for those that keep events longer than what they
 * are about lives. */
#ifndef CMQ_ENGINE_EVENT_COPY_H
#define CMQ_ENGINE_EVENT_COPY_H

#include "engine/event.h"
#include "engine/names.h"

struct event_copy {
    cmq_ms at_ms;
    uint64_t msg_id;  /* 0 where there is no message */
    uint32_t attempt; /* of a push; else 0 */
    enum event_kind kind;
    bool of_topic; /* name is that of a topic, else of a queue */
    char name[NAME_MAX_LENGTH + 1];
    char subscription_name[NAME_MAX_LENGTH + 1]; /* "" for none */
};

void event_copy_take(struct event_copy *c, const struct event_view *v);

/* As the engine would show it. Its names are those of the copy. */
struct event_view event_copy_view(const struct event_copy *c);

#endif
