/* main.c - the program: reads the options, joins service, network and clock, runs until it is
 * told to stop.
 *
 * The socket listens before the configuration file is read, but connections are accepted only
 * afterwards; and the port file is written last. So whoever connects, or waits for the file,
 * finds the emulator as it was configured. Exit codes: 0 stopped, 2 the options or the
 * configuration file are wrong, 1 anything else. */
#include "admin/config.h"
#include "base/version.h"
#include "server/credentials.h"
#include "server/health.h"
#include "server/http.h"
#include "server/port_file.h"
#include "server/stop.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_BAD_OPTION = 2 };

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "cmq-emulator: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

/* A listening socket; -1, with the reason in *why, when that fails. */
static int listen_on(const char *address, int port, const char **why)
{
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    snprintf(service, sizeof service, "%d", port);
    int failed = getaddrinfo(address, service, &hints, &found);
    if (failed != 0) {
        *why = gai_strerror(failed);
        return -1;
    }

    const int on = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ready = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                 bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0;
    freeaddrinfo(found);
    if (ready)
        return fd;
    *why = strerror(errno);
    if (fd >= 0)
        close(fd);
    return -1;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.any.sa_family = AF_UNSPEC};
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
                                                   : address.v4.sin_port);
}

/* Allow as many connections as the system permits. */
static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* The whole file, ended with NUL; NULL, with errno set, when it cannot be read. */
static char *read_file(const char *path)
{
    struct buffer text = {NULL, 0, 0, false};
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return NULL;
    while (buffer_reserve(&text, 4096)) {
        size_t n = fread(text.data + text.len, 1, 4096, f);
        text.len += n;
        if (n < 4096)
            break;
    }
    bool failed = ferror(f) != 0 || text.failed;
    fclose(f);
    buffer_append_char(&text, '\0');
    if (!failed && !text.failed)
        return text.data;
    buffer_free(&text);
    errno = EIO;
    return NULL;
}

static int apply_file(struct service *s, const char *path, cmq_ms real_now_ms)
{
    struct mistake m;
    char *text = read_file(path);
    if (text == NULL) {
        complain(path, strerror(errno));
        return EXIT_BAD_OPTION;
    }
    bool applied = config_apply(&s->registry, text, real_now_ms, &m);
    if (!applied)
        fprintf(stderr, "cmq-emulator: %s:%s\n", path, m.message);
    free(text);
    return applied ? EXIT_SUCCESS : EXIT_BAD_OPTION;
}

/* Namespaces and what is in them. The file comes first, so that it may describe a namespace for
 * which the command line has a credential. Returns an exit code. */
static int configure(struct service *s, const struct options *o, cmq_ms real_now_ms)
{
    int result = EXIT_SUCCESS;
    if (o->config != NULL)
        result = apply_file(s, o->config, real_now_ms);
    if (result == EXIT_SUCCESS &&
        !credentials_apply(&o->credentials, &s->registry, real_now_ms, stderr))
        result = EXIT_BAD_OPTION;
    return result;
}

static void print_ready(const char *address)
{
    printf("cmq-emulator %s listens on http://%s - try: "
           "curl 'http://%s/?Action=CreateQueue&queueName=hello'\n",
           cmq_version(), address, address);
    fflush(stdout);
}

/* Serve until it is time to stop. Returns an exit code. */
static int run(struct http *http, struct stop *stop)
{
    while (!stop_is_due(stop))
        if (http_run(http, stop->fd) != 0)
            return complain("cannot wait for requests", strerror(errno));
    return EXIT_SUCCESS;
}

/* The port file is there while the emulator is ready, and at no other time. */
static int announce_and_run(const struct options *o, int port, const char *address,
                            struct http *http, struct stop *stop)
{
    if (o->port_file != NULL && !port_file_write(o->port_file, port))
        return complain(o->port_file, strerror(errno));
    print_ready(address);
    int result = run(http, stop);
    if (o->port_file != NULL)
        port_file_remove(o->port_file, port);
    return result;
}

static int serve(const struct options *o, int listen_fd, struct stop *stop)
{
    char address[300];
    bool v6 = strchr(o->listen, ':') != NULL;
    int port = port_of(listen_fd);
    snprintf(address, sizeof address, v6 ? "[%s]:%d" : "%s:%d", o->listen, port);

    struct realclock clock;
    struct service service;
    struct log log = {.format = (enum log_format)o->log, .fd = STDERR_FILENO};
    struct service_config config = options_service_config(o, address);
    realclock_start(&clock);
    if (!service_init(&service, &config, realclock_now_ms(&clock)))
        return complain("no memory", "cannot start");
    int result = configure(&service, o, realclock_now_ms(&clock));
    if (result != EXIT_SUCCESS) {
        service_fini(&service);
        return result;
    }
    struct http *http = http_start(listen_fd, o, &service, &clock, &log);
    if (http == NULL) {
        service_fini(&service);
        return complain("cannot start the server", strerror(errno));
    }
    result = announce_and_run(o, port, address, http, stop);
    http_stop(http);
    service_fini(&service);
    buffer_free(&log.lines);
    return result;
}

static int listen_and_serve(const struct options *o, struct stop *stop)
{
    const char *why = "";
    int listen_fd = listen_on(o->listen, (int)o->port, &why);
    if (listen_fd < 0) {
        fprintf(stderr, "cmq-emulator: cannot listen on %s port %d: %s\n", o->listen,
                (int)o->port, why);
        return EXIT_FAILURE;
    }
    if (o->port_file != NULL)
        port_file_remove(o->port_file, 0);
    return serve(o, listen_fd, stop);
}

int main(int argc, char **argv)
{
    struct options o;
    switch (options_read(&o, argc, argv, stderr)) {
    case OPTIONS_HELP:
        options_print_help(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_VERSION:
        printf("cmq-emulator %s\n", cmq_version_full());
        return EXIT_SUCCESS;
    case OPTIONS_HEALTH:
        return health_ask(&o, stderr) ? EXIT_SUCCESS : EXIT_FAILURE;
    case OPTIONS_BAD:
        return EXIT_BAD_OPTION;
    case OPTIONS_RUN:
        break;
    }

    struct stop stop;
    const char *what;
    raise_file_limit();
    if (!stop_open(&stop, o.exit_with_parent != 0, o.exit_on_eof != 0, &what)) {
        fprintf(stderr, "cmq-emulator: cannot watch %s: %s\n", what, strerror(errno));
        stop_close(&stop);
        return EXIT_FAILURE;
    }
    int result = listen_and_serve(&o, &stop);
    stop_close(&stop);
    return result;
}
