/* program.h - the built program as a child process, and a client that speaks bytes to it.
 *
 * For tests of what happens on the wire: odd requests, half-closed sockets, clients that
 * vanish. Waiting is for bytes, with a limit far above what any answer takes; nothing sleeps.
 * Whatever cannot be done fails the test. */
#ifndef CMQ_TESTS_PROGRAM_H
#define CMQ_TESTS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct program {
    pid_t pid;
    int port;
    char folder[64]; /* of its own, for the port file */
    char ready[512]; /* what it printed when it was ready */
};

struct response {
    int status;
    char head[4096]; /* the status line and the headers, with a NUL */
    char *body;      /* with a NUL behind it; response_free() */
    size_t body_len;
};

/* Start $BUILD/cmq-emulator (build/ if unset) on a free port with further options, NULL last.
 */
void program_start(struct program *p, const char *const *options);

/* SIGTERM; returns the exit code. */
int program_stop(struct program *p);

/* A connected socket. */
int program_connect(const struct program *p);

void send_bytes(int fd, const char *bytes, size_t len);
void send_text(int fd, const char *text);

/* Read one answer by its Content-Length; "100 Continue" is an answer of its own. False when the
 * connection ended before. */
bool read_response(int fd, struct response *r);
void response_free(struct response *r);

/* The other side has closed, and nothing more came. */
bool is_closed(int fd);

/* Something can be read at this moment. */
bool is_readable(int fd);

/* Read one answer, which has this status and this part in its body. */
void expect_response(const char *what, int fd, int status, const char *part);

/* Send one request on a connection, and leave its answer to be read. body may be NULL. */
void send_request(int fd, const char *method, const char *target, const char *body);

/* The same, and return its answer, body only; free() it. */
char *ask(int fd, const char *method, const char *target, const char *body);

/* The same on a connection of its own. */
char *ask_once(const struct program *p, const char *method, const char *target,
               const char *body);

/* An answer of ask() has this part; it is freed. */
void check_answer(char *answer, const char *part);

/* Ask for the clock until it shows so many parked polls; each request lets the program go on.
 */
void await_parked(const struct program *p, int polls);

/* How many descriptors the program has open; and wait until it has so many again, but for those
 * of one further connection. */
int program_descriptors(const struct program *p);
void await_descriptors(const struct program *p, const char *what, int count);

#endif
