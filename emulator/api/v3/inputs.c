/* The steps of v3_inputs_judge() are those of api3 6: what is missing, then types, then values,
 * each for all rows in turn. Values go by the same functions as those of the API v2
 * (operations/arguments.h). */
#include "api/v3/inputs.h"

#include "api/v3/failure.h"

#include <assert.h>

/* Where judging stands: the parameter in hand, and what the failure is about. */
struct judging {
    struct v3_inputs *in;
    const struct v3_param *p;
    const struct v3_value *v;
    const struct engine_limits *limits;
    struct bytes *value;
};

static bool is_field(const struct v3_param *p)
{
    return p->use < FIELDS;
}

/* ---- fields ---- */

/* Seconds, or milliseconds if there are so many that they would be a year past 5000
 * (api3 11). */
static int64_t as_seconds(int64_t n)
{
    return n >= INT64_C(100000000000) ? n / 1000 : n;
}

enum { RETENTION_MB_MIN = 10240 };

static int set_number(struct judging *j, int64_t n)
{
    const struct v3_param *p = j->p;
    enum field f = (enum field)p->use;
    if (f == FIELD_START_CONSUME_TIME)
        n = as_seconds(n);
    /* Off, or within its range (api3 8.1). */
    if (f == FIELD_RETENTION_SIZE && n > 0 && n < RETENTION_MB_MIN)
        return CMQ_PARAM_RANGE;
    if (p->least == 0 && p->greatest == 0)
        return (int)argument_set_int(&j->in->arguments, f, n, j->limits);
    if (n < p->least || n > p->greatest)
        return (int)field_rows[f].refusal;
    argument_put_int(&j->in->arguments, f, n);
    return CMQ_OK;
}

static int set_list(struct judging *j)
{
    enum field f = (enum field)j->p->use;
    const struct v3_list *list = j->v->list;
    if (j->v->excess)
        return (int)field_rows[f].refusal;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        enum cmq_err err = argument_add_text(&j->in->arguments, f, list->items[i]);
        if (err != CMQ_OK)
            return (int)err;
    }
    return CMQ_OK;
}

static int set_field(struct judging *j)
{
    struct arguments *a = &j->in->arguments;
    enum field f = (enum field)j->p->use;
    if (f == FIELD_TRANSACTION && j->v->number == 1)
        return V3_TRANSACTION;
    if (j->p->type == V3_INT || j->p->type == V3_BOOL)
        return set_number(j, j->v->number);
    if (j->p->type == V3_STRS)
        return set_list(j);
    if (j->v->text.len == 0 && !j->p->required)
        return CMQ_OK;
    if (field_is_list(f)) /* of one member */
        return (int)argument_add_text(a, f, j->v->text);
    return (int)argument_set_text(a, f, j->v->text, j->limits);
}

/* ---- selections ---- */

static int refuse_value(struct judging *j, struct bytes value)
{
    *j->value = value;
    return V3_VALUE;
}

static void wish_for_tag(struct v3_inputs *in, struct bytes key, const struct bytes *values,
                         size_t count)
{
    struct selection *s = &in->selection;
    assert(s->wish_count < sizeof in->wishes / sizeof in->wishes[0]);
    in->wishes[s->wish_count++] = (struct tag_wish){key, values, count};
    s->wishes = in->wishes;
}

/* One Name, which the row has, with one value; to give it twice would be two. */
static int filter_by_name(struct judging *j)
{
    struct v3_inputs *in = j->in;
    const struct v3_filter *filter = &in->values.filters[0];
    if (in->values.filter_count == 0)
        return CMQ_OK;
    if (j->v->excess || in->values.filter_count > 1 || filter->count != 1)
        return refuse_value(j, bytes_of("[]"));
    if (!bytes_equal(filter->name, bytes_of(j->p->filter)))
        return refuse_value(j, filter->name);
    in->selection.names = filter->values;
    in->selection.name_count = 1;
    return CMQ_OK;
}

static int filter_by_tags(struct judging *j)
{
    static const char prefix[] = "tag:";
    struct v3_inputs *in = j->in;
    if (j->v->excess)
        return refuse_value(j, bytes_of("[]"));
    for (size_t i = 0; i < in->values.filter_count; i++) {
        const struct v3_filter *filter = &in->values.filters[i];
        if (!bytes_begin(filter->name, prefix))
            return refuse_value(j, filter->name);
    }
    for (size_t i = 0; i < in->values.filter_count; i++) {
        const struct v3_filter *filter = &in->values.filters[i];
        struct bytes key = {filter->name.data + strlen(prefix),
                            filter->name.len - strlen(prefix)};
        wish_for_tag(in, key, filter->values, filter->count);
    }
    return CMQ_OK;
}

static int select_names(struct judging *j)
{
    struct selection *s = &j->in->selection;
    if (j->v->excess)
        return refuse_value(j, bytes_of("[]"));
    if (j->v->list == NULL || j->v->list->count == 0)
        return CMQ_OK;
    s->names = j->v->list->items;
    s->name_count = j->v->list->count;
    return CMQ_OK;
}

/* ---- tags ---- */

enum { TAG_KEY_LENGTH_MAX = 127, TAG_VALUE_LENGTH_MAX = 255 };

/* Compares all with all: there are at most RESOURCE_TAGS_MAX. */
static bool has_twin(const struct v3_values *v, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (bytes_equal(v->tags[i].key, v->tags[j].key))
            return true;
    return false;
}

static int set_tags(struct judging *j)
{
    struct v3_values *v = &j->in->values;
    if (j->v->excess)
        return refuse_value(j, bytes_of("[]"));
    for (size_t i = 0; i < v->tag_count; i++) {
        const struct tag *tag = &v->tags[i];
        if (tag->key.len == 0 || tag->key.len > TAG_KEY_LENGTH_MAX ||
            tag->value.len > TAG_VALUE_LENGTH_MAX || has_twin(v, i))
            return refuse_value(j, tag->key);
    }
    j->in->arguments.resource_tags = v->tags;
    j->in->arguments.resource_tag_count = v->tag_count;
    return CMQ_OK;
}

/* ---- all ---- */

static int set_query_type(struct judging *j)
{
    j->in->to_queue = bytes_equal(j->v->text, bytes_of("queue"));
    if (!j->in->to_queue && !bytes_equal(j->v->text, bytes_of("topic")))
        return refuse_value(j, j->v->text);
    return CMQ_OK;
}

static int set_part(struct judging *j)
{
    struct selection *s = &j->in->selection;
    bool is_text = j->p->type == V3_STR;
    if (is_text && j->v->text.len == 0)
        return CMQ_OK; /* says as little as none */
    switch (j->p->use) {
    case V3_EXACT_NAME:
        s->name = j->v->text;
        return CMQ_OK;
    case V3_NAME_PART:
        s->part = j->v->text;
        return CMQ_OK;
    case V3_NAMES:
        return select_names(j);
    case V3_TAG_KEY:
        wish_for_tag(j->in, j->v->text, NULL, 0);
        return CMQ_OK;
    case V3_NAME_FILTER:
        return filter_by_name(j);
    case V3_TAG_FILTER:
        return filter_by_tags(j);
    case V3_TAGS:
        return set_tags(j);
    case V3_QUERY_TYPE:
        return set_query_type(j);
    default:
        assert(j->p->use == V3_TAG_SWITCH);
        /* Its row is behind that of the filters. */
        return CMQ_OK;
    }
}

static int set_one(struct judging *j)
{
    if (!j->v->given) {
        if (j->p->otherwise != V3_NO_DEFAULT)
            argument_put_int(&j->in->arguments, (enum field)j->p->use, j->p->otherwise);
        return CMQ_OK;
    }
    return is_field(j->p) ? set_field(j) : set_part(j);
}

static int check_presence(const struct v3_values *v, const struct v3_param *params,
                          size_t count, struct bytes *culprit)
{
    for (size_t i = 0; i < count; i++) {
        *culprit = bytes_of(params[i].name);
        if (params[i].required && !v->of[i].given)
            return V3_MISSING;
    }
    for (size_t i = 0; i < count; i++) {
        *culprit = bytes_of(params[i].name);
        if (v->of[i].mistyped)
            return V3_TYPE;
    }
    return CMQ_OK;
}

/* Filters by tag apply only with IsTagFilter (api3 8.4). */
static bool ignores_tags(const struct v3_values *v, const struct v3_param *params, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (params[i].use == V3_TAG_SWITCH)
            return !v->of[i].given || v->of[i].number == 0;
    return false;
}

int v3_inputs_judge(struct v3_inputs *in, const struct v3_param *params, size_t count,
                    const struct engine_limits *limits, struct bytes *culprit,
                    struct bytes *value)
{
    struct judging j = {.in = in, .limits = limits, .value = value};
    arguments_clear(&in->arguments);
    in->to_queue = false;
    in->selection = (struct selection){.name_count = 0};
    in->arguments.selection = &in->selection;
    int outcome = check_presence(&in->values, params, count, culprit);
    for (size_t i = 0; outcome == CMQ_OK && i < count; i++) {
        *culprit = bytes_of(params[i].name);
        j.p = &params[i];
        j.v = &in->values.of[i];
        outcome = set_one(&j);
    }
    if (ignores_tags(&in->values, params, count))
        in->selection.wish_count = 0;
    return outcome;
}
