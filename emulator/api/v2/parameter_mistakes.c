/* Mistakes about the parameters: how they are written, their order, and which they are. */
#include "api/v2/guess.h"

#include "api/explain.h"
#include "base/number.h"
#include "base/time.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Of a pair that is looked at, or is copied and sorted: see guess.h. */
enum { LOOK_COST = 32, ALTER_COST = 256 };

/* ---- words ---- */

static void say_text(struct buffer *say, const char *text)
{
    buffer_append(say, bytes_of(text));
}

/* "the parameter X", or "the value of X", before what is said of it. */
static void say_of(struct buffer *say, const char *what, struct bytes name, const char *behind)
{
    if (say == NULL)
        return;
    explain_begin(say);
    say_text(say, what);
    explain_bytes(say, name);
    say_text(say, behind);
}

/* "the client signed X=a, and sent X=b" */
static void say_replaced(struct buffer *say, const struct pair *p, struct bytes value)
{
    if (say == NULL)
        return;
    say_of(say, "the client signed ", p->name, "=");
    explain_bytes(say, value);
    say_text(say, ", and sent ");
    explain_bytes(say, p->name);
    say_text(say, "=");
    explain_bytes(say, p->value);
}

/* ---- how values are written ---- */

static const char *coding_words(enum coding coding)
{
    if (coding == CODING_PLUS)
        return " signed with + for each blank: percent-encoded, or else a plus sign was sent "
               "as "
               "it is, not as %2B";
    if (coding == CODING_DECODED)
        return " percent-encoded twice on the wire";
    if (coding == CODING_TRIMMED)
        return " signed without the blanks around it";
    return " signed percent-encoded";
}

/* p is NULL for several ones. */
static void say_coding(struct buffer *say, enum coding coding, const struct pair *p)
{
    if (p != NULL)
        say_of(say, "the value of ", p->name, " was");
    else
        explain_sentence(say, "the values were");
    if (say != NULL)
        say_text(say, coding_words(coding));
}

/* How many values a coding changes, at most two, and the first of these. */
static size_t count_changed(struct guessing *w, enum coding coding, const struct pair **first)
{
    const struct signed_pairs *pairs = guessing_order(w, SIGNED_BY_NAME);
    size_t count = 0;
    for (size_t i = 0; i < pairs->count && count < 2; i++) {
        w->budget -= (int64_t)pairs->list[i]->value.len + LOOK_COST;
        if (!coding_changes(coding, pairs->list[i]->value))
            continue;
        if (count++ == 0)
            *first = pairs->list[i];
    }
    return count;
}

static enum made coded_values(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    enum coding coding = (enum coding)(n + 1);
    const struct pair *first = NULL;
    if (coding == CODINGS)
        return MADE_ALL;
    size_t count = count_changed(w, coding, &first);
    if (count == 0)
        return MADE_NOTHING;
    g->text.values = coding;
    say_coding(say, coding, count == 1 ? first : NULL);
    return MADE;
}

static enum made coded_value(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    enum { KINDS = CODINGS - 1 };
    const struct signed_pairs *pairs = guessing_order(w, SIGNED_BY_NAME);
    if (n >= pairs->count * KINDS)
        return MADE_ALL;
    const struct pair *p = pairs->list[n / KINDS];
    enum coding coding = (enum coding)(n % KINDS + 1);
    w->budget -= (int64_t)p->value.len;
    if (!coding_changes(coding, p->value))
        return MADE_NOTHING;
    g->text.values = coding;
    g->text.only = p;
    say_coding(say, coding, p);
    return MADE;
}

static enum made wire_values(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    if (n > 0)
        return MADE_ALL;
    if (!w->has_wire || g->text.form != w->request->form)
        return MADE_NOTHING;
    g->text.wire_values = w->wire_values;
    explain_sentence(say, "the values were signed undecoded, as they are on the wire");
    return MADE;
}

static enum made coded_parameters(struct guessing *w, struct guess *g, size_t n,
                                  struct buffer *say)
{
    static const enum coding codings[] = {
        CODING_RFC3986, CODING_FORM,          CODING_JAVASCRIPT, CODING_JAVA,
        CODING_PHP,     CODING_RFC3986_LOWER, CODING_FORM_LOWER,
    };
    (void)w;
    if (n >= COUNT(codings))
        return MADE_ALL;
    g->text.parameters = codings[n];
    explain_sentence(say, "the string of all parameters was signed percent-encoded");
    return MADE;
}

/* ---- names and order ---- */

static enum made other_names(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const enum coding codings[] = {CODING_RFC3986, CODING_RFC3986_LOWER, CODING_TRIMMED};
    (void)w;
    if (n > COUNT(codings))
        return MADE_ALL;
    if (n == 0) {
        g->text.keep_underscores = true;
        explain_sentence(say, "the client signed names with _ as they are, not with . for _");
        return g->text.pairs->underscores ? MADE : MADE_NOTHING;
    }
    g->text.names = codings[n - 1];
    explain_sentence(say, codings[n - 1] == CODING_TRIMMED
                              ? "the names were signed without the blanks around them"
                              : "the names were signed percent-encoded");
    return MADE;
}

static enum made other_order(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const char *const sentences[SIGNED_ORDERS] = {
        [SIGNED_BY_DOTTED] = "the parameters were sorted after _ in names had become .",
        [SIGNED_BY_LETTER] = "the parameters were sorted without regard to case",
        [SIGNED_BY_NUMBER] = "the parameters were sorted with the numbers in names as numbers",
        [SIGNED_BY_PAIR] = "the parameters were sorted as name=value, not by their names",
        [SIGNED_AS_SENT] = "the parameters were signed in the order in which they were sent, "
                           "not sorted",
        [SIGNED_REPEATED] =
            "all values of a repeated parameter were signed, and the last alone "
            "counts",
    };
    enum signed_order order = (enum signed_order)(n + 1);
    if (order == SIGNED_ORDERS)
        return MADE_ALL;
    const struct signed_pairs *plain = guessing_order(w, SIGNED_BY_NAME);
    const struct signed_pairs *other = guessing_order(w, order);
    if (signed_pairs_same(plain, other))
        return MADE_NOTHING;
    g->text.pairs = other;
    explain_sentence(say, sentences[order]);
    return MADE;
}

/* ---- which are signed ---- */

static enum made without_some(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    (void)w;
    if (n > 1)
        return MADE_ALL;
    g->text.without_at = n == 0;
    g->text.without_empty = n == 1;
    explain_sentence(say, n == 0
                              ? "parameters whose values begin with @ were sent but not signed"
                              : "parameters without a value were sent but not signed");
    for (size_t i = 0; i < g->text.pairs->count; i++) {
        struct bytes value = g->text.pairs->list[i]->value;
        if (n == 0 ? value.len > 0 && value.data[0] == '@' : value.len == 0)
            return MADE;
    }
    return MADE_NOTHING;
}

static enum made without_one(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    const struct signed_pairs *pairs = guessing_order(w, SIGNED_BY_NAME);
    if (n >= pairs->count)
        return MADE_ALL;
    g->text.without = pairs->list[n];
    say_of(say, "the parameter ", pairs->list[n]->name, " was sent but not signed");
    return MADE;
}

static enum made one_emptied(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    const struct signed_pairs *pairs = guessing_order(w, SIGNED_BY_NAME);
    if (n >= pairs->count)
        return MADE_ALL;
    if (pairs->list[n]->value.len == 0)
        return MADE_NOTHING;
    g->text.replaced = pairs->list[n];
    g->text.replacement = bytes_of("");
    say_of(say, "the parameter ", pairs->list[n]->name, " was signed with an empty value");
    return MADE;
}

static const struct pair *find(const struct signed_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (bytes_equal(pairs->list[i]->name, bytes_of(name)))
            return pairs->list[i];
    return NULL;
}

/* Another time: a client that asks the clock twice signs one second and sends another one, and
 * some sign milliseconds. The value becomes value * factor / divisor + seconds. */
static const struct {
    int64_t factor, divisor, seconds;
} other_times[] = {{1, 1, -1}, {1, 1, 1}, {1, 1, -2}, {1, 1, 2}, {1000, 1, 0}, {1, 1000, 0}};

/* False for what is no time. */
static bool take_time(struct guessing *w, struct bytes value, size_t n, struct bytes *out)
{
    int64_t time;
    if (n >= COUNT(other_times) || !parse_int(value, &time) || time < 0 || time > CMQ_LAST_MS)
        return false;
    time = time * other_times[n].factor / other_times[n].divisor + other_times[n].seconds;
    int len = snprintf(w->value, sizeof w->value, "%lld", (long long)time);
    *out = (struct bytes){w->value, (size_t)len};
    return true;
}

/* The Action with its first letter in the other case. */
static bool take_action(struct guessing *w, struct bytes value, struct bytes *out)
{
    if (value.len == 0 || value.len > sizeof w->value)
        return false;
    memcpy(w->value, value.data, value.len);
    w->value[0] = (char)(w->value[0] ^ ('a' ^ 'A'));
    *out = (struct bytes){w->value, value.len};
    return true;
}

static enum made one_replaced(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const char *const names[] = {"Action", "SignatureMethod", "SignatureMethod",
                                        "Timestamp"};
    enum { TIMES = COUNT(names) - 1 };
    if (n >= TIMES + COUNT(other_times))
        return MADE_ALL;
    const struct pair *p =
        find(guessing_order(w, SIGNED_BY_NAME), names[n < TIMES ? n : TIMES]);
    if (p == NULL)
        return MADE_NOTHING;
    struct bytes value = bytes_of(n == 1 ? "HmacSHA1" : "HmacSHA256");
    if ((n == 0 && !take_action(w, p->value, &value)) ||
        (n >= TIMES && !take_time(w, p->value, n - TIMES, &value)) ||
        bytes_equal(value, p->value))
        return MADE_NOTHING;
    g->text.replaced = p;
    g->text.replacement = value;
    say_replaced(say, p, value);
    return MADE;
}

/* ---- another form ---- */

/* Begin with the parameters that are signed, in this order. */
static void copy_form(struct guessing *w, enum signed_order order)
{
    const struct signed_pairs *pairs = guessing_order(w, order);
    w->budget -= (int64_t)(pairs->count * (ALTER_COST + pairs->longest));
    for (size_t i = 0; i < pairs->count; i++)
        w->altered_pairs[i] = *pairs->list[i];
    w->altered =
        (struct form){.pairs = w->altered_pairs, .count = pairs->count, .room = FORM_PAIRS_MAX};
}

/* Not with mistakes that mean pairs of the request's own form. */
static bool takes_form(struct guessing *w, const struct guess *g)
{
    const struct signed_text *t = &g->text;
    return t->pairs == guessing_order(w, SIGNED_BY_NAME) && t->wire_values == NULL &&
           t->only == NULL && t->without == NULL && t->replaced == NULL;
}

static void use_form(struct guessing *w, struct guess *g)
{
    signed_pairs_sort(&w->altered_order, &w->altered, SIGNED_BY_NAME);
    g->text.form = &w->altered;
    g->text.pairs = &w->altered_order;
}

/* The name by which a pair is looked up stays empty, since a Signature would be left out. */
static enum made one_more(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const struct {
        const char *name, *value, *sentence;
    } more[] = {
        {"SignatureMethod", "HmacSHA1",
         "the parameter SignatureMethod=HmacSHA1 was signed but not sent"},
        {"SignatureMethod", "HmacSHA256",
         "the parameter SignatureMethod=HmacSHA256 was signed but not sent, and without it "
         "the digest is HmacSHA1"},
        {"Signature", "", "the parameter Signature was signed, too"},
        {"Token", "", "an empty parameter Token was signed but not sent"},
        {"Region", "", "an empty parameter Region was signed but not sent"},
    };
    if (n >= COUNT(more))
        return MADE_ALL;
    if (!takes_form(w, g) || g->text.pairs->count == FORM_PAIRS_MAX ||
        find(g->text.pairs, more[n].name) != NULL)
        return MADE_NOTHING;
    copy_form(w, SIGNED_BY_NAME);
    w->altered_pairs[w->altered.count++] =
        (struct pair){{NULL, 0}, bytes_of(more[n].value), bytes_of(more[n].name)};
    use_form(w, g);
    explain_sentence(say, more[n].sentence);
    return MADE;
}

/* "msgTag" of "msgTag.2"; empty if the name has no number. */
static struct bytes list_name(struct bytes name)
{
    size_t len = name.len;
    while (len > 0 && name.data[len - 1] >= '0' && name.data[len - 1] <= '9')
        len--;
    bool numbered = len > 1 && len < name.len && name.data[len - 1] == '.';
    return (struct bytes){name.data, numbered ? len - 1 : 0};
}

/* Make one parameter of each list: "msgTag=a,b". The buffer has room, so it does not move. */
static void collapse(struct guessing *w)
{
    struct pair *last = NULL; /* a list that may go on */
    size_t to = 0;
    for (size_t i = 0; i < w->altered.count; i++) {
        struct pair p = w->altered_pairs[i];
        struct bytes name = list_name(p.name);
        if (last != NULL && name.len > 0 && bytes_equal(last->name, name)) {
            buffer_append_char(&w->joined, ',');
            buffer_append(&w->joined, p.value);
            last->value.len += 1 + p.value.len;
            continue;
        }
        if (name.len > 0) {
            p = (struct pair){name, {w->joined.data + w->joined.len, p.value.len}, name};
            buffer_append(&w->joined, w->altered_pairs[i].value);
        }
        w->altered_pairs[to] = p;
        last = name.len > 0 ? &w->altered_pairs[to] : NULL;
        to++;
    }
    w->altered.count = to;
}

static enum made lists_joined(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    if (n > 0)
        return MADE_ALL;
    if (!takes_form(w, g))
        return MADE_NOTHING;
    copy_form(w, SIGNED_BY_NUMBER);
    buffer_clear(&w->joined);
    if (!buffer_reserve(&w->joined, w->request->form->decoded_len + w->altered.count))
        return MADE_NOTHING;
    w->budget -= (int64_t)w->request->form->decoded_len;
    collapse(w);
    if (w->joined.len == 0)
        return MADE_NOTHING;
    use_form(w, g);
    explain_sentence(say, "the parameters of a list, name.N, were signed as one, with commas");
    return MADE;
}

const struct mistake parameter_mistakes[] = {
    {ABOUT_OMISSION, IN_THREES, without_some}, {ABOUT_VALUES, IN_THREES, coded_values},
    {ABOUT_VALUES, IN_THREES, wire_values},    {ABOUT_ORDER, IN_TWOS, other_order},
    {ABOUT_NAMES, IN_TWOS, other_names},       {ABOUT_FORM, IN_TWOS, one_more},
    {ABOUT_FORM, IN_TWOS, lists_joined},       {ABOUT_REPLACEMENT, IN_TWOS, one_replaced},
    {ABOUT_OMISSION, IN_TWOS, without_one},    {ABOUT_REPLACEMENT, ALONE, one_emptied},
    {ABOUT_VALUES, ALONE, coded_parameters},   {ABOUT_VALUES, ALONE, coded_value},
};
const size_t parameter_mistake_count = COUNT(parameter_mistakes);
