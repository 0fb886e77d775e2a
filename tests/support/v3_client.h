/* v3_client.h - a client of API 3.0 within the test: a call of each product, its answer as JSON.
 *
 * The answer, with all that belongs to it, lives until the next call or v3_forget(). */
#ifndef CMQ_TESTS_V3_CLIENT_H
#define CMQ_TESTS_V3_CLIENT_H

#include "api/v3/call.h"

#include "tests/support/engine_expect.h"

#include <cjson/cJSON.h>

struct v3_sent {
    const char *method;           /* NULL: POST */
    const char *action, *version; /* NULL: no such field */
    const char *timestamp;        /* "": none */
    struct bytes query, body;     /* of a call told by its fields */
    const char *form;             /* not NULL: told by its parameters */
    bool too_large;
    int refusal;
};

struct v3_got {
    char code[64]; /* "" for success */
    char message[600], warnings[600], queue[80], topic[80], subscription[80], action[80];
    size_t warning_kinds[WARNING_KINDS];
    cJSON *answer;         /* all of it */
    const cJSON *response; /* what is in Response */
};

/* Send a call to the engine; the envelope of the answer is checked. */
const struct v3_got *v3_send(struct engine *e, const struct v3_sent *sent);

/* A call in JSON, as SDKs make them, and the same flattened. */
const struct v3_got *v3_cmq(struct engine *e, const char *action, const char *json);
const struct v3_got *v3_tdmq(struct engine *e, const char *action, const char *json);
const struct v3_got *v3_tdmq_form(struct engine *e, const char *action, const char *form);
const struct v3_got *v3_of(struct engine *e, enum v3_product product, const char *action,
                           const char *json);

/* The same; it must succeed, or get just this code. */
const cJSON *v3_get(struct engine *e, enum v3_product product, const char *action,
                    const char *json);
void v3_expect(struct engine *e, enum v3_product product, const char *action, const char *json,
               const char *code);

/* A member of the response, by a path such as "QueueSet.0.QueueName"; it must be there. */
const cJSON *v3_member(const cJSON *object, const char *path);
const char *v3_text(const cJSON *object, const char *path);
int64_t v3_number(const cJSON *object, const char *path);

void v3_forget(void);

#endif
