/* admin.h - the admin interface /_emulator/... (design 4).
 *
 * One table of routes: method, path, arguments, handler. Unlike CMQ calls these answer with
 * real HTTP status codes. Every answer is a JSON object with the namespace's virtual time. */
#ifndef CMQ_ADMIN_CONTROL_H
#define CMQ_ADMIN_CONTROL_H

#include "admin/condition.h"
#include "admin/mistake.h"
#include "base/buffer.h"
#include "base/form.h"
#include "namespace/registry.h"

#define CMQ_VERSION "0.1.0"

struct route;

/* What a call waited for will not come. */
enum admin_end { END_DROPPED, END_RESET, END_STOPPING };

struct admin_call {
    /* Set by the caller; the texts live until the call is answered. */
    struct bytes method;
    char *path, *query; /* are decoded in place; path begins with "/_emulator" */
    size_t path_len, query_len;
    struct bytes body;
    struct bytes headers; /* lines "Name: value\n"; for sinks alone */
    bool too_large;       /* the body was longer than is accepted, and is left out */
    struct registry *registry;
    cmq_ms real_now_ms; /* of admin_read(), then of admin_run() */
    cmq_ms started_real_ms;
    struct buffer *answer; /* gets the JSON text */
    void *owner;           /* of a move that does not end at once */

    /* Set by admin_read(). */
    struct namespace *namespace; /* the one that the call is about; "default" if none */
    const struct route *route;   /* NULL when there is none for it */
    struct form form;            /* the query */
    struct bytes name;           /* the part of the path that the route leaves open */
    struct mistake mistake;      /* its status is 0 when there is none */

    /* Set by admin_run(). */
    int status;     /* of HTTP */
    char allow[64]; /* with 405: the methods that the path has, for the Allow header */
    bool moves;     /* the call moves time or ends polls: it is to be answered after them */
    bool moving;    /* not answered yet: see admin_answer_move() */
    struct condition *await; /* not answered yet: wait for this, then admin_answer_await() */
    cmq_ms await_ms;         /* as long, in real time */
    cmq_ms delay_ms;         /* to be answered after so long in real time; 0: at once */
    void *ended;             /* owner of a move that this call has cut short; NULL: none */
    enum admin_end end;      /* why */
};

/* Find out what the call is and whom it is about. admin_fini() is due then. */
void admin_read(struct admin_call *c);

/* The call is to wait until the move that its namespace has under way has ended. */
bool admin_must_wait(const struct admin_call *c);

/* Carry the call out and write its answer, unless it is to wait: for a condition, or for the
 * end of the move that it has begun. */
void admin_run(struct admin_call *c);

/* Free what the call itself took. The texts and the answer are the caller's. */
void admin_fini(struct admin_call *c);

/* Write the answer of a call that waited. */
void admin_answer_await(struct buffer *answer, const struct namespace *ns,
                        const struct condition *condition, cmq_ms waited_ms);

/* The move of this namespace, which has arrived, is answered and over. */
void admin_answer_move(struct buffer *answer, struct namespace *ns, cmq_ms real_now_ms);

/* Write the answer of a call that waited for what will not come; returns the status. */
int admin_answer_end(struct buffer *answer, const struct namespace *ns, enum admin_end why);

/* Write {"error":{...}} with no virtual time: for what belongs to no namespace. */
void admin_write_error(struct buffer *answer, const char *code, const char *message);

#endif
