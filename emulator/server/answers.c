#include "server/answers.h"

#include <time.h>

/* The Date header shows virtual time. */
static const char *date_of(struct requests *all, cmq_ms at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;
    if (all->date_s != seconds) {
        gmtime_r(&seconds, &tm);
        strftime(all->date, sizeof all->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        all->date_s = seconds;
    }
    return all->date;
}

static void log_answer(struct request *r)
{
    struct exchange *x = &r->exchange;
    struct log *log = r->all->log;
    if (log->format == LOG_OFF)
        return;
    struct log_entry entry = {
        .real_ms = requests_now_ms(r->all),
        .virtual_ms = x->at_ms,
        .took_us = (realclock_monotonic_ns() - r->begun_ns) / 1000,
    };
    record_of(x, &entry.record);
    log_request(log, &entry);
}

enum MHD_Result answer(struct request *r)
{
    struct exchange *x = &r->exchange;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(x->answer.len, x->answer.data, MHD_RESPMEM_PERSISTENT);
    r->state = REQUEST_ANSWERED;
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", x->content_type);
    MHD_add_response_header(response, "Date", date_of(r->all, x->at_ms));
    if (x->allow[0] != '\0')
        MHD_add_response_header(response, "Allow", x->allow);
    if (r->close)
        MHD_add_response_header(response, "Connection", "close");
    log_answer(r);
    enum MHD_Result queued = MHD_queue_response(r->connection, (unsigned)x->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Up to the query. */
static size_t path_len_of(const struct buffer *target)
{
    const char *end = target->len > 0 ? memchr(target->data, '?', target->len) : NULL;
    return end != NULL ? (size_t)(end - target->data) : target->len;
}

enum MHD_Result answer_refusal(struct request *r, int status, const char *code,
                               const char *message)
{
    request_end_reading(r);
    exchange_refuse(&r->exchange, status, code, message);
    r->exchange.at_ms = service_now_ms(r->all->service);
    r->exchange.path_len = path_len_of(&r->exchange.target);
    r->close = true;
    return answer(r);
}
