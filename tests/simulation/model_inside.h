/* model_inside.h - what the files of the model share. */
#ifndef CMQ_TESTS_MODEL_INSIDE_H
#define CMQ_TESTS_MODEL_INSIDE_H

#include "tests/simulation/model.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EACH(type, variable, array)                                                            \
    type *variable = (array);                                                                  \
    (variable) < (array) + sizeof(array) / sizeof((array)[0]);                                 \
    (variable)++

/* How many of a kind were made before the one with this serial. */
#define COUNT_BEFORE(type, array, with_serial, count)                                          \
    for (EACH(type, other, array))                                                             \
    (count) += other->name[0] != '\0' && other->serial < (with_serial)

void model_copy_name(char out[NAME_MAX_LENGTH + 1], const char *name);
void model_arm(struct model *m, struct model_event *e, enum event_kind kind, cmq_ms due_ms);

/* The count of the present second. */
size_t *model_rate_now(struct model *m, struct model_rate *r);

bool model_cools(const struct model *m, const char *name, bool of_topic);
void model_cool(struct model *m, const char *name, bool of_topic);

/* When the message is gone (queue-api 3.2). */
cmq_ms model_expire_ms(const struct model_message *msg);

/* A send without serving the polls, which is left to the end of the instant. */
enum cmq_err model_deliver(struct model *m, struct model_queue *q, const struct bytes *bodies,
                           size_t count, cmq_ms delay_ms, uint64_t *ids);

/* Serve the polls of all queues that have changed. */
void model_serve_all(struct model *m);

/* An event of theirs fires; what it will do is of this kind. */
void model_fire_message(struct model *m, struct model_message *msg, enum event_kind kind);
void model_fire_poll(struct model *m, struct model_poll *p);
void model_fire_late(struct model *m, struct model_late *l);
void model_fire_push(struct model *m, struct model_delivery *d, size_t firing);
void model_fire_publication(struct model *m, struct model_publication *p);

bool model_has_offered(struct model *m);

#endif
