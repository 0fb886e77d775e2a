/* mistake.h - what is wrong with an admin call: the "error" object of its answer (admin 1.5).
 * Also what is wrong with a configuration file. */
#ifndef CMQ_ADMIN_MISTAKE_H
#define CMQ_ADMIN_MISTAKE_H

#include <stdbool.h>

enum { MISTAKE_SIZE = 320, MISTAKE_ARGUMENT_SIZE = 128 };

/* What a Retry-After says: others may have given back what they took by then. */
enum { RETRY_AFTER_S = 1 };

struct mistake {
    int status;                           /* of HTTP */
    int retry_after_s;                    /* value of the Retry-After header; 0: none */
    const char *code;                     /* one word for programs */
    char argument[MISTAKE_ARGUMENT_SIZE]; /* its name or path; "" if none is to blame */
    char message[MISTAKE_SIZE];
};

/* What a call may be refused for: the one list of codes. */
struct mistake_row {
    const char *code;
    int status;
    bool common; /* any call may be; others say so in their route (handling.h) */
    const char *when;
};
extern const struct mistake_row mistake_rows[]; /* ended by one without a code */

/* Set *m and return false, for checks that end with: return mistake_set(...). Texts that do not
 * fit are cut. */
bool mistake_set(struct mistake *m, int status, const char *code, const char *argument,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The most frequent kind: status 400, code "invalid-argument". */
#define MISTAKE_INVALID(m, argument, ...)                                                      \
    mistake_set(m, 400, "invalid-argument", argument, __VA_ARGS__)

/* Something is used up that others will give back: status 503, and Retry-After. */
bool mistake_full(struct mistake *m, const char *code, const char *message);

/* The same of the budget of answers. */
bool mistake_answers_full(struct mistake *m);

/* There is no memory for something: status 500, code "no-memory". what: "for the arguments". */
bool mistake_no_memory(struct mistake *m, const char *what);

/* A member that is not known: status 400, code "unknown-argument". The message has the nearest of the known
 * ones, or if none is near all of them (base/nearest.h). Returns false. */
struct nearest;
bool mistake_unknown(struct mistake *m, const char *path, const struct nearest *nearest);

/* The path of a member below another: "limits.maxQueues"; "" is the path of the whole. */
void mistake_path(char out[MISTAKE_ARGUMENT_SIZE], const char *prefix, const char *member);

#endif
