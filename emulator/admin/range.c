#include "admin/range.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { COUNT_MAX = 1000000000 };

static const char *const names[COMPARISONS] = {
    [EQ] = "eq", [NE] = "ne", [LT] = "lt", [LE] = "le", [GT] = "gt", [GE] = "ge"};

static const struct schema_member range_members[] = {
    {"eq", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .greatest = COUNT_MAX},
    {"ne", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .greatest = COUNT_MAX},
    {"lt", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .greatest = COUNT_MAX},
    {"le", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .greatest = COUNT_MAX},
    {"gt", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .greatest = COUNT_MAX},
    {"ge", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .greatest = COUNT_MAX},
};
const struct schema range_schema = {
    .name = "Comparisons",
    .help = "All that are given must be true.",
    .members = range_members,
    .count = COMPARISONS,
    .least = 1,
};
static bool invalid(struct mistake *m, const char *argument, const char *message)
{
    return MISTAKE_INVALID(m, argument, "%s: %s", argument, message);
}

bool range_read(const struct cJSON *json, const char *argument, struct range *out,
                struct mistake *m)
{
    const cJSON *item;
    if (!cJSON_IsObject(json) || json->child == NULL)
        return invalid(m, argument, "a comparison is an object such as {\"ge\":3}");
    cJSON_ArrayForEach (item, json) {
        int c = 0;
        while (c < COMPARISONS && strcmp(item->string, names[c]) != 0)
            c++;
        if (c == COMPARISONS)
            return invalid(m, argument, "comparisons are eq, ne, lt, le, gt and ge");
        double n = cJSON_IsNumber(item) ? item->valuedouble : -1;
        if (!(n >= 0 && n <= (double)COUNT_MAX) || n != (double)(int64_t)n)
            return invalid(m, argument, "a count is a whole number that is not negative");
        out->given[c] = true;
        out->value[c] = (int64_t)n;
    }
    return true;
}

bool range_fits(const struct range *r, int64_t n)
{
    const bool holds[COMPARISONS] = {
        [EQ] = n == r->value[EQ],
        [NE] = n != r->value[NE],
        [LT] = n<r->value[LT], [LE] = n <= r->value[LE], [GT] = n> r->value[GT],
        [GE] = n >= r->value[GE],
    };
    for (int c = 0; c < COMPARISONS; c++)
        if (r->given[c] && !holds[c])
            return false;
    return true;
}
