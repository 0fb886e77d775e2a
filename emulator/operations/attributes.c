/* Each function fills in the values, in CMQ's units, and says in which order they are
 * answered. */
#include "operations/attributes.h"

#include <assert.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void begin(struct attributes *a, const enum field *order, size_t count)
{
    a->fields = order;
    a->count = count;
    arguments_clear(&a->values);
}

void attributes_of_queue(struct attributes *a, const struct queue *q)
{
    static const enum field order[] = {
        FIELD_MAX_HEAP,  FIELD_POLLING_WAIT, FIELD_VISIBILITY,        FIELD_MAX_MSG_SIZE,
        FIELD_RETENTION, FIELD_REWIND,       FIELD_DEAD_LETTER_POLICY};
    const struct queue_attributes *from = &q->attributes;
    struct arguments *to = &a->values;
    bool has_policy = q->dead_letter.target != NULL;
    begin(a, order, COUNT(order) - (has_policy ? 0 : 1));
    argument_put_int(to, FIELD_MAX_HEAP, (int64_t)from->max_heap);
    argument_put_int(to, FIELD_POLLING_WAIT, from->polling_wait_ms / 1000);
    argument_put_int(to, FIELD_VISIBILITY, from->visibility_ms / 1000);
    argument_put_int(to, FIELD_MAX_MSG_SIZE, (int64_t)from->max_msg_size);
    argument_put_int(to, FIELD_RETENTION, from->retention_ms / 1000);
    argument_put_int(to, FIELD_REWIND, from->rewind_ms / 1000);
    if (has_policy) {
        dead_letter_write(&q->dead_letter, a->policy);
        argument_put_text(to, FIELD_DEAD_LETTER_POLICY, bytes_of(a->policy));
    }
}

void attributes_of_topic(struct attributes *a, const struct topic *t)
{
    static const enum field order[] = {FIELD_MAX_MSG_SIZE, FIELD_RETENTION, FIELD_CREATE_TIME,
                                       FIELD_LAST_MODIFY_TIME, FIELD_FILTER_TYPE};
    struct arguments *to = &a->values;
    begin(a, order, COUNT(order));
    argument_put_int(to, FIELD_MAX_MSG_SIZE, (int64_t)t->max_msg_size);
    argument_put_int(to, FIELD_RETENTION, t->retention_ms / 1000);
    argument_put_int(to, FIELD_CREATE_TIME, t->created_ms / 1000);
    argument_put_int(to, FIELD_LAST_MODIFY_TIME, t->modified_ms / 1000);
    argument_put_int(to, FIELD_FILTER_TYPE, t->filter_type);
}

static void put_list(struct arguments *to, enum field f, const struct bytes *texts,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum cmq_err err = argument_add_text(to, f, texts[i]);
        assert(err == CMQ_OK);
    }
}

void attributes_of_subscription(struct attributes *a, const struct subscription *s)
{
    static const enum field order[] = {
        FIELD_PROTOCOL,    FIELD_ENDPOINT,         FIELD_NOTIFY_STRATEGY, FIELD_NOTIFY_FORMAT,
        FIELD_CREATE_TIME, FIELD_LAST_MODIFY_TIME, FIELD_BINDING_KEYS,    FIELD_FILTER_TAGS};
    const struct filter_request *filter = filter_texts(s->filter);
    struct arguments *to = &a->values;
    begin(a, order, COUNT(order));
    argument_put_int(to, FIELD_PROTOCOL, (int64_t)s->protocol);
    argument_put_text(to, FIELD_ENDPOINT, bytes_of(s->endpoint));
    argument_put_int(to, FIELD_NOTIFY_STRATEGY, (int64_t)s->strategy);
    argument_put_int(to, FIELD_NOTIFY_FORMAT, (int64_t)s->format);
    argument_put_int(to, FIELD_CREATE_TIME, s->created_ms / 1000);
    argument_put_int(to, FIELD_LAST_MODIFY_TIME, s->modified_ms / 1000);
    put_list(to, FIELD_BINDING_KEYS, filter->keys, filter->key_count);
    put_list(to, FIELD_FILTER_TAGS, filter->tags, filter->tag_count);
}
