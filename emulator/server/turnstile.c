#include "server/turnstile.h"

#include "base/random.h"

bool turnstile_init(struct turnstile *t, struct allocator allocator)
{
    *t = (struct turnstile){0};
    list_init(&t->turns);
    list_init(&t->shared.members);
    return table_init(&t->lines, allocator);
}

void turnstile_fini(struct turnstile *t)
{
    assert(t->count == 0);
    table_fini(&t->lines);
}

static bool is_of(const struct table_node *n, const void *whose)
{
    return CONTAINER_OF(n, const struct turnstile_line, by_whose)->whose == whose;
}

/* The line of a group: a new one, if there is none yet. */
static struct turnstile_line *line_of(struct turnstile *t, const void *whose)
{
    const struct allocator *a = &t->lines.allocator;
    uint64_t hash = hash_bytes(0, (struct bytes){(const char *)&whose, sizeof whose});
    struct table_node *n = table_find(&t->lines, hash, is_of, whose);
    if (n != NULL)
        return CONTAINER_OF(n, struct turnstile_line, by_whose);
    struct turnstile_line *line = allocator_take(a, sizeof *line);
    if (line == NULL)
        return &t->shared;
    *line = (struct turnstile_line){.whose = whose};
    list_init(&line->members);
    table_add(&t->lines, &line->by_whose, hash);
    return line;
}

void turnstile_join(struct turnstile *t, const void *whose, struct list_node *one)
{
    struct turnstile_line *line = line_of(t, whose);
    list_append(&line->members, one);
    if (!list_linked(&line->turn))
        list_append(&t->turns, &line->turn);
    t->count++;
}

/* The line has had its turn. */
static void turn_over(struct turnstile *t, struct turnstile_line *line)
{
    const struct allocator *a = &t->lines.allocator;
    list_unlink(&line->turn);
    if (!list_empty(&line->members)) {
        list_append(&t->turns, &line->turn); /* behind the others */
    } else if (line != &t->shared) {
        table_remove(&t->lines, &line->by_whose);
        allocator_give(a, line);
    }
}

struct list_node *turnstile_next(struct turnstile *t)
{
    if (t->count == 0)
        return NULL;
    struct turnstile_line *line = CONTAINER_OF(t->turns.next, struct turnstile_line, turn);
    struct list_node *one = line->members.next;
    list_unlink(one);
    t->count--;
    turn_over(t, line);
    return one;
}
