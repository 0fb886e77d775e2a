/* stop.h - what tells the program to stop: a signal, and if asked for the end of the process
 * that started it, or of standard input.
 *
 * A test runner that is killed cannot stop what it has started; with these two it need not. */
#ifndef CMQ_SERVER_STOP_H
#define CMQ_SERVER_STOP_H

#include <stdbool.h>

struct stop {
    int fd; /* an epoll set: readable when stop_is_due() may have become true */
    int signals;
    int parent; /* -1: not watched */
    int input;  /* likewise */
    bool input_has_ended;
};

/* SIGINT, SIGTERM and SIGHUP are blocked from now on. False, with errno set, when something cannot be
 * watched; *what then names it. */
bool stop_open(struct stop *s, bool with_parent, bool on_eof, const char **what);
void stop_close(struct stop *s);

/* Whether it is time to stop. What comes on standard input is read and dropped. */
bool stop_is_due(struct stop *s);

#endif
