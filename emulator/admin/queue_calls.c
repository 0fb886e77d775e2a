/* Looking at queues and their messages without consuming them, and purging (admin 9.1, 9.2). */
#include "admin/handling.h"

#include "admin/resources.h"
#include "base/json.h"

/* ---- queues ---- */

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
    json_key(b, "counts");
    json_open(b, '{');
    for (int s = 0; s < MESSAGE_STATES; s++)
        json_key_int(b, message_state_name((enum message_state)s),
                     (int64_t)queue_count(q, (enum message_state)s));
    json_close(b, '}');
    json_key_int(b, "parkedPolls", (int64_t)q->poll_count);
}

static bool do_queues(struct handling *h)
{
    struct buffer *b = h->call->answer;
    int64_t total = 0;
    json_key(b, "queues");
    json_open(b, '[');
    for (struct queue *q = NULL; (q = engine_next_queue(h->ns->engine, q)) != NULL; total++) {
        json_open(b, '{');
        write_queue(b, q);
        json_close(b, '}');
    }
    json_close(b, ']');
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

static void write_message(struct buffer *b, const struct message *m)
{
    bool waits = m->state == MESSAGE_DELAYED || m->state == MESSAGE_INACTIVE;
    json_open(b, '{');
    json_key_id(b, "msgId", m->id);
    json_key_text(b, "state", message_state_name(m->state));
    write_body(b, "msgBody", "msgBodyBase64", message_body(m), message_blob(m));
    json_key_int(b, "enqueueMs", m->sent_ms);
    write_ms_or_null(b, "firstDequeueMs", m->dequeue_count > 0, m->first_dequeue_ms);
    write_ms_or_null(b, "visibleMs", waits, m->wake.node.due_ms);
    json_key_int(b, "expireMs", m->expiry.node.due_ms);
    json_key_int(b, "dequeueCount", m->dequeue_count);
    if (m->handle != 0) {
        json_key_id(b, "receiptHandle", m->handle);
    } else {
        json_key(b, "receiptHandle");
        json_literal(b, "null");
    }
    json_close(b, '}');
}

/* One page of the messages in the states asked for; offset and limit are what is left of
 * them. */
struct message_page {
    int64_t offset, limit, total;
};

static void write_state(struct buffer *b, const struct queue *q, enum message_state state,
                        struct message_page *p)
{
    struct message_cursor c = queue_walk(q, state);
    int64_t count = (int64_t)queue_count(q, state);
    p->total += count;
    if (p->offset >= count) {
        p->offset -= count;
        return;
    }
    for (const struct message *m; p->limit > 0 && (m = queue_walk_next(&c)) != NULL;) {
        if (p->offset > 0) {
            p->offset--;
            continue;
        }
        write_message(b, m);
        p->limit--;
    }
    p->offset = 0;
}

/* Both in the order in which messages are listed. */
static const char *const state_words[] = {"active", "inactive", "delayed", "deleted", NULL};
static const enum message_state states[] = {MESSAGE_ACTIVE, MESSAGE_INACTIVE, MESSAGE_DELAYED,
                                            MESSAGE_DELETED};
_Static_assert(COUNT(states) == MESSAGE_STATES, "every state is listed");

static const struct argument messages_arguments[] = {
    {"state", ARGUMENT_WORD, state_words, 0, 0},
    {"offset", ARGUMENT_NUMBER, NULL, 0, INT32_MAX},
    {"limit", ARGUMENT_NUMBER, NULL, 0, 10000},
};

static bool do_messages(struct handling *h)
{
    enum { LIMIT = 100 };
    struct buffer *b = h->call->answer;
    struct queue *q = find_queue(h);
    struct message_page p = {.offset = h->values[1].given ? h->values[1].number : 0,
                             .limit = h->values[2].given ? h->values[2].number : LIMIT};
    if (q == NULL)
        return false;
    json_key_text(b, "queueName", q->name);
    json_key(b, "messages");
    json_open(b, '[');
    for (size_t i = 0; i < COUNT(states); i++)
        if (!h->values[0].given || h->values[0].word == i)
            write_state(b, q, states[i], &p);
    json_close(b, ']');
    json_key_int(b, "total", p.total);
    write_time(b, h->ns);
    return true;
}

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
    { "GET",    "/_emulator/queues",            NULL,               0,                         0, do_queues, "lists queues with their counts" },
    { "GET",    "/_emulator/queues/*",          NULL,               0,                         0, do_queue, "shows a queue" },
    { "GET",    "/_emulator/queues/*/messages", messages_arguments, COUNT(messages_arguments), 0, do_messages, "shows messages without consuming them" },
    { "DELETE", "/_emulator/queues/*/messages", NULL,               0,                         0, do_purge, "empties a queue" },
    { NULL,     NULL,                           NULL,               0,                         0, NULL, NULL },
};
/* clang-format on */
