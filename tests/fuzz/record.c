#include "tests/fuzz/record.h"

#include "base/list.h"
#include "base/random.h"
#include "tests/fuzz/program.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* An input is no longer than that: what is beyond would only make fuzzing slow. */
enum { PROGRAM_MOST = 16 * 1024, STEP_MOST = 4096 };

struct recording {
    struct player player;
    struct player *inside;
    const char *folder, *file;
    struct buffer program;
    struct buffer requests[CONNECTIONS_MAX]; /* that wait for their answers */
    enum dialect dialects[CONNECTIONS_MAX];
    struct ids_seen ids;
};

static struct recording *recording_of(struct player *p)
{
    return CONTAINER_OF(p, struct recording, player);
}

/* ---- files ---- */

static void write_file(const struct recording *r, const char *target, const char *name,
                       struct bytes text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", r->folder, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", r->folder, target, name);
    FILE *f = fopen(path, "w");
    assert(f != NULL);
    fwrite(text.data, 1, text.len, f);
    fclose(f);
}

/* ---- requests by themselves ---- */

static struct bytes word_behind(struct bytes text, const char *key)
{
    const char *at = memmem(text.data, text.len, key, strlen(key));
    if (at == NULL)
        return (struct bytes){"", 0};
    at += strlen(key);
    size_t len = 0;
    while (at + len < text.data + text.len && len < 40 && strchr("&\"\n ?,}", at[len]) == NULL)
        len++;
    return (struct bytes){at, len};
}

/* "queues" of "queues/NAME/messages", and how many parts follow; all of "clock/freeze". */
static uint64_t kind_of_path(uint64_t kind, struct bytes path)
{
    size_t parts = 0, first = path.len;
    for (size_t i = path.len; i-- > 0;) {
        if (path.data[i] == '/') {
            parts++;
            first = i;
        }
    }
    if (!bytes_begin(path, "clock/"))
        path.len = first;
    return hash_bytes(kind + parts, path);
}

/* What tells one kind of request, and its outcome, from others. */
static uint64_t kind_of(enum dialect dialect, struct bytes request, const struct answer *a)
{
    static const char *const of_requests[] = {"Action=", "X-TC-Action: "};
    static const char *const of_answers[] = {"\"code\":", "\"code\":\"", "\"Code\":\""};
    struct bytes text = buffer_bytes(&a->text);
    uint64_t kind = mix64((uint64_t)dialect * 1000 + (uint64_t)a->status);
    kind = kind_of_path(kind, word_behind(request, "/_emulator/"));
    for (size_t i = 0; i < 2; i++)
        kind = hash_bytes(kind, word_behind(request, of_requests[i]));
    for (size_t i = 0; i < 3 && text.len > 0; i++)
        kind = hash_bytes(kind, word_behind(text, of_answers[i]));
    return kind;
}

static void write_request(struct recording *r, int connection, const struct answer *a)
{
    static const char *const targets[] = {
        [DIALECT_V2] = "v2", [DIALECT_V3] = "v3", [DIALECT_ADMIN] = "admin"};
    struct buffer *request = &r->requests[connection];
    char name[32];
    enum dialect dialect = r->dialects[connection];
    snprintf(name, sizeof name, "%016llx",
             (unsigned long long)kind_of(dialect, buffer_bytes(request), a));
    write_file(r, targets[dialect], name, buffer_bytes(request));
    buffer_clear(request);
}

/* ---- steps ---- */

static char client_of(int connection)
{
    return (char)('a' + connection % 16);
}

static void add_step(struct recording *r, char what, int connection)
{
    buffer_append_char(&r->program, what);
    buffer_append_char(&r->program, ' ');
    buffer_append_char(&r->program, client_of(connection));
}

static void compose(struct buffer *out, const struct request *q)
{
    buffer_append(out, bytes_of(q->method));
    buffer_append_char(out, ' ');
    buffer_append(out, q->target);
    buffer_append_char(out, '\n');
    if (q->host != NULL) {
        buffer_append(out, bytes_of("Host: "));
        buffer_append(out, bytes_of(q->host));
        buffer_append_char(out, '\n');
    }
    buffer_append(out, q->headers);
    buffer_append_char(out, '\n');
    buffer_append(out, q->body);
}

/* ---- the player ---- */

static enum play send(struct player *p, int connection, const struct request *q)
{
    struct recording *r = recording_of(p);
    struct buffer *request = &r->requests[connection];
    buffer_clear(request);
    compose(request, q);
    if (request->len > STEP_MOST) {
        buffer_clear(request);
    } else {
        add_step(r, '>', connection);
        buffer_append_char(&r->program, ' ');
        program_write(&r->program, buffer_bytes(request), &r->ids);
        buffer_append_char(&r->program, '\n');
    }
    r->dialects[connection] = q->dialect;
    return r->inside->kind->send(r->inside, connection, q);
}

static enum play take(struct player *p, int connection, bool must, struct answer *out)
{
    struct recording *r = recording_of(p);
    enum play played = r->inside->kind->take(r->inside, connection, must, out);
    if (played == PLAY_ANSWERED && r->requests[connection].len > 0) {
        ids_see(&r->ids, buffer_bytes(&out->text));
        write_request(r, connection, out);
    }
    return played;
}

static enum play hang_up(struct player *p, int connection)
{
    struct recording *r = recording_of(p);
    add_step(r, '!', connection);
    buffer_append_char(&r->program, '\n');
    return r->inside->kind->hang_up(r->inside, connection);
}

static enum play time_out(struct player *p, int connection)
{
    struct recording *r = recording_of(p);
    add_step(r, '?', connection);
    buffer_append_char(&r->program, '\n');
    return r->inside->kind->time_out(r->inside, connection);
}

static void end(struct player *p)
{
    struct recording *r = recording_of(p);
    r->inside->kind->end(r->inside);
}

struct player *player_new_recording(struct player *inside, const char *folder, const char *file,
                                    int argc, char **argv)
{
    static const struct player_kind kind = {send, take, hang_up, time_out, end};
    struct recording *r = calloc(1, sizeof *r);
    assert(r != NULL);
    r->player = *inside;
    r->player.kind = &kind;
    r->inside = inside;
    r->folder = folder;
    r->file = file;
    if (argc > 1) {
        buffer_append_char(&r->program, '@');
        for (int i = 1; i < argc; i++) {
            buffer_append_char(&r->program, ' ');
            buffer_append(&r->program, bytes_of(argv[i]));
        }
        buffer_append_char(&r->program, '\n');
    }
    buffer_append(&r->program, bytes_of("m\n"));
    return &r->player;
}

void player_free_recording(struct player *p)
{
    struct recording *r = recording_of(p);
    const char *slash = strrchr(r->file, '/');
    const char *name = slash != NULL ? slash + 1 : r->file;
    assert(!r->program.failed);
    if (r->program.len <= PROGRAM_MOST)
        write_file(r, "service", name, buffer_bytes(&r->program));
    buffer_free(&r->program);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        buffer_free(&r->requests[i]);
    free(r);
}
