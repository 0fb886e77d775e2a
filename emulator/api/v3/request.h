/* request.h - what makes a request one of API 3.0, and which Action it asks for.
 *
 * API 3.0 and the API v2 share a port, and "/" as a path (api3 2.1, common 2.5). A request is
 * one of API 3.0 (api3 2.4) when
 *
 *   a header field says so   X-TC-Action or X-TC-Version is there, also if it is empty, or
 *                            Authorization begins with "TC3-HMAC-SHA256 ";
 *   or its parameters do     the path is "/", and there is an Action and a Version that is a
 *                            date.
 *
 * No client of the API v2 sends these. One sends the Version "v2" to "/" (sdk-compat 3.3), and
 * generic clients send a date, but to the path of the API v2 (common 5.7).
 *
 * Memory  all texts that are found lie in those of the caller. */
#ifndef CMQ_API_V3_REQUEST_H
#define CMQ_API_V3_REQUEST_H

#include "base/form.h"

struct v3_request {
    /* Set by the caller. Values of header fields have data NULL when the field is not there. */
    struct bytes path;            /* of the target, without the query */
    struct bytes action_field;    /* X-TC-Action */
    struct bytes version_field;   /* X-TC-Version */
    struct bytes authorization;   /* Authorization */
    struct bytes timestamp_field; /* X-TC-Timestamp */
    struct bytes region_field;    /* X-TC-Region */
    const struct form *form; /* the parameters, where the API v2 finds them; NULL: not read */

    /* Set by v3_request_read() when it returns true; empty where nothing was given. */
    bool by_fields; /* so its parameters are a JSON body, or of a GET the query (api3 2.1) */
    struct bytes action, version, timestamp, region;
    struct bytes secret_id; /* says whose the request is, as in the API v2 (decisions 14) */
    const char *product;    /* "cmq" or "tdmq", by the version (api3 1); NULL for any other */
};

/* Whether the request is one of API 3.0. If it is not, nothing but the caller's members may be
 * looked at. Reading a form changes its text, and the JSON of a request that its fields tell
 * must not be read as one: so ask without a form first, then with one. */
bool v3_request_read(struct v3_request *r);

#endif
