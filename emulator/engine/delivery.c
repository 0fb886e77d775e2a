/* Publications, turns and retries.
 *
 *              publication_publish()
 *                 |            |
 *                 v            v          delivery_begin()
 *              WAITING ---> SCHEDULED ------+-----------> made at once (queue) ---+
 *                 ^            ^            |                                     |
 *                 |            |            +--offer---> UNDER_WAY (flight.h) ----+
 *                 |            |                                                  |
 *                 +------------+----------------- failed <---- delivery_end() <---+
 *                                                                   |
 *                                    ENDED <---- delivered, dropped +
 *
 * Turns   with BACKOFF_RETRY a subscription delivers one message at a time: the first of
 *         pending has its turn, and those after it are WAITING. When it ends, the next is
 *         woken and is due at that same instant. With EXPONENTIAL_DECAY_RETRY none waits.
 *         A change of strategy may leave several UNDER_WAY; those that fail out of turn go
 *         back to WAITING (topic-api D30).
 * Ends    a delivery ends by its outcome, with its publication after a day, by a purge, or
 *         with its subscription. The last one to end frees the publication, so neither may
 *         be touched after delivery_end() or a drop.
 * Random  intervals and request ids are drawn from the identity of an attempt (seed, message,
 *         subscription, number of the attempt), not from a stream of numbers: the same
 *         attempt draws the same, whatever else happens in the engine. */
#include "engine/delivery.h"

#include "base/random.h"
#include "engine/message.h"
#include "engine/store.h"

const char *delivery_state_name(const struct delivery *d)
{
    switch (d->state) {
    case DELIVERY_WAITING:
        return "waiting";
    case DELIVERY_SCHEDULED:
        return "scheduled";
    case DELIVERY_UNDER_WAY:
        return flight_state_name(d->flight.state);
    case DELIVERY_ENDED:
    case DELIVERY_STATES:
        break;
    }
    return "ended";
}

const struct push_outcome *delivery_last(const struct delivery *d)
{
    return &d->flight.outcome;
}

static const char *const result_names[PUSH_RESULTS] = {
    [PUSH_DELIVERED] = "delivered",
    [PUSH_FAILED] = "failed",
    [PUSH_DROPPED] = "dropped",
};

const char *push_result_name(enum push_result result)
{
    assert(result < PUSH_RESULTS);
    return result_names[result];
}

static struct store *store_of(const struct publication *p)
{
    return p->topic->store;
}

/* ---- publications ---- */

static const char tag_mark[] = ", ";

static size_t joined_length(const struct routing *r)
{
    size_t len = r->tag_count > 1 ? (r->tag_count - 1) * strlen(tag_mark) : 0;
    for (size_t i = 0; i < r->tag_count; i++)
        len += r->tags[i].text.len;
    return len;
}

static char *append(char *to, struct bytes text)
{
    memcpy(to, text.data, text.len);
    return to + text.len;
}

static void join_tags(char *to, const struct routing *routing)
{
    for (size_t i = 0; i < routing->tag_count; i++) {
        if (i > 0)
            to = append(to, bytes_of(tag_mark));
        to = append(to, routing->tags[i].text);
    }
}

/* The publication with room for a body that is in no blob, and for the tags, which *tags points to. */
static struct publication *make(struct topic *t, struct bytes body, struct blob *blob,
                                size_t tags_len, size_t deliveries, char **tags)
{
    size_t body_len = blob == NULL ? body.len : 0;
    size_t head = sizeof(struct publication) + deliveries * sizeof(struct delivery);
    struct publication *p = allocator_take(&t->store->allocator, head + body_len + tags_len);
    if (p == NULL)
        return NULL;
    memset(p, 0, head);
    p->topic = t;
    p->delivery_count = deliveries;
    p->blob = blob;
    char *room = (char *)p + head;
    p->body = blob != NULL ? blob_bytes(blob) : (struct bytes){room, body.len};
    if (blob == NULL)
        room = append(room, body);
    p->tags = (struct bytes){room, tags_len};
    *tags = room;
    return p;
}

struct publication *publication_new(struct topic *t, struct bytes body,
                                    const struct routing *routing, size_t deliveries)
{
    struct blob *blob = NULL;
    char *tags;
    if (body.len >= BODY_SHARED_FROM) {
        blob = blob_new(&t->store->allocator, t->store->shared_bytes, body);
        if (blob == NULL)
            return NULL;
    }
    struct publication *p = make(t, body, blob, joined_length(routing), deliveries, &tags);
    if (p == NULL)
        blob_give(blob);
    else
        join_tags(tags, routing);
    return p;
}

struct publication *publication_again(struct topic *t, struct bytes body, struct blob *blob,
                                      struct bytes tags, size_t deliveries)
{
    char *room;
    struct publication *p = make(t, body, blob, tags.len, deliveries, &room);
    if (p == NULL)
        return NULL;
    if (blob != NULL)
        blob_take(blob);
    if (tags.len > 0)
        append(room, tags);
    return p;
}

void publication_discard(struct publication *p)
{
    struct store *s = store_of(p);
    blob_give(p->blob);
    allocator_give(&s->allocator, p);
}

size_t publication_size(const struct publication *p)
{
    return sizeof *p + p->delivery_count * sizeof(struct delivery) + p->body.len + p->tags.len;
}

size_t publication_head_size(const struct publication *p)
{
    return publication_size(p) - (p->blob != NULL ? p->body.len : 0);
}

size_t publication_needs(struct bytes body, const struct routing *routing, size_t deliveries)
{
    return sizeof(struct publication) + deliveries * sizeof(struct delivery) + body.len +
           joined_length(routing);
}

static void arm_expiry(struct publication *p)
{
    event_arm(store_of(p)->agenda, &p->expiry, EVENT_PUBLICATION_EXPIRED,
              p->published_ms + p->topic->retention_ms);
}

/* Nothing else changes these lists between two calls. The next node of the list; NULL at its end, or
 * when the effort is used up: then *at is not the end. */
static struct list_node *next_of(struct store *s, struct list_node *list, struct list_node **at)
{
    struct list_node *l = *at != NULL ? *at : list->next;
    *at = l;
    if (l == list || effort_is_used_up(s->effort))
        return NULL;
    effort_spend(s->effort, 1);
    *at = l->next;
    return l;
}

bool publications_arm_expiry(struct topic *t, struct list_node **at)
{
    for (struct list_node *l; (l = next_of(t->store, &t->publications, at)) != NULL;)
        arm_expiry(CONTAINER_OF(l, struct publication, link));
    return *at == &t->publications;
}

static void schedule(struct delivery *d, cmq_ms at_ms)
{
    event_arm(store_of(d->publication)->agenda, &d->next, EVENT_PUSH, at_ms);
    d->state = DELIVERY_SCHEDULED;
}

void publication_put(struct publication *p, uint64_t id, cmq_ms published_ms)
{
    p->id = id;
    p->published_ms = published_ms;
    list_append(&p->topic->publications, &p->link);
    p->topic->publication_count++;
    store_charge(store_of(p), publication_size(p), publication_head_size(p));
}

void delivery_put(struct delivery *d, struct publication *p, struct subscription *s)
{
    d->publication = p;
    d->subscription = s;
    p->pending_count++;
    list_append(&s->pending, &d->link);
    s->pending_count++;
}

void publication_publish(struct publication *p, uint64_t id,
                         struct subscription *const *subscriptions)
{
    struct store *s = store_of(p);
    publication_put(p, id, store_now_ms(s));
    /* Armed before the attempts, so that it fires before them: at the age of a day no attempt
     * is made any more. */
    arm_expiry(p);
    for (size_t i = 0; i < p->delivery_count; i++) {
        struct delivery *d = &p->deliveries[i];
        delivery_put(d, p, subscriptions[i]);
        watch_note(subscriptions[i]->watch);
        if (subscriptions[i]->strategy == BACKOFF_RETRY && subscriptions[i]->pending_count > 1)
            d->state = DELIVERY_WAITING;
        else
            schedule(d, p->published_ms);
    }
    if (store_is_heard(s))
        store_tell(s, (struct telling){.what = HAPPENED_PUBLISHED, .publication = p});
}

static void publication_free(struct publication *p)
{
    struct store *s = store_of(p);
    event_disarm(s->agenda, &p->expiry);
    list_unlink(&p->link);
    p->topic->publication_count--;
    store_release(s, publication_size(p), publication_head_size(p));
    publication_discard(p);
}

/* End d and take it off every list, but leave the count of its publication alone. */
static void leave(struct delivery *d)
{
    struct store *s = store_of(d->publication);
    event_disarm(s->agenda, &d->next);
    flight_end(&s->flights, &d->flight);
    list_unlink(&d->link);
    d->subscription->pending_count--;
    watch_note(d->subscription->watch);
    d->state = DELIVERY_ENDED;
}

static void drop(struct delivery *d)
{
    struct publication *p = d->publication;
    leave(d);
    if (--p->pending_count == 0)
        publication_free(p);
}

/* Of one of the deliveries of a publication, which may be the last. */
static void tell(const struct delivery *d, bool ends, struct telling t)
{
    const struct publication *p = d->publication;
    t.is_last = ends && p->pending_count == 1;
    t.publication = p;
    t.delivery = d;
    store_tell(store_of(p), t);
}

bool deliveries_drop(struct subscription *s)
{
    struct store *store = s->topic->store;
    struct effort *effort = store->effort;
    for (struct list_node *l; (l = list_first(&s->pending)) != NULL; effort_spend(effort, 1)) {
        struct delivery *d = CONTAINER_OF(l, struct delivery, link);
        if (effort_is_used_up(effort))
            return false;
        if (store_is_heard(store))
            tell(d, true, (struct telling){.what = HAPPENED_PURGED});
        drop(d);
    }
    return true;
}

void publication_drop(struct publication *p, enum happening why)
{
    struct store *s = store_of(p);
    if (store_is_heard(s))
        store_tell(s, (struct telling){.what = why, .is_last = true, .publication = p});
    for (size_t i = 0; i < p->delivery_count; i++) {
        struct delivery *d = &p->deliveries[i];
        if (d->state == DELIVERY_ENDED)
            continue;
        leave(d);
        delivery_wake_first(d->subscription);
    }
    publication_free(p);
}

/* ---- attempts ---- */

/* The number drawn for the present attempt. */
static uint64_t draw(const struct delivery *d)
{
    uint64_t draw = mix64(store_of(d->publication)->ids.seed ^ d->publication->id);
    return mix64(draw ^ d->subscription->serial << 32 ^ d->attempts);
}

/* Below 2^62 like all ids (decisions 16), and not 0, which stands for no attempt. */
static uint64_t draw_request_id(const struct delivery *d)
{
    uint64_t id = mix64(draw(d)) >> 2;
    return id > 0 ? id : 1;
}

void delivery_begin(struct delivery *d)
{
    assert(d->state == DELIVERY_SCHEDULED);
    d->attempts++;
    d->request_id = draw_request_id(d);
}

void delivery_offer(struct delivery *d)
{
    flight_offer(&store_of(d->publication)->flights, &d->flight);
    d->state = DELIVERY_UNDER_WAY;
}

void delivery_land(struct delivery *d, const struct push_outcome *outcome)
{
    flight_land(&store_of(d->publication)->flights, &d->flight, outcome);
}

/* As delivery_copy() has it. */
void delivery_put_off(struct delivery *d, cmq_ms at_ms, uint32_t cause)
{
    assert(d->state == DELIVERY_UNDER_WAY && d->put_off_by == 0 && cause != 0);
    flight_end(&store_of(d->publication)->flights, &d->flight);
    d->attempts--;
    d->request_id = d->attempts > 0 ? draw_request_id(d) : 0;
    d->put_off_by = cause;
    schedule(d, at_ms);
}

/* ---- strategies ---- */

static uint32_t attempts_max(enum notify_strategy strategy)
{
    return strategy == BACKOFF_RETRY ? 1 + 3 : 1 + 176;
}

static cmq_ms random_interval_ms(const struct delivery *d)
{
    enum { LEAST_MS = 10000, SPREAD_MS = 10000 };
    return LEAST_MS + (cmq_ms)(draw(d) % (SPREAD_MS + 1));
}

static cmq_ms retry_interval_ms(const struct delivery *d)
{
    enum { DOUBLED = 10, LONGEST_MS = 512000 };
    if (d->subscription->strategy == BACKOFF_RETRY)
        return random_interval_ms(d);
    return d->attempts < DOUBLED ? (cmq_ms)1000 << (d->attempts - 1) : LONGEST_MS;
}

void delivery_wake(struct delivery *d)
{
    if (d->state == DELIVERY_WAITING)
        schedule(d, store_now_ms(store_of(d->publication)));
}

void delivery_wake_first(struct subscription *s)
{
    struct list_node *l = list_first(&s->pending);
    if (l != NULL)
        delivery_wake(CONTAINER_OF(l, struct delivery, link));
}

/* d was under way when the strategy changed to BACKOFF_RETRY, and others come before it. */
static bool is_out_of_turn(const struct delivery *d)
{
    const struct subscription *s = d->subscription;
    return s->strategy == BACKOFF_RETRY && list_first(&s->pending) != &d->link;
}

void delivery_resume(struct delivery *d, uint16_t attempts, const struct push_outcome *last)
{
    d->attempts = attempts;
    d->request_id = attempts > 0 ? draw_request_id(d) : 0;
    d->flight.outcome = *last;
}

void delivery_copy(struct delivery *to, const struct delivery *from)
{
    to->state = from->state;
    to->attempts = from->attempts;
    to->put_off_by = from->put_off_by;
    to->request_id = from->request_id;
    to->flight.outcome = from->flight.outcome;
    if (from->state != DELIVERY_UNDER_WAY)
        return;
    to->attempts--;
    to->request_id = to->attempts > 0 ? draw_request_id(to) : 0;
    to->state = is_out_of_turn(from) ? DELIVERY_WAITING : DELIVERY_SCHEDULED;
}

static void wait_for_turn(struct subscription *s, struct delivery *d)
{
    if (d->state != DELIVERY_SCHEDULED)
        return;
    event_disarm(s->topic->store->agenda, &d->next);
    d->state = DELIVERY_WAITING;
}

/* The first keeps the instant of its next attempt. Those after it now wait for their turn; or,
 * with the other strategy, those that waited are due at once. */
bool deliveries_adopt_strategy(struct subscription *s, struct list_node **at)
{
    for (struct list_node *l; (l = next_of(s->topic->store, &s->pending, at)) != NULL;) {
        struct delivery *d = CONTAINER_OF(l, struct delivery, link);
        if (s->strategy == EXPONENTIAL_DECAY_RETRY)
            delivery_wake(d);
        else if (l->prev != &s->pending)
            wait_for_turn(s, d);
    }
    return *at == &s->pending;
}

enum push_result delivery_result(const struct delivery *d, const struct push_outcome *outcome)
{
    if (outcome->delivered)
        return PUSH_DELIVERED;
    return d->attempts < attempts_max(d->subscription->strategy) ? PUSH_FAILED : PUSH_DROPPED;
}

bool delivery_ends_quietly(const struct delivery *d, const struct push_outcome *outcome)
{
    const struct list_node *next = d->link.next;
    bool is_last = next == &d->subscription->pending;
    return delivery_result(d, outcome) != PUSH_FAILED &&
           (is_last ||
            CONTAINER_OF(next, const struct delivery, link)->state != DELIVERY_WAITING);
}

enum push_result delivery_end(struct delivery *d, const struct push_outcome *outcome,
                              uint64_t copy_id)
{
    struct subscription *s = d->subscription;
    struct store *store = store_of(d->publication);
    enum push_result result = delivery_result(d, outcome);
    d->flight.outcome = *outcome;
    if (outcome->cause == 0)
        d->flight.outcome.cause = d->put_off_by;
    if (store_is_heard(store))
        tell(d, result != PUSH_FAILED,
             (struct telling){.what = copy_id != 0 ? HAPPENED_DELIVERED : HAPPENED_PUSHED,
                              .outcome = &d->flight.outcome,
                              .copy_id = copy_id});
    if (result != PUSH_FAILED) {
        drop(d);
        delivery_wake_first(s);
        return result;
    }
    flight_end(&store->flights, &d->flight);
    d->put_off_by = 0;
    if (is_out_of_turn(d))
        d->state = DELIVERY_WAITING;
    else
        schedule(d, store_now_ms(store) + retry_interval_ms(d));
    return PUSH_FAILED;
}

void publication_check(const struct publication *p)
{
    size_t pending = 0;
    assert(event_armed(&p->expiry));
    for (size_t i = 0; i < p->delivery_count; i++) {
        const struct delivery *d = &p->deliveries[i];
        assert(d->publication == p);
        assert(list_linked(&d->link) == (d->state != DELIVERY_ENDED));
        assert((d->flight.state != FLIGHT_NONE) == (d->state == DELIVERY_UNDER_WAY));
        assert(event_armed(&d->next) == (d->state == DELIVERY_SCHEDULED));
        pending += d->state != DELIVERY_ENDED;
    }
    assert(pending > 0 && pending == p->pending_count);
}

void deliveries_check(const struct subscription *s)
{
    size_t count = 0;
    for (const struct list_node *l = s->pending.next; l != &s->pending; l = l->next, count++) {
        const struct delivery *d = CONTAINER_OF(l, const struct delivery, link);
        bool first = l->prev == &s->pending;
        assert(d->subscription == s);
        assert(d->state != DELIVERY_ENDED);
        assert(d->state != DELIVERY_WAITING || (s->strategy == BACKOFF_RETRY && !first));
        assert(d->state != DELIVERY_SCHEDULED || s->strategy != BACKOFF_RETRY || first);
    }
    assert(count == s->pending_count);
}
