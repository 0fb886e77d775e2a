/* ask_service.h - the service under test, asked without sockets: short words for what tests ask
 * of it and expect.
 *
 * There is one service at a time, with the program's defaults. Real time is a variable. A call
 * is answered at once, by `exchange`, or is one of those that are parked. Each of these words
 * fails the running test when things are not so, and looks whether all engines are whole. */
#ifndef CMQ_TESTS_ASK_SERVICE_H
#define CMQ_TESTS_ASK_SERVICE_H

#include "service/service.h"

/* When a service is started, in real time: 2030-01-01T00:00:00Z. */
#define BEGUN_MS ((cmq_ms)1893456000000)

enum { PARKED_MAX = 10 };

extern struct service service;
extern struct exchange exchange;           /* of the last call that was answered at once */
extern struct exchange parked[PARKED_MAX]; /* of calls that were not */
extern cmq_ms real_ms;
extern const struct namespace *pushed_by; /* whose pushes the calls are; NULL: they are none */

/* What the program makes of no options at all. */
struct service_config default_config(void);

/* With room for so many namespaces. Before it stops all pushes have ended. */
void start_service(size_t max_namespaces);
void stop_service(void);

/* A call that is answered at once, with this status; part is a part of its answer. */
void expect(const char *method, const char *target, const char *body, int status,
            const char *part);
void get(const char *target, const char *part);
void post(const char *target, const char *body, const char *part);

/* The last answer of `exchange`. */
const char *answer_text(void);

/* A call that waits for this, as parked[i]. */
void park(size_t i, const char *method, const char *target, const char *body,
          enum waits_for what);

/* The next parked call that has its answer is this one; or there is none. */
void expect_answered(size_t i, int status, const char *part);
void expect_none_answered(void);

/* Make a request of x, which holds no other that is parked: whatever comes of it. */
enum exchange_state ask_service(struct exchange *x, const char *method, const char *target,
                                const char *body);

/* x has its answer: take all of it into its text, also one that is made as it is taken. */
void take_answer(struct exchange *x);

/* x has its answer: take it, and hold it against this. */
void check_exchange(const char *what, struct exchange *x, int status, const char *part);

void check_engines(void);

#endif
