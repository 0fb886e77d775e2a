/* A call of the API v2: as it comes, to a service; and signed by what the documentation says, which
 * has to be accepted, while a signature with any other character is not. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/stage.h"

#include "api/v2/signature.h"
#include "tests/support/sign.h"

#include <assert.h>
#include <stdlib.h>

enum { NAME_MOST = 64 /* no client has longer ones, and they are not verified */ };

static const char host[] = "127.0.0.1:9267";

/* ---- the text that is signed (common 4.1) ---- */

static int compare(const void *a, const void *b)
{
    struct bytes x = (*(const struct pair *const *)a)->name;
    struct bytes y = (*(const struct pair *const *)b)->name;
    size_t both = x.len < y.len ? x.len : y.len;
    int order = both > 0 ? memcmp(x.data, y.data, both) : 0;
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

static bool is_last_of_its_name(const struct form *f, const struct pair *p)
{
    return form_find(f, p->name) == &p->value;
}

static size_t list_pairs(const struct form *f, const struct pair **list)
{
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        if (is_last_of_its_name(f, &f->pairs[i]) &&
            !bytes_equal(f->pairs[i].name, bytes_of("Signature")))
            list[count++] = &f->pairs[i];
    qsort(list, count, sizeof(void *), compare);
    return count;
}

static void append_pair(struct buffer *text, const struct pair *p, bool first)
{
    buffer_append_char(text, first ? '?' : '&');
    for (size_t i = 0; i < p->name.len; i++) {
        char c = p->name.data[i];
        if (c == '_')
            c = '.';
        buffer_append_char(text, c);
    }
    buffer_append_char(text, '=');
    buffer_append(text, p->value);
}

static void write_text(struct buffer *text, struct bytes path, const struct form *f)
{
    static const struct pair *list[FORM_PAIRS_MAX];
    size_t count = list_pairs(f, list);
    buffer_append(text, bytes_of("POST"));
    buffer_append(text, bytes_of(host));
    buffer_append(text, path);
    for (size_t i = 0; i < count; i++)
        append_pair(text, list[i], i == 0);
    assert(!text->failed);
}

/* ---- a signed request ---- */

/* What clients have: something that is signed; names without blanks around them, no longer than is
 * verified. */
static bool is_signable(const struct form *f)
{
    size_t signatures = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (!bytes_equal(f->pairs[i].name, f->pairs[i].whole_name) ||
            f->pairs[i].name.len > NAME_MOST)
            return false;
        signatures += bytes_equal(f->pairs[i].name, bytes_of("Signature"));
    }
    return f->count > signatures && f->count < FORM_PAIRS_MAX;
}

static bool verify(struct bytes path, struct bytes wire, struct bytes signature, bool strict,
                   unsigned *variants)
{
    struct sent_form f;
    sent_form_make(&f, wire, signature);
    const struct v2_signed s = {
        .method = bytes_of("POST"),
        .host = bytes_of(host),
        .path = path,
        .form = &f.form,
        .wire = {f.wire, f.len},
        .key = bytes_of(SIGN_KEY),
        .strict = strict,
    };
    bool right = v2_signature_verify(&s, variants);
    sent_form_free(&f);
    return right;
}

static void check_signature(struct bytes path, struct bytes wire, const struct form *f)
{
    struct buffer text = {0};
    unsigned variants = 1;
    char signature[DIGEST_BASE64_MAX];
    write_text(&text, path, f);
    struct bytes made =
        sign_text(v2_signature_method(f), bytes_of(SIGN_KEY), buffer_bytes(&text));
    memcpy(signature, made.data, made.len);
    struct bytes sent = {signature, made.len};
    bool right = verify(path, wire, sent, true, &variants) && variants == 0;
    assert(right);
    right = verify(path, wire, sent, false, &variants) && variants == 0;
    assert(right);
    signature[0] = signature[0] == 'A' ? 'B' : 'A';
    right = verify(path, wire, sent, false, &variants);
    assert(!right);
    buffer_free(&text);
}

/* Whether there are few enough of them. */
static bool can_be_parsed(struct bytes wire)
{
    struct form f = {.pairs = NULL};
    char *copy = malloc(wire.len + 1);
    assert(copy != NULL);
    if (wire.len > 0)
        memcpy(copy, wire.data, wire.len);
    bool parsed = form_parse(&f, copy, wire.len);
    form_free(&f);
    free(copy);
    return parsed;
}

/* The parameters are those of the body, or of the query where there is none. */
static void check_signed(const struct request_text *r)
{
    const char *question = memchr(r->target.data, '?', r->target.len);
    size_t path_len = question != NULL ? (size_t)(question - r->target.data) : r->target.len;
    struct bytes wire = r->body;
    struct sent_form f;
    if (wire.len == 0 && question != NULL)
        wire = bytes_behind(r->target, path_len + 1);
    if (!can_be_parsed(wire))
        return;
    sent_form_make(&f, wire, bytes_of(""));
    if (is_signable(&f.form))
        check_signature((struct bytes){r->target.data, path_len}, wire, &f.form);
    sent_form_free(&f);
}

/* ---- as it comes ---- */

static const char *const prepared[] = {
    "POST /_emulator/clock/freeze\n\n",
    "POST /\n\nAction=CreateQueue&queueName=q&SecretId=AKIDx",
    "POST /\n\nAction=SendMessage&queueName=q&msgBody=hello&SecretId=AKIDx",
    "POST /\n\nAction=CreateTopic&topicName=t&SecretId=AKIDx",
};

static void play(const char *options, struct bytes text)
{
    stage_begin(options, prepared, sizeof prepared / sizeof prepared[0]);
    stage_ask(1, text, SENDER_PLAIN);
    stage_close();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    struct request_text r;
    request_text_read(&r, text);
    check_signed(&r);
    request_text_free(&r);
    play("--auth off --unknown-parameters refuse", text);
    play("--credential " SIGN_ID ":" SIGN_KEY, text);
    return 0;
}
