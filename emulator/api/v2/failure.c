#include "api/v2/failure.h"

#include <assert.h>

/* ---- each failure has one row: checked when compiled ---- */

enum {
#define FAILURE(failure, code, module, text) ROW_OF_##failure,
#include "api/v2/failures.def"
#undef FAILURE
    ROWS
};
#define CMQ_ERR(name, explanation)                                                             \
    _Static_assert(ROW_OF_CMQ_##name >= 0, "every error of the engine has a row");
#include "engine/errors.def"
#undef CMQ_ERR
_Static_assert(ROWS == OUTCOMES - 1, "all outcomes but CMQ_WAITING, and nothing else");

static const struct failure failures[OUTCOMES] = {
#define FAILURE(failure, code, module, text) [failure] = {code, module, text},
#include "api/v2/failures.def"
#undef FAILURE
};

const struct failure *failure_of(int outcome)
{
    assert(outcome >= 0 && outcome < OUTCOMES && outcome != CMQ_WAITING);
    return &failures[outcome];
}

void failure_append_message(struct buffer *out, int outcome, struct bytes name)
{
    const struct failure *f = failure_of(outcome);
    if (outcome == CMQ_OK)
        return;
    if (f->module != 0) {
        buffer_append_char(out, '(');
        buffer_append_int(out, f->module);
        buffer_append_char(out, ')');
    }

    const char *gap = strstr(f->text, "%s");
    if (gap == NULL) {
        buffer_append(out, bytes_of(f->text));
        return;
    }
    buffer_append(out, (struct bytes){f->text, (size_t)(gap - f->text)});
    buffer_append(out, name);
    buffer_append(out, bytes_of(gap + strlen("%s")));
}
