#include "api/v3/failure.h"

#include <assert.h>

/* ---- each failure has one row: checked when compiled ---- */

enum {
#define FAILURE(failure, cmq, tdmq, text) ROW_OF_##failure,
#include "api/v3/failures.def"
#undef FAILURE
    ROWS
};
#define CMQ_ERR(name, explanation)                                                             \
    _Static_assert(ROW_OF_CMQ_##name >= 0, "every error of the engine has a row");
#include "engine/errors.def"
#undef CMQ_ERR
_Static_assert(ROWS == V3_OUTCOMES - 1, "all outcomes but CMQ_WAITING, and nothing else");

static const struct failure {
    const char *codes[2]; /* by product */
    const char *text;
} failures[V3_OUTCOMES] = {
#define FAILURE(failure, cmq, tdmq, text) [failure] = {{cmq, tdmq}, text},
#include "api/v3/failures.def"
#undef FAILURE
};

static const struct failure *failure_at(int outcome)
{
    assert(outcome >= 0 && outcome < V3_OUTCOMES && outcome != CMQ_WAITING);
    return &failures[outcome];
}

const char *v3_failure_code(int outcome, enum v3_product product)
{
    return failure_at(outcome)->codes[product];
}

const char *v3_failure_text(int outcome)
{
    return failure_at(outcome)->text;
}

void v3_append_text(struct buffer *out, const char *text, struct bytes name, struct bytes value)
{
    for (const char *mark; (mark = strchr(text, '%')) != NULL; text = mark + 2) {
        assert(mark[1] == 's' || mark[1] == 'v');
        buffer_append(out, (struct bytes){text, (size_t)(mark - text)});
        buffer_append(out, mark[1] == 's' ? name : value);
    }
    buffer_append(out, bytes_of(text));
}
