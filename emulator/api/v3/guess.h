/* guess.h - how a client may have made its signature TC3-HMAC-SHA256, and what guessing needs.
 *
 * A mistake is a row: a function that makes the mistake in a guess. Many mistakes can be made in
 * several ways (each of some hosts may have been signed), which are numbered from 0.
 *
 * Cost    is counted in bytes read, roughly; guessing ends when the budget is used up. */
#ifndef CMQ_API_V3_GUESS_H
#define CMQ_API_V3_GUESS_H

#include "api/explain.h"
#include "api/v3/signature.h"
#include "api/v3/signed_text.h"

struct v3_surroundings;

struct v3_guess {
    struct v3_text text;
    struct bytes key;
};

/* What the guesses about one request share. */
struct v3_guessing {
    const struct v3_signed *request;
    const struct v3_authorization *authorization;
    const struct v3_surroundings *around;
    cmq_ms at_ms; /* the timestamp, or 0 */
    int64_t budget;
    char payload[DIGEST_HEX]; /* of the request */
    struct bytes trimmed;     /* its body without the blanks around it */

    /* Texts that a guess has instead of those of the request. */
    char other_payload[DIGEST_HEX], day[V3_DAY_LEN], timestamp[24];
    char host[300], key[300];
};

enum v3_made { V3_MADE, V3_MADE_NOTHING, V3_MADE_ALL /* there is no such number */ };

/* What a mistake is about: two mistakes about one thing do not go together. */
enum v3_about {
    V3_ABOUT_FIELDS,
    V3_ABOUT_HOST,
    V3_ABOUT_TYPE,
    V3_ABOUT_METHOD,
    V3_ABOUT_PATH,
    V3_ABOUT_QUERY,
    V3_ABOUT_PAYLOAD,
    V3_ABOUT_TIME,
    V3_ABOUT_SERVICE,
    V3_ABOUT_KEY,
};

struct v3_mistake {
    enum v3_about about;

    /* Make the mistake in g in way n. If say is not NULL, append what it is (explain.h). */
    enum v3_made (*make)(struct v3_guessing *s, struct v3_guess *g, size_t n,
                         struct buffer *say);
};

/* What sets all header fields anew comes before what changes one of them. */
extern const struct v3_mistake v3_mistakes[];
extern const size_t v3_mistake_count;

#endif
