#include "engine/message.h"

#include "engine/store.h"

static const char *const state_names[MESSAGE_STATES] = {
    [MESSAGE_DELAYED] = "delayed",
    [MESSAGE_ACTIVE] = "active",
    [MESSAGE_INACTIVE] = "inactive",
    [MESSAGE_DELETED] = "deleted",
};

const char *message_state_name(enum message_state state)
{
    assert(state < MESSAGE_STATES);
    return state_names[state];
}

enum cmq_err message_check_bodies(const struct bytes *bodies, size_t count, size_t max_msg_size)
{
    enum { BATCH_BYTES_MAX = 1048576 }; /* queue-api 7, row 7; topic-api D32 */
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        assert(bodies[i].len > 0);
        if (bodies[i].len > max_msg_size)
            return CMQ_BODY_TOO_LONG;
        total += bodies[i].len;
    }
    return count > 1 && total > BATCH_BYTES_MAX ? CMQ_BATCH_TOO_LONG : CMQ_OK;
}

static struct message *make(struct store *store, size_t body_len, const void *room, size_t len)
{
    struct message *m = allocator_take(&store->allocator, sizeof *m + len);
    if (m == NULL)
        return NULL;
    *m = (struct message){.state = MESSAGE_OUTSIDE, .body_len = (uint32_t)body_len};
    memcpy(m->body, room, len);
    return m;
}

struct message *message_new(struct store *store, struct bytes body, struct blob *blob)
{
    assert(body.len <= UINT32_MAX);
    if (body.len < BODY_SHARED_FROM)
        return make(store, body.len, body.data, body.len);
    blob =
        blob != NULL ? blob_take(blob) : blob_new(&store->allocator, store->shared_bytes, body);
    if (blob == NULL)
        return NULL;
    struct message *m = make(store, body.len, &blob, REFERENCE_SIZE);
    if (m == NULL)
        blob_give(blob);
    return m;
}

struct message *message_copy(struct store *store, const struct message *m)
{
    struct blob *blob = message_blob(m);
    struct message *made =
        make(store, m->body_len, m->body, blob != NULL ? REFERENCE_SIZE : m->body_len);
    if (made == NULL)
        return NULL;
    if (blob != NULL)
        blob_take(blob);
    made->id = m->id;
    made->handle = m->handle;
    made->serial = m->serial;
    made->turn = m->turn;
    made->sent_ms = m->sent_ms;
    made->first_dequeue_ms = m->first_dequeue_ms;
    made->dequeue_count = m->dequeue_count;
    made->doubled = m->doubled;
    return made;
}

void message_free(struct store *store, struct message *m)
{
    blob_give(message_blob(m));
    allocator_give(&store->allocator, m);
}
