/* exchange.h - one request with its answer, from its coming until the answer has been sent.
 *
 * Use     zero it; the caller sets the first members and hands it to service_handle(), sends
 *         the answer when there is one, and calls exchange_reset(): then it can be used again.
 * Memory  the caller owns it; its buffers keep their memory from one request to the next.
 * Errors  running out of memory shows in answer.failed, and becomes an answer with status 500.
 * Budget  an answer of more than 64 KiB, without the blobs that are lent to it, counts as one that
 *         is being sent (budgets.answers) until exchange_reset(). When there are too many, a call
 *         that has changed nothing is answered with 503 instead. */
#ifndef CMQ_SERVICE_EXCHANGE_H
#define CMQ_SERVICE_EXCHANGE_H

#include "admin/call.h"
#include "api/v2/call.h"
#include "api/v3/call.h"
#include "base/source.h"
#include "namespace/registry.h"
#include "service/head.h"
#include "service/intake.h"

#define CONTENT_TYPE_JSON "application/json; charset=utf-8"

struct service;

/* The part of a target after the "?". */
struct query {
    char *text;
    size_t len;
};

enum exchange_kind { EXCHANGE_OTHER, EXCHANGE_CMQ, EXCHANGE_V3, EXCHANGE_ADMIN };

enum exchange_state { EXCHANGE_ANSWERED, EXCHANGE_PARKED };

/* What a parked exchange waits for. */
enum waits_for {
    FOR_NOTHING,
    FOR_LINE,      /* its namespace is busy: see line.h */
    FOR_MESSAGE,   /* a parked poll: the engine ends it */
    FOR_CONDITION, /* an await: the namespace ends it, see namespace/wait.h */
    FOR_TURN,      /* another call moves time: likewise */
    FOR_MOVE,      /* its own move waits for pushes: likewise */
    FOR_MOMENT,    /* its answer is written, and sent after a delay in real time */
    FOR_ANSWER,    /* the same in virtual time: a parked poll that is late */
};

/* What goes wrong on purpose with a call: of the rule that acted on it. */
struct exchange_fault {
    uint64_t id; /* 0: nothing does */
    enum fault_kind kind;
    int status; /* FAULT_STATUS */
    cmq_ms ms;  /* FAULT_DELAY, FAULT_REAL_DELAY */
};

/* A header of an answer. */
struct header {
    const char *name, *value;
};

struct exchange;
typedef void exchange_go_on_fn(struct exchange *x, cmq_ms real_now_ms);

struct exchange {
    /* Set by the caller; must live until the exchange is answered. */
    struct bytes method;
    struct head head;
    struct buffer target;              /* path and query as received; is decoded in place */
    struct buffer body;                /* is decoded in place */
    struct buffer headers;             /* lines "Name: value\n", see service_wants_headers() */
    const struct namespace *pushed_by; /* see service_wants_origin() */
    bool too_large;      /* the body was longer than --max-body, and was not kept */
    bool has_gone;       /* the client will not read the answer: it gets no message */
    struct bytes client; /* its address, for people; empty: unknown */
    bool again;          /* private to the service: put off when it had said its warnings */

    /* The answer. */
    bool dropped;             /* there is none: the connection is to be closed */
    bool after_all;           /* send it only when all exchanges finished before it are sent */
    char allow[64];           /* value of the Allow header; "" for none */
    int retry_after_s;        /* value of the Retry-After header; 0 for none */
    int status;               /* of HTTP */
    int code;                 /* of the API v2, or the HTTP status */
    enum waits_for waits_for; /* while parked */
    enum exchange_kind kind;
    struct buffer answer;
    struct source *more;        /* of the answer, behind that; NULL for nothing; owned */
    struct feed_reader *reader; /* whose source that is, if the answer has no end; or NULL */
    const char *content_type;
    const struct header *further; /* up to one without a name; NULL for none */
    const char *coding, *tag;     /* values of Content-Encoding and ETag; NULL for none */
    cmq_ms at_ms;                 /* virtual time of the answer */

    uint64_t number; /* in the journal of its namespace; 0: it has no entry */

    /* For the log, see record.h. */
    size_t path_len; /* of the target, decoded */
    struct buffer message;
    struct warnings warnings;
    struct exchange_fault fault;

    /* While parked: the longest wait in real time, after which the caller is to call
     * service_end_wait(); CMQ_NEVER: no limit. A parked poll ends by virtual time, too. */
    cmq_ms wait_ms;

    /* Private to the service. */
    struct call call;             /* of the API v2; its form is also that of signature v1 */
    struct v3_request v3_request; /* EXCHANGE_V3, and the next one */
    struct v3_call v3;
    struct intake intake;        /* of the body of a call of API 3.0 */
    struct escape_count escapes; /* of the body of a request to a sink */
    struct buffer raw;           /* query and body before they were decoded; or empty */
    size_t raw_query_len;        /* of these, the query */
    struct service *service;
    struct caller caller;        /* of a call of CMQ, while it is judged */
    struct namespace *namespace; /* NULL until it is known; the exchange is open in it */
    struct parked_poll *poll;    /* FOR_MESSAGE, FOR_ANSWER */
    struct life_moves moves;     /* in the lives of the namespace, until it has its number */
    struct wait wait;            /* FOR_LINE, FOR_CONDITION, FOR_TURN, FOR_MOVE */
    exchange_go_on_fn *go_on;    /* handles it from where it is admitted to its namespace */
    struct list_node anew;       /* in service->parked_anew or ->awake, or unlinked */
    cmq_ms parked_real_ms;       /* when it was parked */
    size_t charged;              /* bytes of the answer that are on the budget of answers */
    struct list_node link;       /* in service->finished or ->delayed, or unlinked */

    struct admin_call admin; /* during an admin call; the last member, see exchange_reset() */
};

/* The answer of x has been sent, or never will be: make x ready for another request, keeping
 * its buffers; or free the buffers, too. x must be zeroed before its first use. */
void exchange_reset(struct exchange *x);
void exchange_free(struct exchange *x);

/* Whether its method only looks: GET, or HEAD. */
bool exchange_is_get(const struct exchange *x);

/* What would follow the answer of x is not wanted, or has come to its end. */
void exchange_end_more(struct exchange *x);

/* Answer x with an error of the HTTP layer. */
void exchange_refuse(struct exchange *x, int status, const char *code, const char *message);

/* ---- for the service ---- */

/* From now on x counts as an open request of the namespace, and of no other, until
 * exchange_reset(). */
void exchange_open_in(struct exchange *x, struct namespace *ns);

/* The answer is of this moment of its namespace. */
void exchange_note_time(struct exchange *x);

/* x has no answer yet, and waits for something, for so long in real time. */
void exchange_park(struct exchange *x, enum waits_for what, cmq_ms real_now_ms, cmq_ms wait_ms);

/* The answer of x is written: answer it with an error if there was no memory, or if it is too
 * long to be sent now. The second time nothing changes. */
void exchange_complete(struct exchange *x);

/* The answer of x, which was parked, is written: complete it, and put it on the list of those that are
 * finished. */
void exchange_finish(struct exchange *x);

#endif
