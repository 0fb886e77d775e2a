/* A call of API 3.0: as it comes, to a service; and signed by what the documentation says, which has to
 * be accepted, while a signature with another key is not. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/stage.h"

#include "api/v3/headers.h"
#include "api/v3/signature.h"
#include "tests/support/converse_tc3.h"

#include <assert.h>

#define ID  "AKIDemulator0000000000000000000001"
#define KEY "emulatorSecretKey0123456789ABCDEF"

enum { METHOD_MOST = 15 };

static bool are_all(struct bytes text, const char *characters, size_t most)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\0' || strchr(characters, text.data[i]) == NULL)
            return false;
    return text.len > 0 && text.len <= most;
}

static struct bytes query_of(struct bytes target)
{
    const char *question = memchr(target.data, '?', target.len);
    return question != NULL ? bytes_behind(target, (size_t)(question + 1 - target.data))
                            : bytes_of("");
}

static enum v3_signature judge(const struct request_text *r, struct bytes authorization,
                               const char *key)
{
    struct v3_authorization a;
    bool read = v3_authorization_read(authorization, &a);
    assert(read);
    (void)read;
    const struct v3_signed s = {
        .method = r->method,
        .query = query_of(r->target),
        .headers = buffer_bytes(&r->headers),
        .body = r->body,
        .key = bytes_of(key),
        .strict = true,
    };
    return v3_signature_verify(&s, &a);
}

/* Sign it over the two fields that must be, and have it judged. */
static void check_signed(const struct request_text *r)
{
    struct bytes lines = buffer_bytes(&r->headers);
    struct bytes timestamp = v3_header(lines, bytes_of("X-TC-Timestamp"));
    struct bytes host = v3_header(lines, bytes_of("Host"));
    struct buffer authorization = {0};
    char method[METHOD_MOST + 1] = "";
    if (v3_header(lines, bytes_of("Content-Type")).data == NULL || host.data == NULL ||
        !are_all(timestamp, "0123456789", 10) ||
        !are_all(r->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", METHOD_MOST))
        return;
    memcpy(method, r->method.data, r->method.len);
    const struct tc3_request t = {
        .method = method,
        .query = bytes_equal(r->method, bytes_of("GET")) ? query_of(r->target) : bytes_of(""),
        .headers = lines,
        .body = r->body,
        .host = host,
        .names = bytes_of("content-type;host"),
        .timestamp = timestamp,
        .date = bytes_of(""),
        .service = bytes_of("tdmq"),
        .separator = bytes_of(", "),
    };
    tc3_sign(&authorization, &t, bytes_of(ID), bytes_of(KEY));
    assert(!authorization.failed);
    assert(judge(r, buffer_bytes(&authorization), KEY) == V3_SIGNATURE_RIGHT);
    assert(judge(r, buffer_bytes(&authorization), "another") == V3_SIGNATURE_WRONG);
    buffer_free(&authorization);
}

/* ---- as it comes ---- */

static const char *const prepared[] = {
    "POST /_emulator/clock/freeze\n\n",
    "POST /\n\nAction=CreateQueue&queueName=q&SecretId=AKIDx",
    "POST /\n\nAction=SendMessage&queueName=q&msgBody=hello&SecretId=AKIDx",
    "POST /\n\nAction=CreateTopic&topicName=t&SecretId=AKIDx",
    "POST /\n\nAction=Subscribe&topicName=t&subscriptionName=s&protocol=queue&endpoint=q",
};

static void play(const char *options, struct bytes text)
{
    stage_begin(options, prepared, sizeof prepared / sizeof prepared[0]);
    stage_ask(1, text, SENDER_PLAIN);
    stage_close();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    struct request_text r;
    request_text_read(&r, text);
    if (v3_header(buffer_bytes(&r.headers), bytes_of("Host")).data == NULL)
        buffer_append(&r.headers, bytes_of("Host: cmq.tencentcloudapi.com\n"));
    check_signed(&r);
    request_text_free(&r);
    play("--auth off", text);
    play("--credential " ID ":" KEY, text);
    return 0;
}
