#include "tests/support/service_state.h"

#include "engine/engine_inside.h"
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

void service_state_settle(void)
{
    while (service_has_idle_work(&service))
        service_idle_work(&service, false);
}

static void look(struct buffer *out, const char *target)
{
    struct exchange x = {0};
    x.method = bytes_of("GET");
    buffer_append(&x.target, bytes_of(target));
    assert_int_equal(service_handle(&service, real_ms, &x), EXCHANGE_ANSWERED);
    assert_true(buffer_flatten(&x.answer));
    buffer_append(out, bytes_of(target));
    buffer_append_char(out, ' ');
    buffer_append(out, buffer_bytes(&x.answer));
    buffer_append_char(out, '\n');
    exchange_free(&x);
}

/* format has one %s, for the name of the namespace, and perhaps another one. */
static void look_at(struct buffer *out, const struct namespace *ns, const char *path,
                    const char *name, const char *behind)
{
    char target[256];
    snprintf(target, sizeof target, "/_emulator/%s%s%s%snamespace=%s", path, name, behind,
             strchr(behind, '?') != NULL ? "&" : "?", ns->name);
    look(out, target);
}

static void count(struct buffer *out, const char *what, uint64_t n)
{
    buffer_append(out, bytes_of(what));
    buffer_append_char(out, '=');
    buffer_append_uint(out, n);
    buffer_append_char(out, '\n');
}

/* What the next ids and serials are made from. Request ids are not: each answer has one. */
static void count_inside(struct buffer *out, const struct namespace *ns)
{
    const struct engine *e = ns->engine;
    for (int kind = 0; kind < ID_KINDS; kind++)
        if (kind != ID_REQUEST)
            count(out, "ids", e->store.ids.count[kind]);
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        count(out, "fired", e->fired[kind]);
    for (int result = 0; result < PUSH_RESULTS; result++)
        count(out, "pushed", e->pushed[result]);
    count(out, "serial", e->last_serial);
    count(out, "bytes", e->store.bytes);
    count(out, "polls", e->store.polls);
    count(out, "handles", e->store.handles.count);
    count(out, "cooling", e->cooling.names.table.count);
    count(out, "flights", e->store.flights.pending_count);
    count(out, "hold", ns->holds.last);
    count(out, "holds", ns->holds.count);
    count(out, "faults", ns->faults.count);
    count(out, "delivered", ns->delivered);
    count(out, "awaiting", ns->conditions.count);
    count(out, "open", ns->open);
    count(out, "pushing", ns->pushing);
    count(out, "moving", ns->move != NULL);
}

static void look_at_namespace(struct buffer *out, const struct namespace *ns)
{
    static const char *const paths[] = {"clock", "queues", "topics", "snapshots",
                                        "signatures/last"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        look_at(out, ns, paths[i], "", "");
    look_at(out, ns, "clock/agenda", "", "?limit=1000");
    look_at(out, ns, "namespaces/", ns->name, "");
    look_at(out, ns, "sink/", "s", "");
    for (struct queue *q = NULL; (q = engine_next_queue(ns->engine, q)) != NULL;)
        look_at(out, ns, "queues/", q->name, "/messages?limit=100");
    for (struct topic *t = NULL; (t = engine_next_topic(ns->engine, t)) != NULL;)
        look_at(out, ns, "topics/", t->name, "");
    count_inside(out, ns);
}

char *service_state(void)
{
    struct buffer out = {0};
    const struct registry *r = &service.registry;
    const struct budgets *b = &r->host.budgets;
    check_engines();
    service_state_settle();
    look(&out, "/_emulator/namespaces");
    for (struct namespace *ns = NULL; (ns = registry_next(r, ns)) != NULL;)
        look_at_namespace(&out, ns);
    count(&out, "messages", b->messages.used);
    count(&out, "polls", b->polls.used);
    count(&out, "requests", b->requests.used);
    count(&out, "answers", b->answers.used);
    count(&out, "awaits", b->awaits.used);
    count(&out, "credentials", r->credentials.count);
    count(&out, "retired", r->retired_count);
    for (int kind = 0; kind < ID_KINDS; kind++)
        count(&out, "secrets", r->ids.count[kind]);
    buffer_append_char(&out, '\0');
    assert_false(out.failed);
    return out.data;
}
