/* A parameter is either single, with the key "name", or repeated, with the keys "name.0",
 * "name.1" and so on (common 3.3, decisions 9). The form has them in any order, so the values
 * of a repeated one are first collected by their numbers, then judged in order; a large number
 * can only leave a gap, which bounds the array. Mixing both kinds of key is an error in either
 * direction. */
#include "api/v2/params.h"

#include "api/v2/failure.h"
#include "base/number.h"

const char *param_key(const struct param *p)
{
    return p->key != NULL ? p->key : field_rows[p->field].name;
}

/* The part of key after "name."; false if key does not begin with that. */
static bool index_of(struct bytes key, struct bytes name, struct bytes *index)
{
    if (key.len <= name.len || key.data[name.len] != '.' ||
        memcmp(key.data, name.data, name.len) != 0)
        return false;
    *index = (struct bytes){key.data + name.len + 1, key.len - name.len - 1};
    return true;
}

/* ---- a key without a number ---- */

/* What a form has of a key. */
struct sent {
    const struct bytes *value; /* the last one without a number; NULL: none */
    bool indexed;              /* there is one with a number */
};

static struct sent find(const struct form *form, struct bytes key)
{
    struct sent sent = {NULL, false};
    struct bytes index;
    for (size_t i = 0; i < form->count; i++) {
        const struct pair *p = &form->pairs[i];
        if (bytes_equal(p->name, key))
            sent.value = &p->value;
        else if (index_of(p->name, key, &index))
            sent.indexed = true;
    }
    return sent;
}

/* NULL also for an empty value that counts as absent. */
static const struct bytes *value_of(const struct param *p, const struct form *form,
                                    const struct bytes *value)
{
    if (value == NULL && p->other_key != NULL)
        value = form_find(form, bytes_of(p->other_key));
    if (value != NULL && value->len == 0 && field_ignores_empty(p->field))
        return NULL;
    return value;
}

static int read_single(const struct param *p, const struct form *form, struct bytes key,
                       const struct engine_limits *limits, struct arguments *arguments)
{
    struct sent sent = find(form, key);
    const struct bytes *value = value_of(p, form, sent.value);
    if (sent.indexed)
        return V2_PARAM_NOT_REPEATABLE;
    if (value == NULL)
        return p->required ? CMQ_PARAM_MISSING : CMQ_OK;
    if (field_is_list(p->field))
        return (int)argument_add_text(arguments, p->field, *value);
    return (int)argument_set_text(arguments, p->field, *value, limits);
}

/* ---- numbered keys ---- */

/* The values by their numbers, which are at most FORM_PAIRS_MAX: higher ones leave a gap. */
struct run {
    const struct bytes *values[FORM_PAIRS_MAX + 2];
    size_t first, end; /* the numbers lie in first .. end - 1 */
};

static int collect(struct bytes name, const struct form *form, struct run *r,
                   struct bytes *culprit)
{
    *r = (struct run){.first = FORM_PAIRS_MAX + 1};
    for (size_t i = 0; i < form->count; i++) {
        struct bytes index;
        int64_t n;
        if (!index_of(form->pairs[i].name, name, &index)) {
            if (!bytes_equal(form->pairs[i].name, name))
                continue;
            index = (struct bytes){NULL, 0}; /* the key has no number */
        }
        *culprit = form->pairs[i].name;
        if (index.len == 0 || index.data[0] == '-' || !parse_int(index, &n))
            return V2_PARAM_KEY_FORMAT;
        *culprit = name;
        if (n > FORM_PAIRS_MAX)
            return V2_PARAM_GAP;
        size_t at = (size_t)n;
        r->values[at] = &form->pairs[i].value;
        r->first = at < r->first ? at : r->first;
        r->end = at >= r->end ? at + 1 : r->end;
    }
    return CMQ_OK;
}

/* Check that there is a value if it is required, and that the numbers run from 0 or from 1
 * without a gap. */
static int check_run(const struct param *p, struct run *r)
{
    if (r->end == 0) {
        r->first = 0;
        return p->required ? CMQ_PARAM_MISSING : CMQ_OK;
    }
    if (r->first > 1)
        return V2_PARAM_GAP;
    for (size_t i = r->first; i < r->end; i++)
        if (r->values[i] == NULL)
            return V2_PARAM_GAP;
    if (r->end - r->first > (size_t)field_rows[p->field].greatest)
        return (int)field_rows[p->field].refusal;
    return CMQ_OK;
}

static int read_repeated(const struct param *p, const struct form *form,
                         struct arguments *arguments, struct bytes *culprit)
{
    struct run r;
    int outcome = collect(bytes_of(param_key(p)), form, &r, culprit);
    if (outcome == CMQ_OK)
        outcome = check_run(p, &r);
    for (size_t i = r.first; outcome == CMQ_OK && i < r.end; i++)
        outcome = (int)argument_add_text(arguments, p->field, *r.values[i]);
    return outcome;
}

int params_read(const struct param *params, size_t count, const struct form *form,
                const struct engine_limits *limits, struct arguments *arguments,
                struct bytes *culprit)
{
    arguments_clear(arguments);
    for (size_t i = 0; i < count; i++) {
        const struct param *p = &params[i];
        *culprit = bytes_of(param_key(p));
        int outcome = p->repeated ? read_repeated(p, form, arguments, culprit)
                                  : read_single(p, form, *culprit, limits, arguments);
        if (outcome != CMQ_OK)
            return outcome;
    }
    return CMQ_OK;
}
