/* What was asked of the namespace (admin 14). */
#include "admin/handling.h"

#include "admin/entries.h"
#include "admin/misses.h"
#include "admin/range.h"
#include "admin/where.h"
#include "base/json.h"

enum { LIMIT_MAX = 20000 };
#define AFTER_MAX INT64_C(9007199254740991) /* that JSON keeps as it is */

#define TEXT ARGUMENT_TEXT, .min = 1, .max = PATTERN_TEXT_MAX

/* First the members of a pattern, in their order. */
static const struct argument list_arguments[] = {
    {"api", ARGUMENT_WORD, .words = where_apis, .help = "which API it spoke"},
    {"action", TEXT, .help = "without regard to case"},
    {"queue", TEXT, .help = "the name that it gave"},
    {"topic", TEXT, .help = "likewise"},
    {"subscription", TEXT, .help = "likewise"},
    {"code", ARGUMENT_CODE, .min = 1, .max = PATTERN_TEXT_MAX, .help = "as it was answered"},
    {"msgId", ARGUMENT_MSG_ID, .min = 1, .max = PATTERN_TEXT_MAX,
     .help = "the id of a message, of any API"},
    {"outcome", ARGUMENT_WORD, .words = where_outcomes, .help = "of a push"},
    {"after", ARGUMENT_NUMBER, .max = AFTER_MAX, .otherwise = "0",
     .help = "those behind this number"},
    {"limit", ARGUMENT_NUMBER, .max = LIMIT_MAX, .otherwise = "100",
     .help = "show so many at the most"},
    {"timeout", ARGUMENT_DURATION, .otherwise = "0",
     .help = "wait so long, in real time, if there are none yet; at most 1h"},
};
static const struct schema_member page_members[] = {
    {"", TYPE_INCLUDED, .of = &entries_schema},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema page_answer =
    SCHEMA("Journal", "What was asked of a namespace, and answered.", page_members);
static const struct schema_member cleared_members[] = {
    {"cleared", TYPE_NUMBER, .help = "how many entries"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema cleared_answer =
    SCHEMA("ClearedJournal", "A journal that was forgotten.", cleared_members);

/* The pattern that the first of the arguments are. */
static bool read_pattern(struct handling *h, struct pattern *out)
{
    *out = (struct pattern){.code = 0};
    for (int i = 0; i < PATTERN_MEMBERS; i++) {
        const struct argument *a = &list_arguments[i];
        const struct argument_value *v = &h->values[i];
        const char *text = a->kind == ARGUMENT_WORD ? a->words[v->word] : v->name;
        if (v->given && !pattern_set(out, (enum pattern_member)i, bytes_of(text)))
            return MISTAKE_INVALID(&h->call->mistake, a->name, "%s must be the id of a message",
                                   a->name);
    }
    return true;
}

/* False when there is no memory. */
static bool begin_page(struct admin_call *c, const struct pattern *p, uint64_t behind)
{
    c->more = entries_page(c->namespace, p, behind, c->limit, c->name_error);
    if (c->more == NULL)
        return false;
    json_key(c->answer, "entries");
    json_open(c->answer, '[');
    return true;
}

/* What was waited for, or nothing yet. */
static void write_page(struct admin_call *c, cmq_ms waited_ms)
{
    const struct journal_tally *t = condition_tally(c->condition);
    (void)waited_ms;
    if (!begin_page(c, &t->pattern, t->behind))
        c->answer->failed = true;
}

static bool await_entries(struct handling *h, const struct pattern *p, uint64_t behind,
                          cmq_ms timeout_ms)
{
    struct condition *condition = condition_of_entries(p, behind);
    if (condition == NULL)
        return mistake_no_memory(&h->call->mistake, "to wait");
    return admin_await(h, condition, timeout_ms, write_page);
}

static bool has_any(const struct journal *j, const struct pattern *p, uint64_t behind)
{
    const struct journal_entry *e = journal_after(j, behind);
    while (e != NULL && !pattern_fits(p, e))
        e = journal_after(j, e->number);
    return e != NULL;
}

static bool do_list(struct handling *h)
{
    const struct journal *j = &h->ns->journal;
    const struct argument_value *rest = &h->values[PATTERN_MEMBERS];
    uint64_t behind = (uint64_t)rest[0].number;
    cmq_ms timeout_ms = rest[2].ms;
    struct pattern p;
    if (!read_pattern(h, &p))
        return false;
    if (timeout_ms > AWAIT_MAX_MS)
        return MISTAKE_INVALID(&h->call->mistake, "timeout", "timeout is 1h at the most");
    h->call->limit = rest[1].number;
    if (timeout_ms > 0 && !has_any(j, &p, behind))
        return has_journal(h, "timeout") && await_entries(h, &p, behind, timeout_ms);
    return begin_page(h->call, &p, behind) ||
           mistake_no_memory(&h->call->mistake, "for the page");
}

static bool do_forget(struct handling *h)
{
    json_key_int(h->call->answer, "cleared", (int64_t)journal_count(&h->ns->journal));
    journal_forget(&h->ns->journal);
    write_time(h->call->answer, h->ns);
    return true;
}

/* ---- verify ---- */

static const struct argument verify_arguments[] = {
    {"where", ARGUMENT_OBJECT, .of = &where_schema, .help = "what an entry is to have"},
    {"count", ARGUMENT_OBJECT, .of = &range_schema,
     .help = "how many there are to be: one or more if not given"},
    {"after", ARGUMENT_NUMBER, .max = AFTER_MAX, .otherwise = "0",
     .help = "those behind this number"},
};
static const struct schema_member miss_members[] = {
    {"differs", TYPE_WORD, .words = pattern_member_names, .help = "the member that it has not"},
    {"entry", TYPE_OBJECT, .of = &entry_schema},
};
static const struct schema miss_schema =
    SCHEMA("JournalMiss", "An entry that misses by one member.", miss_members);
static const struct schema_member verified_members[] = {
    {"satisfied", TYPE_FLAG, .help = "whether the count is as wanted"},
    {"found", TYPE_NUMBER, .help = "how many entries fit"},
    {"nearest", TYPE_OBJECT, .flags = MEMBER_LIST | MEMBER_OPTIONAL, .of = &miss_schema,
     .help = "when it is not satisfied: what may have been meant"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema verified_answer =
    SCHEMA("JournalVerified", "Whether something was asked.", verified_members);

static int64_t count_fitting(const struct journal *j, const struct pattern *p, uint64_t behind)
{
    int64_t found = 0;
    for (const struct journal_entry *e; (e = journal_after(j, behind)) != NULL;
         behind = e->number)
        found += pattern_fits(p, e);
    return found;
}

static void write_nearest(struct admin_call *c, const struct misses *misses)
{
    struct buffer *b = c->answer;
    json_key(b, "nearest");
    json_open(b, '[');
    for (size_t i = 0; i < misses->count; i++) {
        json_open(b, '{');
        json_key_text(b, "differs", pattern_member_names[misses->items[i].differs]);
        json_key(b, "entry");
        json_open(b, '{');
        entry_write(b, misses->items[i].entry, c->name_error);
        json_close(b, '}');
        json_close(b, '}');
    }
    json_close(b, ']');
}

static bool do_verify(struct handling *h)
{
    struct buffer *b = h->call->answer;
    const struct journal *j = &h->ns->journal;
    const struct argument_value *count = &h->values[1];
    uint64_t behind = (uint64_t)h->values[2].number;
    struct range range = {.given = {[GE] = true}, .value = {[GE] = 1}};
    struct pattern p;
    struct misses misses;
    if (!has_journal(h, "") || !where_read(h->values[0].object, "where", &p, &h->call->mistake))
        return false;
    if (count->given) {
        range = (struct range){.given = {false}};
        if (!range_read(count->object, "count", &range, &h->call->mistake))
            return false;
    }
    int64_t found = count_fitting(j, &p, behind);
    bool satisfied = range_fits(&range, found);
    json_key(b, "satisfied");
    json_literal(b, satisfied ? "true" : "false");
    json_key_int(b, "found", found);
    if (!satisfied) {
        misses_find(&misses, j, &p, behind);
        write_nearest(h->call, &misses);
    }
    write_time(b, h->ns);
    return true;
}

/* clang-format off */
const struct route journal_routes[] = {
    { "GET",    "/_emulator/journal", list_arguments, COUNT(list_arguments), 0, do_list, "shows what was asked, and what the answers were", .answer = &page_answer, .mistakes = {"no-journal", "awaits-full"} },
    { "DELETE", "/_emulator/journal", NULL,           0,                     0, do_forget, "forgets it", .answer = &cleared_answer },
    { "POST",   "/_emulator/journal/verify", verify_arguments, COUNT(verify_arguments), 0, do_verify, "says whether something was asked, and what comes near to it", .answer = &verified_answer, .mistakes = {"no-journal"} },
    { .method = NULL },
};
/* clang-format on */
