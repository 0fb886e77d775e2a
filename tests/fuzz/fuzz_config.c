/* A configuration file: whatever it says, it is applied, or the mistake has a place in it; and nothing of
 * it is left in the end. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/stage.h"

#include "admin/config.h"

#include <assert.h>
#include <stdlib.h>

static const char *const looks[] = {
    "GET /_emulator/namespaces\n\n",   "GET /_emulator/queues\n\n", "GET /_emulator/topics\n\n",
    "GET /_emulator/clock/agenda\n\n", "GET /metrics\n\n",
};

/* "line:column: " of the text. */
static void check_place(const char *message, struct bytes text)
{
    char *end;
    unsigned long line = strtoul(message, &end, 10), lines = 1;
    assert(end != message && *end == ':');
    const char *column = end + 1;
    unsigned long at = strtoul(column, &end, 10);
    assert(end != column && at >= 1 && *end == ':');
    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    assert(line >= 1 && line <= lines);
}

static void look(void)
{
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        stage_ask(0, bytes_of(looks[i]), SENDER_PLAIN);
        assert(stage_answer().status == 200);
    }
    stage_pass(1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mistake m = {.status = 0};
    char *text = calloc(1, size + 1);
    bool opened = stage_open(bytes_of(""));
    assert(opened && text != NULL);
    (void)opened;
    if (size > 0)
        memcpy(text, data, size);
    if (config_apply(&stage_service.registry, text, INT64_C(1577836800000), &m))
        look();
    else
        check_place(m.message, bytes_of(text));
    stage_close();
    free(text);
    return 0;
}
