#include "namespace/refused.h"

void refused_clear(struct refused *r)
{
    r->api = NULL;
    buffer_clear(&r->action);
    buffer_clear(&r->secret_id);
    buffer_clear(&r->code);
    buffer_clear(&r->string_to_sign);
    buffer_clear(&r->likely_signed);
    buffer_clear(&r->difference);
}

void refused_free(struct refused *r)
{
    buffer_free(&r->action);
    buffer_free(&r->secret_id);
    buffer_free(&r->code);
    buffer_free(&r->string_to_sign);
    buffer_free(&r->likely_signed);
    buffer_free(&r->difference);
}
