#include "api/v2/actions.h"

#include <assert.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- parameters, in the order in which they are judged ---- */

#define NEEDS(field)                                                                           \
    {                                                                                          \
        FIELD_##field, true, false, NULL, NULL                                                 \
    }
#define TAKES(field)                                                                           \
    {                                                                                          \
        FIELD_##field, false, false, NULL, NULL                                                \
    }
#define NEEDS_LIST(field)                                                                      \
    {                                                                                          \
        FIELD_##field, true, true, NULL, NULL                                                  \
    }
#define TAKES_LIST(field)                                                                      \
    {                                                                                          \
        FIELD_##field, false, true, NULL, NULL                                                 \
    }

/* clang-format off */

#define QUEUE_ATTRIBUTES \
    TAKES(MAX_HEAP), TAKES(POLLING_WAIT), TAKES(VISIBILITY), TAKES(MAX_MSG_SIZE), TAKES(RETENTION), TAKES(REWIND), \
    TAKES(DEAD_LETTER_POLICY)
#define QUEUE_PAGE  TAKES(SEARCH_WORD), TAKES(OFFSET), TAKES(QUEUE_LIMIT)
#define ROUTING     TAKES_LIST(MSG_TAGS), TAKES(ROUTING_KEY)
#define NOTIFYING   TAKES(NOTIFY_STRATEGY), TAKES(NOTIFY_FORMAT), TAKES_LIST(FILTER_TAGS), TAKES_LIST(BINDING_KEYS)

/* queue-api 2, 3 */
static const struct param queue_params[]             = { NEEDS(QUEUE_NAME) };
static const struct param queue_attribute_params[]   = { NEEDS(QUEUE_NAME), QUEUE_ATTRIBUTES };
static const struct param list_queue_params[]        = { QUEUE_PAGE };
static const struct param source_params[]            = { {FIELD_QUEUE_NAME, true, false, "deadLetterQueueName", NULL}, QUEUE_PAGE };
static const struct param rewind_params[]            = { NEEDS(QUEUE_NAME), NEEDS(START_CONSUME_TIME) };
static const struct param send_params[]              = { NEEDS(QUEUE_NAME), NEEDS(BODIES), TAKES(DELAY) };
static const struct param batch_send_params[]        = { NEEDS(QUEUE_NAME), NEEDS_LIST(BODIES), TAKES(DELAY) };
static const struct param receive_params[]           = { NEEDS(QUEUE_NAME), TAKES(RECEIVE_WAIT) };
static const struct param batch_receive_params[]     = { NEEDS(QUEUE_NAME), NEEDS(RECEIVE_COUNT), TAKES(RECEIVE_WAIT) };
static const struct param delete_params[]            = { NEEDS(QUEUE_NAME), NEEDS(HANDLES) };
static const struct param batch_delete_params[]      = { NEEDS(QUEUE_NAME), NEEDS_LIST(HANDLES) };

/* topic-api 2 */
static const struct param topic_params[]             = { NEEDS(TOPIC_NAME) };
static const struct param create_topic_params[]      = { NEEDS(TOPIC_NAME), TAKES(MAX_MSG_SIZE), TAKES(FILTER_TYPE) };
static const struct param set_topic_params[]         = { NEEDS(TOPIC_NAME), TAKES(MAX_MSG_SIZE) };
static const struct param list_topic_params[]        = { TAKES(SEARCH_WORD), TAKES(OFFSET), TAKES(TOPIC_LIMIT) };
/* Quirk: its sample spells the name with a capital T (topic-api D19). */
static const struct param delete_topic_params[]      = { {FIELD_TOPIC_NAME, true, false, NULL, "TopicName"} };
static const struct param publish_params[]           = { NEEDS(TOPIC_NAME), NEEDS(BODIES), ROUTING };
static const struct param batch_publish_params[]     = { NEEDS(TOPIC_NAME), NEEDS_LIST(BODIES), ROUTING };
static const struct param subscription_params[]      = { NEEDS(TOPIC_NAME), NEEDS(SUBSCRIPTION_NAME) };
static const struct param subscribe_params[]         = { NEEDS(TOPIC_NAME), NEEDS(SUBSCRIPTION_NAME), NEEDS(PROTOCOL), NEEDS(ENDPOINT), NOTIFYING };
static const struct param set_subscription_params[]  = { NEEDS(TOPIC_NAME), NEEDS(SUBSCRIPTION_NAME), NOTIFYING };
static const struct param list_subscription_params[] = { NEEDS(TOPIC_NAME), TAKES(SEARCH_WORD), TAKES(SUBSCRIPTION_OFFSET), TAKES(SUBSCRIPTION_LIMIT) };

/* ---- Actions ---- */

#define ROW(model, name, operation, params, write, outcome) \
    { name, sizeof(name) - 1, MODEL_##model, OPERATION_##operation, params, COUNT(params), write, outcome }

static const struct action actions[] = {
    /*  model  name                           operation                       parameters                writer                   outcome */
    ROW(QUEUE, "CreateQueue",                 CREATE_QUEUE,                   queue_attribute_params,   write_queue_id,          NULL),
    ROW(QUEUE, "ListQueue",                   LIST_QUEUE,                     list_queue_params,        write_queue_list,        NULL),
    ROW(QUEUE, "GetQueueAttributes",          GET_QUEUE_ATTRIBUTES,           queue_params,             write_queue,             NULL),
    ROW(QUEUE, "SetQueueAttributes",          SET_QUEUE_ATTRIBUTES,           queue_attribute_params,   write_queue_set,         NULL),
    ROW(QUEUE, "DeleteQueue",                 DELETE_QUEUE,                   queue_params,             write_nothing,           NULL),
    ROW(QUEUE, "RewindQueue",                 REWIND_QUEUE,                   rewind_params,            write_nothing,           NULL),
    ROW(QUEUE, "SendMessage",                 SEND_MESSAGES,                  send_params,              write_msg_id,            NULL),
    ROW(QUEUE, "BatchSendMessage",            SEND_MESSAGES,                  batch_send_params,        write_msg_list,          NULL),
    ROW(QUEUE, "ReceiveMessage",              RECEIVE_MESSAGES,               receive_params,           write_message,           NULL),
    ROW(QUEUE, "BatchReceiveMessage",         RECEIVE_MESSAGES,               batch_receive_params,     write_message_list,      NULL),
    ROW(QUEUE, "DeleteMessage",               DELETE_MESSAGES,                delete_params,            write_nothing,           deletion_outcome),
    ROW(QUEUE, "BatchDeleteMessage",          DELETE_MESSAGES,                batch_delete_params,      write_delete_errors,     batch_deletion_outcome),
    ROW(QUEUE, "ListDeadLetterSourceQueues",  LIST_DEAD_LETTER_SOURCE_QUEUES, source_params,            write_queue_list,        NULL),
    ROW(QUEUE, "UnbindDeadLetterQueue",       UNBIND_DEAD_LETTER_QUEUE,       queue_params,             write_queue_id,          NULL),
    ROW(QUEUE, "QueryQueueRoute",             QUERY_QUEUE_ROUTE,              queue_params,             write_address,           NULL),
    ROW(TOPIC, "CreateTopic",                 CREATE_TOPIC,                   create_topic_params,      write_topic_id,          NULL),
    ROW(TOPIC, "SetTopicAttributes",          SET_TOPIC_ATTRIBUTES,           set_topic_params,         write_nothing,           NULL),
    ROW(TOPIC, "ListTopic",                   LIST_TOPIC,                     list_topic_params,        write_topic_list,        NULL),
    ROW(TOPIC, "GetTopicAttributes",          GET_TOPIC_ATTRIBUTES,           topic_params,             write_topic,             NULL),
    ROW(TOPIC, "DeleteTopic",                 DELETE_TOPIC,                   delete_topic_params,      write_nothing,           NULL),
    ROW(TOPIC, "PublishMessage",              PUBLISH_MESSAGES,               publish_params,           write_msg_id,            NULL),
    ROW(TOPIC, "BatchPublishMessage",         PUBLISH_MESSAGES,               batch_publish_params,     write_msg_list,          NULL),
    ROW(TOPIC, "Subscribe",                   SUBSCRIBE,                      subscribe_params,         write_subscription_id,   NULL),
    ROW(TOPIC, "ListSubscriptionByTopic",     LIST_SUBSCRIPTION_BY_TOPIC,     list_subscription_params, write_subscription_list, NULL),
    ROW(TOPIC, "SetSubscriptionAttributes",   SET_SUBSCRIPTION_ATTRIBUTES,    set_subscription_params,  write_nothing,           NULL),
    ROW(TOPIC, "Unsubscribe",                 UNSUBSCRIBE,                    subscription_params,      write_nothing,           NULL),
    ROW(TOPIC, "GetSubscriptionAttributes",   GET_SUBSCRIPTION_ATTRIBUTES,    subscription_params,      write_subscription,      NULL),
    ROW(TOPIC, "ClearSubscriptionFilterTags", CLEAR_SUBSCRIPTION_FILTER_TAGS, subscription_params,      write_nothing,           NULL),
    ROW(TOPIC, "QueryTopicRoute",             QUERY_TOPIC_ROUTE,              topic_params,             write_address,           NULL),
};

/* clang-format on */

size_t action_count(void)
{
    return COUNT(actions);
}

const struct action *action_at(size_t number)
{
    assert(number < COUNT(actions));
    return &actions[number];
}

size_t action_number(const struct action *a)
{
    return (size_t)(a - actions);
}

const struct action *action_find(struct bytes name)
{
    for (size_t i = 0; i < COUNT(actions); i++)
        if (bytes_equal_nocase(name, (struct bytes){actions[i].name, actions[i].name_len}))
            return &actions[i];
    return NULL;
}
