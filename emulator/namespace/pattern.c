#include "namespace/pattern.h"

#include "base/number.h"

#include <assert.h>

const char *const pattern_member_names[] = {
    [PATTERN_API] = "api",
    [PATTERN_ACTION] = "action",
    [PATTERN_QUEUE] = "queue",
    [PATTERN_TOPIC] = "topic",
    [PATTERN_SUBSCRIPTION] = "subscription",
    [PATTERN_CODE] = "code",
    [PATTERN_MSG_ID] = "msgId",
    [PATTERN_OUTCOME] = "outcome",
    [PATTERN_MEMBERS] = NULL,
};

bool pattern_read_id(struct bytes text, uint64_t *out)
{
    enum { DIGITS_MAX = 19, HEX_DIGITS = 32 };
    static const char digits[] = "0123456789abcdef";
    int64_t number = 0;
    uint64_t id = 0;
    bool is_hex = text.len == HEX_DIGITS;
    for (size_t i = 0; i < text.len && is_hex; i++) {
        const char *digit = memchr(digits, ascii_lower(text.data[i]), sizeof digits - 1);
        is_hex = digit != NULL && id >> 60 == 0;
        if (is_hex)
            id = id << 4 | (uint64_t)(digit - digits);
    }
    if (is_hex) {
        *out = id;
        return id > 0;
    }
    if (text.len > DIGITS_MAX || !parse_int(text, &number) || number <= 0)
        return false;
    *out = (uint64_t)number;
    return true;
}

bool pattern_set(struct pattern *p, enum pattern_member member, struct bytes text)
{
    int64_t number = 0;
    bool is_number = parse_int(text, &number);
    if (text.len == 0 || text.len > PATTERN_TEXT_MAX ||
        memchr(text.data, '\0', text.len) != NULL)
        return false;
    if (member == PATTERN_MSG_ID && !pattern_read_id(text, &p->msg_id))
        return false;
    if (member == PATTERN_CODE) {
        p->code_is_number = is_number;
        p->code = number;
    }
    memcpy(p->texts[member], text.data, text.len);
    p->texts[member][text.len] = '\0';
    p->lengths[member] = (uint8_t)text.len;
    return true;
}

/* The texts of an entry by the members of a pattern. */
static const enum journal_text texts[PATTERN_MEMBERS] = {
    [PATTERN_ACTION] = JOURNAL_ACTION, [PATTERN_QUEUE] = JOURNAL_QUEUE,
    [PATTERN_TOPIC] = JOURNAL_TOPIC,   [PATTERN_SUBSCRIPTION] = JOURNAL_SUBSCRIPTION,
    [PATTERN_CODE] = JOURNAL_CODE,     [PATTERN_OUTCOME] = JOURNAL_OUTCOME,
};

struct bytes pattern_found(const struct journal_entry *e, enum pattern_member member)
{
    assert(member != PATTERN_MSG_ID && member != PATTERN_MEMBERS);
    return member == PATTERN_API ? bytes_of(e->api) : journal_text(e, texts[member]);
}

/* A push has none. */
static bool has_code(const struct pattern *p, const struct journal_entry *e)
{
    struct bytes text = journal_text(e, JOURNAL_CODE);
    if (journal_entry_is_push(e))
        return false;
    if (p->code_is_number && text.len == 0)
        return p->code == e->code;
    return bytes_equal(text, bytes_of(p->texts[PATTERN_CODE]));
}

static bool has_msg_id(const struct journal_entry *e, uint64_t id)
{
    for (size_t i = 0; i < e->msg_id_count; i++)
        if (e->msg_ids[i] == id)
            return true;
    return false;
}

/* Of thousands of entries most are told by the length of a text. */
static bool member_fits(const struct pattern *p, const struct journal_entry *e,
                        enum pattern_member member)
{
    if (member == PATTERN_CODE)
        return has_code(p, e);
    if (member == PATTERN_MSG_ID)
        return has_msg_id(e, p->msg_id);
    if (member != PATTERN_API && e->lengths[texts[member]] != p->lengths[member])
        return false;
    struct bytes wanted = {p->texts[member], p->lengths[member]};
    struct bytes found = pattern_found(e, member);
    return member == PATTERN_ACTION ? bytes_equal_nocase(found, wanted)
                                    : bytes_equal(found, wanted);
}

bool pattern_fits(const struct pattern *p, const struct journal_entry *e)
{
    for (int m = 0; m < PATTERN_MEMBERS; m++)
        if (p->lengths[m] > 0 && !member_fits(p, e, (enum pattern_member)m))
            return false;
    return true;
}

int pattern_misses(const struct pattern *p, const struct journal_entry *e,
                   enum pattern_member *which)
{
    int misses = 0;
    for (int m = 0; m < PATTERN_MEMBERS && misses < 2; m++) {
        if (p->lengths[m] == 0 || member_fits(p, e, (enum pattern_member)m))
            continue;
        if (misses == 0)
            *which = (enum pattern_member)m;
        misses++;
    }
    return misses;
}
