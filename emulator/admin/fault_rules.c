/* A rule is read member by member: each has a row that says how. The fault is an object of its own
 * whose first member says which kind it is. */
#include "admin/fault_rules.h"

#include "admin/call_arguments.h"
#include "admin/twins.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/number.h"
#include "namespace/registry.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum {
    PATH_SIZE = MISTAKE_ARGUMENT_SIZE,
    COUNT_MAX = 1000000000,
    REAL_DELAY_MAX_MS = 3600000,
    COPIES_MAX = 100,
    AMONG_MAX = 1000,
    MESSAGE_TEXT_MAX = 1024,
};

/* ---- what they consist of ---- */

static const struct schema_member code_forms[] = {
    {"", TYPE_NUMBER, .least = 1, .greatest = 99999},
    {"", TYPE_TEXT, .least = 1, .greatest = 63},
};
static const struct schema error_code_schema =
    SCHEMA_CHOICE("ErrorCode", "How an API names an error.", code_forms);
static const struct schema_member error_members[] = {
    {"error", TYPE_OBJECT, .help = "such as 10050 or ResourceNotFound",
     .of = &error_code_schema},
};
static const struct schema error_fault_schema =
    SCHEMA("ErrorFault", "The call fails so, and has no effect.", error_members);
static const struct schema_member code_members[] = {
    {"code", TYPE_OBJECT, .help = "of the API v2, or of API 3.0", .of = &error_code_schema},
    {"message", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .least = 1, .greatest = MESSAGE_TEXT_MAX},
};
static const struct schema code_fault_schema =
    SCHEMA("CodeFault", "The call fails so, and has no effect.", code_members);
static const struct schema_member delay_members[] = {
    {"delay", TYPE_DURATION, .help = "15d at the most"},
};
static const struct schema delay_fault_schema =
    SCHEMA("DelayFault", "The call is answered so much later, in virtual time.", delay_members);
static const struct schema_member real_delay_members[] = {
    {"realDelay", TYPE_DURATION, .help = "1h at the most"},
};
static const struct schema real_delay_fault_schema = SCHEMA(
    "RealDelayFault", "The call is answered so much later, in real time.", real_delay_members);
static const struct schema_member drop_members[] = {
    {"drop", TYPE_WORD, .choices = "request|answer"},
};
static const struct schema drop_fault_schema =
    SCHEMA("DropFault", "The connection is closed, before or after the effect.", drop_members);
static const struct schema_member status_members[] = {
    {"status", TYPE_NUMBER, .least = 200, .greatest = 599},
};
static const struct schema status_fault_schema =
    SCHEMA("StatusFault", "A status of HTTP with an empty body, no effect.", status_members);
static const struct schema_member empty_members[] = {
    {"empty", TYPE_FLAG, .help = "true"},
};
static const struct schema empty_fault_schema =
    SCHEMA("EmptyFault", "A receive finds nothing.", empty_members);
static const struct schema_member short_members[] = {
    {"empty", TYPE_WORD, .choices = "without-wait"},
};
static const struct schema short_fault_schema =
    SCHEMA("ShortFault", "A receive that does not wait finds nothing.", short_members);
static const struct schema_member duplicate_members[] = {
    {"duplicate", TYPE_NUMBER, .least = 1, .greatest = COPIES_MAX},
};
static const struct schema duplicate_fault_schema = SCHEMA(
    "DuplicateFault", "What is received can be received so often again.", duplicate_members);
static const struct schema_member shuffle_members[] = {
    {"shuffle", TYPE_NUMBER, .least = 2, .greatest = AMONG_MAX},
};
static const struct schema shuffle_fault_schema = SCHEMA(
    "ShuffleFault", "A receive takes one of the first so many messages.", shuffle_members);
static const struct schema_member lag_members[] = {
    {"lag", TYPE_NUMBER, .least = 1, .greatest = COUNT_MAX},
};
static const struct schema lag_fault_schema =
    SCHEMA("LagFault", "The counts of a queue are up to so much too low.", lag_members);
static const char *const push_errors[] = {"timeout", "refused", "reset", "unresolved", NULL};
static const struct schema_member push_status_members[] = {
    {"status", TYPE_NUMBER, .least = 200, .greatest = 599},
    {"delay", TYPE_DURATION, .flags = MEMBER_OPTIONAL,
     .help = "so much later; 15d at the most"},
};
static const struct schema push_status_schema =
    SCHEMA("PushStatus", "The endpoint answers with this.", push_status_members);
static const struct schema_member push_error_members[] = {
    {"error", TYPE_WORD, .words = push_errors},
    {"delay", TYPE_DURATION, .flags = MEMBER_OPTIONAL,
     .help = "so much later; 15d at the most"},
};
static const struct schema push_error_schema =
    SCHEMA("PushError", "There is no answer.", push_error_members);
static const struct schema_member push_delay_members[] = {
    {"delay", TYPE_DURATION, .help = "15d at the most"},
};
static const struct schema push_delay_schema = SCHEMA(
    "PushDelay", "The attempt is made so much later, in virtual time.", push_delay_members);
static const struct schema_member push_choices[] = {
    {"", TYPE_OBJECT, .of = &push_status_schema},
    {"", TYPE_OBJECT, .of = &push_error_schema},
    {"", TYPE_OBJECT, .of = &push_delay_schema},
};
static const struct schema push_schema =
    SCHEMA_CHOICE("PushOutcome", "What becomes of an attempt.", push_choices);
static const struct schema_member push_members[] = {
    {"push", TYPE_OBJECT, .of = &push_schema},
};
static const struct schema push_fault_schema =
    SCHEMA("PushFault", "An attempt of a push goes so, without a request.", push_members);
static const struct schema_member faults[] = {
    {"", TYPE_OBJECT, .of = &error_fault_schema},
    {"", TYPE_OBJECT, .of = &code_fault_schema},
    {"", TYPE_OBJECT, .of = &delay_fault_schema},
    {"", TYPE_OBJECT, .of = &real_delay_fault_schema},
    {"", TYPE_OBJECT, .of = &drop_fault_schema},
    {"", TYPE_OBJECT, .of = &status_fault_schema},
    {"", TYPE_OBJECT, .of = &empty_fault_schema},
    {"", TYPE_OBJECT, .of = &short_fault_schema},
    {"", TYPE_OBJECT, .of = &duplicate_fault_schema},
    {"", TYPE_OBJECT, .of = &shuffle_fault_schema},
    {"", TYPE_OBJECT, .of = &lag_fault_schema},
    {"", TYPE_OBJECT, .of = &push_fault_schema},
};
static const struct schema fault_schema =
    SCHEMA_CHOICE("Fault", "What is to go wrong.", faults);
static const struct schema_member members_of_rule[] = {
    {"api", TYPE_WORD, .flags = MEMBER_OPTIONAL, .choices = "v2|cmq|tdmq"},
    {"action", TYPE_TEXT, .flags = MEMBER_OPTIONAL,
     .help = "that the api has, and with which the fault can go wrong", .least = 1,
     .greatest = NAME_MAX_LENGTH},
    {"queue", TYPE_NAME, .flags = MEMBER_OPTIONAL},
    {"topic", TYPE_NAME, .flags = MEMBER_OPTIONAL},
    {"subscription", TYPE_NAME, .flags = MEMBER_OPTIONAL},
    {"secretId", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .least = 1, .greatest = SECRET_ID_MAX},
    {"skip", TYPE_NUMBER, .flags = MEMBER_OPTIONAL | MEMBER_OR_TEXT,
     .help = "not the first of those that fit", .greatest = COUNT_MAX},
    {"times", TYPE_NUMBER, .flags = MEMBER_OPTIONAL | MEMBER_OR_TEXT,
     .help = "at most so many; any if not given", .least = 1, .greatest = COUNT_MAX},
    {"probability", TYPE_FRACTION, .flags = MEMBER_OPTIONAL | MEMBER_OR_TEXT, .greatest = 1},
    {"from", TYPE_INSTANT, .flags = MEMBER_OPTIONAL},
    {"until", TYPE_INSTANT, .flags = MEMBER_OPTIONAL, .help = "later than from"},
    {"fault", TYPE_OBJECT, .of = &fault_schema},
};
const struct schema fault_rule_schema =
    SCHEMA("FaultRule", "What is to go wrong with which calls.", members_of_rule);
static const struct schema_member shown_members[] = {
    {"id", TYPE_NUMBER, .help = "from 1"},
    {"sloppy", TYPE_FLAG, .flags = MEMBER_OPTIONAL, .help = "it is one of the ready set"},
    {"", TYPE_INCLUDED, .of = &fault_rule_schema},
    {"matched", TYPE_NUMBER, .help = "calls that fit"},
    {"applied", TYPE_NUMBER, .help = "those that the rule acted on"},
};
const struct schema fault_shown_schema =
    SCHEMA("ShownFaultRule", "A rule as it was given, with its counts.", shown_members);

/* ---- reading ---- */

/* What is being read. */
struct reading {
    struct fault_rule_spec *spec;
    const struct fault_words *words;
    struct mistake *m;
};

static bool read_value(struct reading *r, const struct argument *a, const char *path,
                       const cJSON *json, struct argument_value *v)
{
    *v = (struct argument_value){.given = true};
    return call_argument_read(a, path, json, v, r->m);
}

/* ---- the scope ---- */

static bool read_api(struct reading *r, const char *path, const cJSON *json)
{
    static const char *const names[] = {"v2", "cmq", "tdmq", NULL};
    const struct argument api = {"api", ARGUMENT_WORD, .words = names};
    struct argument_value v;
    if (!read_value(r, &api, path, json, &v))
        return false;
    r->spec->scope.apis = 1U << v.word;
    return true;
}

static bool read_text(struct reading *r, const char *path, const cJSON *json, size_t most,
                      struct bytes *out)
{
    const char *text = cJSON_GetStringValue(json);
    if (text == NULL || text[0] == '\0' || strlen(text) > most)
        return MISTAKE_INVALID(r->m, path, "%s must be a text of 1 to %zu bytes", path, most);
    *out = bytes_of(text);
    return true;
}

static bool read_action(struct reading *r, const char *path, const cJSON *json)
{
    return read_text(r, path, json, NAME_MAX_LENGTH, &r->spec->scope.keys[FAULT_ACTION]);
}

static bool read_secret_id(struct reading *r, const char *path, const cJSON *json)
{
    return read_text(r, path, json, SECRET_ID_MAX, &r->spec->scope.keys[FAULT_SECRET_ID]);
}

static bool read_name(struct reading *r, const char *path, const cJSON *json,
                      enum fault_key key)
{
    const struct argument name = {"", ARGUMENT_NAME, .help = NULL};
    struct argument_value v;
    if (!read_value(r, &name, path, json, &v))
        return false;
    r->spec->scope.keys[key] = bytes_of(json->valuestring);
    return true;
}

static bool read_queue(struct reading *r, const char *path, const cJSON *json)
{
    return read_name(r, path, json, FAULT_QUEUE);
}

static bool read_topic(struct reading *r, const char *path, const cJSON *json)
{
    return read_name(r, path, json, FAULT_TOPIC);
}

static bool read_subscription(struct reading *r, const char *path, const cJSON *json)
{
    return read_name(r, path, json, FAULT_SUBSCRIPTION);
}

/* ---- when ---- */

static bool read_count(struct reading *r, const char *path, const cJSON *json, int64_t least,
                       int64_t most, int64_t *out)
{
    const struct argument number = {"", ARGUMENT_NUMBER, .min = least, .max = most};
    struct argument_value v;
    if (!read_value(r, &number, path, json, &v))
        return false;
    *out = v.number;
    return true;
}

static bool read_skip(struct reading *r, const char *path, const cJSON *json)
{
    int64_t skip = 0;
    bool read = read_count(r, path, json, 0, COUNT_MAX, &skip);
    r->spec->skip = (uint64_t)skip;
    return read;
}

static bool read_times(struct reading *r, const char *path, const cJSON *json)
{
    return read_count(r, path, json, 1, COUNT_MAX, &r->spec->times);
}

static bool read_probability(struct reading *r, const char *path, const cJSON *json)
{
    const char *text = cJSON_GetStringValue(json);
    char *end = NULL;
    double p = cJSON_IsNumber(json) ? json->valuedouble : -1;
    if (text != NULL && text[0] >= '0' && text[0] <= '9' &&
        text[strspn(text, "0123456789.eE+-")] == '\0')
        p = strtod(text, &end);
    if (!(p >= 0 && p <= 1) || (end != NULL && *end != '\0'))
        return MISTAKE_INVALID(r->m, path, "%s must be a number from 0 to 1", path);
    r->spec->probability = p;
    return true;
}

static bool read_instant(struct reading *r, const char *path, const cJSON *json, cmq_ms *out)
{
    const struct argument instant = {"", ARGUMENT_INSTANT, .help = NULL};
    struct argument_value v;
    if (!read_value(r, &instant, path, json, &v))
        return false;
    *out = v.ms;
    return true;
}

static bool read_from(struct reading *r, const char *path, const cJSON *json)
{
    return read_instant(r, path, json, &r->spec->from_ms);
}

static bool read_until(struct reading *r, const char *path, const cJSON *json)
{
    return read_instant(r, path, json, &r->spec->until_ms);
}

/* ---- the fault ---- */

/* A number or its digits, or another text. */
static bool read_word(struct reading *r, const char *path, const cJSON *json, char out[64])
{
    const char *text = cJSON_GetStringValue(json);
    if (cJSON_IsNumber(json))
        snprintf(out, 64, "%.17g", json->valuedouble);
    else if (text != NULL && strlen(text) < 64)
        snprintf(out, 64, "%s", text);
    else
        return MISTAKE_INVALID(r->m, path, "%s must be a code such as 10050 or InternalError",
                               path);
    return true;
}

static bool read_error(struct reading *r, const char *path, const cJSON *json)
{
    char text[64] = "";
    r->spec->fault.kind = FAULT_ERROR;
    if (!read_word(r, path, json, text))
        return false;
    return (r->words != NULL && r->words->error(bytes_of(text), &r->spec->fault)) ||
           MISTAKE_INVALID(r->m, path,
                           "%s: no API has an error %s; errors are named by their module or "
                           "code, such as 10050, 4440/10100 or ResourceNotFound",
                           path, text);
}

/* One that no API has is answered all the same, and else like an internal error. */
static bool read_code(struct reading *r, const char *path, const cJSON *json)
{
    struct fault *f = &r->spec->fault;
    char text[64] = "";
    int64_t code = 0;
    f->kind = FAULT_ERROR;
    if (!read_word(r, path, json, text))
        return false;
    bool is_number = parse_int(bytes_of(text), &code);
    if (text[0] == '\0' || (is_number && (code < 1 || code > 99999)) ||
        (!is_number && cJSON_IsNumber(json)))
        return MISTAKE_INVALID(r->m, path,
                               "%s must be a code from 1 to 99999, or one of API 3.0", path);
    if (r->words == NULL || !r->words->error(bytes_of(text), f))
        for (size_t i = 0; i < FAULT_APIS; i++)
            f->outcomes[i] = CMQ_INTERNAL;
    f->v2_code = is_number ? (int)code : 0;
    f->v3_code = is_number ? NULL : json->valuestring;
    return true;
}

static bool read_message(struct reading *r, const char *path, const cJSON *json)
{
    struct bytes text;
    if (!read_text(r, path, json, MESSAGE_TEXT_MAX, &text))
        return false;
    r->spec->fault.message = json->valuestring;
    return true;
}

static bool read_duration(struct reading *r, const char *path, const cJSON *json, cmq_ms most)
{
    const struct argument duration = {"", ARGUMENT_DURATION, .help = NULL};
    struct argument_value v;
    if (!read_value(r, &duration, path, json, &v))
        return false;
    r->spec->fault.ms = v.ms;
    return (v.ms > 0 && v.ms <= most) ||
           MISTAKE_INVALID(r->m, path, "%s must be longer than nothing, and %s at the most",
                           path, most == REAL_DELAY_MAX_MS ? "1h" : "15d");
}

enum { DELAY_MAX_MS = 15 * 86400000 };

static bool read_delay(struct reading *r, const char *path, const cJSON *json)
{
    r->spec->fault.kind = FAULT_DELAY;
    return read_duration(r, path, json, DELAY_MAX_MS);
}

static bool read_real_delay(struct reading *r, const char *path, const cJSON *json)
{
    r->spec->fault.kind = FAULT_REAL_DELAY;
    return read_duration(r, path, json, REAL_DELAY_MAX_MS);
}

static bool read_drop(struct reading *r, const char *path, const cJSON *json)
{
    static const char *const words[] = {"request", "answer", NULL};
    const struct argument what = {"drop", ARGUMENT_WORD, .words = words};
    struct argument_value v;
    if (!read_value(r, &what, path, json, &v))
        return false;
    r->spec->fault.kind = v.word == 0 ? FAULT_DROP_REQUEST : FAULT_DROP_ANSWER;
    return true;
}

static bool read_status(struct reading *r, const char *path, const cJSON *json)
{
    int64_t status = 0;
    r->spec->fault.kind = FAULT_STATUS;
    if (!read_count(r, path, json, 200, 599, &status))
        return false;
    r->spec->fault.status = (int)status;
    return true;
}

static bool read_empty(struct reading *r, const char *path, const cJSON *json)
{
    const char *text = cJSON_GetStringValue(json);
    r->spec->fault.kind = FAULT_EMPTY;
    r->spec->fault.without_wait = text != NULL && strcmp(text, "without-wait") == 0;
    return cJSON_IsTrue(json) || r->spec->fault.without_wait ||
           MISTAKE_INVALID(r->m, path, "%s must be true, or \"without-wait\"", path);
}

static bool read_n(struct reading *r, const char *path, const cJSON *json, enum fault_kind kind,
                   int64_t least, int64_t most)
{
    int64_t n = 0;
    r->spec->fault.kind = kind;
    if (!read_count(r, path, json, least, most, &n))
        return false;
    r->spec->fault.n = (uint32_t)n;
    return true;
}

static bool read_duplicate(struct reading *r, const char *path, const cJSON *json)
{
    return read_n(r, path, json, FAULT_DUPLICATE, 1, COPIES_MAX);
}

static bool read_shuffle(struct reading *r, const char *path, const cJSON *json)
{
    return read_n(r, path, json, FAULT_SHUFFLE, 2, AMONG_MAX);
}

static bool read_lag(struct reading *r, const char *path, const cJSON *json)
{
    return read_n(r, path, json, FAULT_LAG, 1, COUNT_MAX);
}

/* A member of an object, and how it is read. */
struct member {
    const char *name;
    bool (*read)(struct reading *r, const char *path, const cJSON *json);
};

static const struct member *find_member(const struct member *members, size_t count,
                                        const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

static bool unknown(struct mistake *m, const char *path, const struct member *members,
                    size_t count, const char *name)
{
    struct nearest nearest = nearest_to(bytes_of(name));
    for (size_t i = 0; i < count; i++)
        nearest_try(&nearest, members[i].name);
    return mistake_unknown(m, path, &nearest);
}

static bool read_members(struct reading *r, const char *prefix, const cJSON *object,
                         const struct member *members, size_t count)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, object) {
        char path[PATH_SIZE];
        const struct member *member = find_member(members, count, item->string);
        mistake_path(path, prefix, item->string);
        if (member == NULL)
            return unknown(r->m, path, members, count, item->string);
        if (!member->read(r, path, item))
            return false;
    }
    return true;
}

static bool read_push_error(struct reading *r, const char *path, const cJSON *json)
{
    static const char *const texts[] = {"Timeout was reached", "Couldn't connect to server",
                                        "Failure when receiving data from the peer",
                                        "Couldn't resolve host name"};
    const struct argument error = {.kind = ARGUMENT_WORD, .words = push_errors};
    struct argument_value v;
    if (!read_value(r, &error, path, json, &v))
        return false;
    r->spec->fault.push_error = texts[v.word];
    return true;
}

static bool read_push_delay(struct reading *r, const char *path, const cJSON *json)
{
    return read_duration(r, path, json, DELAY_MAX_MS);
}

static bool read_push(struct reading *r, const char *path, const cJSON *json)
{
    static const struct member members[] = {
        {"status", read_status}, {"error", read_push_error}, {"delay", read_push_delay}};
    struct fault *f = &r->spec->fault;
    if (!cJSON_IsObject(json) || cJSON_GetArraySize(json) == 0)
        return MISTAKE_INVALID(r->m, path,
                               "%s must be an object with a status, an error or a delay", path);
    bool read = read_members(r, path, json, members, COUNT(members));
    f->kind = FAULT_PUSH;
    if (read && f->status != 0 && f->push_error != NULL)
        return MISTAKE_INVALID(r->m, path, "%s has a status or an error, not both", path);
    return read;
}

static const struct member fault_members[] = {
    {"error", read_error},          {"code", read_code},   {"delay", read_delay},
    {"realDelay", read_real_delay}, {"drop", read_drop},   {"status", read_status},
    {"message", read_message},      {"empty", read_empty}, {"duplicate", read_duplicate},
    {"shuffle", read_shuffle},      {"lag", read_lag},     {"push", read_push},
};

/* One kind of fault; a message goes with a code. */
static bool is_one_fault(struct reading *r, const char *path, const cJSON *json)
{
    bool has_message = cJSON_GetObjectItemCaseSensitive(json, "message") != NULL;
    bool has_code = cJSON_GetObjectItemCaseSensitive(json, "code") != NULL;
    if (has_message && !has_code)
        return MISTAKE_INVALID(r->m, path, "%s: a message goes with a code", path);
    return cJSON_GetArraySize(json) == (has_message ? 2 : 1) ||
           MISTAKE_INVALID(r->m, path, "%s must be one fault, such as {\"error\":\"10050\"}",
                           path);
}

static bool read_fault(struct reading *r, const char *path, const cJSON *json)
{
    return (cJSON_IsObject(json) ||
            MISTAKE_INVALID(r->m, path, "%s must be an object such as {\"error\":\"10050\"}",
                            path)) &&
           read_members(r, path, json, fault_members, COUNT(fault_members)) &&
           is_one_fault(r, path, json);
}

/* ---- the whole ---- */

static const struct member rule_members[] = {
    {"api", read_api},
    {"action", read_action},
    {"queue", read_queue},
    {"topic", read_topic},
    {"subscription", read_subscription},
    {"secretId", read_secret_id},
    {"skip", read_skip},
    {"times", read_times},
    {"probability", read_probability},
    {"from", read_from},
    {"until", read_until},
    {"fault", read_fault},
};

/* A misspelt Action would never be met. */
static bool refuse_action(struct reading *r, const char *prefix, const char *nearest)
{
    const struct fault_scope *scope = &r->spec->scope;
    struct bytes name = scope->keys[FAULT_ACTION];
    char path[PATH_SIZE], hint[NEAREST_HINT_SIZE];
    mistake_path(path, prefix, "action");
    return MISTAKE_INVALID(r->m, path, "%s: %s has no Action %.*s%s", path,
                           scope->apis != 0 ? "this API" : "no API", (int)name.len, name.data,
                           nearest_hint(nearest, hint));
}

/* It would never act. */
static bool refuse_kind(struct reading *r, const char *prefix)
{
    struct bytes name = r->spec->scope.keys[FAULT_ACTION];
    enum fault_kind kind = r->spec->fault.kind;
    char path[PATH_SIZE];
    mistake_path(path, prefix, name.len > 0 ? "action" : "api");
    return MISTAKE_INVALID(
        r->m, path, "%s: %s is only for %s, and %.*s%s", path, fault_kind_name(kind),
        kind == FAULT_LAG ? "calls that tell the counts of queues" : "receives", (int)name.len,
        name.len > 0 ? name.data : "", name.len > 0 ? " is not one" : "this API has none");
}

static bool can_go_wrong(struct reading *r, const char *prefix)
{
    const struct fault_scope *scope = &r->spec->scope;
    const char *nearest = NULL;
    if (r->words == NULL || r->spec->fault.kind == FAULT_PUSH)
        return true;
    unsigned kinds = r->words->action(scope->keys[FAULT_ACTION], scope->apis, &nearest);
    if (kinds == 0)
        return refuse_action(r, prefix, nearest);
    return (kinds >> r->spec->fault.kind & 1) != 0 || refuse_kind(r, prefix);
}

/* A rule that has ended before it begins would never act. */
static bool is_span(struct reading *r, const char *prefix, const cJSON *object)
{
    char path[PATH_SIZE];
    if (cJSON_GetObjectItemCaseSensitive(object, "from") == NULL ||
        r->spec->from_ms < r->spec->until_ms)
        return true;
    mistake_path(path, prefix, "until");
    return MISTAKE_INVALID(r->m, path, "%s must be later than from", path);
}

/* A rule for pushes that asks for more would never be met. */
static bool is_scope_of_push(struct reading *r, const char *prefix)
{
    const struct fault_scope *s = &r->spec->scope;
    bool asks = s->apis != 0 || s->keys[FAULT_ACTION].len > 0 || s->keys[FAULT_QUEUE].len > 0 ||
                s->keys[FAULT_SECRET_ID].len > 0;
    return r->spec->fault.kind != FAULT_PUSH || !asks ||
           MISTAKE_INVALID(r->m, prefix,
                           "a push has a topic and a subscription, and no api, "
                           "action, queue or secretId");
}

static bool read_rule(struct reading *r, const char *prefix, const cJSON *object)
{
    if (!cJSON_IsObject(object))
        return MISTAKE_INVALID(r->m, prefix, "%s must be an object with a fault", prefix);
    if (!twins_none(object, prefix, r->m) ||
        !read_members(r, prefix, object, rule_members, COUNT(rule_members)))
        return false;
    if (cJSON_GetObjectItemCaseSensitive(object, "fault") == NULL)
        return MISTAKE_INVALID(r->m, prefix,
                               "a rule needs a fault, such as "
                               "\"fault\":{\"error\":\"10050\"}");
    return is_scope_of_push(r, prefix) && can_go_wrong(r, prefix) && is_span(r, prefix, object);
}

static void write_members(struct buffer *b, const cJSON *object);

/* Of a rule that has been read: there are no lists in it. */
static void write_value(struct buffer *b, const cJSON *item)
{
    char number[32];
    if (cJSON_IsObject(item)) {
        json_open(b, '{');
        write_members(b, item);
        json_close(b, '}');
    } else if (cJSON_IsString(item)) {
        json_string(b, bytes_of(item->valuestring));
    } else if (cJSON_IsNumber(item)) {
        snprintf(number, sizeof number, "%.15g", item->valuedouble);
        json_literal(b, number);
    } else {
        json_literal(b, cJSON_IsTrue(item) ? "true" : "false");
    }
}

// NOLINTNEXTLINE(misc-no-recursion): a fault is an object in a rule
static void write_members(struct buffer *b, const cJSON *object)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, object) {
        json_key(b, item->string);
        write_value(b, item);
    }
}

static struct fault_rule *no_room(struct faults *all, const struct fault_rule_spec *spec,
                                  const char *prefix, struct mistake *m)
{
    if (faults_have_room(all, fault_rule_size(spec)))
        mistake_no_memory(m, "for another rule");
    else
        mistake_set(m, 409, "too-many-faults", prefix,
                    "a namespace has at most %d rules of faults, and what is stored in all of "
                    "them has at most the bytes that --max-memory allows",
                    FAULTS_MAX);
    return NULL;
}

static struct fault_rule *add(struct faults *all, struct fault_rule_spec *spec,
                              const struct buffer *text, const char *prefix, struct mistake *m)
{
    spec->text = buffer_bytes(text);
    if (text->len > FAULT_TEXT_MAX) {
        MISTAKE_INVALID(m, prefix, "a rule has %d bytes at the most", FAULT_TEXT_MAX);
        return NULL;
    }
    struct fault_rule *r = faults_add(all, spec);
    return r != NULL ? r : no_room(all, spec, prefix, m);
}

struct fault_rule *fault_rule_make(const struct cJSON *object, const char *prefix,
                                   struct namespace *ns, struct mistake *m)
{
    return fault_rule_add(object, prefix, &ns->faults, ns->host->fault_words, m);
}

struct fault_rule *fault_rule_add(const struct cJSON *object, const char *prefix,
                                  struct faults *all, const struct fault_words *words,
                                  struct mistake *m)
{
    struct fault_rule_spec spec = {.times = -1, .probability = 1, .until_ms = CMQ_NEVER};
    struct reading reading = {&spec, words, m};
    struct buffer text = {0};
    struct fault_rule *r = NULL;
    if (!read_rule(&reading, prefix, object))
        return NULL;
    write_members(&text, object);
    if (text.failed)
        mistake_no_memory(m, "for another rule");
    else
        r = add(all, &spec, &text, prefix, m);
    buffer_free(&text);
    return r;
}

void fault_rule_write(struct buffer *b, const struct fault_rule *r)
{
    json_open(b, '{');
    json_key_int(b, "id", (int64_t)r->id);
    if (r->spec.sloppy) {
        json_key(b, "sloppy");
        json_literal(b, "true");
    }
    buffer_append_char(b, ',');
    buffer_append(b, r->spec.text);
    json_key_int(b, "matched", (int64_t)r->matched);
    json_key_int(b, "applied", (int64_t)r->applied);
    json_close(b, '}');
}
