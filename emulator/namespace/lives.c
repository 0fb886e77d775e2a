/* The events of one message are a list through all the others, from the newest, which the table
 * leads to, to the oldest that is left. The oldest event of all is also the oldest of its message,
 * so forgetting it cuts off an end of that list.
 *
 * The dead letters of one request are another such list, of which nothing is cut off: who walks
 * along it knows by the place of an event whether it is still kept. */
#include "namespace/lives.h"

#include "engine/queue.h"

/* It has grown, or is empty again. */
static void charge_table(struct lives *l)
{
    size_t bytes = table_bytes(&l->newest) - l->least;
    if (bytes == l->charged)
        return;
    budget_give(l->events.budget, l->charged);
    budget_charge(l->events.budget, bytes);
    l->charged = bytes;
}

bool lives_init(struct lives *l, const struct allocator *a, struct budget *budget)
{
    *l = (struct lives){.bound = 0};
    fifo_init(&l->events, a, budget);
    bool ready = table_init(&l->newest, *a);
    l->least = table_bytes(&l->newest);
    return ready;
}

void lives_fini(struct lives *l)
{
    fifo_drop_all(&l->events);
    table_fini(&l->newest);
    budget_give(l->events.budget, l->charged);
}

/* ---- forgetting ---- */

static void forget_first(struct lives *l)
{
    struct life_event *e = fifo_first(&l->events);
    if (e->newer != NULL)
        e->newer->older = NULL;
    else
        table_remove(&l->newest, &e->by_id);
    fifo_drop_first(&l->events);
    l->count--;
    if ((e = fifo_first(&l->events)) != NULL) /* the next time */
        table_expect(&l->newest, e->by_id.hash);
}

void lives_forget(struct lives *l)
{
    fifo_drop_all(&l->events);
    table_clear(&l->newest);
    charge_table(l);
    l->count = 0;
}

void lives_set_bound(struct lives *l, size_t bound)
{
    l->bound = bound;
    if (bound == 0)
        lives_forget(l);
    while (l->count > bound)
        forget_first(l);
}

/* ---- keeping ---- */

/* NULL when there is no room even without all that was kept. */
static struct life_event *make_room(struct lives *l, size_t size)
{
    struct life_event *e;
    if (l->count == l->bound)
        forget_first(l);
    while ((e = fifo_add(&l->events, size)) == NULL && l->count > 0)
        forget_first(l);
    if (e == NULL)
        lives_forget(l); /* so that the table shrinks, too */
    return e;
}

static bool has_id(const struct table_node *n, const void *key)
{
    return n->hash == *(const uint64_t *)key;
}

static struct life_event *find(const struct lives *l, uint64_t id)
{
    struct table_node *n = table_find(&l->newest, id, has_id, &id);
    return n != NULL ? CONTAINER_OF(n, struct life_event, by_id) : NULL;
}

/* With it a life begins, so there is no event to look for: in a table of many that takes longer than
 * all else that is done here. */
static bool is_beginning(enum happening what)
{
    return what == HAPPENED_SENT || what == HAPPENED_PUBLISHED;
}

static void link_event(struct lives *l, struct life_event *e, uint64_t id)
{
    struct life_event *last = is_beginning(e->what) ? NULL : find(l, id);
    e->older = last;
    if (last != NULL) {
        last->newer = e;
        table_remove(&l->newest, &last->by_id);
    }
    table_add(&l->newest, &e->by_id, id);
    l->count++;
    l->places++;
    charge_table(l);
}

static void name_source(const struct delivery *d, struct bytes texts[LIFE_TEXTS])
{
    texts[LIFE_SUBSCRIPTION] = bytes_of(d->subscription->name);
    texts[LIFE_OTHER] = bytes_of(d->publication->topic->name);
}

static void name_message(const struct telling *t, struct bytes texts[LIFE_TEXTS])
{
    const struct queue *q = t->source != NULL ? t->source : t->message->queue;
    texts[LIFE_PLACE] = bytes_of(q->name);
    if (t->source != NULL)
        texts[LIFE_OTHER] = bytes_of(t->message->queue->name);
    if (t->delivery != NULL)
        name_source(t->delivery, texts);
}

static void name_publication(const struct telling *t, struct bytes texts[LIFE_TEXTS])
{
    texts[LIFE_PLACE] = bytes_of(t->publication->topic->name);
    if (t->delivery != NULL)
        texts[LIFE_SUBSCRIPTION] = bytes_of(t->delivery->subscription->name);
    if (t->what == HAPPENED_DELIVERED)
        texts[LIFE_OTHER] = bytes_of(t->delivery->subscription->endpoint);
}

static void describe_message(struct life_event *e, const struct telling *t)
{
    const struct message *m = t->message;
    e->message = t->is_last ? NULL : m;
    if (t->what == HAPPENED_DELAYED || t->what == HAPPENED_RECEIVED) {
        e->visible_ms = m->wake.node.due_ms;
        e->handle = m->handle;
    }
    if (t->delivery != NULL)
        e->other_id = t->delivery->publication->id;
}

static void describe_publication(struct life_event *e, const struct telling *t)
{
    e->publication = t->is_last ? NULL : t->publication;
    e->of_topic = true;
    e->other_id = t->copy_id;
    if (t->outcome == NULL)
        return;
    e->attempt = t->delivery->attempts;
    e->result = delivery_result(t->delivery, t->outcome);
    e->outcome = *t->outcome;
}

static void append_texts(struct life_event *e, const struct bytes texts[LIFE_TEXTS])
{
    char *to = e->texts;
    for (int i = 0; i < LIFE_TEXTS; i++) {
        assert(texts[i].len <= NAME_MAX_LENGTH);
        e->lengths[i] = (uint8_t)texts[i].len;
        if (texts[i].len > 0)
            memcpy(to, texts[i].data, texts[i].len);
        to += texts[i].len;
    }
}

/* It has its number when the request is answered. */
static void chain_move(struct lives *l, struct life_event *e)
{
    e->request = 0;
    e->before = *l->moves;
    *l->moves = (struct life_moves){e, l->places};
}

void lives_hear(struct lives *l, const struct telling *t, uint64_t request)
{
    struct bytes texts[LIFE_TEXTS] = {{NULL, 0}};
    if (t->message != NULL)
        name_message(t, texts);
    else
        name_publication(t, texts);
    size_t size = sizeof(struct life_event);
    for (int i = 0; i < LIFE_TEXTS; i++)
        size += texts[i].len;
    struct life_event *e = make_room(l, size);
    if (e == NULL)
        return;
    *e = (struct life_event){.what = t->what,
                             .is_last = t->is_last,
                             .request = request > 0 ? request : l->request,
                             .at_ms = t->at_ms};
    if (t->message != NULL)
        describe_message(e, t);
    else
        describe_publication(e, t);
    append_texts(e, texts);
    link_event(l, e, t->message != NULL ? t->message->id : t->publication->id);
    if (t->what == HAPPENED_DEAD_LETTERED && l->moves != NULL)
        chain_move(l, e);
}

void lives_number_moves(struct lives *l, const struct life_moves *moves, uint64_t number)
{
    uint64_t forgotten = l->places - l->count;
    for (struct life_moves m = *moves; m.place > forgotten; m = m.last->before)
        m.last->request = number;
}

void lives_add_found(struct lives *l, const struct message *m, const struct publication *p,
                     cmq_ms at_ms)
{
    uint64_t request = l->request;
    l->request = 0;
    struct telling t = {.what = LIFE_FOUND, .message = m, .publication = p, .at_ms = at_ms};
    lives_hear(l, &t, 0);
    l->request = request;
}

/* Of copies that others have received in the same instant there are events behind it. */
void lives_set_receiver(struct lives *l, uint64_t msg_id, uint64_t handle, uint64_t number)
{
    struct life_event *e = find(l, msg_id);
    while (e != NULL && (e->what != HAPPENED_RECEIVED || e->handle != handle))
        e = e->older;
    if (e == NULL)
        return;
    e->request = number;
    while ((e = e->newer) != NULL && e->what == HAPPENED_DUPLICATED)
        e->request = number;
}

/* ---- looking ---- */

const struct life_event *lives_find(const struct lives *l, uint64_t msg_id)
{
    return find(l, msg_id);
}

struct bytes life_event_text(const struct life_event *e, enum life_text which)
{
    const char *at = e->texts;
    for (int i = 0; i < (int)which; i++)
        at += e->lengths[i];
    return (struct bytes){at, e->lengths[which]};
}
