/* converse_v3.h - a call of API 3.0, made of a line of a conversation:
 *
 *     [tdmq] CreateCmqQueue QueueName=q MaxMsgSize=1024
 *     [cmq get -Timestamp] DescribeQueueDetail Filters='[{"Name":"QueueName","Values":["q"]}]'
 *
 * What brackets may say, and what a value becomes, is in tests/conversations/README.md. */
#ifndef CMQ_TESTS_CONVERSE_V3_H
#define CMQ_TESTS_CONVERSE_V3_H

#include "converse_line.h"

struct v3_call {
    char method[16];
    char host[256];        /* "": the usual one */
    struct buffer target;  /* path and query, encoded */
    struct buffer headers; /* lines "Name: value\n" */
    struct buffer body;
    char mistake[128]; /* why it cannot be made */
};

/* Whether the line, without its sign, is a call of API 3.0. */
bool v3_call_is_meant(const char *text);

/* False when the line cannot be read; then call->mistake says why. v3_call_free() is due
 * anyway. */
bool v3_call_compose(struct v3_call *call, const char *text, const struct variables *variables);
void v3_call_free(struct v3_call *call);

#endif
