#include "admin/where.h"

#include "base/json.h"

const char *const where_apis[] = {"v2", "cmq", "tdmq", "push", NULL};
const char *const where_outcomes[] = {"delivered", "failed", "dropped", NULL};

static const struct argument rows[PATTERN_MEMBERS] = {WHERE_ROWS};

static bool set(const struct argument *a, const char *path, const struct argument_value *v,
                enum pattern_member member, struct pattern *out, struct mistake *m)
{
    const char *text = a->kind == ARGUMENT_WORD ? a->words[v->word] : v->name;
    return pattern_set(out, member, bytes_of(text)) ||
           MISTAKE_INVALID(m, path, "%s must be the id of a message", path);
}

bool where_of_values(const struct argument_value values[PATTERN_MEMBERS], struct pattern *out,
                     struct mistake *m)
{
    *out = (struct pattern){.code = 0};
    for (int i = 0; i < PATTERN_MEMBERS; i++)
        if (values[i].given &&
            !set(&rows[i], rows[i].name, &values[i], (enum pattern_member)i, out, m))
            return false;
    return true;
}

static int member_of(const char *name)
{
    int i = 0;
    while (i < PATTERN_MEMBERS && strcmp(rows[i].name, name) != 0)
        i++;
    return i;
}

bool where_read(const cJSON *object, const char *path, struct pattern *out, struct mistake *m)
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
        struct argument_value v = {.given = true};
        int i = member_of(item->string);
        mistake_path(member_path, path, item->string);
        if (i == PATTERN_MEMBERS)
            return mistake_unknown(m, member_path);
        if (out->texts[i][0] != '\0')
            return MISTAKE_INVALID(m, member_path, "%s is given twice", member_path);
        if (!call_argument_read(&rows[i], member_path, item, &v, m) ||
            !set(&rows[i], member_path, &v, (enum pattern_member)i, out, m))
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
            json_key_int(b, rows[i].name, p->code);
        else
            json_key_text(b, rows[i].name, p->texts[i]);
    }
    json_close(b, '}');
}
