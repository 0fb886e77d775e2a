#include "api/v2/actions.h"

#include "base/json.h"

#include <assert.h>

/* ---- the tables ---- */

size_t action_count(void)
{
    return queue_action_count + topic_action_count;
}

const struct action *action_at(size_t number)
{
    assert(number < action_count());
    return number < queue_action_count ? &queue_actions[number]
                                       : &topic_actions[number - queue_action_count];
}

size_t action_number(const struct action *a)
{
    return a->model == MODEL_QUEUE ? (size_t)(a - queue_actions)
                                   : (size_t)(a - topic_actions) + queue_action_count;
}

const struct action *action_find(struct bytes name)
{
    for (size_t i = 0; i < action_count(); i++)
        if (bytes_equal_nocase(name, bytes_of(action_at(i)->name)))
            return action_at(i);
    return NULL;
}

/* ---- answers that several Actions give ---- */

void answer_begin(struct call *c)
{
    answer_open(c, CMQ_OK, (struct bytes){NULL, 0});
}

void answer_empty(struct call *c)
{
    answer_begin(c);
    answer_close(c);
}

void answer_ids(struct call *c, const uint64_t *ids, size_t count, bool batch)
{
    struct buffer *b = c->answer;
    answer_begin(c);
    if (batch) {
        json_key(b, "msgList");
        json_open(b, '[');
        for (size_t i = 0; i < count; i++) {
            json_open(b, '{');
            json_key_id(b, "msgId", ids[i]);
            json_close(b, '}');
        }
        json_close(b, ']');
    } else {
        json_key_id(b, "msgId", ids[0]);
    }
    answer_close(c);
}

/* Only clients of the TCP protocol use what is answered; they are told that the emulator itself
 * is their gateway. */
int answer_route(struct call *c)
{
    answer_begin(c);
    json_key(c->answer, "addr");
    json_open(c->answer, '[');
    json_string(c->answer, c->host.len > 0 ? c->host : bytes_of(c->address));
    json_close(c->answer, ']');
    answer_close(c);
    return CMQ_OK;
}

/* ---- lists ---- */

void listing_begin(struct listing *l, const struct args *args)
{
    enum { LIMIT_DEFAULT = 20 };
    *l = (struct listing){.offset = args->offset == ABSENT ? 0 : args->offset,
                          .limit = args->limit == ABSENT ? LIMIT_DEFAULT : args->limit,
                          .word = args->search_word};
    json_open(&l->items, '[');
}

bool listing_takes(struct listing *l, const char *name)
{
    if (l->word.len > 0 && memmem(name, strlen(name), l->word.data, l->word.len) == NULL)
        return false;
    int64_t place = l->matches++ - l->offset;
    return place >= 0 && place < l->limit;
}

void listing_answer(struct call *c, struct listing *l, const char *list_key)
{
    json_close(&l->items, ']');
    answer_begin(c);
    json_key_int(c->answer, "totalCount", l->matches);
    json_key(c->answer, list_key);
    buffer_append(c->answer, buffer_bytes(&l->items));
    c->answer->failed = c->answer->failed || l->items.failed;
    answer_close(c);
    buffer_free(&l->items);
}
