#include "operations/result.h"

#include "engine/message.h"

static void add(struct msg_ids *out, uint64_t id)
{
    if (id > 0)
        out->items[out->count++] = id;
}

void result_msg_ids(const struct result *r, struct msg_ids *out)
{
    out->count = 0;
    if (r->kind == RESULT_IDS) {
        for (size_t i = 0; i < r->ids.count; i++)
            add(out, r->ids.items[i]);
    } else if (r->kind == RESULT_MESSAGES) {
        for (size_t i = 0; i < r->received.count; i++)
            add(out, r->received.messages[i]->id);
    } else if (r->kind == RESULT_DELETIONS) {
        for (size_t i = 0; i < r->deletions.count; i++)
            add(out, r->deletions.ids[i]);
    }
}
