/* faults.h - what is to go wrong on purpose in a namespace: rules, and which of them acts on a
 * call.
 *
 * A rule says what it is for (its scope), when it acts, and with which fault. Rules are tried in
 * order; the first that acts is the only one.
 *
 *   scope        the API, an Action, names, a secret id: what is not given fits any. A rule is for
 *                such calls alone as can have its fault: see struct fault_call.
 *   when         from an instant until another; not the first `skip` of those that fit; at most
 *                `times` of them; with a probability
 *   counts       matched: calls that fit within that time; applied: those that the rule acted on
 *
 * Chance  what is drawn follows from the seed, the rule's id and its counts alone. So it does not
 *         touch the generator of ids, other rules do not change it, and the counts are all there
 *         is to keep of it.
 * Cost    without rules one comparison; with them a few for each rule that does not fit.
 * Memory  rules and their texts come from the allocator, and count in the budget. There are at
 *         most FAULTS_MAX. */
#ifndef CMQ_NAMESPACE_FAULTS_H
#define CMQ_NAMESPACE_FAULTS_H

#include "base/allocator.h"
#include "base/budget.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/time.h"

enum { FAULTS_MAX = 1000, FAULT_TEXT_MAX = 4096 };

enum fault_api { FAULT_V2, FAULT_CMQ, FAULT_TDMQ, FAULT_APIS };

enum fault_kind {
    FAULT_ERROR,        /* the call fails so, and has no effect */
    FAULT_DELAY,        /* it is answered so much later, in virtual time */
    FAULT_REAL_DELAY,   /* in real time */
    FAULT_DROP_REQUEST, /* the connection is closed, nothing has happened */
    FAULT_DROP_ANSWER,  /* it takes effect, then the connection is closed */
    FAULT_STATUS,       /* a status of HTTP with an empty body, no effect */
    FAULT_EMPTY,        /* a receive finds nothing */
    FAULT_DUPLICATE,    /* what is received can be received again, n times */
    FAULT_SHUFFLE,      /* a receive takes one of the first n messages */
    FAULT_LAG,          /* the counts of a queue are up to n too low */
    FAULT_PUSH,         /* a push comes later, or has an outcome without a request */
    FAULT_KINDS
};

/* "error", "real-delay", "drop-request", ... */
const char *fault_kind_name(enum fault_kind kind);

struct fault {
    enum fault_kind kind;
    cmq_ms ms;         /* DELAY, REAL_DELAY; PUSH: the attempt is made so much later */
    int status;        /* STATUS; PUSH: 0 for none */
    uint32_t n;        /* DUPLICATE, SHUFFLE, LAG */
    bool without_wait; /* EMPTY: only of a receive that does not wait */
    /* ERROR: what each API answers, an outcome of its failures; and instead of the code and the
     * message of that: a code of the API v2, 0 for none, or of API 3.0, and a message, NULL for
     * none. */
    int outcomes[FAULT_APIS];
    int v2_code;
    const char *v3_code, *message;
    const char *push_error; /* PUSH: why there is no answer; NULL: there is one, or a request */
};

enum fault_key {
    FAULT_ACTION,
    FAULT_QUEUE,
    FAULT_TOPIC,
    FAULT_SUBSCRIPTION,
    FAULT_SECRET_ID,
    FAULT_KEYS
};

/* Of a rule, an empty text fits any. Actions are compared without regard to case, and so are the
 * names of TDMQ. */
struct fault_scope {
    unsigned apis; /* bit a: enum fault_api a; of a rule, 0 fits any */
    struct bytes keys[FAULT_KEYS];
};

/* What a rule is made from. Its texts are copied. */
struct fault_rule_spec {
    struct fault_scope scope;
    uint64_t skip;
    int64_t times;      /* -1: always */
    double probability; /* 0 to 1 */
    cmq_ms from_ms, until_ms;
    struct fault fault;
    bool sloppy;       /* of the ready set: tried after all others, and kept by a reset */
    struct bytes text; /* the rule as it was given, the members of a JSON object */
};

/* What the protocols know; callbacks, since a namespace knows none of them. */
struct fault_words {
    /* What each API answers to an error of this code or module, or of this code of API 3.0, in
     * fault->outcomes. False if no API has it. */
    bool (*error)(struct bytes text, struct fault *fault);

    /* What can go wrong with an Action of this name, in these APIs: bit k, a fault of kind k; without a
     * name, with any of theirs. 0: they have none of this name, and *nearest is one that may be meant,
     * or NULL. */
    unsigned (*action)(struct bytes name, unsigned apis, const char **nearest);
};

struct fault_rule {
    struct list_node link; /* in faults->rules */
    uint64_t id;           /* from 1 */
    uint64_t matched, applied;
    struct fault_rule_spec spec; /* its texts are the rule's own */
    unsigned wanted;             /* bit k: key k is given */
    uint64_t hashes[FAULT_KEYS];
    size_t charged;
    char texts[];
};

struct faults {
    struct allocator allocator;
    struct budget *budget;
    uint64_t seed;
    struct list_node rules; /* in the order in which they are tried */
    size_t count;
    uint64_t last_id;
    unsigned wanted; /* by any of the rules */
    /* Calls and attempts that rules acted on, since there are faults or they were reset: those of rules
     * that have gone, too. A copy begins with none, and what is moved here changes nothing. */
    uint64_t applied[FAULT_KINDS];
};

/* A call, or an attempt of a push. */
struct fault_call {
    struct fault_scope scope; /* of a push: its topic and subscription alone */
    unsigned kinds;           /* bit k: it can have a fault of kind k */
};

/* The faults that any call can have; those of a receive, and of a call that tells counts; those of
 * a push. */
enum {
    FAULTS_OF_CALLS = 1 << FAULT_ERROR | 1 << FAULT_DELAY | 1 << FAULT_REAL_DELAY |
                      1 << FAULT_DROP_REQUEST | 1 << FAULT_DROP_ANSWER | 1 << FAULT_STATUS,
    FAULTS_OF_RECEIVES =
        FAULTS_OF_CALLS | 1 << FAULT_EMPTY | 1 << FAULT_DUPLICATE | 1 << FAULT_SHUFFLE,
    FAULTS_OF_COUNTS = FAULTS_OF_CALLS | 1 << FAULT_LAG,
    FAULTS_OF_PUSHES = 1 << FAULT_PUSH,
};

/* No rules yet. */
void faults_init(struct faults *f, const struct allocator *a, struct budget *budget,
                 uint64_t seed);
void faults_clear(struct faults *f);

/* The ready set of a namespace that is sloppy: what the service may do at any time. False, and there
 * is none of it, when there is no room or no memory. */
bool faults_add_sloppy(struct faults *f);

/* As they were at the beginning: those of the ready set alone, and nothing counted. */
void faults_reset(struct faults *f);

/* Whether there may be another rule with so many bytes of texts. */
bool faults_have_room(const struct faults *f, size_t bytes);

/* Add a rule, behind the others of its kind. NULL when there are FAULTS_MAX already, the budget has
 * no room, or there is no memory. */
struct fault_rule *faults_add(struct faults *f, const struct fault_rule_spec *spec);

/* The bytes of the texts of a rule. */
size_t fault_rule_size(const struct fault_rule_spec *spec);

/* NULL if there is none of this id. */
struct fault_rule *faults_find(const struct faults *f, uint64_t id);
void faults_remove(struct faults *f, struct fault_rule *r);

/* Walk the rules in the order in which they are tried; NULL begins, NULL ends. */
struct fault_rule *faults_next(const struct faults *f, const struct fault_rule *r);

/* Make *to, which is zeroed or cleared, the same as from, with ids and counts. False, and *to is
 * empty, when there is no memory or no room. */
bool faults_copy(struct faults *to, const struct faults *from);

/* Bytes that all rules take from the budget. */
size_t faults_size(const struct faults *f);

/* *to, which it clears, becomes what from is, and that has none. */
void faults_move(struct faults *to, struct faults *from);

/* Which rule acts on the call at this instant; NULL for none. All that are tried count. */
const struct fault_rule *faults_try(struct faults *f, const struct fault_call *call,
                                    cmq_ms now_ms);

/* The same, which costs nothing as long as there are no rules. */
static inline bool faults_exist(const struct faults *f)
{
    return f->count > 0;
}

/* A number by chance, of what the rule acted on last. */
uint64_t fault_draw(const struct faults *f, const struct fault_rule *r);

#endif
