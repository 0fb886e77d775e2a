#include "tests/support/topic_model.h"

#include "base/random.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EACH(type, variable, array)                                                            \
    type *variable = (array);                                                                  \
    (variable) < (array) + sizeof(array) / sizeof((array)[0]);                                 \
    (variable)++

void topic_model_open(struct topic_model *m, struct engine_limits limits, uint64_t seed,
                      cmq_ms now_ms)
{
    *m = (struct topic_model){.limits = limits, .now_ms = now_ms};
    ids_init(&m->ids, seed);
}

static void copy_name(char out[NAME_MAX_LENGTH + 1], const char *name)
{
    assert(name != NULL);
    memcpy(out, name, strlen(name) + 1);
}

static void plan(struct topic_model *m, struct planned *p, cmq_ms due_ms)
{
    *p = (struct planned){++m->armings, due_ms};
}

static size_t *count_now(struct topic_model *m, struct plain_rate *r)
{
    if (r->second != m->now_ms / 1000)
        *r = (struct plain_rate){m->now_ms / 1000, 0};
    return &r->count;
}

/* ---- looking ---- */

struct plain_topic *topic_model_topic(struct topic_model *m, const char *name)
{
    for (EACH(struct plain_topic, t, m->topics))
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

struct plain_subscription *topic_model_subscription(struct plain_topic *t, const char *name)
{
    for (EACH(struct plain_subscription, s, t->subscriptions))
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

struct plain_queue *topic_model_queue(struct topic_model *m, const char *name)
{
    for (EACH(struct plain_queue, q, m->queues))
        if (strcmp(q->name, name) == 0)
            return q;
    return NULL;
}

/* How many of a kind were made before the one with this serial. */
#define COUNT_BEFORE(type, array, with_serial, count)                                          \
    for (EACH(type, other, array))                                                             \
    (count) += other->name[0] != '\0' && other->serial < (with_serial)

struct plain_topic *topic_model_topic_at(struct topic_model *m, size_t place)
{
    for (EACH(struct plain_topic, t, m->topics)) {
        size_t before = 0;
        COUNT_BEFORE(struct plain_topic, m->topics, t->serial, before);
        if (t->name[0] != '\0' && before == place)
            return t;
    }
    return NULL;
}

struct plain_queue *topic_model_queue_at(struct topic_model *m, size_t place)
{
    for (EACH(struct plain_queue, q, m->queues)) {
        size_t before = 0;
        COUNT_BEFORE(struct plain_queue, m->queues, q->serial, before);
        if (q->name[0] != '\0' && before == place)
            return q;
    }
    return NULL;
}

struct plain_subscription *topic_model_subscription_at(struct plain_topic *t, size_t place)
{
    for (EACH(struct plain_subscription, s, t->subscriptions)) {
        size_t before = 0;
        COUNT_BEFORE(struct plain_subscription, t->subscriptions, s->serial, before);
        if (s->name[0] != '\0' && before == place)
            return s;
    }
    return NULL;
}

/* Walk the deliveries that have not ended, in no order; *at begins with 0. NULL at the end. */
static struct plain_delivery *next_pending(struct topic_model *m, size_t *at)
{
    enum { PLACES = PLAIN_PUBLICATIONS * PLAIN_SUBSCRIPTIONS };
    while (*at < PLACES) {
        struct plain_publication *p = &m->publications[*at / PLAIN_SUBSCRIPTIONS];
        size_t i = *at % PLAIN_SUBSCRIPTIONS;
        bool none_left = p->topic == NULL || i >= p->delivery_count;
        *at += none_left ? PLAIN_SUBSCRIPTIONS - i : 1;
        if (!none_left && p->deliveries[i].state != DELIVERY_ENDED)
            return &p->deliveries[i];
    }
    return NULL;
}

size_t topic_model_pending_count(const struct plain_subscription *s)
{
    size_t count = 0;
    struct plain_delivery *d;
    for (size_t at = 0; (d = next_pending(s->model, &at)) != NULL;)
        count += d->subscription == s;
    return count;
}

const struct plain_delivery *topic_model_pending(const struct plain_subscription *s,
                                                 uint64_t msg_id)
{
    struct plain_delivery *d;
    for (size_t at = 0; (d = next_pending(s->model, &at)) != NULL;)
        if (d->subscription == s && d->msg_id == msg_id)
            return d;
    return NULL;
}

/* The first pending one of s that was published after the given one; NULL if there is none. */
static struct plain_delivery *pending_after(const struct plain_subscription *s,
                                            uint64_t published_as)
{
    struct plain_delivery *found = NULL;
    struct plain_delivery *d;
    for (size_t at = 0; (d = next_pending(s->model, &at)) != NULL;)
        if (d->subscription == s && d->published_as > published_as &&
            (found == NULL || d->published_as < found->published_as))
            found = d;
    return found;
}

static struct plain_delivery *first_pending(const struct plain_subscription *s)
{
    return pending_after(s, 0);
}

size_t topic_model_flights(struct topic_model *m)
{
    size_t count = 0;
    struct plain_delivery *d;
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        count += d->flight == FLIGHT_OFFERED || d->flight == FLIGHT_IN_FLIGHT;
    return count;
}

static size_t size_of(const struct plain_publication *p)
{
    return sizeof(struct publication) + p->delivery_count * sizeof(struct delivery) +
           p->body.len + p->tags_len;
}

size_t topic_model_bytes(const struct topic_model *m)
{
    size_t bytes = 0;
    for (EACH(const struct plain_publication, p, m->publications))
        bytes += p->topic != NULL ? size_of(p) : 0;
    for (EACH(const struct plain_message, msg, m->messages))
        bytes += msg->queue != NULL ? sizeof(struct message) + msg->body.len : 0;
    return bytes;
}

size_t topic_model_held(const struct topic_model *m, const struct plain_topic *t)
{
    size_t count = 0;
    for (EACH(const struct plain_publication, p, m->publications))
        count += p->topic == t;
    return count;
}

struct plain_message *topic_model_message(struct topic_model *m, const struct plain_queue *q,
                                          size_t place)
{
    for (EACH(struct plain_message, msg, m->messages)) {
        size_t before = 0;
        if (msg->queue != q)
            continue;
        for (EACH(struct plain_message, other, m->messages))
            before += other->queue == q && other->sent_as < msg->sent_as;
        if (before == place)
            return msg;
    }
    return NULL;
}

static size_t messages_of(const struct topic_model *m, const struct plain_queue *q)
{
    size_t count = 0;
    for (EACH(const struct plain_message, msg, m->messages))
        count += msg->queue == q;
    return count;
}

/* ---- names that cool down ---- */

static bool cools(const struct topic_model *m, const char *name, bool of_topic)
{
    for (EACH(const struct plain_name, n, m->names))
        if (n->name[0] != '\0' && n->of_topic == of_topic && strcasecmp(n->name, name) == 0)
            return true;
    return false;
}

static void cool(struct topic_model *m, const char *name, bool of_topic)
{
    if (m->limits.name_cooling_ms == 0)
        return;
    for (EACH(struct plain_name, n, m->names)) {
        if (n->name[0] != '\0')
            continue;
        copy_name(n->name, name);
        n->of_topic = of_topic;
        plan(m, &n->free, m->now_ms + m->limits.name_cooling_ms);
        return;
    }
    abort(); /* the array is too small for this test */
}

/* ---- topics and subscriptions ---- */

enum cmq_err topic_model_create(struct topic_model *m, const char *name,
                                const struct topic_request *request)
{
    struct plain_topic *free_one = NULL;
    size_t count = 0;
    for (EACH(struct plain_topic, t, m->topics)) {
        if (t->name[0] == '\0') {
            free_one = t;
            continue;
        }
        count++;
        if (strcasecmp(t->name, name) == 0)
            return CMQ_TOPIC_EXISTS;
    }
    if (cools(m, name, true))
        return CMQ_TOPIC_NAME_COOLING;
    if (count >= m->limits.max_topics)
        return CMQ_TOO_MANY_TOPICS;
    assert(free_one != NULL);
    *free_one = (struct plain_topic){.serial = ++m->serials, .request = *request};
    copy_name(free_one->name, name);
    return CMQ_OK;
}

void topic_model_set(struct plain_topic *t, size_t max_msg_size)
{
    t->request.max_msg_size = max_msg_size;
}

enum cmq_err topic_model_delete(struct topic_model *m, struct plain_topic *t)
{
    if (topic_model_subscription_at(t, 0) != NULL)
        return CMQ_TOPIC_IN_USE;
    cool(m, t->name, true);
    t->name[0] = '\0';
    return CMQ_OK;
}

size_t topic_model_purge(struct topic_model *m, struct plain_topic *t)
{
    size_t purged = 0;
    for (EACH(struct plain_publication, p, m->publications)) {
        if (p->topic != t)
            continue;
        p->topic = NULL;
        purged++;
    }
    return purged;
}

static bool lacks_key(const struct plain_topic *t, const struct subscription_request *request)
{
    return t->request.filter_type == FILTER_BY_KEY && request->filter.key_count == 0;
}

enum cmq_err topic_model_subscribe(struct topic_model *m, struct plain_topic *t,
                                   const char *name, const struct subscription_request *request)
{
    struct plain_subscription *free_one = NULL;
    size_t count = 0;
    if (lacks_key(t, request))
        return CMQ_NO_BINDING_KEY;
    for (EACH(struct plain_subscription, s, t->subscriptions)) {
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
        (struct plain_subscription){.serial = ++m->serials, .model = m, .request = *request};
    copy_name(free_one->name, name);
    return CMQ_OK;
}

static void unplan(struct planned *p)
{
    p->armed_as = 0;
}

/* topic-api D30: the first keeps its instant; the others wait, or need not wait any more. */
static void set_strategy(struct topic_model *m, struct plain_subscription *s,
                         enum notify_strategy strategy)
{
    if (s->request.strategy == strategy)
        return;
    s->request.strategy = strategy;
    struct plain_delivery *d = first_pending(s);
    for (bool first = true; d != NULL; first = false, d = pending_after(s, d->published_as)) {
        if (strategy == EXPONENTIAL_DECAY_RETRY && d->state == DELIVERY_WAITING) {
            d->state = DELIVERY_SCHEDULED;
            plan(m, &d->next, m->now_ms);
        }
        if (strategy == BACKOFF_RETRY && !first && d->state == DELIVERY_SCHEDULED) {
            d->state = DELIVERY_WAITING;
            unplan(&d->next);
        }
    }
}

enum cmq_err topic_model_set_subscription(struct topic_model *m, struct plain_topic *t,
                                          struct plain_subscription *s,
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

static struct plain_publication *publication_of(struct topic_model *m,
                                                const struct plain_delivery *d)
{
    for (EACH(struct plain_publication, p, m->publications))
        if (p->topic != NULL && p->published_as == d->published_as)
            return p;
    abort();
}

static void finish(struct topic_model *m, struct plain_delivery *d)
{
    struct plain_publication *p = publication_of(m, d);
    bool any = false;
    d->state = DELIVERY_ENDED;
    d->flight = FLIGHT_NONE;
    unplan(&d->next);
    for (size_t i = 0; i < p->delivery_count; i++)
        any = any || p->deliveries[i].state != DELIVERY_ENDED;
    if (!any)
        p->topic = NULL;
}

static void next_ones_turn(struct topic_model *m, const struct plain_subscription *s)
{
    struct plain_delivery *d = first_pending(s);
    if (d == NULL || d->state != DELIVERY_WAITING)
        return;
    d->state = DELIVERY_SCHEDULED;
    plan(m, &d->next, m->now_ms);
}

void topic_model_unsubscribe(struct topic_model *m, struct plain_subscription *s)
{
    for (struct plain_delivery *d; (d = first_pending(s)) != NULL;)
        finish(m, d);
    s->name[0] = '\0';
}

/* What the engine draws for an attempt: copied from it, since only its being the same counts.
 */
static uint64_t drawn(const struct topic_model *m, const struct plain_delivery *d)
{
    uint64_t draw = mix64(m->ids.seed ^ d->msg_id);
    return mix64(draw ^ (d->subscription->serial << 32) ^ d->attempts);
}

/* topic-api 4.3. That of BACKOFF_RETRY no rule gives: it is drawn as the engine draws it. */
static cmq_ms interval_ms(const struct topic_model *m, const struct plain_delivery *d)
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

static enum push_result end(struct topic_model *m, struct plain_delivery *d,
                            const struct push_outcome *outcome)
{
    struct plain_subscription *s = d->subscription;
    bool backoff = s->request.strategy == BACKOFF_RETRY;
    d->last = *outcome;
    if (outcome->delivered || d->attempts >= (backoff ? 4 : 177)) {
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
    plan(m, &d->next, m->now_ms + interval_ms(m, d));
    return PUSH_FAILED;
}

static void end_and_note(struct topic_model *m, struct plain_delivery *d,
                         struct push_outcome outcome)
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

static void expire(struct topic_model *m, struct plain_publication *p)
{
    struct plain_publication gone = *p;
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

static bool takes(const struct plain_topic *t, const struct plain_subscription *s,
                  const struct bytes *tags, size_t tag_count, struct bytes key)
{
    const struct filter_request *f = &s->request.filter;
    if (t->request.filter_type == FILTER_BY_TAG)
        return has_tag(f, tags, tag_count);
    for (size_t i = 0; i < f->key_count; i++)
        if (fits(f->keys[i], key))
            return true;
    return false;
}

static void store_publication(struct topic_model *m, const struct plain_publication *made)
{
    for (EACH(struct plain_publication, p, m->publications)) {
        if (p->topic != NULL)
            continue;
        *p = *made;
        p->published_as = ++m->publishings;
        plan(m, &p->expiry, m->now_ms + 86400000);
        for (size_t i = 0; i < p->delivery_count; i++) {
            struct plain_delivery *d = &p->deliveries[i];
            bool first = first_pending(d->subscription) == NULL;
            d->msg_id = p->id;
            d->published_as = p->published_as;
            d->state = DELIVERY_WAITING;
            if (first || d->subscription->request.strategy != BACKOFF_RETRY) {
                d->state = DELIVERY_SCHEDULED;
                plan(m, &d->next, m->now_ms);
            }
        }
        return;
    }
    abort(); /* the array is too small for this test */
}

enum cmq_err topic_model_publish(struct topic_model *m, struct plain_topic *t,
                                 const struct bytes *bodies, size_t count,
                                 const struct bytes *tags, size_t tag_count, struct bytes key,
                                 uint64_t *ids)
{
    struct plain_publication made = {.topic = t, .published_ms = m->now_ms};
    size_t *published = count_now(m, &t->published);
    if (m->limits.send_rate > 0 && *published + count > m->limits.send_rate)
        return CMQ_DATA_RATE;
    for (size_t i = 0; i < count; i++)
        if (bodies[i].len > t->request.max_msg_size)
            return CMQ_BODY_TOO_LONG;
    if (t->request.filter_type == FILTER_BY_KEY && key.len == 0)
        return CMQ_NO_ROUTING_KEY;
    if (topic_model_subscription_at(t, 0) == NULL)
        return CMQ_NO_SUBSCRIPTION;
    struct plain_subscription *s;
    for (size_t place = 0; (s = topic_model_subscription_at(t, place)) != NULL; place++)
        if (takes(t, s, tags, tag_count, key))
            made.deliveries[made.delivery_count++].subscription = s;
    if (made.delivery_count == 0)
        return CMQ_NO_MATCH;
    for (size_t i = 0; i < tag_count; i++)
        made.tags_len += tags[i].len + (i > 0 ? strlen(", ") : 0);
    size_t bytes = topic_model_bytes(m);
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

/* ---- queues ---- */

enum cmq_err topic_model_create_queue(struct topic_model *m, const char *name,
                                      const struct queue_attributes *a)
{
    struct plain_queue *free_one = NULL;
    size_t count = 0;
    for (EACH(struct plain_queue, q, m->queues)) {
        if (q->name[0] == '\0') {
            free_one = q;
            continue;
        }
        count++;
        if (strcasecmp(q->name, name) == 0)
            return CMQ_QUEUE_EXISTS;
    }
    if (cools(m, name, false))
        return CMQ_NAME_COOLING;
    if (count >= m->limits.max_queues)
        return CMQ_TOO_MANY_QUEUES;
    assert(free_one != NULL);
    *free_one = (struct plain_queue){.serial = ++m->serials, .attributes = *a};
    copy_name(free_one->name, name);
    return CMQ_OK;
}

enum cmq_err topic_model_delete_queue(struct topic_model *m, struct plain_queue *q)
{
    cool(m, q->name, false);
    for (EACH(struct plain_message, msg, m->messages))
        if (msg->queue == q)
            msg->queue = NULL;
    q->name[0] = '\0';
    return CMQ_OK;
}

static void store_message(struct topic_model *m, struct plain_message made)
{
    for (EACH(struct plain_message, msg, m->messages)) {
        if (msg->queue != NULL)
            continue;
        *msg = made;
        plan(m, &msg->expiry, m->now_ms + made.queue->attributes.retention_ms);
        return;
    }
    abort(); /* the array is too small for this test */
}

enum cmq_err topic_model_send(struct topic_model *m, struct plain_queue *q,
                              const struct bytes *bodies, size_t count, uint64_t *ids)
{
    size_t *sent = count_now(m, &q->sent);
    if (m->limits.send_rate > 0 && *sent + count > m->limits.send_rate)
        return CMQ_DATA_RATE;
    size_t bytes = topic_model_bytes(m);
    for (size_t i = 0; i < count; i++) {
        if (bodies[i].len > q->attributes.max_msg_size)
            return CMQ_BODY_TOO_LONG;
        bytes += sizeof(struct message) + bodies[i].len;
    }
    if (messages_of(m, q) + count > q->attributes.max_heap)
        return CMQ_HEAP_FULL;
    if (bytes > m->limits.max_bytes)
        return CMQ_MEMORY_FULL;
    *sent += count;
    for (size_t i = 0; i < count; i++) {
        ids[i] = ids_number(&m->ids, ID_MESSAGE);
        store_message(m, (struct plain_message){.queue = q,
                                                .id = ids[i],
                                                .sent_as = ++m->sendings,
                                                .sent_ms = m->now_ms,
                                                .body = bodies[i]});
    }
    return CMQ_OK;
}

/* ---- pushes ---- */

static struct plain_delivery *first_in(struct topic_model *m, enum flight_state state)
{
    struct plain_delivery *first = NULL;
    struct plain_delivery *d;
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        if (d->flight == state && (first == NULL || d->queued_as < first->queued_as))
            first = d;
    return first;
}

const struct plain_delivery *topic_model_take(struct topic_model *m, int ticket)
{
    struct plain_delivery *d = first_in(m, FLIGHT_OFFERED);
    if (d == NULL)
        return NULL;
    d->flight = FLIGHT_IN_FLIGHT;
    d->queued_as = ++m->queuings;
    d->ticket = ticket;
    return d;
}

static struct plain_delivery *in_flight_by(struct topic_model *m, int ticket)
{
    struct plain_delivery *d;
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        if (d->flight == FLIGHT_IN_FLIGHT && d->ticket == ticket)
            return d;
    return NULL;
}

bool topic_model_has_ticket(struct topic_model *m, int ticket)
{
    return in_flight_by(m, ticket) != NULL;
}

void topic_model_land(struct topic_model *m, int ticket, const struct push_outcome *outcome)
{
    struct plain_delivery *d = in_flight_by(m, ticket);
    if (d == NULL)
        return;
    d->flight = FLIGHT_LANDED;
    d->last = *outcome;
}

size_t topic_model_end(struct topic_model *m)
{
    size_t ended = 0;
    for (struct plain_delivery *d; (d = first_in(m, FLIGHT_LANDED)) != NULL; ended++)
        end_and_note(m, d, d->last);
    return ended;
}

void topic_model_abandon(struct topic_model *m)
{
    struct plain_delivery *d;
    topic_model_forget_firings(m);
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        if (d->flight == FLIGHT_IN_FLIGHT) {
            d->flight = FLIGHT_LANDED;
            d->last = (struct push_outcome){.error = "abandoned"};
        }
}

void topic_model_forget_firings(struct topic_model *m)
{
    struct plain_delivery *d;
    for (size_t at = 0; (d = next_pending(m, &at)) != NULL;)
        d->firing = 0;
}

static void attempt(struct topic_model *m, struct plain_delivery *d, size_t firing)
{
    const struct subscription_request *to = &d->subscription->request;
    unplan(&d->next);
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
    struct plain_queue *q = topic_model_queue(m, to->endpoint.data);
    enum cmq_err err = q == NULL ? CMQ_NO_QUEUE : topic_model_send(m, q, &body, 1, &id);
    end_and_note(m, d, (struct push_outcome){.delivered = err == CMQ_OK, .err = err});
}

/* ---- time ---- */

static size_t collect(struct topic_model *m, struct plain_due all[PLAIN_AGENDA])
{
    size_t count = 0;
    for (EACH(struct plain_publication, p, m->publications)) {
        if (p->topic == NULL)
            continue;
        all[count++] =
            (struct plain_due){.when = p->expiry, .kind = EVENT_EXPIRED, .publication = p};
        for (size_t i = 0; i < p->delivery_count; i++)
            if (p->deliveries[i].next.armed_as != 0)
                all[count++] = (struct plain_due){.when = p->deliveries[i].next,
                                                  .kind = EVENT_PUSH,
                                                  .publication = p,
                                                  .delivery = &p->deliveries[i]};
    }
    for (EACH(struct plain_message, msg, m->messages))
        if (msg->queue != NULL)
            all[count++] =
                (struct plain_due){.when = msg->expiry, .kind = EVENT_EXPIRED, .message = msg};
    for (EACH(struct plain_name, n, m->names))
        if (n->name[0] != '\0')
            all[count++] =
                (struct plain_due){.when = n->free, .kind = EVENT_NAME_FREE, .name = n};
    assert(count <= PLAIN_AGENDA);
    return count;
}

static int by_order(const void *left, const void *right)
{
    const struct plain_due *a = left;
    const struct plain_due *b = right;
    if (a->when.due_ms != b->when.due_ms)
        return a->when.due_ms < b->when.due_ms ? -1 : 1;
    return a->when.armed_as < b->when.armed_as ? -1 : 1;
}

struct event_view topic_model_view(const struct plain_due *due)
{
    struct event_view v = {.at_ms = due->when.due_ms, .kind = due->kind};
    if (due->publication != NULL) {
        v.topic_name = due->publication->topic->name;
        v.msg_id = due->publication->id;
    }
    if (due->delivery != NULL) {
        v.subscription_name = due->delivery->subscription->name;
        v.attempt = due->delivery->attempts + 1;
    }
    if (due->message != NULL) {
        v.queue_name = due->message->queue->name;
        v.msg_id = due->message->id;
    }
    if (due->name != NULL && due->name->of_topic)
        v.topic_name = due->name->name;
    else if (due->name != NULL)
        v.queue_name = due->name->name;
    return v;
}

size_t topic_model_agenda(struct topic_model *m)
{
    size_t count = collect(m, m->agenda);
    qsort(m->agenda, count, sizeof m->agenda[0], by_order);
    return count;
}

/* The next of all, if it is due by until_ms. */
static bool next_due(struct topic_model *m, cmq_ms until_ms, struct plain_due *out)
{
    size_t count = collect(m, m->agenda);
    const struct plain_due *first = NULL;
    for (size_t i = 0; i < count; i++)
        if (first == NULL || by_order(&m->agenda[i], first) < 0)
            first = &m->agenda[i];
    if (first == NULL || first->when.due_ms > until_ms)
        return false;
    *out = *first;
    return true;
}

static size_t note(struct topic_model *m, const struct event_view *v)
{
    struct firings *f = &m->firings;
    f->fired++;
    f->fired_by_kind[v->kind]++;
    if (f->count == FIRINGS_KEPT)
        return 0;
    struct firing *to = &f->events[f->count++];
    *to = (struct firing){.at_ms = v->at_ms,
                          .kind = v->kind,
                          .of_topic = v->topic_name != NULL,
                          .msg_id = v->msg_id,
                          .attempt = v->attempt};
    copy_name(to->name, v->topic_name != NULL ? v->topic_name : v->queue_name);
    if (v->subscription_name != NULL)
        copy_name(to->subscription_name, v->subscription_name);
    return f->count;
}

static void fire(struct topic_model *m, struct plain_due *due)
{
    struct event_view v = topic_model_view(due);
    size_t place = note(m, &v);
    if (due->delivery != NULL)
        attempt(m, due->delivery, place);
    else if (due->publication != NULL)
        expire(m, due->publication);
    else if (due->message != NULL)
        due->message->queue = NULL;
    else
        due->name->name[0] = '\0';
}

bool topic_model_advance(struct topic_model *m, cmq_ms until_ms)
{
    struct plain_due due;
    while (first_in(m, FLIGHT_OFFERED) == NULL && next_due(m, until_ms, &due)) {
        m->now_ms = due.when.due_ms;
        do
            fire(m, &due);
        while (next_due(m, m->now_ms, &due));
    }
    if (first_in(m, FLIGHT_OFFERED) != NULL)
        return false;
    m->now_ms = until_ms;
    return true;
}
