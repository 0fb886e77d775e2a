#include "api/auth.h"
#include "server/completion.h"
#include "server/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Read up to three arguments; what was complained about is left in said. */
static char said[512];

static enum options_result read_arguments(struct options *o, const char *a, const char *b,
                                          const char *c)
{
    const char *argv[5] = {"cmq-emulator", a, b, c, NULL};
    int argc = 1;
    while (argv[argc] != NULL)
        argc++;
    memset(said, 0, sizeof said);
    FILE *errors = fmemopen(said, sizeof said - 1, "w");
    assert_non_null(errors);
    enum options_result result = options_read(o, argc, (char **)(uintptr_t)argv, errors);
    fclose(errors);
    return result;
}

static void has_the_documented_defaults(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_string_equal(o.listen, "127.0.0.1");
    assert_int_equal(o.ports.all[0], 9267);
    assert_null(o.port_file);
    assert_int_equal(o.log, LOG_TEXT);
    assert_int_equal(o.max_body, 10 << 20);
    assert_int_equal(o.limits.max_bytes, 1 << 30);
    assert_int_equal(o.limits.max_polls, 10000);
    assert_int_equal(o.max_requests, 256 << 20);
    assert_int_equal(o.max_answers, 256 << 20);
    assert_int_equal(o.max_awaits, 10000);
    assert_int_equal(o.limits.max_delay_ms, 3600000);
    assert_int_equal(o.limits.name_cooling_ms, 0);
    assert_int_equal(o.limits.send_rate, 0);
    assert_int_equal(o.push, PUSH_ALLOW);
    assert_int_equal(o.push_timeout_ms, 15000);
    assert_int_equal(o.push_concurrency, 16);
    assert_int_equal(o.auth, AUTH_LENIENT);
    assert_int_equal(o.max_skew_ms, 0);
    assert_int_equal(o.credentials.count, 0);
    assert_int_equal(o.limits.max_topics, 1000);
    assert_int_equal(o.limits.max_subscriptions, 500);
    assert_true(o.idle_timeout_ms >= 120000); /* sdk-compat 9.1 */
}

static void strict_limits_are_defaults_that_can_be_overridden(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--limits=strict", NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.limits.name_cooling_ms, 30000);
    assert_int_equal(o.limits.send_rate, 5000);
    assert_int_equal(o.limits.receive_rate, 5500);
    assert_int_equal(o.limits.delete_rate, 5500);
    assert_int_equal(o.limits.control_rate, 20);
    assert_int_equal(o.limits.max_inactive, 100000);
    assert_true(options_service_config(&o, "").registry.engine.limits.strict);
    assert_int_equal(read_arguments(&o, "--send-rate=0", "--limits=strict", "--name-cooling=1"),
                     OPTIONS_RUN);
    assert_int_equal(o.limits.send_rate, 0);
    assert_int_equal(o.limits.name_cooling_ms, 1000);
}

static void reads_values(void **state)
{
    static const struct {
        const char *option;
        size_t member;
        int64_t value;
    } cases[] = {
        {"--port=0", offsetof(struct options, ports.all), 0},
        {"--port=65535", offsetof(struct options, ports.all), 65535},
        {"--idle-timeout=2m", offsetof(struct options, idle_timeout_ms), 120000},
        {"--log=json", offsetof(struct options, log), LOG_JSON},
        {"--poll-time=virtual", offsetof(struct options, virtual_polls), 1},
        {"--seed=18", offsetof(struct options, seed), 18},
        {"--push=allow", offsetof(struct options, push), PUSH_ALLOW},
        {"--push=local", offsetof(struct options, push), PUSH_LOCAL},
        {"--push=off", offsetof(struct options, push), PUSH_OFF},
        {"--push-timeout=100ms", offsetof(struct options, push_timeout_ms), 100},
        {"--push-timeout=1h", offsetof(struct options, push_timeout_ms), 3600000},
        {"--auth=lenient", offsetof(struct options, auth), AUTH_LENIENT},
        {"--auth=strict", offsetof(struct options, auth), AUTH_STRICT},
        {"--auth=off", offsetof(struct options, auth), AUTH_OFF},
        {"--max-skew=5m", offsetof(struct options, max_skew_ms), 300000},
        {"--max-skew=0", offsetof(struct options, max_skew_ms), 0},
        {"--push-concurrency=256", offsetof(struct options, push_concurrency), 256},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct options o;
        int64_t value;
        assert_int_equal(read_arguments(&o, cases[i].option, NULL, NULL), OPTIONS_RUN);
        memcpy(&value, (const char *)&o + cases[i].member, sizeof value);
        if (value != cases[i].value)
            fail_msg("%s: %lld", cases[i].option, (long long)value);
    }
}

static void takes_several_ports(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--port=9267,80,0,0", NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.ports.count, 4);
    assert_int_equal(o.ports.all[0], 9267);
    assert_int_equal(o.ports.all[1], 80);
    assert_int_equal(o.ports.all[3], 0);
    assert_int_equal(read_arguments(&o, "--port=1,2", "-p3", NULL), OPTIONS_RUN);
    assert_int_equal(o.ports.count, 1); /* the last one counts, as with any option */
    assert_int_equal(o.ports.all[0], 3);
    setenv("CMQ_EMULATOR_PORT", "80, 443", 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.ports.count, 2);
    assert_int_equal(o.ports.all[1], 443);
    unsetenv("CMQ_EMULATOR_PORT");
    assert_int_equal(
        read_arguments(&o, "--port=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", NULL, NULL),
        OPTIONS_RUN);
    assert_int_equal(o.ports.count, 16);
}

static void ports_differ(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--port=0,80,9267,80", NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "--port: 80 is there twice"));
    assert_int_equal(
        read_arguments(&o, "--port=80,443", "--tls-port=443", "--tls-self-signed=tls"),
        OPTIONS_BAD);
    assert_non_null(strstr(said, "--tls-port: 443 is a --port, too"));
    assert_int_equal(read_arguments(&o, "--port=0,0", "--tls-port=0", "--tls-self-signed=tls"),
                     OPTIONS_RUN);
    assert_int_equal(
        read_arguments(&o, "--port=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", NULL, NULL),
        OPTIONS_BAD);
    assert_non_null(strstr(said, "is not 1 to 16 whole numbers, with commas between them"));
}

static void limits_reach_the_engine(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(
        read_arguments(&o, "--max-queues=3", "--max-topics=4", "--max-subscriptions=5"),
        OPTIONS_RUN);
    struct engine_limits limits = options_service_config(&o, "").registry.engine.limits;
    assert_int_equal(limits.max_queues, 3);
    assert_int_equal(limits.max_topics, 4);
    assert_int_equal(limits.max_subscriptions, 5);
}

static void refuses_values_and_names_the_option(void **state)
{
    static const char *const cases[] = {
        "--port=65536",
        "--port=-1",
        "--port=http",
        "--port=",
        "--port=,",
        "--port=1;2",
        "--port=1,2x",
        "--port=1,65536",
        "--port=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
        "--limits=lax",
        "--limits=strict|",
        "--limits=",
        "--max-body=1",
        "--max-body=4x",
        "--max-memory=9999999999g",
        "--max-request-memory=1k",
        "--max-answer-memory=0",
        "--max-awaits=0",
        "--max-delay=1y",
        "--idle-timeout=0",
        "--max-connections=0",
        "--seed=x",
        "--log=TEXT",
        "--push=yes",
        "--push-timeout=0",
        "--push-timeout=61m",
        "--push-concurrency=0",
        "--push-concurrency=257",
        "--auth=lax",
        "--auth=",
        "--max-skew=-1",
        "--max-skew=366d",
        "--credential=",
        "--max-topics=-1",
        "--max-subscriptions=1000001",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct options o;
        size_t name = strcspn(cases[i], "=");
        if (read_arguments(&o, cases[i], NULL, NULL) != OPTIONS_BAD || strlen(said) < name ||
            memmem(said, strlen(said), cases[i], name) == NULL)
            fail_msg("%s: %s", cases[i], said);
    }
}

static void refuses_what_is_no_option(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "queue", NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "'queue'"));
}

static void reads_the_environment_below_the_command_line(void **state)
{
    struct options o;
    (void)state;
    setenv("CMQ_EMULATOR_PORT", "7777", 1);
    setenv("CMQ_EMULATOR_MAX_DELAY", "2h", 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.ports.all[0], 7777);
    assert_int_equal(o.limits.max_delay_ms, 7200000);
    assert_int_equal(read_arguments(&o, "--port", "8888", NULL), OPTIONS_RUN);
    assert_int_equal(o.ports.all[0], 8888);

    setenv("CMQ_EMULATOR_PORT", "x", 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "CMQ_EMULATOR_PORT"));
    setenv("CMQ_EMULATOR_PORT", "", 1); /* as good as none */
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.ports.all[0], 9267);
    unsetenv("CMQ_EMULATOR_PORT");
    unsetenv("CMQ_EMULATOR_MAX_DELAY");
    setenv("CMQ_EMULATOR_PORT_FILE", "port", 1); /* no variable of a link */
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_string_equal(o.port_file, "port");
    unsetenv("CMQ_EMULATOR_PORT_FILE");
}

static void refuses_variables_that_are_no_option(void **state)
{
    struct options o;
    (void)state;
    setenv("CMQ_EMULATOR_PROT", "1", 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "CMQ_EMULATOR_PROT, which is no option; did you mean "
                                 "CMQ_EMULATOR_PORT?"));
    assert_int_equal(read_arguments(&o, "--help", NULL, NULL), OPTIONS_HELP);
    setenv("CMQ_EMULATOR_PROT", "", 1); /* empty is no better */
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_BAD);
    unsetenv("CMQ_EMULATOR_PROT");
    setenv("CMQ_EMULATOR_SOMETHING_ELSE", "1", 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_BAD);
    assert_non_null(
        strstr(said, "CMQ_EMULATOR_SOMETHING_ELSE, which is no option; try --help"));
    unsetenv("CMQ_EMULATOR_SOMETHING_ELSE");
}

/* Set by Kubernetes, or links of docker, where a service is named cmq-emulator or the like. */
static void ignores_variables_of_service_links(void **state)
{
    static const struct {
        const char *name, *value;
        enum options_result result;
    } rows[] = {
        {"CMQ_EMULATOR_SERVICE_HOST", "10.0.0.1", OPTIONS_RUN},
        {"CMQ_EMULATOR_SERVICE_PORT", "80", OPTIONS_RUN},
        {"CMQ_EMULATOR_SERVICE_PORT_HTTP", "80", OPTIONS_RUN},
        {"CMQ_EMULATOR_PORT", "tcp://10.0.0.1:80", OPTIONS_RUN},
        {"CMQ_EMULATOR_PORT_9267_TCP", "tcp://10.0.0.1:80", OPTIONS_RUN},
        {"CMQ_EMULATOR_PORT_9267_TCP_PROTO", "tcp", OPTIONS_RUN},
        {"CMQ_EMULATOR_NAME", "/tests/cmq-emulator", OPTIONS_RUN},
        {"CMQ_EMULATOR_ENV_CMQ_EMULATOR_LISTEN", "0.0.0.0", OPTIONS_RUN},
        {"CMQ_EMULATOR_TLS_SERVICE_HOST", "10.0.0.1", OPTIONS_RUN},
        {"CMQ_EMULATOR_TLS_SERVICE_PORT_HTTPS", "443", OPTIONS_RUN},
        {"CMQ_EMULATOR_TLS_PORT", "tcp://10.0.0.1:443", OPTIONS_RUN},
        {"CMQ_EMULATOR_TLS_PORT_443_TCP_ADDR", "10.0.0.1", OPTIONS_RUN},
        /* mistakes, for all that */
        {"CMQ_EMULATOR_NAME", "orders", OPTIONS_BAD},
        {"CMQ_EMULATOR_PORTS", "80", OPTIONS_BAD},
        {"CMQ_EMULATOR_PORT_FIL", "/tmp/port", OPTIONS_BAD},
        {"CMQ_EMULATOR_PORT", "80/tcp", OPTIONS_BAD},
    };
    struct options o;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        setenv(rows[i].name, rows[i].value, 1);
        if (read_arguments(&o, NULL, NULL, NULL) != rows[i].result)
            fail_msg("%s=%s", rows[i].name, rows[i].value);
        unsetenv(rows[i].name);
        if (rows[i].result == OPTIONS_RUN)
            assert_int_equal(o.ports.all[0], 9267);
    }
}

static void reads_flags(void **state)
{
    static const char *const words[] = {"off", "on", "no", "yes", "false", "true", "0", "1"};
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.exit_on_eof, 0);
    assert_int_equal(read_arguments(&o, "--exit-on-eof", "--exit-with-parent", NULL),
                     OPTIONS_RUN);
    assert_int_equal(o.exit_on_eof, 1);
    assert_int_equal(o.exit_with_parent, 1);
    setenv("CMQ_EMULATOR_EXIT_ON_EOF", "1", 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.exit_on_eof, 1);
    assert_int_equal(read_arguments(&o, "--exit-on-eof=off", NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.exit_on_eof, 0);
    unsetenv("CMQ_EMULATOR_EXIT_ON_EOF");
    assert_int_equal(read_arguments(&o, "--exit-on-eof=maybe", NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "--exit-on-eof: 'maybe' is not on or off"));
    for (size_t i = 0; i < COUNT(words); i++) {
        char option[32];
        snprintf(option, sizeof option, "--exit-on-eof=%s", words[i]);
        assert_int_equal(read_arguments(&o, option, NULL, NULL), OPTIONS_RUN);
        assert_int_equal(o.exit_on_eof, i % 2);
    }
}

static void options_of_signatures_reach_the_service(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--auth=strict", "--max-skew=2h", NULL), OPTIONS_RUN);
    assert_int_equal(options_service_config(&o, "").auth, AUTH_STRICT);
    assert_int_equal(options_service_config(&o, "").max_skew_ms, 7200000);
}

static void has_credentials(const struct options *o, const char *first, const char *second)
{
    const struct option_list *list = &o->credentials;
    assert_int_equal(list->count, second != NULL ? 2 : 1);
    assert_true(bytes_equal(list->values[0], bytes_of(first)));
    if (second != NULL)
        assert_true(bytes_equal(list->values[1], bytes_of(second)));
}

static void reads_several_credentials(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--credential", "a:k,1", "--credential=b:k:t@team"),
                     OPTIONS_RUN);
    has_credentials(&o, "a:k,1", "b:k:t@team");
    setenv("CMQ_EMULATOR_CREDENTIAL", " c:k, d:k\t,", 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    has_credentials(&o, "c:k", "d:k");
    assert_true(o.credentials.of_environment);
    assert_int_equal(read_arguments(&o, "--credential", "a:k", NULL), OPTIONS_RUN);
    has_credentials(&o, "a:k", NULL);
    assert_false(o.credentials.of_environment);
    setenv("CMQ_EMULATOR_CREDENTIAL", "c:k d", 1);
    assert_int_equal(read_arguments(&o, "--credential", "a:k", NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "CMQ_EMULATOR_CREDENTIAL: it must be ID:KEY"));
    setenv("CMQ_EMULATOR_CREDENTIAL", " ,", 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.credentials.count, 0);
    unsetenv("CMQ_EMULATOR_CREDENTIAL");
}

static void there_is_room_for_so_many_credentials(void **state)
{
    struct options o;
    char text[4 * (OPTION_LIST_MAX + 1) + 1];
    (void)state;
    for (size_t i = 0; i <= OPTION_LIST_MAX; i++)
        snprintf(text + 4 * i, 5, "a:k ");
    setenv("CMQ_EMULATOR_CREDENTIAL", text, 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "CMQ_EMULATOR_CREDENTIAL: there are too many"));
    setenv("CMQ_EMULATOR_CREDENTIAL", text + 4, 1);
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.credentials.count, OPTION_LIST_MAX);
    unsetenv("CMQ_EMULATOR_CREDENTIAL");
}

/* Whatever is wrong, the value is not told: it may have a key in it. */
static void refuses_what_is_no_credential(void **state)
{
    static const struct {
        const char *value, *part;
    } cases[] = {
        {"", "it must be ID:KEY"},
        {"hidden", "it must be ID:KEY"},
        {"hidden@team", "it must be ID:KEY"},
        {":hidden", "the secret id must have 1 to 256 bytes"},
        {"id:", "the secret key must have 1 to 256 bytes"},
        {"id:@team", "the secret key must have 1 to 256 bytes"},
        {"id::hidden", "the secret key must have 1 to 256 bytes"},
        {"id:hidden:", "the token must have 1 to 4096 bytes"},
        {"id:hidden:@team", "the token must have 1 to 4096 bytes"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct options o;
        if (read_arguments(&o, "--credential", cases[i].value, NULL) != OPTIONS_BAD ||
            strstr(said, "--credential: ") == NULL || strstr(said, cases[i].part) == NULL ||
            strstr(said, "hidden") != NULL)
            fail_msg("%s: %s", cases[i].value, said);
    }
}

static void suggests_the_nearest_option(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--max-queue-s=3", NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "did you mean --max-queues?"));
    assert_int_equal(read_arguments(&o, "--heath", NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "did you mean --health?"));
    assert_int_equal(read_arguments(&o, "--port", NULL, NULL), OPTIONS_BAD); /* lacks a value */
    assert_null(strstr(said, "did you mean"));
    assert_int_equal(read_arguments(&o, "--zzzzzzz", NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "try --help"));
}

static void shows_help_and_version(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--help", NULL, NULL), OPTIONS_HELP);
    assert_int_equal(read_arguments(&o, "-h", NULL, NULL), OPTIONS_HELP);
    assert_int_equal(read_arguments(&o, "--manual", NULL, NULL), OPTIONS_MANUAL);
    assert_int_equal(read_arguments(&o, "--version", NULL, NULL), OPTIONS_VERSION);
    assert_int_equal(read_arguments(&o, "-V", NULL, NULL), OPTIONS_VERSION);
    assert_int_equal(read_arguments(&o, "-p", "17", NULL), OPTIONS_RUN);
    assert_int_equal(o.ports.all[0], 17);
    assert_int_equal(read_arguments(&o, "-p17", NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.ports.all[0], 17);
    assert_int_equal(read_arguments(&o, "-p", "x", NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "--port: 'x' is not"));
}

static void asks_for_health(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--health", "host:1", NULL), OPTIONS_HEALTH);
    assert_string_equal(o.health, "host:1");
    assert_int_equal(read_arguments(&o, "--health", "host:1", "host:2"), OPTIONS_BAD);
    assert_int_equal(read_arguments(&o, "--admin-token", "", NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "--admin-token: it must not be empty"));
    assert_int_equal(read_arguments(&o, "--health=host:1", "host:2", NULL), OPTIONS_BAD);
    setenv("CMQ_EMULATOR_PORT", "7777", 1); /* where the emulator of this container is */
    assert_int_equal(read_arguments(&o, "--health", NULL, NULL), OPTIONS_HEALTH);
    assert_null(o.health);
    assert_int_equal(o.ports.all[0], 7777);
    unsetenv("CMQ_EMULATOR_PORT");
}

static void asks_for_completions(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--completion", "zsh", NULL), OPTIONS_COMPLETION);
    assert_int_equal(o.shell, SHELL_ZSH);
    assert_int_equal(read_arguments(&o, "--completion=csh", NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "--completion: 'csh' is not one of bash|zsh|fish"));
    setenv("CMQ_EMULATOR_COMPLETION", "zsh", 1); /* no setting */
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_BAD);
    unsetenv("CMQ_EMULATOR_COMPLETION");
}

static void certificates_come_whole(void **state)
{
    static const struct {
        const char *a, *b, *c, *complaint; /* NULL: they make sense */
    } rows[] = {
        {"--tls-cert=c", "--tls-key=k", NULL, NULL},
        {"--tls-cert=c", "--tls-key=k", "--tls-port=0", NULL},
        {"--tls-self-signed=d", NULL, NULL, NULL},
        {"--tls-self-signed=d", "--tls-port=443", NULL, NULL},
        {"--tls-cert=c", NULL, NULL, "--tls-cert needs --tls-key FILE"},
        {"--tls-key=k", NULL, NULL, "--tls-key needs --tls-cert FILE"},
        {"--tls-cert=c", "--tls-key=k", "--tls-self-signed=d", "exclude each other"},
        {"--tls-port=443", NULL, NULL, "--tls-port needs a certificate: add --tls-self-signed"},
        {"--tls-self-signed=d", "--tls-port=65536", NULL, "--tls-port"},
    };
    struct options o;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum options_result result = read_arguments(&o, rows[i].a, rows[i].b, rows[i].c);
        bool bad = rows[i].complaint != NULL;
        if (result != (bad ? OPTIONS_BAD : OPTIONS_RUN) ||
            (bad && strstr(said, rows[i].complaint) == NULL))
            fail_msg("%s: %s", rows[i].a, said);
    }
    assert_int_equal(read_arguments(&o, NULL, NULL, NULL), OPTIONS_RUN);
    assert_int_equal(o.tls_port, -1);
    assert_int_equal(read_arguments(&o, "--health", "--tls-port=443", NULL), OPTIONS_HEALTH);
}

static void host_names_are_ascii(void **state)
{
    struct options o;
    (void)state;
    assert_int_equal(read_arguments(&o, "--host-names=my.test,xn--bcher-kva.test", NULL, NULL),
                     OPTIONS_RUN);
    assert_int_equal(read_arguments(&o,
                                    "--host-names=my.test,b\xc3\xbc"
                                    "cher.test",
                                    NULL, NULL),
                     OPTIONS_BAD);
    assert_non_null(strstr(said, "--host-names: 'b\xc3\xbc"
                                 "cher.test' is not ASCII; give it as "
                                 "clients send it, beginning with xn--"));
    assert_int_equal(read_arguments(&o, "--host-names=my.test\n,second\x7f", NULL, NULL),
                     OPTIONS_BAD);
    assert_int_equal(read_arguments(&o, "--host-names=\x01", NULL, NULL), OPTIONS_BAD);
    assert_non_null(strstr(said, "--host-names: a name has a control character"));
    assert_int_equal(read_arguments(&o, "--host-names=my.test\n\tsecond.test", NULL, NULL),
                     OPTIONS_RUN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_documented_defaults),
        cmocka_unit_test(strict_limits_are_defaults_that_can_be_overridden),
        cmocka_unit_test(reads_values),
        cmocka_unit_test(takes_several_ports),
        cmocka_unit_test(ports_differ),
        cmocka_unit_test(limits_reach_the_engine),
        cmocka_unit_test(refuses_values_and_names_the_option),
        cmocka_unit_test(refuses_what_is_no_option),
        cmocka_unit_test(reads_the_environment_below_the_command_line),
        cmocka_unit_test(refuses_variables_that_are_no_option),
        cmocka_unit_test(ignores_variables_of_service_links),
        cmocka_unit_test(reads_flags),
        cmocka_unit_test(options_of_signatures_reach_the_service),
        cmocka_unit_test(reads_several_credentials),
        cmocka_unit_test(there_is_room_for_so_many_credentials),
        cmocka_unit_test(refuses_what_is_no_credential),
        cmocka_unit_test(suggests_the_nearest_option),
        cmocka_unit_test(shows_help_and_version),
        cmocka_unit_test(asks_for_health),
        cmocka_unit_test(asks_for_completions),
        cmocka_unit_test(certificates_come_whole),
        cmocka_unit_test(host_names_are_ascii),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
