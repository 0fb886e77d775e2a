/* For a call of the API v2, which there may be very many of a second, all is at hand: its form is what
 * it sent. The parameters of API 3.0 are a tree, or again a form; the tree is written as JSON, so that
 * objects and lists are shown as they were sent. */
#include "service/journaling.h"

#include "api/v2/actions.h"
#include "base/json.h"
#include "service/inside.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

/* What both have in common. */
static struct journal_note note_of(const struct exchange *x, const char *api)
{
    const struct msg_ids *ids = &x->service->msg_ids;
    struct journal_note n = {
        .maker = x,
        .api = api,
        .at_ms = x->at_ms,
        .real_ms = namespace_wall_ms(x->namespace),
        .hung_up = x->has_gone,
        .dropped = x->dropped,
        .fault = x->fault.id,
        .msg_ids = ids->items,
        .msg_id_count = ids->count,
    };
    n.texts[JOURNAL_ADDRESS] = x->client;
    n.texts[JOURNAL_USER_AGENT] = x->head.user_agent;
    n.texts[JOURNAL_WARNINGS] = buffer_bytes(&x->warnings.texts);
    return n;
}

/* Without a journal a call has its number all the same, and that is all it costs. */
static bool is_kept(struct exchange *x)
{
    struct journal *j = &x->namespace->journal;
    if (j->bound > 0)
        return true;
    j->last++;
    return false;
}

/* ---- the API v2 ---- */

void journal_keep_v2(struct exchange *x)
{
    const struct call *c = &x->call;
    const struct form *form = &c->form;
    if (!is_kept(x))
        return;
    struct journal_note n = note_of(x, "v2");
    n.code = x->code;
    n.form = form;
    n.texts[JOURNAL_ACTION] =
        c->action != NULL ? bytes_of(c->action->name) : form_value(form, "Action");
    n.texts[JOURNAL_QUEUE] = call_subject(c, FIELD_QUEUE_NAME);
    n.texts[JOURNAL_TOPIC] = call_subject(c, FIELD_TOPIC_NAME);
    n.texts[JOURNAL_SUBSCRIPTION] = call_subject(c, FIELD_SUBSCRIPTION_NAME);
    if (x->code != 0)
        n.texts[JOURNAL_MESSAGE] = buffer_bytes(&x->message);
    x->number = journal_add(&x->namespace->journal, &n);
}

/* ---- API 3.0 ---- */

static void write_text(struct buffer *b, const char *text)
{
    json_string(b, journal_cut(bytes_of(text)));
}

static void write_number(struct buffer *b, double n)
{
    enum { EXACT = 53 };
    char text[32];
    if (n == floor(n) && fabs(n) < ldexp(1, EXACT)) {
        json_int(b, (int64_t)n);
        return;
    }
    json_separate(b);
    snprintf(text, sizeof text, "%.17g", n);
    buffer_append(b, bytes_of(text));
}

/* Of what is too long the rest is not written: it will be left out. */
static void write_value(struct buffer *b, const cJSON *item)
{
    const cJSON *child;
    bool is_object = cJSON_IsObject(item);
    if (b->len >= JOURNAL_ARGUMENTS_SIZE)
        return;
    if (cJSON_IsString(item)) {
        write_text(b, item->valuestring);
    } else if (cJSON_IsNumber(item)) {
        write_number(b, item->valuedouble);
    } else if (is_object || cJSON_IsArray(item)) {
        json_open(b, is_object ? '{' : '[');
        cJSON_ArrayForEach (child, item) {
            if (is_object) {
                write_text(b, child->string);
                buffer_append_char(b, ':');
            }
            write_value(b, child);
        }
        json_close(b, is_object ? '}' : ']');
    } else {
        json_literal(b, cJSON_IsNull(item) ? "null" : cJSON_IsTrue(item) ? "true" : "false");
    }
}

/* Members that would make it too long are left out, and counted. */
static void write_arguments(struct buffer *b, const cJSON *root, struct journal_note *n)
{
    const cJSON *item;
    size_t count = 0;
    json_open(b, '{');
    cJSON_ArrayForEach (item, root) {
        size_t before = b->len;
        if (journal_is_secret(bytes_of(item->string)))
            continue;
        if (count < JOURNAL_ARGUMENTS_MAX) {
            write_text(b, item->string);
            buffer_append_char(b, ':');
            write_value(b, item);
            count++;
        } else {
            n->left_out++;
        }
        if (b->len >= JOURNAL_ARGUMENTS_SIZE) {
            b->len = before;
            n->left_out++;
        }
    }
    json_close(b, '}');
    n->json = b->failed ? (struct bytes){NULL, 0} : buffer_bytes(b);
}

static void add_arguments(const struct v3_call *c, struct buffer *json, struct journal_note *n)
{
    if (!c->request->by_fields)
        n->form = c->request->form;
    else if (c->json.root != NULL)
        write_arguments(json, c->json.root, n);
    else if (c->query_copy != NULL)
        n->form = &c->form;
}

void journal_keep_v3(struct exchange *x)
{
    const struct v3_call *c = &x->v3;
    struct buffer json = {0};
    if (!is_kept(x))
        return;
    struct journal_note n = note_of(x, v3_call_product(c));
    add_arguments(c, &json, &n);
    n.texts[JOURNAL_ACTION] = v3_call_action(c);
    if (c->outcome == V3_SILENCED)
        n.code = x->code;
    else
        n.texts[JOURNAL_CODE] = bytes_of(c->code);
    n.texts[JOURNAL_QUEUE] = c->queue;
    n.texts[JOURNAL_TOPIC] = c->topic;
    n.texts[JOURNAL_SUBSCRIPTION] = c->subscription;
    n.texts[JOURNAL_REQUEST_CLIENT] = x->head.tc_client;
    if (n.texts[JOURNAL_CODE].len > 0)
        n.texts[JOURNAL_MESSAGE] = buffer_bytes(&x->message);
    x->number = journal_add(&x->namespace->journal, &n);
    buffer_free(&json);
}
