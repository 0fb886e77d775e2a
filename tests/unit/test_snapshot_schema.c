/* What the document of a snapshot consists of, by its schemas: the reader reads each member that they have,
 * and what is written has no other. */
#include "admin/limits.h"
#include "admin/snapshot_schema.h"
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define TOPIC                                                                                  \
    "{\"topics\":[{\"topicName\":\"t\",\"subscriptions\":[{\"subscriptionName\":\"s\","        \
    "\"endpoint\":\"http://a/\""

static int start(void **state)
{
    (void)state;
    start_service(1);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

/* An object of each schema, in a document that is good without another member. */
static const struct {
    const struct schema *schema;
    const char *before, *behind;
} objects[] = {
    {&snapshot_document_schema, "{", "}"},
    {&kept_clock_schema, "{\"clock\":{", "}}"},
    {&kept_ids_schema, "{\"ids\":{", "}}"},
    {&kept_events_schema, "{\"fired\":{", "}}"},
    {&kept_results_schema, "{\"pushed\":{", "}}"},
    {&kept_fault_schema, "{\"faults\":[{\"rule\":{\"fault\":{\"status\":503}},", "}]}"},
    {&kept_queue_schema, "{\"queues\":[{\"queueName\":\"q\",", "}]}"},
    {&kept_policy_schema, "{\"queues\":[{\"queueName\":\"q\",\"deadLetter\":{\"queue\":\"d\",",
     "}}]}"},
    {&kept_tag_schema, "{\"queues\":[{\"queueName\":\"q\",\"tags\":[{\"key\":\"k\",", "}]}]}"},
    {&kept_message_schema,
     "{\"queues\":[{\"queueName\":\"q\",\"messages\":[{\"msgBody\":\"a\",", "}]}]}"},
    {&kept_topic_schema, "{\"topics\":[{\"topicName\":\"t\",", "}]}"},
    {&kept_subscription_schema, TOPIC ",", "}]}]}"},
    {&kept_publication_schema, TOPIC "}],\"messages\":[{\"msgBody\":\"a\",", "}]}]}"},
    {&kept_delivery_schema,
     TOPIC "}],\"messages\":[{\"msgBody\":\"a\",\"deliveries\":[{\"subscription\":\"s\",",
     "}]}]}]}"},
    {&kept_name_schema, "{\"names\":[{", "}]}"},
};

/* What no reader looks at: it says the same as another member, for people; or is read only where that is
 * not there, or in another state. */
static bool is_passed_over(const struct schema *s, const char *name)
{
    return (s == &kept_clock_schema && strcmp(name, "now") == 0) ||
           strcmp(name, "msgBodyBase64") == 0 ||
           (s == &kept_message_schema && strcmp(name, "visibleMs") == 0);
}

static void every_member_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(objects); i++) {
        struct schema_member m;
        for (size_t row = 0; schema_row(objects[i].schema, row, &m); row++) {
            char name[64];
            char body[1024];
            snprintf(name, sizeof name, "\"%s\":", m.name);
            if (is_passed_over(objects[i].schema, m.name) ||
                strstr(objects[i].before, name) != NULL)
                continue;
            bool is_scalar = m.type != TYPE_OBJECT && (m.flags & MEMBER_LIST) == 0;
            snprintf(body, sizeof body, "%s%s%s%s", objects[i].before, name,
                     is_scalar ? "{}" : "7", objects[i].behind);
            snprintf(name, sizeof name, "%s must be", m.name);
            expect("PUT", "/_emulator/snapshots/a", body, 400,
                   m.of == &limits_schema ? "\"argument\":\"limits\"" : name);
        }
    }
}

static void a_member_that_no_schema_has_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(objects); i++) {
        char body[1024];
        snprintf(body, sizeof body, "%s\"colour\":1%s", objects[i].before, objects[i].behind);
        expect("PUT", "/_emulator/snapshots/a", body, 400, "colour is not known here");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_member_is_read),
        TEST(a_member_that_no_schema_has_is_refused),
    };
    return cmocka_run_group_tests_name("snapshot_schema", tests, NULL, NULL);
}
