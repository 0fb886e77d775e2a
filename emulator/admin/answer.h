/* answer.h - members that several answers of the admin interface have in common (admin 6).
 *
 * Each function appends members to an object that is open. */
#ifndef CMQ_ADMIN_ANSWER_H
#define CMQ_ADMIN_ANSWER_H

#include "admin/call.h"

/* The namespace and its virtual time: every answer has these. */
void write_time(struct buffer *b, const struct namespace *ns);

/* The clock object's. Within the bracket of ns. */
void write_clock(struct buffer *b, const struct namespace *ns);

void write_event_members(struct buffer *b, const struct event_view *v);

/* Why a push was not delivered; nothing when it was, or when none was made. */
void write_push_error(const struct admin_call *c, const char *key,
                      const struct push_outcome *outcome);

void write_ms_or_null(struct buffer *b, const char *key, bool has, cmq_ms ms);

/* msgBody, and msgBodyBase64 where it is no UTF-8; the keys are given. */
void write_body(struct buffer *b, const char *key, const char *base64_key, struct bytes body);

/* "error":{...}; argument is "" where none is to blame. */
void write_error(struct buffer *b, const char *code, const char *message, const char *argument);

#endif
