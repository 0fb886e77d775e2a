/* admin.h - the admin interface /_emulator/... (admin 1).
 *
 * Routes are tables: method, path, arguments, handler. Unlike CMQ calls these answer with real
 * HTTP status codes. Every answer is a JSON object with the namespace's virtual time.
 *
 * Use     fill the first part of a call; admin_read() finds its route and its namespace; within
 *         the bracket of that namespace admin_run() carries it out. When the result says that
 *         the call waits, the answer is written at the end of its wait, by admin_answer_move(),
 *         admin_answer_await() or admin_answer_end(). admin_fini() at the end.
 * Errors  are answers, too. Running out of memory for the answer shows in answer->failed. */
#ifndef CMQ_ADMIN_ADMIN_H
#define CMQ_ADMIN_ADMIN_H

#include "admin/call.h"

/* Find route and namespace, and decode the query. A mistake is remembered and answered by
 * admin_run(). Needs no bracket. */
void admin_read(struct admin_call *c);

/* The namespace that must not be busy when the call is run: that of the call, or the one that it is
 * about; NULL if it does not matter. */
struct namespace *admin_waits_for(const struct admin_call *c);

/* How c->namespace is to be entered. */
enum entry admin_entry(const struct admin_call *c);

/* At how many of the events to come it looks, or less. */
size_t admin_events(const struct admin_call *c);

/* Whether the call may only be run when its namespace has no move under way, and it has one. A push
 * that waited for the move that waits for it would do so for ever: that is a mistake, and does not
 * wait. */
bool admin_must_wait(struct admin_call *c);

/* Carry out the call within the bracket of c->namespace; c->result says whether it is
 * answered. */
void admin_run(struct admin_call *c);

/* Answer a call whose move has arrived, while it still is the move of its namespace. */
void admin_answer_move(struct admin_call *c);

/* Answer a call that was put off, within the bracket of its namespace; or put it off once more: then
 * c->again is set. */
void admin_answer_rest(struct admin_call *c);

/* Answer a call that waited for c->condition, for waited_ms of real time: it may be true or
 * not. */
void admin_answer_await(struct admin_call *c, cmq_ms waited_ms);

/* Answer a call whose wait has ended without success: how is not WAIT_SATISFIED. */
void admin_answer_end(struct admin_call *c, enum wait_end how);

/* Free what the call allocated. The texts and the answer are the caller's. */
void admin_fini(struct admin_call *c);

/* Write {"error":{...}} for requests that are no calls, with the time of ns unless it is NULL. */
void admin_write_error(struct buffer *answer, const char *code, const char *message,
                       const struct namespace *ns);

#endif
