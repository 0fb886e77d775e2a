/* All options are numbered in one sequence: the rows of this file, then those of
 * engine/limits.def. setting_of(), store() and getopt's table go by that number, so that
 * reading, --help and the environment treat both alike.
 *
 * A limit that is given keeps its value whatever --limits says, and wherever either is given:
 * so values are stored with a mark, and the preset is applied at the end. The command line is
 * read twice, see options_read(). */
#include "server/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define AT(member)   offsetof(struct options, member)

struct option_row {
    struct setting setting;
    size_t member;
    const char *standard; /* the default, as people would type it; NULL for none */
};

/* clang-format off */
static const struct option_row rows[] = {
    { { "listen",           SETTING_TEXT,     0,    0,                "ADDRESS",         "address to listen on; 0.0.0.0 for all" },                                 AT(listen),           "127.0.0.1" },
    { { "port",             SETTING_NUMBER,   0,    65535,            "N",               "port; 0 takes a free one" },                                              AT(port),             "9267" },
    { { "port-file",        SETTING_TEXT,     0,    0,                "FILE",            "write the port number to FILE when ready" },                              AT(port_file),        NULL },
    { { "config",           SETTING_TEXT,     0,    0,                "FILE",            "namespaces, credentials, queues and topics to begin with, as JSON" },     AT(config),           NULL },
    { { "seed",             SETTING_NUMBER,   0,    INT64_MAX,        "N",               "seed of all ids" },                                                       AT(seed),             "1" },
    { { "limits",           SETTING_WORD,     0,    0,                "relaxed|strict",  "how picky: strict is the cloud at its pickiest" },                        AT(strict),           "relaxed" },
    { { "poll-time",        SETTING_WORD,     0,    0,                "real|virtual",    "on a frozen clock, long polls end in real time, too; or not" },           AT(virtual_polls),    "real" },
    { { "log",              SETTING_WORD,     0,    0,                "text|json|off",   "one line a request, on standard error" },                                 AT(log),              "text" },
    { { "push",             SETTING_WORD,     0,    0,                "allow|local|off", "where HTTP pushes may go; local: this machine and private networks" },    AT(push),             "allow" },
    { { "push-timeout",     SETTING_DURATION, 1,    3600000,          "DURATION",        "how long an endpoint may take to answer a push, in real time" },          AT(push_timeout_ms),  "15s" },
    { { "push-concurrency", SETTING_NUMBER,   1,    256,              "N",               "pushes at a time to one endpoint; further ones wait" },                   AT(push_concurrency), "16" },
    { { "max-connections",  SETTING_NUMBER,   1,    1000000,          "N",               "connections; further ones get 503" },                                     AT(max_connections),  "20000" },
    { { "max-body",         SETTING_BYTES,    1024, (int64_t)1 << 30, "BYTES",           "body of one request" },                                                   AT(max_body),         "4m" },
    { { "max-namespaces",   SETTING_NUMBER,   1,    1000000,          "N",               "namespaces, default among them" },                                        AT(max_namespaces),   "1000" },
    { { "host-names",       SETTING_TEXT,     0,    0,                "NAME,...",        "names of this machine by which web pages may reach the emulator" },       AT(host_names),       NULL },
    { { "admin",            SETTING_WORD,     0,    0,                "on|off",          "off: no admin interface, but for /_emulator/health" },                    AT(admin_off),        "on" },
    { { "admin-token",      SETTING_TEXT,     0,    0,                "TOKEN",           "the admin interface wants \"Authorization: Bearer TOKEN\"" },              AT(admin_token),      NULL },
    { { "unknown-parameters", SETTING_WORD,   0,    0,                "ignore|warn|refuse", "parameters that an Action does not use: warn in the log, or refuse" }, AT(unknown_parameters), "warn" },
    { { "unknown-secret-id", SETTING_WORD,    0,    0,                "accept|refuse",   "secret ids that are nobody's: serve them from default, or refuse" },     AT(refuse_unknown_ids), "accept" },
    { { "idle-timeout",     SETTING_DURATION, 1000, 86400000,         "DURATION",        "close connections that are idle for so long" },                           AT(idle_timeout_ms),  "5m" },
};
/* clang-format on */

/* All options: the rows above, then the limits of a namespace. */
enum { ROWS = COUNT(rows), OPTIONS = ROWS + LIMITS };

static const struct setting *setting_of(size_t number)
{
    return number < ROWS ? &rows[number].setting : &limit_rows[number - ROWS].setting;
}

static int64_t *number_at(struct options *o, const struct option_row *row)
{
    return (int64_t *)(void *)((char *)o + row->member);
}

static const char **text_at(struct options *o, const struct option_row *row)
{
    return (const char **)(void *)((char *)o + row->member);
}

static void store(struct options *o, size_t number, int64_t value)
{
    if (number < ROWS) {
        *number_at(o, &rows[number]) = value;
    } else {
        limit_set(&o->limits, number - ROWS, value);
        o->limit_given[number - ROWS] = true;
    }
}

/* source: how to name the option in a message, "--port" or "CMQ_EMULATOR_PORT". */
static bool set(struct options *o, size_t number, const char *text, const char *source,
                FILE *errors)
{
    const struct setting *s = setting_of(number);
    char expected[SETTING_EXPECTED_SIZE];
    int64_t value;
    if (s->kind == SETTING_TEXT) {
        *text_at(o, &rows[number]) = text;
        return true;
    }
    if (setting_parse(s, bytes_of(text), &value)) {
        store(o, number, value);
        return true;
    }
    setting_expected(s, expected);
    fprintf(errors, "cmq-emulator: %s: '%s' is not %s\n", source, text, expected);
    return false;
}

static void set_defaults(struct options *o)
{
    *o = (struct options){.limits = engine_limits_relaxed()};
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].standard != NULL) {
            bool fits = set(o, i, rows[i].standard, "default", stderr);
            assert(fits);
        }
    }
}

static bool read_environment(struct options *o, FILE *errors)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        char name[64];
        snprintf(name, sizeof name, "CMQ_EMULATOR_%s", setting_of(i)->name);
        for (char *c = name; *c != '\0'; c++)
            if (*c == '-')
                *c = '_';
            else
                *c = (char)toupper((unsigned char)*c);
        const char *text = getenv(name);
        if (text != NULL && text[0] != '\0' && !set(o, i, text, name, errors))
            return false;
    }
    return true;
}

static enum options_result read_command_line(struct options *o, int argc, char **argv,
                                             FILE *errors)
{
    enum { HELP = OPTIONS, VERSION, END };
    struct option known[END + 1] = {
        [HELP] = {"help", no_argument, NULL, HELP},
        [VERSION] = {"version", no_argument, NULL, VERSION},
    };
    for (size_t i = 0; i < OPTIONS; i++)
        known[i] = (struct option){setting_of(i)->name, required_argument, NULL, (int)i};

    optind = 1;
    for (int at; (at = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
        if (at == HELP || at == 'h')
            return OPTIONS_HELP;
        if (at == VERSION)
            return OPTIONS_VERSION;
        if (at < 0 || at >= HELP) {
            fprintf(errors, "cmq-emulator: try --help\n");
            return OPTIONS_BAD;
        }
        char source[64];
        snprintf(source, sizeof source, "--%s", setting_of((size_t)at)->name);
        if (!set(o, (size_t)at, optarg, source, errors))
            return OPTIONS_BAD;
    }
    if (optind < argc) {
        fprintf(errors, "cmq-emulator: '%s' is no option; try --help\n", argv[optind]);
        return OPTIONS_BAD;
    }
    return OPTIONS_RUN;
}

/* Limits that were not given are those of the preset. */
static void apply_preset(struct options *o)
{
    struct engine_limits preset = o->strict ? engine_limits_strict() : engine_limits_relaxed();
    for (size_t i = 0; i < LIMITS; i++)
        if (o->limit_given[i])
            limit_set(&preset, i, limit_get(&o->limits, i));
    o->limits = preset;
}

enum options_result options_read(struct options *o, int argc, char **argv, FILE *errors)
{
    set_defaults(o);
    enum options_result result = read_command_line(o, argc, argv, errors);
    if (result != OPTIONS_RUN)
        return result;
    /* --help and mistakes on the command line come before mistakes in the environment. Then the
     * environment is read, and the command line once more, to take precedence. */
    set_defaults(o);
    if (!read_environment(o, errors))
        return OPTIONS_BAD;
    result = read_command_line(o, argc, argv, errors);
    apply_preset(o);
    return result;
}

/* A default that depends on --limits is shown for both presets. */
static void print_default(FILE *to, size_t number)
{
    char text[2][SETTING_VALUE_SIZE];
    if (number < ROWS) {
        if (rows[number].standard != NULL)
            fprintf(to, " [%s]", rows[number].standard);
        return;
    }
    const struct limit *l = &limit_rows[number - ROWS];
    setting_write(&l->setting, l->relaxed, text[0]);
    setting_write(&l->setting, l->strict, text[1]);
    if (l->relaxed == l->strict)
        fprintf(to, " [%s]", text[0]);
    else
        fprintf(to, " [%s; strict: %s]", text[0], text[1]);
}

void options_print_help(FILE *to)
{
    fprintf(to,
            "Usage: cmq-emulator [OPTION]...\n"
            "An emulator of Tencent Cloud CMQ whose time the test controls.\n\n"
            "Each option may also stand in the environment: --port as CMQ_EMULATOR_PORT.\n\n");
    for (size_t i = 0; i < OPTIONS; i++) {
        char left[64];
        const struct setting *s = setting_of(i);
        if (i == ROWS)
            fprintf(to, "\nOf each namespace, unless its \"limits\" say otherwise:\n\n");
        snprintf(left, sizeof left, "--%s %s", s->name, s->words);
        fprintf(to, "  %-36s %s", left, s->help);
        print_default(to, i);
        fprintf(to, "\n");
    }
    fprintf(to, "\n  %-36s %s\n  %-36s %s\n", "--help", "this text", "--version",
            "the version");
    fprintf(to,
            "\nExit codes: 0 stopped by SIGINT or SIGTERM, 2 bad option, 1 anything else.\n");
}

struct service_config options_service_config(const struct options *o, const char *address)
{
    return (struct service_config){
        .registry = {.max_namespaces = (size_t)o->max_namespaces,
                     .engine = {.allocator = allocator_heap(),
                                .limits = o->limits,
                                .seed = (uint64_t)o->seed}},
        .gate = {.host_names = o->host_names,
                 .admin_token = o->admin_token,
                 .admin_off = o->admin_off != 0},
        .address = address,
        .unknown_parameters = (enum unknown_parameters)o->unknown_parameters,
        .refuse_unknown_ids = o->refuse_unknown_ids != 0,
    };
}
