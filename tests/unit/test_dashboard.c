/* The page for people and its files, as the service answers them. */
#include "admin/asset.h"
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char html[] = "text/html,application/xhtml+xml,*/*;q=0.8";
static const char index_path[] = "/_emulator";
static const char file_path[] = "/_emulator/dashboard/index.html";

static int begin(void **state)
{
    (void)state;
    start_service(10);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

/* Ask with a head that is otherwise a browser's of the page itself. */
static void ask_with(const char *method, const char *target, struct head head)
{
    struct exchange *x = &exchange;
    exchange_reset(x);
    x->method = bytes_of(method);
    x->head = head;
    if (x->head.host.data == NULL)
        x->head.host = bytes_of("127.0.0.1:9267");
    buffer_append(&x->target, bytes_of(target));
    assert_int_equal(service_handle(&service, real_ms, x), EXCHANGE_ANSWERED);
}

static const char *header_of(const struct exchange *x, const char *name)
{
    for (const struct header *h = x->further; h != NULL && h->name != NULL; h++)
        if (strcmp(h->name, name) == 0)
            return h->value;
    return NULL;
}

static void expect_file(const char *what, const struct asset_form *form)
{
    const struct exchange *x = &exchange;
    if (x->status != 200 || x->answer.len != form->len ||
        memcmp(x->answer.data, form->data, form->len) != 0)
        fail_msg("%s: %d, %zu bytes", what, x->status, x->answer.len);
    assert_string_equal(x->tag, form->tag);
}

static void expect_code(const char *what, int status, const char *part)
{
    struct exchange *x = &exchange;
    buffer_append_char(&x->answer, '\0');
    if (x->status != status || strstr(x->answer.data, part) == NULL)
        fail_msg("%s: %d %s", what, x->status, x->answer.data);
    assert_null(x->tag);
    assert_null(x->coding);
}

/* ---- what is embedded ---- */

static uint32_t crc_of(const unsigned char *data, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
    }
    return ~crc;
}

static uint32_t number_at(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* RFC 1952: no name and no time in its head, and what it is of at its end. */
static void files_are_packed_alike(void **state)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0};
    (void)state;
    assert_non_null(asset_find(bytes_of("index.html")));
    for (size_t i = 0; asset_at(i) != NULL; i++) {
        const struct asset *a = asset_at(i);
        const unsigned char *foot = a->packed.data + a->packed.len - 8;
        assert_true(a->packed.len > 18);
        assert_memory_equal(a->packed.data, head, sizeof head);
        assert_int_equal(number_at(foot), crc_of(a->plain.data, a->plain.len));
        assert_int_equal(number_at(foot + 4), a->plain.len);
        assert_string_not_equal(a->plain.tag, a->packed.tag);
        assert_true(asset_is_name(bytes_of(a->name)));
        assert_non_null(asset_type(bytes_of(a->name)));
        assert_ptr_equal(asset_find(bytes_of(a->name)), a);
    }
}

/* ---- the page beside the index ---- */

static void browsers_get_the_page(void **state)
{
    const struct asset *page = asset_find(bytes_of("index.html"));
    (void)state;
    ask_with("GET", index_path, (struct head){.accept = bytes_of(html)});
    expect_file("plain", &page->plain);
    assert_string_equal(exchange.content_type, "text/html; charset=utf-8");
    assert_null(exchange.coding);
    assert_string_equal(header_of(&exchange, "Vary"), "Accept, Accept-Encoding");
    assert_string_equal(header_of(&exchange, "Cache-Control"), "no-cache");
    assert_string_equal(header_of(&exchange, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(header_of(&exchange, "Referrer-Policy"), "no-referrer");
    assert_string_equal(header_of(&exchange, "Content-Security-Policy"),
                        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
                        "form-action 'none'; object-src 'none'");
    ask_with("GET", "/_emulator/?x=1",
             (struct head){.accept = bytes_of(html), .accept_encoding = bytes_of("br, gzip")});
    expect_file("packed", &page->packed);
    assert_string_equal(exchange.coding, "gzip");
    ask_with("HEAD", index_path, (struct head){.accept = bytes_of(html)});
    expect_file("HEAD", &page->plain);
}

static void others_get_the_index(void **state)
{
    static const char *const accepts[] = {"", "*/*", "application/json", "text/html;q=0, */*"};
    (void)state;
    for (size_t i = 0; i < COUNT(accepts); i++) {
        ask_with("GET", index_path, (struct head){.accept = bytes_of(accepts[i])});
        assert_string_equal(header_of(&exchange, "Vary"), "Accept");
        expect_code(accepts[i], 200, "{\"calls\":[");
    }
    ask_with("GET", "/_emulator/health", (struct head){.accept = bytes_of(html)});
    assert_null(exchange.further);
    expect_code("another call", 200, "{");
    ask_with("POST", index_path, (struct head){.accept = bytes_of(html)});
    expect_code("POST", 405, "takes GET, HEAD");
    assert_string_equal(exchange.allow, "GET, HEAD");
}

static void tags_spare_bytes(void **state)
{
    const struct asset *page = asset_find(bytes_of("index.html"));
    struct head head = {.if_none_match = bytes_of(page->plain.tag)};
    (void)state;
    ask_with("GET", file_path, head);
    assert_int_equal(exchange.status, 304);
    assert_int_equal(exchange.answer.len, 0);
    assert_string_equal(exchange.tag, page->plain.tag);
    assert_string_equal(header_of(&exchange, "Vary"), "Accept-Encoding");
    head.accept_encoding = bytes_of("gzip");
    ask_with("GET", file_path, head);
    expect_file("the plain one's tag", &page->packed);
    head.if_none_match = bytes_of(page->packed.tag);
    ask_with("HEAD", file_path, head);
    assert_int_equal(exchange.status, 304);
    assert_null(exchange.coding);
    head.if_none_match = bytes_of("\"of another build\"");
    ask_with("GET", file_path, head);
    expect_file("an old tag", &page->packed);
}

static void names_are_those_of_files(void **state)
{
    static const char *const others[] = {
        "",          "index",       "Index.html",      "index.html/",  "../main.c",
        "..",        ".",           "%69ndex.html",    "a/index.html", "index.html%00",
        ".htaccess", "/etc/passwd", "..%2findex.html", "index.html ",  "main.c",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        char target[128];
        snprintf(target, sizeof target, "/_emulator/dashboard/%s", others[i]);
        ask_with("GET", target, (struct head){.accept = bytes_of(html)});
        assert_null(exchange.further);
        expect_code(target, 404, "\"code\":\"not-found\"");
    }
    ask_with("DELETE", file_path, (struct head){.accept = bytes_of(html)});
    expect_code("DELETE", 405, "takes GET, HEAD");
}

/* ---- who may ---- */

static void needs_no_token(void **state)
{
    struct head head = {.accept = bytes_of(html)};
    (void)state;
    service.config.gate = (struct gate){.admin_token = "secret"};
    ask_with("GET", index_path, head);
    assert_int_equal(exchange.status, 200);
    ask_with("GET", file_path, head);
    assert_int_equal(exchange.status, 200);
    ask_with("GET", index_path, (struct head){.accept = bytes_of("*/*")});
    expect_code("the index", 401, "unauthorized");
}

static void is_kept_from_others(void **state)
{
    struct head rebound = {.accept = bytes_of(html), .host = bytes_of("evil.example")};
    struct head foreign = {.accept = bytes_of(html), .origin = bytes_of("http://evil.example")};
    struct head script = {.fetch_site = bytes_of("cross-site"),
                          .fetch_dest = bytes_of("script")};
    struct head link = {.accept = bytes_of(html),
                        .fetch_site = bytes_of("cross-site"),
                        .fetch_dest = bytes_of("document")};
    (void)state;
    ask_with("GET", index_path, rebound);
    expect_code("another Host", 403, "foreign-origin");
    ask_with("GET", file_path, rebound);
    expect_code("another Host", 403, "foreign-origin");
    ask_with("GET", file_path, foreign);
    expect_code("another Origin", 403, "foreign-origin");
    ask_with("GET", file_path, script);
    expect_code("a page of another site", 403, "foreign-origin");
    ask_with("GET", index_path, link);
    assert_int_equal(exchange.status, 200);
    service.config.gate = (struct gate){.admin_off = true};
    ask_with("GET", index_path, (struct head){.accept = bytes_of(html)});
    expect_code("admin off", 404, "turned off by --admin off");
    ask_with("GET", file_path, (struct head){.accept = bytes_of(html)});
    expect_code("admin off", 404, "turned off by --admin off");
}

/* ---- a folder of one's own ---- */

static char folder[64];

static void put(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void reads_a_folder(void **state)
{
    char path[128];
    const char *const names[] = {"index.html", "main.js", "notes.txt",
                                 "link.js",    "long.js", ".draft.js"};
    struct head head = {.accept = bytes_of(html), .accept_encoding = bytes_of("gzip")};
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cmq-dashboard-XXXXXX");
    assert_non_null(mkdtemp(folder));
    service.config.dashboard = folder;
    ask_with("GET", index_path, head);
    expect_code("an empty folder", 404, "not-found");
    put("index.html", "<p>one");
    put("main.js", "1;");
    put("notes.txt", "mine");
    put("long.js", "");
    put(".draft.js", "2;");
    snprintf(path, sizeof path, "%s/long.js", folder);
    assert_int_equal(truncate(path, 5 * 1024 * 1024), 0);
    snprintf(path, sizeof path, "%s/link.js", folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);

    ask_with("GET", index_path, head);
    assert_string_equal(header_of(&exchange, "Cache-Control"), "no-store");
    assert_non_null(header_of(&exchange, "Content-Security-Policy"));
    expect_code("the page", 200, "<p>one");
    put("index.html", "<p>two");
    ask_with("GET", index_path, head);
    expect_code("read anew", 200, "<p>two");
    ask_with("GET", "/_emulator/dashboard/main.js", head);
    assert_string_equal(exchange.content_type, "text/javascript; charset=utf-8");
    expect_code("a file", 200, "1;");
    ask_with("GET", "/_emulator/dashboard/notes.txt", head);
    expect_code("of no known type", 404, "not-found");
    ask_with("GET", "/_emulator/dashboard/link.js", head);
    expect_code("a link", 404, "not-found");
    ask_with("GET", "/_emulator/dashboard/.draft.js", head);
    expect_code("one that is hidden", 404, "not-found");
    ask_with("GET", "/_emulator/dashboard/long.js", head);
    expect_code("too long", 404, "not-found");
    ask_with("GET", "/_emulator/dashboard/../index.html", head);
    expect_code("beside it", 404, "not-found");
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_packed_alike),
        TEST(browsers_get_the_page),
        TEST(others_get_the_index),
        TEST(tags_spare_bytes),
        TEST(names_are_those_of_files),
        TEST(needs_no_token),
        TEST(is_kept_from_others),
        TEST(reads_a_folder),
    };
    return cmocka_run_group_tests_name("dashboard", tests, NULL, NULL);
}
