#include "admin/schema.h"

bool schema_row(const struct schema *s, size_t i, struct schema_member *out)
{
    if (s->row != NULL)
        return s->row(i, out);
    if (i >= s->count)
        return false;
    *out = s->members[i];
    return true;
}
