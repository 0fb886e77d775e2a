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
    to->trace = operation_trace(a, to->trace);
    to->retention_mb = (uint32_t)argument_int(a, FIELD_RETENTION_SIZE, to->retention_mb);
    to->of_tdmq = to->of_tdmq || argument_given(a, FIELD_OF_TDMQ);
}

enum trace operation_trace(const struct arguments *a, enum trace otherwise)
{
    if (!argument_given(a, FIELD_TRACE))
        return otherwise;
    return argument_int(a, FIELD_TRACE, 0) != 0 ? TRACE_ON : TRACE_OFF;
}

enum cmq_err operation_make_tags(struct operation_request *r, enum cmq_err full,
                                 struct tags **out)
{
    const struct arguments *a = r->arguments;
    *out = NULL;
    if (a->resource_tag_count == 0)
        return CMQ_OK;
    enum cmq_err err =
        engine_make_tags(r->engine, a->resource_tags, a->resource_tag_count, out);
    return err == CMQ_MEMORY_FULL ? full : err;
}

/* Errors are left for the engine to report, like those of a policy in JSON. */
static enum cmq_err read_parts(const struct arguments *a,
                               const struct dead_letter_policy *present,
                               struct dead_letter_request *out)
{
    bool by_age = present->kind == DEAD_LETTER_BY_AGE;
    struct bytes name = argument_text(a, FIELD_DEAD_LETTER_NAME);
    if (name.data == NULL && present->target == NULL)
        return CMQ_POLICY_NO_QUEUE;
    by_age = argument_int(a, FIELD_DEAD_LETTER_KIND, by_age) != 0;
    out->target_name = name.data != NULL ? name : bytes_of(present->target->name);
    out->kind = by_age ? DEAD_LETTER_BY_AGE : DEAD_LETTER_BY_RECEIVES;
    out->max_receives = (uint32_t)argument_int(a, FIELD_MAX_RECEIVES, present->max_receives);
    out->max_age_ms = argument_int(a, FIELD_MAX_AGE, present->max_age_ms / 1000) * 1000;
    bool bounded = by_age ? out->max_age_ms > 0 : out->max_receives > 0;
    return bounded ? CMQ_OK : CMQ_POLICY_PARAMS;
}

/* A policy by its parts, as API 3.0 gives it (api3 7.1): what is not given is as in the present
 * one. False if no part was given. */
static bool combine_policy(const struct arguments *a, const struct dead_letter_policy *present,
                           struct dead_letter_request *out)
{
    static const struct dead_letter_policy none = {.kind = DEAD_LETTER_NONE};
    if (!argument_given(a, FIELD_DEAD_LETTER_NAME) &&
        !argument_given(a, FIELD_DEAD_LETTER_KIND) && !argument_given(a, FIELD_MAX_RECEIVES) &&
        !argument_given(a, FIELD_MAX_AGE))
        return false;
    *out = (struct dead_letter_request){.kind = DEAD_LETTER_NONE};
    out->refusal = read_parts(a, present != NULL ? present : &none, out);
    return true;
}

/* The policy that was asked for, as JSON or by its parts; NULL for none. */
static const struct dead_letter_request *policy_of(const struct operation_request *r,
                                                   struct dead_letter_request *room)
{
    const struct arguments *a = r->arguments;
    const struct dead_letter_policy *present = r->queue != NULL ? &r->queue->dead_letter : NULL;
    if (argument_given(a, FIELD_DEAD_LETTER_POLICY))
        return &a->policy;
    return combine_policy(a, present, room) ? room : NULL;
}

/* ---- the control plane ---- */

enum cmq_err operation_create_queue(struct operation_request *r)
{
    const struct arguments *a = r->arguments;
    struct queue_attributes attributes = queue_attributes_default();
    struct dead_letter_request policy;
    struct queue *q;
    struct tags *tags;
    put_attributes(a, &attributes);
    enum cmq_err err = operation_make_tags(r, CMQ_TOO_MANY_QUEUES, &tags);
    if (err == CMQ_OK)
        err = engine_create_queue(r->engine, argument_text(a, FIELD_QUEUE_NAME), &attributes,
                                  policy_of(r, &policy), &q);
    if (err != CMQ_OK) {
        engine_free_tags(r->engine, tags);
        return err;
    }
    engine_tag_queue(r->engine, q, tags);
    r->result->queue = q;
    return CMQ_OK;
}

static void put_queue(struct page *p, const struct queue *q)
{
    if (page_takes(p, q->name, q->tags))
        p->queues[p->count++] = q;
}

static void list_named(struct page *p, const struct engine *e, const struct bytes *names,
                       size_t count, const struct queue *target)
{
    struct found found = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        const struct queue *q = engine_find_queue(e, names[i]);
        if (q != NULL && (target == NULL || q->dead_letter.target == target))
            found_put(&found, q, q->serial);
    }
    for (size_t i = 0; i < found.count; i++)
        put_queue(p, found.at[i].item);
}

static void list_sources(struct page *p, const struct queue *target)
{
    for (const struct list_node *l = target->sources.next; l != &target->sources; l = l->next)
        put_queue(p, CONTAINER_OF(l, const struct queue, source_link));
}

static void list_all(struct page *p, const struct engine *e)
{
    size_t queues = engine_queue_count(e);
    struct queue *q = NULL;
    while (!page_is_done(p, queues) && (q = engine_next_queue(e, q)) != NULL)
        put_queue(p, q);
}

/* List the queues whose dead-letter queue is target, or all queues if it is NULL. */
static enum cmq_err list(struct operation_request *r, const struct queue *target)
{
    const struct arguments *a = r->arguments;
    const struct bytes *names;
    struct page *p = &r->result->page;
    page_begin(p, argument_text(a, FIELD_SEARCH_WORD), argument_int(a, FIELD_OFFSET, 0),
               argument_int(a, FIELD_QUEUE_LIMIT, PAGE_DEFAULT));
    page_select(p, a->selection);
    size_t count = page_names(p, &names);
    if (names != NULL)
        list_named(p, r->engine, names, count, target);
    else if (target != NULL)
        list_sources(p, target);
    else
        list_all(p, r->engine);
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
    struct dead_letter_request policy;
    put_attributes(r->arguments, &attributes);
    r->result->queue = r->queue;
    return engine_set_queue(r->engine, r->queue, &attributes, policy_of(r, &policy));
}

enum cmq_err operation_delete_queue(struct operation_request *r)
{
    return engine_delete_queue(r->engine, r->queue);
}

enum cmq_err operation_clear_queue(struct operation_request *r)
{
    engine_purge_queue(r->engine, r->queue);
    return CMQ_OK;
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
    cmq_ms delay_ms = 0;
    put_ms(r->arguments, FIELD_DELAY, &delay_ms);
    if (argument_int(r->arguments, FIELD_LONG_DELAY, 0) >
        r->queue->attributes.retention_ms / 1000)
        return CMQ_DELAY_RANGE; /* api3 8.16 */
    put_ms(r->arguments, FIELD_LONG_DELAY, &delay_ms);
    r->result->ids.count = bodies.count;
    r->result->ids.unseen = delay_ms >= r->queue->attributes.retention_ms;
    return engine_send(r->engine, r->queue, bodies.items, bodies.count, delay_ms,
                       r->result->ids.items);
}

enum cmq_err operation_receive_messages(struct operation_request *r)
{
    size_t max = (size_t)argument_int(r->arguments, FIELD_RECEIVE_COUNT, 1);
    cmq_ms wait_ms = r->queue->attributes.polling_wait_ms;
    put_ms(r->arguments, FIELD_RECEIVE_WAIT, &wait_ms);
    struct odd_receipt odd = r->arguments->odd.receipt;
    if (r->arguments->odd.without_wait && wait_ms > 0)
        odd.empty = false;
    return engine_receive_oddly(r->engine, r->queue, max, wait_ms, &odd, r->owner,
                                &r->result->received);
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
static enum cmq_err delete_one(struct operation_request *r, struct bytes text, uint64_t *id)
{
    int64_t handle;
    *id = 0;
    if (!is_handle(text))
        return CMQ_HANDLE_FORMAT;
    if (text.data[0] == '0' || !parse_int(text, &handle) || handle <= 0)
        return CMQ_HANDLE_INVALID;
    const struct message *m = queue_find_handle(r->queue, (uint64_t)handle);
    if (m != NULL)
        *id = m->id;
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
        enum cmq_err err = delete_one(r, handles.items[i], &r->result->deletions.ids[i]);
        r->result->deletions.outcomes[i] = err;
        r->result->deletions.failed += err != CMQ_OK;
    }
    return CMQ_OK;
}
