#include "namespace/copying.h"

bool copying_begin(struct copying *c, struct snapshot *of, const struct engine *from,
                   const struct engine_config *config, const struct faults *faults)
{
    *c = (struct copying){.of = snapshot_hold(of), .restores = from == of->engine};
    faults_init(&c->faults, &faults->allocator, faults->budget, 0);
    c->copy = engine_copy_begin(from, config);
    if (c->copy == NULL)
        copying_end(c, CMQ_INTERNAL);
    return c->copy != NULL;
}

enum cmq_err copying_go_on(struct copying *c, struct graveyard *graveyard,
                           struct effort *effort)
{
    enum { THINGS = 256 };
    for (;;) {
        enum cmq_err err = engine_copy_some(c->copy);
        if (err != CMQ_MEMORY_FULL || graveyard_is_empty(graveyard))
            return err;
        graveyard_reap(graveyard, THINGS);
        effort_spend(effort, THINGS);
    }
}

/* There are no more than a few rules. */
enum cmq_err copying_finish(struct copying *c, const struct faults *faults,
                            struct engine **made)
{
    const struct faults *from = c->restores ? &c->of->faults : faults;
    if (!budget_admits(from->budget, faults_size(from)))
        return CMQ_MEMORY_FULL;
    if (!faults_copy(c->restores ? &c->faults : &c->of->faults, from))
        return CMQ_INTERNAL;
    *made = engine_copy_end(c->copy);
    c->copy = NULL;
    return CMQ_OK;
}

void copying_end(struct copying *c, enum cmq_err err)
{
    snapshot_give(c->of);
    c->of = NULL;
    c->err = err;
}

void copying_give_up(struct copying *c, struct graveyard *graveyard, enum cmq_err err)
{
    if (c->copy != NULL)
        graveyard_bury(graveyard, engine_copy_end(c->copy));
    c->copy = NULL;
    faults_clear(&c->faults);
    copying_end(c, err);
}
