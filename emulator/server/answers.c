/* libmicrohttpd asks for one piece of an answer each time that its daemon is run and the socket
 * takes data, so one fast reader of a long answer does not keep others waiting. Many could: so
 * when all pieces of a turn are taken, a connection is suspended and its request put off. Those
 * that were put off first go on first, each for one piece that is kept for it; as long as there
 * are any, others that come for another piece queue up behind them. */
#include "server/answers.h"

#include "server/body.h"

#include <assert.h>
#include <stdio.h>
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
    if (log->format == LOG_OFF && x->number == 0)
        return;
    int64_t took_us = (realclock_monotonic_ns() - r->begun_ns) / 1000;
    if (x->number > 0)
        service_note_took(x, took_us);
    if (log->format == LOG_OFF)
        return;
    struct log_entry entry = {
        .real_ms = requests_wall_ms(r->all),
        .virtual_ms = x->at_ms,
        .took_us = took_us,
    };
    record_of(x, &entry.record);
    log_request(log, &entry);
}

/* ---- long answers ---- */

enum {
    PIECE = 32 * 1024, /* it takes 10 to 40 us to make one, and as long to send it */
    PIECES_IN_A_TURN = 24,
    PIECES_WHEN_BEHIND = 3,
};

void answers_begin_turn(struct requests *all)
{
    all->pieces_left = all->connections->behind ? PIECES_WHEN_BEHIND : PIECES_IN_A_TURN;
    for (struct list_node *l;
         all->pieces_left > 0 && (l = list_first(&all->put_off)) != NULL;) {
        struct request *r = CONTAINER_OF(l, struct request, turn);
        list_unlink(l);
        r->has_piece = true;
        all->pieces_left--;
        daemon_resume(r->connection->daemon, r->connection->mhd);
    }
}

bool answers_are_put_off(const struct requests *all)
{
    return !list_empty(&all->put_off);
}

void answers_resume_all(struct requests *all)
{
    while (answers_are_put_off(all))
        answers_begin_turn(all);
}

/* Whether r may have a piece now; if not, it is put off. */
static bool take_piece(struct request *r)
{
    struct requests *all = r->all;
    if (r->has_piece || all->stopping) {
        r->has_piece = false;
        return true;
    }
    if (all->pieces_left > 0 && !answers_are_put_off(all)) {
        all->pieces_left--;
        return true;
    }
    list_append(&all->put_off, &r->turn);
    MHD_suspend_connection(r->connection->mhd);
    return false;
}

/* The text has been sent: let its source make the next part. False when there is no memory. */
static bool next_part(struct request *r)
{
    struct exchange *x = &r->exchange;
    buffer_clear(&x->answer);
    if (!x->more->next(x->more, &x->answer))
        exchange_end_more(x);
    pieces_begin(&r->pieces, &x->answer);
    return !x->answer.failed;
}

/* Nothing is to be told at the moment: suspended until requests_take_finished() finds it awake, or its
 * client has gone. */
static ssize_t rest(struct request *r)
{
    if (r->connection->hung_up || r->all->stopping)
        return MHD_CONTENT_READER_END_OF_STREAM;
    MHD_suspend_connection(r->connection->mhd);
    return 0;
}

/* One whose length is not known is sent in chunks, until it says that it has ended. The others are not
 * asked for more than there is. */
static ssize_t next_piece(void *context, uint64_t at, char *to, size_t room)
{
    struct request *r = context;
    (void)at;
    if (!take_piece(r))
        return 0;
    size_t len = pieces_next(&r->pieces, to, room);
    while (len == 0) {
        if (r->exchange.more == NULL)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!next_part(r))
            return MHD_CONTENT_READER_END_WITH_ERROR;
        len = pieces_next(&r->pieces, to, room);
        if (len == 0 && service_is_idle(&r->exchange))
            return rest(r);
    }
    return (ssize_t)len;
}

/* libmicrohttpd ends one in chunks by a last chunk, to HEAD as well, which a client takes for its next
 * answer. So HEAD is answered as if by HTTP/1.0, in which the end of the connection is the end. */
static struct MHD_Response *make_endless(struct request *r)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, next_piece, r, NULL);
    bool head = bytes_equal(r->exchange.method, bytes_of("HEAD"));
    if (response != NULL && head)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}

/* One that is no longer than a piece needs none: it is sent at once, as if nothing were lent. */
static struct MHD_Response *make_response(struct request *r)
{
    struct buffer *text = &r->exchange.answer;
    if (r->exchange.more != NULL) {
        pieces_begin(&r->pieces, text);
        return make_endless(r);
    }
    if (pieces_length(text) <= PIECE)
        (void)buffer_flatten(text);
    if (buffer_loan_count(text) == 0)
        return MHD_create_response_from_buffer(text->len, text->data, MHD_RESPMEM_PERSISTENT);
    pieces_begin(&r->pieces, text);
    return MHD_create_response_from_callback(pieces_length(text), PIECE, next_piece, r, NULL);
}

/* ---- sending ---- */

static void add_number(struct MHD_Response *response, const char *name, int value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", value);
    MHD_add_response_header(response, name, text);
}

/* Those that only some answers have: is_plain() knows all of them. */
static void add_further(const struct request *r, struct MHD_Response *response)
{
    const struct exchange *x = &r->exchange;
    for (const struct header *h = x->further; h != NULL && h->name != NULL; h++)
        MHD_add_response_header(response, h->name, h->value);
    if (x->coding != NULL)
        MHD_add_response_header(response, "Content-Encoding", x->coding);
    if (x->tag != NULL)
        MHD_add_response_header(response, "ETag", x->tag);
    if (x->allow[0] != '\0')
        MHD_add_response_header(response, "Allow", x->allow);
    if (x->retry_after_s > 0)
        add_number(response, "Retry-After", x->retry_after_s);
    if (r->close)
        MHD_add_response_header(response, "Connection", "close");
}

/* Whether the answer has none of them, and is sent from the buffer that it lies in. */
static bool is_plain(const struct request *r)
{
    const struct exchange *x = &r->exchange;
    return x->more == NULL && buffer_loan_count(&x->answer) == 0 && x->further == NULL &&
           x->coding == NULL && x->tag == NULL && x->allow[0] == '\0' &&
           x->retry_after_s == 0 && !r->close;
}

/* False when there is no memory for one that every answer has. */
static bool add_headers(const struct request *r, struct MHD_Response *response)
{
    const struct exchange *x = &r->exchange;
    bool added =
        MHD_add_response_header(response, "Content-Type", x->content_type) == MHD_YES &&
        MHD_add_response_header(response, "Date", date_of(r->all, x->at_ms)) == MHD_YES;
    add_further(r, response);
    return added;
}

static bool serves_again(const struct reply *reply, const struct request *r)
{
    const struct exchange *x = &r->exchange;
    return reply->response != NULL && is_plain(r) && reply->data == x->answer.data &&
           reply->len == x->answer.len && reply->content_type == x->content_type &&
           reply->date_s == x->at_ms / 1000;
}

static void keep(struct reply *reply, const struct request *r, struct MHD_Response *response)
{
    const struct exchange *x = &r->exchange;
    if (reply->response != NULL)
        MHD_destroy_response(reply->response);
    *reply = (struct reply){response, x->answer.data, x->answer.len, x->content_type,
                            x->at_ms / 1000};
}

/* Its headers are half of what a response costs to make, and as much as all that an engine does in a
 * SendMessage: so one that is like it serves again. It is the caller's to destroy, unless it is kept.
 * NULL when there is no memory. */
static struct MHD_Response *response_of(struct request *r, bool *kept)
{
    struct reply *reply = &r->replies[r->exchange.answer.len % REPLIES];
    *kept = serves_again(reply, r);
    if (*kept)
        return reply->response;
    struct MHD_Response *response = make_response(r);
    *kept = response != NULL && add_headers(r, response) && is_plain(r);
    if (*kept)
        keep(reply, r, response);
    return response;
}

enum MHD_Result answer(struct request *r)
{
    struct exchange *x = &r->exchange;
    r->state = REQUEST_ANSWERED;
    connection_answers(r->all->connections, r->connection);
    if (x->dropped) { /* libmicrohttpd closes the connection */
        log_answer(r);
        return MHD_NO;
    }
    bool kept;
    struct MHD_Response *response = response_of(r, &kept);
    if (response == NULL)
        return MHD_NO;
    log_answer(r);
    body_forget(&r->body);
    enum MHD_Result queued =
        MHD_queue_response(r->connection->mhd, (unsigned)x->status, response);
    if (!kept)
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
