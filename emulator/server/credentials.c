#include "server/credentials.h"

/* A text with its bounds: len > 0, no NUL since it is from argv or the environment. */
static bool fits(struct bytes text, size_t max)
{
    return text.len > 0 && text.len <= max;
}

/* Cut the namespace off the end, with its "@". */
static void cut_namespace(struct bytes *text, struct bytes *namespace)
{
    const char *at = text->len > 0 ? memrchr(text->data, '@', text->len) : NULL;
    *namespace = bytes_of("default");
    if (at == NULL)
        return;
    size_t before = (size_t)(at - text->data);
    struct bytes name = {at + 1, text->len - before - 1};
    if (!is_name(name))
        return;
    *namespace = name;
    text->len = before;
}

/* Take what is before the next colon; false when there is none, and all has been taken. */
static bool cut_part(struct bytes *rest, struct bytes *part)
{
    const char *colon = rest->len > 0 ? memchr(rest->data, ':', rest->len) : NULL;
    *part = *rest;
    if (colon == NULL)
        return false;
    part->len = (size_t)(colon - rest->data);
    *rest = (struct bytes){colon + 1, rest->len - part->len - 1};
    return true;
}

bool credential_value_read(struct bytes text, struct credential_value *out, const char **why)
{
    struct credential_texts *t = &out->texts;
    *out = (struct credential_value){.texts.token = {NULL, 0}};
    cut_namespace(&text, &out->namespace);
    *why = NULL;
    if (!cut_part(&text, &t->id))
        *why = "it must be ID:KEY, ID:KEY:TOKEN, or one of these and @NAMESPACE";
    else if (cut_part(&text, &t->key))
        t->token = text;
    if (*why == NULL && !fits(t->id, SECRET_ID_MAX))
        *why = "the secret id must have 1 to 256 bytes";
    if (*why == NULL && !fits(t->key, SECRET_KEY_MAX))
        *why = "the secret key must have 1 to 256 bytes";
    if (*why == NULL && t->token.data != NULL && !fits(t->token, SECRET_TOKEN_MAX))
        *why = "the token must have 1 to 4096 bytes";
    return *why == NULL;
}

/* The namespace of that name, made if need be; NULL, with the reason, when that fails. */
static struct namespace *find_or_make(struct registry *r, struct bytes name, cmq_ms real_now_ms,
                                      const char **why)
{
    struct namespace *ns = registry_find(r, name);
    if (ns != NULL)
        return ns;
    struct namespace_spec spec = registry_spec(r);
    name_copy(spec.name, name);
    switch (registry_create(r, &spec, real_now_ms, &ns)) {
    case REGISTRY_OK:
        return ns;
    case REGISTRY_FULL:
        *why = "there are as many namespaces as --max-namespaces allows";
        return NULL;
    case REGISTRY_TAKEN:
    case REGISTRY_NO_MEMORY:
        break;
    }
    *why = "there is no memory";
    return NULL;
}

static bool apply(const struct credential_value *v, struct registry *r, cmq_ms real_now_ms,
                  const char **why)
{
    struct namespace *ns = find_or_make(r, v->namespace, real_now_ms, why);
    if (ns == NULL)
        return false;
    switch (registry_add_credential(r, ns, &v->texts)) {
    case REGISTRY_OK:
        return true;
    case REGISTRY_TAKEN:
        *why = "it belongs to a namespace already";
        return false;
    case REGISTRY_FULL:
        *why = "what is stored takes as many bytes as --max-memory allows";
        return false;
    case REGISTRY_NO_MEMORY:
        break;
    }
    *why = "there is no memory";
    return false;
}

bool credentials_apply(const struct option_list *list, struct registry *r, cmq_ms real_now_ms,
                       FILE *errors)
{
    for (size_t i = 0; i < list->count; i++) {
        struct credential_value v;
        const char *why;
        if (credential_value_read(list->values[i], &v, &why) && apply(&v, r, real_now_ms, &why))
            continue;
        fprintf(errors, "cmq-emulator: %s: the secret id %.*s: %s\n",
                list->of_environment ? "CMQ_EMULATOR_CREDENTIAL" : "--credential",
                (int)v.texts.id.len, v.texts.id.data, why);
        return false;
    }
    return true;
}
