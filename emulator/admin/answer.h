/* answer.h - members that several answers of the admin interface have in common (admin 6).
 *
 * Each function appends members to the open object. Running out of memory sets b->failed. */
#ifndef CMQ_ADMIN_ANSWER_H
#define CMQ_ADMIN_ANSWER_H

#include "admin/call.h"
#include "admin/schema.h"

/* What these write, for the schemas of answers. */
extern const struct schema time_schema, clock_schema, event_schema, error_schema;

/* The namespace and its virtual time, which every answer has. */
void write_time(struct buffer *b, const struct namespace *ns);

/* The members of the clock object. Must be called within the bracket of ns. */
void write_clock(struct buffer *b, const struct namespace *ns);

void write_event_members(struct buffer *b, const struct event_view *v);

/* Why a push was not delivered; no member if it was, or if no attempt was made yet. */
void write_push_error(struct buffer *b, const char *key, const struct push_outcome *outcome,
                      name_error_fn *name_error);

void write_ms_or_null(struct buffer *b, const char *key, bool has, cmq_ms ms);

/* As most, below: all of it. */
enum { BODY_WHOLE = INT32_MAX };

/* The body as a string, and in Base64 under the other key if it is not UTF-8 (decisions 37).
 * blob is what it is kept in, and is lent to b; NULL if in none. Of a body that is longer than
 * most only the front is written, and its length as `cut`. */
void write_body(struct buffer *b, const char *key, const char *base64_key, struct bytes body,
                struct blob *blob, size_t most);

/* The row for `cut`. */
#define BODY_CUT_MEMBER                                                                        \
    {                                                                                          \
        "cut", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,                                          \
                            .help = "the bytes of the body, of which only the front is shown"  \
    }

/* "error":{...}; argument is "" if none is to blame. */
void write_error(struct buffer *b, const char *code, const char *message, const char *argument);

#endif
