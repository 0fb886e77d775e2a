#include "api/v2/failure.h"

#include <assert.h>

static const struct failure failures[CMQ_ERR_COUNT] = {
#define CMQ_ERR(name, code, module, text) [CMQ_##name] = {code, module, text},
#include "engine/errors.def"
#undef CMQ_ERR
};

const struct failure *failure_of(enum cmq_err err)
{
    assert(err < CMQ_ERR_COUNT);
    return &failures[err];
}

void failure_append_message(struct buffer *out, enum cmq_err err, struct bytes name)
{
    const struct failure *f = failure_of(err);
    if (err == CMQ_OK)
        return;
    buffer_append_char(out, '(');
    buffer_append_int(out, f->module);
    buffer_append_char(out, ')');

    const char *gap = strstr(f->text, "%s");
    if (gap == NULL) {
        buffer_append(out, bytes_of(f->text));
        return;
    }
    buffer_append(out, (struct bytes){f->text, (size_t)(gap - f->text)});
    buffer_append(out, name);
    buffer_append(out, bytes_of(gap + strlen("%s")));
}
