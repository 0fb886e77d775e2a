/* How time passes in a namespace.
 *
 * All of it goes through go_to(): it moves the engine, which stops at each instant that
 * releases polls or offers pushes, and hands these over before it goes on. Three callers say
 * how far:
 *
 *   come_to_present()   on entering, to where the clock is. A clock that stands is there
 *                       already, but part of its instant may be left.
 *   go_on_with_move()   on leaving, by the legs of the move that is under way
 *   namespace_jump()    an automatic clock, to its next event
 *
 * The one obstacle is a push in flight. On a clock that stands all pushes must land before time
 * goes on, and before any outcome is applied: must_wait_for_pushes(). On a clock that runs
 * nothing waits for them. Whatever ends the last push in flight (it lands, its subscription is
 * dropped, the clock is resumed) happens in some bracket, and the end of that bracket applies
 * the outcomes of the others.
 *
 * In slices: go_to() stops when the effort of this turn is used up, perhaps within an instant. What
 * was to be done is then not remembered but found again: namespace_carry_on() opens a bracket of
 * the same kind, and that goes to where the clock is, or on with the leg of the move. So each of
 * the three callers has to get on from wherever it was stopped. That it stops within instants
 * cannot be observed, as a step that ends there cannot (decisions 32): what has been offered is
 * not handed over before the instant is over.
 *
 * Outcomes are applied in several places, each for its own reason: in go_to() before and after
 * each stop, since retries that are due at once belong to that instant; in go_on_with_move()
 * before move_next() is asked, since it looks at what is due; in settle() when there is no
 * move, since the caller may have ended the last push in flight. Applying twice is harmless. */
#include "namespace/namespace.h"

#include "namespace/pushed.h"
#include "namespace/sink.h"

/* ---- slices ---- */

static struct effort *effort_of(const struct namespace *ns)
{
    return &ns->host->effort;
}

static void list_to_carry_on(struct namespace *ns)
{
    if (!list_linked(&ns->to_carry_on))
        list_append(&ns->host->busy, &ns->to_carry_on);
}

/* The effort is used up: go on later, in a bracket that is entered in this way. */
static void put_off(struct namespace *ns, enum entry how)
{
    ns->busy = true;
    ns->rest = how;
    list_to_carry_on(ns);
}

static bool go_on_with_copy(struct namespace *ns);
static bool go_on_with_search(struct namespace *ns);
static bool go_on_with_survey(struct namespace *ns);

/* Do what a command has left to be done. False when that is put off. No time passes while the engine is
 * copied, or searched. All of it is done by the request that gave the command, and what happens after
 * that by none. */
static bool finish_command(struct namespace *ns)
{
    if (engine_finish(ns->engine) && go_on_with_copy(ns) && go_on_with_search(ns) &&
        go_on_with_survey(ns)) {
        lives_end_request(&ns->lives);
        return true;
    }
    bool stays = ns->copying.copy != NULL || ns->is_searching || ns->survey != NULL;
    put_off(ns, stays ? ENTER_STILL : ns->entry);
    return false;
}

/* ---- time ---- */

static bool must_wait_for_pushes(const struct namespace *ns)
{
    return clock_stands(&ns->clock) && engine_flight_count(ns->engine) > 0;
}

static struct firings *firings_of_move(struct namespace *ns)
{
    return ns->move != NULL ? &ns->move->firings : NULL;
}

/* Apply the outcomes of the pushes that have landed, unless others are still to land. What
 * follows from them fires in the next go_to(), even one to the present instant. Returns how
 * many were applied. */
static size_t apply_outcomes(struct namespace *ns)
{
    if (engine_landed_count(ns->engine) == 0 || must_wait_for_pushes(ns))
        return 0;
    return engine_end_pushes(ns->engine);
}

static bool deliver_poll(struct namespace *ns)
{
    struct parked_poll *p = engine_take_released(ns->engine);
    if (p == NULL)
        return false;
    ns->delivered++;
    ns->host->deliver(ns->host->context, ns, p);
    return true;
}

/* False when the effort is used up before all are delivered. */
static bool deliver_polls(struct namespace *ns)
{
    enum { ANSWER = 8 };
    while (engine_has_released(ns->engine)) {
        if (effort_is_used_up(effort_of(ns)))
            return false;
        effort_spend(effort_of(ns), ANSWER);
        (void)deliver_poll(ns);
    }
    return true;
}

static cmq_ms latest(cmq_ms a, cmq_ms b)
{
    return a > b ? a : b;
}

static bool is_within_instant(const struct engine *e)
{
    return engine_wake_ms(e) <= engine_now_ms(e);
}

/* Go on towards at_ms, as far as engine_advance() does; true when it has arrived there. Where the
 * effort has stopped it within an instant, that is finished first. */
static bool go_on_to(struct namespace *ns, cmq_ms at_ms, struct firings *firings)
{
    struct engine *e = ns->engine;
    bool arrived = engine_advance(e, at_ms, firings);
    if (!deliver_polls(ns))
        return false;
    if (engine_has_tasks(e) || (is_within_instant(e) && !firings_full(firings)))
        return false;
    if (engine_has_offered(e))
        ns->host->push(ns->host->context, ns);
    return !engine_has_offered(e) && apply_outcomes(ns) == 0 && arrived;
}

/* Also as long as polls are to be served or delivered, or pushes to be handed over, which belongs to
 * what has fired. */
static bool can_go_on(const struct namespace *ns, cmq_ms at_ms, const struct firings *firings)
{
    const struct engine *e = ns->engine;
    bool must_wait =
        must_wait_for_pushes(ns) && engine_now_ms(e) < at_ms && !is_within_instant(e);
    return engine_has_tasks(e) || engine_has_released(e) || engine_has_offered(e) ||
           (!firings_full(firings) && !must_wait);
}

/* Move to at_ms, and through that instant; or until the firings are full; or to an instant at
 * which pushes have to be waited for. A clock that stands then stands where the engine is. False
 * when the effort is used up on the way.
 *
 * A push that cannot even begin has landed when host->push returns, so the loop may get through
 * many attempts in one call. */
static bool go_to(struct namespace *ns, cmq_ms at_ms, struct firings *firings)
{
    struct engine *e = ns->engine;
    bool arrived = false;
    bool stopped = false;
    assert(at_ms >= engine_now_ms(e));
    apply_outcomes(ns);
    while (!arrived && !stopped && can_go_on(ns, at_ms, firings)) {
        stopped = effort_is_used_up(effort_of(ns));
        if (!stopped)
            arrived = go_on_to(ns, at_ms, firings);
    }
    if (clock_stands(&ns->clock))
        ns->clock.stands_ms = engine_now_ms(e);
    if (!stopped)
        apply_outcomes(ns);
    return !stopped && !engine_is_ending_pushes(e);
}

/* Move to where the clock is, and through that instant; false when that is put off. What fires is
 * recorded in the move that is under way, if there is one. */
static bool come_to_present(struct namespace *ns)
{
    struct engine *e = ns->engine;
    cmq_ms now_ms = latest(clock_now_ms(&ns->clock, ns->real_now_ms), ns->rest_ms);
    cmq_ms engine_ms = engine_now_ms(e);
    bool is_there = now_ms <= engine_ms && engine_wake_ms(e) > engine_ms &&
                    engine_landed_count(e) == 0 && !engine_has_offered(e);
    if (!is_there && !go_to(ns, latest(now_ms, engine_ms), firings_of_move(ns))) {
        put_off(ns, ENTER_TO_ACT);
        return false;
    }
    ns->rest_ms = 0;
    return true;
}

enum gone { GONE_THERE, GONE_TO_PUSHES, GONE_SOME_WAY };

/* To where the move leads, or where it has to wait for pushes, or as far as the effort goes. */
static enum gone go_on_with_move(struct namespace *ns)
{
    struct move *m = ns->move;
    for (;;) {
        if (!m->in_leg) {
            apply_outcomes(ns);
            if (engine_is_ending_pushes(ns->engine))
                return GONE_SOME_WAY;
            if (must_wait_for_pushes(ns))
                return GONE_TO_PUSHES;
            if (m->kind != MOVE_TO && !engine_prepare_agenda(ns->engine, 1))
                return GONE_SOME_WAY;
            if (!move_next(m, ns->engine, &m->leg_ms))
                return engine_prepare_agenda(ns->engine, 1) ? GONE_THERE : GONE_SOME_WAY;
            m->in_leg = true;
            effort_spend(effort_of(ns), m->judging);
        }
        if (!go_to(ns, m->leg_ms, &m->firings))
            return GONE_SOME_WAY;
        move_leg_over(m);
    }
}

/* ---- the end of a move, of turns, of all that there is ---- */

/* The owner is told before the move is freed: its answer is written from the record. */
static void end_move(struct namespace *ns, enum wait_end how)
{
    struct move *m = ns->move;
    m->owner->end(m->owner, how);
    ns->move = NULL;
    move_free(m);
}

/* End the wait of the next call in line; false when there is none. It may begin a move. */
static bool give_turn(struct namespace *ns, enum wait_end how)
{
    struct list_node *l = list_first(&ns->turns);
    if (l == NULL)
        return false;
    struct wait *w = CONTAINER_OF(l, struct wait, link);
    list_unlink(l);
    w->end(w, how);
    return true;
}

/* End the move that is under way, if any, where it is. Its owner is told how, and so are all that
 * wait for their turn, also when the owner of the move before them has just hung up. */
static void cut_move(struct namespace *ns, enum wait_end how)
{
    assert(ns->depth > 0);
    if (ns->move != NULL)
        end_move(ns, how);
    while (give_turn(ns, how))
        ;
}

static void run_by_the_wall_clock(struct namespace *ns)
{
    ns->clock = (struct clock){.mode = CLOCK_REAL, .offset_ms = ns->host->wall_ahead_ms};
}

static void forget_all_else(struct namespace *ns)
{
    graveyard_bury_sinks(&ns->host->graveyard, ns->sinks);
    ns->sinks = ns->fresh_sinks;
    ns->fresh_sinks = NULL;
    run_by_the_wall_clock(ns);
    holds_release_all(&ns->holds);
    ns->holds.last = 0;
    refused_clear(&ns->refused);
    faults_reset(&ns->faults);
    journal_begin_anew(&ns->journal);
}

/* Where the snapshot stood, and by the same clock. */
static void stand_where_kept(struct namespace *ns, enum clock_mode mode)
{
    cmq_ms at_ms = engine_now_ms(ns->engine);
    ns->rest_ms = 0;
    if (mode != CLOCK_REAL)
        namespace_stand(ns, mode);
    else
        ns->clock = (struct clock){.mode = CLOCK_REAL, .offset_ms = at_ms - ns->real_now_ms};
}

/* The polls of the engine have been delivered: what was made takes its place, by a reset or from a
 * snapshot. */
static void begin_anew(struct namespace *ns)
{
    lives_forget(&ns->lives);
    recent_forget(&ns->recent);
    watches_detach(&ns->conditions.watches);
    graveyard_bury(&ns->host->graveyard, ns->engine);
    ns->engine = ns->fresh;
    ns->fresh = NULL;
    if (ns->copying.of == NULL) {
        ns->resets++;
        forget_all_else(ns);
    } else {
        ns->restores++;
        stand_where_kept(ns, ns->copying.of->mode);
        faults_move(&ns->faults, &ns->copying.faults);
        engine_adopt_watches(ns->engine, &ns->conditions.watches);
        copying_end(&ns->copying, CMQ_OK);
    }
    cut_move(ns, WAIT_RESET);
}

/* Deliver the polls that are released, and carry out the reset that has released them. False when
 * that is put off, as far as it is not already. */
static bool finish_polls(struct namespace *ns)
{
    if (deliver_polls(ns)) {
        if (namespace_is_being_reset(ns))
            begin_anew(ns);
        return true;
    }
    if (!ns->busy)
        put_off(ns, ns->entry);
    return false;
}

/* ---- copies ---- */

bool namespace_is_copying(const struct namespace *ns)
{
    return ns->copying.of != NULL;
}

/* What is made takes the place of the engine when the polls of that are delivered. */
static enum cmq_err place_copy(struct namespace *ns)
{
    struct copying *c = &ns->copying;
    struct engine *made;
    enum cmq_err err = copying_finish(c, &ns->faults, &made);
    if (err != CMQ_OK)
        return err;
    if (c->restores) {
        ns->fresh = made;
        engine_end_all_polls(ns->engine, CMQ_NO_QUEUE);
        return CMQ_OK;
    }
    snapshot_fill(c->of, made, ns->clock.mode);
    c->replaced = snapshots_put(&ns->snapshots, snapshot_hold(c->of));
    copying_end(c, CMQ_OK);
    return CMQ_OK;
}

static void give_up_copy(struct namespace *ns, enum cmq_err err)
{
    copying_give_up(&ns->copying, &ns->host->graveyard, err);
}

/* False when the effort is used up before it is whole. */
static bool go_on_with_copy(struct namespace *ns)
{
    if (ns->copying.copy == NULL)
        return true;
    enum cmq_err err = copying_go_on(&ns->copying, &ns->host->graveyard, effort_of(ns));
    if (err == CMQ_OK)
        err = place_copy(ns);
    if (err != CMQ_OK && err != CMQ_WAITING)
        give_up_copy(ns, err);
    return err != CMQ_WAITING;
}

static void begin_copy(struct namespace *ns, struct snapshot *s, const struct engine *from)
{
    assert(ns->depth > 0 && !namespace_is_copying(ns));
    if (copying_begin(&ns->copying, s, from, &ns->config, &ns->faults) && finish_command(ns))
        (void)finish_polls(ns);
}

void namespace_keep(struct namespace *ns, struct snapshot *s)
{
    begin_copy(ns, s, ns->engine);
}

void namespace_restore(struct namespace *ns, struct snapshot *s)
{
    begin_copy(ns, s, s->engine);
}

/* ---- searching ---- */

/* False when the effort is used up before it is over. */
static bool go_on_with_search(struct namespace *ns)
{
    const struct search *s = &ns->search;
    if (!ns->is_searching)
        return true;
    if (!engine_search(ns->engine, &ns->search))
        return false;
    ns->is_searching = false;
    ns->has_found = s->message != NULL || s->publication != NULL;
    if (ns->has_found)
        lives_add_found(&ns->lives, s->message, s->publication, engine_now_ms(ns->engine));
    return true;
}

bool namespace_search(struct namespace *ns, uint64_t msg_id)
{
    assert(ns->depth > 0 && !ns->is_searching);
    engine_begin_search(ns->engine, &ns->search, msg_id);
    ns->is_searching = true;
    ns->has_found = false;
    return finish_command(ns);
}

/* ---- survey ---- */

/* False when the effort is used up before it is over. */
static bool go_on_with_survey(struct namespace *ns)
{
    if (ns->survey != NULL && !survey_go_on(ns->survey, ns->engine, effort_of(ns)))
        return false;
    ns->survey = NULL;
    return true;
}

bool namespace_survey(struct namespace *ns, struct survey *s)
{
    assert(ns->depth > 0 && ns->survey == NULL);
    engine_begin_survey(ns->engine);
    ns->survey = s;
    return finish_command(ns);
}

void namespace_give_up_survey(struct namespace *ns, const struct survey *s)
{
    if (ns->survey == s)
        ns->survey = NULL;
}

/* ---- the bracket ---- */

void namespace_enter(struct namespace *ns, enum entry how, cmq_ms real_now_ms)
{
    if (ns->depth++ > 0)
        return;
    ns->entry = how;
    ns->real_now_ms = real_now_ms;
    ns->acts += how == ENTER_TO_ACT;
    assert(!ns->dropped);
    if (ns->busy || !finish_command(ns))
        return;
    if (how == ENTER_TO_ACT || (how == ENTER_TO_LOOK && !clock_stands(&ns->clock)))
        (void)come_to_present(ns);
}

static void arrive(struct namespace *ns)
{
    struct move *m = ns->move;
    firings_note_landed(&m->firings);
    m->released = ns->delivered - m->delivered_before;
    if (m->to_wall_clock)
        run_by_the_wall_clock(ns);
    end_move(ns, WAIT_SATISFIED);
}

/* Carry out one move after the other, until one has to wait for pushes; false when the rest is put
 * off. */
static bool go_on_with_moves(struct namespace *ns)
{
    enum { CALL = 16 };
    for (;;) {
        enum gone gone = ns->move != NULL ? go_on_with_move(ns) : GONE_THERE;
        if (gone == GONE_TO_PUSHES)
            return true;
        if (gone == GONE_THERE && ns->move != NULL)
            arrive(ns);
        if (ns->dropped || (gone == GONE_THERE && list_empty(&ns->turns)))
            return true;
        if (gone == GONE_SOME_WAY || effort_is_used_up(effort_of(ns))) {
            put_off(ns, ENTER_TO_LOOK);
            return false;
        }
        effort_spend(effort_of(ns), CALL);
        (void)give_turn(ns, WAIT_SATISFIED);
    }
}

/* When the next event is due, in real time; CMQ_NEVER on a clock that stands. */
static cmq_ms wake_real_ms(const struct namespace *ns)
{
    cmq_ms wake_ms = engine_wake_ms(ns->engine);
    if (clock_stands(&ns->clock) || wake_ms > CMQ_LAST_MS)
        return CMQ_NEVER;
    return wake_ms - ns->clock.offset_ms;
}

/* Somebody's turn has come in a bracket that may not give it: at once, in one of the timer's. */
static bool owes_a_turn(const struct namespace *ns)
{
    return ns->entry == ENTER_STILL && ns->move == NULL && !list_empty(&ns->turns);
}

static void rearm(struct namespace *ns)
{
    struct wheel *wakes = ns->host->wakes;
    cmq_ms wake_ms = owes_a_turn(ns) ? ns->real_now_ms : wake_real_ms(ns);
    if (ns->busy)
        wake_ms = CMQ_NEVER;
    if (wake_ms == CMQ_NEVER)
        wheel_disarm(wakes, &ns->wake);
    else if (!wheel_node_armed(&ns->wake) || ns->wake.due_ms != wake_ms)
        wheel_arm(wakes, &ns->wake, wake_ms);
}

/* Free a dropped namespace when its last request, push or bracket has ended. */
static void free_if_over(struct namespace *ns)
{
    if (ns->dropped && ns->open == 0 && ns->pushing == 0 && ns->depth == 0)
        namespace_free(ns);
}

/* Pushes have landed, none is in flight any more, and the instant is over: their outcomes are
 * due to be applied even if nobody acts. Between two events of an instant they wait, with those
 * events, for whoever moves time or acts. */
static bool can_apply_outcomes(const struct namespace *ns)
{
    const struct engine *e = ns->engine;
    return engine_landed_count(e) > 0 && !must_wait_for_pushes(ns) &&
           engine_wake_ms(e) > engine_now_ms(e);
}

/* What the caller made due is finished before a move goes on from there. False when something is
 * put off. */
static bool let_time_pass(struct namespace *ns)
{
    bool is_due = ns->entry == ENTER_TO_ACT ||
                  (ns->entry == ENTER_TO_LOOK && ns->move == NULL && can_apply_outcomes(ns));
    if (is_due && !come_to_present(ns))
        return false;
    return ns->entry == ENTER_STILL || !namespace_is_moving(ns) || go_on_with_moves(ns);
}

/* The order matters: conditions are judged last, by the result of all that happens. */
static void settle(struct namespace *ns)
{
    bool is_done = !ns->busy && finish_command(ns);
    is_done = finish_polls(ns) && is_done && let_time_pass(ns);
    if (ns->dropped)
        return;
    if (is_done && ns->conditions.count > 0 &&
        !conditions_judge(&ns->conditions, ns->engine, effort_of(ns)))
        put_off(ns, ENTER_STILL);
    rearm(ns);
}

void namespace_leave(struct namespace *ns)
{
    assert(ns->depth > 0);
    if (ns->depth == 1 && !ns->dropped)
        settle(ns);
    ns->depth--;
    free_if_over(ns);
}

/* ---- slices: the line ---- */

/* Those who stand in line come before those who come now. */
bool namespace_is_free(const struct namespace *ns)
{
    return !ns->busy && (list_empty(&ns->line) || ns->serving);
}

bool namespace_admit(struct namespace *ns, enum entry how, cmq_ms real_now_ms)
{
    assert(ns->depth == 0);
    if (!namespace_is_free(ns))
        return false;
    effort_grant(effort_of(ns), ns->host->least);
    namespace_enter(ns, how, real_now_ms);
    if (!ns->busy)
        return true;
    namespace_leave(ns);
    return false;
}

/* Those who stand in line go on with it. */
bool namespace_prepare(struct namespace *ns, size_t events)
{
    assert(ns->depth == 1);
    if (engine_prepare_agenda(ns->engine, events))
        return true;
    put_off(ns, ENTER_STILL);
    return false;
}

void namespace_line_up(struct namespace *ns, struct wait *w)
{
    assert(w->end != NULL);
    w->is_met = NULL;
    list_insert(ns->serving ? ns->line.next : &ns->line, &w->link);
    list_to_carry_on(ns);
}

static void serve(struct namespace *ns, enum wait_end how)
{
    struct list_node *first = list_first(&ns->line);
    struct wait *w = CONTAINER_OF(first, struct wait, link);
    list_unlink(first);
    ns->serving = true;
    w->end(w, how);
    ns->serving = false;
}

void namespace_end_line(struct namespace *ns, enum wait_end how)
{
    while (!list_empty(&ns->line))
        serve(ns, how);
}

static void serve_line(struct namespace *ns)
{
    enum { CALL = 16 };
    while (!ns->busy && !list_empty(&ns->line) && !effort_is_used_up(effort_of(ns))) {
        effort_spend(effort_of(ns), CALL);
        serve(ns, ns->dropped ? WAIT_DROPPED : WAIT_SATISFIED);
    }
}

/* To the end of the list if there is more to do: namespaces are carried on in turn. */
void namespace_carry_on(struct namespace *ns, cmq_ms real_now_ms)
{
    namespace_open_request(ns); /* so that it is not freed meanwhile */
    list_unlink(&ns->to_carry_on);
    if (ns->busy) {
        ns->busy = false;
        namespace_enter(ns, ns->rest, real_now_ms);
        namespace_leave(ns);
    }
    serve_line(ns);
    if (!list_empty(&ns->line))
        list_to_carry_on(ns);
    namespace_close_request(ns);
}

/* ---- within the bracket: time ---- */

struct move *namespace_begin_move(struct namespace *ns, enum move_kind kind, struct wait *owner)
{
    assert(ns->depth > 0 && ns->move == NULL);
    struct move *m = move_new(kind, ns->engine, owner);
    if (m == NULL)
        return NULL;
    m->delivered_before = ns->delivered;
    ns->move = m;
    if (!clock_stands(&ns->clock))
        clock_stand(&ns->clock, CLOCK_FROZEN, m->from_ms);
    return m;
}

void namespace_stand(struct namespace *ns, enum clock_mode mode)
{
    assert(ns->depth > 0);
    ns->host->has_auto = ns->host->has_auto || mode == CLOCK_AUTO;
    clock_stand(&ns->clock, mode, engine_now_ms(ns->engine));
}

void namespace_resume(struct namespace *ns)
{
    assert(ns->depth > 0);
    clock_resume(&ns->clock, ns->real_now_ms);
    (void)come_to_present(ns);
}

void namespace_restart(struct namespace *ns, cmq_ms at_ms)
{
    assert(ns->depth > 0 && engine_empty(ns->engine));
    engine_restart(ns->engine, at_ms);
    if (clock_stands(&ns->clock))
        clock_stand(&ns->clock, ns->clock.mode, at_ms);
}

void namespace_land(struct namespace *ns, struct push_ticket *ticket,
                    const struct push_outcome *outcome)
{
    assert(ns->depth > 0);
    ns->acts++;
    engine_land_push(ticket, outcome);
}

/* ---- within the bracket: waits ---- */

void namespace_await(struct namespace *ns, struct wait *w, wait_condition *is_met)
{
    assert(ns->depth > 0);
    conditions_add(&ns->conditions, w, is_met);
}

bool namespace_is_moving(const struct namespace *ns)
{
    return ns->move != NULL || !list_empty(&ns->turns);
}

void namespace_queue_up(struct namespace *ns, struct wait *w)
{
    assert(namespace_is_moving(ns));
    assert(w->end != NULL);
    w->is_met = NULL;
    list_append(&ns->turns, &w->link);
}

void namespace_forget_wait(struct namespace *ns, struct wait *w)
{
    assert(ns->depth > 0);
    if (ns->move != NULL && ns->move->owner == w) {
        move_free(ns->move);
        ns->move = NULL;
    } else if (w->is_met != NULL) {
        conditions_remove(&ns->conditions, w);
    } else if (list_linked(&w->link)) {
        list_unlink(&w->link);
    }
}

void namespace_end_polls(struct namespace *ns, enum cmq_err outcome)
{
    assert(ns->depth > 0);
    ns->ending = true;
    engine_end_all_polls(ns->engine, outcome);
    while (deliver_poll(ns))
        continue;
    ns->ending = false;
}

void namespace_end_waits(struct namespace *ns, enum wait_end how)
{
    cut_move(ns, how);
    conditions_end(&ns->conditions, how);
}

/* ---- making, resetting, dropping ---- */

/* chronicler.hear, unless there is no journal. Keeping it takes as long as doing it. */
static void hear(void *context, const struct telling *t)
{
    struct namespace *ns = context;
    effort_spend(effort_of(ns), 1);
    uint64_t number = journal_keep_push(&ns->journal, t, namespace_wall_ms(ns));
    lives_hear(&ns->lives, t, number);
}

/* The rules that a namespace has to begin with. */
static bool make_faults(const struct namespace *ns, const struct namespace_spec *spec,
                        struct faults *out)
{
    faults_init(out, &ns->host->allocator, &ns->host->budgets.messages,
                spec->sloppy != 0 ? spec->sloppy : spec->seed);
    return spec->sloppy == 0 || faults_add_sloppy(out);
}

bool namespace_respecify(struct namespace *ns, const struct namespace_spec *spec,
                         cmq_ms real_now_ms)
{
    struct engine_config config = ns->config;
    assert(ns->engine == NULL || engine_empty(ns->engine));
    config.seed = spec->seed;
    config.limits = spec->limits;
    config.account = spec->account;
    config.now_ms = spec->has_at ? spec->at_ms : real_now_ms + ns->host->wall_ahead_ms;
    config.chronicler = (struct chronicler){.hear = NULL};
    if (config.limits.journal > 0)
        config.chronicler = (struct chronicler){.hear = hear, .context = ns};
    struct faults faults;
    struct engine *engine = make_faults(ns, spec, &faults) ? engine_new(&config) : NULL;
    if (engine == NULL) {
        faults_clear(&faults);
        return false;
    }
    engine_free(ns->engine);
    ns->engine = engine;
    ns->config = config;
    faults_move(&ns->faults, &faults);
    journal_set_bound(&ns->journal, config.limits.journal);
    lives_set_bound(&ns->lives, config.limits.journal * LIFE_EVENTS_PER_REQUEST);
    lives_forget(&ns->lives);
    if (spec->mode != CLOCK_REAL)
        clock_stand(&ns->clock, spec->mode, config.now_ms);
    else
        ns->clock =
            (struct clock){.mode = CLOCK_REAL, .offset_ms = config.now_ms - real_now_ms};
    ns->host->has_auto = ns->host->has_auto || spec->mode == CLOCK_AUTO;
    return true;
}

struct namespace *namespace_new(struct namespace_host *host, const struct namespace_spec *spec,
                                cmq_ms real_now_ms)
{
    struct namespace *ns = allocator_take_zeroed(&host->allocator, sizeof *ns);
    if (ns == NULL)
        return NULL;
    ns->host = host;
    ns->config.allocator = host->allocator;
    ns->config.messages = &host->budgets.messages;
    ns->config.polls = &host->budgets.polls;
    ns->config.effort = &host->effort;
    memcpy(ns->name, spec->name, sizeof ns->name);
    holds_init(&ns->holds);
    list_init(&ns->credentials);
    list_init(&ns->turns);
    list_init(&ns->line);
    faults_init(&ns->faults, &host->allocator, &host->budgets.messages, spec->seed);
    list_init(&ns->snapshots);
    ns->config.watches = &ns->conditions.watches;
    recent_init(&ns->recent, &host->allocator, &host->budgets.journal);
    ns->config.recent = &ns->recent;
    journal_init(&ns->journal, &host->allocator, &host->budgets.journal,
                 &ns->conditions.watches);
    ns->sinks = sinks_new(&host->allocator, &host->budgets.messages);
    bool ready = conditions_init(&ns->conditions, host->allocator);
    ready = lives_init(&ns->lives, &host->allocator, &host->budgets.journal) && ready;
    if (ready && ns->sinks != NULL && namespace_respecify(ns, spec, real_now_ms))
        return ns;
    conditions_fini(&ns->conditions);
    lives_fini(&ns->lives);
    sinks_free(ns->sinks);
    refused_clear(&ns->refused);
    allocator_give(&host->allocator, ns);
    return NULL;
}

void namespace_free(struct namespace *ns)
{
    assert(ns->depth == 0 && ns->pushing == 0 && ns->move == NULL);
    assert(list_empty(&ns->turns) && list_empty(&ns->line));
    assert(ns->engine == NULL || engine_parked_count(ns->engine) == 0);
    if (list_linked(&ns->link))
        list_unlink(&ns->link);
    if (list_linked(&ns->to_carry_on))
        list_unlink(&ns->to_carry_on);
    wheel_disarm(ns->host->wakes, &ns->wake);
    holds_release_all(&ns->holds);
    if (namespace_is_copying(ns))
        give_up_copy(ns, CMQ_INTERNAL);
    snapshots_clear(&ns->snapshots);
    engine_free(ns->engine);
    engine_free(ns->fresh);
    conditions_fini(&ns->conditions);
    sinks_free(ns->sinks);
    sinks_free(ns->fresh_sinks);
    refused_clear(&ns->refused);
    faults_clear(&ns->faults);
    journal_fini(&ns->journal);
    lives_fini(&ns->lives);
    recent_fini(&ns->recent);
    allocator_give(&ns->host->allocator, ns);
}

bool namespace_is_being_reset(const struct namespace *ns)
{
    return ns->fresh != NULL;
}

/* No time passes before all polls are delivered. */
bool namespace_reset(struct namespace *ns)
{
    struct engine_config config = ns->config;
    assert(ns->depth > 0 && !namespace_is_being_reset(ns));
    config.now_ms = namespace_wall_ms(ns);
    struct engine *fresh = engine_new(&config);
    struct sinks *sinks = sinks_new(&config.allocator, config.messages);
    if (fresh == NULL || sinks == NULL) {
        engine_free(fresh);
        sinks_free(sinks);
        return false;
    }
    ns->fresh = fresh;
    ns->fresh_sinks = sinks;
    engine_end_all_polls(ns->engine, CMQ_NO_QUEUE);
    if (!deliver_polls(ns))
        put_off(ns, ENTER_STILL);
    else
        begin_anew(ns);
    return true;
}

void namespace_drop(struct namespace *ns)
{
    assert(ns->depth > 0 && !ns->dropped);
    namespace_end_polls(ns, CMQ_NO_QUEUE);
    ns->dropped = true;
    ns->busy = false;
    ns->survey = NULL;
    namespace_end_waits(ns, WAIT_DROPPED);
    wheel_disarm(ns->host->wakes, &ns->wake);
    holds_release_all(&ns->holds);
    if (namespace_is_copying(ns))
        give_up_copy(ns, CMQ_INTERNAL);
    snapshots_clear(&ns->snapshots);
    watches_detach(&ns->conditions.watches);
    faults_clear(&ns->faults);
    graveyard_bury(&ns->host->graveyard, ns->engine);
    graveyard_bury_sinks(&ns->host->graveyard, ns->sinks);
    journal_forget(&ns->journal);
    lives_forget(&ns->lives);
    recent_forget(&ns->recent);
    ns->engine = NULL;
    ns->sinks = NULL;
}

/* ---- what belongs to it ---- */

void namespace_open_request(struct namespace *ns)
{
    ns->open++;
}

void namespace_close_request(struct namespace *ns)
{
    assert(ns->open > 0);
    ns->open--;
    free_if_over(ns);
}

void namespace_open_push(struct namespace *ns)
{
    ns->pushing++;
}

void namespace_close_push(struct namespace *ns)
{
    assert(ns->pushing > 0);
    ns->pushing--;
    free_if_over(ns);
}

/* ---- automatic time ---- */

bool namespace_may_jump(const struct namespace *ns)
{
    size_t parked = engine_parked_count(ns->engine);
    return ns->clock.mode == CLOCK_AUTO && ns->holds.count == 0 && ns->move == NULL &&
           !must_wait_for_pushes(ns) && parked > 0 &&
           ns->open == parked + ns->conditions.count + ns->streams && !ns->busy &&
           list_empty(&ns->line) && engine_wake_ms(ns->engine) <= CMQ_LAST_MS;
}

void namespace_jump(struct namespace *ns)
{
    struct event_view next;
    assert(ns->depth > 0);
    if (!engine_prepare_agenda(ns->engine, 1)) {
        put_off(ns, ENTER_STILL);
        return;
    }
    if (!engine_next_event(ns->engine, &next))
        return;
    ns->rest_ms = next.at_ms < CMQ_LAST_MS ? next.at_ms : CMQ_LAST_MS;
    (void)come_to_present(ns);
}
