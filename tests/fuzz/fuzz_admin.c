/* A call of the admin interface, to a service that has something to look at: a call that is refused has
 * changed nothing; and arguments may come in the query or as a form, all the same. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/stage.h"

#include <assert.h>

static const char *const prepared[] = {
    "POST /_emulator/clock/freeze?at=2030-01-01T00:00:00Z\n\n",
    "POST /\n\nAction=CreateQueue&queueName=q&rewindSeconds=600",
    "POST /\n\nAction=BatchSendMessage&queueName=q&msgBody.1=a&msgBody.2=b&msgBody.3=c",
    "POST /\n\nAction=SendMessage&queueName=q&msgBody=later&delaySeconds=60",
    "POST /\n\nAction=ReceiveMessage&queueName=q",
    "POST /\n\nAction=CreateTopic&topicName=t",
    ("POST /\n\nAction=Subscribe&topicName=t&subscriptionName=s&protocol=http&"
     "endpoint=http://127.0.0.1:9267/_emulator/sink/a&notifyStrategy=BACKOFF_RETRY"),
    "POST /\n\nAction=PublishMessage&topicName=t&msgBody=news",
    "PUT /_emulator/sink/a?status=503&times=1\n\n",
    "POST /_emulator/faults\n\n{\"action\":\"CreateQueue\",\"fault\":{\"error\":\"10050\"}}",
    "POST /_emulator/snapshots?name=kept\n\n",
};

static const char *const looks[] = {
    "GET /_emulator/clock\n\n",      "GET /_emulator/clock/agenda\n\n",
    "GET /_emulator/queues\n\n",     "GET /_emulator/queues/q/messages\n\n",
    "GET /_emulator/topics/t\n\n",   "GET /_emulator/sink/a\n\n",
    "GET /_emulator/namespaces\n\n", "GET /_emulator/journal\n\n",
    "GET /_emulator/faults\n\n",     "GET /_emulator/snapshots\n\n",
};

static void open_stage(void)
{
    stage_begin("", prepared, sizeof prepared / sizeof prepared[0]);
    stage_settle();
}

/* What can be seen of the service. */
static void look(struct buffer *out)
{
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        stage_ask(0, bytes_of(looks[i]), SENDER_PLAIN);
        buffer_append(out, stage_answer().text);
        buffer_append_char(out, '\n');
    }
    assert(!out->failed);
}

/* Before anything is asked. */
static struct bytes first_look(void)
{
    static struct buffer seen;
    if (seen.len == 0) {
        open_stage();
        look(&seen);
        stage_close();
    }
    return buffer_bytes(&seen);
}

static void check_nothing_changed(void)
{
    struct buffer now = {0};
    look(&now);
    assert(bytes_equal(buffer_bytes(&now), first_look()));
    buffer_free(&now);
}

/* The status, 0 when it waits; *path as decoded. */
static int ask(struct bytes text, struct bytes target)
{
    stage_ask(1, bytes_of("GET /nowhere\n\n"),
              SENDER_PLAIN); /* whose answer is no longer the last */
    stage_ask(2, text, SENDER_PLAIN);
    int status = stage_answer().kind == EXCHANGE_ADMIN ? stage_answer().status : 0;
    if (status >= 400 && !bytes_begin(target, "/_emulator/sink/"))
        check_nothing_changed();
    return status;
}

/* The same with the arguments of the query in the body. */
static void check_form(const struct request_text *r, int status)
{
    const char *question = memchr(r->target.data, '?', r->target.len);
    struct buffer text = {0};
    if (question == NULL || r->body.len > 0 || !bytes_equal(r->method, bytes_of("POST")) ||
        memchr(question, '=', (size_t)(r->target.data + r->target.len - question)) == NULL ||
        memchr("{[\"", question[1], 3) != NULL || byte_is_blank(question[1]) ||
        bytes_begin(r->target, "/_emulator/sink/"))
        return;
    size_t path_len = (size_t)(question - r->target.data);
    buffer_append(&text, bytes_of("POST "));
    buffer_append(&text, (struct bytes){r->target.data, path_len});
    buffer_append_char(&text, '\n');
    buffer_append(&text, buffer_bytes(&r->headers));
    buffer_append_char(&text, '\n');
    buffer_append(&text, bytes_behind(r->target, path_len + 1));
    assert(!text.failed);
    open_stage();
    assert(ask(buffer_bytes(&text), r->target) == status);
    stage_close();
    buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    struct request_text r;
    request_text_read(&r, text);
    if (bytes_begin(r.target, "/_emulator")) {
        first_look();
        open_stage();
        int status = ask(text, r.target);
        stage_close();
        check_form(&r, status);
    }
    request_text_free(&r);
    return 0;
}
