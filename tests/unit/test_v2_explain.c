#include "api/v2/explain.h"

#include "tests/support/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TEXT(literal)                                                                          \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }

#define NOTHING                                                                                \
    "no known mistake explains it: compare the string to sign, and check the secret key"

static const char address[] = "127.0.0.1:9267";

static void explain(const char *method, const char *host, const char *path,
                    const struct sent_form *f, struct bytes key, const struct allocator *a,
                    struct explanation *out)
{
    struct v2_signed s = {
        .method = bytes_of(method),
        .host = bytes_of(host),
        .path = bytes_of(path),
        .form = &f->form,
        .wire = {f->wire, f->len},
        .key = key,
        .strict = true,
    };
    v2_explain(&s, bytes_of(address), a, out);
}

/* ---- texts ---- */

#define PATH "/v2/index.php"

static const struct {
    const char *difference, *method, *host, *path;
    struct bytes wire, text; /* as sent, and as the client signed it */
} texts[] = {
    /* host */
    {"the client signed the host without its port", "GET", "h:1", PATH, TEXT("a=1"),
     TEXT("GETh" PATH "?a=1")},
    {"the client signed the host h:80, and sent h", "GET", "h", PATH, TEXT("a=1"),
     TEXT("GETh:80" PATH "?a=1")},
    {"the client signed the host 127.0.0.1:9267, and sent h", "GET", "h", PATH, TEXT("a=1"),
     TEXT("GET127.0.0.1:9267" PATH "?a=1")},
    {"the client signed the host http://h:1, and sent h:1", "GET", "h:1", PATH, TEXT("a=1"),
     TEXT("GEThttp://h:1" PATH "?a=1")},
    {"the client signed the host https://h, and sent h", "GET", "h", PATH, TEXT("a=1"),
     TEXT("GEThttps://h" PATH "?a=1")},
    {"the client signed the host localhost:1, and sent 127.0.0.1:1", "GET", "127.0.0.1:1", PATH,
     TEXT("a=1"), TEXT("GETlocalhost:1" PATH "?a=1")},
    {"the client signed the host 127.0.0.1, and sent localhost:1", "GET", "localhost:1", PATH,
     TEXT("a=1"), TEXT("GET127.0.0.1" PATH "?a=1")},
    {"the client signed the host cmq-topic-gz.x, and sent cmq-queue-gz.x", "GET",
     "cmq-queue-gz.x", PATH, TEXT("a=1"), TEXT("GETcmq-topic-gz.x" PATH "?a=1")},
    {"the client signed the host cmq-queue-usw.api.qcloud.com, and sent h", "GET", "h", PATH,
     TEXT("a=1"), TEXT("GETcmq-queue-usw.api.qcloud.com" PATH "?a=1")},
    {"the client signed the host gz.mqadapter.cmq.tencentyun.com, and sent h", "GET", "h", PATH,
     TEXT("a=1"), TEXT("GETgz.mqadapter.cmq.tencentyun.com" PATH "?a=1")},
    {"the client signed the host host.x, and sent HOST.x", "GET", "HOST.x", PATH, TEXT("a=1"),
     TEXT("GEThost.x" PATH "?a=1")},
    {"the client signed no host, and sent h", "GET", "h", PATH, TEXT("a=1"),
     TEXT("GET" PATH "?a=1")},
    {"the client signed the host 127.0.0.1:9267, and sent none", "GET", "", PATH, TEXT("a=1"),
     TEXT("GET127.0.0.1:9267" PATH "?a=1")},
    /* path */
    {"the client signed the path /, and requested /v2/index.php", "GET", "h", PATH, TEXT("a=1"),
     TEXT("GETh/?a=1")},
    {"the client signed the path /v2/index.php, and requested /", "GET", "h", "/", TEXT("a=1"),
     TEXT("GETh/v2/index.php?a=1")},
    {"the client signed no path, and requested /", "GET", "h", "/", TEXT("a=1"),
     TEXT("GETh?a=1")},
    {"the client signed the path v2/index.php, and requested /v2/index.php", "GET", "h", PATH,
     TEXT("a=1"), TEXT("GEThv2/index.php?a=1")},
    {"the client signed the path //v2/index.php, and requested /v2/index.php", "GET", "h", PATH,
     TEXT("a=1"), TEXT("GETh//v2/index.php?a=1")},
    {"the client signed the path /v2/index.php/, and requested /v2/index.php", "GET", "h", PATH,
     TEXT("a=1"), TEXT("GETh/v2/index.php/?a=1")},
    /* method, question mark */
    {"the client signed the method GET, and sent POST", "POST", "h", PATH, TEXT("a=1"),
     TEXT("GETh" PATH "?a=1")},
    {"the client signed the method POST, and sent GET", "GET", "h", PATH, TEXT("a=1"),
     TEXT("POSTh" PATH "?a=1")},
    {"the client signed the method post, and sent POST", "POST", "h", PATH, TEXT("a=1"),
     TEXT("posth" PATH "?a=1")},
    {"the client signed no method, and sent POST", "POST", "h", PATH, TEXT("a=1"),
     TEXT("h" PATH "?a=1")},
    {"the client left out the question mark before the parameters", "POST", "h", PATH,
     TEXT("a=1"), TEXT("POSTh" PATH "a=1")},
    {"the client signed the parameters alone: method, host and path are missing", "POST", "h",
     PATH, TEXT("a=1"), TEXT("a=1")},
    /* values */
    {"the value of msgBody was signed percent-encoded", "POST", "h", PATH,
     TEXT("a=1&msgBody=%3Cx%20y%3E"), TEXT("POSTh" PATH "?a=1&msgBody=%3Cx+y%3E")},
    {"the value of msgBody was signed percent-encoded", "POST", "h", PATH,
     TEXT("a=1&msgBody=<x+y>"), TEXT("POSTh" PATH "?a=1&msgBody=%3cx%20y%3e")},
    {"the value of msgBody was signed percent-encoded", "POST", "h", PATH,
     TEXT("msgBody=%2a%7e+%2f"), TEXT("POSTh" PATH "?msgBody=*%7E+%2F")},
    {"the value of msgBody was signed percent-encoded", "POST", "h", PATH,
     TEXT("b=%26&msgBody=%26"), TEXT("POSTh" PATH "?b=&&msgBody=%26")},
    {"the values were signed percent-encoded", "POST", "h", PATH, TEXT("b=<&msgBody=>"),
     TEXT("POSTh" PATH "?b=%3C&msgBody=%3E")},
    {"the values were signed undecoded, as they are on the wire", "POST", "h", PATH,
     TEXT("b=%3c%2A"), TEXT("POSTh" PATH "?b=%3c%2A")},
    {"the value of b was signed with + for each blank: percent-encoded, or else a plus sign "
     "was sent as it is, not as %2B",
     "POST", "h", PATH, TEXT("b=1%2D1+1"), TEXT("POSTh" PATH "?b=1-1+1")},
    {"the value of b was percent-encoded twice on the wire", "POST", "h", PATH,
     TEXT("b=%253C%2520"), TEXT("POSTh" PATH "?b=< ")},
    {"the value of b was signed without the blanks around it", "POST", "h", PATH,
     TEXT("b=+x%0A"), TEXT("POSTh" PATH "?b=x")},
    {"the string of all parameters was signed percent-encoded", "POST", "h", PATH,
     TEXT("a=1&b=2"), TEXT("POSTh" PATH "?a%3D1%26b%3D2")},
    /* names and order */
    {"the client signed names with _ as they are, not with . for _", "POST", "h", PATH,
     TEXT("a_b=1"), TEXT("POSTh" PATH "?a_b=1")},
    {"the names were signed percent-encoded", "POST", "h", PATH, TEXT("a[]=1"),
     TEXT("POSTh" PATH "?a%5B%5D=1")},
    {"the names were signed without the blanks around them", "POST", "h", PATH, TEXT("a+=1"),
     TEXT("POSTh" PATH "?a=1")},
    {"the parameters were sorted after _ in names had become .", "POST", "h", PATH,
     TEXT("aXb=1&a_b=2"), TEXT("POSTh" PATH "?a.b=2&aXb=1")},
    {"the parameters were sorted without regard to case", "POST", "h", PATH,
     TEXT("Z=1&b=2&C=3"), TEXT("POSTh" PATH "?b=2&C=3&Z=1")},
    {"the parameters were sorted with the numbers in names as numbers", "POST", "h", PATH,
     TEXT("m.10=1&m.2=2"), TEXT("POSTh" PATH "?m.2=2&m.10=1")},
    {"the parameters were sorted as name=value, not by their names", "POST", "h", PATH,
     TEXT("z=1&m=1&m.1=2"), TEXT("POSTh" PATH "?m.1=2&m=1&z=1")},
    {"the parameters were signed in the order in which they were sent, not sorted", "POST", "h",
     PATH, TEXT("z=1&b=2&C=3"), TEXT("POSTh" PATH "?z=1&b=2&C=3")},
    {"all values of a repeated parameter were signed, and the last alone counts", "POST", "h",
     PATH, TEXT("b=1&a=2&a=1"), TEXT("POSTh" PATH "?a=2&a=1&b=1")},
    /* which parameters */
    {"parameters whose values begin with @ were sent but not signed", "POST", "h", PATH,
     TEXT("a=@1&b=2"), TEXT("POSTh" PATH "?b=2")},
    {"parameters without a value were sent but not signed", "POST", "h", PATH,
     TEXT("a=&b=2&c="), TEXT("POSTh" PATH "?b=2")},
    {"the parameter Token was sent but not signed", "POST", "h", PATH, TEXT("Token=t&b=2"),
     TEXT("POSTh" PATH "?b=2")},
    {"the parameter b was signed with an empty value", "POST", "h", PATH, TEXT("a=1&b=2"),
     TEXT("POSTh" PATH "?a=1&b=")},
    {"the client signed Action=sendMessage, and sent Action=SendMessage", "POST", "h", PATH,
     TEXT("Action=SendMessage"), TEXT("POSTh" PATH "?Action=sendMessage")},
    {"the client signed Timestamp=1700000000000, and sent Timestamp=1700000000", "POST", "h",
     PATH, TEXT("Timestamp=1700000000"), TEXT("POSTh" PATH "?Timestamp=1700000000000")},
    {"the client signed Timestamp=1700000000, and sent Timestamp=1700000000123", "POST", "h",
     PATH, TEXT("Timestamp=1700000000123"), TEXT("POSTh" PATH "?Timestamp=1700000000")},
    {"the client signed Timestamp=1700000001, and sent Timestamp=1700000000", "POST", "h", PATH,
     TEXT("Timestamp=1700000000"), TEXT("POSTh" PATH "?Timestamp=1700000001")},
    {"the client signed Timestamp=1699999999, and sent Timestamp=1700000000", "POST", "h", PATH,
     TEXT("Timestamp=1700000000"), TEXT("POSTh" PATH "?Timestamp=1699999999")},
    {"the client signed SignatureMethod=HmacSHA256, and sent SignatureMethod=HmacSHA1", "POST",
     "h", PATH, TEXT("SignatureMethod=HmacSHA1"),
     TEXT("POSTh" PATH "?SignatureMethod=HmacSHA256")},
    {"the parameter SignatureMethod=HmacSHA1 was signed but not sent", "POST", "h", PATH,
     TEXT("a=1&a=2"), TEXT("POSTh" PATH "?SignatureMethod=HmacSHA1&a=2")},
    {"the parameter Signature was signed, too", "POST", "h", PATH, TEXT("a=1&Region=gz"),
     TEXT("POSTh" PATH "?Region=gz&Signature=&a=1")},
    {"the parameters of a list, name.N, were signed as one, with commas", "POST", "h", PATH,
     TEXT("msgTag.1=b&msgTag.0=a&z=1&msgTag.10=c&msgTag.2=&a.0=x"),
     TEXT("POSTh" PATH "?a=x&msgTag=a,b,,c&z=1")},
    /* several mistakes */
    {"the client signed the host without its port; the client signed the path "
     "/v2/index.php, and requested /",
     "POST", "h:1", "/", TEXT("a=1"), TEXT("POSTh/v2/index.php?a=1")},
    {"the client signed the host without its port; the parameter Token was sent but not signed",
     "POST", "h:1", PATH, TEXT("Token=1&a=1"), TEXT("POSTh" PATH "?a=1")},
    {"the parameters were sorted without regard to case; the parameter Token was sent but not "
     "signed",
     "POST", "h:1", PATH, TEXT("Token=1&Z=1&a=1"), TEXT("POSTh:1" PATH "?a=1&Z=1")},
    {"the client signed the host without its port; the client signed the method GET, and sent "
     "POST; the value of b was signed percent-encoded",
     "POST", "h:1", PATH, TEXT("b=%26"), TEXT("GETh" PATH "?b=%26")},
    /* nothing known */
    {NOTHING, "POST", "h:1", PATH, TEXT("a=1"), TEXT("something else")},
    {NOTHING, "POST", "h:1", PATH, TEXT(""), TEXT("something else")},
};

static void check_difference(const char *what, const struct explanation *e,
                             const char *difference)
{
    assert_false(e->difference.failed);
    if (!bytes_equal(buffer_bytes(&e->difference), bytes_of(difference)))
        fail_msg("%s: %.*s", what, (int)e->difference.len, e->difference.data);
}

/* The documented text is written, too, with the parameters of the worked rows. */
static void finds_texts(void **state)
{
    struct allocator heap = allocator_heap();
    struct explanation e = {.found = false};
    struct bytes key = {"k\0\xff", 3};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sent_form f;
        sent_form_make(&f, texts[i].wire, sign_text(DIGEST_SHA1, key, texts[i].text));
        explain(texts[i].method, texts[i].host, texts[i].path, &f, key, &heap, &e);
        check_difference(texts[i].difference, &e, texts[i].difference);
        bool known = strcmp(texts[i].difference, NOTHING) != 0;
        if (e.found != known || (known && !bytes_equal(buffer_bytes(&e.likely), texts[i].text)))
            fail_msg("%s: %.*s", texts[i].difference, (int)e.likely.len, e.likely.data);
        sent_form_free(&f);
    }
    explanation_free(&e);
}

/* ---- keys ---- */

static void finds_keys(void **state)
{
    static const struct {
        const char *ours, *theirs, *difference;
    } keys[] = {
        {"key", "key\n", "the client's secret key ends in a line break"},
        {"key", "key\r\n", "the client's secret key ends in a line break (CR LF)"},
        {"key", "key ", "the client's secret key ends in a blank"},
        {"key", "key&", "the client's secret key ends in &"},
        {" key\n", "key",
         "the client's secret key lacks the blanks or line breaks around that of the "
         "credential"},
        {"key", "id", "the client signed with its secret id in place of the secret key"},
        {"key", "TC3key",
         "the client put TC3 before its secret key, which is for TC3-HMAC-SHA256 alone"},
        {"a2V5", "key", "the client decoded its secret key from Base64"},
        {"key", "", "the client signed with an empty secret key"},
        {"", "\n", "the client's secret key ends in a line break"},
        {"key", "another", NOTHING},
    };
    struct allocator heap = allocator_heap();
    struct explanation e = {.found = false};
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct sent_form f;
        struct bytes text = bytes_of("GETh:1/?SecretId=id");
        sent_form_make(&f, bytes_of("SecretId=id"),
                       sign_text(DIGEST_SHA1, bytes_of(keys[i].theirs), text));
        explain("GET", "h:1", "/", &f, bytes_of(keys[i].ours), &heap, &e);
        check_difference(keys[i].difference, &e, keys[i].difference);
        assert_true(bytes_equal(buffer_bytes(&e.to_sign), text));
        assert_true(!e.found || bytes_equal(buffer_bytes(&e.likely), text));
        sent_form_free(&f);
    }
    explanation_free(&e);
}

/* ---- forms of the signature ---- */

/* The text is chosen so that the Base64 has both a "+" and a "/". */
static void reads_signatures(void **state)
{
    struct allocator heap = allocator_heap();
    struct explanation e = {.found = false};
    char base64[DIGEST_BASE64_MAX + 1] = "", text[64], wire[32];
    uint8_t digest[DIGEST_MAX];
    (void)state;
    for (int n = 0; strchr(base64, '+') == NULL || strchr(base64, '/') == NULL; n++) {
        snprintf(wire, sizeof wire, "a=%d", n);
        snprintf(text, sizeof text, "GETh/?%s", wire);
        struct bytes s = sign_text(DIGEST_SHA1, bytes_of("key"), bytes_of(text));
        memcpy(base64, s.data, s.len);
    }
    assert_int_equal(digest_from_base64(bytes_of(base64), digest), SHA1_DIGEST_SIZE);

    char hex[DIGEST_HEX + 1] = "", upper[DIGEST_HEX + 1] = "", blanks[64], url[64], ends[64];
    char unpadded[64], twice[128] = "", of_hex[128] = "";
    digest_hex(digest, SHA1_DIGEST_SIZE, hex);
    for (size_t i = 0; hex[i] != '\0'; i++)
        upper[i] = (char)(hex[i] >= 'a' ? hex[i] - 'a' + 'A' : hex[i]);
    snprintf(blanks, sizeof blanks, "%s", base64);
    snprintf(url, sizeof url, "%s", base64);
    snprintf(ends, sizeof ends, "%s\n", base64);
    snprintf(unpadded, sizeof unpadded, "%.27s", base64);
    for (size_t i = 0; base64[i] != '\0'; i++) {
        if (base64[i] == '+') {
            blanks[i] = ' ';
            url[i] = '-';
        } else if (base64[i] == '/') {
            url[i] = '_';
        }
        snprintf(twice + strlen(twice), 4, "%%%02x", (unsigned char)base64[i]);
    }
    digest_base64((const uint8_t *)hex, 30, of_hex);
    digest_base64((const uint8_t *)hex + 30, 10, of_hex + 40);

    const struct {
        const char *signature, *difference;
        bool found;
    } forms[] = {
        {hex, "the signature is in hex, not in Base64", true},
        {upper, "the signature is in hex, not in Base64", true},
        {blanks, "the + in the signature was sent unencoded: on the wire + is a blank", true},
        {url, "the signature is in the alphabet of Base64 for URLs", true},
        {ends, "there are blanks or line breaks around the signature", true},
        {unpadded, "the signature lacks its padding", true},
        {twice, "the signature was percent-encoded twice", true},
        {of_hex, "the signature is Base64 of the digest in hex, not of the digest", true},
        {"", "the request has no Signature", false},
        {"short",
         "the Signature is no digest in Base64, which has 28 characters for HmacSHA1 and 44 "
         "for "
         "HmacSHA256",
         false},
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct sent_form f;
        sent_form_make(&f, bytes_of(wire), bytes_of(forms[i].signature));
        explain("GET", "h", "/", &f, bytes_of("key"), &heap, &e);
        check_difference(forms[i].difference, &e, forms[i].difference);
        assert_int_equal(e.found, forms[i].found);
        assert_true(bytes_equal(buffer_bytes(&e.to_sign), bytes_of(text)));
        sent_form_free(&f);
    }
    explanation_free(&e);
}

/* Also what is no signature at all, of any length. */
static void takes_any_signature(void **state)
{
    struct allocator heap = allocator_heap();
    struct explanation e = {.found = false};
    char text[300];
    static const char fill[] = {'A', '0', '=', '%', ' ', '\0', '\xff', '-'};
    (void)state;
    for (size_t i = 0; i < COUNT(fill); i++) {
        memset(text, fill[i], sizeof text);
        for (size_t len = 1; len <= sizeof text; len += len > 100 ? 50 : 1) {
            struct sent_form f;
            sent_form_make(&f, bytes_of("a=1"), (struct bytes){text, len});
            explain("GET", "h", "/", &f, bytes_of("key"), &heap, &e);
            assert_false(e.found);
            assert_true(e.difference.len > 0);
            sent_form_free(&f);
        }
    }
    explanation_free(&e);
}

static void tells_the_digest(void **state)
{
    static const struct {
        enum digest_kind kind;
        const char *wire, *text, *difference;
    } cases[] = {
        {DIGEST_SHA256, "a=1", "GETh:1/?a=1",
         "the client signed by HMAC-SHA256, and without SignatureMethod=HmacSHA256 it is "
         "HMAC-SHA1"},
        {DIGEST_SHA1, "SignatureMethod=HmacSHA256", "GETh:1/?SignatureMethod=HmacSHA256",
         "the client signed by HMAC-SHA1, and SignatureMethod is HmacSHA256"},
        {DIGEST_SHA256, "a=1", "GETh/?a=1",
         "the client signed by HMAC-SHA256, and without SignatureMethod=HmacSHA256 it is "
         "HMAC-SHA1; the client signed the host without its port"},
        {DIGEST_SHA256, "a=1", "something else",
         "the client signed by HMAC-SHA256, and without SignatureMethod=HmacSHA256 it is "
         "HMAC-SHA1; " NOTHING},
    };
    struct allocator heap = allocator_heap();
    struct explanation e = {.found = false};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sent_form f;
        sent_form_make(&f, bytes_of(cases[i].wire),
                       sign_text(cases[i].kind, bytes_of("key"), bytes_of(cases[i].text)));
        explain("GET", "h:1", "/", &f, bytes_of("key"), &heap, &e);
        check_difference(cases[i].difference, &e, cases[i].difference);
        sent_form_free(&f);
    }
    explanation_free(&e);
}

/* ---- hostile requests ---- */

static void *take_nothing(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static void does_without_memory(void **state)
{
    struct allocator none = {take_nothing, take_nothing, NULL, NULL};
    struct explanation e = {.found = false};
    struct sent_form f;
    (void)state;
    sent_form_make(&f, bytes_of("b=1&a=2"),
                   sign_text(DIGEST_SHA1, bytes_of("k"), bytes_of("x")));
    explain("GET", "h:1", "/", &f, bytes_of("key"), &none, &e);
    check_difference("no memory", &e, NOTHING);
    assert_false(e.found);
    assert_true(bytes_equal(buffer_bytes(&e.to_sign), bytes_of("GETh:1/?a=2&b=1")));
    explanation_free(&e);
    sent_form_free(&f);
}

/* What is found of a GET / to h:1 of which another text was signed. */
static void check_large(struct bytes wire, struct bytes text, const char *difference)
{
    struct allocator heap = allocator_heap();
    struct explanation e = {.found = false};
    struct sent_form f;
    sent_form_make(&f, wire, sign_text(DIGEST_SHA1, bytes_of("key"), text));
    explain("GET", "h:1", "/", &f, bytes_of("key"), &heap, &e);
    check_difference("large", &e, difference);
    sent_form_free(&f);
    explanation_free(&e);
}

/* As many parameters as there can be, and long ones: the search ends. What it finds at once is found
 * all the same; of long ones what it tries next is not. */
static void bounds_its_work(void **state)
{
    static const size_t lens[] = {0, 600};
    (void)state;
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct buffer wire = {0}, text = {0}, next = {0};
        char *value = calloc(1, lens[i] + 1), name[16];
        assert_non_null(value);
        memset(value, '<', lens[i]);
        for (int n = 0; n < FORM_PAIRS_MAX - 1; n++) {
            snprintf(name, sizeof name, "%sp.%03d=", n > 0 ? "&" : "", n);
            buffer_append(&wire, bytes_of(name));
            buffer_append(&wire, bytes_of(value));
        }
        buffer_append(&text, bytes_of("GETh/?"));
        buffer_append(&text, buffer_bytes(&wire));
        buffer_append(&next, bytes_of("GETh:1" PATH "?"));
        buffer_append(&next, buffer_bytes(&wire));
        check_large(buffer_bytes(&wire), buffer_bytes(&next),
                    lens[i] > 0 ? NOTHING
                                : "the client signed the path " PATH ", and requested /");
        for (int known = 0; known <= 1; known++) {
            check_large(buffer_bytes(&wire), known ? buffer_bytes(&text) : bytes_of("x"),
                        known ? "the client signed the host without its port" : NOTHING);
        }
        buffer_free(&wire);
        buffer_free(&text);
        buffer_free(&next);
        free(value);
    }
}

/* Each try reads the host, so with a long one there are fewer: these three mistakes are no longer
 * found. */
static void counts_the_host(void **state)
{
    static char host[40000];
    static const size_t lens[] = {4, sizeof host - 3};
    struct allocator heap = allocator_heap();
    struct explanation e = {.found = false};
    (void)state;
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct sent_form f;
        struct buffer text = {0};
        memset(host, 'h', lens[i]);
        memcpy(host + lens[i], ":1", 3);
        buffer_append(&text, bytes_of("GET"));
        buffer_append(&text, (struct bytes){host, lens[i]});
        buffer_append(&text, bytes_of(PATH "?b=%26"));
        sent_form_make(&f, bytes_of("b=%26"),
                       sign_text(DIGEST_SHA1, bytes_of("key"), buffer_bytes(&text)));
        explain("POST", host, PATH, &f, bytes_of("key"), &heap, &e);
        assert_int_equal(e.found, i == 0);
        sent_form_free(&f);
        buffer_free(&text);
    }
    explanation_free(&e);
}

/* NULs and control characters do not get into sentences, nor do long names. */
static void shows_bytes_safely(void **state)
{
    struct allocator heap = allocator_heap();
    struct explanation e = {.found = false};
    struct sent_form f;
    char name[201] = "", wire[256], difference[256], long_host[400] = "";
    (void)state;
    sent_form_make(&f, bytes_of("a=1&n%00%0a%7f=2"),
                   sign_text(DIGEST_SHA1, bytes_of("key"), bytes_of("GETh/?a=1")));
    explain("GET", "h", "/", &f, bytes_of("key"), &heap, &e);
    check_difference("NUL", &e, "the parameter n??? was sent but not signed");
    sent_form_free(&f);

    memset(name, 'n', sizeof name - 1);
    snprintf(wire, sizeof wire, "a=1&%s=2", name);
    sent_form_make(&f, bytes_of(wire),
                   sign_text(DIGEST_SHA1, bytes_of("key"), bytes_of("GETh/?a=1")));
    explain("GET", "h", "/", &f, bytes_of("key"), &heap, &e);
    snprintf(difference, sizeof difference, "the parameter %.100s... was sent but not signed",
             name);
    check_difference("long", &e, difference);

    memset(long_host, 'h', sizeof long_host - 1);
    explain("GET", long_host, long_host, &f, bytes_of(long_host), &heap, &e);
    check_difference("long host", &e, NOTHING);
    sent_form_free(&f);
    explanation_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_texts),        cmocka_unit_test(finds_keys),
        cmocka_unit_test(reads_signatures),   cmocka_unit_test(takes_any_signature),
        cmocka_unit_test(tells_the_digest),   cmocka_unit_test(does_without_memory),
        cmocka_unit_test(bounds_its_work),    cmocka_unit_test(counts_the_host),
        cmocka_unit_test(shows_bytes_safely),
    };
    return cmocka_run_group_tests_name("explanation", tests, NULL, NULL);
}
