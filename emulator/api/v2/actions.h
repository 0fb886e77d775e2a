/* actions.h - the tables of Actions: name, plane, parameters, what carries them out.
 *
 * A new Action is a row here and a function. The function reads c->args, calls the engine, and
 * on success writes the answer between answer_open() and answer_close(). On failure it returns
 * the error and writes nothing; if the error's text has a place for a name, it sets c->culprit.
 */
#ifndef CMQ_API_V2_ACTIONS_H
#define CMQ_API_V2_ACTIONS_H

#include "api/v2/call.h"

enum plane { PLANE_CONTROL, PLANE_DATA, PLANE_ROUTE };
enum model { MODEL_QUEUE, MODEL_TOPIC };

/* What an Action is about, and must exist: it is found by the names among the parameters. */
enum subject { ON_NOTHING, ON_QUEUE, ON_TOPIC, ON_SUBSCRIPTION };

struct action {
    const char *name;
    enum model model;
    enum plane plane;
    enum subject subject; /* is found in c->queue, c->topic, c->subscription */
    const struct param *params;
    size_t param_count;
    int (*run)(struct call *c);
};

/* The rows of each file. */
extern const struct action queue_actions[], topic_actions[];
extern const size_t queue_action_count, topic_action_count;

/* Case does not matter (sdk-compat 9.10). NULL if there is none. */
const struct action *action_find(struct bytes name);

/* All Actions have numbers, from 0 to action_count() - 1. */
size_t action_count(void);
const struct action *action_at(size_t number);
size_t action_number(const struct action *a);

/* Write code, message, requestId and what else stands in every answer. */
void answer_open(struct call *c, int err, struct bytes culprit);
void answer_close(struct call *c);

/* Begin the answer of a call that went well. */
void answer_begin(struct call *c);

/* All of an answer that says no more than that it went well. */
void answer_empty(struct call *c);

/* msgId, or msgList. */
void answer_ids(struct call *c, const uint64_t *ids, size_t count, bool batch);

/* addr: where this emulator listens, as the client knows it (common 11). */
int answer_route(struct call *c);

/* A page of things whose names contain searchWord: begin, offer each, answer. */
struct listing {
    int64_t offset, limit;
    struct bytes word;
    int64_t matches;     /* so far, on this page or not */
    struct buffer items; /* those on the page, as a JSON list */
};
void listing_begin(struct listing *l, const struct args *args);

/* Whether it is on the page; then the caller writes it to l->items. */
bool listing_takes(struct listing *l, const char *name);

void listing_answer(struct call *c, struct listing *l, const char *list_key);

/* Write the attributes of a queue, with CMQ's names (queue-api 2.3). */
void answer_attributes(struct buffer *b, const struct queue *q);

/* The answer of a receive: one message, or the list of a batch. */
void answer_messages(struct call *c, const struct message *const *messages, size_t count);

#endif
