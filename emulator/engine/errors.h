/* errors.h - names of all failures of operations, from errors.def.
 *
 * How a failure is told to a client (codes, texts) is the matter of the wire protocols. */
#ifndef CMQ_ENGINE_ERRORS_H
#define CMQ_ENGINE_ERRORS_H

enum cmq_err {
#define CMQ_ERR(name, explanation) CMQ_##name,
#include "engine/errors.def"
#undef CMQ_ERR
    CMQ_ERR_COUNT,
    CMQ_WAITING = CMQ_ERR_COUNT /* no failure: the answer will come later */
};

/* What it means, in a few plain words: for logs and for messages of the admin interface. */
const char *cmq_err_text(enum cmq_err err);

#endif
