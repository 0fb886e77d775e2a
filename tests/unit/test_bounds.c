/* emulator/doc/bounds.md says what everything is bounded by: its tables are held against the
 * figures of /metrics, the options of the program, and the constants of the code. */
#include "admin/condition.h"
#include "admin/entries.h"
#include "admin/given.h"
#include "admin/listing.h"
#include "admin/snapshot_reader.h"
#include "api/v3/json_check.h"
#include "base/form.h"
#include "base/json_scan.h"
#include "namespace/sink.h"
#include "server/admission.h"
#include "server/body.h"
#include "server/option_rows.h"
#include "service/service.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *document; /* its text */

static int read_document(void **state)
{
    size_t len = 0;
    (void)state;
    FILE *f = fopen("emulator/doc/bounds.md", "r");
    assert_non_null(f);
    assert_true(getdelim(&document, &len, '\0', f) > 0);
    fclose(f);
    return 0;
}

static int forget_document(void **state)
{
    (void)state;
    free(document);
    return 0;
}

/* The part of the document under this heading; it ends with the next one. */
static struct bytes section(const char *heading)
{
    char line[128];
    snprintf(line, sizeof line, "\n## %s\n", heading);
    const char *begin = strstr(document, line);
    if (begin == NULL) {
        fail_msg("there is no section %s", heading);
        return (struct bytes){document, 0};
    }
    const char *end = strstr(begin + 1, "\n## ");
    return (struct bytes){begin, end != NULL ? (size_t)(end - begin) : strlen(begin)};
}

/* How many rows of the section begin with this. */
static size_t rows_with(struct bytes in, const char *begin)
{
    char text[256];
    size_t count = 0;
    snprintf(text, sizeof text, "\n%s", begin);
    for (const char *at = in.data; (at = strstr(at, text)) != NULL; at++)
        if (at < in.data + in.len)
            count++;
    return count;
}

static void expect_row(struct bytes in, const char *row)
{
    size_t count = rows_with(in, row);
    if (count != 1)
        fail_msg("%zu rows begin with: %s", count, row);
}

/* ---- budgets ---- */

static char *metrics(void)
{
    static struct service service;
    static struct exchange x;
    struct service_config config = {
        .registry = {.engine = {.allocator = allocator_heap(),
                                .limits = engine_limits_relaxed(),
                                .seed = 1},
                     .max_namespaces = 1,
                     .max_requests = 1,
                     .max_answers = 1,
                     .max_awaits = 1,
                     .max_journal = 1},
    };
    assert_true(service_init(&service, &config, 1893456000000));
    x.method = bytes_of("GET");
    x.head.host = bytes_of("127.0.0.1");
    buffer_append(&x.target, bytes_of("/metrics"));
    assert_int_equal(service_handle(&service, 1893456000000, &x), EXCHANGE_ANSWERED);
    char *text = strndup(x.answer.data, x.answer.len);
    exchange_free(&x);
    service_fini(&service);
    return text;
}

/* Each part of the budget is in both tables, and they have no other. */
static void each_budget_is_listed(void **state)
{
    static const char sample[] = "\ncmq_budget_limit{part=\"";
    struct bytes budgets = section("1. Budgets");
    size_t parts = 0;
    char row[80];
    char *text = metrics();
    (void)state;
    for (const char *at = text; (at = strstr(at, sample)) != NULL; parts++) {
        at += strlen(sample);
        snprintf(row, sizeof row, "| `%.*s` |", (int)strcspn(at, "\""), at);
        if (rows_with(budgets, row) != 2)
            fail_msg("not once in each table: %s", row);
    }
    free(text);
    assert_int_equal(parts, sizeof(struct budgets) / sizeof(struct budget));
    assert_int_equal(rows_with(budgets, "| `"), 2 * parts);
}

/* ---- options ---- */

/* With its default; those that are words bound nothing. */
static size_t expect_options(struct bytes in, enum option_group group)
{
    char standard[OPTION_DEFAULT_SIZE], row[200];
    size_t count = 0;
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = option_setting(i);
        if (option_group(i) != group || s->kind == SETTING_WORD)
            continue;
        option_default(i, standard);
        snprintf(row, sizeof row, "| `--%s` | %s |", s->name, standard);
        expect_row(in, row);
        count++;
    }
    return count;
}

static void each_bounding_option_is_listed(void **state)
{
    struct bytes process = section("4. Bounds of the process");
    struct bytes namespace = section("5. Bounds of a namespace");
    (void)state;
    assert_int_equal(rows_with(process, "| `"), expect_options(process, GROUP_PROCESS));
    assert_int_equal(rows_with(namespace, "| `"), expect_options(namespace, GROUP_LIMITS));
}

/* Those of the budgets have the option that bounds them. */
static void each_budget_has_its_option(void **state)
{
    static const struct {
        const char *part;
        size_t option;
    } rows[] = {
        {"requests", OPTION_max_requests},
        {"answers", OPTION_max_answers},
        {"awaits", OPTION_max_awaits},
        {"messages", OPTION_ROWS + LIMIT_max_bytes},
        {"polls", OPTION_ROWS + LIMIT_max_polls},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char standard[OPTION_DEFAULT_SIZE], row[200];
        option_default(rows[i].option, standard);
        snprintf(row, sizeof row, "| `%s` | `--%s` | %s |", rows[i].part,
                 option_setting(rows[i].option)->name, standard);
        expect_row(section("1. Budgets"), row);
    }
}

/* ---- bounds without an option ---- */

static void each_constant_is_what_it_is(void **state)
{
    static const struct {
        const char *what;
        int bound;
    } rows[] = {
        {"sinks of a namespace", SINKS_MAX},
        {"requests in the sinks of a namespace", SINKS_RECORDS_MAX},
        {"bytes of these", SINKS_BYTES_MAX},
        {"holds of a namespace", HOLDS_MAX},
        {"rules of faults of a namespace", FAULTS_MAX},
        {"bytes of the text of one", FAULT_TEXT_MAX},
        {"snapshots of all namespaces", SNAPSHOTS_MAX},
        {"values of an item of a list in a document of a snapshot, or of what comes before its "
         "lists",
         SNAPSHOT_VALUES_MAX},
        {"deliveries that have ended, of a message in a document", SNAPSHOT_ENDED_MAX},
        {"reasons of failed pushes in documents of snapshots", SHELF_TEXTS_MAX},
        {"parts of one condition", CONDITION_PARTS_MAX},
        {"of these, about the journal", CONDITION_TALLIES_MAX},
        {"bytes of a text that the journal keeps", JOURNAL_TEXT_MAX},
        {"parameters of one of its entries", JOURNAL_ARGUMENTS_MAX},
        {"bytes of all of these", JOURNAL_ARGUMENTS_SIZE},
        {"events in the lives of messages, for each of `--journal`", LIFE_EVENTS_PER_REQUEST},
        {"events of one life that are looked at", LIFE_LOOKS_MAX},
        {"bytes of the body of an admin call", GIVEN_BODY_MAX},
        {"bytes of the entries of a page of the journal, where they are kept",
         ENTRIES_PAGE_MAX},
        {"bytes of the text of a list of an admin call", LISTING_TEXT_MAX},
        {"pairs of a form", FORM_PAIRS_MAX},
        {"levels of a configuration file", JSON_LEVELS_MAX},
        {"bytes of a body that is read and dropped", BODY_DRAINED_MAX},
        {"connections in the reserve", RESERVE_MAX},
        {"secret ids of dropped namespaces", RETIRED_MAX},
    };
    const struct {
        const char *what;
        size_t bound;
    } others[] = {
        {"values in it", given_bounds.values},
        {"levels of it", given_bounds.levels},
        {"values in the JSON of API 3.0", v3_json_bounds.values},
        {"levels of it there", v3_json_bounds.levels},
    };
    struct bytes in = section("6. Bounds without an option");
    char row[200];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(row, sizeof row, "| %s | %d |", rows[i].what, rows[i].bound);
        expect_row(in, row);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        snprintf(row, sizeof row, "| %s | %zu |", others[i].what, others[i].bound);
        expect_row(in, row);
    }
    /* a heading and a line of dashes */
    assert_int_equal(rows_with(in, "|"),
                     2 + sizeof rows / sizeof rows[0] + sizeof others / sizeof others[0]);
}

/* What counts how much, as far as it is the size of something. */
static void what_counts_is_as_said(void **state)
{
    struct bytes in = section("2. What counts how much");
    char row[200];
    (void)state;
    if (sizeof(void *) != 8)
        skip();
#define MESSAGE(len) (message_head_size(len) + message_blob_size(len))
    snprintf(row, sizeof row, "| a message of 10, 100, 400 bytes | %zu, %zu, %zu |",
             MESSAGE(10), MESSAGE(100), MESSAGE(400));
    expect_row(in, row);
    snprintf(row, sizeof row, "| of 512, 4000, 60 000, 1 000 000 bytes | %zu, %zu, 60 %zu, ",
             MESSAGE(512), MESSAGE(4000), MESSAGE(60000) - 60000);
    expect_row(in, row);
    snprintf(row, sizeof row, "| a queue | %zu |", sizeof(struct queue));
    expect_row(in, row);
    snprintf(row, sizeof row, "| a topic | %zu |", sizeof(struct topic));
    expect_row(in, row);
    snprintf(row, sizeof row, "| a snapshot | %d and", SNAPSHOT_BYTES);
    expect_row(in, row);
    snprintf(row, sizeof row, "| an event in the life of a message | %zu and",
             sizeof(uint64_t) + offsetof(struct life_event, texts));
    expect_row(in, row);
    snprintf(row, sizeof row, "| a credential | %zu and", sizeof(struct credential));
    expect_row(in, row);
    snprintf(row, sizeof row,
             "| a message that is published | its body, %zu bytes, and %zu for",
             sizeof(struct publication), sizeof(struct delivery));
    expect_row(in, row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_budget_is_listed),
        cmocka_unit_test(each_bounding_option_is_listed),
        cmocka_unit_test(each_budget_has_its_option),
        cmocka_unit_test(each_constant_is_what_it_is),
        cmocka_unit_test(what_counts_is_as_said),
    };
    return cmocka_run_group_tests_name("bounds", tests, read_document, forget_document);
}
