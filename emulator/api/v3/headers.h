/* headers.h - the header fields of a request, as lines "Name: value\n". */
#ifndef CMQ_API_V3_HEADERS_H
#define CMQ_API_V3_HEADERS_H

#include "base/bytes.h"

/* The value of a field, the first one of that name in whichever case, trimmed; data is NULL if
 * there is none. */
struct bytes v3_header(struct bytes headers, struct bytes name);

#endif
