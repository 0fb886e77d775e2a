/* The way of a request.
 *
 * service_handle() looks at the path: a CMQ call goes to the namespace of its secret id, an
 * admin call to the one that it names. From then on the exchange is open in this namespace,
 * until exchange_reset(). What is done with the namespace lies between namespace_enter() and
 * namespace_leave(), which take care of time, polls, pushes and waits.
 *
 * An exchange that cannot be answered at once is parked. What it waits for ends it by a
 * callback, which writes the answer and puts it on the list of those that are finished:
 *
 *   FOR_LINE                           line.c           the namespace has finished what it did
 *   FOR_MESSAGE                        deliver()        the engine has released the poll
 *   FOR_CONDITION, FOR_TURN, FOR_MOVE  wait_ended()     the namespace has ended the wait
 *   FOR_MOMENT                         service_end_wait(), when the network's deadline is over
 *   FOR_ANSWER                         deliver()        its instant has come
 *
 * All of these may happen within the very bracket that parked the exchange: most moves have
 * arrived when namespace_leave() returns. Such an exchange is finished before its caller knows
 * that it was parked, so service_handle() takes it off the list again and reports it as
 * answered. */
#include "service/service.h"

#include "admin/admin.h"
#include "api/v2/failure.h"
#include "service/cmq.h"
#include "service/dashboard.h"
#include "service/fault.h"
#include "service/line.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* host->deliver */
static void deliver(void *context, struct namespace *ns, struct parked_poll *p)
{
    (void)context;
    (void)ns;
    cmq_answer_poll(p->owner, p);
}

/* ---- pushes ---- */

/* host->push: take the pushes that are offered, for service_take_push(). */
static void push(void *context, struct namespace *ns)
{
    enum { TAKE = 2 };
    struct service *s = context;
    struct effort *effort = &ns->host->effort;
    for (; engine_has_offered(ns->engine) && !effort_is_used_up(effort);
         effort_spend(effort, TAKE)) {
        struct push *p = calloc(1, sizeof *p);
        struct push_ticket ticket;
        if (p == NULL) {
            engine_take_push(ns->engine, &ticket);
            engine_land_push(&ticket, &(struct push_outcome){.error = "no memory"});
            continue;
        }
        engine_take_push(ns->engine, &p->ticket);
        if (fault_meets_push(ns, &p->ticket)) {
            free(p);
            continue;
        }
        p->namespace = ns;
        namespace_open_push(ns);
        list_append(&s->pushes, &p->link);
    }
}

/* Close a push. If its attempt has not landed yet, it fails. */
static void push_free(struct push *p)
{
    engine_land_push(&p->ticket, &(struct push_outcome){.error = "the emulator stops"});
    namespace_close_push(p->namespace);
    free(p);
}

bool service_has_pushes(const struct service *s)
{
    return !list_empty(&s->pushes);
}

size_t service_passing_bytes(const struct service *s)
{
    enum { CONDITION_PART = 600 };
    const struct budgets *b = &s->registry.host.budgets;
    return b->requests.used + b->answers.used + b->awaits.used * CONDITION_PART;
}

struct push *service_take_push(struct service *s)
{
    struct list_node *l = list_first(&s->pushes);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct push, link);
}

/* feeds->wake */
static void wake(void *owner)
{
    struct exchange *x = owner;
    if (!list_linked(&x->anew))
        list_append(&x->service->awake, &x->anew);
}

/* The text that API v2 has for the error. */
static void name_error(struct buffer *out, enum cmq_err err)
{
    failure_append_message(out, (int)err, (struct bytes){NULL, 0});
}

bool service_init(struct service *s, const struct service_config *config, cmq_ms real_now_ms)
{
    *s = (struct service){.config = *config, .started_real_ms = real_now_ms};
    list_init(&s->finished);
    list_init(&s->delayed);
    list_init(&s->pushes);
    list_init(&s->parked_anew);
    list_init(&s->awake);
    bool ready = registry_init(&s->registry, &config->registry, real_now_ms, deliver, push, s);
    s->registry.host.fault_words = &fault_words;
    feeds_init(&s->feeds, &s->registry, &s->registry.host.budgets.answers, name_error, wake,
               real_now_ms);
    return ready;
}

void service_fini(struct service *s)
{
    assert(list_empty(&s->finished) && list_empty(&s->delayed));
    for (struct push *p; (p = service_take_push(s)) != NULL;)
        push_free(p);
    registry_fini(&s->registry);
}

/* ---- admin calls ---- */

/* Nobody on the way is to keep some of it back. */
static const struct header of_stream[] = {{"Cache-Control", "no-store"},
                                          {"X-Content-Type-Options", "nosniff"},
                                          {"X-Accel-Buffering", "no"},
                                          {NULL, NULL}};

/* Whoever is told of changes looks at what these have changed. */
static void note_act(const struct exchange *x)
{
    struct namespace *about = admin_waits_for(&x->admin);
    if (exchange_is_get(x))
        return;
    x->namespace->admin_acts++;
    if (about != NULL && about != x->namespace)
        about->admin_acts++;
}

/* Every admin call comes by here, once, when its answer is written. */
static void complete_admin(struct exchange *x)
{
    x->more = x->admin.more;
    x->reader = x->admin.reader;
    if (x->reader != NULL) {
        x->content_type = "text/event-stream";
        x->further = of_stream;
        feed_reader_belongs_to(x->reader, x);
    }
    x->status = x->code = x->admin.status;
    memcpy(x->allow, x->admin.allow, sizeof x->allow);
    x->retry_after_s = x->admin.mistake.retry_after_s;
    if (x->admin.mistake.status != 0)
        buffer_append(&x->message, bytes_of(x->admin.mistake.message));
    exchange_note_time(x);
    metrics_count_admin(&x->service->metrics, x->status);
}

/* The answer of an admin call that was parked is written. */
static void finish_admin(struct exchange *x)
{
    complete_admin(x);
    exchange_finish(x);
}

/* The moment has come for the answer of x, which is written. */
static void finish_moment(struct exchange *x)
{
    if (x->kind == EXCHANGE_ADMIN) {
        finish_admin(x);
        return;
    }
    exchange_note_time(x);
    exchange_finish(x);
}

static bool is_satisfied(const struct wait *w, const struct engine *e)
{
    const struct exchange *x = CONTAINER_OF(w, const struct exchange, wait);
    return condition_holds(x->admin.condition, e);
}

/* Whether what the call looks at is ready; if not, x stands in line for it. */
static bool is_prepared(struct exchange *x, cmq_ms real_now_ms)
{
    if (namespace_prepare(x->namespace, admin_events(&x->admin)))
        return true;
    line_put_off(x, x->namespace, real_now_ms);
    return false;
}

/* What the call was put off for is done. */
static void answer_rest(struct exchange *x, cmq_ms real_now_ms)
{
    struct namespace *ns = x->namespace;
    if (!line_admits(x, ns, ENTER_TO_LOOK, real_now_ms))
        return;
    if (is_prepared(x, real_now_ms)) {
        note_act(x);
        admin_answer_rest(&x->admin);
        if (x->admin.again)
            line_put_off(x, ns, real_now_ms);
        else
            complete_admin(x);
    }
    namespace_leave(ns);
}

/* Within the bracket of x->namespace: carry out the call, and park x if it is answered
 * later. */
static void run_admin(struct exchange *x)
{
    struct admin_call *c = &x->admin;
    cmq_ms real_now_ms = x->namespace->real_now_ms;
    note_act(x);
    admin_run(c);
    switch (c->result) {
    case ADMIN_ANSWERED:
        complete_admin(x);
        break;
    case ADMIN_MOVES:
        exchange_park(x, FOR_MOVE, real_now_ms, CMQ_NEVER);
        break;
    case ADMIN_PUT_OFF:
        x->go_on = answer_rest;
        if (c->made != NULL) {
            c->namespace = c->made;
            exchange_open_in(x, c->made);
        }
        line_put_off(x, x->namespace, real_now_ms);
        break;
    case ADMIN_AWAITS:
        exchange_park(x, FOR_CONDITION, real_now_ms, c->await_ms);
        namespace_await(x->namespace, &x->wait, is_satisfied);
        break;
    case ADMIN_DELAYED:
        exchange_park(x, FOR_MOMENT, real_now_ms, c->delay_ms);
        list_append(&x->service->delayed, &x->link);
        break;
    }
}

/* The turn of x to move time has come: carry out the call that waited for it. */
static void run_in_turn(struct exchange *x)
{
    x->waits_for = FOR_NOTHING;
    run_admin(x);
    if (x->waits_for == FOR_NOTHING)
        exchange_finish(x);
}

static void answer_await(struct exchange *x, cmq_ms real_now_ms)
{
    x->admin.status = 200;
    admin_answer_await(&x->admin, real_now_ms - x->parked_real_ms);
    finish_admin(x);
}

static void wait_ended(struct wait *w, enum wait_end how)
{
    struct exchange *x = CONTAINER_OF(w, struct exchange, wait);
    if (x->waits_for == FOR_CONDITION && how != WAIT_DROPPED) {
        answer_await(x, x->namespace->real_now_ms); /* also when the program stops */
    } else if (how != WAIT_SATISFIED) {
        admin_answer_end(&x->admin, how);
        finish_admin(x);
    } else if (x->waits_for == FOR_TURN) {
        run_in_turn(x);
    } else {
        assert(x->waits_for == FOR_MOVE);
        admin_answer_move(&x->admin);
        finish_admin(x);
    }
}

/* ---- where a request goes ---- */

static bool ends_with(struct bytes text, const char *end)
{
    size_t len = strlen(end);
    return text.len >= len && memcmp(text.data + text.len - len, end, len) == 0;
}

/* "/", the documented path, and what clients make of it: a doubled slash, the path twice, a
 * prefix before it (common 2.5, decisions 12). */
static bool is_cmq_path(struct bytes path)
{
    return bytes_equal(path, bytes_of("/")) || ends_with(path, "/v2/index.php");
}

static bool is_admin_path(struct bytes path)
{
    return bytes_equal(path, bytes_of("/_emulator")) || bytes_begin(path, "/_emulator/");
}

/* Whether the namespace that the call needs is free; if not, x stands in line for it. A call that
 * is about another one than that in which it is made enters it itself. */
static bool is_admitted(struct exchange *x, cmq_ms real_now_ms)
{
    struct admin_call *c = &x->admin;
    struct namespace *about = admin_waits_for(c);
    if (about == x->namespace)
        return line_admits(x, about, admin_entry(c), real_now_ms);
    if (about != NULL) {
        if (!line_admits(x, about, ENTER_TO_LOOK, real_now_ms))
            return false;
        namespace_leave(about);
    }
    namespace_enter(x->namespace, ENTER_TO_LOOK, real_now_ms);
    return true;
}

static void go_on_admin(struct exchange *x, cmq_ms real_now_ms)
{
    struct admin_call *c = &x->admin;
    struct namespace *ns = x->namespace;
    if (ns->dropped) {
        admin_answer_end(c, WAIT_DROPPED);
        complete_admin(x);
        return;
    }
    if (namespace_is_free(ns) && admin_must_wait(c)) {
        x->wait.end = wait_ended;
        namespace_queue_up(ns, &x->wait);
        exchange_park(x, FOR_TURN, real_now_ms, CMQ_NEVER);
    } else if (is_admitted(x, real_now_ms)) {
        if (admin_waits_for(c) != ns || is_prepared(x, real_now_ms)) {
            x->wait.end = wait_ended;
            run_admin(x);
        }
        namespace_leave(ns);
    }
}

static void handle_admin(struct service *s, cmq_ms real_now_ms, struct exchange *x,
                         size_t path_len, struct query query)
{
    struct admin_call *c = &x->admin;
    *c = (struct admin_call){
        .method = x->method,
        .path = x->target.data,
        .path_len = path_len,
        .query = query.text,
        .query_len = query.len,
        .body = buffer_bytes(&x->body),
        .headers = buffer_bytes(&x->headers),
        .escapes = &x->escapes,
        .too_large = x->too_large,
        .pushed_by = x->pushed_by,
        .registry = &s->registry,
        .started_real_ms = s->started_real_ms,
        .answer = &x->answer,
        .wait = &x->wait,
        .name_error = name_error,
        .feeds = &s->feeds,
        .last_event_id = x->head.last_event_id,
    };
    x->further = dashboard_beside((struct bytes){c->path, path_len});
    admin_read(c);
    exchange_open_in(x, c->namespace);
    x->kind = EXCHANGE_ADMIN;
    x->path_len = c->path_len;
    x->after_all = c->moves;
    x->go_on = go_on_admin;
    go_on_admin(x, real_now_ms);
}

/* Paths that belong to no namespace, and requests that are not let in. The time of "default" is
 * told as it is. */
static void open_at_home(struct exchange *x)
{
    exchange_open_in(x, x->service->registry.home);
    exchange_note_time(x);
}

static bool takes_get(struct exchange *x)
{
    enum { SHOWN = 48 };
    static const char allowed[] = "GET, HEAD";
    char why[SHOWN + 32];
    if (exchange_is_get(x))
        return true;
    snprintf(why, sizeof why, "%.*s takes %s", (int)(x->path_len < SHOWN ? x->path_len : SHOWN),
             x->target.data, allowed);
    exchange_refuse(x, 405, "method-not-allowed", why);
    memcpy(x->allow, allowed, sizeof allowed);
    return false;
}

/* All namespaces as they are at this moment. */
static void handle_metrics(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    open_at_home(x);
    if (!takes_get(x))
        return;
    x->status = x->code = 200;
    x->content_type = "text/plain; version=0.0.4; charset=utf-8";
    for (struct namespace *ns = NULL; (ns = registry_next(&s->registry, ns)) != NULL;) {
        namespace_enter(ns, ENTER_TO_LOOK, real_now_ms);
        namespace_leave(ns);
    }
    metrics_write(&s->metrics, &s->registry, &x->answer);
}

/* For clients that share no folder with the program, as in most containers. */
static void handle_authority(struct exchange *x)
{
    const char *authority = x->service->config.authority;
    open_at_home(x);
    if (!takes_get(x))
        return;
    if (authority == NULL) {
        exchange_refuse(x, 404, "no-authority",
                        "there is no authority for clients to trust; --tls-self-signed DIR "
                        "would make one");
        return;
    }
    x->status = x->code = 200;
    x->content_type = "application/x-pem-file";
    buffer_append(&x->answer, bytes_of(authority));
}

static void handle_dashboard(struct exchange *x, struct bytes path)
{
    open_at_home(x);
    if (takes_get(x))
        dashboard_answer(x, path);
}

static void handle_unknown(struct exchange *x)
{
    open_at_home(x);
    exchange_refuse(x, 404, "not-found",
                    "CMQ calls go to /v2/index.php or /, the admin interface is "
                    "/_emulator/...");
}

static bool is_let_in(struct exchange *x, enum gate_area area)
{
    static const struct {
        int status;
        const char *code;
    } refusals[] = {
        [GATE_FOREIGN_ORIGIN] = {403, "foreign-origin"},
        [GATE_FOREIGN_HOST] = {403, "foreign-origin"},
        [GATE_FOREIGN_TARGET] = {403, "foreign-host"},
        [GATE_NO_TOKEN] = {401, "unauthorized"},
        [GATE_OFF] = {404, "not-found"},
    };
    struct buffer why = {0};
    enum gate_verdict verdict = gate_judge(&x->service->config.gate, area, x->method, &x->head);
    if (verdict == GATE_OPEN)
        return true;
    open_at_home(x);
    gate_explain(&why, verdict, &x->head);
    buffer_append_char(&why, '\0');
    exchange_refuse(x, refusals[verdict].status, refusals[verdict].code,
                    why.failed ? "" : why.data);
    buffer_free(&why);
    return false;
}

cmq_ms service_now_ms(const struct service *s)
{
    return engine_now_ms(s->registry.home->engine);
}

static bool is_authority_path(struct bytes path)
{
    return bytes_equal(path, bytes_of("/_emulator/ca.pem"));
}

static bool is_health_path(struct bytes path)
{
    return bytes_equal(path, bytes_of("/_emulator/health"));
}

bool service_is_health(struct bytes target)
{
    const char *query = target.len > 0 ? memchr(target.data, '?', target.len) : NULL;
    if (query != NULL)
        target.len = (size_t)(query - target.data);
    return is_health_path(target);
}

static const char sinks_prefix[] = "/_emulator/sink/";

static enum gate_area area_of(const struct exchange *x, struct bytes path)
{
    struct bytes method = x->method;
    if (dashboard_is_asked_for(x, path))
        return AREA_PAGE;
    if (bytes_begin(path, sinks_prefix) && bytes_equal(method, bytes_of("POST")))
        return AREA_SINK;
    if (bytes_equal(path, bytes_of("/metrics")))
        return AREA_METRICS;
    if (!is_admin_path(path))
        return AREA_CMQ;
    return is_health_path(path) || is_authority_path(path) ? AREA_PUBLIC : AREA_ADMIN;
}

void service_follow_body(struct service *s, struct exchange *x)
{
    x->service = s;
    if (bytes_begin(buffer_bytes(&x->target), sinks_prefix))
        escape_count_more(&x->escapes, buffer_bytes(&x->body), false);
    else
        cmq_follow_body(x);
}

enum exchange_state service_handle(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    char *question = memchr(x->target.data, '?', x->target.len);
    size_t path_len = question != NULL ? (size_t)(question - x->target.data) : x->target.len;
    struct bytes path = {x->target.data, path_len};
    struct query query = {NULL, 0};
    if (question != NULL)
        query = (struct query){question + 1, x->target.len - path_len - 1};

    assert(x->namespace == NULL && x->waits_for == FOR_NOTHING);
    x->service = s;
    x->content_type = CONTENT_TYPE_JSON;
    x->path_len = path_len;
    enum gate_area area = area_of(x, path);
    if (!is_let_in(x, area))
        return EXCHANGE_ANSWERED;
    if (area == AREA_METRICS)
        handle_metrics(s, real_now_ms, x);
    else if (area == AREA_PAGE)
        handle_dashboard(x, path);
    else if (is_authority_path(path))
        handle_authority(x);
    else if (area != AREA_CMQ)
        handle_admin(s, real_now_ms, x, path_len, query);
    else if (is_cmq_path(path))
        cmq_handle(x, real_now_ms, query);
    else
        handle_unknown(x);

    if (x->waits_for != FOR_NOTHING)
        return EXCHANGE_PARKED;
    if (list_linked(&x->link)) /* was parked, and is finished already */
        list_unlink(&x->link);
    else
        exchange_complete(x);
    return EXCHANGE_ANSWERED;
}

/* A sink records them; a signature of API 3.0 may be over any of them (api3 3.1). */
bool service_wants_headers(struct bytes target, const struct head *head)
{
    return bytes_begin(target, sinks_prefix) ||
           bytes_begin(head->authorization, "TC3-HMAC-SHA256");
}

/* The calls that may begin a move. */
bool service_wants_origin(struct bytes target)
{
    return bytes_begin(target, "/_emulator/clock/") || bytes_begin(target, "/_emulator/reset");
}

/* One that was dropped has forgotten it; after a reset another may have the number. */
void service_note_took(struct exchange *x, int64_t took_us)
{
    journal_note_took(&x->namespace->journal, x->number, x, took_us);
}

/* ---- time and the end ---- */

void service_set_wall(struct service *s, cmq_ms ahead_ms)
{
    s->registry.host.wall_ahead_ms = ahead_ms;
}

void service_tick(struct service *s, cmq_ms real_now_ms)
{
    registry_tick(&s->registry, real_now_ms);
}

cmq_ms service_wake_ms(const struct service *s)
{
    return registry_wake_real_ms(&s->registry);
}

void service_begin_turn(struct service *s, size_t units)
{
    registry_begin_turn(&s->registry, units);
}

bool service_is_busy(const struct service *s)
{
    return registry_is_busy(&s->registry);
}

void service_carry_on(struct service *s, cmq_ms real_now_ms)
{
    line_carry_on(s, real_now_ms);
}

bool service_may_jump(const struct service *s)
{
    return registry_may_jump(&s->registry);
}

void service_jump(struct service *s, cmq_ms real_now_ms)
{
    registry_jump(&s->registry, real_now_ms);
}

bool service_has_idle_work(const struct service *s)
{
    return !graveyard_is_empty(&s->registry.host.graveyard);
}

void service_idle_work(struct service *s, bool busy)
{
    enum { SLICE = 1000, SMALL_SLICE = 400 }; /* things: 0.1 to 0.3 us each */
    graveyard_reap(&s->registry.host.graveyard, busy ? SMALL_SLICE : SLICE);
}

void service_end_push(struct service *s, cmq_ms real_now_ms, struct push *p,
                      const struct push_outcome *outcome)
{
    struct namespace *ns = p->namespace;
    (void)s;
    if (!push_is_orphan(p)) {
        namespace_enter(ns, ENTER_TO_LOOK, real_now_ms);
        namespace_land(ns, &p->ticket, outcome);
        namespace_leave(ns);
    }
    push_free(p);
}

/* Within the bracket of x->namespace, which is not dropped. */
static void end_wait(struct exchange *x)
{
    struct namespace *ns = x->namespace;
    assert(ns->depth > 0);
    assert(!ns->dropped);
    switch (x->waits_for) {
    case FOR_MESSAGE: /* delivered on leaving */
    case FOR_ANSWER:
        engine_end_poll(ns->engine, x->poll, CMQ_NO_MESSAGE);
        break;
    case FOR_CONDITION:
        namespace_forget_wait(ns, &x->wait);
        answer_await(x, ns->real_now_ms);
        break;
    case FOR_TURN:
    case FOR_MOVE: /* time stays where the move got to */
        namespace_forget_wait(ns, &x->wait);
        wait_ended(&x->wait, WAIT_STOPPING);
        break;
    case FOR_LINE:
    case FOR_MOMENT:
    case FOR_NOTHING:
        break;
    }
}

static void end_wait_in_bracket(struct exchange *x, enum entry how, cmq_ms real_now_ms)
{
    struct namespace *ns = x->namespace;
    if (x->waits_for == FOR_MOMENT) { /* its namespace may have been dropped */
        finish_moment(x);
    } else if (x->waits_for == FOR_LINE) {
        line_leave(x);
    } else if (x->waits_for != FOR_NOTHING) {
        namespace_enter(ns, how, real_now_ms);
        end_wait(x);
        namespace_leave(ns);
    }
}

void service_end_wait(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    static const struct bytes nothing = {NULL, 0};
    (void)s;
    bool waits_by_clock = x->waits_for == FOR_MESSAGE || x->waits_for == FOR_ANSWER;
    if (waits_by_clock && clock_stands(&x->namespace->clock))
        warnings_add(&x->warnings, WARNING_POLL_ENDED,
                     x->waits_for == FOR_MESSAGE
                         ? "the clock stands, so this long poll ended after the same wait in "
                           "real time; --poll-time virtual turns that off"
                         : "the clock stands, so this answer was sent after the same delay in "
                           "real time; --poll-time virtual turns that off",
                     nothing, "");
    /* The answer of an await tells the time, so a running clock comes to the present. */
    end_wait_in_bracket(x, x->waits_for == FOR_CONDITION ? ENTER_TO_LOOK : ENTER_STILL,
                        real_now_ms);
}

void service_hang_up(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    (void)s;
    x->has_gone = true;
    end_wait_in_bracket(x, ENTER_STILL, real_now_ms);
}

void service_end_all_waits(struct service *s, cmq_ms real_now_ms)
{
    registry_end_lines(&s->registry, WAIT_STOPPING);
    for (struct namespace *ns = NULL; (ns = registry_next(&s->registry, ns)) != NULL;) {
        namespace_enter(ns, ENTER_STILL, real_now_ms);
        namespace_end_polls(ns, CMQ_NO_MESSAGE);
        namespace_end_waits(ns, WAIT_STOPPING);
        namespace_leave(ns);
    }
    feeds_stop(&s->feeds);
    for (struct list_node *l; (l = list_first(&s->delayed)) != NULL;)
        finish_moment(CONTAINER_OF(l, struct exchange, link));
}

/* ---- answers without an end ---- */

bool service_is_idle(const struct exchange *x)
{
    return x->reader != NULL && feed_reader_is_idle(x->reader);
}

void service_end_stream(struct exchange *x)
{
    if (x->reader != NULL)
        feed_reader_end(x->reader);
}

void service_run_streams(struct service *s, cmq_ms real_now_ms)
{
    feeds_run(&s->feeds, real_now_ms);
}

cmq_ms service_streams_wake_ms(const struct service *s)
{
    return feeds_wake_ms(&s->feeds);
}

struct exchange *service_take_awake(struct service *s)
{
    struct list_node *l = list_first(&s->awake);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct exchange, anew);
}

struct exchange *service_take_parked_anew(struct service *s)
{
    struct list_node *l = list_first(&s->parked_anew);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct exchange, anew);
}

struct exchange *service_take_finished(struct service *s)
{
    struct list_node *l = list_first(&s->finished);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct exchange, link);
}
