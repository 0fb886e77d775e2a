/* What was asked of the namespace (admin 12). */
#include "admin/handling.h"

#include "admin/entries.h"
#include "admin/where.h"
#include "base/json.h"

enum { LIMIT_MAX = 100000 };
#define AFTER_MAX INT64_C(9007199254740991) /* that JSON keeps as it is */

static const struct argument list_arguments[] = {
    WHERE_ROWS,
    {"after", ARGUMENT_NUMBER, .max = AFTER_MAX, .otherwise = "0",
     .help = "those behind this number"},
    {"limit", ARGUMENT_NUMBER, .max = LIMIT_MAX, .otherwise = "100",
     .help = "show so many at the most"},
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

static bool do_list(struct handling *h)
{
    const struct argument_value *after = &h->values[PATTERN_MEMBERS];
    const struct argument_value *limit = after + 1;
    struct pattern p;
    if (!where_of_values(h->values, &p, &h->call->mistake))
        return false;
    entries_write(h->call->answer, &h->ns->journal, &p, (uint64_t)after->number, limit->number);
    write_time(h->call->answer, h->ns);
    return true;
}

static bool do_forget(struct handling *h)
{
    json_key_int(h->call->answer, "cleared", (int64_t)journal_count(&h->ns->journal));
    journal_forget(&h->ns->journal);
    write_time(h->call->answer, h->ns);
    return true;
}

/* clang-format off */
const struct route journal_routes[] = {
    { "GET",    "/_emulator/journal", list_arguments, COUNT(list_arguments), 0, do_list, "shows what was asked, and what the answers were", .answer = &page_answer },
    { "DELETE", "/_emulator/journal", NULL,           0,                     0, do_forget, "forgets it", .answer = &cleared_answer },
    { .method = NULL },
};
/* clang-format on */
