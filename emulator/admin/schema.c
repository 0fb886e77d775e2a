#include "admin/schema.h"

#include <string.h>

bool schema_row(const struct schema *s, size_t i, struct schema_member *out)
{
    if (s->row != NULL)
        return s->row(i, out);
    if (i >= s->count)
        return false;
    *out = s->members[i];
    return true;
}

bool schema_find(const struct schema *s, const char *name, struct schema_member *out)
{
    struct schema_member m;
    for (size_t i = 0; schema_row(s, i, &m); i++) {
        if (m.type == TYPE_INCLUDED && schema_find(m.of, name, out))
            return true;
        if (m.type != TYPE_INCLUDED && strcmp(m.name, name) == 0) {
            *out = m;
            return true;
        }
    }
    return false;
}

void schema_try_names(const struct schema *s, struct nearest *n)
{
    struct schema_member m;
    for (size_t i = 0; schema_row(s, i, &m); i++) {
        if (m.type == TYPE_INCLUDED)
            schema_try_names(m.of, n);
        else
            nearest_try(n, m.name);
    }
}

bool schema_refuse(const struct schema *s, const char *path, const char *name,
                   struct mistake *m)
{
    struct nearest nearest = nearest_to(bytes_of(name));
    schema_try_names(s, &nearest);
    return mistake_unknown(m, path, &nearest);
}
