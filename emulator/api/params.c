#include "api/params.h"

#include "engine/queue.h"

static bool is_letter(char c)
{
    c = ascii_lower(c);
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_queue_name(struct bytes name)
{
    if (name.len == 0 || name.len > QUEUE_NAME_MAX || !is_letter(name.data[0]))
        return false;
    for (size_t i = 1; i < name.len; i++) {
        char c = name.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return true;
}

bool parse_int(struct bytes text, int64_t *out)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == text.len)
        return false;
    int64_t n = 0;
    for (; at < text.len; at++) {
        if (!is_digit(text.data[at]))
            return false;
        int64_t d = text.data[at] - '0';
        n = n > (INT64_MAX - d) / 10 ? INT64_MAX : n * 10 + d;
    }
    *out = negative ? -n : n;
    return true;
}

/* What is left of key behind "name."; false if key does not begin so. */
static bool index_of(struct bytes key, struct bytes name, struct bytes *index)
{
    if (key.len <= name.len || key.data[name.len] != '.' ||
        memcmp(key.data, name.data, name.len) != 0)
        return false;
    *index = (struct bytes){key.data + name.len + 1, key.len - name.len - 1};
    return true;
}

static bool is_indexed(const struct form *form, struct bytes name)
{
    struct bytes index;
    for (size_t i = 0; i < form->count; i++)
        if (index_of(form->pairs[i].name, name, &index))
            return true;
    return false;
}

static int64_t *int_field(struct args *args, const struct param *p)
{
    return (int64_t *)(void *)((char *)args + p->field);
}

static struct bytes *text_field(struct args *args, const struct param *p)
{
    return (struct bytes *)(void *)((char *)args + p->field);
}

static enum cmq_err read_int(const struct param *p, struct bytes value,
                             const struct param_rules *rules, int64_t *out)
{
    bool delay = p->kind == PARAM_DELAY;
    int64_t max = delay ? rules->max_delay_s : p->max;
    int64_t n;
    if (!parse_int(value, &n))
        return CMQ_PARAM_TYPE;
    if (n > max && p->kind == PARAM_WAIT && !rules->strict)
        n = max;
    if (n < p->min || n > max)
        return delay ? CMQ_DELAY_RANGE : CMQ_PARAM_RANGE;
    *out = n;
    return CMQ_OK;
}

static bool is_int(enum param_kind kind)
{
    return kind == PARAM_INT || kind == PARAM_WAIT || kind == PARAM_DELAY;
}

/* A value that is there and empty says something only of names, bodies and handles; else it
 * counts as absent (design 6). */
static bool counts_as_absent(const struct param *p, const struct bytes *value)
{
    return value == NULL || (value->len == 0 && (is_int(p->kind) || p->kind == PARAM_TEXT));
}

static enum cmq_err read_scalar(const struct param *p, const struct form *form,
                                const struct param_rules *rules, struct args *args)
{
    const struct bytes *value = form_find(form, bytes_of(p->name));
    if (is_indexed(form, bytes_of(p->name)))
        return CMQ_PARAM_NOT_REPEATABLE;
    if (counts_as_absent(p, value))
        return p->required ? CMQ_PARAM_MISSING : CMQ_OK;
    if (is_int(p->kind))
        return read_int(p, *value, rules, int_field(args, p));
    if (p->kind == PARAM_QUEUE_NAME && !is_queue_name(*value))
        return CMQ_QUEUE_NAME_FORMAT;
    if (p->kind == PARAM_BODY && value->len == 0)
        return CMQ_EMPTY_BODY;
    if (p->kind == PARAM_TEXT && (value->len < (size_t)p->min || value->len > (size_t)p->max))
        return CMQ_PARAM_RANGE;
    *text_field(args, p) = *value;
    return CMQ_OK;
}

/* The numbers of a batch, each at most FORM_PAIRS_MAX + 1, since higher ones leave a gap. */
struct batch {
    const struct bytes *values[FORM_PAIRS_MAX + 2];
    size_t first, end; /* the numbers lie in first .. end - 1 */
};

static enum cmq_err collect(struct bytes name, const struct form *form, struct batch *b,
                            struct bytes *culprit)
{
    *b = (struct batch){.first = FORM_PAIRS_MAX + 1};
    for (size_t i = 0; i < form->count; i++) {
        struct bytes index;
        int64_t n;
        if (!index_of(form->pairs[i].name, name, &index)) {
            if (!bytes_equal(form->pairs[i].name, name))
                continue;
            index = (struct bytes){NULL, 0}; /* a key without any number */
        }
        *culprit = form->pairs[i].name;
        if (!parse_int(index, &n) || index.data[0] == '-')
            return CMQ_PARAM_KEY_FORMAT;
        *culprit = name;
        if (n > FORM_PAIRS_MAX)
            return CMQ_PARAM_GAP;
        size_t at = (size_t)n;
        b->values[at] = &form->pairs[i].value;
        b->first = at < b->first ? at : b->first;
        b->end = at >= b->end ? at + 1 : b->end;
    }
    return CMQ_OK;
}

static enum cmq_err read_batch(const struct param *p, const struct form *form,
                               struct args *args, struct bytes *culprit)
{
    struct batch b;
    enum cmq_err err = collect(bytes_of(p->name), form, &b, culprit);
    if (err != CMQ_OK)
        return err;
    if (b.end == 0)
        return p->required ? CMQ_PARAM_MISSING : CMQ_OK;
    if (b.first > 1)
        return CMQ_PARAM_GAP;
    for (size_t i = b.first; i < b.end; i++)
        if (b.values[i] == NULL)
            return CMQ_PARAM_GAP;
    if (b.end - b.first > BATCH_MAX)
        return CMQ_BATCH_SIZE;
    for (size_t i = b.first; i < b.end; i++) {
        if (p->kind == PARAM_BODIES && b.values[i]->len == 0)
            return CMQ_EMPTY_BODY;
        args->batch[args->batch_count++] = *b.values[i];
    }
    return CMQ_OK;
}

static void set_absent(struct args *args)
{
    *args = (struct args){
        .max_heap = ABSENT,
        .polling_wait_s = ABSENT,
        .visibility_s = ABSENT,
        .max_msg_size = ABSENT,
        .retention_s = ABSENT,
        .rewind_s = ABSENT,
        .delay_s = ABSENT,
        .num_of_msg = ABSENT,
        .start_consume_s = ABSENT,
        .offset = ABSENT,
        .limit = ABSENT,
    };
}

enum cmq_err params_read(const struct param *params, size_t count, const struct form *form,
                         const struct param_rules *rules, struct args *args,
                         struct bytes *culprit)
{
    set_absent(args);
    for (size_t i = 0; i < count; i++) {
        const struct param *p = &params[i];
        *culprit = bytes_of(p->name);
        bool batch = p->kind == PARAM_BODIES || p->kind == PARAM_HANDLES;
        enum cmq_err err =
            batch ? read_batch(p, form, args, culprit) : read_scalar(p, form, rules, args);
        if (err != CMQ_OK)
            return err;
    }
    return CMQ_OK;
}
