/* The operations on queues and their messages (queue-api 2, 3). Seconds become milliseconds
 * here, and nowhere below. */
#include "operations/request.h"

#include "base/number.h"

/* ---- attributes ---- */

static void put_ms(const struct arguments *a, enum field f, cmq_ms *to)
{
    if (argument_given(a, f))
        *to = argument_int(a, f, 0) * 1000;
}

static void put_size(const struct arguments *a, enum field f, size_t *to)
{
    *to = (size_t)argument_int(a, f, (int64_t)*to);
}

/* Overwrite the attributes that were given; the others stay. */
static void put_attributes(const struct arguments *a, struct queue_attributes *to)
{
    put_size(a, FIELD_MAX_HEAP, &to->max_heap);
    put_size(a, FIELD_MAX_MSG_SIZE, &to->max_msg_size);
    put_ms(a, FIELD_POLLING_WAIT, &to->polling_wait_ms);
    put_ms(a, FIELD_VISIBILITY, &to->visibility_ms);
    put_ms(a, FIELD_RETENTION, &to->retention_ms);
    put_ms(a, FIELD_REWIND, &to->rewind_ms);
}

static const struct dead_letter_request *policy_of(const struct arguments *a)
{
    return argument_given(a, FIELD_DEAD_LETTER_POLICY) ? &a->policy : NULL;
}

/* ---- the control plane ---- */

enum cmq_err operation_create_queue(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    struct queue_attributes attributes = queue_attributes_default();
    struct queue *q;
    put_attributes(a, &attributes);
    enum cmq_err err = engine_create_queue(r->engine, argument_text(a, FIELD_QUEUE_NAME),
                                           &attributes, policy_of(a), &q);
    if (err == CMQ_OK)
        r->result->queue = q;
    return err;
}

/* List the queues whose dead-letter queue is target, or all queues if it is NULL. */
static enum cmq_err list(struct operation_request *r, const struct queue *target)
{
    const struct arguments *a = r->arguments;
    struct page *p = &r->result->page;
    page_begin(p, argument_text(a, FIELD_SEARCH_WORD), argument_int(a, FIELD_OFFSET, 0),
               argument_int(a, FIELD_QUEUE_LIMIT, PAGE_DEFAULT));
    for (struct queue *q = NULL; (q = engine_next_queue(r->engine, q)) != NULL;)
        if ((target == NULL || q->dead_letter.target == target) && page_takes(p, q->name))
            p->queues[p->count++] = q;
    return CMQ_OK;
}

enum cmq_err operation_list_queue(struct operation_request *r)
{
    return list(r, NULL);
}

enum cmq_err operation_list_dead_letter_source_queues(struct operation_request *r)
{
    return list(r, r->queue);
}

enum cmq_err operation_get_queue(struct operation_request *r)
{
    r->result->queue = r->queue;
    return CMQ_OK;
}

enum cmq_err operation_set_queue_attributes(struct operation_request *r)
{
    struct queue_attributes attributes = r->queue->attributes;
    put_attributes(r->arguments, &attributes);
    r->result->queue = r->queue;
    return engine_set_queue(r->engine, r->queue, &attributes, policy_of(r->arguments));
}

enum cmq_err operation_delete_queue(struct operation_request *r)
{
    return engine_delete_queue(r->engine, r->queue);
}

enum cmq_err operation_rewind_queue(struct operation_request *r)
{
    r->result->queue = r->queue;
    return engine_rewind(r->engine, r->queue,
                         argument_int(r->arguments, FIELD_START_CONSUME_TIME, 0));
}

enum cmq_err operation_unbind_dead_letter_queue(struct operation_request *r)
{
    r->result->queue = r->queue;
    return engine_unbind_dead_letter(r->engine, r->queue);
}

/* ---- messages ---- */

enum cmq_err operation_send_messages(struct operation_request *r)
{
    struct texts bodies = argument_list(r->arguments, FIELD_BODIES);
    cmq_ms delay_ms = argument_int(r->arguments, FIELD_DELAY, 0) * 1000;
    r->result->ids.count = bodies.count;
    return engine_send(r->engine, r->queue, bodies.items, bodies.count, delay_ms,
                       r->result->ids.items);
}

enum cmq_err operation_receive_messages(struct operation_request *r)
{
    size_t max = (size_t)argument_int(r->arguments, FIELD_RECEIVE_COUNT, 1);
    cmq_ms wait_ms = r->queue->attributes.polling_wait_ms;
    put_ms(r->arguments, FIELD_RECEIVE_WAIT, &wait_ms);
    return engine_receive(r->engine, r->queue, max, wait_ms, r->owner, &r->result->received);
}

static bool is_handle(struct bytes text)
{
    enum { HANDLE_LENGTH_MAX = 256 };
    static const char marks[] = "%#:_-"; /* beside letters and digits (queue-api 3.3) */
    if (text.len == 0 || text.len > HANDLE_LENGTH_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_lower(text.data[i]);
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr(marks, c) == NULL))
            return false;
    }
    return true;
}

/* The emulator's own handles are decimal numbers without leading zeros; other texts of the
 * right form are handles that it never issued. */
static enum cmq_err delete_one(struct operation_request *r, struct bytes text)
{
    int64_t handle;
    if (!is_handle(text))
        return CMQ_HANDLE_FORMAT;
    if (text.data[0] == '0' || !parse_int(text, &handle) || handle <= 0)
        return CMQ_HANDLE_INVALID;
    return engine_delete_message(r->engine, r->queue, (uint64_t)handle);
}

/* Valid handles are deleted even when others fail (queue-api 2.12); the rate counts all of
 * them, and refuses the call as a whole (decisions 19). */
enum cmq_err operation_delete_messages(struct operation_request *r)
{
    struct texts handles = argument_list(r->arguments, FIELD_HANDLES);
    enum cmq_err refusal = engine_count_deletes(r->engine, r->queue, handles.count);
    if (refusal != CMQ_OK)
        return refusal;
    r->result->deletions.count = handles.count;
    r->result->deletions.failed = 0;
    for (size_t i = 0; i < handles.count; i++) {
        enum cmq_err err = delete_one(r, handles.items[i]);
        r->result->deletions.outcomes[i] = err;
        r->result->deletions.failed += err != CMQ_OK;
    }
    return CMQ_OK;
}
