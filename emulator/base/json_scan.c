/* A machine of states, one function for each: it takes a character, and leaves the state for the
 * next one. Two kinds of text come in long runs and are passed over at once: blanks, and the plain
 * characters of strings, eight at a time. Escapes that lie within the piece are taken as a whole;
 * those that are cut by its end go through the states.
 *
 *   VALUE       a value has to come; ITEM: or the end of the list
 *   NAME        the name of a member has to come; MEMBER: or the end of the object
 *   COLON
 *   BEHIND      a value is over: a comma, a closing bracket, or at level 0 nothing
 *   STRING, ESCAPE, HEX, PAIR (the backslash of a second half), PAIR_U (its u)
 *   WORD        true, false, null
 *   MINUS, ZERO, WHOLE, POINT, FRACTION, EXPONENT, SIGN, POWER   of a number
 *
 * A number ends by what follows it, so its states hand that on to BEHIND. */
#include "base/json_scan.h"

enum {
    VALUE,
    ITEM,
    NAME,
    MEMBER,
    COLON,
    BEHIND,
    STRING,
    ESCAPE,
    HEX,
    PAIR,
    PAIR_U,
    WORD,
    MINUS,
    ZERO,
    WHOLE,
    POINT,
    FRACTION,
    EXPONENT,
    SIGN,
    POWER,
    STATES
};

enum { PER_WORD = sizeof(uint64_t) };

static void fail(struct json_scan *s, enum json_fault fault)
{
    s->fault = fault;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* By tables, since a body of 10 MiB may consist of escapes. */
static int hex_digit(char c)
{
    static const signed char more_by_one[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
        ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
        ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
        ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    };
    return more_by_one[(unsigned char)c] - 1;
}

static bool is_short_escape(char c)
{
    static const bool is[256] = {['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
                                 ['f'] = true, ['n'] = true,  ['r'] = true, ['t'] = true};
    return is[(unsigned char)c];
}

/* ---- values ---- */

static void open(struct json_scan *s, char c)
{
    if (s->level == s->bounds.levels) {
        fail(s, JSON_TOO_MUCH);
        return;
    }
    uint64_t bit = UINT64_C(1) << s->level++;
    s->objects = c == '{' ? s->objects | bit : s->objects & ~bit;
    s->state = c == '{' ? MEMBER : ITEM;
}

static bool in_object(const struct json_scan *s)
{
    return s->level > 0 && (s->objects >> (s->level - 1) & 1) != 0;
}

static void begin_number(struct json_scan *s, char c)
{
    s->number = c == '-' ? 0 : (uint64_t)(c - '0');
    s->number_len = 1;
    s->state = c == '-' ? MINUS : c == '0' ? ZERO : WHOLE;
}

static void begin_word(struct json_scan *s, char c)
{
    s->word = c == 't' ? "rue" : c == 'f' ? "alse" : "ull";
    s->state = WORD;
}

static void begin_string(struct json_scan *s, bool in_name)
{
    s->in_name = in_name;
    s->state = STRING;
}

static void take_value(struct json_scan *s, char c)
{
    if (s->values == s->bounds.values) {
        fail(s, JSON_TOO_MUCH);
        return;
    }
    if (s->values++ == 0)
        s->first = c;
    if (c == '"')
        begin_string(s, false);
    else if (c == '{' || c == '[')
        open(s, c);
    else if (c == '-' || is_digit(c))
        begin_number(s, c);
    else if (c == 't' || c == 'f' || c == 'n')
        begin_word(s, c);
    else
        fail(s, JSON_BAD);
}

static void close(struct json_scan *s, char c)
{
    if (s->level == 0 || c != (in_object(s) ? '}' : ']')) {
        fail(s, JSON_BAD);
        return;
    }
    s->level--;
    s->state = BEHIND;
}

static void take_item(struct json_scan *s, char c)
{
    if (c == ']')
        close(s, c);
    else
        take_value(s, c);
}

static void take_name(struct json_scan *s, char c)
{
    if (c == '"')
        begin_string(s, true);
    else
        fail(s, JSON_BAD);
}

static void take_member(struct json_scan *s, char c)
{
    if (c == '}')
        close(s, c);
    else
        take_name(s, c);
}

static void take_colon(struct json_scan *s, char c)
{
    s->state = VALUE;
    if (c != ':')
        fail(s, JSON_BAD);
}

static void take_behind(struct json_scan *s, char c)
{
    if (c == ',' && s->level > 0)
        s->state = in_object(s) ? NAME : VALUE;
    else
        close(s, c);
}

static void take_word(struct json_scan *s, char c)
{
    if (c != *s->word++)
        fail(s, JSON_BAD);
    else if (*s->word == '\0')
        s->state = BEHIND;
}

/* ---- strings ---- */

static void take_string(struct json_scan *s, char c)
{
    if (c == '\\')
        s->state = ESCAPE;
    else if (c == '"')
        s->state = s->in_name ? COLON : BEHIND;
    else if ((unsigned char)c < ' ')
        fail(s, c == '\0' ? JSON_NUL : JSON_BAD);
}

static void begin_hex(struct json_scan *s, bool is_low)
{
    s->digits = s->unit = 0;
    s->is_low = is_low;
    s->state = HEX;
}

static void take_escape(struct json_scan *s, char c)
{
    s->state = STRING;
    if (c == 'u')
        begin_hex(s, false);
    else if (!is_short_escape(c))
        fail(s, JSON_BAD);
}

/* The four digits are there. */
static void judge_unit(struct json_scan *s)
{
    bool high = s->unit >= 0xd800 && s->unit < 0xdc00;
    bool low = s->unit >= 0xdc00 && s->unit < 0xe000;
    s->state = high ? PAIR : STRING;
    if (low != s->is_low)
        fail(s, JSON_BAD);
    else if (s->unit == 0)
        fail(s, JSON_NUL);
}

static void take_hex(struct json_scan *s, char c)
{
    int digit = hex_digit(c);
    if (digit < 0) {
        fail(s, JSON_BAD);
        return;
    }
    s->unit = s->unit * 16 + (unsigned)digit;
    if (++s->digits == 4)
        judge_unit(s);
}

static void take_pair(struct json_scan *s, char c)
{
    s->state = PAIR_U;
    if (c != '\\')
        fail(s, JSON_BAD);
}

static void take_pair_u(struct json_scan *s, char c)
{
    begin_hex(s, true);
    if (c != 'u')
        fail(s, JSON_BAD);
}

/* ---- numbers ---- */

static void count_number(struct json_scan *s)
{
    if (++s->number_len > JSON_NUMBER_MAX)
        fail(s, JSON_TOO_MUCH);
}

/* What follows a number is not part of it. */
static void end_number(struct json_scan *s, char c)
{
    s->state = BEHIND;
    if (!byte_is_blank(c))
        take_behind(s, c);
}

/* Whole numbers up to 2^53 are kept by a double as they are. With a fraction or an exponent a number
 * is no integer as clients write them. */
static void judge_whole(struct json_scan *s)
{
    if (s->number > UINT64_C(1) << 53)
        s->has_large = true;
}

static void take_minus(struct json_scan *s, char c)
{
    s->number = is_digit(c) ? (uint64_t)(c - '0') : 0;
    s->state = c == '0' ? ZERO : WHOLE;
    count_number(s);
    if (!is_digit(c))
        fail(s, JSON_BAD);
}

static void take_zero(struct json_scan *s, char c)
{
    count_number(s);
    if (c == '.') {
        s->state = POINT;
    } else if (ascii_lower(c) == 'e') {
        s->state = EXPONENT;
    } else {
        judge_whole(s);
        end_number(s, c); /* a digit is a fault there */
    }
}

static void take_whole(struct json_scan *s, char c)
{
    if (!is_digit(c)) {
        take_zero(s, c);
        return;
    }
    count_number(s);
    if (s->number <= UINT64_C(1) << 53)
        s->number = s->number * 10 + (uint64_t)(c - '0');
}

/* A digit has to come. */
static void take_digit(struct json_scan *s, char c)
{
    s->state = s->state == POINT ? FRACTION : POWER;
    count_number(s);
    if (!is_digit(c))
        fail(s, JSON_BAD);
}

static void take_fraction(struct json_scan *s, char c)
{
    count_number(s);
    if (ascii_lower(c) == 'e')
        s->state = EXPONENT;
    else if (!is_digit(c))
        end_number(s, c);
}

static void take_exponent(struct json_scan *s, char c)
{
    if (c != '+' && c != '-') {
        take_digit(s, c);
        return;
    }
    count_number(s);
    s->state = SIGN;
}

static void take_power(struct json_scan *s, char c)
{
    count_number(s);
    if (!is_digit(c))
        end_number(s, c);
}

/* ---- all ---- */

typedef void take_fn(struct json_scan *s, char c);

static take_fn *const takes[STATES] = {
    [VALUE] = take_value,   [ITEM] = take_item,         [NAME] = take_name,
    [MEMBER] = take_member, [COLON] = take_colon,       [BEHIND] = take_behind,
    [STRING] = take_string, [ESCAPE] = take_escape,     [HEX] = take_hex,
    [PAIR] = take_pair,     [PAIR_U] = take_pair_u,     [WORD] = take_word,
    [MINUS] = take_minus,   [ZERO] = take_zero,         [WHOLE] = take_whole,
    [POINT] = take_digit,   [FRACTION] = take_fraction, [EXPONENT] = take_exponent,
    [SIGN] = take_digit,    [POWER] = take_power,
};

/* Whether one of the eight characters is a control character, a quote or a backslash. By the
 * carries of subtracting from each byte, as is usual: a byte above one that is such a character may
 * be reported wrongly, but none is missed. */
static bool has_special(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t quotes = eight ^ (ones * '"'), backslashes = eight ^ (ones * '\\');
    uint64_t found = (eight - ones * ' ') & ~eight;
    found |= (quotes - ones) & ~quotes;
    found |= (backslashes - ones) & ~backslashes;
    return (found & highs) != 0;
}

const char *json_pass_plain(const char *at, const char *end)
{
    uint64_t eight;
    while (end - at >= PER_WORD) {
        memcpy(&eight, at, sizeof eight);
        if (has_special(eight))
            break;
        at += PER_WORD;
    }
    while (at < end && (unsigned char)*at >= ' ' && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* The value of four digits; negative if one is none. */
static int unit_at(const char *at)
{
    int a = hex_digit(at[0]), b = hex_digit(at[1]), c = hex_digit(at[2]), d = hex_digit(at[3]);
    return (a | b | c | d) < 0 ? -1 : a << 12 | b << 8 | c << 4 | d;
}

/* Behind the escape at `at`, which is a backslash, if it is good and whole; else `at`. */
static const char *pass_escape(const char *at, const char *end)
{
    if (end - at < 2 || at[1] != 'u')
        return end - at < 2 || !is_short_escape(at[1]) ? at : at + 2;
    int unit = end - at < 6 ? -1 : unit_at(at + 2);
    if (unit <= 0 || (unit >= 0xdc00 && unit < 0xe000))
        return at;
    if (unit < 0xd800 || unit >= 0xe000)
        return at + 6;
    int low = end - at < 12 || at[6] != '\\' || at[7] != 'u' ? -1 : unit_at(at + 8);
    return low >= 0xdc00 && low < 0xe000 ? at + 12 : at;
}

static const char *pass_string(const char *at, const char *end)
{
    for (;;) {
        if (*at != '\\')
            at = json_pass_plain(at, end);
        if (at == end || *at != '\\')
            return at;
        const char *behind = pass_escape(at, end);
        if (behind == at || behind == end)
            return behind;
        at = behind;
    }
}

const char *json_pass_blanks(const char *at, const char *end)
{
    uint64_t eight;
    while (at < end && byte_is_blank(*at)) {
        for (; end - at >= PER_WORD; at += PER_WORD) {
            memcpy(&eight, at, sizeof eight);
            if (eight != UINT64_C(0x2020202020202020))
                break;
        }
        while (at < end && byte_is_blank(*at))
            at++;
    }
    return at;
}

void json_scan_begin(struct json_scan *s, const struct json_bounds *bounds)
{
    *s = (struct json_scan){.bounds = *bounds, .state = VALUE};
    if (s->bounds.levels > JSON_LEVELS_MAX)
        s->bounds.levels = JSON_LEVELS_MAX;
}

void json_scan_add(struct json_scan *s, struct bytes piece)
{
    if (piece.len == 0)
        return;
    const char *end = piece.data + piece.len, *at = piece.data;
    while (at < end && s->fault == JSON_GOOD) {
        if (s->state == STRING)
            at = pass_string(at, end);
        else if (s->state <= BEHIND)
            at = json_pass_blanks(at, end);
        if (at == end)
            break;
        takes[s->state](s, *at);
        at += s->fault == JSON_GOOD;
    }
    s->at += piece.len - (size_t)(end - at);
}

enum json_fault json_scan_end(struct json_scan *s)
{
    bool number = s->state == ZERO || s->state == WHOLE;
    bool whole = number || s->state == FRACTION || s->state == POWER || s->state == BEHIND;
    if (number)
        judge_whole(s);
    if (s->fault == JSON_GOOD && (s->level > 0 || !whole))
        fail(s, JSON_BAD);
    return s->fault;
}
