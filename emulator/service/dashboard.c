#include "service/dashboard.h"

#include "admin/asset.h"
#include "service/accept.h"
#include "service/inside.h"

#include <assert.h>

static const char prefix[] = "/_emulator/dashboard/";

/* The page may load what is ours, and nothing from elsewhere; nobody may frame it. */
#define POLICY                                                                                 \
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "        \
    "object-src 'none'"
#define SAFE                                                                                   \
    {"Content-Security-Policy", POLICY}, {"X-Content-Type-Options", "nosniff"},                \
    {                                                                                          \
        "Referrer-Policy", "no-referrer"                                                       \
    }

static const struct header of_page[] = {
    SAFE, {"Vary", "Accept, Accept-Encoding"}, {"Cache-Control", "no-cache"}, {NULL, NULL}};
static const struct header of_file[] = {
    SAFE, {"Vary", "Accept-Encoding"}, {"Cache-Control", "no-cache"}, {NULL, NULL}};
static const struct header of_folder[] = {
    SAFE, {"Vary", "Accept"}, {"Cache-Control", "no-store"}, {NULL, NULL}};

static const struct header of_index[] = {{"Vary", "Accept"}, {NULL, NULL}};

static bool is_index(struct bytes path)
{
    return bytes_equal(path, bytes_of("/_emulator")) ||
           bytes_equal(path, bytes_of("/_emulator/"));
}

bool dashboard_is_asked_for(const struct exchange *x, struct bytes path)
{
    if (is_index(path))
        return accept_find(x->head.accept, "text/html") == ACCEPT_TAKEN;
    return bytes_begin(path, prefix);
}

const struct header *dashboard_beside(struct bytes path)
{
    return is_index(path) ? of_index : NULL;
}

/* Of the program's own files. */
static bool answer_embedded(struct exchange *x, struct bytes name)
{
    const struct asset *a = asset_find(name);
    if (a == NULL)
        return false;
    bool packed = accept_gzip(x->head.accept_encoding);
    const struct asset_form *form = packed ? &a->packed : &a->plain;
    x->tag = form->tag;
    x->coding = packed ? "gzip" : NULL;
    if (accept_has_tag(x->head.if_none_match, form->tag)) {
        x->status = x->code = 304;
        x->coding = NULL;
    } else {
        buffer_append(&x->answer, (struct bytes){(const char *)form->data, form->len});
    }
    return true;
}

static bool answer_from_folder(struct exchange *x, struct bytes name)
{
    const struct service_config *config = &x->service->config;
    return asset_type(name) != NULL && config->read_asset(config->dashboard, name, &x->answer);
}

void dashboard_answer(struct exchange *x, struct bytes path)
{
    bool page = is_index(path);
    struct bytes name = page ? bytes_of("index.html") : bytes_behind(path, strlen(prefix));
    bool folder = x->service->config.dashboard != NULL;
    x->status = x->code = 200;
    if (!asset_is_name(name) ||
        !(folder ? answer_from_folder(x, name) : answer_embedded(x, name))) {
        exchange_refuse(x, 404, "not-found", "the dashboard has no file of this name");
        return;
    }
    x->content_type = asset_type(name);
    x->further = folder ? of_folder : page ? of_page : of_file;
    assert(x->content_type != NULL);
}
