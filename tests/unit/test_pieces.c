/* Blobs, the texts that they are lent to, and reading these in pieces. */
#include "base/json.h"
#include "base/pieces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TEXT(literal)                                                                          \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }

/* Each has what is hard to cut: escapes, characters of several bytes, invalid bytes. */
static const struct {
    const char *what;
    struct bytes bytes;
    bool utf8;
} contents[] = {
    {"nothing", TEXT(""), true},
    {"one byte", TEXT("a"), true},
    {"plain", TEXT("hello, this is a text without anything in it"), true},
    {"quotes among words of eight", TEXT("1234567\"12345678\\12345678\"\"\"1234567"), true},
    {"control characters", TEXT("\b\t\n\f\r\x01\x1f\x7f and \x01\x01\x01"), true},
    {"NUL", TEXT("a\0\0b\0"), true},
    {"UTF-8", TEXT("a\xc3\xa4\xe4\xbd\xa0\xf0\x9f\x98\x80\xf4\x8f\xbf\xbfz"), true},
    {"no UTF-8", TEXT("a\x80\xe4\xbd\"\xff\xc0\xaf\xed\xa0\x80\n\xf4\x90\x80\x80"), false},
    {"cut short", TEXT("12345678\xf0\x9f\x98"), false},
};

static struct blob *blob_of(struct bytes bytes)
{
    struct allocator heap = allocator_heap();
    struct blob *b = blob_new(&heap, NULL, bytes);
    assert_non_null(b);
    return b;
}

static void escapes_with_any_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct buffer whole = {0};
        bool utf8;
        json_escape(&whole, contents[i].bytes);
        assert_int_equal(escape_length(contents[i].bytes, &utf8), whole.len);
        assert_int_equal(utf8, contents[i].utf8);
        for (size_t room = ESCAPE_LONGEST; room <= whole.len + 1; room++) {
            struct bytes rest = contents[i].bytes;
            struct buffer parts = {0};
            char part[256];
            for (size_t len; (len = escape_some(&rest, part, room)) > 0;) {
                assert_true(len <= room);
                buffer_append(&parts, (struct bytes){part, len});
            }
            if (rest.len > 0 || !bytes_equal(buffer_bytes(&parts), buffer_bytes(&whole)))
                fail_msg("%s, %zu at a time", contents[i].what, room);
            buffer_free(&parts);
        }
        buffer_free(&whole);
    }
}

/* Every byte at every place of a word of eight. */
static void escapes_each_byte_like_itself(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        struct buffer alone = {0};
        char one = (char)c;
        json_escape(&alone, (struct bytes){&one, 1});
        for (size_t at = 0; at < 24; at++) {
            struct buffer among = {0}, expected = {0};
            char text[24];
            memset(text, 'x', sizeof text);
            text[at] = one;
            json_escape(&among, (struct bytes){text, sizeof text});
            buffer_append(&expected, (struct bytes){text, at});
            buffer_append(&expected, buffer_bytes(&alone));
            buffer_append(&expected, (struct bytes){text + at + 1, sizeof text - at - 1});
            if (!bytes_equal(buffer_bytes(&among), buffer_bytes(&expected)))
                fail_msg("byte %d at %zu", c, at);
            buffer_free(&among);
            buffer_free(&expected);
        }
        buffer_free(&alone);
    }
}

/* A blob takes over what was counted. */
static void check_counted(struct bytes text, const struct escape_count *c)
{
    struct allocator heap = allocator_heap();
    struct blob *b = blob_new_counted(&heap, NULL, text, c);
    assert_non_null(b);
    assert_int_equal(b->escaped_len, c->len);
    assert_int_equal(b->utf8, !c->broken);
    blob_give(b);
}

/* However the bytes come, they are counted as if they had come at once: also where they end in a
 * character, and where that never ends. */
static void counts_what_comes(void **state)
{
    static const char *const texts[] = {
        "plain text of some length",
        "\"a\"\\\n\x01",
        "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
        "a\xf0\x9f\x98",
        "\xff\xfe\xed\xa0\x80z",
        "\xe2\x82x",
    };
    (void)state;
    assert_int_equal(utf8_sequence(bytes_of("\xf5\x80\x80\x80")), 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct bytes text = bytes_of(texts[i]);
        bool utf8;
        size_t len = escape_length(text, &utf8);
        for (size_t first = 0; first <= text.len; first++)
            for (size_t second = first; second <= text.len; second++) {
                struct escape_count c = {.seen = 0};
                escape_count_more(&c, (struct bytes){text.data, first}, false);
                assert_true(c.seen <= first);
                escape_count_more(&c, (struct bytes){text.data, second}, false);
                escape_count_more(&c, text, true);
                assert_int_equal(c.seen, text.len);
                assert_int_equal(c.len, len);
                assert_int_equal(c.broken, !utf8);
                check_counted(text, &c);
            }
    }
}

static void counts_references(void **state)
{
    struct budget budget = {.most = 1000};
    struct allocator heap = allocator_heap();
    char text[600] = "body";
    (void)state;
    struct blob *b = blob_new(&heap, &budget, (struct bytes){text, sizeof text});
    assert_non_null(b);
    assert_int_equal(budget.used, blob_size(b));
    assert_true(bytes_equal(blob_bytes(b), (struct bytes){text, sizeof text}));
    assert_null(blob_new(&heap, &budget, (struct bytes){text, sizeof text}));
    assert_int_equal(budget.refused, 1);

    assert_ptr_equal(blob_take(b), b);
    blob_give(b);
    assert_int_equal(budget.used, blob_size(b));
    blob_give(b);
    assert_int_equal(budget.used, 0);
    blob_give(NULL);
}

static void *no_memory(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static void takes_nothing_without_memory(void **state)
{
    struct budget budget = {.most = 1000};
    struct allocator none = allocator_heap();
    (void)state;
    none.take = no_memory;
    assert_null(blob_new(&none, &budget, bytes_of("body")));
    assert_int_equal(budget.used, 0);
}

static void ends_its_loans(void **state)
{
    struct blob *b = blob_of(bytes_of("body"));
    struct buffer text = {0};
    (void)state;
    for (int i = 0; i < 100; i++)
        buffer_lend(&text, b, LOAN_ESCAPED);
    assert_int_equal(b->references, 101);
    assert_true(buffer_size(&text) >= 100 * sizeof(struct loan));
    buffer_clear(&text);
    assert_int_equal(b->references, 1);
    assert_int_equal(buffer_loan_count(&text), 0);
    buffer_lend(&text, b, LOAN_ESCAPED);
    buffer_free(&text);
    assert_int_equal(b->references, 1);

    text.failed = true;
    buffer_lend(&text, b, LOAN_ESCAPED);
    assert_int_equal(b->references, 1);
    blob_give(b);
}

/* A text with the content in both forms, at both ends, and twice at one place. */
static void write_with_loans(struct buffer *b, struct bytes content)
{
    struct blob *blob = blob_of(content);
    buffer_lend(b, blob, LOAN_BASE64);
    json_open(b, '{');
    json_key_body(b, "body", content, blob);
    json_key_body(b, "copy", content, NULL);
    json_key(b, "base64");
    json_blob(b, blob, LOAN_BASE64);
    json_key_int(b, "last", 1);
    json_close(b, '}');
    buffer_lend(b, blob, LOAN_ESCAPED);
    buffer_lend(b, blob, LOAN_ESCAPED);
    blob_give(blob);
}

static void reads_the_same_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct buffer text = {0}, whole = {0};
        write_with_loans(&text, contents[i].bytes);
        write_with_loans(&whole, contents[i].bytes);
        assert_true(buffer_flatten(&whole));
        assert_false(whole.failed);
        assert_int_equal(buffer_loan_count(&whole), 0);
        assert_int_equal(pieces_length(&text), whole.len);
        for (size_t room = ESCAPE_LONGEST; room <= whole.len + 1; room++) {
            struct pieces p;
            size_t at = 0;
            char part[1024];
            pieces_begin(&p, &text);
            for (size_t len; (len = pieces_next(&p, part, room)) > 0; at += len) {
                assert_true(len <= room && len <= whole.len - at);
                if (memcmp(part, whole.data + at, len) != 0)
                    fail_msg("%s, %zu at a time, at %zu", contents[i].what, room, at);
            }
            assert_int_equal(at, whole.len);
        }
        buffer_free(&text);
        buffer_free(&whole);
    }
}

/* libmicrohttpd asks for no more than is left of the length it was told. */
static void fits_what_is_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct buffer text = {0};
        struct pieces p;
        char part[ESCAPE_LONGEST];
        write_with_loans(&text, contents[i].bytes);
        size_t left = (size_t)pieces_length(&text);
        pieces_begin(&p, &text);
        while (left > 0) {
            size_t len = pieces_next(&p, part, left < sizeof part ? left : sizeof part);
            assert_true(len > 0);
            left -= len;
        }
        buffer_free(&text);
    }
}

static void writes_base64(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xef\xbe", "/+++"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct blob *blob = blob_of(bytes_of(cases[i].bytes));
        struct buffer b = {0};
        buffer_lend(&b, blob, LOAN_BASE64);
        blob_give(blob);
        assert_true(buffer_flatten(&b));
        if (!bytes_equal(buffer_bytes(&b), bytes_of(cases[i].text)))
            fail_msg("%s: %.*s", cases[i].text, (int)b.len, b.data);
        buffer_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_with_any_room),
        cmocka_unit_test(escapes_each_byte_like_itself),
        cmocka_unit_test(counts_what_comes),
        cmocka_unit_test(counts_references),
        cmocka_unit_test(takes_nothing_without_memory),
        cmocka_unit_test(ends_its_loans),
        cmocka_unit_test(reads_the_same_in_pieces_of_any_size),
        cmocka_unit_test(fits_what_is_left),
        cmocka_unit_test(writes_base64),
    };
    return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
