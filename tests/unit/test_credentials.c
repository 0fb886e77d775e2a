/* The values of --credential: how they are read, and what they make of a registry. */
#include "server/credentials.h"
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int start(void **state)
{
    (void)state;
    start_service(3);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

/* ---- reading ---- */

static bool is(struct bytes part, const char *expected)
{
    if (expected == NULL)
        return part.data == NULL;
    return part.data != NULL && bytes_equal(part, bytes_of(expected));
}

static void reads_each_part(void **state)
{
    static const struct {
        const char *value, *id, *key, *token, *namespace;
    } cases[] = {
        {"id:key", "id", "key", NULL, "default"},
        {"id:key:token", "id", "key", "token", "default"},
        {"id:key@team", "id", "key", NULL, "team"},
        {"id:key:token@team-1_x", "id", "key", "token", "team-1_x"},
        /* a token has colons, an id and a key have not */
        {"id:key:to:ken:", "id", "key", "to:ken:", "default"},
        {"id:key:to:ken@t", "id", "key", "to:ken", "t"},
        /* the last "@", and only before a name */
        {"id:k@y@team", "id", "k@y", NULL, "team"},
        {"id:k@y@default", "id", "k@y", NULL, "default"},
        {"id:key@", "id", "key@", NULL, "default"},
        {"id:key@1st", "id", "key@1st", NULL, "default"},
        {"id:key@te am", "id", "key@te am", NULL, "default"},
        {"id:key@team:token", "id", "key@team", "token", "default"},
        {"id:key:t@team/x", "id", "key", "t@team/x", "default"},
        {"i@d:key", "i@d", "key", NULL, "default"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct credential_value v;
        const char *why;
        if (!credential_value_read(bytes_of(cases[i].value), &v, &why))
            fail_msg("%s: %s", cases[i].value, why);
        if (!is(v.texts.id, cases[i].id) || !is(v.texts.key, cases[i].key) ||
            !is(v.texts.token, cases[i].token) || !is(v.namespace, cases[i].namespace))
            fail_msg("%s: read as %.*s, %.*s, %.*s, %.*s", cases[i].value, (int)v.texts.id.len,
                     v.texts.id.data, (int)v.texts.key.len, v.texts.key.data,
                     (int)v.texts.token.len, v.texts.token.len > 0 ? v.texts.token.data : "",
                     (int)v.namespace.len, v.namespace.data);
    }
}

/* Of so many bytes each; a token of 0 is none. */
static bool reads_sizes(size_t id, size_t key, size_t token)
{
    static char text[8192];
    struct credential_value v;
    const char *why;
    size_t len = id + 1 + key + (token > 0 ? 1 + token : 0);
    memset(text, 'x', len);
    text[id] = ':';
    if (token > 0)
        text[id + 1 + key] = ':';
    return credential_value_read((struct bytes){text, len}, &v, &why);
}

static void each_part_has_bounds(void **state)
{
    (void)state;
    assert_true(reads_sizes(256, 256, 4096));
    assert_true(reads_sizes(1, 1, 1));
    assert_false(reads_sizes(257, 256, 4096));
    assert_false(reads_sizes(256, 257, 4096));
    assert_false(reads_sizes(256, 256, 4097));
    assert_false(reads_sizes(0, 1, 0));
    assert_false(reads_sizes(1, 0, 0));
}

/* ---- what is made of them ---- */

static char said[512];

static bool apply(bool of_environment, const char *a, const char *b, const char *c)
{
    const char *const values[] = {a, b, c};
    struct option_list list = {.count = 0};
    for (size_t i = 0; i < COUNT(values) && values[i] != NULL; i++)
        assert_true(option_list_add(&list, bytes_of(values[i]), of_environment));
    memset(said, 0, sizeof said);
    FILE *errors = fmemopen(said, sizeof said - 1, "w");
    assert_non_null(errors);
    bool applied = credentials_apply(&list, &service.registry, real_ms, errors);
    fclose(errors);
    return applied;
}

static void each_goes_to_its_namespace(void **state)
{
    const struct registry *r = &service.registry;
    (void)state;
    assert_true(apply(false, "AKIDa:k1", "AKIDb:k2:t@team", "AKIDc:k3@team"));
    const struct namespace *team = registry_find(r, bytes_of("team"));
    assert_non_null(team);
    assert_int_equal(team->clock.mode, CLOCK_REAL);
    assert_int_equal(r->names.count, 2);
    const struct credential *a = registry_find_credential(r, bytes_of("AKIDa"));
    const struct credential *b = registry_find_credential(r, bytes_of("AKIDb"));
    const struct credential *c = registry_find_credential(r, bytes_of("AKIDc"));
    assert_true(a != NULL && a->owner == r->home);
    assert_true(b != NULL && b->owner == team);
    assert_true(c != NULL && c->owner == team);
    assert_string_equal(a->key, "k1");
    assert_string_equal(b->token, "t");
    assert_null(c->token);
    assert_true(apply(false, NULL, NULL, NULL));
}

static void an_id_belongs_to_one_namespace(void **state)
{
    (void)state;
    assert_false(apply(false, "AKIDa:secret1", "AKIDa:secret2@team", NULL));
    assert_string_equal(said,
                        "cmq-emulator: --credential: the secret id AKIDa: it belongs to a "
                        "namespace already\n");
    assert_false(apply(true, "AKIDa:secret1", NULL, NULL));
    assert_non_null(strstr(said, "CMQ_EMULATOR_CREDENTIAL: the secret id AKIDa"));
    assert_null(strstr(said, "secret1"));
}

static void namespaces_are_counted(void **state)
{
    (void)state;
    assert_true(apply(false, "AKIDa:k@a", "AKIDb:k@b", "AKIDc:k@b"));
    assert_false(apply(false, "AKIDd:k@c", NULL, NULL));
    assert_non_null(
        strstr(said, "AKIDd: there are as many namespaces as --max-namespaces allows"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_part), cmocka_unit_test(each_part_has_bounds),
        TEST(each_goes_to_its_namespace),  TEST(an_id_belongs_to_one_namespace),
        TEST(namespaces_are_counted),
    };
    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
