/* Prometheus wants all samples of a metric together, behind its HELP and TYPE: so each metric
 * is written for all namespaces before the next one. Of very many queues, subscriptions or
 * namespaces the first have samples, and a metric of its own says so. Counters of calls without a
 * call yet are left out, since most pairs of Action and code never occur. */
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

/* ---- of each namespace ---- */

/* There may be very many: each sample is written straight into the text. */
static void label(struct buffer *out, char mark, const char *key, const char *value)
{
    buffer_append_char(out, mark);
    buffer_append(out, bytes_of(key));
    buffer_append(out, (struct bytes){"=\"", 2});
    buffer_append(out, bytes_of(value));
    buffer_append_char(out, '"');
}

static void open_sample(struct buffer *out, const char *name, const struct namespace *ns)
{
    buffer_append(out, bytes_of(name));
    label(out, '{', "namespace", ns->name);
}

static void close_sample(struct buffer *out, uint64_t value)
{
    buffer_append(out, (struct bytes){"} ", 2});
    buffer_append_uint(out, value);
    buffer_append_char(out, '\n');
}

/* Each writes the samples of a namespace while the text is shorter than end; false if that ended
 * it. */
typedef bool of_namespace_fn(const struct namespace *ns, struct buffer *out, size_t end);

static bool write_depths(const struct namespace *ns, struct buffer *out, size_t end)
{
    for (struct queue *q = NULL; (q = engine_next_queue(ns->engine, q)) != NULL;) {
        if (out->len >= end)
            return false;
        for (int s = 0; s < MESSAGE_STATES; s++) {
            open_sample(out, "cmq_messages", ns);
            label(out, ',', "queue", q->name);
            label(out, ',', "state", message_state_name((enum message_state)s));
            close_sample(out, queue_count(q, (enum message_state)s));
        }
    }
    return true;
}

static bool write_polls(const struct namespace *ns, struct buffer *out, size_t end)
{
    (void)end;
    open_sample(out, "cmq_parked_polls", ns);
    close_sample(out, engine_parked_count(ns->engine));
    return true;
}

static bool write_events(const struct namespace *ns, struct buffer *out, size_t end)
{
    (void)end;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        open_sample(out, "cmq_events_fired_total", ns);
        label(out, ',', "kind", event_kind_name((enum event_kind)kind));
        close_sample(out, engine_fired_count(ns->engine, (enum event_kind)kind));
    }
    return true;
}

static bool write_pushes(const struct namespace *ns, struct buffer *out, size_t end)
{
    (void)end;
    for (int result = 0; result < PUSH_RESULTS; result++) {
        open_sample(out, "cmq_pushes_total", ns);
        label(out, ',', "result", push_result_name((enum push_result)result));
        close_sample(out, engine_push_count(ns->engine, (enum push_result)result));
    }
    return true;
}

static bool write_flights(const struct namespace *ns, struct buffer *out, size_t end)
{
    (void)end;
    open_sample(out, "cmq_pushes_in_flight", ns);
    close_sample(out, engine_flight_count(ns->engine));
    return true;
}

static bool write_pending(const struct namespace *ns, struct buffer *out, size_t end)
{
    for (struct topic *t = NULL; (t = engine_next_topic(ns->engine, t)) != NULL;) {
        for (struct subscription *s = NULL; (s = engine_next_subscription(t, s)) != NULL;) {
            if (out->len >= end)
                return false;
            open_sample(out, "cmq_pending_deliveries", ns);
            label(out, ',', "topic", t->name);
            label(out, ',', "subscription", s->name);
            close_sample(out, s->pending_count);
        }
    }
    return true;
}

/* Most namespaces have none: kinds that have not been met are left out. */
static bool write_faults(const struct namespace *ns, struct buffer *out, size_t end)
{
    (void)end;
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        if (ns->faults.applied[kind] == 0)
            continue;
        open_sample(out, "cmq_faults_applied_total", ns);
        label(out, ',', "kind", fault_kind_name((enum fault_kind)kind));
        close_sample(out, ns->faults.applied[kind]);
    }
    return true;
}

static const struct {
    const char *name, *type, *help;
    of_namespace_fn *write;
} of_namespaces[] = {
    {"cmq_messages", "gauge", "Messages by queue and state.", write_depths},
    {"cmq_parked_polls", "gauge", "Long polls that wait.", write_polls},
    {"cmq_events_fired_total", "counter",
     "Events since the namespace was made or reset, by kind.", write_events},
    {"cmq_pending_deliveries", "gauge",
     "Messages that wait to be delivered, by topic and subscription.", write_pending},
    {"cmq_pushes_in_flight", "gauge", "Attempts to deliver over HTTP under way.",
     write_flights},
    {"cmq_pushes_total", "counter",
     "Attempts to deliver since the namespace was made or reset, by result.", write_pushes},
    {"cmq_faults_applied_total", "counter",
     "Calls and attempts to deliver that rules of faults acted on since the namespace was made "
     "or "
     "reset, by kind.",
     write_faults},
};

enum { OF_NAMESPACES = sizeof of_namespaces / sizeof of_namespaces[0] };

/* False: it has more samples than are written of one metric, or than there is place for in a text
 * that is to end here. */
static bool write_metric(size_t i, const struct registry *r, struct buffer *out, size_t last)
{
    enum { TEXT_MAX = 1 << 20 }; /* a thousand queues with the longest names fit */
    begin(out, of_namespaces[i].name, of_namespaces[i].type, of_namespaces[i].help);
    size_t end = out->len + TEXT_MAX < last ? out->len + TEXT_MAX : last;
    for (struct list_node *l = r->namespaces.next; l != &r->namespaces; l = l->next) {
        const struct namespace *ns = CONTAINER_OF(l, const struct namespace, link);
        if (out->len >= end || !of_namespaces[i].write(ns, out, end))
            return false;
    }
    return true;
}

static void write_of_namespaces(const struct registry *r, struct buffer *out)
{
    enum { ALL_MAX = 2 << 20 };
    bool whole[OF_NAMESPACES];
    size_t last = out->len + ALL_MAX;
    for (size_t i = 0; i < OF_NAMESPACES; i++)
        whole[i] = write_metric(i, r, out, last);
    begin(out, "cmq_metrics_cut", "gauge",
          "1 where a metric has more samples than are written.");
    for (size_t i = 0; i < OF_NAMESPACES; i++) {
        char labels[64];
        snprintf(labels, sizeof labels, "metric=\"%s\"", of_namespaces[i].name);
        sample(out, "cmq_metrics_cut", labels, !whole[i]);
    }
}

/* ---- bounds of the process ---- */

enum { PARTS = 6 };

struct part {
    const char *name;
    const struct budget *budget;
};

static void list_parts(const struct budgets *b, struct part out[PARTS])
{
    const struct part parts[PARTS] = {{"messages", &b->messages}, {"requests", &b->requests},
                                      {"answers", &b->answers},   {"polls", &b->polls},
                                      {"awaits", &b->awaits},     {"journal", &b->journal}};
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

static void write_network(const struct metrics *m, struct buffer *out)
{
    if (m->connections == NULL)
        return;
    begin(out, "cmq_connections", "gauge", "Connections, that of this request among them.");
    sample(out, "cmq_connections", "", *m->connections);
    begin(out, "cmq_requests_being_read", "gauge",
          "Requests that have begun and not come whole.");
    sample(out, "cmq_requests_being_read", "", *m->being_read);
}

void metrics_write(const struct metrics *m, const struct registry *r, struct buffer *out)
{
    write_calls(m, out);
    write_warnings(m, out);
    write_of_namespaces(r, out);
    begin(out, "cmq_namespaces", "gauge", "Namespaces.");
    sample(out, "cmq_namespaces", "", r->names.count);
    write_network(m, out);
    write_budgets(&r->host.budgets, out);
}
