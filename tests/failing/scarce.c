#include "tests/failing/scarce.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker makes these names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
/* NOLINTEND(bugprone-reserved-identifier) */

static struct {
    size_t fail_at;
    bool all, begun;
    size_t asked, failed, held;
} scarce;

static bool is_dry(void)
{
    if (!scarce.begun)
        return false;
    size_t n = ++scarce.asked;
    bool dry =
        scarce.fail_at > 0 && (n == scarce.fail_at || (scarce.all && n > scarce.fail_at));
    scarce.failed += dry;
    if (dry)
        errno = ENOMEM;
    return dry;
}

static void *count(void *memory)
{
    scarce.held += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return is_dry() ? NULL : count(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_dry() ? NULL : count(__real_calloc(n, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (is_dry())
        return NULL;
    void *wider = __real_realloc(memory, size);
    return memory == NULL ? count(wider) : wider;
}

void __wrap_free(void *memory)
{
    scarce.held -= memory != NULL;
    __real_free(memory);
}

char *__wrap_strndup(const char *text, size_t len)
{
    len = strnlen(text, len);
    char *copy = __wrap_malloc(len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, strlen(text));
}

void scarce_init(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){__wrap_malloc, __wrap_free});
}

void scarce_begin(size_t n, bool all)
{
    scarce.fail_at = n;
    scarce.all = all;
    scarce.begun = true;
    scarce.asked = 0;
}

size_t scarce_pause(void)
{
    scarce.begun = false;
    return scarce.asked;
}

void scarce_go_on(void)
{
    scarce.begun = true;
}

size_t scarce_end(void)
{
    scarce.begun = false;
    return scarce.asked;
}

size_t scarce_failed(void)
{
    return scarce.failed;
}

size_t scarce_held(void)
{
    return scarce.held;
}
