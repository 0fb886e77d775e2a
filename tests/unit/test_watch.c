/* Watches: whatever a condition can see is noted when it changes, and nothing else is. */
#include "admin/condition.h"
#include "engine/watch.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_random.h"
#include "tests/support/fixture.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* Take what has changed: whether anything has, in the eyes of this watcher. */
static bool sees_change(struct fixture *w, const struct watcher *watcher)
{
    bool seen = false;
    engine_note_changes(w->engine);
    for (struct watch *watch; (watch = watches_take_changed(&w->watches)) != NULL;)
        seen = seen || watch == watcher->watch;
    return seen;
}

static void test_a_name_is_watched_whether_there_is_one_or_not(void **state)
{
    struct fixture *w = *state;
    struct watcher q = {.watch = NULL};
    assert_true(engine_watch_queue(w->engine, bytes_of("q"), &q));
    assert_false(sees_change(w, &q));
    fixture_queue(w, "other");
    assert_false(sees_change(w, &q));
    struct queue *made = fixture_queue(w, "q");
    assert_true(sees_change(w, &q));
    fixture_send(w, made, "m", 0);
    assert_true(sees_change(w, &q));
    assert_int_equal(engine_delete_queue(w->engine, made), CMQ_OK);
    assert_true(sees_change(w, &q));
    made = fixture_queue(w, "q");
    assert_true(sees_change(w, &q));
    watcher_end(&q);
    watcher_end(&q);
    fixture_send(w, made, "m", 0);
    assert_null(watches_take_changed(&w->watches));
}

/* A watch that is noted goes with its last watcher, one of several stays. */
static void test_many_watch_one_name(void **state)
{
    struct fixture *w = *state;
    struct watcher all[100] = {{.watch = NULL}};
    struct queue *q = fixture_queue(w, "q");
    for (size_t i = 0; i < COUNT(all); i++)
        assert_true(engine_watch_queue(w->engine, bytes_of("q"), &all[i]));
    for (size_t i = 0; i < COUNT(all); i++) {
        fixture_send(w, q, "m", 0);
        fixture_send(w, q, "m", 0);
        if (i % 2 == 0)
            assert_true(sees_change(w, &all[i]));
        watcher_end(&all[i]);
    }
    assert_null(watches_take_changed(&w->watches));
    assert_int_equal(w->watches.by_text.count, 0);
}

/* As when an engine is replaced: what becomes of it later is of no interest. */
static void test_an_engine_that_goes_is_let_go(void **state)
{
    struct fixture *w = *state;
    struct watcher q = {.watch = NULL};
    struct queue *old = fixture_queue(w, "q");
    assert_true(engine_watch_queue(w->engine, bytes_of("q"), &q));
    watches_detach(&w->watches);
    assert_true(sees_change(w, &q));
    fixture_send(w, old, "m", 0);
    assert_false(sees_change(w, &q));
    watcher_end(&q);
    engine_purge_queue(w->engine, old);
}

static void test_without_memory_nothing_is_watched(void **state)
{
    struct fixture *w = *state;
    struct watcher q = {.watch = NULL};
    w->heap.fail_first = w->heap.asked + 1;
    w->heap.fail_last = SIZE_MAX;
    assert_false(engine_watch_queue(w->engine, bytes_of("q"), &q));
    w->heap.fail_last = 0;
    assert_null(q.watch);
    watcher_end(&q);
}

/* ---- whatever happens ---- */

enum { QUEUES = 3, TOPICS = 2 };

static const char *const conditions[] = {
    "{\"queue\":\"q0\",\"state\":\"active\",\"count\":{\"ge\":1}}",
    "{\"queue\":\"q0\",\"state\":\"inactive\",\"count\":{\"eq\":2}}",
    "{\"queue\":\"q1\",\"state\":\"delayed\",\"count\":{\"lt\":2}}",
    "{\"queue\":\"q1\",\"state\":\"deleted\",\"count\":{\"gt\":0}}",
    "{\"queue\":\"q2\",\"state\":\"active\",\"count\":{\"ne\":1}}",
    "{\"polls\":{\"ge\":1}}",
    "{\"polls\":{\"ge\":2}}",
    "{\"queue\":\"q0\",\"polls\":{\"ge\":1}}",
    "{\"queue\":\"q2\",\"polls\":{\"eq\":0}}",
    "{\"subscription\":\"t0/s\",\"pending\":{\"ge\":1}}",
    "{\"subscription\":\"t1/s\",\"pending\":{\"eq\":2}}",
    "{\"agenda\":\"empty\"}",
    "{\"not\":{\"agenda\":\"empty\"}}",
    ("{\"all\":[{\"queue\":\"q0\",\"state\":\"active\",\"count\":{\"eq\":0}},"
     "{\"subscription\":\"t0/s\",\"pending\":{\"eq\":0}}]}"),
    ("{\"any\":[{\"queue\":\"q1\",\"state\":\"active\",\"count\":{\"ge\":2}},"
     "{\"not\":{\"polls\":{\"le\":1}}}]}"),
};

/* The same condition twice: one watches, the other looks names up whenever it is judged. */
struct awaited {
    struct condition *watching, *looking;
    struct buffer found; /* by the one that looks */
    bool noted, differs; /* in the eyes of the one that watches */
    bool held;
};

static void begin(struct fixture *w, struct awaited *a, const char *text)
{
    struct mistake m;
    cJSON *json = cJSON_Parse(text);
    a->watching = condition_read(json, "until", &m);
    a->looking = condition_read(json, "until", &m);
    assert_non_null(a->watching);
    assert_non_null(a->looking);
    assert_true(condition_watch(a->watching, w->engine, a));
    a->noted = a->differs = true;
    cJSON_Delete(json);
}

static struct queue *some_queue(struct fixture *w, struct engine_random *r)
{
    char name[8];
    snprintf(name, sizeof name, "q%zu", random_below(r, QUEUES));
    struct queue *q = engine_find_queue(w->engine, bytes_of(name));
    struct queue_attributes a = queue_attributes_default();
    a.visibility_ms = 3000;
    a.rewind_ms = 9000;
    a.retention_ms = 60000;
    return q != NULL ? q : fixture_queue_with(w, name, a);
}

static struct topic *some_topic(struct fixture *w, struct engine_random *r)
{
    char name[8];
    snprintf(name, sizeof name, "t%zu", random_below(r, TOPICS));
    struct topic *t = engine_find_topic(w->engine, bytes_of(name));
    return t != NULL ? t : fixture_topic(w, name);
}

static void act_on_queue(struct fixture *w, struct engine_random *r)
{
    struct queue *q = some_queue(w, r);
    struct queue *target = some_queue(w, r);
    struct received got;
    struct parked_poll *poll = NULL;
    switch (random_below(r, 9)) {
    case 0:
        fixture_send(w, q, "m", 0);
        break;
    case 1:
        fixture_send(w, q, "m", 2000);
        break;
    case 2:
        (void)engine_receive(w->engine, q, 1 + random_below(r, 2), 0, NULL, &got);
        break;
    case 3:
        if (engine_receive(w->engine, q, 1, 4000, &w->owners[0], &got) == CMQ_WAITING)
            poll = got.poll;
        if (poll != NULL && random_once_in(r, 2))
            engine_end_poll(w->engine, poll, CMQ_NO_MESSAGE);
        break;
    case 4:
        if (engine_receive(w->engine, q, 1, 0, NULL, &got) == CMQ_OK)
            (void)engine_delete_message(w->engine, q, got.messages[0]->handle);
        break;
    case 5:
        if (random_once_in(r, 4))
            (void)engine_delete_queue(w->engine, q);
        break;
    case 6:
        engine_purge_queue(w->engine, q);
        break;
    case 7:
        (void)engine_rewind(w->engine, q, engine_now_ms(w->engine) / 1000 - 5);
        break;
    default:
        (void)fixture_bind(w, q, fixture_by_receives(target->name, 1));
        break;
    }
}

static void act_on_topic(struct fixture *w, struct engine_random *r)
{
    struct topic *t = some_topic(w, r);
    struct subscription *s = engine_find_subscription(w->engine, t, bytes_of("s"));
    uint64_t id;
    switch (random_below(r, 5)) {
    case 0:
        if (s == NULL)
            fixture_subscribe(w, t, subscription_to_queue("s", "q0"));
        break;
    case 1:
    case 2:
        (void)fixture_try_publish(w, t, "m", &plain, &id);
        break;
    case 3:
        if (s != NULL && random_once_in(r, 3))
            engine_unsubscribe(w->engine, s);
        break;
    default:
        (void)engine_purge_topic(w->engine, t);
        break;
    }
}

static void act(struct fixture *w, struct engine_random *r)
{
    if (random_once_in(r, 4))
        fixture_pass(w, (cmq_ms)random_below(r, 4000));
    else if (random_once_in(r, 3))
        act_on_topic(w, r);
    else
        act_on_queue(w, r);
    for (struct parked_poll *p; (p = engine_take_released(w->engine)) != NULL;)
        engine_free_poll(w->engine, p);
    w->release_count = 0;
}

static void find_suspects(struct fixture *w)
{
    engine_note_changes(w->engine);
    for (struct watch *watch; (watch = watches_take_changed(&w->watches)) != NULL;)
        for (struct list_node *l = watch->watchers.next; l != &watch->watchers; l = l->next) {
            struct watcher *watcher = CONTAINER_OF(l, struct watcher, link);
            struct awaited *a = watcher->owner;
            a->noted = true;
            a->differs = watcher->differs(watcher, w->engine) || a->differs;
        }
}

/* What it found last is what it finds now, or that was noted; and likewise whether it holds. The
 * agenda tells a number, of which only matters whether it is 0. */
static void compare(struct fixture *w, struct awaited *a, const char *text, uint64_t seed)
{
    struct buffer found = {0};
    bool holds = condition_holds(a->looking, w->engine);
    if (strstr(text, "agenda") != NULL)
        buffer_append_char(&found, holds ? '1' : '0');
    else
        condition_write_actual(a->looking, w->engine, &found);
    assert_false(found.failed);
    if ((!a->noted && !bytes_equal(buffer_bytes(&found), buffer_bytes(&a->found))) ||
        (!a->differs && holds != a->held) || holds != condition_holds(a->watching, w->engine))
        fail_msg("seed %llu: %s: now %.*s", (unsigned long long)seed, text, (int)found.len,
                 found.data);
    buffer_free(&a->found);
    a->found = found;
    a->held = holds;
    a->noted = a->differs = false;
}

static void run(struct fixture *w, uint64_t seed)
{
    struct awaited all[COUNT(conditions)];
    struct engine_random r = {seed};
    memset(all, 0, sizeof all);
    for (size_t i = 0; i < COUNT(all); i++)
        begin(w, &all[i], conditions[i]);
    for (int step = 0; step < 400; step++) {
        act(w, &r);
        find_suspects(w);
        for (size_t i = 0; i < COUNT(all); i++)
            compare(w, &all[i], conditions[i], seed);
    }
    for (size_t i = 0; i < COUNT(all); i++) {
        condition_free(all[i].watching);
        condition_free(all[i].looking);
        buffer_free(&all[i].found);
    }
}

static void test_whatever_a_condition_sees_is_noted(void **state)
{
    struct fixture *w = *state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        fixture_reopen_with_seed(w, seed);
        run(w, seed);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_name_is_watched_whether_there_is_one_or_not),
        TEST(test_many_watch_one_name),
        TEST(test_an_engine_that_goes_is_let_go),
        TEST(test_without_memory_nothing_is_watched),
        TEST(test_whatever_a_condition_sees_is_noted),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
