#include "api/host.h"

struct bytes host_without_port(struct bytes host)
{
    size_t at = host.len;
    while (at > 0 && host.data[at - 1] >= '0' && host.data[at - 1] <= '9')
        at--;
    bool port = at > 0 && at < host.len && host.data[at - 1] == ':';
    /* The colons of an address of IPv6 without brackets lead to no port. */
    if (!port ||
        (memchr(host.data, ':', at - 1) != NULL && (at < 2 || host.data[at - 2] != ']')))
        return host;
    return (struct bytes){host.data, at - 1};
}
