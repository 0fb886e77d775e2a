/* errors.h - names of all failures of operations, from errors.def.
 *
 * The codes and texts that a client gets are in the wire protocols: api/v2/failure.h. */
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

/* Its name: "HEAP_FULL". */
const char *cmq_err_name(enum cmq_err err);

#endif
