/* warnings.h - what is odd about a request that is served all the same (decisions 41).
 *
 * Warnings are for the person who debugs a client: they go to the log and to the metrics, never
 * to the client. A request has a handful of them at the most; further ones are counted, but
 * their texts are left out.
 *
 * Errors  without memory for a text the warning is only counted. */
#ifndef CMQ_API_WARNINGS_H
#define CMQ_API_WARNINGS_H

#include "base/buffer.h"
#include "operations/operation.h"

enum warning_kind {
    WARNING_UNKNOWN_PARAMETER, /* the Action does not use it */
    WARNING_UNKNOWN_ACTION,    /* in API 3.0: the product has none of this name */
    WARNING_GAP,               /* in the numbers of a list */
    WARNING_CLAMPED,           /* a value out of range was taken for the nearest one within */
    WARNING_TWO_REQUESTS,      /* query and body both have an Action */
    WARNING_JSON_BODY,         /* where a form is expected */
    WARNING_SECRET_ID,         /* belongs to no namespace */
    WARNING_NO_SUCH_QUEUE,     /* a subscription delivers to a queue that is not there */
    WARNING_UNSEEN,            /* a message expires before its delay ends */
    WARNING_POLL_ENDED,        /* in real time, while the clock stood */
    WARNING_SIGNATURE,         /* refused, or not made as documented */
    WARNING_KINDS
};

/* "unknown-parameter", for metrics. */
const char *warning_kind_name(enum warning_kind kind);

struct warnings {
    struct buffer texts; /* each ended by '\n'; there is no other '\n' in them */
    uint32_t counts[WARNING_KINDS];
    size_t count; /* of all kinds */
};

/* Whether the text of a further warning would be kept. */
bool warnings_have_room(const struct warnings *w);

void warnings_clear(struct warnings *w); /* keeps the memory */
void warnings_free(struct warnings *w);

/* Add the text before, the name, and the text behind it. The name may be any bytes: it is cut,
 * and "?" stands for control characters; whoever shows the text escapes the rest. */
void warnings_add(struct warnings *w, enum warning_kind kind, const char *before,
                  struct bytes name, const char *behind);

/* Add the text before and the sentence, which may be longer than a name. */
void warnings_say(struct warnings *w, enum warning_kind kind, const char *before,
                  struct bytes sentence);

/* After Subscribe: a subscription to a queue that does not exist. */
void warn_of_subscription(struct warnings *w, struct engine *e, const struct subscription *s);

/* After a send: the delay is not shorter than the queue's retention. */
void warn_of_delay(struct warnings *w);

#endif
