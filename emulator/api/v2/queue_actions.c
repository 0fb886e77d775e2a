#include "api/v2/actions.h"

#include "api/v2/failure.h"
#include "base/json.h"
#include "base/number.h"
#include "operations/dead_letter.h"

#define COUNT(array)  (sizeof(array) / sizeof(array)[0])
#define FIELD(member) offsetof(struct args, member)

enum {
    WAIT_MAX_S = 30,
    LIST_LIMIT_MAX = 50,
    SEARCH_WORD_MAX = 256,
    POLICY_TEXT_MAX = 4096,
    HANDLE_MAX = 256,
};

/* ---- common steps ---- */

static void put_ms(int64_t seconds, cmq_ms *to)
{
    if (seconds != ABSENT)
        *to = seconds * 1000;
}

static void put_size(int64_t value, size_t *to)
{
    if (value != ABSENT)
        *to = (size_t)value;
}

/* Overwrite the attributes that were given; the others stay. */
static void put_attributes(const struct args *args, struct queue_attributes *to)
{
    put_size(args->max_heap, &to->max_heap);
    put_size(args->max_msg_size, &to->max_msg_size);
    put_ms(args->polling_wait_s, &to->polling_wait_ms);
    put_ms(args->visibility_s, &to->visibility_ms);
    put_ms(args->retention_s, &to->retention_ms);
    put_ms(args->rewind_s, &to->rewind_ms);
}

static void write_attributes(struct buffer *b, const struct queue_attributes *a)
{
    json_key_int(b, "maxMsgHeapNum", (int64_t)a->max_heap);
    json_key_int(b, "pollingWaitSeconds", a->polling_wait_ms / 1000);
    json_key_int(b, "visibilityTimeout", a->visibility_ms / 1000);
    json_key_int(b, "maxMsgSize", (int64_t)a->max_msg_size);
    json_key_int(b, "msgRetentionSeconds", a->retention_ms / 1000);
    json_key_int(b, "rewindSeconds", a->rewind_ms / 1000);
}

static void write_policy(struct buffer *b, const struct queue *q)
{
    char text[DEAD_LETTER_TEXT_SIZE];
    if (q->dead_letter.target == NULL)
        return;
    dead_letter_write(&q->dead_letter, text);
    json_key_text(b, "deadLetterPolicy", text);
}

void answer_attributes(struct buffer *b, const struct queue *q)
{
    write_attributes(b, &q->attributes);
    write_policy(b, q);
}

static const struct dead_letter_request *
read_policy(struct bytes text, char name[QUEUE_NAME_MAX + 1], struct dead_letter_request *out)
{
    if (text.data == NULL)
        return NULL;
    dead_letter_read(text, name, out);
    return out;
}

/* ---- control plane ---- */

static int create_queue(struct call *c)
{
    char target[QUEUE_NAME_MAX + 1];
    struct dead_letter_request policy;
    struct queue_attributes attributes = queue_attributes_default();
    struct queue *q;
    put_attributes(&c->args, &attributes);
    int err = engine_create_queue(c->engine, c->args.queue_name, &attributes,
                                  read_policy(c->args.dead_letter_policy, target, &policy), &q);
    if (err != CMQ_OK)
        return err;
    answer_begin(c);
    json_key_text(c->answer, "queueId", q->id);
    answer_close(c);
    return CMQ_OK;
}

static void write_queue(struct buffer *b, const struct queue *q)
{
    json_open(b, '{');
    json_key_text(b, "queueId", q->id);
    json_key_text(b, "queueName", q->name);
    json_close(b, '}');
}

/* All queues, or the sources of a dead-letter queue. */
static int answer_list(struct call *c, const struct queue *target)
{
    struct listing l;
    listing_begin(&l, &c->args);
    for (struct queue *q = NULL; (q = engine_next_queue(c->engine, q)) != NULL;)
        if ((target == NULL || q->dead_letter.target == target) && listing_takes(&l, q->name))
            write_queue(&l.items, q);
    listing_answer(c, &l, "queueList");
    return CMQ_OK;
}

static int list_queue(struct call *c)
{
    return answer_list(c, NULL);
}

static int list_dead_letter_source_queues(struct call *c)
{
    return answer_list(c, c->queue);
}

static int get_queue_attributes(struct call *c)
{
    struct buffer *b = c->answer;
    const struct queue *q = c->queue;
    int64_t rewindable = (int64_t)queue_count(q, MESSAGE_DELETED);
    answer_begin(c);
    write_attributes(b, &q->attributes);
    json_key_int(b, "createTime", q->created_ms / 1000);
    json_key_int(b, "lastModifyTime", q->modified_ms / 1000);
    json_key_int(b, "activeMsgNum", (int64_t)queue_count(q, MESSAGE_ACTIVE));
    json_key_int(b, "inactiveMsgNum", (int64_t)queue_count(q, MESSAGE_INACTIVE));
    json_key_int(b, "delayMsgNum", (int64_t)queue_count(q, MESSAGE_DELAYED));
    /* Quirk: the sample and some SDKs spell it one way, the table and the others the other way
     * (queue-api 7, row 12). */
    json_key_int(b, "rewindMsgNum", rewindable);
    json_key_int(b, "rewindmsgNum", rewindable);
    json_key_int(b, "minMsgTime", queue_backlog_start_ms(q) / 1000);
    write_policy(b, q);
    json_key_text(b, "queueName", q->name);
    json_key_text(b, "queueId", q->id);
    /* As in the sample of queue-api 2.3: an account, and the limits that are only reported. */
    json_key_int(b, "createUin", 100000000001);
    json_key_int(b, "Bps", 52428800);
    json_key_int(b, "qps", 5000);
    json_key(b, "tags");
    json_open(b, '[');
    json_close(b, ']');
    answer_close(c);
    return CMQ_OK;
}

static int set_queue_attributes(struct call *c)
{
    char target[QUEUE_NAME_MAX + 1];
    struct dead_letter_request policy;
    struct queue *q = c->queue;
    struct queue_attributes attributes = q->attributes;
    put_attributes(&c->args, &attributes);
    int err = engine_set_queue(c->engine, q, &attributes,
                               read_policy(c->args.dead_letter_policy, target, &policy));
    if (err != CMQ_OK)
        return err;

    answer_begin(c);
    json_key_text(c->answer, "queueId", q->id);
    answer_attributes(c->answer, q);
    answer_close(c);
    return CMQ_OK;
}

static int delete_queue(struct call *c)
{
    int err = engine_delete_queue(c->engine, c->queue);
    if (err == CMQ_OK)
        answer_empty(c);
    return err;
}

static int rewind_queue(struct call *c)
{
    int err = engine_rewind(c->engine, c->queue, c->args.start_consume_s);
    if (err == CMQ_OK)
        answer_empty(c);
    return err;
}

static int unbind_dead_letter_queue(struct call *c)
{
    int err = engine_unbind_dead_letter(c->engine, c->queue);
    if (err != CMQ_OK)
        return err;
    answer_begin(c);
    json_key_text(c->answer, "queueId", c->queue->id);
    answer_close(c);
    return CMQ_OK;
}

/* ---- data plane ---- */

static int send(struct call *c, const struct bytes *bodies, size_t count, uint64_t *ids)
{
    cmq_ms delay_ms = c->args.delay_s == ABSENT ? 0 : c->args.delay_s * 1000;
    return engine_send(c->engine, c->queue, bodies, count, delay_ms, ids);
}

static int send_message(struct call *c)
{
    uint64_t id;
    int err = send(c, c->args.batch, 1, &id);
    if (err == CMQ_OK)
        answer_ids(c, &id, 1, false);
    return err;
}

static int batch_send_message(struct call *c)
{
    uint64_t ids[BATCH_MAX];
    int err = send(c, c->args.batch, c->args.batch_count, ids);
    if (err == CMQ_OK)
        answer_ids(c, ids, c->args.batch_count, true);
    return err;
}

static void write_message(struct buffer *b, const struct message *m)
{
    json_key_string(b, "msgBody", message_body(m));
    json_key_id(b, "msgId", m->id);
    json_key_id(b, "receiptHandle", m->handle);
    json_key_int(b, "enqueueTime", m->sent_ms / 1000);
    json_key_int(b, "firstDequeueTime", m->first_dequeue_ms / 1000);
    json_key_int(b, "nextVisibleTime", m->wake.node.due_ms / 1000);
    json_key_int(b, "dequeueCount", m->dequeue_count);
}

static bool is_batch_receive(const struct call *c)
{
    return c->args.num_of_msg != ABSENT;
}

void answer_messages(struct call *c, const struct message *const *messages, size_t count)
{
    struct buffer *b = c->answer;
    answer_begin(c);
    if (is_batch_receive(c)) {
        json_key(b, "msgInfoList");
        json_open(b, '[');
        for (size_t i = 0; i < count; i++) {
            json_open(b, '{');
            write_message(b, messages[i]);
            json_close(b, '}');
        }
        json_close(b, ']');
    } else {
        assert(count == 1);
        write_message(b, messages[0]);
    }
    answer_close(c);
}

/* ReceiveMessage and BatchReceiveMessage: they differ in numOfMsg and in the answer's form. */
static int receive_messages(struct call *c)
{
    struct received received;
    struct queue *q = c->queue;
    size_t max = is_batch_receive(c) ? (size_t)c->args.num_of_msg : 1;
    cmq_ms wait_ms = c->args.polling_wait_s == ABSENT ? q->attributes.polling_wait_ms
                                                      : c->args.polling_wait_s * 1000;
    int err = engine_receive(c->engine, q, max, wait_ms, c->owner, &received);
    if (err == CMQ_OK)
        answer_messages(c, received.messages, received.count);
    if (err == CMQ_WAITING)
        c->poll = received.poll;
    return err;
}

static bool is_handle(struct bytes text)
{
    static const char marks[] = "%#:_-"; /* beside letters and digits (queue-api 3.3) */
    if (text.len == 0 || text.len > HANDLE_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_lower(text.data[i]);
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr(marks, c) == NULL))
            return false;
    }
    return true;
}

/* The emulator's own handles are decimal numbers without leading zeros; other texts of the
 * right form are handles that it never issued. */
static int delete_one(struct call *c, struct bytes text)
{
    int64_t handle;
    if (!is_handle(text))
        return CMQ_HANDLE_FORMAT;
    if (text.data[0] == '0' || !parse_int(text, &handle) || handle <= 0)
        return CMQ_HANDLE_INVALID;
    return engine_delete_message(c->engine, c->queue, (uint64_t)handle);
}

static int delete_message(struct call *c)
{
    int err = delete_one(c, c->args.batch[0]);
    if (err == CMQ_OK)
        answer_empty(c);
    return err;
}

static void write_delete_error(struct buffer *b, int err, struct bytes handle)
{
    struct buffer text = {NULL, 0, 0, false};
    failure_append_message(&text, err, (struct bytes){NULL, 0});
    json_open(b, '{');
    json_key_int(b, "code", failure_of(err)->code);
    json_key_string(b, "message", buffer_bytes(&text));
    json_key_string(b, "receiptHandle", handle);
    json_close(b, '}');
    b->failed = b->failed || text.failed;
    buffer_free(&text);
}

/* Each handle on its own; the good ones are deleted even when others fail (queue-api 2.12). */
static int batch_delete_message(struct call *c)
{
    int errors[BATCH_MAX] = {CMQ_OK};
    size_t failed = 0;
    for (size_t i = 0; i < c->args.batch_count; i++) {
        errors[i] = delete_one(c, c->args.batch[i]);
        failed += errors[i] != CMQ_OK;
    }
    if (failed == 0) {
        answer_empty(c);
        return CMQ_OK;
    }

    int err = failed < c->args.batch_count ? V2_DELETE_PARTIAL : V2_DELETE_FAILED;
    answer_open(c, err, (struct bytes){NULL, 0});
    json_key(c->answer, "errorList");
    json_open(c->answer, '[');
    for (size_t i = 0; i < c->args.batch_count; i++)
        if (errors[i] != CMQ_OK)
            write_delete_error(c->answer, errors[i], c->args.batch[i]);
    json_close(c->answer, ']');
    answer_close(c);
    return err;
}

/* ---- the tables ---- */

/* clang-format off */

#define QUEUE_NAME_PARAM   { "queueName",           PARAM_QUEUE_NAME, true,        1,      QUEUE_NAME_MAX,  FIELD(queue_name) }
#define ATTRIBUTE_PARAMS \
                           { "maxMsgHeapNum",       PARAM_INT,        false, 1000000,      1000000000,      FIELD(max_heap) }, \
                           { "pollingWaitSeconds",  PARAM_INT,        false,       0,      WAIT_MAX_S,      FIELD(polling_wait_s) }, \
                           { "visibilityTimeout",   PARAM_INT,        false,       1,      43200,           FIELD(visibility_s) }, \
                           { "maxMsgSize",          PARAM_INT,        false,    1024,      1048576,         FIELD(max_msg_size) }, \
                           { "msgRetentionSeconds", PARAM_INT,        false,      60,      1296000,         FIELD(retention_s) }, \
                           { "rewindSeconds",       PARAM_INT,        false,       0,      1296000,         FIELD(rewind_s) }, \
                           { "deadLetterPolicy",    PARAM_TEXT,       false,       1,      POLICY_TEXT_MAX, FIELD(dead_letter_policy) }
#define LIST_PARAMS \
                           { "searchWord",          PARAM_TEXT,       false,       1,      SEARCH_WORD_MAX, FIELD(search_word) }, \
                           { "offset",              PARAM_INT,        false,       0,      INT32_MAX,       FIELD(offset) }, \
                           { "limit",               PARAM_INT,        false,       1,      LIST_LIMIT_MAX,  FIELD(limit) }
#define DELAY_PARAM        { "delaySeconds",        PARAM_DELAY,      false,       0,      3600,            FIELD(delay_s) }
#define WAIT_PARAM         { "pollingWaitSeconds",  PARAM_WAIT,       false,       0,      WAIT_MAX_S,      FIELD(polling_wait_s) }

static const struct param queue_name_params[]    = { QUEUE_NAME_PARAM };
static const struct param attribute_params[]     = { QUEUE_NAME_PARAM, ATTRIBUTE_PARAMS };
static const struct param list_params[]          = { LIST_PARAMS };
static const struct param sources_params[]       = {
                           { "deadLetterQueueName", PARAM_QUEUE_NAME, true,        1,      QUEUE_NAME_MAX,  FIELD(queue_name) },
                           LIST_PARAMS };
static const struct param rewind_params[]        = { QUEUE_NAME_PARAM,
                           { "startConsumeTime",    PARAM_INT,        true,  INT64_MIN + 1, INT64_MAX,      FIELD(start_consume_s) } };
static const struct param send_params[]          = { QUEUE_NAME_PARAM,
                           { "msgBody",             PARAM_BODY,       true,        1,      1048576,         FIELD(batch) },
                           DELAY_PARAM };
static const struct param batch_send_params[]    = { QUEUE_NAME_PARAM,
                           { "msgBody",             PARAM_BODIES,     true,        1,      BATCH_MAX,       FIELD(batch) },
                           DELAY_PARAM };
static const struct param receive_params[]       = { QUEUE_NAME_PARAM, WAIT_PARAM };
static const struct param batch_receive_params[] = { QUEUE_NAME_PARAM,
                           { "numOfMsg",            PARAM_INT,        true,        1,      BATCH_MAX,       FIELD(num_of_msg) },
                           WAIT_PARAM };
static const struct param delete_params[]        = { QUEUE_NAME_PARAM,
                           { "receiptHandle",       PARAM_HANDLE,     true,        1,      HANDLE_MAX,      FIELD(batch) } };
static const struct param batch_delete_params[]  = { QUEUE_NAME_PARAM,
                           { "receiptHandle",       PARAM_HANDLES,    true,        1,      BATCH_MAX,       FIELD(batch) } };

#define ROW(name, plane, on, params, run) { name, MODEL_QUEUE, plane, on, params, COUNT(params), run }

const struct action queue_actions[] = {
    ROW("CreateQueue",                PLANE_CONTROL, ON_NOTHING, attribute_params,     create_queue),
    ROW("ListQueue",                  PLANE_CONTROL, ON_NOTHING, list_params,          list_queue),
    ROW("GetQueueAttributes",         PLANE_CONTROL, ON_QUEUE,   queue_name_params,    get_queue_attributes),
    ROW("SetQueueAttributes",         PLANE_CONTROL, ON_QUEUE,   attribute_params,     set_queue_attributes),
    ROW("DeleteQueue",                PLANE_CONTROL, ON_QUEUE,   queue_name_params,    delete_queue),
    ROW("RewindQueue",                PLANE_CONTROL, ON_QUEUE,   rewind_params,        rewind_queue),
    ROW("SendMessage",                PLANE_DATA,    ON_QUEUE,   send_params,          send_message),
    ROW("BatchSendMessage",           PLANE_DATA,    ON_QUEUE,   batch_send_params,    batch_send_message),
    ROW("ReceiveMessage",             PLANE_DATA,    ON_QUEUE,   receive_params,       receive_messages),
    ROW("BatchReceiveMessage",        PLANE_DATA,    ON_QUEUE,   batch_receive_params, receive_messages),
    ROW("DeleteMessage",              PLANE_DATA,    ON_QUEUE,   delete_params,        delete_message),
    ROW("BatchDeleteMessage",         PLANE_DATA,    ON_QUEUE,   batch_delete_params,  batch_delete_message),
    ROW("ListDeadLetterSourceQueues", PLANE_CONTROL, ON_QUEUE,   sources_params,       list_dead_letter_source_queues),
    ROW("UnbindDeadLetterQueue",      PLANE_CONTROL, ON_QUEUE,   queue_name_params,    unbind_dead_letter_queue),
    ROW("QueryQueueRoute",            PLANE_ROUTE,   ON_QUEUE,   queue_name_params,    answer_route),
};

/* clang-format on */

const size_t queue_action_count = COUNT(queue_actions);
