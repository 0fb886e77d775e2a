/* record.h - what there is to say about an exchange that has been answered: for the log.
 *
 * The texts are the client's own, as they came, and belong to the exchange: valid until
 * exchange_reset(). What does not apply is empty, or NULL. */
#ifndef CMQ_SERVICE_RECORD_H
#define CMQ_SERVICE_RECORD_H

#include "base/bytes.h"

#include <stdint.h>

struct exchange;

struct record {
    const char *namespace;
    struct bytes method;
    struct bytes action; /* empty when it is unknown, or no call of CMQ */
    struct bytes path;
    struct bytes queue, topic, subscription, secret_id;
    const char *api; /* "v2", "cmq", "tdmq", "-" (v3_call_product()); NULL for no call of CMQ */
    int code;        /* of the API v2 as it was answered, or the HTTP status */
    const char *v3_code;   /* of API 3.0, "" for a success; else NULL */
    int module;            /* of CMQ; 0 for a success, and for other requests */
    uint64_t fault;        /* the rule that acted on it (fault.h); 0: none */
    bool routine;          /* a health check that passed */
    bool failed;           /* with these: */
    struct bytes message;  /* as it was answered */
    struct bytes warnings; /* each ended by '\n' */
};

void record_of(const struct exchange *x, struct record *out);

#endif
