/* Snapshots: a namespace as it stands, kept and put back (doc/snapshots.md).
 *
 * Taking and restoring are copies, which are made in slices: namespace_keep(), namespace_restore(). A
 * call whose copy is not whole when it is run is put off, and answered by answer_kept() or
 * answer_restored(); it is the first of the line then, so what it finds is what it has brought about. */
#include "admin/handling.h"
#include "admin/listing.h"
#include "admin/snapshot_document.h"
#include "admin/snapshot_reader.h"
#include "admin/snapshot_schema.h"
#include "admin/snapshots.h"

#include "base/json.h"
#include "engine/names.h"

#include <string.h>

/* ---- what is wrong ---- */

bool snapshot_mistake(struct mistake *m, enum cmq_err err)
{
    if (err != CMQ_MEMORY_FULL)
        return mistake_no_memory(m, "for a copy of the namespace");
    return mistake_set(m, STATUS_CONFLICT, "memory-full", "",
                       "a copy of the namespace would be more than --max-memory allows");
}

struct snapshot *snapshot_named(const struct namespace *ns, struct bytes name,
                                const char *argument, struct mistake *m)
{
    struct snapshot *s = snapshots_find(&ns->snapshots, name);
    if (s == NULL)
        mistake_set(m, STATUS_NOT_FOUND, "no-such-snapshot", argument,
                    "the namespace %s has no snapshot %.*s", ns->name, (int)name.len,
                    name.data);
    return s;
}

/* Whether there may be another one, which may take the place of one that is there. */
static bool has_room(struct handling *h, struct bytes name)
{
    struct namespace_host *host = h->ns->host;
    struct mistake *m = &h->call->mistake;
    size_t others = host->shelf.count - (snapshots_find(&h->ns->snapshots, name) != NULL);
    if (others >= SNAPSHOTS_MAX)
        return mistake_set(m, STATUS_CONFLICT, "too-many-snapshots", "",
                           "there are at most %d snapshots", SNAPSHOTS_MAX);
    graveyard_make_room(&host->graveyard, &host->budgets.messages, SNAPSHOT_BYTES);
    return budget_admits(&host->budgets.messages, SNAPSHOT_BYTES) ||
           snapshot_mistake(m, CMQ_MEMORY_FULL);
}

/* ---- listing ---- */

static const struct argument snapshot_argument = {"snapshot", ARGUMENT_NAME,
                                                  .help = "the name of a snapshot"};
static const struct schema_member snapshot_members[] = {
    {"name", TYPE_NAME, .help = "its name"},
    {"atMs", TYPE_MS, .help = "where the clock stood"},
    {"queues", TYPE_NUMBER, .help = "how many"},
    {"topics", TYPE_NUMBER, .help = "how many"},
    {"messages", TYPE_NUMBER,
     .help = "in all states, and those that are published and pending"},
    {"bytes", TYPE_NUMBER, .help = "of these, bodies and bookkeeping"},
};
static const struct schema snapshot_schema =
    SCHEMA("Snapshot", "A namespace as it stood at an instant.", snapshot_members);
static const struct schema_member list_members[] = {
    {"total", TYPE_NUMBER, .help = "all there are in the namespace"},
    {"snapshots", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &snapshot_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema list_answer =
    SCHEMA("Snapshots", "A page of the snapshots of a namespace.", list_members);

static void write_snapshot(struct buffer *b, const struct snapshot *s)
{
    json_key_text(b, "name", s->name);
    json_key_int(b, "atMs", engine_now_ms(s->engine));
    json_key_int(b, "queues", (int64_t)s->queues);
    json_key_int(b, "topics", (int64_t)s->topics);
    json_key_int(b, "messages", (int64_t)s->messages);
    json_key_int(b, "bytes", (int64_t)snapshot_bytes(s));
}

static const struct argument list_arguments[] = {LISTING_OFFSET,
                                                 LISTING_LIMIT(SNAPSHOTS_MAX, "1000")};

static bool do_list(struct handling *h)
{
    const struct list_node *all = &h->ns->snapshots;
    struct buffer *b = h->call->answer;
    struct listing page;
    int64_t total = 0;
    for (const struct list_node *l = all->next; l != all; l = l->next)
        total++;
    json_key_int(b, "total", total);
    listing_begin(&page, b, "snapshots", h->values);
    for (const struct list_node *l = all->next; l != all && !listing_is_full(&page);
         l = l->next) {
        if (!listing_takes(&page))
            continue;
        json_open(b, '{');
        write_snapshot(b, CONTAINER_OF(l, const struct snapshot, link));
        json_close(b, '}');
    }
    listing_end(&page, total);
    write_time(b, h->ns);
    return true;
}

/* ---- taking ---- */

static const struct argument take_arguments[] = {
    {"name", ARGUMENT_NAME, .help = "the name of the snapshot", .needed = true}};
static const struct schema_member taken_members[] = {
    {"", TYPE_INCLUDED, .of = &snapshot_schema},
    {"replaced", TYPE_FLAG, .help = "whether there was one of this name"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema taken_answer =
    SCHEMA("TakenSnapshot", "A snapshot that was taken.", taken_members);

static bool answer_kept(struct admin_call *c)
{
    const struct namespace *ns = c->namespace;
    if (ns->copying.err != CMQ_OK)
        return snapshot_mistake(&c->mistake, ns->copying.err);
    write_snapshot(c->answer, CONTAINER_OF(ns->snapshots.prev, const struct snapshot, link));
    json_key(c->answer, "replaced");
    json_literal(c->answer, ns->copying.replaced ? "true" : "false");
    write_time(c->answer, ns);
    return true;
}

static bool do_take(struct handling *h)
{
    struct admin_call *c = h->call;
    if (!h->values[0].given)
        return mistake_set(&c->mistake, STATUS_BAD, "missing-argument", "name",
                           "a snapshot needs a name");
    struct bytes name = bytes_of(h->values[0].name);
    if (!has_room(h, name))
        return false;
    struct snapshot *s = snapshot_new(&h->ns->host->shelf, name);
    if (s == NULL)
        return mistake_no_memory(&c->mistake, "for a snapshot");
    namespace_keep(h->ns, s);
    snapshot_give(s);
    c->rest = answer_kept;
    if (!namespace_is_copying(h->ns))
        return answer_kept(c);
    c->result = ADMIN_PUT_OFF;
    return true;
}

/* ---- restoring ---- */

static const struct schema_member restored_members[] = {
    {"restored", TYPE_NAME, .help = "the name of the snapshot"},
    {"released", TYPE_NUMBER, .help = "long polls that waited"},
    {"", TYPE_INCLUDED, .of = &clock_schema},
};
static const struct schema restored_answer =
    SCHEMA("Restored", "A namespace that was put back to where it stood.", restored_members);

static bool answer_restored(struct admin_call *c)
{
    if (c->namespace->copying.err != CMQ_OK)
        return snapshot_mistake(&c->mistake, c->namespace->copying.err);
    json_key_string(c->answer, "restored", c->name);
    json_key_int(c->answer, "released",
                 (int64_t)(c->namespace->delivered - c->delivered_before));
    write_clock(c->answer, c->namespace);
    return true;
}

static bool do_restore(struct handling *h)
{
    struct admin_call *c = h->call;
    struct snapshot *s = snapshot_named(h->ns, h->name, "", &c->mistake);
    if (s == NULL)
        return false;
    c->delivered_before = h->ns->delivered;
    namespace_restore(h->ns, s);
    c->rest = answer_restored;
    if (!namespace_is_copying(h->ns))
        return answer_restored(c);
    c->result = ADMIN_PUT_OFF;
    return true;
}

/* ---- the document ---- */

static bool do_show(struct handling *h)
{
    struct admin_call *c = h->call;
    struct snapshot *s = snapshot_named(h->ns, h->name, "", &c->mistake);
    if (s == NULL)
        return false;
    c->more = snapshot_document(s);
    return c->more != NULL || mistake_no_memory(&c->mistake, "for the document");
}

static bool may_be_read(struct handling *h)
{
    struct mistake *m = &h->call->mistake;
    if (!is_name(h->name))
        return MISTAKE_INVALID(m, "",
                               "the name of a snapshot has 1 to 64 letters, digits, - and _, "
                               "the first a letter");
    if (h->call->body.len > GIVEN_BODY_MAX)
        return mistake_set(m, STATUS_TOO_LARGE, "too-large", "",
                           "a document has at most %d bytes here; --restore FILE takes any",
                           GIVEN_BODY_MAX);
    return has_room(h, h->name);
}

/* The document is read as far as the effort goes; then the call is put off, before all others. */
static bool go_on_reading(struct admin_call *c)
{
    struct namespace *ns = c->namespace;
    enum snapshot_read read = snapshot_reading_go_on(c->reading, &c->mistake);
    c->again = read == SNAPSHOT_READ_SOME;
    if (read != SNAPSHOT_READ)
        return c->again;
    struct snapshot *s = snapshot_reading_take(c->reading, &c->mistake);
    if (s == NULL)
        return false;
    bool replaced = snapshots_put(&ns->snapshots, s);
    write_snapshot(c->answer, s);
    json_key(c->answer, "replaced");
    json_literal(c->answer, replaced ? "true" : "false");
    write_time(c->answer, ns);
    return true;
}

static bool do_put(struct handling *h)
{
    struct admin_call *c = h->call;
    if (!may_be_read(h))
        return false;
    c->reading = snapshot_reading_begin(c->registry, h->ns, c->body, h->name);
    if (c->reading == NULL)
        return mistake_no_memory(&c->mistake, "for the snapshot");
    c->rest = go_on_reading;
    bool well = go_on_reading(c);
    if (c->again)
        c->result = ADMIN_PUT_OFF;
    return well;
}

static const struct schema_member dropped_members[] = {
    {"dropped", TYPE_NAME, .help = "its name"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema dropped_answer =
    SCHEMA("DroppedSnapshot", "A snapshot that was forgotten.", dropped_members);

static bool do_drop(struct handling *h)
{
    struct snapshot *s = snapshot_named(h->ns, h->name, "", &h->call->mistake);
    if (s == NULL)
        return false;
    json_key_text(h->call->answer, "dropped", s->name);
    snapshots_drop(s);
    write_time(h->call->answer, h->ns);
    return true;
}

/* clang-format off */
const struct route snapshot_routes[] = {
    { "GET",    "/_emulator/snapshots",           list_arguments, COUNT(list_arguments), 0, do_list, "lists the namespace's snapshots", .answer = &list_answer },
    { "POST",   "/_emulator/snapshots",           take_arguments, COUNT(take_arguments), ROUTE_IN_TURN, do_take, "keeps the namespace as it stands", .answer = &taken_answer, .mistakes = {"missing-argument", "too-many-snapshots", "memory-full", "own-push", "reset-meanwhile"} },
    { "GET",    "/_emulator/snapshots/*",         NULL, 0, 0, do_show, "shows a snapshot as a document", .answer = &snapshot_document_schema, .mistakes = {"no-such-snapshot"}, .named = &snapshot_argument },
    { "PUT",    "/_emulator/snapshots/*",         NULL, 0, ROUTE_RAW, do_put, "takes a snapshot from a document", .answer = &taken_answer, .mistakes = {"too-many-snapshots", "memory-full"}, .named = &snapshot_argument, .takes = &snapshot_document_schema },
    { "POST",   "/_emulator/snapshots/*/restore", NULL, 0, ROUTE_MOVES, do_restore, "puts the namespace back to where it stood", .answer = &restored_answer, .mistakes = {"no-such-snapshot", "memory-full"}, .named = &snapshot_argument },
    { "DELETE", "/_emulator/snapshots/*",         NULL, 0, 0, do_drop, "forgets a snapshot", .answer = &dropped_answer, .mistakes = {"no-such-snapshot"}, .named = &snapshot_argument },
    { .method = NULL },
};
/* clang-format on */
