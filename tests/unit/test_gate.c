/* Who may call (decisions 40). */
#include "service/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char chrome[] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36";

static struct head head_with(const char *host, const char *origin)
{
    struct head h = {.host = bytes_of(host)};
    if (origin != NULL)
        h.origin = bytes_of(origin);
    return h;
}

static void check(const char *what, const struct gate *g, enum gate_area area,
                  const struct head *head, enum gate_verdict expected)
{
    enum gate_verdict verdict = gate_judge(g, area, bytes_of("GET"), head);
    if (verdict != expected)
        fail_msg("%s: expected %d, got %d", what, expected, verdict);
}

static void judges_hosts(void **state)
{
    static const struct {
        const char *host;
        bool ours;
    } rows[] = {
        {"", true},
        {"127.0.0.1", true},
        {"127.0.0.1:9267", true},
        {"192.168.1.7:80", true},
        {"[::1]:9267", true},
        {"[fe80::1]", true},
        {"[::1].evil.example", false},
        {"localhost:9267", true},
        {"LocalHost", true},
        {"TDMQ.TencentCloudAPI.com", true},
        {"app.localhost:3000", true},
        {"cmq:9267", true},
        {"cmq-emulator", true},
        {"cmq-queue-gz.api.qcloud.com", true},
        {"tdmq.tencentcloudapi.com:443", true},
        {"cmq-gz.public.tencenttdmq.com", true},
        {"gz.mqadapter.cmq.tencentyun.com", true},
        {"my.test:1", true},
        {"below.my.test", true},
        {"second.test", true},
        {"evil.example", false},
        {"evil.example:9267", false},
        {"localhost.evil.example", false},
        {"evillocalhost.example", false},
        {"xlocalhost.", false},
        {"third.test", true},
        {"notmy.test", false},
        {"my.test.evil.example", false},
        {"127.0.0.1.evil.example", false},
        {"127.0.0.1.nip.io", false},
        {"a.b.c.d", false},
        {"[a.example]", false},
        {"evilqcloud.com", false},
        {"qcloud.com.evil.example", false},
        {"example.", false},
    };
    const struct gate g = {.host_names = "my.test, second.test\n\tthird.test\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gate_verdict admin = rows[i].ours ? GATE_OPEN : GATE_FOREIGN_HOST;
        struct head h = head_with(rows[i].host, NULL);
        check(rows[i].host, &g, AREA_ADMIN, &h, admin);
        check(rows[i].host, &g, AREA_PUBLIC, &h, admin);
        check(rows[i].host, &g, AREA_METRICS, &h, admin);
        check(rows[i].host, &g, AREA_PAGE, &h, admin);
        check(rows[i].host, &g, AREA_CMQ, &h, GATE_OPEN);
        h.fetch_site = bytes_of("none"); /* a browser, whatever it calls itself */
        check(rows[i].host, &g, AREA_CMQ, &h, admin);
        h.user_agent = bytes_of(chrome);
        check(rows[i].host, &g, AREA_CMQ, &h, admin);
    }
}

static void judges_origins(void **state)
{
    static const struct {
        const char *host, *origin;
        bool open;
    } rows[] = {
        {"127.0.0.1:9267", "http://127.0.0.1:9267", true},
        {"127.0.0.1:9267", "https://127.0.0.1:9267", true},
        {"LOCALHOST:9267", "http://localhost:9267", true},
        {"127.0.0.1:9267", "http://dash.test", true},
        {"127.0.0.1:9267", "http://dash.test:3000", true},
        {"127.0.0.1:9267", "http://127.0.0.1:3000", false},
        {"127.0.0.1:9267", "http://127.0.0.1", false},
        {"127.0.0.1:9267", "http://localhost:9267", false},
        {"127.0.0.1:9267", "http://evil.example", false},
        {"127.0.0.1:9267", "null", false},
        {"127.0.0.1:9267", "http://", false},
        {"127.0.0.1:9267", "file://", false},
        {"127.0.0.1:9267", "127.0.0.1:9267", false},
        {"127.0.0.1:9267", "http://127.0.0.1:9267.evil.example", false},
        {"", "http://", false},
    };
    static const enum gate_area areas[] = {AREA_CMQ, AREA_ADMIN, AREA_PUBLIC, AREA_METRICS,
                                           AREA_PAGE};
    const struct gate g = {.host_names = "dash.test"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t j = 0; j < COUNT(areas); j++) {
            struct head h = head_with(rows[i].host, rows[i].origin);
            enum gate_verdict expected = rows[i].open ? GATE_OPEN : GATE_FOREIGN_ORIGIN;
            check(rows[i].origin, &g, areas[j], &h, expected);
        }
    }
}

/* A page that was rebound has our origin, as far as a browser knows. */
static void judges_rebound_pages(void **state)
{
    const struct gate g = {.host_names = NULL};
    struct head h = head_with("evil.example:9267", "http://evil.example:9267");
    (void)state;
    check("admin", &g, AREA_ADMIN, &h, GATE_FOREIGN_HOST);
    check("CMQ", &g, AREA_CMQ, &h, GATE_FOREIGN_HOST);
}

/* Without an Origin: images, links, frames. */
static void judges_fetches(void **state)
{
    static const struct {
        const char *site, *dest, *method;
        enum gate_verdict admin, cmq;
    } rows[] = {
        {"none", "document", "GET", GATE_OPEN, GATE_OPEN},
        {"same-origin", "empty", "GET", GATE_OPEN, GATE_OPEN},
        {"cross-site", "image", "GET", GATE_FOREIGN_ORIGIN, GATE_FOREIGN_ORIGIN},
        {"same-site", "script", "GET", GATE_FOREIGN_ORIGIN, GATE_FOREIGN_ORIGIN},
        {"cross-site", "iframe", "GET", GATE_FOREIGN_ORIGIN, GATE_FOREIGN_ORIGIN},
        {"cross-site", "document", "GET", GATE_OPEN, GATE_FOREIGN_ORIGIN},
        {"same-site", "document", "GET", GATE_OPEN, GATE_FOREIGN_ORIGIN},
        {"cross-site", "document", "POST", GATE_FOREIGN_ORIGIN, GATE_FOREIGN_ORIGIN},
    };
    const struct gate g = {.host_names = NULL};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct head h = head_with("127.0.0.1:9267", NULL);
        h.fetch_site = bytes_of(rows[i].site);
        h.fetch_dest = bytes_of(rows[i].dest);
        assert_int_equal(gate_judge(&g, AREA_ADMIN, bytes_of(rows[i].method), &h),
                         rows[i].admin);
        assert_int_equal(gate_judge(&g, AREA_CMQ, bytes_of(rows[i].method), &h), rows[i].cmq);
    }
}

/* To an address other than 127.0.0.1 browsers send no Sec-Fetch-Site: an image of any page looks
 * like what a person has typed. */
static void judges_browsers_that_do_not_say(void **state)
{
    const struct gate g = {.host_names = NULL};
    struct head h = head_with("192.168.1.7:9267", NULL);
    (void)state;
    h.user_agent = bytes_of(chrome);
    check("CMQ", &g, AREA_CMQ, &h, GATE_FOREIGN_ORIGIN);
    check("admin", &g, AREA_ADMIN, &h, GATE_OPEN);
    h.user_agent = bytes_of("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1;SV1)");
    check("an old client", &g, AREA_CMQ, &h, GATE_OPEN);
    h.user_agent = bytes_of("Mozilla/5.0 (Windows NT 10.0; en-US) PowerShell/7.4.1");
    check("a shell", &g, AREA_CMQ, &h, GATE_OPEN);
    h.user_agent = bytes_of(chrome);
    h.origin = bytes_of("http://192.168.1.7:9267");
    check("a page of our own", &g, AREA_CMQ, &h, GATE_OPEN);
}

/* What a client sends to its proxy is for whom the target names. */
static void judges_targets_of_proxies(void **state)
{
    static const enum gate_area areas[] = {AREA_CMQ,     AREA_ADMIN, AREA_PUBLIC,
                                           AREA_METRICS, AREA_PAGE,  AREA_SINK};
    const struct gate g = {.host_names = "my.test"};
    struct head h = head_with("127.0.0.1:9267", NULL);
    (void)state;
    for (size_t i = 0; i < COUNT(areas); i++) {
        h.target_host = bytes_of("cmq-queue-gz.api.qcloud.com:80");
        check("the cloud's", &g, areas[i], &h, GATE_OPEN);
        h.target_host = bytes_of("my.test");
        check("one of --host-names", &g, areas[i], &h, GATE_OPEN);
        h.target_host = bytes_of("example.com");
        check("a strange one", &g, areas[i], &h, GATE_FOREIGN_TARGET);
    }
}

/* Pushes go to a sink as to any endpoint: by whatever name, and without a token. */
static void lets_pushes_to_sinks_in(void **state)
{
    struct gate g = {.admin_token = "s3cret"};
    struct head h = head_with("cmq.corp.example:9267", NULL);
    (void)state;
    check("a push", &g, AREA_SINK, &h, GATE_OPEN);
    check("a look", &g, AREA_ADMIN, &h, GATE_FOREIGN_HOST);
    h.user_agent = bytes_of(chrome);
    check("an image or a form", &g, AREA_SINK, &h, GATE_FOREIGN_ORIGIN);
    h.origin = bytes_of("http://evil.example");
    check("a page", &g, AREA_SINK, &h, GATE_FOREIGN_ORIGIN);
    g.admin_off = true;
    h = head_with("localhost", NULL);
    check("without an admin interface", &g, AREA_SINK, &h, GATE_OFF);
}

static void wants_the_token(void **state)
{
    static const struct {
        const char *authorization;
        bool right;
    } rows[] = {
        {"Bearer s3cret", true},   {"bearer s3cret", true},   {"", false},
        {"Bearer s3cret ", false}, {"Bearer s3cre", false},   {"Bearer s3creT", false},
        {"Basic s3cret", false},   {"Bearer  s3cret", false}, {"s3cret", false},
    };
    const struct gate g = {.admin_token = "s3cret"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gate_verdict expected = rows[i].right ? GATE_OPEN : GATE_NO_TOKEN;
        struct head h = head_with("localhost", NULL);
        h.authorization = bytes_of(rows[i].authorization);
        check(rows[i].authorization, &g, AREA_ADMIN, &h, expected);
        check(rows[i].authorization, &g, AREA_METRICS, &h, expected);
        check(rows[i].authorization, &g, AREA_PUBLIC, &h, GATE_OPEN);
        check(rows[i].authorization, &g, AREA_CMQ, &h, GATE_OPEN);
    }
}

static void leaves_admin_out(void **state)
{
    const struct gate g = {.admin_off = true};
    struct head h = head_with("localhost", NULL);
    (void)state;
    check("admin", &g, AREA_ADMIN, &h, GATE_OFF);
    check("health", &g, AREA_PUBLIC, &h, GATE_OPEN);
    check("metrics", &g, AREA_METRICS, &h, GATE_OPEN);
    check("CMQ", &g, AREA_CMQ, &h, GATE_OPEN);
}

static void names_the_option(void **state)
{
    static const struct {
        enum gate_verdict verdict;
        const char *host, *origin, *text;
    } rows[] = {
        {GATE_FOREIGN_ORIGIN, "127.0.0.1:1", "http://evil.example:3000",
         "pages of the origin http://evil.example:3000 may not call the emulator; "
         "--host-names evil.example would allow it"},
        {GATE_FOREIGN_ORIGIN, "127.0.0.1:1", "null",
         "pages of the origin null may not call the emulator"},
        {GATE_FOREIGN_ORIGIN, "127.0.0.1:1", NULL,
         "a browser sent this, or what calls itself one, and does not say for which page; "
         "browsers do at 127.0.0.1 and "
         "localhost"},
        {GATE_FOREIGN_HOST, "evil.example:9267", NULL,
         "the host name evil.example is not known to be of this machine; --host-names "
         "evil.example would allow it"},
        {GATE_FOREIGN_TARGET, "127.0.0.1:1", NULL,
         "this is the emulator, and no proxy to other hosts such as far.example; --host-names "
         "far.example would allow it"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer out = {0};
        struct head h = head_with(rows[i].host, rows[i].origin);
        h.target_host = bytes_of("far.example:8080");
        gate_explain(&out, rows[i].verdict, &h);
        buffer_append_char(&out, '\0');
        assert_string_equal(out.data, rows[i].text);
        buffer_free(&out);
    }
}

static void reads_headers_by_name(void **state)
{
    struct head h = {.host = {NULL, 0}};
    (void)state;
    head_take(&h, bytes_of("HOST"), bytes_of("a"));
    head_take(&h, bytes_of("origin"), bytes_of("b"));
    head_take(&h, bytes_of("Origin-Policy"), bytes_of("x"));
    head_take(&h, bytes_of("X-TC-Action"), bytes_of("c"));
    head_take(&h, bytes_of("x-tc-action"), bytes_of("the first one counts"));
    head_take(&h, bytes_of("X-TC-Token"), bytes_of(""));
    head_take(&h, bytes_of("X-TC-Token"), bytes_of("also if it is empty"));
    assert_int_equal(h.tc_token.len, 0);
    assert_true(bytes_equal(h.host, bytes_of("a")));
    assert_true(bytes_equal(h.origin, bytes_of("b")));
    assert_true(bytes_equal(h.tc_action, bytes_of("c")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_hosts),
        cmocka_unit_test(judges_origins),
        cmocka_unit_test(judges_browsers_that_do_not_say),
        cmocka_unit_test(judges_rebound_pages),
        cmocka_unit_test(judges_fetches),
        cmocka_unit_test(judges_targets_of_proxies),
        cmocka_unit_test(lets_pushes_to_sinks_in),
        cmocka_unit_test(wants_the_token),
        cmocka_unit_test(leaves_admin_out),
        cmocka_unit_test(names_the_option),
        cmocka_unit_test(reads_headers_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
