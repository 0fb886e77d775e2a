/* The parameters of all Actions, row by row, as they come in a form: presence, keys, lists, and
 * every bound from both sides. Values by themselves have their tests in test_arguments.c. */
#include "api/v2/actions.h"
#include "api/v2/failure.h"
#include "api/v3/actions.h"

#include "engine/subscription.h"

#include "tests/support/engine_expect.h"

#include <stdio.h>
#include <string.h>

static const struct engine_limits relaxed = {.strict = false, .max_delay_ms = 3600000};
static const struct engine_limits strict = {.strict = true, .max_delay_ms = 3600000};

#define ABSENT INT64_MIN

/* ---- kinds ---- */

static const struct field_row *row(const struct param *p)
{
    return &field_rows[p->field];
}

static bool is_texts(const struct param *p)
{
    return row(p)->kind == KIND_TAGS || row(p)->kind == KIND_KEYS;
}

static bool is_int(const struct param *p)
{
    return field_is_number(p->field) && row(p)->kind != KIND_WORD;
}

static bool is_tags(const struct param *p)
{
    return row(p)->kind == KIND_TAGS;
}

static bool is_topic_name(const struct param *p)
{
    return p->field == FIELD_TOPIC_NAME;
}

static bool is_key(const struct param *p)
{
    return row(p)->kind == KIND_KEY || row(p)->kind == KIND_KEYS;
}

static const char *valid_value(const struct param *p)
{
    static char number[24];
    if (p->field == FIELD_PROTOCOL)
        return "queue";
    if (row(p)->kind == KIND_WORD)
        return field_word(p->field, 0);
    if (!is_int(p))
        return "abc";
    snprintf(number, sizeof number, "%lld", (long long)(row(p)->least > 0 ? row(p)->least : 0));
    return number;
}

/* What stands behind the name in a key that is well formed. */
static const char *first_index(const struct param *p)
{
    return p->repeated ? ".1" : "";
}

/* ---- the judge at work ---- */

struct verdict {
    int err;
    struct bytes culprit;
    struct arguments args; /* its strings hold until the next verdict */
};

/* What params_read() says of all required parameters of the Action with valid values, but for
 * the one named, for which text stands: "key=value", or nothing when it is NULL. */
static struct verdict judge(const struct action *a, const struct param *odd, const char *text,
                            const struct engine_limits *limits)
{
    static char body[(1 << 20) + 8192];
    static struct form form;
    struct verdict v;
    size_t len = 0;
    body[0] = '\0';
    for (size_t i = 0; i < a->param_count; i++) {
        const struct param *p = &a->params[i];
        if (p != odd && p->required)
            len += (size_t)snprintf(body + len, sizeof body - len, "&%s%s=%s", param_key(p),
                                    first_index(p), valid_value(p));
    }
    if (text != NULL)
        len += (size_t)snprintf(body + len, sizeof body - len, "&%s", text);
    assert_true(len < sizeof body);
    assert_true(form_parse(&form, body, len));
    v.err = params_read(a->params, a->param_count, &form, limits, &v.args, &v.culprit);
    form_free(&form);
    return v;
}

static void expect(const struct action *a, const struct param *p, const char *text,
                   const struct engine_limits *limits, int expected)
{
    int err = judge(a, p, text, limits).err;
    if (err != expected)
        fail_msg("%s, %.200s: error %d, expected %d", a->name, text != NULL ? text : "nothing",
                 (int)err, (int)expected);
}

/* The Action and its parameter of these names. */
struct row {
    const struct action *action;
    const struct param *param;
};

static struct row row_of(const char *action, const char *param)
{
    struct row r = {action_find(bytes_of(action)), NULL};
    assert_non_null(r.action);
    for (size_t i = 0; i < r.action->param_count; i++)
        if (strcmp(param_key(&r.action->params[i]), param) == 0)
            r.param = &r.action->params[i];
    if (r.param == NULL)
        fail_msg("%s has no %s", action, param);
    return r;
}

/* Call check() with every row of every Action. */
static void each_row(void (*check)(const struct action *a, const struct param *p))
{
    assert_int_equal(action_count(), 29);
    for (size_t i = 0; i < action_count(); i++)
        for (size_t j = 0; j < action_at(i)->param_count; j++)
            check(action_at(i), &action_at(i)->params[j]);
}

/* Give the parameter the unit so many times, and what follows; with the index of a list. */
static void expect_repeated(const struct action *a, const struct param *p, const char *unit,
                            size_t times, const char *tail, int expected)
{
    static char text[(1 << 20) + 4096];
    size_t len = (size_t)snprintf(text, sizeof text, "%s%s=", param_key(p), first_index(p));
    struct bytes once = bytes_of(unit);
    assert_true(len + times * once.len + strlen(tail) < sizeof text);
    for (size_t i = 0; i < times; i++, len += once.len)
        memcpy(text + len, once.data, once.len);
    snprintf(text + len, sizeof text - len, "%s", tail);
    expect(a, p, text, &relaxed, expected);
}

/* ---- the Actions ---- */

static void numbers_actions(void **state)
{
    (void)state;
    for (size_t i = 0; i < action_count(); i++) {
        const struct action *a = action_at(i);
        EXPECT_EQ(a->name, action_number(a), i);
        assert_ptr_equal(action_find(bytes_of(a->name)), a);
    }
    /* as the official Java client spells it (topic-api D19) */
    assert_ptr_equal(action_find(bytes_of("ClearSUbscriptionFIlterTags")),
                     action_find(bytes_of("ClearSubscriptionFilterTags")));
    assert_null(action_find(bytes_of("ClearSubscriptionFilterTag")));
    assert_null(action_find((struct bytes){"ListTopic\0", 10}));
}

/* From the table of topic-api 1: "!" marks required ones, ".n" lists. */
static void knows_the_parameters_of_topics(void **state)
{
    static const struct {
        const char *action, *params;
    } actions[] = {
        {"CreateTopic", "topicName! maxMsgSize filterType "},
        {"SetTopicAttributes", "topicName! maxMsgSize "},
        {"ListTopic", "searchWord offset limit "},
        {"GetTopicAttributes", "topicName! "},
        {"DeleteTopic", "topicName! "},
        {"PublishMessage", "topicName! msgBody! msgTag.n routingKey "},
        {"BatchPublishMessage", "topicName! msgBody.n! msgTag.n routingKey "},
        {"Subscribe", "topicName! subscriptionName! protocol! endpoint! notifyStrategy "
                      "notifyContentFormat filterTag.n bindingKey.n "},
        {"ListSubscriptionByTopic", "topicName! searchWord offset limit "},
        {"SetSubscriptionAttributes", "topicName! subscriptionName! notifyStrategy "
                                      "notifyContentFormat filterTag.n bindingKey.n "},
        {"Unsubscribe", "topicName! subscriptionName! "},
        {"GetSubscriptionAttributes", "topicName! subscriptionName! "},
        {"ClearSubscriptionFilterTags", "topicName! subscriptionName! "},
        {"QueryTopicRoute", "topicName! "},
    };
    (void)state;
    size_t topics = 0;
    for (size_t i = 0; i < action_count(); i++)
        topics += action_at(i)->model == MODEL_TOPIC;
    assert_int_equal(topics, COUNT(actions));
    for (size_t i = 0; i < COUNT(actions); i++) {
        char text[512] = "";
        size_t len = 0;
        const struct action *a = action_find(bytes_of(actions[i].action));
        assert_non_null(a);
        EXPECT_EQ(a->name, a->model, MODEL_TOPIC);
        for (size_t j = 0; j < a->param_count; j++) {
            const struct param *p = &a->params[j];
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s ", param_key(p),
                                    p->repeated ? ".n" : "", p->required ? "!" : "");
        }
        assert_string_equal(text, actions[i].params);
    }
}

static void note_v3(enum v3_product product, bool *operations, bool *used)
{
    for (size_t i = 0; i < v3_action_count(product); i++) {
        const struct v3_action *a = v3_action_at(product, i);
        operations[a->operation] = true;
        for (size_t j = 0; j < a->param_count; j++)
            if (a->params[j].use < FIELDS)
                used[a->params[j].use] = true;
    }
}

/* An operation without an Action, or a field without a parameter, could not be asked for. */
static void reaches_every_operation_and_every_field(void **state)
{
    bool operations[OPERATIONS] = {false};
    bool used[FIELDS] = {false};
    (void)state;
    for (size_t i = 0; i < action_count(); i++) {
        const struct action *a = action_at(i);
        operations[a->operation] = true;
        for (size_t j = 0; j < a->param_count; j++)
            used[a->params[j].field] = true;
    }
    note_v3(V3_CMQ, operations, used);
    note_v3(V3_TDMQ, operations, used);
    operations[OPERATION_LIST_SUBSCRIPTIONS_TO_QUEUE] = true; /* by a parameter (api3 8.15) */
    for (int o = 0; o < OPERATIONS; o++)
        if (!operations[o])
            fail_msg("no Action for operation %d", o);
    for (int f = 0; f < FIELDS; f++)
        EXPECT_EQ(field_rows[f].name, used[f], field_rows[f].kind != KIND_TOLD);
}

/* What the operation could not do without. */
static void needs_the_name_of_its_subject(void **state)
{
    (void)state;
    for (size_t i = 0; i < action_count(); i++) {
        const struct action *a = action_at(i);
        size_t needed = 0;
        for (size_t j = 0; j < a->param_count; j++)
            needed += a->params[j].required;
        bool lists_all =
            a->operation == OPERATION_LIST_QUEUE || a->operation == OPERATION_LIST_TOPIC;
        EXPECT_EQ(a->name, needed > 0, !lists_all);
    }
}

/* ---- every row ---- */

static void check_presence(const struct action *a, const struct param *p)
{
    char text[128];
    expect(a, p, NULL, &relaxed, p->required ? CMQ_PARAM_MISSING : CMQ_OK);
    snprintf(text, sizeof text, "%s%s=%s", param_key(p), first_index(p), valid_value(p));
    expect(a, p, text, &relaxed, CMQ_OK);
    snprintf(text, sizeof text, "+%s%s+=%s", param_key(p), p->repeated ? ".0" : "",
             valid_value(p));
    expect(a, p, text, &relaxed, CMQ_OK); /* blanks round the name (sdk-compat 9.12) */
    snprintf(text, sizeof text, "x%s=1", param_key(p));
    expect(a, p, text, &relaxed, p->required ? CMQ_PARAM_MISSING : CMQ_OK);
    /* Case of parameter names counts (topic-api D19), but for one, which has its own test. */
    snprintf(text, sizeof text, "%c%s%s=%s", param_key(p)[0] - 'a' + 'A', param_key(p) + 1,
             first_index(p), valid_value(p));
    if (p->other_key == NULL)
        expect(a, p, text, &relaxed, p->required ? CMQ_PARAM_MISSING : CMQ_OK);
}

static void judges_presence(void **state)
{
    (void)state;
    each_row(check_presence);
}

static int when_empty(const struct param *p)
{
    switch ((int)row(p)->kind) {
    case KIND_NAME:
        return (int)row(p)->refusal;
    case KIND_BODIES:
        return CMQ_EMPTY_BODY;
    case KIND_HANDLES:
        return CMQ_OK; /* the operation itself says what is wrong with it */
    default:
        return CMQ_PARAM_MISSING;
    }
}

static void check_empty(const struct action *a, const struct param *p)
{
    char text[128];
    snprintf(text, sizeof text, "%s%s=", param_key(p), first_index(p));
    expect(a, p, text, &relaxed, p->required ? when_empty(p) : CMQ_OK);
}

static void judges_empty_values(void **state)
{
    (void)state;
    each_row(check_empty);
}

static int64_t read_back(const struct arguments *args, const struct param *p)
{
    return argument_int(args, p->field, ABSENT);
}

static void check_number(const struct action *a, const struct param *p, int64_t n,
                         const struct engine_limits *limits, int expected, int64_t kept)
{
    char text[128];
    snprintf(text, sizeof text, "%s=%lld", param_key(p), (long long)n);
    expect(a, p, text, limits, expected);
    if (expected == CMQ_OK) {
        struct verdict v = judge(a, p, text, limits);
        assert_true(read_back(&v.args, p) == kept);
    }
}

static void check_bounds(const struct action *a, const struct param *p)
{
    int out = row(p)->kind == KIND_DELAY ? CMQ_DELAY_RANGE : CMQ_PARAM_RANGE;
    bool clamps = row(p)->kind == KIND_WAIT;
    if (!is_int(p))
        return;
    check_number(a, p, row(p)->least, &strict, CMQ_OK, row(p)->least);
    check_number(a, p, row(p)->greatest, &strict, CMQ_OK, row(p)->greatest);
    if (row(p)->least > INT64_MIN + 1)
        check_number(a, p, row(p)->least - 1, &relaxed, out, 0);
    if (row(p)->greatest < INT64_MAX) {
        check_number(a, p, row(p)->greatest + 1, &strict, out, 0);
        check_number(a, p, row(p)->greatest + 1, &relaxed, clamps ? CMQ_OK : out,
                     row(p)->greatest);
    }
}

static void judges_every_bound(void **state)
{
    (void)state;
    each_row(check_bounds);
}

/* The bounds of the tables themselves, as topic-api 2 and 5 have them. */
static void bounds_the_numbers_of_topics(void **state)
{
    static const struct {
        const char *action, *param;
        int64_t min, max;
    } bounds[] = {
        {"CreateTopic", "maxMsgSize", 1024, 1048576}, /* D6 */
        {"CreateTopic", "filterType", 0, 2},          /* D9 */
        {"SetTopicAttributes", "maxMsgSize", 1024, 1048576},
        {"ListTopic", "limit", 0, 50},
        {"ListTopic", "offset", 0, -1}, /* without an end */
        {"ListSubscriptionByTopic", "limit", 0, 100},
        {"ListSubscriptionByTopic", "offset", 0, 1000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bounds); i++) {
        struct row r = row_of(bounds[i].action, bounds[i].param);
        int64_t min = bounds[i].min;
        int64_t max = bounds[i].max >= 0 ? bounds[i].max : 1000000;
        check_number(r.action, r.param, min, &relaxed, CMQ_OK, min);
        check_number(r.action, r.param, max, &relaxed, CMQ_OK, max);
        check_number(r.action, r.param, min - 1, &relaxed, CMQ_PARAM_RANGE, 0);
        if (bounds[i].max >= 0)
            check_number(r.action, r.param, max + 1, &relaxed, CMQ_PARAM_RANGE, 0);
    }
}

static void check_length(const struct action *a, const struct param *p)
{
    if (row(p)->kind != KIND_TEXT && row(p)->kind != KIND_POLICY)
        return;
    expect_repeated(a, p, "a", (size_t)row(p)->least, "", CMQ_OK);
    expect_repeated(a, p, "a", (size_t)row(p)->greatest, "", CMQ_OK);
    expect_repeated(a, p, "a", (size_t)row(p)->greatest, "b", CMQ_PARAM_RANGE);
}

static void judges_every_length(void **state)
{
    (void)state;
    each_row(check_length);
}

static void check_types(const struct action *a, const struct param *p)
{
    static const char *const odd[] = {"x", "1.0", "%2B1", "+1",   "1+",       "0x1",
                                      "-", "1e3", "%00",  "1%00", "%EF%BC%91"};
    char text[128];
    if (!is_int(p))
        return;
    for (size_t i = 0; i < COUNT(odd); i++) {
        snprintf(text, sizeof text, "%s=%s", param_key(p), odd[i]);
        expect(a, p, text, &relaxed, CMQ_PARAM_TYPE);
    }
    bool bounded = row(p)->greatest < INT64_MAX;
    int far = row(p)->kind == KIND_DELAY  ? CMQ_DELAY_RANGE
              : row(p)->kind == KIND_WAIT ? CMQ_OK
              : bounded                   ? CMQ_PARAM_RANGE
                                          : CMQ_OK;
    snprintf(text, sizeof text, "%s=99999999999999999999999999", param_key(p));
    expect(a, p, text, &relaxed, far);
}

static void judges_types(void **state)
{
    (void)state;
    each_row(check_types);
}

static void check_scalar_keys(const struct action *a, const struct param *p)
{
    static const char *const indices[] = {".1", ".0", ".x", "."};
    char text[512];
    for (size_t i = 0; i < COUNT(indices); i++) {
        snprintf(text, sizeof text, "%s%s=x", param_key(p), indices[i]);
        expect(a, p, text, &relaxed, V2_PARAM_NOT_REPEATABLE);
        snprintf(text, sizeof text, "%s=%s&%s%s=x", param_key(p), valid_value(p), param_key(p),
                 indices[i]);
        expect(a, p, text, &relaxed, V2_PARAM_NOT_REPEATABLE);
    }
}

static void check_list_keys(const struct action *a, const struct param *p)
{
    static const struct {
        const char *what, *index;
        int err;
    } keys[] = {
        {"from 0", ".0", CMQ_OK},
        {"from 1", ".1", CMQ_OK},
        {"from 2", ".2", V2_PARAM_GAP},
        {"huge", ".99999999999999999999", V2_PARAM_GAP},
        {"letter", ".a", V2_PARAM_KEY_FORMAT},
        {"nothing", ".", V2_PARAM_KEY_FORMAT},
        {"negative", ".-1", V2_PARAM_KEY_FORMAT},
        {"no number", "", V2_PARAM_KEY_FORMAT},
        {"two numbers", ".1.2", V2_PARAM_KEY_FORMAT},
    };
    char text[512];
    for (size_t i = 0; i < COUNT(keys); i++) {
        snprintf(text, sizeof text, "%s%s=x", param_key(p), keys[i].index);
        expect(a, p, text, &relaxed, keys[i].err);
    }
    snprintf(text, sizeof text, "%s.1=x&%s.3=x", param_key(p), param_key(p));
    expect(a, p, text, &relaxed, V2_PARAM_GAP);
    snprintf(text, sizeof text, "%s.0=x&%s.2=x", param_key(p), param_key(p));
    expect(a, p, text, &relaxed, V2_PARAM_GAP);
}

static void check_keys(const struct action *a, const struct param *p)
{
    if (p->repeated)
        check_list_keys(a, p);
    else
        check_scalar_keys(a, p);
}

static void judges_keys(void **state)
{
    (void)state;
    each_row(check_keys);
}

/* ---- lists ---- */

static size_t list_count(const struct arguments *args, const struct param *p)
{
    return argument_list(args, p->field).count;
}

static int too_many(const struct param *p)
{
    return p->field == FIELD_MSG_TAGS       ? CMQ_TOO_MANY_MSG_TAGS
           : p->field == FIELD_FILTER_TAGS  ? CMQ_TOO_MANY_FILTER_TAGS
           : p->field == FIELD_BINDING_KEYS ? CMQ_TOO_MANY_BINDING_KEYS
                                            : CMQ_BATCH_SIZE;
}

static void check_list_size(const struct action *a, const struct param *p)
{
    if (!p->repeated)
        return;
    int most = is_texts(p) ? 5 : 16;
    for (int first = 0; first <= 1; first++) {
        char text[1024];
        size_t len = 0;
        /* from the highest number down: order of arrival does not matter */
        for (int n = first + most - 1; n >= first; n--)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s.%d=v%d",
                                    len > 0 ? "&" : "", param_key(p), n, n);
        struct verdict v = judge(a, p, text, &relaxed);
        EXPECT_EQ(param_key(p), v.err, CMQ_OK);
        EXPECT_EQ(param_key(p), list_count(&v.args, p), most);
        snprintf(text + len, sizeof text - len, "&%s.%d=v", param_key(p), first + most);
        expect(a, p, text, &relaxed, too_many(p));
    }
}

static void judges_list_sizes(void **state)
{
    (void)state;
    each_row(check_list_size);
}

static void puts_a_batch_in_the_order_of_its_numbers(void **state)
{
    struct row r = row_of("batchSENDmessage", "msgBody");
    (void)state;
    struct verdict v = judge(r.action, r.param,
                             "msgBody.10=k&msgBody.2=c&msgBody.1=b&msgBody.0=a&msgBody.3=d&"
                             "msgBody.4=e&msgBody.5=f&msgBody.6=g&msgBody.7=h&msgBody.8=i&"
                             "msgBody.9=j&msgBody.0=z",
                             &relaxed);
    assert_int_equal(v.err, CMQ_OK);
    assert_int_equal(v.args.batch_count, 11);
    for (size_t i = 0; i < 11; i++) {
        char expected = "zbcdefghijk"[i]; /* the last value of a key counts */
        assert_int_equal(v.args.batch[i].data[0], expected);
    }
}

/* What is left of lists of texts, by their numbers; empty ones are as absent (decisions 8). */
static void check_texts(const struct action *a, const struct param *p)
{
    static const struct {
        const char *what, *values[5], *kept;
    } lists[] = {
        {"one", {"a"}, "a;"},
        {"all", {"e", "d", "c", "b", "a"}, "e;d;c;b;a;"},
        {"twice the same", {"a", "a"}, "a;a;"},
        {"case counts", {"A", "a"}, "A;a;"},
        {"nothing but an empty one", {""}, ""},
        {"nothing but empty ones", {"", "", "", "", ""}, ""},
        {"an empty one first", {"", "a"}, "a;"},
        {"an empty one between", {"a", "", "b"}, "a;b;"},
        {"an empty one last", {"a", "b", ""}, "a;b;"},
    };
    if (!is_texts(p))
        return;
    for (size_t i = 0; i < 2 * COUNT(lists); i++) {
        char text[256];
        char kept[64] = "";
        size_t len = 0;
        const char *const *values = lists[i / 2].values;
        for (size_t n = 5; n-- > 0;)
            if (values[n] != NULL)
                len += (size_t)snprintf(text + len, sizeof text - len, "%s%s.%zu=%s",
                                        len > 0 ? "&" : "", param_key(p), n + i % 2, values[n]);
        struct verdict v = judge(a, p, text, &relaxed);
        EXPECT_EQ(lists[i / 2].what, v.err, CMQ_OK);
        struct texts got = argument_list(&v.args, p->field);
        len = 0;
        for (size_t n = 0; n < got.count; n++)
            len += (size_t)snprintf(kept + len, sizeof kept - len, "%.*s;",
                                    (int)got.items[n].len, got.items[n].data);
        if (strcmp(kept, lists[i / 2].kept) != 0)
            fail_msg("%s, %s: %s", a->name, lists[i / 2].what, kept);
    }
}

static void keeps_texts_in_order_without_empty_ones(void **state)
{
    (void)state;
    each_row(check_texts);
}

/* ---- names ---- */

/* Each kind of name has an error of its own (topic-api 2.0, D20). */
static void check_names(const struct action *a, const struct param *p)
{
    static const char *const good[] = {"a", "Zz-09_", "superMan_1"};
    static const char *const bad[] = {"1a",  "-a",  "_a",   "a.b",     "a+b",
                                      "+ab", "ab+", "a%00", "a%C3%A4", "a/b"};
    int err = is_topic_name(p)                      ? CMQ_TOPIC_NAME_FORMAT
              : p->field == FIELD_SUBSCRIPTION_NAME ? CMQ_SUBSCRIPTION_NAME_FORMAT
              : p->field == FIELD_QUEUE_NAME        ? CMQ_QUEUE_NAME_FORMAT
                                                    : CMQ_OK;
    if (err == CMQ_OK)
        return;
    for (size_t i = 0; i < COUNT(good); i++)
        expect_repeated(a, p, good[i], 1, "", CMQ_OK);
    for (size_t i = 0; i < COUNT(bad); i++)
        expect_repeated(a, p, bad[i], 1, "", err);
    expect_repeated(a, p, "a", 64, "", CMQ_OK);
    expect_repeated(a, p, "a", 65, "", err);
}

static void judges_names(void **state)
{
    (void)state;
    each_row(check_names);
}

/* Quirk: the sample of DeleteTopic spells it with a capital T (topic-api D19). */
static void check_capital(const struct action *a, const struct param *p)
{
    bool either = strcmp(a->name, "DeleteTopic") == 0;
    if (!is_topic_name(p))
        return;
    expect(a, p, "TopicName=abc", &relaxed, either ? CMQ_OK : CMQ_PARAM_MISSING);
    expect(a, p, "TOPICNAME=abc", &relaxed, CMQ_PARAM_MISSING);
    expect(a, p, "topicname=abc", &relaxed, CMQ_PARAM_MISSING);
    expect(a, p, "TopicName=1", &relaxed, either ? CMQ_TOPIC_NAME_FORMAT : CMQ_PARAM_MISSING);
    for (int turn = 0; turn < 2; turn++) {
        const char *both =
            turn == 0 ? "topicName=right&TopicName=wrong" : "TopicName=wrong&topicName=right";
        struct verdict v = judge(a, p, both, &relaxed);
        EXPECT_EQ(a->name, v.err, CMQ_OK);
        assert_true(bytes_equal(argument_text(&v.args, FIELD_TOPIC_NAME), bytes_of("right")));
    }
}

static void takes_a_capital_for_delete_topic_alone(void **state)
{
    (void)state;
    each_row(check_capital);
    struct row r = row_of("DeleteTopic", "topicName");
    struct verdict v = judge(r.action, r.param, "TopicName=abc", &relaxed);
    assert_true(bytes_equal(argument_text(&v.args, FIELD_TOPIC_NAME), bytes_of("abc")));
}

/* ---- tags, keys, words ---- */

struct spelling {
    const char *what, *unit;
    size_t times;
    const char *tail;
    int err;
};

/* Sixteen characters of UTF-8, and nothing that could end a header (topic-api D36). */
static void check_tags(const struct action *a, const struct param *p)
{
    static const struct spelling tags[] = {
        {"16 letters", "a", 16, "", CMQ_OK},
        {"17 letters", "a", 17, "", CMQ_PARAM_RANGE},
        {"16 characters of two bytes", "%C3%A4", 16, "", CMQ_OK},
        {"17 characters of two bytes", "%C3%A4", 17, "", CMQ_PARAM_RANGE},
        {"16 characters of three bytes", "%E6%9D%A5", 16, "", CMQ_OK},
        {"17 characters of three bytes", "%E6%9D%A5", 17, "", CMQ_PARAM_RANGE},
        {"16 characters of four bytes", "%F0%9F%8C%8D", 16, "", CMQ_OK},
        {"17 characters of four bytes", "%F0%9F%8C%8D", 17, "", CMQ_PARAM_RANGE},
        {"accents count by themselves", "e%CC%81", 8, "", CMQ_OK},
        {"accents, one too many", "e%CC%81", 8, "e", CMQ_PARAM_RANGE},
        {"16 bytes that are no UTF-8", "%FF", 16, "", CMQ_OK},
        {"17 bytes that are no UTF-8", "%FF", 17, "", CMQ_PARAM_RANGE},
        {"16 continuations of nothing", "%80", 16, "", CMQ_OK},
        {"17 continuations of nothing", "%80", 17, "", CMQ_PARAM_RANGE},
        {"cut short within 16", "a", 14, "%E6%9D", CMQ_OK},
        {"cut short, one too many", "a", 15, "%E6%9D", CMQ_PARAM_RANGE},
        {"overlong forms within 16", "%C0%AF", 8, "", CMQ_OK},
        {"overlong forms, one too many", "%C0%AF", 8, "a", CMQ_PARAM_RANGE},
        {"surrogates within 16", "%ED%A0%80", 5, "a", CMQ_OK},
        {"surrogates, one too many", "%ED%A0%80", 5, "aa", CMQ_PARAM_RANGE},
        {"CR LF", "a%0D%0AX-Forged:", 1, "1", CMQ_PARAM_RANGE},
        {"CR", "a%0D", 1, "", CMQ_PARAM_RANGE},
        {"LF", "%0Aa", 1, "", CMQ_PARAM_RANGE},
        {"LF as the last of 16", "a", 15, "%0A", CMQ_PARAM_RANGE},
        {"NUL", "a%00", 1, "b", CMQ_PARAM_RANGE},
        {"nothing but NUL", "%00", 1, "", CMQ_PARAM_RANGE},
        {"tab", "a%09", 1, "b", CMQ_PARAM_RANGE},
        {"unit separator", "%1F", 1, "", CMQ_PARAM_RANGE},
        {"delete", "%7F", 1, "", CMQ_PARAM_RANGE},
        {"control behind UTF-8", "%E6%9D%A5%01", 1, "", CMQ_PARAM_RANGE},
        {"control behind what is cut short", "%E6%9D%01", 1, "", CMQ_PARAM_RANGE},
        {"blank, comma, wildcards", "a b, *.%23", 1, "", CMQ_OK},
        {"quotes", "%22%5C'", 1, "", CMQ_OK},
    };
    if (!is_tags(p))
        return;
    for (size_t i = 0; i < COUNT(tags); i++)
        expect_repeated(a, p, tags[i].unit, tags[i].times, tags[i].tail, tags[i].err);
}

static void judges_tags(void **state)
{
    (void)state;
    each_row(check_tags);
}

/* 64 bytes and 15 dots (topic-api 3.2). */
static void check_routing(const struct action *a, const struct param *p)
{
    static const struct spelling keys[] = {
        {"64 bytes", "a", 64, "", CMQ_OK},
        {"65 bytes", "a", 65, "", CMQ_PARAM_RANGE},
        {"32 characters of two bytes", "%C3%A4", 32, "", CMQ_OK},
        {"33 characters of two bytes", "%C3%A4", 33, "", CMQ_PARAM_RANGE},
        {"15 dots", "a.", 15, "a", CMQ_OK},
        {"16 dots", "a.", 16, "a", CMQ_TOO_MANY_WORDS},
        {"15 dots, nothing else", ".", 15, "", CMQ_OK},
        {"16 dots, nothing else", ".", 16, "", CMQ_TOO_MANY_WORDS},
        {"15 dots in 64 bytes", "abc.", 15, "abcd", CMQ_OK},
        {"15 dots in 65 bytes", "abc.", 15, "abcde", CMQ_PARAM_RANGE},
        {"16 dots in 64 bytes", "abc.", 16, "", CMQ_TOO_MANY_WORDS},
        {"both wrong: length comes first", "abc.", 17, "", CMQ_PARAM_RANGE},
        {"wildcards", "%23.*.", 7, "%23.*", CMQ_OK},
        {"one dot", ".", 1, "", CMQ_OK},
    };
    if (!is_key(p))
        return;
    for (size_t i = 0; i < COUNT(keys); i++)
        expect_repeated(a, p, keys[i].unit, keys[i].times, keys[i].tail, keys[i].err);
}

static void judges_keys_of_routing(void **state)
{
    (void)state;
    each_row(check_routing);
}

static const struct {
    const char *param, *value;
    int err;
    int kept;
} words[] = {
    {"protocol", "http", CMQ_OK, PROTOCOL_HTTP}, /* in any case: topic-api D16 */
    {"protocol", "HTTP", CMQ_OK, PROTOCOL_HTTP},
    {"protocol", "hTtP", CMQ_OK, PROTOCOL_HTTP},
    {"protocol", "queue", CMQ_OK, PROTOCOL_QUEUE},
    {"protocol", "QUEUE", CMQ_OK, PROTOCOL_QUEUE},
    {"protocol", "Queue", CMQ_OK, PROTOCOL_QUEUE},
    {"protocol", "https", CMQ_PROTOCOL, 0},
    {"protocol", "htt", CMQ_PROTOCOL, 0},
    {"protocol", "queues", CMQ_PROTOCOL, 0},
    {"protocol", "+http", CMQ_PROTOCOL, 0},
    {"protocol", "http%00", CMQ_PROTOCOL, 0},
    {"protocol", "0", CMQ_PROTOCOL, 0},
    {"protocol", "mail", CMQ_PROTOCOL, 0},
    {"notifyStrategy", "BACKOFF_RETRY", CMQ_OK, BACKOFF_RETRY},
    {"notifyStrategy", "EXPONENTIAL_DECAY_RETRY", CMQ_OK, EXPONENTIAL_DECAY_RETRY},
    {"notifyStrategy", "backoff_retry", CMQ_NOTIFY_STRATEGY, 0},
    {"notifyStrategy", "Exponential_Decay_Retry", CMQ_NOTIFY_STRATEGY, 0},
    {"notifyStrategy", "BACKOFF", CMQ_NOTIFY_STRATEGY, 0},
    {"notifyStrategy", "BACKOFF_RETRY+", CMQ_NOTIFY_STRATEGY, 0},
    {"notifyStrategy", "1", CMQ_NOTIFY_STRATEGY, 0},
    {"notifyContentFormat", "JSON", CMQ_OK, FORMAT_JSON},
    {"notifyContentFormat", "SIMPLIFIED", CMQ_OK, FORMAT_SIMPLIFIED},
    {"notifyContentFormat", "json", CMQ_NOTIFY_FORMAT, 0},
    {"notifyContentFormat", "Simplified", CMQ_NOTIFY_FORMAT, 0},
    {"notifyContentFormat", "SIMPLE", CMQ_NOTIFY_FORMAT, 0},
    {"notifyContentFormat", "XML", CMQ_NOTIFY_FORMAT, 0},
};

static void judges_words(void **state)
{
    static const char *const actions[] = {"Subscribe", "SetSubscriptionAttributes"};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(words); i++) {
        char text[128];
        const char *param = words[i / 2].param;
        if (i % 2 == 1 && strcmp(param, "protocol") == 0)
            continue; /* cannot be changed (topic-api D38) */
        struct row r = row_of(actions[i % 2], param);
        /* the valid endpoint is that of a queue, unless another one follows */
        snprintf(text, sizeof text, "%s=%s%s", param, words[i / 2].value,
                 r.param->field == FIELD_PROTOCOL && words[i / 2].kept == PROTOCOL_HTTP
                     ? "&endpoint=http://a/"
                     : "");
        struct verdict v = judge(r.action, r.param, text, &relaxed);
        EXPECT_EQ(text, v.err, words[i / 2].err);
        if (v.err == CMQ_OK)
            EXPECT_EQ(text, read_back(&v.args, r.param), words[i / 2].kept);
    }
}

/* By the protocol, wherever that stands in the request; endpoint_check() has its own tests. */
static void judges_endpoints(void **state)
{
    static const struct {
        const char *what, *text;
        int err;
    } endpoints[] = {
        {"URL", "endpoint=http://a/&protocol=http", CMQ_OK},
        {"URL, the other way round", "protocol=HTTP&endpoint=http://a/", CMQ_OK},
        {"queue", "endpoint=jobs&protocol=queue", CMQ_OK},
        {"queue, the other way round", "protocol=Queue&endpoint=jobs", CMQ_OK},
        {"URL for a queue", "endpoint=http://a/&protocol=queue", CMQ_ENDPOINT_QUEUE},
        {"queue for a URL", "endpoint=jobs&protocol=http", CMQ_ENDPOINT_FORMAT},
        {"blank in a URL", "endpoint=http://a/+b&protocol=http", CMQ_BLANK_IN_URL},
        {"blank in a name", "endpoint=my+jobs&protocol=queue", CMQ_ENDPOINT_QUEUE},
        {"NUL in a URL", "endpoint=http://a/%00&protocol=http", CMQ_ENDPOINT_FORMAT},
        {"https", "endpoint=https://a/&protocol=http", CMQ_ENDPOINT_FORMAT},
        {"the protocol comes first", "endpoint=https://a/&protocol=https", CMQ_PROTOCOL},
        {"empty, URL", "endpoint=&protocol=http", CMQ_PARAM_MISSING},
        {"empty, queue", "endpoint=&protocol=queue", CMQ_PARAM_MISSING},
        {"bad endpoint and bad strategy", "endpoint=-&notifyStrategy=x", CMQ_ENDPOINT_QUEUE},
    };
    struct row r = row_of("Subscribe", "endpoint");
    (void)state;
    for (size_t i = 0; i < COUNT(endpoints); i++)
        EXPECT_EQ(endpoints[i].what, judge(r.action, r.param, endpoints[i].text, &relaxed).err,
                  endpoints[i].err);
    struct verdict v =
        judge(r.action, r.param, "endpoint=http://a/%3Fb&protocol=http", &relaxed);
    assert_true(bytes_equal(argument_text(&v.args, FIELD_ENDPOINT), bytes_of("http://a/?b")));
    /* neither can be changed later: ignored (topic-api D38) */
    r = row_of("SetSubscriptionAttributes", "notifyStrategy");
    expect(r.action, r.param, "protocol=mail&endpoint=https://a/+b", &relaxed, CMQ_OK);
}

/* Absent, or given empty: then the value says so. */
static void tells_absent_from_given(void **state)
{
    static const char *const optional[] = {"notifyStrategy", "notifyContentFormat"};
    (void)state;
    for (size_t i = 0; i < COUNT(optional); i++) {
        char text[64];
        struct row r = row_of("Subscribe", optional[i]);
        snprintf(text, sizeof text, "%s=", optional[i]);
        struct verdict without = judge(r.action, r.param, NULL, &relaxed);
        assert_true(read_back(&without.args, r.param) == ABSENT);
        struct verdict empty = judge(r.action, r.param, text, &relaxed);
        assert_true(read_back(&empty.args, r.param) == ABSENT);
    }
    struct row r = row_of("CreateTopic", "filterType");
    struct verdict v = judge(r.action, r.param, "filterType=&maxMsgSize=", &relaxed);
    assert_true(argument_int(&v.args, FIELD_FILTER_TYPE, ABSENT) == ABSENT &&
                argument_int(&v.args, FIELD_MAX_MSG_SIZE, ABSENT) == ABSENT);
    assert_false(argument_given(&v.args, FIELD_FILTER_TYPE));
    /* An empty key is a key (topic-api D29). */
    r = row_of("PublishMessage", "routingKey");
    v = judge(r.action, r.param, "routingKey=", &relaxed);
    assert_int_equal(v.err, CMQ_OK);
    assert_int_equal(argument_text(&v.args, FIELD_ROUTING_KEY).len, 0);
    assert_non_null(argument_text(&v.args, FIELD_ROUTING_KEY).data);
    v = judge(r.action, r.param, NULL, &relaxed);
    assert_false(argument_given(&v.args, FIELD_ROUTING_KEY));
}

/* ---- what errors are about ---- */

static void names_the_culprit(void **state)
{
    static const struct {
        const char *action, *param, *text, *culprit;
        int err;
    } calls[] = {
        {"DeleteTopic", "topicName", NULL, "topicName", CMQ_PARAM_MISSING},
        {"DeleteTopic", "topicName", "topicName.1=a", "topicName", V2_PARAM_NOT_REPEATABLE},
        {"Subscribe", "subscriptionName", NULL, "subscriptionName", CMQ_PARAM_MISSING},
        {"Subscribe", "endpoint", "endpoint=", "endpoint", CMQ_PARAM_MISSING},
        {"CreateTopic", "maxMsgSize", "maxMsgSize=1", "maxMsgSize", CMQ_PARAM_RANGE},
        {"ListTopic", "limit", "limit=all", "limit", CMQ_PARAM_TYPE},
        {"PublishMessage", "msgTag", "msgTag.x=a", "msgTag.x", V2_PARAM_KEY_FORMAT},
        {"PublishMessage", "msgTag", "msgTag.2=a", "msgTag", V2_PARAM_GAP},
        {"PublishMessage", "msgTag", "msgTag.0=%00", "msgTag", CMQ_PARAM_RANGE},
        {"PublishMessage", "msgBody", "msgBody.1=a", "msgBody", V2_PARAM_NOT_REPEATABLE},
        {"BatchPublishMessage", "msgBody", "msgBody.0=a&msgBody.2=b", "msgBody", V2_PARAM_GAP},
        {"BatchPublishMessage", "msgBody", "msgBody=a", "msgBody", V2_PARAM_KEY_FORMAT},
        {"Subscribe", "bindingKey", "bindingKey.1.2=a", "bindingKey.1.2", V2_PARAM_KEY_FORMAT},
        /* the first row of the table that is wrong counts, not what came first */
        {"CreateTopic", "topicName", "filterType=9&maxMsgSize=1&topicName=-", "topicName",
         CMQ_TOPIC_NAME_FORMAT},
        {"CreateTopic", "maxMsgSize", "filterType=9&maxMsgSize=1", "maxMsgSize",
         CMQ_PARAM_RANGE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        struct row r = row_of(calls[i].action, calls[i].param);
        struct verdict v = judge(r.action, r.param, calls[i].text, &relaxed);
        const char *what = calls[i].text != NULL ? calls[i].text : calls[i].param;
        EXPECT_EQ(what, v.err, calls[i].err);
        if (!bytes_equal(v.culprit, bytes_of(calls[i].culprit)))
            fail_msg("%s: %.*s", what, (int)v.culprit.len, v.culprit.data);
    }
}

static void raises_the_bound_of_delays(void **state)
{
    struct engine_limits limits = {.strict = true, .max_delay_ms = 6048000000};
    struct row r = row_of("SendMessage", "delaySeconds");
    (void)state;
    expect(r.action, r.param, "delaySeconds=6048000", &limits, CMQ_OK);
    expect(r.action, r.param, "delaySeconds=6048001", &limits, CMQ_DELAY_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_actions),
        cmocka_unit_test(knows_the_parameters_of_topics),
        cmocka_unit_test(reaches_every_operation_and_every_field),
        cmocka_unit_test(needs_the_name_of_its_subject),
        cmocka_unit_test(judges_presence),
        cmocka_unit_test(judges_empty_values),
        cmocka_unit_test(judges_every_bound),
        cmocka_unit_test(bounds_the_numbers_of_topics),
        cmocka_unit_test(judges_every_length),
        cmocka_unit_test(judges_types),
        cmocka_unit_test(judges_keys),
        cmocka_unit_test(judges_list_sizes),
        cmocka_unit_test(puts_a_batch_in_the_order_of_its_numbers),
        cmocka_unit_test(keeps_texts_in_order_without_empty_ones),
        cmocka_unit_test(judges_names),
        cmocka_unit_test(takes_a_capital_for_delete_topic_alone),
        cmocka_unit_test(judges_tags),
        cmocka_unit_test(judges_keys_of_routing),
        cmocka_unit_test(judges_words),
        cmocka_unit_test(judges_endpoints),
        cmocka_unit_test(tells_absent_from_given),
        cmocka_unit_test(names_the_culprit),
        cmocka_unit_test(raises_the_bound_of_delays),
    };
    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
