#include "api/v3/json_check.h"

#include "api/v3/failure.h"

const struct json_bounds v3_json_bounds = {.values = 10000, .levels = 16};

int json_check(const struct json_scan *scan)
{
    static const int outcomes[] = {
        [JSON_GOOD] = CMQ_OK,
        [JSON_BAD] = V3_NOT_JSON,
        [JSON_NUL] = V3_NUL,
        [JSON_TOO_MUCH] = V3_TOO_DEEP,
    };
    return scan->fault == JSON_GOOD && scan->has_large ? V3_LARGE_NUMBER
                                                       : outcomes[scan->fault];
}
