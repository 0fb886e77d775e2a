/* Commands on queues, messages and polls. */
#include "tests/simulation/run.h"

/* Two differ in case alone; the first one is where most subscriptions lead to. */
static const char *const queue_names[] = {"q", "q", "q", "r", "p", "s", "Q"};

/* One queue, as both sides have it. */
struct both {
    struct queue *queue;
    struct model_queue *model_queue;
};

/* Mostly one that is there. */
static bool find_queue(struct run *r, struct both *b)
{
    const char *name = RANDOM_OF(r, queue_names);
    size_t place = random_below(&r->commands, 4);
    b->model_queue = model_queue_at(&r->model, place);
    if (b->model_queue == NULL)
        b->model_queue = model_find_queue(&r->model, name);
    if (b->model_queue != NULL)
        name = b->model_queue->name;
    b->queue = engine_find_queue(r->engine, bytes_of(name));
    AGREE(b->queue != NULL, b->model_queue != NULL);
    return b->queue != NULL;
}

size_t run_random_bodies(struct run *r, struct bytes bodies[BATCH_MAX])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    size_t count = 1;
    if (random_once_in(&r->commands, 2))
        count += random_below(&r->commands, random_once_in(&r->commands, 4) ? BATCH_MAX : 4);
    for (size_t i = 0; i < count; i++)
        bodies[i] = (struct bytes){&letters[random_below(&r->commands, 16)],
                                   1 + random_below(&r->commands, 8)};
    if (random_once_in(&r->commands, 20))
        bodies[0].len = MODEL_BODY; /* too long for most */
    return count;
}

static cmq_ms random_ms(struct run *r, const cmq_ms *choices, size_t count)
{
    return choices[random_below(&r->commands, count)];
}

static struct queue_attributes random_attributes(struct run *r)
{
    static const cmq_ms visibility[] = {500, 1000, 3000, 3001, 15000, 15000};
    static const cmq_ms retention[] = {3000, 6000, 10000, 10001, 30000, 60000};
    static const cmq_ms rewind_to[] = {0, 2000, 3000, 6000, 10000, 30000};
    struct queue_attributes a = queue_attributes_default();
    a.visibility_ms = random_ms(r, visibility, COUNT(visibility));
    a.retention_ms = random_ms(r, retention, COUNT(retention));
    a.rewind_ms = random_ms(r, rewind_to, COUNT(rewind_to));
    if (random_once_in(&r->commands, 3))
        a.rewind_ms = a.retention_ms; /* the longest window there is */
    a.max_heap = 5 + random_below(&r->commands, 30);
    a.max_msg_size = random_once_in(&r->commands, 3) ? 5 : 8;
    return a;
}

/* A policy, or NULL. */
static const struct dead_letter_request *random_policy(struct run *r,
                                                       struct dead_letter_request *out)
{
    *out = (struct dead_letter_request){
        .refusal = random_once_in(&r->commands, 10) ? CMQ_POLICY_NOT_JSON : CMQ_OK,
        .kind = random_once_in(&r->commands, 2) ? DEAD_LETTER_BY_RECEIVES : DEAD_LETTER_BY_AGE,
        .target_name = bytes_of(RANDOM_OF(r, queue_names)),
        .max_receives = 1 + (uint32_t)random_below(&r->commands, 2),
        .max_age_ms = 1000 * (cmq_ms)(1 + random_below(&r->commands, 4)),
    };
    return random_once_in(&r->commands, 2) ? out : NULL;
}

static void do_create_queue(struct run *r)
{
    struct queue *q;
    struct dead_letter_request request;
    const char *name = RANDOM_OF(r, queue_names);
    struct queue_attributes a = random_attributes(r);
    const struct dead_letter_request *policy = random_policy(r, &request);
    enum cmq_err want = model_create_queue(&r->model, name, &a, policy);
    run_agree_on_error(r, engine_create_queue(r->engine, bytes_of(name), &a, policy, &q), want);
}

/* Change all of them, or retention or the rewind window alone: what is armed anew differs. */
static void do_set_queue(struct run *r)
{
    struct both b;
    struct dead_letter_request request;
    struct queue_attributes drawn = random_attributes(r);
    const struct dead_letter_request *policy = random_policy(r, &request);
    size_t which = random_below(&r->commands, 4);
    if (!find_queue(r, &b))
        return;
    struct queue_attributes a = which < 2 ? drawn : b.queue->attributes;
    if (which == 2)
        a.retention_ms = drawn.retention_ms;
    else
        a.rewind_ms = drawn.rewind_ms;
    enum cmq_err want = model_set_queue(&r->model, b.model_queue, &a, policy);
    run_agree_on_error(r, engine_set_queue(r->engine, b.queue, &a, policy), want);
}

static void do_delete_queue(struct run *r)
{
    struct both b;
    if (!find_queue(r, &b))
        return;
    enum cmq_err want = model_delete_queue(&r->model, b.model_queue);
    run_agree_on_error(r, engine_delete_queue(r->engine, b.queue), want);
}

static void do_unbind(struct run *r)
{
    struct both b;
    if (!find_queue(r, &b))
        return;
    enum cmq_err want = model_unbind(&r->model, b.model_queue);
    run_agree_on_error(r, engine_unbind_dead_letter(r->engine, b.queue), want);
}

static void do_rewind(struct run *r)
{
    struct both b;
    int64_t from_s =
        engine_now_ms(r->engine) / 1000 + 1 - (int64_t)random_below(&r->commands, 6);
    if (!find_queue(r, &b))
        return;
    enum cmq_err want = model_rewind(&r->model, b.model_queue, from_s);
    run_agree_on_error(r, engine_rewind(r->engine, b.queue, from_s), want);
}

static void do_purge_queue(struct run *r)
{
    struct both b;
    if (!find_queue(r, &b))
        return;
    model_purge_queue(&r->model, b.model_queue);
    engine_purge_queue(r->engine, b.queue);
}

static void do_send(struct run *r)
{
    static const cmq_ms delays[] = {0, 0, 0, 500, 1000, 1000, 3000, 12000};
    struct both b;
    struct bytes bodies[BATCH_MAX];
    uint64_t got[BATCH_MAX], want[BATCH_MAX];
    cmq_ms delay_ms = random_ms(r, delays, COUNT(delays));
    size_t count = run_random_bodies(r, bodies);
    if (!find_queue(r, &b))
        return;
    enum cmq_err err = model_send(&r->model, b.model_queue, bodies, count, delay_ms, want);
    run_agree_on_error(r, engine_send(r->engine, b.queue, bodies, count, delay_ms, got), err);
    run_agree_on_ids(got, want, err == CMQ_OK ? count : 0);
}

/* Again, when it was put off. */
static enum cmq_err receive(struct run *r, struct queue *q, size_t max, cmq_ms wait_ms,
                            const struct odd_receipt *odd, int *owner, struct received *got)
{
    enum cmq_err err;
    do {
        run_finish(r);
        err = engine_receive_oddly(r->engine, q, max, wait_ms, odd, owner, got);
        met.put_off += err == CMQ_WAITING && got->poll == NULL;
    } while (err == CMQ_WAITING && got->poll == NULL);
    return err;
}

/* Once in four times. Where dead letters come first it takes the first: which ones are moved before
 * it chooses depends on what serves it. */
static struct odd_receipt random_oddity(struct run *r, bool may_choose)
{
    struct odd_receipt odd = {.draw = random_below(&r->commands, SIZE_MAX)};
    size_t which = random_below(&r->commands, 12);
    if (which == 0)
        odd.empty = true;
    else if (which == 1)
        odd.copies = 1 + (uint32_t)random_below(&r->commands, 2);
    else if (which == 2 && may_choose)
        odd.among = 2 + (uint32_t)random_below(&r->commands, 4);
    met.odd_receipts[which < 3 ? which : 3]++;
    return odd;
}

static void do_receive(struct run *r)
{
    static const cmq_ms waits[] = {0, 0, 500, 1000, 2500, 5000};
    struct both b;
    size_t max =
        random_once_in(&r->commands, 2) ? 1 : 1 + random_below(&r->commands, BATCH_MAX);
    cmq_ms wait_ms = random_ms(r, waits, COUNT(waits));
    if (!find_queue(r, &b))
        return;
    int owner = ++r->last_owner;
    r->owners[owner] = owner;
    struct received got = {0};
    struct seen_messages want = {0};
    const struct odd_receipt odd =
        random_oddity(r, wait_ms == 0 && b.queue->dead_letter.target == NULL);
    enum cmq_err err =
        model_receive(&r->model, b.model_queue, max, wait_ms, &odd, owner, &want);
    run_agree_on_error(r, receive(r, b.queue, max, wait_ms, &odd, &r->owners[owner], &got),
                       err);
    if (err == CMQ_WAITING)
        r->polls[owner] = got.poll;
    if (err != CMQ_OK)
        return;
    struct seen_messages seen = run_seen_all(r, got.messages, got.count);
    run_agree_on_messages(r, &seen, &want);
}

/* The handle of one of the messages that are out, in the order of receipt; 0 if there are none.
 */
static uint64_t handle_of(const struct queue *q, size_t place)
{
    struct message_cursor c = queue_walk(q, MESSAGE_INACTIVE);
    const struct message *m = queue_walk_next(&c);
    for (const struct message *next; place > 0 && (next = queue_walk_next(&c)) != NULL; place--)
        m = next;
    return m == NULL ? 0 : m->handle;
}

/* False when the rate refuses them. */
static bool count_deletes(struct run *r, const struct both *b, size_t count)
{
    enum cmq_err want = model_count_deletes(&r->model, b->model_queue, count);
    run_agree_on_error(r, engine_count_deletes(r->engine, b->queue, count), want);
    return want == CMQ_OK;
}

/* One that is out, or one that was seen anywhere at any time. */
static void do_delete_message(struct run *r)
{
    struct both b;
    uint64_t seen = r->handles[random_below(&r->commands, HANDLES)];
    bool is_out = !random_once_in(&r->commands, 4);
    size_t place = random_below(&r->commands, 3);
    if (!find_queue(r, &b))
        return;
    uint64_t handle = is_out ? handle_of(b.queue, place) : seen;
    if (!count_deletes(r, &b, 1))
        return;
    enum cmq_err want = model_delete_message(&r->model, b.model_queue, handle);
    run_agree_on_error(r, engine_delete_message(r->engine, b.queue, handle), want);
}

/* All of the latest ones, as a consumer does it that keeps up. */
static void do_delete_all(struct run *r)
{
    for (struct queue *q = NULL; (q = engine_next_queue(r->engine, q)) != NULL;) {
        struct model_queue *m = model_find_queue(&r->model, q->name);
        if (!count_deletes(r, &(struct both){.queue = q, .model_queue = m}, HANDLES))
            continue;
        for (size_t i = 0; i < HANDLES; i++)
            run_agree_on_error(r, engine_delete_message(r->engine, q, r->handles[i]),
                               model_delete_message(&r->model, m, r->handles[i]));
    }
}

static void do_end_poll(struct run *r)
{
    size_t back = random_below(&r->commands, 10);
    bool all = random_once_in(&r->commands, 10);
    if (all) {
        model_end_all_polls(&r->model, CMQ_NO_MESSAGE);
        engine_end_all_polls(r->engine, CMQ_NO_MESSAGE);
        return;
    }
    int owner = r->last_owner - (int)back;
    if (owner <= 0 || r->polls[owner] == NULL)
        return;
    model_end_poll(&r->model, owner, CMQ_INTERNAL);
    engine_end_poll(r->engine, r->polls[owner], CMQ_INTERNAL);
}

const struct command queue_commands[] = {
    {do_create_queue, 10},   {do_set_queue, 6},   {do_delete_queue, 2}, {do_unbind, 4},
    {do_rewind, 5},          {do_purge_queue, 1}, {do_send, 40},        {do_receive, 50},
    {do_delete_message, 20}, {do_delete_all, 5},  {do_end_poll, 3},     {NULL, 0},
};
