/* Those that are told are a heap while the survey goes on: the last to fire is on top, and makes room
 * for one that fires before it. So a million events cost no more than a few steps each, however many
 * are told. */
#include "namespace/survey.h"

#include <assert.h>
#include <stdlib.h>

static bool has_name(const char *name, const char *wanted)
{
    return name != NULL && strcmp(name, wanted) == 0;
}

bool event_filter_fits(const struct event_filter *f, const struct event_view *v)
{
    return (!f->has_kind || v->kind == f->kind) &&
           (!f->has_queue || has_name(v->queue_name, f->queue)) &&
           (!f->has_topic || has_name(v->topic_name, f->topic));
}

static size_t counts_of(const struct survey_of *of)
{
    return of->edges > 0 ? (of->edges - 1) * EVENT_KINDS : 0;
}

size_t survey_size(const struct survey_of *of)
{
    return sizeof(struct survey) + of->edges * sizeof(cmq_ms) +
           counts_of(of) * sizeof(uint64_t) + of->most * sizeof(struct survey_event);
}

struct survey *survey_new(const struct survey_of *of, struct budget *budget)
{
    struct survey *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    *s =
        (struct survey){.of = *of, .budget = budget, .charged = survey_size(of), .last_ms = -1};
    budget_charge(budget, s->charged);
    s->edges = calloc(of->edges + 1, sizeof *s->edges);
    s->counts = calloc(counts_of(of) + 1, sizeof *s->counts);
    s->events = calloc(of->most + 1, sizeof *s->events);
    if (s->edges != NULL && s->counts != NULL && s->events != NULL)
        return s;
    survey_free(s);
    return NULL;
}

void survey_free(struct survey *s)
{
    if (s == NULL)
        return;
    budget_give(s->budget, s->charged);
    free(s->edges);
    free(s->counts);
    free(s->events);
    free(s);
}

/* ---- those that are told ---- */

static bool fires_before(const struct survey_event *a, const struct survey_event *b)
{
    return a->event.at_ms != b->event.at_ms ? a->event.at_ms < b->event.at_ms
                                            : a->order < b->order;
}

static void swap(struct survey_event *a, struct survey_event *b)
{
    struct survey_event kept = *a;
    *a = *b;
    *b = kept;
}

/* Of the first so many, let the one at i sink to where none below it is later. */
static void sink(struct survey_event *heap, size_t count, size_t i)
{
    for (;;) {
        size_t latest = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++)
            if (fires_before(&heap[latest], &heap[child]))
                latest = child;
        if (latest == i)
            return;
        swap(&heap[i], &heap[latest]);
        i = latest;
    }
}

static void rise(struct survey_event *heap, size_t i)
{
    for (; i > 0 && fires_before(&heap[(i - 1) / 2], &heap[i]); i = (i - 1) / 2)
        swap(&heap[i], &heap[(i - 1) / 2]);
}

static void fill(struct survey_event *out, const struct event_view *v, uint64_t order)
{
    event_copy_take(&out->event, v);
    out->order = order;
}

static bool is_late(const struct survey *s, const struct event_view *v, uint64_t order)
{
    const struct survey_event it = {.event = {.at_ms = v->at_ms}, .order = order};
    return s->told == s->of.most && (s->told == 0 || !fires_before(&it, &s->events[0]));
}

static void tell(struct survey *s, const struct event_view *v, uint64_t order)
{
    s->total++;
    if (is_late(s, v, order))
        return;
    if (s->told < s->of.most) {
        fill(&s->events[s->told], v, order);
        rise(s->events, s->told++);
    } else {
        fill(&s->events[0], v, order);
        sink(s->events, s->told, 0);
    }
}

void survey_end(struct survey *s)
{
    for (size_t left = s->told; left > 1;) {
        swap(&s->events[0], &s->events[--left]);
        sink(s->events, left, 0);
    }
}

/* ---- all events ---- */

/* In the span from the last edge that is not behind it. */
static void count(struct survey *s, const struct event_view *v)
{
    size_t low = 0,
           high = s->of.edges; /* edges below low are not behind it, those from high on are */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->edges[middle] <= v->at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0 && low < s->of.edges)
        s->counts[(low - 1) * EVENT_KINDS + v->kind]++;
}

static void look_at(struct survey *s, const struct event_view *v, uint64_t order)
{
    assert(v->kind < EVENT_KINDS);
    if (v->at_ms > s->last_ms)
        s->last_ms = v->at_ms;
    if (!event_filter_fits(&s->of.filter, v))
        return;
    count(s, v);
    if (v->at_ms >= s->of.from_ms && v->at_ms <= s->of.to_ms)
        tell(s, v, order);
}

bool survey_go_on(struct survey *s, struct engine *e, struct effort *effort)
{
    struct event_view v;
    uint64_t order;
    bool over;
    while (engine_survey_agenda(e, &v, &order, &over)) {
        effort_spend(effort, 1);
        look_at(s, &v, order);
    }
    return over;
}
