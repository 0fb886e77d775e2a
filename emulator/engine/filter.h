/* filter.h - what a subscription wants, and whether a message fits.
 *
 * For     a publish is matched against every subscription of its topic. So texts are split and
 *         hashed once: a filter's when a client subscribes, a message's when it is published.
 * Tags    a filter without tags takes every message; one with tags takes those that share at
 *         least one (topic-api 3.1).
 * Keys    words parted by ".", as in an AMQP topic exchange: in a binding key "*" stands for
 *         exactly one word that is not empty, "#" for any number of words, none included; both
 *         only as whole words (topic-api 3.2).
 * Cost    of a binding key: its words times those of the routing key, whatever the wildcards.
 *
 * Which of the two applies depends on the topic (topic-api D17). */
#ifndef CMQ_ENGINE_FILTER_H
#define CMQ_ENGINE_FILTER_H

#include "base/allocator.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TAGS_MAX = 5,         /* of a message, of a subscription */
    BINDING_KEYS_MAX = 5, /* of a subscription */
    KEY_LENGTH_MAX = 64,  /* bytes, of a routing or a binding key */
    KEY_WORDS_MAX = 16,   /* fifteen dots */
    TAG_CHARACTERS_MAX = 16,
    LABEL_CHARACTERS_MAX = 64, /* of a tag that API 3.0 gives (api3 8.16) */
    FILTER_BYTES_MAX = 4096,   /* of memory that any filter takes */
};

/* A tag, or a word of a key. */
struct label {
    struct bytes text;
    uint64_t hash;
};

/* The tags and the routing key of a message; the texts are lent. */
struct routing {
    bool has_key; /* one that is empty is a key without words (topic-api D29) */
    size_t tag_count, word_count;
    struct label tags[TAGS_MAX];
    struct label words[KEY_WORDS_MAX];
};

/* At most TAGS_MAX tags, and a key of at most KEY_WORDS_MAX words: none has no data. */
void routing_init(struct routing *r, const struct bytes *tags, size_t tag_count,
                  struct bytes key);

struct filter;

/* What a client asks for: at most TAGS_MAX tags and BINDING_KEYS_MAX keys, none empty, each
 * key of at most KEY_WORDS_MAX words. */
struct filter_request {
    size_t tag_count, key_count;
    struct bytes tags[TAGS_MAX];
    struct bytes keys[BINDING_KEYS_MAX];
};

/* A filter with copies of the texts; NULL when there is no memory. Free it with
 * allocator_give(). */
struct filter *filter_new(const struct allocator *a, const struct filter_request *request);

/* The texts that f was made from; they live as long as f. */
const struct filter_request *filter_texts(const struct filter *f);

void filter_clear_tags(struct filter *f);

bool filter_takes_tags(const struct filter *f, const struct routing *r);
bool filter_takes_key(const struct filter *f, const struct routing *r);

#endif
