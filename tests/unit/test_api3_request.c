/* Which requests are calls of API 3.0. */
#include "api/v3/request.h"

#include "tests/support/engine_expect.h"

#include <stdlib.h>

/* A request as the caller finds it: header fields, NULL for none, and parameters. */
struct sample {
    const char *what, *path, *action, *version, *authorization, *parameters;
};

static struct bytes field(const char *value)
{
    return value != NULL ? bytes_of(value) : (struct bytes){NULL, 0};
}

/* A form that owns its text. */
static char *read_form(struct form *form, const char *parameters)
{
    char *text = strdup(parameters != NULL ? parameters : "");
    assert_non_null(text);
    assert_true(form_parse(form, text, strlen(text)));
    return text;
}

/* Read the sample, and check what was found; product NULL and action "" say so, too. */
static void expect_found(const struct sample *s, const char *action, const char *version,
                         const char *secret_id, const char *product)
{
    struct form form = {.count = 0};
    char *text = read_form(&form, s->parameters);
    struct v3_request r = {field(s->path), field(s->action), field(s->version),
                           field(s->authorization), .form = &form};
    EXPECT_EQ(s->what, v3_request_read(&r), true);
    EXPECT_EQ(s->what, bytes_equal(r.action, bytes_of(action)), true);
    EXPECT_EQ(s->what, bytes_equal(r.version, bytes_of(version)), true);
    EXPECT_EQ(s->what, bytes_equal(r.secret_id, bytes_of(secret_id)), true);
    EXPECT_EQ(s->what, (r.product == NULL) == (product == NULL), true);
    if (product != NULL)
        assert_string_equal(r.product, product);
    form_free(&form);
    free(text);
}

static void expect_v2(const struct sample *s)
{
    struct form form = {.count = 0};
    char *text = read_form(&form, s->parameters);
    struct v3_request r = {field(s->path), field(s->action), field(s->version),
                           field(s->authorization), .form = &form};
    EXPECT_EQ(s->what, v3_request_read(&r), false);
    form_free(&form);
    free(text);
}

#define TC3(id)                                                                                \
    "TC3-HMAC-SHA256 Credential=" id                                                           \
    "/2023-11-14/tdmq/tc3_request, SignedHeaders=content-type;host, Signature=00"

/* api3 2.2: with TC3 the common parameters are header fields */
static void header_fields_make_it_api3(void **state)
{
    static const struct {
        struct sample sample;
        const char *action, *version, *secret_id, *product;
    } cases[] = {
        {{"as SDKs send it", "/", "CreateCmqQueue", "2020-02-17", TC3("AKIDme"), NULL},
         "CreateCmqQueue",
         "2020-02-17",
         "AKIDme",
         "tdmq"},
        {{"of cmq", "/", "CreateQueue", "2019-03-04", TC3("AKIDme"), NULL},
         "CreateQueue",
         "2019-03-04",
         "AKIDme",
         "cmq"},
        {{"of another product", "/", "DescribeZones", "2017-03-12", TC3("AKIDme"), NULL},
         "DescribeZones",
         "2017-03-12",
         "AKIDme",
         NULL},
        {{"not signed (api3 3.3)", "/", "DeleteQueue", "2019-03-04", "SKIP", NULL},
         "DeleteQueue",
         "2019-03-04",
         "",
         "cmq"},
        {{"an Action alone", "/", "DeleteQueue", NULL, NULL, NULL},
         "DeleteQueue",
         "",
         "",
         NULL},
        {{"a version alone", "/", NULL, "2019-03-04", NULL, NULL}, "", "2019-03-04", "", "cmq"},
        {{"a signature alone", "/", NULL, NULL, TC3("AKIDme"), NULL}, "", "", "AKIDme", NULL},
        {{"an empty Action", "/", "", NULL, NULL, NULL}, "", "", "", NULL},
        {{"an empty version", "/", NULL, "", NULL, NULL}, "", "", "", NULL},
        {{"on another path", "/v2/index.php", "DeleteQueue", "2019-03-04", NULL, NULL},
         "DeleteQueue",
         "2019-03-04",
         "",
         "cmq"},
        {{"fields before parameters", "/", "DeleteQueue", "2019-03-04", TC3("AKIDme"),
          "Action=ListQueue&Version=2020-02-17&SecretId=AKIDyou"},
         "DeleteQueue",
         "2019-03-04",
         "AKIDme",
         "cmq"},
        {{"fields alone", "/", "DeleteQueue", NULL, NULL,
          "Version=2020-02-17&SecretId=AKIDyou"},
         "DeleteQueue",
         "",
         "",
         NULL},
        {{"an id and nothing else", "/", "A", NULL, "TC3-HMAC-SHA256 Credential=AKIDme", NULL},
         "A",
         "",
         "AKIDme",
         NULL},
        {{"an id without a scope", "/", "A", NULL, "TC3-HMAC-SHA256 Credential=AKIDme, x=/",
          NULL},
         "A",
         "",
         "AKIDme",
         NULL},
        {{"no id", "/", "A", NULL, "TC3-HMAC-SHA256 Credential", NULL}, "A", "", "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_found(&cases[i].sample, cases[i].action, cases[i].version, cases[i].secret_id,
                     cases[i].product);
}

/* api3 2.2: with v1 they are parameters; the example is that of api3 4 */
static void parameters_make_it_api3(void **state)
{
    static const struct sample tdmq = {
        "as SDKs send it",
        "/",
        NULL,
        NULL,
        NULL,
        "Action=CreateCmqQueue&Language=zh-CN&Nonce=46364&QueueName=test-queue-1&"
        "SecretId=AKIDme&SignatureMethod=HmacSHA256&Timestamp=1700000000&Version=2020-02-17"};
    static const struct sample cmq = {
        "of cmq", "/", NULL, NULL, NULL, "Version=2019-03-04&Action=DescribeQueueDetail"};
    static const struct sample other = {
        "of another product", "/", NULL, NULL, NULL, "Version=2017-03-12&Action=DescribeZones"};
    (void)state;
    expect_found(&tdmq, "CreateCmqQueue", "2020-02-17", "AKIDme", "tdmq");
    expect_found(&cmq, "DescribeQueueDetail", "2019-03-04", "", "cmq");
    expect_found(&other, "DescribeZones", "2017-03-12", "", NULL);
}

static void clients_of_v2_are_left_alone(void **state)
{
    static const struct sample cases[] = {
        {"nothing", "/", NULL, NULL, NULL, NULL},
        {"an Action", "/", NULL, NULL, NULL, "Action=CreateQueue&queueName=q&SecretId=AKIDme"},
        {"another signature", "/", NULL, NULL, "Bearer TC3-HMAC-SHA256 ", "Action=ListQueue"},
        {"a scheme that begins alike", "/", NULL, NULL, "TC3-HMAC-SHA2560 x",
         "Action=ListQueue"},
        {"a signature cut short", "/", NULL, NULL, "TC3-HMAC", "Action=ListQueue"},
        {"tencent-cmq (sdk-compat 3.3)", "/", NULL, NULL, NULL, "Action=ListQueue&Version=v2"},
        {"generic (common 5.7)", "/v2/index.php", NULL, NULL, NULL,
         "Action=ListQueue&Version=2017-03-12"},
        {"an empty version", "/", NULL, NULL, NULL, "Action=ListQueue&Version="},
        {"shorter than a date", "/", NULL, NULL, NULL, "Action=ListQueue&Version=2019-03-0"},
        {"longer than a date", "/", NULL, NULL, NULL, "Action=ListQueue&Version=2019-03-041"},
        {"no hyphen", "/", NULL, NULL, NULL, "Action=ListQueue&Version=2019003-04"},
        {"a letter", "/", NULL, NULL, NULL, "Action=ListQueue&Version=2019-O3-04"},
        {"a date, no Action", "/", NULL, NULL, NULL, "Version=2019-03-04"},
        {"a date, an empty Action", "/", NULL, NULL, NULL, "Action=&Version=2019-03-04"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_v2(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_fields_make_it_api3),
        cmocka_unit_test(parameters_make_it_api3),
        cmocka_unit_test(clients_of_v2_are_left_alone),
    };
    return cmocka_run_group_tests_name("API 3.0: request", tests, NULL, NULL);
}
