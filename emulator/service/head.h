/* head.h - what the service reads of the head of an HTTP request, besides method and target.
 *
 * The texts are the network's; each is empty when the request does not have the header. */
#ifndef CMQ_SERVICE_HEAD_H
#define CMQ_SERVICE_HEAD_H

#include "base/buffer.h"

struct head {
    struct bytes host;
    struct bytes target_host; /* of a target in absolute form, as proxies get it; no header */
    struct bytes origin, fetch_site, fetch_dest, user_agent; /* who calls, see gate.h */
    struct bytes authorization;
    struct bytes last_event_id;                          /* see admin/feed.h */
    struct bytes accept, accept_encoding, if_none_match; /* see accept.h */
    struct bytes tc_action, tc_version, tc_timestamp;    /* X-TC-...: API 3.0 (api3 2.2) */
    struct bytes tc_token, tc_region, tc_client;         /* likewise; the last: RequestClient */
};

/* Keep the value of a header if it is one of these. The first one of a name counts, as it does for
 * signatures (api/v3/headers.h): what is judged must be what was signed. */
void head_take(struct head *h, struct bytes name, struct bytes value);

/* Append the path and query of a target to out. "http://user@host/path?query", as a proxy gets it,
 * is served like "/path?query" of that host, which is kept. */
void head_take_target(struct head *h, struct bytes target, struct buffer *out);

#endif
