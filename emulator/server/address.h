/* address.h - what can be told from an address alone, IPv4 and IPv6.
 *
 * An IPv4 address and the IPv6 address that it is mapped to are the same here: a socket that
 * serves both families shows its IPv4 peers in the second form. */
#ifndef CMQ_SERVER_ADDRESS_H
#define CMQ_SERVER_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/* "127.0.0.1:1234", "[::1]:1234"; "" for other families. */
enum { ADDRESS_TEXT_SIZE = 64 };
void address_write(const struct sockaddr *address, char out[ADDRESS_TEXT_SIZE]);

/* Whether it is of this machine, or of a private network and no service of a cloud
 * (--push local). */
bool address_is_local(const struct sockaddr *address);

/* Whether both are the same address and the same port. */
bool address_equal(const struct sockaddr *a, const struct sockaddr *b);

#endif
