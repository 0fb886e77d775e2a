/* What the program does in one turn of its loop, and what it leaves for later ones: the order of the
 * lines in its log tells. */
#include "tests/support/program.h"

#include "server/file.h"
#include "server/requests.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { CROWD = 20 * REQUESTS_IN_A_TURN };

static struct program program;
static char log_file[64];
static char secret_id[64]; /* of the namespace "other" */

static int start(void **state)
{
    static const char *const options[] = {"--log", "text", "--auth", "off", NULL};
    (void)state;
    snprintf(log_file, sizeof log_file, "/tmp/cmq-turns-XXXXXX");
    int log = mkstemp(log_file);
    int errors = dup(STDERR_FILENO);
    assert_true(log >= 0 && errors >= 0 && fcntl(errors, F_SETFD, FD_CLOEXEC) == 0);
    assert_true(fcntl(log, F_SETFL, O_APPEND) == 0 && dup2(log, STDERR_FILENO) >= 0);
    program_start(&program, options);
    assert_true(dup2(errors, STDERR_FILENO) >= 0);
    close(errors);
    close(log);
    char *made = ask_once(&program, "POST", "/_emulator/namespaces", "{\"name\":\"other\"}");
    const char *id = strstr(made, "\"secretId\":\"");
    assert_non_null(id);
    assert_int_equal(sscanf(id, "\"secretId\":\"%63[^\"]", secret_id), 1);
    free(made);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    unlink(log_file);
    return program_stop(&program);
}

static void send_cmq(int fd, const char *action, const char *queue, const char *more)
{
    char target[256];
    snprintf(target, sizeof target, "/?Action=%s&queueName=%s%s", action, queue, more);
    send_request(fd, "GET", target, NULL);
}

/* Wait until somebody waits in the other namespace. */
static void await_other_parked(void)
{
    const char *body = "{\"namespace\":\"other\",\"until\":{\"polls\":{\"ge\":1}}}";
    check_answer(ask_once(&program, "POST", "/_emulator/await", body), "\"satisfied\":true");
}

/* How many lines with this part are in the log before the line with that one. */
static int lines_before(const char *part, const char *that)
{
    char *log = file_read(log_file);
    assert_non_null(log);
    const char *end = strstr(log, that);
    assert_non_null(end);
    int n = 0;
    for (const char *at = log; (at = strstr(at, part)) != NULL && at < end; at++)
        n++;
    free(log);
    return n;
}

/* A crowd of polls ends in one namespace, and one poll gets its message in another, at one moment:
 * the one is not last. */
static void a_crowd_and_a_single_poll_take_turns(void **state)
{
    int crowd[CROWD];
    int other = program_connect(&program), reset = program_connect(&program),
        sender = program_connect(&program);
    char as_other[128];
    (void)state;
    snprintf(as_other, sizeof as_other, "&SecretId=%s&pollingWaitSeconds=30&msgBody=x",
             secret_id);
    send_cmq(sender, "CreateQueue", "q", "");
    expect_response("a queue", sender, 200, "\"code\":0");
    send_cmq(sender, "CreateQueue", "mine", as_other);
    expect_response("another", sender, 200, "\"code\":0");
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = program_connect(&program);
        send_cmq(crowd[i], "ReceiveMessage", "q", "&pollingWaitSeconds=30");
    }
    send_cmq(other, "ReceiveMessage", "mine", as_other);
    await_parked(&program, CROWD);
    await_other_parked();

    int status;
    assert_int_equal(kill(program.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(program.pid, &status, WUNTRACED), program.pid);
    send_request(reset, "POST", "/_emulator/reset", NULL);
    send_cmq(sender, "SendMessage", "mine", as_other);
    assert_int_equal(kill(program.pid, SIGCONT), 0);

    expect_response("the one", other, 200, "\"msgBody\":\"x\"");
    expect_response("its message", sender, 200, "\"code\":0");
    for (int i = 0; i < CROWD; i++) {
        expect_response("the crowd", crowd[i], 200, "\"code\":4440");
        close(crowd[i]);
    }
    expect_response("the reset", reset, 200, "\"released\":");
    free(ask(sender, "GET", "/_emulator/health", NULL)); /* the log has been written */
    close(other);
    close(sender);
    close(reset);
    assert_int_equal(lines_before("ReceiveMessage queue=q ", "POST /_emulator/reset"), CROWD);
    assert_in_range(lines_before("ReceiveMessage queue=q ", "ReceiveMessage queue=mine "), 0,
                    2 * REQUESTS_IN_A_TURN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_and_a_single_poll_take_turns),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
