#include "admin/where.h"

#include "base/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>

const char *const where_apis[] = {"v2", "cmq", "tdmq", "push", NULL};
const char *const where_outcomes[] = {"delivered", "failed", "dropped", NULL};

enum { CODE_MAX = 99999 };

static const struct schema_member code_forms[] = {
    {"", TYPE_NUMBER, .help = "of the API v2, and 0", .greatest = CODE_MAX},
    {"", TYPE_TEXT, .help = "of API 3.0", .least = 1, .greatest = PATTERN_TEXT_MAX},
};
const struct schema code_schema =
    SCHEMA_CHOICE("AnsweredCode", "What a call was answered with.", code_forms);

#define TEXT                                                                                   \
    .type = TYPE_TEXT, .flags = MEMBER_OPTIONAL, .least = 1, .greatest = PATTERN_TEXT_MAX
static const struct schema_member members[] = {
    {"api", TYPE_WORD, .flags = MEMBER_OPTIONAL, .words = where_apis},
    {"action", TEXT, .help = "without regard to case"},
    {"queue", TEXT, .help = "the name that it gave"},
    {"topic", TEXT, .help = "likewise"},
    {"subscription", TEXT, .help = "likewise"},
    {"code", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .help = "as answered", .of = &code_schema},
    {"msgId", TYPE_MSG_ID, .flags = MEMBER_OPTIONAL, .help = "the id of a message, of any API"},
    {"outcome", TYPE_WORD, .flags = MEMBER_OPTIONAL, .words = where_outcomes,
     .help = "of a push"},
};
const struct schema where_schema =
    SCHEMA("JournalPattern", "What entries of the journal are to have.", members);
_Static_assert(sizeof members / sizeof members[0] == PATTERN_MEMBERS, "in that order");

static int member_of(const char *name)
{
    int i = 0;
    while (i < PATTERN_MEMBERS && strcmp(pattern_member_names[i], name) != 0)
        i++;
    return i;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_code(double n)
{
    return n >= 0 && n <= CODE_MAX && n == (double)(int)n;
}

/* A code may be a number; all else is a text. */
static bool read_member(const cJSON *json, const char *path, enum pattern_member member,
                        struct pattern *out, struct mistake *m)
{
    const struct schema_member *row = &members[member];
    char number[32];
    const char *text = cJSON_GetStringValue(json);
    if (member == PATTERN_CODE && cJSON_IsNumber(json)) {
        if (!is_code(json->valuedouble))
            return MISTAKE_INVALID(m, path, "%s must be a whole number from 0 to %d, or a text",
                                   path, CODE_MAX);
        snprintf(number, sizeof number, "%.0f", json->valuedouble);
        text = number;
    }
    if (row->words != NULL && (text == NULL || !is_one_of(text, row->words)))
        return MISTAKE_INVALID(m, path, "%s must be one of: %s", path,
                               member == PATTERN_API ? "v2, cmq, tdmq, push"
                                                     : "delivered, failed, dropped");
    if (text == NULL || !pattern_set(out, member, bytes_of(text)))
        return MISTAKE_INVALID(m, path,
                               member == PATTERN_MSG_ID
                                   ? "%s must be the id of a message, as a text"
                                   : "%s must be a text of 1 to 64 bytes",
                               path);
    return true;
}

bool where_read(const struct cJSON *object, const char *path, struct pattern *out,
                struct mistake *m)
{
    const cJSON *item;
    *out = (struct pattern){.code = 0};
    if (object == NULL)
        return true;
    if (!cJSON_IsObject(object))
        return MISTAKE_INVALID(
            m, path, "%s must be an object such as {\"action\":\"SendMessage\"}", path);
    cJSON_ArrayForEach (item, object) {
        char member_path[MISTAKE_ARGUMENT_SIZE];
        int i = member_of(item->string);
        mistake_path(member_path, path, item->string);
        if (i == PATTERN_MEMBERS)
            return schema_refuse(&where_schema, member_path, item->string, m);
        if (out->texts[i][0] != '\0')
            return MISTAKE_INVALID(m, member_path, "%s is given twice", member_path);
        if (!read_member(item, member_path, (enum pattern_member)i, out, m))
            return false;
    }
    return true;
}

void where_write(struct buffer *b, const struct pattern *p)
{
    json_key(b, "where");
    json_open(b, '{');
    for (int i = 0; i < PATTERN_MEMBERS; i++) {
        if (p->texts[i][0] == '\0')
            continue;
        if (i == PATTERN_CODE && p->code_is_number)
            json_key_int(b, pattern_member_names[i], p->code);
        else
            json_key_text(b, pattern_member_names[i], p->texts[i]);
    }
    json_close(b, '}');
}
