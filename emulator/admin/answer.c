#include "admin/answer.h"

#include "base/instant.h"
#include "base/json.h"

#include <assert.h>
#include <nettle/base64.h>
#include <stdlib.h>

/* ---- time ---- */

static const struct schema_member time_members[] = {
    {"namespace", TYPE_NAME, .help = "in which it was answered"},
    {"nowMs", TYPE_MS, .help = "the virtual time there"},
    {"now", TYPE_TIME, .help = "the same, for people"},
};
const struct schema time_schema =
    SCHEMA("Time", "The namespace of an answer, and its virtual time.", time_members);

void write_time(struct buffer *b, const struct namespace *ns)
{
    char text[INSTANT_TEXT_SIZE];
    cmq_ms now_ms = engine_now_ms(ns->engine);
    instant_format(now_ms, text);
    json_key_text(b, "namespace", ns->name);
    json_key_int(b, "nowMs", now_ms);
    json_key_text(b, "now", text);
}

static const struct schema_member event_members[] = {
    {"atMs", TYPE_MS, .help = "when it is due, or was"},
    {"kind", TYPE_WORD, .words = event_kind_names},
    {"queue", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "whose event it is"},
    {"topic", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "whose event it is"},
    {"subscription", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "of the topic, for a push"},
    {"msgId", TYPE_ID, .flags = MEMBER_OPTIONAL, .help = "the message that it is about"},
    {"attempt", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "of a push, counted from 1"},
};
const struct schema event_schema =
    SCHEMA("Event", "Something that happens by itself at an instant.", event_members);

void write_event_members(struct buffer *b, const struct event_view *v)
{
    json_key_int(b, "atMs", v->at_ms);
    json_key_text(b, "kind", event_kind_name(v->kind));
    if (v->queue_name != NULL && v->queue_name[0] != '\0')
        json_key_text(b, "queue", v->queue_name);
    if (v->topic_name != NULL)
        json_key_text(b, "topic", v->topic_name);
    if (v->subscription_name != NULL)
        json_key_text(b, "subscription", v->subscription_name);
    if (v->msg_id != 0)
        json_key_id(b, "msgId", v->msg_id);
    if (v->attempt != 0)
        json_key_int(b, "attempt", v->attempt);
}

static void write_event(struct buffer *b, const struct event_view *v)
{
    json_open(b, '{');
    write_event_members(b, v);
    json_close(b, '}');
}

static const struct schema_member clock_members[] = {
    {"", TYPE_INCLUDED, .of = &time_schema},
    {"mode", TYPE_WORD, .words = clock_mode_names},
    {"realNowMs", TYPE_MS, .help = "the real clock"},
    {"offsetMs", TYPE_NUMBER, .help = "how far virtual time is ahead of it"},
    {"pendingEvents", TYPE_NUMBER, .help = "on the agenda"},
    {"parkedPolls", TYPE_NUMBER, .help = "long polls that wait"},
    {"pushesInFlight", TYPE_NUMBER, .help = "whose outcome is not known yet"},
    {"next", TYPE_OBJECT, .flags = MEMBER_OR_NULL, .help = "the event that fires next",
     .of = &event_schema},
};
const struct schema clock_schema =
    SCHEMA("Clock", "The clock of a namespace, and what is pending there.", clock_members);

void write_clock(struct buffer *b, const struct namespace *ns)
{
    const struct engine *e = ns->engine;
    struct event_view next;
    assert(ns->depth > 0);
    write_time(b, ns);
    json_key_text(b, "mode", clock_mode_names[ns->clock.mode]);
    json_key_int(b, "realNowMs", namespace_wall_ms(ns));
    json_key_int(b, "offsetMs", engine_now_ms(e) - namespace_wall_ms(ns));
    json_key_int(b, "pendingEvents", (int64_t)engine_pending_count(e));
    json_key_int(b, "parkedPolls", (int64_t)engine_parked_count(e));
    json_key_int(b, "pushesInFlight", (int64_t)engine_flight_count(e));
    json_key(b, "next");
    if (engine_next_event(e, &next))
        write_event(b, &next);
    else
        json_literal(b, "null");
}

/* ---- optional members, errors ---- */

void write_ms_or_null(struct buffer *b, const char *key, bool has, cmq_ms ms)
{
    json_key(b, key);
    if (has)
        json_int(b, ms);
    else
        json_literal(b, "null");
}

/* Straight into the answer, which may have got its room before. */
void write_push_error(struct buffer *b, const char *key, const struct push_outcome *outcome,
                      name_error_fn *name_error)
{
    bool known = outcome->status != 0 || outcome->err != CMQ_OK || outcome->error != NULL;
    if (outcome->delivered || !known)
        return;
    json_key(b, key);
    if (outcome->status == 0 && outcome->err == CMQ_OK) {
        json_string(b, bytes_of(outcome->error));
        return;
    }
    buffer_append_char(b, '"');
    if (outcome->status != 0) {
        buffer_append(b, bytes_of("HTTP "));
        buffer_append_int(b, outcome->status);
    } else {
        name_error(b, outcome->err); /* in words that have nothing to escape */
    }
    buffer_append_char(b, '"');
}

static const struct schema_member mistake_members[] = {
    {"code", TYPE_TEXT, .help = "one word for programs"},
    {"message", TYPE_TEXT, .help = "a sentence for people"},
    {"argument", TYPE_TEXT, .flags = MEMBER_OPTIONAL,
     .help = "the name or path of the one to blame"},
};
static const struct schema mistake_schema =
    SCHEMA("Mistake", "What was wrong with a call.", mistake_members);
static const struct schema_member error_members[] = {
    {"error", TYPE_OBJECT, .of = &mistake_schema},
    {"namespace", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "in which it was answered"},
    {"nowMs", TYPE_MS, .flags = MEMBER_OPTIONAL, .help = "the virtual time there"},
    {"now", TYPE_TIME, .flags = MEMBER_OPTIONAL, .help = "the same, for people"},
};
const struct schema error_schema =
    SCHEMA("Error", "A call that was refused, and changed nothing.", error_members);

void write_error(struct buffer *b, const char *code, const char *message, const char *argument)
{
    json_key(b, "error");
    json_open(b, '{');
    json_key_text(b, "code", code);
    json_key_text(b, "message", message);
    if (argument[0] != '\0')
        json_key_text(b, "argument", argument);
    json_close(b, '}');
}

/* ---- bodies ---- */

static bool is_utf8(struct bytes body)
{
    bool utf8;
    escape_length(body, &utf8);
    return utf8;
}

static void write_base64(struct buffer *b, const char *key, struct bytes body)
{
    size_t len = BASE64_ENCODE_RAW_LENGTH(body.len);
    char *text = malloc(len);
    if (text == NULL) {
        b->failed = true;
        return;
    }
    base64_encode_raw(text, body.len, (const uint8_t *)body.data);
    json_key_string(b, key, (struct bytes){text, len});
    free(text);
}

static void write_whole_body(struct buffer *b, const char *key, const char *base64_key,
                             struct bytes body, struct blob *blob)
{
    json_key_body(b, key, body, blob);
    if (blob != NULL ? blob->utf8 : is_utf8(body))
        return;
    if (blob == NULL) {
        write_base64(b, base64_key, body);
    } else {
        json_key(b, base64_key);
        json_blob(b, blob, LOAN_BASE64);
    }
}

void write_body(struct buffer *b, const char *key, const char *base64_key, struct bytes body,
                struct blob *blob, size_t most)
{
    if (body.len <= most) {
        write_whole_body(b, key, base64_key, body, blob);
        return;
    }
    write_whole_body(b, key, base64_key, utf8_cut(body, most), NULL);
    json_key_int(b, "cut", (int64_t)body.len);
}
