/* crossing.c - prints which functions a request runs through: "= what", then "+ address" for
 * each function that is entered and "- address" for each that is left. tests/bench/crossing
 * compiles everything with -finstrument-functions, so that the hooks below are called, and
 * counts. */
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STEPS_MAX = 100000 };

static struct step {
    char sign;
    void *function;
} steps[STEPS_MAX];
static size_t step_count;
static bool watching;

/* The compiler requires these names. NOLINTBEGIN(bugprone-reserved-identifier) */
#define NOT_ITSELF __attribute__((no_instrument_function))
NOT_ITSELF void __cyg_profile_func_enter(void *function, void *caller);
NOT_ITSELF void __cyg_profile_func_exit(void *function, void *caller);

NOT_ITSELF static void note(char sign, void *function)
{
    if (watching && step_count < STEPS_MAX)
        steps[step_count++] = (struct step){sign, function};
}

void __cyg_profile_func_enter(void *function, void *caller)
{
    (void)caller;
    note('+', function);
}

void __cyg_profile_func_exit(void *function, void *caller)
{
    (void)caller;
    note('-', function);
}
/* NOLINTEND(bugprone-reserved-identifier) */

static struct exchange asked, waiting;

/* Make a request of x, whose state is then what is expected. */
static void ask(struct exchange *x, const char *query, enum exchange_state expected)
{
    char target[512];
    snprintf(target, sizeof target, "/v2/index.php?%s", query);
    if (ask_service(x, "GET", target, "") == expected &&
        (expected == EXCHANGE_PARKED || x->code == 0))
        return;
    fprintf(stderr, "crossing: %s has another answer than expected: %.*s\n", query,
            (int)x->answer.len, x->answer.data);
    exit(EXIT_FAILURE);
}

/* The same, and print which functions it runs through. */
static void watch(const char *what, struct exchange *x, const char *query,
                  enum exchange_state expected)
{
    step_count = 0;
    watching = true;
    ask(x, query, expected);
    watching = false;
    printf("= %s\n", what);
    for (size_t i = 0; i < step_count; i++)
        printf("%c %p\n", steps[i].sign, steps[i].function);
}

/* The poll that waited has got its message. */
static void take_finished(void)
{
    if (service_take_finished(&service) == &waiting && waiting.code == 0)
        return;
    fprintf(stderr, "crossing: nothing came for the one that waits\n");
    exit(EXIT_FAILURE);
}

/* Each thing is done once before it is watched: the first time is not like others. */
int main(void)
{
    static const char send[] = "Action=SendMessage&queueName=orders&msgBody=hello";
    static const char receive[] = "Action=ReceiveMessage&queueName=orders";
    static const char poll[] = "Action=ReceiveMessage&queueName=orders&pollingWaitSeconds=30";
    static const char publish[] = "Action=PublishMessage&topicName=news&msgBody=hello";

    start_service(10);
    ask(&asked, "Action=CreateQueue&queueName=orders", EXCHANGE_ANSWERED);
    ask(&asked, send, EXCHANGE_ANSWERED);
    watch("SendMessage", &asked, send, EXCHANGE_ANSWERED);
    ask(&asked, receive, EXCHANGE_ANSWERED);
    watch("ReceiveMessage that finds one", &asked, receive, EXCHANGE_ANSWERED);

    ask(&waiting, poll, EXCHANGE_PARKED);
    ask(&asked, send, EXCHANGE_ANSWERED);
    take_finished();
    watch("ReceiveMessage that has to wait", &waiting, poll, EXCHANGE_PARKED);
    watch("SendMessage with a parked poll", &asked, send, EXCHANGE_ANSWERED);
    take_finished();

    ask(&asked, "Action=CreateTopic&topicName=news", EXCHANGE_ANSWERED);
    ask(&asked,
        "Action=Subscribe&topicName=news&subscriptionName=copy&protocol=queue&endpoint=orders",
        EXCHANGE_ANSWERED);
    ask(&asked, publish, EXCHANGE_ANSWERED);
    watch("PublishMessage to a queue", &asked, publish, EXCHANGE_ANSWERED);
    return EXIT_SUCCESS;
}
