/* Where --health asks, in a container. That it asks is in test_lifetime.c. */
#include "server/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The options of "--health", with an argument behind it or NULL, beside a first process with the
 * command line in a file. */
static struct options read_beside(const char *path, const char *argument)
{
    static char program[] = "cmq-emulator", health[] = "--health", other[32];
    char *argv[] = {program, health, argument != NULL ? other : NULL, NULL};
    int argc = argument != NULL ? 3 : 2;
    struct options o;
    snprintf(other, sizeof other, "%s", argument != NULL ? argument : "");
    assert_int_equal(options_read(&o, argc, argv, stderr), OPTIONS_HEALTH);
    health_follow(&o, path, argc, argv);
    return o;
}

static struct options beside(const char *command_line, size_t len, const char *argument)
{
    char path[] = "/tmp/cmq-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, command_line, len), len);
    close(fd);
    struct options o = read_beside(path, argument);
    unlink(path);
    return o;
}

static void follows_the_first_process(void **state)
{
#define LINE(text) text, sizeof text
    static const struct {
        const char *command_line;
        size_t len;
        const char *argument;
        const char *listen;
        int port;
    } rows[] = {
        {LINE("/usr/bin/cmq-emulator"), NULL, "127.0.0.1", 9267},
        {LINE("/usr/bin/cmq-emulator\0--port\09300\0--listen=::"), NULL, "::", 9300},
        {LINE("cmq-emulator\0-p9300"), NULL, "127.0.0.1", 9300},
        {LINE("/sbin/docker-init\0--\0/usr/bin/cmq-emulator\0-p\09300"), NULL, "127.0.0.1",
         9300},
        {LINE("/usr/bin/cmq-emulator\0--port\09300"), "--port=9400", "127.0.0.1", 9400},
        {LINE("/usr/bin/cmq-emulator\0--port\09300"), "localhost:80", "127.0.0.1", 9267},
        /* others that have its name somewhere */
        {LINE("/sbin/init"), NULL, "127.0.0.1", 9267},
        {LINE("/bin/grep\0cmq-emulator\0--port\09300"), NULL, "127.0.0.1", 9267},
        {LINE("/bin/cmq-emulator.sh\0--port\09300"), NULL, "127.0.0.1", 9267},
        {"", 0, NULL, "127.0.0.1", 9267},
    };
#undef LINE
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct options o = beside(rows[i].command_line, rows[i].len, rows[i].argument);
        if (o.ports.all[0] != rows[i].port || strcmp(o.listen, rows[i].listen) != 0)
            fail_msg("row %zu: %s port %d", i, o.listen, (int)o.ports.all[0]);
    }
}

static void keeps_its_options_where_there_is_no_proc(void **state)
{
    (void)state;
    assert_int_equal(read_beside("/nowhere/1/cmdline", "--port=9400").ports.all[0], 9400);
}

static void gives_up_where_there_are_too_many_words(void **state)
{
    static char text[20000];
    size_t len = sizeof "cmq-emulator";
    (void)state;
    memcpy(text, "cmq-emulator", len);
    for (; len + sizeof "-p9300" <= sizeof text; len += sizeof "-p9300")
        memcpy(text + len, "-p9300", sizeof "-p9300");
    assert_int_equal(beside(text, len, NULL).ports.all[0], 9267);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_first_process),
        cmocka_unit_test(keeps_its_options_where_there_is_no_proc),
        cmocka_unit_test(gives_up_where_there_are_too_many_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
