/* The operations on topics and their subscriptions (topic-api 2). */
#include "operations/request.h"

enum { TOPIC_MSG_SIZE_DEFAULT = 65536 }; /* topic-api D6 */

/* ---- topics ---- */

/* Overwrite the attributes that were given; the others stay. */
static void put_topic_attributes(const struct arguments *a, struct topic_request *to)
{
    to->max_msg_size = (size_t)argument_int(a, FIELD_MAX_MSG_SIZE, (int64_t)to->max_msg_size);
    to->retention_ms = argument_int(a, FIELD_TOPIC_RETENTION, to->retention_ms / 1000) * 1000;
    to->trace = operation_trace(a, to->trace);
}

enum cmq_err operation_create_topic(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    struct topic *t;
    struct tags *tags;
    /* 0 means tags, too (topic-api D9) */
    bool by_key = argument_int(a, FIELD_FILTER_TYPE, FILTER_BY_TAG) == FILTER_BY_KEY;
    struct topic_request request = {
        .filter_type = by_key ? FILTER_BY_KEY : FILTER_BY_TAG,
        .max_msg_size = TOPIC_MSG_SIZE_DEFAULT,
        .of_tdmq = argument_given(a, FIELD_OF_TDMQ),
    };
    put_topic_attributes(a, &request);
    enum cmq_err err = operation_make_tags(r, CMQ_TOO_MANY_TOPICS, &tags);
    if (err == CMQ_OK)
        err = engine_create_topic(r->engine, argument_text(a, FIELD_TOPIC_NAME), &request, &t);
    if (err != CMQ_OK) {
        engine_free_tags(r->engine, tags);
        return err;
    }
    engine_tag_topic(r->engine, t, tags);
    r->result->topic = t;
    return CMQ_OK;
}

enum cmq_err operation_set_topic_attributes(struct operation_request *r)
{
    struct topic_request request = {
        .max_msg_size = r->topic->max_msg_size,
        .retention_ms = r->topic->retention_ms,
        .trace = r->topic->trace,
    };
    put_topic_attributes(r->arguments, &request);
    engine_set_topic(r->engine, r->topic, &request);
    r->result->topic = r->topic;
    return CMQ_OK;
}

static void put_topic(struct page *p, const struct topic *t)
{
    if (page_takes(p, t->name, t->tags))
        p->topics[p->count++] = t;
}

static void list_named(struct page *p, const struct engine *e, const struct bytes *names,
                       size_t count)
{
    struct found found = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        const struct topic *t = engine_find_topic(e, names[i]);
        if (t != NULL)
            found_put(&found, t, t->serial);
    }
    for (size_t i = 0; i < found.count; i++)
        put_topic(p, found.at[i].item);
}

static void list_all(struct page *p, const struct engine *e)
{
    size_t topics = engine_topic_count(e);
    struct topic *t = NULL;
    while (!page_is_done(p, topics) && (t = engine_next_topic(e, t)) != NULL)
        put_topic(p, t);
}

enum cmq_err operation_list_topic(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    const struct bytes *names;
    struct page *p = &r->result->page;
    page_begin(p, argument_text(a, FIELD_SEARCH_WORD), argument_int(a, FIELD_OFFSET, 0),
               argument_int(a, FIELD_TOPIC_LIMIT, PAGE_DEFAULT));
    page_select(p, a->selection);
    size_t count = page_names(p, &names);
    if (names != NULL)
        list_named(p, r->engine, names, count);
    else
        list_all(p, r->engine);
    return CMQ_OK;
}

enum cmq_err operation_get_topic(struct operation_request *r)
{
    r->result->topic = r->topic;
    return CMQ_OK;
}

enum cmq_err operation_delete_topic(struct operation_request *r)
{
    return engine_delete_topic(r->engine, r->topic);
}

/* API 3.0 gives both in one list: tags, or a routing key where the topic goes by these
 * (api3 8.16). */
static enum cmq_err read_labels(const struct operation_request *r, struct texts *tags,
                                struct bytes *key)
{
    struct texts labels = argument_list(r->arguments, FIELD_MSG_LABELS);
    if (labels.count == 0)
        return CMQ_OK;
    *tags = labels;
    if (r->topic->filter_type != FILTER_BY_KEY)
        return CMQ_OK;
    if (labels.count > 1)
        return CMQ_TOO_MANY_MSG_TAGS;
    tags->count = 0;
    *key = labels.items[0];
    return argument_check_key(*key);
}

enum cmq_err operation_publish_messages(struct operation_request *r)
{
    struct texts bodies = argument_list(r->arguments, FIELD_BODIES);
    struct texts tags = argument_list(r->arguments, FIELD_MSG_TAGS);
    struct bytes key = argument_text(r->arguments, FIELD_ROUTING_KEY);
    struct routing routing;
    enum cmq_err err = read_labels(r, &tags, &key);
    if (err != CMQ_OK)
        return err;
    routing_init(&routing, tags.items, tags.count, key);
    r->result->ids.count = bodies.count;
    r->result->ids.unseen = false;
    return engine_publish(r->engine, r->topic, bodies.items, bodies.count, &routing,
                          r->result->ids.items);
}

/* ---- subscriptions ---- */

/* Overwrite the lists that were given: a new list replaces the old one (topic-api D38). */
static void put_filter(const struct arguments *a, struct filter_request *to)
{
    struct texts tags = argument_list(a, FIELD_FILTER_TAGS);
    struct texts keys = argument_list(a, FIELD_BINDING_KEYS);
    if (tags.count > 0) {
        to->tag_count = tags.count;
        memcpy(to->tags, tags.items, tags.count * sizeof *tags.items);
    }
    if (keys.count > 0) {
        to->key_count = keys.count;
        memcpy(to->keys, keys.items, keys.count * sizeof *keys.items);
    }
}

/* Queues get the bare body whatever is asked for. A client library may ask for JSON without its
 * user knowing, so that is refused under strict limits only (topic-api D3, decisions 28). */
static enum cmq_err choose_format(const struct operation_request *r,
                                  enum push_protocol protocol, enum notify_format *format)
{
    int64_t wanted = argument_int(r->arguments, FIELD_NOTIFY_FORMAT, -1);
    if (wanted >= 0)
        *format = (enum notify_format)wanted;
    if (protocol != PROTOCOL_QUEUE)
        return CMQ_OK;
    if (wanted == FORMAT_JSON && engine_limits_of(r->engine)->strict)
        return CMQ_QUEUE_NOT_SIMPLIFIED;
    *format = FORMAT_SIMPLIFIED;
    return CMQ_OK;
}

enum cmq_err operation_subscribe(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    struct subscription *s;
    struct subscription_request request = {
        .name = argument_text(a, FIELD_SUBSCRIPTION_NAME),
        .endpoint = argument_text(a, FIELD_ENDPOINT),
        .protocol = (enum push_protocol)argument_int(a, FIELD_PROTOCOL, PROTOCOL_HTTP),
        .strategy = (enum notify_strategy)argument_int(a, FIELD_NOTIFY_STRATEGY,
                                                       EXPONENTIAL_DECAY_RETRY),
        .format = FORMAT_JSON,
    };
    put_filter(a, &request.filter);
    enum cmq_err err = choose_format(r, request.protocol, &request.format);
    if (err == CMQ_OK)
        err = engine_subscribe(r->engine, r->topic, &request, &s);
    if (err == CMQ_OK)
        r->result->subscription = s;
    return err;
}

/* Those that deliver to this queue. */
static void list_of_queue(struct page *p, const struct topic *t, struct bytes queue)
{
    for (struct subscription *s = NULL; (s = engine_next_subscription(t, s)) != NULL;)
        if (subscription_delivers_to(s, queue) && page_takes(p, s->name, NULL))
            p->subscriptions[p->count++] = s;
}

static void list_of_topic(struct page *p, const struct topic *t)
{
    struct subscription *s = NULL;
    while (!page_is_done(p, t->subscription_count) &&
           (s = engine_next_subscription(t, s)) != NULL)
        if (page_takes(p, s->name, NULL))
            p->subscriptions[p->count++] = s;
}

/* The list of an unknown topic is empty, but under strict limits (topic-api D13, decisions
 * 26). */
enum cmq_err operation_list_subscription_by_topic(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    const struct topic *t = engine_find_topic(r->engine, argument_text(a, FIELD_TOPIC_NAME));
    struct page *p = &r->result->page;
    if (t == NULL && engine_limits_of(r->engine)->strict)
        return CMQ_NO_TOPIC;
    page_begin(p, argument_text(a, FIELD_SEARCH_WORD),
               argument_int(a, FIELD_SUBSCRIPTION_OFFSET, 0),
               argument_int(a, FIELD_SUBSCRIPTION_LIMIT, PAGE_DEFAULT));
    if (t != NULL)
        list_of_topic(p, t);
    return CMQ_OK;
}

static struct page *begin_subscriptions(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    struct page *p = &r->result->page;
    page_begin(p, (struct bytes){NULL, 0}, argument_int(a, FIELD_OFFSET, 0),
               argument_int(a, FIELD_QUEUE_LIMIT, PAGE_DEFAULT));
    page_select(p, a->selection);
    return p;
}

/* As API 3.0 lists them: the topic has to exist (api3 7.18, 8.18). */
enum cmq_err operation_list_subscriptions(struct operation_request *r)
{
    list_of_topic(begin_subscriptions(r), r->topic);
    return CMQ_OK;
}

/* Of all topics, those that deliver to a queue, whether or not there is one (api3 8.15). */
enum cmq_err operation_list_subscriptions_to_queue(struct operation_request *r)
{
    struct page *p = begin_subscriptions(r);
    struct bytes queue = argument_text(r->arguments, FIELD_QUEUE_NAME);
    for (struct topic *t = NULL; (t = engine_next_topic(r->engine, t)) != NULL;)
        list_of_queue(p, t, queue);
    return CMQ_OK;
}

enum cmq_err operation_get_subscription(struct operation_request *r)
{
    r->result->subscription = r->subscription;
    return CMQ_OK;
}

/* What is not given stays as it is. */
enum cmq_err operation_set_subscription_attributes(struct operation_request *r)
{
    struct subscription *s = r->subscription;
    struct subscription_request request = {
        .strategy = (enum notify_strategy)argument_int(r->arguments, FIELD_NOTIFY_STRATEGY,
                                                       (int64_t)s->strategy),
        .format = s->format,
        .filter = *filter_texts(s->filter),
    };
    r->result->subscription = s;
    enum cmq_err err = choose_format(r, s->protocol, &request.format);
    if (err != CMQ_OK)
        return err;
    put_filter(r->arguments, &request.filter);
    return engine_set_subscription(r->engine, s, &request);
}

enum cmq_err operation_unsubscribe(struct operation_request *r)
{
    engine_unsubscribe(r->engine, r->subscription);
    return CMQ_OK;
}

enum cmq_err operation_clear_subscription_filter_tags(struct operation_request *r)
{
    engine_clear_filter_tags(r->engine, r->subscription);
    r->result->subscription = r->subscription;
    return CMQ_OK;
}
