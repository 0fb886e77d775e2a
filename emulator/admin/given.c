#include "admin/given.h"

#include "base/buffer.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* A namespace with 1000 queues of which each has all its attributes is read. */
const struct json_bounds given_bounds = {.values = 12000, .levels = 32};

static bool no_memory(struct mistake *m)
{
    return mistake_no_memory(m, "for the arguments");
}

const char *given_fault(enum json_fault fault)
{
    if (fault == JSON_NUL)
        return "has a NUL (\\u0000) in a text, which no argument may have";
    if (fault == JSON_TOO_MUCH)
        return "has more than 12000 values, or more than 32 levels of them";
    return NULL;
}

/* ---- forms ---- */

static bool has_nul(struct bytes text)
{
    return text.len > 0 && memchr(text.data, '\0', text.len) != NULL;
}

static bool check_pairs(const struct form *form, struct mistake *m)
{
    for (size_t i = 0; i < form->count; i++) {
        char name[MISTAKE_ARGUMENT_SIZE];
        const struct pair *p = &form->pairs[i];
        if (!has_nul(p->name) && !has_nul(p->value))
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(p->name.len < 64 ? p->name.len : 64),
                 p->name.data);
        return MISTAKE_INVALID(m, name, "%s contains a NUL byte", name);
    }
    return true;
}

static char *copy(char **to, struct bytes text)
{
    char *begun = *to;
    if (text.len > 0)
        memcpy(begun, text.data, text.len);
    begun[text.len] = '\0';
    *to += text.len + 1;
    return begun;
}

/* Move the members of `from` behind those of `to`. cJSON's rule is that the first child's prev is
 * the last child. */
static void append_members(cJSON *to, cJSON *from)
{
    cJSON *first = to->child, *added = from->child;
    from->child = NULL;
    if (first == NULL) {
        to->child = added;
        return;
    }
    if (added == NULL)
        return;
    cJSON *last = added->prev;
    first->prev->next = added;
    added->prev = first->prev;
    first->prev = last;
}

/* An object whose members are the pairs, as texts. */
static bool object_of_form(struct json *j, const struct form *form)
{
    size_t text_len = form->decoded_len + 2 * form->count;
    j->nodes = calloc(form->count + 1, sizeof *j->nodes);
    j->text = malloc(text_len + 1);
    if (j->nodes == NULL || j->text == NULL)
        return false;
    char *to = j->text;
    j->root = j->nodes;
    j->root->type = cJSON_Object;
    j->count = form->count + 1;
    for (size_t i = 0; i < form->count; i++) {
        cJSON one = {.child = &j->nodes[i + 1]};
        *one.child = (cJSON){.type = cJSON_String, .prev = one.child};
        one.child->string = copy(&to, form->pairs[i].name);
        one.child->valuestring = copy(&to, form->pairs[i].value);
        append_members(j->root, &one);
    }
    return true;
}

static bool read_form(struct json *j, const struct form *form, struct mistake *m)
{
    return check_pairs(form, m) && (object_of_form(j, form) || no_memory(m));
}

/* ---- the body ---- */

/* A form is decoded in place, so in a copy. */
static bool read_form_text(struct json *j, struct bytes body, struct mistake *m)
{
    struct form form = {.count = 0};
    struct buffer copied = {0};
    buffer_append(&copied, body);
    bool read = copied.failed                                ? no_memory(m)
                : form_parse(&form, copied.data, copied.len) ? read_form(j, &form, m)
                : form.no_memory
                    ? no_memory(m)
                    : mistake_set(m, 400, "invalid-body", "", "too many arguments");
    form_free(&form);
    buffer_free(&copied);
    return read;
}

static bool read_json(struct json *j, struct bytes body, struct mistake *m)
{
    enum json_fault fault = json_read(j, body, &given_bounds);
    const char *what = given_fault(fault);
    if (fault == JSON_NO_MEMORY)
        return no_memory(m);
    if (what != NULL)
        return mistake_set(m, 400, "invalid-body", "", "the body %s", what);
    return cJSON_IsObject(j->root) ||
           mistake_set(m, 400, "invalid-body", "",
                       "the body must be a JSON object, a form such as a=b&c=d, or empty");
}

/* The content type does not matter: a form cannot begin with a bracket or a quote, and has an
 * equals sign. */
static bool read_body(struct json *j, struct bytes body, struct mistake *m)
{
    if (body.len > GIVEN_BODY_MAX)
        return mistake_set(m, 413, "too-large", "",
                           "the body of an admin call is 1 MiB at the most");
    if (body.len == 0)
        return true;
    const char *end = body.data + body.len;
    const char *first = json_pass_blanks(body.data, end);
    if (first == end)
        return true;
    bool json = *first != '\0' && strchr("{[\"", *first) != NULL;
    return !json && memchr(body.data, '=', body.len) != NULL ? read_form_text(j, body, m)
                                                             : read_json(j, body, m);
}

bool given_read(struct given *g, const struct form *query, struct bytes body, struct mistake *m)
{
    *g = (struct given){NULL, {0}, {0}};
    if (!read_form(&g->query, query, m) || !read_body(&g->body, body, m))
        return false;
    g->object = g->query.root;
    if (g->body.root != NULL)
        append_members(g->object, g->body.root);
    return true;
}

struct cJSON *given_take(struct given *g, const char *name)
{
    cJSON *item = cJSON_GetObjectItemCaseSensitive(g->object, name);
    return item != NULL ? cJSON_DetachItemViaPointer(g->object, item) : NULL;
}

void given_free(struct given *g)
{
    json_free(&g->query);
    json_free(&g->body);
    g->object = NULL;
}
