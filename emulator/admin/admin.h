/* admin.h - the admin interface /_emulator/... (admin 1).
 *
 * One table of routes: method, path, arguments, handler. Unlike CMQ calls these answer with
 * real HTTP status codes. Every answer is a JSON object with the namespace's virtual time.
 *
 * Use: fill the first part of a call; admin_read() finds out what it is and whom it is about;
 * within the bracket of that namespace admin_run() carries it out. When the result says that
 * the call waits, its wait ends later, and admin_answer_move(), admin_answer_await() or
 * admin_answer_end() writes the answer. admin_fini() is due in the end. */
#ifndef CMQ_ADMIN_ADMIN_H
#define CMQ_ADMIN_ADMIN_H

#include "admin/call.h"

/* Needs no bracket. */
void admin_read(struct admin_call *c);

/* The call is not to be run before the move that its namespace has under way has ended. */
bool admin_must_wait(const struct admin_call *c);

void admin_run(struct admin_call *c);

/* The move that the call has begun has arrived; it is still that of its namespace. */
void admin_answer_move(struct admin_call *c);

/* What c->condition waits for has come, or has not within waited_ms. */
void admin_answer_await(struct admin_call *c, cmq_ms waited_ms);

/* What the call waited for will not come. */
void admin_answer_end(struct admin_call *c, enum wait_end how);

/* Free what the call itself took. The texts and the answer are the caller's. */
void admin_fini(struct admin_call *c);

/* Write {"error":{...}} with no virtual time: for what belongs to no namespace. */
void admin_write_error(struct buffer *answer, const char *code, const char *message);

#endif
