#include "server/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The first one that an address lies in decides. What lies in none is not local; among those are
 * link-local addresses and 100.64.0.0/10, where clouds have services that give away
 * credentials, all forms that lead through a translator (NAT64, 6to4), and multicast. Some clouds
 * have such services among the unique local addresses as well: they come first. */
struct network {
    uint8_t bytes[16];
    unsigned bits;
    bool local;
};

#define V4(a, b, c, d, bits)                                                                   \
    {                                                                                          \
        {[10] = 0xff, 0xff, a, b, c, d}, 96 + (bits), true                                     \
    }

static const struct network networks[] = {
    V4(0, 0, 0, 0, 32),                               /* this machine */
    V4(127, 0, 0, 0, 8),                              /* likewise */
    V4(10, 0, 0, 0, 8),                               /* RFC 1918 */
    V4(172, 16, 0, 0, 12),                            /* likewise */
    V4(192, 168, 0, 0, 16),                           /* likewise */
    {{0}, 128, true},                                 /* :: is this machine */
    {{[15] = 1}, 128, true},                          /* ::1, likewise */
    {{0xfd, 0, 0x0e, 0xc2}, 32, false},               /* fd00:ec2::, AWS */
    {{0xfd, 0x20, 0, 0xce}, 32, false},               /* fd20:ce::, Google */
    {{0xfd, 0, 0, 0xc1}, 32, false},                  /* fd00:c1::, Oracle */
    {{0xfd, 0, 0, 0x42, [14] = 0, 0x42}, 128, false}, /* Scaleway */
    {{0xfc}, 7, true},                                /* RFC 4193 */
};

/* As IPv6 has it, with the port; false for other families. */
static bool normalize(const struct sockaddr *address, struct sockaddr_in6 *out)
{
    if (address->sa_family == AF_INET6) {
        memcpy(out, address, sizeof *out);
        return true;
    }
    if (address->sa_family != AF_INET)
        return false;
    struct sockaddr_in v4;
    memcpy(&v4, address, sizeof v4);
    memset(out, 0, sizeof *out);
    out->sin6_port = v4.sin_port;
    memset(out->sin6_addr.s6_addr + 10, 0xff, 2);
    memcpy(out->sin6_addr.s6_addr + 12, &v4.sin_addr, 4);
    return true;
}

static bool lies_in(const uint8_t *bytes, const struct network *n)
{
    unsigned whole = n->bits / 8;
    unsigned rest = n->bits % 8;
    unsigned mask = 0xff00u >> rest & 0xffu;
    return memcmp(bytes, n->bytes, whole) == 0 &&
           (rest == 0 || ((bytes[whole] ^ n->bytes[whole]) & mask) == 0);
}

bool address_is_local(const struct sockaddr *address)
{
    struct sockaddr_in6 a;
    if (!normalize(address, &a))
        return false;
    for (size_t i = 0; i < COUNT(networks); i++)
        if (lies_in(a.sin6_addr.s6_addr, &networks[i]))
            return networks[i].local;
    return false;
}

bool address_equal(const struct sockaddr *a, const struct sockaddr *b)
{
    struct sockaddr_in6 x;
    struct sockaddr_in6 y;
    return normalize(a, &x) && normalize(b, &y) && x.sin6_port == y.sin6_port &&
           memcmp(&x.sin6_addr, &y.sin6_addr, sizeof x.sin6_addr) == 0;
}

void address_write(const struct sockaddr *address, char out[ADDRESS_TEXT_SIZE])
{
    static const uint8_t mapped[12] = {[10] = 0xff, 0xff};
    char text[INET6_ADDRSTRLEN] = "";
    struct sockaddr_in6 a;
    out[0] = '\0';
    if (!normalize(address, &a))
        return;
    const uint8_t *bytes = a.sin6_addr.s6_addr;
    bool is_v4 = memcmp(bytes, mapped, sizeof mapped) == 0;
    inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? bytes + sizeof mapped : bytes, text,
              sizeof text);
    snprintf(out, ADDRESS_TEXT_SIZE, is_v4 ? "%s:%u" : "[%s]:%u", text,
             (unsigned)ntohs(a.sin6_port));
}
