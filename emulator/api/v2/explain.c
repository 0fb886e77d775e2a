/* The search. A guess is the documented way with up to three mistakes made in it. All single
 * mistakes come first, then all in twos, then the frequent ones in threes, so that the simplest
 * explanation is found. Which of two orders two mistakes are made in does not matter, so each
 * set is tried once: a further mistake stands behind those before it in the table.
 *
 * Only the digest is compared. In which form it was sent, and of which kind it is, can be told
 * from the signature itself (sent_digest.h), and is not guessed. */
#include "api/v2/explain.h"

#include "api/v2/guess.h"
#include "api/v2/sent_digest.h"

enum {
    BUDGET = 3 * 1048576, /* bytes that are read, roughly: two milliseconds. Of short requests
                           * everything is tried for less; of long ones, which have been read
                           * before, there is less to try. */
    TRY_COST = 1024,      /* of the shortest text: keys, blocks and the walk over the pairs */
    PAIR_COST = 32,
    MISTAKE_COST = 64,
    SORT_COST = 256, /* of one pair */
    TOGETHER_MAX = 3,
};

struct search {
    struct guessing guessing;
    struct sent_digest sent;

    /* The mistakes of the guess at hand. */
    struct {
        const struct mistake *mistake;
        size_t way;
    } made[TOGETHER_MAX];
    size_t made_count;
};

const struct signed_pairs *guessing_order(struct guessing *w, enum signed_order order)
{
    if (order != SIGNED_BY_NAME && guessing_order(w, SIGNED_BY_NAME)->longest > SIGNED_NAME_MAX)
        return guessing_order(w, SIGNED_BY_NAME);
    if (!w->sorted[order]) {
        w->budget -= (int64_t)(w->request->form->count * SORT_COST);
        signed_pairs_sort(&w->orders[order], w->request->form, order);
        w->sorted[order] = true;
    }
    return &w->orders[order];
}

static struct guess documented_way(struct search *s)
{
    const struct v2_signed *r = s->guessing.request;
    return (struct guess){
        .text =
            {
                .method = r->method,
                .host = r->host,
                .path = r->path,
                .form = r->form,
                .pairs = guessing_order(&s->guessing, SIGNED_BY_NAME),
            },
        .key = r->key,
    };
}

/* ---- the search ---- */

static bool is_right(struct search *s, const struct guess *g)
{
    const struct form *form = s->guessing.request->form;
    size_t len =
        g->text.host.len + g->text.path.len + form->decoded_len + PAIR_COST * form->count;
    bool coded = g->text.values != CODING_NONE || g->text.parameters != CODING_NONE;
    uint8_t digest[DIGEST_MAX];
    int64_t cost = (int64_t)(TRY_COST + (coded ? CODING_GROWTH * len : len));
    if (s->guessing.budget < cost) {
        s->guessing.budget = 0;
        return false;
    }
    s->guessing.budget -= cost;
    size_t digest_len = signed_text_hmac(&g->text, s->sent.kind, g->key, digest);
    return digest_len == s->sent.len && memcmp(digest, s->sent.bytes, digest_len) == 0;
}

static size_t mistake_count(void)
{
    return place_mistake_count + parameter_mistake_count;
}

static const struct mistake *mistake_at(size_t i)
{
    return i < place_mistake_count ? &place_mistakes[i]
                                   : &parameter_mistakes[i - place_mistake_count];
}

static bool goes_with_others(const struct search *s, const struct mistake *m, size_t together)
{
    if ((size_t)m->together + 1 < together)
        return false;
    for (size_t i = 0; i < s->made_count; i++)
        if (s->made[i].mistake->about == m->about)
            return false;
    return true;
}

/* Make as many mistakes as are missing in g, from the mistake `first` on. The depth is at most
 * TOGETHER_MAX. */
static bool find_further(struct search *s, struct guess *g, size_t first, size_t together)
{
    if (s->made_count == together)
        return is_right(s, g);
    for (size_t i = first; i < mistake_count(); i++) {
        const struct mistake *m = mistake_at(i);
        if (!goes_with_others(s, m, together))
            continue;
        for (size_t way = 0; s->guessing.budget > 0; way++) {
            struct guess further = *g;
            s->guessing.budget -= MISTAKE_COST;
            enum made made = m->make(&s->guessing, &further, way, NULL);
            if (made == MADE_ALL)
                break;
            if (made == MADE_NOTHING)
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

/* The documented way has been tried by whoever verified the signature, unless that came in another
 * form or is of the other kind. */
static bool find_guess(struct search *s, struct guess *g, bool mended)
{
    bool tried = !mended && s->sent.kind == v2_signature_method(s->guessing.request->form);
    for (size_t together = tried; together <= TOGETHER_MAX; together++)
        if (find_further(s, g, 0, together))
            return true;
    return false;
}

/* ---- the answer ---- */

static void say_kind(const struct search *s, struct buffer *say)
{
    enum digest_kind announced = v2_signature_method(s->guessing.request->form);
    if (announced == s->sent.kind)
        return;
    explain_begin(say);
    buffer_append(say, bytes_of(announced == DIGEST_SHA1
                                    ? "the client signed by HMAC-SHA256, and without "
                                      "SignatureMethod=HmacSHA256 it is HMAC-SHA1"
                                    : "the client signed by HMAC-SHA1, and SignatureMethod is "
                                      "HmacSHA256"));
}

/* The mistakes are made again, in words. */
static void say_mistakes(struct search *s, struct buffer *say)
{
    struct guess g = documented_way(s);
    for (size_t i = 0; i < s->made_count; i++)
        s->made[i].mistake->make(&s->guessing, &g, s->made[i].way, say);
}

static void search(struct search *s, struct explanation *out)
{
    struct guess g = documented_way(s);
    struct buffer *say = &out->difference;
    struct bytes sent = form_value(s->guessing.request->form, "Signature");
    signed_text_write(&g.text, &out->to_sign);
    if (!sent_digest_read(&s->sent, sent, say))
        return;
    out->found = find_guess(s, &g, say->len > 0);
    say_kind(s, say);
    if (!out->found) {
        explain_nothing(say);
        return;
    }
    signed_text_write(&g.text, &out->likely);
    say_mistakes(s, say);
}

/* Without memory for a search. */
static void write_to_sign(const struct v2_signed *s, struct buffer *out)
{
    struct signed_pairs pairs;
    signed_pairs_sort(&pairs, s->form, SIGNED_BY_NAME);
    struct signed_text t = {
        .method = s->method,
        .host = s->host,
        .path = s->path,
        .form = s->form,
        .pairs = &pairs,
    };
    signed_text_write(&t, out);
}

static size_t longer(size_t a, size_t b)
{
    return a > b ? a : b;
}

void v2_explain(const struct v2_signed *s, struct bytes address, const struct allocator *a,
                struct explanation *out)
{
    struct search *all = allocator_take_zeroed(a, sizeof *all);
    buffer_clear(&out->to_sign);
    buffer_clear(&out->likely);
    buffer_clear(&out->difference);
    out->found = false;
    if (all == NULL) {
        write_to_sign(s, &out->to_sign);
        explain_nothing(&out->difference);
        return;
    }
    struct guessing *w = &all->guessing;
    w->request = s;
    w->address = address;
    w->budget = BUDGET - 3 * (int64_t)longer(s->wire.len, s->form->decoded_len);
    w->has_wire = s->wire.data != NULL && signed_wire_values(s->form, s->wire, w->wire_values);
    search(all, out);
    buffer_free(&w->joined);
    allocator_give(a, all);
}
