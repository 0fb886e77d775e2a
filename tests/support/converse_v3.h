/* converse_v3.h - a call of API 3.0, made of a line of a conversation:
 *
 *     [tdmq] CreateCmqQueue QueueName=q MaxMsgSize=1024
 *     [cmq get -Timestamp] DescribeQueueDetail Filters='[{"Name":"QueueName","Values":["q"]}]'
 *
 * What brackets may say, and what a value becomes, is in tests/conversations/README.md. With
 * [tdmq key=ID] it is signed. */
#ifndef CMQ_TESTS_CONVERSE_V3_H
#define CMQ_TESTS_CONVERSE_V3_H

#include "converse_sign.h"

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

/* Who sends it, and where to. */
struct v3_sender {
    const struct variables *variables;
    struct sign_keys *keys;
    const char *address; /* the Host, unless the line says otherwise */
};

/* False when the line cannot be read; then call->mistake says why. v3_call_free() is due
 * anyway. */
bool v3_call_compose(struct v3_call *call, const char *text, const struct v3_sender *sender);
void v3_call_free(struct v3_call *call);

#endif
