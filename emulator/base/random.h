/* random.h - numbers that look random and depend on their input alone: for hashes, for the
 * shape of trees and for draws that a seed decides. Not for secrets. */
#ifndef CMQ_BASE_RANDOM_H
#define CMQ_BASE_RANDOM_H

#include "base/bytes.h"

#include <stdint.h>

/* A bijection of 64 bits: the finalizer of MurmurHash3 with the constants of SplitMix64. */
static inline uint64_t mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The hash of a text, for tables: eight bytes at a time, and FNV-1a with 64 bits of the rest. It
 * depends on the order of bytes in memory. */
static inline uint64_t hash_bytes(uint64_t seed, struct bytes text)
{
    uint64_t h = seed ^ text.len, word;
    for (; text.len >= sizeof word; text = bytes_behind(text, sizeof word)) {
        memcpy(&word, text.data, sizeof word);
        h = mix64(h ^ word);
    }
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    return mix64(h);
}

#endif
