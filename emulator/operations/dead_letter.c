/* Reading and writing are not symmetric, as in the service: a client names the dead-letter
 * queue by its name and is told its id (queue-api 2.3). Errors found here are not returned but
 * kept in the request: the engine reports them after others, in resolve_policy(). */
#include "operations/dead_letter.h"

#include "base/json_read.h"

#include <cjson/cJSON.h>
#include <stdio.h>

enum {
    MAX_RECEIVES_MAX = 1000,
    MAX_AGE_MIN_S = 300,
    MAX_AGE_MAX_S = 43200,
};

/* The value of a member that must be a whole number from min to max. */
static bool read_number(const cJSON *object, const char *member, int min, int max, int *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= min && item->valuedouble <= max))
        return false;
    *out = (int)item->valuedouble;
    return (double)*out == item->valuedouble;
}

static enum cmq_err read_object(const cJSON *object, char name[NAME_MAX_LENGTH + 1],
                                struct dead_letter_request *out)
{
    enum { BY_RECEIVES, BY_AGE }; /* the values of the member "policy" */
    int policy;
    int bound;
    const cJSON *target = cJSON_GetObjectItemCaseSensitive(object, "deadLetterQueue");
    if (!cJSON_IsString(target))
        return CMQ_POLICY_NO_QUEUE;
    if (!read_number(object, "policy", BY_RECEIVES, BY_AGE, &policy))
        return CMQ_POLICY_NO_POLICY;
    if (policy == BY_RECEIVES) {
        if (!read_number(object, "maxReceiveCount", 1, MAX_RECEIVES_MAX, &bound))
            return CMQ_POLICY_PARAMS;
        out->kind = DEAD_LETTER_BY_RECEIVES;
        out->max_receives = (uint32_t)bound;
    } else {
        if (!read_number(object, "maxTimeToLive", MAX_AGE_MIN_S, MAX_AGE_MAX_S, &bound))
            return CMQ_POLICY_PARAMS;
        out->kind = DEAD_LETTER_BY_AGE;
        out->max_age_ms = (cmq_ms)bound * 1000;
    }
    struct bytes target_name = bytes_of(target->valuestring);
    if (!is_name(target_name))
        return CMQ_NO_DEAD_LETTER_QUEUE;
    memcpy(name, target_name.data, target_name.len);
    out->target_name = (struct bytes){name, target_name.len};
    return CMQ_OK;
}

void dead_letter_read(struct bytes text, char name[NAME_MAX_LENGTH + 1],
                      struct dead_letter_request *out)
{
    static const struct json_bounds bounds = {.values = 1000, .levels = 16};
    struct json json;
    *out = (struct dead_letter_request){.kind = DEAD_LETTER_NONE};
    enum json_fault fault = json_read(&json, text, &bounds);
    out->refusal = fault == JSON_NO_MEMORY     ? CMQ_INTERNAL
                   : cJSON_IsObject(json.root) ? read_object(json.root, name, out)
                                               : CMQ_POLICY_NOT_JSON;
    json_free(&json);
}

/* Ids consist of letters, digits and "-": nothing needs escaping. */
void dead_letter_write(const struct dead_letter_policy *policy, char out[DEAD_LETTER_TEXT_SIZE])
{
    bool by_age = policy->kind == DEAD_LETTER_BY_AGE;
    long long bound = by_age ? policy->max_age_ms / 1000 : (long long)policy->max_receives;
    snprintf(out, DEAD_LETTER_TEXT_SIZE,
             "{\"deadLetterQueue\":\"%s\",\"policy\":%d,\"%s\":%lld}", policy->target->id,
             by_age ? 1 : 0, by_age ? "maxTimeToLive" : "maxReceiveCount", bound);
}
