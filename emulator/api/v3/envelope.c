#include "api/v3/envelope.h"

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

void v3_open(struct buffer *out)
{
    json_open(out, '{');
    json_key(out, "Response");
    json_open(out, '{');
}

void v3_write_error(struct buffer *out, const char *code, struct bytes message)
{
    json_key(out, "Error");
    json_open(out, '{');
    json_key_text(out, "Code", code);
    json_key_string(out, "Message", message);
    json_close(out, '}');
}

void v3_close(struct buffer *out, struct engine *e)
{
    json_key(out, "RequestId");
    buffer_append_char(out, '"');
    append_uuid(out, engine_request_id(e));
    buffer_append_char(out, '"');
    json_close(out, '}');
    json_close(out, '}');
}
