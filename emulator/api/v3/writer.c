/* Members are in the order of the tables (api3 7.17, 8.17). */
#include "api/v3/writer.h"

#include "base/json.h"

#include <assert.h>

enum {
    QPS = 5000, /* reported but not applied, like the next four */
    BPS = 52428800,
    MAX_DELAY_SECONDS = 3600,
    MAX_UNACKED = 100000,
};
static const int64_t max_backlog_bytes = INT64_C(10737418240);

/* ---- parts ---- */

static void write_bool(struct buffer *b, const char *key, bool value)
{
    json_key(b, key);
    json_literal(b, value ? "true" : "false");
}

static void write_null(struct buffer *b, const char *key)
{
    json_key(b, key);
    json_literal(b, "null");
}

static void write_int_or_null(struct buffer *b, const char *key, bool given, int64_t value)
{
    if (given)
        json_key_int(b, key, value);
    else
        write_null(b, key);
}

static void open_list(struct buffer *b, const char *key)
{
    json_key(b, key);
    json_open(b, '[');
}

static void write_texts(struct buffer *b, const char *key, const struct bytes *texts,
                        size_t count)
{
    open_list(b, key);
    for (size_t i = 0; i < count; i++)
        json_string(b, texts[i]);
    json_close(b, ']');
}

static void write_tags(struct buffer *b, const struct tags *tags)
{
    open_list(b, "Tags");
    for (size_t i = 0; tags != NULL && i < tags->count; i++) {
        json_open(b, '{');
        json_key_string(b, "TagKey", tags->items[i].key);
        json_key_string(b, "TagValue", tags->items[i].value);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void write_tags_or_null(struct buffer *b, const struct tags *tags)
{
    if (tags == NULL)
        write_null(b, "Tags");
    else
        write_tags(b, tags);
}

/* TDMQ has null where nothing was said about it (api3 9). */
static void write_trace_or_null(struct buffer *b, enum trace trace)
{
    if (trace == TRACE_UNSET)
        write_null(b, "Trace");
    else
        write_bool(b, "Trace", trace == TRACE_ON);
}

static struct account account_of(const struct v3_answer *a)
{
    return engine_account_of(a->engine);
}

/* Likewise: an account that was chosen (admin 5). */
static void write_owner_or_null(struct v3_answer *a)
{
    int64_t uin = account_of(a).uin;
    write_int_or_null(a->out, "CreateUin", uin != account_default().uin, uin);
}

/* Names of queues and topics need no escaping. */
static void write_namespace_name(struct buffer *b, const char *prefix, const char *name)
{
    json_key(b, "NamespaceName");
    buffer_append_char(b, '"');
    buffer_append(b, bytes_of(prefix));
    buffer_append(b, bytes_of(name));
    buffer_append_char(b, '"');
}

static void write_tenant(struct v3_answer *a)
{
    json_key(a->out, "TenantId");
    buffer_append(a->out, bytes_of("\"cmq-"));
    buffer_append_int(a->out, account_of(a).app_id);
    buffer_append_char(a->out, '"');
}

void v3_write_nothing(struct v3_answer *a, const struct result *r)
{
    (void)a;
    (void)r;
}

/* ---- queues ---- */

void v3_write_queue_id(struct v3_answer *a, const struct result *r)
{
    assert(r->kind == RESULT_QUEUE);
    json_key_text(a->out, "QueueId", r->queue->id);
}

static void write_id_and_name(struct buffer *b, const struct queue *q)
{
    json_key_text(b, "QueueId", q->id);
    json_key_text(b, "QueueName", q->name);
}

static void write_sources(struct buffer *b, const struct queue *q)
{
    open_list(b, "DeadLetterSource");
    for (struct list_node *l = q->sources.next; l != &q->sources; l = l->next) {
        json_open(b, '{');
        write_id_and_name(b, CONTAINER_OF(l, struct queue, source_link));
        json_close(b, '}');
    }
    json_close(b, ']');
}

static int64_t count_of(const struct v3_answer *a, const struct queue *q,
                        enum message_state state)
{
    size_t count = queue_count(q, state);
    return (int64_t)(count > a->lag ? count - a->lag : 0);
}

static void write_rates(struct buffer *b)
{
    json_key_int(b, "Qps", QPS);
    json_key_int(b, "Bps", BPS);
    json_key_int(b, "MaxDelaySeconds", MAX_DELAY_SECONDS);
}

static void write_attributes(struct buffer *b, const struct queue_attributes *a)
{
    json_key_int(b, "MaxMsgHeapNum", (int64_t)a->max_heap);
    json_key_int(b, "PollingWaitSeconds", a->polling_wait_ms / 1000);
    json_key_int(b, "MsgRetentionSeconds", a->retention_ms / 1000);
    json_key_int(b, "VisibilityTimeout", a->visibility_ms / 1000);
    json_key_int(b, "MaxMsgSize", (int64_t)a->max_msg_size);
    json_key_int(b, "RewindSeconds", a->rewind_ms / 1000);
}

/* The bound of the other kind is 0; an age in cmq null (api3 7.17). */
static void write_cmq_policy(struct buffer *b, const struct dead_letter_policy *p)
{
    bool by_age = p->kind == DEAD_LETTER_BY_AGE;
    if (p->target == NULL) {
        write_null(b, "DeadLetterPolicy");
        return;
    }
    json_key(b, "DeadLetterPolicy");
    json_open(b, '{');
    json_key_text(b, "DeadLetterQueue", p->target->id);
    json_key_text(b, "DeadLetterQueueName", p->target->name);
    json_key_int(b, "Policy", by_age);
    json_key_int(b, "MaxReceiveCount", by_age ? 0 : (int64_t)p->max_receives);
    write_int_or_null(b, "MaxTimeToLive", by_age, p->max_age_ms / 1000);
    json_close(b, '}');
}

static void write_cmq_queue(struct v3_answer *a, const struct queue *q)
{
    struct buffer *b = a->out;
    write_id_and_name(b, q);
    json_key_int(b, "CreateUin", account_of(a).uin);
    write_rates(b);
    write_attributes(b, &q->attributes);
    json_key_int(b, "CreateTime", q->created_ms / 1000);
    json_key_int(b, "LastModifyTime", q->modified_ms / 1000);
    json_key_int(b, "ActiveMsgNum", count_of(a, q, MESSAGE_ACTIVE));
    json_key_int(b, "InactiveMsgNum", count_of(a, q, MESSAGE_INACTIVE));
    json_key_int(b, "DelayMsgNum", count_of(a, q, MESSAGE_DELAYED));
    json_key_int(b, "RewindMsgNum", count_of(a, q, MESSAGE_DELETED));
    json_key_int(b, "MinMsgTime", queue_backlog_start_ms(q) / 1000);
    write_null(b, "Transaction"); /* no queue is transactional */
    write_sources(b, q);
    write_cmq_policy(b, &q->dead_letter);
    write_null(b, "TransactionPolicy");
    write_tags(b, q->tags);
    write_bool(b, "Trace", q->attributes.trace == TRACE_ON);
    json_key_int(b, "Migrate", 4); /* not migrated */
}

static void write_tdmq_policy(struct buffer *b, const struct dead_letter_policy *p)
{
    bool by_age = p->kind == DEAD_LETTER_BY_AGE;
    if (p->target == NULL) {
        write_null(b, "DeadLetterPolicy");
        return;
    }
    json_key(b, "DeadLetterPolicy");
    json_open(b, '{');
    json_key_text(b, "DeadLetterQueue", p->target->name);
    json_key_int(b, "Policy", by_age);
    json_key_int(b, "MaxTimeToLive", by_age ? p->max_age_ms / 1000 : 0);
    json_key_int(b, "MaxReceiveCount", by_age ? 0 : (int64_t)p->max_receives);
    json_close(b, '}');
}

static void write_tdmq_counts(const struct v3_answer *a, const struct queue *q)
{
    struct buffer *b = a->out;
    bool has_backlog = count_of(a, q, MESSAGE_ACTIVE) + count_of(a, q, MESSAGE_INACTIVE) > 0;
    json_key_int(b, "ActiveMsgNum", count_of(a, q, MESSAGE_ACTIVE));
    json_key_int(b, "InactiveMsgNum", count_of(a, q, MESSAGE_INACTIVE));
    json_key_int(b, "DelayMsgNum", count_of(a, q, MESSAGE_DELAYED));
    write_int_or_null(b, "RewindMsgNum", q->attributes.rewind_ms > 0,
                      count_of(a, q, MESSAGE_DELETED));
    write_int_or_null(b, "MinMsgTime", has_backlog, queue_backlog_start_ms(q));
}

/* What came after 2021. */
static void write_tdmq_limits(struct buffer *b, const struct queue_attributes *a)
{
    json_key_int(b, "Status", 1); /* normal */
    json_key_int(b, "MaxUnackedMsgNum", MAX_UNACKED);
    json_key_int(b, "MaxMsgBacklogSize", max_backlog_bytes);
    json_key_int(b, "RetentionSizeInMB", a->rewind_ms > 0 ? (int64_t)a->retention_mb : 0);
}

static void write_tdmq_one_queue(struct v3_answer *a, const struct queue *q)
{
    struct buffer *b = a->out;
    write_id_and_name(b, q);
    write_rates(b);
    write_attributes(b, &q->attributes);
    json_key_int(b, "CreateTime", q->created_ms);
    json_key_int(b, "LastModifyTime", q->modified_ms);
    write_tdmq_counts(a, q);
    write_null(b, "Transaction");
    if (q->source_count > 0)
        write_sources(b, q);
    else
        write_null(b, "DeadLetterSource");
    write_tdmq_policy(b, &q->dead_letter);
    write_null(b, "TransactionPolicy");
    write_owner_or_null(a);
    write_tags_or_null(b, q->tags);
    write_trace_or_null(b, q->attributes.trace);
    write_tenant(a);
    write_namespace_name(b, "CMQ_QUEUE-", q->name);
    write_tdmq_limits(b, &q->attributes);
}

static void write_queues(struct v3_answer *a, const struct result *r, const char *key,
                         void (*write)(struct v3_answer *a, const struct queue *q))
{
    assert(r->kind == RESULT_QUEUES);
    json_key_int(a->out, "TotalCount", r->page.total);
    open_list(a->out, key);
    for (size_t i = 0; i < r->page.count; i++) {
        json_open(a->out, '{');
        write(a, r->page.queues[i]);
        json_close(a->out, '}');
    }
    json_close(a->out, ']');
}

static void write_source(struct v3_answer *a, const struct queue *q)
{
    write_id_and_name(a->out, q);
}

void v3_write_cmq_queues(struct v3_answer *a, const struct result *r)
{
    write_queues(a, r, "QueueSet", write_cmq_queue);
}

void v3_write_cmq_sources(struct v3_answer *a, const struct result *r)
{
    write_queues(a, r, "QueueSet", write_source);
}

void v3_write_tdmq_queue(struct v3_answer *a, const struct result *r)
{
    assert(r->kind == RESULT_QUEUE);
    json_key(a->out, "QueueDescribe");
    json_open(a->out, '{');
    write_tdmq_one_queue(a, r->queue);
    json_close(a->out, '}');
}

void v3_write_tdmq_queues(struct v3_answer *a, const struct result *r)
{
    write_queues(a, r, "QueueList", write_tdmq_one_queue);
}

void v3_write_tdmq_sources(struct v3_answer *a, const struct result *r)
{
    write_queues(a, r, "QueueSet", write_source);
}

/* ---- messages ---- */

/* The id that API v2 and the admin interface show in decimal, as 32 digits of hexadecimal
 * (decisions 16). */
void v3_write_msg_id(struct v3_answer *a, const struct result *r)
{
    enum { DIGITS = 32 };
    char text[DIGITS];
    uint64_t id = r->ids.items[0];
    assert(r->kind == RESULT_IDS);
    for (size_t i = DIGITS; i-- > 0; id >>= 4)
        text[i] = "0123456789ABCDEF"[id & 0xf];
    write_bool(a->out, "Result", true);
    json_key_string(a->out, "MsgId", (struct bytes){text, DIGITS});
}

/* ---- topics ---- */

void v3_write_topic_id(struct v3_answer *a, const struct result *r)
{
    assert(r->kind == RESULT_TOPIC);
    json_key_text(a->out, "TopicId", r->topic->id);
}

static void write_id_and_topic(struct buffer *b, const struct topic *t)
{
    json_key_text(b, "TopicId", t->id);
    json_key_text(b, "TopicName", t->name);
}

static void write_topic_attributes(struct buffer *b, const struct topic *t)
{
    json_key_int(b, "MsgRetentionSeconds", t->retention_ms / 1000);
    json_key_int(b, "MaxMsgSize", (int64_t)t->max_msg_size);
    json_key_int(b, "Qps", QPS);
    json_key_int(b, "FilterType", t->filter_type);
}

static void write_cmq_topic(struct v3_answer *a, const struct topic *t)
{
    struct buffer *b = a->out;
    write_id_and_topic(b, t);
    json_key_int(b, "CreateUin", account_of(a).uin);
    write_topic_attributes(b, t);
    json_key_int(b, "CreateTime", t->created_ms / 1000);
    json_key_int(b, "LastModifyTime", t->modified_ms / 1000);
    json_key_int(b, "MsgCount", (int64_t)t->publication_count);
    write_tags(b, t->tags);
    write_bool(b, "Trace", t->trace == TRACE_ON);
    json_key_int(b, "Migrate", 4); /* not migrated */
}

static void write_tdmq_one_topic(struct v3_answer *a, const struct topic *t)
{
    struct buffer *b = a->out;
    write_id_and_topic(b, t);
    write_topic_attributes(b, t);
    json_key_int(b, "CreateTime", t->created_ms);
    json_key_int(b, "LastModifyTime", t->modified_ms);
    json_key_int(b, "MsgCount", (int64_t)t->publication_count);
    write_owner_or_null(a);
    write_tags_or_null(b, t->tags);
    write_trace_or_null(b, t->trace);
    write_tenant(a);
    write_namespace_name(b, "CMQ_TOPIC-", t->name);
    json_key_int(b, "Status", 1);     /* normal */
    json_key_int(b, "BrokerType", 0); /* Pulsar */
    json_key_int(b, "SubscriptionCount", (int64_t)t->subscription_count);
}

static void write_topics(struct v3_answer *a, const struct result *r, const char *key,
                         void (*write)(struct v3_answer *a, const struct topic *t))
{
    assert(r->kind == RESULT_TOPICS);
    open_list(a->out, key);
    for (size_t i = 0; i < r->page.count; i++) {
        json_open(a->out, '{');
        write(a, r->page.topics[i]);
        json_close(a->out, '}');
    }
    json_close(a->out, ']');
}

void v3_write_cmq_topics(struct v3_answer *a, const struct result *r)
{
    json_key_int(a->out, "TotalCount", r->page.total);
    write_topics(a, r, "TopicSet", write_cmq_topic);
}

void v3_write_tdmq_topic(struct v3_answer *a, const struct result *r)
{
    assert(r->kind == RESULT_TOPIC);
    json_key(a->out, "TopicDescribe");
    json_open(a->out, '{');
    write_tdmq_one_topic(a, r->topic);
    json_close(a->out, '}');
}

void v3_write_tdmq_topics(struct v3_answer *a, const struct result *r)
{
    write_topics(a, r, "TopicList", write_tdmq_one_topic);
    json_key_int(a->out, "TotalCount", r->page.total);
}

/* ---- subscriptions ---- */

void v3_write_subscription_id(struct v3_answer *a, const struct result *r)
{
    assert(r->kind == RESULT_SUBSCRIPTION);
    json_key_text(a->out, "SubscriptionId", r->subscription->id);
}

static void write_filter(struct buffer *b, const struct subscription *s)
{
    const struct filter_request *filter = filter_texts(s->filter);
    if (filter->key_count > 0)
        write_texts(b, "BindingKey", filter->keys, filter->key_count);
    else
        write_null(b, "BindingKey");
    json_key_text(b, "Endpoint", s->endpoint);
    write_texts(b, "FilterTags", filter->tags, filter->tag_count);
}

/* Times in units of so many milliseconds. */
static void write_subscription(struct v3_answer *a, const struct subscription *s, int64_t unit)
{
    struct buffer *b = a->out;
    json_key_text(b, "SubscriptionName", s->name);
    json_key_text(b, "SubscriptionId", s->id);
    json_key_int(b, "TopicOwner", account_of(a).app_id);
    json_key_int(b, "MsgCount", (int64_t)s->pending_count);
    json_key_int(b, "LastModifyTime", s->modified_ms / unit);
    json_key_int(b, "CreateTime", s->created_ms / unit);
    write_filter(b, s);
    json_key_text(b, "Protocol", field_word(FIELD_PROTOCOL, (int64_t)s->protocol));
    json_key_text(b, "NotifyStrategy", field_word(FIELD_NOTIFY_STRATEGY, (int64_t)s->strategy));
    json_key_text(b, "NotifyContentFormat",
                  field_word(FIELD_NOTIFY_FORMAT, (int64_t)s->format));
}

static void write_subscriptions(struct v3_answer *a, const struct result *r, bool of_tdmq)
{
    assert(r->kind == RESULT_SUBSCRIPTIONS);
    json_key_int(a->out, "TotalCount", r->page.total);
    open_list(a->out, "SubscriptionSet");
    for (size_t i = 0; i < r->page.count; i++) {
        const struct subscription *s = r->page.subscriptions[i];
        json_open(a->out, '{');
        write_subscription(a, s, of_tdmq ? 1 : 1000);
        if (of_tdmq)
            json_key_text(a->out, "TopicName", s->topic->name);
        json_close(a->out, '}');
    }
    json_close(a->out, ']');
}

void v3_write_cmq_subscriptions(struct v3_answer *a, const struct result *r)
{
    write_subscriptions(a, r, false);
}

void v3_write_tdmq_subscriptions(struct v3_answer *a, const struct result *r)
{
    write_subscriptions(a, r, true);
}
