/* inside.h - what the service consists of, for the files that it is made of; others use it through
 * service.h. */
#ifndef CMQ_SERVICE_INSIDE_H
#define CMQ_SERVICE_INSIDE_H

#include "admin/feed.h"
#include "api/auth.h"
#include "service/gate.h"
#include "service/metrics.h"
#include "service/once.h"

/* Append the file of this name in the folder; false when there is none that can be read. */
typedef bool read_asset_fn(const char *folder, struct bytes name, struct buffer *out);

struct service_config {
    struct registry_config registry;
    struct gate gate;
    const char *address;   /* where the program listens, "host:port" */
    const char *authority; /* PEM: of the program's certificate, for clients; NULL: none */
    enum unknown_parameters unknown_parameters;
    const char *dashboard;     /* the folder of the dashboard's files; NULL: the program's */
    read_asset_fn *read_asset; /* of that folder; set unless that is NULL */
    bool refuse_unknown_ids;   /* secret ids that are nobody's */
    enum auth_mode auth;
    cmq_ms max_skew_ms; /* of a call's Timestamp to the real clock; 0: any */
};

struct service {
    struct service_config config;
    struct registry registry;
    struct once unknown_ids; /* secret ids that a warning has named */
    struct once odd_signers; /* likewise: they sign in a way of their own */
    cmq_ms explained_ms;     /* in real time: so far the explanations of signatures reach */
    cmq_ms started_real_ms;
    struct list_node finished; /* exchanges that were parked and have their answer */
    struct list_node delayed;  /* exchanges whose answer is written, and sent after a delay */
    struct list_node pushes;   /* to be made */
    struct list_node parked_anew; /* exchanges, see service_take_parked_anew() */
    struct feeds feeds;
    struct list_node awake; /* exchanges, see service_take_awake() */
    cmq_ms carried_real_ms; /* when line_carry_on() was called last */
    struct metrics metrics;
    struct msg_ids msg_ids; /* of the call that is being answered */
};

#endif
