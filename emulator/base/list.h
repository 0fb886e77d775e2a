/* list.h - doubly linked lists whose links lie inside their owners.
 *
 * A list is a struct list_node that serves as head; an empty list points at itself. A node
 * that is on no list is zeroed. Nothing here allocates or can fail. */
#ifndef CMQ_BASE_LIST_H
#define CMQ_BASE_LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The struct of the given type whose member is at ptr. The cast goes through an integer so that
 * one macro serves pointers to const, too. */
#define CONTAINER_OF(ptr, type, member) ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

struct list_node {
    struct list_node *prev, *next;
};

static inline void list_init(struct list_node *head)
{
    head->prev = head->next = head;
}

static inline bool list_empty(const struct list_node *head)
{
    return head->next == head;
}

static inline bool list_linked(const struct list_node *n)
{
    return n->next != NULL;
}

/* Link n before next; before the head means at the end of the list. */
static inline void list_insert(struct list_node *next, struct list_node *n)
{
    assert(!list_linked(n));
    n->prev = next->prev;
    n->next = next;
    next->prev->next = n;
    next->prev = n;
}

static inline void list_append(struct list_node *head, struct list_node *n)
{
    list_insert(head, n);
}

static inline void list_unlink(struct list_node *n)
{
    assert(list_linked(n));
    n->prev->next = n->next;
    n->next->prev = n->prev;
    n->prev = n->next = NULL;
}

/* The first node; NULL if the list is empty. */
static inline struct list_node *list_first(const struct list_node *head)
{
    return list_empty(head) ? NULL : head->next;
}

/* Move all nodes of from, in order, to the end of to. */
static inline void list_splice(struct list_node *to, struct list_node *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#endif
