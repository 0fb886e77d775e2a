/* A leaf is a value without parts, as it came: a text, a number, a truth value, or something
 * else that fits nowhere. Reading takes the object or the form apart into leaves, each with its
 * place, and place_...() puts it there. The places of lists are cleared as they are entered, so
 * that beginning costs nothing. */
#include "api/v3/values.h"

#include "api/v3/failure.h"
#include "base/number.h"

#include <assert.h>
#include <cjson/cJSON.h>

/* ---- leaves ---- */

struct leaf {
    enum { LEAF_TEXT, LEAF_NUMBER, LEAF_BOOL, LEAF_OTHER } kind;
    bool of_form; /* a text that may stand for any type */
    struct bytes text;
    int64_t number;
};

static struct leaf leaf_of_text(struct bytes text)
{
    if (text.data == NULL)
        text.data = "";
    return (struct leaf){LEAF_TEXT, true, text, 0};
}

/* json_check() has made sure that a whole number is one that a double can keep. */
static struct leaf leaf_of_json(const cJSON *item)
{
    struct leaf leaf = {.kind = LEAF_OTHER};
    double n = item->valuedouble;
    if (cJSON_IsString(item))
        return (struct leaf){LEAF_TEXT, false, bytes_of(item->valuestring), 0};
    if (cJSON_IsBool(item))
        return (struct leaf){LEAF_BOOL, false, {NULL, 0}, cJSON_IsTrue(item)};
    if (cJSON_IsNumber(item) && n >= -9007199254740992.0 && n <= 9007199254740992.0 &&
        (double)(int64_t)n == n)
        return (struct leaf){LEAF_NUMBER, false, {NULL, 0}, (int64_t)n};
    return leaf;
}

static bool read_int(const struct leaf *leaf, bool lenient, int64_t *out)
{
    *out = leaf->number;
    if (leaf->kind == LEAF_TEXT)
        return (leaf->of_form || lenient) && parse_int(leaf->text, out);
    return leaf->kind == LEAF_NUMBER;
}

static bool read_bool(const struct leaf *leaf, int64_t *out)
{
    static const char *const words[] = {"false", "true", "0", "1"};
    *out = leaf->number;
    if (leaf->kind == LEAF_BOOL)
        return true;
    for (int i = 0; leaf->of_form && i < 4; i++)
        if (bytes_equal_nocase(leaf->text, bytes_of(words[i]))) {
            *out = i % 2;
            return true;
        }
    return false;
}

/* ---- places ---- */

static void place_text(struct v3_value *value, struct bytes *at, const struct leaf *leaf)
{
    value->mistyped = value->mistyped || leaf->kind != LEAF_TEXT;
    *at = leaf->kind == LEAF_TEXT ? leaf->text : bytes_of("");
}

static void place_single(struct v3_value *value, enum v3_type type, bool lenient,
                         const struct leaf *leaf)
{
    bool fits = true;
    if (type == V3_INT)
        fits = read_int(leaf, lenient, &value->number);
    else if (type == V3_BOOL)
        fits = read_bool(leaf, &value->number);
    else
        place_text(value, &value->text, leaf);
    value->mistyped = value->mistyped || !fits;
}

/* The place of member i of a list; NULL, and noted, if there is no room. */
static struct bytes *list_at(struct v3_values *v, struct v3_value *value, size_t i)
{
    if (value->list == NULL) {
        assert(v->list_count < V3_LISTS_MAX);
        value->list = &v->lists[v->list_count++];
        value->list->count = 0;
    }
    value->excess = value->excess || i >= V3_LIST_MAX;
    if (i >= V3_LIST_MAX)
        return NULL;
    for (; value->list->count <= i; value->list->count++)
        value->list->items[value->list->count] = (struct bytes){NULL, 0};
    return &value->list->items[i];
}

static struct v3_filter *filter_at(struct v3_values *v, struct v3_value *value, size_t i)
{
    value->excess = value->excess || i >= V3_FILTERS_MAX;
    if (i >= V3_FILTERS_MAX)
        return NULL;
    for (; v->filter_count <= i; v->filter_count++) {
        v->filters[v->filter_count].name = (struct bytes){NULL, 0};
        v->filters[v->filter_count].count = 0;
    }
    return &v->filters[i];
}

static struct bytes *filter_value_at(struct v3_filter *filter, struct v3_value *value, size_t i)
{
    value->excess = value->excess || i >= V3_FILTER_VALUES_MAX;
    if (i >= V3_FILTER_VALUES_MAX)
        return NULL;
    for (; filter->count <= i; filter->count++)
        filter->values[filter->count] = (struct bytes){NULL, 0};
    return &filter->values[i];
}

static struct tag *tag_at(struct v3_values *v, struct v3_value *value, size_t i)
{
    value->excess = value->excess || i >= RESOURCE_TAGS_MAX;
    if (i >= RESOURCE_TAGS_MAX)
        return NULL;
    for (; v->tag_count <= i; v->tag_count++)
        v->tags[v->tag_count] = (struct tag){{NULL, 0}, {NULL, 0}};
    return &v->tags[i];
}

/* ---- rows ---- */

static bool same(struct bytes text, const char *name)
{
    return bytes_equal(text, bytes_of(name));
}

static size_t find_row(const struct v3_param *params, size_t count, struct bytes name)
{
    size_t i = 0;
    while (i < count && !same(name, params[i].name))
        i++;
    return i;
}

static void begin(struct v3_values *v, size_t count)
{
    assert(count <= V3_PARAMS_MAX);
    memset(v->of, 0, count * sizeof v->of[0]);
    v->list_count = v->filter_count = v->tag_count = 0;
}

/* ---- JSON ---- */

/* The members of an array; the first one, or NULL with a note that it is none. */
static const cJSON *first_of(const cJSON *item, struct v3_value *value)
{
    value->mistyped = value->mistyped || !cJSON_IsArray(item);
    return cJSON_IsArray(item) ? item->child : NULL;
}

static void read_texts(struct v3_values *v, struct v3_value *value, const cJSON *array)
{
    size_t i = 0;
    for (const cJSON *item = first_of(array, value); item != NULL; item = item->next) {
        struct leaf leaf = leaf_of_json(item);
        struct bytes *at = list_at(v, value, i++);
        if (at == NULL)
            return;
        place_text(value, at, &leaf);
    }
}

static void read_filter_values(struct v3_value *value, struct v3_filter *filter,
                               const cJSON *array)
{
    size_t i = 0;
    for (const cJSON *item = first_of(array, value); item != NULL; item = item->next) {
        struct leaf leaf = leaf_of_json(item);
        struct bytes *at = filter_value_at(filter, value, i++);
        if (at == NULL)
            return;
        place_text(value, at, &leaf);
    }
}

static int place_once(struct v3_value *value, struct bytes *at, const struct leaf *leaf)
{
    if (at->data != NULL)
        return V3_TWICE;
    place_text(value, at, leaf);
    return CMQ_OK;
}

static int read_filter_member(struct v3_values *v, struct v3_value *value, size_t i,
                              const cJSON *item)
{
    struct v3_filter *filter = filter_at(v, value, i);
    struct leaf leaf = leaf_of_json(item);
    if (filter == NULL)
        return CMQ_OK;
    if (same(bytes_of(item->string), "Name"))
        return place_once(value, &filter->name, &leaf);
    if (!same(bytes_of(item->string), "Values"))
        return V3_UNKNOWN_PARAMETER;
    if (filter->count > 0)
        return V3_TWICE;
    read_filter_values(value, filter, item);
    return CMQ_OK;
}

static int read_tag_member(struct v3_values *v, struct v3_value *value, size_t i,
                           const cJSON *item)
{
    struct tag *tag = tag_at(v, value, i);
    struct leaf leaf = leaf_of_json(item);
    if (tag == NULL)
        return CMQ_OK;
    if (same(bytes_of(item->string), "TagKey"))
        return place_once(value, &tag->key, &leaf);
    if (!same(bytes_of(item->string), "TagValue"))
        return V3_UNKNOWN_PARAMETER;
    return place_once(value, &tag->value, &leaf);
}

static int read_objects(struct v3_values *v, struct v3_value *value, enum v3_type type,
                        const cJSON *array, struct bytes *culprit)
{
    size_t i = 0;
    for (const cJSON *object = first_of(array, value); object != NULL && !value->excess;
         object = object->next, i++) {
        value->mistyped = value->mistyped || !cJSON_IsObject(object);
        if (type == V3_FILTERS)
            filter_at(v, value, i);
        else
            tag_at(v, value, i);
        for (const cJSON *m = cJSON_IsObject(object) ? object->child : NULL; m != NULL;
             m = m->next) {
            int outcome = cJSON_IsNull(m)      ? CMQ_OK
                          : type == V3_FILTERS ? read_filter_member(v, value, i, m)
                                               : read_tag_member(v, value, i, m);
            *culprit = bytes_of(m->string);
            if (outcome != CMQ_OK)
                return outcome;
        }
    }
    return CMQ_OK;
}

static int read_member(struct v3_values *v, struct v3_value *value, enum v3_type type,
                       const cJSON *item, struct bytes *culprit)
{
    struct leaf leaf = leaf_of_json(item);
    switch (type) {
    case V3_INT:
    case V3_STR:
    case V3_BOOL:
        place_single(value, type, v->lenient, &leaf);
        return CMQ_OK;
    case V3_STRS:
        read_texts(v, value, item);
        return CMQ_OK;
    case V3_FILTERS:
    case V3_TAG_SET:
        break;
    }
    return read_objects(v, value, type, item, culprit);
}

int v3_values_of_json(struct v3_values *v, const struct cJSON *object,
                      const struct v3_param *params, size_t count, struct bytes *culprit)
{
    bool seen[V3_PARAMS_MAX] = {false};
    begin(v, count);
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        *culprit = bytes_of(item->string);
        size_t i = find_row(params, count, *culprit);
        if (i == count)
            return V3_UNKNOWN_PARAMETER;
        if (seen[i])
            return V3_TWICE;
        seen[i] = true;
        if (cJSON_IsNull(item))
            continue;
        v->of[i].given = true;
        int outcome = read_member(v, &v->of[i], params[i].type, item, culprit);
        if (outcome != CMQ_OK)
            return outcome;
    }
    return CMQ_OK;
}

/* ---- forms ---- */

bool v3_is_common(struct bytes name)
{
    static const char *const names[] = {
        "Action", "Version",         "Region",    "Timestamp", "Nonce",        "SecretId",
        "Token",  "SignatureMethod", "Signature", "Language",  "RequestClient"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (same(name, names[i]))
            return true;
    return false;
}

/* Cut "FilterTag.0" into "FilterTag" and "0"; without a dot the rest has no data. */
static struct bytes cut(struct bytes name, struct bytes *rest)
{
    const char *dot = name.len > 0 ? memchr(name.data, '.', name.len) : NULL;
    *rest = (struct bytes){NULL, 0};
    if (dot == NULL)
        return name;
    size_t len = (size_t)(dot - name.data);
    *rest = (struct bytes){dot + 1, name.len - len - 1};
    return (struct bytes){name.data, len};
}

/* A number of a list; far too large ones leave a gap, or find no room. */
static bool read_index(struct bytes text, size_t *out)
{
    int64_t n;
    if (text.len == 0 || text.data[0] == '-' || !parse_int(text, &n))
        return false;
    *out = n > 1000000 ? 1000000 : (size_t)n;
    return true;
}

/* The place of what follows "Filters.<i>.", or of "<i>" in a list of texts. NULL with *known
 * false: there is no such member; NULL otherwise: there is no room. */
static struct bytes *filter_part(struct v3_values *v, struct v3_value *value, size_t i,
                                 struct bytes rest, bool *known)
{
    struct bytes index;
    struct bytes member = cut(rest, &index);
    size_t j = 0;
    bool is_name = same(member, "Name") && index.data == NULL;
    *known = is_name || (same(member, "Values") && read_index(index, &j));
    struct v3_filter *filter = *known ? filter_at(v, value, i) : NULL;
    if (filter == NULL)
        return NULL;
    return is_name ? &filter->name : filter_value_at(filter, value, j);
}

static struct bytes *tag_part(struct v3_values *v, struct v3_value *value, size_t i,
                              struct bytes rest, bool *known)
{
    bool is_key = same(rest, "TagKey");
    *known = is_key || same(rest, "TagValue");
    struct tag *tag = *known ? tag_at(v, value, i) : NULL;
    if (tag == NULL)
        return NULL;
    return is_key ? &tag->key : &tag->value;
}

/* rest is what follows the name and its dot. */
static struct bytes *part_at(struct v3_values *v, struct v3_value *value, enum v3_type type,
                             struct bytes rest, bool *known)
{
    struct bytes further;
    size_t i;
    *known = read_index(cut(rest, &further), &i);
    if (!*known)
        return NULL;
    if (type == V3_FILTERS)
        return filter_part(v, value, i, further, known);
    if (type == V3_TAG_SET)
        return tag_part(v, value, i, further, known);
    *known = further.data == NULL;
    return *known ? list_at(v, value, i) : NULL;
}

static int read_pair(struct v3_values *v, struct v3_value *value, enum v3_type type,
                     struct bytes rest, struct bytes text)
{
    struct leaf leaf = leaf_of_text(text);
    bool single = type == V3_INT || type == V3_STR || type == V3_BOOL;
    bool known = true;
    if (single && rest.data != NULL)
        return V3_UNKNOWN_PARAMETER;
    if (single && value->given)
        return V3_TWICE;
    value->given = true;
    if (single) {
        /* An empty Int or Bool says as little as none. */
        value->given = text.len > 0 || type == V3_STR;
        if (value->given)
            place_single(value, type, true, &leaf);
        return CMQ_OK;
    }
    value->mistyped = value->mistyped || rest.data == NULL;
    if (rest.data == NULL)
        return CMQ_OK;
    struct bytes *at = part_at(v, value, type, rest, &known);
    if (!known)
        return V3_UNKNOWN_PARAMETER;
    return at != NULL ? place_once(value, at, &leaf) : CMQ_OK;
}

static bool has_gap(const struct v3_values *v, const struct v3_value *value, enum v3_type type)
{
    bool gap = false;
    for (size_t i = 0; type == V3_STRS && value->list != NULL && i < value->list->count; i++)
        gap = gap || value->list->items[i].data == NULL;
    for (size_t i = 0; type == V3_TAG_SET && i < v->tag_count; i++)
        gap = gap || (v->tags[i].key.data == NULL && v->tags[i].value.data == NULL);
    for (size_t i = 0; type == V3_FILTERS && i < v->filter_count; i++) {
        const struct v3_filter *filter = &v->filters[i];
        gap = gap || (filter->name.data == NULL && filter->count == 0);
        for (size_t j = 0; j < filter->count; j++)
            gap = gap || filter->values[j].data == NULL;
    }
    return gap;
}

int v3_values_of_form(struct v3_values *v, const struct form *form,
                      const struct v3_param *params, size_t count, struct bytes *culprit)
{
    begin(v, count);
    for (size_t p = 0; p < form->count; p++) {
        struct bytes rest;
        *culprit = form->pairs[p].name;
        if (culprit->len == 0 || v3_is_common(*culprit))
            continue;
        size_t i = find_row(params, count, cut(*culprit, &rest));
        if (i == count)
            return V3_UNKNOWN_PARAMETER;
        int outcome = read_pair(v, &v->of[i], params[i].type, rest, form->pairs[p].value);
        if (outcome != CMQ_OK)
            return outcome;
    }
    for (size_t i = 0; i < count; i++) {
        *culprit = bytes_of(params[i].name);
        if (v->of[i].given && !v->of[i].excess && has_gap(v, &v->of[i], params[i].type))
            return V3_GAP;
    }
    return CMQ_OK;
}
