/* The life of a message (admin 13).
 *
 * What is known of it is found at once. If nothing is, it may still be there: its events have been
 * forgotten. Then it is searched for, which may take longer than one turn. A message that is found is
 * followed from then on, so answer_life() finds it as any other. */
#include "admin/handling.h"

#include "admin/listing.h"
#include "admin/message.h"
#include "base/instant.h"
#include "base/json.h"
#include "namespace/pattern.h"

/* ---- what is said of an event ---- */

static const struct schema_member origin_members[] = {
    {"msgId", TYPE_ID, .help = "of the message that was published"},
    {"topic", TYPE_NAME, .help = "where"},
    {"subscription", TYPE_NAME, .help = "by which it came"},
};
static const struct schema origin_schema =
    SCHEMA("Origin", "What a message of a queue is a copy of.", origin_members);
static const struct schema_member copy_members[] = {
    {"queue", TYPE_NAME, .help = "where it went"},
    {"msgId", TYPE_ID, .help = "its id there"},
};
static const struct schema copy_schema =
    SCHEMA("Copy", "Where a message went, and what it is there.", copy_members);
static const struct schema_member life_event_members[] = {
    {"atMs", TYPE_MS, .help = "when it happened"},
    {"at", TYPE_TIME, .help = "the same, for people"},
    {"what", TYPE_WORD,
     .choices =
         "sent|delayed|available|received|returned|deleted|rewound|dead-lettered|duplicated|"
         "published|pushed|delivered|expired|purged"},
    {"request", TYPE_NUMBER, .flags = MEMBER_OR_NULL,
     .help = "the number in the journal of the call, or the push, that did it"},
    {"queue", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "where it happened"},
    {"topic", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "where it happened"},
    {"subscription", TYPE_NAME, .flags = MEMBER_OPTIONAL,
     .help = "to which it was pushed or delivered, or which has gone"},
    {"visibleMs", TYPE_MS, .flags = MEMBER_OPTIONAL,
     .help = "when it is to be active: delayed, received"},
    {"receiptHandle", TYPE_ID, .flags = MEMBER_OPTIONAL, .help = "received"},
    {"rewindable", TYPE_FLAG, .flags = MEMBER_OPTIONAL,
     .help = "deleted: whether it is kept for a rewind"},
    {"from", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .help = "sent, as a copy",
     .of = &origin_schema},
    {"to", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .help = "dead-lettered, delivered",
     .of = &copy_schema},
    {"attempt", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "pushed, delivered: counted from 1"},
    {"outcome", TYPE_WORD, .flags = MEMBER_OPTIONAL, .choices = "delivered|failed|dropped",
     .help = "pushed"},
    {"error", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "pushed: why it was not delivered"},
};
static const struct schema life_event_schema =
    SCHEMA("LifeEvent", "Something that happened to a message.", life_event_members);

static void write_text(struct buffer *b, const char *key, const struct life_event *e,
                       enum life_text which)
{
    struct bytes text = life_event_text(e, which);
    if (text.len > 0)
        json_key_string(b, key, text);
}

static void write_origin(struct buffer *b, const struct life_event *e)
{
    json_key(b, "from");
    json_open(b, '{');
    json_key_id(b, "msgId", e->other_id);
    write_text(b, "topic", e, LIFE_OTHER);
    write_text(b, "subscription", e, LIFE_SUBSCRIPTION);
    json_close(b, '}');
}

static void write_copy(struct buffer *b, const struct life_event *e)
{
    json_open(b, '{');
    write_text(b, "queue", e, LIFE_OTHER);
    json_key_id(b, "msgId", e->what == HAPPENED_DELIVERED ? e->other_id : life_event_id(e));
    json_close(b, '}');
}

static void write_attempt(const struct admin_call *c, const struct life_event *e)
{
    json_key_int(c->answer, "attempt", e->attempt);
    if (e->what == HAPPENED_DELIVERED)
        return;
    json_key_text(c->answer, "outcome", push_result_name(e->result));
    write_push_error(c->answer, "error", &e->outcome, c->name_error);
}

static void write_flag(struct buffer *b, const char *key, bool flag)
{
    json_key(b, key);
    json_literal(b, flag ? "true" : "false");
}

/* Members that not all events have. */
static void write_details(const struct admin_call *c, const struct life_event *e)
{
    struct buffer *b = c->answer;
    bool is_copy = e->what == HAPPENED_SENT && e->other_id != 0;
    if (is_copy)
        write_origin(b, e);
    else
        write_text(b, "subscription", e, LIFE_SUBSCRIPTION);
    if (e->what == HAPPENED_DELAYED || e->what == HAPPENED_RECEIVED)
        json_key_int(b, "visibleMs", e->visible_ms);
    if (e->what == HAPPENED_RECEIVED)
        json_key_id(b, "receiptHandle", e->handle);
    if (e->what == HAPPENED_DELETED)
        write_flag(b, "rewindable", !e->is_last);
    if (e->what == HAPPENED_PUSHED || e->what == HAPPENED_DELIVERED)
        write_attempt(c, e);
    if (e->what == HAPPENED_DEAD_LETTERED || e->what == HAPPENED_DELIVERED) {
        json_key(b, "to");
        write_copy(b, e);
    }
}

static void write_event(const struct admin_call *c, const struct life_event *e)
{
    struct buffer *b = c->answer;
    char at[INSTANT_TEXT_SIZE];
    instant_format(e->at_ms, at);
    json_open(b, '{');
    json_key_int(b, "atMs", e->at_ms);
    json_key_text(b, "at", at);
    json_key_text(b, "what", happening_name(e->what));
    json_key(b, "request");
    if (e->request != 0)
        json_int(b, (int64_t)e->request);
    else
        json_literal(b, "null");
    write_text(b, e->of_topic ? "topic" : "queue", e, LIFE_PLACE);
    write_details(c, e);
    json_close(b, '}');
}

/* ---- the whole ---- */

static const struct schema_member publication_members[] = {
    {"publishMs", TYPE_MS, .help = "when it was published"},
    {"expireMs", TYPE_MS, .help = "when it will be dropped"},
    {"pending", TYPE_NUMBER, .help = "deliveries that have not ended"},
};
static const struct schema publication_schema =
    SCHEMA("Publication", "A message of a topic, on its way.", publication_members);
static const struct schema_member life_members[] = {
    {"msgId", TYPE_ID, .help = "its id"},
    {"queue", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "where it is, or was at last"},
    {"topic", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "where it was published"},
    {"state", TYPE_WORD, .choices = "active|inactive|delayed|deleted|pending|gone"},
    {"message", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .help = "as it is, in a queue",
     .of = &message_schema},
    {"publication", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .help = "as it is, in a topic",
     .of = &publication_schema},
    {"complete", TYPE_FLAG, .help = "whether its first events are still known"},
    {"from", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .help = "what it is a copy of",
     .of = &origin_schema},
    {"copies", TYPE_OBJECT, .flags = MEMBER_LIST, .help = "in queues, of what was published",
     .of = &copy_schema},
    {"events", TYPE_OBJECT, .flags = MEMBER_LIST, .help = "in their order",
     .of = &life_event_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"total", TYPE_NUMBER, .help = "events that are known of it"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema life_answer =
    SCHEMA("Life", "What has happened to a message.", life_members);

/* A life as far as it is looked at. */
struct life {
    const struct life_event *first; /* NULL: nothing has happened since it was found */
    const struct life_event *last;
    int64_t total;
};

static struct life life_of(const struct life_event *last)
{
    struct life l = {.first = last, .last = last, .total = 1};
    while (l.first->older != NULL && l.total < LIFE_LOOKS_MAX) {
        l.first = l.first->older;
        l.total++;
    }
    if (l.first->what == LIFE_FOUND) {
        l.first = l.first->newer;
        l.total--;
    }
    return l;
}

static bool is_birth(const struct life_event *e)
{
    return e != NULL && (e->what == HAPPENED_SENT || e->what == HAPPENED_PUBLISHED);
}

static void write_publication(struct buffer *b, const struct publication *p)
{
    json_open(b, '{');
    json_key_int(b, "publishMs", p->published_ms);
    json_key_int(b, "expireMs", p->expiry.node.due_ms);
    json_key_int(b, "pending", (int64_t)p->pending_count);
    json_close(b, '}');
}

/* By its last event, and by the message itself if that is still there. */
static void write_present(struct buffer *b, const struct life_event *last, size_t body_max)
{
    json_key_id(b, "msgId", life_event_id(last));
    if (last->of_topic || last->is_last)
        write_text(b, last->of_topic ? "topic" : "queue", last, LIFE_PLACE);
    else
        json_key_text(b, "queue", last->message->queue->name);
    if (last->is_last) {
        json_key_text(b, "state", "gone");
    } else if (last->of_topic) {
        json_key_text(b, "state", "pending");
        json_key(b, "publication");
        write_publication(b, last->publication);
    } else {
        json_key_text(b, "state", message_state_name(last->message->state));
        json_key(b, "message");
        write_queue_message(b, last->message, body_max);
    }
}

static void write_copies(struct buffer *b, const struct life *l)
{
    json_key(b, "copies");
    json_open(b, '[');
    for (const struct life_event *e = l->first; e != NULL; e = e->newer)
        if (e->what == HAPPENED_DELIVERED)
            write_copy(b, e);
    json_close(b, ']');
}

static void write_events(struct admin_call *c, const struct life *l,
                         const struct argument_value page[2])
{
    struct listing list;
    listing_begin(&list, c->answer, "events", page);
    for (const struct life_event *e = l->first; e != NULL && !listing_is_full(&list);
         e = e->newer)
        if (listing_takes(&list))
            write_event(c, e);
    listing_end(&list, l->total);
    json_key_int(c->answer, "total", l->total);
}

/* values: the page, and how much is shown of the body. */
static void write_life(struct admin_call *c, const struct life_event *last,
                       const struct argument_value values[3])
{
    struct life l = life_of(last);
    struct buffer *b = c->answer;
    write_present(b, last, listing_body_max(&values[2]));
    write_flag(b, "complete", is_birth(l.first));
    if (is_birth(l.first) && l.first->other_id != 0)
        write_origin(b, l.first);
    write_copies(b, &l);
    write_events(c, &l, values);
    write_time(b, c->namespace);
}

/* ---- the call ---- */

static const struct argument life_arguments[] = {
    LISTING_OFFSET, LISTING_LIMIT(LIFE_LOOKS_MAX, "1000"), LISTING_CUT};
enum { ID_TEXT_MAX = 32 };
static const struct argument id_argument = {"msgId", ARGUMENT_MSG_ID, .min = 1,
                                            .max = ID_TEXT_MAX,
                                            .help = "the id of a message, of any API"};

static bool read_id(struct bytes text, uint64_t *id, struct mistake *m)
{
    return pattern_read_id(text, id) ||
           MISTAKE_INVALID(m, "msgId", "%.*s is no id of a message", (int)text.len, text.data);
}

static bool no_such_message(struct admin_call *c)
{
    return mistake_set(&c->mistake, STATUS_NOT_FOUND, "no-such-message", "",
                       "there is no message %.*s in namespace %s, and nothing is known of one",
                       (int)c->name.len, c->name.data, c->namespace->name);
}

/* What the search has found, which is the whole of the life then. */
static bool answer_found(struct admin_call *c)
{
    static const struct argument_value values[3] = {{.number = 0}, {.number = 1}};
    uint64_t id;
    if (!read_id(c->name, &id, &c->mistake))
        return false;
    const struct life_event *last = lives_find(&c->namespace->lives, id);
    if (last == NULL && c->namespace->has_found)
        return mistake_no_memory(&c->mistake, "to follow the message");
    if (last == NULL)
        return no_such_message(c);
    write_life(c, last, values);
    return true;
}

static bool do_life(struct handling *h)
{
    struct admin_call *c = h->call;
    uint64_t id;
    if (!read_id(h->name, &id, &c->mistake))
        return false;
    if (!has_journal(h, ""))
        return false;
    const struct life_event *last = lives_find(&h->ns->lives, id);
    if (last != NULL) {
        write_life(c, last, h->values);
        return true;
    }
    c->rest = answer_found;
    if (namespace_search(h->ns, id))
        return answer_found(c);
    c->result = ADMIN_PUT_OFF;
    return true;
}

/* clang-format off */
const struct route message_routes[] = {
    { "GET", "/_emulator/messages/*", life_arguments, COUNT(life_arguments), 0, do_life, "shows what has happened to a message", .answer = &life_answer, .mistakes = {"no-such-message", "no-journal"}, .named = &id_argument },
    { .method = NULL },
};
/* clang-format on */
