/* A JSON text: the scanner is the same however the text comes; what it takes cJSON's own parser
 * takes as well, and both make the same tree of it, which can be printed and read again. */
#include "tests/fuzz/fuzz.h"

#include "base/json.h"
#include "base/json_read.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

static const struct json_bounds bounds = {.values = 2000, .levels = 24};

/* ---- in pieces ---- */

static struct json_scan scan_in(struct bytes text, size_t piece)
{
    struct json_scan s;
    json_scan_begin(&s, &bounds);
    for (size_t at = 0; at < text.len; at += piece)
        json_scan_add(
            &s, (struct bytes){text.data + at, text.len - at < piece ? text.len - at : piece});
    json_scan_end(&s);
    return s;
}

static void check_pieces(struct bytes text, const struct json_scan *whole)
{
    for (size_t piece = 1; piece <= 11; piece += 2) {
        struct json_scan s = scan_in(text, piece);
        assert(s.fault == whole->fault && s.at == whole->at && s.values == whole->values);
        assert(s.first == whole->first && s.has_large == whole->has_large);
    }
}

/* ---- trees ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* slack: of the last place, which cJSON's printer does not always keep. */
static bool same_number(const cJSON *a, const cJSON *b, bool slack)
{
    double x = a->valuedouble, y = b->valuedouble;
    if (slack)
        return fabs(x - y) <= DBL_EPSILON * fmax(fabs(x), fabs(y));
    return x == y && a->valueint == b->valueint;
}

static void check_same(const cJSON *a, const cJSON *b, bool slack)
{
    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        assert((a->type & 0xff) == (b->type & 0xff));
        assert(same_text(a->string, b->string));
        assert(!cJSON_IsString(a) || same_text(a->valuestring, b->valuestring));
        assert(!cJSON_IsNumber(a) || same_number(a, b, slack));
        check_same(a->child, b->child, slack);
    }
    assert(a == NULL && b == NULL);
}

static bool has_infinite(const cJSON *a)
{
    for (; a != NULL; a = a->next)
        if ((cJSON_IsNumber(a) && !isfinite(a->valuedouble)) || has_infinite(a->child))
            return true;
    return false;
}

/* cJSON keeps 63 characters of a number, and stumbles over what is behind them. */
static bool has_long_number(struct bytes text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = text.data[i] != '\0' && strchr("0123456789+-.eE", text.data[i]) != NULL ? run + 1
                                                                                      : 0;
        if (run > 60)
            return true;
    }
    return false;
}

static void check_against_cjson(const struct json *j, struct bytes text)
{
    if (has_long_number(text))
        return;
    cJSON *other = cJSON_ParseWithLength(text.data, text.len);
    assert(other != NULL);
    check_same(j->root, other, false);
    cJSON_Delete(other);
}

static void check_round(const struct json *j)
{
    struct json again;
    if (has_infinite(j->root))
        return;
    char *text = cJSON_PrintUnformatted(j->root);
    assert(text != NULL);
    assert(json_read(&again, bytes_of(text), &bounds) == JSON_GOOD);
    check_same(j->root, again.root, true);
    json_free(&again);
    cJSON_free(text);
}

/* ---- what we write ---- */

static void check_written(struct bytes text)
{
    struct buffer b = {0};
    struct json_scan s;
    json_string(&b, text);
    assert(!b.failed);
    json_scan_begin(&s, &bounds);
    json_scan_add(&s, buffer_bytes(&b));
    bool nul = text.len > 0 && memchr(text.data, '\0', text.len) != NULL;
    assert(json_scan_end(&s) == (nul ? JSON_NUL : JSON_GOOD));
    buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    struct json_scan whole = scan_in(text, size > 0 ? size : 1);
    struct json json;
    check_pieces(text, &whole);
    enum json_fault fault = json_read(&json, text, &bounds);
    assert(fault == whole.fault);
    assert((json.root != NULL) == (fault == JSON_GOOD));
    if (fault == JSON_GOOD) {
        assert(json.count == whole.values);
        check_against_cjson(&json, text);
        check_round(&json);
    }
    json_free(&json);
    check_written(text);
    return 0;
}
