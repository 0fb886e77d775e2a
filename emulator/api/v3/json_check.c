/* One pass over the text. Outside of strings only brackets, commas and numbers matter; inside,
 * only the end of the string and what makes a NUL. */
#include "api/v3/json_check.h"

#include "api/v3/failure.h"

struct scan {
    const char *at, *end;
    int depth, values;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* s->at is behind the quote; afterwards behind the closing one, or at the end of the text. */
static int pass_string(struct scan *s)
{
    while (s->at < s->end && *s->at != '"') {
        size_t left = (size_t)(s->end - s->at);
        if (*s->at == '\0')
            return V3_NUL;
        if (*s->at != '\\') {
            s->at++;
            continue;
        }
        if (left >= 6 && memcmp(s->at, "\\u0000", 6) == 0)
            return V3_NUL;
        s->at += left >= 2 ? 2 : 1;
    }
    s->at += s->at < s->end;
    return CMQ_OK;
}

/* Whole numbers up to 2^53 are kept as they are. With a fraction or an exponent a number is no
 * integer as clients write them, and is judged by what is read. */
static int pass_number(struct scan *s)
{
    const uint64_t greatest = UINT64_C(1) << 53;
    uint64_t n = 0;
    bool large = false;
    for (; s->at < s->end && is_digit(*s->at); s->at++) {
        large = large || n > greatest;
        n = large ? n : n * 10 + (uint64_t)(*s->at - '0');
    }
    bool whole = s->at == s->end || strchr(".eE", *s->at) == NULL || *s->at == '\0';
    while (s->at < s->end && (is_digit(*s->at) || (*s->at != '\0' && strchr(".eE+-", *s->at))))
        s->at++;
    return whole && (large || n > greatest) ? V3_LARGE_NUMBER : CMQ_OK;
}

static int pass(struct scan *s)
{
    char c = *s->at;
    if (is_digit(c))
        return pass_number(s);
    s->at++;
    if (c == '"')
        return pass_string(s);
    s->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    s->values += c == ',' || c == '{' || c == '[';
    return s->depth > JSON_DEPTH_MAX || s->values > JSON_VALUES_MAX ? V3_TOO_DEEP : CMQ_OK;
}

int json_check(struct bytes text)
{
    struct scan s = {text.data, text.data + text.len, 0, 0};
    int outcome = CMQ_OK;
    while (outcome == CMQ_OK && s.at < s.end)
        outcome = pass(&s);
    return outcome;
}
