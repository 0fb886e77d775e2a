/* The parameter tables of all Actions, row by row: every bound from both sides. */
#include "api/actions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct param_rules relaxed = {.strict = false, .max_delay_s = 3600};
static const struct param_rules strict = {.strict = true, .max_delay_s = 3600};

static const char *valid_value(const struct param *p)
{
    static char number[24];
    switch (p->kind) {
    case PARAM_INT:
    case PARAM_WAIT:
    case PARAM_DELAY:
        snprintf(number, sizeof number, "%lld", (long long)(p->min > 0 ? p->min : 0));
        return number;
    case PARAM_QUEUE_NAME:
    case PARAM_TEXT:
    case PARAM_BODY:
    case PARAM_BODIES:
    case PARAM_HANDLE:
    case PARAM_HANDLES:
        break;
    }
    return "abc";
}

static bool is_batch(const struct param *p)
{
    return p->kind == PARAM_BODIES || p->kind == PARAM_HANDLES;
}

static bool is_int(const struct param *p)
{
    return p->kind == PARAM_INT || p->kind == PARAM_WAIT || p->kind == PARAM_DELAY;
}

/* What params_read() says of all required parameters of the Action with valid values, but for
 * the one named, for which text stands: "key=value", or nothing when it is NULL. */
static enum cmq_err judge(const struct action *a, const struct param *odd, const char *text,
                          const struct param_rules *rules, struct args *args)
{
    static char body[8192];
    static struct form form;
    struct bytes culprit;
    size_t len = 0;
    body[0] = '\0';
    for (size_t i = 0; i < a->param_count; i++) {
        const struct param *p = &a->params[i];
        if (p != odd && p->required)
            len += (size_t)snprintf(body + len, sizeof body - len, "&%s%s=%s", p->name,
                                    is_batch(p) ? ".1" : "", valid_value(p));
    }
    if (text != NULL)
        len += (size_t)snprintf(body + len, sizeof body - len, "&%s", text);
    assert_true(len < sizeof body);
    assert_true(form_parse(&form, body, len));
    enum cmq_err err = params_read(a->params, a->param_count, &form, rules, args, &culprit);
    form_free(&form);
    return err;
}

static void expect(const struct action *a, const struct param *p, const char *text,
                   const struct param_rules *rules, enum cmq_err expected)
{
    struct args args;
    enum cmq_err err = judge(a, p, text, rules, &args);
    if (err != expected)
        fail_msg("%s, %s: error %d, expected %d", a->name, text != NULL ? text : "nothing",
                 (int)err, (int)expected);
}

/* Call check() with every row of every Action. */
static void each_row(void (*check)(const struct action *a, const struct param *p))
{
    size_t count;
    const struct action *actions = action_table(&count);
    assert_int_equal(count, 15);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < actions[i].param_count; j++)
            check(&actions[i], &actions[i].params[j]);
}

static void check_presence(const struct action *a, const struct param *p)
{
    char text[128];
    expect(a, p, NULL, &relaxed, p->required ? CMQ_PARAM_MISSING : CMQ_OK);
    snprintf(text, sizeof text, "%s%s=%s", p->name, is_batch(p) ? ".1" : "", valid_value(p));
    expect(a, p, text, &relaxed, CMQ_OK);
    snprintf(text, sizeof text, "+%s%s+=%s", p->name, is_batch(p) ? ".0" : "", valid_value(p));
    expect(a, p, text, &relaxed, CMQ_OK); /* blanks round the name (sdk-compat 9.12) */
    snprintf(text, sizeof text, "x%s=1", p->name);
    expect(a, p, text, &relaxed, p->required ? CMQ_PARAM_MISSING : CMQ_OK);
}

static void judges_presence(void **state)
{
    (void)state;
    each_row(check_presence);
}

static void check_empty(const struct action *a, const struct param *p)
{
    static const enum cmq_err when_required[] = {
        [PARAM_QUEUE_NAME] = CMQ_QUEUE_NAME_FORMAT,
        [PARAM_TEXT] = CMQ_PARAM_MISSING,
        [PARAM_INT] = CMQ_PARAM_MISSING,
        [PARAM_WAIT] = CMQ_PARAM_MISSING,
        [PARAM_DELAY] = CMQ_PARAM_MISSING,
        [PARAM_BODY] = CMQ_EMPTY_BODY,
        [PARAM_BODIES] = CMQ_EMPTY_BODY,
        [PARAM_HANDLE] = CMQ_OK,
        [PARAM_HANDLES] = CMQ_OK, /* the Action itself says what is wrong with it */
    };
    char text[128];
    snprintf(text, sizeof text, "%s%s=", p->name, is_batch(p) ? ".1" : "");
    expect(a, p, text, &relaxed, p->required ? when_required[p->kind] : CMQ_OK);
}

static void judges_empty_values(void **state)
{
    (void)state;
    each_row(check_empty);
}

static int64_t read_back(const struct args *args, const struct param *p)
{
    int64_t value;
    memcpy(&value, (const char *)args + p->field, sizeof value);
    return value;
}

static void check_number(const struct action *a, const struct param *p, int64_t n,
                         const struct param_rules *rules, enum cmq_err expected, int64_t kept)
{
    char text[128];
    struct args args;
    snprintf(text, sizeof text, "%s=%lld", p->name, (long long)n);
    expect(a, p, text, rules, expected);
    if (expected == CMQ_OK) {
        judge(a, p, text, rules, &args);
        assert_true(read_back(&args, p) == kept);
    }
}

static void check_bounds(const struct action *a, const struct param *p)
{
    enum cmq_err out = p->kind == PARAM_DELAY ? CMQ_DELAY_RANGE : CMQ_PARAM_RANGE;
    bool clamps = p->kind == PARAM_WAIT;
    if (!is_int(p))
        return;
    check_number(a, p, p->min, &strict, CMQ_OK, p->min);
    check_number(a, p, p->max, &strict, CMQ_OK, p->max);
    if (p->min > INT64_MIN + 1)
        check_number(a, p, p->min - 1, &relaxed, out, 0);
    if (p->max < INT64_MAX) {
        check_number(a, p, p->max + 1, &strict, out, 0);
        check_number(a, p, p->max + 1, &relaxed, clamps ? CMQ_OK : out, p->max);
    }
}

static void judges_every_bound(void **state)
{
    (void)state;
    each_row(check_bounds);
}

static void check_types(const struct action *a, const struct param *p)
{
    static const char *const odd[] = {"x", "1.0", "%2B1", "+1",   "1+",       "0x1",
                                      "-", "1e3", "%00",  "1%00", "%EF%BC%91"};
    char text[128];
    if (!is_int(p))
        return;
    for (size_t i = 0; i < COUNT(odd); i++) {
        snprintf(text, sizeof text, "%s=%s", p->name, odd[i]);
        expect(a, p, text, &relaxed, CMQ_PARAM_TYPE);
    }
    bool bounded = p->max < INT64_MAX;
    enum cmq_err far = p->kind == PARAM_DELAY  ? CMQ_DELAY_RANGE
                       : p->kind == PARAM_WAIT ? CMQ_OK
                       : bounded               ? CMQ_PARAM_RANGE
                                               : CMQ_OK;
    snprintf(text, sizeof text, "%s=99999999999999999999999999", p->name);
    expect(a, p, text, &relaxed, far);
}

static void judges_types(void **state)
{
    (void)state;
    each_row(check_types);
}

static void check_keys(const struct action *a, const struct param *p)
{
    char text[512];
    if (!is_batch(p)) {
        snprintf(text, sizeof text, "%s=%s&%s.1=x", p->name, valid_value(p), p->name);
        expect(a, p, text, &relaxed, CMQ_PARAM_NOT_REPEATABLE);
        return;
    }
    static const struct {
        const char *what, *index;
        enum cmq_err err;
    } keys[] = {
        {"from 0", ".0", CMQ_OK},
        {"from 1", ".1", CMQ_OK},
        {"from 2", ".2", CMQ_PARAM_GAP},
        {"huge", ".99999999999999999999", CMQ_PARAM_GAP},
        {"letter", ".a", CMQ_PARAM_KEY_FORMAT},
        {"nothing", ".", CMQ_PARAM_KEY_FORMAT},
        {"negative", ".-1", CMQ_PARAM_KEY_FORMAT},
        {"no number", "", CMQ_PARAM_KEY_FORMAT},
        {"two numbers", ".1.2", CMQ_PARAM_KEY_FORMAT},
    };
    for (size_t i = 0; i < COUNT(keys); i++) {
        snprintf(text, sizeof text, "%s%s=x", p->name, keys[i].index);
        expect(a, p, text, &relaxed, keys[i].err);
    }
    snprintf(text, sizeof text, "%s.1=x&%s.3=x", p->name, p->name);
    expect(a, p, text, &relaxed, CMQ_PARAM_GAP);
}

static void judges_keys(void **state)
{
    (void)state;
    each_row(check_keys);
}

static void check_batch_size(const struct action *a, const struct param *p)
{
    struct args args;
    if (!is_batch(p))
        return;
    for (int first = 0; first <= 1; first++) {
        char text[1024];
        size_t len = 0;
        /* from the highest number down: order of arrival does not matter */
        for (int n = first + BATCH_MAX - 1; n >= first; n--)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s.%d=v%d",
                                    len > 0 ? "&" : "", p->name, n, n);
        assert_int_equal(judge(a, p, text, &relaxed, &args), CMQ_OK);
        assert_int_equal(args.batch_count, BATCH_MAX);
        snprintf(text + len, sizeof text - len, "&%s.%d=v", p->name, first + BATCH_MAX);
        expect(a, p, text, &relaxed, CMQ_BATCH_SIZE);
    }
}

static void judges_batch_sizes(void **state)
{
    (void)state;
    each_row(check_batch_size);
}

static void puts_a_batch_in_the_order_of_its_numbers(void **state)
{
    size_t count;
    struct args args;
    const struct action *a = action_find(bytes_of("batchSENDmessage"));
    (void)state;
    (void)action_table(&count);
    assert_non_null(a);
    assert_int_equal(judge(a, &a->params[1],
                           "msgBody.10=k&msgBody.2=c&msgBody.1=b&msgBody.0=a&msgBody.3=d&"
                           "msgBody.4=e&msgBody.5=f&msgBody.6=g&msgBody.7=h&msgBody.8=i&"
                           "msgBody.9=j&msgBody.0=z",
                           &relaxed, &args),
                     CMQ_OK);
    assert_int_equal(args.batch_count, 11);
    for (size_t i = 0; i < 11; i++) {
        char expected = "zbcdefghijk"[i]; /* the last value of a key counts */
        assert_int_equal(args.batch[i].data[0], expected);
    }
}

static void raises_the_bound_of_delays(void **state)
{
    struct args args;
    struct param_rules rules = {.strict = true, .max_delay_s = 6048000};
    const struct action *a = action_find(bytes_of("SendMessage"));
    (void)state;
    assert_int_equal(judge(a, &a->params[2], "delaySeconds=6048000", &rules, &args), CMQ_OK);
    assert_int_equal(judge(a, &a->params[2], "delaySeconds=6048001", &rules, &args),
                     CMQ_DELAY_RANGE);
}

static void knows_names(void **state)
{
    char longest[66];
    memset(longest, 'a', sizeof longest);
    const struct {
        const char *what;
        struct bytes name;
        bool fits;
    } names[] = {
        {"one letter", {"a", 1}, true},
        {"all kinds", {"Zz-09_", 6}, true},
        {"64 letters", {longest, 64}, true},
        {"65 letters", {longest, 65}, false},
        {"nothing", {"", 0}, false},
        {"begins with a digit", {"1a", 2}, false},
        {"begins with a dash", {"-a", 2}, false},
        {"begins with an underscore", {"_a", 2}, false},
        {"dot", {"a.b", 3}, false},
        {"blank", {"a b", 3}, false},
        {"NUL", {"a\0b", 3}, false},
        {"not ASCII", {"a\xc3\xa4", 3}, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        if (is_queue_name(names[i].name) != names[i].fits)
            fail_msg("%s", names[i].what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_presence),
        cmocka_unit_test(judges_empty_values),
        cmocka_unit_test(judges_every_bound),
        cmocka_unit_test(judges_types),
        cmocka_unit_test(judges_keys),
        cmocka_unit_test(judges_batch_sizes),
        cmocka_unit_test(puts_a_batch_in_the_order_of_its_numbers),
        cmocka_unit_test(raises_the_bound_of_delays),
        cmocka_unit_test(knows_names),
    };
    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
