/* How options are read. They go by their numbers, see option_rows.h, so that the command line and
 * the environment treat rows of option_rows.def and limits alike.
 *
 * A limit that is given keeps its value whatever --limits says, and wherever either is given:
 * so values are stored with a mark, and the preset is applied at the end. The command line is
 * read twice, see options_read(). */
#include "server/options.h"

#include "base/nearest.h"
#include "server/credentials.h"
#include "server/file.h"
#include "server/option_rows.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

static void *member_at(struct options *o, size_t number)
{
    static const size_t offsets[] = {
#define OPTION(group, member, kind, least, greatest, standard, option, words, help)            \
    offsetof(struct options, member),
#include "server/option_rows.def"
#undef OPTION
    };
    assert(number < OPTION_ROWS);
    return (char *)o + offsets[number];
}

static void store(struct options *o, size_t number, int64_t value)
{
    if (number == OPTION_COMPLETION) {
        o->shell = value;
    } else if (number < OPTION_ROWS) {
        *(int64_t *)member_at(o, number) = value;
    } else {
        limit_set(&o->limits, number - OPTION_ROWS, value);
        o->limit_given[number - OPTION_ROWS] = true;
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
    const struct setting *s = option_setting(number);
    int64_t value;
    if (s->kind == SETTING_NUMBERS)
        return read_numbers(s, text, member_at(o, number));
    if (!setting_parse(s, bytes_of(text), &value))
        return false;
    store(o, number, value);
    return true;
}

/* source: how to name the option in a message, "--port" or "CMQ_EMULATOR_PORT". */
static bool set(struct options *o, size_t number, const char *text, const char *source,
                FILE *errors)
{
    const struct setting *s = option_setting(number);
    char expected[SETTING_EXPECTED_SIZE];
    if (s->kind == SETTING_TEXT && text[0] == '\0') {
        fprintf(errors, "cmq-emulator: %s: it must not be empty\n", source);
        return false;
    }
    if (s->kind == SETTING_TEXT) {
        *(const char **)member_at(o, number) = text;
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
    if (is_right && option_list_add(member_at(o, number), value, of_environment))
        return true;
    fprintf(errors, "cmq-emulator: %s: %s\n", source,
            is_right ? "there are too many; the configuration file has room for more" : why);
    return false;
}

static void set_defaults(struct options *o)
{
    *o = (struct options){.tls_port = -1, .limits = engine_limits_relaxed()};
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const char *standard = option_standard(i);
        bool fits = standard == NULL || set(o, i, standard, "default", stderr);
        assert(fits);
    }
}

/* ---- the environment ---- */

static const char prefix[] = OPTION_VARIABLE_PREFIX;
enum { PREFIX_LEN = sizeof prefix - 1 };

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* "..._PORT_9267_TCP" */
static bool has_port_number(const char *name)
{
    for (const char *at = name; (at = strstr(at, "_PORT_")) != NULL; at++)
        if (isdigit((unsigned char)at[6]))
            return true;
    return false;
}

/* Where a service is named cmq-emulator, or cmq-emulator-tls, Kubernetes and links of docker set
 * variables of their own: CMQ_EMULATOR_PORT=tcp://10.0.0.1:9267, ..._PORT_9267_TCP_ADDR,
 * ..._SERVICE_HOST, ..._NAME=/tests/cmq-emulator, ..._ENV_LANG. */
static bool is_of_a_link(const char *name, const char *value)
{
    const char *rest = name + PREFIX_LEN - 1; /* from "_" on */
    return strstr(rest, "_SERVICE_HOST") != NULL || strstr(rest, "_SERVICE_PORT") != NULL ||
           strstr(rest, "_ENV_") != NULL || has_port_number(rest) ||
           (ends_with(rest, "_NAME") && value[0] == '/') ||
           (ends_with(rest, "_PORT") && strstr(value, "://") != NULL);
}

static bool is_variable(const char *name)
{
    char known[OPTION_VARIABLE_SIZE];
    for (size_t i = 0; i < SETTINGS; i++) {
        option_variable(i, known);
        if (strcmp(known, name) == 0)
            return true;
    }
    return false;
}

static void complain_of_variable(const char *name, FILE *errors)
{
    char known[SETTINGS][OPTION_VARIABLE_SIZE];
    struct nearest nearest = nearest_to(bytes_of(name + PREFIX_LEN));
    for (size_t i = 0; i < SETTINGS; i++) {
        option_variable(i, known[i]);
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
    if (option_setting(number)->kind != SETTING_LIST)
        return set(o, number, text, name, errors);
    while (option_list_next(&rest, &value))
        if (!add(o, number, value, true, name, errors))
            return false;
    return true;
}

static bool read_environment(struct options *o, FILE *errors)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        char name[OPTION_VARIABLE_SIZE];
        option_variable(i, name);
        const char *text = getenv(name);
        if (text != NULL && text[0] != '\0' && !is_of_a_link(name, text) &&
            !set_from_variable(o, i, text, name, errors))
            return false;
    }
    return check_environment(errors);
}

/* ---- the command line ---- */

enum { LONG = 256 }; /* getopt returns a long option as this and its number, else the letter */

/* For getopt: all long options, and the letters, as in "p:hV". */
static void list_options(struct option known[OPTIONS + 1], char letters[2 * OPTIONS + 1])
{
    static const int has_arg[] = {[OPTION_HAS_NO_VALUE] = no_argument,
                                  [OPTION_MAY_HAVE_VALUE] = optional_argument,
                                  [OPTION_HAS_VALUE] = required_argument};
    memset(known, 0, (OPTIONS + 1) * sizeof *known);
    for (size_t i = 0; i < OPTIONS; i++) {
        enum option_value value = option_value(i);
        known[i] =
            (struct option){option_setting(i)->name, has_arg[value], NULL, LONG + (int)i};
        if (option_letter(i) != '\0')
            *letters++ = option_letter(i);
        if (option_letter(i) != '\0' && value == OPTION_HAS_VALUE)
            *letters++ = ':';
    }
    *letters = '\0';
}

/* OPTIONS for what getopt does not know. */
static size_t number_of(int found)
{
    size_t number = 0;
    if (found >= LONG)
        return (size_t)(found - LONG);
    while (number < OPTIONS && option_letter(number) != found)
        number++;
    return number;
}

static bool set_from_command_line(struct options *o, size_t number, FILE *errors)
{
    char source[64];
    snprintf(source, sizeof source, "--%s", option_setting(number)->name);
    if (option_setting(number)->kind == SETTING_LIST)
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
            nearest_try(&nearest, option_setting(i)->name);
    if (nearest.name != NULL && nearest.distance > 0)
        fprintf(errors, "cmq-emulator: did you mean --%s? Or try --help\n", nearest.name);
    else
        fprintf(errors, "cmq-emulator: try --help\n");
    return OPTIONS_BAD;
}

static enum options_result read_command_line(struct options *o, int argc, char **argv,
                                             FILE *errors)
{
    struct option known[OPTIONS + 1];
    char letters[2 * OPTIONS + 1];
    enum options_result result = OPTIONS_RUN;
    list_options(known, letters);
    optind = 0; /* begin anew, also in the middle of a word */
    for (int found; (found = getopt_long(argc, argv, letters, known, NULL)) != -1;) {
        size_t number = number_of(found);
        if (number == OPTION_HELP)
            return OPTIONS_HELP;
        if (number == OPTION_MANUAL)
            return OPTIONS_MANUAL;
        if (number == OPTION_VERSION)
            return OPTIONS_VERSION;
        if (number == OPTIONS)
            return complain_of_option(argv[optind - 1], errors);
        if (number == OPTION_HEALTH) {
            result = OPTIONS_HEALTH;
            o->health = optarg;
        } else if (!set_from_command_line(o, number, errors)) {
            return OPTIONS_BAD;
        }
        if (number == OPTION_COMPLETION)
            return OPTIONS_COMPLETION;
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

/* A Host header and a certificate have ASCII, into which clients turn other names (IDNA): one
 * that is given otherwise would never be met. */
static bool check_host_name(struct bytes name, FILE *errors)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c >= 0x80) {
            fprintf(errors,
                    "cmq-emulator: --host-names: '%.*s' is not ASCII; give it as clients "
                    "send it, beginning with xn--\n",
                    (int)name.len, name.data);
            return false;
        }
        if (!isgraph(c)) {
            fprintf(errors, "cmq-emulator: --host-names: a name has a control character\n");
            return false;
        }
    }
    return true;
}

static bool check_host_names(const struct options *o, FILE *errors)
{
    struct bytes rest = bytes_of(o->host_names != NULL ? o->host_names : ""), name;
    while (option_list_next(&rest, &name))
        if (!check_host_name(name, errors))
            return false;
    return true;
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

/* Else the system would say that the address is in use, and the user look for another program. */
static bool check_ports(const struct options *o, FILE *errors)
{
    const struct option_numbers *p = &o->ports;
    for (size_t i = 0; i < p->count; i++) {
        if (p->all[i] == 0)
            continue;
        if (p->all[i] == o->tls_port) {
            fprintf(errors,
                    "cmq-emulator: --tls-port: %d is a --port, too, which speaks TLS as it is; "
                    "leave one of them out\n",
                    (int)p->all[i]);
            return false;
        }
        for (size_t j = 0; j < i; j++)
            if (p->all[j] == p->all[i]) {
                fprintf(errors, "cmq-emulator: --port: %d is there twice\n", (int)p->all[i]);
                return false;
            }
    }
    return true;
}

static bool check_together(const struct options *o, FILE *errors)
{
    return check_tls(o, errors) && check_ports(o, errors) && check_host_names(o, errors);
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
    if (result == OPTIONS_RUN && !check_together(o, errors))
        return OPTIONS_BAD;
    return result;
}

struct service_config options_service_config(const struct options *o, const char *address)
{
    return (struct service_config){
        .registry = {.sloppy = (uint64_t)o->sloppy,
                     .max_namespaces = (size_t)o->max_namespaces,
                     .max_requests = (size_t)o->max_requests,
                     .max_answers = (size_t)o->max_answers,
                     .max_awaits = (size_t)o->max_awaits,
                     .max_journal = (size_t)o->max_journal,
                     .engine = {.allocator = allocator_heap(),
                                .limits = o->limits,
                                .seed = (uint64_t)o->seed}},
        .gate = {.host_names = o->host_names,
                 .admin_token = o->admin_token,
                 .admin_off = o->admin_off != 0},
        .address = address,
        .dashboard = o->dashboard,
        .read_asset = file_append,
        .unknown_parameters = (enum unknown_parameters)o->unknown_parameters,
        .refuse_unknown_ids = o->refuse_unknown_ids != 0,
        .auth = (enum auth_mode)o->auth,
        .max_skew_ms = o->max_skew_ms,
    };
}
