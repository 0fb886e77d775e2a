/* The operations on topics and their subscriptions (topic-api 2). */
#include "operations/request.h"

enum { TOPIC_MSG_SIZE_DEFAULT = 65536 }; /* topic-api D6 */

/* ---- topics ---- */

enum cmq_err operation_create_topic(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    struct topic *t;
    /* 0 means tags, too (topic-api D9) */
    bool by_key = argument_int(a, FIELD_FILTER_TYPE, FILTER_BY_TAG) == FILTER_BY_KEY;
    struct topic_request request = {
        .filter_type = by_key ? FILTER_BY_KEY : FILTER_BY_TAG,
        .max_msg_size = (size_t)argument_int(a, FIELD_MAX_MSG_SIZE, TOPIC_MSG_SIZE_DEFAULT),
    };
    enum cmq_err err =
        engine_create_topic(r->engine, argument_text(a, FIELD_TOPIC_NAME), &request, &t);
    if (err == CMQ_OK)
        r->result->topic = t;
    return err;
}

enum cmq_err operation_set_topic_attributes(struct operation_request *r)
{
    struct topic_request request = {
        .max_msg_size = (size_t)argument_int(r->arguments, FIELD_MAX_MSG_SIZE,
                                             (int64_t)r->topic->max_msg_size),
        .retention_ms = r->topic->retention_ms,
        .trace = r->topic->trace,
    };
    engine_set_topic(r->engine, r->topic, &request);
    r->result->topic = r->topic;
    return CMQ_OK;
}

enum cmq_err operation_list_topic(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    struct page *p = &r->result->page;
    page_begin(p, argument_text(a, FIELD_SEARCH_WORD), argument_int(a, FIELD_OFFSET, 0),
               argument_int(a, FIELD_TOPIC_LIMIT, PAGE_DEFAULT));
    for (struct topic *t = NULL; (t = engine_next_topic(r->engine, t)) != NULL;)
        if (page_takes(p, t->name))
            p->topics[p->count++] = t;
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

enum cmq_err operation_publish_messages(struct operation_request *r)
{
    struct texts bodies = argument_list(r->arguments, FIELD_BODIES);
    struct texts tags = argument_list(r->arguments, FIELD_MSG_TAGS);
    struct routing routing;
    routing_init(&routing, tags.items, tags.count,
                 argument_text(r->arguments, FIELD_ROUTING_KEY));
    r->result->ids.count = bodies.count;
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

/* The list of an unknown topic is empty, but under strict limits (topic-api D13, decisions
 * 26). */
enum cmq_err operation_list_subscription_by_topic(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    const struct topic *t = engine_find_topic(r->engine, argument_text(a, FIELD_TOPIC_NAME));
    struct subscription *s = NULL;
    struct page *p = &r->result->page;
    if (t == NULL && engine_limits_of(r->engine)->strict)
        return CMQ_NO_TOPIC;
    page_begin(p, argument_text(a, FIELD_SEARCH_WORD),
               argument_int(a, FIELD_SUBSCRIPTION_OFFSET, 0),
               argument_int(a, FIELD_SUBSCRIPTION_LIMIT, PAGE_DEFAULT));
    while (t != NULL && (s = engine_next_subscription(t, s)) != NULL)
        if (page_takes(p, s->name))
            p->subscriptions[p->count++] = s;
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
