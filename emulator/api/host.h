/* host.h - the parts of a Host header. */
#ifndef CMQ_API_HOST_H
#define CMQ_API_HOST_H

#include "base/bytes.h"

/* "localhost" of "localhost:9267", "[::1]" of "[::1]:9267"; all of it where there is no port. */
struct bytes host_without_port(struct bytes host);

#endif
