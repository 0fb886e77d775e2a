/* converse_sign.h - signatures of the API v2, for calls of conversations (common 4.1).
 *
 * Written from the documentation, and apart from what the program verifies signatures with, so
 * that a mistake in either is noticed. */
#ifndef CMQ_TESTS_CONVERSE_SIGN_H
#define CMQ_TESTS_CONVERSE_SIGN_H

#include "converse_line.h"

enum { SIGN_KEYS_MAX = 64 };

/* The keys that a conversation has told. */
struct sign_keys {
    size_t count;
    struct sign_key {
        struct buffer id, key, token;
    } list[SIGN_KEYS_MAX];
    int64_t nonce; /* of the last call that was signed */
};

/* Remember a key, or another one for the same id; token: empty for none. False when there are
 * too many. */
bool sign_keys_set(struct sign_keys *keys, struct bytes id, struct bytes key,
                   struct bytes token);

/* NULL if none has been told. */
const struct sign_key *sign_keys_find(const struct sign_keys *keys, struct bytes id);
void sign_keys_free(struct sign_keys *keys);

/* How a call travels, as far as that is signed. */
struct sign_manner {
    const char *method, *host;
    const char *path;  /* what follows a "?" is not signed */
    bool sha1;         /* HmacSHA1 with no SignatureMethod; else HmacSHA256 */
    int64_t timestamp; /* seconds */
};

/* If there is a key for the SecretId of a call, and it has no Signature of its own, add one to its
 * line; before it Timestamp, Nonce, SignatureMethod and Token, as far as they are not there. False
 * when there are too many words. */
bool sign_line(struct line *line, struct sign_keys *keys, const struct sign_manner *manner);

#endif
