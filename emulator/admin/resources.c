/* Resources are made by the same operations that CreateQueue, CreateTopic and Subscribe use,
 * with the same fields, judged in the same order. Only presence, the names of members and the
 * words of mistakes are decided here.
 *
 * A value that is not a string (a number, or a policy as an object) is printed as JSON and then
 * judged as a text, like a parameter of a client; such texts are kept until the operation is
 * over, since arguments refer to them (struct reading, kept). */
#include "admin/resources.h"

#include "admin/items.h"
#include "base/json.h"
#include "base/nearest.h"
#include "operations/operation.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { PATH_SIZE = MISTAKE_ARGUMENT_SIZE };

/* ---- the members that an object may have ---- */

struct member {
    enum field field;
    bool required;
};

struct resource {
    const char *action; /* the Action that makes one, as CMQ calls it */
    enum operation operation;
    const char *below; /* a member that is handled apart from the operation; NULL: none */
    size_t member_count;
    struct member members[8]; /* in the order in which they are judged */
};

static const struct resource queues = {
    "CreateQueue",
    OPERATION_CREATE_QUEUE,
    NULL,
    8,
    {{FIELD_QUEUE_NAME, true},
     {FIELD_MAX_HEAP, false},
     {FIELD_POLLING_WAIT, false},
     {FIELD_VISIBILITY, false},
     {FIELD_MAX_MSG_SIZE, false},
     {FIELD_RETENTION, false},
     {FIELD_REWIND, false},
     {FIELD_DEAD_LETTER_POLICY, false}},
};

static const struct resource topics = {
    "CreateTopic",
    OPERATION_CREATE_TOPIC,
    "subscriptions",
    3,
    {{FIELD_TOPIC_NAME, true}, {FIELD_MAX_MSG_SIZE, false}, {FIELD_FILTER_TYPE, false}},
};

/* Without topicName, which is that of the topic that the subscription is listed under. */
static const struct resource subscriptions = {
    "Subscribe",
    OPERATION_SUBSCRIBE,
    NULL,
    7,
    {{FIELD_SUBSCRIPTION_NAME, true},
     {FIELD_PROTOCOL, true},
     {FIELD_ENDPOINT, true},
     {FIELD_NOTIFY_STRATEGY, false},
     {FIELD_NOTIFY_FORMAT, false},
     {FIELD_FILTER_TAGS, false},
     {FIELD_BINDING_KEYS, false}},
};

/* The field of this name; FIELDS if there is none. */
static enum field find_field(const struct resource *kind, const char *name)
{
    for (size_t i = 0; i < kind->member_count; i++)
        if (strcmp(name, field_rows[kind->members[i].field].name) == 0)
            return kind->members[i].field;
    return FIELDS;
}

/* ---- what they consist of, for the document ---- */

static const struct schema_member policy_members[] = {
    {"deadLetterQueue", TYPE_TEXT, .help = "the name or the id of a queue"},
    {"policy", TYPE_NUMBER, .help = "0: by count; 1: by age", .greatest = 1},
    {"maxReceiveCount", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "of policy 0",
     .least = 1, .greatest = 1000},
    {"maxTimeToLive", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "seconds; of policy 1",
     .least = 300, .greatest = 43200},
};
static const struct schema policy_schema = SCHEMA(
    "DeadLetterPolicy", "When a message goes to which dead-letter queue.", policy_members);
static const struct schema_member policy_forms[] = {
    {"", TYPE_OBJECT, .of = &policy_schema},
    {"", TYPE_TEXT, .help = "the object as JSON"},
};
static const struct schema policy_setting_schema =
    SCHEMA_CHOICE("DeadLetterPolicySetting",
                  "A dead-letter policy, as an object or as its text.", policy_forms);

static void describe_field(enum field f, struct schema_member *out)
{
    const struct field_row *row = &field_rows[f];
    *out = (struct schema_member){.name = row->name, .type = TYPE_TEXT};
    if (field_is_list(f))
        out->flags = MEMBER_LIST;
    else if (row->kind == KIND_WORD)
        out->type = TYPE_WORD;
    else if (field_is_number(f))
        out->type = TYPE_NUMBER;
    else if (row->kind == KIND_NAME)
        out->type = TYPE_NAME;
    if (row->kind == KIND_WORD)
        out->words = field_words(f);
}

void resource_describe_parameter(enum field f, struct schema_member *out)
{
    const struct field_row *row = &field_rows[f];
    describe_field(f, out);
    if (row->kind == KIND_WORD || row->kind == KIND_POLICY)
        return;
    out->least = field_is_list(f) ? 0 : row->least;
    out->greatest = row->greatest;
}

/* A member that a client may give. */
static bool setting_member(const struct resource *kind, size_t i, struct schema_member *out)
{
    if (i >= kind->member_count)
        return false;
    const struct field_row *row = &field_rows[kind->members[i].field];
    resource_describe_parameter(kind->members[i].field, out);
    if (!kind->members[i].required)
        out->flags |= MEMBER_OPTIONAL;
    if (row->kind == KIND_POLICY) {
        out->type = TYPE_OBJECT;
        out->of = &policy_setting_schema;
    }
    return true;
}

static bool queue_member(size_t i, struct schema_member *out)
{
    return setting_member(&queues, i, out);
}
const struct schema queue_setting_schema = {
    .name = "QueueSetting", .help = "The parameters of CreateQueue.", .row = queue_member};

static bool subscription_member(size_t i, struct schema_member *out)
{
    return setting_member(&subscriptions, i, out);
}
static const struct schema subscription_setting_schema = {
    .name = "SubscriptionSetting",
    .help = "The parameters of Subscribe, but for topicName.",
    .row = subscription_member};

static bool topic_member(size_t i, struct schema_member *out)
{
    if (i == topics.member_count)
        *out = (struct schema_member){topics.below, TYPE_OBJECT, MEMBER_OPTIONAL | MEMBER_LIST,
                                      .of = &subscription_setting_schema};
    return i == topics.member_count || setting_member(&topics, i, out);
}
const struct schema topic_setting_schema = {
    .name = "TopicSetting",
    .help = "The parameters of CreateTopic, and its subscriptions.",
    .row = topic_member};

static const struct schema_member queue_attributes[] = {
    {"maxMsgHeapNum", TYPE_NUMBER, .help = "messages that it takes"},
    {"pollingWaitSeconds", TYPE_NUMBER, .help = "of a receive that says nothing else"},
    {"visibilityTimeout", TYPE_NUMBER, .help = "seconds"},
    {"maxMsgSize", TYPE_NUMBER, .help = "bytes"},
    {"msgRetentionSeconds", TYPE_NUMBER, .help = "how long a message is kept"},
    {"rewindSeconds", TYPE_NUMBER, .help = "how long a deleted one is kept"},
    {"deadLetterPolicy", TYPE_TEXT, .flags = MEMBER_OPTIONAL,
     .help = "as JSON, if the queue has one"},
};
const struct schema queue_attributes_schema =
    SCHEMA("QueueAttributes", "The attributes of a queue.", queue_attributes);

static const struct schema_member topic_attributes[] = {
    {"maxMsgSize", TYPE_NUMBER, .help = "bytes"},
    {"msgRetentionSeconds", TYPE_NUMBER, .help = "how long a message is kept"},
    {"createTime", TYPE_NUMBER, .help = "Unix seconds"},
    {"lastModifyTime", TYPE_NUMBER, .help = "Unix seconds"},
    {"filterType", TYPE_NUMBER, .help = "1: by tags; 2: by routing keys"},
};
const struct schema topic_attributes_schema =
    SCHEMA("TopicAttributes", "The attributes of a topic.", topic_attributes);

static const struct schema_member subscription_attributes[] = {
    {"protocol", TYPE_WORD, .choices = "http|queue"},
    {"endpoint", TYPE_TEXT, .help = "where messages are sent"},
    {"notifyStrategy", TYPE_WORD, .choices = "BACKOFF_RETRY|EXPONENTIAL_DECAY_RETRY"},
    {"notifyContentFormat", TYPE_WORD, .choices = "JSON|SIMPLIFIED"},
    {"createTime", TYPE_NUMBER, .help = "Unix seconds"},
    {"lastModifyTime", TYPE_NUMBER, .help = "Unix seconds"},
    {"bindingKey", TYPE_TEXT, .flags = MEMBER_LIST},
    {"filterTag", TYPE_TEXT, .flags = MEMBER_LIST},
    {"filterTags", TYPE_TEXT, .flags = MEMBER_LIST, .help = "the same"},
};
const struct schema subscription_attributes_schema = SCHEMA(
    "SubscriptionAttributes", "The attributes of a subscription.", subscription_attributes);

/* ---- one object ---- */

struct reading {
    const struct resource *kind;
    const cJSON *json;
    const char *path;
    struct engine *engine;
    struct mistake *m;
    struct arguments arguments;
    size_t kept_count;
    char *kept[24]; /* texts that the arguments refer to; enough for every kind of object */
};

static void reading_begin(struct reading *r, const struct resource *kind, const cJSON *json,
                          const char *path, struct engine *e, struct mistake *m)
{
    r->kind = kind;
    r->json = json;
    r->path = path;
    r->engine = e;
    r->m = m;
    r->kept_count = 0;
    arguments_clear(&r->arguments);
}

static void reading_end(struct reading *r)
{
    while (r->kept_count > 0)
        free(r->kept[--r->kept_count]);
}

static bool check_single(struct reading *r, enum field f, const cJSON *item, const char *path)
{
    bool is_policy = field_rows[f].kind == KIND_POLICY;
    if (cJSON_IsString(item) || cJSON_IsNumber(item) || (is_policy && cJSON_IsObject(item)))
        return true;
    return MISTAKE_INVALID(r->m, path, "%s must be %s", path,
                           is_policy ? "an object or a text" : "a text or a number");
}

/* Whether the value has a type of JSON that the field can be given in. */
static bool check_type(struct reading *r, enum field f, const cJSON *item, const char *path)
{
    const cJSON *element;
    int i = 0;
    if (!field_is_list(f))
        return check_single(r, f, item, path);
    if (!cJSON_IsArray(item))
        return MISTAKE_INVALID(r->m, path, "%s must be a list", path);
    cJSON_ArrayForEach (element, item) {
        char element_path[PATH_SIZE + 16];
        snprintf(element_path, sizeof element_path, "%s[%d]", path, i++);
        if (!check_single(r, f, element, element_path))
            return false;
    }
    return true;
}

static bool unknown(struct reading *r, const char *path, const char *name)
{
    struct nearest nearest = nearest_to(bytes_of(name));
    for (size_t i = 0; i < r->kind->member_count; i++)
        nearest_try(&nearest, field_rows[r->kind->members[i].field].name);
    if (r->kind->below != NULL)
        nearest_try(&nearest, r->kind->below);
    return mistake_unknown(r->m, path, &nearest);
}

static bool check_members(struct reading *r)
{
    const cJSON *item;
    if (!cJSON_IsObject(r->json))
        return MISTAKE_INVALID(r->m, r->path, "%s must be an object with the parameters of %s",
                               r->path, r->kind->action);
    cJSON_ArrayForEach (item, r->json) {
        char path[PATH_SIZE];
        enum field f = find_field(r->kind, item->string);
        mistake_path(path, r->path, item->string);
        if (f != FIELDS && !check_type(r, f, item, path))
            return false;
        if (f == FIELDS &&
            (r->kind->below == NULL || strcmp(item->string, r->kind->below) != 0))
            return unknown(r, path, item->string);
    }
    return true;
}

/* As cJSON prints it, which tries several precisions: that is slow for many numbers, and not needed
 * for whole ones. */
static char *text_of_number(double n)
{
    char text[32];
    const double greatest = 1e15;
    if (!(n >= -greatest && n <= greatest) || n != (double)(int64_t)n) {
        cJSON number = {.type = cJSON_Number, .valuedouble = n};
        return cJSON_PrintUnformatted(&number);
    }
    snprintf(text, sizeof text, "%lld", (long long)n);
    return strdup(text);
}

/* A string as it is, any other value as JSON text; NULL when there is no memory. */
static const char *text_of(struct reading *r, const cJSON *item)
{
    if (cJSON_IsString(item))
        return item->valuestring;
    assert(r->kept_count < COUNT(r->kept));
    char *text =
        cJSON_IsNumber(item) ? text_of_number(item->valuedouble) : cJSON_PrintUnformatted(item);
    r->kept[r->kept_count++] = text;
    return text;
}

static bool no_memory(struct mistake *m, const char *path)
{
    return mistake_set(m, 500, "no-memory", path, "%s: there is no memory", path);
}

static bool refuse(struct reading *r, enum field f, const char *path, enum cmq_err err)
{
    char expected[FIELD_EXPECTED_SIZE];
    bool by_bounds = err == CMQ_PARAM_RANGE || err == CMQ_PARAM_TYPE;
    if (err == CMQ_INTERNAL)
        return no_memory(r->m, path);
    if (!by_bounds && field_rows[f].kind != KIND_WORD)
        return MISTAKE_INVALID(r->m, path, "%s: %s", path, cmq_err_text(err));
    field_expected(f, engine_limits_of(r->engine), expected);
    return MISTAKE_INVALID(r->m, path, "%s must be %s", path, expected);
}

static bool read_value(struct reading *r, enum field f, const cJSON *item, const char *path)
{
    const char *text = text_of(r, item);
    if (text == NULL)
        return refuse(r, f, path, CMQ_INTERNAL);
    if (text[0] == '\0' && field_ignores_empty(f))
        return true;
    enum cmq_err err = field_is_list(f) ? argument_add_text(&r->arguments, f, bytes_of(text))
                                        : argument_set_text(&r->arguments, f, bytes_of(text),
                                                            engine_limits_of(r->engine));
    return err == CMQ_OK || refuse(r, f, path, err);
}

static bool read_list(struct reading *r, enum field f, const cJSON *list, const char *path)
{
    const cJSON *item;
    if (cJSON_GetArraySize(list) > field_rows[f].greatest)
        return refuse(r, f, path, field_rows[f].refusal);
    cJSON_ArrayForEach (item, list)
        if (!read_value(r, f, item, path))
            return false;
    return true;
}

static bool read_member(struct reading *r, const struct member *member)
{
    char path[PATH_SIZE];
    const char *name = field_rows[member->field].name;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->json, name);
    mistake_path(path, r->path, name);
    if (item != NULL && field_is_list(member->field))
        return read_list(r, member->field, item, path);
    if (item != NULL && !read_value(r, member->field, item, path))
        return false;
    if (member->required && !argument_given(&r->arguments, member->field))
        return MISTAKE_INVALID(r->m, r->path, "%s needs %s", r->path, name);
    return true;
}

/* Types first, then the values in the order of the table. */
static bool read_object(struct reading *r)
{
    if (!check_members(r))
        return false;
    for (size_t i = 0; i < r->kind->member_count; i++)
        if (!read_member(r, &r->kind->members[i]))
            return false;
    return true;
}

/* ---- making it ---- */

/* The members to blame for errors of the operation. */
static const struct {
    enum cmq_err err;
    enum field field;
} blamed[] = {
    {CMQ_QUEUE_EXISTS, FIELD_QUEUE_NAME},
    {CMQ_TOPIC_EXISTS, FIELD_TOPIC_NAME},
    {CMQ_SUBSCRIPTION_EXISTS, FIELD_SUBSCRIPTION_NAME},
    {CMQ_REWIND_ABOVE_RETENTION, FIELD_REWIND},
    {CMQ_POLICY_NOT_JSON, FIELD_DEAD_LETTER_POLICY},
    {CMQ_POLICY_NO_QUEUE, FIELD_DEAD_LETTER_POLICY},
    {CMQ_POLICY_NO_POLICY, FIELD_DEAD_LETTER_POLICY},
    {CMQ_POLICY_PARAMS, FIELD_DEAD_LETTER_POLICY},
    {CMQ_NO_DEAD_LETTER_QUEUE, FIELD_DEAD_LETTER_POLICY},
    {CMQ_DEAD_LETTER_NEST, FIELD_DEAD_LETTER_POLICY},
    {CMQ_DEAD_LETTER_SOURCES, FIELD_DEAD_LETTER_POLICY},
    {CMQ_QUEUE_NOT_SIMPLIFIED, FIELD_NOTIFY_FORMAT},
};

static bool fail(struct reading *r, enum cmq_err err)
{
    char path[PATH_SIZE];
    if (err == CMQ_INTERNAL)
        return no_memory(r->m, r->path);
    for (size_t i = 0; i < COUNT(blamed); i++) {
        if (blamed[i].err != err || !argument_given(&r->arguments, blamed[i].field))
            continue;
        mistake_path(path, r->path, field_rows[blamed[i].field].name);
        return MISTAKE_INVALID(r->m, path, "%s: %s", path, cmq_err_text(err));
    }
    return MISTAKE_INVALID(r->m, r->path, "%s: %s", r->path, cmq_err_text(err));
}

/* Without operation_admit(): rates are for clients. */
static bool make(struct reading *r)
{
    struct result result;
    if (!read_object(r))
        return false;
    enum cmq_err err =
        operation_run(r->engine, r->kind->operation, &r->arguments, NULL, &result);
    return err == CMQ_OK || fail(r, err);
}

static bool make_queue(const cJSON *json, const char *path, void *context, struct mistake *m)
{
    struct reading r;
    reading_begin(&r, &queues, json, path, context, m);
    bool made = make(&r);
    reading_end(&r);
    return made;
}

/* The topic that the subscriptions of a list are made for. */
struct topic_context {
    struct engine *engine;
    struct bytes topic_name;
};

static bool make_subscription(const cJSON *json, const char *path, void *context,
                              struct mistake *m)
{
    const struct topic_context *below = context;
    struct reading r;
    if (cJSON_GetObjectItemCaseSensitive(json, field_rows[FIELD_TOPIC_NAME].name) != NULL)
        return MISTAKE_INVALID(m, path, "%s stands below its topic: no topicName", path);
    reading_begin(&r, &subscriptions, json, path, below->engine, m);
    argument_put_text(&r.arguments, FIELD_TOPIC_NAME, below->topic_name);
    bool made = make(&r);
    reading_end(&r);
    return made;
}

static bool make_topic(const cJSON *json, const char *path, void *context, struct mistake *m)
{
    struct reading r;
    reading_begin(&r, &topics, json, path, context, m);
    bool made = make(&r);
    struct topic_context below = {context, argument_text(&r.arguments, FIELD_TOPIC_NAME)};
    made = made && items_each(json, path, topics.below, make_subscription, &below, m);
    reading_end(&r);
    return made;
}

bool resources_make(const struct cJSON *object, const char *prefix, struct engine *e,
                    struct mistake *m)
{
    return items_each(object, prefix, "queues", make_queue, e, m) &&
           items_each(object, prefix, "topics", make_topic, e, m);
}

/* ---- showing ---- */

static void write_texts(struct buffer *b, const char *key, struct texts texts)
{
    json_key(b, key);
    json_open(b, '[');
    for (size_t i = 0; i < texts.count; i++)
        json_string(b, texts.items[i]);
    json_close(b, ']');
}

static void write_field(struct buffer *b, const struct arguments *values, enum field f)
{
    const char *name = field_rows[f].name;
    if (field_is_list(f))
        write_texts(b, name, argument_list(values, f));
    else if (field_rows[f].kind == KIND_WORD)
        json_key_text(b, name, field_word(f, argument_int(values, f, 0)));
    else if (field_is_number(f))
        json_key_int(b, name, argument_int(values, f, 0));
    else
        json_key_string(b, name, argument_text(values, f));
    if (f == FIELD_FILTER_TAGS) /* two names, as in API v2 (decisions 27) */
        write_texts(b, "filterTags", argument_list(values, f));
}

void resource_write_attributes(struct buffer *b, const struct attributes *a)
{
    for (size_t i = 0; i < a->count; i++)
        write_field(b, &a->values, a->fields[i]);
}
