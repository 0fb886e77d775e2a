/* requests.h - the states of HTTP requests, from the first line until the answer has left.
 *
 *   NEW -> READING -> ANSWERED                        most of them
 *                  -> PARKED -> ANSWERED              the answer comes later: a long poll
 *                  -> PARKED -> WAITING -> ANSWERED   a call that moves time, see below
 *                  -> WAITING -> ANSWERED
 *
 * PARKED and WAITING requests are suspended: libmicrohttpd forgets their sockets. The poll of a
 * client that hangs up must end before another request is handled, or a message would be handed
 * out and lost. That is why requests_notice_ends() is called at the beginning of each turn and
 * again before each request.
 *
 * When the answer to a call that moved time arrives, every long poll which that move released
 * must have been answered, too (admin 2): a test then knows that its consumers have their
 * messages. Each answer to a PARKED request is a release with a number, and a moving call is
 * WAITING until all releases up to the present one have left, or their readers are too slow
 * (MOVE_GUARD_MS).
 *
 * A request that is NEW or READING keeps automatic clocks from jumping, so it has to come whole
 * within --request-timeout, however busily its client sends.
 *
 * Many may end at one moment. Their waits end in the service at once, which is cheap; but making
 * libmicrohttpd send the answers, and close the connections of those who have hung up, is not. So
 * REQUESTS_IN_A_TURN of them go on in a turn of the loop, namespaces taking turns; few of them
 * while daemons are behind.
 *
 * Memory  requests are kept for later ones when they are over.
 * Time    real time. */
#ifndef CMQ_SERVER_REQUESTS_H
#define CMQ_SERVER_REQUESTS_H

#include "base/pieces.h"
#include "base/wheel.h"
#include "server/body.h"
#include "server/connections.h"
#include "server/options.h"
#include "server/realclock.h"
#include "server/turnstile.h"
#include "service/service.h"

struct pusher;

enum {
    REQUESTS_IN_A_TURN = 16,
    REPLIES =
        4, /* ids have a digit more or less: the lengths of most answers lie side by side */
};

enum request_state {
    REQUEST_NEW,      /* the request line has come */
    REQUEST_READING,  /* the head has come, the body comes */
    REQUEST_PARKED,   /* suspended: a parked poll, or an admin call that waits */
    REQUEST_WAITING,  /* suspended: a moving call that waits for the answers of polls */
    REQUEST_ANSWERED, /* the answer is ready, or on its way */
};

/* A plain answer that was sent, as libmicrohttpd has it: with its headers, but the text lies in the
 * buffer of the exchange. Another one of its length and second is sent by the same. */
struct reply {
    struct MHD_Response *response; /* NULL: there is none; owned */
    const char *data;
    size_t len;
    const char *content_type;
    cmq_ms date_s;
};

/* One HTTP request. Reused afterwards. */
struct request {
    struct requests *all;
    struct connection *connection;
    struct exchange exchange;
    enum request_state state;
    bool reading;               /* counted in all->reading */
    bool cut;                   /* has not come whole in time */
    bool close;                 /* close the connection after this answer */
    struct body body;           /* while it comes in */
    size_t target_len;          /* as it came */
    struct wheel_node deadline; /* real time, in all->deadlines; not for ANSWERED */
    int64_t begun_ns;
    uint64_t release;              /* number of the release that answered it; 0: none */
    uint64_t waits_for;            /* WAITING: up to which release */
    struct list_node link;         /* in all->releases, waiting or spare; or unlinked */
    struct reply replies[REPLIES]; /* by their lengths; kept from one use to the next */
    /* Of an answer with loans, see answers.h. */
    struct pieces pieces;
    bool has_piece;        /* one of this turn's is kept for it */
    struct list_node turn; /* in all->put_off, or in line at all->resuming, or unlinked */
};

struct requests {
    struct service *service;
    const struct options *options;
    const struct realclock *clock;
    struct log *log;
    struct connections *connections;
    cmq_ms wall_ahead_ms;        /* of real time, see realclock_ahead_ms() */
    const struct pusher *pusher; /* knows which requests are pushes of ours */
    struct wheel *deadlines;     /* real time */
    size_t count;                /* of those that there are, with the spare ones */
    size_t parked;
    size_t reading; /* requests that have begun and are not with the service */
    bool stopping;  /* none may wait any more */
    uint64_t last_release;
    struct list_node releases; /* requests whose answers a release made ready, until sent */
    struct list_node waiting;  /* moving calls, in order of arrival */
    struct turnstile resuming; /* those ANSWERED that are still suspended */
    size_t resumes_left;       /* in this turn of the loop */
    struct list_node spare;    /* requests that are over */
    size_t spare_count;
    size_t pieces_left;       /* of long answers, in this turn of the loop */
    struct list_node put_off; /* requests whose answers are to go on in a later turn */
    cmq_ms date_s;            /* what date[] shows */
    char date[32];
};

/* Of a struct whose first six members are set, the others zero. False, with errno set, when that
 * fails; requests_fini() is due in any case. */
bool requests_init(struct requests *all);
void requests_fini(struct requests *all);

cmq_ms requests_now_ms(const struct requests *all);

/* What the wall clock shows, for people. */
cmq_ms requests_wall_ms(const struct requests *all);

/* One that is NEW; NULL when there is no memory. */
struct request *request_new(struct requests *all, struct connection *connection);

/* It has been handed to the service, or never will be. */
void request_end_reading(struct request *r);

/* Its answer has left, or its connection has ended. */
void request_end(struct request *r);

/* Suspend one that is READING, and that the service has parked. */
void request_park(struct request *r);

/* Whether the answer of one that the service has finished must wait for those of others;
 * request_wait() then suspends one that is READING until these have left. */
bool request_must_wait(const struct request *r);
void request_wait(struct request *r);

/* One slice of what the service has still to do; and handle requests that wait for that. */
void requests_carry_on(struct requests *all);

/* Tell those who read streams what has changed. */
void requests_run_streams(struct requests *all);

/* Those that were parked and that the service has finished are ANSWERED, or WAITING. */
void requests_take_finished(struct requests *all);

/* Resume those that are ANSWERED, as many as may go on in this turn of the loop; when the program
 * stops, all. */
void requests_begin_turn(struct requests *all);
void requests_resume_some(struct requests *all);

/* Whether more could be resumed: in this turn, or in later ones. */
bool requests_can_resume(const struct requests *all);
bool requests_are_put_off(const struct requests *all);

/* See which clients have hung up, or have closed their sending side: their waits end, and
 * libmicrohttpd closes the connections of both; requests that were being read come to their
 * end. */
void requests_notice_ends(struct requests *all);

/* Those that are WAITING, and whose releases have left, are ANSWERED; or all of them. */
void requests_resume_waiting(struct requests *all);
void requests_resume_all_waiting(struct requests *all);

/* End the waits whose time in real time is over, and cut the connections of requests that have not
 * come whole in time. */
void requests_fire_deadlines(struct requests *all);

/* The program stops: answer all that are parked, and let none wait from now on. */
void requests_stop(struct requests *all);

#endif
