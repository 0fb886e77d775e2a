#include "tests/simulation/run.h"

#include "base/random.h"

#include <assert.h>

/* ---- endpoints ---- */

/* How long an attempt takes, and how it ends. The longest are overtaken by the end of the
 * message's day. */
static void decide(const struct run *r, struct attempt *f)
{
    static const cmq_ms takes_ms[] = {0, 0, 0, 0, 0, 0, 0, 300, 1000, 1000, 15000, 15000};
    static const struct push_outcome bad[] = {
        {.status = 503}, {.status = 302}, {.error = "no answer"}, {.error = "no connection"}};
    struct engine_random random = {mix64(r->seed ^ f->request_id)};
    f->outcome = (struct push_outcome){.delivered = true, .status = 200};
    if (random_below(&random, 10) < r->failing)
        f->outcome = bad[random_below(&random, COUNT(bad))];
    cmq_ms lasts_ms = takes_ms[random_below(&random, COUNT(takes_ms))];
    if (random_once_in(&random, 80))
        lasts_ms = 90000000;
    f->land_ms = engine_now_ms(r->engine) + lasts_ms;
}

/* Take the next attempt from the engine; the model follows in run_agree_on_taken(). */
void run_take(struct run *r)
{
    size_t i = 0;
    while (i < ATTEMPTS && r->attempts[i].used)
        i++;
    AGREE(i < ATTEMPTS, true);
    struct attempt *f = &r->attempts[i];
    *f = (struct attempt){.used = true};
    const struct delivery *d = engine_take_push(r->engine, &f->ticket);
    assert(d != NULL);
    f->msg_id = d->publication->id;
    f->request_id = d->request_id;
    f->attempts = d->attempts;
    f->subscription_name = d->subscription->name;
    decide(r, f);
    r->taken[r->taken_count++] = i;
}

void run_agree_on_taken(struct run *r)
{
    for (size_t i = 0; i < r->taken_count; i++) {
        const struct attempt *f = &r->attempts[r->taken[i]];
        const struct model_delivery *want = model_take_push(&r->model, (int)r->taken[i] + 1);
        assert(want != NULL);
        AGREE(f->msg_id, want->msg_id);
        AGREE(f->request_id, want->request_id);
        AGREE(f->attempts, want->attempts);
        engine_agree_on_names(f->subscription_name, want->subscription->name);
        run_see(r, f->request_id);
    }
    r->taken_count = 0;
}

void run_land(struct run *r, size_t i)
{
    struct attempt *f = &r->attempts[i];
    met.orphans += f->ticket.flight == NULL;
    engine_land_push(&f->ticket, &f->outcome);
    model_land_push(&r->model, (int)i + 1, &f->outcome);
    f->used = false;
}

/* All whose instant has come, from any of them on: which one is first does not matter. */
static bool land_due(struct run *r)
{
    bool any = false;
    size_t from = random_below(&r->steps, ATTEMPTS);
    for (size_t n = 0; n < ATTEMPTS; n++) {
        size_t i = (from + n * 5) % ATTEMPTS; /* 5 and ATTEMPTS have no common factor */
        if (!r->attempts[i].used || r->attempts[i].land_ms > engine_now_ms(r->engine))
            continue;
        run_land(r, i);
        any = true;
    }
    return any;
}

static cmq_ms next_landing_ms(const struct run *r)
{
    cmq_ms next_ms = CMQ_NEVER;
    for (size_t i = 0; i < ATTEMPTS; i++)
        if (r->attempts[i].used && r->attempts[i].land_ms < next_ms)
            next_ms = r->attempts[i].land_ms;
    return next_ms;
}

void run_begin_slice(struct run *r)
{
    effort_begin(&r->effort, r->pace == IN_SLICES ? 1 + random_below(&r->steps, 7) : 0);
}

static void end_both(struct run *r)
{
    size_t ended = 0;
    do {
        run_begin_slice(r);
        ended += engine_end_pushes(r->engine);
        engine_check(r->engine);
    } while (engine_is_ending_pushes(r->engine));
    AGREE(ended, model_end_pushes(&r->model));
}

/* ---- time ---- */

void run_collect(struct run *r)
{
    for (struct parked_poll *p; (p = engine_take_released(r->engine)) != NULL;) {
        AGREE(r->release_count < MODEL_RELEASES, true);
        struct seen_release *to = &r->releases[r->release_count++];
        *to = (struct seen_release){.owner = *(const int *)p->owner,
                                    .at_ms = engine_now_ms(r->engine),
                                    .outcome = p->outcome};
        if (p->outcome == CMQ_OK)
            to->got = run_seen_all(r, p->messages, p->count);
        r->polls[to->owner] = NULL;
        engine_free_poll(r->engine, p);
    }
}

static cmq_ms least(cmq_ms a, cmq_ms b)
{
    return a < b ? a : b;
}

static cmq_ms next_stop_ms(struct run *r, cmq_ms until_ms)
{
    cmq_ms now_ms = engine_now_ms(r->engine);
    if (r->pace == FROM_WAKE_TO_WAKE)
        return least(engine_wake_ms(r->engine), until_ms);
    if (r->pace == SMALL_STEPS)
        return least(now_ms + (cmq_ms)random_below(&r->steps, 2 + (size_t)(until_ms - now_ms)),
                     until_ms);
    return until_ms;
}

void run_finish(struct run *r)
{
    for (; !engine_finish(r->engine); run_begin_slice(r))
        engine_check(r->engine);
}

/* Move the engine until until_ms, or an instant at which attempts are offered, and through all
 * of that; false then. Within an instant event by event, they are taken at once. */
static bool move_engine(struct run *r, cmq_ms until_ms)
{
    if (engine_has_offered(r->engine))
        return false;
    for (;;) {
        cmq_ms stop_ms = next_stop_ms(r, until_ms);
        r->firings.limit = r->pace == EVENT_BY_EVENT ? r->firings.fired + 1 : 0;
        run_begin_slice(r);
        bool there = engine_advance(r->engine, stop_ms, &r->firings);
        run_collect(r);
        if (engine_has_tasks(r->engine))
            continue;
        bool over = engine_wake_ms(r->engine) > engine_now_ms(r->engine);
        if (over && (engine_has_offered(r->engine) || r->taken_count > 0))
            return false;
        if (there && stop_ms == until_ms)
            return true;
        while (!over && r->pace != IN_SLICES && engine_has_offered(r->engine))
            run_take(r);
    }
}

/* Let time pass. Attempts that are offered at the end of it are left to the next command unless
 * the run is hasty. */
void run_pass(struct run *r, cmq_ms span_ms)
{
    cmq_ms until_ms = engine_now_ms(r->engine) + span_ms;
    bool patient = !r->hasty && random_once_in(&r->commands, 3);
    end_both(r); /* what landed meanwhile */
    for (;;) {
        cmq_ms stop_ms = least(until_ms, next_landing_ms(r));
        bool there = move_engine(r, stop_ms);
        AGREE(model_advance(&r->model, stop_ms), there);
        AGREE(engine_now_ms(r->engine), r->model.now_ms);
        run_agree_on_releases(r);
        if (!there && patient && engine_now_ms(r->engine) == until_ms)
            return;
        if (!there) {
            while (engine_has_offered(r->engine))
                run_take(r);
            run_agree_on_taken(r);
        } else if (land_due(r)) {
            end_both(r);
        } else if (stop_ms == until_ms) {
            return;
        }
    }
}
