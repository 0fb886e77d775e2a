#include "converse_v3.h"

#include "converse_form.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* The products by the word in brackets, and their versions (api3 1). */
static const struct {
    const char *name, *version;
} products[] = {{"tdmq", "2020-02-17"}, {"cmq", "2019-03-04"}};

enum { PRODUCTS = sizeof products / sizeof products[0] };

/* What brackets say. */
struct manner {
    size_t product;
    bool form;     /* common parameters beside those of the Action, as signature v1 has it */
    bool get, raw; /* raw: the word behind the Action stands for its parameters */
    struct line words; /* all of them, settings of single parameters among them */
};

/* What is being made. */
struct composer {
    struct v3_call *call;
    struct manner manner;
    struct line line;
};

static bool mistake(struct composer *c, const char *what)
{
    snprintf(c->call->mistake, sizeof c->call->mistake, "%s", what);
    return false;
}

/* ---- brackets ---- */

static void copy(char *to, size_t size, const struct word *w)
{
    snprintf(to, size, "%.*s", (int)w->value.len, w->value.len > 0 ? w->value.data : "");
}

static bool is_named(const struct word *w, const char *name)
{
    return bytes_equal(buffer_bytes(&w->name), bytes_of(name));
}

/* Header fields are told from common parameters by their names. */
static bool names_header(const struct word *w)
{
    return memchr(w->name.data, '-', w->name.len) != NULL || is_named(w, "Authorization");
}

/* "tdmq", or a word about the way that the call travels. Others are looked at when parameters
 * and header fields are written. */
static bool read_manner_word(struct composer *c, const struct word *w)
{
    bool is_setting = w->operator== WORD_EQUAL;
    if (word_is(w, "form"))
        c->manner.form = true;
    else if (word_is(w, "get"))
        c->manner.get = true;
    else if (word_is(w, "raw"))
        c->manner.raw = true;
    else if (is_setting && is_named(w, "host"))
        copy(c->call->host, sizeof c->call->host, w);
    else if (is_setting && is_named(w, "method"))
        copy(c->call->method, sizeof c->call->method, w);
    else
        return is_setting || (w->operator== WORD_ALONE && w->name.data[0] == '-');
    return true;
}

static bool read_product(struct composer *c, const struct word *w)
{
    for (size_t i = 0; i < PRODUCTS; i++) {
        if (!word_is(w, products[i].name))
            continue;
        c->manner.product = i;
        return true;
    }
    return false;
}

static bool read_manner(struct composer *c, const char *text, size_t len,
                        const struct variables *variables)
{
    struct line *words = &c->manner.words;
    char inside[1024];
    if (len >= sizeof inside)
        return mistake(c, "too much stands in brackets");
    snprintf(inside, sizeof inside, "%.*s", (int)len, text);
    if (!line_read(words, inside, variables))
        return mistake(c, words->mistake);
    bool well = words->count > 0 && read_product(c, &words->words[0]);
    for (size_t i = 1; well && i < words->count; i++)
        well = read_manner_word(c, &words->words[i]);
    return well || mistake(c, "cannot read what stands in brackets");
}

/* ---- common parameters and header fields ---- */

/* The word in brackets that sets a common parameter or a header field, or leaves it out. */
static const struct word *find_setting(const struct composer *c, const char *name)
{
    char left_out[64];
    snprintf(left_out, sizeof left_out, "-%s", name);
    for (size_t i = 1; i < c->manner.words.count; i++) {
        const struct word *w = &c->manner.words.words[i];
        if (word_is(w, left_out) || (w->operator== WORD_EQUAL && is_named(w, name)))
            return w;
    }
    return NULL;
}

static void append_header(struct composer *c, const char *prefix, struct bytes name,
                          struct bytes value)
{
    struct buffer *to = &c->call->headers;
    buffer_append(to, bytes_of(prefix));
    buffer_append(to, name);
    buffer_append(to, bytes_of(": "));
    buffer_append(to, value);
    buffer_append_char(to, '\n');
}

/* A common parameter travels as a header field, or among the others (api3 2.2). */
static void append_common(struct composer *c, struct buffer *pairs, struct bytes name,
                          struct bytes value)
{
    if (c->manner.form)
        append_pair(pairs, name, value);
    else
        append_header(c, "X-TC-", name, value);
}

/* Unless brackets say otherwise. */
static void append_default(struct composer *c, struct buffer *pairs, const char *name,
                           struct bytes value)
{
    if (find_setting(c, name) == NULL)
        append_common(c, pairs, bytes_of(name), value);
}

static void append_commons(struct composer *c, struct buffer *pairs, const char *timestamp)
{
    const struct word *action = &c->line.words[0];
    if (!word_is(action, "-"))
        append_default(c, pairs, "Action", buffer_bytes(&action->name));
    append_default(c, pairs, "Version", bytes_of(products[c->manner.product].version));
    append_default(c, pairs, "Timestamp", bytes_of(timestamp));
    append_default(c, pairs, "Region", bytes_of("ap-guangzhou"));
    if (c->manner.form)
        append_default(c, pairs, "Nonce", bytes_of("11886"));
    if (find_setting(c, "Content-Type") == NULL)
        append_header(c, "", bytes_of("Content-Type"),
                      bytes_of(c->manner.form || c->manner.get
                                   ? "application/x-www-form-urlencoded"
                                   : "application/json"));
}

/* What stands in brackets with a value. */
static void append_settings(struct composer *c, struct buffer *pairs)
{
    for (size_t i = 1; i < c->manner.words.count; i++) {
        const struct word *w = &c->manner.words.words[i];
        if (w->operator!= WORD_EQUAL || is_named(w, "host") || is_named(w, "method"))
            continue;
        if (names_header(w))
            append_header(c, "", buffer_bytes(&w->name), buffer_bytes(&w->value));
        else
            append_common(c, pairs, buffer_bytes(&w->name), buffer_bytes(&w->value));
    }
}

/* ---- parameters as JSON ---- */

static void append_string(struct buffer *to, struct bytes text)
{
    buffer_append_char(to, '"');
    for (size_t i = 0; i < text.len; i++) {
        char escaped[8];
        unsigned char b = (unsigned char)text.data[i];
        if (b >= ' ' && b != '"' && b != '\\') {
            buffer_append_char(to, text.data[i]);
            continue;
        }
        snprintf(escaped, sizeof escaped, "\\u%04x", b);
        buffer_append(to, bytes_of(escaped));
    }
    buffer_append_char(to, '"');
}

static void append_json_value(struct buffer *to, const struct word *w)
{
    bool as_it_stands = w->is_json || w->kind == VALUE_NUMBER || w->kind == VALUE_LITERAL;
    if (as_it_stands)
        buffer_append(to, buffer_bytes(&w->value));
    else
        append_string(to, buffer_bytes(&w->value));
}

static void append_json(struct buffer *to, const struct line *line)
{
    buffer_append_char(to, '{');
    for (size_t i = 1; i < line->count; i++) {
        if (i > 1)
            buffer_append_char(to, ',');
        append_string(to, buffer_bytes(&line->words[i].name));
        buffer_append_char(to, ':');
        append_json_value(to, &line->words[i]);
    }
    buffer_append_char(to, '}');
}

/* ---- parameters as pairs ---- */

enum { DEPTH_MAX = 4 }; /* Filters.0.Values.0 */

static void append_flat(struct buffer *pairs, struct bytes name, const cJSON *item, int depth);

/* Members of lists and objects as Filters.0.Name=..., from 0 (api3 2.3). */
// NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH_MAX
static void append_members(struct buffer *pairs, struct bytes name, const cJSON *parent,
                           int depth)
{
    const cJSON *item;
    int64_t index = 0;
    cJSON_ArrayForEach (item, parent) {
        struct buffer path = {NULL, 0, 0, false};
        buffer_append(&path, name);
        buffer_append_char(&path, '.');
        if (item->string != NULL)
            buffer_append(&path, bytes_of(item->string));
        else
            buffer_append_int(&path, index++);
        append_flat(pairs, buffer_bytes(&path), item, depth + 1);
        buffer_free(&path);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH_MAX
static void append_flat(struct buffer *pairs, struct bytes name, const cJSON *item, int depth)
{
    if ((cJSON_IsArray(item) || cJSON_IsObject(item)) && depth < DEPTH_MAX) {
        append_members(pairs, name, item, depth);
        return;
    }
    char *text = cJSON_PrintUnformatted(item);
    append_pair(pairs, name, bytes_of(cJSON_IsString(item) ? item->valuestring : text));
    cJSON_free(text);
}

static void append_pairs(struct buffer *pairs, const struct line *line)
{
    for (size_t i = 1; i < line->count; i++) {
        const struct word *w = &line->words[i];
        cJSON *json = w->is_json ? cJSON_ParseWithLength(w->value.data, w->value.len) : NULL;
        if (json != NULL)
            append_flat(pairs, buffer_bytes(&w->name), json, 0);
        else
            append_pair(pairs, buffer_bytes(&w->name), buffer_bytes(&w->value));
        cJSON_Delete(json);
    }
}

/* ---- the whole ---- */

static bool is_well(const struct composer *c)
{
    const struct line *line = &c->line;
    bool well = line->count > 0 && line->words[0].operator== WORD_ALONE;
    if (c->manner.raw)
        return well && line->count == 2 && line->words[1].operator== WORD_ALONE;
    for (size_t i = 1; i < line->count; i++)
        well = well && line->words[i].operator== WORD_EQUAL;
    return well;
}

static void append_raw(struct composer *c, struct buffer *to)
{
    if (to->len > 0)
        buffer_append_char(to, '&');
    buffer_append(to, buffer_bytes(&c->line.words[1].name));
}

static void compose(struct composer *c, const struct variables *variables)
{
    struct v3_call *call = c->call;
    struct buffer text = {NULL, 0, 0, false};
    char timestamp[32];
    snprintf(timestamp, sizeof timestamp, "%lld", (long long)(variables->begin_ms / 1000));
    append_commons(c, &text, timestamp);
    append_settings(c, &text);
    if (c->manner.raw)
        append_raw(c, &text);
    else if (c->manner.form || c->manner.get)
        append_pairs(&text, &c->line);
    else
        append_json(&text, &c->line);
    if (call->method[0] == '\0')
        snprintf(call->method, sizeof call->method, "%s", c->manner.get ? "GET" : "POST");
    buffer_append_char(&call->target, '/');
    if (c->manner.get && text.len > 0)
        buffer_append_char(&call->target, '?');
    buffer_append(c->manner.get ? &call->target : &call->body, buffer_bytes(&text));
    buffer_free(&text);
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " ");
}

bool v3_call_is_meant(const char *text)
{
    text = skip_blanks(text);
    for (size_t i = 0; i < PRODUCTS; i++) {
        size_t len = strlen(products[i].name);
        if (text[0] == '[' && strncmp(text + 1, products[i].name, len) == 0 &&
            strchr(" ]", text[1 + len]) != NULL)
            return true;
    }
    return false;
}

bool v3_call_compose(struct v3_call *call, const char *text, const struct variables *variables)
{
    struct composer c = {.call = call};
    *call = (struct v3_call){.method = ""};
    text = skip_blanks(text) + 1;
    size_t len = strcspn(text, "]");
    bool well = text[len] == ']' || mistake(&c, "brackets do not end");
    well = well && read_manner(&c, text, len, variables);
    if (well && !line_read(&c.line, text + len + 1, variables))
        well = mistake(&c, c.line.mistake);
    if (well && !is_well(&c))
        well = mistake(&c, "a call is an Action, or -, and name=value pairs");
    if (well)
        compose(&c, variables);
    line_free(&c.line);
    line_free(&c.manner.words);
    return well;
}

void v3_call_free(struct v3_call *call)
{
    buffer_free(&call->target);
    buffer_free(&call->headers);
    buffer_free(&call->body);
}
