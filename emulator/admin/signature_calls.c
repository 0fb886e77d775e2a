/* The last refused signature, explained (admin 11). */
#include "admin/handling.h"

#include "base/json.h"

static void write_text_or_null(struct buffer *b, const char *key, const struct buffer *text)
{
    if (text->len > 0) {
        json_key_string(b, key, buffer_bytes(text));
    } else {
        json_key(b, key);
        json_literal(b, "null");
    }
}

static bool do_last(struct handling *h)
{
    struct buffer *b = h->call->answer;
    const struct refused *r = &h->ns->refused;
    if (r->api == NULL)
        return mistake_set(&h->call->mistake, STATUS_NOT_FOUND, "no-refused-signature", "",
                           "no signature was refused in the namespace %s", h->ns->name);
    json_key_text(b, "api", r->api);
    json_key_string(b, "action", buffer_bytes(&r->action));
    json_key_string(b, "secretId", buffer_bytes(&r->secret_id));
    json_key_string(b, "code", buffer_bytes(&r->code));
    write_text_or_null(b, "stringToSign", &r->string_to_sign);
    write_text_or_null(b, "likelySigned", &r->likely_signed);
    json_key_string(b, "difference", buffer_bytes(&r->difference));
    json_key_int(b, "atMs", r->at_ms);
    write_time(b, h->ns);
    return true;
}

/* clang-format off */
const struct route signature_routes[] = {
    { "GET", "/_emulator/signatures/last", NULL, 0, 0, do_last, "explains the last refused signature" },
    { NULL,  NULL,                         NULL, 0, 0, NULL,    NULL },
};
/* clang-format on */
