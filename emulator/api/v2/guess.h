/* guess.h - how a client may have made its signature, and what guessing needs.
 *
 * A mistake is a row: a function that makes the mistake in a guess. Many mistakes can be made in
 * several ways (each parameter may be left out), which are numbered from 0.
 *
 * Cost    is counted in bytes read, roughly; guessing ends when the budget is used up. */
#ifndef CMQ_API_V2_GUESS_H
#define CMQ_API_V2_GUESS_H

#include "api/v2/signature.h"
#include "api/v2/signed_text.h"

struct guess {
    struct signed_text text;
    struct bytes key;
};

/* What the guesses about one request share. Large: it does not go on the stack. */
struct guessing {
    const struct v2_signed *request;
    struct bytes address; /* of the emulator */
    int64_t budget;

    struct signed_pairs orders[SIGNED_ORDERS]; /* those with a count */
    bool sorted[SIGNED_ORDERS];
    struct bytes wire_values[FORM_PAIRS_MAX];
    bool has_wire;

    /* Texts that a guess has instead of those of the request. */
    char host[300], path[300], key[300], value[300];
    struct form altered;
    struct pair altered_pairs[FORM_PAIRS_MAX];
    struct signed_pairs altered_order;
    struct buffer joined;
};

enum made { MADE, MADE_NOTHING, MADE_ALL /* there is no such number */ };

/* What a mistake is about: two mistakes about one thing do not go together. */
enum about {
    ABOUT_HOST,
    ABOUT_PATH,
    ABOUT_METHOD,
    ABOUT_MARK,
    ABOUT_KEY,
    ABOUT_VALUES,
    ABOUT_NAMES,
    ABOUT_ORDER,
    ABOUT_OMISSION,
    ABOUT_REPLACEMENT,
    ABOUT_FORM,
};

struct mistake {
    enum about about;
    enum { ALONE, IN_TWOS, IN_THREES } together; /* with how many others at the most */

    /* Make the mistake in g in way n. If say is not NULL, append what it is (explain.h). */
    enum made (*make)(struct guessing *w, struct guess *g, size_t n, struct buffer *say);
};

/* The mistakes about the parameters, and all others. */
extern const struct mistake parameter_mistakes[], place_mistakes[];
extern const size_t parameter_mistake_count, place_mistake_count;

/* The parameters in this order. */
const struct signed_pairs *guessing_order(struct guessing *w, enum signed_order order);

#endif
