/* arguments.h - what an operation is given: values that have been judged.
 *
 * Use     arguments_clear(), then set one value after the other. Each is judged by itself when
 *         it is set: type, range, form. Whether a value is required, how it is spelled, and in
 *         which order values are judged is decided by the caller, for example api/v2/params.c.
 * Memory  texts are not copied, and must live until the operation is over. Only values that
 *         are given are written or read, so that clearing costs nothing whatever the size.
 * Errors  those of fields.def; a value that is refused is not given. */
#ifndef CMQ_OPERATIONS_ARGUMENTS_H
#define CMQ_OPERATIONS_ARGUMENTS_H

#include "engine/engine.h"
#include "operations/field.h"
#include "operations/page.h"

#include <assert.h>

/* What goes wrong on purpose with an operation; zeroed, nothing does. */
struct oddity {
    struct odd_receipt receipt; /* of a receive */
    bool without_wait;          /* it is empty only if it does not wait */
    uint32_t lag;               /* the counts that it tells are so much too low */
};

struct arguments {
    uint64_t given;   /* a bit for each field */
    uint64_t clamped; /* likewise: the value was out of range (decisions 17) */
    union {
        int64_t number;
        struct bytes text;
    } values[FIELDS]; /* of fields that are no lists */
    size_t batch_count, tag_count, key_count;
    /* No operation takes both of what shares a list. */
    struct bytes batch[BATCH_MAX]; /* bodies or handles */
    struct bytes tags[TAGS_MAX];   /* of a message or of a subscription */
    struct bytes keys[BINDING_KEYS_MAX];
    /* Lent by the caller; with arguments_clear() there are none. */
    const struct selection *selection; /* of what is listed */
    const struct tag *resource_tags;   /* of what is created; judged by the caller */
    size_t resource_tag_count;
    struct oddity odd;
    struct dead_letter_request policy; /* what FIELD_DEAD_LETTER_POLICY says */
    char policy_target[NAME_MAX_LENGTH + 1];
};
_Static_assert(FIELDS <= 64, "a bit for each field");

static inline void arguments_clear(struct arguments *a)
{
    a->given = a->clamped = 0;
    a->batch_count = a->tag_count = a->key_count = a->resource_tag_count = 0;
    a->selection = NULL;
    a->odd = (struct oddity){.lag = 0};
}

/* ---- setting ---- */

/* PARAM_TYPE if the field is a number and the text is not. A dead-letter policy is always
 * accepted: what is wrong with its JSON is left in policy.refusal, since it is reported only
 * after other errors (queue-api 4.2). */
enum cmq_err argument_set_text(struct arguments *a, enum field f, struct bytes text,
                               const struct engine_limits *limits);

/* For fields that are numbers. */
enum cmq_err argument_set_int(struct arguments *a, enum field f, int64_t n,
                              const struct engine_limits *limits);

/* For fields that are lists: add one member. An empty text is skipped where
 * field_ignores_empty() says so. */
enum cmq_err argument_add_text(struct arguments *a, enum field f, struct bytes text);

/* Whether it is a tag, or several that are joined, of at most so many characters, and can stand in a header
 * (topic-api D36). */
bool argument_is_tag(struct bytes text, size_t characters);

/* PARAM_RANGE or TOO_MANY_WORDS for what can be no routing or binding key (topic-api 3.2). */
enum cmq_err argument_check_key(struct bytes key);

/* Set without judging what is known to be right. */
void argument_put_int(struct arguments *a, enum field f, int64_t n);
void argument_put_text(struct arguments *a, enum field f, struct bytes text);

/* ---- reading ---- */

static inline bool argument_given(const struct arguments *a, enum field f)
{
    return (a->given >> f & 1) != 0;
}

/* Whether the value was taken for the nearest one that is allowed. */
static inline bool argument_clamped(const struct arguments *a, enum field f)
{
    return (a->clamped >> f & 1) != 0;
}

/* The number that was given, otherwise the one passed. */
static inline int64_t argument_int(const struct arguments *a, enum field f, int64_t otherwise)
{
    assert(field_is_number(f));
    return argument_given(a, f) ? a->values[f].number : otherwise;
}

/* The text that was given, otherwise one without data. */
static inline struct bytes argument_text(const struct arguments *a, enum field f)
{
    assert(!field_is_number(f) && !field_is_list(f));
    return argument_given(a, f) ? a->values[f].text : (struct bytes){NULL, 0};
}

/* The members of a list: none if it was not given. */
struct texts {
    const struct bytes *items;
    size_t count;
};
struct texts argument_list(const struct arguments *a, enum field f);

#endif
