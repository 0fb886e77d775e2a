#include "api/v2/dead_letter.h"

#include "api/v2/params.h"
#include "base/json.h"

#include <cjson/cJSON.h>

enum {
    MAX_RECEIVES_MAX = 1000,
    MAX_AGE_MIN_S = 300,
    MAX_AGE_MAX_S = 43200,
};

/* The whole number that a member holds, if it holds one from min to max. */
static bool read_number(const cJSON *object, const char *member, int min, int max, int *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= min && item->valuedouble <= max))
        return false;
    *out = (int)item->valuedouble;
    return (double)*out == item->valuedouble;
}

static enum cmq_err read_object(const cJSON *object, char name[QUEUE_NAME_MAX + 1],
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

const struct dead_letter_request *dead_letter_read(struct bytes text,
                                                   char name[QUEUE_NAME_MAX + 1],
                                                   struct dead_letter_request *out)
{
    if (text.data == NULL)
        return NULL;
    cJSON *json = json_parse(text);
    *out = (struct dead_letter_request){.kind = DEAD_LETTER_NONE};
    out->refusal = cJSON_IsObject(json) ? read_object(json, name, out) : CMQ_POLICY_NOT_JSON;
    cJSON_Delete(json);
    return out;
}

void dead_letter_write(struct buffer *out, const struct dead_letter_policy *policy)
{
    bool by_age = policy->kind == DEAD_LETTER_BY_AGE;
    json_open(out, '{');
    json_key_text(out, "deadLetterQueue", policy->target->id);
    json_key_int(out, "policy", by_age ? 1 : 0);
    if (by_age)
        json_key_int(out, "maxTimeToLive", policy->max_age_ms / 1000);
    else
        json_key_int(out, "maxReceiveCount", policy->max_receives);
    json_close(out, '}');
}
