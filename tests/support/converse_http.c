/* The program, over HTTP/1.1: blocking sockets, and poll() wherever an answer is awaited. */
#include "converse_player.h"

#include "base/list.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 10000, /* for what the program does without being asked to wait */
    RELEASE_MS = 2000,   /* for the answer of a poll that has been released */
    ROUND_TRIPS = 3,     /* after which the program has served what was sent before them */
    SERVERS_MAX = 128,
    ARGUMENTS_MAX = 64,
};

struct connection {
    int fd; /* 0: not open */
    bool busy;
    bool parked; /* its request is a poll that was seen parked */
    struct buffer in;
};

struct server {
    struct player player;
    char *options; /* as one text, to know them again */
    pid_t pid;
    int output; /* of the program */
    int port;
    char folder[64];
    struct connection connections[CONNECTIONS_MAX];
};

/* The programs that run: one for each set of options. */
static struct server *servers[SERVERS_MAX];
static size_t server_count;

static struct server *server_of(struct player *p)
{
    return CONTAINER_OF(p, struct server, player);
}

__attribute__((format(printf, 2, 3))) static enum play broken(struct server *s,
                                                              const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(s->player.broken, sizeof s->player.broken, format, values);
    va_end(values);
    return PLAY_BROKEN;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool readable(int fd, int64_t until_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int64_t left_ms = until_ms - now_ms();
    return poll(&poll_fd, 1, left_ms > 0 ? (int)left_ms : 0) > 0;
}

/* ---- connections ---- */

static void disconnect(struct connection *c)
{
    if (c->fd > 0)
        close(c->fd);
    buffer_free(&c->in);
    *c = (struct connection){.fd = 0};
}

static bool connect_to(struct server *s, struct connection *c)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)s->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    if (c->fd > 0)
        return true;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return c->fd > 0 &&
           setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
           connect(c->fd, (const struct sockaddr *)(const void *)&address, sizeof address) == 0;
}

static bool send_all(int fd, struct bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes.data += n;
        bytes.len -= (size_t)n;
    }
    return true;
}

static void write_request(const struct server *s, const struct request *r, struct buffer *to)
{
    char text[512];
    buffer_append(to, bytes_of(r->method));
    buffer_append_char(to, ' ');
    buffer_append(to, r->target);
    if (r->host != NULL)
        snprintf(text, sizeof text, " HTTP/1.1\r\nHost: %s\r\n", r->host);
    else
        snprintf(text, sizeof text, " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", s->port);
    buffer_append(to, bytes_of(text));
    if (r->body.len > 0 || strcmp(r->method, "GET") != 0) {
        snprintf(text, sizeof text, "Content-Length: %zu\r\n", r->body.len);
        buffer_append(to, bytes_of(text));
    }
    for (size_t i = 0; i < r->headers.len; i++) {
        if (r->headers.data[i] == '\n')
            buffer_append_char(to, '\r');
        buffer_append_char(to, r->headers.data[i]);
    }
    buffer_append(to, bytes_of("\r\n"));
    buffer_append(to, r->body);
}

/* ---- answers ---- */

/* The value of a header, or "". The head ends with an empty line. */
static void read_header(struct bytes head, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);
    out[0] = '\0';
    for (const char *at = head.data; at < head.data + head.len;) {
        const char *end = memchr(at, '\r', (size_t)(head.data + head.len - at));
        if (end == NULL)
            return;
        if ((size_t)(end - at) > name_len && strncasecmp(at, name, name_len) == 0 &&
            at[name_len] == ':') {
            const char *value = at + name_len + 1 + strspn(at + name_len + 1, " ");
            snprintf(out, size, "%.*s", (int)(end - value), value);
            return;
        }
        at = end + 2;
    }
}

/* True when c->in holds a whole answer, which is then taken out of it. */
static bool take_answer(struct connection *c, struct answer *out)
{
    char text[32];
    const char *end = c->in.len > 0 ? memmem(c->in.data, c->in.len, "\r\n\r\n", 4) : NULL;
    if (end == NULL)
        return false;
    size_t head_len = (size_t)(end + 4 - c->in.data);
    struct bytes head = {c->in.data, head_len};
    read_header(head, "Content-Length", text, sizeof text);
    size_t body_len = (size_t)strtoul(text, NULL, 10);
    if (c->in.len < head_len + body_len)
        return false;

    *out = (struct answer){.status = 0};
    if (head_len > 12)
        out->status = (int)strtol(c->in.data + strlen("HTTP/1.1 "), NULL, 10);
    read_header(head, "Allow", out->allow, sizeof out->allow);
    read_header(head, "Retry-After", out->retry_after, sizeof out->retry_after);
    read_header(head, "Content-Type", out->content_type, sizeof out->content_type);
    read_header(head, "Content-Encoding", out->coding, sizeof out->coding);
    buffer_append(&out->text, (struct bytes){c->in.data + head_len, body_len});
    read_header(head, "Connection", text, sizeof text);
    size_t rest = c->in.len - head_len - body_len;
    memmove(c->in.data, c->in.data + head_len + body_len, rest);
    c->in.len = rest;
    c->busy = false;
    if (strcasecmp(text, "close") == 0)
        disconnect(c);
    return true;
}

static enum play read_answer(struct server *s, struct connection *c, int64_t until_ms,
                             struct answer *out)
{
    enum { CHUNK = 65536 };
    while (!take_answer(c, out)) {
        if (!readable(c->fd, until_ms))
            return PLAY_WAITING;
        if (!buffer_reserve(&c->in, CHUNK))
            return broken(s, "no memory");
        ssize_t n = recv(c->fd, c->in.data + c->in.len, CHUNK, 0);
        if (n <= 0 && c->in.len > 0)
            return broken(s, "the connection ended within an answer");
        if (n <= 0) {
            disconnect(c);
            *out = (struct answer){.dropped = true};
            return PLAY_ANSWERED;
        }
        c->in.len += (size_t)n;
    }
    return PLAY_ANSWERED;
}

static enum play say(struct server *s, struct connection *c, const struct request *r)
{
    struct buffer text = {0};
    assert(!c->busy);
    if (!connect_to(s, c))
        return broken(s, "cannot connect: %s", strerror(errno));
    write_request(s, r, &text);
    bool sent = send_all(c->fd, buffer_bytes(&text));
    buffer_free(&text);
    c->busy = true;
    return sent ? PLAY_WAITING : broken(s, "cannot send: %s", strerror(errno));
}

/* The sum of all members "parkedPolls", or -1 if there is none. */
static int sum_parked_polls(const struct buffer *text)
{
    static const char key[] = "\"parkedPolls\":";
    const size_t key_len = sizeof key - 1;
    int sum = -1;
    size_t from = 0;
    for (const char *at; from < text->len &&
                         (at = memmem(text->data + from, text->len - from, key, key_len));) {
        sum = (sum < 0 ? 0 : sum) + (int)strtol(at + key_len, NULL, 10);
        from = (size_t)(at - text->data) + key_len;
    }
    return sum;
}

/* How many polls are parked in all namespaces, or -1. The connection of admin calls is free
 * at all times. */
static int parked_polls(struct server *s)
{
    static const char path[] = "/_emulator/namespaces";
    static const struct request all = {.method = "GET", .target = {path, sizeof path - 1}};
    struct connection *c = &s->connections[CONNECTION_ADMIN];
    struct answer a = {.status = 0};
    if (say(s, c, &all) == PLAY_BROKEN ||
        read_answer(s, c, now_ms() + PATIENCE_MS, &a) != PLAY_ANSWERED)
        return -1;
    int count = sum_parked_polls(&a.text);
    answer_free(&a);
    return count;
}

/* ---- the player ---- */

/* A request on a named connection has been served when it either has an answer or is one more
 * parked poll. Without knowing that, the next request might overtake it. */
static enum play wait_until_served(struct server *s, struct connection *c, int parked_before)
{
    for (int64_t until_ms = now_ms() + PATIENCE_MS; now_ms() < until_ms;) {
        if (readable(c->fd, 0))
            return PLAY_ANSWERED;
        int parked = parked_polls(s);
        c->parked = parked > parked_before;
        if (c->parked)
            return PLAY_WAITING;
        if (parked < 0)
            return PLAY_BROKEN;
    }
    return broken(s, "the request was neither answered nor parked");
}

/* A admin call that waits leaves no trace to look for. The program does what it is asked to
 * in the order in which it learns of it, so let it learn of something else. */
static enum play make_round_trips(struct server *s, const struct connection *c)
{
    for (int i = 0; i < ROUND_TRIPS; i++)
        if (parked_polls(s) < 0)
            return PLAY_BROKEN;
    return c->fd > 0 && readable(c->fd, 0) ? PLAY_ANSWERED : PLAY_WAITING;
}

static enum play http_send(struct player *p, int connection, const struct request *r)
{
    struct server *s = server_of(p);
    struct connection *c = &s->connections[connection];
    bool named = connection >= CONNECTION_NAMED;
    int parked_before = named ? parked_polls(s) : 0;
    if (parked_before < 0)
        return PLAY_BROKEN;
    enum play play = say(s, c, r);
    c->parked = false;
    if (!named || play == PLAY_BROKEN)
        return play;
    return r->dialect == DIALECT_ADMIN ? make_round_trips(s, c)
                                       : wait_until_served(s, c, parked_before);
}

static enum play http_take(struct player *p, int connection, bool must, struct answer *out)
{
    struct server *s = server_of(p);
    struct connection *c = &s->connections[connection];
    if (!c->busy)
        return PLAY_WAITING;
    if (connection < CONNECTION_NAMED)
        return read_answer(s, c, now_ms() + PATIENCE_MS, out);
    /* A round trip: what the server had to say before it is there afterwards. */
    if (!must && parked_polls(s) < 0)
        return PLAY_BROKEN;
    return read_answer(s, c, must ? now_ms() + RELEASE_MS : 0, out);
}

static enum play http_hang_up(struct player *p, int connection)
{
    struct server *s = server_of(p);
    struct connection *c = &s->connections[connection];
    bool waits = c->busy && c->parked && !readable(c->fd, 0);
    int parked_before = parked_polls(s);
    disconnect(c);
    if (parked_before < 0)
        return PLAY_BROKEN;
    for (int64_t until_ms = now_ms() + PATIENCE_MS; waits && now_ms() < until_ms;) {
        int parked = parked_polls(s);
        if (parked < 0)
            return PLAY_BROKEN;
        waits = parked >= parked_before;
    }
    return waits ? broken(s, "the emulator does not notice that the client has left")
                 : PLAY_ANSWERED;
}

/* It does so without help: the answer is there when it is taken. */
static enum play http_time_out(struct player *p, int connection)
{
    (void)p;
    (void)connection;
    return PLAY_ANSWERED;
}

static void http_end(struct player *p)
{
    struct server *s = server_of(p);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        disconnect(&s->connections[i]);
}

/* ---- programs ---- */

static char *join(int argc, char **argv)
{
    struct buffer text = {0};
    for (int i = 1; i < argc; i++) {
        buffer_append(&text, bytes_of(argv[i]));
        buffer_append_char(&text, '\n');
    }
    buffer_append_char(&text, '\0');
    assert(!text.failed);
    return text.data;
}

static void port_file_of(const struct server *s, char *out, size_t size)
{
    snprintf(out, size, "%s/port", s->folder);
}

/* In the child: become the program. */
static _Noreturn void become(const struct server *s, const char *program, int argc, char **argv,
                             int output)
{
    char port_file[80];
    /* Waits end by the virtual clock alone: a slow machine must not end them. */
    const char *fixed[] = {program, "--port", "0",           "--port-file", port_file,
                           "--log", "off",    "--poll-time", "virtual"};
    enum { FIXED = sizeof fixed / sizeof fixed[0] };
    char *arguments[FIXED + ARGUMENTS_MAX + 1];
    port_file_of(s, port_file, sizeof port_file);
    for (int i = 0; i < FIXED; i++)
        arguments[i] = strdup(fixed[i]);
    for (int i = 1; i < argc; i++)
        arguments[FIXED + i - 1] = argv[i];
    arguments[FIXED + argc - 1] = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    execv(program, arguments);
    perror(program);
    _exit(127);
}

/* The program writes its port file before the first line of its output. */
static bool read_port(struct server *s)
{
    char c = '\0';
    char text[32] = "";
    char port_file[80];
    for (int64_t until_ms = now_ms() + PATIENCE_MS; c != '\n';)
        if (!readable(s->output, until_ms) || read(s->output, &c, 1) != 1)
            return false;
    port_file_of(s, port_file, sizeof port_file);
    FILE *f = fopen(port_file, "r");
    if (f == NULL)
        return false;
    if (fgets(text, sizeof text, f) != NULL)
        s->port = (int)strtol(text, NULL, 10);
    snprintf(s->player.address, sizeof s->player.address, "127.0.0.1:%d", s->port);
    fclose(f);
    return s->port > 0;
}

static bool start(struct server *s, const char *program, int argc, char **argv)
{
    int pipe_fds[2];
    snprintf(s->folder, sizeof s->folder, "/tmp/converse-XXXXXX");
    if (argc > ARGUMENTS_MAX || mkdtemp(s->folder) == NULL || pipe2(pipe_fds, O_CLOEXEC) != 0)
        return false;
    s->output = pipe_fds[0];
    s->pid = fork();
    if (s->pid == 0)
        become(s, program, argc, argv, pipe_fds[1]);
    close(pipe_fds[1]);
    return s->pid > 0 && read_port(s);
}

static bool stop(struct server *s)
{
    char port_file[80];
    int status = -1;
    http_end(&s->player);
    if (s->pid > 0) {
        kill(s->pid, SIGTERM);
        waitpid(s->pid, &status, 0);
    }
    close(s->output);
    port_file_of(s, port_file, sizeof port_file);
    unlink(port_file);
    rmdir(s->folder);
    free(s->options);
    free(s);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static struct server *find_or_start(const char *program, int argc, char **argv)
{
    static const struct player_kind kind = {http_send, http_take, http_hang_up, http_time_out,
                                            http_end};
    char *options = join(argc, argv);
    for (size_t i = 0; i < server_count; i++) {
        if (strcmp(servers[i]->options, options) == 0) {
            free(options);
            return servers[i];
        }
    }
    struct server *s = calloc(1, sizeof *s);
    assert(s != NULL && server_count < SERVERS_MAX);
    s->player.kind = &kind;
    s->options = options;
    if (!start(s, program, argc, argv)) {
        fprintf(stderr, "converse: cannot start %s\n", program);
        stop(s);
        return NULL;
    }
    servers[server_count++] = s;
    return s;
}

struct player *player_start_http(const char *program, int argc, char **argv)
{
    struct server *s = find_or_start(program, argc, argv);
    if (s == NULL)
        return NULL;
    s->player.real_ms = (cmq_ms)time(NULL) * 1000;
    return &s->player;
}

bool player_stop_all_http(void)
{
    bool well = true;
    while (server_count > 0)
        well = stop(servers[--server_count]) && well;
    return well;
}
