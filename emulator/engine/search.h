/* search.h - find a message by its id, in slices.
 *
 * An engine has no table of its messages by id, since no command needs one: they would all pay for
 * it. So whoever wants to look at one of a million walks through them. Nothing else may happen in
 * the engine before the search is over. */
#ifndef CMQ_ENGINE_SEARCH_H
#define CMQ_ENGINE_SEARCH_H

#include "engine/queue.h"

struct engine;
struct publication;
struct topic;

struct search {
    uint64_t id;
    const struct message *message;         /* what is found, or NULL; */
    const struct publication *publication; /* likewise: none or one of them */
    /* Where it has got to. */
    struct queue *queue;
    struct message_cursor at;
    struct topic *topic;
    struct list_node *next;
};

void engine_begin_search(const struct engine *e, struct search *s, uint64_t id);

/* False when the effort is used up before it is over. */
bool engine_search(const struct engine *e, struct search *s);

#endif
