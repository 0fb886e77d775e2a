#include "engine/errors.h"

#include <assert.h>

const char *cmq_err_name(enum cmq_err err)
{
    static const char *const names[] = {
#define CMQ_ERR(name, explanation) #name,
#include "engine/errors.def"
#undef CMQ_ERR
        [CMQ_WAITING] = "WAITING",
    };
    assert(err <= CMQ_WAITING);
    return names[err];
}

const char *cmq_err_text(enum cmq_err err)
{
    static const char *const texts[] = {
#define CMQ_ERR(name, explanation) explanation,
#include "engine/errors.def"
#undef CMQ_ERR
        [CMQ_WAITING] = "the answer will come later",
    };
    assert(err <= CMQ_WAITING);
    return texts[err];
}
