#include "engine/traits.h"

#include <assert.h>

static struct bytes copy(char **room, struct bytes text)
{
    char *at = *room;
    if (text.len > 0)
        memcpy(at, text.data, text.len);
    *room += text.len;
    return (struct bytes){at, text.len};
}

struct tags *tags_new(const struct allocator *a, const struct tag *items, size_t count)
{
    size_t head = sizeof(struct tags) + count * sizeof(struct tag);
    size_t texts = 0;
    assert(count <= RESOURCE_TAGS_MAX);
    for (size_t i = 0; i < count; i++)
        texts += items[i].key.len + items[i].value.len;
    struct tags *tags = allocator_take(a, head + texts);
    if (tags == NULL)
        return NULL;
    char *room = (char *)tags + head;
    tags->count = count;
    tags->bytes = head + texts;
    for (size_t i = 0; i < count; i++) {
        tags->items[i].key = copy(&room, items[i].key);
        tags->items[i].value = copy(&room, items[i].value);
    }
    return tags;
}

const struct tag *tags_find(const struct tags *tags, struct bytes key)
{
    for (size_t i = 0; tags != NULL && i < tags->count; i++)
        if (bytes_equal(tags->items[i].key, key))
            return &tags->items[i];
    return NULL;
}
