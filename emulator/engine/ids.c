/* Ids are a permutation of a counter, so that they cannot repeat and nothing has to be
 * remembered to make sure. A Feistel network permutes 0 .. 2^(2n) - 1 only; a range whose size
 * is no power of four is reached by taking the next counter as long as the result is outside (0
 * for numbers, 36^8 and above for resource ids): what remains is still free of repetitions. */
#include "engine/ids.h"

#include "base/random.h"

#include <assert.h>
#include <string.h>

enum { ROUNDS = 4, NUMBER_HALF = 31, RESOURCE_HALF = 21 };

/* A Feistel network with two halves of that many bits: a permutation of 0 .. 2^(2*half) - 1
 * whatever the round function is. */
static uint64_t permute(uint64_t x, unsigned half, uint64_t key)
{
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

static uint64_t permute_back(uint64_t y, unsigned half, uint64_t key)
{
    uint64_t mask = (UINT64_C(1) << half) - 1;
    uint64_t left = y >> half;
    uint64_t right = y & mask;
    for (unsigned round = ROUNDS; round-- > 0;) {
        uint64_t last = right ^ (mix64(left + key + ((uint64_t)round << 56)) & mask);
        right = left;
        left = last;
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
    uint64_t id;
    do
        id = permute(ids->count[kind]++, NUMBER_HALF, key_of(ids, kind));
    while (id == 0);
    return id;
}

/* Behind the id that is this permutation of a count. Those of other seeds are far away, all but a few. */
static void pass(struct ids *ids, enum id_kind kind, uint64_t id, unsigned half)
{
    enum { FAR_BITS = 40 };
    uint64_t count = permute_back(id, half, key_of(ids, kind));
    if (count >= ids->count[kind] && count >> FAR_BITS == 0)
        ids->count[kind] = count + 1;
}

void ids_pass_number(struct ids *ids, enum id_kind kind, uint64_t number)
{
    if (number >> (2 * NUMBER_HALF) == 0)
        pass(ids, kind, number, NUMBER_HALF);
}

enum { RESOURCE_LENGTH = 8, LONG_LENGTH = 12 };

static uint64_t next_resource(struct ids *ids, enum id_kind kind)
{
    const uint64_t limit = UINT64_C(2821109907456); /* 36^8, below 2^42 */
    uint64_t id;
    do
        id = permute(ids->count[kind]++, RESOURCE_HALF, key_of(ids, kind));
    while (id >= limit);
    return id;
}

enum { BASE = 36 };
static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

/* Append count digits of n, the last ones first. */
static char *append_digits(char *to, uint64_t n, size_t count)
{
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

/* How many of them it begins with. */
static size_t digits_of(const char *text)
{
    size_t len = 0;
    while (text[len] != '\0' && strchr(digits, text[len]) != NULL)
        len++;
    return len;
}

void ids_pass_resource(struct ids *ids, enum id_kind kind, const char *id)
{
    const char *dash = strrchr(id, '-');
    size_t len = dash != NULL ? digits_of(dash + 1) : 0;
    uint64_t n = 0;
    if ((len != RESOURCE_LENGTH && len != LONG_LENGTH) || dash[1 + len] != '\0')
        return;
    for (size_t i = RESOURCE_LENGTH; i > 0; i--)
        n = n * BASE + (uint64_t)(strchr(digits, dash[i]) - digits);
    pass(ids, kind, n, RESOURCE_HALF);
}
