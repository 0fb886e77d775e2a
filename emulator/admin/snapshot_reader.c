/* The text is known to be JSON when the walk begins (json_scan.h). Lists that may be long are the last
 * members of their objects: what comes before them, the head, is made a tree and read, and then one item of
 * the list after the other, which may have a head and lists itself. So what is read at a time is short, and
 * reading can stop behind it:
 *
 *   scan --> read_whole --> next_item, next_item, ... --> end_making --> over
 *                             | ^
 *      an item that has lists | | all of them are read
 *                             v |
 *                  next_item, next_item, ... end_item
 *
 * Rows say which lists there are (struct list), and a level is an object whose lists are being read. */
#include "admin/snapshot_reader.h"

#include "admin/fault_rules.h"
#include "admin/limits.h"
#include "admin/snapshot_parts.h"
#include "admin/snapshot_schema.h"
#include "base/json_read.h"
#include "base/json_walk.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PATH_SIZE = MISTAKE_ARGUMENT_SIZE,
    LEVELS = 16, /* of JSON */
    DEPTH = 3    /* the whole, a topic, a message of it */
};

struct snapshot_reading;

/* Each does some of it. False, with the mistake, when the document is wrong. */
typedef bool step_fn(struct snapshot_reading *r);
typedef bool read_fn(struct snapshot_reading *r, const cJSON *json);

struct list {
    const char *name;         /* NULL: behind the last one of its object */
    read_fn *read;            /* an item, or its head */
    const struct list *lists; /* of an item; NULL: it has none */
    step_fn *end;             /* when they are read; NULL: nothing is left to be done */
};

struct level {
    const struct list *list; /* that is being read */
    size_t item;             /* the next one */
    struct json head;        /* which what is read of the head refers to */
    char path[PATH_SIZE];    /* of the object */
};

struct snapshot_reading {
    const struct registry *registry;
    struct namespace *ns;
    struct mistake *m;
    struct bytes text;
    step_fn *step; /* the next one; NULL: all is read */
    bool waits;    /* the end of an item is not over, as the effort is used up */
    struct json_scan scan;
    struct json_walk walk;
    struct level levels[DEPTH];
    size_t depth;                        /* of the level at hand */
    struct json item;                    /* without lists */
    struct buffer room;                  /* for what is not in the text as it stands */
    char path[PATH_SIZE];                /* of the part at hand */
    struct making *making;               /* NULL until the head is read, and at the end */
    struct engine *made;                 /* at the end */
    struct publication_part publication; /* whose deliveries are read */
    struct delivery_part *deliveries;
    size_t delivery_room;
    struct faults faults;
    cmq_ms now_ms;
    enum clock_mode mode;
    char name[SNAPSHOT_NAME_MAX + 1];
};

static bool fail(struct snapshot_reading *r, enum cmq_err err)
{
    if (err == CMQ_MEMORY_FULL)
        return mistake_set(r->m, 409, "memory-full", r->path,
                           "%s: there is no more room than --max-memory allows", r->path);
    if (err == CMQ_INTERNAL)
        return mistake_no_memory(r->m, "for the snapshot");
    if (err == CMQ_PARAM_RANGE)
        return MISTAKE_INVALID(r->m, r->path,
                               "%s is not in order: it comes before the last one", r->path);
    return MISTAKE_INVALID(r->m, r->path, "%s: %s", r->path, cmq_err_text(err));
}

static bool is_made(struct snapshot_reading *r, enum cmq_err err)
{
    return err == CMQ_OK || fail(r, err);
}

static const char *name_of_part(const struct snapshot_reading *r)
{
    return r->path[0] != '\0' ? r->path : "a snapshot";
}

/* ---- what is at hand, as a tree ---- */

static bool build(struct snapshot_reading *r, struct bytes text, struct json *out)
{
    static const struct json_bounds bounds = {.values = SNAPSHOT_VALUES_MAX, .levels = LEVELS};
    json_free(out);
    switch (json_read(out, text, &bounds)) {
    case JSON_GOOD:
        return true;
    case JSON_NO_MEMORY:
        return mistake_no_memory(r->m, "for the document");
    case JSON_BAD:
    case JSON_NUL:
    case JSON_TOO_MUCH:
        break;
    }
    return MISTAKE_INVALID(r->m, r->path,
                           "%s has more than %d values, or more than %d levels of them",
                           name_of_part(r), SNAPSHOT_VALUES_MAX, LEVELS);
}

static const struct list *find_list(const struct list *lists, struct bytes name)
{
    while (lists->name != NULL &&
           (name.data == NULL || !bytes_equal(name, bytes_of(lists->name))))
        lists++;
    return lists;
}

/* Take the members of the object at hand up to the first of these lists, which is where the level is then;
 * or behind the last of them if it has none. */
static bool take_head(struct snapshot_reading *r, const struct list *lists, struct level *l)
{
    (void)json_walk_peek(&r->walk);
    const char *begin = r->walk.at;
    if (!json_walk_enter(&r->walk, '{'))
        return MISTAKE_INVALID(r->m, r->path, "%s must be an object", name_of_part(r));
    const char *end = r->walk.at;
    for (;;) {
        struct bytes name = json_walk_member(&r->walk);
        l->list = find_list(lists, name);
        if (name.data == NULL || l->list->name != NULL)
            break;
        (void)json_walk_value(&r->walk);
        end = r->walk.at;
    }
    buffer_clear(&r->room);
    buffer_append(&r->room, (struct bytes){begin, (size_t)(end - begin)});
    buffer_append_char(&r->room, '}');
    if (r->room.failed)
        return mistake_no_memory(r->m, "for the document");
    return build(r, buffer_bytes(&r->room), &l->head);
}

/* ---- items ---- */

static bool read_queue(struct snapshot_reading *r, const cJSON *json)
{
    struct tag tags[RESOURCE_TAGS_MAX];
    struct queue_part q;
    struct part p;
    return part_begin(&p, json, r->path, &kept_queue_schema, r->m) &&
           queue_part_read(&p, r->now_ms, tags, &q) && is_made(r, making_queue(r->making, &q));
}

static bool end_queue(struct snapshot_reading *r)
{
    char path[PATH_SIZE];
    size_t at = 0;
    enum cmq_err err = making_end_queue(r->making, &at);
    r->waits = err == CMQ_WAITING;
    if (err != CMQ_HANDLE_INVALID)
        return r->waits || is_made(r, err);
    snprintf(path, sizeof path, "%.80s.messages[%zu].receiptHandle", r->path, at);
    return MISTAKE_INVALID(r->m, path, "%s is that of another message", path);
}

static bool read_message(struct snapshot_reading *r, const cJSON *json)
{
    struct message_part m;
    struct part p;
    return part_begin(&p, json, r->path, &kept_message_schema, r->m) &&
           message_part_read(&p, r->now_ms, &r->room, &m) &&
           is_made(r, making_message(r->making, &m));
}

static bool read_topic(struct snapshot_reading *r, const cJSON *json)
{
    struct tag tags[RESOURCE_TAGS_MAX];
    struct topic_part t;
    struct part p;
    return part_begin(&p, json, r->path, &kept_topic_schema, r->m) &&
           topic_part_read(&p, r->now_ms, tags, &t) && is_made(r, making_topic(r->making, &t));
}

static size_t subscriptions_max(const struct snapshot_reading *r)
{
    return engine_limits_of(making_engine(r->making))->max_subscriptions;
}

static bool read_subscription(struct snapshot_reading *r, const cJSON *json)
{
    struct subscription_part s;
    struct part p;
    if (r->levels[r->depth].item > subscriptions_max(r))
        return MISTAKE_INVALID(r->m, r->path, "%s is one more than the limit allows", r->path);
    return part_begin(&p, json, r->path, &kept_subscription_schema, r->m) &&
           subscription_part_read(&p, r->now_ms, &s) &&
           is_made(r, making_subscription(r->making, &s));
}

static bool read_publication(struct snapshot_reading *r, const cJSON *json)
{
    struct part p;
    if (!part_begin(&p, json, r->path, &kept_publication_schema, r->m) ||
        !publication_part_read(&p, r->now_ms, &r->room, &r->publication))
        return false;
    return r->publication.subscribers <= subscriptions_max(r) ||
           part_fail(&p, "subscribers", "no more than the limit of subscriptions");
}

static bool add_delivery(struct snapshot_reading *r, const struct delivery_part *d)
{
    struct publication_part *to = &r->publication;
    if (to->delivery_count == r->delivery_room) {
        size_t room = r->delivery_room > 0 ? 2 * r->delivery_room : 16;
        struct delivery_part *wider = realloc(r->deliveries, room * sizeof *wider);
        if (wider == NULL)
            return mistake_no_memory(r->m, "for the snapshot");
        r->deliveries = wider;
        r->delivery_room = room;
    }
    r->deliveries[to->delivery_count++] = *d;
    return true;
}

static bool read_delivery(struct snapshot_reading *r, const cJSON *json)
{
    struct delivery_part d = {.subscription = NULL};
    struct bytes subscription;
    struct part p;
    if (!part_begin(&p, json, r->path, &kept_delivery_schema, r->m) ||
        !delivery_part_read(&p, &r->ns->host->shelf, &subscription, &d))
        return false;
    d.subscription = making_find_subscription(r->making, subscription);
    if (d.subscription == NULL)
        return part_fail(&p, "subscription", "one of the topic");
    return add_delivery(r, &d);
}

/* Those that have ended only take room, which is made for no more than can be made at a time. */
static size_t subscribers_of(const struct publication_part *p)
{
    size_t most = p->delivery_count + SNAPSHOT_ENDED_MAX;
    if (p->subscribers < p->delivery_count)
        return p->delivery_count;
    return p->subscribers < most ? p->subscribers : most;
}

static bool end_publication(struct snapshot_reading *r)
{
    struct publication_part *p = &r->publication;
    if (p->delivery_count == 0)
        return MISTAKE_INVALID(r->m, r->path, "%s needs deliveries that are pending", r->path);
    p->deliveries = r->deliveries;
    p->subscribers = subscribers_of(p);
    effort_spend(r->ns->config.effort, p->subscribers);
    enum cmq_err err = making_publication(r->making, p);
    if (err == CMQ_SUBSCRIPTION_EXISTS)
        return MISTAKE_INVALID(r->m, r->path, "%s has two deliveries to one subscription",
                               r->path);
    return is_made(r, err);
}

static bool read_name(struct snapshot_reading *r, const cJSON *json)
{
    struct name_part n;
    struct part p;
    return part_begin(&p, json, r->path, &kept_name_schema, r->m) &&
           name_part_read(&p, r->now_ms, &n) && is_made(r, making_name(r->making, &n));
}

/* Given, or the next one behind the last; two rules with one id could not be told apart. */
static bool read_fault_id(struct snapshot_reading *r, struct part *p, uint64_t last,
                          struct fault_rule *rule)
{
    uint64_t id = (uint64_t)part_number(p, "id", (int64_t)rule->id);
    rule->id = 0;
    if (faults_find(&r->faults, id) != NULL)
        return part_fail(p, "id", "another one than those of the rules before it");
    rule->id = id;
    r->faults.last_id = id > last ? id : last;
    return true;
}

/* A rule takes longer to read than its length says. */
static bool read_fault(struct snapshot_reading *r, const cJSON *json)
{
    enum { RULE = 50 };
    char rule_path[PATH_SIZE];
    struct part p;
    effort_spend(r->ns->config.effort, RULE);
    if (!part_begin(&p, json, r->path, &kept_fault_schema, r->m))
        return false;
    const cJSON *given = part_member(&p, "rule");
    if (!cJSON_IsObject(given))
        return part_fail(&p, "rule", "an object");
    mistake_path(rule_path, r->path, "rule");
    uint64_t last = r->faults.last_id;
    struct fault_rule *rule =
        fault_rule_add(given, rule_path, &r->faults, r->ns->host->fault_words, r->m);
    if (rule == NULL || !read_fault_id(r, &p, last, rule))
        return false;
    rule->matched = part_count(&p, "matched");
    rule->applied = part_count(&p, "applied");
    rule->spec.sloppy = part_flag(&p, "sloppy", false);
    return p.ok;
}

static const struct list of_a_queue[] = {{"messages", read_message, NULL, NULL},
                                         {.name = NULL}};
static const struct list of_a_publication[] = {{"deliveries", read_delivery, NULL, NULL},
                                               {.name = NULL}};
static const struct list of_a_topic[] = {
    {"subscriptions", read_subscription, NULL, NULL},
    {"messages", read_publication, of_a_publication, end_publication},
    {.name = NULL},
};
static const struct list of_the_whole[] = {
    {"faults", read_fault, NULL, NULL},
    {"queues", read_queue, of_a_queue, end_queue},
    {"topics", read_topic, of_a_topic, NULL},
    {"names", read_name, NULL, NULL},
    {.name = NULL},
};

/* ---- the head ---- */

static void read_numbers(struct part *p, const char *name, const char *const *names,
                         uint64_t *out)
{
    struct part of;
    char path[PATH_SIZE];
    if (!part_enter(&of, p, name, path))
        return;
    for (size_t i = 0; names[i] != NULL; i++)
        out[i] = part_count(&of, names[i]);
    p->ok = of.ok;
}

static void read_clock(struct snapshot_reading *r, struct part *p)
{
    struct part clock;
    char path[PATH_SIZE];
    r->now_ms = engine_now_ms(r->ns->engine);
    r->mode = CLOCK_FROZEN;
    if (!part_enter(&clock, p, "clock", path))
        return;
    r->now_ms = part_ms(&clock, "nowMs", r->now_ms);
    r->mode = (enum clock_mode)part_word(&clock, "mode", r->mode);
    p->ok = clock.ok;
}

static uint64_t read_seed(struct part *p, const char *name, uint64_t otherwise)
{
    struct bytes text = part_text(p, name);
    uint64_t seed = 0;
    if (text.data == NULL)
        return otherwise;
    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text.data[i] - '0';
        if (digit > 9 || seed > (UINT64_MAX - digit) / 10) {
            part_fail(p, name, "a text of digits, below 2^64");
            break;
        }
        seed = seed * 10 + digit;
    }
    return seed;
}

static void read_limits(struct snapshot_reading *r, struct part *p, struct engine_limits *l)
{
    const cJSON *item = part_member(p, "limits");
    if (item == NULL)
        return;
    *l = r->registry->config.engine.limits;
    if (!limits_read(item, "limits", l, r->m))
        p->ok = false;
}

static bool begin_making(struct snapshot_reading *r, const cJSON *json)
{
    struct engine_config config = r->ns->config;
    struct engine_counters counters = {.control = 0};
    struct part p;
    if (!part_begin(&p, json, "", &snapshot_document_schema, r->m))
        return false;
    (void)part_word(&p, "format", 0);
    struct bytes name = part_name(&p, "name");
    read_clock(r, &p);
    config.now_ms = r->now_ms;
    config.seed = read_seed(&p, "seed", config.seed);
    config.account.uin = part_number(&p, "uin", config.account.uin);
    config.account.app_id = part_number(&p, "appId", config.account.app_id);
    config.watches = NULL;
    read_limits(r, &p, &config.limits);
    read_numbers(&p, "ids", snapshot_id_names, counters.ids);
    counters.last_serial = part_count(&p, "lastSerial");
    counters.control = (uint32_t)part_number(&p, "controlCalls", 0);
    read_numbers(&p, "fired", event_kind_names, counters.fired);
    read_numbers(&p, "pushed", snapshot_result_names, counters.pushed);
    r->faults.seed = read_seed(&p, "faultSeed", config.seed);
    r->faults.last_id = part_count(&p, "lastFault");
    if (!p.ok)
        return false;
    if (r->name[0] == '\0' && name.data != NULL)
        memcpy(r->name, name.data, name.len);
    r->making = making_begin(&config, &counters);
    return r->making != NULL || mistake_no_memory(r->m, "for the snapshot");
}

/* ---- step by step ---- */

static step_fn scan, read_whole, next_item, end_item, end_making;

/* What is wrong with the text as a whole. */
static bool refuse_text(struct snapshot_reading *r, enum json_fault fault)
{
    return mistake_set(r->m, 400, "invalid-body", "", "%s, at byte %zu",
                       fault == JSON_NUL ? "a text has a NUL; such a body is msgBodyBase64"
                       : fault == JSON_TOO_MUCH ? "it has too many levels"
                                                : "the document is no JSON",
                       r->scan.at);
}

static bool scan(struct snapshot_reading *r)
{
    enum { PIECE = 16 * 1024, PIECE_EFFORT = 400 };
    size_t left = (size_t)(r->walk.end - r->walk.at);
    size_t len = left < PIECE ? left : PIECE;
    json_scan_add(&r->scan, (struct bytes){r->walk.at, len});
    r->walk.at += len;
    effort_spend(r->ns->config.effort, PIECE_EFFORT);
    if (len < left)
        return true;
    enum json_fault fault = json_scan_end(&r->scan);
    r->walk = json_walk_of(r->text);
    r->step = read_whole;
    return fault == JSON_GOOD || refuse_text(r, fault);
}

/* Where the level is: in a list, or behind the last one. */
static bool enter_list(struct snapshot_reading *r)
{
    struct level *l = &r->levels[r->depth];
    char path[PATH_SIZE];
    l->item = 0;
    r->step = l->list->name != NULL ? next_item : end_item;
    if (l->list->name == NULL || json_walk_enter(&r->walk, '['))
        return true;
    mistake_path(path, l->path, l->list->name);
    return MISTAKE_INVALID(r->m, path, "%s must be a list", path);
}

static bool read_whole(struct snapshot_reading *r)
{
    struct level *l = &r->levels[0];
    return take_head(r, of_the_whole, l) && begin_making(r, l->head.root) && enter_list(r);
}

/* Its head; its lists follow. */
static bool enter_item(struct snapshot_reading *r, const struct list *list)
{
    assert(r->depth + 1 < DEPTH);
    struct level *l = &r->levels[++r->depth];
    snprintf(l->path, sizeof l->path, "%s", r->path);
    return take_head(r, list->lists, l) && list->read(r, l->head.root) && enter_list(r);
}

/* Behind a list: the next one, which must be a later one, or the end of the object. */
static bool leave_list(struct snapshot_reading *r, const struct list *lists)
{
    struct level *l = &r->levels[r->depth];
    const struct list *last = l->list;
    struct bytes name = json_walk_member(&r->walk);
    snprintf(r->path, sizeof r->path, "%s", l->path);
    l->list = find_list(lists, name);
    if (name.data == NULL || (l->list->name != NULL && l->list > last))
        return enter_list(r);
    return MISTAKE_INVALID(r->m, r->path, "%.*s must come before %s",
                           (int)(name.len < 64 ? name.len : 64), name.data, last->name);
}

static bool next_item(struct snapshot_reading *r)
{
    struct level *l = &r->levels[r->depth];
    const struct list *list = l->list;
    if (!json_walk_item(&r->walk))
        return leave_list(r, r->depth > 0 ? r->levels[r->depth - 1].list->lists : of_the_whole);
    snprintf(r->path, sizeof r->path, "%.90s%s%s[%zu]", l->path, r->depth > 0 ? "." : "",
             list->name, l->item++);
    if (list->lists != NULL)
        return enter_item(r, list);
    return build(r, json_walk_value(&r->walk), &r->item) && list->read(r, r->item.root);
}

/* All lists of an item are read, or of the whole. */
static bool end_item(struct snapshot_reading *r)
{
    if (r->depth == 0) {
        r->step = end_making;
        return true;
    }
    const struct list *list = r->levels[r->depth - 1].list;
    r->waits = false;
    if (list->end != NULL && !list->end(r))
        return false;
    if (r->waits)
        return true;
    r->depth--;
    r->step = next_item;
    return true;
}

static bool end_making(struct snapshot_reading *r)
{
    size_t at = 0;
    enum cmq_err err = making_end(r->making, &r->made, &at);
    if (err == CMQ_WAITING)
        return true;
    r->step = NULL;
    if (err == CMQ_OK) {
        r->making = NULL;
        return true;
    }
    snprintf(r->path, sizeof r->path, "queues[%zu].deadLetter", at);
    return fail(r, err);
}

struct snapshot_reading *snapshot_reading_begin(const struct registry *registry,
                                                struct namespace *ns, struct bytes text,
                                                struct bytes name)
{
    static const struct json_bounds bounds = {.values = SIZE_MAX, .levels = LEVELS};
    struct snapshot_reading *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->registry = registry;
    r->ns = ns;
    r->text = text;
    r->walk = json_walk_of(text);
    r->step = scan;
    json_scan_begin(&r->scan, &bounds);
    faults_init(&r->faults, &ns->faults.allocator, ns->faults.budget, 0);
    if (name.data != NULL)
        memcpy(r->name, name.data, name.len);
    return r;
}

/* Parts take effort by their length. */
enum snapshot_read snapshot_reading_go_on(struct snapshot_reading *r, struct mistake *m)
{
    enum { PART = 10, BYTES_OF_A_UNIT = 16 };
    struct effort *effort = r->ns->config.effort;
    r->m = m;
    while (r->step != NULL) {
        const char *from = r->walk.at;
        bool is_scan = r->step == scan;
        if (effort_is_used_up(effort))
            return SNAPSHOT_READ_SOME;
        if (!r->step(r))
            return SNAPSHOT_WRONG;
        if (!is_scan)
            effort_spend(effort, PART + (size_t)(r->walk.at - from) / BYTES_OF_A_UNIT);
    }
    return SNAPSHOT_READ;
}

struct snapshot *snapshot_reading_take(struct snapshot_reading *r, struct mistake *m)
{
    const char *name = r->name[0] != '\0' ? r->name : "restored";
    struct snapshot *s = snapshot_new(&r->ns->host->shelf, bytes_of(name));
    assert(r->made != NULL);
    if (s == NULL) {
        mistake_no_memory(m, "for the snapshot");
        return NULL;
    }
    snapshot_fill(s, r->made, r->mode);
    r->made = NULL;
    faults_move(&s->faults, &r->faults);
    return s;
}

void snapshot_reading_end(struct snapshot_reading *r)
{
    if (r == NULL)
        return;
    if (r->making != NULL)
        r->made = making_give_up(r->making);
    if (r->made != NULL)
        graveyard_bury(&r->ns->host->graveyard, r->made);
    faults_clear(&r->faults);
    for (size_t i = 0; i < DEPTH; i++)
        json_free(&r->levels[i].head);
    json_free(&r->item);
    buffer_free(&r->room);
    free(r->deliveries);
    free(r);
}

bool snapshot_begin_with(struct registry *registry, struct bytes text, cmq_ms real_now_ms,
                         struct mistake *m)
{
    struct namespace *ns = registry->home;
    struct snapshot_reading *r =
        snapshot_reading_begin(registry, ns, text, (struct bytes){NULL, 0});
    if (r == NULL)
        return mistake_no_memory(m, "for the snapshot");
    struct snapshot *s =
        snapshot_reading_go_on(r, m) == SNAPSHOT_READ ? snapshot_reading_take(r, m) : NULL;
    snapshot_reading_end(r);
    if (s == NULL)
        return false;
    (void)snapshots_put(&ns->snapshots, s);
    namespace_enter(ns, ENTER_STILL, real_now_ms);
    namespace_restore(ns, s);
    namespace_leave(ns);
    if (ns->copying.err == CMQ_OK)
        return true;
    return mistake_set(m, 409, "memory-full", "", "there is no room for it");
}
