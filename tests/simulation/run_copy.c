#include "tests/simulation/run.h"

#include "engine/copy.h"

#include <string.h>

static struct engine *copy_of(struct run *r)
{
    struct engine_config config = {.allocator = engine_heap_allocator(&r->heap),
                                   .effort = &r->effort};
    enum cmq_err err;
    struct engine_copy *c = engine_copy_begin(r->engine, &config);
    assert_non_null(c);
    do {
        run_begin_slice(r);
        err = engine_copy_some(c);
        AGREE(err == CMQ_OK || err == CMQ_WAITING, true);
    } while (err != CMQ_OK);
    struct engine *made = engine_copy_end(c);
    engine_check(made);
    return made;
}

static void count(struct engine *e)
{
    met.copies++;
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        for (int s = 0; s < MESSAGE_STATES; s++)
            met.copied[s] += queue_count(q, (enum message_state)s);
    for (struct topic *t = NULL; (t = engine_next_topic(e, t)) != NULL;)
        met.copied[MESSAGE_STATES] += t->publication_count;
}

void run_copy(struct run *r)
{
    struct engine *made = copy_of(r);
    bool has_callers = engine_parked_count(r->engine) > 0 ||
                       engine_flight_count(r->engine) > 0 || engine_landed_count(r->engine) > 0;
    AGREE(engine_now_ms(made), engine_now_ms(r->engine));
    AGREE(engine_parked_count(made), 0);
    AGREE(engine_flight_count(made), 0);
    if (has_callers) {
        engine_free(made);
        return;
    }
    count(made);
    engine_free(r->engine);
    r->engine = made;
}
