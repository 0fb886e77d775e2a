/* Prometheus wants all samples of a metric together, behind its HELP and TYPE: so each metric
 * is written for all namespaces before the next one, each_namespace() over and over. Counters
 * of calls without a call yet are left out, since most pairs of Action and code never occur. */
#include "service/metrics.h"

#include "api/v2/actions.h"
#include "api/v3/actions.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static size_t row_of(const struct action *a)
{
    assert(action_count() < METRICS_ACTIONS_MAX);
    return a != NULL ? action_number(a) : METRICS_ACTIONS_MAX - 1;
}

void metrics_count_call(struct metrics *m, const struct call *c)
{
    m->calls[row_of(c->action)][c->outcome]++;
}

void metrics_count_v3(struct metrics *m, const struct v3_call *c)
{
    size_t row = METRICS_ACTIONS_MAX - 1;
    assert(v3_action_count(c->product) < METRICS_ACTIONS_MAX);
    if (c->action != NULL)
        row = (size_t)(c->action - v3_action_at(c->product, 0));
    m->v3_calls[c->product][row][c->outcome]++;
}

void metrics_count_admin(struct metrics *m, int status)
{
    assert(status >= 0 && status < METRICS_STATUS_MAX);
    m->admin[status]++;
}

void metrics_count_warnings(struct metrics *m, const struct warnings *w)
{
    for (int kind = 0; w->count > 0 && kind < WARNING_KINDS; kind++)
        m->warnings[kind] += w->counts[kind];
}

/* ---- writing ---- */

static void begin(struct buffer *out, const char *name, const char *type, const char *help)
{
    char text[256];
    snprintf(text, sizeof text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    buffer_append(out, bytes_of(text));
}

/* Labels are made of our own words and of names of queues and such: nothing needs escaping. */
static void sample(struct buffer *out, const char *name, const char *labels, uint64_t value)
{
    buffer_append(out, bytes_of(name));
    if (labels[0] != '\0') {
        buffer_append_char(out, '{');
        buffer_append(out, bytes_of(labels));
        buffer_append_char(out, '}');
    }
    buffer_append_char(out, ' ');
    buffer_append_uint(out, value);
    buffer_append_char(out, '\n');
}

/* API 3.0 shares the metric, and its samples say of which product they are. */
static void write_v3_calls(const struct metrics *m, enum v3_product product, const char *name,
                           struct buffer *out)
{
    char labels[200];
    for (size_t row = 0; row < METRICS_ACTIONS_MAX; row++) {
        for (int outcome = 0; outcome < V3_OUTCOMES; outcome++) {
            if (m->v3_calls[product][row][outcome] == 0)
                continue;
            const struct v3_action *a =
                row < v3_action_count(product) ? v3_action_at(product, row) : NULL;
            snprintf(labels, sizeof labels, "action=\"%s\",api=\"%s\",code=\"%s\"",
                     a != NULL ? a->name : "unknown", name,
                     outcome == CMQ_OK ? "0" : v3_action_code(a, outcome, product));
            sample(out, "cmq_requests_total", labels, m->v3_calls[product][row][outcome]);
        }
    }
}

static void write_calls(const struct metrics *m, struct buffer *out)
{
    char labels[160];
    begin(out, "cmq_requests_total", "counter", "Answered calls by Action and code.");
    for (size_t row = 0; row < METRICS_ACTIONS_MAX; row++) {
        for (int outcome = 0; outcome < OUTCOMES; outcome++) {
            if (m->calls[row][outcome] == 0)
                continue;
            const struct failure *f = failure_of(outcome);
            snprintf(labels, sizeof labels, "action=\"%s\",code=\"%d\",module=\"%d\"",
                     row < action_count() ? action_at(row)->name : "unknown", f->code,
                     f->module);
            sample(out, "cmq_requests_total", labels, m->calls[row][outcome]);
        }
    }
    write_v3_calls(m, V3_CMQ, "cmq", out);
    write_v3_calls(m, V3_TDMQ, "tdmq", out);
    begin(out, "cmq_control_requests_total", "counter", "Answered admin calls by status.");
    for (int status = 0; status < METRICS_STATUS_MAX; status++) {
        if (m->admin[status] == 0)
            continue;
        snprintf(labels, sizeof labels, "status=\"%d\"", status);
        sample(out, "cmq_control_requests_total", labels, m->admin[status]);
    }
}

static void write_warnings(const struct metrics *m, struct buffer *out)
{
    char labels[64];
    begin(out, "cmq_warnings_total", "counter", "Warnings about calls of CMQ, by kind.");
    for (int kind = 0; kind < WARNING_KINDS; kind++) {
        snprintf(labels, sizeof labels, "kind=\"%s\"",
                 warning_kind_name((enum warning_kind)kind));
        sample(out, "cmq_warnings_total", labels, m->warnings[kind]);
    }
}

static void write_depths(const struct namespace *ns, struct buffer *out)
{
    char labels[256];
    for (struct queue *q = NULL; (q = engine_next_queue(ns->engine, q)) != NULL;) {
        for (int s = 0; s < MESSAGE_STATES; s++) {
            enum message_state state = (enum message_state)s;
            snprintf(labels, sizeof labels, "namespace=\"%s\",queue=\"%s\",state=\"%s\"",
                     ns->name, q->name, message_state_name(state));
            sample(out, "cmq_messages", labels, queue_count(q, state));
        }
    }
}

static void write_polls(const struct namespace *ns, struct buffer *out)
{
    char labels[128];
    snprintf(labels, sizeof labels, "namespace=\"%s\"", ns->name);
    sample(out, "cmq_parked_polls", labels, engine_parked_count(ns->engine));
}

static void write_events(const struct namespace *ns, struct buffer *out)
{
    char labels[160];
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        snprintf(labels, sizeof labels, "namespace=\"%s\",kind=\"%s\"", ns->name,
                 event_kind_name((enum event_kind)kind));
        sample(out, "cmq_events_fired_total", labels,
               engine_fired_count(ns->engine, (enum event_kind)kind));
    }
}

static void write_pushes(const struct namespace *ns, struct buffer *out)
{
    char labels[160];
    for (int result = 0; result < PUSH_RESULTS; result++) {
        snprintf(labels, sizeof labels, "namespace=\"%s\",result=\"%s\"", ns->name,
                 push_result_name((enum push_result)result));
        sample(out, "cmq_pushes_total", labels,
               engine_push_count(ns->engine, (enum push_result)result));
    }
}

static void write_flights(const struct namespace *ns, struct buffer *out)
{
    char labels[128];
    snprintf(labels, sizeof labels, "namespace=\"%s\"", ns->name);
    sample(out, "cmq_pushes_in_flight", labels, engine_flight_count(ns->engine));
}

static void write_pending(const struct namespace *ns, struct buffer *out)
{
    char labels[320];
    for (struct topic *t = NULL; (t = engine_next_topic(ns->engine, t)) != NULL;) {
        for (struct subscription *s = NULL; (s = engine_next_subscription(t, s)) != NULL;) {
            snprintf(labels, sizeof labels, "namespace=\"%s\",topic=\"%s\",subscription=\"%s\"",
                     ns->name, t->name, s->name);
            sample(out, "cmq_pending_deliveries", labels, s->pending_count);
        }
    }
}

/* ---- bounds of the process ---- */

enum { PARTS = 5 };

struct part {
    const char *name;
    const struct budget *budget;
};

static void list_parts(const struct budgets *b, struct part out[PARTS])
{
    const struct part parts[PARTS] = {{"messages", &b->messages},
                                      {"requests", &b->requests},
                                      {"answers", &b->answers},
                                      {"polls", &b->polls},
                                      {"awaits", &b->awaits}};
    memcpy(out, parts, sizeof parts);
}

static void write_part(struct buffer *out, const char *name, const struct part *p,
                       uint64_t value)
{
    char labels[64];
    snprintf(labels, sizeof labels, "part=\"%s\"", p->name);
    sample(out, name, labels, value);
}

static void write_budgets(const struct budgets *b, struct buffer *out)
{
    struct part parts[PARTS];
    list_parts(b, parts);
    begin(out, "cmq_budget_used", "gauge",
          "What there is of each thing that is bounded: bytes; polls; parts of conditions.");
    for (int i = 0; i < PARTS; i++)
        write_part(out, "cmq_budget_used", &parts[i], parts[i].budget->used);
    begin(out, "cmq_budget_limit", "gauge", "How much there may be of it.");
    for (int i = 0; i < PARTS; i++)
        if (parts[i].budget->most < SIZE_MAX)
            write_part(out, "cmq_budget_limit", &parts[i], parts[i].budget->most);
    begin(out, "cmq_budget_refused_total", "counter", "How often there was not enough left.");
    for (int i = 0; i < PARTS; i++)
        write_part(out, "cmq_budget_refused_total", &parts[i], parts[i].budget->refused);
}

static void each_namespace(const struct registry *r, struct buffer *out,
                           void (*write)(const struct namespace *ns, struct buffer *out))
{
    for (struct list_node *l = r->namespaces.next; l != &r->namespaces; l = l->next)
        write(CONTAINER_OF(l, const struct namespace, link), out);
}

void metrics_write(const struct metrics *m, const struct registry *r, struct buffer *out)
{
    write_calls(m, out);
    write_warnings(m, out);
    begin(out, "cmq_messages", "gauge", "Messages by queue and state.");
    each_namespace(r, out, write_depths);
    begin(out, "cmq_parked_polls", "gauge", "Long polls that wait.");
    each_namespace(r, out, write_polls);
    begin(out, "cmq_events_fired_total", "counter",
          "Events since the namespace was made or reset, by kind.");
    each_namespace(r, out, write_events);
    begin(out, "cmq_pending_deliveries", "gauge",
          "Messages that wait to be delivered, by topic and subscription.");
    each_namespace(r, out, write_pending);
    begin(out, "cmq_pushes_in_flight", "gauge", "Attempts to deliver over HTTP under way.");
    each_namespace(r, out, write_flights);
    begin(out, "cmq_pushes_total", "counter",
          "Attempts to deliver since the namespace was made or reset, by result.");
    each_namespace(r, out, write_pushes);
    begin(out, "cmq_namespaces", "gauge", "Namespaces.");
    sample(out, "cmq_namespaces", "", r->names.count);
    write_budgets(&r->host.budgets, out);
}
