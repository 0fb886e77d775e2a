/* The OpenAPI document: it says of each route what its row says, and hangs together. That answers
 * are as it says is tested by whatever calls the admin interface (tests/support/admin_schema.h);
 * here is tested that such a call would notice. */
#include "admin/handling.h"
#include "admin/openapi.h"
#include "tests/support/admin_schema.h"
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static cJSON *document;

static int start(void **state)
{
    (void)state;
    start_service(1);
    get("/_emulator/openapi.json", "\"openapi\":\"3.1.0\"");
    document = cJSON_Parse(answer_text());
    assert_non_null(document);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    cJSON_Delete(document);
    stop_service();
    return 0;
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const cJSON *operation_of(const struct route *r)
{
    char path[ROUTE_PATH_SIZE];
    char method[8];
    size_t len = strlen(r->method);
    route_path(r->path, path);
    for (size_t i = 0; i <= len; i++)
        method[i] = ascii_lower(r->method[i]);
    return member(member(member(document, "paths"), path), method);
}

static bool has_parameter(const cJSON *operation, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, member(operation, "parameters")) {
        const char *found = cJSON_GetStringValue(member(item, "name"));
        if (found != NULL && strcmp(found, name) == 0)
            return true;
    }
    return false;
}

static void describes_every_route(void **state)
{
    struct route_cursor rows = {0, 0};
    (void)state;
    for (const struct route *r; (r = route_next(&rows)) != NULL;) {
        const cJSON *operation = operation_of(r);
        if (operation == NULL)
            fail_msg("%s %s is not described", r->method, r->path);
        assert_string_equal(cJSON_GetStringValue(member(operation, "summary")), r->summary);
        for (size_t i = 0; i < r->argument_count; i++)
            if (!has_parameter(operation, r->arguments[i].name))
                fail_msg("%s %s does not have %s", r->method, r->path, r->arguments[i].name);
        assert_non_null(member(member(operation, "responses"), "200"));
    }
}

static void routes_are_complete(void **state)
{
    struct route_cursor rows = {0, 0};
    (void)state;
    for (const struct route *r; (r = route_next(&rows)) != NULL;) {
        bool is_open = strchr(r->path, '*') != NULL;
        if (r->answer == NULL || is_open != (r->named != NULL))
            fail_msg("the row of %s %s lacks its answer or what is named", r->method, r->path);
        for (size_t i = 0; i < COUNT(r->mistakes) && r->mistakes[i] != NULL; i++) {
            const struct mistake_row *row = mistake_rows;
            while (row->code != NULL && strcmp(row->code, r->mistakes[i]) != 0)
                row++;
            if (row->code == NULL || row->common)
                fail_msg("%s of %s %s is no mistake of its own", r->mistakes[i], r->method,
                         r->path);
        }
        for (size_t i = 0; i < r->argument_count; i++)
            if (r->arguments[i].help == NULL)
                fail_msg("%s of %s %s has no help", r->arguments[i].name, r->method, r->path);
    }
}

/* Each name once: generators of clients make functions and classes of them. */
static void check_unique(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
}

static void names_are_unique(void **state)
{
    enum { MOST = 200 };
    const char *ids[MOST];
    const char *schemas[MOST];
    size_t id_count = 0;
    size_t schema_count = 0;
    const cJSON *path;
    const cJSON *item;
    (void)state;
    cJSON_ArrayForEach (path, member(document, "paths")) {
        cJSON_ArrayForEach (item, path) {
            assert_true(id_count < MOST);
            ids[id_count++] = cJSON_GetStringValue(member(item, "operationId"));
        }
    }
    check_unique(ids, id_count);
    cJSON_ArrayForEach (item, member(member(document, "components"), "schemas")) {
        assert_true(schema_count < MOST);
        schemas[schema_count++] = item->string;
    }
    check_unique(schemas, schema_count);
}

/* "#/components/schemas/Clock" */
static bool is_there(const char *reference)
{
    const cJSON *at = document;
    char part[128];
    assert_memory_equal(reference, "#/", 2);
    for (reference += 2; *reference != '\0' && at != NULL;) {
        size_t len = strcspn(reference, "/");
        snprintf(part, sizeof part, "%.*s", (int)len, reference);
        at = member(at, part);
        reference += len + (reference[len] == '/');
    }
    return at != NULL;
}

static size_t check_references(const cJSON *json)
{
    const cJSON *item;
    size_t count = 0;
    cJSON_ArrayForEach (item, json) {
        if (item->string != NULL && strcmp(item->string, "$ref") == 0) {
            if (!is_there(item->valuestring))
                fail_msg("there is no %s", item->valuestring);
            count++;
        }
        count += check_references(item);
    }
    return count;
}

static void references_lead_somewhere(void **state)
{
    (void)state;
    assert_true(check_references(document) > 200);
}

static void is_the_same_at_any_time(void **state)
{
    (void)state;
    get("/_emulator/openapi.json", "");
    char *before = strdup(answer_text());
    assert_non_null(before);
    get("/?Action=CreateQueue&queueName=q", "");
    post("/_emulator/clock/advance?by=1h", "", "");
    get("/_emulator/openapi.json", before);
    assert_int_equal(strlen(answer_text()), strlen(before));
    free(before);
}

/* emulator/admin/README.md has all codes of mistakes. */
static void mistakes_are_documented(void **state)
{
    char *text = NULL;
    size_t size = 0;
    char code[64];
    (void)state;
    FILE *f = fopen("emulator/admin/README.md", "r");
    assert_non_null(f);
    assert_true(getdelim(&text, &size, '\0', f) > 0);
    fclose(f);
    for (const struct mistake_row *row = mistake_rows; row->code != NULL; row++) {
        snprintf(code, sizeof code, "`%s`", row->code);
        if (strstr(text, code) == NULL)
            fail_msg("emulator/admin/README.md does not tell of %s", code);
    }
    free(text);
}

/* ---- holding answers against it ---- */

static void notices_what_is_not_described(void **state)
{
    static const char time[] =
        "\"namespace\":\"default\",\"nowMs\":1,\"now\":\"1970-01-01T00:00:00.001Z\"";
    static const struct {
        const char *method, *path;
        int status;
        const char *members, *complaint;
    } cases[] = {
        {"GET", "/_emulator/queues", 200, "\"queues\":[],\"total\":0", ""},
        {"GET", "/_emulator/queues", 200, "\"queues\":[],\"total\":0,\"more\":1", "more"},
        {"GET", "/_emulator/queues", 200, "\"queues\":[]", "total"},
        {"GET", "/_emulator/queues", 200, "\"queues\":{},\"total\":0", "queues"},
        {"GET", "/_emulator/queues", 200, "\"queues\":[1],\"total\":0", "queues[0]"},
        {"GET", "/_emulator/queues", 200, "\"queues\":[],\"total\":0.5", "total"},
        {"GET", "/_emulator/queues", 200, "\"queues\":[],\"total\":null", "total"},
        {"GET", "/_emulator/queues", 201, "\"queues\":[],\"total\":0", "201"},
        {"GET", "/_emulator/queues/q", 404,
         "\"error\":{\"code\":\"no-such-queue\",\"message\":\"\"}", ""},
        {"GET", "/_emulator/queues", 404,
         "\"error\":{\"code\":\"no-such-queue\",\"message\":\"\"}", "lists"},
        {"GET", "/_emulator/queues/q", 400,
         "\"error\":{\"code\":\"no-such-queue\",\"message\":\"\"}", "status"},
        {"GET", "/_emulator/queues/q", 404, "\"error\":{\"code\":\"lost\",\"message\":\"\"}",
         "lost"},
        {"GET", "/_emulator/queues/q", 404, "\"error\":{\"code\":\"no-such-queue\"}",
         "message"},
        {"GET", "/_emulator/lost", 200, "", "error"},
        {"GET", "/_emulator/lost", 404, "\"error\":{\"code\":\"not-found\",\"message\":\"\"}",
         ""},
        {"POST", "/_emulator/sink/s", 503, "\"sink\":\"s\",\"total\":1", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        struct buffer found = {0};
        snprintf(text, sizeof text, "{%s%s%s}", cases[i].members,
                 cases[i].members[0] != '\0' ? "," : "", time);
        admin_schema_check(bytes_of(cases[i].method), bytes_of(cases[i].path), cases[i].status,
                           bytes_of(text), &found);
        buffer_append_char(&found, '\0');
        bool noticed = found.len > 1;
        if (noticed != (cases[i].complaint[0] != '\0') ||
            strstr(found.data, cases[i].complaint) == NULL)
            fail_msg("%s %s %d %s: %s", cases[i].method, cases[i].path, cases[i].status, text,
                     found.data);
        buffer_free(&found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(describes_every_route, start, finish),
        cmocka_unit_test(routes_are_complete),
        cmocka_unit_test_setup_teardown(names_are_unique, start, finish),
        cmocka_unit_test_setup_teardown(references_lead_somewhere, start, finish),
        cmocka_unit_test_setup_teardown(is_the_same_at_any_time, start, finish),
        cmocka_unit_test(mistakes_are_documented),
        cmocka_unit_test(notices_what_is_not_described),
    };
    return cmocka_run_group_tests_name("openapi", tests, NULL, NULL);
}
