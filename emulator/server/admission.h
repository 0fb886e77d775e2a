/* admission.h - which connections are inside, and which in the reserve (decisions 39).
 *
 * As many as --max-connections are inside: whatever comes later, they stay. Some more are let into
 * the reserve, so that health is answered and all others hear why they are not. Of the reserve the
 * one that has been there for longest leaves when there are too many: who wants to be heard must
 * not wait for those who say nothing. One in the reserve comes inside when it has something to say
 * and there is room by then. */
#ifndef CMQ_SERVER_ADMISSION_H
#define CMQ_SERVER_ADMISSION_H

#include "base/list.h"

enum { RESERVE_MAX = 64 };

struct admission {
    size_t inside_max, reserve_max;
    size_t inside, reserved;
    struct list_node reserve; /* the longest first */
};

/* Of one connection; zeroed: it has none. */
struct place {
    bool inside;
    struct list_node link; /* in admission->reserve, or unlinked */
};

/* connections_max: how many are to be inside. descriptors: how many the process may still open; when
 * these do not suffice, less are inside and in the reserve, and an eighth is left for all else, such
 * as pushes. */
void admission_init(struct admission *a, size_t connections_max, size_t descriptors);

void admission_enter(struct admission *a, struct place *p);
void admission_leave(struct admission *a, struct place *p);

/* Whether it is inside; it comes in if there is room. */
bool admission_come_inside(struct admission *a, struct place *p);

/* The one that has to leave the reserve; NULL: none has to. */
struct place *admission_surplus(const struct admission *a);

#endif
