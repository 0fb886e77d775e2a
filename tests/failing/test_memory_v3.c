/* Each Action of API 3.0, of both products, short of memory. */
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

#define CMQ  "2019-03-04"
#define TDMQ "2020-02-17"

static void try_rows(const struct call_of_v3 *rows, const char *version)
{
    for (size_t i = 0; rows[i].action != NULL; i++)
        every_failure(prepare,
                      &(struct sent_call){
                          .method = "POST",
                          .target = "/",
                          .body = rows[i].body,
                          .action = rows[i].action,
                          .version = version,
                          .is_tried_again = strcmp(rows[i].action, "PublishCmqMsg") == 0,
                      });
}

static void by_json_to_cmq(void **state)
{
    (void)state;
    try_rows(calls_of_cmq, CMQ);
}

static void by_json_to_tdmq(void **state)
{
    (void)state;
    try_rows(calls_of_tdmq, TDMQ);
}

/* Told by a GET's header fields, and by its parameters alone. */
static void by_form(void **state)
{
    static const char *const targets[] = {
        "/?QueueName=new&VisibilityTimeout=5",
        "/?Limit=10&Filters.0.Name=QueueName&Filters.0.Values.0=q",
    };
    static const char *const flattened[] = {
        "/?Action=CreateCmqQueue&Version=" TDMQ "&Timestamp=1893456000&Nonce=1&QueueName=new",
        "/?Action=DescribeCmqQueues&Version=" TDMQ "&Timestamp=1893456000&Nonce=1",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++)
        every_failure(prepare, &(struct sent_call){.method = "GET",
                                                   .target = targets[i],
                                                   .action = i == 0 ? "CreateQueue"
                                                                    : "DescribeQueueDetail",
                                                   .version = CMQ});
    for (size_t i = 0; i < COUNT(flattened); i++)
        every_failure(prepare, &(struct sent_call){.method = "GET", .target = flattened[i]});
}

/* Signed by the head, rightly and wrongly. */
static void signed_by_head(void **state)
{
    static const char body[] = "{\"QueueName\":\"new\"}";
    static const char headers[] = "content-type: application/json\n"
                                  "host: cmq-queue-gz.api.qcloud.com\n"
                                  "x-tc-timestamp: 1893456000\n";
    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        char canonical[512], authorization[512];
        struct sha256 h;
        uint8_t digest[DIGEST_MAX];
        char hex[DIGEST_HEX];
        sha256_begin(&h);
        sha256_add(&h, bytes_of(wrong ? "other" : body));
        sha256_end(&h, digest);
        digest_hex(digest, 32, hex);
        snprintf(canonical, sizeof canonical,
                 "POST\n/\n\ncontent-type:application/json\n"
                 "host:cmq-queue-gz.api.qcloud.com\n\ncontent-type;host\n%.*s",
                 DIGEST_HEX, hex);
        struct bytes signature =
            sign_by("TC3" SIGN_KEY, "1893456000", "2030-01-01", "tdmq", bytes_of(canonical));
        snprintf(authorization, sizeof authorization,
                 "TC3-HMAC-SHA256 Credential=" SIGN_ID "/2030-01-01/tdmq/tc3_request, "
                 "SignedHeaders=content-type;host, Signature=%.*s",
                 (int)signature.len, signature.data);
        every_failure(prepare, &(struct sent_call){
                                   .method = "POST",
                                   .target = "/",
                                   .body = body,
                                   .action = "CreateCmqQueue",
                                   .version = TDMQ,
                                   .authorization = authorization,
                                   .headers = headers,
                                   .part = wrong ? "SignatureFailure" : "QueueId",
                                   .is_explained = true,
                               });
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_json_to_cmq),
        cmocka_unit_test(by_json_to_tdmq),
        cmocka_unit_test(by_form),
        cmocka_unit_test(signed_by_head),
    };
    int failed = cmocka_run_group_tests_name("memory of API 3.0", tests, every_begin, NULL);
    every_report("API 3.0");
    return failed;
}
