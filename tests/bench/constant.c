/* constant.c - what the emulator is compared with: a server with one constant answer.
 *
 * Usage    constant PORT-FILE; it listens on a free port of 127.0.0.1.
 * Same     libmicrohttpd with the flags, limits, pool and loop of emulator/server/http.c; as
 *          many bytes and the same headers as an answer of SendMessage. The body of a request
 *          is read and dropped.
 * Without  what a constant answer does not need: memory per request, new headers, further
 *          callbacks. The bars are ratios to what is left, so it is kept lean. */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    CONNECTION_POOL = 48 * 1024,
    CONNECTIONS_MAX = 20064,
    IDLE_TIMEOUT_S = 300,
    EVENTS_MAX = 64,
    LIFE_S = 600, /* it ends by itself when the benchmark that started it is gone */
};

static struct MHD_Response *constant_answer(void)
{
    static char text[] = "{\"code\":0,\"message\":\"\",\"requestId\":\"4544426356518439309\","
                         "\"clientRequestId\":0,\"msgId\":\"2130901665357630340\"}";
    struct MHD_Response *answer =
        MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    if (answer == NULL)
        return NULL;
    MHD_add_response_header(answer, "Content-Type", "application/json; charset=utf-8");
    MHD_add_response_header(answer, "Date", "Thu, 01 Jan 2026 00:00:00 GMT");
    return answer;
}

static enum MHD_Result request_came(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload, size_t *upload_size, void **closure)
{
    static char head_seen;
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    if (*closure == NULL) {
        *closure = &head_seen;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

static struct MHD_Daemon *start_daemon(struct MHD_Response *answer)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* clang-format off */
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK |
            MHD_USE_TURBO,
        0, NULL, NULL, request_came, answer,
        MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_POOL,
        MHD_OPTION_END);
    /* clang-format on */
}

/* Written under another name and renamed, so that no part of it is ever read. */
static int write_port_file(const char *path, int port)
{
    char draft[4096];
    if (snprintf(draft, sizeof draft, "%s.new", path) >= (int)sizeof draft)
        return -1;
    FILE *f = fopen(draft, "w");
    if (f == NULL)
        return -1;
    fprintf(f, "%d\n", port);
    return fclose(f) == 0 ? rename(draft, path) : -1;
}

static int patience_ms(struct MHD_Daemon *daemon)
{
    MHD_UNSIGNED_LONG_LONG ms;
    return MHD_get_timeout(daemon, &ms) == MHD_YES && ms < 60000 ? (int)ms : 60000;
}

/* Until a signal ends the process. */
static int run(struct MHD_Daemon *daemon, int epoll_fd)
{
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        if (epoll_wait(epoll_fd, events, EVENTS_MAX, patience_ms(daemon)) < 0 && errno != EINTR)
            return -1;
        MHD_run(daemon);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: constant PORT-FILE\n");
        return 2;
    }
    struct MHD_Response *answer = constant_answer();
    struct MHD_Daemon *daemon = answer != NULL ? start_daemon(answer) : NULL;
    if (daemon == NULL) {
        fprintf(stderr, "constant: cannot start\n");
        return EXIT_FAILURE;
    }
    int mhd_fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    int port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = mhd_fd};
    (void)alarm(LIFE_S);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, mhd_fd, &event) != 0 ||
        write_port_file(argv[1], port) != 0 || run(daemon, epoll_fd) != 0)
        perror("constant");
    return EXIT_FAILURE;
}
