/* What every answer of API 3.0 has: what an SDK needs to read it. */
#include "api/v3/envelope.h"

#include "base/json.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* The answer of a call that failed. */
static struct cJSON *refuse(struct fixture *w)
{
    struct buffer out = {0};
    v3_open(&out);
    v3_write_error(&out, "UnsupportedOperation", bytes_of("(10000)\"no\""));
    v3_close(&out, w->engine);
    assert_false(out.failed);
    struct cJSON *answer = cJSON_ParseWithLength(out.data, out.len);
    assert_non_null(answer);
    buffer_free(&out);
    return answer;
}

static struct cJSON *member(struct cJSON *object, const char *name)
{
    struct cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_non_null(found);
    return found;
}

static const char *text_of(struct cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(member(object, name));
    assert_non_null(text);
    return text;
}

/* api3 5.1: Response alone at the root, in it Error and RequestId, in Error two strings */
static void has_the_envelope_of_an_error(void **state)
{
    struct cJSON *answer = refuse(*state);
    assert_int_equal(cJSON_GetArraySize(answer), 1);
    struct cJSON *response = member(answer, "Response");
    assert_int_equal(cJSON_GetArraySize(response), 2);
    assert_true(strlen(text_of(response, "RequestId")) > 0);
    struct cJSON *error = member(response, "Error");
    assert_int_equal(cJSON_GetArraySize(error), 2);
    assert_string_equal(text_of(error, "Code"), "UnsupportedOperation");
    assert_string_equal(text_of(error, "Message"), "(10000)\"no\"");
    cJSON_Delete(answer);
}

/* api3 5.2: the Python SDK looks for Error under this very text alone */
static void has_the_content_type_that_sdks_want(void **state)
{
    (void)state;
    assert_string_equal(V3_CONTENT_TYPE, "application/json");
}

/* Of a UUID, as in the samples: lower case, version 4, variant 1. */
static bool is_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";
    if (strlen(text) != strlen(shape))
        return false;
    for (size_t i = 0; shape[i] != '\0'; i++) {
        const char *allowed = shape[i] == 'x'   ? "0123456789abcdef"
                              : shape[i] == 'v' ? "89ab"
                              : shape[i] == '4' ? "4"
                                                : "-";
        if (strchr(allowed, text[i]) == NULL)
            return false;
    }
    return true;
}

static void next_request_id(struct fixture *w, char out[37])
{
    struct cJSON *answer = refuse(w);
    const char *id = text_of(member(answer, "Response"), "RequestId");
    EXPECT_EQ(id, is_uuid(id), true);
    memcpy(out, id, 37);
    cJSON_Delete(answer);
}

/* api3 5.1; decisions 16: no two are equal, and the seed decides all of them */
static void request_ids_are_uuids_from_the_seed(void **state)
{
    enum { MANY = 200 };
    struct fixture *w = *state;
    char ids[MANY][37], again[37];
    for (size_t i = 0; i < MANY; i++) {
        next_request_id(w, ids[i]);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(ids[i], ids[j]);
    }
    fixture_reopen_with_seed(w, 2);
    next_request_id(w, again);
    assert_string_not_equal(again, ids[0]);
    fixture_reopen_with_seed(w, 1);
    for (size_t i = 0; i < MANY; i++) {
        next_request_id(w, again);
        assert_string_equal(again, ids[i]);
    }
}

/* So that none comes twice, in a namespace of any age. */
static void request_ids_end_in_the_engines(void **state)
{
    struct fixture *w = *state;
    char id[37];
    uint64_t want = engine_request_id(w->engine);
    fixture_reopen_with_seed(w, 1);
    next_request_id(w, id);
    id[23] = '\0'; /* the hyphen before the last twelve digits */
    uint64_t got = (uint64_t)strtoull(id + 19, NULL, 16) << 48 | strtoull(id + 24, NULL, 16);
    EXPECT_EQ(id, got & (UINT64_MAX >> 2), want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_the_envelope_of_an_error, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test(has_the_content_type_that_sdks_want),
        cmocka_unit_test_setup_teardown(request_ids_are_uuids_from_the_seed, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(request_ids_end_in_the_engines, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("API 3.0: envelope", tests, NULL, NULL);
}
