#include "api/v3/explain.h"

#include "tests/support/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define NOTHING                                                                                \
    "no known mistake explains it: compare the string to sign, and check the secret key"
#define BODY  "{\"a\":1}\n"
#define NAMES "content-type;host"

/* What a client signs: a POST of BODY to "h.x:1". Its texts are those that are right, where a row
 * has NULL. */
struct signing {
    const char *difference;
    const char *method, *path, *query;
    const char *headers; /* canonical, with the line breaks at their end */
    const char *names, *hash, *date, *service, *whole_key;
    const char *timestamp;
};

static char body_hash[DIGEST_HEX + 1], upper_hash[DIGEST_HEX + 1], empty_hash[DIGEST_HEX + 1];
static char query_hash[DIGEST_HEX + 1], fixed_hash[DIGEST_HEX + 1],
    trimmed_hash[DIGEST_HEX + 1];

static const struct signing signings[] = {
    {.difference = "the client signed the host without its port",
     .headers = "content-type:T\nhost:h.x\n\n"},
    {.difference = "the client signed the host http://h.x:1, and sent h.x:1",
     .headers = "content-type:T\nhost:http://h.x:1\n\n"},
    {.difference = "the client signed the host h.x:1/, and sent h.x:1",
     .headers = "content-type:T\nhost:h.x:1/\n\n"},
    {.difference = "the client signed the host tdmq.tencentcloudapi.com, and sent h.x:1",
     .headers = "content-type:T\nhost:tdmq.tencentcloudapi.com\n\n"},
    {.difference = "the client signed the host localhost:1, and sent h.x:1",
     .headers = "content-type:T\nhost:localhost:1\n\n"},
    {.difference = "the client signed the host 127.0.0.1:9267, and sent h.x:1",
     .headers = "content-type:T\nhost:127.0.0.1:9267\n\n"},
    {.difference = "the client signed the content-type application/json, and sent T",
     .headers = "content-type:application/json\nhost:h.x:1\n\n"},
    {.difference =
         "the client signed the content-type application/json; charset=utf-8, and sent T",
     .headers = "content-type:application/json; charset=utf-8\nhost:h.x:1\n\n"},
    {.difference = "the client signed no content-type, and sent T",
     .headers = "content-type:\nhost:h.x:1\n\n"},
    {.difference = "the client signed the values of the headers in lower case",
     .headers = "content-type:t\nhost:h.x:1\n\n"},
    {.difference = "the client did not sort the names of the signed headers, or put them into "
                   "lower case",
     .headers = "host:h.x:1\ncontent-type:T\n\n",
     .names = "host;content-type"},
    {.difference = "the client did not sort the names of the signed headers, or put them into "
                   "lower case",
     .headers = "Content-Type:T\nHost:h.x:1\n\n",
     .names = "Content-Type;Host"},
    {.difference =
         "the canonical headers lack the line break at their end, which makes an empty "
         "line",
     .headers = "content-type:T\nhost:h.x:1\n"},
    {.difference = "the client signed the method GET, and sent POST", .method = "GET"},
    {.difference = "the client signed the method post, and sent POST", .method = "post"},
    {.difference = "the client signed no path, and it is always /", .path = ""},
    {.difference = "the client signed the path /there, and it is always /", .path = "/there"},
    {.difference = "the client signed the query, which is not signed for POST", .query = "q=1"},
    {.difference = "the client signed the hash of an empty body", .hash = empty_hash},
    {.difference = "the client signed UNSIGNED-PAYLOAD, and did not send it as "
                   "X-TC-Content-SHA256",
     .hash = fixed_hash},
    {.difference = "the client signed the hash of the body in upper-case hex",
     .hash = upper_hash},
    {.difference = "the client signed the body itself, not its hash", .hash = BODY},
    {.difference = "the client signed the hash of the query", .hash = query_hash},
    {.difference = "the client signed no hash of the body", .hash = ""},
    {.difference = "the client signed the hash of the body without the blanks or line breaks "
                   "around it",
     .hash = trimmed_hash},
    {.difference =
         "the client signed the date 2023-11-13, and the day of X-TC-Timestamp in UTC "
         "is 2023-11-14",
     .date = "2023-11-13"},
    {.difference =
         "the client signed the date 2023-11-15, and the day of X-TC-Timestamp in UTC "
         "is 2023-11-14",
     .date = "2023-11-15"},
    {.difference = "the client signed the service cmq, and its Credential has tdmq",
     .service = "cmq"},
    {.difference = "the client signed the service h, and its Credential has tdmq",
     .service = "h"},
    {.difference = "the client signed the timestamp 1700000001, and sent 1700000000",
     .timestamp = "1700000001"},
    {.difference = "the client signed the timestamp 1700000000000, and sent 1700000000",
     .timestamp = "1700000000000"},
    {.difference = "the client's secret key ends in a line break", .whole_key = "TC3key\n"},
    {.difference = "the client signed with its secret id in place of the secret key",
     .whole_key = "TC3id"},
    {.difference = "the client signed with an empty secret key", .whole_key = "TC3"},
    {.difference = "the client did not put TC3 before its secret key", .whole_key = "key"},
    {.difference = "the client signed the host without its port; the client signed the service "
                   "cmq, and its Credential has tdmq",
     .headers = "content-type:T\nhost:h.x\n\n",
     .service = "cmq"},
    {.difference =
         "the client signed the content-type application/json, and sent T; the client "
         "signed the hash of an empty body",
     .headers = "content-type:application/json\nhost:h.x:1\n\n",
     .hash = empty_hash},
    {.difference = NOTHING, .whole_key = "TC3another"},
    {.difference = NOTHING, .query = "something else"},
};

static const char *either(const char *theirs, const char *right)
{
    return theirs != NULL ? theirs : right;
}

/* The canonical request and the signature. */
static struct bytes sign(const struct signing *s, char *canonical, size_t size)
{
    snprintf(canonical, size, "%s\n%s\n%s\n%s%s\n%s", either(s->method, "POST"),
             either(s->path, "/"), either(s->query, ""),
             either(s->headers, "content-type:T\nhost:h.x:1\n\n"), either(s->names, NAMES),
             either(s->hash, body_hash));
    return sign_by(either(s->whole_key, "TC3key"), either(s->timestamp, "1700000000"),
                   either(s->date, "2023-11-14"), either(s->service, "tdmq"),
                   bytes_of(canonical));
}

static const char sent_headers[] = "Host: h.x:1\nContent-Type: T\nX-TC-Timestamp: 1700000000\n";

static void explain(const char *headers, const char *names, const char *date,
                    struct bytes signature, const char *difference, struct explanation *e)
{
    struct v3_authorization a = {
        .secret_id = bytes_of("id"),
        .date = bytes_of(date),
        .service = bytes_of("tdmq"),
        .signed_headers = bytes_of(names),
        .signature = signature,
    };
    struct v3_signed s = {
        .method = bytes_of("POST"),
        .query = bytes_of("q=1"),
        .headers = bytes_of(headers),
        .body = bytes_of(BODY),
        .key = bytes_of("key"),
        .strict = true,
    };
    struct v3_surroundings around = {bytes_of("/there"), bytes_of("127.0.0.1:9267")};
    v3_explain(&s, &a, v3_signature_verify(&s, &a), &around, e);
    if (!bytes_equal(buffer_bytes(&e->difference), bytes_of(difference)))
        fail_msg("%s: %.*s", difference, (int)e->difference.len, e->difference.data);
}

static int hash_texts(void **state)
{
    const struct {
        const char *text;
        char *hash;
    } hashes[] = {{BODY, body_hash},
                  {"", empty_hash},
                  {"q=1", query_hash},
                  {"UNSIGNED-PAYLOAD", fixed_hash},
                  {"{\"a\":1}", trimmed_hash}};
    (void)state;
    for (size_t i = 0; i < COUNT(hashes); i++) {
        struct sha256 s;
        uint8_t digest[DIGEST_MAX];
        sha256_begin(&s);
        sha256_add(&s, bytes_of(hashes[i].text));
        sha256_end(&s, digest);
        digest_hex(digest, sizeof digest, hashes[i].hash);
    }
    for (size_t i = 0; i < DIGEST_HEX; i++)
        upper_hash[i] = (char)(body_hash[i] >= 'a' ? body_hash[i] - 'a' + 'A' : body_hash[i]);
    return 0;
}

static void finds_mistakes(void **state)
{
    struct explanation e = {.found = false};
    char right[512];
    (void)state;
    sign(&(struct signing){.difference = NULL}, right, sizeof right);
    for (size_t i = 0; i < COUNT(signings); i++) {
        char canonical[512];
        struct bytes signature = sign(&signings[i], canonical, sizeof canonical);
        explain(sent_headers, either(signings[i].names, NAMES), "2023-11-14", signature,
                signings[i].difference, &e);
        bool known = strcmp(signings[i].difference, NOTHING) != 0;
        assert_int_equal(e.found, known);
        assert_int_equal(e.likely.len > 0, known);
        assert_memory_equal(e.to_sign.data, right, strlen(right));
        if (known && memcmp(e.likely.data, canonical, strlen(canonical)) != 0)
            fail_msg("%s", signings[i].difference);
    }
    explanation_free(&e);
}

/* The text to sign, as a whole. */
static void writes_both_texts(void **state)
{
    struct explanation e = {.found = false};
    char right[512], expected[1024], hash[DIGEST_HEX];
    struct sha256 s;
    uint8_t digest[DIGEST_MAX];
    (void)state;
    sign(&(struct signing){.difference = NULL}, right, sizeof right);
    sha256_begin(&s);
    sha256_add(&s, bytes_of(right));
    sha256_end(&s, digest);
    digest_hex(digest, sizeof digest, hash);
    snprintf(expected, sizeof expected,
             "%s\n\nTC3-HMAC-SHA256\n1700000000\n2023-11-14/tdmq/tc3_request\n%.*s", right,
             DIGEST_HEX, hash);
    explain(sent_headers, NAMES, "2023-11-14", bytes_of(body_hash), NOTHING, &e);
    assert_true(bytes_equal(buffer_bytes(&e.to_sign), bytes_of(expected)));
    explanation_free(&e);
}

/* What is wrong although the signature itself may be right. */
static void explains_verdicts(void **state)
{
    static const struct {
        const char *headers, *names, *date;
        struct signing signing;
        const char *difference;
    } cases[] = {
        {sent_headers,
         NAMES,
         "2023-11-15",
         {.date = "2023-11-15"},
         "the client signed the date 2023-11-15, and the day of X-TC-Timestamp in UTC is "
         "2023-11-14"},
        {sent_headers,
         "host",
         "2023-11-14",
         {.headers = "host:h.x:1\n\n", .names = "host"},
         "content-type is not among the signed headers"},
        {sent_headers,
         "content-type",
         "2023-11-14",
         {.headers = "content-type:T\n\n", .names = "content-type"},
         "host is not among the signed headers"},
        {"Host: h.x:1\nContent-Type: T\n",
         NAMES,
         "2023-11-14",
         {.difference = NULL},
         "X-TC-Timestamp is missing, or is no number of seconds; " NOTHING},
        {"",
         "x;y",
         "2023-11-14",
         {.difference = NULL},
         "X-TC-Timestamp is missing, or is no number of seconds; the signed header x was not "
         "sent; " NOTHING},
        {sent_headers,
         "content-type;host;x",
         "2023-11-14",
         {.whole_key = "another"},
         "the signed header x was not sent; " NOTHING},
        {sent_headers,
         "content-type;host;Host",
         "2023-11-14",
         {.names = "content-type;host;host"},
         "SignedHeaders has one name twice, or more than 32 names"},
    };
    struct explanation e = {.found = false};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char canonical[512];
        explain(cases[i].headers, cases[i].names, cases[i].date,
                sign(&cases[i].signing, canonical, sizeof canonical), cases[i].difference, &e);
    }
    explanation_free(&e);
}

static void reads_signatures(void **state)
{
    struct explanation e = {.found = false};
    char canonical[512], upper[DIGEST_HEX + 1] = "", base64[DIGEST_BASE64_MAX + 1] = "";
    uint8_t digest[DIGEST_MAX];
    (void)state;
    struct bytes right =
        sign(&(struct signing){.difference = NULL}, canonical, sizeof canonical);
    for (size_t i = 0; i < right.len; i++)
        upper[i] = (char)(right.data[i] >= 'a' ? right.data[i] - 'a' + 'A' : right.data[i]);
    digest_base64(digest, digest_from_hex(right, digest), base64);
    explain(sent_headers, NAMES, "2023-11-14", bytes_of(upper),
            "the signature is in upper-case hex", &e);
    assert_true(e.found);
    explain(sent_headers, NAMES, "2023-11-14", bytes_of(base64),
            "the signature is in Base64, not in hex", &e);
    assert_true(e.found);
    explain(sent_headers, NAMES, "2023-11-14", bytes_of("x"),
            "the Signature is no digest of SHA-256 in hex, which has 64 characters", &e);
    assert_false(e.found);
    explanation_free(&e);
}

/* A body of 4 MiB, a query of 32 KiB, and more signed headers than there can be. */
static void bounds_its_work(void **state)
{
    enum { BODY_LEN = 4 * 1048576, QUERY_LEN = 32768 };
    struct explanation e = {.found = false};
    char *body = calloc(1, BODY_LEN), *query = calloc(1, QUERY_LEN);
    char names[2 * 1000 + 1];
    (void)state;
    assert_non_null(body);
    assert_non_null(query);
    for (size_t i = 0; i < sizeof names; i++)
        names[i] = i % 2 == 0 ? 'h' : ';';
    struct v3_authorization a = {
        .secret_id = bytes_of("id"),
        .date = bytes_of("2023-11-14"),
        .service = bytes_of("tdmq"),
        .signed_headers = {names, sizeof names},
        .signature = bytes_of(body_hash),
    };
    struct v3_signed s = {
        .method = bytes_of("GET"),
        .query = {query, QUERY_LEN},
        .headers = bytes_of(sent_headers),
        .body = {body, BODY_LEN},
        .key = {NULL, 0},
    };
    struct v3_surroundings around = {{NULL, 0}, {NULL, 0}};
    enum v3_signature verdict = v3_signature_verify(&s, &a);
    assert_int_equal(verdict, V3_SIGNATURE_WRONG);
    v3_explain(&s, &a, verdict, &around, &e);
    assert_false(e.found);
    explanation_free(&e);
    free(body);
    free(query);
}

/* A body of blanks is looked through once, and not in each of some hundred tries. */
static void trims_a_body_once(void **state)
{
    enum { BODY_LEN = 16 * 1048576, SECONDS_MAX = 3 };
    struct explanation e = {.found = false};
    char *body = malloc(BODY_LEN);
    (void)state;
    assert_non_null(body);
    memset(body, ' ', BODY_LEN);
    struct v3_authorization a = {
        .secret_id = bytes_of("id"),
        .date = bytes_of("2023-11-14"),
        .service = bytes_of("tdmq"),
        .signed_headers = bytes_of(NAMES),
        .signature = bytes_of(body_hash),
    };
    struct v3_signed s = {
        .method = bytes_of("POST"),
        .headers = bytes_of(sent_headers),
        .body = {body, BODY_LEN},
        .key = bytes_of("key"),
    };
    struct v3_surroundings around = {{NULL, 0}, {NULL, 0}};
    clock_t begun = clock();
    v3_explain(&s, &a, V3_SIGNATURE_WRONG, &around, &e);
    assert_false(e.found);
    assert_true(clock() - begun < SECONDS_MAX * CLOCKS_PER_SEC);
    explanation_free(&e);
    free(body);
}

/* Each try reads the signed headers: of long ones only a few are tried. */
static void bounds_its_work_on_headers(void **state)
{
    enum { VALUE_LEN = 1048576 };
    struct signing signing = {.method = "GET", .names = NAMES ";x"};
    struct explanation e = {.found = false};
    size_t size = VALUE_LEN + 256;
    char *headers = calloc(1, size), *fields = calloc(1, size), *canonical = calloc(1, size);
    (void)state;
    assert_non_null(headers);
    assert_non_null(fields);
    assert_non_null(canonical);
    int len = snprintf(headers, size, "%sX: ", sent_headers);
    memset(headers + len, 'v', VALUE_LEN);
    snprintf(fields, size, "content-type:T\nhost:h.x:1\nx:%s\n\n", headers + len);
    signing.headers = fields;
    explain(headers, signing.names, "2023-11-14", sign(&signing, canonical, size), NOTHING, &e);
    headers[len + 1] = '\0';
    signing.headers = "content-type:T\nhost:h.x:1\nx:v\n\n";
    explain(headers, signing.names, "2023-11-14", sign(&signing, canonical, size),
            "the client signed the method GET, and sent POST", &e);
    explanation_free(&e);
    free(headers);
    free(fields);
    free(canonical);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_mistakes),
        cmocka_unit_test(writes_both_texts),
        cmocka_unit_test(explains_verdicts),
        cmocka_unit_test(reads_signatures),
        cmocka_unit_test(bounds_its_work),
        cmocka_unit_test(trims_a_body_once),
        cmocka_unit_test(bounds_its_work_on_headers),
    };
    return cmocka_run_group_tests_name("v3 explanation", tests, hash_texts, NULL);
}
