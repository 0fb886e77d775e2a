#include "api/v2/signature.h"

#include "api/host.h"
#include "api/v2/signed_text.h"
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

enum { REFUSED = -1 };

/* The variants in which the request is right, or REFUSED. */
static int verify(const char *method, const char *host, const char *path,
                  const struct sent_form *f, struct bytes key, bool strict)
{
    struct v2_signed s = {
        .method = bytes_of(method),
        .host = bytes_of(host),
        .path = bytes_of(path),
        .form = &f->form,
        .wire = {f->wire, f->len},
        .key = key,
        .strict = strict,
    };
    unsigned variants;
    return v2_signature_verify(&s, &variants) ? (int)variants : REFUSED;
}

/* ---- worked examples (common 5, api3 4) ---- */

#define ID      "SecretId=" SIGN_ID
#define OTHER   "SecretId=AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA"
#define OTHER_K "Gu5t9xGARNpq86cd98joQYCN3Cozk1qA"
#define FOO                                                                                    \
    "Action=DescribeInstances&Nonce=1290303896666895346&Region=ap-guangzhou"                   \
    "&SecretId=secretIdFoo&Timestamp=1512393162&Version=2017-03-12&SignatureMethod="
#define V1_REQUEST                                                                             \
    "Action=CreateCmqQueue&Language=zh-CN&Nonce=46364&QueueName=test-queue-1"                  \
    "&Region=ap-guangzhou&RequestClient=SDK_PYTHON_3.0.1173&" ID                               \
    "&Timestamp=1700000000&Version=2020-02-17&SignatureMethod="

static const struct {
    const char *what, *method, *host, *path, *wire, *key, *signature;
    int variants;
} examples[] = {
    {"common 5.1", "POST", "cmq-queue-gz.api.tencentyun.com", "/v2/index.php",
     "Action=SendMessage&Nonce=2889712707386595659&Region=gz&RequestClient=SDK_Python_1.3&" ID
     "&SignatureMethod=HmacSHA1&Timestamp=1700000000&clientRequestId=42&delaySeconds=0"
     "&msgBody=hello+world+%26+50%25%2B1%3D%E4%BD%A0%E5%A5%BD&queueName=test-queue-1",
     SIGN_KEY, "HACSyECucaHH2djFxMlWkmtnomI=", 0},
    {"common 5.2", "POST", "127.0.0.1:8080", "/v2/index.php",
     "Action=BatchSendMessage&Nonce=46364&RequestClient=SDK_JAVA_1.3&" ID
     "&SignatureMethod=HmacSHA256&Timestamp=1700000001&msgBody.1=m1&msgBody.2=m2&msgBody.3=m3"
     "&msgBody.4=m4&msgBody.5=m5&msgBody.6=m6&msgBody.7=m7&msgBody.8=m8&msgBody.9=m9"
     "&msgBody.10=m10&msgBody.11=m11&queueName=q1",
     SIGN_KEY, "OQmKgNjWmkFHymqiJfiJVaayor/WhDlaqx/dGhPF5fU=", 0},
    {"common 5.3", "GET", "localhost:8080", "/v2/index.php",
     "queueName=test-queue-1&pollingWaitSeconds=10&Timestamp=1700000002&" ID
     "&Region=gz&Nonce=46368&Action=ReceiveMessage",
     SIGN_KEY, "OYXsVD06bWdiAmoa+SFLfSxnzN0=", 0},
    {"common 5.4", "POST", "127.0.0.1:8080", "/",
     "Action=QueryQueueRoute&Nonce=305419896&RequestClient=SDK_GO_1.2.0&" ID
     "&SignatureMethod=HmacSHA1&Timestamp=1700000003&clientRequestId=3735928559"
     "&queueName=queue0",
     SIGN_KEY, "kHnomKOqf81NmxVInZTMOuQHgF0=", 0},
    {"common 5.5", "POST", "127.0.0.1:8080", "/v2/index.php",
     "Action=ListQueue&Nonce=1&" ID
     "&SignatureMethod=sha256&Timestamp=1700000004&Token=tok-123&search_word=x",
     SIGN_KEY, "iivDck0rcficGNboHeVXpqog6bk=", 0},
    {"common 5.6, all parameters", "POST", "127.0.0.1:8080", "/v2/index.php",
     "Action=SendMessage&Nonce=7&" ID "&Timestamp=1700000005&msgBody=@home&queueName=q1",
     SIGN_KEY, "LGuAuf2qbU1fhnfO545q176CFTY=", 0},
    {"common 5.6, without @", "POST", "127.0.0.1:8080", "/v2/index.php",
     "Action=SendMessage&Nonce=7&" ID "&Timestamp=1700000005&msgBody=@home&queueName=q1",
     SIGN_KEY, "9jtCnVAyS7VvKyj71mttlqVmrb8=", V2_VARIANT_AT},
    {"common 5.7, SHA-256", "GET", "cvm.api.qcloud.com", "/v2/index.php",
     "Action=DescribeInstances&InstanceIds.0=ins-09dx96dg&Nonce=11886&Region=ap-"
     "guangzhou&" OTHER "&SignatureMethod=HmacSHA256&Timestamp=1465185768",
     OTHER_K, "0EEm/HtGRr/VJXTAD9tYMth1Bzm3lLHz5RCDv1GdM8s=", 0},
    {"common 5.7, SHA-1", "GET", "cvm.api.qcloud.com", "/v2/index.php",
     "Action=DescribeInstances&InstanceIds.0=ins-09dx96dg&Nonce=11886&Region=ap-"
     "guangzhou&" OTHER "&SignatureMethod=HmacSHA1&Timestamp=1465185768",
     OTHER_K, "nPVnY6njQmwQ8ciqbPl5Qe+Oru4=", 0},
    {"common 5.7, no SignatureMethod", "GET", "cvm.api.qcloud.com", "/v2/index.php",
     "Action=DescribeInstances&Nonce=11886&Region=gz&" OTHER
     "&Timestamp=1465185768&instanceIds.0=ins-09dx96dg&limit=20&offset=0",
     OTHER_K, "NSI3UqqD99b/UJb4tbG/xZpRW64=", 0},
    {"common 5.7, generic client, POST", "POST", "cvm.api.qcloud.com", "/v2/index.php",
     FOO "HmacSHA1", "secretKeyBar", "p3n+pxBqF5JGZtDSxoVn5tGngf0=", 0},
    {"common 5.7, generic client, GET", "GET", "cvm.api.qcloud.com", "/v2/index.php",
     FOO "HmacSHA1", "secretKeyBar", "5HAq1BOKNLEE2/uauWnp6Zv9Z3c=", 0},
    {"common 5.7, generic client, SHA-256", "POST", "cvm.api.qcloud.com", "/v2/index.php",
     FOO "HmacSHA256", "secretKeyBar", "B2T37FRSP6Fk0/q/cdfrTE0p3zX5ooB/2BPWZUFpsj4=", 0},
    {"api3 4, POST", "POST", "tdmq.tencentcloudapi.com", "/", V1_REQUEST "HmacSHA256", SIGN_KEY,
     "dIxrJO2an0rBy9BPRt06COQpQjtWmcSN3ipTZ7ZIcio=", 0},
    {"api3 4, GET", "GET", "tdmq.tencentcloudapi.com", "/", V1_REQUEST "HmacSHA1", SIGN_KEY,
     "ypFY20nfaVjrblC+Bu6DNWKyzfg=", 0},
};

static void knows_the_worked_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct sent_form f;
        struct bytes key = bytes_of(examples[i].key);
        sent_form_make(&f, bytes_of(examples[i].wire), bytes_of(examples[i].signature));
        int lenient =
            verify(examples[i].method, examples[i].host, examples[i].path, &f, key, false);
        int strict =
            verify(examples[i].method, examples[i].host, examples[i].path, &f, key, true);
        int expected_strict = examples[i].variants == 0 ? 0 : REFUSED;
        if (lenient != examples[i].variants || strict != expected_strict)
            fail_msg("%s: %d, strict %d", examples[i].what, lenient, strict);
        if (verify(examples[i].method, examples[i].host, examples[i].path, &f,
                   bytes_of("another key"), false) != REFUSED)
            fail_msg("%s: with another key", examples[i].what);
        sent_form_free(&f);
    }
}

/* ---- ways to sign ---- */

static const struct {
    const char *what, *method, *host, *path;
    struct bytes wire, text; /* as sent, and as the client signed it */
    int variants;
} ways[] = {
    {"documented", "POST", "h:1", "/v2/index.php", TEXT("b=2&a=1"),
     TEXT("POSTh:1/v2/index.php?a=1&b=2"), 0},
    {"bytes, not letters", "GET", "h", "/", TEXT("b=3&B=2&a.10=1&a.2=0&1=x&Z="),
     TEXT("GETh/?1=x&B=2&Z=&a.10=1&a.2=0&b=3"), 0},
    {"no parameters", "GET", "h", "/", TEXT(""), TEXT("GETh/?"), 0},
    {"no host", "GET", "", "/", TEXT("a=1"), TEXT("GET/?a=1"), 0},
    {"a path as it came", "GET", "h", "//v2/index.php", TEXT("a=1"),
     TEXT("GETh//v2/index.php?a=1"), 0},
    {"raw values", "POST", "h", "/", TEXT("a=%26+%3D%2B%25"), TEXT("POSTh/?a=& =+%"), 0},
    {"NULs", "POST", "h", "/", TEXT("a%00b=%00&a=x%00"), TEXT("POSTh/?a=x\0&a\0b=\0"), 0},
    {"blanks round a name", "POST", "h", "/", TEXT("b=2&+a+=1"), TEXT("POSTh/? a =1&b=2"), 0},
    {"blanks round Signature", "POST", "h", "/", TEXT("a=1&+Signature=x"), TEXT("POSTh/?a=1"),
     0},
    {"the last of one name", "POST", "h", "/", TEXT("a=1&b=x&a=3&a=2"), TEXT("POSTh/?a=2&b=x"),
     0},
    {"SHA-256 by its exact name alone", "POST", "h", "/", TEXT("SignatureMethod=hmacsha256"),
     TEXT("POSTh/?SignatureMethod=hmacsha256"), 0},
    {"sorted, then dotted", "POST", "h", "/", TEXT("a_b=1&aXb=2"), TEXT("POSTh/?aXb=2&a.b=1"),
     0},
    {"dotted, then sorted", "POST", "h", "/", TEXT("a_b=1&aXb=2"), TEXT("POSTh/?a.b=1&aXb=2"),
     V2_VARIANT_DOTS},
    {"one name, once dotted", "POST", "h", "/", TEXT("aXb=0&a_b=1&a.b=2&a_b=3"),
     TEXT("POSTh/?a.b=2&a.b=3&aXb=0"), V2_VARIANT_DOTS},
    {"V1", "POST", "h", "/v2/index.php", TEXT("a=@x&b=1&c=%40"), TEXT("POSTh/v2/index.php?b=1"),
     V2_VARIANT_AT},
    {"V1 with @ values alone", "POST", "h", "/v2/index.php", TEXT("a=@x"),
     TEXT("POSTh/v2/index.php?"), V2_VARIANT_AT},
    {"V1 of a GET", "GET", "h", "/v2/index.php", TEXT("a=@x&b=1"),
     TEXT("GETh/v2/index.php?b=1"), REFUSED},
    {"V2", "GET", "h", "/v2/index.php/v2/index.php", TEXT("a=1"), TEXT("GETh/v2/index.php?a=1"),
     V2_VARIANT_PATH},
    {"V2 the other way", "GET", "h", "/v2/index.php", TEXT("a=1"), TEXT("GETh/?a=1"), REFUSED},
    {"V3", "GET", "h:80", "/", TEXT("a=1"), TEXT("GETh/?a=1"), V2_VARIANT_PORT},
    {"V3 with brackets", "GET", "[::1]:80", "/", TEXT("a=1"), TEXT("GET[::1]/?a=1"),
     V2_VARIANT_PORT},
    {"V3 the other way", "GET", "h", "/", TEXT("a=1"), TEXT("GETh:80/?a=1"), REFUSED},
    {"V5", "POST", "h", "/v2/index.php", TEXT("a=x+y&b=%e4&c=&d"),
     TEXT("POSTh/v2/index.php?a=x+y&b=%e4&c=&d="), V2_VARIANT_WIRE},
    {"V5 with gaps", "POST", "h", "/v2/index.php", TEXT("&&a=%41&&b=="),
     TEXT("POSTh/v2/index.php?a=%41&b=="), V2_VARIANT_WIRE},
    {"V5 in other letters", "POST", "h", "/v2/index.php", TEXT("b=%e4"),
     TEXT("POSTh/v2/index.php?b=%E4"), REFUSED},
    {"V1 and V3", "POST", "h:1", "/v2/index.php", TEXT("a=@x&b=1"),
     TEXT("POSTh/v2/index.php?b=1"), V2_VARIANT_AT | V2_VARIANT_PORT},
    {"V2 and V3", "POST", "h:1", "/", TEXT("b=1"), TEXT("POSTh/v2/index.php?b=1"),
     V2_VARIANT_PATH | V2_VARIANT_PORT},
    {"all", "POST", "h:1", "/", TEXT("a=%40x&a_b=%41&aXb=2"),
     TEXT("POSTh/v2/index.php?a.b=%41&aXb=2"),
     V2_VARIANT_AT | V2_VARIANT_PATH | V2_VARIANT_PORT | V2_VARIANT_WIRE | V2_VARIANT_DOTS},
    {"another value", "POST", "h:1", "/", TEXT("a=%40x&a_b=%41&aXb=2"),
     TEXT("POSTh:1/?a_b=A&a_b=A&aXb=3"), REFUSED},
};

static void accepts_the_variants(void **state)
{
    struct bytes key = {"k\0\xff", 3};
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct sent_form f;
        sent_form_make(&f, ways[i].wire, sign_text(DIGEST_SHA1, key, ways[i].text));
        int lenient = verify(ways[i].method, ways[i].host, ways[i].path, &f, key, false);
        int strict = verify(ways[i].method, ways[i].host, ways[i].path, &f, key, true);
        if (lenient != ways[i].variants || strict != (ways[i].variants == 0 ? 0 : REFUSED))
            fail_msg("%s: %d, strict %d", ways[i].what, lenient, strict);
        sent_form_free(&f);
    }
}

/* Without the text on the wire, or with that of another request, V5 alone is not known. */
static void does_without_the_wire(void **state)
{
    static const struct {
        const char *wire;
        bool known;
    } cases[] = {
        {NULL, false}, {"a=%42&Signature=x", true}, {"a=%42", false}, {"a=1&b=2&c", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sent_form f;
        sent_form_make(&f, bytes_of("a=%42"),
                       sign_text(DIGEST_SHA1, bytes_of("k"), bytes_of("GETh/?a=%42")));
        struct v2_signed s = {
            .method = bytes_of("GET"),
            .host = bytes_of("h"),
            .path = bytes_of("/"),
            .form = &f.form,
            .key = bytes_of("k"),
        };
        unsigned variants;
        if (cases[i].wire != NULL)
            s.wire = bytes_of(cases[i].wire);
        assert_int_equal(v2_signature_verify(&s, &variants), cases[i].known);
        sent_form_free(&f);
    }
}

/* V8, alone and with another variant. The text is chosen so that there is a "+". */
static void mends_blanks(void **state)
{
    struct bytes key = bytes_of(SIGN_KEY);
    (void)state;
    for (int i = 0; i < 2; i++) {
        char base64[DIGEST_BASE64_MAX], wire[32], text[64];
        size_t plus = 0;
        struct bytes signature = {base64, 0};
        for (int n = 0; plus == 0; n++) {
            snprintf(wire, sizeof wire, "a=%d", n);
            snprintf(text, sizeof text, "GETh%s/?%s", i == 0 ? ":1" : "", wire);
            struct bytes s = sign_text(DIGEST_SHA1, key, bytes_of(text));
            memcpy(base64, s.data, signature.len = s.len);
            for (size_t at = 0; at < s.len; at++)
                if (base64[at] == '+')
                    base64[plus = at] = ' ';
        }
        struct sent_form f;
        sent_form_make(&f, bytes_of(wire), signature);
        int expected = V2_VARIANT_PLUS | (i == 0 ? 0 : V2_VARIANT_PORT);
        assert_int_equal(verify("GET", "h:1", "/", &f, key, false), expected);
        assert_int_equal(verify("GET", "h:1", "/", &f, key, true), REFUSED);
        sent_form_free(&f);
    }
}

static void refuses_what_is_no_signature(void **state)
{
    static const struct bytes signatures[] = {
        TEXT(""),
        TEXT("="),
        TEXT("x"),
        TEXT("0000000000000000000000000000"),
        TEXT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0="),
        TEXT("00000000000000000000000000000000000000000000"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(signatures); i++) {
        struct sent_form f;
        sent_form_make(&f, bytes_of("a=1"), signatures[i]);
        assert_int_equal(verify("GET", "h:1", "/", &f, bytes_of("k"), false), REFUSED);
        assert_int_equal(verify("GET", "h:1", "/", &f, (struct bytes){NULL, 0}, false),
                         REFUSED);
        sent_form_free(&f);
    }
}

/* The digest is the one that is announced, whatever the signature looks like. */
static void keeps_to_the_method(void **state)
{
    struct sent_form f;
    struct bytes text = bytes_of("GETh/?a=1"), key = {NULL, 0};
    (void)state;
    sent_form_make(&f, bytes_of("a=1"), sign_text(DIGEST_SHA256, key, text));
    assert_int_equal(verify("GET", "h", "/", &f, key, false), REFUSED);
    sent_form_free(&f);
    sent_form_make(&f, bytes_of("a=1"), sign_text(DIGEST_SHA1, key, text));
    assert_int_equal(verify("GET", "h", "/", &f, key, false), 0);
    sent_form_free(&f);
}

/* As many parameters as a form may have, the Signature among them, and 4 MiB of them. */
static void reads_large_requests(void **state)
{
    enum { VALUE = 4200 };
    struct buffer wire = {0}, text = {0};
    char value[VALUE + 1], name[16];
    (void)state;
    memset(value, 'v', VALUE);
    value[VALUE] = '\0';
    buffer_append(&text, bytes_of("POSTh/?"));
    for (int i = 0; i < FORM_PAIRS_MAX - 1; i++) {
        snprintf(name, sizeof name, "%sp%03d=", i > 0 ? "&" : "", (i * 7) % 999);
        buffer_append(&wire, bytes_of(name));
        buffer_append(&wire, bytes_of(value));
        snprintf(name, sizeof name, "%sp%03d=", i > 0 ? "&" : "", i);
        buffer_append(&text, bytes_of(name));
        buffer_append(&text, bytes_of(value));
    }
    struct sent_form f;
    sent_form_make(&f, buffer_bytes(&wire),
                   sign_text(DIGEST_SHA1, bytes_of("k"), buffer_bytes(&text)));
    assert_int_equal(f.form.count, FORM_PAIRS_MAX);
    assert_int_equal(verify("POST", "h", "/", &f, bytes_of("k"), true), 0);
    assert_int_equal(verify("POST", "h:1", "/", &f, bytes_of("K"), false), REFUSED);
    /* Signed without the port: so much is not read once more for each variant. */
    assert_int_equal(verify("POST", "h:1", "/", &f, bytes_of("k"), false), REFUSED);
    sent_form_free(&f);
    buffer_free(&wire);
    buffer_free(&text);
}

static void writes_what_it_signs(void **state)
{
    struct sent_form f;
    struct signed_pairs pairs;
    struct buffer out = {0};
    (void)state;
    sent_form_make(&f, bytes_of("b_1=%26&a=1"), bytes_of("x"));
    signed_pairs_sort(&pairs, &f.form, SIGNED_BY_NAME);
    struct signed_text t = {
        .method = bytes_of("GET"),
        .host = bytes_of("h"),
        .path = bytes_of("/"),
        .form = &f.form,
        .pairs = &pairs,
    };
    signed_text_write(&t, &out);
    assert_true(bytes_equal(buffer_bytes(&out), bytes_of("GETh/?a=1&b.1=&")));
    buffer_free(&out);
    sent_form_free(&f);
}

static void cuts_ports(void **state)
{
    static const struct {
        const char *host, *without;
    } cases[] = {
        {"", ""},
        {"h", "h"},
        {"h:80", "h"},
        {":80", ""},
        {"h:", "h:"},
        {"h:80x", "h:80x"},
        {"80", "80"},
        {"::1", "::1"},
        {"[::1]", "[::1]"},
        {"[::1]:80", "[::1]"},
        {"1.2.3.4:5", "1.2.3.4"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!bytes_equal(host_without_port(bytes_of(cases[i].host)),
                         bytes_of(cases[i].without)))
            fail_msg("%s", cases[i].host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_worked_examples),
        cmocka_unit_test(accepts_the_variants),
        cmocka_unit_test(does_without_the_wire),
        cmocka_unit_test(mends_blanks),
        cmocka_unit_test(refuses_what_is_no_signature),
        cmocka_unit_test(keeps_to_the_method),
        cmocka_unit_test(reads_large_requests),
        cmocka_unit_test(writes_what_it_signs),
        cmocka_unit_test(cuts_ports),
    };
    return cmocka_run_group_tests_name("v2 signature", tests, NULL, NULL);
}
