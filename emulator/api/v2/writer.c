/* Members are written in the order of CMQ's samples, so that answers are easy to compare. Which
 * members an answer has, and of which type, matters more: the strictest clients fail on a
 * missing or mistyped one, and on none too many (common 8.1, decisions 15). So where sources or
 * clients differ, both spellings are written: see the quirks below. */
#include "api/v2/writer.h"

#include "api/v2/failure.h"
#include "base/json.h"
#include "operations/attributes.h"

#include <assert.h>
#include <stdio.h>

/* ---- the envelope ---- */

/* Quirks (decisions 3): a missing queue comes as it is, since a recorded client goes by its code;
 * a missing subscription is wrapped although its own code is 4000. */
static bool is_wrapped(const struct answer *a, int outcome)
{
    if (!engine_limits_of(a->engine)->gateway_errors || a->plane != PLANE_CONTROL ||
        outcome == CMQ_NO_QUEUE)
        return false;
    return failure_of(outcome)->code != 4000 || outcome == CMQ_NO_SUCH_SUBSCRIPTION;
}

/* Quirk: the gateway has 4000 inside of a duplicate subscription, too (common 9.2). */
static int wrapped_code(int outcome)
{
    return outcome == CMQ_SUBSCRIPTION_EXISTS ? 4000 : failure_of(outcome)->code;
}

static void write_failure(struct answer *a, int outcome, struct bytes culprit)
{
    enum { NAME_MAX_SHOWN = 256 };
    struct buffer *text = a->message;
    if (culprit.len > NAME_MAX_SHOWN)
        culprit.len = NAME_MAX_SHOWN;
    if (a->forced_message != NULL) {
        buffer_append(text, bytes_of(a->forced_message));
        json_key_string(a->out, "message", buffer_bytes(text));
        a->out->failed = a->out->failed || text->failed;
        return;
    }
    if (is_wrapped(a, outcome)) {
        buffer_append_char(text, '(');
        buffer_append_int(text, wrapped_code(outcome));
        buffer_append(text, bytes_of(") "));
    }
    failure_append_message(text, outcome, culprit);
    json_key_string(a->out, "message", buffer_bytes(text));
    a->out->failed = a->out->failed || text->failed;
}

/* A decimal uint64 as a number, any other text as a string (common 8.1). On the data plane 0 if
 * it was not sent (decisions 15). */
static void write_client_request_id(struct answer *a)
{
    const struct bytes *id = a->client_request_id;
    bool given = id != NULL && id->len > 0;
    bool number = given && id->len <= 20;
    uint64_t value = 0;
    for (size_t i = 0; number && i < id->len; i++) {
        unsigned digit = (unsigned char)id->data[i] - (unsigned)'0';
        number = digit <= 9 && value <= (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    if (number || (!given && a->plane == PLANE_DATA)) {
        json_key(a->out, "clientRequestId");
        json_uint(a->out, given ? value : 0);
    } else if (given) {
        json_key_string(a->out, "clientRequestId", *id);
    }
}

static void open_failure(struct answer *a, int outcome, struct bytes culprit)
{
    a->code = is_wrapped(a, outcome) ? 4000 : failure_of(outcome)->code;
    if (a->forced_code != 0)
        a->code = a->forced_code;
    json_open(a->out, '{');
    json_key_int(a->out, "code", a->code);
    write_failure(a, outcome, culprit);
}

/* Most answers are those of successes. */
static void open_success(struct answer *a)
{
    a->code = 0;
    buffer_append(a->out, bytes_of("{\"code\":0,\"message\":\"\""));
}

void answer_open(struct answer *a, int outcome, struct bytes culprit)
{
    struct buffer *b = a->out;
    if (outcome == CMQ_OK)
        open_success(a);
    else
        open_failure(a, outcome, culprit);
    if (outcome == CMQ_OK && a->plane == PLANE_CONTROL)
        json_key_text(b, "codeDesc", "Success");
    json_key_id(b, "requestId", engine_request_id(a->engine));
    write_client_request_id(a);
}

void answer_close(struct answer *a)
{
    json_close(a->out, '}');
}

/* ---- parts ---- */

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
    const char *key = field_rows[f].name;
    if (field_is_list(f))
        write_texts(b, key, argument_list(values, f));
    else if (field_rows[f].kind == KIND_WORD)
        json_key_text(b, key, field_word(f, argument_int(values, f, 0)));
    else if (field_is_number(f))
        json_key_int(b, key, argument_int(values, f, 0));
    else
        json_key_string(b, key, argument_text(values, f));
}

static void write_attributes(struct buffer *b, const struct attributes *a)
{
    for (size_t i = 0; i < a->count; i++)
        write_field(b, &a->values, a->fields[i]);
}

void write_nothing(struct answer *a, const struct result *r)
{
    (void)a;
    (void)r;
}

/* Whether an address ends in a colon and digits: "[::1]" does not. */
static bool has_port(struct bytes address)
{
    size_t at = address.len;
    while (at > 0 && address.data[at - 1] >= '0' && address.data[at - 1] <= '9')
        at--;
    return at > 0 && at < address.len && address.data[at - 1] == ':';
}

/* Only clients of the TCP protocol ask for routes; the answer is the emulator's own address
 * (common 11, decisions 39). They split it at the colon, which a Host header for port 80 does
 * not have. */
void write_address(struct answer *a, const struct result *r)
{
    (void)r;
    json_key(a->out, "addr");
    json_open(a->out, '[');
    buffer_append_char(a->out, '"');
    json_escape(a->out, a->address);
    if (!has_port(a->address))
        buffer_append(a->out, bytes_of(":80"));
    buffer_append_char(a->out, '"');
    json_close(a->out, ']');
}

/* ---- queues ---- */

void write_queue_id(struct answer *a, const struct result *r)
{
    assert(r->kind == RESULT_QUEUE);
    json_key_text(a->out, "queueId", r->queue->id);
}

void write_queue_set(struct answer *a, const struct result *r)
{
    struct attributes attributes;
    assert(r->kind == RESULT_QUEUE);
    write_queue_id(a, r);
    attributes_of_queue(&attributes, r->queue);
    write_attributes(a->out, &attributes);
}

void write_queue_list(struct answer *a, const struct result *r)
{
    struct buffer *b = a->out;
    assert(r->kind == RESULT_QUEUES);
    json_key_int(b, "totalCount", r->page.total);
    json_key(b, "queueList");
    json_open(b, '[');
    for (size_t i = 0; i < r->page.count; i++) {
        json_open(b, '{');
        json_key_text(b, "queueId", r->page.queues[i]->id);
        json_key_text(b, "queueName", r->page.queues[i]->name);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static int64_t count_of(const struct answer *a, const struct queue *q, enum message_state state)
{
    size_t count = queue_count(q, state);
    size_t lag = a->arguments != NULL ? a->arguments->odd.lag : 0;
    return (int64_t)(count > lag ? count - lag : 0);
}

static void write_counts(struct answer *a, const struct queue *q)
{
    struct buffer *b = a->out;
    int64_t rewindable = count_of(a, q, MESSAGE_DELETED);
    json_key_int(b, "activeMsgNum", count_of(a, q, MESSAGE_ACTIVE));
    json_key_int(b, "inactiveMsgNum", count_of(a, q, MESSAGE_INACTIVE));
    json_key_int(b, "delayMsgNum", count_of(a, q, MESSAGE_DELAYED));
    /* Quirk: the sample and some SDKs spell it one way, the table and other SDKs the other
     * (queue-api 7, row 12). */
    json_key_int(b, "rewindMsgNum", rewindable);
    json_key_int(b, "rewindmsgNum", rewindable);
    json_key_int(b, "minMsgTime", queue_backlog_start_ms(q) / 1000);
}

/* As in the sample of queue-api 2.3: a rate that is reported but not applied; and tags, which
 * only API 3.0 sets (decisions 42). */
static void write_rate_and_tags(struct buffer *b, const struct tags *tags)
{
    json_key_int(b, "qps", 5000);
    json_key(b, "tags");
    json_open(b, '[');
    for (size_t i = 0; tags != NULL && i < tags->count; i++) {
        json_open(b, '{');
        json_key_string(b, "tagKey", tags->items[i].key);
        json_key_string(b, "tagValue", tags->items[i].value);
        json_close(b, '}');
    }
    json_close(b, ']');
}

void write_queue(struct answer *a, const struct result *r)
{
    const struct queue *q = r->queue;
    struct buffer *b = a->out;
    struct attributes attributes;
    assert(r->kind == RESULT_QUEUE);
    attributes_of_queue(&attributes, q);
    bool has_policy = argument_given(&attributes.values, FIELD_DEAD_LETTER_POLICY);
    attributes.count -= has_policy; /* the last one: it is written further down */
    write_attributes(b, &attributes);
    json_key_int(b, "createTime", q->created_ms / 1000);
    json_key_int(b, "lastModifyTime", q->modified_ms / 1000);
    write_counts(a, q);
    if (has_policy)
        write_field(b, &attributes.values, FIELD_DEAD_LETTER_POLICY);
    json_key_text(b, "queueName", q->name);
    json_key_text(b, "queueId", q->id);
    json_key_int(b, "createUin", engine_account_of(a->engine).uin);
    json_key_int(b, "Bps", 52428800); /* reported but not applied, like qps */
    write_rate_and_tags(b, q->tags);
}

/* ---- messages ---- */

void write_msg_id(struct answer *a, const struct result *r)
{
    assert(r->kind == RESULT_IDS);
    json_key_id(a->out, "msgId", r->ids.items[0]);
}

void write_msg_list(struct answer *a, const struct result *r)
{
    assert(r->kind == RESULT_IDS);
    json_key(a->out, "msgList");
    json_open(a->out, '[');
    for (size_t i = 0; i < r->ids.count; i++) {
        json_open(a->out, '{');
        json_key_id(a->out, "msgId", r->ids.items[i]);
        json_close(a->out, '}');
    }
    json_close(a->out, ']');
}

static void write_one_message(struct buffer *b, const struct message *m)
{
    json_key_body(b, "msgBody", message_body(m), message_blob(m));
    json_key_id(b, "msgId", m->id);
    json_key_id(b, "receiptHandle", m->handle);
    json_key_int(b, "enqueueTime", m->sent_ms / 1000);
    json_key_int(b, "firstDequeueTime", m->first_dequeue_ms / 1000);
    json_key_int(b, "nextVisibleTime", m->wake.node.due_ms / 1000);
    json_key_int(b, "dequeueCount", m->dequeue_count);
}

void write_message(struct answer *a, const struct result *r)
{
    assert(r->kind == RESULT_MESSAGES);
    assert(r->received.count == 1);
    write_one_message(a->out, r->received.messages[0]);
}

void write_message_list(struct answer *a, const struct result *r)
{
    assert(r->kind == RESULT_MESSAGES);
    json_key(a->out, "msgInfoList");
    json_open(a->out, '[');
    for (size_t i = 0; i < r->received.count; i++) {
        json_open(a->out, '{');
        write_one_message(a->out, r->received.messages[i]);
        json_close(a->out, '}');
    }
    json_close(a->out, ']');
}

int deletion_outcome(const struct result *r)
{
    assert(r->kind == RESULT_DELETIONS);
    return (int)r->deletions.outcomes[0];
}

int batch_deletion_outcome(const struct result *r)
{
    assert(r->kind == RESULT_DELETIONS);
    if (r->deletions.failed == 0)
        return CMQ_OK;
    return r->deletions.failed < r->deletions.count ? V2_DELETE_PARTIAL : V2_DELETE_FAILED;
}

/* The words are put together behind the message of the whole, where there is room for them: the
 * others have been deleted, so this must not fail. */
static void write_delete_error(struct answer *a, enum cmq_err err, struct bytes handle)
{
    struct buffer *b = a->out;
    size_t len = a->message->len;
    failure_append_message(a->message, (int)err, (struct bytes){NULL, 0});
    json_open(b, '{');
    json_key_int(b, "code", failure_of((int)err)->code);
    json_key_string(b, "message",
                    (struct bytes){a->message->data + len, a->message->len - len});
    json_key_string(b, "receiptHandle", handle);
    json_close(b, '}');
    b->failed = b->failed || a->message->failed;
    a->message->len = len;
}

/* No errorList when all handles were valid (queue-api 2.12). */
void write_delete_errors(struct answer *a, const struct result *r)
{
    struct texts handles = argument_list(a->arguments, FIELD_HANDLES);
    assert(r->kind == RESULT_DELETIONS);
    if (r->deletions.failed == 0)
        return;
    json_key(a->out, "errorList");
    json_open(a->out, '[');
    for (size_t i = 0; i < r->deletions.count; i++)
        if (r->deletions.outcomes[i] != CMQ_OK)
            write_delete_error(a, r->deletions.outcomes[i], handles.items[i]);
    json_close(a->out, ']');
}

/* ---- topics ---- */

void write_topic_id(struct answer *a, const struct result *r)
{
    assert(r->kind == RESULT_TOPIC);
    json_key_text(a->out, "topicId", r->topic->id);
}

void write_topic(struct answer *a, const struct result *r)
{
    struct attributes attributes;
    assert(r->kind == RESULT_TOPIC);
    attributes_of_topic(&attributes, r->topic);
    json_key_int(a->out, "msgCount", (int64_t)r->topic->publication_count);
    write_attributes(a->out, &attributes);
    json_key_text(a->out, "topicName", r->topic->name); /* not on the page; a client reads it */
    json_key_text(a->out, "topicId", r->topic->id);
    json_key_int(a->out, "createUin", engine_account_of(a->engine).uin);
    write_rate_and_tags(a->out, r->topic->tags);
}

void write_topic_list(struct answer *a, const struct result *r)
{
    struct buffer *b = a->out;
    assert(r->kind == RESULT_TOPICS);
    json_key_int(b, "totalCount", r->page.total);
    json_key(b, "topicList");
    json_open(b, '[');
    for (size_t i = 0; i < r->page.count; i++) {
        json_open(b, '{');
        json_key_text(b, "topicId", r->page.topics[i]->id);
        json_key_text(b, "topicName", r->page.topics[i]->name);
        json_close(b, '}');
    }
    json_close(b, ']');
}

/* ---- subscriptions ---- */

void write_subscription_id(struct answer *a, const struct result *r)
{
    assert(r->kind == RESULT_SUBSCRIPTION);
    json_key_text(a->out, "subscriptionId", r->subscription->id); /* topic-api D12 */
}

void write_subscription(struct answer *a, const struct result *r)
{
    char owner[24];
    struct attributes attributes;
    assert(r->kind == RESULT_SUBSCRIPTION);
    attributes_of_subscription(&attributes, r->subscription);
    snprintf(owner, sizeof owner, "%lld", (long long)engine_account_of(a->engine).app_id);
    json_key_text(a->out, "topicOwner", owner);
    json_key_int(a->out, "msgCount", (int64_t)r->subscription->pending_count);
    write_attributes(a->out, &attributes);
    /* Quirk: a second name, since clients differ (decisions 27). */
    write_texts(a->out, "filterTags", argument_list(&attributes.values, FIELD_FILTER_TAGS));
}

void write_subscription_list(struct answer *a, const struct result *r)
{
    struct buffer *b = a->out;
    assert(r->kind == RESULT_SUBSCRIPTIONS);
    json_key_int(b, "totalCount", r->page.total);
    json_key(b, "subscriptionList");
    json_open(b, '[');
    for (size_t i = 0; i < r->page.count; i++) {
        const struct subscription *s = r->page.subscriptions[i];
        json_open(b, '{');
        json_key_text(b, "subscriptionId", s->id);
        json_key_text(b, "subscriptionName", s->name);
        json_key_text(b, "protocol", field_word(FIELD_PROTOCOL, (int64_t)s->protocol));
        json_key_text(b, "endpoint", s->endpoint);
        json_close(b, '}');
    }
    json_close(b, ']');
}
