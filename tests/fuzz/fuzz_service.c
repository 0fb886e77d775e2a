/* The whole service: an input is a program of what happens to it (program.h), played on a stage that
 * looks after each step whether all is well, and at the end whether anything is left. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/stage.h"

enum { STEPS_MAX = 400 };

/* Years; clocks end in 9999. */
#define SPAN_MAX INT64_C(300000000000)

static size_t take_client(struct bytes *line)
{
    while (line->len > 0 && line->data[0] == ' ')
        *line = (struct bytes){line->data + 1, line->len - 1};
    if (line->len == 0)
        return 0;
    size_t client = (unsigned char)line->data[0] - (size_t)'a';
    *line = (struct bytes){line->data + 1, line->len - 1};
    if (line->len > 0 && line->data[0] == ' ')
        *line = (struct bytes){line->data + 1, line->len - 1};
    return client;
}

static void ask(struct bytes line, enum stage_sender sender)
{
    struct buffer request = {0};
    size_t client = take_client(&line);
    program_read(&request, line, &stage_ids);
    if (request.len > 0)
        stage_ask(client, buffer_bytes(&request), sender);
    buffer_free(&request);
}

static void end_push(struct bytes line)
{
    int64_t which = program_number(&line, 1000);
    stage_end_push((size_t)which, (int)program_number(&line, 599));
}

/* What is told by the first character alone. */
static void do_plain(char what)
{
    switch (what) {
    case 't':
        stage_take_pushes();
        break;
    case 's':
        stage_settle();
        break;
    case 'm':
        stage_toggle_settling();
        break;
    case 'i':
        stage_idle();
        break;
    case 'c':
        stage_carry_on();
        break;
    case 'z':
        stage_end_all_waits();
        break;
    default:
        break;
    }
}

static void do_step(struct bytes line)
{
    struct bytes rest = {line.data + 1, line.len - 1};
    switch (line.data[0]) {
    case '>':
        ask(rest, SENDER_PLAIN);
        break;
    case 'g':
        ask(rest, SENDER_GONE);
        break;
    case 'p':
        ask(rest, SENDER_PUSH);
        break;
    case 'x':
        ask(rest, SENDER_TOO_LARGE);
        break;
    case '!':
        stage_hang_up(take_client(&rest));
        break;
    case '?':
        stage_end_wait(take_client(&rest));
        break;
    case 'l':
        stage_toggle_lazy(take_client(&rest));
        break;
    case 'r':
        stage_toggle_deaf(take_client(&rest));
        break;
    case '+':
        stage_pass(program_number(&rest, SPAN_MAX));
        break;
    case 'w':
        stage_set_wall(program_number(&rest, SPAN_MAX));
        break;
    case 'u':
        stage_set_units((size_t)program_number(&rest, 100000));
        break;
    case '=':
        end_push(rest);
        break;
    default:
        do_plain(line.data[0]);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes program = {(const char *)data, size}, line, options = {"", 0};
    if (bytes_begin(program, "@") && program_next(&program, &line))
        options = (struct bytes){line.data + 1, line.len - 1};
    if (!stage_open(options))
        return 0;
    for (size_t steps = 0; steps < STEPS_MAX && program_next(&program, &line); steps++)
        if (line.len > 0)
            do_step(line);
    stage_close();
    return 0;
}

/* ---- how libFuzzer makes others of it ---- */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    return mutate_program((char *)data, size, most, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b,
                                 size_t b_size, uint8_t *out, size_t most, unsigned seed)
{
    return cross_programs((struct bytes){(const char *)a, a_size},
                          (struct bytes){(const char *)b, b_size}, (char *)out, most, seed);
}
