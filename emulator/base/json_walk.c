#include "base/json_walk.h"

#include "base/json_scan.h"

/* An offset to no address, even 0, has no meaning. */
struct json_walk json_walk_of(struct bytes text)
{
    const char *begin = text.data != NULL ? text.data : "";
    return (struct json_walk){begin, begin + text.len};
}

char json_walk_peek(struct json_walk *w)
{
    w->at = json_pass_blanks(w->at, w->end);
    if (w->at == w->end)
        return '\0';
    return *w->at;
}

static bool pass(struct json_walk *w, char c)
{
    if (json_walk_peek(w) != c)
        return false;
    w->at++;
    return true;
}

bool json_walk_enter(struct json_walk *w, char bracket)
{
    return pass(w, bracket);
}

static struct bytes pass_string(struct json_walk *w)
{
    const char *begin = ++w->at;
    while (*(w->at = json_pass_plain(w->at, w->end)) != '"')
        w->at += 2; /* a backslash, and what it is about */
    return (struct bytes){begin, (size_t)(w->at++ - begin)};
}

struct bytes json_walk_member(struct json_walk *w)
{
    (void)pass(w, ',');
    if (pass(w, '}'))
        return (struct bytes){NULL, 0};
    (void)json_walk_peek(w);
    struct bytes name = pass_string(w);
    (void)pass(w, ':');
    return name;
}

bool json_walk_item(struct json_walk *w)
{
    (void)pass(w, ',');
    return !pass(w, ']');
}

/* Of a number, true, false or null. */
static bool is_of_word(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' ||
           c == '+' || c == '.';
}

struct bytes json_walk_value(struct json_walk *w)
{
    size_t depth = 0;
    (void)json_walk_peek(w);
    const char *begin = w->at;
    do {
        char c = json_walk_peek(w);
        if (c == '"') {
            (void)pass_string(w);
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        w->at++;
        while (is_of_word(c) && w->at < w->end && is_of_word(*w->at))
            w->at++;
    } while (depth > 0);
    return (struct bytes){begin, (size_t)(w->at - begin)};
}
