/* converse.c - plays conversations: text files of requests, answers and elapsed virtual time.
 *
 *     converse FILE...                  with the service inside this process
 *     converse --slices N FILE...       the same, in turns of N units of effort (base/effort.h)
 *     converse --http PROGRAM FILE...   with the program, over HTTP
 *
 * The form of the files is described in README.md beside this file. */
#include "tests/fuzz/record.h"
#include "tests/support/admin_schema.h"
#include "tests/support/converse_answer.h"
#include "tests/support/converse_form.h"
#include "tests/support/converse_player.h"
#include "tests/support/converse_sign.h"
#include "tests/support/converse_v3.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* Every conversation begins at this instant, 2030-01-01T00:00:00Z. */
#define BEGIN_MS INT64_C(1893456000000)

extern char **environ;

enum { FAILURES_SHOWN = 10, OPTIONS_MAX = 60, ROUNDS_MAX = 1000000 };

/* One side of the conversation: "", what is sent with ">" and "!" and "+" alike; or a name. */
struct talker {
    char name[32];
    int line; /* of its last request; 0: there was none */
    enum dialect dialect;
    bool has_time;                 /* the answer has to tell the virtual time */
    char method[16], target[2048]; /* of an admin call, as far as they fit */
    bool waits;                    /* its answer has not been taken */
    bool regarded; /* a line has said something about the answer, or it has been checked */
    struct answer answer;
};

struct conversation {
    const char *file;
    int line;
    int failures;
    bool over; /* nothing that follows would make sense */
    struct player *player;
    struct variables variables;
    struct sign_keys keys;
    struct talker talkers[CONNECTIONS_MAX]; /* the index is that of the connection */
};

static void copy(char *to, size_t size, struct bytes from)
{
    snprintf(to, size, "%.*s", (int)from.len, from.data != NULL ? from.data : "");
}

/* ---- failures ---- */

static void fail_at(struct conversation *c, int line, const char *what)
{
    if (c->failures++ < FAILURES_SHOWN)
        printf("%s:%d: %s\n", c->file, line, what);
}

static void fail(struct conversation *c, const char *what)
{
    fail_at(c, c->line, what);
}

/* The script, or the player, cannot go on. */
static void give_up(struct conversation *c, const char *what)
{
    fail(c, what);
    c->over = true;
}

/* What *complaints says, with the answer that it is about. */
static void report(struct conversation *c, int line, const struct answer *a,
                   struct buffer *complaints)
{
    enum { SHOWN = 600 };
    struct bytes text = buffer_bytes(&a->text);
    if (complaints->len > 0) {
        buffer_append(complaints, bytes_of("\n    in "));
        buffer_append(complaints,
                      (struct bytes){text.data, text.len < SHOWN ? text.len : SHOWN});
        buffer_append_char(complaints, '\0');
        assert(!complaints->failed);
        fail_at(c, line, complaints->data);
    }
    buffer_free(complaints);
}

/* ---- talkers ---- */

/* The one of that name, "" for the default one; NULL if there are too many. */
static struct talker *find_talker(struct conversation *c, const char *name)
{
    for (int i = CONNECTION_DEFAULT; i < CONNECTIONS_MAX; i++) {
        struct talker *t = &c->talkers[i];
        bool unused = i > CONNECTION_DEFAULT && t->name[0] == '\0';
        if (unused)
            snprintf(t->name, sizeof t->name, "%s", name);
        if (strcmp(t->name, name) == 0)
            return t;
    }
    give_up(c, "too many named connections");
    return NULL;
}

/* Admin calls without a name have a connection of their own. */
static int connection_of(const struct conversation *c, const struct talker *t)
{
    int i = (int)(t - c->talkers);
    return t->dialect == DIALECT_ADMIN && i == CONNECTION_DEFAULT ? CONNECTION_ADMIN : i;
}

/* An answer about which nothing is said has to be a success. */
static void close_answer(struct conversation *c, struct talker *t)
{
    struct buffer complaints = {0};
    if (t->line > 0 && !t->waits && !t->regarded) {
        answer_check_success(&t->answer, &complaints);
        report(c, t->line, &t->answer, &complaints);
    }
    t->regarded = true;
}

/* The answer to an admin call has to be as the interface's own description says. */
static void check_schema(const struct talker *t, struct buffer *complaints)
{
    const struct answer *a = &t->answer;
    admin_schema_check_target(bytes_of(t->method), bytes_of(t->target), a->status,
                              buffer_bytes(&a->text), complaints);
}

/* Take the answer if it is there. */
static void take(struct conversation *c, struct talker *t, bool must)
{
    struct buffer complaints = {0};
    struct player *p = c->player;
    if (!t->waits)
        return;
    answer_free(&t->answer);
    t->answer = (struct answer){.status = 0};
    switch (p->kind->take(p, connection_of(c, t), must, &t->answer)) {
    case PLAY_ANSWERED:
        t->waits = false;
        t->answer.dialect = t->dialect;
        if (t->answer.dropped || (t->dialect != DIALECT_ADMIN && t->answer.text.len == 0))
            return;
        if (t->dialect == DIALECT_V3 || (t->dialect == DIALECT_V2 && t->answer.status == 200))
            answer_check_envelope(&t->answer, &complaints);
        if (t->has_time)
            answer_check_time(&t->answer, &complaints);
        if (t->dialect == DIALECT_ADMIN)
            check_schema(t, &complaints);
        report(c, t->line, &t->answer, &complaints);
        break;
    case PLAY_WAITING:
        break;
    case PLAY_BROKEN:
        give_up(c, p->broken);
        break;
    }
}

static bool is_below(struct bytes path, const char *folder)
{
    size_t len = strlen(folder);
    return path.len > len && memcmp(path.data, folder, len) == 0;
}

static void say(struct conversation *c, struct talker *t, const struct request *r)
{
    struct player *p = c->player;
    take(c, t, false);
    if (c->over)
        return;
    if (t->waits) {
        give_up(c, "this connection still waits for an answer");
        return;
    }
    close_answer(c, t);
    t->line = c->line;
    t->dialect = r->dialect;
    t->has_time = r->dialect == DIALECT_ADMIN && is_below(r->target, "/_emulator/") &&
                  !bytes_begin(r->target, "/_emulator/openapi.json");
    copy(t->method, sizeof t->method, bytes_of(r->method));
    copy(t->target, sizeof t->target, r->target);
    t->regarded = false;
    t->waits = true;
    int connection = connection_of(c, t);
    if (p->kind->send(p, connection, r) == PLAY_BROKEN) {
        give_up(c, p->broken);
        return;
    }
    if (connection > CONNECTION_DEFAULT)
        return;
    take(c, t, true);
    if (t->waits)
        give_up(c, "no answer; a request that waits needs a connection of its own, such as >a");
}

/* ---- requests ---- */

/* How a CMQ call travels, as said in brackets. */
struct manner {
    char method[16], path[512], host[256];
    bool in_query, raw, sha1;
};

static bool is_word_of(const struct word *w, const char *name)
{
    return w->operator== WORD_EQUAL && bytes_equal(buffer_bytes(&w->name), bytes_of(name));
}

/* A path, which may have a query: the word has been cut at its first "=". */
static bool read_path(const struct word *w, struct manner *m)
{
    copy(m->path, sizeof m->path, buffer_bytes(&w->name));
    if (w->operator== WORD_EQUAL) {
        size_t len = strlen(m->path);
        snprintf(m->path + len, sizeof m->path - len, "=%.*s", (int)w->value.len,
                 w->value.data != NULL ? w->value.data : "");
    }
    return w->operator== WORD_EQUAL || w->operator== WORD_ALONE;
}

/* One word of "[PUT /path host=name in=query raw sha1]". */
static bool read_manner_word(const struct word *w, struct manner *m)
{
    struct bytes name = buffer_bytes(&w->name);
    struct bytes value = buffer_bytes(&w->value);
    if (is_word_of(w, "host"))
        copy(m->host, sizeof m->host, value);
    else if (is_word_of(w, "in"))
        m->in_query = bytes_equal(value, bytes_of("query"));
    else if (word_is(w, "raw"))
        m->raw = true;
    else if (word_is(w, "sha1"))
        m->sha1 = true;
    else if (name.len > 0 && name.data[0] == '/')
        return read_path(w, m);
    else if (w->operator== WORD_ALONE)
        copy(m->method, sizeof m->method, name);
    else
        return false;
    return true;
}

/* Read the brackets, if there are any, and say where they end. A path may hold a "?" with all
 * that is behind it. */
static const char *read_manner(struct conversation *c, const char *text, struct manner *m)
{
    struct line line = {.count = 0};
    char inside[1024];
    *m = (struct manner){.method = "POST", .path = "/v2/index.php"};
    text += strspn(text, " ");
    if (*text != '[')
        return text;
    const char *end = strchr(text, ']');
    snprintf(inside, sizeof inside, "%.*s", end != NULL ? (int)(end - text - 1) : 0, text + 1);
    bool well = end != NULL && line_read(&line, inside, &c->variables);
    for (size_t i = 0; well && i < line.count; i++) {
        well = read_manner_word(&line.words[i], m);
        if (word_is(&line.words[i], "GET"))
            m->in_query = true;
    }
    line_free(&line);
    if (!well)
        give_up(c, "cannot read what stands in brackets");
    return well ? end + 1 : NULL;
}

/* The parameters as a form. The first word is the Action, "-" for none; in a raw request it is
 * the form itself. */
static bool write_form(struct buffer *form, const struct line *line, const struct manner *m)
{
    if (line->count == 0 || line->words[0].operator!= WORD_ALONE)
        return false;
    if (m->raw)
        buffer_append(form, buffer_bytes(&line->words[0].name));
    else if (!word_is(&line->words[0], "-"))
        append_pair(form, bytes_of("Action"), buffer_bytes(&line->words[0].name));
    for (size_t i = 1; i < line->count; i++) {
        const struct word *w = &line->words[i];
        if (w->operator!= WORD_EQUAL || m->raw)
            return false;
        append_pair(form, buffer_bytes(&w->name), buffer_bytes(&w->value));
    }
    return true;
}

static void say_form(struct conversation *c, struct talker *t, const struct manner *m,
                     const struct buffer *form)
{
    struct buffer target = {0};
    buffer_append(&target, bytes_of(m->path));
    if (m->in_query && form->len > 0) {
        buffer_append_char(&target, strchr(m->path, '?') != NULL ? '&' : '?');
        buffer_append(&target, buffer_bytes(form));
    }
    struct bytes body = m->in_query ? bytes_of("") : buffer_bytes(form);
    say(c, t,
        &(struct request){
            .method = m->method,
            .target = buffer_bytes(&target),
            .host = m->host[0] != '\0' ? m->host : NULL,
            .body = body,
        });
    buffer_free(&target);
}

/* Sign the call if there is a key for it. What comes from a raw request is left alone. */
static bool sign(struct conversation *c, struct line *line, const struct manner *m)
{
    const struct sign_manner manner = {
        .method = m->method,
        .host = m->host[0] != '\0' ? m->host : c->player->address,
        .path = m->path,
        .sha1 = m->sha1,
        .timestamp = BEGIN_MS / 1000,
    };
    return m->raw || line->count == 0 || sign_line(line, &c->keys, &manner);
}

/* > [tdmq] CreateCmqQueue QueueName=jobs */
static void play_v3_request(struct conversation *c, struct talker *t, const char *text)
{
    struct v3_call call;
    struct v3_sender sender = {&c->variables, &c->keys, c->player->address};
    if (v3_call_compose(&call, text, &sender))
        say(c, t,
            &(struct request){
                .method = call.method,
                .target = buffer_bytes(&call.target),
                .host = call.host[0] != '\0' ? call.host : NULL,
                .headers = buffer_bytes(&call.headers),
                .body = buffer_bytes(&call.body),
                .dialect = DIALECT_V3,
            });
    else
        give_up(c, call.mistake);
    v3_call_free(&call);
}

/* > ReceiveMessage queueName=jobs */
static void play_request(struct conversation *c, struct talker *t, const char *text)
{
    struct manner m;
    struct line line = {.count = 0};
    struct buffer form = {0};
    if (v3_call_is_meant(text)) {
        play_v3_request(c, t, text);
        return;
    }
    text = read_manner(c, text, &m);
    if (text == NULL)
        return;
    if (!line_read(&line, text, &c->variables))
        give_up(c, line.mistake);
    else if (!sign(c, &line, &m))
        give_up(c, "too many parameters to add a signature");
    else if (!write_form(&form, &line, &m))
        give_up(c, "a request is an Action, or -, and name=value pairs");
    else
        say_form(c, t, &m, &form);
    line_free(&line);
    buffer_free(&form);
}

/* ! POST /_emulator/reset what=messages: what=messages goes into the query. A word in braces is
 * the body. */
static void play_admin(struct conversation *c, struct talker *t, const char *text)
{
    struct line line;
    struct buffer target = {0};
    struct buffer query = {0};
    char method[16] = "";
    struct bytes body = {"", 0};
    bool well = line_read(&line, text, &c->variables) && line.count >= 2;
    for (size_t i = 0; well && i < line.count; i++) {
        const struct word *w = &line.words[i];
        if (i == 0)
            copy(method, sizeof method, buffer_bytes(&w->name));
        else if (i == 1)
            buffer_append(&target, buffer_bytes(&w->name));
        else if (is_word_of(w, "body"))
            body = buffer_bytes(&w->value);
        else if (w->operator== WORD_EQUAL)
            append_pair(&query, buffer_bytes(&w->name), buffer_bytes(&w->value));
        else
            well = false;
    }
    if (query.len > 0) {
        buffer_append_char(&target, '?');
        buffer_append(&target, buffer_bytes(&query));
    }
    if (well)
        say(c, t,
            &(struct request){.method = method,
                              .target = buffer_bytes(&target),
                              .body = body,
                              .dialect = DIALECT_ADMIN});
    else
        give_up(c, "an admin call is a method, a path and name=value pairs");
    line_free(&line);
    buffer_free(&query);
    buffer_free(&target);
}

/* key ID KEY, or key ID KEY TOKEN: sign the calls of this SecretId from now on. */
static void play_key(struct conversation *c, const char *text)
{
    struct line line;
    struct bytes token = {NULL, 0};
    bool read = line_read(&line, text, &c->variables);
    bool well = read && (line.count == 2 || line.count == 3);
    for (size_t i = 0; well && i < line.count; i++)
        well = line.words[i].operator== WORD_ALONE;
    if (well && line.count == 3)
        token = buffer_bytes(&line.words[2].name);
    if (!well)
        give_up(c, read ? "a key is: key ID KEY, or key ID KEY TOKEN" : line.mistake);
    else if (!sign_keys_set(&c->keys, buffer_bytes(&line.words[0].name),
                            buffer_bytes(&line.words[1].name), token))
        give_up(c, "too many keys");
    line_free(&line);
}

/* An admin call of the runner's own, or of a line that only tells its target. */
static void say_admin(struct conversation *c, const char *method, const char *target)
{
    say(c, &c->talkers[CONNECTION_DEFAULT],
        &(struct request){.method = method,
                          .target = bytes_of(target),
                          .body = {"", 0},
                          .dialect = DIALECT_ADMIN});
}

/* fault {"action":"SendMessage","fault":{"drop":"answer"}} */
static void play_fault(struct conversation *c, const char *rule)
{
    static const char path[] = "/_emulator/faults";
    say(c, &c->talkers[CONNECTION_DEFAULT],
        &(struct request){.method = "POST",
                          .target = bytes_of(path),
                          .body = bytes_of(rule),
                          .dialect = DIALECT_ADMIN});
}

/* + 1h30m */
static void play_time(struct conversation *c, const char *text)
{
    char target[128];
    snprintf(target, sizeof target, "/_emulator/clock/advance?by=%s", text + strspn(text, " "));
    say_admin(c, "POST", target);
}

static void play_time_out(struct conversation *c, struct talker *t)
{
    struct player *p = c->player;
    if (p->kind->time_out(p, connection_of(c, t)) == PLAY_BROKEN)
        give_up(c, p->broken);
}

static void play_hang_up(struct conversation *c, struct talker *t)
{
    struct player *p = c->player;
    close_answer(c, t);
    t->waits = false;
    t->line = 0;
    if (p->kind->hang_up(p, connection_of(c, t)) == PLAY_BROKEN)
        give_up(c, p->broken);
}

/* ---- expectations ---- */

/* < code=0 msgBody=hello, or <a waiting */
static void play_expectation(struct conversation *c, struct talker *t, const char *text)
{
    struct line line;
    struct buffer complaints = {0};
    if (!line_read(&line, text, &c->variables)) {
        give_up(c, line.mistake);
    } else if (t->line == 0) {
        give_up(c, "there is no request to which this could be the answer");
    } else if (line.count == 1 && word_is(&line.words[0], "waiting")) {
        take(c, t, false);
        if (!t->waits)
            buffer_append(&complaints, bytes_of("expected it to wait, but it has an answer"));
        report(c, c->line, &t->answer, &complaints);
    } else {
        take(c, t, true);
        if (t->waits)
            give_up(c, "expected an answer, but the request still waits");
        else if (line.count == 1 && word_is(&line.words[0], "dropped"))
            answer_check_dropped(&t->answer, &complaints);
        else if (t->answer.dropped)
            answer_check_success(&t->answer, &complaints);
        else
            answer_match(&t->answer, &line, &c->variables, &complaints);
        report(c, c->line, &t->answer, &complaints);
    }
    t->regarded = true;
    line_free(&line);
}

/* ---- files ---- */

/* "a ReceiveMessage ..." or " ReceiveMessage ...": who it is, and the rest. A name may be made
 * with a saved value: a$round. */
static struct talker *read_talker(struct conversation *c, const char **text)
{
    char name[32];
    struct line line;
    size_t len = strcspn(*text, " ");
    snprintf(name, sizeof name, "name=%.*s", (int)len, *text);
    *text += len;
    bool well = line_read(&line, name, &c->variables) && line.count == 1;
    copy(name, sizeof name, well ? buffer_bytes(&line.words[0].value) : (struct bytes){"", 0});
    if (!well)
        give_up(c, line.mistake);
    line_free(&line);
    return well ? find_talker(c, name) : NULL;
}

/* "hangup a": the rest behind the verb, or NULL. */
static const char *behind(const char *text, const char *verb)
{
    size_t len = strlen(verb);
    return strncmp(text, verb, len) == 0 && text[len] == ' ' ? text + len + 1 : NULL;
}

/* The lines of a file, or of a block in it. */
struct script {
    char **lines;
    int count;
};

static void play_lines(struct conversation *c, struct script script, int first);

static bool begins_block(const char *text)
{
    return behind(text + strspn(text, " "), "repeat") != NULL;
}

static bool ends_block(const char *text)
{
    return strcmp(text + strspn(text, " "), "end") == 0;
}

/* How many lines the block has that begins with the first one, without its "end"; -1 if that is
 * missing. */
static int block_length(struct script script)
{
    int depth = 0;
    for (int i = 0; i < script.count; i++) {
        depth += begins_block(script.lines[i]);
        if (ends_block(script.lines[i]))
            depth--;
        if (depth < 0)
            return i;
    }
    return -1;
}

/* repeat 120 ... end: number is that of the line behind "repeat". Returns how many lines have
 * been dealt with, "end" included. */
static int play_block(struct conversation *c, const char *times, struct script rest, int number)
{
    int length = block_length(rest);
    long rounds = strtol(times, NULL, 10);
    if (length < 0 || rounds < 1 || rounds > ROUNDS_MAX) {
        give_up(c, "a block is: repeat NUMBER, lines, end");
        return rest.count;
    }
    for (long round = 1; round <= rounds && !c->over; round++) {
        char text[16];
        snprintf(text, sizeof text, "%ld", round);
        if (!variables_set(&c->variables, bytes_of("round"), bytes_of(text), VALUE_NUMBER))
            give_up(c, "too many saved values");
        play_lines(c, (struct script){rest.lines, length}, number);
    }
    return length + 1;
}

/* Lines about a connection: the sign, its name, and more. */
static void play_signed_line(struct conversation *c, char sign, const char *rest)
{
    struct talker *t = read_talker(c, &rest);
    if (t == NULL)
        return;
    switch (sign) {
    case '>':
        play_request(c, t, rest);
        break;
    case '<':
        play_expectation(c, t, rest);
        break;
    default:
        play_admin(c, t, rest);
        break;
    }
}

static void play_line(struct conversation *c, const char *text)
{
    const char *rest;
    struct talker *t = NULL;
    switch (text[0]) {
    case '\0':
    case '#':
    case '@': /* read before */
        return;
    case '>':
    case '<':
    case '!':
        play_signed_line(c, text[0], text + 1);
        return;
    case '+':
        play_time(c, text + 1);
        return;
    default:
        break;
    }
    if ((rest = behind(text, "hangup")) != NULL && (t = read_talker(c, &rest)) != NULL)
        play_hang_up(c, t);
    else if ((rest = behind(text, "timeout")) != NULL && (t = read_talker(c, &rest)) != NULL)
        play_time_out(c, t);
    else if (t == NULL && (rest = behind(text, "key")) != NULL)
        play_key(c, rest);
    else if (t == NULL && (rest = behind(text, "fault")) != NULL)
        play_fault(c, rest);
    else if (t == NULL && !c->over)
        give_up(c, "a line begins with one of # @ > < ! +, or is 'hangup NAME', "
                   "'timeout NAME', 'key ID KEY', 'fault RULE', 'repeat NUMBER' or 'end'");
}

/* first: the number of the first of them. */
// NOLINTNEXTLINE(misc-no-recursion): a block is played by the same rules
static void play_lines(struct conversation *c, struct script script, int first)
{
    for (int i = 0; i < script.count && !c->over;) {
        const char *text = script.lines[i] + strspn(script.lines[i], " ");
        const char *times = behind(text, "repeat");
        c->line = first + i++;
        if (times != NULL)
            i += play_block(c, times, (struct script){script.lines + i, script.count - i},
                            first + i);
        else
            play_line(c, text);
    }
}

/* Cut the text into lines. */
static struct script split(char *text)
{
    struct script s = {NULL, 0};
    int room = 1;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        room++;
    s.lines = calloc((size_t)room, sizeof *s.lines);
    assert(s.lines != NULL);
    while (text != NULL && *text != '\0') {
        char *end = strchr(text, '\n');
        s.lines[s.count++] = text;
        if (end != NULL)
            *end++ = '\0';
        text = end;
    }
    return s;
}

/* What an earlier conversation has left of these: "namespaces", named by "namespace". */
static void drop_all(struct conversation *c, const char *what, const char *named_by)
{
    const struct talker *t = &c->talkers[CONNECTION_DEFAULT];
    char target[128];
    const cJSON *item;
    snprintf(target, sizeof target, "/_emulator/%s", what);
    say_admin(c, "GET", target);
    cJSON *json = cJSON_ParseWithLength(t->answer.text.data, t->answer.text.len);
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(json, what)) {
        const char *name =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, named_by));
        snprintf(target, sizeof target, "/_emulator/%s/%s", what, name != NULL ? name : "");
        if (name != NULL && strcmp(name, "default") != 0)
            say_admin(c, "DELETE", target);
    }
    cJSON_Delete(json);
}

static void begin(struct conversation *c)
{
    static const char *const targets[] = {"/_emulator/reset",
                                          "/_emulator/clock/freeze?at=2030-01-01T00:00:00Z"};
    drop_all(c, "namespaces", "namespace");
    drop_all(c, "snapshots", "name");
    for (size_t i = 0; i < sizeof targets / sizeof targets[0] && !c->over; i++)
        say_admin(c, "POST", targets[i]);
}

static void finish(struct conversation *c)
{
    for (int i = CONNECTION_DEFAULT; i < CONNECTIONS_MAX; i++) {
        struct talker *t = &c->talkers[i];
        if (!c->over && t->line > 0)
            take(c, t, false);
        close_answer(c, t);
        answer_free(&t->answer);
    }
    variables_free(&c->variables);
    sign_keys_free(&c->keys);
}

static bool play(const char *file, char *text, struct player *p)
{
    struct conversation c = {
        .file = file, .player = p, .variables = {.begin_ms = BEGIN_MS, .real_ms = p->real_ms}};
    struct script script = split(text);
    variables_set(&c.variables, bytes_of("emulator"), bytes_of(p->address), VALUE_STRING);
    begin(&c);
    play_lines(&c, script, 1);
    finish(&c);
    free(script.lines);
    p->kind->end(p);
    if (c.failures > FAILURES_SHOWN)
        printf("%s: and %d more failures\n", file, c.failures - FAILURES_SHOWN);
    return c.failures == 0;
}

/* The words of all lines that begin with "@", as arguments of the program. */
static int read_options(const char *text, char **argv)
{
    static const struct variables none;
    int argc = 0;
    argv[argc++] = strdup("converse");
    for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n' ? 1 : 0;
        if (*at != '@')
            continue;
        struct line line;
        char *copied = strndup(at + 1, strcspn(at + 1, "\n"));
        assert(copied != NULL);
        line_read(&line, copied, &none);
        for (size_t i = 0; i < line.count && argc < OPTIONS_MAX; i++)
            argv[argc++] = strndup(line.words[i].name.data, line.words[i].name.len);
        line_free(&line);
        free(copied);
    }
    argv[argc] = NULL;
    return argc;
}

static char *read_file(const char *file)
{
    struct buffer text = {0};
    FILE *f = fopen(file, "r");
    if (f == NULL)
        return NULL;
    for (int c; (c = getc(f)) != EOF;)
        buffer_append_char(&text, (char)c);
    fclose(f);
    buffer_append_char(&text, '\0');
    return text.data;
}

/* Where conversations are played. */
struct place {
    const char *program; /* NULL: the service inside this process */
    const char *record;  /* a folder for what is said there (record.h); NULL: for nothing */
    size_t slice;        /* inside: units of effort in a turn (base/effort.h); 0: any */
};

static bool play_inside(const struct place *place, const char *file, char *text, int argc,
                        char **argv)
{
    struct player *p = player_new_inside(argc, argv, place->slice);
    struct player *recording = NULL;
    if (p != NULL && place->record != NULL)
        recording = player_new_recording(p, place->record, file, argc, argv);
    bool passed = p != NULL && play(file, text, recording != NULL ? recording : p);
    if (recording != NULL)
        player_free_recording(recording);
    if (p != NULL)
        player_free_inside(p);
    else
        printf("%s: the emulator does not start with these options\n", file);
    return passed;
}

static bool play_over_http(const struct place *place, const char *file, char *text, int argc,
                           char **argv)
{
    struct player *p = player_start_http(place->program, argc, argv);
    if (p == NULL)
        printf("%s: the emulator does not start with these options\n", file);
    return p != NULL && play(file, text, p);
}

static bool play_file(const struct place *place, const char *file)
{
    char *argv[OPTIONS_MAX + 1];
    char *text = read_file(file);
    if (text == NULL) {
        printf("%s: cannot read it\n", file);
        return false;
    }
    int argc = read_options(text, argv);
    bool passed =
        (place->program != NULL ? play_over_http : play_inside)(place, file, text, argc, argv);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    free(text);
    return passed;
}

/* Options of the emulator may stand in the environment; here they come from the files alone. */
static void clear_environment(void)
{
    static const char prefix[] = "CMQ_EMULATOR_";
    for (char **at = environ; *at != NULL;) {
        if (strncmp(*at, prefix, sizeof prefix - 1) != 0) {
            at++;
            continue;
        }
        char *name = strndup(*at, strcspn(*at, "="));
        assert(name != NULL);
        unsetenv(name);
        free(name);
        at = environ;
    }
}

int main(int argc, char **argv)
{
    struct place place = {NULL, NULL, 0};
    int first = 1;
    int passed = 0;
    int failed = 0;
    if (argc > 2 && strcmp(argv[1], "--http") == 0)
        place.program = argv[2];
    else if (argc > 2 && strcmp(argv[1], "--record") == 0)
        place.record = argv[2];
    else if (argc > 2 && strcmp(argv[1], "--slices") == 0)
        place.slice = strtoul(argv[2], NULL, 10);
    if (place.program != NULL || place.record != NULL || place.slice > 0)
        first = 3;
    if (argc <= first) {
        fprintf(stderr,
                "Usage: converse [--http PROGRAM | --record FOLDER | --slices N] FILE...\n");
        return 2;
    }
    clear_environment();
    for (int i = first; i < argc; i++) {
        if (play_file(&place, argv[i]))
            passed++;
        else
            failed++;
    }
    bool ended_well = player_stop_all_http();
    if (!ended_well)
        printf("a program did not exit with 0\n");
    printf("conversations: %d passed, %d failed\n", passed, failed);
    return failed == 0 && ended_well ? EXIT_SUCCESS : EXIT_FAILURE;
}
