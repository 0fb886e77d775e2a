#include "api/v3/refusal.h"

#include "api/v3/envelope.h"

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

void v3_refuse(struct buffer *out, const struct v3_request *r, struct engine *e)
{
    struct buffer text = {NULL, 0, 0, false};
    buffer_append(&text, bytes_of("This emulator does not serve API 3.0 yet, but the API v2 "
                                  "alone; it has not carried out "));
    append_what(&text, r);
    buffer_append_char(&text, '.');
    v3_open(out);
    v3_write_error(out, "UnsupportedOperation", buffer_bytes(&text));
    v3_close(out, e);
    out->failed = out->failed || text.failed;
    buffer_free(&text);
}
