#include "tests/simulation/model_inside.h"

void model_open(struct model *m, struct engine_limits limits, uint64_t seed, cmq_ms now_ms)
{
    *m = (struct model){.limits = limits, .now_ms = now_ms};
    ids_init(&m->ids, seed);
}

void model_copy_name(char out[NAME_MAX_LENGTH + 1], const char *name)
{
    assert(name != NULL);
    memcpy(out, name, strlen(name) + 1);
}

void model_arm(struct model *m, struct model_event *e, enum event_kind kind, cmq_ms due_ms)
{
    *e = (struct model_event){++m->armings, due_ms < m->now_ms ? m->now_ms : due_ms, kind};
}

size_t *model_rate_now(struct model *m, struct model_rate *r)
{
    if (r->second != m->now_ms / 1000)
        *r = (struct model_rate){m->now_ms / 1000, 0};
    return &r->count;
}

size_t model_bytes(const struct model *m)
{
    size_t bytes = 0;
    for (EACH(const struct model_publication, p, m->publications))
        if (p->topic != NULL)
            bytes += sizeof(struct publication) + p->delivery_count * sizeof(struct delivery) +
                     p->body.len + p->tags_len;
    for (EACH(const struct model_message, msg, m->messages))
        bytes += msg->queue != NULL ? sizeof(struct message) + msg->seen.body_len : 0;
    return bytes;
}

/* ---- names that cool down ---- */

bool model_cools(const struct model *m, const char *name, bool of_topic)
{
    for (EACH(const struct model_name, n, m->names))
        if (n->name[0] != '\0' && n->of_topic == of_topic && strcasecmp(n->name, name) == 0)
            return true;
    return false;
}

void model_cool(struct model *m, const char *name, bool of_topic)
{
    if (m->limits.name_cooling_ms == 0)
        return;
    for (EACH(struct model_name, n, m->names)) {
        if (n->name[0] != '\0')
            continue;
        model_copy_name(n->name, name);
        n->of_topic = of_topic;
        model_arm(m, &n->free, EVENT_NAME_FREE, m->now_ms + m->limits.name_cooling_ms);
        return;
    }
    abort(); /* the array is too small for this test */
}

/* ---- events to come ---- */

static void add(struct model *m, size_t *count, struct model_event *e, struct model_due due)
{
    if (e->armed_as == 0)
        return;
    assert(*count < MODEL_AGENDA);
    due.event = e;
    m->agenda[(*count)++] = due;
}

static size_t collect(struct model *m)
{
    size_t count = 0;
    for (EACH(struct model_message, msg, m->messages)) {
        add(m, &count, &msg->wake, (struct model_due){.message = msg});
        add(m, &count, &msg->expiry, (struct model_due){.message = msg});
    }
    for (EACH(struct model_poll, p, m->polls))
        add(m, &count, &p->timeout, (struct model_due){.poll = p});
    for (EACH(struct model_late, l, m->late))
        add(m, &count, &l->due, (struct model_due){.late = l});
    for (EACH(struct model_name, n, m->names))
        add(m, &count, &n->free, (struct model_due){.name = n});
    for (EACH(struct model_publication, p, m->publications)) {
        if (p->topic == NULL)
            continue;
        add(m, &count, &p->expiry, (struct model_due){.publication = p});
        for (size_t i = 0; i < p->delivery_count; i++)
            add(m, &count, &p->deliveries[i].next,
                (struct model_due){.publication = p, .delivery = &p->deliveries[i]});
    }
    return count;
}

static int by_order(const void *left, const void *right)
{
    const struct model_event *a = ((const struct model_due *)left)->event;
    const struct model_event *b = ((const struct model_due *)right)->event;
    if (a->due_ms != b->due_ms)
        return a->due_ms < b->due_ms ? -1 : 1;
    return a->armed_as < b->armed_as ? -1 : 1;
}

size_t model_agenda(struct model *m)
{
    size_t count = collect(m);
    qsort(m->agenda, count, sizeof m->agenda[0], by_order);
    return count;
}

/* The next of all, if it is due by until_ms. */
static bool next_due(struct model *m, cmq_ms until_ms, struct model_due *out)
{
    size_t count = collect(m);
    const struct model_due *first = NULL;
    for (size_t i = 0; i < count; i++)
        if (first == NULL || by_order(&m->agenda[i], first) < 0)
            first = &m->agenda[i];
    if (first == NULL || first->event->due_ms > until_ms)
        return false;
    *out = *first;
    return true;
}

/* A message of age msgRetentionSeconds does not become active any more (queue-api 3.2). */
static enum event_kind kind_of(const struct model_due *due)
{
    bool wakes = due->message != NULL && due->event == &due->message->wake;
    return wakes && model_expire_ms(due->message) <= due->event->due_ms ? EVENT_EXPIRED
                                                                        : due->event->kind;
}

struct event_view model_view(const struct model_due *due)
{
    struct event_view v = {.at_ms = due->event->due_ms, .kind = kind_of(due)};
    if (due->message != NULL) {
        v.queue_name = due->message->queue->name;
        v.msg_id = due->message->seen.id;
    }
    if (due->poll != NULL)
        v.queue_name = due->poll->queue->name;
    if (due->late != NULL)
        v.queue_name = due->late->about;
    if (due->publication != NULL) {
        v.topic_name = due->publication->topic->name;
        v.msg_id = due->publication->id;
    }
    if (due->delivery != NULL) {
        v.subscription_name = due->delivery->subscription->name;
        v.attempt = due->delivery->attempts + 1;
    }
    if (due->name != NULL && due->name->of_topic)
        v.topic_name = due->name->name;
    else if (due->name != NULL)
        v.queue_name = due->name->name;
    return v;
}

bool model_next_event(struct model *m, struct event_view *out)
{
    struct model_due due;
    if (!next_due(m, CMQ_NEVER, &due))
        return false;
    *out = model_view(&due);
    return true;
}

/* ---- time ---- */

/* Returns where it is entered in full, plus 1; 0 when it is not. */
static size_t note(struct firings *f, const struct event_view *v)
{
    f->fired++;
    f->fired_by_kind[v->kind]++;
    if (f->count == FIRINGS_KEPT)
        return 0;
    struct firing *to = &f->events[f->count++];
    *to = (struct firing){.event = {.at_ms = v->at_ms,
                                    .kind = v->kind,
                                    .of_topic = v->topic_name != NULL,
                                    .msg_id = v->msg_id,
                                    .attempt = v->attempt}};
    model_copy_name(to->event.name, v->topic_name != NULL ? v->topic_name : v->queue_name);
    if (v->subscription_name != NULL)
        model_copy_name(to->event.subscription_name, v->subscription_name);
    return f->count;
}

static void fire(struct model *m, struct model_due *due)
{
    struct event_view v = model_view(due);
    size_t firing = note(&m->firings, &v);
    due->event->armed_as = 0;
    if (due->delivery != NULL)
        model_fire_push(m, due->delivery, firing);
    else if (due->publication != NULL)
        model_fire_publication(m, due->publication);
    else if (due->message != NULL)
        model_fire_message(m, due->message, v.kind);
    else if (due->poll != NULL)
        model_fire_poll(m, due->poll);
    else if (due->late != NULL)
        model_fire_late(m, due->late);
    else
        due->name->name[0] = '\0';
}

bool model_advance(struct model *m, cmq_ms until_ms)
{
    struct model_due due;
    while (!model_has_offered(m) && next_due(m, until_ms, &due)) {
        m->now_ms = due.event->due_ms;
        do
            fire(m, &due);
        while (next_due(m, m->now_ms, &due));
        model_serve_all(m); /* nothing more happens at this instant */
    }
    if (model_has_offered(m))
        return false;
    m->now_ms = until_ms;
    return true;
}
