/* One function judges each kind of field; whatever a protocol calls a value, and however it is
 * written there, it comes through here. A text becomes a number or a word first, so numbers
 * that arrive as numbers (from JSON) are held to the same bounds.
 *
 * Judging may depend on what was given before: an endpoint on the protocol. The tables of
 * parameters have them in that order. */
#include "operations/arguments.h"

#include "base/json.h"
#include "base/number.h"
#include "operations/dead_letter.h"
#include "operations/endpoint.h"

#include <assert.h>

static void note(struct arguments *a, enum field f)
{
    a->given |= (uint64_t)1 << f;
}

void argument_put_int(struct arguments *a, enum field f, int64_t n)
{
    assert(field_is_number(f));
    a->values[f].number = n;
    note(a, f);
}

void argument_put_text(struct arguments *a, enum field f, struct bytes text)
{
    assert(!field_is_number(f) && !field_is_list(f));
    a->values[f].text = text;
    note(a, f);
}

/* ---- numbers ---- */

enum cmq_err argument_set_int(struct arguments *a, enum field f, int64_t n,
                              const struct engine_limits *limits)
{
    const struct field_row *row = &field_rows[f];
    int64_t greatest = field_greatest(f, limits);
    if (n > greatest && row->kind == KIND_WAIT && !limits->strict) {
        n = greatest;
        a->clamped |= (uint64_t)1 << f;
    }
    if (n < row->least || n > greatest)
        return row->refusal;
    argument_put_int(a, f, n);
    return CMQ_OK;
}

static enum cmq_err set_number(struct arguments *a, enum field f, struct bytes text,
                               const struct engine_limits *limits)
{
    int64_t n;
    if (field_rows[f].kind == KIND_WORD) {
        enum cmq_err err = field_find_word(f, text, &n);
        if (err != CMQ_OK)
            return err;
    } else if (!parse_int(text, &n)) {
        return CMQ_PARAM_TYPE;
    }
    return argument_set_int(a, f, n, limits);
}

/* ---- texts ---- */

/* A tag is sent to endpoints in a header, so control characters are refused. Characters are
 * those of UTF-8; a byte that is part of none counts as one (topic-api D36). */
bool argument_is_tag(struct bytes text, size_t characters)
{
    size_t count = 0;
    for (; text.len > 0 && count <= characters; count++) {
        size_t len = utf8_sequence(text);
        if ((unsigned char)text.data[0] < ' ' || text.data[0] == '\x7f')
            return false;
        len = len > 0 ? len : 1;
        text.data += len;
        text.len -= len;
    }
    return count <= characters;
}

enum cmq_err argument_check_key(struct bytes key)
{
    int dots = 0;
    if (key.len > KEY_LENGTH_MAX)
        return CMQ_PARAM_RANGE;
    for (size_t i = 0; i < key.len; i++)
        dots += key.data[i] == '.';
    return dots < KEY_WORDS_MAX ? CMQ_OK : CMQ_TOO_MANY_WORDS;
}

static bool is_in_bounds(const struct field_row *row, size_t len)
{
    return len >= (size_t)row->least && len <= (size_t)row->greatest;
}

static enum cmq_err check_text(const struct arguments *a, enum field f, struct bytes text)
{
    const struct field_row *row = &field_rows[f];
    if (row->kind == KIND_NAME)
        return is_name(text) ? CMQ_OK : row->refusal;
    if (row->kind == KIND_KEY)
        return argument_check_key(text);
    if (row->kind == KIND_ENDPOINT)
        return endpoint_check(
            text, (enum push_protocol)argument_int(a, FIELD_PROTOCOL, PROTOCOL_HTTP));
    return is_in_bounds(row, text.len) ? CMQ_OK : row->refusal;
}

enum cmq_err argument_set_text(struct arguments *a, enum field f, struct bytes text,
                               const struct engine_limits *limits)
{
    if (field_is_number(f))
        return set_number(a, f, text, limits);
    enum cmq_err err = check_text(a, f, text);
    if (err != CMQ_OK)
        return err;
    if (field_rows[f].kind == KIND_POLICY)
        dead_letter_read(text, a->policy_target, &a->policy);
    argument_put_text(a, f, text);
    return CMQ_OK;
}

/* ---- lists ---- */

static enum cmq_err check_member(enum field f, struct bytes text)
{
    enum field_kind kind = field_rows[f].kind;
    if (kind == KIND_BODIES)
        return text.len > 0 ? CMQ_OK : CMQ_EMPTY_BODY;
    if (kind == KIND_TAGS)
        return argument_is_tag(text, TAG_CHARACTERS_MAX) ? CMQ_OK : CMQ_PARAM_RANGE;
    if (kind == KIND_LABELS)
        return argument_is_tag(text, LABEL_CHARACTERS_MAX) ? CMQ_OK : CMQ_PARAM_RANGE;
    if (kind == KIND_KEYS)
        return argument_check_key(text);
    return CMQ_OK; /* a handle is judged when its queue has been found */
}

static void append(struct arguments *a, enum field f, struct bytes text)
{
    enum field_kind kind = field_rows[f].kind;
    if (kind == KIND_TAGS || kind == KIND_LABELS)
        a->tags[a->tag_count++] = text;
    else if (kind == KIND_KEYS)
        a->keys[a->key_count++] = text;
    else
        a->batch[a->batch_count++] = text;
    note(a, f);
}

enum cmq_err argument_add_text(struct arguments *a, enum field f, struct bytes text)
{
    assert(field_is_list(f));
    if (text.len == 0 && field_ignores_empty(f))
        return CMQ_OK;
    if (argument_list(a, f).count >= (size_t)field_rows[f].greatest)
        return field_rows[f].refusal;
    enum cmq_err err = check_member(f, text);
    if (err == CMQ_OK)
        append(a, f, text);
    return err;
}

struct texts argument_list(const struct arguments *a, enum field f)
{
    enum field_kind kind = field_rows[f].kind;
    if (!argument_given(a, f))
        return (struct texts){NULL, 0};
    if (kind == KIND_TAGS || kind == KIND_LABELS)
        return (struct texts){a->tags, a->tag_count};
    if (kind == KIND_KEYS)
        return (struct texts){a->keys, a->key_count};
    return (struct texts){a->batch, a->batch_count};
}
