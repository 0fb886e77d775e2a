#include "tests/support/v3_client.h"

#include "api/v2/failure.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

static struct v3_got got;

static void describe(struct buffer *out, enum cmq_err err, struct bytes name)
{
    failure_append_message(out, (int)err, name);
}

void v3_forget(void)
{
    cJSON_Delete(got.answer);
    memset(&got, 0, sizeof got);
}

static void copy(char *to, size_t size, struct bytes text)
{
    snprintf(to, size, "%.*s", (int)text.len, text.len > 0 ? text.data : "");
}

/* api3 5.1: Response alone at the root; RequestId in it, a UUID; Error with two texts, and then
 * nothing else. */
static void check_envelope(const struct buffer *answer, const char *code)
{
    assert_false(answer->failed);
    got.answer = cJSON_ParseWithLength(answer->data, answer->len);
    assert_non_null(got.answer);
    assert_int_equal(cJSON_GetArraySize(got.answer), 1);
    got.response = v3_member(got.answer, "Response");
    const char *id = v3_text(got.response, "RequestId");
    assert_int_equal(strlen(id), 36);
    assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(got.response, "Error");
    assert_true((error == NULL) == (code[0] == '\0'));
    if (error == NULL)
        return;
    assert_int_equal(cJSON_GetArraySize(got.response), 2);
    assert_int_equal(cJSON_GetArraySize(error), 2);
    assert_string_equal(v3_text(error, "Code"), code);
    assert_string_equal(v3_text(error, "Message"), got.message);
}

static void note(struct v3_call *c)
{
    copy(got.code, sizeof got.code, bytes_of(c->code));
    copy(got.message, sizeof got.message, buffer_bytes(c->message));
    copy(got.warnings, sizeof got.warnings, buffer_bytes(&c->warnings->texts));
    copy(got.queue, sizeof got.queue, c->queue);
    copy(got.topic, sizeof got.topic, c->topic);
    copy(got.subscription, sizeof got.subscription, c->subscription);
    copy(got.action, sizeof got.action, v3_call_action(c));
    for (int kind = 0; kind < WARNING_KINDS; kind++)
        got.warning_kinds[kind] = c->warnings->counts[kind];
    check_envelope(c->answer, got.code);
}

static struct bytes field(const char *text)
{
    return text != NULL ? bytes_of(text) : (struct bytes){NULL, 0};
}

static int judge(void *owner, struct bytes *about)
{
    const int *refusal = owner;
    (void)about;
    return *refusal;
}

const struct v3_got *v3_send(struct engine *e, const struct v3_sent *sent)
{
    int refusal = sent->refusal;
    struct buffer answer = {0}, message = answer;
    struct warnings warnings = {.count = 0};
    struct form form = {.count = 0};
    char *text = sent->form != NULL ? strdup(sent->form) : NULL;
    struct v3_request r = {.path = bytes_of("/")};
    v3_forget();
    if (text != NULL) {
        assert_true(form_parse(&form, text, strlen(text)));
        r.form = &form;
    } else {
        r.authorization = bytes_of("TC3-HMAC-SHA256 Credential=AKIDx/d/tdmq/tc3_request");
        r.action_field = field(sent->action);
        r.version_field = field(sent->version);
        r.timestamp_field = bytes_of(sent->timestamp != NULL ? sent->timestamp : "1700000000");
    }
    assert_true(v3_request_read(&r));
    struct v3_call c = {.request = &r,
                        .method = bytes_of(sent->method != NULL ? sent->method : "POST"),
                        .query = sent->query,
                        .body = sent->body,
                        .too_large = sent->too_large,
                        .judge = judge,
                        .owner = &refusal,
                        .describe = describe,
                        .answer = &answer,
                        .message = &message,
                        .warnings = &warnings};
    v3_call_read(&c);
    v3_call_run(&c, e);
    note(&c);
    v3_call_fini(&c);
    form_free(&form);
    free(text);
    buffer_free(&answer);
    buffer_free(&message);
    warnings_free(&warnings);
    return &got;
}

static const char *version_of(enum v3_product product)
{
    return product == V3_CMQ ? "2019-03-04" : "2020-02-17";
}

const struct v3_got *v3_of(struct engine *e, enum v3_product product, const char *action,
                           const char *json)
{
    return v3_send(e, &(struct v3_sent){.action = action,
                                        .version = version_of(product),
                                        .body = bytes_of(json)});
}

const struct v3_got *v3_cmq(struct engine *e, const char *action, const char *json)
{
    return v3_of(e, V3_CMQ, action, json);
}

const struct v3_got *v3_tdmq(struct engine *e, const char *action, const char *json)
{
    return v3_of(e, V3_TDMQ, action, json);
}

const struct v3_got *v3_tdmq_form(struct engine *e, const char *action, const char *form)
{
    char text[4096];
    snprintf(text, sizeof text, "Action=%s&Version=2020-02-17&Timestamp=1700000000&Nonce=1&%s",
             action, form);
    return v3_send(e, &(struct v3_sent){.form = text});
}

const cJSON *v3_get(struct engine *e, enum v3_product product, const char *action,
                    const char *json)
{
    const struct v3_got *g = v3_of(e, product, action, json);
    if (g->code[0] != '\0')
        fail_msg("%s %s: %s %s", action, json, g->code, g->message);
    return g->response;
}

void v3_expect(struct engine *e, enum v3_product product, const char *action, const char *json,
               const char *code)
{
    const struct v3_got *g = v3_of(e, product, action, json);
    if (strcmp(g->code, code) != 0)
        fail_msg("%s %s: \"%s\" (%s) and not \"%s\"", action, json, g->code, g->message, code);
}

const cJSON *v3_member(const cJSON *object, const char *path)
{
    char name[64];
    for (const char *at = path; at != NULL;) {
        const char *dot = strchr(at, '.');
        snprintf(name, sizeof name, "%.*s", dot != NULL ? (int)(dot - at) : 60, at);
        object = cJSON_IsArray(object) ? cJSON_GetArrayItem(object, (int)strtol(name, NULL, 10))
                                       : cJSON_GetObjectItemCaseSensitive(object, name);
        if (object == NULL)
            fail_msg("no member %s", path);
        at = dot != NULL ? dot + 1 : NULL;
    }
    return object;
}

const char *v3_text(const cJSON *object, const char *path)
{
    const char *text = cJSON_GetStringValue(v3_member(object, path));
    if (text == NULL)
        fail_msg("%s is no text", path);
    return text;
}

int64_t v3_number(const cJSON *object, const char *path)
{
    const cJSON *item = v3_member(object, path);
    if (!cJSON_IsNumber(item) || (double)(int64_t)item->valuedouble != item->valuedouble)
        fail_msg("%s is no whole number", path);
    return (int64_t)item->valuedouble;
}
