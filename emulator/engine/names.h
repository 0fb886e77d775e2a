/* names.h - names in use, found with or without regard to case.
 *
 * For     queues, topics, subscriptions, and the names of deleted ones that cool down. Names in
 *         different scopes are independent of each other.
 * Case    two names that differ in case alone cannot both be in use, but each is found by its
 *         exact spelling only (topic-api D18, common 13).
 * Memory  nodes and texts are members of their owners. */
#ifndef CMQ_ENGINE_NAMES_H
#define CMQ_ENGINE_NAMES_H

#include "base/bytes.h"
#include "base/table.h"

enum { NAME_MAX_LENGTH = 64 };

struct name {
    struct table_node node;
    uint64_t scope;
    const char *text;
};

struct names {
    struct table table;
    uint64_t seed;
};

/* False when there is no memory; then *n may still be given to names_fini(). */
bool names_init(struct names *n, struct allocator allocator, uint64_t seed);
void names_fini(struct names *n);

/* The text must live until the name is removed. */
void names_add(struct names *n, struct name *name, uint64_t scope, const char *text);
void names_remove(struct names *n, struct name *name);

/* NULL if there is none. */
struct name *names_find(const struct names *n, uint64_t scope, struct bytes text);
struct name *names_find_nocase(const struct names *n, uint64_t scope, struct bytes text);

/* 1 to 64 letters, digits, "-" and "_", the first a letter (queue-api 5.1, topic-api 2.0). */
bool is_name(struct bytes name);

/* Copy a text that has passed is_name(), and end it with NUL. */
void name_copy(char out[NAME_MAX_LENGTH + 1], struct bytes name);

#endif
