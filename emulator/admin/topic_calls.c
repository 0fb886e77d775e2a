/* Sight: topics, their subscriptions, and what is pending for them. */
#include "admin/calls.h"

#include "admin/resources.h"
#include "api/v2/failure.h"
#include "base/json.h"

void write_push_error(struct buffer *b, const char *key, const struct push_outcome *outcome)
{
    struct buffer text = {NULL, 0, 0, false};
    if (outcome->status != 0) {
        buffer_append(&text, bytes_of("HTTP "));
        buffer_append_int(&text, outcome->status);
    } else if (outcome->err != CMQ_OK) {
        failure_append_message(&text, outcome->err, (struct bytes){NULL, 0});
    } else if (outcome->error != NULL) {
        buffer_append(&text, bytes_of(outcome->error));
    }
    if (!outcome->delivered && text.len > 0)
        json_key_string(b, key, buffer_bytes(&text));
    b->failed = b->failed || text.failed;
    buffer_free(&text);
}

static void write_delivery(struct buffer *b, const struct delivery *d)
{
    json_open(b, '{');
    json_key_id(b, "msgId", d->publication->id);
    json_key_text(b, "state", delivery_state_name(d));
    json_key_int(b, "attempts", d->attempts);
    write_ms_or_null(b, "nextMs", d->state == DELIVERY_SCHEDULED, d->next.node.due_ms);
    json_key_int(b, "publishMs", d->publication->published_ms);
    json_key_int(b, "expireMs", d->publication->expiry.node.due_ms);
    write_push_error(b, "lastError", delivery_last(d));
    json_close(b, '}');
}

static void write_deliveries(struct buffer *b, const struct subscription *s, int64_t limit)
{
    json_key(b, "deliveries");
    json_open(b, '[');
    for (struct list_node *l = s->pending.next; l != &s->pending && limit-- > 0; l = l->next)
        write_delivery(b, CONTAINER_OF(l, const struct delivery, link));
    json_close(b, ']');
}

/* Without deliveries when the limit is negative. */
static void write_subscription(struct buffer *b, const struct subscription *s, int64_t limit)
{
    struct attributes attributes;
    attributes_of_subscription(&attributes, s);
    json_open(b, '{');
    json_key_text(b, "subscriptionName", s->name);
    json_key_text(b, "subscriptionId", s->id);
    resource_write_attributes(b, &attributes);
    json_key_int(b, "pending", (int64_t)s->pending_count);
    if (limit >= 0)
        write_deliveries(b, s, limit);
    json_close(b, '}');
}

static void write_topic(struct buffer *b, const struct topic *t, int64_t limit)
{
    struct attributes attributes;
    attributes_of_topic(&attributes, t);
    json_key_text(b, "topicName", t->name);
    json_key_text(b, "topicId", t->id);
    json_key(b, "attributes");
    json_open(b, '{');
    resource_write_attributes(b, &attributes);
    json_close(b, '}');
    json_key_int(b, "messages", (int64_t)t->publication_count);
    json_key(b, "subscriptions");
    json_open(b, '[');
    for (struct subscription *s = NULL; (s = engine_next_subscription(t, s)) != NULL;)
        write_subscription(b, s, limit);
    json_close(b, ']');
}

static bool do_topics(struct handling *h)
{
    struct buffer *b = h->call->answer;
    int64_t total = 0;
    json_key(b, "topics");
    json_open(b, '[');
    for (struct topic *t = NULL; (t = engine_next_topic(h->ns->engine, t)) != NULL; total++) {
        json_open(b, '{');
        write_topic(b, t, -1);
        json_close(b, '}');
    }
    json_close(b, ']');
    json_key_int(b, "total", total);
    write_time(b, h->ns);
    return true;
}

/* The topic that the path names; NULL, with the mistake set, if there is none. */
static struct topic *find_topic(struct handling *h)
{
    struct topic *t = engine_find_topic(h->ns->engine, h->name);
    if (t == NULL)
        mistake_set(&h->call->mistake, STATUS_NOT_FOUND, "no-such-topic", "",
                    "there is no topic %.*s in namespace %s", (int)h->name.len, h->name.data,
                    h->ns->name);
    return t;
}

static const struct argument topic_arguments[] = {{"limit", ARGUMENT_NUMBER, NULL, 0, 10000}};

static bool do_topic(struct handling *h)
{
    enum { LIMIT = 100 };
    struct topic *t = find_topic(h);
    if (t == NULL)
        return false;
    write_topic(h->call->answer, t, h->values[0].given ? h->values[0].number : LIMIT);
    write_time(h->call->answer, h->ns);
    return true;
}

static bool do_purge(struct handling *h)
{
    struct buffer *b = h->call->answer;
    struct topic *t = find_topic(h);
    if (t == NULL)
        return false;
    json_key_text(b, "topicName", t->name);
    json_key_int(b, "purged", (int64_t)engine_purge_topic(h->ns->engine, t));
    write_time(b, h->ns);
    return true;
}

/* clang-format off */
const struct route topic_routes[] = {
    { "GET",    "/_emulator/topics",            NULL,            0,                      0, do_topics },
    { "GET",    "/_emulator/topics/*",          topic_arguments, COUNT(topic_arguments), 0, do_topic },
    { "DELETE", "/_emulator/topics/*/messages", NULL,            0,                      0, do_purge },
    { NULL,     NULL,                           NULL,            0,                      0, NULL },
};
/* clang-format on */
