/* params.h - the parameters of an Action: a table of them, and one judge for all tables.
 *
 * An Action's table has one row a parameter. params_read() walks the rows and judges, for each
 * in turn: presence, form of the key, gaps, batch size, type, range, form of the name, empty
 * body (queue-api 1.6), for topics also tags, keys and words. What is not in the table is
 * ignored (SDKs send more, common 3.4). */
#ifndef CMQ_API_V2_PARAMS_H
#define CMQ_API_V2_PARAMS_H

#include "base/form.h"
#include "engine/errors.h"
#include "engine/limits.h"
#include "engine/parked.h"

#include <stdint.h>

/* An integer that was not given, or given empty. */
#define ABSENT INT64_MIN

enum param_kind {
    PARAM_QUEUE_NAME,        /* queue-api 5.1 */
    PARAM_TOPIC_NAME,        /* topic-api 2.0 */
    PARAM_TOPIC_NAME_EITHER, /* the same; may be spelled with a capital T (D19) */
    PARAM_SUBSCRIPTION_NAME,
    PARAM_TEXT,    /* min .. max bytes */
    PARAM_INT,     /* min .. max */
    PARAM_WAIT,    /* the same; above max it is an error only under strict limits */
    PARAM_DELAY,   /* the same, with an error and an upper bound of its own */
    PARAM_BODY,    /* not empty */
    PARAM_BODIES,  /* name.n, each not empty */
    PARAM_HANDLE,  /* any text */
    PARAM_HANDLES, /* name.n */
    PARAM_ROUTING_KEY,
    PARAM_ENDPOINT, /* of the protocol that stands before it in the table */
    PARAM_MSG_TAGS, /* name.n; likewise the next two */
    PARAM_FILTER_TAGS,
    PARAM_BINDING_KEYS,
    PARAM_PROTOCOL, /* enum push_protocol */
    PARAM_STRATEGY, /* enum notify_strategy */
    PARAM_FORMAT,   /* enum notify_format */
};

/* A list of a few texts. One that holds nothing but empty texts counts as absent. */
enum { TEXTS_MAX = 5 };
struct texts {
    size_t count;
    struct bytes items[TEXTS_MAX];
};

/* The values of all parameters of all Actions; an Action uses those of its table. Strings lie
 * in the memory of the form; data is NULL for one that is absent. */
struct args {
    struct bytes queue_name; /* also deadLetterQueueName */
    struct bytes search_word;
    struct bytes dead_letter_policy;
    struct bytes topic_name, subscription_name, endpoint, routing_key;
    struct texts tags; /* msgTag or filterTag */
    struct texts binding_keys;
    int64_t protocol, strategy, format; /* values of their enums */
    int64_t filter_type;
    struct bytes batch[BATCH_MAX]; /* bodies or handles, in the order of their numbers */
    size_t batch_count;
    int64_t max_heap, polling_wait_s, visibility_s, max_msg_size, retention_s, rewind_s;
    int64_t delay_s, num_of_msg, start_consume_s, offset, limit;
};

struct param {
    const char *name;
    enum param_kind kind;
    bool required;
    int64_t min, max;
    size_t field; /* offset in struct args; a batch has its own place */
};

/* Fill *args, all of it. On failure *culprit is the name that the error is about. */
int params_read(const struct param *params, size_t count, const struct form *form,
                const struct engine_limits *limits, struct args *args, struct bytes *culprit);

/* The word for a value of PARAM_PROTOCOL, PARAM_STRATEGY or PARAM_FORMAT. */
const char *param_word(enum param_kind kind, int value);

#endif
