#include "namespace/refused.h"

static void free_client_texts(struct refused *r)
{
    buffer_free(&r->action);
    buffer_free(&r->secret_id);
    buffer_free(&r->string_to_sign);
    buffer_free(&r->likely_signed);
}

void refused_clear(struct refused *r)
{
    free_client_texts(r);
    buffer_free(&r->code);
    buffer_free(&r->difference);
    budget_give(r->budget, r->charged);
    *r = (struct refused){.api = NULL};
}

static size_t size_of(const struct refused *r)
{
    return r->action.room + r->secret_id.room + r->string_to_sign.room + r->likely_signed.room +
           r->difference.room;
}

static bool has_failed(const struct refused *r)
{
    return r->action.failed || r->secret_id.failed || r->string_to_sign.failed ||
           r->likely_signed.failed;
}

void refused_keep(struct refused *r, struct budget *budget)
{
    if (r->difference.failed)
        buffer_free(&r->difference);
    if (has_failed(r) || !budget_admits(budget, size_of(r)))
        free_client_texts(r);
    r->budget = budget;
    r->charged = size_of(r);
    budget_charge(budget, r->charged);
}
