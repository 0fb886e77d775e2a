#include "namespace/pushed.h"

#include "engine/delivery.h"

uint64_t journal_keep_push(struct journal *j, const struct telling *t, cmq_ms real_ms)
{
    if (t->what == HAPPENED_SENT && t->delivery != NULL)
        return j->last + 1;
    if (t->what != HAPPENED_PUSHED && t->what != HAPPENED_DELIVERED)
        return 0;
    const struct subscription *s = t->delivery->subscription;
    const uint64_t ids[] = {t->publication->id, t->copy_id};
    struct journal_note n = {
        .api = journal_api_push,
        .at_ms = t->at_ms,
        .real_ms = real_ms,
        .code = (int)t->outcome->err,
        .status = t->outcome->status,
        .fault = t->outcome->cause,
        .attempt = t->delivery->attempts,
        .msg_ids = ids,
        .msg_id_count = t->copy_id > 0 ? 2 : 1,
    };
    enum push_result result = delivery_result(t->delivery, t->outcome);
    n.texts[JOURNAL_TOPIC] = bytes_of(t->publication->topic->name);
    n.texts[JOURNAL_SUBSCRIPTION] = bytes_of(s->name);
    n.texts[JOURNAL_ENDPOINT] = bytes_of(s->endpoint);
    n.texts[JOURNAL_OUTCOME] = bytes_of(push_result_name(result));
    if (t->outcome->error != NULL)
        n.texts[JOURNAL_ERROR] = bytes_of(t->outcome->error);
    return journal_add(j, &n);
}
