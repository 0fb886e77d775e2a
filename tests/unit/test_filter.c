#include "engine/filter.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_heap.h"
#include "tests/support/engine_random.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct engine_heap heap;

static int setup(void **state)
{
    (void)state;
    heap = (struct engine_heap){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return heap.held == 0 ? 0 : -1;
}

/* ---- filters of C strings ---- */

static struct filter *new_filter(const struct filter_request *request)
{
    struct allocator a = engine_heap_allocator(&heap);
    struct filter *f = filter_new(&a, request);
    assert_non_null(f);
    return f;
}

static void free_filter(struct filter *f)
{
    struct allocator a = engine_heap_allocator(&heap);
    allocator_give(&a, f);
}

/* Up to TAGS_MAX texts, fewer when one is NULL. */
static size_t put(const char *const *texts, struct bytes *out)
{
    size_t count = 0;
    for (; count < TAGS_MAX && texts[count] != NULL; count++)
        out[count] = bytes_of(texts[count]);
    return count;
}

static bool takes_key(const struct filter *f, const char *key)
{
    struct routing r;
    routing_init(&r, NULL, 0, bytes_of(key));
    return filter_takes_key(f, &r);
}

static bool key_matches(const char *pattern, const char *key)
{
    struct filter *f =
        new_filter(&(struct filter_request){.key_count = 1, .keys = {bytes_of(pattern)}});
    bool matches = takes_key(f, key);
    free_filter(f);
    return matches;
}

/* ---- the same, naively: topic-api 3.2, with what was found out kept ---- */

struct words {
    size_t count;
    struct bytes words[KEY_WORDS_MAX];
};

static struct words split(const char *key)
{
    struct words w = {.count = 0};
    while (*key != '\0' || w.count > 0) {
        size_t len = strcspn(key, ".");
        assert_true(w.count < KEY_WORDS_MAX);
        w.words[w.count++] = (struct bytes){key, len};
        key += len;
        if (*key++ == '\0')
            break;
    }
    return w;
}

struct naive {
    struct words pattern, key;
    signed char known[KEY_WORDS_MAX + 1][KEY_WORDS_MAX + 1]; /* 0: not yet */
};

static bool word_is(struct bytes word, const char *text)
{
    return bytes_equal(word, bytes_of(text));
}

static bool naive_rest(struct naive *n, size_t p, size_t k);

static bool naive_step(struct naive *n, size_t p, size_t k)
{
    bool key_ended = k == n->key.count;
    if (p == n->pattern.count)
        return key_ended;
    if (word_is(n->pattern.words[p], "#"))
        return naive_rest(n, p + 1, k) || (!key_ended && naive_rest(n, p, k + 1));
    if (key_ended)
        return false;
    if (word_is(n->pattern.words[p], "*"))
        return n->key.words[k].len > 0 && naive_rest(n, p + 1, k + 1);
    return bytes_equal(n->pattern.words[p], n->key.words[k]) && naive_rest(n, p + 1, k + 1);
}

static bool naive_rest(struct naive *n, size_t p, size_t k)
{
    if (n->known[p][k] == 0)
        n->known[p][k] = naive_step(n, p, k) ? 1 : -1;
    return n->known[p][k] > 0;
}

static bool naive_matches(const char *pattern, const char *key)
{
    struct naive n = {.pattern = split(pattern), .key = split(key)};
    return naive_rest(&n, 0, 0);
}

static void expect_like_naive(const char *pattern, const char *key)
{
    bool want = naive_matches(pattern, key);
    if (key_matches(pattern, key) != want)
        fail_msg("\"%s\" should%s take \"%s\"", pattern, want ? "" : " not", key);
}

/* ---- keys ---- */

static void matches_keys(void **state)
{
    static const struct {
        const char *what, *pattern, *key;
        bool matches;
    } keys[] = {
        /* the examples of topic-api 3.2 */
        {"star in the middle", "1.*.0", "1.x.0", true},
        {"star is no less than a word", "1.*.0", "1.0", false},
        {"star is no more than a word", "1.*.0", "1.x.y.0", false},
        {"hash of many words", "1.#.0", "1.2.3.4.4.2.2.0", true},
        {"hash of no word", "1.#.0", "1.0", true},
        {"what follows the hash must come", "1.#.0", "1.2", false},
        {"hash alone, one word", "#", "a", true},
        {"hash alone, many words", "#", "a.b.c", true},
        {"hash alone, empty words", "#", "..", true},
        {"star first", "*.common", "system.common", true},
        {"star first, another word", "*.common", "app.common", true},
        {"star first, no word", "*.common", "common", false},
        {"star first, two words", "*.common", "a.b.common", false},
        {"literal", "system.common", "system.common", true},
        {"another literal", "system.common", "app.common", false},
        {"hash last", "route.#", "route.single", true},
        {"hash last, no word", "route.#", "route", true},
        {"hash last, a longer first word", "route.#", "router.x", false},

        {"case counts", "a", "A", false},
        {"beginning of a word", "ab", "a", false},
        {"word and more", "a", "ab", false},
        {"fewer words", "a.b", "a", false},
        {"more words", "a", "a.b", false},
        {"star is not an empty word", "*", ".", false},
        {"star is not an empty word in the middle", "a.*.b", "a..b", false},
        {"empty word for an empty word", "a..b", "a..b", true},
        {"empty word for a word", "a..b", "a.x.b", false},
        {"empty word for no word", "a..b", "a.b", false},
        {"hash for an empty word", "a.#.b", "a..b", true},
        {"dot in front", ".a", ".a", true},
        {"dot in front of the pattern", ".a", "a", false},
        {"dot in front of the key", "a", ".a", false},
        {"dot behind", "a.", "a.", true},
        {"dot behind the pattern", "a.", "a", false},
        {"dot behind the key", "a", "a.", false},
        {"nothing but a dot", ".", ".", true},
        {"hash and an empty word", "#.", ".", true},
        {"hash and an empty word, behind a word", "#.", "a.", true},
        {"hash and an empty word, without one", "#.", "a", false},

        {"star within a word is literal", "ab*", "ab*", true},
        {"star within a word stands for nothing", "ab*", "abc", false},
        {"hash within a word is literal", "#a", "#a", true},
        {"hash within a word stands for nothing", "#a", "a", false},
        {"two stars are a word", "**", "**", true},
        {"two stars stand for nothing", "**", "ab", false},
        {"two hashes are a word", "##", "##", true},
        {"two hashes stand for nothing", "##", "a.b", false},
        {"star of the key is a word", "a", "*", false},
        {"star takes the star of a key", "*", "*", true},
        {"hash of the key is a word", "a.b", "#", false},

        {"no key, hash", "#", "", true},
        {"no key, hashes", "#.#", "", true},
        {"no key, star", "*", "", false},
        {"no key, word", "a", "", false},
        {"no key, empty words", ".", "", false},
        {"hash and star, one word", "#.*", "a", true},
        {"hash and star, empty word last", "#.*", "a.", false},
        {"star and hash, empty word last", "*.#", "a.", true},
        {"hashes between", "#.b.#", "a.b.c", true},
        {"hashes between, missing", "#.b.#", "a.c", false},
        {"the last of two counts, too", "#.b.c", "b.b.c.b.c", true},
        {"16 words", "*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p",
         true},
        {"16 words, the last another", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.x",
         "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p", false},
        {"16 words for 15", "*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o",
         false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        EXPECT_EQ(keys[i].what, naive_matches(keys[i].pattern, keys[i].key), keys[i].matches);
        EXPECT_EQ(keys[i].what, key_matches(keys[i].pattern, keys[i].key), keys[i].matches);
    }
}

static void takes_what_any_key_takes(void **state)
{
    struct filter *f = new_filter(&(struct filter_request){
        .key_count = 3,
        .keys = {bytes_of("a.*"), bytes_of("#.z"), bytes_of("b")},
    });
    (void)state;
    EXPECT_EQ("the first", takes_key(f, "a.x"), true);
    EXPECT_EQ("the second", takes_key(f, "a.b.z"), true);
    EXPECT_EQ("the third", takes_key(f, "b"), true);
    EXPECT_EQ("two of them", takes_key(f, "a.z"), true);
    EXPECT_EQ("none", takes_key(f, "a.b.c"), false);
    free_filter(f);

    f = new_filter(&(struct filter_request){.key_count = 0});
    EXPECT_EQ("there is none", takes_key(f, "a"), false);
    free_filter(f);
}

static void cuts_keys_into_words(void **state)
{
    static const struct {
        const char *key;
        size_t count;
        const char *words[4];
    } keys[] = {
        {"", 0, {NULL}},
        {"a", 1, {"a"}},
        {".", 2, {"", ""}},
        {"a.", 2, {"a", ""}},
        {".a", 2, {"", "a"}},
        {"a..bc", 3, {"a", "", "bc"}},
        {"...", 4, {"", "", "", ""}},
        {"...............", 16, {"", "", "", ""}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct routing r;
        routing_init(&r, NULL, 0, bytes_of(keys[i].key));
        assert_true(r.has_key);
        EXPECT_EQ(keys[i].key, r.word_count, keys[i].count);
        EXPECT_EQ(keys[i].key, r.tag_count, 0);
        for (size_t j = 0; j < keys[i].count && j < 4; j++)
            assert_true(bytes_equal(r.words[j].text, bytes_of(keys[i].words[j])));
    }
    /* no text at all is no key: a parameter that was not given */
    struct routing r;
    routing_init(&r, NULL, 0, (struct bytes){NULL, 0});
    assert_false(r.has_key);
    assert_int_equal(r.word_count, 0);
}

/* ---- random keys ---- */

enum { KEY_SIZE = KEY_LENGTH_MAX + 1 };

static const char *any_of(struct engine_random *r, const char *const *words, size_t count)
{
    return words[random_below(r, count)];
}

/* Few words of few letters, so that they meet; wildcards and empty words often. */
static const char *random_pattern_word(struct engine_random *r)
{
    static const char *const words[] = {"#", "#",   "#",  "*",  "*",  "*", "a", "a",
                                        "b", "ab*", "#a", "**", "##", "A", ""};
    return any_of(r, words, COUNT(words));
}

static const char *random_key_word(struct engine_random *r)
{
    static const char *const words[] = {"a",  "a",  "a", "b", "b", "b", "b", "ab*", "#a",
                                        "**", "##", "A", "#", "*", "",  "",  "ab",  "abc"};
    return any_of(r, words, COUNT(words));
}

static void join(char *key, size_t *len, const char *word, size_t at)
{
    *len += (size_t)snprintf(key + *len, KEY_SIZE - *len, "%s%s", at > 0 ? "." : "", word);
    assert_true(*len < KEY_SIZE);
}

/* Mostly a few words, sometimes as many as there can be. */
static size_t random_word_count(struct engine_random *r)
{
    size_t most = random_once_in(r, 4) ? KEY_WORDS_MAX : 5;
    return 1 + random_below(r, most);
}

/* Not empty: one that has a single empty word is no binding key. */
static void random_pattern(struct engine_random *r, char pattern[KEY_SIZE])
{
    do {
        size_t len = 0;
        size_t count = random_word_count(r);
        pattern[0] = '\0';
        for (size_t i = 0; i < count; i++)
            join(pattern, &len, random_pattern_word(r), i);
    } while (pattern[0] == '\0');
}

/* Words that the pattern takes at this place, or, now and then, any. */
static size_t words_like(struct engine_random *r, struct bytes word, const char *words[3])
{
    size_t count = 1;
    if (random_once_in(r, 16))
        count = random_below(r, 3);
    else if (word_is(word, "#"))
        count = random_below(r, 4);
    for (size_t i = 0; i < count; i++)
        words[i] = random_key_word(r);
    return count;
}

/* Made from the pattern, so that it matches more often than by chance. */
static void random_key_like(struct engine_random *r, const char *pattern, char key[KEY_SIZE])
{
    struct words p = split(pattern);
    size_t len = 0;
    size_t made = 0;
    key[0] = '\0';
    for (size_t i = 0; i < p.count; i++) {
        char word[8];
        const char *words[3] = {word};
        size_t count = 1;
        snprintf(word, sizeof word, "%.*s", (int)p.words[i].len, p.words[i].data);
        if (word_is(p.words[i], "#") || word_is(p.words[i], "*") || random_once_in(r, 16))
            count = words_like(r, p.words[i], words);
        for (size_t j = 0; j < count && made < KEY_WORDS_MAX; j++)
            join(key, &len, words[j], made++);
    }
}

static void random_key(struct engine_random *r, char key[KEY_SIZE])
{
    size_t len = 0;
    size_t count = random_word_count(r);
    key[0] = '\0';
    for (size_t i = 0; i < count; i++)
        join(key, &len, random_key_word(r), i);
}

static void matches_as_the_naive_one(void **state)
{
    enum { PATTERNS = 60000, KEYS_EACH = 5, PAIRS = PATTERNS * KEYS_EACH };
    struct engine_random r = {.state = 20170305};
    size_t matches = 0;
    (void)state;
    for (size_t i = 0; i < PATTERNS; i++) {
        char pattern[KEY_SIZE];
        char key[KEY_SIZE];
        random_pattern(&r, pattern);
        for (size_t j = 0; j < KEYS_EACH; j++) {
            if (j < KEYS_EACH / 2)
                random_key(&r, key);
            else
                random_key_like(&r, pattern, key);
            expect_like_naive(pattern, key);
            matches += naive_matches(pattern, key);
        }
    }
    /* or else the pairs would tell little */
    assert_in_range(matches, PAIRS / 4, PAIRS * 3 / 4);
}

/* Several keys at once, so that their places in one piece of memory count. */
static void matches_as_several_naive_ones(void **state)
{
    enum { FILTERS = 10000, KEYS_EACH = 5 };
    struct engine_random r = {.state = 4};
    (void)state;
    for (size_t i = 0; i < FILTERS; i++) {
        char patterns[BINDING_KEYS_MAX][KEY_SIZE];
        struct filter_request request = {.key_count = 1 + random_below(&r, BINDING_KEYS_MAX)};
        for (size_t k = 0; k < request.key_count; k++) {
            random_pattern(&r, patterns[k]);
            request.keys[k] = bytes_of(patterns[k]);
        }
        struct filter *f = new_filter(&request);
        for (size_t j = 0; j < KEYS_EACH; j++) {
            char key[KEY_SIZE];
            bool want = false;
            random_key_like(&r, patterns[random_below(&r, request.key_count)], key);
            for (size_t k = 0; k < request.key_count; k++)
                want = want || naive_matches(patterns[k], key);
            if (takes_key(f, key) != want)
                fail_msg("filter %zu of these should%s take \"%s\"", i, want ? "" : " not",
                         key);
        }
        free_filter(f);
    }
}

/* ---- the worst that a client can ask for ---- */

/* One that tries each split of the key again would take hundreds of millions of steps for each
 * of these, hours for all of the rounds; the guard is far above what they should take. */
static void does_bounded_work(void **state)
{
    enum { ROUNDS = 20000, GUARD_S = 120 };
    static const struct {
        const char *what, *pattern;
    } patterns[] = {
        {"hashes", "#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#"},
        {"hashes and a word that does not come", "#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.x"},
        {"a word that does not come, and hashes", "x.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#"},
        {"hashes and a word that comes last", "#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.b"},
        {"hashes and stars", "#.*.#.*.#.*.#.*.#.*.#.*.#.*.#.*"},
        {"stars and hashes", "*.#.*.#.*.#.*.#.*.#.*.#.*.#.*.#"},
        {"hashes and words", "#.a.#.a.#.a.#.a.#.a.#.a.#.a.#.x"},
        {"stars", "*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*"},
    };
    static const char *const keys[] = {
        "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a",
        "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.b",
        "...............",
        "a",
    };
    (void)state;
    alarm(GUARD_S);
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct filter *f = new_filter(
            &(struct filter_request){.key_count = 1, .keys = {bytes_of(patterns[i].pattern)}});
        for (size_t k = 0; k < COUNT(keys); k++) {
            struct routing r;
            bool want = naive_matches(patterns[i].pattern, keys[k]);
            routing_init(&r, NULL, 0, bytes_of(keys[k]));
            for (size_t round = 0; round < ROUNDS; round++)
                EXPECT_EQ(patterns[i].what, filter_takes_key(f, &r), want);
        }
        free_filter(f);
    }
    alarm(0);
}

/* ---- tags ---- */

static bool tags_match(const char *const *wanted, const char *const *given)
{
    struct filter_request request = {.key_count = 0};
    struct bytes tags[TAGS_MAX];
    struct routing r;
    request.tag_count = put(wanted, request.tags);
    routing_init(&r, tags, put(given, tags), (struct bytes){NULL, 0});
    struct filter *f = new_filter(&request);
    bool matches = filter_takes_tags(f, &r);
    free_filter(f);
    return matches;
}

static void matches_tags(void **state)
{
    static const struct {
        const char *what, *wanted[TAGS_MAX], *given[TAGS_MAX];
        bool matches;
    } tags[] = {
        /* the table of topic-api 3.1 */
        {"neither has any", {NULL}, {NULL}, true},
        {"the message has", {NULL}, {"a"}, true},
        {"the subscription has", {"a"}, {NULL}, false},
        {"the same", {"a"}, {"a"}, true},
        {"different", {"a"}, {"b"}, false},

        {"one of several wanted", {"a", "b", "c"}, {"b"}, true},
        {"one of several given", {"b"}, {"a", "b", "c"}, true},
        {"one shared", {"a", "b"}, {"b", "c"}, true},
        {"the last of five and five",
         {"a", "b", "c", "d", "z"},
         {"e", "f", "g", "h", "z"},
         true},
        {"first and last", {"z", "b", "c", "d", "e"}, {"f", "g", "h", "i", "z"}, true},
        {"none of five and five", {"a", "b", "c", "d", "e"}, {"f", "g", "h", "i", "j"}, false},
        {"twice the same", {"a", "a"}, {"b", "a", "a"}, true},
        {"case counts", {"a"}, {"A"}, false},
        {"beginning", {"ab"}, {"a"}, false},
        {"and more", {"a"}, {"ab"}, false},
        {"blank behind", {"a"}, {"a "}, false},
        {"no wildcards: star", {"*"}, {"a"}, false},
        {"no wildcards: hash", {"#"}, {"a"}, false},
        {"no words", {"a.b"}, {"a"}, false},
        {"not ASCII", {"\xe6\x9d\xa5"}, {"\xe6\x9d\xa5"}, true},
        {"not ASCII, another", {"\xe6\x9d\xa5"}, {"\xe6\x9d\xa6"}, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(tags); i++)
        EXPECT_EQ(tags[i].what, tags_match(tags[i].wanted, tags[i].given), tags[i].matches);
}

/* Any byte may stand in them, and the length counts. */
static void compares_tags_byte_by_byte(void **state)
{
    static const struct {
        const char *what;
        struct bytes wanted, given;
        bool matches;
    } tags[] = {
        {"the same", {"a\0b", 3}, {"a\0b", 3}, true},
        {"another behind NUL", {"a\0b", 3}, {"a\0c", 3}, false},
        {"shorter, up to NUL", {"a\0b", 3}, {"a\0b", 1}, false},
        {"longer by a NUL", {"a", 1}, {"a\0", 2}, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(tags); i++) {
        struct routing r;
        struct filter *f =
            new_filter(&(struct filter_request){.tag_count = 1, .tags = {tags[i].wanted}});
        routing_init(&r, &tags[i].given, 1, (struct bytes){NULL, 0});
        EXPECT_EQ(tags[i].what, filter_takes_tags(f, &r), tags[i].matches);
        free_filter(f);
    }
}

/* ---- texts, memory ---- */

static void expect_texts(const struct bytes *got, const struct bytes *want, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(bytes_equal(got[i], want[i]));
}

/* The longest of everything, out of memory that is overwritten afterwards. */
static void keeps_copies_of_the_texts(void **state)
{
    char memory[2][TAGS_MAX + BINDING_KEYS_MAX][KEY_LENGTH_MAX];
    struct filter_request request[2];
    (void)state;
    for (size_t copy = 0; copy < 2; copy++) {
        request[copy] =
            (struct filter_request){.tag_count = TAGS_MAX, .key_count = BINDING_KEYS_MAX};
        for (size_t i = 0; i < TAGS_MAX + BINDING_KEYS_MAX; i++) {
            struct bytes text = {memory[copy][i], KEY_LENGTH_MAX - i};
            memset(memory[copy][i], (int)('a' + i), KEY_LENGTH_MAX);
            memory[copy][i][7] = '.';
            if (i < TAGS_MAX)
                request[copy].tags[i] = text;
            else
                request[copy].keys[i - TAGS_MAX] = text;
        }
    }
    struct filter *f = new_filter(&request[0]);
    memset(memory[0], 'x', sizeof memory[0]);

    const struct filter_request *texts = filter_texts(f);
    assert_int_equal(texts->tag_count, TAGS_MAX);
    assert_int_equal(texts->key_count, BINDING_KEYS_MAX);
    expect_texts(texts->tags, request[1].tags, TAGS_MAX);
    expect_texts(texts->keys, request[1].keys, BINDING_KEYS_MAX);
    for (size_t i = 0; i < TAGS_MAX; i++) {
        struct routing r;
        routing_init(&r, &request[1].tags[i], 1, request[1].keys[i]);
        assert_true(filter_takes_tags(f, &r));
        assert_true(filter_takes_key(f, &r));
        routing_init(&r, &request[0].tags[i], 1, request[0].keys[i]);
        assert_false(filter_takes_tags(f, &r));
        assert_false(filter_takes_key(f, &r));
    }
    free_filter(f);
}

/* As a client changes a part of what there is: the texts of a filter make another. */
static void makes_a_filter_from_the_texts_of_another(void **state)
{
    struct filter *old = new_filter(&(struct filter_request){
        .tag_count = 2,
        .key_count = 1,
        .tags = {bytes_of("a"), bytes_of("b")},
        .keys = {bytes_of("x.#")},
    });
    (void)state;
    struct filter_request request = *filter_texts(old);
    request.tag_count = 1;
    request.tags[0] = bytes_of("c");
    struct filter *f = new_filter(&request);
    free_filter(old);
    assert_int_equal(filter_texts(f)->tag_count, 1);
    assert_true(bytes_equal(filter_texts(f)->tags[0], bytes_of("c")));
    assert_true(takes_key(f, "x.y"));
    assert_false(takes_key(f, "y"));
    free_filter(f);
}

static void clears_tags(void **state)
{
    const struct bytes given = bytes_of("z");
    struct routing r;
    struct filter *f = new_filter(&(struct filter_request){
        .tag_count = 2,
        .key_count = 2,
        .tags = {bytes_of("a"), bytes_of("b")},
        .keys = {bytes_of("k"), bytes_of("l.*")},
    });
    (void)state;
    routing_init(&r, &given, 1, bytes_of("l.m"));
    assert_false(filter_takes_tags(f, &r));
    for (int turn = 0; turn < 2; turn++) { /* there may be none */
        filter_clear_tags(f);
        assert_int_equal(filter_texts(f)->tag_count, 0);
        assert_true(filter_takes_tags(f, &r));
        assert_int_equal(filter_texts(f)->key_count, 2);
        assert_true(bytes_equal(filter_texts(f)->keys[0], bytes_of("k")));
        assert_true(bytes_equal(filter_texts(f)->keys[1], bytes_of("l.*")));
        assert_true(filter_takes_key(f, &r));
        assert_false(takes_key(f, "l"));
    }
    routing_init(&r, NULL, 0, (struct bytes){NULL, 0});
    assert_true(filter_takes_tags(f, &r));
    free_filter(f);
}

static void gives_nothing_without_memory(void **state)
{
    const struct filter_request request = {
        .tag_count = 1,
        .key_count = 1,
        .tags = {bytes_of("a")},
        .keys = {bytes_of("b")},
    };
    struct allocator a = engine_heap_allocator(&heap);
    struct filter *f = NULL;
    size_t failures = 0;
    (void)state;
    for (; f == NULL; failures += f == NULL) {
        heap = (struct engine_heap){.fail_first = failures + 1, .fail_last = failures + 1};
        f = filter_new(&a, &request);
        assert_int_equal(heap.held, f != NULL ? 1 : 0); /* one piece, for allocator_give() */
    }
    assert_true(failures > 0);
    free_filter(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_keys),
        cmocka_unit_test(takes_what_any_key_takes),
        cmocka_unit_test(cuts_keys_into_words),
        cmocka_unit_test(matches_as_the_naive_one),
        cmocka_unit_test(matches_as_several_naive_ones),
        cmocka_unit_test(does_bounded_work),
        cmocka_unit_test(matches_tags),
        cmocka_unit_test(compares_tags_byte_by_byte),
        cmocka_unit_test(keeps_copies_of_the_texts),
        cmocka_unit_test(makes_a_filter_from_the_texts_of_another),
        cmocka_unit_test(clears_tags),
        cmocka_unit_test(gives_nothing_without_memory),
    };
    return cmocka_run_group_tests_name("filter", tests, setup, teardown);
}
