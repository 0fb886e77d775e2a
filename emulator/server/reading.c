#include "server/reading.h"

#include "base/number.h"
#include "server/answers.h"
#include "server/body.h"
#include "server/flaws.h"
#include "server/pusher.h"

#include <poll.h>

/* What is made of a head while its headers are looked at. */
struct look {
    struct head *head;
    struct flaws flaws;
};

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct look *look = context;
    struct bytes n = {name, name_len};
    struct bytes v = {value, value_len};
    (void)kind;
    if (name == NULL || value == NULL)
        return MHD_YES;
    flaws_take(&look->flaws, n, v);
    if (name_len > 0)
        head_take(look->head, n, v);
    return MHD_YES;
}

static enum MHD_Result copy_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct exchange *x = context;
    (void)kind;
    buffer_append(&x->headers, bytes_of(name));
    buffer_append(&x->headers, bytes_of(": "));
    buffer_append(&x->headers, bytes_of(value != NULL ? value : ""));
    buffer_append_char(&x->headers, '\n');
    return MHD_YES;
}

/* A request over TLS takes several turns to be read, so that others overtake it and its client
 * may have left meanwhile. Plain ones are handled as they come, and need no look at the socket. */
static bool has_gone(const struct request *r)
{
    struct pollfd p = {.events = POLLRDHUP};
    if (!r->connection->daemon->tls)
        return false;
    p.fd = r->connection->fd;
    return poll(&p, 1, 0) > 0;
}

/* The request has been read completely: hand it to the service. */
static enum MHD_Result handle(struct request *r)
{
    struct requests *all = r->all;
    struct exchange *x = &r->exchange;
    assert(r->state == REQUEST_READING);
    if (service_wants_headers(buffer_bytes(&x->target), &x->head))
        MHD_get_connection_values(r->connection->mhd, MHD_HEADER_KIND, copy_header, x);
    if (service_wants_origin(buffer_bytes(&x->target)))
        x->pushed_by = pusher_origin(all->pusher, connection_peer(r->connection));
    if (x->headers.failed)
        return answer_refusal(r, 500, "no-memory", "there is no memory for the request");
    request_end_reading(r);
    x->has_gone = has_gone(r);
    x->client = bytes_of(r->connection->client);
    if (all->parked > 0)
        requests_notice_ends(all);
    enum exchange_state state = service_handle(all->service, requests_now_ms(all), x);
    requests_take_finished(all);
    if (state == EXCHANGE_PARKED) {
        request_park(r);
        if (all->stopping || r->connection->hung_up) {
            service_hang_up(all->service, requests_now_ms(all), x);
            requests_take_finished(all);
        }
    } else if (request_must_wait(r)) {
        request_wait(r);
    } else {
        return answer(r);
    }
    return MHD_YES;
}

/* ---- the parts of a request ---- */

/* libmicrohttpd would keep each parameter of a query in the connection's memory, where there is
 * room for some hundreds; and where there is none it gives the connection up without closing it.
 * Nobody wants them there. It looks for them only after this call, and finds none in a query that
 * ends where it begins. */
static void hide_query(const char *target)
{
    char *query = strchr(target, '?');
    if (query != NULL)
        query[1] = '\0';
}

void *reading_request_line(void *context, const char *target, struct MHD_Connection *connection)
{
    struct requests *all = context;
    struct connection *c = connection_of(connection);
    struct request *r = c != NULL ? request_new(all, c) : NULL;
    if (r == NULL)
        return NULL;
    if (c->greeting != NULL) /* TLS has been agreed upon */
        greetings_end(c->greeting);
    assert(c->request == NULL);
    connection_begins(c, r);
    r->target_len = strlen(target);
    head_take_target(&r->exchange.head, bytes_of(target), &r->exchange.target);
    hide_query(target);
    return r;
}

/* Look at all headers. What is wrong with the head, or NULL; and the value of Content-Length. */
static const struct flaw *take_head(struct request *r, const char *target, const char *method,
                                    const char *version, struct bytes *length)
{
    struct MHD_Connection *mhd = r->connection->mhd;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    struct look look = {.head = &r->exchange.head};
    flaws_begin(&look.flaws, (struct bytes){method, info->header_size}, bytes_of(method),
                (struct bytes){target, r->target_len}, bytes_of(version));
    flaws_judge_target(&look.flaws, buffer_bytes(&r->exchange.target));
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, take_header, &look);
    *length = look.flaws.length;
    return flaws_end(&look.flaws);
}

static enum MHD_Result refuse_connection(struct request *r)
{
    const struct requests *all = r->all;
    bool few = all->connections->admission.inside_max < (size_t)all->options->max_connections;
    r->exchange.retry_after_s = RETRY_AFTER_S;
    return answer_refusal(r, 503, "too-many-connections",
                          few ? "there are as many connections as the system's limit of open "
                                "files (ulimit -n) allows"
                              : "there are as many connections as --max-connections allows");
}

/* A body that is announced as longer than BODY_DRAINED_MAX is not read: the answer is sent at once,
 * and the connection closed. */
static enum MHD_Result head_came(struct request *r, const char *target, const char *method,
                                 const char *version)
{
    struct requests *all = r->all;
    struct exchange *x = &r->exchange;
    struct bytes announced;
    int64_t length = 0;
    r->state = REQUEST_READING;
    x->method = bytes_of(method);
    const struct flaw *flaw = take_head(r, target, method, version, &announced);
    if (flaw != NULL)
        return answer_refusal(r, flaw->status, flaw->code, flaw->text);
    if (strcmp(method, "CONNECT") == 0)
        return answer_refusal(
            r, 400, "connect-not-first",
            "CONNECT has to be the first request of a connection, in plain HTTP");
    if (!connection_is_inside(all->connections, r->connection)) {
        r->close = true;
        if (!service_is_health(buffer_bytes(&x->target)))
            return refuse_connection(r);
    }
    if (x->target.failed)
        return answer_refusal(r, 500, "no-memory", "there is no memory for the request");
    if (!parse_int(announced, &length))
        return MHD_YES;
    x->too_large = length > all->options->max_body;
    if (x->too_large && length > BODY_DRAINED_MAX) {
        r->close = true;
        return handle(r);
    }
    if (!x->too_large && length > 0)
        body_announce(&r->body, (size_t)length);
    return MHD_YES;
}

static enum MHD_Result body_came(struct request *r, const char *data, size_t *size)
{
    bool taken = body_take(&r->body, (struct bytes){data, *size});
    if (body_is_kept(&r->body))
        service_follow_body(r->all->service, &r->exchange);
    *size = 0;
    return taken ? MHD_YES : MHD_NO;
}

static enum MHD_Result refuse_for_now(struct request *r)
{
    r->exchange.retry_after_s = RETRY_AFTER_S;
    return answer_refusal(r, 503, "requests-full",
                          "the requests that are being read take as much memory as "
                          "--max-request-memory allows");
}

enum MHD_Result reading_request(void *context, struct MHD_Connection *connection,
                                const char *url, const char *method, const char *version,
                                const char *upload, size_t *upload_size, void **closure)
{
    struct request *r = *closure;
    (void)context;
    (void)connection;
    if (r == NULL || r->cut) /* there was no memory for it; or its client has been told */
        return MHD_NO;
    if (r->state == REQUEST_NEW)
        return head_came(r, url, method, version);
    if (r->state == REQUEST_ANSWERED)
        return answer(r);
    if (*upload_size > 0)
        return body_came(r, upload, upload_size);
    if (r->body.refused && !r->exchange.too_large)
        return refuse_for_now(r);
    if (r->exchange.body.failed)
        return answer_refusal(r, 500, "no-memory", "there is no memory for the request");
    return handle(r);
}

void reading_completed(void *context, struct MHD_Connection *connection, void **closure,
                       enum MHD_RequestTerminationCode how)
{
    struct requests *all = context;
    struct request *r = *closure;
    (void)connection;
    (void)how;
    if (r == NULL)
        return;
    *closure = NULL;
    struct connection *c = r->connection;
    connection_rests(all->connections, c, all->connections->run_ms);
    if (c->hung_up)
        connection_run_on(all->connections, c);
    request_end(r);
}
