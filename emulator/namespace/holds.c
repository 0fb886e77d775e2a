#include "namespace/holds.h"

#include <stdlib.h>

struct hold {
    struct list_node link;
    uint64_t number;
};

void holds_init(struct holds *h)
{
    *h = (struct holds){.count = 0};
    list_init(&h->all);
}

uint64_t holds_add(struct holds *h)
{
    struct hold *hold = h->count < HOLDS_MAX ? calloc(1, sizeof *hold) : NULL;
    if (hold == NULL)
        return 0;
    h->count++;
    hold->number = ++h->last;
    list_append(&h->all, &hold->link);
    return hold->number;
}

static void release(struct holds *h, struct hold *hold)
{
    h->count--;
    list_unlink(&hold->link);
    free(hold);
}

bool holds_release(struct holds *h, uint64_t number)
{
    for (struct list_node *l = h->all.next; l != &h->all; l = l->next) {
        struct hold *hold = CONTAINER_OF(l, struct hold, link);
        if (hold->number == number) {
            release(h, hold);
            return true;
        }
    }
    return false;
}

void holds_release_all(struct holds *h)
{
    for (struct list_node *l; (l = list_first(&h->all)) != NULL;)
        release(h, CONTAINER_OF(l, struct hold, link));
}
