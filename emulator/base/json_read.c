/* The text is good JSON: that is what makes this short. A string is decoded where it stands, since
 * that never makes it longer, and its NUL takes the place of the closing quote. */
#include "base/json_read.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>

/* Where reading stands. */
struct reader {
    struct json *json;
    char *at, *end;
    cJSON *parents[JSON_LEVELS_MAX + 1]; /* objects and lists that are open */
    size_t level;
    char *name; /* of the member whose value comes next; NULL: it is an item */
};

/* ---- strings ---- */

/* The text has been scanned, so each is a digit: of letters the lower bits are 1 to 6. */
static unsigned hex_unit(const char *at)
{
    unsigned unit = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)at[i];
        unit = unit * 16 + (c & 15U) + 9U * (c >> 6);
    }
    return unit;
}

static char *put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *to++ = (char)(0xe0 | code >> 12);
        } else {
            *to++ = (char)(0xf0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (code & 0x3f));
    return to;
}

/* *from is behind "\u"; afterwards behind the digits, and those of the second half of a pair. */
static char *put_unit(char *to, char **from)
{
    unsigned unit = hex_unit(*from);
    *from += 4;
    if (unit >= 0xd800 && unit < 0xdc00) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (hex_unit(*from + 2) - 0xdc00);
        *from += 6;
    }
    return put_utf8(to, unit);
}

static char *put_escape(char *to, char **from)
{
    static const char values[] = {
        ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t', ['u'] = 0};
    char c = *(*from)++;
    size_t at = (unsigned char)c;
    if (c == 'u')
        return put_unit(to, from);
    if (at < sizeof values && values[at] != 0)
        c = values[at];
    *to++ = c;
    return to;
}

/* Decode the string whose opening quote is at r->at. */
static char *take_string(struct reader *r)
{
    char *text = r->at + 1, *from = text, *to = text;
    while (*from != '"') {
        if (*from == '\\') {
            from++;
            to = put_escape(to, &from);
            continue;
        }
        size_t plain = (size_t)(json_pass_plain(from, r->end) - from);
        if (to != from)
            memmove(to, from, plain);
        to += plain;
        from += plain;
    }
    *to = '\0';
    r->at = from + 1;
    return text;
}

/* ---- values ---- */

/* valueint is what cJSON makes of a number, for its printer. */
static void set_number(cJSON *node, double n)
{
    node->type = cJSON_Number;
    node->valuedouble = n;
    node->valueint = n >= INT_MAX ? INT_MAX : n <= INT_MIN ? INT_MIN : (int)n;
}

static void take_number(struct reader *r, cJSON *node)
{
    char text[JSON_NUMBER_MAX + 1];
    size_t len = 0;
    while (r->at < r->end && len < JSON_NUMBER_MAX && *r->at != '\0' &&
           strchr("0123456789+-.eE", *r->at) != NULL)
        text[len++] = *r->at++;
    text[len] = '\0';
    set_number(node, strtod(text, NULL));
}

static void take_word(struct reader *r, cJSON *node)
{
    static const struct {
        char first;
        unsigned char len;
        int type;
    } words[] = {{'t', 4, cJSON_True}, {'f', 5, cJSON_False}, {'n', 4, cJSON_NULL}};
    size_t i = 0;
    while (words[i].first != *r->at)
        i++;
    r->at += words[i].len;
    node->type = words[i].type;
    node->valueint = node->type == cJSON_True;
}

/* The first child's prev is the last one, as cJSON has it. */
static void append(cJSON *parent, cJSON *node)
{
    cJSON *first = parent->child;
    if (first == NULL) {
        parent->child = node->prev = node;
        return;
    }
    node->prev = first->prev;
    first->prev->next = node;
    first->prev = node;
}

static cJSON *new_node(struct reader *r)
{
    cJSON *node = &r->json->nodes[r->json->count++];
    *node = (cJSON){.string = r->name};
    r->name = NULL;
    if (r->level > 0)
        append(r->parents[r->level - 1], node);
    else
        r->json->root = node;
    return node;
}

static void take_value(struct reader *r)
{
    cJSON *node = new_node(r);
    char c = *r->at;
    if (c == '{' || c == '[') {
        node->type = c == '{' ? cJSON_Object : cJSON_Array;
        assert(r->level < JSON_LEVELS_MAX);
        r->parents[r->level++] = node;
        r->at++;
    } else if (c == '"') {
        node->type = cJSON_String;
        node->valuestring = take_string(r);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        take_number(r, node);
    } else {
        take_word(r, node);
    }
}

/* A string in an object is a name, unless there is one already: then it is its value. */
static bool is_name(const struct reader *r)
{
    return r->level > 0 && r->name == NULL && cJSON_IsObject(r->parents[r->level - 1]) &&
           *r->at == '"';
}

static void take(struct reader *r)
{
    char c = *r->at;
    if (byte_is_blank(c)) {
        r->at += json_pass_blanks(r->at, r->end) - r->at;
    } else if (c == ',' || c == ':') {
        r->at++;
    } else if (c == '}' || c == ']') {
        r->at++;
        r->level--;
    } else if (is_name(r)) {
        r->name = take_string(r);
    } else {
        take_value(r);
    }
}

bool json_build(struct json *j, char *text, size_t len, size_t values)
{
    struct reader r = {.json = j, .end = text + len};
    r.at = text;
    *j = (struct json){NULL, NULL, 0, NULL};
    j->nodes = malloc(values * sizeof *j->nodes);
    if (j->nodes == NULL)
        return false;
    while (r.at < r.end)
        take(&r);
    assert(j->count == values);
    return true;
}

enum json_fault json_read(struct json *j, struct bytes text, const struct json_bounds *bounds)
{
    struct json_scan scan;
    *j = (struct json){NULL, NULL, 0, NULL};
    json_scan_begin(&scan, bounds);
    json_scan_add(&scan, text);
    enum json_fault fault = json_scan_end(&scan);
    if (fault != JSON_GOOD)
        return fault;
    char *copy = malloc(text.len);
    if (copy == NULL)
        return JSON_NO_MEMORY;
    memcpy(copy, text.data, text.len);
    bool built = json_build(j, copy, text.len, scan.values);
    j->text = copy;
    if (built)
        return JSON_GOOD;
    json_free(j);
    return JSON_NO_MEMORY;
}

void json_free(struct json *j)
{
    free(j->nodes);
    free(j->text);
    *j = (struct json){NULL, NULL, 0, NULL};
}
