#include "admin/entries.h"

#include "admin/answer.h"
#include "admin/where.h"
#include "base/instant.h"
#include "base/json.h"

#include <stdlib.h>

static const struct schema_member client_members[] = {
    {"address", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "with its port"},
    {"requestClient", TYPE_TEXT, .flags = MEMBER_OPTIONAL,
     .help = "what it calls itself in RequestClient"},
    {"userAgent", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "of HTTP"},
};
static const struct schema client_schema =
    SCHEMA("Client", "Who made a call, as far as that is known.", client_members);
static const struct schema_member entry_members[] = {
    {"number", TYPE_NUMBER, .help = "from 1, in the order of the answers"},
    {"atMs", TYPE_MS, .help = "when it was answered"},
    {"at", TYPE_TIME, .help = "the same"},
    {"realMs", TYPE_MS, .help = "the same by the wall clock"},
    {"api", TYPE_TEXT, .help = "v2, cmq, tdmq, push, or - for an unknown version of API 3.0"},
    {"action", TYPE_TEXT, .flags = MEMBER_OPTIONAL,
     .help = "as it was given if it is unknown; of a push, none"},
    {"queue", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "the name that it gave"},
    {"topic", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "likewise"},
    {"subscription", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "likewise"},
    {"arguments", TYPE_ANY, .flags = MEMBER_OPTIONAL,
     .help = "all parameters but for secrets, as they were given"},
    {"cut", TYPE_NUMBERS, .flags = MEMBER_OPTIONAL,
     .help = "of values that are cut, the bytes that they had"},
    {"argumentsLeftOut", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "how many are not shown"},
    {"code", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .help = "as it was answered",
     .of = &code_schema},
    {"message", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "as it was answered"},
    {"msgIds", TYPE_ID, .flags = MEMBER_OPTIONAL | MEMBER_LIST,
     .help = "messages that it sent, received, deleted or published"},
    {"client", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .of = &client_schema},
    {"tookUs", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "microseconds until its answer left"},
    {"warnings", TYPE_TEXT, .flags = MEMBER_OPTIONAL | MEMBER_LIST,
     .help = "what was odd about it"},
    {"faults", TYPE_NUMBER, .flags = MEMBER_LIST, .help = "rules of faults that acted on it"},
    {"dropped", TYPE_FLAG, .flags = MEMBER_OPTIONAL,
     .help = "its connection was closed on purpose"},
    {"hungUp", TYPE_FLAG, .flags = MEMBER_OPTIONAL,
     .help = "its client went before the answer"},
    {"msgId", TYPE_ID, .flags = MEMBER_OPTIONAL, .help = "of a push: what it delivers"},
    {"copyId", TYPE_ID, .flags = MEMBER_OPTIONAL,
     .help = "of a push to a queue: its message there"},
    {"attempt", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "of a push: from 1"},
    {"endpoint", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "of a push"},
    {"outcome", TYPE_WORD, .flags = MEMBER_OPTIONAL, .help = "of a push",
     .choices = "delivered|failed|dropped"},
    {"status", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "of a push: of HTTP"},
    {"error", TYPE_TEXT, .flags = MEMBER_OPTIONAL,
     .help = "of a push: why it was not delivered"},
};
const struct schema entry_schema = SCHEMA(
    "JournalEntry", "A call of CMQ with its answer, or an attempt of a push.", entry_members);
static const struct schema_member page_members[] = {
    {"entries", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &entry_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "there are more: give this for after"},
    {"total", TYPE_NUMBER, .help = "all that fit"},
    {"last", TYPE_NUMBER, .help = "the last number that was given"},
};
const struct schema entries_schema = SCHEMA(
    "JournalEntries", "Entries of the journal in the order of their numbers.", page_members);

static void write_given(struct buffer *b, const char *key, struct bytes text)
{
    if (text.len > 0)
        json_key_string(b, key, text);
}

static void write_text(struct buffer *b, const struct journal_entry *e, const char *key,
                       enum journal_text which)
{
    write_given(b, key, journal_text(e, which));
}

/* Each ended by '\n'. */
static void write_lines(struct buffer *b, const char *key, struct bytes lines)
{
    json_key(b, key);
    json_open(b, '[');
    while (lines.len > 0) {
        const char *end = memchr(lines.data, '\n', lines.len);
        size_t len = end != NULL ? (size_t)(end - lines.data) : lines.len;
        json_string(b, (struct bytes){lines.data, len});
        lines = bytes_behind(lines, end != NULL ? len + 1 : len);
    }
    json_close(b, ']');
}

/* ---- arguments ---- */

/* Of several with one name the last counts for the call, and is shown. */
static bool is_repeated(const struct journal_entry *e, struct journal_cursor behind,
                        struct bytes name)
{
    struct journal_argument a;
    while (journal_next_argument(e, &behind, &a))
        if (bytes_equal(a.name, name))
            return true;
    return false;
}

static void write_pairs(struct buffer *b, const struct journal_entry *e)
{
    struct journal_cursor at = {0, NULL};
    struct journal_argument a;
    json_open(b, '{');
    while (journal_next_argument(e, &at, &a)) {
        if (is_repeated(e, at, a.name))
            continue;
        json_string(b, a.name);
        buffer_append_char(b, ':');
        json_string(b, a.value);
    }
    json_close(b, '}');
}

/* How long they were. */
static void write_cut(struct buffer *b, const struct journal_entry *e)
{
    struct journal_cursor at = {0, NULL};
    struct journal_argument a;
    bool open = false;
    while (journal_next_argument(e, &at, &a)) {
        if (a.value_length == a.value.len || is_repeated(e, at, a.name))
            continue;
        if (!open) {
            json_key(b, "cut");
            json_open(b, '{');
        }
        open = true;
        json_string(b, a.name);
        buffer_append_char(b, ':');
        json_int(b, (int64_t)a.value_length);
    }
    if (open)
        json_close(b, '}');
}

static void write_arguments(struct buffer *b, const struct journal_entry *e)
{
    struct bytes json = journal_json(e);
    json_key(b, "arguments");
    if (json.len > 0)
        buffer_append(b, json);
    else
        write_pairs(b, e);
    write_cut(b, e);
    if (e->left_out > 0)
        json_key_int(b, "argumentsLeftOut", e->left_out);
}

/* ---- entries ---- */

static void write_msg_ids(struct buffer *b, const struct journal_entry *e)
{
    json_key(b, "msgIds");
    json_open(b, '[');
    for (size_t i = 0; i < e->msg_id_count; i++)
        json_id(b, e->msg_ids[i]);
    json_close(b, ']');
}

/* API v2 has it among its parameters. */
static struct bytes request_client(const struct journal_entry *e)
{
    struct journal_cursor at = {0, NULL};
    struct journal_argument a;
    struct bytes found = journal_text(e, JOURNAL_REQUEST_CLIENT);
    while (found.len == 0 && journal_next_argument(e, &at, &a))
        if (bytes_equal(a.name, bytes_of("RequestClient")))
            found = a.value;
    return found;
}

static void write_client(struct buffer *b, const struct journal_entry *e)
{
    json_key(b, "client");
    json_open(b, '{');
    write_text(b, e, "address", JOURNAL_ADDRESS);
    write_given(b, "requestClient", request_client(e));
    write_text(b, e, "userAgent", JOURNAL_USER_AGENT);
    json_close(b, '}');
}

static void write_code(struct buffer *b, const struct journal_entry *e)
{
    struct bytes text = journal_text(e, JOURNAL_CODE);
    if (text.len > 0)
        json_key_string(b, "code", text);
    else
        json_key_int(b, "code", e->code);
    json_key_string(b, "message", journal_text(e, JOURNAL_MESSAGE));
}

static void write_fault(struct buffer *b, const struct journal_entry *e)
{
    json_key(b, "faults");
    json_open(b, '[');
    if (e->fault > 0)
        json_int(b, (int64_t)e->fault);
    json_close(b, ']');
}

static void write_flag(struct buffer *b, const char *key, bool flag)
{
    if (!flag)
        return;
    json_key(b, key);
    json_literal(b, "true");
}

static void write_request(struct buffer *b, const struct journal_entry *e)
{
    json_key_string(b, "action", journal_text(e, JOURNAL_ACTION));
    write_text(b, e, "queue", JOURNAL_QUEUE);
    write_text(b, e, "topic", JOURNAL_TOPIC);
    write_text(b, e, "subscription", JOURNAL_SUBSCRIPTION);
    write_arguments(b, e);
    write_code(b, e);
    write_msg_ids(b, e);
    write_client(b, e);
    if (e->took_us >= 0)
        json_key_int(b, "tookUs", e->took_us);
    write_lines(b, "warnings", journal_text(e, JOURNAL_WARNINGS));
    write_fault(b, e);
    write_flag(b, "dropped", e->dropped);
    write_flag(b, "hungUp", e->hung_up);
}

/* Its outcome, as far as it is needed to say why it failed. */
static void write_error_of(struct buffer *b, const struct journal_entry *e,
                           name_error_fn *name_error)
{
    char text[JOURNAL_TEXT_MAX + 1];
    struct bytes error = journal_text(e, JOURNAL_ERROR);
    struct push_outcome outcome = {.status = e->status, .err = (enum cmq_err)e->code};
    if (error.len > 0) {
        memcpy(text, error.data, error.len);
        text[error.len] = '\0';
        outcome.error = text;
    }
    outcome.delivered = bytes_equal(journal_text(e, JOURNAL_OUTCOME),
                                    bytes_of(push_result_name(PUSH_DELIVERED)));
    write_push_error(b, "error", &outcome, name_error);
}

static void write_push(struct buffer *b, const struct journal_entry *e,
                       name_error_fn *name_error)
{
    write_text(b, e, "topic", JOURNAL_TOPIC);
    write_text(b, e, "subscription", JOURNAL_SUBSCRIPTION);
    json_key_id(b, "msgId", e->msg_ids[0]);
    if (e->msg_id_count > 1)
        json_key_id(b, "copyId", e->msg_ids[1]);
    json_key_int(b, "attempt", e->attempt);
    write_text(b, e, "endpoint", JOURNAL_ENDPOINT);
    write_text(b, e, "outcome", JOURNAL_OUTCOME);
    if (e->status > 0)
        json_key_int(b, "status", e->status);
    write_error_of(b, e, name_error);
    write_fault(b, e);
}

void entry_write(struct buffer *b, const struct journal_entry *e, name_error_fn *name_error)
{
    char at[INSTANT_TEXT_SIZE];
    instant_format(e->at_ms, at);
    json_key_int(b, "number", (int64_t)e->number);
    json_key_int(b, "atMs", e->at_ms);
    json_key_text(b, "at", at);
    json_key_int(b, "realMs", e->real_ms);
    json_key_text(b, "api", e->api);
    if (journal_entry_is_push(e))
        write_push(b, e, name_error);
    else
        write_request(b, e);
}

/* ---- a page ---- */

enum { PART = 16 * 1024 }; /* bytes of text, which take 30 us */

/* What the page shows is copied, as it is kept, when the call is made; text is made of it as it is taken.
 * Meanwhile the journal may forget all of it, or end with its namespace. */
struct page {
    struct source source;
    struct buffer copies; /* of entries, one behind the other */
    size_t at;            /* of these, so many bytes have been written */
    struct buffer tail;   /* the text behind the entries */
    name_error_fn *name_error;
};

static bool next_entries(struct source *source, struct buffer *to)
{
    struct page *p = CONTAINER_OF(source, struct page, source);
    size_t end = to->len + PART;
    if (p->tail.len == 0)
        return false;
    for (; p->at < p->copies.len && to->len < end; buffer_append_char(to, '}')) {
        const struct journal_entry *e = (const void *)(p->copies.data + p->at);
        buffer_append(to, bytes_of(p->at > 0 ? ",{" : "{"));
        entry_write(to, e, p->name_error);
        p->at += journal_entry_size(e);
    }
    if (p->at < p->copies.len)
        return true;
    buffer_append(to, buffer_bytes(&p->tail));
    buffer_clear(&p->tail);
    return true;
}

static void end_page(struct source *source)
{
    struct page *p = CONTAINER_OF(source, struct page, source);
    buffer_free(&p->copies);
    buffer_free(&p->tail);
    free(p);
}

static void fill(struct page *page, const struct journal *j, const struct pattern *p,
                 uint64_t behind, int64_t limit)
{
    struct buffer *tail = &page->tail;
    int64_t total = 0, shown = 0;
    uint64_t last_shown = behind;
    for (const struct journal_entry *e; (e = journal_after(j, behind)) != NULL;
         behind = e->number) {
        if (!pattern_fits(p, e))
            continue;
        total++;
        if (shown == limit || page->copies.len >= ENTRIES_PAGE_MAX)
            continue;
        buffer_append(&page->copies, (struct bytes){(const char *)e, journal_entry_size(e)});
        shown++;
        last_shown = e->number;
    }
    json_close(tail, ']');
    if (total > shown)
        json_key_int(tail, "next", (int64_t)last_shown);
    json_key_int(tail, "total", total);
    json_key_int(tail, "last", (int64_t)j->last);
}

struct source *entries_page(const struct namespace *ns, const struct pattern *p,
                            uint64_t behind, int64_t limit, name_error_fn *name_error)
{
    struct page *page = malloc(sizeof *page);
    if (page == NULL)
        return NULL;
    *page = (struct page){.source = {.next = next_entries, .end = end_page},
                          .name_error = name_error};
    fill(page, &ns->journal, p, behind, limit);
    write_time(&page->tail, ns);
    json_close(&page->tail, '}');
    page->source.size = buffer_size(&page->copies);
    if (!page->copies.failed && !page->tail.failed)
        return &page->source;
    end_page(&page->source);
    return NULL;
}
