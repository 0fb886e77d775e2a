#include "service/once.h"

#include "base/random.h"

bool once_is_new(struct once *o, struct bytes text)
{
    uint64_t hash = hash_bytes(0, text) | 1; /* never 0 */
    size_t at = (size_t)(hash >> 1) % ONCE_SLOTS;
    if (o->count == ONCE_MAX)
        return false;
    while (o->slots[at] != 0) {
        if (o->slots[at] == hash)
            return false;
        at = (at + 1) % ONCE_SLOTS;
    }
    o->slots[at] = hash;
    o->count++;
    return true;
}
