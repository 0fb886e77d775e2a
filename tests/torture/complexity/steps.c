/* The weights are about what each does in the time of a block of ours; all that matters is that
 * twice the work is twice the steps. What compares or searches is done here byte by byte, so that
 * just what it looks at is counted.
 *
 * tests/torture/complexity/run checks that whatever our code calls is here, or is known to do no
 * more for more. */
#include "steps.h"

#include <cjson/cJSON.h>
#include <malloc.h>
#include <nettle/base16.h>
#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOVED = 16, COMPARED = 4, ENCODED = 2 }; /* bytes a step */
enum { HASHED = 3 };                            /* steps a byte */

uint64_t steps;

/* The compiler, the linker and nettle require these names. NOLINTBEGIN(bugprone-reserved-identifier) */

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    steps++;
}

static void count(size_t bytes, size_t a_step)
{
    steps += 1 + bytes / a_step;
}

/* Declare a function of a library and the one that is called in its place. */
#define PLACE(type, name, ...)                                                                 \
    type __real_##name(__VA_ARGS__);                                                           \
    type __wrap_##name(__VA_ARGS__);                                                           \
    type __wrap_##name(__VA_ARGS__)

/* ---- memory ---- */

PLACE(void *, memcpy, void *to, const void *from, size_t n)
{
    count(n, MOVED);
    return __real_memcpy(to, from, n);
}

PLACE(void *, memmove, void *to, const void *from, size_t n)
{
    count(n, MOVED);
    return __real_memmove(to, from, n);
}

PLACE(void *, memset, void *to, int byte, size_t n)
{
    count(n, MOVED);
    return __real_memset(to, byte, n);
}

PLACE(void *, calloc, size_t n, size_t size)
{
    void *p = __real_calloc(n, size);
    count(p != NULL ? n * size : 0, MOVED);
    return p;
}

PLACE(void *, realloc, void *p, size_t size)
{
    size_t had = p != NULL ? malloc_usable_size(p) : 0;
    count(had < size ? had : size, MOVED);
    return __real_realloc(p, size);
}

/* ---- bytes and strings ---- */

/* How many of the first n bytes are the same; with_end: as strings. */
static size_t alike(const char *a, const char *b, size_t n, bool with_end)
{
    size_t i = 0;
    while (i < n && a[i] == b[i] && !(with_end && a[i] == '\0'))
        i++;
    count(i, COMPARED);
    return i;
}

static int difference(const char *a, const char *b, size_t at, size_t n)
{
    return at == n ? 0 : (unsigned char)a[at] - (unsigned char)b[at];
}

PLACE(int, memcmp, const void *a, const void *b, size_t n)
{
    return difference(a, b, alike(a, b, n, false), n);
}

PLACE(int, strcmp, const char *a, const char *b)
{
    return difference(a, b, alike(a, b, SIZE_MAX, true), SIZE_MAX);
}

PLACE(int, strncmp, const char *a, const char *b, size_t n)
{
    return difference(a, b, alike(a, b, n, true), n);
}

PLACE(size_t, strlen, const char *text)
{
    size_t n = __real_strlen(text);
    count(n, MOVED);
    return n;
}

PLACE(void *, memchr, const void *text, int byte, size_t n)
{
    void *at = __real_memchr(text, byte, n);
    count(at != NULL ? (size_t)((char *)at - (const char *)text) : n, MOVED);
    return at;
}

PLACE(void *, memrchr, const void *text, int byte, size_t n)
{
    void *at = __real_memrchr(text, byte, n);
    count(at != NULL ? n - (size_t)((char *)at - (const char *)text) : n, MOVED);
    return at;
}

PLACE(char *, strchr, const char *text, int byte)
{
    char *at = __real_strchr(text, byte);
    count(at != NULL ? (size_t)(at - text) : __real_strlen(text), MOVED);
    return at;
}

PLACE(char *, strrchr, const char *text, int byte)
{
    count(__real_strlen(text), MOVED);
    return __real_strrchr(text, byte);
}

/* The C library's searches take time in proportion to the length of both. */
PLACE(void *, memmem, const void *text, size_t n, const void *part, size_t part_len)
{
    char *at = __real_memmem(text, n, part, part_len);
    count(part_len + (at != NULL ? (size_t)(at - (const char *)text) : n), COMPARED);
    return at;
}

PLACE(char *, strstr, const char *text, const char *part)
{
    char *at = __real_strstr(text, part);
    count(__real_strlen(part) + (at != NULL ? (size_t)(at - text) : __real_strlen(text)),
          COMPARED);
    return at;
}

PLACE(size_t, strspn, const char *text, const char *set)
{
    size_t n = __real_strspn(text, set);
    count(n, COMPARED);
    return n;
}

PLACE(size_t, strcspn, const char *text, const char *set)
{
    size_t n = __real_strcspn(text, set);
    count(n, COMPARED);
    return n;
}

PLACE(char *, strdup, const char *text)
{
    count(__real_strlen(text), MOVED);
    return __real_strdup(text);
}

PLACE(char *, strndup, const char *text, size_t n)
{
    count(strnlen(text, n), MOVED);
    return __real_strndup(text, n);
}

/* The comparisons are ours, and counted there. */
typedef int compare_fn(const void *, const void *);

PLACE(void, qsort, void *base, size_t n, size_t size, compare_fn *compare)
{
    count(n * size, MOVED);
    __real_qsort(base, n, size, compare);
}

/* ---- nettle ---- */

PLACE(void, nettle_sha256_update, struct sha256_ctx *context, size_t n, const uint8_t *data)
{
    count(n * HASHED, 1);
    __real_nettle_sha256_update(context, n, data);
}

PLACE(void, nettle_hmac_sha1_update, struct hmac_sha1_ctx *context, size_t n,
      const uint8_t *data)
{
    count(n * HASHED, 1);
    __real_nettle_hmac_sha1_update(context, n, data);
}

PLACE(void, nettle_hmac_sha256_update, struct hmac_sha256_ctx *context, size_t n,
      const uint8_t *data)
{
    count(n * HASHED, 1);
    __real_nettle_hmac_sha256_update(context, n, data);
}

PLACE(void, nettle_hmac_sha1_set_key, struct hmac_sha1_ctx *context, size_t n,
      const uint8_t *key)
{
    count(n * HASHED, 1);
    __real_nettle_hmac_sha1_set_key(context, n, key);
}

PLACE(void, nettle_hmac_sha256_set_key, struct hmac_sha256_ctx *context, size_t n,
      const uint8_t *key)
{
    count(n * HASHED, 1);
    __real_nettle_hmac_sha256_set_key(context, n, key);
}

PLACE(void, nettle_base64_encode_raw, char *to, size_t n, const uint8_t *from)
{
    count(n, ENCODED);
    __real_nettle_base64_encode_raw(to, n, from);
}

PLACE(int, nettle_base64_decode_update, struct base64_decode_ctx *context, size_t *to_len,
      uint8_t *to, size_t n, const char *from)
{
    count(n, ENCODED);
    return __real_nettle_base64_decode_update(context, to_len, to, n, from);
}

PLACE(void, nettle_base16_encode_update, char *to, size_t n, const uint8_t *from)
{
    count(n, ENCODED);
    __real_nettle_base16_encode_update(to, n, from);
}

PLACE(int, nettle_base16_decode_update, struct base16_decode_ctx *context, size_t *to_len,
      uint8_t *to, size_t n, const char *from)
{
    count(n, ENCODED);
    return __real_nettle_base16_decode_update(context, to_len, to, n, from);
}

PLACE(int, nettle_memeql_sec, const void *a, const void *b, size_t n)
{
    count(n, 1);
    return __real_nettle_memeql_sec(a, b, n);
}

/* ---- cJSON ---- */

/* Members are in a list, so each look takes as long as what it passes. */
PLACE(cJSON *, cJSON_GetObjectItemCaseSensitive, const cJSON *object, const char *name)
{
    cJSON *found = __real_cJSON_GetObjectItemCaseSensitive(object, name);
    for (const cJSON *c = object != NULL ? object->child : NULL; c != NULL && c != found;
         c = c->next)
        steps++;
    return found;
}

PLACE(int, cJSON_GetArraySize, const cJSON *array)
{
    int n = __real_cJSON_GetArraySize(array);
    count((size_t)n, 1);
    return n;
}

PLACE(char *, cJSON_PrintUnformatted, const cJSON *item)
{
    char *text = __real_cJSON_PrintUnformatted(item);
    count(text != NULL ? __real_strlen(text) : 0, 1);
    return text;
}

/* NOLINTEND(bugprone-reserved-identifier) */
