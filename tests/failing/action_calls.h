/* action_calls.h - calls of each Action, in all three APIs, to what prepared.h has made: most succeed, some
 * are refused. */
#ifndef CMQ_TESTS_ACTION_CALLS_H
#define CMQ_TESTS_ACTION_CALLS_H

#include "service/exchange.h"

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

/* ---- one after the other ---- */

enum action_call_api { OF_V2, OF_CMQ, OF_TDMQ, ACTION_CALL_APIS };

/* As rules of faults name them. */
extern const char *const action_call_apis[ACTION_CALL_APIS];

struct action_call {
    enum action_call_api api;
    bool is_known; /* the API has the Action, and the call can be read */
    char action[64];
    const char *body; /* of API 3.0 */
    char target[2048];
};

/* The i-th of these, from 0; false if there are no more. prepare() has been called. */
bool action_call_make(enum action_call_api api, size_t i, struct action_call *out);

/* Make a request of x, which holds no other one that is parked: by GET, or as JSON. */
void action_call_write(const struct action_call *c, struct exchange *x);

#endif
