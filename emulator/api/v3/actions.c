#include "api/v3/actions.h"

#include "base/nearest.h"

#include <assert.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- parameters, in the order in which they are judged ---- */

/* clang-format off */

#define ROW(name, use, type, required, least, greatest, otherwise) { name, use, V3_##type, required, least, greatest, otherwise, NULL }
#define NEEDS(name, field)                     ROW(name, FIELD_##field, STR, true, 0, 0, V3_NO_DEFAULT)
#define TAKES(name, field)                     ROW(name, FIELD_##field, STR, false, 0, 0, V3_NO_DEFAULT)
#define INT(name, field)                       ROW(name, FIELD_##field, INT, false, 0, 0, V3_NO_DEFAULT)
#define RANGE(name, field, least, greatest)    ROW(name, FIELD_##field, INT, false, least, greatest, V3_NO_DEFAULT)
#define DEFAULT(name, field, least, greatest, otherwise) ROW(name, FIELD_##field, INT, false, least, greatest, otherwise)
#define NEEDS_INT(name, field)                 ROW(name, FIELD_##field, INT, true, 0, 0, V3_NO_DEFAULT)
#define BOOL(name, field)                      ROW(name, FIELD_##field, BOOL, false, 0, 0, V3_NO_DEFAULT)
#define LIST(name, field)                      ROW(name, FIELD_##field, STRS, false, 0, 0, V3_NO_DEFAULT)
#define PART(name, use, type)                  ROW(name, V3_##use, type, false, 0, 0, V3_NO_DEFAULT)
#define FILTERS(name)                          { "Filters", V3_NAME_FILTER, V3_FILTERS, false, 0, 0, V3_NO_DEFAULT, name }

/* Both products have these, with the same ranges. */
#define QUEUE_NAME    NEEDS("QueueName", QUEUE_NAME)
#define TOPIC_NAME    NEEDS("TopicName", TOPIC_NAME)
#define SUBSCRIPTION  TOPIC_NAME, NEEDS("SubscriptionName", SUBSCRIPTION_NAME)
#define PAGE          RANGE("Offset", OFFSET, 0, INT32_MAX), RANGE("Limit", QUEUE_LIMIT, 0, 50)
#define TOPIC_PAGE    RANGE("Offset", OFFSET, 0, INT32_MAX), RANGE("Limit", TOPIC_LIMIT, 0, 50)
#define TIMES         INT("MaxMsgHeapNum", MAX_HEAP), INT("PollingWaitSeconds", POLLING_WAIT), INT("VisibilityTimeout", VISIBILITY)
#define QUERIES       INT("FirstQueryInterval", FIRST_QUERY), INT("MaxQueryCount", QUERY_COUNT)
#define DEAD_LETTER   TAKES("DeadLetterQueueName", DEAD_LETTER_NAME), INT("Policy", DEAD_LETTER_KIND), \
                      INT("MaxReceiveCount", MAX_RECEIVES), INT("MaxTimeToLive", MAX_AGE)
#define TRANSACTION   INT("Transaction", TRANSACTION)
#define TRACE         BOOL("Trace", TRACE)
#define NOTIFYING     TAKES("NotifyStrategy", NOTIFY_STRATEGY), TAKES("NotifyContentFormat", NOTIFY_FORMAT)
#define BINDING       LIST("BindingKey", BINDING_KEYS)
#define TAG_FILTERS   PART("Filters", TAG_FILTER, FILTERS), PART("IsTagFilter", TAG_SWITCH, BOOL)

#define QUEUE_RANGES_OF_CMQ   RANGE("MaxMsgSize", MAX_MSG_SIZE, 1024, 65536), INT("MsgRetentionSeconds", RETENTION), INT("RewindSeconds", REWIND)
#define TOPIC_RANGES_OF_CMQ   RANGE("MaxMsgSize", MAX_MSG_SIZE, 1024, 65536), INT("MsgRetentionSeconds", TOPIC_RETENTION)
#define TOPIC_RANGES_OF_TDMQ  INT("MsgRetentionSeconds", TOPIC_RETENTION)
#define RETENTION_SIZE        INT("RetentionSizeInMB", RETENTION_SIZE)

/* api3 7 and 8, where both products agree */
static const struct v3_param queue_params[]                = { QUEUE_NAME };
static const struct v3_param rewind_params[]               = { QUEUE_NAME, NEEDS_INT("StartConsumeTime", START_CONSUME_TIME) };
static const struct v3_param topic_params[]                = { TOPIC_NAME };
static const struct v3_param subscription_params[]         = { SUBSCRIPTION };
static const struct v3_param subscribe_params[]            = { SUBSCRIPTION, NEEDS("Protocol", PROTOCOL), NEEDS("Endpoint", ENDPOINT),
                                                               NOTIFYING, LIST("FilterTag", FILTER_TAGS), BINDING };
static const struct v3_param set_subscription_params[]     = { SUBSCRIPTION, NOTIFYING, LIST("FilterTags", FILTER_TAGS), BINDING };

/* api3 7 */
static const struct v3_param cmq_create_queue_params[]     = { QUEUE_NAME, TIMES, QUEUE_RANGES_OF_CMQ, TRANSACTION, QUERIES, DEAD_LETTER, TRACE };
static const struct v3_param cmq_set_queue_params[]        = { QUEUE_NAME, TIMES, QUEUE_RANGES_OF_CMQ, QUERIES, DEAD_LETTER, TRACE };
static const struct v3_param cmq_queues_params[]           = { PAGE, FILTERS("QueueName"), PART("TagKey", TAG_KEY, STR), PART("QueueName", EXACT_NAME, STR) };
static const struct v3_param cmq_sources_params[]          = { NEEDS("DeadLetterQueueName", QUEUE_NAME), PAGE, FILTERS("SourceQueueName") };
static const struct v3_param cmq_create_topic_params[]     = { TOPIC_NAME, TOPIC_RANGES_OF_CMQ, RANGE("FilterType", FILTER_TYPE, 1, 2), TRACE };
static const struct v3_param cmq_set_topic_params[]        = { TOPIC_NAME, TOPIC_RANGES_OF_CMQ, TRACE };
static const struct v3_param cmq_topics_params[]           = { TOPIC_PAGE, FILTERS("TopicName"), PART("TagKey", TAG_KEY, STR), PART("TopicName", EXACT_NAME, STR) };
static const struct v3_param cmq_subscriptions_params[]    = { TOPIC_NAME, PAGE, FILTERS("SubscriptionName") };

/* api3 8, 11 */
static const struct v3_param tdmq_create_queue_params[]    = { QUEUE_NAME, TIMES, DEFAULT("MaxMsgSize", MAX_MSG_SIZE, 1024, 1048576, 1048576),
                                                               DEFAULT("MsgRetentionSeconds", RETENTION, 30, 1296000, 3600), INT("RewindSeconds", REWIND),
                                                               TRANSACTION, QUERIES, DEAD_LETTER, TRACE, PART("Tags", TAGS, TAG_SET), RETENTION_SIZE };
static const struct v3_param tdmq_set_queue_params[]       = { QUEUE_NAME, TIMES, INT("MaxMsgSize", MAX_MSG_SIZE), RANGE("MsgRetentionSeconds", RETENTION, 30, 1296000),
                                                               INT("RewindSeconds", REWIND), TRANSACTION, QUERIES, DEAD_LETTER, TRACE, RETENTION_SIZE };
static const struct v3_param tdmq_queues_params[]          = { PAGE, PART("QueueName", NAME_PART, STR), PART("QueueNameList", NAMES, STRS), TAG_FILTERS };
static const struct v3_param tdmq_unbind_params[]          = { NEEDS("SourceQueueName", QUEUE_NAME) };
static const struct v3_param tdmq_sources_params[]         = { NEEDS("DeadLetterQueueName", QUEUE_NAME), PAGE, PART("SourceQueueName", NAME_PART, STR) };
static const struct v3_param tdmq_create_topic_params[]    = { TOPIC_NAME, DEFAULT("MaxMsgSize", MAX_MSG_SIZE, 1024, 1048576, 1048576), TOPIC_RANGES_OF_TDMQ,
                                                               RANGE("FilterType", FILTER_TYPE, 1, 2), TRACE, PART("Tags", TAGS, TAG_SET) };
static const struct v3_param tdmq_set_topic_params[]       = { TOPIC_NAME, INT("MaxMsgSize", MAX_MSG_SIZE), TOPIC_RANGES_OF_TDMQ, TRACE };
static const struct v3_param tdmq_topic_params[]           = { TAKES("TopicName", TOPIC_NAME) };
static const struct v3_param tdmq_topics_params[]          = { TOPIC_PAGE, PART("TopicName", NAME_PART, STR), PART("TopicNameList", NAMES, STRS), TAG_FILTERS };
static const struct v3_param tdmq_subscriptions_params[]   = { TAKES("TopicName", TOPIC_NAME), PAGE, PART("SubscriptionName", NAME_PART, STR),
                                                               TAKES("QueueName", QUEUE_NAME), PART("QueryType", QUERY_TYPE, STR) };
static const struct v3_param send_params[]                 = { QUEUE_NAME, NEEDS("MsgContent", BODIES), NEEDS_INT("DelaySeconds", LONG_DELAY) };
static const struct v3_param publish_params[]              = { TOPIC_NAME, NEEDS("MsgContent", BODIES), LIST("MsgTag", MSG_LABELS) };

/* ---- Actions ---- */

#define ACTION(name, operation, params, write) { name, OPERATION_##operation, params, COUNT(params), v3_write_##write }

static const struct v3_action cmq_actions[] = {
    /*     name                              operation                       parameters                 writer */
    ACTION("CreateQueue",                    CREATE_QUEUE,                   cmq_create_queue_params,   queue_id),
    ACTION("DescribeQueueDetail",            LIST_QUEUE,                     cmq_queues_params,         cmq_queues),
    ACTION("ModifyQueueAttribute",           SET_QUEUE_ATTRIBUTES,           cmq_set_queue_params,      nothing),
    ACTION("DeleteQueue",                    DELETE_QUEUE,                   queue_params,              nothing),
    ACTION("ClearQueue",                     CLEAR_QUEUE,                    queue_params,              nothing),
    ACTION("RewindQueue",                    REWIND_QUEUE,                   rewind_params,             nothing),
    ACTION("UnbindDeadLetter",               UNBIND_DEAD_LETTER_QUEUE,       queue_params,              nothing),
    ACTION("DescribeDeadLetterSourceQueues", LIST_DEAD_LETTER_SOURCE_QUEUES, cmq_sources_params,        cmq_sources),
    ACTION("CreateTopic",                    CREATE_TOPIC,                   cmq_create_topic_params,   topic_id),
    ACTION("DescribeTopicDetail",            LIST_TOPIC,                     cmq_topics_params,         cmq_topics),
    ACTION("ModifyTopicAttribute",           SET_TOPIC_ATTRIBUTES,           cmq_set_topic_params,      nothing),
    ACTION("DeleteTopic",                    DELETE_TOPIC,                   topic_params,              nothing),
    ACTION("CreateSubscribe",                SUBSCRIBE,                      subscribe_params,          subscription_id),
    ACTION("DescribeSubscriptionDetail",     LIST_SUBSCRIPTIONS,             cmq_subscriptions_params,  cmq_subscriptions),
    ACTION("ModifySubscriptionAttribute",    SET_SUBSCRIPTION_ATTRIBUTES,    set_subscription_params,   nothing),
    ACTION("ClearSubscriptionFilterTags",    CLEAR_SUBSCRIPTION_FILTER_TAGS, subscription_params,       nothing),
    ACTION("DeleteSubscribe",                UNSUBSCRIBE,                    subscription_params,       nothing),
};

static const struct v3_action tdmq_actions[] = {
    /*     name                                 operation                       parameters                 writer */
    ACTION("CreateCmqQueue",                    CREATE_QUEUE,                   tdmq_create_queue_params,  queue_id),
    ACTION("DescribeCmqQueues",                 LIST_QUEUE,                     tdmq_queues_params,        tdmq_queues),
    ACTION("DescribeCmqQueueDetail",            GET_QUEUE_ATTRIBUTES,           queue_params,              tdmq_queue),
    ACTION("ModifyCmqQueueAttribute",           SET_QUEUE_ATTRIBUTES,           tdmq_set_queue_params,     nothing),
    ACTION("DeleteCmqQueue",                    DELETE_QUEUE,                   queue_params,              nothing),
    ACTION("ClearCmqQueue",                     CLEAR_QUEUE,                    queue_params,              nothing),
    ACTION("RewindCmqQueue",                    REWIND_QUEUE,                   rewind_params,             nothing),
    ACTION("UnbindCmqDeadLetter",               UNBIND_DEAD_LETTER_QUEUE,       tdmq_unbind_params,        nothing),
    ACTION("DescribeCmqDeadLetterSourceQueues", LIST_DEAD_LETTER_SOURCE_QUEUES, tdmq_sources_params,       tdmq_sources),
    ACTION("CreateCmqTopic",                    CREATE_TOPIC,                   tdmq_create_topic_params,  topic_id),
    ACTION("DescribeCmqTopics",                 LIST_TOPIC,                     tdmq_topics_params,        tdmq_topics),
    ACTION("DescribeCmqTopicDetail",            GET_TOPIC_ATTRIBUTES,           tdmq_topic_params,         tdmq_topic),
    ACTION("ModifyCmqTopicAttribute",           SET_TOPIC_ATTRIBUTES,           tdmq_set_topic_params,     nothing),
    ACTION("DeleteCmqTopic",                    DELETE_TOPIC,                   topic_params,              nothing),
    ACTION("CreateCmqSubscribe",                SUBSCRIBE,                      subscribe_params,          subscription_id),
    ACTION("DescribeCmqSubscriptionDetail",     LIST_SUBSCRIPTIONS,             tdmq_subscriptions_params, tdmq_subscriptions),
    ACTION("ModifyCmqSubscriptionAttribute",    SET_SUBSCRIPTION_ATTRIBUTES,    set_subscription_params,   nothing),
    ACTION("ClearCmqSubscriptionFilterTags",    CLEAR_SUBSCRIPTION_FILTER_TAGS, subscription_params,       nothing),
    ACTION("DeleteCmqSubscribe",                UNSUBSCRIBE,                    subscription_params,       nothing),
    ACTION("SendCmqMsg",                        SEND_MESSAGES,                  send_params,               msg_id),
    ACTION("PublishCmqMsg",                     PUBLISH_MESSAGES,               publish_params,            msg_id),
};

/* ---- codes of single Actions: api3 8.8, 8.18 ---- */

static const struct exception {
    enum v3_product product;
    enum operation operation;
    int outcome;
    const char *code;
} exceptions[] = {
    {V3_TDMQ, OPERATION_REWIND_QUEUE,                   CMQ_NO_QUEUE,             "ResourceUnavailable"},
    {V3_TDMQ, OPERATION_UNBIND_DEAD_LETTER_QUEUE,       CMQ_NO_QUEUE,             "FailedOperation"},
    {V3_TDMQ, OPERATION_LIST_DEAD_LETTER_SOURCE_QUEUES, CMQ_NO_QUEUE,             "ResourceNotFound.Cluster"},
    {V3_TDMQ, OPERATION_UNSUBSCRIBE,                    CMQ_NO_SUCH_SUBSCRIPTION, "ResourceNotFound"},
    {V3_TDMQ, OPERATION_PUBLISH_MESSAGES,               CMQ_NO_TOPIC,             "ResourceNotFound"},
};

/* clang-format on */

static const struct product {
    const char *name;
    const struct v3_action *actions;
    size_t count;
} products[] = {
    [V3_CMQ] = {"cmq", cmq_actions, COUNT(cmq_actions)},
    [V3_TDMQ] = {"tdmq", tdmq_actions, COUNT(tdmq_actions)},
};

size_t v3_action_count(enum v3_product product)
{
    return products[product].count;
}

const struct v3_action *v3_action_at(enum v3_product product, size_t number)
{
    assert(number < products[product].count);
    return &products[product].actions[number];
}

const struct v3_action *v3_action_find(enum v3_product product, struct bytes name)
{
    const struct product *p = &products[product];
    for (size_t i = 0; i < p->count; i++)
        if (bytes_equal(name, bytes_of(p->actions[i].name)))
            return &p->actions[i];
    return NULL;
}

const char *v3_action_code(const struct v3_action *action, int outcome, enum v3_product product)
{
    for (size_t i = 0; action != NULL && i < COUNT(exceptions); i++)
        if (exceptions[i].product == product && exceptions[i].outcome == outcome &&
            exceptions[i].operation == action->operation)
            return exceptions[i].code;
    return v3_failure_code(outcome, product);
}

/* ---- what may have been meant ---- */

/* Actions of API v2 that neither product has by this name, and what corresponds to them
 * (api3 1). */
static const struct v2_name {
    const char *name;
    enum operation operation; /* OPERATIONS: API 3.0 has nothing of the kind */
} v2_names[] = {
    {"ListQueue", OPERATION_LIST_QUEUE},
    {"GetQueueAttributes", OPERATION_GET_QUEUE_ATTRIBUTES},
    {"SetQueueAttributes", OPERATION_SET_QUEUE_ATTRIBUTES},
    {"UnbindDeadLetterQueue", OPERATION_UNBIND_DEAD_LETTER_QUEUE},
    {"ListDeadLetterSourceQueues", OPERATION_LIST_DEAD_LETTER_SOURCE_QUEUES},
    {"ListTopic", OPERATION_LIST_TOPIC},
    {"GetTopicAttributes", OPERATION_GET_TOPIC_ATTRIBUTES},
    {"SetTopicAttributes", OPERATION_SET_TOPIC_ATTRIBUTES},
    {"Subscribe", OPERATION_SUBSCRIBE},
    {"ListSubscriptionByTopic", OPERATION_LIST_SUBSCRIPTIONS},
    {"GetSubscriptionAttributes", OPERATION_LIST_SUBSCRIPTIONS},
    {"SetSubscriptionAttributes", OPERATION_SET_SUBSCRIPTION_ATTRIBUTES},
    {"Unsubscribe", OPERATION_UNSUBSCRIBE},
    {"SendMessage", OPERATION_SEND_MESSAGES},
    {"PublishMessage", OPERATION_PUBLISH_MESSAGES},
    {"BatchSendMessage", OPERATIONS},
    {"BatchPublishMessage", OPERATIONS},
    {"ReceiveMessage", OPERATIONS},
    {"BatchReceiveMessage", OPERATIONS},
    {"DeleteMessage", OPERATIONS},
    {"BatchDeleteMessage", OPERATIONS},
};

/* The product's name for an operation; cmq describes one queue or topic by its listing. */
static const char *name_of(enum v3_product product, enum operation o)
{
    const struct product *p = &products[product];
    for (size_t i = 0; i < p->count; i++)
        if (p->actions[i].operation == o)
            return p->actions[i].name;
    if (o == OPERATION_GET_QUEUE_ATTRIBUTES)
        return name_of(product, OPERATION_LIST_QUEUE);
    if (o == OPERATION_GET_TOPIC_ATTRIBUTES)
        return name_of(product, OPERATION_LIST_TOPIC);
    return NULL;
}

static void append_counterpart(struct buffer *out, enum v3_product product, const char *whose,
                               enum operation o)
{
    const char *name = o != OPERATIONS ? name_of(product, o) : NULL;
    buffer_append(out, bytes_of(" is an Action of "));
    buffer_append(out, bytes_of(whose));
    buffer_append(out, bytes_of("; "));
    buffer_append(out, bytes_of(products[product].name));
    buffer_append(out, bytes_of(name != NULL ? " calls it " : " has none like it"));
    if (name != NULL)
        buffer_append(out, bytes_of(name));
}

void v3_append_hint(struct buffer *out, enum v3_product product, struct bytes name)
{
    enum v3_product other = product == V3_CMQ ? V3_TDMQ : V3_CMQ;
    const struct v3_action *elsewhere = v3_action_find(other, name);
    struct nearest nearest = nearest_to(name);
    char hint[NEAREST_HINT_SIZE];
    if (elsewhere != NULL) {
        append_counterpart(out, product, products[other].name, elsewhere->operation);
        return;
    }
    for (size_t i = 0; i < COUNT(v2_names); i++)
        if (bytes_equal_nocase(name, bytes_of(v2_names[i].name))) {
            append_counterpart(out, product, "the API v2", v2_names[i].operation);
            return;
        }
    for (size_t i = 0; i < products[product].count; i++)
        nearest_try(&nearest, products[product].actions[i].name);
    buffer_append(out, bytes_of(" is no Action of "));
    buffer_append(out, bytes_of(products[product].name));
    buffer_append(out, bytes_of(nearest_hint(nearest.name, hint)));
}
