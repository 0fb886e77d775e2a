#include "api/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void check_hex(const char *what, const uint8_t *digest, size_t len, const char *hex)
{
    char text[DIGEST_HEX];
    struct bytes got = {text, digest_hex(digest, len, text)};
    if (!bytes_equal(got, bytes_of(hex)))
        fail_msg("%s: %.*s", what, (int)got.len, got.data);
}

/* FIPS 180-2, appendix B, and the empty text. */
static void hashes(void **state)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sha256 s;
        uint8_t digest[DIGEST_MAX];
        sha256_begin(&s);
        for (const char *c = cases[i].text; *c != '\0'; c++)
            sha256_add(&s, (struct bytes){c, 1});
        sha256_add(&s, (struct bytes){NULL, 0});
        sha256_end(&s, digest);
        check_hex(cases[i].text, digest, DIGEST_MAX, cases[i].hex);
    }
}

/* RFC 2202 case 2 and RFC 4231 case 2, and the empty key and text. */
static void makes_hmacs(void **state)
{
    static const struct {
        enum digest_kind kind;
        const char *key, *text, *hex;
    } cases[] = {
        {DIGEST_SHA1, "Jefe", "what do ya want for nothing?",
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {DIGEST_SHA256, "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {DIGEST_SHA1, "", "", "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"},
        {DIGEST_SHA256, "", "",
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hmac h;
        uint8_t digest[DIGEST_MAX];
        struct bytes key = bytes_of(cases[i].key), text = bytes_of(cases[i].text);
        if (key.len == 0)
            key.data = NULL;
        hmac_begin(&h, cases[i].kind, key);
        hmac_add(&h, (struct bytes){text.data, text.len / 2});
        hmac_add(&h, (struct bytes){NULL, 0});
        hmac_add(&h, (struct bytes){text.data + text.len / 2, text.len - text.len / 2});
        check_hex(cases[i].hex, digest, hmac_end(&h, digest), cases[i].hex);
    }
}

/* RFC 4648, section 10. */
static void writes_base64(void **state)
{
    static const struct {
        const char *text, *base64;
    } cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"\xfb\xff", "+/8="},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[DIGEST_BASE64_MAX];
        size_t len = digest_base64((const uint8_t *)cases[i].text, strlen(cases[i].text), out);
        if (!bytes_equal((struct bytes){out, len}, bytes_of(cases[i].base64)))
            fail_msg("%s", cases[i].base64);
    }
}

static void reads_digests(void **state)
{
    static const char full[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    static const struct {
        size_t (*read)(struct bytes text, uint8_t out[DIGEST_MAX]);
        const char *text, *bytes;
    } cases[] = {
        {digest_from_hex, "6162fF", "ab\xff"},
        {digest_from_hex, "616", NULL},
        {digest_from_hex, "6x", NULL},
        {digest_from_hex, "", NULL},
        {digest_from_hex,
         "00000000000000000000000000000000000000000000000000000000000000000000", NULL},
        {digest_from_base64, "YWI/", "ab?"},
        {digest_from_base64, "YWI=", "ab"},
        {digest_from_base64, "YWI", NULL},
        {digest_from_base64, "YW*=", NULL},
        {digest_from_base64, "", NULL},
        {digest_from_base64, full, "01234567890123456789012345678901"},
        {digest_from_base64, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEy", NULL},
        {digest_from_base64, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=AAAA", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t out[DIGEST_MAX];
        const char *bytes = cases[i].bytes != NULL ? cases[i].bytes : "";
        size_t len = cases[i].read(bytes_of(cases[i].text), out);
        if (len != strlen(bytes) || memcmp(out, bytes, len) != 0)
            fail_msg("%s", cases[i].text);
    }
}

static void compares(void **state)
{
    (void)state;
    assert_true(digest_equal((struct bytes){NULL, 0}, bytes_of("")));
    assert_true(digest_equal((struct bytes){"a\0b", 3}, (struct bytes){"a\0b", 3}));
    assert_false(digest_equal((struct bytes){"a\0b", 3}, (struct bytes){"a\0c", 3}));
    assert_false(digest_equal(bytes_of("abc"), bytes_of("abcd")));
    assert_false(digest_equal(bytes_of("abc"), bytes_of("Abc")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes),        cmocka_unit_test(makes_hmacs),
        cmocka_unit_test(writes_base64), cmocka_unit_test(reads_digests),
        cmocka_unit_test(compares),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
