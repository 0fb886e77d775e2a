/* The table of fields, and what follows from a field's kind. The order of enum field_kind
 * matters: numbers, then texts, then lists, so that two comparisons tell them apart. */
#include "operations/field.h"

#include "engine/parked.h"
#include "engine/subscription.h"

#include <assert.h>
#include <stdio.h>

const struct field_row field_rows[FIELDS] = {
#define FIELD(field, name, kind, least, greatest, refusal)                                     \
    [FIELD_##field] = {name, KIND_##kind, CMQ_##refusal, least, greatest},
#include "operations/fields.def"
#undef FIELD
};

bool field_is_number(enum field f)
{
    return field_rows[f].kind <= KIND_TOLD;
}

bool field_is_list(enum field f)
{
    return field_rows[f].kind >= KIND_BODIES;
}

bool field_ignores_empty(enum field f)
{
    enum field_kind kind = field_rows[f].kind;
    return kind != KIND_NAME && kind != KIND_KEY && kind != KIND_BODIES && kind != KIND_HANDLES;
}

int64_t field_greatest(enum field f, const struct engine_limits *limits)
{
    const struct field_row *row = &field_rows[f];
    return row->kind == KIND_DELAY ? limits->max_delay_ms / 1000 : row->greatest;
}

/* ---- words: their index in the list is the value of the enum ---- */

static const struct words {
    enum field field;
    bool any_case;
    const char *list[3];
} words[] = {
    {FIELD_PROTOCOL, true, {"http", "queue", NULL}}, /* topic-api D16 */
    {FIELD_NOTIFY_STRATEGY, false, {"BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY", NULL}},
    {FIELD_NOTIFY_FORMAT, false, {"JSON", "SIMPLIFIED", NULL}},
};
_Static_assert((int)PROTOCOL_QUEUE == 1 && (int)EXPONENTIAL_DECAY_RETRY == 1 &&
                   (int)FORMAT_SIMPLIFIED == 1,
               "the words stand in the order of their enums");

static const struct words *words_of(enum field f)
{
    const struct words *w = words;
    while (w->field != f)
        w++;
    assert(w < words + sizeof words / sizeof words[0]);
    return w;
}

const char *const *field_words(enum field f)
{
    return words_of(f)->list;
}

const char *field_word(enum field f, int64_t value)
{
    return words_of(f)->list[value];
}

enum cmq_err field_find_word(enum field f, struct bytes word, int64_t *value)
{
    const struct words *w = words_of(f);
    for (int i = 0; w->list[i] != NULL; i++) {
        struct bytes candidate = bytes_of(w->list[i]);
        if (w->any_case ? bytes_equal_nocase(word, candidate) : bytes_equal(word, candidate)) {
            *value = i;
            return CMQ_OK;
        }
    }
    return field_rows[f].refusal;
}

/* ---- what is expected ---- */

static void expect_number(const struct field_row *row, int64_t greatest,
                          char out[FIELD_EXPECTED_SIZE])
{
    if (row->least <= INT64_MIN + 1)
        snprintf(out, FIELD_EXPECTED_SIZE, "a whole number");
    else
        snprintf(out, FIELD_EXPECTED_SIZE, "a whole number from %lld to %lld",
                 (long long)row->least, (long long)greatest);
}

static void expect_text(const struct field_row *row, char out[FIELD_EXPECTED_SIZE])
{
    long long least = (long long)row->least;
    long long greatest = (long long)row->greatest;
    size_t size = FIELD_EXPECTED_SIZE;
    switch ((int)row->kind) {
    case KIND_NAME:
        snprintf(out, size, "%lld to %lld letters, digits, \"-\" and \"_\", the first a letter",
                 least, greatest);
        break;
    case KIND_KEY:
        snprintf(out, size, "a text of at most %lld bytes, with at most %d dots", greatest,
                 KEY_WORDS_MAX - 1);
        break;
    case KIND_ENDPOINT:
        snprintf(out, size, "an http:// URL of at most %lld bytes, or the name of a queue",
                 greatest);
        break;
    case KIND_POLICY:
        snprintf(out, size, "an object with deadLetterQueue, policy and its bound");
        break;
    default:
        snprintf(out, size, "a text of %lld to %lld bytes", least, greatest);
        break;
    }
}

static void expect_list(const struct field_row *row, char out[FIELD_EXPECTED_SIZE])
{
    long long greatest = (long long)row->greatest;
    size_t size = FIELD_EXPECTED_SIZE;
    if (row->kind == KIND_TAGS || row->kind == KIND_LABELS)
        snprintf(out, size, "a list of at most %lld texts, each of at most %d characters",
                 greatest, row->kind == KIND_TAGS ? TAG_CHARACTERS_MAX : LABEL_CHARACTERS_MAX);
    else if (row->kind == KIND_KEYS)
        snprintf(out, size, "a list of at most %lld texts, each of at most %d bytes", greatest,
                 KEY_LENGTH_MAX);
    else
        snprintf(out, size, "a list of %lld to %lld texts", (long long)row->least, greatest);
}

void field_expected(enum field f, const struct engine_limits *limits,
                    char out[FIELD_EXPECTED_SIZE])
{
    const struct field_row *row = &field_rows[f];
    if (row->kind == KIND_WORD)
        snprintf(out, FIELD_EXPECTED_SIZE, "%s or %s", field_word(f, 0), field_word(f, 1));
    else if (field_is_number(f))
        expect_number(row, field_greatest(f, limits), out);
    else if (field_is_list(f))
        expect_list(row, out);
    else
        expect_text(row, out);
}
