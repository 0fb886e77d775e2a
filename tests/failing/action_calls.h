/* action_calls.h - calls of each Action, in all three APIs, to what prepared.h has made: most succeed, some
 * are refused. */
#ifndef CMQ_TESTS_ACTION_CALLS_H
#define CMQ_TESTS_ACTION_CALLS_H

#include <stddef.h>

/* Of the API v2, what is behind "/?Action="; HANDLE is the handle of a message that has been received,
 * LONG a text of 800 characters. NULL ends. */
extern const char *const queries_of_v2[];

/* The target of such a query; prepare() has been called. */
void make_target_of_v2(char *target, size_t size, const char *query);

/* Of the products of API 3.0; no Action ends. */
struct call_of_v3 {
    const char *action, *body;
};
extern const struct call_of_v3 calls_of_cmq[], calls_of_tdmq[];

#endif
