/* ids.h - identifiers that look random but come from counters (decisions 16).
 *
 * Each kind has its own counter; an id is the counter's next value, permuted by a function of
 * the seed. So ids of a kind never repeat, and equal seeds give equal ids however the kinds are
 * interleaved. Numbers are 1 .. 2^62 - 1: on the wire, decimal strings of at most 19 digits
 * (queue-api 3.3: they must fit a signed 64-bit integer). Resource ids end in eight of [a-z0-9]
 * (queue-api 2.1), those of TDMQ in twelve (api3 9). Not for secrets. */
#ifndef CMQ_ENGINE_IDS_H
#define CMQ_ENGINE_IDS_H

#include <stdint.h>

enum id_kind {
    ID_MESSAGE,
    ID_HANDLE,
    ID_REQUEST,
    ID_QUEUE,
    ID_TOPIC,
    ID_SUBSCRIPTION,
    ID_KINDS
};

enum { RESOURCE_ID_SIZE = 24 };

struct ids {
    uint64_t seed;
    uint64_t count[ID_KINDS];
};

void ids_init(struct ids *ids, uint64_t seed);

uint64_t ids_number(struct ids *ids, enum id_kind kind);

/* This one is in use, whoever gave it: the kind goes on behind it, if it would have come to it among the next
 * million millions. */
void ids_pass_number(struct ids *ids, enum id_kind kind, uint64_t number);

/* Write prefix, of at most eleven bytes, and the eight characters of the next id; the long form
 * has four more, which say nothing new. Both use the same counter. */
void ids_resource(struct ids *ids, enum id_kind kind, const char *prefix,
                  char out[RESOURCE_ID_SIZE]);
void ids_resource_long(struct ids *ids, enum id_kind kind, const char *prefix,
                       char out[RESOURCE_ID_SIZE]);

/* The same of an id of either form; anything else changes nothing. */
void ids_pass_resource(struct ids *ids, enum id_kind kind, const char *id);

#endif
