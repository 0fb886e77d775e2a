#include "converse_line.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* The text that is left, and the line that is being filled. */
struct reader {
    const char *at;
    struct line *line;
    const struct variables *variables;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_';
}

static bool ends_word(char c)
{
    return c == '\0' || is_blank(c);
}

static bool mistake(struct reader *r, const char *what)
{
    snprintf(r->line->mistake, sizeof r->line->mistake, "%s at '%.40s'", what, r->at);
    return false;
}

/* ---- quoted text ---- */

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a backslash. */
static bool read_escape(struct reader *r, struct buffer *to)
{
    static const char names[] = "ntr0\"\\";
    static const char values[] = "\n\t\r\0\"\\";
    char c = *r->at;
    const char *name = c != '\0' ? strchr(names, c) : NULL;
    if (name != NULL) {
        buffer_append_char(to, values[name - names]);
        r->at++;
        return true;
    }
    if (c != 'x' || hex_digit(r->at[1]) < 0 || hex_digit(r->at[2]) < 0)
        return mistake(r, "no such escape");
    buffer_append_char(to, (char)(hex_digit(r->at[1]) * 16 + hex_digit(r->at[2])));
    r->at += 3;
    return true;
}

/* "x"*3 is xxx. from: where the quoted text begins in *to. */
static bool repeat(struct reader *r, struct buffer *to, size_t from)
{
    if (r->at[0] != '*' || !is_digit(r->at[1]))
        return true;
    char *end;
    unsigned long times = strtoul(r->at + 1, &end, 10);
    size_t len = to->len - from;
    r->at = end;
    if (times == 0 || !buffer_reserve(to, len * times))
        return mistake(r, "cannot repeat that often");
    for (unsigned long i = 1; i < times; i++)
        buffer_append(to, (struct bytes){to->data + from, len});
    return true;
}

static bool read_quoted(struct reader *r, struct buffer *to)
{
    size_t from = to->len;
    char quote = *r->at++;
    while (*r->at != quote) {
        if (*r->at == '\0')
            return mistake(r, "the quote does not end");
        char c = *r->at++;
        if (c != '\\' || quote == '\'')
            buffer_append_char(to, c);
        else if (!read_escape(r, to))
            return false;
    }
    r->at++;
    return repeat(r, to, from);
}

/* ---- saved values ---- */

static const struct variable *find_variable(const struct variables *v, struct bytes name)
{
    for (size_t i = 0; i < v->count; i++)
        if (bytes_equal(buffer_bytes(&v->list[i].name), name))
            return &v->list[i];
    return NULL;
}

static const struct variable *read_variable(struct reader *r)
{
    const char *begin = r->at + 1;
    size_t len = 0;
    while (is_name_char(begin[len]))
        len++;
    const struct variable *v = find_variable(r->variables, (struct bytes){begin, len});
    if (v == NULL)
        mistake(r, "nothing is saved under this name");
    else
        r->at = begin + len;
    return v;
}

/* ---- names ---- */

static enum word_operator read_operator(struct reader *r)
{
    static const struct {
        const char *text;
        enum word_operator operator;
    } operators[] = {{"=", WORD_EQUAL},    {"!=", WORD_UNEQUAL},  {"~=", WORD_MATCHES},
                     {"~", WORD_CONTAINS}, {">=", WORD_AT_LEAST}, {"->", WORD_SAVE}};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t len = strlen(operators[i].text);
        if (strncmp(r->at, operators[i].text, len) == 0) {
            r->at += len;
            return operators[i].operator;
        }
    }
    return WORD_ALONE;
}

static bool read_name(struct reader *r, struct word *w)
{
    while (!ends_word(*r->at)) {
        w->operator= read_operator(r);
        if (w->operator!= WORD_ALONE)
            return true;
        if (*r->at == '$') {
            const struct variable *v = read_variable(r);
            if (v == NULL)
                return false;
            buffer_append(&w->name, buffer_bytes(&v->value));
        } else if (*r->at != '"' && *r->at != '\'') {
            buffer_append_char(&w->name, *r->at++);
        } else if (!read_quoted(r, &w->name)) {
            return false;
        }
    }
    return true;
}

/* ---- values ---- */

/* What a value without quotes is in JSON. */
static enum value_kind kind_of(struct bytes b)
{
    static const char *const literals[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++)
        if (bytes_equal(b, bytes_of(literals[i])))
            return VALUE_LITERAL;
    if (bytes_equal(b, bytes_of("*")))
        return VALUE_ANY;
    size_t digits = 0;
    for (size_t i = b.len > 0 && b.data[0] == '-' ? 1 : 0; i < b.len; i++, digits++)
        if (!is_digit(b.data[i]))
            return VALUE_STRING;
    return digits > 0 ? VALUE_NUMBER : VALUE_STRING;
}

/* The number of seconds or milliseconds that a name stands for; false if it is no such name. What
 * is behind the name is left in *rest. */
static bool resolve_clock(struct bytes text, const struct variables *v, struct bytes *rest,
                          int64_t *value)
{
    const struct {
        const char *name;
        int64_t value;
    } clocks[] = {{"TMS", v->begin_ms}, {"T", v->begin_ms / 1000}, {"NOW", v->real_ms / 1000}};
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        if (!bytes_begin(text, clocks[i].name))
            continue;
        size_t len = strlen(clocks[i].name);
        *rest = (struct bytes){text.data + len, text.len - len};
        *value = clocks[i].value;
        return true;
    }
    return false;
}

/* T+5: the fifth second of the conversation. */
static void resolve_time(struct word *w, const struct variables *v)
{
    struct bytes rest;
    int64_t value;
    if (!resolve_clock(buffer_bytes(&w->value), v, &rest, &value))
        return;
    bool plus = rest.len > 1 && rest.data[0] == '+';
    if (plus)
        rest = (struct bytes){rest.data + 1, rest.len - 1};
    if (rest.len > 0 && (kind_of(rest) != VALUE_NUMBER || plus == (rest.data[0] == '-')))
        return;
    char text[32] = "0";
    memcpy(text, rest.data, rest.len < sizeof text - 1 ? rest.len : 0);
    value += strtoll(text, NULL, 10);
    buffer_clear(&w->value);
    buffer_append_int(&w->value, value);
}

/* A value is written in pieces without blanks between them: quoted text, $name, bare text. */
static bool read_value(struct reader *r, struct word *w)
{
    bool quoted = false;
    const struct variable *alone = NULL;
    w->is_json = r->at[0] == '\'' && (r->at[1] == '[' || r->at[1] == '{');
    while (!ends_word(*r->at)) {
        const struct variable *v = NULL;
        if (*r->at == '"' || *r->at == '\'') {
            quoted = true;
            if (!read_quoted(r, &w->value))
                return false;
        } else if (*r->at == '$' && w->operator!= WORD_SAVE) {
            v = read_variable(r);
            if (v == NULL)
                return false;
            alone = w->value.len == 0 ? v : NULL;
            buffer_append(&w->value, buffer_bytes(&v->value));
        } else {
            buffer_append_char(&w->value, *r->at++);
        }
        alone = v != NULL ? alone : NULL;
    }
    if (alone != NULL) {
        w->kind = alone->kind;
    } else if (!quoted) {
        resolve_time(w, r->variables);
        w->kind = kind_of(buffer_bytes(&w->value));
    }
    return true;
}

bool line_read(struct line *line, const char *text, const struct variables *variables)
{
    struct reader r = {text, line, variables};
    *line = (struct line){.count = 0};
    for (;;) {
        while (is_blank(*r.at))
            r.at++;
        if (*r.at == '\0')
            return true;
        if (line->count == LINE_WORDS_MAX)
            return mistake(&r, "too many words");
        struct word *w = &line->words[line->count++];
        if (!read_name(&r, w) || (w->operator!= WORD_ALONE && !read_value(&r, w)))
            return false;
        assert(!w->name.failed && !w->value.failed);
    }
}

void line_free(struct line *line)
{
    for (size_t i = 0; i < line->count; i++) {
        buffer_free(&line->words[i].name);
        buffer_free(&line->words[i].value);
    }
    line->count = 0;
}

bool word_is(const struct word *w, const char *name)
{
    return w->operator== WORD_ALONE && bytes_equal(buffer_bytes(&w->name), bytes_of(name));
}

/* ---- variables ---- */

bool variables_set(struct variables *v, struct bytes name, struct bytes value,
                   enum value_kind kind)
{
    size_t at = 0;
    while (at < v->count && !bytes_equal(buffer_bytes(&v->list[at].name), name))
        at++;
    if (at == VARIABLES_MAX)
        return false;
    if (at == v->count) {
        v->list[v->count++] = (struct variable){.kind = kind};
        buffer_append(&v->list[at].name, name);
    }
    v->list[at].kind = kind;
    buffer_clear(&v->list[at].value);
    buffer_append(&v->list[at].value, value);
    return true;
}

void variables_free(struct variables *v)
{
    for (size_t i = 0; i < v->count; i++) {
        buffer_free(&v->list[i].name);
        buffer_free(&v->list[i].value);
    }
    v->count = 0;
}
