/* The calls about faults (namespace/faults.h): rules are made, shown with their counts, and
 * forgotten. */
#include "admin/fault_rules.h"
#include "admin/handling.h"
#include "admin/listing.h"

#include "base/json.h"
#include "base/number.h"

static const struct argument fault_argument = {
    "fault", ARGUMENT_NUMBER, .min = 1, .max = INT64_MAX, .help = "the number of a rule"};
static const struct schema_member rule_members[] = {
    {"fault", TYPE_OBJECT, .of = &fault_shown_schema},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema rule_answer =
    SCHEMA("FaultRuleAnswer", "A rule of faults.", rule_members);
static const struct schema_member list_members[] = {
    {"total", TYPE_NUMBER, .help = "all there are"},
    {"faults", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &fault_shown_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema list_answer =
    SCHEMA("FaultRules", "A page of the rules of faults.", list_members);
static const struct schema_member removed_members[] = {
    {"removed", TYPE_NUMBER, .help = "how many"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema removed_answer =
    SCHEMA("RemovedFaultRules", "Rules that were forgotten.", removed_members);

static bool do_make(struct handling *h)
{
    struct buffer *b = h->call->answer;
    const struct fault_rule *r = fault_rule_make(h->object, "", h->ns, &h->call->mistake);
    if (r == NULL)
        return false;
    json_key(b, "fault");
    fault_rule_write(b, r);
    write_time(b, h->ns);
    return true;
}

static const struct argument list_arguments[] = {LISTING_OFFSET,
                                                 LISTING_LIMIT(FAULTS_MAX, "1000")};

static bool do_list(struct handling *h)
{
    struct buffer *b = h->call->answer;
    const struct faults *all = &h->ns->faults;
    struct listing l;
    json_key_int(b, "total", (int64_t)all->count);
    listing_begin(&l, b, "faults", h->values);
    for (const struct fault_rule *r = faults_next(all, NULL); r != NULL && !listing_is_full(&l);
         r = faults_next(all, r))
        if (listing_takes(&l))
            fault_rule_write(b, r);
    listing_end(&l, (int64_t)all->count);
    write_time(b, h->ns);
    return true;
}

/* The rule that the path names; NULL, with the mistake, if there is none. */
static struct fault_rule *find(struct handling *h)
{
    int64_t id;
    struct fault_rule *r = NULL;
    if (parse_int(h->name, &id) && id > 0)
        r = faults_find(&h->ns->faults, (uint64_t)id);
    if (r == NULL)
        mistake_set(&h->call->mistake, STATUS_NOT_FOUND, "no-such-fault", "",
                    "there is no rule %.*s", (int)(h->name.len < 64 ? h->name.len : 64),
                    h->name.data);
    return r;
}

static bool do_show(struct handling *h)
{
    const struct fault_rule *r = find(h);
    if (r == NULL)
        return false;
    json_key(h->call->answer, "fault");
    fault_rule_write(h->call->answer, r);
    write_time(h->call->answer, h->ns);
    return true;
}

static bool do_forget(struct handling *h)
{
    struct fault_rule *r = find(h);
    if (r == NULL)
        return false;
    faults_remove(&h->ns->faults, r);
    json_key_int(h->call->answer, "removed", 1);
    write_time(h->call->answer, h->ns);
    return true;
}

static bool do_forget_all(struct handling *h)
{
    json_key_int(h->call->answer, "removed", (int64_t)h->ns->faults.count);
    faults_clear(&h->ns->faults);
    write_time(h->call->answer, h->ns);
    return true;
}

/* clang-format off */
const struct route fault_routes[] = {
    { "POST",   "/_emulator/faults",   NULL,           0,                     ROUTE_OWN_ARGUMENTS, do_make, "makes a rule: what is to go wrong on purpose", .answer = &rule_answer, .mistakes = {"too-many-faults"}, .takes = &fault_rule_schema },
    { "GET",    "/_emulator/faults",   list_arguments, COUNT(list_arguments), 0, do_list, "lists the rules of faults, with how often each has acted", .answer = &list_answer },
    { "DELETE", "/_emulator/faults",   NULL,           0,                     0, do_forget_all, "forgets all rules of faults", .answer = &removed_answer },
    { "GET",    "/_emulator/faults/*", NULL,           0,                     0, do_show, "shows a rule of faults", .answer = &rule_answer, .mistakes = {"no-such-fault"}, .named = &fault_argument },
    { "DELETE", "/_emulator/faults/*", NULL,           0,                     0, do_forget, "forgets a rule of faults", .answer = &removed_answer, .mistakes = {"no-such-fault"}, .named = &fault_argument },
    { .method = NULL },
};
/* clang-format on */
