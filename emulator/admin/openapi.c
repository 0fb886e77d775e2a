/* The document has three parts that are made from rows:
 *
 *   paths                  one operation for each route, and for the few paths that are no routes
 *   components.schemas     what the routes answer and take, and whatever that consists of
 *   components.responses   the mistakes that any call may be answered with, by status
 *
 * A schema that others refer to is listed once, under its name; the list is collected first, since
 * routes share most of them. Members that are included (TYPE_INCLUDED) are written out: an object
 * that is closed cannot be joined from two in JSON Schema without much ado, which generators of
 * clients do not understand. */
#include "admin/openapi.h"

#include "admin/handling.h"
#include "base/json.h"
#include "base/version.h"

#include <assert.h>
#include <stdio.h>

/* ---- schemas ---- */

/* The types that the document has a name for. */
static const struct {
    enum schema_type type;
    const char *name, *definition;
} named_types[] = {
    {TYPE_NAME, "Name",
     "{\"description\":\"1 to 64 letters, digits, - and _, the first a letter.\","
     "\"type\":\"string\",\"pattern\":\"^[A-Za-z][A-Za-z0-9_-]{0,63}$\"}"},
    {TYPE_PATH, "SubscriptionPath",
     "{\"description\":\"A topic and a subscription of it: topic/subscription.\","
     "\"type\":\"string\","
     "\"pattern\":\"^[A-Za-z][A-Za-z0-9_-]{0,63}/[A-Za-z][A-Za-z0-9_-]{0,63}$\"}"},
    {TYPE_ID, "Id",
     "{\"description\":\"A number, as a text.\",\"type\":\"string\","
     "\"pattern\":\"^[1-9][0-9]{0,18}$\"}"},
    {TYPE_MSG_ID, "MessageId",
     "{\"description\":\"The id of a message: a number as a text, or the 32 digits of TDMQ.\","
     "\"type\":\"string\","
     "\"pattern\":\"^([1-9][0-9]{0,18}|0{16}[0-9a-f]{15}[1-9a-f])$\"}"},
    {TYPE_DURATION, "Duration",
     "{\"description\":\"250ms, 90s, 10m, 12h, 15d, a sum such as 1h30m, or a number of "
     "seconds "
     "with up to three decimals.\",\"anyOf\":[{\"type\":\"string\","
     "\"pattern\":\"^([0-9]+([.][0-9]{1,3})?|([0-9]+(ms|s|m|h|d))+)$\"},"
     "{\"type\":\"number\",\"minimum\":0,\"maximum\":253402300799,\"multipleOf\":0.001}],"
     "\"examples\":[\"1h30m\",1.5]}"},
    {TYPE_INSTANT, "Instant",
     "{\"description\":\"From 1970 to 9999: epoch milliseconds, or RFC 3339.\","
     "\"anyOf\":[{\"type\":\"string\",\"format\":\"date-time\","
     "\"pattern\":\"^(19[7-9]|[2-9][0-9]{2})[0-9]-\"},"
     "{\"type\":\"integer\",\"minimum\":0,\"maximum\":253402300799999}],"
     "\"examples\":[\"2030-01-01T08:00:00+08:00\",1893456000000]}"},
    {TYPE_INSTANTS, "Instants",
     "{\"description\":\"Instants from 1970 to 9999, as epoch milliseconds, which rise, with "
     "commas "
     "between.\",\"type\":\"string\","
     "\"pattern\":\"^[0-9]{1,15}(,[0-9]{1,15}){1,512}$\","
     "\"examples\":[\"1893456000000,1893459600000\"]}"},
    {TYPE_BYTES, "Bytes",
     "{\"description\":\"A number of bytes, such as 65536, 64k or 4m.\","
     "\"anyOf\":[{\"type\":\"integer\",\"minimum\":0},"
     "{\"type\":\"string\",\"pattern\":\"^[0-9]+[kKmMgG]?$\"}],\"examples\":[\"64k\"]}"},
};

static void write_reference(struct buffer *b, const char *kind, const char *name)
{
    char text[160];
    snprintf(text, sizeof text, "#/components/%s/%s", kind, name);
    json_key_text(b, "$ref", text);
}

static void write_words(struct buffer *b, const struct schema_member *m)
{
    json_key_text(b, "type", "string");
    json_key(b, "enum");
    json_open(b, '[');
    for (const char *const *word = m->words; word != NULL && *word != NULL; word++)
        json_string(b, bytes_of(*word));
    for (const char *word = m->choices; word != NULL;) {
        size_t len = strcspn(word, "|");
        json_string(b, (struct bytes){word, len});
        word = word[len] != '\0' ? word + len + 1 : NULL;
    }
    json_close(b, ']');
}

static void write_bounds(struct buffer *b, const struct schema_member *m, const char *least,
                         const char *greatest)
{
    if (m->least == 0 && m->greatest == 0)
        return;
    json_key_int(b, least, m->least);
    json_key_int(b, greatest, m->greatest);
}

static void write_others(struct buffer *b, const char *type)
{
    json_key_text(b, "type", "object");
    json_key(b, "additionalProperties");
    json_open(b, '{');
    json_key_text(b, "type", type);
    json_close(b, '}');
}

/* The members of a schema for one value, which is neither a list nor null. */
static void write_type(struct buffer *b, const struct schema_member *m)
{
    for (size_t i = 0; i < COUNT(named_types); i++) {
        if (named_types[i].type == m->type) {
            write_reference(b, "schemas", named_types[i].name);
            return;
        }
    }
    switch ((int)m->type) {
    case TYPE_NUMBER:
        json_key_text(b, "type", "integer");
        json_key_text(b, "format", "int64");
        write_bounds(b, m, "minimum", "maximum");
        break;
    case TYPE_FRACTION:
        json_key_text(b, "type", "number");
        write_bounds(b, m, "minimum", "maximum");
        break;
    case TYPE_MS:
        json_key_text(b, "type", "integer");
        json_key_text(b, "format", "int64");
        break;
    case TYPE_FLAG:
        json_key_text(b, "type", "boolean");
        break;
    case TYPE_TEXT:
        json_key_text(b, "type", "string");
        write_bounds(b, m, "minLength", "maxLength");
        break;
    case TYPE_BASE64:
        json_key_text(b, "type", "string");
        json_key_text(b, "contentEncoding", "base64");
        break;
    case TYPE_TIME:
        json_key_text(b, "type", "string");
        json_key_text(b, "format", "date-time");
        break;
    case TYPE_WORD:
        write_words(b, m);
        break;
    case TYPE_OBJECT:
        write_reference(b, "schemas", m->of->name);
        break;
    case TYPE_NUMBERS:
        write_others(b, "integer");
        break;
    case TYPE_TEXTS:
        write_others(b, "string");
        break;
    default:
        assert(m->type == TYPE_ANY);
        break;
    }
}

static void write_otherwise(struct buffer *b, const struct schema_member *m)
{
    if (m->otherwise == NULL)
        return;
    json_key(b, "default");
    if (m->type == TYPE_NUMBER)
        json_literal(b, m->otherwise);
    else
        json_string(b, bytes_of(m->otherwise));
}

static void write_help(struct buffer *b, const char *help)
{
    if (help != NULL)
        json_key_text(b, "description", help);
}

/* Above that a reader of JSON may alter a number. */
#define READERS_KEEP (((int64_t)1 << 53) - 1)

/* Numbers of one digit less than the greatest has, so that all of them are in bounds. */
static void write_digits(struct buffer *b, const struct schema_member *m)
{
    char pattern[64];
    assert(m->greatest > 9);
    int digits = snprintf(NULL, 0, "%lld", (long long)m->greatest) - 1;
    snprintf(pattern, sizeof pattern,
             m->least == 0 ? "^(0|[1-9][0-9]{0,%d})$" : "^[1-9][0-9]{0,%d}$", digits - 1);
    json_key_text(b, "pattern", pattern);
}

/* What a value may be instead. */
static void write_alternative(struct buffer *b, const struct schema_member *m)
{
    json_open(b, '{');
    json_key_text(b, "type", m->flags & MEMBER_OR_NULL ? "null" : "string");
    if (m->flags & MEMBER_OR_TEXT && m->type == TYPE_NUMBER)
        write_digits(b, m);
    else if (m->flags & MEMBER_OR_TEXT)
        json_key_text(b, "pattern", "^(0|1|0[.][0-9]+)$");
    json_close(b, '}');
}

/* The schema of a member's value, as an object. */
static void write_value(struct buffer *b, const struct schema_member *m)
{
    struct schema_member one = *m;
    one.flags = 0;
    one.help = NULL;
    json_open(b, '{');
    if (m->flags & MEMBER_LIST) {
        one.least = one.greatest = 0;
        json_key_text(b, "type", "array");
        json_key(b, "items");
        write_value(b, &one);
        write_bounds(b, m, "minItems", "maxItems");
    } else if (m->flags & (MEMBER_OR_NULL | MEMBER_OR_TEXT)) {
        if (one.type == TYPE_NUMBER && one.greatest > READERS_KEEP)
            one.greatest = READERS_KEEP;
        json_key(b, "anyOf");
        json_open(b, '[');
        write_value(b, &one);
        write_alternative(b, m);
        json_close(b, ']');
    } else {
        write_type(b, m);
    }
    write_otherwise(b, m);
    write_help(b, m->help);
    json_close(b, '}');
}

static void write_properties(struct buffer *b, const struct schema *s)
{
    struct schema_member m;
    for (size_t i = 0; schema_row(s, i, &m); i++) {
        if (m.type == TYPE_INCLUDED) {
            write_properties(b, m.of);
            continue;
        }
        json_key(b, m.name);
        write_value(b, &m);
    }
}

static void write_required(struct buffer *b, const struct schema *s)
{
    struct schema_member m;
    for (size_t i = 0; schema_row(s, i, &m); i++) {
        if (m.type == TYPE_INCLUDED)
            write_required(b, m.of);
        else if ((m.flags & MEMBER_OPTIONAL) == 0)
            json_string(b, bytes_of(m.name));
    }
}

static bool needs_members(const struct schema *s)
{
    struct schema_member m;
    for (size_t i = 0; schema_row(s, i, &m); i++)
        if (m.type == TYPE_INCLUDED ? needs_members(m.of) : (m.flags & MEMBER_OPTIONAL) == 0)
            return true;
    return false;
}

static void write_closed(struct buffer *b)
{
    json_key(b, "additionalProperties");
    json_literal(b, "false");
}

static void write_schema(struct buffer *b, const struct schema *s)
{
    struct schema_member m;
    json_key(b, s->name);
    json_open(b, '{');
    json_key_text(b, "description", s->help);
    if (s->choice) {
        json_key(b, "anyOf");
        json_open(b, '[');
        for (size_t i = 0; schema_row(s, i, &m); i++)
            write_value(b, &m);
        json_close(b, ']');
    } else {
        json_key_text(b, "type", "object");
        json_key(b, "properties");
        json_open(b, '{');
        write_properties(b, s);
        json_close(b, '}');
        json_key(b, "required");
        json_open(b, '[');
        write_required(b, s);
        json_close(b, ']');
        if (s->least > 0)
            json_key_int(b, "minProperties", s->least);
        if (s != &openapi_answer)
            write_closed(b);
    }
    json_close(b, '}');
}

/* Those that are listed in the document, in the order in which they are met. */
struct listed {
    const struct schema *schemas[128];
    size_t count;
};

static void list_schema(struct listed *l, const struct schema *s);

static void list_members(struct listed *l, const struct schema *s)
{
    struct schema_member m;
    for (size_t i = 0; schema_row(s, i, &m); i++) {
        if (m.type == TYPE_INCLUDED)
            list_members(l, m.of);
        else if (m.of != NULL)
            list_schema(l, m.of);
    }
}

static void list_schema(struct listed *l, const struct schema *s)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->schemas[i] == s)
            return;
    assert(l->count < COUNT(l->schemas));
    l->schemas[l->count++] = s;
    list_members(l, s);
}

/* ---- routes ---- */

enum { ID_SIZE = 96 };

static void append_char(char *out, size_t *len, char c)
{
    if (*len + 1 < ID_SIZE)
        out[(*len)++] = c;
}

static char capital(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    assert(c >= 'a' && c <= 'z');
    return letters[c - 'a'];
}

/* The name of an operation in the client that somebody generates: "getQueueMessages" for GET
 * /_emulator/queues/NAME/messages. A part that a name follows is one of many: without its s. */
static void operation_id(const char *method, const char *path, char out[ID_SIZE])
{
    static const char root[] = "/_emulator";
    size_t len = 0;
    bool begins = true;
    if (strncmp(path, root, strlen(root)) == 0)
        path += strlen(root);
    for (; *method != '\0'; method++)
        append_char(out, &len, ascii_lower(*method));
    path = *path != '\0' ? path : "/index";
    for (; *path != '\0'; path++) {
        bool is_last_of_many = *path == 's' && path[1] == '/' && path[2] == '*';
        if (*path == '/' || *path == '.') {
            begins = true;
        } else if (*path != '*' && !is_last_of_many) {
            char c = *path;
            if (begins)
                c = capital(c);
            append_char(out, &len, c);
            begins = false;
        }
    }
    out[len] = '\0';
}

/* The name of the schema of an operation's arguments: "PostClockRunArguments". */
static void arguments_name(const struct route *r, char out[ID_SIZE + 16])
{
    char id[ID_SIZE];
    operation_id(r->method, r->path, id);
    snprintf(out, ID_SIZE + 16, "%c%sArguments", id[0] - 'a' + 'A', id + 1);
}

static struct schema_member member_of(const struct argument *a)
{
    static const enum schema_type types[] = {
        [ARGUMENT_DURATION] = TYPE_DURATION, [ARGUMENT_INSTANT] = TYPE_INSTANT,
        [ARGUMENT_NUMBER] = TYPE_NUMBER,     [ARGUMENT_WORD] = TYPE_WORD,
        [ARGUMENT_NAME] = TYPE_NAME,         [ARGUMENT_CONDITION] = TYPE_OBJECT,
        [ARGUMENT_TEXT] = TYPE_TEXT,         [ARGUMENT_CODE] = TYPE_TEXT,
        [ARGUMENT_OBJECT] = TYPE_OBJECT,     [ARGUMENT_MSG_ID] = TYPE_MSG_ID,
        [ARGUMENT_INSTANTS] = TYPE_INSTANTS,
    };
    return (struct schema_member){
        .name = a->name,
        .type = types[a->kind],
        .flags = a->needed ? 0 : MEMBER_OPTIONAL,
        .help = a->help,
        .of = a->kind == ARGUMENT_CONDITION ? &condition_schema : a->of,
        .words = a->words,
        .least = a->min,
        .greatest = a->max,
        .otherwise = a->otherwise,
    };
}

/* Whether its arguments may be in a body, as far as the document is concerned: a body of GET or
 * DELETE is read as well, but few programs can send one. */
static bool has_body(const struct route *r)
{
    bool sends = strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0;
    return sends && (r->argument_count > 0 || r->takes != NULL || r->flags & ROUTE_RAW);
}

static const struct argument namespace_argument = {
    "namespace", ARGUMENT_NAME, .otherwise = "default", .help = "which one the call is about"};

/* An object, which is JSON text in a query. */
static bool is_json(const struct argument *a)
{
    return a->kind == ARGUMENT_CONDITION || a->kind == ARGUMENT_OBJECT;
}

static void write_parameter(struct buffer *b, const struct argument *a, const char *name,
                            const char *in)
{
    struct schema_member m = member_of(a);
    m.help = NULL;
    json_open(b, '{');
    json_key_text(b, "name", name);
    json_key_text(b, "in", in);
    write_help(b, a->help);
    if (strcmp(in, "path") == 0) {
        json_key(b, "required");
        json_literal(b, "true");
    }
    if (is_json(a)) {
        json_key(b, "content");
        json_open(b, '{');
        json_key(b, "application/json");
        json_open(b, '{');
    }
    json_key(b, "schema");
    write_value(b, &m);
    if (is_json(a)) {
        json_close(b, '}');
        json_close(b, '}');
    }
    json_close(b, '}');
}

static void write_parameters(struct buffer *b, const struct route *r)
{
    json_key(b, "parameters");
    json_open(b, '[');
    if (r->named != NULL)
        write_parameter(b, r->named, "name", "path");
    json_open(b, '{');
    write_reference(b, "parameters", namespace_argument.name);
    json_close(b, '}');
    for (size_t i = 0; i < r->argument_count; i++)
        write_parameter(b, &r->arguments[i], r->arguments[i].name, "query");
    json_close(b, ']');
}

static void write_content(struct buffer *b, const char *type, const char *schema)
{
    json_key(b, type);
    json_open(b, '{');
    if (schema != NULL) {
        json_key(b, "schema");
        json_open(b, '{');
        write_reference(b, "schemas", schema);
        json_close(b, '}');
    }
    json_close(b, '}');
}

/* A condition in a form is JSON text, for which OpenAPI has words that few programs know. */
static bool has_form(const struct route *r)
{
    for (size_t i = 0; i < r->argument_count; i++)
        if (is_json(&r->arguments[i]))
            return false;
    return true;
}

static void write_body_content(struct buffer *b, const struct route *r)
{
    char name[ID_SIZE + 16];
    arguments_name(r, name);
    if (r->takes != NULL) {
        write_content(b, "application/json", r->takes->name);
    } else if (r->flags & ROUTE_RAW) {
        write_content(b, "*/*", NULL);
    } else {
        write_content(b, "application/json", name);
        if (has_form(r))
            write_content(b, "application/x-www-form-urlencoded", name);
    }
}

static void write_body_of(struct buffer *b, const struct route *r)
{
    json_key(b, "requestBody");
    json_open(b, '{');
    if (r->argument_count > 0)
        write_help(b, "the arguments that are not in the query");
    if (r->takes != NULL && needs_members(r->takes)) {
        json_key(b, "required");
        json_literal(b, "true");
    }
    json_key(b, "content");
    json_open(b, '{');
    write_body_content(b, r);
    json_close(b, '}');
    json_close(b, '}');
}

/* The object of a route's arguments, which is what a body may be. */
static void write_arguments(struct buffer *b, const struct route *r)
{
    char name[ID_SIZE + 16];
    arguments_name(r, name);
    json_key(b, name);
    json_open(b, '{');
    json_key_text(b, "type", "object");
    json_key(b, "properties");
    json_open(b, '{');
    for (size_t i = 0; i < r->argument_count; i++) {
        struct schema_member m = member_of(&r->arguments[i]);
        json_key(b, m.name);
        write_value(b, &m);
    }
    json_close(b, '}');
    json_key(b, "required");
    json_open(b, '[');
    for (size_t i = 0; i < r->argument_count; i++)
        if (r->arguments[i].needed)
            json_string(b, bytes_of(r->arguments[i].name));
    json_close(b, ']');
    write_closed(b);
    json_close(b, '}');
}

/* ---- answers ---- */

static bool lists(const char *const *codes, const char *code)
{
    for (; codes != NULL && *codes != NULL; codes++)
        if (strcmp(*codes, code) == 0)
            return true;
    return false;
}

/* The mistakes of one status, and which of them a call may make. */
struct refusals {
    const struct mistake_row *first, *end;
    const char *const *codes; /* of the call, besides those of any call; NULL: none */
};

static bool next_refusals(struct refusals *r)
{
    r->first = r->end;
    if (r->first->code == NULL)
        return false;
    while (r->end->code != NULL && r->end->status == r->first->status)
        r->end++;
    return true;
}

static bool applies(const struct refusals *r, const struct mistake_row *row)
{
    return row->common || lists(r->codes, row->code);
}

static bool has_some(const struct refusals *r)
{
    for (const struct mistake_row *row = r->first; row < r->end; row++)
        if (applies(r, row))
            return true;
    return false;
}

/* Whether the call has mistakes of its own among them. */
static bool has_own(const struct refusals *r)
{
    for (const struct mistake_row *row = r->first; row < r->end; row++)
        if (lists(r->codes, row->code))
            return true;
    return false;
}

/* "`code`: when", for each of the call's own, or of any call's if it has none. */
static void write_reasons(struct buffer *b, const struct refusals *r)
{
    bool own = has_own(r);
    const char *before = "`";
    json_key(b, "description");
    buffer_append_char(b, '"');
    for (const struct mistake_row *row = r->first; row < r->end; row++) {
        if (own ? !lists(r->codes, row->code) : !row->common)
            continue;
        buffer_append(b, bytes_of(before));
        buffer_append(b, bytes_of(row->code));
        buffer_append(b, bytes_of("`: "));
        json_escape(b, bytes_of(row->when));
        before = "; `";
    }
    if (own && r->first->common)
        buffer_append(b, bytes_of("; or as any call"));
    buffer_append_char(b, '"');
}

static void write_header(struct buffer *b, const char *name, const char *help, const char *type)
{
    json_key(b, "headers");
    json_open(b, '{');
    json_key(b, name);
    json_open(b, '{');
    write_help(b, help);
    json_key(b, "schema");
    json_open(b, '{');
    json_key_text(b, "type", type);
    json_close(b, '}');
    json_close(b, '}');
    json_close(b, '}');
}

static void write_codes(struct buffer *b, const struct refusals *r)
{
    static const char *const way[] = {"properties", "error", "properties", "code"};
    for (size_t i = 0; i < COUNT(way); i++) {
        json_key(b, way[i]);
        json_open(b, '{');
    }
    json_key(b, "enum");
    json_open(b, '[');
    for (const struct mistake_row *row = r->first; row < r->end; row++)
        if (applies(r, row))
            json_string(b, bytes_of(row->code));
    json_close(b, ']');
    for (size_t i = 0; i < COUNT(way); i++)
        json_close(b, '}');
}

static void write_refusal(struct buffer *b, const struct refusals *r)
{
    json_open(b, '{');
    write_reasons(b, r);
    if (r->first->status == STATUS_UNAVAILABLE)
        write_header(b, "Retry-After", "seconds; not while the emulator stops", "integer");
    if (r->first->status == STATUS_METHOD)
        write_header(b, "Allow", "the methods that the path takes", "string");
    json_key(b, "content");
    json_open(b, '{');
    json_key(b, "application/json");
    json_open(b, '{');
    json_key(b, "schema");
    json_open(b, '{');
    write_reference(b, "schemas", error_schema.name);
    write_codes(b, r);
    json_close(b, '}');
    json_close(b, '}');
    json_close(b, '}');
    json_close(b, '}');
}

enum { STATUS_NAME_SIZE = 16 };

static void shared_name(const struct refusals *r, char out[STATUS_NAME_SIZE])
{
    snprintf(out, STATUS_NAME_SIZE, "Status%d", r->first->status);
}

/* Those of a call: where all of one status are any call's, by reference. */
static void write_refusals(struct buffer *b, const char *const *codes)
{
    struct refusals r = {NULL, mistake_rows, codes};
    while (next_refusals(&r)) {
        char name[STATUS_NAME_SIZE];
        if (!has_some(&r))
            continue;
        snprintf(name, sizeof name, "%d", r.first->status);
        json_key(b, name);
        if (has_own(&r)) {
            write_refusal(b, &r);
            continue;
        }
        shared_name(&r, name);
        json_open(b, '{');
        write_reference(b, "responses", name);
        json_close(b, '}');
    }
}

static void write_shared_refusals(struct buffer *b)
{
    static const char *const of_no_route[] = {"method-not-allowed", NULL};
    struct refusals r = {NULL, mistake_rows, of_no_route};
    while (next_refusals(&r)) {
        char name[STATUS_NAME_SIZE];
        if (!has_some(&r))
            continue;
        shared_name(&r, name);
        json_key(b, name);
        write_refusal(b, &r);
    }
}

/* page: who takes HTML gets a page instead. */
static void write_answer(struct buffer *b, const char *status, const char *help,
                         const char *type, const char *schema, bool page)
{
    json_key(b, status);
    json_open(b, '{');
    json_key_text(b, "description", help);
    json_key(b, "content");
    json_open(b, '{');
    write_content(b, type, schema);
    if (page)
        write_content(b, "text/html", NULL);
    json_close(b, '}');
    json_close(b, '}');
}

/* ---- paths ---- */

/* What the program answers besides the routes: no JSON. */
static const struct text_path {
    const char *path, *summary, *type, *help;
    const char *mistakes[2];
    const char *parameters; /* NULL for none */
} text_paths[] = {
    {"/_emulator/ca.pem",
     "the certificate authority of --tls-self-signed",
     "application/x-pem-file",
     "A certificate.",
     {"no-authority", NULL},
     NULL},
    {"/_emulator/dashboard/*",
     "the files of the page for people",
     "*/*",
     "A file.",
     {NULL},
     "[{\"name\":\"name\",\"in\":\"path\",\"required\":true,\"example\":\"index.html\","
     "\"schema\":{\"type\":\"string\"}}]"},
    {"/metrics",
     "figures for Prometheus",
     "text/plain",
     "The text format of Prometheus.",
     {NULL},
     NULL},
};

static void write_operation_begin(struct buffer *b, const char *method, const char *path,
                                  const char *summary)
{
    char id[ID_SIZE];
    char key[8];
    size_t len = strlen(method);
    assert(len < sizeof key);
    for (size_t i = 0; i <= len; i++)
        key[i] = ascii_lower(method[i]);
    operation_id(method, path, id);
    json_key(b, key);
    json_open(b, '{');
    json_key_text(b, "operationId", id);
    json_key_text(b, "summary", summary);
}

static void write_operation(struct buffer *b, const struct route *r)
{
    write_operation_begin(b, r->method, r->path, r->summary);
    write_parameters(b, r);
    if (has_body(r))
        write_body_of(b, r);
    json_key(b, "responses");
    json_open(b, '{');
    if (r->flags & ROUTE_STREAM)
        write_answer(b, "200", r->answer->help, "text/event-stream", NULL, false);
    else
        write_answer(b, "200", r->answer->help, "application/json", r->answer->name,
                     r->flags & ROUTE_PAGE);
    write_refusals(b, r->mistakes);
    if (r->flags & ROUTE_RAW && r->takes == NULL)
        write_answer(b, "default", "What the script of the sink says.", "application/json",
                     r->answer->name, false);
    json_close(b, '}');
    json_close(b, '}');
}

/* All routes of r's path, if r is the first of them. */
static void write_path(struct buffer *b, const struct route *r)
{
    char path[ROUTE_PATH_SIZE];
    struct route_cursor rows = {0, 0};
    for (const struct route *other; (other = route_next(&rows)) != r;)
        if (strcmp(other->path, r->path) == 0)
            return;
    route_path(r->path, path);
    json_key(b, path);
    json_open(b, '{');
    rows = (struct route_cursor){0, 0};
    for (const struct route *one; (one = route_next(&rows)) != NULL;)
        if (strcmp(one->path, r->path) == 0)
            write_operation(b, one);
    json_close(b, '}');
}

static void write_text_path(struct buffer *b, const struct text_path *p)
{
    char path[ROUTE_PATH_SIZE];
    route_path(p->path, path);
    json_key(b, path);
    json_open(b, '{');
    write_operation_begin(b, "GET", p->path, p->summary);
    if (p->parameters != NULL) {
        json_key(b, "parameters");
        json_literal(b, p->parameters);
    }
    json_key(b, "responses");
    json_open(b, '{');
    write_answer(b, "200", p->help, p->type, NULL, false);
    write_refusals(b, p->mistakes);
    json_close(b, '}');
    json_close(b, '}');
    json_close(b, '}');
}

static void write_paths(struct buffer *b)
{
    struct route_cursor rows = {0, 0};
    json_key(b, "paths");
    json_open(b, '{');
    for (const struct route *r; (r = route_next(&rows)) != NULL;)
        write_path(b, r);
    for (size_t i = 0; i < COUNT(text_paths); i++)
        write_text_path(b, &text_paths[i]);
    json_close(b, '}');
}

/* ---- the document ---- */

static void write_schemas(struct buffer *b)
{
    struct listed l = {.count = 0};
    struct route_cursor rows = {0, 0};
    json_key(b, "schemas");
    json_open(b, '{');
    for (size_t i = 0; i < COUNT(named_types); i++) {
        json_key(b, named_types[i].name);
        json_literal(b, named_types[i].definition);
    }
    list_schema(&l, &error_schema);
    list_schema(&l, &condition_schema);
    for (const struct route *r; (r = route_next(&rows)) != NULL;) {
        if (has_body(r) && r->argument_count > 0)
            write_arguments(b, r);
        if (r->takes != NULL)
            list_schema(&l, r->takes);
        if ((r->flags & ROUTE_STREAM) == 0)
            list_schema(&l, r->answer);
    }
    for (size_t i = 0; i < l.count; i++)
        write_schema(b, l.schemas[i]);
    json_close(b, '}');
}

static void write_components(struct buffer *b)
{
    json_key(b, "components");
    json_open(b, '{');
    json_key(b, "parameters");
    json_open(b, '{');
    json_key(b, namespace_argument.name);
    write_parameter(b, &namespace_argument, namespace_argument.name, "query");
    json_close(b, '}');
    json_key(b, "responses");
    json_open(b, '{');
    write_shared_refusals(b);
    json_close(b, '}');
    write_schemas(b);
    json_key(b, "securitySchemes");
    json_literal(b, "{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\","
                    "\"description\":\"That of --admin-token, if there is one.\"}}");
    json_close(b, '}');
}

static void write_info(struct buffer *b)
{
    json_key(b, "info");
    json_open(b, '{');
    json_key_text(b, "title", "CMQ emulator: the admin interface");
    json_key_text(b, "version", cmq_version());
    json_key_text(
        b, "description",
        "Under /_emulator a test moves time, looks inside queues and topics, waits for things "
        "to "
        "happen, and makes namespaces.\n\nArguments may be in the query or in the body, a form "
        "or a JSON object, whatever the content type says, and none twice. What can be had by "
        "GET can be asked for by HEAD, without the body. Other methods of a path get 405, with "
        "its methods in the Allow header; other paths get 404. Mistakes change nothing.");
    json_close(b, '}');
}

static const struct schema_member document_members[] = {
    {"openapi", TYPE_WORD, .choices = "3.1.0"},
    {"info", TYPE_ANY, .help = "what it describes"},
    {"servers", TYPE_ANY, .help = "where"},
    {"security", TYPE_ANY, .help = "whether a token is needed"},
    {"paths", TYPE_ANY, .help = "all calls"},
    {"components", TYPE_ANY, .help = "what they have in common"},
};
const struct schema openapi_answer =
    SCHEMA("OpenapiDocument", "This document.", document_members);

void openapi_write(struct buffer *b)
{
    json_key_text(b, "openapi", "3.1.0");
    write_info(b);
    json_key(b, "servers");
    json_literal(b, "[{\"url\":\"/\"}]");
    json_key(b, "security");
    json_literal(b, "[{},{\"token\":[]}]");
    write_paths(b);
    write_components(b);
}
