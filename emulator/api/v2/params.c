#include "api/v2/params.h"

#include "api/v2/failure.h"
#include "base/json.h"
#include "base/number.h"
#include "engine/delivery.h"
#include "engine/queue.h"
#include "operations/endpoint.h"

_Static_assert((int)TEXTS_MAX == TAGS_MAX && (int)TEXTS_MAX == BINDING_KEYS_MAX,
               "a list for all of them");

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

static int read_int(const struct param *p, struct bytes value,
                    const struct engine_limits *limits, int64_t *out)
{
    bool delay = p->kind == PARAM_DELAY;
    int64_t max = delay ? limits->max_delay_ms / 1000 : p->max;
    int64_t n;
    if (!parse_int(value, &n))
        return CMQ_PARAM_TYPE;
    if (n > max && p->kind == PARAM_WAIT && !limits->strict)
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

/* ---- words: their place in the list is the value of the enum ---- */

static const struct words {
    enum param_kind kind;
    int err;
    bool any_case;
    const char *list[3];
} words[] = {
    /* topic-api D16 */
    {PARAM_PROTOCOL, CMQ_PROTOCOL, true, {"http", "queue", NULL}},
    {PARAM_STRATEGY,
     CMQ_NOTIFY_STRATEGY,
     false,
     {"BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY", NULL}},
    {PARAM_FORMAT, CMQ_NOTIFY_FORMAT, false, {"JSON", "SIMPLIFIED", NULL}},
};
_Static_assert((int)PROTOCOL_QUEUE == 1 && (int)EXPONENTIAL_DECAY_RETRY == 1 &&
                   (int)FORMAT_SIMPLIFIED == 1,
               "the words stand in the order of their enums");

static const struct words *words_of(enum param_kind kind)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].kind == kind)
            return &words[i];
    return NULL;
}

const char *param_word(enum param_kind kind, int value)
{
    return words_of(kind)->list[value];
}

static int read_word(const struct words *w, struct bytes value, int64_t *out)
{
    for (int i = 0; w->list[i] != NULL; i++) {
        struct bytes word = bytes_of(w->list[i]);
        if (w->any_case ? bytes_equal_nocase(value, word) : bytes_equal(value, word)) {
            *out = i;
            return CMQ_OK;
        }
    }
    return w->err;
}

/* ---- tags and keys ---- */

/* It travels in a header: no control characters. Characters are those of UTF-8; a byte that
 * belongs to none counts as one (topic-api D36). */
static bool is_tag(struct bytes text)
{
    size_t count = 0;
    for (; text.len > 0 && count <= TAG_CHARACTERS_MAX; count++) {
        size_t len = utf8_sequence(text);
        if ((unsigned char)text.data[0] < ' ' || text.data[0] == '\x7f')
            return false;
        len = len > 0 ? len : 1;
        text.data += len;
        text.len -= len;
    }
    return count <= TAG_CHARACTERS_MAX;
}

static int check_key(struct bytes key)
{
    int dots = 0;
    if (key.len > KEY_LENGTH_MAX)
        return CMQ_PARAM_RANGE;
    for (size_t i = 0; i < key.len; i++)
        dots += key.data[i] == '.';
    return dots < KEY_WORDS_MAX ? CMQ_OK : CMQ_TOO_MANY_WORDS;
}

static int check_text(enum param_kind kind, struct bytes text)
{
    if (kind == PARAM_BINDING_KEYS)
        return check_key(text);
    return is_tag(text) ? CMQ_OK : CMQ_PARAM_RANGE;
}

/* ---- scalars ---- */

/* A value that is there and empty says something only of names, bodies and handles; else it
 * counts as absent (design 6). */
static bool counts_as_absent(const struct param *p, const struct bytes *value)
{
    return value == NULL ||
           (value->len == 0 &&
            (is_int(p->kind) || p->kind == PARAM_TEXT || p->kind == PARAM_ROUTING_KEY ||
             p->kind == PARAM_ENDPOINT || words_of(p->kind) != NULL));
}

static int check_scalar(const struct param *p, struct bytes value, const struct args *args)
{
    switch (p->kind) {
    case PARAM_QUEUE_NAME:
        return is_name(value) ? CMQ_OK : CMQ_QUEUE_NAME_FORMAT;
    case PARAM_TOPIC_NAME:
    case PARAM_TOPIC_NAME_EITHER:
        return is_name(value) ? CMQ_OK : CMQ_TOPIC_NAME_FORMAT;
    case PARAM_SUBSCRIPTION_NAME:
        return is_name(value) ? CMQ_OK : CMQ_SUBSCRIPTION_NAME_FORMAT;
    case PARAM_BODY:
        return value.len > 0 ? CMQ_OK : CMQ_EMPTY_BODY;
    case PARAM_ROUTING_KEY:
        return check_key(value);
    case PARAM_ENDPOINT:
        return endpoint_check(value, (enum push_protocol)args->protocol);
    case PARAM_TEXT:
        return value.len >= (size_t)p->min && value.len <= (size_t)p->max ? CMQ_OK
                                                                          : CMQ_PARAM_RANGE;
    case PARAM_HANDLE:
    case PARAM_INT:
    case PARAM_WAIT:
    case PARAM_DELAY:
    case PARAM_PROTOCOL:
    case PARAM_STRATEGY:
    case PARAM_FORMAT:
    case PARAM_BODIES:
    case PARAM_HANDLES:
    case PARAM_MSG_TAGS:
    case PARAM_FILTER_TAGS:
    case PARAM_BINDING_KEYS:
        break;
    }
    return CMQ_OK;
}

static int read_scalar(const struct param *p, const struct form *form,
                       const struct engine_limits *limits, struct args *args)
{
    const struct bytes *value = form_find(form, bytes_of(p->name));
    if (value == NULL && p->kind == PARAM_TOPIC_NAME_EITHER)
        value = form_find(form, bytes_of("TopicName"));
    if (is_indexed(form, bytes_of(p->name)))
        return V2_PARAM_NOT_REPEATABLE;
    if (counts_as_absent(p, value))
        return p->required ? CMQ_PARAM_MISSING : CMQ_OK;
    if (is_int(p->kind))
        return read_int(p, *value, limits, int_field(args, p));
    if (words_of(p->kind) != NULL)
        return read_word(words_of(p->kind), *value, int_field(args, p));
    int err = check_scalar(p, *value, args);
    if (err == CMQ_OK)
        *text_field(args, p) = *value;
    return err;
}

/* ---- lists ---- */

/* The numbers of a batch, each at most FORM_PAIRS_MAX + 1, since higher ones leave a gap. */
struct batch {
    const struct bytes *values[FORM_PAIRS_MAX + 2];
    size_t first, end; /* the numbers lie in first .. end - 1 */
};

static int collect(struct bytes name, const struct form *form, struct batch *b,
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
        if (index.len == 0 || index.data[0] == '-' || !parse_int(index, &n))
            return V2_PARAM_KEY_FORMAT;
        *culprit = name;
        if (n > FORM_PAIRS_MAX)
            return V2_PARAM_GAP;
        size_t at = (size_t)n;
        b->values[at] = &form->pairs[i].value;
        b->first = at < b->first ? at : b->first;
        b->end = at >= b->end ? at + 1 : b->end;
    }
    return CMQ_OK;
}

/* The values in the order of their numbers: a run from 0 or from 1. */
static int collect_run(const struct param *p, const struct form *form, struct batch *b,
                       struct bytes *culprit)
{
    int err = collect(bytes_of(p->name), form, b, culprit);
    if (err != CMQ_OK)
        return err;
    if (b->end == 0) {
        b->first = 0;
        return p->required ? CMQ_PARAM_MISSING : CMQ_OK;
    }
    if (b->first > 1)
        return V2_PARAM_GAP;
    for (size_t i = b->first; i < b->end; i++)
        if (b->values[i] == NULL)
            return V2_PARAM_GAP;
    return CMQ_OK;
}

static int read_batch(const struct param *p, const struct form *form, struct args *args,
                      struct bytes *culprit)
{
    struct batch b;
    int err = collect_run(p, form, &b, culprit);
    if (err != CMQ_OK)
        return err;
    if (b.end - b.first > BATCH_MAX)
        return CMQ_BATCH_SIZE;
    for (size_t i = b.first; i < b.end; i++) {
        if (p->kind == PARAM_BODIES && b.values[i]->len == 0)
            return CMQ_EMPTY_BODY;
        args->batch[args->batch_count++] = *b.values[i];
    }
    return CMQ_OK;
}

static int too_many(enum param_kind kind)
{
    switch ((int)kind) {
    case PARAM_MSG_TAGS:
        return CMQ_TOO_MANY_MSG_TAGS;
    case PARAM_FILTER_TAGS:
        return CMQ_TOO_MANY_FILTER_TAGS;
    default:
        return CMQ_TOO_MANY_BINDING_KEYS;
    }
}

static int read_texts(const struct param *p, const struct form *form, struct args *args,
                      struct bytes *culprit)
{
    struct batch b;
    struct texts *out = (struct texts *)(void *)((char *)args + p->field);
    int err = collect_run(p, form, &b, culprit);
    if (err != CMQ_OK)
        return err;
    if (b.end - b.first > TEXTS_MAX)
        return too_many(p->kind);
    for (size_t i = b.first; i < b.end; i++) {
        if (b.values[i]->len == 0)
            continue; /* an empty optional parameter is as absent (design 6) */
        err = check_text(p->kind, *b.values[i]);
        if (err != CMQ_OK)
            return err;
        out->items[out->count++] = *b.values[i];
    }
    return CMQ_OK;
}

static int read_param(const struct param *p, const struct form *form,
                      const struct engine_limits *limits, struct args *args,
                      struct bytes *culprit)
{
    if (p->kind == PARAM_BODIES || p->kind == PARAM_HANDLES)
        return read_batch(p, form, args, culprit);
    if (p->kind == PARAM_MSG_TAGS || p->kind == PARAM_FILTER_TAGS ||
        p->kind == PARAM_BINDING_KEYS)
        return read_texts(p, form, args, culprit);
    return read_scalar(p, form, limits, args);
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
        .protocol = ABSENT,
        .strategy = ABSENT,
        .format = ABSENT,
        .filter_type = ABSENT,
    };
}

int params_read(const struct param *params, size_t count, const struct form *form,
                const struct engine_limits *limits, struct args *args, struct bytes *culprit)
{
    set_absent(args);
    for (size_t i = 0; i < count; i++) {
        const struct param *p = &params[i];
        *culprit = bytes_of(p->name);
        int err = read_param(p, form, limits, args, culprit);
        if (err != CMQ_OK)
            return err;
    }
    return CMQ_OK;
}
