#include "converse_v3.h"

#include "converse_form.h"
#include "converse_tc3.h"

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
    bool altered;  /* a blank more is sent than was signed */
    struct line words; /* all of them, settings of single parameters among them */
};

/* What is being made. */
struct composer {
    const struct v3_sender *sender;
    struct v3_call *call;
    struct manner manner;
    struct line line;
    struct line pairs; /* of a form or a query; the first word is the Action, or "-" */
};

static bool mistake(struct composer *c, const char *what)
{
    snprintf(c->call->mistake, sizeof c->call->mistake, "%s", what);
    return false;
}

/* ---- brackets ---- */

static bool is_named(const struct word *w, const char *name)
{
    return bytes_equal(buffer_bytes(&w->name), bytes_of(name));
}

/* Words of our own are told from parameters and header fields by their first letter. */
static bool is_ours(const struct word *w)
{
    return w->name.len > 0 && w->name.data[0] >= 'a' && w->name.data[0] <= 'z';
}

/* Header fields are told from common parameters by their names. */
static bool names_header(const struct word *w)
{
    return memchr(w->name.data, '-', w->name.len) != NULL || is_named(w, "Authorization");
}

static bool read_flag(struct composer *c, const struct word *w)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"form", &c->manner.form},
                 {"get", &c->manner.get},
                 {"raw", &c->manner.raw},
                 {"altered", &c->manner.altered}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (!word_is(w, flags[i].name))
            continue;
        *flags[i].flag = true;
        return true;
    }
    return w->name.len > 0 && w->name.data[0] == '-';
}

/* Whether this is a word that brackets may hold. What is set is looked up when it is needed. */
static bool read_manner_word(struct composer *c, const struct word *w)
{
    static const char *const settings[] = {"host", "method", "key",         "service",
                                           "date", "signed", "signed-host", "separator"};
    if (w->operator== WORD_ALONE)
        return read_flag(c, w);
    bool known = w->name.len > 0 && !is_ours(w);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        known = known || is_named(w, settings[i]);
    return known && w->operator== WORD_EQUAL;
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

/* What brackets say, or else this. */
static struct bytes setting(const struct composer *c, const char *name, const char *otherwise)
{
    const struct word *w = find_setting(c, name);
    if (w == NULL || w->operator!= WORD_EQUAL)
        return bytes_of(otherwise);
    return w->value.len > 0 ? buffer_bytes(&w->value) : bytes_of("");
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

static bool add_pair(struct composer *c, struct bytes name, struct bytes value)
{
    if (c->pairs.count == LINE_WORDS_MAX)
        return mistake(c, "too many parameters");
    struct word *w = &c->pairs.words[c->pairs.count++];
    *w = (struct word){.operator= WORD_EQUAL };
    buffer_append(&w->name, name);
    buffer_append(&w->value, value);
    return true;
}

/* A common parameter travels as a header field, or among the others (api3 2.2). */
static void append_common(struct composer *c, struct bytes name, struct bytes value)
{
    if (c->manner.form)
        add_pair(c, name, value);
    else
        append_header(c, "X-TC-", name, value);
}

/* Unless brackets say otherwise. */
static void append_default(struct composer *c, const char *name, struct bytes value)
{
    if (find_setting(c, name) == NULL)
        append_common(c, bytes_of(name), value);
}

/* The Action, which is the first of the pairs in a form. */
static void append_action(struct composer *c)
{
    const struct word *action = &c->line.words[0];
    bool there = !word_is(action, "-") && find_setting(c, "Action") == NULL;
    struct word *first = &c->pairs.words[c->pairs.count++];
    *first = (struct word){.operator= WORD_ALONE };
    buffer_append(&first->name,
                  there && c->manner.form ? buffer_bytes(&action->name) : bytes_of("-"));
    if (there && !c->manner.form)
        append_header(c, "X-TC-", bytes_of("Action"), buffer_bytes(&action->name));
}

static void append_commons(struct composer *c, const char *timestamp)
{
    append_action(c);
    append_default(c, "Version", bytes_of(products[c->manner.product].version));
    append_default(c, "Timestamp", bytes_of(timestamp));
    append_default(c, "Region", bytes_of("ap-guangzhou"));
    if (c->manner.form)
        append_default(c, "Nonce", bytes_of("11886"));
    if (find_setting(c, "Content-Type") == NULL)
        append_header(c, "", bytes_of("Content-Type"),
                      bytes_of(c->manner.form || c->manner.get
                                   ? "application/x-www-form-urlencoded"
                                   : "application/json"));
}

/* Parameters and header fields that stand in brackets with a value. */
static void append_settings(struct composer *c)
{
    for (size_t i = 1; i < c->manner.words.count; i++) {
        const struct word *w = &c->manner.words.words[i];
        if (w->operator!= WORD_EQUAL || is_ours(w))
            continue;
        if (names_header(w))
            append_header(c, "", buffer_bytes(&w->name), buffer_bytes(&w->value));
        else
            append_common(c, buffer_bytes(&w->name), buffer_bytes(&w->value));
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

static void append_flat(struct composer *c, struct bytes name, const cJSON *item, int depth);

/* Members of lists and objects as Filters.0.Name=..., from 0 (api3 2.3). */
// NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH_MAX
static void append_members(struct composer *c, struct bytes name, const cJSON *parent,
                           int depth)
{
    const cJSON *item;
    int64_t index = 0;
    cJSON_ArrayForEach (item, parent) {
        struct buffer path = {0};
        buffer_append(&path, name);
        buffer_append_char(&path, '.');
        if (item->string != NULL)
            buffer_append(&path, bytes_of(item->string));
        else
            buffer_append_int(&path, index++);
        append_flat(c, buffer_bytes(&path), item, depth + 1);
        buffer_free(&path);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH_MAX
static void append_flat(struct composer *c, struct bytes name, const cJSON *item, int depth)
{
    if ((cJSON_IsArray(item) || cJSON_IsObject(item)) && depth < DEPTH_MAX) {
        append_members(c, name, item, depth);
        return;
    }
    char *text = cJSON_PrintUnformatted(item);
    add_pair(c, name, bytes_of(cJSON_IsString(item) ? item->valuestring : text));
    cJSON_free(text);
}

static void append_parameters(struct composer *c)
{
    for (size_t i = 1; i < c->line.count; i++) {
        const struct word *w = &c->line.words[i];
        cJSON *json = w->is_json ? cJSON_ParseWithLength(w->value.data, w->value.len) : NULL;
        if (json != NULL)
            append_flat(c, buffer_bytes(&w->name), json, 0);
        else
            add_pair(c, buffer_bytes(&w->name), buffer_bytes(&w->value));
        cJSON_Delete(json);
    }
}

static void write_pairs(struct buffer *to, const struct line *pairs)
{
    if (!word_is(&pairs->words[0], "-"))
        append_pair(to, bytes_of("Action"), buffer_bytes(&pairs->words[0].name));
    for (size_t i = 1; i < pairs->count; i++)
        append_pair(to, buffer_bytes(&pairs->words[i].name),
                    buffer_bytes(&pairs->words[i].value));
}

/* ---- signatures ---- */

/* Parameters of signature v1 are signed as those of the API v2 are (api3 4). */
static void sign_form(struct composer *c, struct bytes id, int64_t timestamp)
{
    const struct sign_manner manner = {
        .method = c->call->method,
        .host = c->call->host[0] != '\0' ? c->call->host : c->sender->address,
        .path = "/",
        .sha1 = find_setting(c, "SignatureMethod") != NULL,
        .timestamp = timestamp,
    };
    if (add_pair(c, bytes_of("SecretId"), id) &&
        !sign_line(&c->pairs, c->sender->keys, &manner))
        mistake(c, "too many parameters to add a signature");
}

/* An id whose key is not known signs with an empty one. */
static void sign_head(struct composer *c, struct bytes id, const char *timestamp)
{
    const struct v3_call *call = c->call;
    const struct sign_key *key = sign_keys_find(c->sender->keys, id);
    struct buffer text = {0};
    const char *host = call->host[0] != '\0' ? call->host : c->sender->address;
    size_t path_len = call->target.len > 1 ? strlen("/?") : strlen("/");
    if (key != NULL && key->token.len > 0)
        append_default(c, "Token", buffer_bytes(&key->token));
    const struct tc3_request r = {
        .method = call->method,
        .query = {call->target.data + path_len, call->target.len - path_len},
        .headers = buffer_bytes(&call->headers),
        .body = call->body.len > 0 ? buffer_bytes(&call->body) : bytes_of(""),
        .host = setting(c, "signed-host", host),
        .names = setting(c, "signed", "content-type;host"),
        .timestamp = setting(c, "Timestamp", timestamp),
        .date = setting(c, "date", ""),
        .service = setting(c, "service", products[c->manner.product].name),
        .separator = setting(c, "separator", ", "),
    };
    tc3_sign(&text, &r, id, key != NULL ? buffer_bytes(&key->key) : bytes_of(""));
    append_header(c, "", bytes_of("Authorization"), buffer_bytes(&text));
    buffer_free(&text);
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

static void write_text(struct composer *c, struct buffer *text)
{
    bool in_pairs = c->manner.form || c->manner.get;
    if (in_pairs)
        write_pairs(text, &c->pairs);
    if (c->manner.raw)
        append_raw(c, text);
    else if (!in_pairs)
        append_json(text, &c->line);
}

/* Put the text in its place: the query, or the body. */
static void place_text(struct composer *c)
{
    struct v3_call *call = c->call;
    struct buffer text = {0};
    write_text(c, &text);
    buffer_append_char(&call->target, '/');
    if (c->manner.get && text.len > 0)
        buffer_append_char(&call->target, '?');
    buffer_append(c->manner.get ? &call->target : &call->body, buffer_bytes(&text));
    buffer_free(&text);
}

static void write_head(struct composer *c)
{
    struct bytes method = setting(c, "method", c->manner.get ? "GET" : "POST");
    struct bytes host = setting(c, "host", "");
    snprintf(c->call->method, sizeof c->call->method, "%.*s", (int)method.len, method.data);
    snprintf(c->call->host, sizeof c->call->host, "%.*s", (int)host.len, host.data);
}

static void compose(struct composer *c)
{
    struct bytes id = setting(c, "key", "");
    int64_t now = c->sender->variables->begin_ms / 1000;
    char timestamp[32];
    snprintf(timestamp, sizeof timestamp, "%lld", (long long)now);
    write_head(c);
    append_commons(c, timestamp);
    append_settings(c);
    if (!c->manner.raw && (c->manner.form || c->manner.get))
        append_parameters(c);
    if (id.len > 0 && c->manner.form)
        sign_form(c, id, now);
    place_text(c);
    if (id.len > 0 && !c->manner.form)
        sign_head(c, id, timestamp);
    if (c->manner.altered)
        buffer_append_char(&c->call->body, ' ');
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

bool v3_call_compose(struct v3_call *call, const char *text, const struct v3_sender *sender)
{
    struct composer c = {.call = call, .sender = sender};
    *call = (struct v3_call){.method = ""};
    text = skip_blanks(text) + 1;
    size_t len = strcspn(text, "]");
    bool well = text[len] == ']' || mistake(&c, "brackets do not end");
    well = well && read_manner(&c, text, len, sender->variables);
    if (well && !line_read(&c.line, text + len + 1, sender->variables))
        well = mistake(&c, c.line.mistake);
    if (well && !is_well(&c))
        well = mistake(&c, "a call is an Action, or -, and name=value pairs");
    if (well)
        compose(&c);
    line_free(&c.line);
    line_free(&c.pairs);
    line_free(&c.manner.words);
    return call->mistake[0] == '\0';
}

void v3_call_free(struct v3_call *call)
{
    buffer_free(&call->target);
    buffer_free(&call->headers);
    buffer_free(&call->body);
}
