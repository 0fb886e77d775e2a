/* Two kinds of lookup in one table: texts are hashed in lower case, so that names which differ
 * only in case have the same hash, and compared either exactly or without regard to case. The
 * seed of the engine goes into the hash, and the scope with it: a scope needs no table of its
 * own, however many topics have subscriptions. */
#include "engine/names.h"

#include "base/list.h"
#include "base/random.h"

bool names_init(struct names *n, struct allocator allocator, uint64_t seed)
{
    n->seed = seed;
    return table_init(&n->table, allocator);
}

void names_fini(struct names *n)
{
    table_fini(&n->table);
}

static uint64_t hash_of(const struct names *n, uint64_t scope, struct bytes text)
{
    uint64_t h = n->seed ^ scope;
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)ascii_lower(text.data[i])) * UINT64_C(0x100000001b3);
    return mix64(h);
}

struct key {
    uint64_t scope;
    struct bytes text;
};

static bool is_same(const struct table_node *node, const void *key)
{
    const struct name *name = CONTAINER_OF(node, const struct name, node);
    const struct key *k = key;
    return name->scope == k->scope && bytes_equal(bytes_of(name->text), k->text);
}

static bool is_same_nocase(const struct table_node *node, const void *key)
{
    const struct name *name = CONTAINER_OF(node, const struct name, node);
    const struct key *k = key;
    return name->scope == k->scope && bytes_equal_nocase(bytes_of(name->text), k->text);
}

static struct name *find(const struct names *n, uint64_t scope, struct bytes text,
                         table_match *match)
{
    const struct key key = {scope, text};
    struct table_node *node = table_find(&n->table, hash_of(n, scope, text), match, &key);
    return node == NULL ? NULL : CONTAINER_OF(node, struct name, node);
}

struct name *names_find(const struct names *n, uint64_t scope, struct bytes text)
{
    return find(n, scope, text, is_same);
}

struct name *names_find_nocase(const struct names *n, uint64_t scope, struct bytes text)
{
    return find(n, scope, text, is_same_nocase);
}

void names_add(struct names *n, struct name *name, uint64_t scope, const char *text)
{
    name->scope = scope;
    name->text = text;
    table_add(&n->table, &name->node, hash_of(n, scope, bytes_of(text)));
}

void names_remove(struct names *n, struct name *name)
{
    table_remove(&n->table, &name->node);
}

/* ---- what may be a name ---- */

static bool is_letter(char c)
{
    c = ascii_lower(c);
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_name(struct bytes name)
{
    if (name.len == 0 || name.len > NAME_MAX_LENGTH || !is_letter(name.data[0]))
        return false;
    for (size_t i = 1; i < name.len; i++) {
        char c = name.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return true;
}

void name_copy(char out[NAME_MAX_LENGTH + 1], struct bytes name)
{
    assert(name.len <= NAME_MAX_LENGTH);
    memcpy(out, name.data, name.len);
    out[name.len] = '\0';
}
