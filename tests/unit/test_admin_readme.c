/* emulator/admin/README.md is a session with the program: it is played, and each answer
 * compared with the documented one. So are the sessions of the guides in emulator/doc, which
 * show of an answer what matters there. */
#include "admin/config.h"
#include "namespace/registry.h"
#include "tests/support/admin_schema.h"
#include "tests/support/ask_service.h"
#include "tests/support/program.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Where the documented program listens. This one has a port of its own: what is sent, and what
 * comes back, is translated, so that an endpoint of a subscription leads to the program too. The
 * Host header is not, since signatures are about it. */
static const char documented_host[] = "localhost:9267";

enum { LINE_MAX_BYTES = 16384, WORDS_MAX = 12, WAITING_MAX = 4 };

/* A command whose answer is still to be read; one that ended in "&" is read at "wait". */
struct waiting {
    int fd, line, status;
    char method[16], target[1024];
};

struct session {
    const char *path;
    FILE *file;
    bool in_parts;             /* an answer may be left out */
    char text[LINE_MAX_BYTES]; /* the line at hand, without its end */
    int line;                  /* its number */
    bool at_end;
    struct program program;
    bool runs;
    char host[32]; /* where it listens */
    int fd;        /* the connection of commands that do not wait */
    struct waiting waiting[WAITING_MAX];
    size_t waiting_count;
    char config[LINE_MAX_BYTES]; /* the last JSON block */
    int commands, wrong;
};

static void next_line(struct session *s)
{
    s->at_end = fgets(s->text, sizeof s->text, s->file) == NULL;
    s->text[s->at_end ? 0 : strcspn(s->text, "\n")] = '\0';
    s->line++;
}

/* In a session what is too long for a line goes on in lines that begin with a blank; a command has
 * a backslash before them. */
static void next_session_line(struct session *s)
{
    int c;
    next_line(s);
    while ((c = fgetc(s->file)) == ' ') {
        char more[LINE_MAX_BYTES];
        size_t len = strlen(s->text);
        assert_non_null(fgets(more, sizeof more, s->file));
        more[strcspn(more, "\n")] = '\0';
        if (len > 0 && s->text[len - 1] == '\\')
            len--;
        assert_true(len + strlen(more) < sizeof s->text);
        const char *rest = more + strspn(more, " ");
        memcpy(s->text + len, rest, strlen(rest) + 1);
        s->line++;
    }
    ungetc(c, s->file);
}

static bool begins(const char *text, const char *begin)
{
    return strncmp(text, begin, strlen(begin)) == 0;
}

/* ---- comparing ---- */

static const char *skip_value(const char *at)
{
    if (*at != '"')
        return at + strcspn(at, ",}]");
    const char *end = strchr(at + 1, '"');
    return end != NULL ? end + 1 : at + strlen(at);
}

/* A value that is written as "..." may be anything; anywhere else "..." stands for any text. */
static bool line_matches(const char *documented, const char *got)
{
    while (*documented != '\0') {
        if (begins(documented, ":...") && *got == ':') {
            documented += 4;
            got = skip_value(got + 1);
        } else if (begins(documented, "...")) {
            while (!line_matches(documented + 3, got))
                if (*got++ == '\0')
                    return false;
            return true;
        } else if (*documented++ != *got++) {
            return false;
        }
    }
    return *got == '\0';
}

static char *cut_line(char **rest)
{
    char *line = *rest;
    char *end = strchr(line, '\n');
    *rest = end != NULL && end[1] != '\0' ? end + 1 : NULL;
    if (end != NULL)
        *end = '\0';
    return line;
}

static void complain(struct session *s, int line, const char *documented, const char *got)
{
    print_error("%s:%d: documented\n%s\ngot\n%s\n", s->path, line, documented, got);
    s->wrong++;
}

/* Compare the documented lines from here on with an answer; a line "..." stands for any lines,
 * and in a guide nothing for any answer. */
static void compare(struct session *s, char *answer)
{
    char *rest = answer;
    bool skips = s->in_parts && (begins(s->text, "$ ") || begins(s->text, "```"));
    for (; !s->at_end && !begins(s->text, "$ ") && !begins(s->text, "```");
         next_session_line(s)) {
        if (strcmp(s->text, "...") == 0) {
            skips = true;
            continue;
        }
        char *got = rest != NULL ? cut_line(&rest) : NULL;
        while (skips && got != NULL && !line_matches(s->text, got))
            got = rest != NULL ? cut_line(&rest) : NULL;
        if (got == NULL || !line_matches(s->text, got)) {
            complain(s, s->line, s->text, got != NULL ? got : "nothing more");
            rest = NULL;
            skips = true;
        } else {
            skips = false;
        }
    }
    if (rest != NULL && !skips)
        complain(s, s->line, "nothing more", rest);
}

/* ---- commands ---- */

/* A copy of a text with one part for another, wherever it stands; free() it. */
static char *replace(const char *text, const char *part, const char *by)
{
    size_t count = 0;
    assert(text != NULL && part != NULL && by != NULL);
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    char *copy = malloc(strlen(text) + count * strlen(by) + 1);
    assert(copy != NULL);
    char *to = copy;
    for (const char *at; (at = strstr(text, part)) != NULL; text = at + strlen(part))
        to += sprintf(to, "%.*s%s", (int)(at - text), text, by);
    memcpy(to, text, strlen(text) + 1);
    return copy;
}

/* Cut a command into words as a shell does; quotes are single ones. Returns how many. */
static size_t cut_words(char *text, char *words[WORDS_MAX])
{
    size_t count = 0;
    while (*(text += strspn(text, " ")) != '\0') {
        bool quoted = *text == '\'';
        assert_true(count < WORDS_MAX);
        words[count++] = text + quoted;
        text += quoted + strcspn(text + quoted, quoted ? "'" : " ");
        if (*text != '\0')
            *text++ = '\0';
    }
    return count;
}

struct request {
    const char *method, *target, *body;
};

/* curl [-X METHOD] [-d BODY] localhost:9267/TARGET */
static struct request read_curl(const struct session *s, char **words, size_t count)
{
    struct request r = {NULL, NULL, ""};
    for (size_t i = 1; i < count; i++) {
        if (strcmp(words[i], "-X") == 0 && i + 1 < count)
            r.method = words[++i];
        else if (strcmp(words[i], "-d") == 0 && i + 1 < count)
            r.body = words[++i];
        else if (begins(words[i], documented_host))
            r.target = words[i] + strlen(documented_host);
        else
            fail_msg("%s:%d: what is %s?", s->path, s->line, words[i]);
    }
    if (r.target == NULL)
        fail_msg("%s:%d: no target", s->path, s->line);
    if (r.method == NULL)
        r.method = r.body[0] != '\0' ? "POST" : "GET";
    return r;
}

static void send_documented(const struct session *s, int fd, struct request r)
{
    char head[2048];
    char *target = replace(r.target, documented_host, s->host);
    char *body = replace(r.body, documented_host, s->host);
    int len =
        snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n",
                 r.method, target, documented_host, strlen(body));
    assert_true(len < (int)sizeof head);
    send_text(fd, head);
    send_text(fd, body);
    free(target);
    free(body);
}

static void ask_documented(const struct session *s, struct waiting *w, struct request r)
{
    snprintf(w->method, sizeof w->method, "%s", r.method);
    snprintf(w->target, sizeof w->target, "%s", r.target);
    send_documented(s, w->fd, r);
}

/* The answer is as the interface's own description says. */
static void check_schema(struct session *s, const struct waiting *w, const struct response *r)
{
    struct buffer found = {0};
    admin_schema_check_target(bytes_of(w->method), bytes_of(w->target), r->status,
                              bytes_of(r->body), &found);
    buffer_append_char(&found, '\0');
    if (found.len > 1) {
        print_error("%s:%d: %s\n", s->path, w->line, found.data);
        s->wrong++;
    }
    buffer_free(&found);
}

static void compare_response(struct session *s, const struct waiting *w)
{
    struct response r;
    assert_true(read_response(w->fd, &r));
    if (r.status != w->status) {
        print_error("%s:%d: documented status %d, got %d\n", s->path, w->line, w->status,
                    r.status);
        s->wrong++;
    }
    check_schema(s, w, &r);
    char *body = replace(r.body, s->host, documented_host);
    compare(s, body);
    free(body);
    response_free(&r);
}

static void finish(struct session *s)
{
    assert_int_equal(s->waiting_count, 0);
    if (!s->runs)
        return;
    close(s->fd);
    assert_int_equal(program_stop(&s->program), 0);
    s->runs = false;
}

/* What the program would print about the last JSON block; false if it is in order. */
static bool judge_config(const struct session *s, char *out, size_t size)
{
    const struct registry_config config = default_config().registry;
    struct registry w;
    struct mistake m;
    assert_true(registry_init(&w, &config, 0, NULL, NULL, NULL));
    bool applied = config_apply(&w, s->config, 0, &m);
    if (!applied)
        snprintf(out, size, "cmq-emulator: emulator.json:%s", m.message);
    registry_fini(&w);
    return !applied;
}

static void write_config(const struct session *s, char name[])
{
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    size_t len = strlen(s->config);
    assert_true(write(fd, s->config, len) == (ssize_t)len);
    close(fd);
}

/* cmq-emulator --port 9267 [--config emulator.json], or with other options: the port is a free
 * one here. */
static void start(struct session *s, char **words, size_t count)
{
    char name[] = "/tmp/cmq-config-XXXXXX";
    char mistake[MISTAKE_SIZE + 64];
    const char *options[WORDS_MAX] = {NULL};
    bool configured = count == 5 && strcmp(words[3], "--config") == 0;
    finish(s);
    next_session_line(s);
    if (configured && judge_config(s, mistake, sizeof mistake)) {
        compare(s, mistake);
        return;
    }
    if (configured) {
        write_config(s, name);
        words[4] = name;
    }
    for (size_t i = 3; i < count; i++)
        options[i - 3] = words[i];
    program_start(&s->program, options);
    snprintf(s->host, sizeof s->host, "localhost:%d", s->program.port);
    s->fd = program_connect(&s->program);
    s->runs = true;
    if (configured)
        unlink(name);
}

static void wait_for_all(struct session *s)
{
    next_session_line(s);
    for (size_t i = 0; i < s->waiting_count; i++) {
        compare_response(s, &s->waiting[i]);
        close(s->waiting[i].fd);
    }
    s->waiting_count = 0;
}

/* Take "   # 404" off a command. */
static int cut_status(char *command)
{
    char *mark = strstr(command, " # ");
    if (mark == NULL)
        return 200;
    *mark = '\0';
    return (int)strtol(mark + 3, NULL, 10);
}

static bool cut_ampersand(char *command)
{
    size_t len = strlen(command);
    bool has = len > 2 && strcmp(command + len - 2, " &") == 0;
    if (has)
        command[len - 2] = '\0';
    return has;
}

/* The command at hand, and the documented answer below it. */
static void run_command(struct session *s)
{
    char command[LINE_MAX_BYTES];
    char *words[WORDS_MAX];
    int line = s->line;
    snprintf(command, sizeof command, "%s", s->text + 2);
    int status = cut_status(command);
    bool waits = cut_ampersand(command);
    size_t count = cut_words(command, words);
    const char *name = count > 0 ? words[0] : "";
    s->commands++;
    if (strcmp(name, "cmq-emulator") == 0) {
        start(s, words, count);
    } else if (strcmp(name, "wait") == 0) {
        wait_for_all(s);
    } else if (waits) {
        struct waiting w = {.fd = program_connect(&s->program), .line = line, .status = status};
        ask_documented(s, &w, read_curl(s, words, count));
        assert_true(s->waiting_count < WAITING_MAX);
        s->waiting[s->waiting_count++] = w;
        next_session_line(s);
    } else {
        assert_string_equal(name, "curl");
        struct waiting w = {.fd = s->fd, .line = line, .status = status};
        ask_documented(s, &w, read_curl(s, words, count));
        next_session_line(s);
        compare_response(s, &w);
    }
}

static void keep_config(struct session *s)
{
    size_t len = 0;
    for (next_line(s); !s->at_end && !begins(s->text, "```"); next_line(s)) {
        len += (size_t)snprintf(s->config + len, sizeof s->config - len, "%s\n", s->text);
        assert_true(len < sizeof s->config);
    }
}

static void run_console(struct session *s)
{
    next_session_line(s);
    while (!s->at_end && !begins(s->text, "```")) {
        if (!begins(s->text, "$ "))
            fail_msg("%s:%d: a command was expected: %s", s->path, s->line, s->text);
        run_command(s);
    }
}

/* Play a document; returns the number of its commands. */
static int play(const char *path, bool in_parts)
{
    struct session *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->path = path;
    s->in_parts = in_parts;
    s->file = fopen(path, "r");
    assert_non_null(s->file);
    for (next_line(s); !s->at_end; next_line(s)) {
        if (strcmp(s->text, "```console") == 0)
            run_console(s);
        else if (strcmp(s->text, "```json") == 0)
            keep_config(s);
    }
    finish(s);
    fclose(s->file);
    int wrong = s->wrong;
    int commands = s->commands;
    free(s);
    assert_int_equal(wrong, 0);
    return commands;
}

static void every_documented_answer_is_given(void **state)
{
    (void)state;
    assert_true(play("emulator/admin/README.md", false) > 120);
}

static void guides_show_what_happens(void **state)
{
    (void)state;
    assert_true(play("emulator/doc/time.md", true) > 40);
    assert_true(play("emulator/doc/signatures.md", true) > 4);
    assert_true(play("emulator/doc/snapshots.md", true) > 8);
    assert_true(play("emulator/doc/journal.md", true) > 4);
    assert_true(play("emulator/doc/lives.md", true) > 15);
}

static void the_comparison_can_fail(void **state)
{
    static const struct {
        const char *what, *documented, *got;
        bool matches;
    } cases[] = {
        {"the same", "{\"a\":1}", "{\"a\":1}", true},
        {"another value", "{\"a\":1}", "{\"a\":2}", false},
        {"a longer value", "{\"a\":1}", "{\"a\":12}", false},
        {"one member more", "{\"a\":1}", "{\"a\":1,\"b\":2}", false},
        {"one member less", "{\"a\":1,\"b\":2}", "{\"a\":1}", false},
        {"cut short", "{\"a\":1}", "{\"a\":1", false},
        {"a masked number", "{\"a\":...,\"b\":2}", "{\"a\":-17,\"b\":2}", true},
        {"a masked text", "{\"a\":...,\"b\":2}", "{\"a\":\"x,y}\",\"b\":2}", true},
        {"a masked last value", "{\"a\":...}", "{\"a\":17}", true},
        {"behind a masked value", "{\"a\":...,\"b\":2}", "{\"a\":17,\"b\":3}", false},
        {"masked, but not there", "{\"a\":...}", "{\"b\":17}", false},
        {"members left out", "{...,\"b\":2,...}", "{\"a\":1,\"b\":2,\"c\":3}", true},
        {"not what is left", "{...,\"b\":2,...}", "{\"a\":1,\"b\":3,\"c\":3}", false},
        {"all but the end", "...3}", "{\"a\":33}", true},
        {"more behind the end", "...3}", "{\"a\":3}}", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (line_matches(cases[i].documented, cases[i].got) != cases[i].matches)
            fail_msg("%s", cases[i].what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_comparison_can_fail),
        cmocka_unit_test(every_documented_answer_is_given),
        cmocka_unit_test(guides_show_what_happens),
    };
    return cmocka_run_group_tests_name("admin readme", tests, NULL, NULL);
}
