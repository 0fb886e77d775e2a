/* pattern.h - what an entry of the journal is to be like, for those who look for some.
 *
 * Members that are not given do not matter. Actions are compared without regard to case. */
#ifndef CMQ_NAMESPACE_PATTERN_H
#define CMQ_NAMESPACE_PATTERN_H

#include "namespace/journal_entry.h"

enum pattern_member {
    PATTERN_API,
    PATTERN_ACTION,
    PATTERN_QUEUE,
    PATTERN_TOPIC,
    PATTERN_SUBSCRIPTION,
    PATTERN_CODE,   /* a number, or the text of API 3.0; a success is 0 for all */
    PATTERN_MSG_ID, /* one of those of the entry */
    PATTERN_OUTCOME,
    PATTERN_MEMBERS
};

enum { PATTERN_TEXT_MAX = 64 };

/* A zeroed one fits every entry. */
struct pattern {
    char texts[PATTERN_MEMBERS][PATTERN_TEXT_MAX + 1]; /* "": not given */
    uint8_t lengths[PATTERN_MEMBERS];
    int64_t code; /* of a text that is a number */
    bool code_is_number;
    uint64_t msg_id;
};

/* "api", "action", ...: in the order of the enum, ended by NULL. */
extern const char *const pattern_member_names[];

/* The id of a message as API v2 writes it, or in the 32 hexadecimal digits of TDMQ. */
bool pattern_read_id(struct bytes text, uint64_t *out);

/* False when the text is empty, too long, or for a message's id no number. */
bool pattern_set(struct pattern *p, enum pattern_member member, struct bytes text);

/* In how many members the entry differs, but no more than two are counted; *which is the first. */
int pattern_misses(const struct pattern *p, const struct journal_entry *e,
                   enum pattern_member *which);

/* What the entry has, where the member is a text of it. */
struct bytes pattern_found(const struct journal_entry *e, enum pattern_member member);

bool pattern_fits(const struct pattern *p, const struct journal_entry *e);

#endif
