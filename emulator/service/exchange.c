#include "service/exchange.h"

#include "admin/admin.h"
#include "api/v2/actions.h"
#include "api/v3/actions.h"
#include "service/inside.h"

#include <assert.h>

void exchange_open_in(struct exchange *x, struct namespace *ns)
{
    struct namespace *before = x->namespace;
    namespace_open_request(ns);
    x->namespace = ns;
    if (before == NULL)
        return;
    if (before != ns)
        lives_disown(&before->lives, &x->moves);
    namespace_close_request(before);
}

bool exchange_is_get(const struct exchange *x)
{
    return bytes_equal(x->method, bytes_of("GET")) || bytes_equal(x->method, bytes_of("HEAD"));
}

void exchange_note_time(struct exchange *x)
{
    const struct namespace *ns =
        x->namespace->dropped ? x->service->registry.home : x->namespace;
    x->at_ms = engine_now_ms(ns->engine);
}

/* Called for every request, so it must be cheap: the part for admin calls, the last member, is
 * large and is not cleared; handle_admin() sets all of it. */
void exchange_reset(struct exchange *x)
{
    struct buffer target = x->target, body = x->body, headers = x->headers, answer = x->answer;
    struct buffer message = x->message, raw = x->raw;
    struct warnings warnings = x->warnings;
    struct form form = x->call.form;
    if (x->reader != NULL && list_linked(&x->anew))
        list_unlink(&x->anew);
    assert(x->waits_for == FOR_NOTHING && x->poll == NULL);
    assert(!list_linked(&x->link) && !list_linked(&x->wait.link) && !list_linked(&x->anew));
    source_end(x->more);
    admin_fini(&x->admin);
    v3_call_fini(&x->v3);
    if (x->namespace != NULL) {
        lives_disown(&x->namespace->lives, &x->moves);
        namespace_close_request(x->namespace);
    }
    if (x->charged > 0)
        budget_give(&x->service->registry.host.budgets.answers, x->charged);
    buffer_clear(&target);
    buffer_clear(&body);
    buffer_clear(&headers);
    buffer_clear(&answer);
    buffer_clear(&message);
    buffer_clear(&raw);
    warnings_clear(&warnings);
    form_clear(&form);

    memset(x, 0, offsetof(struct exchange, admin));
    x->target = target;
    x->body = body;
    x->headers = headers;
    x->answer = answer;
    x->message = message;
    x->raw = raw;
    x->warnings = warnings;
    x->call.form = form;
}

void exchange_free(struct exchange *x)
{
    exchange_reset(x);
    buffer_free(&x->target);
    buffer_free(&x->body);
    buffer_free(&x->headers);
    buffer_free(&x->answer);
    buffer_free(&x->message);
    buffer_free(&x->raw);
    warnings_free(&x->warnings);
    call_fini(&x->call);
}

void exchange_refuse(struct exchange *x, int status, const char *code, const char *message)
{
    const struct namespace *ns = x->namespace;
    buffer_clear(&x->answer);
    admin_write_error(&x->answer, code, message, ns != NULL && !ns->dropped ? ns : NULL);
    x->status = x->code = status;
    x->content_type = CONTENT_TYPE_JSON;
    x->further = NULL;
    x->coding = x->tag = NULL;
    buffer_clear(&x->message);
    buffer_append(&x->message, bytes_of(message));
}

/* ---- parking ---- */

void exchange_park(struct exchange *x, enum waits_for what, cmq_ms real_now_ms, cmq_ms wait_ms)
{
    assert(x->waits_for == FOR_NOTHING);
    x->waits_for = what;
    x->parked_real_ms = real_now_ms;
    x->wait_ms = wait_ms;
}

/* ---- long answers ---- */

static bool is_page(enum operation o)
{
    enum result_kind kind = operation_result(o);
    return kind == RESULT_QUEUES || kind == RESULT_TOPICS || kind == RESULT_SUBSCRIPTIONS;
}

/* Whether nothing has changed by x, so that its answer may be refused. Answers of calls that do
 * change something are short, unless the client sent something long that they repeat. */
static bool only_reads(const struct exchange *x)
{
    switch (x->kind) {
    case EXCHANGE_CMQ:
        return x->call.action != NULL && is_page(x->call.action->operation);
    case EXCHANGE_V3:
        return x->v3.action != NULL && is_page(x->v3.action->operation);
    case EXCHANGE_ADMIN:
        return exchange_is_get(x);
    case EXCHANGE_OTHER:
        break;
    }
    return true;
}

void exchange_end_more(struct exchange *x)
{
    source_end(x->more);
    x->more = NULL;
    x->reader = NULL;
}

/* Nothing follows the error. Its entry in the journal has what it was to be answered. */
static void refuse_late(struct exchange *x, int status, const char *code, const char *message)
{
    exchange_end_more(x);
    exchange_refuse(x, status, code, message);
    if (x->number > 0)
        journal_note_code(&x->namespace->journal, x->number, x, status);
}

static void refuse_long_answer(struct exchange *x)
{
    buffer_free(&x->answer);
    refuse_late(x, 503, "answers-full",
                "the answers that are being sent take as much memory as "
                "--max-answer-memory allows");
    x->retry_after_s = 1;
}

void exchange_complete(struct exchange *x)
{
    enum { FREE_UP_TO = 64 * 1024 };
    struct budget *b = &x->service->registry.host.budgets.answers;
    size_t size = buffer_size(&x->answer) + (x->more != NULL ? x->more->size : 0);
    if (x->charged > 0)
        return;
    if (x->answer.failed) {
        refuse_late(x, 500, "no-memory", "there is no memory for the answer");
    } else if (x->answer.len > FREE_UP_TO || size > (size_t)2 * FREE_UP_TO) {
        if (only_reads(x) && !budget_take(b, size)) {
            refuse_long_answer(x);
            return;
        }
        if (!only_reads(x))
            budget_charge(b, size);
        x->charged = size;
    }
}

void exchange_finish(struct exchange *x)
{
    if (list_linked(&x->link))
        list_unlink(&x->link);
    if (list_linked(&x->anew))
        list_unlink(&x->anew);
    x->waits_for = FOR_NOTHING;
    exchange_complete(x);
    list_append(&x->service->finished, &x->link);
}
