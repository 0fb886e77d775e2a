/* errors.h - names of all failures. Their codes and texts are asked from api/failure.h. */
#ifndef CMQ_ENGINE_ERRORS_H
#define CMQ_ENGINE_ERRORS_H

enum cmq_err {
#define CMQ_ERR(name, code, module, text) CMQ_##name,
#include "engine/errors.def"
#undef CMQ_ERR
    CMQ_ERR_COUNT,
    CMQ_WAITING = CMQ_ERR_COUNT /* no failure: the answer will come later */
};

#endif
