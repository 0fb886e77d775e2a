#include "tests/simulation/model_inside.h"

#include "base/random.h"

/* ---- looking ---- */

struct model_topic *model_find_topic(struct model *m, const char *name)
{
    for (EACH(struct model_topic, t, m->topics))
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

struct model_subscription *model_find_subscription(struct model_topic *t, const char *name)
{
    for (EACH(struct model_subscription, s, t->subscriptions))
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

struct model_topic *model_topic_at(struct model *m, size_t index)
{
    for (EACH(struct model_topic, t, m->topics)) {
        size_t before = 0;
        COUNT_BEFORE(struct model_topic, m->topics, t->serial, before);
        if (t->name[0] != '\0' && before == index)
            return t;
    }
    return NULL;
}

struct model_subscription *model_subscription_at(struct model_topic *t, size_t index)
{
    for (EACH(struct model_subscription, s, t->subscriptions)) {
        size_t before = 0;
        COUNT_BEFORE(struct model_subscription, t->subscriptions, s->serial, before);
        if (s->name[0] != '\0' && before == index)
            return s;
    }
    return NULL;
}

/* Walk the deliveries that have not ended, in no order; *at begins with 0. NULL at the end. */
static struct model_delivery *next_pending(struct model *m, size_t *at)
{
    enum { ELEMENTS = MODEL_PUBLICATIONS * MODEL_SUBSCRIPTIONS };
    while (*at < ELEMENTS) {
        struct model_publication *p = &m->publications[*at / MODEL_SUBSCRIPTIONS];
        size_t i = *at % MODEL_SUBSCRIPTIONS;
        bool none_left = p->topic == NULL || i >= p->delivery_count;
        *at += none_left ? MODEL_SUBSCRIPTIONS - i : 1;
        if (!none_left && p->deliveries[i].state != DELIVERY_ENDED)
            return &p->deliveries[i];
    }
    return NULL;
}

size_t model_pending_of(const struct model_subscription *s)
{
    size_t count = 0;
    struct model_delivery *d;
    for (size_t at = 0; (d = next_pending(s->model, &at)) != NULL;)
        count += d->subscription == s;
    return count;
}

const struct model_delivery *model_pending(const struct model_subscription *s, uint64_t msg_id)
{
    struct model_delivery *d;
    for (size_t at = 0; (d = next_pending(s->model, &at)) != NULL;)
        if (d->subscription == s && d->msg_id == msg_id)
            return d;
    return NULL;
}

/* The first pending one of s that was published after the given one; NULL if there is none. */
static struct model_delivery *pending_after(const struct model_subscription *s,
                                            uint64_t published_as)
{
    struct model_delivery *found = NULL;
    struct model_delivery *d;
    for (size_t at = 0; (d = next_pending(s->model, &at)) != NULL;)
        if (d->subscription == s && d->published_as > published_as &&
            (found == NULL || d->published_as < found->published_as))
            found = d;
    return found;
}

static struct model_delivery *first_pending(const struct model_subscription *s)
{
    return pending_after(s, 0);
}

size_t model_flight_count(struct model *m)
{
    size_t count = 0;
    struct model_delivery *d;
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        count += d->flight == FLIGHT_OFFERED || d->flight == FLIGHT_IN_FLIGHT;
    return count;
}

static size_t size_of(const struct model_publication *p)
{
    return sizeof(struct publication) + p->delivery_count * sizeof(struct delivery) +
           p->body.len + p->tags_len;
}

size_t model_publication_count(const struct model *m, const struct model_topic *t)
{
    size_t count = 0;
    for (EACH(const struct model_publication, p, m->publications))
        count += p->topic == t;
    return count;
}

/* ---- topics and subscriptions ---- */

enum cmq_err model_create_topic(struct model *m, const char *name,
                                const struct topic_request *request)
{
    struct model_topic *free_one = NULL;
    size_t count = 0;
    for (EACH(struct model_topic, t, m->topics)) {
        if (t->name[0] == '\0') {
            free_one = t;
            continue;
        }
        count++;
        if (strcasecmp(t->name, name) == 0)
            return CMQ_TOPIC_EXISTS;
    }
    if (model_cools(m, name, true))
        return CMQ_TOPIC_NAME_COOLING;
    if (count >= m->limits.max_topics)
        return CMQ_TOO_MANY_TOPICS;
    assert(free_one != NULL);
    *free_one = (struct model_topic){.serial = ++m->serials, .request = *request};
    model_copy_name(free_one->name, name);
    ids_resource(&m->ids, ID_TOPIC, "topic-", free_one->id);
    return CMQ_OK;
}

void model_set_topic(struct model_topic *t, size_t max_msg_size)
{
    t->request.max_msg_size = max_msg_size;
}

enum cmq_err model_delete_topic(struct model *m, struct model_topic *t)
{
    if (model_subscription_at(t, 0) != NULL)
        return CMQ_TOPIC_IN_USE;
    model_cool(m, t->name, true);
    t->name[0] = '\0';
    return CMQ_OK;
}

size_t model_purge_topic(struct model *m, struct model_topic *t)
{
    size_t purged = 0;
    for (EACH(struct model_publication, p, m->publications)) {
        if (p->topic != t)
            continue;
        p->topic = NULL;
        purged++;
    }
    return purged;
}

static bool lacks_key(const struct model_topic *t, const struct subscription_request *request)
{
    return t->request.filter_type == FILTER_BY_KEY && request->filter.key_count == 0;
}

enum cmq_err model_subscribe(struct model *m, struct model_topic *t, const char *name,
                             const struct subscription_request *request)
{
    struct model_subscription *free_one = NULL;
    size_t count = 0;
    if (lacks_key(t, request))
        return CMQ_NO_BINDING_KEY;
    for (EACH(struct model_subscription, s, t->subscriptions)) {
        if (s->name[0] == '\0') {
            free_one = s;
            continue;
        }
        count++;
        if (strcasecmp(s->name, name) == 0)
            return CMQ_SUBSCRIPTION_EXISTS;
    }
    if (count >= m->limits.max_subscriptions)
        return CMQ_TOO_MANY_SUBSCRIPTIONS;
    assert(free_one != NULL);
    *free_one =
        (struct model_subscription){.serial = ++m->serials, .model = m, .request = *request};
    model_copy_name(free_one->name, name);
    ids_resource(&m->ids, ID_SUBSCRIPTION, "subsc-", free_one->id);
    return CMQ_OK;
}

static void disarm(struct model_event *p)
{
    p->armed_as = 0;
}

/* topic-api D30: the first keeps its instant; the others wait, or need not wait any more. */
static void set_strategy(struct model *m, struct model_subscription *s,
                         enum notify_strategy strategy)
{
    if (s->request.strategy == strategy)
        return;
    s->request.strategy = strategy;
    struct model_delivery *d = first_pending(s);
    for (bool first = true; d != NULL; first = false, d = pending_after(s, d->published_as)) {
        if (strategy == EXPONENTIAL_DECAY_RETRY && d->state == DELIVERY_WAITING) {
            d->state = DELIVERY_SCHEDULED;
            model_arm(m, &d->next, EVENT_PUSH, m->now_ms);
        }
        if (strategy == BACKOFF_RETRY && !first && d->state == DELIVERY_SCHEDULED) {
            d->state = DELIVERY_WAITING;
            disarm(&d->next);
        }
    }
}

enum cmq_err model_set_subscription(struct model *m, struct model_topic *t,
                                    struct model_subscription *s,
                                    const struct subscription_request *request)
{
    if (lacks_key(t, request))
        return CMQ_NO_BINDING_KEY;
    s->request.filter = request->filter;
    s->request.format = request->format;
    set_strategy(m, s, request->strategy);
    return CMQ_OK;
}

/* ---- deliveries ---- */

static struct model_publication *publication_of(struct model *m, const struct model_delivery *d)
{
    for (EACH(struct model_publication, p, m->publications))
        if (p->topic != NULL && p->published_as == d->published_as)
            return p;
    abort();
}

static void finish(struct model *m, struct model_delivery *d)
{
    struct model_publication *p = publication_of(m, d);
    bool any = false;
    d->state = DELIVERY_ENDED;
    d->flight = FLIGHT_NONE;
    disarm(&d->next);
    for (size_t i = 0; i < p->delivery_count; i++)
        any = any || p->deliveries[i].state != DELIVERY_ENDED;
    if (!any)
        p->topic = NULL;
}

static void next_ones_turn(struct model *m, const struct model_subscription *s)
{
    struct model_delivery *d = first_pending(s);
    if (d == NULL || d->state != DELIVERY_WAITING)
        return;
    d->state = DELIVERY_SCHEDULED;
    model_arm(m, &d->next, EVENT_PUSH, m->now_ms);
}

void model_unsubscribe(struct model *m, struct model_subscription *s)
{
    for (struct model_delivery *d; (d = first_pending(s)) != NULL;)
        finish(m, d);
    s->name[0] = '\0';
}

/* What the engine draws for an attempt: copied from it, since only its being the same counts.
 */
static uint64_t drawn(const struct model *m, const struct model_delivery *d)
{
    uint64_t draw = mix64(m->ids.seed ^ d->msg_id);
    return mix64(draw ^ (d->subscription->serial << 32) ^ d->attempts);
}

/* topic-api 4.3. That of BACKOFF_RETRY no rule gives: it is drawn as the engine draws it. */
static cmq_ms interval_ms(const struct model *m, const struct model_delivery *d)
{
    if (d->subscription->request.strategy == BACKOFF_RETRY) {
        uint64_t draw = drawn(m, d);
        return 10000 + (cmq_ms)(draw % 10001);
    }
    cmq_ms interval = 1000;
    for (uint32_t k = 1; k < d->attempts && interval < 512000; k++)
        interval *= 2;
    return interval;
}

static uint32_t attempts_max(const struct model_subscription *s)
{
    return s->request.strategy == BACKOFF_RETRY ? 4 : 177;
}

static enum push_result end(struct model *m, struct model_delivery *d,
                            const struct push_outcome *outcome)
{
    struct model_subscription *s = d->subscription;
    bool backoff = s->request.strategy == BACKOFF_RETRY;
    d->last = *outcome;
    if (outcome->delivered || d->attempts >= attempts_max(s)) {
        finish(m, d);
        next_ones_turn(m, s);
        return outcome->delivered ? PUSH_DELIVERED : PUSH_DROPPED;
    }
    d->flight = FLIGHT_NONE;
    if (backoff && first_pending(s) != d) {
        d->state = DELIVERY_WAITING;
        return PUSH_FAILED;
    }
    d->state = DELIVERY_SCHEDULED;
    model_arm(m, &d->next, EVENT_PUSH, m->now_ms + interval_ms(m, d));
    return PUSH_FAILED;
}

static void end_and_note(struct model *m, struct model_delivery *d, struct push_outcome outcome)
{
    size_t firing = d->firing;
    d->firing = 0;
    enum push_result result = end(m, d, &outcome);
    m->pushed[result]++;
    if (firing == 0)
        return;
    struct firing *event = &m->firings.events[firing - 1];
    event->landed = true;
    event->result = result;
    event->outcome = outcome;
}

void model_fire_publication(struct model *m, struct model_publication *p)
{
    struct model_publication gone = *p;
    p->topic = NULL;
    for (size_t i = 0; i < gone.delivery_count; i++)
        if (gone.deliveries[i].state != DELIVERY_ENDED)
            next_ones_turn(m, gone.deliveries[i].subscription);
}

/* ---- publishing ---- */

static bool has_tag(const struct filter_request *f, const struct bytes *tags, size_t count)
{
    for (size_t i = 0; i < f->tag_count; i++)
        for (size_t j = 0; j < count; j++)
            if (bytes_equal(f->tags[i], tags[j]))
                return true;
    return f->tag_count == 0;
}

/* Cut the first word off; false when there is none any more. */
static bool next_word(struct bytes *rest, struct bytes *word)
{
    if (rest->data == NULL)
        return false;
    size_t len = 0;
    while (len < rest->len && rest->data[len] != '.')
        len++;
    *word = (struct bytes){rest->data, len};
    *rest = len < rest->len ? (struct bytes){rest->data + len + 1, rest->len - len - 1}
                            : (struct bytes){NULL, 0};
    return true;
}

/* topic-api 3.2, as it stands there. */
static bool fits(struct bytes pattern, struct bytes key)
{
    struct bytes p, k, after_key = key;
    if (!next_word(&pattern, &p))
        return key.data == NULL;
    bool more = next_word(&after_key, &k);
    if (bytes_equal(p, bytes_of("#"))) {
        struct bytes same = {p.data, (size_t)(pattern.data != NULL ? 2 + pattern.len : 1)};
        return fits(pattern, key) || (more && fits(same, after_key));
    }
    if (!more)
        return false;
    bool word_fits = bytes_equal(p, bytes_of("*")) ? k.len > 0 : bytes_equal(p, k);
    return word_fits && fits(pattern, after_key);
}

static bool takes(const struct model_topic *t, const struct model_subscription *s,
                  const struct bytes *tags, size_t tag_count, struct bytes key)
{
    const struct filter_request *f = &s->request.filter;
    if (t->request.filter_type == FILTER_BY_TAG)
        return has_tag(f, tags, tag_count);
    for (size_t i = 0; i < f->key_count; i++)
        if (fits(f->keys[i], key.len > 0 ? key : (struct bytes){NULL, 0}))
            return true;
    return false;
}

static void store_publication(struct model *m, const struct model_publication *made)
{
    for (EACH(struct model_publication, p, m->publications)) {
        if (p->topic != NULL)
            continue;
        *p = *made;
        p->published_as = ++m->publishings;
        model_arm(m, &p->expiry, EVENT_EXPIRED, m->now_ms + 86400000);
        for (size_t i = 0; i < p->delivery_count; i++) {
            struct model_delivery *d = &p->deliveries[i];
            bool first = first_pending(d->subscription) == NULL;
            d->msg_id = p->id;
            d->published_as = p->published_as;
            d->state = DELIVERY_WAITING;
            if (first || d->subscription->request.strategy != BACKOFF_RETRY) {
                d->state = DELIVERY_SCHEDULED;
                model_arm(m, &d->next, EVENT_PUSH, m->now_ms);
            }
        }
        return;
    }
    abort(); /* the array is too small for this test */
}

enum cmq_err model_publish(struct model *m, struct model_topic *t, const struct bytes *bodies,
                           size_t count, const struct bytes *tags, size_t tag_count,
                           struct bytes key, uint64_t *ids)
{
    struct model_publication made = {.topic = t, .published_ms = m->now_ms};
    size_t *published = model_rate_now(m, &t->published);
    if (m->limits.send_rate > 0 && *published + count > m->limits.send_rate)
        return CMQ_DATA_RATE;
    for (size_t i = 0; i < count; i++)
        if (bodies[i].len > t->request.max_msg_size)
            return CMQ_BODY_TOO_LONG;
    if (t->request.filter_type == FILTER_BY_KEY && key.data == NULL)
        return CMQ_NO_ROUTING_KEY;
    if (model_subscription_at(t, 0) == NULL)
        return CMQ_NO_SUBSCRIPTION;
    struct model_subscription *s;
    for (size_t i = 0; (s = model_subscription_at(t, i)) != NULL; i++)
        if (takes(t, s, tags, tag_count, key))
            made.deliveries[made.delivery_count++].subscription = s;
    if (made.delivery_count == 0)
        return CMQ_NO_MATCH;
    for (size_t i = 0; i < tag_count; i++)
        made.tags_len += tags[i].len + (i > 0 ? strlen(", ") : 0);
    size_t bytes = model_bytes(m);
    for (size_t i = 0; i < count; i++) {
        made.body = bodies[i];
        bytes += size_of(&made);
    }
    if (bytes > m->limits.max_bytes)
        return CMQ_MEMORY_FULL;
    *published += count;
    for (size_t i = 0; i < count; i++) {
        made.body = bodies[i];
        made.id = ids[i] = ids_number(&m->ids, ID_MESSAGE);
        store_publication(m, &made);
    }
    return CMQ_OK;
}

/* ---- pushes ---- */

/* The first in this state that was offered, or took off, after the given one. */
static struct model_delivery *first_after(struct model *m, enum flight_state state,
                                          uint64_t queued_as)
{
    struct model_delivery *first = NULL;
    struct model_delivery *d;
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        if (d->flight == state && d->queued_as > queued_as &&
            (first == NULL || d->queued_as < first->queued_as))
            first = d;
    return first;
}

bool model_has_offered(struct model *m)
{
    return first_after(m, FLIGHT_OFFERED, 0) != NULL;
}

const struct model_delivery *model_take_push(struct model *m, int ticket)
{
    struct model_delivery *d = first_after(m, FLIGHT_OFFERED, 0);
    if (d == NULL)
        return NULL;
    d->flight = FLIGHT_IN_FLIGHT;
    d->queued_as = ++m->queuings;
    d->ticket = ticket;
    return d;
}

static struct model_delivery *in_flight_by(struct model *m, int ticket)
{
    struct model_delivery *d;
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        if (d->flight == FLIGHT_IN_FLIGHT && d->ticket == ticket)
            return d;
    return NULL;
}

bool model_has_ticket(struct model *m, int ticket)
{
    return in_flight_by(m, ticket) != NULL;
}

void model_land_push(struct model *m, int ticket, const struct push_outcome *outcome)
{
    struct model_delivery *d = in_flight_by(m, ticket);
    if (d == NULL)
        return;
    d->flight = FLIGHT_LANDED;
    d->last = *outcome;
}

/* It is done with, and the one behind it does not wait for its turn. */
static bool ends_quietly(const struct model_delivery *d)
{
    const struct model_subscription *s = d->subscription;
    const struct model_delivery *behind = pending_after(s, d->published_as);
    bool is_over = d->last.delivered || d->attempts >= attempts_max(s);
    return is_over && (behind == NULL || behind->state != DELIVERY_WAITING);
}

/* While more is due at this instant, nothing may follow from an outcome. */
size_t model_end_pushes(struct model *m)
{
    struct event_view next;
    bool quietly = model_next_event(m, &next) && next.at_ms <= m->now_ms;
    size_t ended = 0;
    uint64_t last = 0;
    for (struct model_delivery *d; (d = first_after(m, FLIGHT_LANDED, last)) != NULL;) {
        last = d->queued_as;
        if (quietly && !ends_quietly(d))
            continue;
        end_and_note(m, d, d->last);
        ended++;
    }
    return ended;
}

void model_abandon_pushes(struct model *m)
{
    struct model_delivery *d;
    model_forget_firings(m);
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        if (d->flight == FLIGHT_IN_FLIGHT) {
            d->flight = FLIGHT_LANDED;
            d->last = (struct push_outcome){.error = "abandoned"};
        }
}

void model_forget_firings(struct model *m)
{
    struct model_delivery *d;
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        d->firing = 0;
}

void model_fire_push(struct model *m, struct model_delivery *d, size_t firing)
{
    const struct subscription_request *to = &d->subscription->request;
    disarm(&d->next);
    d->attempts++;
    d->request_id = mix64(drawn(m, d)) >> 2;
    d->firing = firing;
    if (to->protocol == PROTOCOL_HTTP) {
        d->state = DELIVERY_UNDER_WAY;
        d->flight = FLIGHT_OFFERED;
        d->queued_as = ++m->queuings;
        return;
    }
    uint64_t id;
    struct bytes body = publication_of(m, d)->body;
    struct model_queue *q = model_find_queue(m, to->endpoint.data);
    enum cmq_err err = q == NULL ? CMQ_NO_QUEUE : model_deliver(m, q, &body, 1, 0, &id);
    end_and_note(m, d, (struct push_outcome){.delivered = err == CMQ_OK, .err = err});
}
