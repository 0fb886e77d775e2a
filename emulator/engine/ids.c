/* Ids are a permutation of a counter, so that they cannot repeat and nothing has to be
 * remembered to make sure. A Feistel network permutes 0 .. 2^(2n) - 1 only; a range whose size
 * is no power of four is reached by taking the next counter as long as the result is outside (0
 * for numbers, 36^8 and above for resource ids): what remains is still free of repetitions. */
#include "engine/ids.h"

#include "base/random.h"

#include <assert.h>
#include <string.h>

/* A Feistel network with two halves of that many bits: a permutation of 0 .. 2^(2*half) - 1
 * whatever the round function is. */
static uint64_t permute(uint64_t x, unsigned half, uint64_t key)
{
    enum { ROUNDS = 4 };
    uint64_t mask = (UINT64_C(1) << half) - 1;
    uint64_t left = x >> half;
    uint64_t right = x & mask;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t next = left ^ (mix64(right + key + ((uint64_t)round << 56)) & mask);
        left = right;
        right = next;
    }
    return left << half | right;
}

static uint64_t key_of(const struct ids *ids, enum id_kind kind)
{
    return mix64(ids->seed ^ (uint64_t)kind << 32);
}

void ids_init(struct ids *ids, uint64_t seed)
{
    *ids = (struct ids){.seed = mix64(seed + 1)};
}

uint64_t ids_number(struct ids *ids, enum id_kind kind)
{
    enum { HALF = 31 };
    uint64_t id;
    do
        id = permute(ids->count[kind]++, HALF, key_of(ids, kind));
    while (id == 0);
    return id;
}

enum { RESOURCE_LENGTH = 8, LONG_LENGTH = 12 };

static uint64_t next_resource(struct ids *ids, enum id_kind kind)
{
    enum { HALF = 21 };
    const uint64_t limit = UINT64_C(2821109907456); /* 36^8, below 2^42 */
    uint64_t id;
    do
        id = permute(ids->count[kind]++, HALF, key_of(ids, kind));
    while (id >= limit);
    return id;
}

/* Append count digits of n, the last ones first. */
static char *append_digits(char *to, uint64_t n, size_t count)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    enum { BASE = 36 };
    for (; count > 0; count--, n /= BASE)
        *to++ = digits[n % BASE];
    return to;
}

static char *begin_resource(const char *prefix, char out[RESOURCE_ID_SIZE])
{
    assert(strlen(prefix) + LONG_LENGTH < RESOURCE_ID_SIZE);
    while (*prefix != '\0')
        *out++ = *prefix++;
    return out;
}

void ids_resource(struct ids *ids, enum id_kind kind, const char *prefix,
                  char out[RESOURCE_ID_SIZE])
{
    char *to = begin_resource(prefix, out);
    *append_digits(to, next_resource(ids, kind), RESOURCE_LENGTH) = '\0';
}

void ids_resource_long(struct ids *ids, enum id_kind kind, const char *prefix,
                       char out[RESOURCE_ID_SIZE])
{
    uint64_t id = next_resource(ids, kind);
    char *to = append_digits(begin_resource(prefix, out), id, RESOURCE_LENGTH);
    *append_digits(to, mix64(id ^ ids->seed), LONG_LENGTH - RESOURCE_LENGTH) = '\0';
}
