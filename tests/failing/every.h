/* every.h - a call to the service, sent with each of its requests for memory failing in turn.
 *
 * The state of the service is compared as a whole (tests/support/service_state.h). A call that was short
 * of memory
 *
 *   either is answered as documented (6000, InternalError, 500 no-memory), and has changed nothing:
 *   not even what the same call gets afterwards;
 *   or is answered as if there had been enough, and has then done all that it does.
 *
 * Nothing that it took is left behind in the first case. */
#ifndef CMQ_TESTS_EVERY_H
#define CMQ_TESTS_EVERY_H

#include "service/service.h"

struct sent_call {
    const char *method, *target, *body;
    const char *action, *version;                    /* header fields of API 3.0; NULL: none */
    const char *authorization, *timestamp, *headers; /* likewise, of a signed one */
    const char *part;           /* of the answer where nothing fails; NULL: any */
    void (*check)(bool failed); /* whether others have got, or not, what the call brings them;
                                   NULL: there are none */
    bool is_explained;          /* a refusal, of which the explanation may be lost */
    bool is_tried_again;        /* it sets off a delivery, of which an attempt may fail */
};

/* Before the first of a group of tests. */
int every_begin(void **state);

/* Make the state that the calls begin with, in the service of ask_service.h, which has been
 * started. It must be the same each time. */
typedef void every_prepare_fn(void);

/* Try the call with each failure, of one request and of all from there on. */
void every_failure(every_prepare_fn *prepare, const struct sent_call *c);

/* Count a call that was tried otherwise. */
void every_count(size_t asked);

/* Print how many calls there were, how many failures, and how many requests a call made at the
 * most. */
void every_report(const char *what);

#endif
