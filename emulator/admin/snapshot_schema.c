#include "admin/snapshot_schema.h"

#include "admin/fault_rules.h"
#include "admin/limits.h"
#include "admin/resources.h"
#include "engine/account.h"
#include "engine/event.h"
#include "engine/ids.h"
#include "engine/traits.h"
#include "namespace/clock.h"
#include "namespace/faults.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What rises, up to what a reader of JSON keeps. */
#define RISING .flags = MEMBER_OPTIONAL, .greatest = (INT64_C(1) << 53) - 1
/* What is counted in 32 bits, and far from their end. */
#define COUNTED  .flags = MEMBER_OPTIONAL, .greatest = 1000000000
#define OPTIONAL .flags = MEMBER_OPTIONAL
#define LIST     .flags = (MEMBER_OPTIONAL | MEMBER_LIST)

/* clang-format off */
/* How a body is given: in one way or the other. */
#define BODY_MEMBERS                                                                           \
    {"msgBody", TYPE_TEXT, OPTIONAL, .help = "its body; or msgBodyBase64", .least = 1,         \
     .greatest = 1048576},                                                                     \
    {"msgBodyBase64", TYPE_BASE64, OPTIONAL, .help = "where JSON would not keep the body",     \
     .least = 1, .greatest = 2097152}
/* clang-format on */

/* A parameter of CMQ, or a member that only documents have. */
struct row {
    bool is_parameter;
    enum field field;
    struct schema_member member;
};

#define PARAMETER(field)                                                                       \
    {                                                                                          \
        true, FIELD_##field,                                                                   \
        {                                                                                      \
            .name = NULL                                                                       \
        }                                                                                      \
    }

static bool row_of(const struct row *rows, size_t count, size_t i, struct schema_member *out)
{
    if (i >= count)
        return false;
    *out = rows[i].member;
    if (rows[i].is_parameter) {
        resource_describe_parameter(rows[i].field, out);
        out->flags |= MEMBER_OPTIONAL;
    }
    return true;
}

static bool count_of(const char *const *names, size_t i, struct schema_member *out)
{
    if (names[i] == NULL)
        return false;
    *out = (struct schema_member){names[i], TYPE_NUMBER, RISING};
    return true;
}

/* ---- the head ---- */

static const char *const formats[] = {SNAPSHOT_FORMAT, NULL};

static const struct schema_member clock_members[] = {
    {"mode", TYPE_WORD, OPTIONAL, .help = "by which it stands or runs",
     .words = clock_mode_names},
    {"nowMs", TYPE_MS, OPTIONAL, .help = "where it stands"},
    {"now", TYPE_TIME, OPTIONAL, .help = "the same for people"},
};
const struct schema kept_clock_schema =
    SCHEMA("KeptClock", "A clock as it stood.", clock_members);

const char *const snapshot_id_names[ID_KINDS + 1] = {
    [ID_MESSAGE] = "messages", [ID_HANDLE] = "handles", [ID_REQUEST] = "requests",
    [ID_QUEUE] = "queues",     [ID_TOPIC] = "topics",   [ID_SUBSCRIPTION] = "subscriptions"};
const char *const snapshot_result_names[] = {"delivered", "failed", "dropped", NULL};

static bool id_count(size_t i, struct schema_member *out)
{
    return count_of(snapshot_id_names, i, out);
}
const struct schema kept_ids_schema = {
    .name = "KeptIds", .help = "How many of a kind have been drawn.", .row = id_count};

static bool event_count(size_t i, struct schema_member *out)
{
    return count_of(event_kind_names, i, out);
}
const struct schema kept_events_schema = {
    .name = "KeptEvents", .help = "How many have fired.", .row = event_count};

static bool result_count(size_t i, struct schema_member *out)
{
    return count_of(snapshot_result_names, i, out);
}
const struct schema kept_results_schema = {
    .name = "KeptResults", .help = "How attempts of pushes have ended.", .row = result_count};

static const struct schema_member fault_members[] = {
    {"rule", TYPE_OBJECT, .help = "as it was given", .of = &fault_rule_schema},
    {"id", TYPE_NUMBER, OPTIONAL, .help = "its number", .least = 1, .greatest = INT32_MAX},
    {"matched", TYPE_NUMBER, RISING, .help = "requests so far"},
    {"applied", TYPE_NUMBER, RISING, .help = "of these, those that it has made go wrong"},
    {"sloppy", TYPE_FLAG, OPTIONAL, .help = "it is of the ready set"},
};
const struct schema kept_fault_schema =
    SCHEMA("KeptFault", "A rule of faults, and what it has done.", fault_members);

/* ---- queues ---- */

static const struct schema_member tag_members[] = {
    {"key", TYPE_TEXT, .least = 1, .greatest = 1024},
    {"value", TYPE_TEXT, OPTIONAL, .greatest = 1024},
};
const struct schema kept_tag_schema = SCHEMA("KeptTag", "A tag of a resource.", tag_members);

static const struct row policy_rows[] = {
    {.member = {"queue", TYPE_NAME, .help = "where dead letters go"}},
    PARAMETER(MAX_RECEIVES),
    PARAMETER(MAX_AGE),
};
static bool policy_member(size_t i, struct schema_member *out)
{
    return row_of(policy_rows, COUNT(policy_rows), i, out);
}
const struct schema kept_policy_schema = {
    .name = "KeptDeadLetterPolicy",
    .help = "After so many receives, or at such an age: one of both.",
    .row = policy_member};

/* By enum message_state. */
static const char *const state_words[] = {"delayed", "active", "inactive", "deleted", NULL};
static const struct schema_member message_members[] = {
    {"msgId", TYPE_ID, OPTIONAL},
    {"state", TYPE_WORD, OPTIONAL, .help = "active if not given", .words = state_words},
    BODY_MEMBERS,
    {"enqueueMs", TYPE_MS, OPTIONAL, .help = "when it was sent"},
    {"visibleMs", TYPE_MS, OPTIONAL, .help = "when its delay or visibility timeout ends"},
    {"deadLetterMs", TYPE_MS, OPTIONAL, .help = "of an active one, with eager dead letters"},
    {"firstDequeueMs", TYPE_MS, OPTIONAL},
    {"dequeueCount", TYPE_NUMBER, COUNTED},
    {"doubled", TYPE_FLAG, OPTIONAL, .help = "by a fault, at its last receive"},
    {"receiptHandle", TYPE_ID, OPTIONAL},
    {"receipt", TYPE_NUMBER, RISING, .help = "its place among those that were received"},
    {"turn", TYPE_NUMBER, RISING, .help = "its place among those that are handed out"},
    {"wakeArmed", TYPE_NUMBER, RISING, .help = "what is due at one instant fires by these"},
    {"expiryArmed", TYPE_NUMBER, RISING, .help = "likewise"},
};
const struct schema kept_message_schema =
    SCHEMA("KeptMessage", "A message of a queue.", message_members);

static const struct row queue_rows[] = {
    {.member = {.name = "queueName", .type = TYPE_NAME}},
    {.member = {"queueId", TYPE_TEXT, OPTIONAL, .least = 1, .greatest = RESOURCE_ID_SIZE - 1}},
    PARAMETER(MAX_HEAP),
    PARAMETER(POLLING_WAIT),
    PARAMETER(VISIBILITY),
    PARAMETER(MAX_MSG_SIZE),
    PARAMETER(RETENTION),
    PARAMETER(REWIND),
    {.member = {"deadLetter", TYPE_OBJECT, OPTIONAL, .of = &kept_policy_schema}},
    {.member = {"tdmq", TYPE_FLAG, OPTIONAL, .help = "it is one of TDMQ"}},
    {.member = {"trace", TYPE_FLAG, OPTIONAL}},
    PARAMETER(RETENTION_SIZE),
    {.member = {"tags", TYPE_OBJECT, LIST, .of = &kept_tag_schema,
                .greatest = RESOURCE_TAGS_MAX}},
    {.member = {"createdMs", TYPE_MS, OPTIONAL}},
    {.member = {"modifiedMs", TYPE_MS, OPTIONAL}},
    {.member = {"serial", TYPE_NUMBER, RISING, .help = "above that of the one before it"}},
    {.member = {"lastTurn", TYPE_NUMBER, RISING, .help = "of its messages"}},
    {.member = {"lastReceipt", TYPE_NUMBER, RISING, .help = "of its messages"}},
    {.member = {"sent", TYPE_NUMBER, COUNTED, .help = "in the present second"}},
    {.member = {"received", TYPE_NUMBER, COUNTED, .help = "likewise"}},
    {.member = {"deletes", TYPE_NUMBER, COUNTED, .help = "likewise"}},
    {.member = {"messages", TYPE_OBJECT, LIST, .help = "in the order of their sending",
                .of = &kept_message_schema}},
};
static bool queue_member(size_t i, struct schema_member *out)
{
    return row_of(queue_rows, COUNT(queue_rows), i, out);
}
const struct schema kept_queue_schema = {.name = "KeptQueue",
                                         .help = "A queue with its messages, which come last.",
                                         .row = queue_member};

/* ---- topics ---- */

static const struct row subscription_rows[] = {
    {.member = {.name = "subscriptionName", .type = TYPE_NAME}},
    {.member = {"subscriptionId", TYPE_TEXT, OPTIONAL, .least = 1,
                .greatest = RESOURCE_ID_SIZE - 1}},
    PARAMETER(PROTOCOL),
    {.member = {"endpoint", TYPE_TEXT, .help = "as the protocol says", .least = 1,
                .greatest = ENDPOINT_LENGTH_MAX}},
    PARAMETER(NOTIFY_STRATEGY),
    PARAMETER(NOTIFY_FORMAT),
    PARAMETER(FILTER_TAGS),
    PARAMETER(BINDING_KEYS),
    {.member = {"createdMs", TYPE_MS, OPTIONAL}},
    {.member = {"modifiedMs", TYPE_MS, OPTIONAL}},
    {.member = {"serial", TYPE_NUMBER, RISING, .help = "above that of the one before it"}},
};
static bool subscription_member(size_t i, struct schema_member *out)
{
    return row_of(subscription_rows, COUNT(subscription_rows), i, out);
}
const struct schema kept_subscription_schema = {
    .name = "KeptSubscription", .help = "A subscription.", .row = subscription_member};

static const struct schema_member delivery_members[] = {
    {"subscription", TYPE_NAME, .help = "of the topic"},
    {"attempts", TYPE_NUMBER, OPTIONAL, .help = "so far", .greatest = 1000},
    {"putOff", TYPE_NUMBER, OPTIONAL,
     .help = "the rule of faults that has delayed the next one", .least = 1,
     .greatest = INT32_MAX},
    {"nextMs", TYPE_MS, OPTIONAL, .help = "when the next attempt is due"},
    {"nextArmed", TYPE_NUMBER, RISING, .help = "what is due at one instant fires by these"},
    {"lastStatus", TYPE_NUMBER, OPTIONAL, .help = "what the last attempt got", .greatest = 999},
    {"lastRefusal", TYPE_TEXT, OPTIONAL, .help = "of a queue: the name of an error", .least = 1,
     .greatest = 64},
    {"lastError", TYPE_TEXT, OPTIONAL, .help = "of a transfer", .least = 1, .greatest = 256},
};
const struct schema kept_delivery_schema =
    SCHEMA("KeptDelivery", "What is left to be done for one subscription.", delivery_members);

static const struct schema_member publication_members[] = {
    {"msgId", TYPE_ID, OPTIONAL},
    BODY_MEMBERS,
    {"publishedMs", TYPE_MS, OPTIONAL},
    {"msgTag", TYPE_TEXT, OPTIONAL, .help = "its tags, joined", .least = 1, .greatest = 4096},
    {"expiryArmed", TYPE_NUMBER, RISING, .help = "what is due at one instant fires by these"},
    {"subscribers", TYPE_NUMBER, OPTIONAL, .help = "how many took it", .least = 1,
     .greatest = 1000000},
    {"deliveries", TYPE_OBJECT, .flags = MEMBER_LIST, .help = "those that are pending",
     .of = &kept_delivery_schema, .least = 1, .greatest = 1000000},
};
const struct schema kept_publication_schema = SCHEMA(
    "KeptPublication", "A message of a topic; its deliveries come last.", publication_members);

static const struct row topic_rows[] = {
    {.member = {.name = "topicName", .type = TYPE_NAME}},
    {.member = {"topicId", TYPE_TEXT, OPTIONAL, .least = 1, .greatest = RESOURCE_ID_SIZE - 1}},
    {.member = {"filterType", TYPE_NUMBER, OPTIONAL, .help = "1: by tags; 2: by keys",
                .least = FILTER_BY_TAG, .greatest = FILTER_BY_KEY}},
    PARAMETER(MAX_MSG_SIZE),
    PARAMETER(TOPIC_RETENTION),
    {.member = {"trace", TYPE_FLAG, OPTIONAL}},
    {.member = {"tdmq", TYPE_FLAG, OPTIONAL, .help = "it is one of TDMQ"}},
    {.member = {"tags", TYPE_OBJECT, LIST, .of = &kept_tag_schema,
                .greatest = RESOURCE_TAGS_MAX}},
    {.member = {"createdMs", TYPE_MS, OPTIONAL}},
    {.member = {"modifiedMs", TYPE_MS, OPTIONAL}},
    {.member = {"serial", TYPE_NUMBER, RISING, .help = "above that of the one before it"}},
    {.member = {"published", TYPE_NUMBER, COUNTED, .help = "in the present second"}},
    {.member = {"subscriptions", TYPE_OBJECT, LIST, .of = &kept_subscription_schema}},
    {.member = {"messages", TYPE_OBJECT, LIST, .help = "in the order of their publishing",
                .of = &kept_publication_schema}},
};
static bool topic_member(size_t i, struct schema_member *out)
{
    return row_of(topic_rows, COUNT(topic_rows), i, out);
}
const struct schema kept_topic_schema = {
    .name = "KeptTopic",
    .help = "A topic; subscriptions, and then messages, come last.",
    .row = topic_member};

/* ---- names, the whole ---- */

static const struct schema_member name_members[] = {
    {"queue", TYPE_NAME, OPTIONAL, .help = "one of both"},
    {"topic", TYPE_NAME, OPTIONAL, .help = "one of both"},
    {"freeMs", TYPE_MS, OPTIONAL, .help = "until when it cools down"},
    {"freeArmed", TYPE_NUMBER, RISING, .help = "what is due at one instant fires by these"},
};
const struct schema kept_name_schema =
    SCHEMA("KeptName", "A name that cools down.", name_members);

static const struct schema_member document_members[] = {
    {"format", TYPE_WORD, OPTIONAL, .help = "of the document", .words = formats},
    {"name", TYPE_NAME, OPTIONAL, .help = "of the snapshot"},
    {"clock", TYPE_OBJECT, OPTIONAL, .of = &kept_clock_schema},
    {"seed", TYPE_TEXT, OPTIONAL, .help = "of its ids, a whole number", .least = 1,
     .greatest = 20},
    {"uin", TYPE_NUMBER, OPTIONAL, .help = "the account that its queues and topics belong to",
     .least = 1, .greatest = ACCOUNT_NUMBER_MAX},
    {"appId", TYPE_NUMBER, OPTIONAL, .help = "the application of that account", .least = 1,
     .greatest = ACCOUNT_NUMBER_MAX},
    {"limits", TYPE_OBJECT, OPTIONAL, .of = &limits_schema},
    {"ids", TYPE_OBJECT, OPTIONAL, .of = &kept_ids_schema},
    {"lastSerial", TYPE_NUMBER, RISING, .help = "of queues, topics and subscriptions"},
    {"controlCalls", TYPE_NUMBER, COUNTED, .help = "in the present second"},
    {"fired", TYPE_OBJECT, OPTIONAL, .of = &kept_events_schema},
    {"pushed", TYPE_OBJECT, OPTIONAL, .of = &kept_results_schema},
    {"faultSeed", TYPE_TEXT, OPTIONAL, .help = "of chance in rules; the seed if not given",
     .least = 1, .greatest = 20},
    {"lastFault", TYPE_NUMBER, OPTIONAL, .help = "the last id of a rule",
     .greatest = INT32_MAX},
    {"faults", TYPE_OBJECT, LIST, .help = "rules; after all that is above",
     .of = &kept_fault_schema, .greatest = FAULTS_MAX},
    {"queues", TYPE_OBJECT, LIST, .help = "after faults", .of = &kept_queue_schema},
    {"topics", TYPE_OBJECT, LIST, .help = "after queues", .of = &kept_topic_schema},
    {"names", TYPE_OBJECT, LIST, .help = "after topics", .of = &kept_name_schema},
};
const struct schema snapshot_document_schema =
    SCHEMA("SnapshotDocument", "A snapshot in full, to be read and edited.", document_members);
