/* arguments.h - what an operation is given: values that have been judged.
 *
 * Use     arguments_clear(), then set one value after the other. Each is judged by itself when
 *         it is set: type, range, form. Whether it has to be there, what it may be called, and
 *         in which order values are judged is the matter of whoever reads them.
 * Memory  texts are lent, and must live until the operation is over. Only what is given is ever
 *         written or read: a struct arguments costs nothing to clear, whatever its size.
 * Errors  of fields.def; a value that is refused is not given. */
#ifndef CMQ_OPERATIONS_ARGUMENTS_H
#define CMQ_OPERATIONS_ARGUMENTS_H

#include "engine/engine.h"
#include "operations/field.h"

struct arguments {
    uint64_t given; /* a bit for each field */
    union {
        int64_t number;
        struct bytes text;
    } values[FIELDS]; /* of fields that are no lists */
    size_t batch_count, tag_count, key_count;
    /* No operation takes both of what shares a list. */
    struct bytes batch[BATCH_MAX]; /* bodies or handles */
    struct bytes tags[TAGS_MAX];   /* of a message or of a subscription */
    struct bytes keys[BINDING_KEYS_MAX];
    struct dead_letter_request policy; /* what FIELD_DEAD_LETTER_POLICY says */
    char policy_target[NAME_MAX_LENGTH + 1];
};
_Static_assert(FIELDS <= 64, "a bit for each field");

static inline void arguments_clear(struct arguments *a)
{
    a->given = 0;
    a->batch_count = a->tag_count = a->key_count = 0;
}

/* ---- setting ---- */

/* PARAM_TYPE for a number that is none. A dead-letter policy is always accepted: what is wrong
 * with its JSON is left in policy.refusal, to be told when other errors have had their turn. */
enum cmq_err argument_set_text(struct arguments *a, enum field f, struct bytes text,
                               const struct engine_limits *limits);

/* For numbers alone. */
enum cmq_err argument_set_int(struct arguments *a, enum field f, int64_t n,
                              const struct engine_limits *limits);

/* For lists alone: one member more. A text that says nothing, see field_ignores_empty(), is
 * left out. */
enum cmq_err argument_add_text(struct arguments *a, enum field f, struct bytes text);

/* Without judging, of what is known to be right. */
void argument_put_int(struct arguments *a, enum field f, int64_t n);
void argument_put_text(struct arguments *a, enum field f, struct bytes text);

/* ---- reading ---- */

static inline bool argument_given(const struct arguments *a, enum field f)
{
    return (a->given >> f & 1) != 0;
}

/* The number that was given, or else the other one. */
static inline int64_t argument_int(const struct arguments *a, enum field f, int64_t otherwise)
{
    return argument_given(a, f) ? a->values[f].number : otherwise;
}

/* The text that was given, or else one without data. */
static inline struct bytes argument_text(const struct arguments *a, enum field f)
{
    return argument_given(a, f) ? a->values[f].text : (struct bytes){NULL, 0};
}

/* A list; nothing is in one that was not given. */
struct texts {
    const struct bytes *items;
    size_t count;
};
struct texts argument_list(const struct arguments *a, enum field f);

#endif
