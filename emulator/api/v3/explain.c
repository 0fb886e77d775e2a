/* As for the API v2, the mistakes that clients are known to make are made until the signature is
 * the one that was received: alone, and in twos about two different things. The hash of the body
 * is computed once; a try reads the header fields and the query alone. */
#include "api/v3/explain.h"

#include "api/v3/guess.h"

enum {
    BUDGET = 2 * 1048576, /* bytes that are read, roughly: a millisecond or two */
    TRIMMED_MAX = 65536,  /* longer bodies are not looked at once more for blanks around them */
    TRY_COST = 2048,
    TOGETHER_MAX = 2,
};

struct search {
    struct v3_guessing guessing;
    size_t fields_len;        /* of names and values of the signed headers */
    uint8_t sent[DIGEST_MAX]; /* the signature */
    char today[V3_DAY_LEN];   /* the day of the timestamp */

    /* The mistakes of the guess at hand. */
    struct {
        const struct v3_mistake *mistake;
        size_t way;
    } made[TOGETHER_MAX];
    size_t made_count;
};

/* ---- the search ---- */

_Static_assert(V3_FIELDS_MAX == 32, "as it is said of SignedHeaders");

static bool is_right(struct search *s, const struct v3_guess *g)
{
    char hex[DIGEST_HEX];
    uint8_t digest[DIGEST_MAX];
    size_t len = s->fields_len + g->text.query.len + g->text.payload.len;
    s->guessing.budget -= (int64_t)(TRY_COST + len);
    v3_text_sign(&g->text, g->key, hex);
    digest_from_hex((struct bytes){hex, DIGEST_HEX}, digest);
    return memcmp(digest, s->sent, DIGEST_MAX) == 0;
}

/* Make as many mistakes as are missing in g, from the mistake `first` on. */
static bool find_further(struct search *s, struct v3_guess *g, size_t first, size_t together)
{
    if (s->made_count == together)
        return is_right(s, g);
    for (size_t i = first; i < v3_mistake_count; i++) {
        const struct v3_mistake *m = &v3_mistakes[i];
        if (s->made_count > 0 && s->made[0].mistake->about == m->about)
            continue;
        for (size_t way = 0; s->guessing.budget > 0; way++) {
            struct v3_guess further = *g;
            enum v3_made made = m->make(&s->guessing, &further, way, NULL);
            if (made == V3_MADE_ALL)
                break;
            if (made == V3_MADE_NOTHING)
                continue;
            s->made[s->made_count].mistake = m;
            s->made[s->made_count++].way = way;
            if (find_further(s, &further, i + 1, together)) {
                *g = further;
                return true;
            }
            s->made_count--;
        }
    }
    return false;
}

static bool find_guess(struct search *s, struct v3_guess *g)
{
    for (size_t together = 0; together <= TOGETHER_MAX; together++)
        if (find_further(s, g, 0, together))
            return true;
    return false;
}

/* ---- the answer ---- */

/* Read the signature in whichever form it came; false if it is none. */
static bool read_signature(struct search *s, struct buffer *say)
{
    struct bytes text = s->guessing.authorization->signature;
    size_t len = digest_from_hex(text, s->sent);
    if (len == DIGEST_MAX) {
        for (size_t i = 0; i < text.len; i++)
            if (text.data[i] >= 'A' && text.data[i] <= 'F') {
                explain_sentence(say, "the signature is in upper-case hex");
                break;
            }
        return true;
    }
    if (digest_from_base64(text, s->sent) == DIGEST_MAX) {
        explain_sentence(say, "the signature is in Base64, not in hex");
        return true;
    }
    explain_sentence(say, "the Signature is no digest of SHA-256 in hex, which has 64 "
                          "characters");
    return false;
}

static void say_verdict(enum v3_signature verdict, struct v3_guess *g, struct buffer *say)
{
    if (verdict == V3_SIGNATURE_NO_TIMESTAMP)
        explain_sentence(say, "X-TC-Timestamp is missing, or is no number of seconds");
    if (verdict != V3_SIGNATURE_UNSIGNED)
        return;
    if (v3_text_field(&g->text, "host") == NULL)
        explain_sentence(say, "host is not among the signed headers");
    if (v3_text_field(&g->text, "content-type") == NULL)
        explain_sentence(say, "content-type is not among the signed headers");
}

/* Signed headers that are not in the request. */
static void say_missing(const struct v3_guess *g, struct buffer *say)
{
    for (size_t i = 0; i < g->text.count; i++) {
        if (g->text.fields[i].value.data != NULL)
            continue;
        explain_sentence(say, "the signed header ");
        explain_bytes(say, g->text.fields[i].name);
        buffer_append(say, bytes_of(" was not sent"));
        return;
    }
}

static size_t fields_len_of(const struct v3_text *t)
{
    size_t len = 0;
    for (size_t i = 0; i < t->count; i++)
        len += 2 * t->fields[i].name.len + t->fields[i].value.len;
    return len;
}

/* The text is not whole if SignedHeaders is not as it may be. */
static struct v3_guess documented_way(struct search *s, bool *whole)
{
    struct v3_guessing *w = &s->guessing;
    struct v3_guess g = {.key = w->request->key};
    *whole = v3_text_of(&g.text, w->request, w->authorization, w->payload);
    s->fields_len = fields_len_of(&g.text);
    if (v3_timestamp(w->request->headers, &w->at_ms)) {
        v3_day(w->at_ms, s->today);
        g.text.date = (struct bytes){s->today, V3_DAY_LEN};
    }
    return g;
}

/* The mistakes are made again, in words. */
static void say_mistakes(struct search *s, struct v3_guess g, struct buffer *say)
{
    for (size_t i = 0; i < s->made_count; i++)
        s->made[i].mistake->make(&s->guessing, &g, s->made[i].way, say);
}

void v3_explain(const struct v3_signed *s, const struct v3_authorization *a,
                enum v3_signature verdict, const struct v3_surroundings *around,
                struct explanation *out)
{
    struct search search = {
        .guessing = {.request = s,
                     .authorization = a,
                     .around = around,
                     .budget = BUDGET,
                     .trimmed = s->body.len <= TRIMMED_MAX ? bytes_trim(s->body) : s->body},
    };
    bool whole;
    struct v3_guess right = documented_way(&search, &whole), guess = right;
    struct buffer *say = &out->difference;
    buffer_clear(&out->to_sign);
    buffer_clear(&out->likely);
    buffer_clear(say);
    out->found = false;
    if (!whole) {
        explain_sentence(say, "SignedHeaders has one name twice, or more than 32 names");
        return;
    }
    v3_text_write(&right.text, &out->to_sign);
    say_verdict(verdict, &right, say);
    out->found = read_signature(&search, say);
    if (!out->found)
        return;
    out->found = find_guess(&search, &guess);
    if (out->found) {
        v3_text_write(&guess.text, &out->likely);
        say_mistakes(&search, right, say);
    } else {
        say_missing(&right, say);
        explain_nothing(say);
    }
}
