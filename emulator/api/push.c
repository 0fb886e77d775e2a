/* Which headers are sent, and in which form the body is, is recorded in topic-api 4.2. Names
 * and ids need no escaping, and tags have passed argument_add_text(), so nothing can break a
 * header. */
#include "api/push.h"

#include "base/json.h"
#include "engine/store.h"

#include <stdio.h>

/* Five tags of API 3.0, of characters with four bytes each, ", " between them, and all other headers. */
_Static_assert(PUSH_HEADERS_SIZE > 224 + TAGS_MAX * (LABEL_CHARACTERS_MAX * 4 + 2),
               "all tags fit into their header");

static void write_json(struct buffer *b, const struct delivery *d)
{
    const struct publication *p = d->publication;
    json_open(b, '{');
    /* Quirk: a capital T, and a number, but a string in GetSubscriptionAttributes (D11). */
    json_key_int(b, "TopicOwner", p->topic->store->account.app_id);
    json_key_text(b, "topicName", p->topic->name);
    json_key_text(b, "subscriptionName", d->subscription->name);
    json_key_id(b, "msgId", p->id);
    json_key_string(b, "msgBody", p->body);
    json_key_int(b, "publishTime", p->published_ms / 1000);
    json_close(b, '}');
}

static void add_header(struct push_request *r, const char *name, struct bytes value)
{
    char *header = r->room + r->room_used;
    int len = snprintf(header, sizeof r->room - r->room_used, "%s: %.*s", name, (int)value.len,
                       value.data);
    assert(len > 0 && r->room_used + (size_t)len < sizeof r->room);
    r->headers[r->header_count++] = header;
    r->room_used += (size_t)len + 1;
}

static void add_id(struct push_request *r, const char *name, uint64_t id)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)id);
    add_header(r, name, bytes_of(text));
}

void push_request_write(struct push_request *r, const struct delivery *d)
{
    const struct subscription *s = d->subscription;
    memcpy(r->url, s->endpoint, sizeof r->url);
    r->header_count = r->room_used = 0;
    add_header(r, "Content-Type", bytes_of("text/plain")); /* Quirk: for JSON, too */
    add_header(r, "User-Agent", bytes_of("Qcloud Notification Service Agent"));
    add_id(r, "x-cmq-request-id", d->request_id);
    add_id(r, "x-cmq-message-id", d->publication->id);
    if (d->publication->tags.len > 0) /* D25 */
        add_header(r, "x-cmq-message-tag", d->publication->tags);
    buffer_clear(&r->body);
    if (s->format == FORMAT_JSON)
        write_json(&r->body, d);
    else
        buffer_append(&r->body, d->publication->body);
}
