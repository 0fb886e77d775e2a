/* main.c - the program: reads the options, joins service, network and clock, runs until it is
 * told to stop.
 *
 * The socket listens before the configuration file is read, but connections are accepted only
 * afterwards; and the port file is written last. So whoever connects, or waits for the file,
 * finds the emulator as it was configured. Exit codes: 0 stopped, 2 the options or the
 * configuration file are wrong, 1 anything else. */
#include "admin/config.h"
#include "admin/snapshot_reader.h"
#include "base/version.h"
#include "server/completion.h"
#include "server/credentials.h"
#include "server/file.h"
#include "server/health.h"
#include "server/help.h"
#include "server/http.h"
#include "server/listeners.h"
#include "server/manual.h"
#include "server/notify.h"
#include "server/port_file.h"
#include "server/slabs.h"
#include "server/stop.h"
#include "server/surplus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_BAD_OPTION = 2 };

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "cmq-emulator: %s: %s\n", what, why);
    return EXIT_FAILURE;
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

/* Apply the configuration file. Returns an exit code. */
static int apply_file(struct service *s, const char *path, cmq_ms real_now_ms)
{
    struct mistake m;
    char *text = file_read(path);
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

/* Begin with a snapshot. Returns an exit code. */
static int restore_file(struct service *s, const char *path, cmq_ms real_now_ms)
{
    struct mistake m;
    char *text = file_read(path);
    if (text == NULL) {
        complain(path, strerror(errno));
        return EXIT_BAD_OPTION;
    }
    bool restored = snapshot_begin_with(&s->registry, bytes_of(text), real_now_ms, &m);
    if (!restored)
        complain(path, m.message);
    free(text);
    return restored ? EXIT_SUCCESS : EXIT_BAD_OPTION;
}

/* Namespaces and what is in them. The file comes first, so that it may describe a namespace for
 * which the command line has a credential. Returns an exit code. */
static int configure(struct service *s, const struct options *o, cmq_ms real_now_ms)
{
    int result = EXIT_SUCCESS;
    if (o->config != NULL)
        result = apply_file(s, o->config, real_now_ms);
    if (result == EXIT_SUCCESS && o->restore != NULL)
        result = restore_file(s, o->restore, real_now_ms);
    if (result == EXIT_SUCCESS &&
        !credentials_apply(&o->credentials, &s->registry, real_now_ms, stderr))
        result = EXIT_BAD_OPTION;
    return result;
}

/* What clients may use, for messages: "127.0.0.1:9267". */
struct addresses {
    char plain[300];
    char tls[300];     /* "" without TLS */
    char further[128]; /* ports that are like the first one: ", also on ports 80, 443"; or "" */
};

static void write_address(char out[300], const struct options *o, int port)
{
    bool v6 = strchr(o->listen, ':') != NULL;
    snprintf(out, 300, v6 ? "[%s]:%d" : "%s:%d", o->listen, port);
}

static void write_further(char out[128], const struct listeners *l)
{
    size_t plain = l->count - l->all[l->count - 1].tls_alone;
    size_t len = 0;
    out[0] = '\0';
    if (plain > 1)
        len = (size_t)snprintf(out, 128, ", also on port%s", plain > 2 ? "s" : "");
    for (size_t i = 1; i < plain; i++)
        len +=
            (size_t)snprintf(out + len, 128 - len, "%s %d", i > 1 ? "," : "", l->all[i].port);
}

static void print_ready(const struct addresses *a)
{
    printf("cmq-emulator %s listens on http://%s%s%s%s - try: "
           "curl 'http://%s/?Action=CreateQueue&queueName=hello'\n",
           cmq_version(), a->plain, a->tls[0] != '\0' ? " and https://" : "", a->tls,
           a->further, a->plain);
    fflush(stdout);
}

/* A manager that cannot be told goes on waiting; clients are served all the same. */
static void tell_manager(const struct addresses *a)
{
    char state[400];
    snprintf(state, sizeof state, "READY=1\nSTATUS=listens on http://%s\n", a->plain);
    if (!notify_manager(state))
        complain("NOTIFY_SOCKET", strerror(errno));
}

/* Serve until it is time to stop. Returns an exit code. */
static int run(struct http *http, struct stop *stop)
{
    while (!stop_is_due(stop))
        if (http_run(http, stop->fd) != 0)
            return complain("cannot wait for requests", strerror(errno));
    return EXIT_SUCCESS;
}

/* The port file is there while the emulator is ready, and at no other time. It is removed if it is
 * ours, so it has to be opened, for which connections may have left no descriptor: one is kept. */
static int announce_and_run(const struct options *o, int port, const struct addresses *a,
                            struct http *http, struct stop *stop)
{
    if (o->port_file != NULL && !port_file_write(o->port_file, port))
        return complain(o->port_file, strerror(errno));
    print_ready(a);
    tell_manager(a);
    int kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int result = run(http, stop);
    if (kept >= 0)
        close(kept);
    if (o->port_file != NULL)
        port_file_remove(o->port_file, port);
    return result;
}

/* The port for TLS alone is the last one, if there is one. */
static void find_addresses(struct addresses *a, const struct options *o,
                           const struct listeners *l, bool tls)
{
    const struct listener *last = &l->all[l->count - 1];
    *a = (struct addresses){.tls = ""};
    write_address(a->plain, o, l->all[0].port);
    if (tls)
        write_address(a->tls, o, (last->tls_alone ? last : &l->all[0])->port);
    write_further(a->further, l);
}

/* Returns an exit code. */
static int serve(const struct options *o, const struct listeners *listeners,
                 const struct certificate *certificate, struct stop *stop,
                 const struct allocator *memory)
{
    struct addresses a;
    find_addresses(&a, o, listeners, certificate->chain != NULL);

    struct realclock clock;
    struct service service;
    struct log log = {.format = (enum log_format)o->log, .fd = STDERR_FILENO};
    struct service_config config = options_service_config(o, a.plain);
    config.authority = certificate->authority;
    config.registry.engine.allocator = *memory;
    realclock_start(&clock);
    if (!service_init(&service, &config, realclock_now_ms(&clock)))
        return complain("no memory", "cannot start");
    int result = configure(&service, o, realclock_now_ms(&clock));
    if (result != EXIT_SUCCESS) {
        service_fini(&service);
        return result;
    }
    struct http *http = http_start(listeners, o, certificate, &service, &clock, &log);
    if (http == NULL) {
        service_fini(&service);
        return complain("cannot start the server", strerror(errno));
    }
    result = announce_and_run(o, listeners->all[0].port, &a, http, stop);
    http_stop(http);
    service_fini(&service);
    buffer_free(&log.lines);
    return result;
}

/* Sanitizers know the C library's memory alone. */
static bool is_sanitized(void)
{
#ifdef __SANITIZE_ADDRESS__
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return true;
#endif
#endif
    return false;
}

/* Serve with memory that goes back to the system as it is freed. Returns an exit code. */
static int serve_from_slabs(const struct options *o, const struct listeners *listeners,
                            const struct certificate *certificate, struct stop *stop)
{
    const struct allocator heap = allocator_heap();
    if (is_sanitized())
        return serve(o, listeners, certificate, stop, &heap);
    struct slabs *slabs = slabs_new();
    if (slabs == NULL)
        return complain("no memory", "cannot start");
    const struct allocator memory = slabs_allocator(slabs);
    int result = serve(o, listeners, certificate, stop, &memory);
    slabs_free(slabs);
    return result;
}

/* Returns an exit code: a file that was named is part of the options, a folder that cannot be
 * written is not. */
static int get_certificate(struct certificate *c, const struct options *o)
{
    char why[CERTIFICATE_WHY_SIZE];
    char machine[256] = "";
    int failed = EXIT_SUCCESS;
    if (o->tls_cert != NULL && !certificate_load(c, o->tls_cert, o->tls_key, why))
        failed = EXIT_BAD_OPTION;
    if (o->tls_self_signed != NULL) {
        bool named = gethostname(machine, sizeof machine - 1) == 0 && machine[0] != '\0';
        struct certificate_names names = {.listen = o->listen,
                                          .host_names = o->host_names,
                                          .machine = named ? machine : NULL};
        if (!certificate_make(c, o->tls_self_signed, &names, time(NULL), why))
            failed = EXIT_FAILURE;
    }
    if (failed != EXIT_SUCCESS)
        fprintf(stderr, "cmq-emulator: %s\n", why);
    return failed;
}

/* Where the page is taken from, whose files may come and go: from a folder that is none it would be
 * missing, without a word why. Returns an exit code. */
static int check_folder(const char *path)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        complain(path, strerror(errno));
        return EXIT_BAD_OPTION;
    }
    close(fd);
    return EXIT_SUCCESS;
}

static bool listen_on_all(struct listeners *l, const struct options *o)
{
    for (size_t i = 0; i < o->ports.count; i++)
        if (!listeners_add(l, o->listen, (int)o->ports.all[i], false, stderr))
            return false;
    return o->tls_port < 0 || listeners_add(l, o->listen, (int)o->tls_port, true, stderr);
}

static int listen_and_serve(const struct options *o, struct stop *stop)
{
    _Static_assert(OPTION_NUMBERS_MAX + 1 <= LISTENERS_MAX, "there is room for all ports");
    struct certificate certificate = {NULL, NULL, NULL};
    struct listeners listeners = {.count = 0};
    if (!listen_on_all(&listeners, o))
        return EXIT_FAILURE;
    if (o->port_file != NULL)
        port_file_remove(o->port_file, 0);
    int result = o->dashboard != NULL ? check_folder(o->dashboard) : EXIT_SUCCESS;
    if (result == EXIT_SUCCESS)
        result = get_certificate(&certificate, o);
    if (result == EXIT_SUCCESS)
        result = serve_from_slabs(o, &listeners, &certificate, stop);
    certificate_free(&certificate);
    return result;
}

/* Returns an exit code: a script that keeps what was printed must notice a full disk. */
static int end_of_output(void)
{
    bool failed = ferror(stdout) != 0;
    if (fclose(stdout) != 0 || failed)
        return complain("cannot write to standard output", strerror(errno));
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct options o;
    switch (options_read(&o, argc, argv, stderr)) {
    case OPTIONS_HELP:
        help_print(stdout);
        return end_of_output();
    case OPTIONS_VERSION:
        printf("cmq-emulator %s\n", cmq_version_full());
        return end_of_output();
    case OPTIONS_COMPLETION:
        completion_print(stdout, (enum shell)o.shell);
        return end_of_output();
    case OPTIONS_MANUAL:
        manual_print(stdout);
        return end_of_output();
    case OPTIONS_HEALTH:
        health_follow(&o, "/proc/1/cmdline", argc, argv);
        return health_ask(&o, stderr) ? EXIT_SUCCESS : EXIT_FAILURE;
    case OPTIONS_BAD:
        return EXIT_BAD_OPTION;
    case OPTIONS_RUN:
        break;
    }

    struct stop stop;
    const char *what;
    raise_file_limit();
    surplus_init();
    if (!stop_open(&stop, o.exit_with_parent != 0, o.exit_on_eof != 0, &what)) {
        fprintf(stderr, "cmq-emulator: cannot watch %s: %s\n", what, strerror(errno));
        stop_close(&stop);
        return EXIT_FAILURE;
    }
    int result = listen_and_serve(&o, &stop);
    stop_close(&stop);
    return result;
}
