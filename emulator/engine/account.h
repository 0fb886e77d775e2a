/* account.h - the account that all queues and topics of an engine belong to.
 *
 * For    what clients and endpoints are told: createUin is the number of the account, and
 *        topicOwner, in a push TopicOwner, that of its application (topic-api 2.4, 2.12, 4.2).
 * Range  1 to ACCOUNT_NUMBER_MAX: above 2^53 a reader of JSON may alter a number. */
#ifndef CMQ_ENGINE_ACCOUNT_H
#define CMQ_ENGINE_ACCOUNT_H

#include <stdint.h>

#define ACCOUNT_NUMBER_MAX (((int64_t)1 << 53) - 1)

struct account {
    int64_t uin, app_id;
};

/* The account of an engine about which nothing is said. */
static inline struct account account_default(void)
{
    return (struct account){.uin = 100000000001, .app_id = 1250000000};
}

#endif
