/* When there is news, and how it is told.
 *
 * A pulse is what can be compared without walking anything: whatever changes in a namespace changes a number in
 * it. So nothing in the namespace has to know that somebody reads; and what is told as changed may be more than
 * has changed, but not less. */
#include "admin/feed.h"

#include "admin/feed_text.h"
#include "base/number.h"
#include "namespace/registry.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* What a feed has told, or could tell now. */
struct pulse {
    enum clock_mode mode;
    cmq_ms where_ms; /* of a clock that stands; else how far it is from real time */
    size_t pending, parked, in_flight;
    uint64_t fired, entries, acts, admin_acts, resets, restores, namespaces;
    bool busy;
};

struct batch {
    uint64_t number;
    struct buffer text;
    bool is_last; /* nothing follows for whoever reads it */
};

struct feed {
    struct list_node link; /* in feeds->all */
    struct feeds *all;
    struct namespace *ns;
    struct list_node readers;
    size_t reader_count;
    struct pulse told;
    struct batch batches[FEED_BATCHES]; /* a ring */
    size_t made;                        /* batches so far */
    /* Numbers of the last batch, and of the last that is not kept; before there is any, of the beginning. */
    uint64_t last, dropped;
    cmq_ms due_ms;  /* no batch before */
    cmq_ms said_ms; /* when the last one was made */
    bool is_gone;   /* its namespace */
};

void feeds_init(struct feeds *all, const struct registry *registry, struct budget *budget,
                name_error_fn *name_error, void (*wake)(void *owner), cmq_ms real_now_ms)
{
    *all = (struct feeds){.registry = registry,
                          .budget = budget,
                          .name_error = name_error,
                          .wake = wake,
                          .interval_ms = FEED_INTERVAL_MS,
                          .silence_ms = FEED_SILENCE_MS,
                          .run = real_now_ms,
                          .ran_ms = -1,
                          .wake_ms = CMQ_NEVER};
    list_init(&all->all);
}

/* ---- the pulse ---- */

static struct pulse pulse_of(const struct feed *f)
{
    const struct namespace *ns = f->ns;
    const struct engine *e = ns->engine;
    bool stands = clock_stands(&ns->clock);
    return (struct pulse){
        .mode = ns->clock.mode,
        .where_ms = stands ? engine_now_ms(e) : ns->clock.offset_ms,
        .pending = engine_pending_count(e),
        .parked = engine_parked_count(e),
        .in_flight = engine_flight_count(e),
        .fired = ns->recent.fired,
        .entries = ns->journal.last,
        .acts = ns->acts,
        .admin_acts = ns->admin_acts,
        .resets = ns->resets,
        .restores = ns->restores,
        .namespaces = f->all->registry->changes,
        .busy = ns->busy,
    };
}

static bool is_other_clock(const struct pulse *a, const struct pulse *b)
{
    return a->mode != b->mode || a->where_ms != b->where_ms || a->pending != b->pending ||
           a->parked != b->parked || a->in_flight != b->in_flight;
}

static bool differs(const struct pulse *a, const struct pulse *b)
{
    return is_other_clock(a, b) || a->fired != b->fired || a->entries != b->entries ||
           a->acts != b->acts || a->admin_acts != b->admin_acts || a->resets != b->resets ||
           a->restores != b->restores || a->namespaces != b->namespaces || a->busy != b->busy;
}

/* While something is done in slices it may be anything. */
static unsigned changes(const struct feed *f, const struct pulse *now)
{
    const struct pulse *before = &f->told;
    const struct namespace *ns = f->ns;
    bool admin = now->admin_acts != before->admin_acts || now->busy || before->busy;
    bool acts = now->acts != before->acts;
    unsigned changed = admin ? CHANGED_ALL & ~(unsigned)CHANGED_NAMESPACES : 0;
    if (acts || now->fired != before->fired || is_other_clock(now, before))
        changed |= CHANGED_QUEUES | CHANGED_TOPICS;
    if (acts && ns->faults.count > 0)
        changed |= CHANGED_FAULTS;
    if (acts && ns->refused.api != NULL)
        changed |= CHANGED_SIGNATURES;
    if (now->namespaces != before->namespaces)
        changed |= CHANGED_NAMESPACES;
    return changed;
}

/* ---- batches ---- */

/* The batch behind this number; NULL if it has not been made. */
static const struct batch *batch_behind(const struct feed *f, uint64_t number)
{
    size_t kept = f->made < FEED_BATCHES ? f->made : FEED_BATCHES;
    for (size_t i = f->made - kept; i < f->made; i++)
        if (f->batches[i % FEED_BATCHES].number > number)
            return &f->batches[i % FEED_BATCHES];
    return NULL;
}

static void wake_all(struct feed *f);

/* The place of the oldest is taken, whoever has not read it. */
static struct batch *begin_batch(struct feed *f)
{
    struct batch *b = &f->batches[f->made % FEED_BATCHES];
    if (f->made >= FEED_BATCHES)
        f->dropped = b->number;
    b->number = f->last = ++f->all->last;
    b->is_last = false;
    buffer_clear(&b->text);
    f->made++;
    return b;
}

/* To send a batch takes 15 to 80 us for each reader, so many of them are told less often: a hundred, once in two
 * seconds. */
static cmq_ms interval_of(const struct feed *f)
{
    enum { EACH_MS = 20 };
    cmq_ms all_ms = (cmq_ms)f->reader_count * EACH_MS;
    return all_ms > f->all->interval_ms ? all_ms : f->all->interval_ms;
}

/* Of texts that are too long nothing is kept but that. */
static void end_batch(struct feed *f, struct batch *b, cmq_ms now_ms)
{
    if (b->text.failed) {
        buffer_free(&b->text);
        b->is_last = true;
    }
    f->said_ms = now_ms;
    f->due_ms = now_ms + interval_of(f);
    wake_all(f);
}

static void write_fired(struct feed *f, struct buffer *b, const struct pulse *now)
{
    enum { MOST = 64 };
    uint64_t from = f->told.fired, left = 0;
    if (now->fired - from > MOST) {
        left = now->fired - from - MOST;
        from = now->fired - MOST;
    }
    (void)feed_write_fired(b, &f->ns->recent, from, now->fired, left, false);
}

static void write_requests(struct feed *f, struct buffer *b, const struct pulse *now)
{
    enum { MOST = 32 };
    uint64_t behind = f->told.entries, left = 0;
    if (now->entries - behind > MOST) {
        left = now->entries - behind - MOST;
        behind = now->entries - MOST;
    }
    (void)feed_write_entries(b, &f->ns->journal, f->all->name_error, behind, now->entries, left,
                             false);
}

static void write_news(struct feed *f, struct batch *batch, const struct pulse *now)
{
    struct buffer *b = &batch->text;
    const struct namespace *ns = f->ns;
    bool restored = now->restores != f->told.restores;
    if (restored || now->resets != f->told.resets) {
        feed_write_reload(b, restored ? "restored" : "reset");
        batch->is_last = true;
        return;
    }
    if (is_other_clock(now, &f->told))
        feed_write_clock(b, ns);
    if (now->fired != f->told.fired)
        write_fired(f, b, now);
    if (now->entries != f->told.entries && ns->journal.bound > 0)
        write_requests(f, b, now);
    feed_write_changed(b, changes(f, now), f->all->run, batch->number);
}

/* To look at what fires next may take longer than this turn: then there is a batch later. */
static void tell_news(struct feed *f, cmq_ms now_ms)
{
    namespace_enter(f->ns, ENTER_TO_LOOK, now_ms);
    struct pulse now = pulse_of(f);
    if (engine_prepare_agenda(f->ns->engine, 1)) {
        struct batch *batch = begin_batch(f);
        write_news(f, batch, &now);
        f->told = now;
        end_batch(f, batch, now_ms);
    }
    namespace_leave(f->ns);
}

static void say_something(struct feed *f, cmq_ms now_ms)
{
    struct batch *batch = begin_batch(f);
    buffer_append(&batch->text, bytes_of(":\n\n"));
    end_batch(f, batch, now_ms);
}

static void note_gone(struct feed *f, cmq_ms now_ms)
{
    struct batch *batch = begin_batch(f);
    f->is_gone = true;
    feed_write_reload(&batch->text, "gone");
    batch->is_last = true;
    end_batch(f, batch, now_ms);
}

static void run(struct feed *f, cmq_ms now_ms)
{
    if (f->is_gone)
        return;
    if (f->ns->dropped) {
        note_gone(f, now_ms);
        return;
    }
    struct pulse now = pulse_of(f);
    bool news = differs(&now, &f->told);
    if (news && now_ms >= f->due_ms)
        tell_news(f, now_ms);
    else if (now_ms >= f->said_ms + f->all->silence_ms)
        say_something(f, now_ms);
}

static cmq_ms earlier(cmq_ms a, cmq_ms b)
{
    return a < b ? a : b;
}

/* When run() next has work. */
static cmq_ms next_ms(const struct feed *f)
{
    if (f->is_gone)
        return CMQ_NEVER;
    struct pulse now = pulse_of(f);
    return differs(&now, &f->told) ? f->due_ms : f->said_ms + f->all->silence_ms;
}

/* ---- readers ---- */

enum stage { PAST_FIRED, PAST_REQUESTS, PAST_OVER, PRESENT, OVER };

struct feed_reader {
    struct source source;
    struct list_node link; /* in feed->readers */
    struct feed *feed;
    void *owner;
    enum stage stage;
    uint64_t taken;                 /* number of the last batch */
    uint64_t fired_at, fired_until; /* what is left of the past */
    uint64_t entry_at, entry_until;
    cmq_ms until_ms;
    bool is_late; /* its time is over: it ends when there is nothing to tell */
    bool is_idle, is_ended;
};

static void wake(struct feed_reader *r)
{
    if (!r->is_idle)
        return;
    r->is_idle = false;
    if (r->owner != NULL)
        r->feed->all->wake(r->owner);
}

static void wake_all(struct feed *f)
{
    for (struct list_node *l = f->readers.next; l != &f->readers; l = l->next)
        wake(CONTAINER_OF(l, struct feed_reader, link));
}

void feed_reader_end(struct feed_reader *r)
{
    r->is_ended = true;
    wake(r);
}

static void write_past_fired(struct feed_reader *r, struct buffer *to)
{
    struct feed *f = r->feed;
    r->fired_at = feed_write_fired(to, &f->ns->recent, r->fired_at, r->fired_until, 0, true);
    if (r->fired_at >= r->fired_until)
        r->stage = PAST_REQUESTS;
}

static void write_past_requests(struct feed_reader *r, struct buffer *to)
{
    struct feed *f = r->feed;
    r->entry_at = feed_write_entries(to, &f->ns->journal, f->all->name_error, r->entry_at,
                                     r->entry_until, 0, true);
    if (r->entry_at >= r->entry_until)
        r->stage = PAST_OVER;
}

static void write_present(struct feed_reader *r, struct buffer *to)
{
    const struct feed *f = r->feed;
    const struct batch *batch = batch_behind(f, r->taken);
    if (r->taken < f->dropped && !f->is_gone) {
        feed_write_reload(to, "slow");
        r->stage = OVER;
    } else if (batch == NULL && r->is_late) {
        r->stage = OVER;
    } else if (batch == NULL) {
        r->is_idle = true;
    } else {
        buffer_append(to, buffer_bytes(&batch->text));
        r->taken = batch->number;
        if (batch->is_last)
            r->stage = OVER;
    }
}

/* Whatever of the past has gone meanwhile is left out. */
static bool next(struct source *source, struct buffer *to)
{
    struct feed_reader *r = CONTAINER_OF(source, struct feed_reader, source);
    const struct namespace *ns = r->feed->ns;
    if (r->is_ended || r->stage == OVER)
        return false;
    if (ns->dropped && r->stage < PAST_OVER)
        r->stage = PRESENT;
    if (r->stage == PAST_FIRED && r->fired_at >= r->fired_until)
        r->stage = PAST_REQUESTS;
    if (r->stage == PAST_REQUESTS && r->entry_at >= r->entry_until)
        r->stage = PAST_OVER;
    if (r->stage == PAST_FIRED) {
        write_past_fired(r, to);
    } else if (r->stage == PAST_REQUESTS) {
        write_past_requests(r, to);
    } else if (r->stage == PAST_OVER) {
        feed_write_changed(to, CHANGED_ALL, r->feed->all->run, r->taken);
        r->stage = PRESENT;
    } else {
        write_present(r, to);
    }
    return true;
}

static void feed_free(struct feed *f)
{
    for (size_t i = 0; i < FEED_BATCHES; i++)
        buffer_free(&f->batches[i].text);
    budget_give(f->all->budget, FEED_SIZE);
    if (list_linked(&f->link))
        list_unlink(&f->link);
    free(f);
}

static void end(struct source *source)
{
    struct feed_reader *r = CONTAINER_OF(source, struct feed_reader, source);
    struct feed *f = r->feed;
    f->ns->streams--;
    list_unlink(&r->link);
    f->reader_count--;
    free(r);
    if (list_empty(&f->readers))
        feed_free(f);
}

/* ---- beginning ---- */

static struct feed *find(const struct feeds *all, const struct namespace *ns)
{
    for (struct list_node *l = all->all.next; l != &all->all; l = l->next) {
        struct feed *f = CONTAINER_OF(l, struct feed, link);
        if (f->ns == ns)
            return f;
    }
    return NULL;
}

static struct feed *feed_new(struct feeds *all, struct namespace *ns, struct mistake *m)
{
    if (!budget_take(all->budget, FEED_SIZE)) {
        mistake_answers_full(m);
        return NULL;
    }
    struct feed *f = calloc(1, sizeof *f);
    if (f == NULL) {
        budget_give(all->budget, FEED_SIZE);
        mistake_no_memory(m, "for what is told");
        return NULL;
    }
    f->all = all;
    f->ns = ns;
    f->last = f->dropped = ++all->last;
    f->said_ms = ns->real_now_ms;
    list_init(&f->readers);
    f->told = pulse_of(f);
    list_append(&all->all, &f->link);
    return f;
}

/* "RUN-NUMBER", of what f has told and could go on behind. */
static bool knows(const struct feed *f, struct bytes id, uint64_t *number)
{
    char run[32];
    int64_t n;
    int len = snprintf(run, sizeof run, "%lld-", (long long)f->all->run);
    assert(len > 0 && (size_t)len < sizeof run);
    if (!bytes_begin(id, run) || !parse_int_exactly(bytes_behind(id, (size_t)len), &n) || n < 0)
        return false;
    *number = (uint64_t)n;
    return *number >= f->dropped && *number <= f->last;
}

static void begin_with_past(struct feed_reader *r, struct buffer *out)
{
    struct feed *f = r->feed;
    const struct recent *recent = &f->ns->recent;
    r->stage = PAST_FIRED;
    r->taken = f->last;
    r->fired_at = recent_oldest(recent);
    r->fired_until = f->told.fired;
    r->entry_until = f->told.entries;
    r->entry_at = r->entry_until > FEED_PAST ? r->entry_until - FEED_PAST : 0;
    feed_write_clock(out, f->ns);
}

/* Whoever comes back goes on where it was; where that is not known any more it has to begin anew. */
static void begin(struct feed_reader *r, struct bytes after, struct buffer *out)
{
    struct feed *f = r->feed;
    if (after.len == 0) {
        begin_with_past(r, out);
    } else if (knows(f, after, &r->taken)) {
        r->stage = PRESENT;
    } else {
        r->stage = OVER;
        feed_write_reload(out, "unknown");
    }
}

struct feed_reader *feed_read(struct feeds *all, struct namespace *ns, struct bytes after,
                              cmq_ms until_ms, struct buffer *out, struct mistake *m)
{
    enum { SIZE = 192 * 1024 }; /* a piece, a part, and what the network keeps of them */
    struct feed_reader *r = calloc(1, sizeof *r);
    struct feed *f = r != NULL ? find(all, ns) : NULL;
    if (r != NULL && f == NULL)
        f = feed_new(all, ns, m);
    if (f == NULL) {
        if (r == NULL)
            mistake_no_memory(m, "for the answer");
        free(r);
        return NULL;
    }
    *r = (struct feed_reader){.source = {.next = next, .end = end, .size = SIZE},
                              .feed = f,
                              .until_ms = until_ms,
                              .is_late = until_ms <= ns->real_now_ms,
                              .is_ended = all->is_stopping};
    list_append(&f->readers, &r->link);
    f->reader_count++;
    ns->streams++;
    begin(r, after, out);
    all->wake_ms = 0; /* it may have a time of its own */
    return r;
}

struct source *feed_reader_source(struct feed_reader *r)
{
    return &r->source;
}

void feed_reader_belongs_to(struct feed_reader *r, void *owner)
{
    r->owner = owner;
}

bool feed_reader_is_idle(const struct feed_reader *r)
{
    return r->is_idle;
}

/* ---- all ---- */

/* Readers whose time is over end; returns when the next one's is. */
static cmq_ms end_readers(struct feed *f, cmq_ms now_ms)
{
    cmq_ms next = CMQ_NEVER;
    for (struct list_node *l = f->readers.next; l != &f->readers; l = l->next) {
        struct feed_reader *r = CONTAINER_OF(l, struct feed_reader, link);
        r->is_late = r->until_ms <= now_ms;
        if (!r->is_late)
            next = earlier(next, r->until_ms);
        else if (r->is_idle)
            feed_reader_end(r);
    }
    return next;
}

/* Nothing that happens needs to be noticed more than once a millisecond. */
void feeds_run(struct feeds *all, cmq_ms real_now_ms)
{
    if (list_empty(&all->all)) {
        all->wake_ms = CMQ_NEVER;
        return;
    }
    if (real_now_ms == all->ran_ms) {
        all->wake_ms = earlier(all->wake_ms, real_now_ms + 1);
        return;
    }
    all->ran_ms = real_now_ms;
    all->wake_ms = CMQ_NEVER;
    for (struct list_node *l = all->all.next; l != &all->all; l = l->next) {
        struct feed *f = CONTAINER_OF(l, struct feed, link);
        run(f, real_now_ms);
        all->wake_ms = earlier(all->wake_ms, next_ms(f));
        all->wake_ms = earlier(all->wake_ms, end_readers(f, real_now_ms));
    }
}

cmq_ms feeds_wake_ms(const struct feeds *all)
{
    return all->wake_ms;
}

void feeds_stop(struct feeds *all)
{
    all->is_stopping = true;
    for (struct list_node *l = all->all.next; l != &all->all; l = l->next) {
        struct feed *f = CONTAINER_OF(l, struct feed, link);
        for (struct list_node *m = f->readers.next; m != &f->readers; m = m->next)
            feed_reader_end(CONTAINER_OF(m, struct feed_reader, link));
    }
}
