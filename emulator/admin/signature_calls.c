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

static const struct schema_member last_members[] = {
    {"api", TYPE_WORD, .choices = "v2|cmq|tdmq|-"},
    {"action", TYPE_TEXT, .help = "as the client wrote it"},
    {"secretId", TYPE_TEXT, .help = "that the call was made with"},
    {"code", TYPE_TEXT, .help = "that was answered"},
    {"stringToSign", TYPE_TEXT, .flags = MEMBER_OR_NULL,
     .help = "what should have been signed"},
    {"likelySigned", TYPE_TEXT, .flags = MEMBER_OR_NULL,
     .help = "what the client signed, if that was found"},
    {"difference", TYPE_TEXT, .help = "one sentence"},
    {"atMs", TYPE_MS, .help = "when the call was made"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema last_answer =
    SCHEMA("RefusedSignature", "A call whose signature was refused.", last_members);

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
    { "GET", "/_emulator/signatures/last", NULL, 0, 0, do_last, "explains the last refused signature", .answer = &last_answer, .mistakes = {"no-refused-signature"} },
    { .method = NULL },
};
/* clang-format on */
