#include "admin/setting.h"

#include "base/instant.h"
#include "base/number.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

static bool read_word(const char *words, struct bytes text, int64_t *out)
{
    int64_t number = 0;
    for (const char *word = words; word != NULL; number++) {
        const char *end = strchr(word, '|');
        size_t len = end != NULL ? (size_t)(end - word) : strlen(word);
        if (bytes_equal(text, (struct bytes){word, len})) {
            *out = number;
            return true;
        }
        word = end != NULL ? end + 1 : NULL;
    }
    return false;
}

static bool read_flag(struct bytes text, int64_t *out)
{
    static const char words[] = "off|on|no|yes|false|true|0|1";
    if (!read_word(words, text, out))
        return false;
    *out %= 2;
    return true;
}

static bool read_bytes(struct bytes text, int64_t *out)
{
    static const char units[] = "kmg";
    int shift = 0;
    if (text.len > 1) {
        char last = ascii_lower(text.data[text.len - 1]);
        const char *unit = last != '\0' ? strchr(units, last) : NULL;
        if (unit != NULL) {
            shift = 10 * (int)(unit - units + 1);
            text.len--;
        }
    }
    if (!parse_int(text, out) || *out < 0 || *out > INT64_MAX >> shift)
        return false;
    *out <<= shift;
    return true;
}

static bool is_in_bounds(const struct setting *s, int64_t value)
{
    return value >= s->min && value <= s->max;
}

bool setting_parse(const struct setting *s, struct bytes text, int64_t *out)
{
    int64_t value = 0;
    bool read = false;
    assert(s->kind != SETTING_TEXT && s->kind != SETTING_LIST);
    switch (s->kind) {
    case SETTING_NUMBER:
    case SETTING_NUMBERS:
        read = parse_int_exactly(text, &value);
        break;
    case SETTING_BYTES:
        read = read_bytes(text, &value);
        break;
    case SETTING_DURATION:
        read = duration_parse(text, &value);
        break;
    case SETTING_FLAG:
        return read_flag(text, out);
    case SETTING_WORD:
        return read_word(s->words, text, out);
    case SETTING_TEXT:
    case SETTING_LIST:
        break;
    }
    if (!read || !is_in_bounds(s, value))
        return false;
    *out = value;
    return true;
}

bool setting_take(const struct setting *s, double number, int64_t *out)
{
    double value = number;
    cmq_ms ms;
    if (s->kind == SETTING_DURATION) {
        if (!duration_of_seconds(number, &ms))
            return false;
        value = (double)ms;
    }
    if (s->kind == SETTING_WORD || s->kind == SETTING_FLAG || s->kind == SETTING_TEXT ||
        s->kind == SETTING_LIST || s->kind == SETTING_NUMBERS || value != floor(value) ||
        !(value >= (double)s->min && value <= (double)s->max))
        return false;
    *out = value >= (double)INT64_MAX ? INT64_MAX : (int64_t)value;
    return true;
}

/* ---- writing ---- */

struct unit {
    int64_t size;
    const char *name;
};

/* In the largest unit that needs no fraction; the last unit is 1. */
static void write_units(const struct unit *units, int64_t value, char out[SETTING_VALUE_SIZE])
{
    while (units->size > 1 && value % units->size != 0)
        units++;
    snprintf(out, SETTING_VALUE_SIZE, "%lld%s", (long long)(value / units->size),
             value != 0 ? units->name : "");
}

static void write_word(const char *words, int64_t number, char out[SETTING_VALUE_SIZE])
{
    for (; number > 0; number--)
        words = strchr(words, '|') + 1;
    snprintf(out, SETTING_VALUE_SIZE, "%.*s", (int)strcspn(words, "|"), words);
}

void setting_write(const struct setting *s, int64_t value, char out[SETTING_VALUE_SIZE])
{
    static const struct unit spans[] = {
        {86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    static const struct unit sizes[] = {
        {1 << 30, "g"}, {1 << 20, "m"}, {1 << 10, "k"}, {1, ""}};
    static const struct unit plain[] = {{1, ""}};
    assert(s->kind != SETTING_TEXT && s->kind != SETTING_LIST);
    if (s->kind == SETTING_WORD)
        write_word(s->words, value, out);
    else if (s->kind == SETTING_FLAG)
        write_word("off|on", value, out);
    else if (s->kind == SETTING_DURATION)
        write_units(spans, value, out);
    else
        write_units(s->kind == SETTING_BYTES ? sizes : plain, value, out);
}

void setting_expected(const struct setting *s, char out[SETTING_EXPECTED_SIZE])
{
    static const char *const kinds[] = {
        [SETTING_NUMBER] = "a whole number",
        [SETTING_NUMBERS] = "1 to 16 whole numbers, with commas between them, each",
        [SETTING_BYTES] = "a number of bytes such as 65536, 64k or 4m",
        [SETTING_DURATION] = "a duration such as 90s, 10m or 1h30m",
    };
    _Static_assert(SETTING_NUMBERS_MAX == 16, "as it says here");
    char least[SETTING_VALUE_SIZE];
    char greatest[SETTING_VALUE_SIZE];
    if (s->kind == SETTING_TEXT || s->kind == SETTING_WORD) {
        snprintf(out, SETTING_EXPECTED_SIZE, "%s%s", s->kind == SETTING_WORD ? "one of " : "",
                 s->words);
        return;
    }
    if (s->kind == SETTING_FLAG) {
        snprintf(out, SETTING_EXPECTED_SIZE, "on or off");
        return;
    }
    setting_write(s, s->min, least);
    setting_write(s, s->max, greatest);
    snprintf(out, SETTING_EXPECTED_SIZE, "%s from %s to %s", kinds[s->kind], least, greatest);
}
