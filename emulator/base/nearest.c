#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

enum { LENGTH_MAX = 64 }; /* of names that are compared; longer ones are never near */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The distance between the beginnings of a and b, for all lengths: rows[i][j] is that of i and
 * j letters. Only the last three rows are kept. */
static size_t distance(struct bytes a, struct bytes b)
{
    size_t rows[3][LENGTH_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3];
        const size_t *before_that = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char from = ascii_lower(a.data[i - 1]);
            char to = ascii_lower(b.data[j - 1]);
            row[j] = least(before[j - 1] + (from != to), least(before[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && from == ascii_lower(b.data[j - 2]) &&
                to == ascii_lower(a.data[i - 2]))
                row[j] = least(row[j], before_that[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

/* One mistake in short names, three in long ones. */
struct nearest nearest_to(struct bytes text)
{
    size_t mistakes = text.len < 6 ? 1 : text.len < 12 ? 2 : 3;
    return (struct nearest){.to = text, .distance = mistakes + 1};
}

static void note(struct nearest *n, struct bytes name)
{
    static const char more[] = "...";
    char *end = n->tried + strlen(n->tried);
    size_t room = sizeof n->tried - (size_t)(end - n->tried);
    if (n->more)
        return;
    n->more = name.len + strlen(", , ") + sizeof more > room;
    if (n->more)
        name = bytes_of(more);
    snprintf(end, room, "%s%.*s", end > n->tried ? ", " : "", (int)name.len, name.data);
}

void nearest_try(struct nearest *n, const char *name)
{
    struct bytes candidate = bytes_of(name);
    note(n, candidate);
    if (n->to.len > LENGTH_MAX || candidate.len > LENGTH_MAX)
        return;
    size_t d = distance(n->to, candidate);
    if (d >= n->distance)
        return;
    n->distance = d;
    n->name = name;
}

const char *nearest_hint(const char *name, char out[NEAREST_HINT_SIZE])
{
    out[0] = '\0';
    if (name != NULL)
        snprintf(out, NEAREST_HINT_SIZE, "; did you mean %s?", name);
    return out;
}

const char *nearest_choice(const struct nearest *n, char out[NEAREST_CHOICE_SIZE])
{
    if (n->name != NULL)
        return nearest_hint(n->name, out);
    snprintf(out, NEAREST_CHOICE_SIZE, "%s%s", n->tried[0] != '\0' ? "; known are " : "",
             n->tried);
    return out;
}
