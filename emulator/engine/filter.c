/* Binding keys are matched as a nondeterministic automaton whose states are a set of bits.
 *
 * State i of a pattern means that its first i words have matched the words of the routing key
 * read so far; state 0 is where a match begins and state word_count where it succeeds. For each
 * word of the routing key all states move on at once: a literal word or "*" leads from i to i +
 * 1,
 * "#" also keeps i, and since "#" may match nothing, pass_hashes() leads from i to i + 1
 * without a word. There is no backtracking, so "#.a.#.a.#" costs no more than other keys of its
 * length: anyone can subscribe, and a publish must not become slow by it. */
#include "engine/filter.h"

#include "base/random.h"

#include <assert.h>

/* A binding key. */
struct pattern {
    size_t word_count;
    uint32_t hashes; /* bit i: word i is "#" */
    uint32_t stars;  /* bit i: word i is "*" */
    struct label words[KEY_WORDS_MAX];
};

struct filter {
    struct filter_request texts;
    struct label tags[TAGS_MAX];
    struct pattern *patterns; /* one a key, behind this struct; then the texts */
};

_Static_assert(KEY_WORDS_MAX < 32, "the positions in a pattern fit a set of 32 bits");
_Static_assert(sizeof(struct filter) +
                       BINDING_KEYS_MAX * (sizeof(struct pattern) + KEY_LENGTH_MAX) +
                       (size_t)TAGS_MAX * LABEL_CHARACTERS_MAX * 4 <=
                   FILTER_BYTES_MAX,
               "a character of UTF-8 has four bytes at the most");

static struct label label_of(struct bytes text)
{
    return (struct label){text, hash_bytes(0, text)};
}

static bool same_label(const struct label *a, const struct label *b)
{
    return a->hash == b->hash && bytes_equal(a->text, b->text);
}

/* Cut a key at its dots; returns the number of words. */
static size_t cut(struct bytes key, struct label words[KEY_WORDS_MAX])
{
    size_t count = 0;
    for (;;) {
        const char *dot = key.len > 0 ? memchr(key.data, '.', key.len) : NULL;
        size_t len = dot != NULL ? (size_t)(dot - key.data) : key.len;
        assert(count < KEY_WORDS_MAX);
        words[count++] = label_of((struct bytes){key.data, len});
        if (dot == NULL)
            return count;
        key = (struct bytes){dot + 1, key.len - len - 1};
    }
}

void routing_init(struct routing *r, const struct bytes *tags, size_t tag_count,
                  struct bytes key)
{
    assert(tag_count <= TAGS_MAX);
    r->tag_count = tag_count;
    for (size_t i = 0; i < tag_count; i++)
        r->tags[i] = label_of(tags[i]);
    r->has_key = key.data != NULL;
    r->word_count = key.len > 0 ? cut(key, r->words) : 0;
}

static void compile(struct pattern *p, struct bytes key)
{
    p->hashes = p->stars = 0;
    p->word_count = cut(key, p->words);
    for (size_t i = 0; i < p->word_count; i++) {
        if (bytes_equal(p->words[i].text, bytes_of("#")))
            p->hashes |= UINT32_C(1) << i;
        if (bytes_equal(p->words[i].text, bytes_of("*")))
            p->stars |= UINT32_C(1) << i;
    }
}

/* Copy the bytes of texts to *room, let texts point there, and advance *room. */
static void copy_texts(struct bytes *texts, size_t count, char **room)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(*room, texts[i].data, texts[i].len);
        texts[i].data = *room;
        *room += texts[i].len;
    }
}

struct filter *filter_new(const struct allocator *a, const struct filter_request *request)
{
    assert(request->tag_count <= TAGS_MAX && request->key_count <= BINDING_KEYS_MAX);
    size_t size = sizeof(struct filter) + request->key_count * sizeof(struct pattern);
    size_t room_at = size;
    for (size_t i = 0; i < request->tag_count; i++)
        size += request->tags[i].len;
    for (size_t i = 0; i < request->key_count; i++)
        size += request->keys[i].len;
    struct filter *f = allocator_take(a, size);
    if (f == NULL)
        return NULL;

    char *room = (char *)f + room_at;
    f->texts = *request;
    f->patterns = (struct pattern *)(f + 1);
    copy_texts(f->texts.tags, request->tag_count, &room);
    copy_texts(f->texts.keys, request->key_count, &room);
    for (size_t i = 0; i < request->tag_count; i++)
        f->tags[i] = label_of(f->texts.tags[i]);
    for (size_t i = 0; i < request->key_count; i++)
        compile(&f->patterns[i], f->texts.keys[i]);
    return f;
}

const struct filter_request *filter_texts(const struct filter *f)
{
    return &f->texts;
}

void filter_clear_tags(struct filter *f)
{
    f->texts.tag_count = 0;
}

bool filter_takes_tags(const struct filter *f, const struct routing *r)
{
    for (size_t i = 0; i < f->texts.tag_count; i++)
        for (size_t j = 0; j < r->tag_count; j++)
            if (same_label(&f->tags[i], &r->tags[j]))
                return true;
    return f->texts.tag_count == 0;
}

/* "#" may match no word at all: a state before it implies the state after it. Lowest bit first,
 * so that several "#" in a row are passed. */
static uint32_t pass_hashes(const struct pattern *p, uint32_t positions)
{
    for (uint32_t rest = p->hashes; rest != 0; rest &= rest - 1) {
        uint32_t hash = rest & (~rest + 1); /* the lowest one */
        positions |= (positions & hash) << 1;
    }
    return positions;
}

/* The set of words of the pattern, "#" excepted, that match this word of a routing key. */
static uint32_t fitting(const struct pattern *p, const struct label *word)
{
    uint32_t fit = word->text.len > 0 ? p->stars : 0;
    for (size_t i = 0; i < p->word_count; i++)
        if (((p->hashes | p->stars) >> i & 1) == 0 && same_label(&p->words[i], word))
            fit |= UINT32_C(1) << i;
    return fit;
}

static bool pattern_takes(const struct pattern *p, const struct routing *r)
{
    uint32_t positions = pass_hashes(p, 1);
    for (size_t i = 0; i < r->word_count && positions != 0; i++) {
        uint32_t next = (positions & fitting(p, &r->words[i])) << 1 | (positions & p->hashes);
        positions = pass_hashes(p, next);
    }
    return (positions >> p->word_count & 1) != 0;
}

bool filter_takes_key(const struct filter *f, const struct routing *r)
{
    for (size_t i = 0; i < f->texts.key_count; i++)
        if (pattern_takes(&f->patterns[i], r))
            return true;
    return false;
}
