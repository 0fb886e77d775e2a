/* Every limit of engine/limits.def, by every way in which it can be set: as an option, in the
 * environment, in a configuration file, by POST /_emulator/namespaces; there as a text and,
 * where it is one, as a number. What one way accepts or refuses, all do, with the same value.
 */
#include "admin/config.h"
#include "admin/limits.h"
#include "admin/spec.h"
#include "server/options.h"
#include "tests/support/ask_service.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { REFUSED = -1 };

enum way { BY_OPTION, BY_ENVIRONMENT, BY_FILE, BY_POST, WAYS };
static const char *const way_names[WAYS] = {"option", "environment", "file", "POST"};

static enum options_result read_options(struct options *o, const char *argument)
{
    static char name[] = "cmq-emulator";
    static char copy[128];
    char *argv[] = {name, argument != NULL ? copy : NULL, NULL};
    char said[512];
    snprintf(copy, sizeof copy, "%s", argument != NULL ? argument : "");
    FILE *errors = fmemopen(said, sizeof said, "w");
    assert_non_null(errors);
    enum options_result result = options_read(o, argument != NULL ? 2 : 1, argv, errors);
    fclose(errors);
    return result;
}

static int64_t by_option(size_t number, const char *text)
{
    struct options o;
    char argument[128];
    snprintf(argument, sizeof argument, "--%s=%s", limit_rows[number].setting.name, text);
    return read_options(&o, argument) == OPTIONS_RUN ? limit_get(&o.limits, number) : REFUSED;
}

static int64_t by_environment(size_t number, const char *text)
{
    struct options o;
    char variable[64];
    snprintf(variable, sizeof variable, "CMQ_EMULATOR_%s", limit_rows[number].setting.name);
    for (char *c = variable; *c != '\0'; c++)
        if (*c == '-')
            *c = '_';
        else
            *c = (char)toupper((unsigned char)*c);
    setenv(variable, text, 1);
    enum options_result result = read_options(&o, NULL);
    unsetenv(variable);
    return result == OPTIONS_RUN ? limit_get(&o.limits, number) : REFUSED;
}

/* A service in which each limit may have its greatest value: also those that are bounds of the
 * process. */
static void start_generous_service(void)
{
    start_service(2);
    struct engine_limits *l = &service.registry.config.engine.limits;
    limit_set(l, LIMIT_max_bytes, limit_rows[LIMIT_max_bytes].setting.max);
    limit_set(l, LIMIT_max_polls, limit_rows[LIMIT_max_polls].setting.max);
}

static int64_t by_file(size_t number, const char *json)
{
    struct mistake m;
    char text[256];
    start_generous_service();
    snprintf(text, sizeof text, "{\"limits\":{\"%s\":%s}}", limit_rows[number].json, json);
    int64_t value = REFUSED;
    if (config_apply(&service.registry, text, real_ms, &m))
        value = limit_get(engine_limits_of(service.registry.home->engine), number);
    stop_service();
    return value;
}

static int64_t by_post(size_t number, const char *json)
{
    char text[256];
    start_generous_service();
    snprintf(text, sizeof text, "{\"name\":\"n\",\"limits\":{\"%s\":%s}}",
             limit_rows[number].json, json);
    ask_service(&exchange, "POST", "/_emulator/namespaces", text);
    const struct namespace *ns = registry_find(&service.registry, bytes_of("n"));
    assert_int_equal(exchange.status == 200, ns != NULL);
    int64_t value = ns != NULL ? limit_get(engine_limits_of(ns->engine), number) : REFUSED;
    stop_service();
    return value;
}

/* text: as one would type it; in JSON quotes stand around it. */
static void expect_all_ways(size_t number, const char *text, int64_t expected)
{
    char json[128];
    snprintf(json, sizeof json, "\"%s\"", text);
    const int64_t got[WAYS] = {by_option(number, text), by_environment(number, text),
                               by_file(number, json), by_post(number, json)};
    for (int way = 0; way < WAYS; way++)
        if (got[way] != expected)
            fail_msg("%s by %s, '%s': %lld instead of %lld", limit_rows[number].json,
                     way_names[way], text, (long long)got[way], (long long)expected);
}

static void expect_number(size_t number, const char *json, int64_t expected)
{
    int64_t in_file = by_file(number, json);
    int64_t posted = by_post(number, json);
    if (in_file != expected || posted != expected)
        fail_msg("%s: %s: %lld in a file, %lld by POST, instead of %lld",
                 limit_rows[number].json, json, (long long)in_file, (long long)posted,
                 (long long)expected);
}

static void numbers_keep_to_their_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMITS; i++) {
        const struct setting *s = &limit_rows[i].setting;
        const int64_t values[] = {s->min - 1, s->min, s->min + 1,
                                  s->max - 1, s->max, s->max + 1};
        if (s->kind != SETTING_NUMBER && s->kind != SETTING_BYTES)
            continue;
        for (size_t j = 0; j < sizeof values / sizeof values[0]; j++) {
            char text[32];
            bool fits = values[j] >= s->min && values[j] <= s->max;
            snprintf(text, sizeof text, "%lld", (long long)values[j]);
            expect_all_ways(i, text, fits ? values[j] : REFUSED);
            expect_number(i, text, fits ? values[j] : REFUSED);
        }
        expect_number(i, "1.5", REFUSED);
        expect_number(i, "1e300", REFUSED);
    }
}

static void durations_keep_to_their_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMITS; i++) {
        const struct setting *s = &limit_rows[i].setting;
        char text[32];
        if (s->kind != SETTING_DURATION)
            continue;
        snprintf(text, sizeof text, "%lldms", (long long)s->max);
        expect_all_ways(i, text, s->max);
        snprintf(text, sizeof text, "%lldms", (long long)s->max + 1);
        expect_all_ways(i, text, REFUSED);
        expect_all_ways(i, "0s", 0);
        expect_all_ways(i, "1m30s", 90000);
        expect_all_ways(i, "2", 2000);
        expect_all_ways(i, "-1s", REFUSED);
        expect_all_ways(i, "100000d", REFUSED);
        expect_number(i, "1.5", 1500);
        expect_number(i, "-1", REFUSED);
        snprintf(text, sizeof text, "%lld", (long long)s->max / 1000);
        expect_number(i, text, s->max);
        snprintf(text, sizeof text, "%lld", (long long)s->max / 1000 + 1);
        expect_number(i, text, REFUSED);
    }
}

/* A day is the most; it was refused as an option, and silently cut to a day in JSON. */
static void two_days_of_cooling_are_too_long_everywhere(void **state)
{
    (void)state;
    expect_all_ways(LIMIT_name_cooling_ms, "1d", 86400000);
    expect_all_ways(LIMIT_name_cooling_ms, "2d", REFUSED);
    expect_number(LIMIT_name_cooling_ms, "172800", REFUSED);
}

/* A namespace gets a part of what the process may use, not more. */
static void bounds_of_the_process_can_only_be_lowered(void **state)
{
    static const struct {
        const char *limits; /* the process: 1g, 10000 */
        const char *said;   /* NULL: accepted */
    } all[] = {
        {"{\"maxMemory\":\"1g\",\"maxPolls\":10000}", NULL},
        {"{\"maxMemory\":0,\"maxPolls\":0}", NULL},
        {"{\"maxMemory\":1073741825}",
         "\"limits.maxMemory is above --max-memory, which is 1g for all namespaces together\""},
        {"{\"maxMemory\":\"1048576g\"}", "limits.maxMemory is above --max-memory"},
        {"{\"preset\":\"strict\",\"maxMemory\":\"2g\"}", "limits.maxMemory is above"},
        {"{\"maxPolls\":10001}", "\"limits.maxPolls is above --max-polls, which is 10000 for "
                                 "all namespaces together\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char text[256];
        start_service(2);
        snprintf(text, sizeof text, "{\"name\":\"n\",\"limits\":%s}", all[i].limits);
        ask_service(&exchange, "POST", "/_emulator/namespaces", text);
        assert_int_equal(exchange.status, all[i].said == NULL ? 200 : 400);
        buffer_append_char(&exchange.answer, '\0');
        assert_true(all[i].said == NULL || strstr(exchange.answer.data, all[i].said) != NULL);
        stop_service();
    }
}

static void sizes_have_units_everywhere(void **state)
{
    (void)state;
    expect_all_ways(LIMIT_max_bytes, "64k", 65536);
    expect_all_ways(LIMIT_max_bytes, "3G", (int64_t)3 << 30);
    expect_all_ways(LIMIT_max_bytes, "1p", REFUSED);
    expect_all_ways(LIMIT_max_bytes, "9999999999g", REFUSED);
}

static void choices_take_their_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMITS; i++) {
        const struct setting *s = &limit_rows[i].setting;
        if (s->kind != SETTING_WORD)
            continue;
        for (int64_t value = 0; value <= 1; value++) {
            char word[SETTING_VALUE_SIZE];
            setting_write(s, value, word);
            expect_all_ways(i, word, value);
        }
        expect_all_ways(i, s->words, REFUSED);
        expect_number(i, "1", REFUSED);
        expect_number(i, "true", REFUSED);
    }
}

static void nothing_else_is_a_limit(void **state)
{
    static const char *const others[] = {"null", "true", "[]", "{}"};
    (void)state;
    for (size_t i = 0; i < LIMITS; i++) {
        expect_all_ways(i, "some", REFUSED);
        expect_all_ways(i, "1x", REFUSED);
        for (size_t j = 0; j < sizeof others / sizeof others[0]; j++)
            expect_number(i, others[j], REFUSED);
    }
}

static void presets_are_the_values_of_their_columns(void **state)
{
    const struct engine_limits relaxed = engine_limits_relaxed();
    const struct engine_limits strict = engine_limits_strict();
    struct options o;
    (void)state;
    assert_false(relaxed.strict);
    assert_true(strict.strict);
    for (int is_strict = 0; is_strict <= 1; is_strict++) {
        assert_int_equal(read_options(&o, is_strict ? "--limits=strict" : NULL), OPTIONS_RUN);
        assert_int_equal(o.limits.strict, is_strict);
        for (size_t i = 0; i < LIMITS; i++) {
            int64_t value = is_strict ? limit_rows[i].strict : limit_rows[i].relaxed;
            assert_int_equal(limit_get(is_strict ? &strict : &relaxed, i), value);
            assert_int_equal(limit_get(&o.limits, i), value);
        }
    }
}

/* What both presets leave alike is not theirs to change. */
static void a_preset_keeps_what_others_have_set(void **state)
{
    struct engine_limits l = engine_limits_relaxed();
    (void)state;
    l.max_queues = 7;
    l.send_rate = 8;
    l.gateway_errors = true;
    limits_preset(&l, true);
    assert_true(l.strict);
    assert_int_equal(l.max_queues, 7);
    assert_true(l.gateway_errors);
    assert_int_equal(l.send_rate, engine_limits_strict().send_rate);
    limits_preset(&l, false);
    assert_int_equal(l.send_rate, 0);
}

static void says_what_was_expected(void **state)
{
    static const struct {
        size_t number;
        const char *text;
    } cases[] = {
        {LIMIT_max_queues, "a whole number from 0 to 1000000"},
        {LIMIT_max_bytes, "a number of bytes such as 65536, 64k or 4m from 0 to 1048576g"},
        {LIMIT_name_cooling_ms, "a duration such as 90s, 10m or 1h30m from 0 to 1d"},
        {LIMIT_max_delay_ms, "a duration such as 90s, 10m or 1h30m from 0 to 70d"},
        {LIMIT_gateway_errors, "one of documented|gateway"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[SETTING_EXPECTED_SIZE];
        setting_expected(&limit_rows[cases[i].number].setting, expected);
        assert_string_equal(expected, cases[i].text);
    }
}

/* ---- the document ---- */

/* "lazy|eager" as "`lazy`, `eager`": a bar would end the cell. */
static void write_range(const struct setting *s, char *out, size_t size)
{
    char least[SETTING_VALUE_SIZE];
    char greatest[SETTING_VALUE_SIZE];
    if (s->kind == SETTING_WORD) {
        setting_write(s, 0, least);
        setting_write(s, 1, greatest);
        snprintf(out, size, "`%s`, `%s`", least, greatest);
        return;
    }
    setting_write(s, s->min, least);
    setting_write(s, s->max, greatest);
    snprintf(out, size, "%s to %s", least, greatest);
}

static char *read_document(void)
{
    static char text[65536];
    FILE *f = fopen("emulator/doc/admin.md", "r");
    assert_non_null(f);
    size_t len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    assert_in_range(len, 1, sizeof text - 2);
    text[len] = '\0';
    return text;
}

/* What is missing is printed as it should stand. */
static void the_document_has_a_row_for_each(void **state)
{
    const char *document = read_document();
    size_t missing = 0;
    (void)state;
    for (size_t i = 0; i < LIMITS; i++) {
        const struct setting *s = &limit_rows[i].setting;
        char range[2 * SETTING_VALUE_SIZE + 8];
        char values[2][SETTING_VALUE_SIZE];
        char row[256];
        write_range(s, range, sizeof range);
        setting_write(s, limit_rows[i].relaxed, values[0]);
        setting_write(s, limit_rows[i].strict, values[1]);
        snprintf(row, sizeof row, "\n| `%s` | `--%s` | %s | %s | %s | %s |\n",
                 limit_rows[i].json, s->name, range, values[0], values[1], s->help);
        if (strstr(document, row) == NULL) {
            missing++;
            fprintf(stderr, "emulator/doc/admin.md lacks:%s", row);
        }
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_keep_to_their_bounds),
        cmocka_unit_test(durations_keep_to_their_bounds),
        cmocka_unit_test(two_days_of_cooling_are_too_long_everywhere),
        cmocka_unit_test(bounds_of_the_process_can_only_be_lowered),
        cmocka_unit_test(sizes_have_units_everywhere),
        cmocka_unit_test(choices_take_their_words),
        cmocka_unit_test(nothing_else_is_a_limit),
        cmocka_unit_test(presets_are_the_values_of_their_columns),
        cmocka_unit_test(a_preset_keeps_what_others_have_set),
        cmocka_unit_test(says_what_was_expected),
        cmocka_unit_test(the_document_has_a_row_for_each),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
