/* Where a subscription may send to: topic-api 2.8, D22. */
#include "operations/endpoint.h"

#include "tests/support/engine_expect.h"

#include <string.h>

#define TEXT(literal)                                                                          \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }

struct endpoint {
    const char *what;
    struct bytes text;
};

/* In memory of its own, which ends where the text does: who reads on is found out by the
 * sanitizers. */
static enum cmq_err check(struct bytes text, enum push_protocol protocol)
{
    char *copy = test_malloc(text.len > 0 ? text.len : 1);
    memcpy(copy, text.data, text.len);
    enum cmq_err err = endpoint_check((struct bytes){copy, text.len}, protocol);
    test_free(copy);
    return err;
}

static void expect_all(const struct endpoint *endpoints, size_t count,
                       enum push_protocol protocol, enum cmq_err expected)
{
    for (size_t i = 0; i < count; i++)
        EXPECT_EQ(endpoints[i].what, check(endpoints[i].text, protocol), expected);
}

/* ---- URLs ---- */

static void takes_urls(void **state)
{
    static const struct endpoint urls[] = {
        {"name", TEXT("http://example.com/hook")},
        {"name, no path", TEXT("http://example.com")},
        {"one letter", TEXT("http://a/")},
        {"localhost and port", TEXT("http://localhost:9267/")},
        {"port, no path", TEXT("http://example.com:8080")},
        {"least port", TEXT("http://example.com:1/")},
        {"greatest port", TEXT("http://example.com:65535/")},
        {"port left empty", TEXT("http://example.com:/")},
        {"underscore, as in compose files", TEXT("http://my_service:8080/hook")},
        {"dash and digits", TEXT("http://web-1.example.com/")},
        {"upper case", TEXT("HTTP://EXAMPLE.COM/Hook")},
        {"mixed case", TEXT("hTtP://example.com/")},
        {"IPv4", TEXT("http://198.51.100.7/hook")},
        {"IPv4 and port", TEXT("http://198.51.100.7:8080/hook")},
        {"IPv6", TEXT("http://[2001:db8::7]/hook")},
        {"IPv6 and port", TEXT("http://[::1]:8080/hook")},
        {"IPv6, no path", TEXT("http://[::1]")},
        {"IPv4 within IPv6", TEXT("http://[::ffff:198.51.100.7]/")},
        {"query", TEXT("http://example.com/hook?a=1&b=%20")},
        {"query, no path", TEXT("http://example.com?a=1")},
        {"a URL in the query", TEXT("http://example.com/?to=http://example.org/")},
        {"fragment", TEXT("http://example.com/#part")},
        {"user", TEXT("http://user@example.com/")},
        {"user and password", TEXT("http://user:secret@example.com:8080/hook")},
        {"blank, escaped", TEXT("http://example.com/a%20b")},
        {"line end, escaped", TEXT("http://example.com/a%0D%0Ab")},
        {"path of other letters", TEXT("http://example.com/\xe6\x9d\xa5")},
        {"path of slashes", TEXT("http://example.com//a//")},
        {"sink of the emulator", TEXT("http://127.0.0.1:9267/_emulator/sink/a?namespace=b")},
    };
    (void)state;
    expect_all(urls, COUNT(urls), PROTOCOL_HTTP, CMQ_OK);
}

static void refuses_blanks(void **state)
{
    static const struct endpoint urls[] = {
        {"in front", TEXT(" http://example.com/")},
        {"behind", TEXT("http://example.com/ ")},
        {"in the host", TEXT("http://exa mple.com/")},
        {"in the path", TEXT("http://example.com/a b")},
        {"in the query", TEXT("http://example.com/?a b")},
        {"before the port", TEXT("http://example.com: 80/")},
        {"tab", TEXT("http://example.com/\ta")},
        {"line end", TEXT("http://example.com/\n")},
        {"vertical tab", TEXT("http://example.com/\v")},
        {"form feed", TEXT("http://example.com/\f")},
        {"carriage return", TEXT("http://example.com/\r")},
        {"forged header", TEXT("http://example.com/\r\nX-Forged: 1")},
        {"nothing else", TEXT(" ")},
        /* this error is the more telling one (D22) */
        {"https, too", TEXT("https://example.com/a b")},
        {"without scheme, too", TEXT("example.com/a b")},
        {"without host, too", TEXT("http:// ")},
        {"bad port, too", TEXT("http://example.com:99999/ ")},
    };
    (void)state;
    expect_all(urls, COUNT(urls), PROTOCOL_HTTP, CMQ_BLANK_IN_URL);
}

static void refuses_what_is_no_url(void **state)
{
    static const struct endpoint urls[] = {
        {"nothing", TEXT("")},
        {"https", TEXT("https://example.com/")},
        {"ftp", TEXT("ftp://example.com/")},
        {"file", TEXT("file:///etc/passwd")},
        {"no scheme", TEXT("example.com/hook")},
        {"no scheme, two slashes", TEXT("//example.com/hook")},
        {"a queue's name", TEXT("jobs")},
        {"shorter than any", TEXT("http:/")},
        {"one slash", TEXT("http:/example.com/")},
        {"no slash", TEXT("http:example.com")},
        {"no colon", TEXT("http//example.com/")},
        {"backslashes", TEXT("http:\\\\example.com\\")},
        {"longer scheme", TEXT("xhttp://example.com/")},

        {"scheme alone", TEXT("http://")},
        {"no host, query", TEXT("http://?a=1")},
        {"no host, fragment", TEXT("http://#a")},
        {"no host, port", TEXT("http://:80/")},
        {"no host, user", TEXT("http://user@/")},
        {"no host, user and password", TEXT("http://user:secret@/")},
        {"no host, many slashes", TEXT("http:////hook")},

        {"port beyond", TEXT("http://example.com:65536/")},
        {"port far beyond", TEXT("http://example.com:99999999999999999999/")},
        {"port 80 in more than 64 bits", TEXT("http://example.com:18446744073709551696/")},
        {"negative port", TEXT("http://example.com:-1/")},
        {"port with a sign", TEXT("http://example.com:+80/")},
        {"port of letters", TEXT("http://example.com:http/")},
        {"port and a letter", TEXT("http://example.com:80x/")},
        {"two ports", TEXT("http://example.com:80:80/")},
        {"hexadecimal port", TEXT("http://example.com:0x50/")},

        {"IPv6 without end", TEXT("http://[::1/")},
        {"IPv6 of other letters", TEXT("http://[::g]/")},
        {"IPv6 of nothing", TEXT("http://[]/")},
        {"IPv6 and more", TEXT("http://[::1]x/")},
        {"IPv6 with a port beyond", TEXT("http://[::1]:65536/")},
        {"host in braces", TEXT("http://{host}/")},
        {"host in quotes", TEXT("http://\"host\"/")},
        {"host with a comma", TEXT("http://a,b/")},
        {"host with a bar", TEXT("http://a|b/")},
        {"host with a backslash", TEXT("http://host\\hook")},

        {"control character", TEXT("http://example.com/\x01")},
        {"escape", TEXT("http://example.com/\x1b[0m")},
        {"delete", TEXT("http://example.com/\x7f")},
        {"NUL behind", TEXT("http://example.com/\0")},
        {"NUL in the host", TEXT("http://example.com\0.example.org/")},
        {"NUL and a path", TEXT("http://example.com/\0hook")},
        {"nothing but NUL", TEXT("\0\0\0\0\0\0\0\0")},
    };
    (void)state;
    expect_all(urls, COUNT(urls), PROTOCOL_HTTP, CMQ_ENDPOINT_FORMAT);
}

/* libcurl alone would take the path's first word for the host. */
static void refuses_a_path_in_place_of_a_host(void **state)
{
    static const struct endpoint urls[] = {
        {"nothing but a path", TEXT("http:///hook")},
        {"one that has a port", TEXT("http:///example.com:80/")},
        {"a slash", TEXT("http:///")},
    };
    (void)state;
    expect_all(urls, COUNT(urls), PROTOCOL_HTTP, CMQ_ENDPOINT_FORMAT);
}

static void bounds_the_length_of_urls(void **state)
{
    static const struct {
        const char *what;
        size_t len;
        const char *tail;
        enum cmq_err err;
    } urls[] = {
        {"499", 499, "a", CMQ_OK},
        {"500", 500, "a", CMQ_OK},
        {"501", 501, "a", CMQ_ENDPOINT_FORMAT},
        {"very long", 100000, "a", CMQ_ENDPOINT_FORMAT},
        {"500, the last one blank", 500, " ", CMQ_BLANK_IN_URL},
        {"501, the last one blank", 501, " ", CMQ_BLANK_IN_URL},
        {"500, the last one NUL", 500, "", CMQ_ENDPOINT_FORMAT},
    };
    static char text[100001];
    static const char head[] = "http://198.51.100.7:8080/hook?of=";
    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        memset(text, 'x', sizeof text);
        memcpy(text, head, sizeof head - 1);
        text[urls[i].len - 1] = urls[i].tail[0];
        EXPECT_EQ(urls[i].what, check((struct bytes){text, urls[i].len}, PROTOCOL_HTTP),
                  urls[i].err);
    }
}

/* ---- queues ---- */

static void takes_names_of_queues(void **state)
{
    static const struct endpoint names[] = {
        {"one letter", TEXT("a")},
        {"all kinds", TEXT("Zz-09_")},
        {"64 letters", TEXT("abcdefghijklmnopqrstuvwxyzabcdef"
                            "abcdefghijklmnopqrstuvwxyzabcdef")},
        {"that of a scheme", TEXT("http")},
    };
    (void)state;
    expect_all(names, COUNT(names), PROTOCOL_QUEUE, CMQ_OK);
}

static void refuses_other_names(void **state)
{
    static const struct endpoint names[] = {
        {"nothing", TEXT("")},
        {"a URL", TEXT("http://example.com/")},
        {"65 letters", TEXT("abcdefghijklmnopqrstuvwxyzabcdef"
                            "abcdefghijklmnopqrstuvwxyzabcdefg")},
        {"digit in front", TEXT("1jobs")},
        {"dash in front", TEXT("-jobs")},
        {"underscore in front", TEXT("_jobs")},
        {"dot", TEXT("jobs.new")},
        {"colon", TEXT("region:jobs")},
        /* the error about blanks is one of URLs */
        {"blank", TEXT("my jobs")},
        {"blank behind", TEXT("jobs ")},
        {"line end", TEXT("jobs\n")},
        {"NUL", TEXT("jobs\0")},
        {"not ASCII", TEXT("jobs\xc3\xa4")},
    };
    (void)state;
    expect_all(names, COUNT(names), PROTOCOL_QUEUE, CMQ_ENDPOINT_QUEUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_urls),
        cmocka_unit_test(refuses_blanks),
        cmocka_unit_test(refuses_what_is_no_url),
        cmocka_unit_test(refuses_a_path_in_place_of_a_host),
        cmocka_unit_test(bounds_the_length_of_urls),
        cmocka_unit_test(takes_names_of_queues),
        cmocka_unit_test(refuses_other_names),
    };
    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
