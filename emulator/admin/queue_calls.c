/* Looking at queues and their messages without consuming them, and purging (admin 9.1, 9.2). */
#include "admin/handling.h"

#include "admin/listing.h"
#include "admin/message.h"
#include "admin/resources.h"
#include "base/json.h"

/* ---- queues ---- */

static const struct schema_member counts_members[] = {
    {"delayed", TYPE_NUMBER, .help = "that are to become active"},
    {"active", TYPE_NUMBER, .help = "that can be received"},
    {"inactive", TYPE_NUMBER, .help = "that have been received"},
    {"deleted", TYPE_NUMBER, .help = "that can still be rewound to"},
};
static const struct schema counts_schema =
    SCHEMA("Counts", "How many messages are in each state.", counts_members);
static const struct schema_member queue_members[] = {
    {"queueName", TYPE_NAME, .help = "its name"},
    {"queueId", TYPE_TEXT, .help = "its id"},
    {"attributes", TYPE_OBJECT, .help = "as CMQ calls them", .of = &queue_attributes_schema},
    {"deadLetterQueueName", TYPE_NAME, .flags = MEMBER_OPTIONAL,
     .help = "the queue of which its deadLetterPolicy has the id"},
    {"counts", TYPE_OBJECT, .help = "of messages by state", .of = &counts_schema},
    {"parkedPolls", TYPE_NUMBER, .help = "long polls that wait there"},
};
static const struct schema queue_schema = SCHEMA("Queue", "A queue.", queue_members);

static void write_queue(struct buffer *b, const struct queue *q)
{
    struct attributes attributes;
    attributes_of_queue(&attributes, q);
    json_key_text(b, "queueName", q->name);
    json_key_text(b, "queueId", q->id);
    json_key(b, "attributes");
    json_open(b, '{');
    resource_write_attributes(b, &attributes);
    json_close(b, '}');
    if (q->dead_letter.target != NULL)
        json_key_text(b, "deadLetterQueueName", q->dead_letter.target->name);
    json_key(b, "counts");
    json_open(b, '{');
    for (int s = 0; s < MESSAGE_STATES; s++)
        json_key_int(b, message_state_name((enum message_state)s),
                     (int64_t)queue_count(q, (enum message_state)s));
    json_close(b, '}');
    json_key_int(b, "parkedPolls", (int64_t)q->poll_count);
}

static const struct schema_member queues_members[] = {
    {"", TYPE_INCLUDED, .of = &time_schema},
    {"queues", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &queue_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"total", TYPE_NUMBER, .help = "all there are, or that are asked for"},
};
static const struct schema queues_answer =
    SCHEMA("Queues", "A page of queues.", queues_members);
static const struct argument queues_arguments[] = {
    LISTING_OFFSET, LISTING_LIMIT(LISTING_MOST, "1000"), LISTING_SEARCH};

static bool do_queues(struct handling *h)
{
    struct buffer *b = h->call->answer;
    const struct argument_value *search = &h->values[2];
    int64_t total = search->given ? 0 : (int64_t)engine_queue_count(h->ns->engine);
    struct listing l;
    listing_begin(&l, b, "queues", h->values);
    for (struct queue *q = NULL; search->given || !listing_is_full(&l);) {
        q = engine_next_queue(h->ns->engine, q);
        if (q == NULL)
            break;
        if (!listing_asks_for(search, q->name))
            continue;
        total += search->given;
        if (listing_is_full(&l) || !listing_takes(&l))
            continue;
        json_open(b, '{');
        write_queue(b, q);
        json_close(b, '}');
    }
    listing_end(&l, total);
    json_key_int(b, "total", total);
    write_time(b, h->ns);
    return true;
}

/* The queue that the path names; NULL, with the mistake set, if there is none. */
static struct queue *find_queue(struct handling *h)
{
    struct queue *q = engine_find_queue(h->ns->engine, h->name);
    if (q == NULL)
        mistake_set(&h->call->mistake, STATUS_NOT_FOUND, "no-such-queue", "",
                    "there is no queue %.*s in namespace %s", (int)h->name.len, h->name.data,
                    h->ns->name);
    return q;
}

static const struct argument queue_argument = {"queue", ARGUMENT_NAME,
                                               .help = "the name of a queue"};
static const struct schema_member one_queue_members[] = {
    {"", TYPE_INCLUDED, .of = &queue_schema},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema queue_answer =
    SCHEMA("QueueAnswer", "A queue, at an instant.", one_queue_members);

static bool do_queue(struct handling *h)
{
    struct queue *q = find_queue(h);
    if (q == NULL)
        return false;
    write_queue(h->call->answer, q);
    write_time(h->call->answer, h->ns);
    return true;
}

/* ---- messages ---- */

/* Those of the page that are in this state. */
static void write_state(struct listing *l, struct queue *q, enum message_state state,
                        size_t body_max)
{
    int64_t count = (int64_t)queue_count(q, state);
    int64_t skipped = listing_skip(l, count);
    if (skipped == count)
        return;
    struct message_cursor c = queue_walk_from(q, state, (size_t)skipped);
    for (const struct message *m; !listing_is_full(l) && (m = queue_walk_next(&c)) != NULL;)
        if (listing_takes(l))
            write_queue_message(l->out, m, body_max);
}

/* Both in the order in which messages are listed. */
static const char *const state_words[] = {"active", "inactive", "delayed", "deleted", NULL};
static const enum message_state states[] = {MESSAGE_ACTIVE, MESSAGE_INACTIVE, MESSAGE_DELAYED,
                                            MESSAGE_DELETED};
_Static_assert(COUNT(states) == MESSAGE_STATES, "every state is listed");

static const struct schema_member messages_members[] = {
    {"queueName", TYPE_NAME, .help = "its name"},
    {"messages", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &message_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"total", TYPE_NUMBER, .help = "all there are, in the state that is asked for"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema messages_answer =
    SCHEMA("Messages", "A page of a queue's messages.", messages_members);
static const struct argument messages_arguments[] = {
    {"state", ARGUMENT_WORD, .words = state_words, .help = "only those in this state"},
    LISTING_OFFSET,
    LISTING_LIMIT(10000, "100"),
    LISTING_CUT,
};

static bool do_messages(struct handling *h)
{
    struct buffer *b = h->call->answer;
    struct queue *q = find_queue(h);
    struct listing l;
    int64_t total = 0;
    if (q == NULL)
        return false;
    json_key_text(b, "queueName", q->name);
    listing_begin(&l, b, "messages", h->values + 1);
    for (size_t i = 0; i < COUNT(states); i++) {
        if (h->values[0].given && h->values[0].word != i)
            continue;
        write_state(&l, q, states[i], listing_body_max(&h->values[3]));
        total += (int64_t)queue_count(q, states[i]);
    }
    listing_end(&l, total);
    json_key_int(b, "total", total);
    write_time(b, h->ns);
    return true;
}

static const struct schema_member purged_members[] = {
    {"queueName", TYPE_NAME, .help = "its name"},
    {"purged", TYPE_NUMBER, .help = "how many messages it had"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema purged_answer =
    SCHEMA("PurgedQueue", "A queue that was emptied.", purged_members);

static bool do_purge(struct handling *h)
{
    struct buffer *b = h->call->answer;
    struct queue *q = find_queue(h);
    if (q == NULL)
        return false;
    size_t purged = q->delayed.count + q->unconsumed.count + q->deleted.count;
    engine_purge_queue(h->ns->engine, q);
    json_key_text(b, "queueName", q->name);
    json_key_int(b, "purged", (int64_t)purged);
    write_time(b, h->ns);
    return true;
}

/* clang-format off */
const struct route queue_routes[] = {
    { "GET",    "/_emulator/queues",            queues_arguments,   COUNT(queues_arguments),   0, do_queues, "lists queues with their counts", .answer = &queues_answer },
    { "GET",    "/_emulator/queues/*",          NULL,               0,                         0, do_queue, "shows a queue", .answer = &queue_answer, .mistakes = {"no-such-queue"}, .named = &queue_argument },
    { "GET",    "/_emulator/queues/*/messages", messages_arguments, COUNT(messages_arguments), 0, do_messages, "shows messages without consuming them", .answer = &messages_answer, .mistakes = {"no-such-queue"}, .named = &queue_argument },
    { "DELETE", "/_emulator/queues/*/messages", NULL,               0,                         0, do_purge, "empties a queue", .answer = &purged_answer, .mistakes = {"no-such-queue"}, .named = &queue_argument },
    { .method = NULL },
};
/* clang-format on */
