/* All options are numbered in one sequence: the rows of this file, then those of
 * engine/limits.def. setting_of(), store() and getopt's table go by that number, so that
 * reading, --help and the environment treat both alike.
 *
 * A limit that is given keeps its value whatever --limits says, and wherever either is given:
 * so values are stored with a mark, and the preset is applied at the end. The command line is
 * read twice, see options_read(). */
#include "server/options.h"

#include "base/nearest.h"
#include "server/credentials.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define AT(member)   offsetof(struct options, member)

struct option_row {
    struct setting setting;
    size_t member;
    const char *standard; /* the default, as people would type it; NULL for none */
};

/* clang-format off */
static const struct option_row rows[] = {
    { { "listen",             SETTING_TEXT,     0,    0,                "ADDRESS",            "address to listen on; 0.0.0.0 for all" },                              AT(listen),             "127.0.0.1" },
    { { "port",               SETTING_NUMBERS,  0,    65535,            "N,...",              "port, or several that are alike; 0 takes a free one" },                AT(ports),              "9267" },
    { { "port-file",          SETTING_TEXT,     0,    0,                "FILE",               "write the port number to FILE when ready, and remove it at the end" }, AT(port_file),          NULL },
    { { "tls-cert",           SETTING_TEXT,     0,    0,                "FILE",               "speak TLS, too, with this certificate and any behind it (PEM)" },       AT(tls_cert),           NULL },
    { { "tls-key",            SETTING_TEXT,     0,    0,                "FILE",               "the key of --tls-cert (PEM)" },                                        AT(tls_key),            NULL },
    { { "tls-self-signed",    SETTING_TEXT,     0,    0,                "DIR",                "speak TLS, too; DIR/ca.pem is for clients to trust, and made if need be" }, AT(tls_self_signed), NULL },
    { { "tls-port",           SETTING_NUMBER,   0,    65535,            "N",                  "a further port, for TLS alone; 0 takes a free one" },                  AT(tls_port),           NULL },
    { { "exit-with-parent",   SETTING_FLAG,     0,    0,                "",                   "stop when the process that started this one ends, however it ends" },  AT(exit_with_parent),   "off" },
    { { "exit-on-eof",        SETTING_FLAG,     0,    0,                "",                   "stop when standard input ends" },                                      AT(exit_on_eof),        "off" },
    { { "config",             SETTING_TEXT,     0,    0,                "FILE",               "namespaces, credentials, queues and topics to begin with, as JSON" },  AT(config),             NULL },
    { { "seed",               SETTING_NUMBER,   0,    INT64_MAX,        "N",                  "seed of all ids" },                                                    AT(seed),               "1" },
    { { "limits",             SETTING_WORD,     0,    0,                "relaxed|strict",     "how picky: strict is the cloud at its pickiest" },                     AT(strict),             "relaxed" },
    { { "poll-time",          SETTING_WORD,     0,    0,                "real|virtual",       "virtual: while the clock stands, long polls wait for it alone" },      AT(virtual_polls),      "real" },
    { { "log",                SETTING_WORD,     0,    0,                "text|json|off",      "one line a request, on standard error" },                              AT(log),                "text" },
    { { "unknown-parameters", SETTING_WORD,     0,    0,                "ignore|warn|refuse", "parameters that an Action does not use: warn in the log, or refuse" }, AT(unknown_parameters), "warn" },
    { { "unknown-secret-id",  SETTING_WORD,     0,    0,                "accept|refuse",      "secret ids that are nobody's: serve them from default, or refuse" },   AT(refuse_unknown_ids), "accept" },
    { { "credential",         SETTING_LIST,     0,    0,                "ID:KEY[:TOKEN][@NAMESPACE]", "a secret id with its key: it selects the namespace" },         AT(credentials),        NULL },
    { { "auth",               SETTING_WORD,     0,    0,                "lenient|strict|off", "signatures: as known clients make them, as documented, or any" },      AT(auth),               "lenient" },
    { { "max-skew",           SETTING_DURATION, 0,    31536000000,      "DURATION",           "how far Timestamp may be from the real clock; 0: any" },               AT(max_skew_ms),        "0" },
    { { "host-names",         SETTING_TEXT,     0,    0,                "NAME,...",           "names of this machine by which a browser may reach the emulator" },    AT(host_names),         NULL },
    { { "admin",              SETTING_WORD,     0,    0,                "on|off",             "off: no admin interface, but for /_emulator/health" },                 AT(admin_off),          "on" },
    { { "admin-token",        SETTING_TEXT,     0,    0,                "TOKEN",              "the admin interface wants the header Authorization: Bearer TOKEN" },   AT(admin_token),        NULL },
    { { "push",               SETTING_WORD,     0,    0,                "allow|local|off",    "where HTTP pushes may go; local: this machine and private networks" }, AT(push),               "allow" },
    { { "push-timeout",       SETTING_DURATION, 1,    3600000,          "DURATION",           "how long an endpoint may take to answer a push, in real time" },       AT(push_timeout_ms),    "15s" },
    { { "push-concurrency",   SETTING_NUMBER,   1,    256,              "N",                  "pushes at a time to one endpoint; further ones wait" },                AT(push_concurrency),   "16" },
    { { "max-connections",    SETTING_NUMBER,   1,    1000000,          "N",                  "connections; further ones get 503" },                                  AT(max_connections),    "20000" },
    { { "max-body",           SETTING_BYTES,    1024, (int64_t)1 << 30, "BYTES",              "body of one request" },                                                AT(max_body),           "10m" },
    { { "max-namespaces",     SETTING_NUMBER,   1,    1000000,          "N",                  "namespaces, default among them" },                                     AT(max_namespaces),     "1000" },
    { { "idle-timeout",       SETTING_DURATION, 1000, 86400000,         "DURATION",           "close connections that are idle for so long" },                        AT(idle_timeout_ms),    "5m" },
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

static struct option_numbers *numbers_at(struct options *o, const struct option_row *row)
{
    return (struct option_numbers *)(void *)((char *)o + row->member);
}

static struct option_list *list_at(struct options *o, const struct option_row *row)
{
    return (struct option_list *)(void *)((char *)o + row->member);
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

/* "9267,80,443": at least one. */
static bool read_numbers(const struct setting *s, const char *text, struct option_numbers *out)
{
    struct option_numbers numbers = {.count = 0};
    struct bytes rest = bytes_of(text), one;
    while (option_list_next(&rest, &one))
        if (numbers.count == OPTION_NUMBERS_MAX ||
            !setting_parse(s, one, &numbers.all[numbers.count++]))
            return false;
    *out = numbers;
    return numbers.count > 0;
}

/* Read one value, or several numbers, and store it. False when it is not of the kind. */
static bool set_value(struct options *o, size_t number, const char *text)
{
    const struct setting *s = setting_of(number);
    int64_t value;
    if (s->kind == SETTING_NUMBERS)
        return read_numbers(s, text, numbers_at(o, &rows[number]));
    if (!setting_parse(s, bytes_of(text), &value))
        return false;
    store(o, number, value);
    return true;
}

/* source: how to name the option in a message, "--port" or "CMQ_EMULATOR_PORT". */
static bool set(struct options *o, size_t number, const char *text, const char *source,
                FILE *errors)
{
    const struct setting *s = setting_of(number);
    char expected[SETTING_EXPECTED_SIZE];
    if (s->kind == SETTING_TEXT && text[0] == '\0') {
        fprintf(errors, "cmq-emulator: %s: it must not be empty\n", source);
        return false;
    }
    if (s->kind == SETTING_TEXT) {
        *text_at(o, &rows[number]) = text;
        return true;
    }
    if (set_value(o, number, text))
        return true;
    setting_expected(s, expected);
    fprintf(errors, "cmq-emulator: %s: '%s' is not %s\n", source, text, expected);
    return false;
}

/* One value of a list. The only lists there are have credentials, and a message must not tell
 * their keys. */
static bool add(struct options *o, size_t number, struct bytes value, bool of_environment,
                const char *source, FILE *errors)
{
    struct credential_value unused;
    const char *why;
    bool is_right = credential_value_read(value, &unused, &why);
    if (is_right && option_list_add(list_at(o, &rows[number]), value, of_environment))
        return true;
    fprintf(errors, "cmq-emulator: %s: %s\n", source,
            is_right ? "there are too many; the configuration file has room for more" : why);
    return false;
}

static void set_defaults(struct options *o)
{
    *o = (struct options){.tls_port = -1, .limits = engine_limits_relaxed()};
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].standard != NULL) {
            bool fits = set(o, i, rows[i].standard, "default", stderr);
            assert(fits);
        }
    }
}

/* ---- the environment ---- */

static const char prefix[] = "CMQ_EMULATOR_";
enum { PREFIX_LEN = sizeof prefix - 1, VARIABLE_MAX = 64 };

/* CMQ_EMULATOR_PORT_FILE for "port-file". */
static void variable_of(const char *option, char out[VARIABLE_MAX])
{
    snprintf(out, VARIABLE_MAX, "%s%s", prefix, option);
    for (char *c = out; *c != '\0'; c++) {
        if (*c == '-')
            *c = '_';
        else
            *c = (char)toupper((unsigned char)*c);
    }
}

/* Where the emulator is a service named cmq-emulator, Kubernetes and links of docker set
 * variables of their own: CMQ_EMULATOR_PORT=tcp://10.0.0.1:9267, ..._PORT_9267_TCP_ADDR,
 * ..._SERVICE_HOST. */
static bool is_of_a_link(const char *name, const char *value)
{
    const char *rest = name + PREFIX_LEN;
    return strncmp(rest, "SERVICE_", 8) == 0 || strcmp(rest, "NAME") == 0 ||
           strncmp(rest, "ENV_", 4) == 0 ||
           (strncmp(rest, "PORT_", 5) == 0 && isdigit((unsigned char)rest[5])) ||
           (strcmp(rest, "PORT") == 0 && strstr(value, "://") != NULL);
}

static bool is_variable(const char *name)
{
    char known[VARIABLE_MAX];
    for (size_t i = 0; i < OPTIONS; i++) {
        variable_of(setting_of(i)->name, known);
        if (strcmp(known, name) == 0)
            return true;
    }
    return false;
}

static void complain_of_variable(const char *name, FILE *errors)
{
    char known[OPTIONS][VARIABLE_MAX];
    struct nearest nearest = nearest_to(bytes_of(name + PREFIX_LEN));
    for (size_t i = 0; i < OPTIONS; i++) {
        variable_of(setting_of(i)->name, known[i]);
        nearest_try(&nearest, known[i] + PREFIX_LEN);
    }
    fprintf(errors, "cmq-emulator: the environment has %s, which is no option; ", name);
    if (nearest.name != NULL)
        fprintf(errors, "did you mean %s%s?\n", prefix, nearest.name);
    else
        fprintf(errors, "try --help\n");
}

static bool check_environment(FILE *errors)
{
    for (char **at = environ; *at != NULL; at++) {
        char name[128];
        const char *value = strchr(*at, '=');
        if (strncmp(*at, prefix, PREFIX_LEN) != 0 || value == NULL)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(value - *at), *at);
        if (is_variable(name) || is_of_a_link(name, value + 1))
            continue;
        complain_of_variable(name, errors);
        return false;
    }
    return true;
}

/* The variable of a list has several values, that of another option one. */
static bool set_from_variable(struct options *o, size_t number, const char *text,
                              const char *name, FILE *errors)
{
    struct bytes value;
    struct bytes rest = bytes_of(text);
    if (setting_of(number)->kind != SETTING_LIST)
        return set(o, number, text, name, errors);
    while (option_list_next(&rest, &value))
        if (!add(o, number, value, true, name, errors))
            return false;
    return true;
}

static bool read_environment(struct options *o, FILE *errors)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        char name[VARIABLE_MAX];
        variable_of(setting_of(i)->name, name);
        const char *text = getenv(name);
        if (text != NULL && text[0] != '\0' && !is_of_a_link(name, text) &&
            !set_from_variable(o, i, text, name, errors))
            return false;
    }
    return check_environment(errors);
}

/* ---- the command line ---- */

enum { HELP = OPTIONS, VERSION, HEALTH, END };

static void list_options(struct option known[END + 1])
{
    memset(known, 0, (END + 1) * sizeof *known);
    for (size_t i = 0; i < OPTIONS; i++)
        known[i] = (struct option){setting_of(i)->name,
                                   setting_of(i)->kind == SETTING_FLAG ? optional_argument
                                                                       : required_argument,
                                   NULL, (int)i};
    known[HELP] = (struct option){"help", no_argument, NULL, HELP};
    known[VERSION] = (struct option){"version", no_argument, NULL, VERSION};
    known[HEALTH] = (struct option){"health", optional_argument, NULL, HEALTH};
}

static int number_of(const char *name)
{
    int i = 0;
    while (strcmp(setting_of((size_t)i)->name, name) != 0)
        i++;
    return i;
}

static bool set_from_command_line(struct options *o, size_t number, FILE *errors)
{
    char source[64];
    snprintf(source, sizeof source, "--%s", setting_of(number)->name);
    if (setting_of(number)->kind == SETTING_LIST)
        return add(o, number, bytes_of(optarg), false, source, errors);
    return set(o, number, optarg != NULL ? optarg : "on", source, errors);
}

/* getopt has said what it does not know. */
static enum options_result complain_of_option(const char *word, FILE *errors)
{
    struct bytes name = {word + 2, strcspn(word, "=") - 2};
    struct nearest nearest = nearest_to(name);
    if (strncmp(word, "--", 2) == 0 && name.len > 0)
        for (size_t i = 0; i < OPTIONS; i++)
            nearest_try(&nearest, setting_of(i)->name);
    if (nearest.name != NULL && nearest.distance > 0)
        fprintf(errors, "cmq-emulator: did you mean --%s? Or try --help\n", nearest.name);
    else
        fprintf(errors, "cmq-emulator: try --help\n");
    return OPTIONS_BAD;
}

static enum options_result read_command_line(struct options *o, int argc, char **argv,
                                             FILE *errors)
{
    struct option known[END + 1];
    enum options_result result = OPTIONS_RUN;
    list_options(known);
    optind = 0; /* begin anew, also in the middle of a word */
    for (int at; (at = getopt_long(argc, argv, "hVp:", known, NULL)) != -1;) {
        if (at == HELP || at == 'h')
            return OPTIONS_HELP;
        if (at == VERSION || at == 'V')
            return OPTIONS_VERSION;
        if (at == HEALTH) {
            result = OPTIONS_HEALTH;
            o->health = optarg;
            continue;
        }
        if (at == 'p')
            at = number_of("port");
        if (at < 0 || at >= OPTIONS)
            return complain_of_option(argv[optind - 1], errors);
        if (!set_from_command_line(o, (size_t)at, errors))
            return OPTIONS_BAD;
    }
    if (result == OPTIONS_HEALTH && optind < argc && o->health == NULL)
        o->health = argv[optind++];
    if (optind < argc) {
        fprintf(errors, "cmq-emulator: '%s' is no option; try --help\n", argv[optind]);
        return OPTIONS_BAD;
    }
    return result;
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

/* Options that make no sense without others, or with them. */
static bool check_tls(const struct options *o, FILE *errors)
{
    const char *wrong = NULL;
    if (o->tls_cert != NULL && o->tls_key == NULL)
        wrong = "--tls-cert needs --tls-key FILE, too";
    else if (o->tls_key != NULL && o->tls_cert == NULL)
        wrong = "--tls-key needs --tls-cert FILE, too";
    else if (o->tls_cert != NULL && o->tls_self_signed != NULL)
        wrong = "--tls-cert and --tls-self-signed exclude each other";
    else if (o->tls_port >= 0 && o->tls_cert == NULL && o->tls_self_signed == NULL)
        wrong = "--tls-port needs a certificate: add --tls-self-signed DIR, or --tls-cert FILE "
                "and --tls-key FILE";
    if (wrong != NULL)
        fprintf(errors, "cmq-emulator: %s\n", wrong);
    return wrong == NULL;
}

enum options_result options_read(struct options *o, int argc, char **argv, FILE *errors)
{
    set_defaults(o);
    enum options_result result = read_command_line(o, argc, argv, errors);
    if (result != OPTIONS_RUN && result != OPTIONS_HEALTH)
        return result;
    /* --help and mistakes on the command line come before mistakes in the environment. Then the
     * environment is read, and the command line once more, to take precedence. */
    set_defaults(o);
    if (!read_environment(o, errors))
        return OPTIONS_BAD;
    result = read_command_line(o, argc, argv, errors);
    apply_preset(o);
    if (result == OPTIONS_RUN && !check_tls(o, errors))
        return OPTIONS_BAD;
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

/* One option: what is longer than its column has its help below. */
static void print_option(FILE *to, const char *left, const char *help)
{
    enum { COLUMN = 31 };
    fprintf(to, "  %-*s", COLUMN, left);
    if (strlen(left) >= COLUMN)
        fprintf(to, "\n  %*s", COLUMN, "");
    fprintf(to, "%s", help);
}

void options_print_help(FILE *to)
{
    fprintf(
        to,
        "Usage: cmq-emulator [OPTION]...\n"
        "       cmq-emulator --health [URL]\n"
        "An emulator of Tencent Cloud CMQ whose time the test controls.\n\n"
        "Each option may also stand in the environment: --port as CMQ_EMULATOR_PORT, a flag\n"
        "as on or off. In brackets is the default.\n\n");
    for (size_t i = 0; i < OPTIONS; i++) {
        char left[64];
        const struct setting *s = setting_of(i);
        if (i == ROWS)
            fprintf(to, "\nOf each namespace, unless its \"limits\" say otherwise:\n\n");
        snprintf(left, sizeof left, "%s--%s%s%s", strcmp(s->name, "port") == 0 ? "-p, " : "",
                 s->name, s->words[0] != '\0' ? " " : "", s->words);
        print_option(to, left, s->help);
        if (s->kind != SETTING_FLAG)
            print_default(to, i);
        fprintf(to, "\n");
    }
    fprintf(to, "\nOther:\n\n");
    print_option(to, "--health [URL]",
                 "ask a running emulator whether it is ready: exit code 0 or 1\n");
    print_option(to, "-h, --help", "this text\n");
    print_option(to, "-V, --version", "the version\n");
    fprintf(
        to,
        "\nWhile the clock of a namespace stands, a long poll ends at its virtual deadline or\n"
        "after the same wait in real time, so that no client hangs; with --poll-time virtual\n"
        "only at the former.\n"
        "\n--credential may be given more than once; its variable has all, separated by commas "
        "or\n"
        "blanks. The namespace is what follows the last @ if it is a name of one, else "
        "default; it\n"
        "is made if it is not there. In a namespace without credentials anybody may call.\n"
        "\nExit codes: 0 stopped, 2 bad option or configuration file, 1 anything else.\n");
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
        .auth = (enum auth_mode)o->auth,
        .max_skew_ms = o->max_skew_ms,
    };
}
