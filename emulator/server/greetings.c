#include "server/greetings.h"

#include <stdlib.h>
#include <sys/socket.h>

void greetings_init(struct greetings *g, cmq_ms patience_ms)
{
    list_init(&g->list);
    g->patience_ms = patience_ms;
}

struct greeting *greetings_begin(struct greetings *g, int fd, cmq_ms now_ms)
{
    struct greeting *one = calloc(1, sizeof *one);
    if (one == NULL) {
        (void)shutdown(fd, SHUT_RDWR);
        return NULL;
    }
    one->fd = fd;
    one->since_ms = now_ms;
    list_append(&g->list, &one->link);
    return one;
}

void greetings_end(struct greeting *one)
{
    if (list_linked(&one->link))
        list_unlink(&one->link);
}

void greetings_limit(struct greetings *g, cmq_ms now_ms)
{
    while (greetings_wake_ms(g) <= now_ms) {
        struct greeting *one = CONTAINER_OF(list_first(&g->list), struct greeting, link);
        (void)shutdown(one->fd, SHUT_RDWR);
        list_unlink(&one->link);
    }
}

cmq_ms greetings_wake_ms(const struct greetings *g)
{
    const struct list_node *first = g->list.next;
    if (first == &g->list)
        return CMQ_NEVER;
    return CONTAINER_OF(first, const struct greeting, link)->since_ms + g->patience_ms;
}
