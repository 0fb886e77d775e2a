#include "server/options.h"

#include "base/instant.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define AT(member)   offsetof(struct options, member)

enum kind {
    KIND_TEXT,
    KIND_NUMBER,
    KIND_SIZE,     /* bytes, with k, m or g behind them if wanted */
    KIND_DURATION, /* as in the admin interface; kept in milliseconds */
    KIND_SECONDS,  /* the same, kept in whole seconds */
    KIND_WORD,     /* one of "a|b|c"; kept as its place */
};

struct option_row {
    const char *name;
    enum kind kind;
    size_t member;
    int64_t min, max;
    const char *words;    /* KIND_WORD; else what --help shows for the value */
    const char *standard; /* the default as one would type it; NULL: none, or by --limits */
    const char *help;
};

/* clang-format off */
static const struct option_row rows[] = {
    { "listen",          KIND_TEXT,     AT(listen),          0, 0,                   "ADDRESS",             "127.0.0.1",  "address to listen on; 0.0.0.0 for all" },
    { "port",            KIND_NUMBER,   AT(port),            0, 65535,               "N",                   "9267",       "port; 0 takes a free one" },
    { "port-file",       KIND_TEXT,     AT(port_file),       0, 0,                   "FILE",                NULL,         "write the port number to FILE when ready" },
    { "config",          KIND_TEXT,     AT(config),          0, 0,                   "FILE",                NULL,         "namespaces, credentials, queues and topics to begin with, as JSON" },
    { "seed",            KIND_NUMBER,   AT(seed),            0, INT64_MAX,           "N",                   "1",          "seed of all ids" },
    { "limits",          KIND_WORD,     AT(strict),          0, 0,                   "relaxed|strict",      "relaxed",    "how picky: strict is the cloud at its pickiest" },
    { "errors",          KIND_WORD,     AT(gateway_errors),  0, 0,                   "documented|gateway",  "documented", "form of control-plane errors" },
    { "dead-letter",     KIND_WORD,     AT(eager),           0, 0,                   "lazy|eager",          "lazy",       "check dead-letter policies on receipt, or by timer" },
    { "poll-time",       KIND_WORD,     AT(virtual_polls),   0, 0,                   "real|virtual",        "real",       "on a frozen clock, long polls end in real time, too; or not" },
    { "log",             KIND_WORD,     AT(log),             0, 0,                   "text|json|off",       "text",       "one line a request, on standard error" },
    { "push",            KIND_WORD,     AT(push),            0, 0,                   "allow|local|off",     "allow",      "where HTTP pushes may go; local: this machine and private networks" },
    { "push-timeout",    KIND_DURATION, AT(push_timeout_ms), 1, 3600000,             "DURATION",            "15s",        "how long an endpoint may take to answer a push, in real time" },
    { "push-concurrency", KIND_NUMBER,  AT(push_concurrency), 1, 256,                "N",                   "16",         "pushes at a time to one endpoint; further ones wait" },
    { "max-connections", KIND_NUMBER,   AT(max_connections), 1, 1000000,             "N",                   "20000",      "connections; further ones get 503" },
    { "max-polls",       KIND_NUMBER,   AT(max_polls),       0, 1000000,             "N",                   "10000",      "long polls that wait; further ones get 6000" },
    { "max-body",        KIND_SIZE,     AT(max_body),        1024, (int64_t)1 << 30, "BYTES",               "4m",         "body of one request" },
    { "max-memory",      KIND_SIZE,     AT(max_memory),      0, (int64_t)1 << 50,    "BYTES",               "1g",         "all stored messages; further ones get 6000" },
    { "max-namespaces",  KIND_NUMBER,   AT(max_namespaces),  1, 1000000,             "N",                   "1000",       "namespaces, default among them" },
    { "max-queues",      KIND_NUMBER,   AT(max_queues),      0, 1000000,             "N",                   "1000",       "queues; further ones get 4450" },
    { "max-topics",      KIND_NUMBER,   AT(max_topics),      0, 1000000,             "N",                   "1000",       "topics; further ones get 4450" },
    { "max-subscriptions", KIND_NUMBER, AT(max_subscriptions), 0, 1000000,            "N",                   "500",        "subscriptions of a topic; further ones get 4500" },
    { "max-heap",        KIND_NUMBER,   AT(max_heap),        0, 1000000000,          "N",                   "0",          "replaces every queue's maxMsgHeapNum; 0: does not" },
    { "max-delayed",     KIND_NUMBER,   AT(max_delayed),     0, 1000000000,          "N",                   "20000",      "delayed messages of a queue; above, receiving gets 6070" },
    { "max-inactive",    KIND_NUMBER,   AT(max_inactive),    0, 1000000000,          "N",                   NULL,         "inactive messages of a queue, likewise; 0: any (strict: 100000)" },
    { "max-delay",       KIND_SECONDS,  AT(max_delay_s),     0, 6048000000,          "DURATION",            "1h",         "largest delaySeconds" },
    { "send-rate",       KIND_NUMBER,   AT(send_rate),       0, 1000000000,          "N",                   NULL,         "messages a second to a queue or topic; 0: any (strict: 5000)" },
    { "receive-rate",    KIND_NUMBER,   AT(receive_rate),    0, 1000000000,          "N",                   NULL,         "messages a second from a queue; 0: any (strict: 5500)" },
    { "control-rate",    KIND_NUMBER,   AT(control_rate),    0, 1000000000,          "N",                   NULL,         "control-plane calls a second; 0: any (strict: 20)" },
    { "name-cooling",    KIND_DURATION, AT(name_cooling_ms), 0, 86400000,            "DURATION",            NULL,         "how long the name of a deleted queue or topic stays taken (strict: 30s)" },
    { "idle-timeout",    KIND_DURATION, AT(idle_timeout_ms), 1000, 86400000,         "DURATION",            "5m",         "close connections that are idle for so long" },
};
/* clang-format on */

static int64_t *number_at(struct options *o, const struct option_row *row)
{
    return (int64_t *)(void *)((char *)o + row->member);
}

static const char **text_at(struct options *o, const struct option_row *row)
{
    return (const char **)(void *)((char *)o + row->member);
}

static bool read_word(const char *words, const char *text, int64_t *out)
{
    size_t len = strlen(text);
    int64_t place = 0;
    for (const char *word = words; word != NULL; place++) {
        const char *end = strchr(word, '|');
        size_t word_len = end != NULL ? (size_t)(end - word) : strlen(word);
        if (len == word_len && strncmp(word, text, len) == 0) {
            *out = place;
            return true;
        }
        word = end != NULL ? end + 1 : NULL;
    }
    return false;
}

static bool read_size(const char *text, int64_t *out)
{
    static const char units[] = "kmg";
    struct bytes number = bytes_of(text);
    int shift = 0;
    if (number.len > 1) {
        const char *unit = strchr(units, ascii_lower(number.data[number.len - 1]));
        if (unit != NULL) {
            shift = 10 * (int)(unit - units + 1);
            number.len--;
        }
    }
    if (!parse_int(number, out) || *out > INT64_MAX >> shift)
        return false;
    *out <<= *out > 0 ? shift : 0;
    return true;
}

static bool read_number(const struct option_row *row, const char *text, int64_t *out)
{
    bool read = false;
    switch (row->kind) {
    case KIND_NUMBER:
        read = parse_int(bytes_of(text), out);
        break;
    case KIND_SIZE:
        read = read_size(text, out);
        break;
    case KIND_DURATION:
    case KIND_SECONDS:
        read = duration_parse(bytes_of(text), out);
        break;
    case KIND_WORD:
        return read_word(row->words, text, out);
    case KIND_TEXT:
        break;
    }
    if (!read || *out < row->min || *out > row->max)
        return false;
    if (row->kind == KIND_SECONDS)
        *out /= 1000;
    return true;
}

static const char *expected(const struct option_row *row)
{
    switch (row->kind) {
    case KIND_DURATION:
    case KIND_SECONDS:
        return "a duration such as 90s, 10m or 1h30m";
    case KIND_SIZE:
        return "a number of bytes such as 65536, 64k or 4m";
    case KIND_NUMBER:
        return "a number";
    case KIND_WORD:
    case KIND_TEXT:
        break;
    }
    return row->words;
}

/* source: how to name the option in a message, "--port" or "CMQ_EMULATOR_PORT". */
static bool set(struct options *o, const struct option_row *row, const char *text,
                const char *source, FILE *errors)
{
    int64_t value;
    if (row->kind == KIND_TEXT) {
        *text_at(o, row) = text;
        return true;
    }
    if (read_number(row, text, &value)) {
        *number_at(o, row) = value;
        return true;
    }
    fprintf(errors, "cmq-emulator: %s: '%s' is not %s%s", source, text,
            row->kind == KIND_WORD ? "one of " : "", expected(row));
    if (row->kind == KIND_NUMBER || row->kind == KIND_SIZE)
        fprintf(errors, " from %lld to %lld", (long long)row->min, (long long)row->max);
    fprintf(errors, "\n");
    return false;
}

static void set_defaults(struct options *o)
{
    *o = (struct options){.port_file = NULL};
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].standard != NULL) {
            bool fits = set(o, &rows[i], rows[i].standard, "default", stderr);
            assert(fits);
        } else if (rows[i].kind != KIND_TEXT) {
            *number_at(o, &rows[i]) = OPTION_UNSET;
        }
    }
}

static bool read_environment(struct options *o, FILE *errors)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[64];
        snprintf(name, sizeof name, "CMQ_EMULATOR_%s", rows[i].name);
        for (char *c = name; *c != '\0'; c++)
            if (*c == '-')
                *c = '_';
            else
                *c = (char)toupper((unsigned char)*c);
        const char *text = getenv(name);
        if (text != NULL && text[0] != '\0' && !set(o, &rows[i], text, name, errors))
            return false;
    }
    return true;
}

static enum options_result read_command_line(struct options *o, int argc, char **argv,
                                             FILE *errors)
{
    enum { HELP = COUNT(rows), VERSION, END };
    struct option known[END + 1] = {
        [HELP] = {"help", no_argument, NULL, HELP},
        [VERSION] = {"version", no_argument, NULL, VERSION},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        known[i] = (struct option){rows[i].name, required_argument, NULL, (int)i};

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
        snprintf(source, sizeof source, "--%s", rows[at].name);
        if (!set(o, &rows[at], optarg, source, errors))
            return OPTIONS_BAD;
    }
    if (optind < argc) {
        fprintf(errors, "cmq-emulator: '%s' is no option; try --help\n", argv[optind]);
        return OPTIONS_BAD;
    }
    return OPTIONS_RUN;
}

/* What was not given goes by --limits. */
static void apply_limits(struct options *o)
{
    struct engine_limits l = engine_limits_relaxed();
    struct call_rules r = {.control_rate = 0};
    spec_preset(o->strict != 0, &l, &r);
    const struct {
        int64_t *to;
        int64_t value;
    } presets[] = {
        {&o->max_inactive, (int64_t)l.max_inactive}, {&o->send_rate, l.send_rate},
        {&o->receive_rate, l.receive_rate},          {&o->control_rate, r.control_rate},
        {&o->name_cooling_ms, l.name_cooling_ms},
    };
    for (size_t i = 0; i < COUNT(presets); i++)
        if (*presets[i].to == OPTION_UNSET)
            *presets[i].to = presets[i].value;
}

enum options_result options_read(struct options *o, int argc, char **argv, FILE *errors)
{
    set_defaults(o);
    enum options_result result = read_command_line(o, argc, argv, errors);
    if (result != OPTIONS_RUN)
        return result;
    /* The environment may be wrong where the command line is right, but not the other way
     * round: read it first, then the command line again over it. */
    set_defaults(o);
    if (!read_environment(o, errors))
        return OPTIONS_BAD;
    result = read_command_line(o, argc, argv, errors);
    apply_limits(o);
    return result;
}

void options_print_help(FILE *to)
{
    fprintf(to,
            "Usage: cmq-emulator [OPTION]...\n"
            "An emulator of Tencent Cloud CMQ whose time the test controls.\n\n"
            "Each option may also stand in the environment: --port as CMQ_EMULATOR_PORT.\n\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s %s", rows[i].name, rows[i].words);
        fprintf(to, "  %-36s %s", left, rows[i].help);
        if (rows[i].standard != NULL)
            fprintf(to, " [%s]", rows[i].standard);
        fprintf(to, "\n");
    }
    fprintf(to, "  %-36s %s\n  %-36s %s\n", "--help", "this text", "--version", "the version");
    fprintf(to,
            "\nExit codes: 0 stopped by SIGINT or SIGTERM, 2 bad option, 1 anything else.\n");
}

struct registry_config options_world_config(const struct options *o, const char *address)
{
    struct engine_limits l = o->strict ? engine_limits_strict() : engine_limits_relaxed();
    l.max_queues = (size_t)o->max_queues;
    l.max_topics = (size_t)o->max_topics;
    l.max_subscriptions = (size_t)o->max_subscriptions;
    l.max_delayed = (size_t)o->max_delayed;
    l.max_inactive = (size_t)o->max_inactive;
    l.max_heap = (size_t)o->max_heap;
    l.max_bytes = (size_t)o->max_memory;
    l.max_polls = (size_t)o->max_polls;
    l.send_rate = (uint32_t)o->send_rate;
    l.receive_rate = (uint32_t)o->receive_rate;
    l.name_cooling_ms = o->name_cooling_ms;
    l.eager_dead_letter = o->eager != 0;
    return (struct registry_config){
        .max_namespaces = (size_t)o->max_namespaces,
        .engine = {.allocator = allocator_heap(), .limits = l, .seed = (uint64_t)o->seed},
        .rules =
            {
                .params = {.strict = o->strict != 0, .max_delay_s = o->max_delay_s},
                .gateway_errors = o->gateway_errors != 0,
                .split_hosts = o->strict != 0,
                .control_rate = (uint32_t)o->control_rate,
                .address = address,
            },
    };
}
