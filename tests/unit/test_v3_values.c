/* What can be wrong with the text of a call of API 3.0, in JSON and flattened. */
#include "api/v3/actions.h"
#include "api/v3/json_check.h"

#include "tests/support/fixture.h"
#include "tests/support/v3_client.h"

#include <stdio.h>
#include <stdlib.h>

static struct engine *engine_of(void **state)
{
    return ((struct fixture *)*state)->engine;
}

static void expect(const char *what, const struct v3_got *g, const char *code,
                   const char *message)
{
    if (strcmp(g->code, code) != 0 || strcmp(g->message, message) != 0)
        fail_msg("%s: \"%s\" \"%s\"", what, g->code, g->message);
}

/* ---- the text of JSON ---- */

static int check_text(struct bytes text)
{
    struct json_scan scan;
    json_scan_begin(&scan, &v3_json_bounds);
    json_scan_add(&scan, text);
    json_scan_end(&scan);
    return json_check(&scan);
}

static void looks_at_json_before_it_is_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int outcome;
    } rows[] = {
        {"{\"a\":9007199254740992}", CMQ_OK},
        {"{\"a\":9007199254740993}", V3_LARGE_NUMBER},
        {"{\"a\":-9007199254740993}", V3_LARGE_NUMBER},
        {"{\"a\":99999999999999999999999999}", V3_LARGE_NUMBER},
        {"9007199254740993", V3_LARGE_NUMBER},
        {"{\"a\":9007199254740993.5}", CMQ_OK}, /* no integer anyway */
        {"{\"a\":1e30}", CMQ_OK},
        {"{\"a\":\"9007199254740993\"}", CMQ_OK},
        {"{\"a\":\"\\u0000\"}", V3_NUL},
        {"{\"\\u0000\":1}", V3_NUL},
        {"{\"a\":\"\\\\u0000\"}", CMQ_OK}, /* a backslash and five letters */
        {"{\"a\":\"\\\\\\u0000\"}", V3_NUL},
        {"{\"a\":\"\\\"\\u0000\"}", V3_NUL},
        {"{\"a\":\"\\u0001\"}", CMQ_OK},
        {"{\"a\":\"[[[[[[[[[[[[[[[[[[[[\"}", CMQ_OK},
        {"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", CMQ_OK},
        {"[[[[[[[[[[[[[[[[[", V3_TOO_DEEP},
        {"\"\\", V3_NOT_JSON},
        {"\"", V3_NOT_JSON},
        {"01", V3_NOT_JSON},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ(rows[i].text, check_text(bytes_of(rows[i].text)), rows[i].outcome);
    assert_int_equal(check_text((struct bytes){"{\"a\0\":1}", 8}), V3_NUL);
    assert_int_equal(check_text((struct bytes){"1\0002", 3}), V3_NOT_JSON);
}

/* One text of many values; freed by the caller. */
static char *repeat(const char *before, const char *piece, size_t count, const char *after)
{
    size_t len = strlen(piece);
    char *text = malloc(strlen(before) + count * len + strlen(after) + 1);
    assert_non_null(text);
    char *at = stpcpy(text, before);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, piece);
    stpcpy(at, after);
    return text;
}

static void refuses_what_is_far_too_much(void **state)
{
    static const struct {
        const char *what, *before, *piece, *after;
        size_t count;
        const char *code;
    } rows[] = {
        {"unknown members", "{", "\"a\":1,", "\"b\":1}", 5000, "UnknownParameter"},
        {"a known member", "{", "\"QueueName\":\"q\",", "\"b\":1}", 5000, "InvalidParameter"},
        {"too many members", "{", "\"a\":1,", "\"b\":1}", 100000, "InvalidParameter"},
        {"a long list", "{\"QueueNameList\":[", "\"q\",", "\"q\"]}", 5000,
         "InvalidParameterValue"},
        {"many filters", "{\"Filters\":[", "{\"Name\":\"tag:k\"},", "{}]}", 2000,
         "InvalidParameterValue"},
        {"brackets", "{\"QueueNameList\":", "[", "", 100000, "InvalidParameter"},
    };
    struct engine *e = engine_of(state);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = repeat(rows[i].before, rows[i].piece, rows[i].count, rows[i].after);
        const struct v3_got *g = v3_tdmq(e, "DescribeCmqQueues", text);
        if (strcmp(g->code, rows[i].code) != 0)
            fail_msg("%s: %s %s", rows[i].what, g->code, g->message);
        free(text);
    }
}

/* ---- values in JSON ---- */

static void reads_json(void **state)
{
    static const struct {
        const char *json, *code, *message;
    } rows[] = {
        {"[]", "InvalidParameter",
         "The body must be a JSON object: with X-TC-Action, parameters of a POST are JSON."},
        {"{} x", "InvalidParameter",
         "The body must be a JSON object: with X-TC-Action, parameters of a POST are JSON."},
        {"QueueName=q", "InvalidParameter",
         "The body must be a JSON object: with X-TC-Action, parameters of a POST are JSON."},
        {"{\"Limit\":1,\"Limit\":2}", "InvalidParameter",
         "The parameter `Limit` is given twice."},
        {"{\"Limit\":null,\"Limit\":2}", "InvalidParameter",
         "The parameter `Limit` is given twice."},
        {"{\"limit\":1}", "UnknownParameter", "The parameter `limit` is not recognized."},
        {"{\"\":1}", "UnknownParameter", "The parameter `` is not recognized."},
        {"{\"Action\":\"x\"}", "UnknownParameter", "The parameter `Action` is not recognized."},
        {"{\"Limit\":null,\"QueueName\":null,\"Filters\":null}", "", ""},
        {"{\"Limit\":\"5\"}", "", ""}, /* relaxed limits */
        {"{\"Limit\":\"five\"}", "InvalidParameter",
         "The value type of parameter `Limit` is not valid"},
        {"{\"Limit\":5.0}", "", ""},
        {"{\"Limit\":5.5}", "InvalidParameter",
         "The value type of parameter `Limit` is not valid"},
        {"{\"Limit\":1e300}", "InvalidParameter",
         "The value type of parameter `Limit` is not valid"},
        {"{\"Limit\":true}", "InvalidParameter",
         "The value type of parameter `Limit` is not valid"},
        {"{\"Limit\":51}", "InvalidParameterValue",
         "(10350)parameter Limit value or length is out of range"},
        {"{\"Limit\":-1}", "InvalidParameterValue",
         "(10350)parameter Limit value or length is out of range"},
        {"{\"IsTagFilter\":1}", "InvalidParameter",
         "The value type of parameter `IsTagFilter` is not valid"},
        {"{\"QueueNameList\":\"q\"}", "InvalidParameter",
         "The value type of parameter `QueueNameList` is not valid"},
        {"{\"QueueNameList\":[null]}", "InvalidParameter",
         "The value type of parameter `QueueNameList` is not valid"},
        {"{\"QueueNameList\":[]}", "", ""},
        {"{\"Filters\":[]}", "", ""},
        {"{\"Filters\":{}}", "InvalidParameter",
         "The value type of parameter `Filters` is not valid"},
        {"{\"Filters\":[7]}", "InvalidParameter",
         "The value type of parameter `Filters` is not valid"},
        {"{\"Filters\":[{\"Name\":\"tag:k\",\"Values\":\"v\"}]}", "InvalidParameter",
         "The value type of parameter `Filters` is not valid"},
        {"{\"Filters\":[{\"Name\":\"tag:k\",\"Values\":[{}]}]}", "InvalidParameter",
         "The value type of parameter `Filters` is not valid"},
        {"{\"Filters\":[{\"Nme\":\"tag:k\"}]}", "UnknownParameter",
         "The parameter `Nme` is not recognized."},
        {"{\"Filters\":[{\"Name\":\"tag:k\",\"Name\":\"tag:k\"}]}", "InvalidParameter",
         "The parameter `Name` is given twice."},
        {"{\"Filters\":[{\"Name\":\"QueueName\",\"Values\":[\"q\"]}]}", "InvalidParameterValue",
         "The value `QueueName` specified in the parameter `Filters` is not valid."},
        {"{\"Filters\":[{}]}", "InvalidParameterValue",
         "The value `` specified in the parameter `Filters` is not valid."},
        {"{\"Filters\":[{\"Name\":\"tag:k\"},{\"Name\":\"tag:l\",\"Values\":[]}]}", "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(rows[i].json, v3_tdmq(engine_of(state), "DescribeCmqQueues", rows[i].json),
               rows[i].code, rows[i].message);
}

static void strict_limits_refuse_numbers_in_texts(void **state)
{
    struct engine_limits limits = engine_limits_strict();
    limits.control_rate = 0;
    fixture_reopen(*state, limits);
    expect("text", v3_tdmq(engine_of(state), "DescribeCmqQueues", "{\"Limit\":\"5\"}"),
           "InvalidParameter", "The value type of parameter `Limit` is not valid");
    expect("number", v3_tdmq(engine_of(state), "DescribeCmqQueues", "{\"Limit\":5}"), "", "");
    expect("form", v3_tdmq_form(engine_of(state), "DescribeCmqQueues", "Limit=5"), "", "");
}

/* An empty body is one without parameters. */
static void needs_no_body(void **state)
{
    expect("nothing", v3_cmq(engine_of(state), "DescribeQueueDetail", ""), "", "");
    expect("nothing", v3_cmq(engine_of(state), "CreateQueue", ""), "MissingParameter",
           "The request is missing a required parameter `QueueName`.");
}

/* ---- values in forms ---- */

static void reads_forms(void **state)
{
    static const struct {
        const char *form, *code, *message;
    } rows[] = {
        {"Limit=5&IsTagFilter=True&Region=&Language=zh-CN&RequestClient=x&Token=t&SecretId=s&"
         "SignatureMethod=HmacSHA256&Signature=s",
         "", ""},
        {"Limit=", "", ""},
        {"IsTagFilter=FALSE", "", ""},
        {"IsTagFilter=0", "", ""},
        {"IsTagFilter=1", "", ""},
        {"IsTagFilter=yes", "InvalidParameter",
         "The value type of parameter `IsTagFilter` is not valid"},
        {"Limit=5.0", "InvalidParameter", "The value type of parameter `Limit` is not valid"},
        {"Limit=5&Limit=5", "InvalidParameter", "The parameter `Limit` is given twice."},
        {"Limit.0=5", "UnknownParameter", "The parameter `Limit.0` is not recognized."},
        {"Limi=5", "UnknownParameter", "The parameter `Limi` is not recognized."},
        {"QueueNameList.0=a&QueueNameList.1=b", "", ""},
        {"QueueNameList.1=a&QueueNameList.0=b", "", ""},
        {"QueueNameList.0=a&QueueNameList.0=b", "InvalidParameter",
         "The parameter `QueueNameList.0` is given twice."},
        {"QueueNameList=a", "InvalidParameter",
         "The value type of parameter `QueueNameList` is not valid"},
        {"QueueNameList.1=a", "InvalidParameter",
         "The numbers in the list `QueueNameList` must begin with 0 and have no gap."},
        {"QueueNameList.0=a&QueueNameList.2=b", "InvalidParameter",
         "The numbers in the list `QueueNameList` must begin with 0 and have no gap."},
        {"QueueNameList.99999999999999999999=a", "InvalidParameterValue",
         "The value `[]` specified in the parameter `QueueNameList` is not valid."},
        {"QueueNameList.-1=a", "UnknownParameter",
         "The parameter `QueueNameList.-1` is not recognized."},
        {"QueueNameList.=a", "UnknownParameter",
         "The parameter `QueueNameList.` is not recognized."},
        {"QueueNameList.0.1=a", "UnknownParameter",
         "The parameter `QueueNameList.0.1` is not recognized."},
        {".=a", "UnknownParameter", "The parameter `.` is not recognized."},
        {"Filters.0.Name=tag:k&Filters.0.Values.0=v", "", ""},
        {"Filters.0.Name=tag:k&Filters.0.Values.1=v", "InvalidParameter",
         "The numbers in the list `Filters` must begin with 0 and have no gap."},
        {"Filters.1.Name=tag:k", "InvalidParameter",
         "The numbers in the list `Filters` must begin with 0 and have no gap."},
        {"Filters.0.Name.0=tag:k", "UnknownParameter",
         "The parameter `Filters.0.Name.0` is not recognized."},
        {"Filters.0.Values=v", "UnknownParameter",
         "The parameter `Filters.0.Values` is not recognized."},
        {"Filters.0=v", "UnknownParameter", "The parameter `Filters.0` is not recognized."},
        {"Filters.x.Name=v", "UnknownParameter",
         "The parameter `Filters.x.Name` is not recognized."},
        {"Filters.0.Name=tag:k&Filters.0.Name=tag:k", "InvalidParameter",
         "The parameter `Filters.0.Name` is given twice."},
        {"Limit", "InvalidParameter", "Url key and value should be splited by `=`."},
        {"Limit=5&", "", ""},
        {"Lim%69t%3D", "InvalidParameter", "Url key and value should be splited by `=`."},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(rows[i].form, v3_tdmq_form(engine_of(state), "DescribeCmqQueues", rows[i].form),
               rows[i].code, rows[i].message);
}

static void judges_the_nonce_of_forms(void **state)
{
    static const char *const forms[] = {
        "Action=DescribeQueueDetail&Version=2019-03-04&Timestamp=1&Nonce=-1",
        "Action=DescribeQueueDetail&Version=2019-03-04&Timestamp=1&Nonce=x",
        "Action=DescribeQueueDetail&Version=2019-03-04&Timestamp=1&Nonce=",
    };
    for (size_t i = 0; i < COUNT(forms); i++)
        expect(forms[i], v3_send(engine_of(state), &(struct v3_sent){.form = forms[i]}),
               "InvalidParameter", "Parameter `Nonce` type error.");
    expect("no nonce",
           v3_send(engine_of(state),
                   &(struct v3_sent){
                       .form = "Action=DescribeQueueDetail&Version=2019-03-04&Timestamp=1"}),
           "", "");
}

/* A GET whose common parameters are header fields: some SDKs leave a few in the query. */
static void reads_queries(void **state)
{
    struct v3_sent get = {.method = "GET",
                          .action = "DescribeQueueDetail",
                          .version = "2019-03-04",
                          .query = bytes_of("Limit=1&Offset=0&Language=zh-CN&QueueName=a+b"),
                          .body = bytes_of("{\"ignored")};
    expect("GET", v3_send(engine_of(state), &get), "", "");
    get.query = bytes_of("Limit=1&Offset");
    expect("GET", v3_send(engine_of(state), &get), "InvalidParameter",
           "Url key and value should be splited by `=`.");
    get.query = (struct bytes){NULL, 0};
    expect("GET", v3_send(engine_of(state), &get), "", "");
    char *text = repeat("", "a=1&", FORM_PAIRS_MAX, "b=1");
    get.query = bytes_of(text);
    expect("GET", v3_send(engine_of(state), &get), "InvalidParameter",
           "The request has more parameters than this emulator reads.");
    free(text);
}

/* ---- both ---- */

static void json_and_form_say_the_same(void **state)
{
    struct engine *e = engine_of(state);
    char first[4096];
    v3_get(e, V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"t\"}");
    v3_get(
        e, V3_TDMQ, "CreateCmqSubscribe",
        "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
        "\"q\",\"FilterTag\":[\"a\",\"b\"],\"BindingKey\":[\"x.#\"]}");
    v3_get(e, V3_TDMQ, "CreateCmqQueue",
           "{\"QueueName\":\"q\",\"Tags\":[{\"TagKey\":\"k\",\"TagValue\":\"v\"}],\"Trace\":"
           "true}");
    const cJSON *r = v3_get(e, V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"q\"}");
    char *tags = cJSON_PrintUnformatted(v3_member(r, "QueueDescribe.Tags"));
    r = v3_get(e, V3_TDMQ, "DescribeCmqSubscriptionDetail", "{\"TopicName\":\"t\"}");
    char *texts = cJSON_PrintUnformatted(v3_member(r, "SubscriptionSet.0.FilterTags"));
    snprintf(first, sizeof first, "%s %s", tags, texts);
    free(tags);
    free(texts);
    assert_string_equal(first, "[{\"TagKey\":\"k\",\"TagValue\":\"v\"}] [\"a\",\"b\"]");

    fixture_reopen(*state, engine_limits_relaxed());
    e = engine_of(state);
    expect("form", v3_tdmq_form(e, "CreateCmqTopic", "TopicName=t"), "", "");
    expect(
        "form",
        v3_tdmq_form(e, "CreateCmqSubscribe",
                     "TopicName=t&SubscriptionName=s&Protocol=queue&Endpoint=q&FilterTag.1=b&"
                     "FilterTag.0=a&BindingKey.0=x.%23"),
        "", "");
    expect("form",
           v3_tdmq_form(e, "CreateCmqQueue",
                        "QueueName=q&Tags.0.TagValue=v&Tags.0.TagKey=k&Trace=true"),
           "", "");
    r = v3_get(e, V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"q\"}");
    assert_string_equal(v3_text(r, "QueueDescribe.Tags.0.TagKey"), "k");
    assert_string_equal(v3_text(r, "QueueDescribe.Tags.0.TagValue"), "v");
    assert_true(cJSON_IsTrue(v3_member(r, "QueueDescribe.Trace")));
    r = v3_get(e, V3_TDMQ, "DescribeCmqSubscriptionDetail", "{\"TopicName\":\"t\"}");
    assert_string_equal(v3_text(r, "SubscriptionSet.0.FilterTags.0"), "a");
    assert_string_equal(v3_text(r, "SubscriptionSet.0.FilterTags.1"), "b");
    assert_string_equal(v3_text(r, "SubscriptionSet.0.BindingKey.0"), "x.#");
}

static void judges_tags(void **state)
{
    static const struct {
        const char *tags, *code;
    } rows[] = {
        {"[{\"TagKey\":\"k\"}]", ""},
        {"[{\"TagValue\":\"v\"}]", "InvalidParameterValue"},
        {"[{\"TagKey\":\"\",\"TagValue\":\"v\"}]", "InvalidParameterValue"},
        {"[{}]", "InvalidParameterValue"},
        {"[{\"TagKey\":\"k\"},{\"TagKey\":\"k\"}]", "InvalidParameterValue"},
        {"[{\"TagKey\":\"k\",\"Value\":\"v\"}]", "UnknownParameter"},
        {"[{\"TagKey\":7}]", "InvalidParameter"},
    };
    char json[512];
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(json, sizeof json, "{\"QueueName\":\"q%zu\",\"Tags\":%s}", i, rows[i].tags);
        v3_expect(engine_of(state), V3_TDMQ, "CreateCmqQueue", json, rows[i].code);
    }
    char *many = repeat("{\"QueueName\":\"many\",\"Tags\":[", "{\"TagKey\":\"k\"},",
                        RESOURCE_TAGS_MAX, "{\"TagKey\":\"l\"}]}");
    v3_expect(engine_of(state), V3_TDMQ, "CreateCmqQueue", many, "InvalidParameterValue");
    free(many);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_at_json_before_it_is_parsed),
        CASE(refuses_what_is_far_too_much),
        CASE(reads_json),
        CASE(strict_limits_refuse_numbers_in_texts),
        CASE(needs_no_body),
        CASE(reads_forms),
        CASE(judges_the_nonce_of_forms),
        CASE(reads_queries),
        CASE(json_and_form_say_the_same),
        CASE(judges_tags),
    };
    int failed = cmocka_run_group_tests_name("v3_values", tests, NULL, NULL);
    v3_forget();
    return failed;
}
