/* Each Action of the API v2, short of memory. */
#include "tests/failing/action_calls.h"
#include "tests/failing/every.h"
#include "tests/failing/prepared.h"
#include "tests/failing/scarce.h"
#include "tests/support/ask_service.h"
#include "tests/support/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Of a message that is published to a queue. */
static bool is_delivered(const char *query)
{
    return strstr(query, "PublishMessage") != NULL;
}

/* So that the handle is known. */
static void prepare_once(void)
{
    start_service(8);
    prepare();
    stop_service();
}

static void by_get(void **state)
{
    (void)state;
    for (size_t i = 0; queries_of_v2[i] != NULL; i++) {
        char target[2048];
        make_target_of_v2(target, sizeof target, queries_of_v2[i]);
        every_failure(prepare,
                      &(struct sent_call){.method = "GET",
                                          .target = target,
                                          .is_tried_again = is_delivered(queries_of_v2[i])});
    }
}

static void by_post(void **state)
{
    (void)state;
    for (size_t i = 0; queries_of_v2[i] != NULL; i++) {
        char target[2048];
        make_target_of_v2(target, sizeof target, queries_of_v2[i]);
        every_failure(prepare,
                      &(struct sent_call){.method = "POST",
                                          .target = "/v2/index.php",
                                          .body = target + 2,
                                          .is_tried_again = is_delivered(queries_of_v2[i])});
    }
}

/* Signed rightly, and wrongly. */
static void signed_by_parameters(void **state)
{
    static const char params[] = "Action=SendMessage&Nonce=1&SecretId=" SIGN_ID
                                 "&Timestamp=1893456000&msgBody=x&queueName=";
    static const char *const queues[][3] = {
        {"q", "q", "\"code\":0,"},
        {"%71", "q", "\"code\":0,"},
        {"%71", "%71", "\"code\":0,"}, /* signed as it was sent */
        {"q", "r", "\"code\":4100,"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(queues); i++) {
        char text[512], sent[256], body[512];
        struct sent_form f;
        snprintf(text, sizeof text, "POSTcmq-queue-gz.api.qcloud.com/v2/index.php?%s%s", params,
                 queues[i][1]);
        snprintf(sent, sizeof sent, "%s%s", params, queues[i][0]);
        sent_form_make(&f, bytes_of(sent),
                       sign_text(DIGEST_SHA1, bytes_of(SIGN_KEY), bytes_of(text)));
        snprintf(body, sizeof body, "%.*s", (int)f.len, f.wire);
        every_failure(prepare, &(struct sent_call){.method = "POST",
                                                   .target = "/v2/index.php",
                                                   .body = body,
                                                   .part = queues[i][2],
                                                   .is_explained = true});
        sent_form_free(&f);
    }
}

static int start(void **state)
{
    (void)state;
    scarce_init();
    prepare_once();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_get),
        cmocka_unit_test(by_post),
        cmocka_unit_test(signed_by_parameters),
    };
    int failed = cmocka_run_group_tests_name("memory of API v2", tests, start, NULL);
    every_report("API v2");
    return failed;
}
