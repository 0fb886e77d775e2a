/* broken.h - which call of the system, or of the C library, is to fail in a program that was
 * started with the library of tests/failing/preload before all others.
 *
 * Test and program share one struct broken, in the file that BROKEN_FILE names. The test writes
 * it while the program waits, or before it starts. */
#ifndef CMQ_TESTS_BROKEN_H
#define CMQ_TESTS_BROKEN_H

#include <stdint.h>

#define BROKEN_FILE "CMQ_BROKEN_FILE"

enum broken_call {
    BROKEN_NONE,
    BROKEN_ACCEPT4,
    BROKEN_BIND,
    BROKEN_CLOSE, /* closes all the same, as Linux does */
    BROKEN_CONNECT,
    BROKEN_EPOLL_CREATE1,
    BROKEN_EPOLL_CTL,
    BROKEN_EPOLL_WAIT,
    BROKEN_EVENTFD,
    BROKEN_FCNTL,
    BROKEN_FOPEN,
    BROKEN_GETRANDOM,
    BROKEN_GETSOCKNAME,
    BROKEN_LISTEN,
    BROKEN_MEMORY, /* malloc, calloc, realloc */
    BROKEN_OPEN,
    BROKEN_RECV,
    BROKEN_RENAME,
    BROKEN_SEND, /* send, sendmsg */
    BROKEN_SETSOCKOPT,
    BROKEN_SIGNALFD,
    BROKEN_SOCKET,
    BROKEN_WRITEV,
    BROKEN_CALLS
};

/* Instead of an error: send() takes one byte only. */
enum { BROKEN_SHORT = -1 };

struct broken {
    volatile int32_t call;   /* enum broken_call */
    volatile int32_t error;  /* errno, or BROKEN_SHORT */
    volatile uint32_t at;    /* the n-th of these calls, from 1 */
    volatile uint32_t times; /* that one, and as many as make this number */
    volatile uint32_t seen;  /* such calls so far */
    volatile uint32_t failed;
    char who[32]; /* of the libraries, only that whose path has this in it; "": any */
};

#endif
