#include "api/v3/refusal.h"

#include "base/json.h"
#include "base/random.h"

static void append_hex(struct buffer *out, uint64_t value, unsigned digits)
{
    while (digits-- > 0)
        buffer_append_char(out, "0123456789abcdef"[value >> 4 * digits & 0xf]);
}

/* A request id of the engine in the form of a UUID (api3 5.1), with version and variant of
 * random ones, as in the service's samples. Its last 62 bits are the id itself, so no two are
 * equal. */
static void append_uuid(struct buffer *out, uint64_t id)
{
    uint64_t high = mix64(id);
    uint64_t low = UINT64_C(2) << 62 | id;
    append_hex(out, high >> 32, 8);
    buffer_append_char(out, '-');
    append_hex(out, high >> 16, 4);
    buffer_append(out, bytes_of("-4"));
    append_hex(out, high, 3);
    buffer_append_char(out, '-');
    append_hex(out, low >> 48, 4);
    buffer_append_char(out, '-');
    append_hex(out, low, 12);
}

static void append_shortened(struct buffer *out, struct bytes text)
{
    enum { SHOWN_MAX = 256 };
    if (text.len > SHOWN_MAX)
        text.len = SHOWN_MAX;
    buffer_append(out, text);
}

/* "the Action CreateCmqQueue of tdmq", and what there is to say when less is known. */
static void append_what(struct buffer *out, const struct v3_request *r)
{
    if (r->action.len > 0) {
        buffer_append(out, bytes_of("the Action "));
        append_shortened(out, r->action);
    } else {
        buffer_append(out, bytes_of("a call that names no Action"));
    }
    if (r->product != NULL) {
        buffer_append(out, bytes_of(" of "));
        buffer_append(out, bytes_of(r->product));
    } else if (r->version.len > 0) {
        buffer_append(out, bytes_of(" of version "));
        append_shortened(out, r->version);
    }
}

static void write_message(struct buffer *out, const struct v3_request *r)
{
    struct buffer text = {NULL, 0, 0, false};
    buffer_append(&text, bytes_of("This emulator does not serve API 3.0 yet, but the API v2 "
                                  "alone; it has not carried out "));
    append_what(&text, r);
    buffer_append_char(&text, '.');
    json_key_string(out, "Message", buffer_bytes(&text));
    out->failed = out->failed || text.failed;
    buffer_free(&text);
}

void v3_refuse(struct buffer *out, const struct v3_request *r, struct engine *e)
{
    json_open(out, '{');
    json_key(out, "Response");
    json_open(out, '{');
    json_key(out, "Error");
    json_open(out, '{');
    json_key_text(out, "Code", "UnsupportedOperation");
    write_message(out, r);
    json_close(out, '}');
    json_key(out, "RequestId");
    buffer_append_char(out, '"');
    append_uuid(out, engine_request_id(e));
    buffer_append_char(out, '"');
    json_close(out, '}');
    json_close(out, '}');
}
