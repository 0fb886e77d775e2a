/* Commands on topics and subscriptions, and on pushes that are under way. */
#include "tests/simulation/run.h"

/* In each list two differ in case alone, and some are drawn more often. */
static const char *const topic_names[] = {"t", "t", "t", "u", "v", "T"};
static const char *const subscription_names[] = {"a", "a", "a", "b", "b", "c", "d", "e", "A"};
static const char *const endpoints[] = {"q", "q", "q", "q", "r", "Q"};

static const char *const tags[] = {"x", "y", "z", "paid"};
static const char *const keys[] = {"#", "a.*", "*.b", "a.#.b", "c"};
/* NULL: none is given */
static const char *const routing_keys[] = {NULL, "", "a.b", "c", "a.x.y.b", "d.b", "e"};

/* One topic, or one subscription with its topic, as both sides have it. */
struct both {
    struct topic *topic;
    struct model_topic *model_topic;
    struct subscription *subscription;
    struct model_subscription *model_subscription;
};

static bool find_topic(struct run *r, struct both *b)
{
    const char *name = RANDOM_OF(r, topic_names);
    b->topic = engine_find_topic(r->engine, bytes_of(name));
    b->model_topic = model_find_topic(&r->model, name);
    AGREE(b->topic != NULL, b->model_topic != NULL);
    return b->topic != NULL;
}

static bool find_subscription(struct run *r, struct both *b)
{
    const char *name = RANDOM_OF(r, subscription_names);
    if (!find_topic(r, b))
        return false;
    b->subscription = engine_find_subscription(r->engine, b->topic, bytes_of(name));
    b->model_subscription = model_find_subscription(b->model_topic, name);
    AGREE(b->subscription != NULL, b->model_subscription != NULL);
    return b->subscription != NULL;
}

static void do_create_topic(struct run *r)
{
    struct topic *t;
    const char *name = RANDOM_OF(r, topic_names);
    struct topic_request request = {
        .filter_type = random_once_in(&r->commands, 3) ? FILTER_BY_KEY : FILTER_BY_TAG,
        .max_msg_size = 8};
    enum cmq_err want = model_create_topic(&r->model, name, &request);
    run_agree_on_error(r, engine_create_topic(r->engine, bytes_of(name), &request, &t), want);
}

static void do_set_topic(struct run *r)
{
    struct both b;
    size_t max_msg_size = 6 + random_below(&r->commands, 4);
    if (!find_topic(r, &b))
        return;
    model_set_topic(b.model_topic, max_msg_size);
    engine_set_topic(r->engine, b.topic, &(struct topic_request){.max_msg_size = max_msg_size});
}

static void do_delete_topic(struct run *r)
{
    struct both b;
    bool unsubscribe_all = random_once_in(&r->commands, 3);
    if (!find_topic(r, &b))
        return;
    for (struct subscription *s;
         unsubscribe_all && (s = engine_next_subscription(b.topic, NULL)) != NULL;) {
        model_unsubscribe(&r->model, model_find_subscription(b.model_topic, s->name));
        engine_unsubscribe(r->engine, s);
        run_finish(r);
    }
    enum cmq_err want = model_delete_topic(&r->model, b.model_topic);
    run_agree_on_error(r, engine_delete_topic(r->engine, b.topic), want);
}

static void do_purge_topic(struct run *r)
{
    struct both b;
    if (!find_topic(r, &b))
        return;
    size_t want = model_purge_topic(&r->model, b.model_topic);
    AGREE(engine_purge_topic(r->engine, b.topic), want);
}

/* All but name and endpoint, which come from elsewhere. */
static struct subscription_request random_request(struct run *r)
{
    struct subscription_request request = {
        .protocol = random_once_in(&r->commands, 2) ? PROTOCOL_QUEUE : PROTOCOL_HTTP,
        .strategy = random_once_in(&r->commands, 2) ? BACKOFF_RETRY : EXPONENTIAL_DECAY_RETRY,
        .format = random_once_in(&r->commands, 2) ? FORMAT_JSON : FORMAT_SIMPLIFIED,
    };
    struct filter_request *f = &request.filter;
    f->tag_count = random_once_in(&r->commands, 2) ? 0 : random_below(&r->commands, 3);
    f->key_count = random_below(&r->commands, 3);
    for (size_t i = 0; i < f->tag_count; i++)
        f->tags[i] = bytes_of(RANDOM_OF(r, tags));
    for (size_t i = 0; i < f->key_count; i++)
        f->keys[i] = bytes_of(RANDOM_OF(r, keys));
    return request;
}

static void do_subscribe(struct run *r)
{
    struct both b;
    struct subscription *s;
    const char *name = RANDOM_OF(r, subscription_names);
    struct subscription_request request = random_request(r);
    request.name = bytes_of(name);
    request.endpoint = bytes_of(RANDOM_OF(r, endpoints));
    if (!find_topic(r, &b))
        return;
    enum cmq_err want = model_subscribe(&r->model, b.model_topic, name, &request);
    run_agree_on_error(r, engine_subscribe(r->engine, b.topic, &request, &s), want);
}

static void do_set_subscription(struct run *r)
{
    struct both b;
    struct subscription_request request = random_request(r);
    if (!find_subscription(r, &b))
        return;
    enum cmq_err want =
        model_set_subscription(&r->model, b.model_topic, b.model_subscription, &request);
    run_agree_on_error(r, engine_set_subscription(r->engine, b.subscription, &request), want);
}

static void do_clear_filter_tags(struct run *r)
{
    struct both b;
    if (!find_subscription(r, &b))
        return;
    b.model_subscription->request.filter.tag_count = 0;
    engine_clear_filter_tags(r->engine, b.subscription);
}

static void do_unsubscribe(struct run *r)
{
    struct both b;
    if (!find_subscription(r, &b))
        return;
    model_unsubscribe(&r->model, b.model_subscription);
    engine_unsubscribe(r->engine, b.subscription);
}

static void do_publish(struct run *r)
{
    struct both b;
    struct bytes bodies[BATCH_MAX], given[TAGS_MAX];
    struct routing routing;
    uint64_t got[BATCH_MAX], want[BATCH_MAX];
    size_t count = run_random_bodies(r, bodies);
    size_t tag_count = random_below(&r->commands, 4);
    for (size_t i = 0; i < tag_count; i++)
        given[i] = bytes_of(RANDOM_OF(r, tags));
    const char *chosen = RANDOM_OF(r, routing_keys);
    struct bytes key = chosen != NULL ? bytes_of(chosen) : (struct bytes){NULL, 0};
    routing_init(&routing, given, tag_count, key);
    if (!find_topic(r, &b))
        return;
    enum cmq_err err =
        model_publish(&r->model, b.model_topic, bodies, count, given, tag_count, key, want);
    run_agree_on_error(r, engine_publish(r->engine, b.topic, bodies, count, &routing, got),
                       err);
    run_agree_on_ids(got, want, err == CMQ_OK ? count : 0);
}

/* Only in runs that leave offers lying. */
static void do_take(struct run *r)
{
    if (!engine_has_offered(r->engine))
        return;
    run_take(r);
    run_agree_on_taken(r);
}

/* One lands early, or late as an orphan, and is not applied before time goes on. */
static void do_land(struct run *r)
{
    size_t from = random_below(&r->commands, ATTEMPTS);
    for (size_t n = 0; n < ATTEMPTS; n++) {
        size_t i = (from + n) % ATTEMPTS;
        if (!r->attempts[i].used)
            continue;
        run_land(r, i);
        return;
    }
}

static void do_abandon(struct run *r)
{
    if (!random_once_in(&r->commands, 4))
        return;
    model_abandon_pushes(&r->model);
    engine_abandon_pushes(r->engine);
}

static void do_forget_firings(struct run *r)
{
    run_agree_on_firings(r);
    run_forget_firings(r);
}

const struct command topic_commands[] = {
    {do_create_topic, 7},
    {do_set_topic, 2},
    {do_delete_topic, 3},
    {do_purge_topic, 1},
    {do_subscribe, 14},
    {do_set_subscription, 12},
    {do_unsubscribe, 3},
    {do_publish, 36},
    {do_clear_filter_tags, 1},
    {do_take, 4},
    {do_land, 4},
    {do_abandon, 1},
    {do_forget_firings, 12},
    {NULL, 0},
};
