/* A record is on two lists: its sink's, which is what people ask for, and the one of all sinks
 * in the order of arrival, from which the oldest is dropped when there are too many or too
 * large ones. A single record larger than the bound is dropped at once, the one just added
 * included.
 *
 * Sinks are found by walking: a test has a few of them, and they are asked for by name only. */
#include "namespace/sink.h"

#include "engine/message.h"

struct sinks {
    struct list_node list;    /* of sinks */
    struct list_node records; /* of all sinks, the oldest first */
    size_t sink_count, record_count, bytes;
    struct allocator allocator;
    struct budget *budget;
};

static const struct sink_script usual = {.status = 200, .times = -1};

struct sinks *sinks_new(const struct allocator *a, struct budget *budget)
{
    struct sinks *sinks = allocator_take_zeroed(a, sizeof *sinks);
    if (sinks == NULL)
        return NULL;
    sinks->allocator = *a;
    sinks->budget = budget;
    list_init(&sinks->list);
    list_init(&sinks->records);
    return sinks;
}

void sinks_free(struct sinks *sinks)
{
    if (sinks == NULL)
        return;
    for (struct list_node *l; (l = list_first(&sinks->list)) != NULL;)
        sink_free(CONTAINER_OF(l, struct sink, link));
    struct allocator a = sinks->allocator;
    allocator_give(&a, sinks);
}

struct sink *sinks_find(const struct sinks *sinks, struct bytes name)
{
    for (struct list_node *l = sinks->list.next; l != &sinks->list; l = l->next) {
        struct sink *s = CONTAINER_OF(l, struct sink, link);
        if (bytes_equal(name, bytes_of(s->name)))
            return s;
    }
    return NULL;
}

struct sink *sinks_next(const struct sinks *sinks, const struct sink *s)
{
    const struct list_node *l = s == NULL ? sinks->list.next : s->link.next;
    return l == &sinks->list ? NULL : CONTAINER_OF(l, struct sink, link);
}

size_t sinks_count(const struct sinks *sinks)
{
    return sinks->sink_count;
}

bool sinks_have_room(const struct sinks *sinks)
{
    return sinks->sink_count < SINKS_MAX && budget_has(sinks->budget, sizeof(struct sink));
}

struct sink *sinks_get(struct sinks *sinks, struct bytes name)
{
    struct sink *s = sinks_find(sinks, name);
    if (s != NULL)
        return s;
    if (sinks->sink_count == SINKS_MAX || name.len > NAME_MAX_LENGTH ||
        !budget_admits(sinks->budget, sizeof *s))
        return NULL;
    s = allocator_take_zeroed(&sinks->allocator, sizeof *s);
    if (s == NULL)
        return NULL;
    budget_charge(sinks->budget, sizeof *s);
    s->sinks = sinks;
    s->script = usual;
    memcpy(s->name, name.data, name.len);
    list_init(&s->records);
    list_append(&sinks->list, &s->link);
    sinks->sink_count++;
    return s;
}

static size_t record_size(const struct sink_record *r)
{
    return sizeof *r + r->headers.len + r->body.len;
}

/* Without the blob, which counts for itself. */
static size_t head_size(const struct sink_record *r)
{
    return record_size(r) - (r->blob != NULL ? r->body.len : 0);
}

static void record_free(struct sink_record *r)
{
    struct sinks *sinks = r->sink->sinks;
    list_unlink(&r->link);
    list_unlink(&r->by_age);
    r->sink->count--;
    sinks->record_count--;
    sinks->bytes -= record_size(r);
    budget_give(sinks->budget, head_size(r));
    blob_give(r->blob);
    allocator_give(&sinks->allocator, r);
}

void sink_free(struct sink *s)
{
    for (struct list_node *l; (l = list_first(&s->records)) != NULL;)
        record_free(CONTAINER_OF(l, struct sink_record, link));
    list_unlink(&s->link);
    s->sinks->sink_count--;
    budget_give(s->sinks->budget, sizeof *s);
    allocator_give(&s->sinks->allocator, s);
}

/* Of a body that is in a blob, the record has a reference alone. */
static struct sink_record *make_record(const struct allocator *a, struct bytes headers,
                                       struct bytes body, struct blob *blob)
{
    size_t body_len = blob == NULL ? body.len : 0;
    struct sink_record *r = allocator_take_zeroed(a, sizeof *r + headers.len + body_len);
    if (r == NULL)
        return NULL;
    char *room = (char *)(r + 1);
    if (headers.len > 0)
        memcpy(room, headers.data, headers.len);
    if (body_len > 0)
        memcpy(room + headers.len, body.data, body_len);
    r->headers = (struct bytes){room, headers.len};
    r->body = blob != NULL ? blob_bytes(blob) : (struct bytes){room + headers.len, body_len};
    r->blob = blob;
    return r;
}

static struct sink_record *record_new(const struct sinks *sinks, struct bytes headers,
                                      struct bytes body, const struct escape_count *count)
{
    const struct allocator *a = &sinks->allocator;
    struct blob *blob = NULL;
    if (body.len >= BODY_SHARED_FROM) {
        blob = blob_new_counted(a, sinks->budget, body, count);
        if (blob == NULL)
            return NULL;
    }
    struct sink_record *r = make_record(a, headers, body, blob);
    if (r == NULL)
        blob_give(blob);
    return r;
}

static bool sinks_are_full(const struct sinks *sinks)
{
    return sinks->record_count > SINKS_RECORDS_MAX || sinks->bytes > SINKS_BYTES_MAX;
}

static void free_oldest(struct sinks *sinks)
{
    record_free(CONTAINER_OF(sinks->records.next, struct sink_record, by_age));
}

static void keep(struct sink *s, struct sink_record *r)
{
    struct sinks *sinks = s->sinks;
    r->sink = s;
    list_append(&s->records, &r->link);
    list_append(&sinks->records, &r->by_age);
    s->count++;
    sinks->record_count++;
    sinks->bytes += record_size(r);
    budget_charge(sinks->budget, head_size(r));
    while (sinks_are_full(sinks))
        free_oldest(sinks);
}

bool sinks_free_some(struct sinks *sinks, size_t max)
{
    for (size_t freed = 0; !list_empty(&sinks->records);) {
        if (freed >= max)
            return false;
        freed += freeing_effort(
            CONTAINER_OF(sinks->records.next, const struct sink_record, by_age)->body.len);
        free_oldest(sinks);
    }
    sinks_free(sinks);
    return true;
}

struct sinks *sink_take_out(struct sink *s)
{
    struct sinks *from = s->sinks;
    struct sinks *to = sinks_new(&from->allocator, from->budget);
    if (to == NULL) {
        sink_free(s);
        return NULL;
    }
    for (struct list_node *l = s->records.next; l != &s->records; l = l->next) {
        struct sink_record *r = CONTAINER_OF(l, struct sink_record, link);
        list_unlink(&r->by_age);
        list_append(&to->records, &r->by_age);
        to->bytes += record_size(r);
    }
    to->record_count = s->count;
    to->sink_count = 1;
    from->bytes -= to->bytes;
    from->record_count -= s->count;
    from->sink_count--;
    list_unlink(&s->link);
    list_append(&to->list, &s->link);
    s->sinks = to;
    return to;
}

/* Older records go first, unless others have taken so much that this would not be enough. */
static bool make_room(struct sinks *sinks, struct bytes headers, struct bytes body)
{
    struct budget *b = sinks->budget;
    size_t needed = sizeof(struct sink_record) + sizeof(struct blob) + headers.len + body.len;
    const struct budget without_records = {.most = b->most, .used = b->used - sinks->bytes};
    if (budget_has(&without_records, needed))
        while (!budget_has(b, needed) && !list_empty(&sinks->records))
            free_oldest(sinks);
    return budget_admits(b, needed);
}

static void follow_script(struct sink *s)
{
    if (s->script.times > 0 && --s->script.times == 0)
        s->script = usual;
}

bool sink_take(struct sink *s, cmq_ms at_ms, struct bytes headers, struct bytes body,
               const struct escape_count *count, struct sink_script *out)
{
    struct sink_record *r = NULL;
    if (make_room(s->sinks, headers, body)) {
        r = record_new(s->sinks, headers, body, count);
        if (r == NULL)
            return false;
    }
    *out = s->script;
    follow_script(s);
    s->total++;
    if (r != NULL) {
        r->at_ms = at_ms;
        r->status = out->status;
        keep(s, r);
    }
    return true;
}
