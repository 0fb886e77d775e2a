/* From a request to its handler.
 *
 * admin_read() and admin_run() are apart because the first says in which namespace the second
 * is to be run: the caller enters that in between. A call with a mistake is run as well, in
 * "default" if its namespace is unknown: every answer tells a virtual time.
 *
 * admin_run() opens the answer's object before the handler runs, and closes it afterwards;
 * handlers write members only. The answer of a call that moves time or awaits a condition is
 * written when that has ended, so what was begun here is cleared. */
#include "admin/admin.h"

#include "admin/handling.h"
#include "admin/snapshot_reader.h"
#include "base/json.h"

#include <assert.h>

bool has_journal(struct handling *h, const char *argument)
{
    return h->ns->journal.bound > 0 ||
           mistake_set(&h->call->mistake, STATUS_CONFLICT, "no-journal", argument,
                       "the namespace %s remembers no requests: its limit journal is 0",
                       h->ns->name);
}

void admin_answer_end(struct admin_call *c, enum wait_end how)
{
    static const struct {
        int status;
        const char *code, *message;
    } ends[] = {
        [WAIT_RESET] = {STATUS_CONFLICT, "reset-meanwhile",
                        "the namespace was reset or restored while its time was being moved"},
        [WAIT_DROPPED] = {STATUS_NOT_FOUND, "no-such-namespace",
                          "the namespace was dropped meanwhile"},
        [WAIT_STOPPING] = {STATUS_UNAVAILABLE, "stopping", "the emulator is told to stop"},
    };
    assert(how != WAIT_SATISFIED);
    c->status = ends[how].status;
    mistake_set(&c->mistake, c->status, ends[how].code, "", "%s", ends[how].message);
    admin_write_error(c->answer, c->mistake.code, c->mistake.message,
                      c->namespace->dropped ? c->registry->home : c->namespace);
    admin_forget_condition(c);
}

void admin_forget_condition(struct admin_call *c)
{
    condition_free(c->condition);
    c->condition = NULL;
    if (c->awaited > 0)
        budget_give(&c->registry->host.budgets.awaits, c->awaited);
    c->awaited = 0;
}

void admin_write_error(struct buffer *answer, const char *code, const char *message,
                       const struct namespace *ns)
{
    json_open(answer, '{');
    write_error(answer, code, message, "");
    if (ns != NULL)
        write_time(answer, ns);
    json_close(answer, '}');
}

static void write_mistake(const struct admin_call *c)
{
    const struct mistake *m = &c->mistake;
    write_error(c->answer, m->code, m->message, m->argument);
    write_time(c->answer, c->namespace->dropped ? c->registry->home : c->namespace);
}

/* The namespace that is asked for, "default" if none is; NULL, with the mistake, if there is none
 * of that name. */
static struct namespace *find_namespace(struct admin_call *c, struct bytes name)
{
    struct namespace *ns = registry_find(c->registry, name);
    if (ns == NULL)
        mistake_set(&c->mistake, STATUS_NOT_FOUND, "no-such-namespace", "namespace",
                    "there is no namespace %.*s", (int)(name.len < 64 ? name.len : 64),
                    name.data);
    return ns;
}

static struct namespace *take_namespace(struct admin_call *c)
{
    const cJSON *item = given_take(&c->given, "namespace");
    struct namespace *ns = NULL;
    if (item == NULL)
        return c->registry->home;
    if (!cJSON_IsString(item))
        MISTAKE_INVALID(&c->mistake, "namespace", "namespace must be the name of a namespace");
    else if (given_take(&c->given, "namespace") != NULL)
        MISTAKE_INVALID(&c->mistake, "namespace", "namespace is given twice");
    else
        ns = find_namespace(c, bytes_of(item->valuestring));
    return ns;
}

/* A raw call has its body for itself. Where the body cannot be read, a namespace in the query
 * still says whose time the answer tells. */
static struct namespace *select_namespace(struct admin_call *c)
{
    const struct bytes *name = form_find(&c->form, bytes_of("namespace"));
    if ((c->route->flags & ROUTE_RAW) != 0)
        return name != NULL ? find_namespace(c, *name) : c->registry->home;
    if (given_read(&c->given, &c->form, c->body, &c->mistake))
        return take_namespace(c);
    return name != NULL ? registry_find(c->registry, *name) : NULL;
}

bool mistake_own_push(struct mistake *m)
{
    return mistake_set(
        m, STATUS_CONFLICT, "own-push", "",
        "a push of this namespace makes this call, and time does not move before "
        "that push has ended: they would wait for each other");
}

void admin_read(struct admin_call *c)
{
    bool readable = form_parse(&c->form, c->query, c->query_len);
    c->path_len = form_decode(c->path, c->path_len);
    c->namespace = c->registry->home;
    c->allow[0] = '\0';
    c->mistake.status = 0;
    c->mistake.retry_after_s = 0;
    c->route = NULL;
    c->given = (struct given){NULL, {0}, {0}};
    c->condition = NULL;
    c->reading = NULL;
    c->survey = NULL;
    c->awaited = 0;
    c->moves = false;
    if (c->form.no_memory) {
        mistake_no_memory(&c->mistake, "for the arguments");
        return;
    }
    if (!readable) {
        mistake_set(&c->mistake, STATUS_BAD, "invalid-query", "", "too many arguments");
        return;
    }
    c->route = route_find(c);
    if (c->route == NULL)
        return;
    c->moves = (c->route->flags & ROUTE_MOVES) != 0;
    if (c->too_large) {
        mistake_set(&c->mistake, STATUS_TOO_LARGE, "too-large", "",
                    "the body is longer than --max-body allows");
        return;
    }
    struct namespace *ns = select_namespace(c);
    if (ns != NULL)
        c->namespace = ns;
}

static unsigned flags_of(const struct admin_call *c)
{
    return c->mistake.status == 0 && c->route != NULL ? c->route->flags : 0;
}

struct namespace *admin_waits_for(const struct admin_call *c)
{
    unsigned flags = flags_of(c);
    if (flags & ROUTE_OF_NAMED)
        return registry_find(c->registry, c->name);
    return flags & ROUTE_ANY_TIME ? NULL : c->namespace;
}

enum entry admin_entry(const struct admin_call *c)
{
    return flags_of(c) & ROUTE_ACTS ? ENTER_TO_ACT : ENTER_TO_LOOK;
}

size_t admin_events(const struct admin_call *c)
{
    bool looks = (flags_of(c) & ROUTE_AGENDA) != 0 && !agenda_is_surveyed(c);
    return looks ? AGENDA_LOOKS_MAX : 1;
}

bool admin_must_wait(struct admin_call *c)
{
    if ((flags_of(c) & ROUTE_IN_TURN) == 0 || !namespace_is_moving(c->namespace))
        return false;
    return !is_own_push(c) || mistake_own_push(&c->mistake);
}

static bool run_route(struct handling *h, const struct route *r)
{
    struct admin_call *c = h->call;
    size_t count = r->flags & ROUTE_OWN_ARGUMENTS ? 0 : r->argument_count;
    h->object = c->given.object;
    bool done = (r->flags & ROUTE_OWN_ARGUMENTS ||
                 call_arguments_read(r->arguments, count, h->object, h->values, &c->mistake)) &&
                r->run(h);
    call_arguments_free(h->values, count);
    return done;
}

/* Room for the answer to a call that may change something, before it does: what it tells is the
 * clock, a few names, and a pair of secret id and key. */
static bool make_room(struct admin_call *c)
{
    enum { ROOM = 5120 };
    return bytes_equal(bytes_of(c->route->method), bytes_of("GET")) ||
           buffer_reserve(c->answer, ROOM) || mistake_no_memory(&c->mistake, "for the answer");
}

static bool run(struct admin_call *c)
{
    struct handling h = {.call = c, .ns = c->namespace, .name = c->name};
    if (c->mistake.status != 0 || c->route == NULL || !make_room(c))
        return false;
    return c->route->flags & ROUTE_RAW ? c->route->run(&h) : run_route(&h, c->route);
}

/* What is short need not be sent in parts. */
static void take_short_rest(struct admin_call *c)
{
    enum { SHORT = 64 * 1024 };
    while (c->more != NULL && c->answer->len < SHORT && !c->answer->failed) {
        if (c->more->next(c->more, c->answer))
            continue;
        source_end(c->more);
        c->more = NULL;
    }
}

/* Close the answer's object, unless the rest of it does. */
static void end_answer(struct admin_call *c)
{
    if (c->more == NULL)
        json_close(c->answer, '}');
    if (c->reader == NULL)
        take_short_rest(c);
}

void admin_run(struct admin_call *c)
{
    assert(c->namespace->depth > 0);
    c->result = ADMIN_ANSWERED;
    c->status = STATUS_OK;
    c->reset = NULL;
    c->made = NULL;
    c->more = NULL;
    c->reader = NULL;

    bool streams = (flags_of(c) & ROUTE_STREAM) != 0;
    if (!streams)
        json_open(c->answer, '{');
    if (!run(c)) {
        c->status = c->mistake.status;
        if (streams)
            json_open(c->answer, '{');
        write_mistake(c);
    }
    end_answer(c);
    if (c->result != ADMIN_ANSWERED && c->result != ADMIN_DELAYED) {
        buffer_clear(c->answer);
        given_free(&c->given); /* it may wait for long */
    }
}

void admin_answer_await(struct admin_call *c, cmq_ms waited_ms)
{
    assert(c->condition != NULL);
    json_open(c->answer, '{');
    c->write_awaited(c, waited_ms);
    end_answer(c);
    admin_forget_condition(c);
}

void admin_answer_rest(struct admin_call *c)
{
    c->again = false;
    json_open(c->answer, '{');
    if (!c->rest(c)) {
        c->status = c->mistake.status;
        write_mistake(c);
    }
    json_close(c->answer, '}');
    if (c->again)
        buffer_clear(c->answer);
}

void admin_fini(struct admin_call *c)
{
    snapshot_reading_end(c->reading);
    c->reading = NULL;
    if (c->survey != NULL)
        namespace_give_up_survey(c->namespace, c->survey);
    survey_free(c->survey);
    c->survey = NULL;
    form_free(&c->form);
    admin_forget_condition(c);
    given_free(&c->given);
}
