/* stage.h - a service and its clients, in this process, with an eye on all that must always hold.
 *
 * There is one at a time. After each of these words engines are whole, budgets and counts are what
 * the clients account for, and each request is answered, or waits, or has been answered since, once;
 * each answer has the form of its interface. stage_close() ends everything, and then nothing may be
 * left: of requests, pushes, namespaces and budgets. Memory is for the sanitizers to judge.
 *
 * Begins at 2020-01-01 in real time, listens at 127.0.0.1:9267, and has the ids of seed 1, as the
 * conversations within a process: what they say to each other is right here, too. */
#ifndef CMQ_TESTS_STAGE_H
#define CMQ_TESTS_STAGE_H

#include "tests/fuzz/program.h"
#include "tests/fuzz/request_text.h"

#include "service/service.h"

enum { STAGE_CLIENTS = 16 };

/* Who a request comes from. */
enum stage_sender {
    SENDER_PLAIN,
    SENDER_GONE,     /* before it could be answered */
    SENDER_PUSH,     /* it is a push of the namespace of the one taken last */
    SENDER_TOO_LARGE /* its body is, so it was not kept */
};

extern struct service stage_service;
extern struct ids_seen stage_ids;

/* Begin with these options of the program, separated by blanks; those that concern the world outside
 * are left out. False when they are bad. */
bool stage_open(struct bytes options);
void stage_close(void);

/* Begin with options that are right, and make these requests first. */
void stage_begin(const char *options, const char *const *requests, size_t count);

/* A request; a client that waits hangs up before. The exchange has the answer until the client's next
 * request if it was answered at once and the client is lazy; or else nothing. */
void stage_ask(size_t client, struct bytes request, enum stage_sender sender);

void stage_hang_up(size_t client);
void stage_end_wait(size_t client);
void stage_toggle_lazy(size_t client);
void stage_toggle_deaf(size_t client);
void stage_pass(cmq_ms span_ms);
void stage_set_wall(cmq_ms ahead_ms);
void stage_take_pushes(void);
void stage_end_push(size_t which, int status);
void stage_settle(void);
void stage_toggle_settling(void);
void stage_idle(void);
void stage_end_all_waits(void);

/* How much is done in a turn of the loop (base/effort.h), which each of these words is; 0: any. And a
 * turn in which what is left over goes on. */
void stage_set_units(size_t n);
void stage_carry_on(void);

/* The answer of the request of this client that was last answered; valid until its next request, for
 * targets that look at it themselves. */
struct stage_answer {
    int status, code;
    enum exchange_kind kind;
    struct bytes text;
};
struct stage_answer stage_answer(void);

#endif
