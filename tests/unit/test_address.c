/* Which addresses --push local takes for local. */
#include "server/address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct sockaddr_storage address_of(const char *text, int port)
{
    struct sockaddr_storage s = {.ss_family = AF_UNSPEC};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(&s, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(&s, &v6, sizeof v6);
    else
        fail_msg("%s is no address", text);
    return s;
}

static void tells_what_is_local(void **state)
{
    static const struct {
        const char *address;
        bool local;
    } rows[] = {
        {"0.0.0.0", true},
        {"0.0.0.1", false},
        {"127.0.0.1", true},
        {"127.255.255.255", true},
        {"126.255.255.255", false},
        {"128.0.0.0", false},
        {"9.255.255.255", false},
        {"10.0.0.0", true},
        {"10.255.255.255", true},
        {"11.0.0.0", false},
        {"172.15.255.255", false},
        {"172.16.0.0", true},
        {"172.31.255.255", true},
        {"172.32.0.0", false},
        {"192.167.255.255", false},
        {"192.168.0.0", true},
        {"192.168.255.255", true},
        {"192.169.0.0", false},
        {"100.64.0.1", false},      /* shared by customers of a provider */
        {"100.100.100.200", false}, /* metadata of Alibaba */
        {"168.63.129.16", false},   /* of Azure */
        {"169.254.0.23", false},    /* of Tencent */
        {"169.254.169.254", false}, /* of nearly all */
        {"192.0.0.192", false},     /* of Oracle */
        {"192.0.2.1", false},
        {"224.0.0.1", false},
        {"255.255.255.255", false},
        {"8.8.8.8", false},
        {"::", true},
        {"::1", true},
        {"::2", false},
        {"::127.0.0.1", false},
        {"::ffff:127.0.0.1", true},
        {"::ffff:10.1.2.3", true},
        {"::ffff:169.254.169.254", false},
        {"::ffff:8.8.8.8", false},
        {"64:ff9b::7f00:1", false},
        {"64:ff9b::a00:1", false},
        {"64:ff9b:1::a00:1", false},
        {"2002:7f00:1::1", false},
        {"2001:db8::1", false},
        {"2600::1", false},
        {"fbff::1", false},
        {"fc00::1", true},
        {"fd00::1", true},
        {"fd12:3456:789a::1", true},
        {"fdff:ffff::1", true},
        {"fd00:ec1:ffff::1", true},
        {"fd00:ec2::23", false},
        {"fd00:ec2::254", false},
        {"fd00:ec2:ffff::1", false},
        {"fd00:ec3::254", true},
        {"fd20:ce::254", false},
        {"fd20:cf::254", true},
        {"fd00:c1::a9fe:a9fe", false},
        {"fd00:c2::a9fe:a9fe", true},
        {"fd00:42::42", false},
        {"fd00:42::43", true},
        {"fe00::1", false},
        {"fe80::1", false},
        {"fe80::a9fe:a9fe", false},
        {"fec0::1", false},
        {"ff01::1", false},
        {"ff02::1", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sockaddr_storage s = address_of(rows[i].address, 80);
        if (address_is_local((struct sockaddr *)&s) != rows[i].local)
            fail_msg("%s", rows[i].address);
    }
    struct sockaddr_un other = {.sun_family = AF_UNIX, .sun_path = "socket"};
    assert_false(address_is_local((struct sockaddr *)&other));
}

static void tells_the_same_address(void **state)
{
    static const struct {
        const char *a;
        int a_port;
        const char *b;
        int b_port;
        bool equal;
    } rows[] = {
        {"127.0.0.1", 1, "127.0.0.1", 1, true},
        {"127.0.0.1", 1, "127.0.0.1", 2, false},
        {"127.0.0.1", 1, "127.0.0.2", 1, false},
        {"127.0.0.1", 1, "::ffff:127.0.0.1", 1, true},
        {"::ffff:127.0.0.1", 1, "127.0.0.1", 1, true},
        {"127.0.0.1", 1, "::127.0.0.1", 1, false},
        {"::1", 1, "127.0.0.1", 1, false},
        {"::1", 1, "::1", 1, true},
        {"fd00::1", 1, "fd00::2", 1, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sockaddr_storage a = address_of(rows[i].a, rows[i].a_port);
        struct sockaddr_storage b = address_of(rows[i].b, rows[i].b_port);
        if (address_equal((struct sockaddr *)&a, (struct sockaddr *)&b) != rows[i].equal)
            fail_msg("%s %s", rows[i].a, rows[i].b);
    }
    struct sockaddr_un other = {.sun_family = AF_UNIX, .sun_path = "socket"};
    assert_false(address_equal((struct sockaddr *)&other, (struct sockaddr *)&other));
}

static void writes_addresses(void **state)
{
    static const struct {
        const char *address;
        int port;
        const char *text;
    } rows[] = {
        {"127.0.0.1", 80, "127.0.0.1:80"},
        {"::ffff:10.1.2.3", 65535, "10.1.2.3:65535"},
        {"::1", 9267, "[::1]:9267"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535,
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
    };
    char text[ADDRESS_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sockaddr_storage s = address_of(rows[i].address, rows[i].port);
        address_write((struct sockaddr *)&s, text);
        assert_string_equal(text, rows[i].text);
    }
    struct sockaddr_un other = {.sun_family = AF_UNIX, .sun_path = "socket"};
    address_write((struct sockaddr *)&other, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_local),
        cmocka_unit_test(tells_the_same_address),
        cmocka_unit_test(writes_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
