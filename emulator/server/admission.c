#include "server/admission.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void admission_init(struct admission *a, size_t connections_max, size_t descriptors)
{
    size_t others = descriptors / 8;
    size_t reserve = least(descriptors / 8, RESERVE_MAX);
    size_t inside = least(descriptors - others - reserve, connections_max);
    *a = (struct admission){.inside_max = inside, .reserve_max = reserve};
    list_init(&a->reserve);
}

static void leave_reserve(struct admission *a, struct place *p)
{
    if (!list_linked(&p->link))
        return;
    list_unlink(&p->link);
    a->reserved--;
}

void admission_enter(struct admission *a, struct place *p)
{
    list_append(&a->reserve, &p->link);
    a->reserved++;
    (void)admission_come_inside(a, p);
}

void admission_leave(struct admission *a, struct place *p)
{
    leave_reserve(a, p);
    a->inside -= p->inside;
    p->inside = false;
}

bool admission_come_inside(struct admission *a, struct place *p)
{
    if (p->inside || !list_linked(&p->link) || a->inside >= a->inside_max)
        return p->inside;
    leave_reserve(a, p);
    a->inside++;
    p->inside = true;
    return true;
}

struct place *admission_surplus(const struct admission *a)
{
    if (a->reserved <= a->reserve_max)
        return NULL;
    return CONTAINER_OF(list_first(&a->reserve), struct place, link);
}
