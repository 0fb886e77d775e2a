/* The Actions of the topic model (topic-api 2). */
#include "api/v2/topic_actions.h"

#include "api/push.h"
#include "api/v2/actions.h"
#include "base/json.h"

#include <stdio.h>

#define COUNT(array)  (sizeof(array) / sizeof(array)[0])
#define FIELD(member) offsetof(struct args, member)

enum {
    MAX_MSG_SIZE_DEFAULT = 65536, /* D6 */
    SEARCH_WORD_MAX = 256,
    TOPIC_LIMIT_MAX = 50,
    SUBSCRIPTION_LIMIT_MAX = 100,
    SUBSCRIPTION_OFFSET_MAX = 1000,
};

/* ---- topics ---- */

static int create_topic(struct call *c)
{
    const struct args *a = &c->args;
    struct topic *t;
    struct topic_request request = {
        /* 0 has been the value for tags, too (D9) */
        .filter_type = a->filter_type == FILTER_BY_KEY ? FILTER_BY_KEY : FILTER_BY_TAG,
        .max_msg_size =
            a->max_msg_size == ABSENT ? MAX_MSG_SIZE_DEFAULT : (size_t)a->max_msg_size,
    };
    int err = engine_create_topic(c->engine, a->topic_name, &request, &t);
    if (err != CMQ_OK)
        return err;
    answer_begin(c);
    json_key_text(c->answer, "topicId", t->id);
    answer_close(c);
    return CMQ_OK;
}

static int set_topic_attributes(struct call *c)
{
    int64_t size = c->args.max_msg_size;
    engine_set_topic(c->engine, c->topic,
                     size == ABSENT ? c->topic->max_msg_size : (size_t)size);
    answer_empty(c);
    return CMQ_OK;
}

static int list_topic(struct call *c)
{
    struct listing l;
    listing_begin(&l, &c->args);
    for (struct topic *t = NULL; (t = engine_next_topic(c->engine, t)) != NULL;) {
        if (!listing_takes(&l, t->name))
            continue;
        json_open(&l.items, '{');
        json_key_text(&l.items, "topicId", t->id);
        json_key_text(&l.items, "topicName", t->name);
        json_close(&l.items, '}');
    }
    listing_answer(c, &l, "topicList");
    return CMQ_OK;
}

void answer_topic_attributes(struct buffer *b, const struct topic *t)
{
    json_key_int(b, "maxMsgSize", (int64_t)t->max_msg_size);
    json_key_int(b, "msgRetentionSeconds", TOPIC_RETENTION_MS / 1000);
    json_key_int(b, "createTime", t->created_ms / 1000);
    json_key_int(b, "lastModifyTime", t->modified_ms / 1000);
    json_key_int(b, "filterType", t->filter_type);
}

static int get_topic_attributes(struct call *c)
{
    answer_begin(c);
    json_key_int(c->answer, "msgCount", (int64_t)c->topic->publication_count);
    answer_topic_attributes(c->answer, c->topic);
    json_key_text(c->answer, "topicName",
                  c->topic->name); /* not on the page; a client reads it */
    answer_close(c);
    return CMQ_OK;
}

static int delete_topic(struct call *c)
{
    int err = engine_delete_topic(c->engine, c->topic);
    if (err == CMQ_OK)
        answer_empty(c);
    return err;
}

/* ---- publishing ---- */

static int publish(struct call *c, bool batch)
{
    const struct args *a = &c->args;
    struct routing routing;
    uint64_t ids[BATCH_MAX];
    routing_init(&routing, a->tags.items, a->tags.count, a->routing_key);
    int err = engine_publish(c->engine, c->topic, a->batch, a->batch_count, &routing, ids);
    if (err == CMQ_OK)
        answer_ids(c, ids, a->batch_count, batch);
    return err;
}

static int publish_message(struct call *c)
{
    c->args.batch_count = 1;
    return publish(c, false);
}

static int batch_publish_message(struct call *c)
{
    return publish(c, true);
}

/* ---- subscriptions ---- */

static void put_tags(const struct args *a, struct filter_request *to)
{
    to->tag_count = a->tags.count;
    memcpy(to->tags, a->tags.items, sizeof to->tags);
}

static void put_keys(const struct args *a, struct filter_request *to)
{
    to->key_count = a->binding_keys.count;
    memcpy(to->keys, a->binding_keys.items, sizeof to->keys);
}

/* Queues get the bare body whatever is asked for. A client's library may ask for JSON without
 * its user knowing, so that is refused under strict limits only (D3). */
static int choose_format(const struct call *c, enum push_protocol protocol,
                         enum notify_format *format)
{
    if (c->args.format != ABSENT)
        *format = (enum notify_format)c->args.format;
    if (protocol != PROTOCOL_QUEUE)
        return CMQ_OK;
    if (c->args.format == FORMAT_JSON && engine_limits_of(c->engine)->strict)
        return CMQ_QUEUE_NOT_SIMPLIFIED;
    *format = FORMAT_SIMPLIFIED;
    return CMQ_OK;
}

static int subscribe(struct call *c)
{
    const struct args *a = &c->args;
    struct subscription *s;
    struct subscription_request request = {
        .name = a->subscription_name,
        .endpoint = a->endpoint,
        .protocol = (enum push_protocol)a->protocol,
        .strategy = a->strategy == BACKOFF_RETRY ? BACKOFF_RETRY : EXPONENTIAL_DECAY_RETRY,
        .format = FORMAT_JSON,
    };
    int err = choose_format(c, request.protocol, &request.format);
    if (err != CMQ_OK)
        return err;
    put_tags(a, &request.filter);
    put_keys(a, &request.filter);
    err = engine_subscribe(c->engine, c->topic, &request, &s);
    if (err != CMQ_OK)
        return err;
    answer_begin(c);
    json_key_text(c->answer, "subscriptionId", s->id); /* D12 */
    answer_close(c);
    return CMQ_OK;
}

/* Of a topic that is not known the list is empty (D13). */
static int list_subscription_by_topic(struct call *c)
{
    const struct topic *t = engine_find_topic(c->engine, c->args.topic_name);
    struct subscription *s = NULL;
    struct listing l;
    listing_begin(&l, &c->args);
    while (t != NULL && (s = engine_next_subscription(t, s)) != NULL) {
        if (!listing_takes(&l, s->name))
            continue;
        json_open(&l.items, '{');
        json_key_text(&l.items, "subscriptionId", s->id);
        json_key_text(&l.items, "subscriptionName", s->name);
        json_key_text(&l.items, "protocol", param_word(PARAM_PROTOCOL, (int)s->protocol));
        json_key_text(&l.items, "endpoint", s->endpoint);
        json_close(&l.items, '}');
    }
    listing_answer(c, &l, "subscriptionList");
    return CMQ_OK;
}

/* What is absent stays; a list that is there replaces the old one (D38). */
static int set_subscription_attributes(struct call *c)
{
    const struct args *a = &c->args;
    struct subscription *s = c->subscription;
    struct subscription_request request = {
        .strategy = a->strategy == ABSENT ? s->strategy : (enum notify_strategy)a->strategy,
        .format = s->format,
        .filter = *filter_texts(s->filter),
    };
    int err = choose_format(c, s->protocol, &request.format);
    if (err != CMQ_OK)
        return err;
    if (a->tags.count > 0)
        put_tags(a, &request.filter);
    if (a->binding_keys.count > 0)
        put_keys(a, &request.filter);
    err = engine_set_subscription(c->engine, s, &request);
    if (err == CMQ_OK)
        answer_empty(c);
    return err;
}

static int clear_subscription_filter_tags(struct call *c)
{
    engine_clear_filter_tags(c->engine, c->subscription);
    answer_empty(c);
    return CMQ_OK;
}

static int unsubscribe(struct call *c)
{
    engine_unsubscribe(c->engine, c->subscription);
    answer_empty(c);
    return CMQ_OK;
}

static void write_texts(struct buffer *b, const char *key, const struct bytes *texts,
                        size_t count)
{
    json_key(b, key);
    json_open(b, '[');
    for (size_t i = 0; i < count; i++)
        json_string(b, texts[i]);
    json_close(b, ']');
}

void answer_subscription_attributes(struct buffer *b, const struct subscription *s)
{
    const struct filter_request *filter = filter_texts(s->filter);
    json_key_text(b, "protocol", param_word(PARAM_PROTOCOL, (int)s->protocol));
    json_key_text(b, "endpoint", s->endpoint);
    json_key_text(b, "notifyStrategy", param_word(PARAM_STRATEGY, (int)s->strategy));
    json_key_text(b, "notifyContentFormat", param_word(PARAM_FORMAT, (int)s->format));
    json_key_int(b, "createTime", s->created_ms / 1000);
    json_key_int(b, "lastModifyTime", s->modified_ms / 1000);
    write_texts(b, "bindingKey", filter->keys, filter->key_count);
    /* Two names, as clients differ (design 6). */
    write_texts(b, "filterTag", filter->tags, filter->tag_count);
    write_texts(b, "filterTags", filter->tags, filter->tag_count);
}

static int get_subscription_attributes(struct call *c)
{
    char owner[24];
    snprintf(owner, sizeof owner, "%lld", (long long)TOPIC_OWNER);
    answer_begin(c);
    json_key_text(c->answer, "topicOwner", owner);
    json_key_int(c->answer, "msgCount", (int64_t)c->subscription->pending_count);
    answer_subscription_attributes(c->answer, c->subscription);
    answer_close(c);
    return CMQ_OK;
}

/* ---- the tables ---- */

/* clang-format off */

#define TOPIC_NAME_PARAM   { "topicName",           PARAM_TOPIC_NAME,        true,     1, NAME_MAX_LENGTH,         FIELD(topic_name) }
#define SUBSCRIPTION_PARAMS TOPIC_NAME_PARAM, \
                           { "subscriptionName",    PARAM_SUBSCRIPTION_NAME, true,     1, NAME_MAX_LENGTH,         FIELD(subscription_name) }
#define MAX_MSG_SIZE_PARAM { "maxMsgSize",          PARAM_INT,               false, 1024, 1048576,                 FIELD(max_msg_size) }
#define SEARCH_WORD_PARAM  { "searchWord",          PARAM_TEXT,              false,    1, SEARCH_WORD_MAX,         FIELD(search_word) }
#define ROUTING_PARAMS \
                           { "msgTag",              PARAM_MSG_TAGS,          false,    1, TAGS_MAX,                FIELD(tags) }, \
                           { "routingKey",          PARAM_ROUTING_KEY,       false,    1, KEY_LENGTH_MAX,          FIELD(routing_key) }
#define NOTIFY_PARAMS \
                           { "notifyStrategy",      PARAM_STRATEGY,          false,    0, 1,                       FIELD(strategy) }, \
                           { "notifyContentFormat", PARAM_FORMAT,            false,    0, 1,                       FIELD(format) }, \
                           { "filterTag",           PARAM_FILTER_TAGS,       false,    1, TAGS_MAX,                FIELD(tags) }, \
                           { "bindingKey",          PARAM_BINDING_KEYS,      false,    1, BINDING_KEYS_MAX,        FIELD(binding_keys) }

static const struct param create_params[]        = { TOPIC_NAME_PARAM, MAX_MSG_SIZE_PARAM,
                           { "filterType",          PARAM_INT,               false,    0, FILTER_BY_KEY,           FIELD(filter_type) } };
static const struct param set_topic_params[]     = { TOPIC_NAME_PARAM, MAX_MSG_SIZE_PARAM };
static const struct param list_topic_params[]    = { SEARCH_WORD_PARAM,
                           { "offset",              PARAM_INT,               false,    0, INT32_MAX,               FIELD(offset) },
                           { "limit",               PARAM_INT,               false,    0, TOPIC_LIMIT_MAX,         FIELD(limit) } };
static const struct param topic_name_params[]    = { TOPIC_NAME_PARAM };
static const struct param delete_params[]        = {
                           { "topicName",           PARAM_TOPIC_NAME_EITHER, true,     1, NAME_MAX_LENGTH,         FIELD(topic_name) } };
static const struct param publish_params[]       = { TOPIC_NAME_PARAM,
                           { "msgBody",             PARAM_BODY,              true,     1, 1048576,                 FIELD(batch) },
                           ROUTING_PARAMS };
static const struct param batch_publish_params[] = { TOPIC_NAME_PARAM,
                           { "msgBody",             PARAM_BODIES,            true,     1, BATCH_MAX,               FIELD(batch) },
                           ROUTING_PARAMS };
static const struct param subscribe_params[]     = { SUBSCRIPTION_PARAMS,
                           { "protocol",            PARAM_PROTOCOL,          true,     0, 1,                       FIELD(protocol) },
                           { "endpoint",            PARAM_ENDPOINT,          true,     1, ENDPOINT_LENGTH_MAX,     FIELD(endpoint) },
                           NOTIFY_PARAMS };
static const struct param list_params[]          = { TOPIC_NAME_PARAM, SEARCH_WORD_PARAM,
                           { "offset",              PARAM_INT,               false,    0, SUBSCRIPTION_OFFSET_MAX, FIELD(offset) },
                           { "limit",               PARAM_INT,               false,    0, SUBSCRIPTION_LIMIT_MAX,  FIELD(limit) } };
static const struct param subscription_params[]  = { SUBSCRIPTION_PARAMS };
static const struct param set_params[]           = { SUBSCRIPTION_PARAMS, NOTIFY_PARAMS };

#define ROW(name, plane, subject, params, run) { name, MODEL_TOPIC, plane, subject, params, COUNT(params), run }

const struct action topic_actions[] = {
    ROW("CreateTopic",                 PLANE_CONTROL, ON_NOTHING,      create_params,        create_topic),
    ROW("SetTopicAttributes",          PLANE_CONTROL, ON_TOPIC,        set_topic_params,     set_topic_attributes),
    ROW("ListTopic",                   PLANE_CONTROL, ON_NOTHING,      list_topic_params,    list_topic),
    ROW("GetTopicAttributes",          PLANE_CONTROL, ON_TOPIC,        topic_name_params,    get_topic_attributes),
    ROW("DeleteTopic",                 PLANE_CONTROL, ON_TOPIC,        delete_params,        delete_topic),
    ROW("PublishMessage",              PLANE_DATA,    ON_TOPIC,        publish_params,       publish_message),
    ROW("BatchPublishMessage",         PLANE_DATA,    ON_TOPIC,        batch_publish_params, batch_publish_message),
    ROW("Subscribe",                   PLANE_CONTROL, ON_TOPIC,        subscribe_params,     subscribe),
    ROW("ListSubscriptionByTopic",     PLANE_CONTROL, ON_NOTHING,      list_params,          list_subscription_by_topic),
    ROW("SetSubscriptionAttributes",   PLANE_CONTROL, ON_SUBSCRIPTION, set_params,           set_subscription_attributes),
    ROW("Unsubscribe",                 PLANE_CONTROL, ON_SUBSCRIPTION, subscription_params,  unsubscribe),
    ROW("GetSubscriptionAttributes",   PLANE_CONTROL, ON_SUBSCRIPTION, subscription_params,  get_subscription_attributes),
    ROW("ClearSubscriptionFilterTags", PLANE_CONTROL, ON_SUBSCRIPTION, subscription_params,  clear_subscription_filter_tags),
    ROW("QueryTopicRoute",             PLANE_ROUTE,   ON_TOPIC,        topic_name_params,    answer_route),
};

/* clang-format on */

const size_t topic_action_count = COUNT(topic_actions);
