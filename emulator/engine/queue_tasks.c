/* The part of queue.h that is about commands which concern all messages of a queue.
 *
 * Such a command checks everything, changes what it changes of the queue itself, and leaves the
 * messages to tasks: queue_do_tasks() goes through them one by one, as far as the effort of the
 * store goes. Nothing else may happen in the engine before they are done, so nobody sees a queue
 * of which one half has been emptied.
 *
 * A task that takes messages out of a set begins at an end of that set each time; one that goes
 * through a set keeps its place, since nothing else changes the set meanwhile. */
#include "engine/queue.h"

#include "engine/store.h"

void queue_set_task(struct queue *q, enum queue_task task)
{
    q->tasks.due |= 1U << task;
    if (!list_linked(&q->tasks.link))
        list_append(&q->store->tasked, &q->tasks.link);
}

/* Each of these returns false when the effort is used up before the task is done. */

static bool free_messages(struct queue *q, const struct order *set)
{
    struct effort *effort = q->store->effort;
    for (struct order_node *n; (n = order_first(set)) != NULL;) {
        struct message *m = CONTAINER_OF(n, struct message, age);
        if (effort_is_used_up(effort))
            return false;
        effort_spend(effort, freeing_effort(m->body_len));
        queue_free_message(m, HAPPENED_PURGED);
    }
    return true;
}

static bool purge(struct queue *q)
{
    return free_messages(q, &q->delayed) && free_messages(q, &q->unconsumed) &&
           free_messages(q, &q->deleted);
}

static bool forget_deleted(struct queue *q)
{
    return free_messages(q, &q->deleted);
}

/* From the newest down, so that it ends at the first message that is too old. */
static bool rewind_messages(struct queue *q)
{
    struct effort *effort = q->store->effort;
    for (;; effort_spend(effort, 1)) {
        struct order_cursor c = order_down(&q->deleted);
        struct order_node *n = order_next_down(&q->deleted, &c);
        if (n == NULL)
            return true;
        struct message *m = CONTAINER_OF(n, struct message, age);
        if (m->sent_ms < q->tasks.rewind_from_ms)
            return true;
        if (effort_is_used_up(effort))
            return false;
        queue_enter(m, MESSAGE_ACTIVE, 0);
    }
}

/* The next node of the set that the task goes through; NULL at its end, or when the effort is used
 * up: then *done is false. */
static struct order_node *next_in(struct queue *q, const struct order *set, bool *done)
{
    struct queue_tasks *t = &q->tasks;
    struct order_cursor at = t->begun ? t->at : order_up(set);
    struct order_node *n = order_next_up(set, &at);
    *done = n == NULL;
    if (n == NULL || effort_is_used_up(q->store->effort))
        return NULL;
    effort_spend(q->store->effort, 1);
    t->begun = true;
    t->at = at;
    return n;
}

static bool arm_expiries(struct queue *q, const struct order *set)
{
    bool done;
    for (struct order_node *n; (n = next_in(q, set, &done)) != NULL;)
        queue_arm_expiry(CONTAINER_OF(n, struct message, age));
    return done;
}

static bool arm_delayed(struct queue *q)
{
    return arm_expiries(q, &q->delayed);
}

static bool arm_unconsumed(struct queue *q)
{
    return arm_expiries(q, &q->unconsumed);
}

static bool arm_deleted(struct queue *q)
{
    return arm_expiries(q, &q->deleted);
}

static bool arm_dead_letters(struct queue *q)
{
    bool done;
    for (struct order_node *n; (n = next_in(q, &q->active, &done)) != NULL;)
        queue_arm_dead_letter(CONTAINER_OF(n, struct message, place));
    return done;
}

static bool shed(struct queue *q)
{
    return queue_shed(q, q->tasks.shed_for);
}

bool queue_do_tasks(struct queue *q)
{
    static bool (*const run[QUEUE_TASKS])(struct queue *) = {
        [TASK_PURGE] = purge,
        [TASK_FORGET_DELETED] = forget_deleted,
        [TASK_REWIND] = rewind_messages,
        [TASK_ARM_DELAYED] = arm_delayed,
        [TASK_ARM_UNCONSUMED] = arm_unconsumed,
        [TASK_ARM_DELETED] = arm_deleted,
        [TASK_ARM_DEAD_LETTERS] = arm_dead_letters,
        [TASK_SHED] = shed,
    };
    for (int task = 0; task < QUEUE_TASKS; task++) {
        if ((q->tasks.due >> task & 1) == 0)
            continue;
        if (!run[task](q))
            return false;
        q->tasks.due &= ~(1U << task);
        q->tasks.begun = false;
    }
    return true;
}
