#include "api/v3/signature.h"

#include "api/v3/headers.h"
#include "api/v3/signed_text.h"
#include "tests/support/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SCHEME       "TC3-HMAC-SHA256 "
#define SCOPE        "Credential=id/2023-11-14/tdmq/tc3_request"
#define TIMESTAMP    "X-TC-Timestamp: 1700000000\n"

/* ---- Authorization ---- */

static void reads_authorizations(void **state)
{
    static const struct {
        const char *what, *text;
        bool readable;
    } cases[] = {
        {"as documented", SCHEME SCOPE ", SignedHeaders=h, Signature=s", true},
        {"no blanks", SCHEME SCOPE ",SignedHeaders=h,Signature=s", true},
        {"many blanks", SCHEME "  " SCOPE "  , \t SignedHeaders=h,   Signature=s  ", true},
        {"another order", SCHEME "Signature=s, " SCOPE ", SignedHeaders=h", true},
        {"nothing", "", false},
        {"SKIP", "SKIP", false},
        {"the scheme alone", SCHEME, false},
        {"no blank behind the scheme", "TC3-HMAC-SHA256" SCOPE ", SignedHeaders=h, Signature=s",
         false},
        {"another scheme", "TC3-HMAC-SHA1 " SCOPE ", SignedHeaders=h, Signature=s", false},
        {"no credential", SCHEME "SignedHeaders=h, Signature=s", false},
        {"no headers", SCHEME SCOPE ", Signature=s", false},
        {"no signature", SCHEME SCOPE ", SignedHeaders=h", false},
        {"empty headers", SCHEME SCOPE ", SignedHeaders=, Signature=s", false},
        {"empty signature", SCHEME SCOPE ", SignedHeaders=h, Signature=", false},
        {"a part twice", SCHEME SCOPE ", SignedHeaders=h, Signature=s, Signature=s", false},
        {"an unknown part", SCHEME SCOPE ", SignedHeaders=h, Signature=s, x=y", false},
        {"an empty part", SCHEME SCOPE ",, SignedHeaders=h, Signature=s", false},
        {"blanks instead of commas", SCHEME SCOPE " SignedHeaders=h Signature=s", false},
        {"no terminator", SCHEME "Credential=id/2023-11-14/tdmq, SignedHeaders=h, Signature=s",
         false},
        {"another terminator",
         SCHEME "Credential=id/2023-11-14/tdmq/tc3, SignedHeaders=h, Signature=s", false},
        {"no service",
         SCHEME "Credential=id/2023-11-14//tc3_request, SignedHeaders=h, Signature=s", false},
        {"no id",
         SCHEME "Credential=/2023-11-14/tdmq/tc3_request, SignedHeaders=h, Signature=s", false},
        {"too many parts",
         SCHEME "Credential=id/2023-11-14/tdmq/x/tc3_request, SignedHeaders=h, Signature=s",
         false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct v3_authorization a;
        if (v3_authorization_read(bytes_of(cases[i].text), &a) != cases[i].readable)
            fail_msg("%s", cases[i].what);
        if (!cases[i].readable)
            continue;
        assert_true(bytes_equal(a.secret_id, bytes_of("id")));
        assert_true(bytes_equal(a.date, bytes_of("2023-11-14")));
        assert_true(bytes_equal(a.service, bytes_of("tdmq")));
        assert_true(bytes_equal(a.signed_headers, bytes_of("h")));
        assert_true(bytes_equal(a.signature, bytes_of("s")));
    }
}

/* ---- worked examples (api3 3.6) ---- */

#define FORM_TYPE "application/x-www-form-urlencoded"

struct example {
    const char *what, *method, *query, *host, *type, *timestamp, *scope, *body, *key;
    const char *payload, *signature;
    bool strict; /* right in the documented way */
};

static const struct example examples[] = {
    {"example 1", "POST", "", "tdmq.tencentcloudapi.com", "application/json", "1700000000",
     "2023-11-14/tdmq", "{\"QueueName\": \"test-queue-1\", \"PollingWaitSeconds\": 10}",
     SIGN_KEY, "2e30bb6ef4eef88739552e6b2cfeaa626f4c7074d04dadb1859f12cdbaefada8",
     "e6255059512ef3133836cd8ca9c8ddb6edc1d0cb7fa3a6497906306e2783de6c", true},
    {"example 2", "POST", "", "127.0.0.1:8080", "application/json; charset=utf-8", "1700000000",
     "2023-11-14/127", "{\"QueueName\":\"test-queue-1\"}", SIGN_KEY,
     "b6bd2986d9e574729324611bd7ee6e4276c4199854e6ff246a2e7c6eaa1ec752",
     "9337a188eeaebb8dfba42a35857aab4784a499cd7091bf4db699d95c315f65dd", true},
    {"example 3", "POST", "", "127.0.0.1:8080", "application/json", "1700000000",
     "2023-11-14/127", "{\"QueueName\":\"test-queue-1\"}", SIGN_KEY,
     "b6bd2986d9e574729324611bd7ee6e4276c4199854e6ff246a2e7c6eaa1ec752",
     "cb62532713c6b309fa6a4339dca748e017642a0fe8ba19c397ac5f4e7bee07b0", false},
    {"example 4", "GET", "Limit=10&Offset=0&QueueName=test-queue-1", "cmq.tencentcloudapi.com",
     FORM_TYPE, "1700000000", "2023-11-14/cmq", "", SIGN_KEY,
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "92a8648140583ebd2b3e7aaf0de35f58a36522ecf8e62f766acd14cf0b8ac7eb", true},
    {"published", "POST", "", "cvm.tencentcloudapi.com", "application/json; charset=utf-8",
     "1551113065", "2019-02-25/cvm",
     "{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], "
     "\"Name\": \"instance-name\"}]}",
     "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
     "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064",
     "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168", true},
};

static enum v3_signature verify(const struct example *e, const char *key, bool strict)
{
    char headers[512], text[512];
    struct v3_authorization a;
    snprintf(headers, sizeof headers,
             "Accept: */*\nHost: %s\ncontent-type: %s\nX-TC-Timestamp: %s\n", e->host, e->type,
             e->timestamp);
    snprintf(text, sizeof text,
             SCHEME "Credential=" SIGN_ID "/%s/tc3_request, SignedHeaders=content-type;host, "
                    "Signature=%s",
             e->scope, e->signature);
    assert_true(v3_authorization_read(bytes_of(text), &a));
    assert_true(bytes_equal(a.secret_id, bytes_of(SIGN_ID)));
    struct v3_signed s = {
        .method = bytes_of(e->method),
        .query = bytes_of(e->query),
        .headers = bytes_of(headers),
        .body = bytes_of(e->body),
        .key = bytes_of(key),
        .strict = strict,
    };
    return v3_signature_verify(&s, &a);
}

static void knows_the_worked_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        const struct example *e = &examples[i];
        enum v3_signature strict = e->strict ? V3_SIGNATURE_RIGHT : V3_SIGNATURE_WRONG;
        if (verify(e, e->key, false) != V3_SIGNATURE_RIGHT || verify(e, e->key, true) != strict)
            fail_msg("%s", e->what);
        if (verify(e, "another key", false) != V3_SIGNATURE_WRONG)
            fail_msg("%s: with another key", e->what);
    }
}

/* The texts of example 1, and the hashes of all. */
static void writes_what_it_signs(void **state)
{
    static const char expected[] =
        "POST\n/\n\ncontent-type:application/json\nhost:tdmq.tencentcloudapi.com\n\n"
        "content-type;"
        "host\n2e30bb6ef4eef88739552e6b2cfeaa626f4c7074d04dadb1859f12cdbaefada8\n\n"
        "TC3-HMAC-SHA256\n1700000000\n2023-11-14/tdmq/tc3_request\n"
        "14ad512d88464963ed193f48e947e7980bc40f800ca514881cf602f14322472d";
    struct buffer out = {0};
    char payload[DIGEST_HEX];
    struct v3_text t = {
        .method = bytes_of("POST"),
        .path = bytes_of("/"),
        .payload = {payload, DIGEST_HEX},
        .timestamp = bytes_of("1700000000"),
        .date = bytes_of("2023-11-14"),
        .service = bytes_of("tdmq"),
    };
    (void)state;
    v3_hash(bytes_of(examples[0].body), payload);
    assert_true(v3_text_set_fields(
        &t, bytes_of("Host;Content-Type"),
        bytes_of("CONTENT-TYPE:application/json\nhost:  tdmq.tencentcloudapi.com \n")));
    v3_text_write(&t, &out);
    if (!bytes_equal(buffer_bytes(&out), bytes_of(expected)))
        fail_msg("%.*s", (int)out.len, out.data);
    buffer_free(&out);
}

static void hashes_payloads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        char hex[DIGEST_HEX];
        v3_hash(bytes_of(examples[i].body), hex);
        assert_memory_equal(hex, examples[i].payload, DIGEST_HEX);
    }
}

/* ---- other requests ---- */

static struct bytes sign_request(const char *key, const char *canonical)
{
    char whole[256];
    snprintf(whole, sizeof whole, "TC3%s", key);
    return sign_by(whole, "1700000000", "2023-11-14", "tdmq", bytes_of(canonical));
}

#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct {
    const char *what, *query, *headers, *signed_headers, *canonical;
    enum v3_signature expected, strict;
} requests[] = {
    {"plain", "a=%20+b", "Host: h\nContent-Type: t\n" TIMESTAMP, "content-type;host",
     "GET\n/\na=%20+b\ncontent-type:t\nhost:h\n\ncontent-type;host\n" EMPTY_HASH,
     V3_SIGNATURE_RIGHT, V3_SIGNATURE_RIGHT},
    {"further headers", "", "Host: h\nContent-Type: t\nX-TC-Action: A\nX-B: \n" TIMESTAMP,
     "content-type;host;x-b;x-tc-action",
     "GET\n/\n\ncontent-type:t\nhost:h\nx-b:\nx-tc-action:A\n\n"
     "content-type;host;x-b;x-tc-action\n" EMPTY_HASH,
     V3_SIGNATURE_RIGHT, V3_SIGNATURE_RIGHT},
    {"values in lower case", "", "Host: H\nContent-Type: T\nX-TC-Action: A\n" TIMESTAMP,
     "content-type;host;x-tc-action",
     "GET\n/"
     "\n\ncontent-type:t\nhost:h\nx-tc-action:a\n\ncontent-type;host;x-tc-action\n" EMPTY_HASH,
     V3_SIGNATURE_RIGHT, V3_SIGNATURE_RIGHT},
    {"names listed in any order and case", "", "Host: h\nContent-Type: t\n" TIMESTAMP,
     "Host;Content-Type", "GET\n/\n\ncontent-type:t\nhost:h\n\ncontent-type;host\n" EMPTY_HASH,
     V3_SIGNATURE_RIGHT, V3_SIGNATURE_RIGHT},
    {"without port", "", "Host: H:1\nContent-Type: T\n" TIMESTAMP, "content-type;host",
     "GET\n/\n\ncontent-type:t\nhost:h\n\ncontent-type;host\n" EMPTY_HASH, V3_SIGNATURE_RIGHT,
     V3_SIGNATURE_WRONG},
    {"no host received", "", "Content-Type: t\n" TIMESTAMP, "content-type;host",
     "GET\n/\n\ncontent-type:t\nhost:\n\ncontent-type;host\n" EMPTY_HASH, V3_SIGNATURE_RIGHT,
     V3_SIGNATURE_RIGHT},
    {"another host", "", "Host: g\nContent-Type: t\n" TIMESTAMP, "content-type;host",
     "GET\n/\n\ncontent-type:t\nhost:h\n\ncontent-type;host\n" EMPTY_HASH, V3_SIGNATURE_WRONG,
     V3_SIGNATURE_WRONG},
    {"host not signed", "", "Host: h\nContent-Type: t\n" TIMESTAMP, "content-type",
     "GET\n/\n\ncontent-type:t\n\ncontent-type\n" EMPTY_HASH, V3_SIGNATURE_UNSIGNED,
     V3_SIGNATURE_UNSIGNED},
    {"type not signed", "", "Host: h\nContent-Type: t\n" TIMESTAMP, "host",
     "GET\n/\n\nhost:h\n\nhost\n" EMPTY_HASH, V3_SIGNATURE_UNSIGNED, V3_SIGNATURE_UNSIGNED},
    {"no timestamp", "", "Host: h\nContent-Type: t\n", "content-type;host", "",
     V3_SIGNATURE_NO_TIMESTAMP, V3_SIGNATURE_NO_TIMESTAMP},
    {"a timestamp that is no number", "", "Host: h\nX-TC-Timestamp: 17e8\n",
     "content-type;host", "", V3_SIGNATURE_NO_TIMESTAMP, V3_SIGNATURE_NO_TIMESTAMP},
    {"a timestamp before 1970", "", "Host: h\nX-TC-Timestamp: -1\n", "content-type;host", "",
     V3_SIGNATURE_NO_TIMESTAMP, V3_SIGNATURE_NO_TIMESTAMP},
    {"a timestamp in milliseconds", "", "Host: h\nX-TC-Timestamp: 1700000000000\n",
     "content-type;host", "", V3_SIGNATURE_NO_TIMESTAMP, V3_SIGNATURE_NO_TIMESTAMP},
    {"a timestamp of the next day", "", "Host: h\nX-TC-Timestamp: 1700006400\n",
     "content-type;host", "", V3_SIGNATURE_WRONG_DATE, V3_SIGNATURE_WRONG_DATE},
};

static enum v3_signature verify_get(const char *query, const char *headers, const char *names,
                                    struct bytes body, struct bytes signature, bool strict)
{
    struct v3_authorization a = {
        .date = bytes_of("2023-11-14"),
        .service = bytes_of("tdmq"),
        .signed_headers = bytes_of(names),
        .signature = signature,
    };
    struct v3_signed s = {
        .method = bytes_of("GET"),
        .query = bytes_of(query),
        .headers = bytes_of(headers),
        .body = body,
        .key = bytes_of("key"),
        .strict = strict,
    };
    return v3_signature_verify(&s, &a);
}

static void judges_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        struct bytes signature = sign_request("key", requests[i].canonical);
        const char *query = requests[i].query, *headers = requests[i].headers;
        const char *names = requests[i].signed_headers;
        struct bytes body = {NULL, 0};
        if (verify_get(query, headers, names, body, signature, false) != requests[i].expected ||
            verify_get(query, headers, names, body, signature, true) != requests[i].strict)
            fail_msg("%s", requests[i].what);
    }
}

/* A long body, and the text that may stand for it (api3 3.3). */
static void hashes_bodies(void **state)
{
    enum { LEN = 4 * 1048576 };
    static const char before[] = "GET\n/\n\ncontent-type:t\nhost:h\n\ncontent-type;host\n";
    static const char headers[] = "Host: h\nContent-Type: t\n" TIMESTAMP;
    char hex[DIGEST_HEX], canonical[256];
    char *body = calloc(1, LEN);
    (void)state;
    assert_non_null(body);
    v3_hash((struct bytes){body, LEN}, hex);
    snprintf(canonical, sizeof canonical, "%s%.*s", before, DIGEST_HEX, hex);
    assert_int_equal(verify_get("", headers, "content-type;host", (struct bytes){body, LEN},
                                sign_request("key", canonical), true),
                     V3_SIGNATURE_RIGHT);
    v3_hash(bytes_of("UNSIGNED-PAYLOAD"), hex);
    snprintf(canonical, sizeof canonical, "%s%.*s", before, DIGEST_HEX, hex);
    assert_int_equal(verify_get("", headers, "content-type;host", (struct bytes){body, LEN},
                                sign_request("key", canonical), true),
                     V3_SIGNATURE_WRONG);
    char unsigned_headers[256];
    snprintf(unsigned_headers, sizeof unsigned_headers,
             "%sX-TC-Content-SHA256: UNSIGNED-PAYLOAD\n", headers);
    assert_int_equal(verify_get("", unsigned_headers, "content-type;host",
                                (struct bytes){body, LEN}, sign_request("key", canonical),
                                true),
                     V3_SIGNATURE_RIGHT);
    free(body);
}

/* Keys of any length, round the block of the hash. */
static void takes_any_key(void **state)
{
    static const size_t lens[] = {0, 1, 60, 61, 62, 63, 64, 65, 200};
    (void)state;
    for (size_t i = 0; i < COUNT(lens); i++) {
        char key[201] = "", hex[DIGEST_HEX];
        struct v3_text t = {
            .timestamp = bytes_of("1700000000"),
            .date = bytes_of("2023-11-14"),
            .service = bytes_of("tdmq"),
        };
        memset(key, 'k', lens[i]);
        v3_text_sign(&t, (struct bytes){key, lens[i]}, hex);
        assert_memory_equal(hex, sign_request(key, "\n\n\n\n\n").data, DIGEST_HEX);
    }
}

static void bounds_signed_headers(void **state)
{
    char names[] =
        "content-type;host;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q;r;s;t;u;v;w;x;y;z;0;1;2;3;4";
    struct bytes signature = sign_request("key", "");
    (void)state;
    _Static_assert(V3_FIELDS_MAX == 32, "one less than are listed");
    assert_int_equal(
        verify_get("", TIMESTAMP, names, (struct bytes){NULL, 0}, signature, false),
        V3_SIGNATURE_WRONG);
}

/* Each time it would be read again, and a head may have 48 KiB. */
static void refuses_a_signed_header_twice(void **state)
{
    static const char headers[] = "Host: h\nContent-Type: t\n" TIMESTAMP;
    struct bytes signature = sign_request("key", "GET\n/\n\ncontent-type:t\nhost:h\nhost:h\n\n"
                                                 "content-type;host;host\n" EMPTY_HASH);
    (void)state;
    assert_int_equal(verify_get("", headers, "content-type;host;Host", (struct bytes){NULL, 0},
                                signature, false),
                     V3_SIGNATURE_WRONG);
}

static void finds_headers(void **state)
{
    static const char headers[] = "A: 1\nAb:2\nb: \t x y \r\nc\nD:\nA: 3\ne: last";
    static const struct {
        const char *name, *value;
    } cases[] = {{"a", "1"}, {"AB", "2"},   {"B", "x y"}, {"c", NULL},
                 {"d", ""},  {"e", "last"}, {"f", NULL},  {"", NULL}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes value = v3_header(bytes_of(headers), bytes_of(cases[i].name));
        if (value.data == NULL || cases[i].value == NULL)
            assert_true(value.data == NULL && cases[i].value == NULL);
        else if (!bytes_equal(value, bytes_of(cases[i].value)))
            fail_msg("%s", cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_authorizations),
        cmocka_unit_test(knows_the_worked_examples),
        cmocka_unit_test(writes_what_it_signs),
        cmocka_unit_test(hashes_payloads),
        cmocka_unit_test(judges_requests),
        cmocka_unit_test(hashes_bodies),
        cmocka_unit_test(takes_any_key),
        cmocka_unit_test(bounds_signed_headers),
        cmocka_unit_test(refuses_a_signed_header_twice),
        cmocka_unit_test(finds_headers),
    };
    return cmocka_run_group_tests_name("v3 signature", tests, NULL, NULL);
}
