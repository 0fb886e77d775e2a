#include "admin/misses.h"

#include "base/nearest.h"

/* FAR is more than any distance of a name that is near. Comparing two names takes some microseconds
 * when they are long, so only so many different ones are compared. */
enum { FAR = 100, SPELLINGS_MAX = 300 };

static bool is_spelled(enum pattern_member m)
{
    return m == PATTERN_ACTION || m == PATTERN_QUEUE || m == PATTERN_TOPIC ||
           m == PATTERN_SUBSCRIPTION;
}

static size_t distance_of(const struct pattern *p, const struct miss *miss)
{
    char name[PATTERN_TEXT_MAX + 1];
    struct bytes found = pattern_found(miss->entry, miss->differs);
    struct nearest nearest = nearest_to(bytes_of(p->texts[miss->differs]));
    if (found.len == 0 || found.len > PATTERN_TEXT_MAX)
        return FAR;
    memcpy(name, found.data, found.len);
    name[found.len] = '\0';
    nearest_try(&nearest, name);
    return nearest.name != NULL ? nearest.distance : FAR;
}

static bool is_alike(const struct miss *a, const struct miss *b)
{
    if (a->differs != b->differs || a->entry->code != b->entry->code ||
        !bytes_equal(journal_text(a->entry, JOURNAL_ACTION),
                     journal_text(b->entry, JOURNAL_ACTION)))
        return false;
    return a->differs == PATTERN_MSG_ID || bytes_equal(pattern_found(a->entry, a->differs),
                                                       pattern_found(b->entry, b->differs));
}

static bool is_there(const struct misses *all, const struct miss *miss)
{
    for (size_t i = 0; i < all->count; i++)
        if (is_alike(&all->items[i], miss))
            return true;
    return false;
}

/* Newer ones have been added before. */
static void add(struct misses *all, const struct miss *miss)
{
    size_t at = all->count;
    while (at > 0 && all->items[at - 1].distance > miss->distance)
        at--;
    if (at == MISSES_MAX)
        return;
    if (all->count < MISSES_MAX)
        all->count++;
    for (size_t i = all->count - 1; i > at; i--)
        all->items[i] = all->items[i - 1];
    all->items[at] = *miss;
}

void misses_find(struct misses *out, const struct journal *j, const struct pattern *p,
                 uint64_t behind)
{
    size_t spellings = 0;
    out->count = 0;
    for (uint64_t n = j->last; n > behind && j->last - n < j->count; n--) {
        struct miss miss = {.entry = journal_find(j, n), .distance = FAR};
        if (miss.entry == NULL || pattern_misses(p, miss.entry, &miss.differs) != 1 ||
            is_there(out, &miss))
            continue;
        if (is_spelled(miss.differs) && spellings++ < SPELLINGS_MAX)
            miss.distance = distance_of(p, &miss);
        add(out, &miss);
    }
}
