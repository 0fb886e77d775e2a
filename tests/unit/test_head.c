#include "service/head.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void takes_targets_apart(void **state)
{
    static const struct {
        const char *target, *path, *host;
    } cases[] = {
        {"/", "/", ""},
        {"/v2/index.php?a=http://b/c", "/v2/index.php?a=http://b/c", ""},
        {"*", "*", ""},
        {"http://a", "/", "a"},
        {"HTTPS://a:80", "/", "a:80"},
        {"http://a/b?c", "/b?c", "a"},
        {"http://a?c/d", "/?c/d", "a"},
        {"http://u:p@a/b@c", "/b@c", "a"},
        {"http://u@v@a", "/", "a"},
        {"http://u@", "/", ""},
        {"http://", "/", ""},
        {"http:/a", "http:/a", ""},
        {"ftp://a/b", "ftp://a/b", ""},
        {"", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct head head = {.host = {NULL, 0}};
        struct buffer out = {0};
        head_take_target(&head, bytes_of(cases[i].target), &out);
        if (!bytes_equal(buffer_bytes(&out), bytes_of(cases[i].path)) ||
            !bytes_equal(head.target_host, bytes_of(cases[i].host)))
            fail_msg("%s: %.*s of %.*s", cases[i].target, (int)out.len,
                     out.len > 0 ? out.data : "", (int)head.target_host.len,
                     head.target_host.len > 0 ? head.target_host.data : "");
        buffer_free(&out);
    }
}

static void takes_the_first_header_of_a_name(void **state)
{
    struct head head = {.host = {NULL, 0}};
    (void)state;
    head_take(&head, bytes_of("x-tc-ACTION"), bytes_of(""));
    head_take(&head, bytes_of("X-TC-Action"), bytes_of("two"));
    head_take(&head, bytes_of("Host"), bytes_of("a"));
    head_take(&head, bytes_of("Hosts"), bytes_of("b"));
    head_take(&head, bytes_of(""), bytes_of("c"));
    assert_non_null(head.tc_action.data);
    assert_int_equal(head.tc_action.len, 0);
    assert_true(bytes_equal(head.host, bytes_of("a")));
    assert_null(head.origin.data);
}

/* Whatever the case of a name; and what is longer or shorter by a letter is another one. */
static void takes_each_header_by_its_name(void **state)
{
    struct head h;
    const struct {
        const char *name;
        const struct bytes *member;
    } rows[] = {
        {"Host", &h.host},
        {"Origin", &h.origin},
        {"Sec-Fetch-Site", &h.fetch_site},
        {"Sec-Fetch-Dest", &h.fetch_dest},
        {"User-Agent", &h.user_agent},
        {"Authorization", &h.authorization},
        {"Last-Event-ID", &h.last_event_id},
        {"Accept", &h.accept},
        {"Accept-Encoding", &h.accept_encoding},
        {"If-None-Match", &h.if_none_match},
        {"X-TC-Action", &h.tc_action},
        {"X-TC-Version", &h.tc_version},
        {"X-TC-Timestamp", &h.tc_timestamp},
        {"X-TC-Token", &h.tc_token},
        {"X-TC-Region", &h.tc_region},
        {"X-TC-RequestClient", &h.tc_client},
    };
    static const struct head none;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];
        size_t len = strlen(rows[i].name);
        h = none;
        head_take(&h, (struct bytes){rows[i].name, len - 1}, bytes_of("shorter"));
        snprintf(text, sizeof text, "%sx", rows[i].name);
        head_take(&h, bytes_of(text), bytes_of("longer"));
        assert_memory_equal(&h, &none, sizeof h);
        for (size_t n = 0; n < len; n++) {
            int letter = n % 2 == 0 ? toupper(text[n]) : tolower(text[n]);
            text[n] = (char)letter;
        }
        head_take(&h, (struct bytes){text, len}, bytes_of("value"));
        if (!bytes_equal(*rows[i].member, bytes_of("value")))
            fail_msg("%s is not taken", rows[i].name);
        h = none;
        text[len / 2] = '~';
        head_take(&h, (struct bytes){text, len}, bytes_of("another"));
        assert_memory_equal(&h, &none, sizeof h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_targets_apart),
        cmocka_unit_test(takes_the_first_header_of_a_name),
        cmocka_unit_test(takes_each_header_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
