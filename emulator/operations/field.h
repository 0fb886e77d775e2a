/* field.h - the values that operations take: what each is called and what it may be.
 *
 * For     everything that reads or writes such values: a protocol, the configuration file, the
 *         admin interface. The rows are in fields.def.
 * Units   those of CMQ: seconds, bytes, Unix seconds. */
#ifndef CMQ_OPERATIONS_FIELD_H
#define CMQ_OPERATIONS_FIELD_H

#include "base/bytes.h"
#include "engine/errors.h"
#include "engine/limits.h"

#include <stdint.h>

enum field {
#define FIELD(field, name, kind, least, greatest, refusal) FIELD_##field,
#include "operations/fields.def"
#undef FIELD
    FIELDS
};

enum field_kind {
    /* numbers */
    KIND_NUMBER,
    KIND_WAIT,  /* above the greatest: strict limits refuse it, relaxed ones lower it */
    KIND_DELAY, /* limits.max_delay_ms is the upper bound */
    KIND_WORD,  /* one of a few words; the value is that of its enum */
    KIND_TOLD,  /* answered to clients, never given by them */
    /* texts */
    KIND_NAME, /* queue-api 5.1, topic-api 2.0 */
    KIND_TEXT,
    KIND_KEY,      /* topic-api 3.2 */
    KIND_ENDPOINT, /* judged by the protocol that was given before it (topic-api 2.8) */
    KIND_POLICY,   /* JSON (queue-api 4) */
    /* lists of texts */
    KIND_BODIES,
    KIND_HANDLES,
    KIND_TAGS,   /* topic-api D36 */
    KIND_LABELS, /* the same, but longer (api3 8.16) */
    KIND_KEYS,
};

struct field_row {
    const char *name;
    enum field_kind kind;
    enum cmq_err refusal;
    int64_t least, greatest;
};
extern const struct field_row field_rows[FIELDS];

bool field_is_number(enum field f);
bool field_is_list(enum field f);

/* Whether an empty text counts as if nothing were given: for all but names, bodies, handles and
 * the routing key (decisions 8). */
bool field_ignores_empty(enum field f);

/* The words of a field of KIND_WORD, ended by NULL. */
const char *const *field_words(enum field f);

/* The word for a value of such a field. */
const char *field_word(enum field f, int64_t value);

/* What a value must be, to follow "must be": "a whole number from 1 to 43200". */
enum { FIELD_EXPECTED_SIZE = 128 };
void field_expected(enum field f, const struct engine_limits *limits,
                    char out[FIELD_EXPECTED_SIZE]);

/* The greatest number allowed under these limits. */
int64_t field_greatest(enum field f, const struct engine_limits *limits);

/* The value of a word; the field's refusal if it is not one of its words. */
enum cmq_err field_find_word(enum field f, struct bytes word, int64_t *value);

#endif
