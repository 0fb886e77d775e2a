/* accept.h - what a client says it takes: the lists of the headers Accept, Accept-Encoding and
 * If-None-Match. */
#ifndef CMQ_SERVICE_ACCEPT_H
#define CMQ_SERVICE_ACCEPT_H

#include "base/bytes.h"

enum accept {
    ACCEPT_UNNAMED,
    ACCEPT_REFUSED, /* it is named, with a weight of 0 */
    ACCEPT_TAKEN,
};

/* What a list such as "text/html, text/plain;q=0" says of a name. The first mention counts. */
enum accept accept_find(struct bytes list, const char *name);

/* Whether Accept-Encoding allows gzip. */
bool accept_gzip(struct bytes list);

/* Whether If-None-Match has this tag: then its client has what it asks for. */
bool accept_has_tag(struct bytes list, const char *tag);

#endif
