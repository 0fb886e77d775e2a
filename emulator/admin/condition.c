/* A condition is read into a tree, which is then judged often: before each event of a run, and
 * when something that it looks at has changed while it is awaited. So names are looked up each
 * time, since queues may come and go in between; and reading bounds depth, width and the number
 * of parts (DEPTH_MAX, CHILDREN_MAX, CONDITION_PARTS_MAX), so that recursion and the time that
 * judging takes are bounded, too.
 *
 * Whether names exist is checked separately (condition_names_known()), once, when a call
 * begins: a misspelled name would else be waited for until the time is up. */
#include "admin/condition.h"

#include "admin/range.h"
#include "admin/where.h"
#include "base/json.h"
#include "base/nearest.h"
#include "engine/names.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHILDREN_MAX = 32, DEPTH_MAX = 8 };

enum condition_kind { MESSAGES, POLLS, PENDING, AGENDA_EMPTY, JOURNAL, ALL, ANY, NOT };

/* What is needed to see whether a change makes a difference comes first: thousands may look at one
 * queue, and most of such a walk is waiting for memory. */
struct condition {
    enum condition_kind kind;
    enum message_state state;    /* MESSAGES */
    bool held;                   /* while it is watched, as last seen */
    struct watcher watcher;      /* of those without children, while it is awaited */
    struct range range;          /* MESSAGES, POLLS, PENDING, JOURNAL */
    struct journal_tally *tally; /* JOURNAL; owned */
    size_t child_count;
    struct condition *children[CHILDREN_MAX];    /* ALL, ANY, NOT */
    char queue_name[QUEUE_NAME_MAX + 1];         /* MESSAGES; POLLS, or "" for all queues */
    char topic_name[NAME_MAX_LENGTH + 1];        /* PENDING */
    char subscription_name[NAME_MAX_LENGTH + 1]; /* PENDING */
};

/* ---- what it consists of ---- */

static const struct schema_member messages_members[] = {
    {"queue", TYPE_NAME, .help = "whose event it is"},
    {"state", TYPE_WORD, .choices = "active|inactive|delayed|deleted"},
    {"count", TYPE_OBJECT, .of = &range_schema},
};
static const struct schema messages_schema =
    SCHEMA("MessagesCondition", "Messages of a queue in a state.", messages_members);
static const struct schema_member polls_members[] = {
    {"queue", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "all queues if not given"},
    {"polls", TYPE_OBJECT, .of = &range_schema},
};
static const struct schema polls_schema =
    SCHEMA("PollsCondition", "Long polls that wait.", polls_members);
static const struct schema_member pending_members[] = {
    {"subscription", TYPE_PATH, .help = "topic/subscription"},
    {"pending", TYPE_OBJECT, .of = &range_schema},
};
static const struct schema pending_schema = SCHEMA(
    "PendingCondition", "Deliveries to a subscription that have not ended.", pending_members);
static const struct schema_member agenda_members[] = {
    {"agenda", TYPE_WORD, .choices = "empty"},
};
static const struct schema agenda_schema =
    SCHEMA("AgendaCondition", "Nothing is pending, nor in flight.", agenda_members);
static const struct schema_member entries_members[] = {
    {"where", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .of = &where_schema,
     .help = "any entry if not given"},
};
static const struct schema entries_condition_schema =
    SCHEMA("JournalPart", "Entries of the journal.", entries_members);
static const struct schema_member journal_members[] = {
    {"journal", TYPE_OBJECT, .of = &entries_condition_schema},
    {"count", TYPE_OBJECT, .of = &range_schema},
};
static const struct schema journal_schema =
    SCHEMA("JournalCondition", "What was asked, and answered.", journal_members);
static const struct schema_member all_members[] = {
    {"all", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &condition_schema, .least = 1,
     .greatest = CHILDREN_MAX},
};
static const struct schema all_schema =
    SCHEMA("AllCondition", "All of these hold.", all_members);
static const struct schema_member any_members[] = {
    {"any", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &condition_schema, .least = 1,
     .greatest = CHILDREN_MAX},
};
static const struct schema any_schema =
    SCHEMA("AnyCondition", "One of these holds.", any_members);
static const struct schema_member not_members[] = {
    {"not", TYPE_OBJECT, .of = &condition_schema},
};
static const struct schema not_schema =
    SCHEMA("NotCondition", "This does not hold.", not_members);
static const struct schema_member condition_members[] = {
    {"", TYPE_OBJECT, .of = &messages_schema}, {"", TYPE_OBJECT, .of = &polls_schema},
    {"", TYPE_OBJECT, .of = &pending_schema},  {"", TYPE_OBJECT, .of = &agenda_schema},
    {"", TYPE_OBJECT, .of = &all_schema},      {"", TYPE_OBJECT, .of = &any_schema},
    {"", TYPE_OBJECT, .of = &not_schema},      {"", TYPE_OBJECT, .of = &journal_schema},
};
const struct schema condition_schema = SCHEMA_CHOICE(
    "Condition", "What a test waits for; with at most 128 parts, on at most 8 levels.",
    condition_members);
_Static_assert(CONDITION_PARTS_MAX == 128 && DEPTH_MAX == 8, "as it says here");

static const struct schema_member found_members[] = {
    {"queue", TYPE_NAME, .flags = MEMBER_OPTIONAL},
    {"state", TYPE_WORD, .flags = MEMBER_OPTIONAL,
     .choices = "active|inactive|delayed|deleted"},
    {"subscription", TYPE_PATH, .flags = MEMBER_OPTIONAL},
    {"journal", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .of = &entries_condition_schema},
    {"count", TYPE_NUMBER, .flags = MEMBER_OPTIONAL},
    {"polls", TYPE_NUMBER, .flags = MEMBER_OPTIONAL},
    {"pending", TYPE_NUMBER, .flags = MEMBER_OPTIONAL},
    {"agenda", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "events pending, and pushes in flight"},
};
const struct schema found_schema =
    SCHEMA("Found", "What a part of a condition found.", found_members);

/* ---- reading ---- */

/* What the reading functions share: for messages, and how deeply they are nested. */
struct position {
    const char *argument;
    struct mistake *m;
    int depth;
    size_t *parts;   /* read so far */
    size_t *tallies; /* of these, those of the journal */
};

static struct condition *read_condition(const cJSON *json, struct position at);

static bool invalid(struct position at, const char *message)
{
    return MISTAKE_INVALID(at.m, at.argument, "%s: %s", at.argument, message);
}

static bool read_range(const cJSON *json, struct position at, struct range *out)
{
    return range_read(json, at.argument, out, at.m);
}

static bool read_queue_name(const cJSON *json, struct position at, struct condition *out)
{
    const char *name = cJSON_GetStringValue(json);
    if (name == NULL || !is_name(bytes_of(name)))
        return invalid(at, "queue must be the name of a queue");
    memcpy(out->queue_name, name, strlen(name) + 1);
    return true;
}

/* "topic/subscription" */
static bool read_subscription(const cJSON *json, struct position at, struct condition *out)
{
    const char *text = cJSON_GetStringValue(json);
    const char *slash = text != NULL ? strchr(text, '/') : NULL;
    struct bytes topic = {text, slash != NULL ? (size_t)(slash - text) : 0};
    if (slash == NULL || !is_name(topic) || !is_name(bytes_of(slash + 1)))
        return invalid(at, "subscription must be the names of a topic and a subscription of "
                           "it: \"topic/subscription\"");
    memcpy(out->topic_name, text, topic.len);
    memcpy(out->subscription_name, slash + 1, strlen(slash + 1) + 1);
    return true;
}

static bool read_state(const cJSON *json, struct position at, enum message_state *out)
{
    const char *name = cJSON_GetStringValue(json);
    for (int s = 0; name != NULL && s < MESSAGE_STATES; s++) {
        if (strcmp(name, message_state_name((enum message_state)s)) == 0) {
            *out = (enum message_state)s;
            return true;
        }
    }
    return invalid(at, "state must be one of active, inactive, delayed, deleted");
}

static bool read_entries(const cJSON *json, struct position at, struct condition *out)
{
    char path[MISTAKE_ARGUMENT_SIZE];
    const cJSON *where = cJSON_GetObjectItemCaseSensitive(json, "where");
    if (!cJSON_IsObject(json) || json->child != where || (where != NULL && where->next != NULL))
        return invalid(at, "journal takes an object with where and nothing else");
    if (++*at.tallies > CONDITION_TALLIES_MAX)
        return MISTAKE_INVALID(at.m, at.argument, "%s: at most %d parts are about the journal",
                               at.argument, CONDITION_TALLIES_MAX);
    out->tally = calloc(1, sizeof *out->tally);
    if (out->tally == NULL)
        return mistake_set(at.m, 500, "no-memory", "", "no memory for the condition");
    mistake_path(path, at.argument, "journal.where");
    return where_read(where, path, &out->tally->pattern, at.m);
}

static bool read_children(const cJSON *json, struct position at, struct condition *out)
{
    const cJSON *item;
    if (!cJSON_IsArray(json) || json->child == NULL)
        return invalid(at, "all and any take a list of conditions");
    cJSON_ArrayForEach (item, json) {
        if (out->child_count == CHILDREN_MAX)
            return invalid(at, "the list is too long");
        struct condition *child = read_condition(item, at);
        if (child == NULL)
            return false;
        out->children[out->child_count++] = child;
    }
    return true;
}

static bool read_not(const cJSON *json, struct position at, struct condition *out)
{
    out->children[0] = read_condition(json, at);
    out->child_count = out->children[0] != NULL ? 1 : 0;
    return out->child_count == 1;
}

static bool read_agenda(const cJSON *json, struct position at)
{
    const char *word = cJSON_GetStringValue(json);
    return (word != NULL && strcmp(word, "empty") == 0) ||
           invalid(at, "agenda can only be \"empty\"");
}

/* The kind of a condition follows from the member that only this kind has; others are the
 * further members that go with it. */
static const struct form_of_condition {
    const char *member;
    enum condition_kind kind;
    const char *others[3];
} forms[] = {
    {"journal", JOURNAL, {"count", NULL, NULL}},
    {"count", MESSAGES, {"queue", "state", NULL}},
    {"polls", POLLS, {"queue", NULL, NULL}},
    {"pending", PENDING, {"subscription", NULL, NULL}},
    {"agenda", AGENDA_EMPTY, {NULL, NULL, NULL}},
    {"all", ALL, {NULL, NULL, NULL}},
    {"any", ANY, {NULL, NULL, NULL}},
    {"not", NOT, {NULL, NULL, NULL}},
};

static const struct form_of_condition *find_form(const cJSON *json)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (cJSON_GetObjectItemCaseSensitive(json, forms[i].member) != NULL)
            return &forms[i];
    return NULL;
}

static bool refuse(const char *name, const struct form_of_condition *form, struct position at)
{
    char choice[NEAREST_CHOICE_SIZE];
    struct nearest nearest = nearest_to(bytes_of(name));
    for (int i = 0; form->others[i] != NULL; i++)
        nearest_try(&nearest, form->others[i]);
    return MISTAKE_INVALID(at.m, at.argument, "%s: %.64s does not go with %s%s", at.argument,
                           name, form->member, nearest_choice(&nearest, choice));
}

static bool has_only(const cJSON *json, const struct form_of_condition *form,
                     struct position at)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, json) {
        bool known = strcmp(item->string, form->member) == 0;
        for (int i = 0; form->others[i] != NULL; i++)
            known = known || strcmp(item->string, form->others[i]) == 0;
        if (!known)
            return refuse(item->string, form, at);
    }
    return true;
}

static bool read_parts(const cJSON *json, struct position at, struct condition *out)
{
    const cJSON *queue = cJSON_GetObjectItemCaseSensitive(json, "queue");
    switch (out->kind) {
    case MESSAGES:
        return read_queue_name(queue, at, out) &&
               read_state(cJSON_GetObjectItemCaseSensitive(json, "state"), at, &out->state) &&
               read_range(cJSON_GetObjectItemCaseSensitive(json, "count"), at, &out->range);
    case POLLS:
        return (queue == NULL || read_queue_name(queue, at, out)) &&
               read_range(cJSON_GetObjectItemCaseSensitive(json, "polls"), at, &out->range);
    case PENDING:
        return read_subscription(cJSON_GetObjectItemCaseSensitive(json, "subscription"), at,
                                 out) &&
               read_range(cJSON_GetObjectItemCaseSensitive(json, "pending"), at, &out->range);
    case AGENDA_EMPTY:
        return read_agenda(cJSON_GetObjectItemCaseSensitive(json, "agenda"), at);
    case JOURNAL:
        return read_entries(cJSON_GetObjectItemCaseSensitive(json, "journal"), at, out) &&
               read_range(cJSON_GetObjectItemCaseSensitive(json, "count"), at, &out->range);
    case ALL:
        return read_children(cJSON_GetObjectItemCaseSensitive(json, "all"), at, out);
    case ANY:
        return read_children(cJSON_GetObjectItemCaseSensitive(json, "any"), at, out);
    case NOT:
        return read_not(cJSON_GetObjectItemCaseSensitive(json, "not"), at, out);
    }
    return false;
}

static struct condition *read_condition(const cJSON *json, struct position at)
{
    const struct form_of_condition *form = cJSON_IsObject(json) ? find_form(json) : NULL;
    if (form == NULL || at.depth == DEPTH_MAX) {
        invalid(at, form == NULL
                        ? "a condition is an object with count, polls, pending, agenda, "
                          "journal, all, any or not"
                        : "conditions are nested too deeply");
        return NULL;
    }
    if (++*at.parts > CONDITION_PARTS_MAX) {
        MISTAKE_INVALID(at.m, at.argument, "%s: a condition has at most %d parts", at.argument,
                        CONDITION_PARTS_MAX);
        return NULL;
    }
    struct condition *c = calloc(1, sizeof *c);
    if (c == NULL) {
        mistake_set(at.m, 500, "no-memory", "", "no memory for the condition");
        return NULL;
    }
    c->kind = form->kind;
    at.depth++;
    if (has_only(json, form, at) && read_parts(json, at, c))
        return c;
    condition_free(c);
    return NULL;
}

struct condition *condition_read(const struct cJSON *json, const char *argument,
                                 struct mistake *m)
{
    size_t parts = 0;
    size_t tallies = 0;
    return read_condition(json, (struct position){argument, m, 0, &parts, &tallies});
}

void condition_free(struct condition *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->child_count; i++)
        condition_free(c->children[i]);
    watcher_end(&c->watcher);
    if (c->tally != NULL)
        tally_end(c->tally);
    free(c->tally);
    free(c);
}

size_t condition_parts(const struct condition *c)
{
    size_t parts = 1;
    for (size_t i = 0; i < c->child_count; i++)
        parts += condition_parts(c->children[i]);
    return parts;
}

bool condition_counts(const struct condition *c)
{
    for (size_t i = 0; i < c->child_count; i++)
        if (condition_counts(c->children[i]))
            return true;
    return c->kind == JOURNAL;
}

void condition_begin(struct condition *c, struct journal *j)
{
    if (c->kind == JOURNAL)
        tally_begin(c->tally, j);
    for (size_t i = 0; i < c->child_count; i++)
        condition_begin(c->children[i], j);
}

struct condition *condition_of_entries(const struct pattern *p, uint64_t behind)
{
    struct condition *c = calloc(1, sizeof *c);
    struct journal_tally *tally = calloc(1, sizeof *tally);
    if (c == NULL || tally == NULL) {
        free(c);
        free(tally);
        return NULL;
    }
    c->kind = JOURNAL;
    c->tally = tally;
    tally->pattern = *p;
    tally->behind = behind;
    c->range.given[GE] = true;
    c->range.value[GE] = 1;
    return c;
}

const struct journal_tally *condition_tally(const struct condition *c)
{
    return c->tally;
}

/* watcher.differs: those above it need not be judged while this one is what it was. */
static bool differs(struct watcher *w, const struct engine *e)
{
    struct condition *c = CONTAINER_OF(w, struct condition, watcher);
    bool held = c->held;
    c->held = condition_holds(c, e);
    return c->held != held;
}

static bool watch(struct condition *c, struct engine *e)
{
    switch (c->kind) {
    case PENDING:
        return engine_watch_subscription(e, bytes_of(c->topic_name),
                                         bytes_of(c->subscription_name), &c->watcher);
    case AGENDA_EMPTY:
        engine_watch_idle(e, &c->watcher);
        return true;
    case POLLS:
    case MESSAGES:
        if (c->queue_name[0] != '\0')
            return engine_watch_queue(e, bytes_of(c->queue_name), &c->watcher);
        engine_watch_polls(e, &c->watcher);
        return true;
    case JOURNAL:
        watcher_begin_whole(&c->watcher, &c->tally->journal->watch);
        break;
    case ALL:
    case ANY:
    case NOT:
        break;
    }
    return true;
}

bool condition_watch(struct condition *c, struct engine *e, void *owner)
{
    c->watcher.owner = owner;
    c->watcher.differs = differs;
    c->held = condition_holds(c, e);
    for (size_t i = 0; i < c->child_count; i++)
        if (!condition_watch(c->children[i], e, owner))
            return false;
    return watch(c, e);
}

/* ---- judging ---- */

static const struct queue *queue_of(const struct condition *c, const struct engine *e)
{
    if (c->watcher.watch != NULL)
        return watched_queue(&c->watcher);
    return engine_find_queue(e, bytes_of(c->queue_name));
}

static const struct subscription *subscription_of(const struct condition *c,
                                                  const struct engine *e)
{
    if (c->watcher.watch != NULL)
        return watched_subscription(&c->watcher);
    const struct topic *t = engine_find_topic(e, bytes_of(c->topic_name));
    return t != NULL ? engine_find_subscription(e, t, bytes_of(c->subscription_name)) : NULL;
}

static int64_t count_pending(const struct condition *c, const struct engine *e)
{
    const struct subscription *s = subscription_of(c, e);
    return s != NULL ? (int64_t)s->pending_count : 0;
}

/* The number that a condition without children is about. */
static int64_t found(const struct condition *c, const struct engine *e)
{
    if (c->kind == PENDING)
        return count_pending(c, e);
    if (c->kind == JOURNAL)
        return (int64_t)c->tally->count;
    if (c->kind == AGENDA_EMPTY)
        return (int64_t)(engine_pending_count(e) + engine_flight_count(e));
    if (c->kind == POLLS && c->queue_name[0] == '\0')
        return (int64_t)engine_parked_count(e);
    const struct queue *q = queue_of(c, e);
    if (c->kind == MESSAGES)
        return q != NULL ? (int64_t)queue_count(q, c->state) : 0;
    return q != NULL ? (int64_t)q->poll_count : 0;
}

static size_t holding_children(const struct condition *c, const struct engine *e)
{
    size_t count = 0;
    for (size_t i = 0; i < c->child_count; i++)
        count += condition_holds(c->children[i], e);
    return count;
}

bool condition_holds(const struct condition *c, const struct engine *e)
{
    switch (c->kind) {
    case MESSAGES:
    case POLLS:
    case PENDING:
    case JOURNAL:
        return range_fits(&c->range, found(c, e));
    case AGENDA_EMPTY:
        return found(c, e) == 0;
    case ALL:
        return holding_children(c, e) == c->child_count;
    case ANY:
        return holding_children(c, e) > 0;
    case NOT:
        return !condition_holds(c->children[0], e);
    }
    return false;
}

bool condition_names_known(const struct condition *c, const struct engine *e, struct mistake *m)
{
    for (size_t i = 0; i < c->child_count; i++)
        if (!condition_names_known(c->children[i], e, m))
            return false;
    if (c->kind == PENDING && subscription_of(c, e) == NULL)
        return mistake_set(m, 404, "no-such-subscription", "until",
                           "there is no subscription %s/%s", c->topic_name,
                           c->subscription_name);
    return c->queue_name[0] == '\0' || queue_of(c, e) != NULL ||
           mistake_set(m, 404, "no-such-queue", "until", "there is no queue %s", c->queue_name);
}

static void write_subscription(const struct condition *c, struct buffer *out)
{
    char text[2 * NAME_MAX_LENGTH + 2];
    snprintf(text, sizeof text, "%s/%s", c->topic_name, c->subscription_name);
    json_key_text(out, "subscription", text);
}

static void write_part(const struct condition *c, const struct engine *e, struct buffer *out)
{
    for (size_t i = 0; i < c->child_count; i++)
        write_part(c->children[i], e, out);
    if (c->child_count > 0)
        return;
    json_open(out, '{');
    if (c->kind == PENDING)
        write_subscription(c, out);
    if (c->queue_name[0] != '\0')
        json_key_text(out, "queue", c->queue_name);
    if (c->kind == JOURNAL) {
        json_key(out, "journal");
        json_open(out, '{');
        where_write(out, &c->tally->pattern);
        json_close(out, '}');
    }
    if (c->kind == MESSAGES)
        json_key_text(out, "state", message_state_name(c->state));
    json_key_int(out,
                 c->kind == MESSAGES || c->kind == JOURNAL ? "count"
                 : c->kind == POLLS                        ? "polls"
                 : c->kind == PENDING                      ? "pending"
                                                           : "agenda",
                 found(c, e));
    json_close(out, '}');
}

void condition_write_actual(const struct condition *c, const struct engine *e,
                            struct buffer *out)
{
    json_open(out, '[');
    write_part(c, e, out);
    json_close(out, ']');
}
