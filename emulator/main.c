/* main.c - the program: reads the options, joins service, network and clock, runs until it is
 * told to stop.
 *
 * The socket listens before the configuration file is read, but connections are accepted only
 * afterwards; and the port file is written last. So whoever connects, or waits for the file,
 * finds the emulator as it was configured. Exit codes: 0 stopped by a signal, 2 the options or
 * the configuration file are wrong, 1 anything else. */
#include "admin/config.h"
#include "base/version.h"
#include "server/http.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
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

/* Written under another name and renamed, so that a program that waits for the file never reads
 * a part of it. */
static bool write_port_file(const char *path, int port)
{
    char draft[4096];
    if (snprintf(draft, sizeof draft, "%s.new", path) >= (int)sizeof draft) {
        errno = ENAMETOOLONG;
        return false;
    }
    FILE *f = fopen(draft, "w");
    if (f == NULL)
        return false;
    bool written = fprintf(f, "%d\n", port) > 0;
    written = fclose(f) == 0 && written;
    return written && rename(draft, path) == 0;
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

/* A descriptor that becomes readable at SIGINT or SIGTERM; -1, with errno set, when that
 * fails. */
static int stop_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC);
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

/* Apply the configuration file. Returns an exit code. */
static int configure(struct service *s, const char *path, cmq_ms real_now_ms)
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

static void print_ready(const char *address)
{
    printf("cmq-emulator %s listens on http://%s - try: "
           "curl 'http://%s/?Action=CreateQueue&queueName=hello'\n",
           cmq_version(), address, address);
    fflush(stdout);
}

static int serve(const struct options *o, int listen_fd, int stop_fd)
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
    int result = EXIT_SUCCESS;
    if (o->config != NULL)
        result = configure(&service, o->config, realclock_now_ms(&clock));
    if (result != EXIT_SUCCESS) {
        service_fini(&service);
        return result;
    }
    struct http *http = http_start(listen_fd, o, &service, &clock, &log);
    if (http == NULL) {
        service_fini(&service);
        return complain("cannot start the server", strerror(errno));
    }

    if (o->port_file != NULL && !write_port_file(o->port_file, port)) {
        result = complain(o->port_file, strerror(errno));
    } else {
        print_ready(address);
        if (http_run(http, stop_fd) != 0)
            result = complain("cannot wait for requests", strerror(errno));
    }
    http_stop(http);
    service_fini(&service);
    buffer_free(&log.lines);
    return result;
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
    case OPTIONS_BAD:
        return EXIT_BAD_OPTION;
    case OPTIONS_RUN:
        break;
    }

    const char *why = "";
    raise_file_limit();
    int stop_fd = stop_signals();
    if (stop_fd < 0)
        return complain("cannot watch signals", strerror(errno));
    int listen_fd = listen_on(o.listen, (int)o.port, &why);
    if (listen_fd < 0) {
        fprintf(stderr, "cmq-emulator: cannot listen on %s port %d: %s\n", o.listen,
                (int)o.port, why);
        return EXIT_FAILURE;
    }
    int result = serve(&o, listen_fd, stop_fd);
    close(stop_fd);
    return result;
}
