/* The built program over TLS: by its port, by a port of its own, and through it as a proxy. */
#include "tests/support/program.h"

#include "server/file.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct program program;
static char folder[64];  /* for what --tls-self-signed makes */
static char ca_file[80]; /* its ca.pem */
static char log_file[80];
static int second_port; /* like the program's first one */
static int tls_port;
static gnutls_certificate_credentials_t trust;

static int start(void **state)
{
    const char *const options[] = {
        "--tls-self-signed", folder, "--tls-port", "0",    "--port", "0,0",
        "--idle-timeout",    "2s",   "--log",      "text", NULL};
    (void)state;
    setenv("MALLOC_PERTURB_", "165", 1); /* what has been freed is seen to be */
    snprintf(folder, sizeof folder, "/tmp/cmq-tls-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(log_file, sizeof log_file, "%s/log", folder);
    int errors = dup(STDERR_FILENO);
    int log = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(errors >= 0 && log >= 0 && dup2(log, STDERR_FILENO) >= 0);
    program_start(&program, options);
    assert_true(dup2(errors, STDERR_FILENO) >= 0);
    close(errors);
    close(log);
    const char *tls = strstr(program.ready, "https://127.0.0.1:");
    assert_non_null(tls);
    tls_port = (int)strtol(tls + strlen("https://127.0.0.1:"), NULL, 10);
    assert_int_not_equal(tls_port, program.port);
    const char *second = strstr(program.ready, ", also on port ");
    assert_non_null(second);
    second_port = (int)strtol(second + strlen(", also on port "), NULL, 10);
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", folder);
    assert_int_equal(gnutls_certificate_allocate_credentials(&trust), 0);
    assert_int_equal(
        gnutls_certificate_set_x509_trust_file(trust, ca_file, GNUTLS_X509_FMT_PEM), 1);
    return 0;
}

static int finish(void **state)
{
    static const char *const names[] = {"ca.pem", "ca-key.pem", "log"};
    (void)state;
    gnutls_certificate_free_credentials(trust);
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[96];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
    return program.pid > 0 ? program_stop(&program) : 0;
}

/* ---- with libcurl ---- */

static size_t keep(const char *data, size_t size, size_t count, void *out)
{
    char *text = out;
    size_t len = strlen(text);
    size_t n = size * count < 4095 - len ? size * count : 4095 - len;
    memcpy(text + len, data, n);
    text[len + n] = '\0';
    return size * count;
}

struct way {
    const char *what, *url;
    const char *proxy; /* NULL: none, and the URL gets the emulator's port */
    enum { FIRST_PORT, SECOND_PORT, TLS_PORT } port;
    long http;
};

/* Returns libcurl's verdict; the answer's body is in out. */
static CURLcode fetch(const struct way *w, bool trusting, char out[4096])
{
    const int ports[] = {program.port, second_port, tls_port};
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    curl_easy_setopt(curl, CURLOPT_URL, w->url);
    curl_easy_setopt(curl, CURLOPT_PROXY, w->proxy != NULL ? w->proxy : "");
    curl_easy_setopt(curl, w->proxy != NULL ? CURLOPT_PROXYPORT : CURLOPT_PORT,
                     (long)ports[w->port]);
    curl_easy_setopt(curl, CURLOPT_PROXY_CAINFO, ca_file);
    /* Else it trusts nobody; the machine's authorities may or may not be installed. */
    curl_easy_setopt(curl, CURLOPT_CAINFO, trusting ? ca_file : NULL);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, w->http);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    out[0] = '\0';
    CURLcode result = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    return result;
}

static void can_be_reached_in_each_way(void **state)
{
    static const struct way ways[] = {
        {.what = "plain", .url = "http://127.0.0.1/?Action=ListQueue"},
        {.what = "TLS", .url = "https://127.0.0.1/?Action=ListQueue"},
        {.what = "TLS by name", .url = "https://localhost/?Action=ListQueue"},
        {.what = "the port for TLS",
         .url = "https://127.0.0.1/?Action=ListQueue",
         .port = TLS_PORT},
        {.what = "another port",
         .url = "http://127.0.0.1/?Action=ListQueue",
         .port = SECOND_PORT},
        {.what = "TLS, another port",
         .url = "https://127.0.0.1/?Action=ListQueue",
         .port = SECOND_PORT},
        {.what = "HTTP/1.0",
         .url = "https://127.0.0.1/?Action=ListQueue",
         .http = CURL_HTTP_VERSION_1_0},
        {.what = "http_proxy",
         .url = "http://cmq-queue-gz.api.qcloud.com/v2/index.php?Action=ListQueue",
         .proxy = "http://127.0.0.1"},
        {.what = "https_proxy",
         .url = "https://cmq-queue-gz.api.qcloud.com/v2/index.php?Action=ListQueue",
         .proxy = "http://127.0.0.1"},
        {.what = "https_proxy, a regional host",
         .url = "https://cmq.ap-guangzhou.tencentcloudapi.com/?Action=ListQueue",
         .proxy = "http://127.0.0.1"},
        {.what = "https_proxy, another port",
         .url = "https://cmq-queue-gz.api.qcloud.com/v2/index.php?Action=ListQueue",
         .proxy = "http://127.0.0.1",
         .port = SECOND_PORT},
        {.what = "a proxy over TLS",
         .url = "http://cmq-queue-gz.api.qcloud.com/v2/index.php?Action=ListQueue",
         .proxy = "https://127.0.0.1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        char answer[4096];
        CURLcode result = fetch(&ways[i], true, answer);
        if (result != CURLE_OK || strstr(answer, "\"queueName\":\"q\"") == NULL)
            fail_msg("%s: %s: %s", ways[i].what, curl_easy_strerror(result), answer);
    }
}

/* The log has a line with this part; answered requests come after what is looked for. */
static void expect_logged(const char *part)
{
    bool logged = false;
    for (int tries = 0; !logged && tries < 1000; tries++) {
        free(ask_once(&program, "GET", "/_emulator/health", NULL));
        char *text = file_read(log_file);
        assert_non_null(text);
        logged = strstr(text, part) != NULL;
        free(text);
    }
    if (!logged)
        fail_msg("not logged: %s", part);
}

static void is_trusted_by_its_authority_alone(void **state)
{
    const struct way to_itself = {.url = "https://127.0.0.1/?Action=ListQueue"};
    const struct way to_another = {.url = "https://example.com/", .proxy = "http://127.0.0.1"};
    char answer[4096];
    (void)state;
    assert_int_equal(fetch(&to_itself, false, answer), CURLE_PEER_FAILED_VERIFICATION);
    assert_int_not_equal(fetch(&to_another, true, answer), CURLE_OK);
    expect_logged("takes the emulator for a proxy to example.com, which is none of");
}

/* A client that cannot read the folder asks for it, over plain HTTP or without checking. */
static void gives_its_authority_away(void **state)
{
    const struct way plain = {.url = "http://127.0.0.1/_emulator/ca.pem"};
    char answer[4096];
    (void)state;
    char *authority = file_read(ca_file);
    assert_non_null(authority);
    assert_int_equal(fetch(&plain, false, answer), CURLE_OK);
    assert_string_equal(answer, authority);
    free(authority);
}

static void plain_http_to_the_port_for_tls_is_told(void **state)
{
    const struct way plain = {.url = "http://127.0.0.1/", .port = TLS_PORT};
    char answer[4096];
    (void)state;
    assert_int_equal(fetch(&plain, true, answer), CURLE_OK);
    assert_string_equal(answer, "This port speaks TLS, and a client sent plain HTTP");
}

/* ---- with a client that can misbehave ---- */

struct client {
    int fd;
    gnutls_session_t tls; /* NULL: plain */
};

/* Returns what GnuTLS says. */
static int client_shake_hands(struct client *c, const char *host)
{
    int rc;
    assert_int_equal(gnutls_init(&c->tls, GNUTLS_CLIENT), 0);
    assert_int_equal(gnutls_set_default_priority(c->tls), 0);
    assert_int_equal(gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, trust), 0);
    gnutls_session_set_verify_cert(c->tls, host, 0);
    gnutls_transport_set_int(c->tls, c->fd);
    gnutls_handshake_set_timeout(c->tls, 10000);
    do
        rc = gnutls_handshake(c->tls);
    while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
    return rc;
}

static struct client client_open(bool tunnel, bool tls)
{
    struct client c = {program_connect(&program), NULL};
    if (tunnel) {
        struct response r;
        send_text(c.fd, "CONNECT cmq-queue-gz.api.qcloud.com:443 HTTP/1.1\r\n\r\n");
        assert_true(read_response(c.fd, &r));
        assert_int_equal(r.status, 200);
        response_free(&r);
    }
    int rc = tls ? client_shake_hands(&c, "localhost") : 0;
    if (rc != 0)
        fail_msg("%s", gnutls_strerror(rc));
    return c;
}

static void client_send_text(struct client *c, const char *text)
{
    if (c->tls == NULL)
        send_text(c->fd, text);
    for (size_t len = strlen(text); c->tls != NULL && len > 0;) {
        ssize_t n = gnutls_record_send(c->tls, text, len);
        assert_true(n > 0);
        text += n;
        len -= (size_t)n;
    }
}

static void client_send(struct client *c, const char *target)
{
    char text[512];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", target);
    client_send_text(c, text);
}

/* The next answer has this part. */
static void client_expect(struct client *c, const char *part)
{
    char text[4096] = "";
    size_t len = 0;
    const char *body = NULL;
    while (body == NULL ||
           strlen(body) < strtoul(strcasestr(text, "\nContent-Length:") + 16, NULL, 10)) {
        ssize_t n;
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        assert_true((c->tls != NULL && gnutls_record_check_pending(c->tls) > 0) ||
                    poll(&p, 1, 10000) == 1);
        if (c->tls == NULL) /* one byte, to leave the next answer */
            n = recv(c->fd, text + len, body == NULL ? 1 : sizeof text - 1 - len, 0);
        else
            n = gnutls_record_recv(c->tls, text + len,
                                   body == NULL ? 1 : sizeof text - 1 - len);
        if (n == GNUTLS_E_AGAIN && c->tls != NULL)
            continue;
        assert_true(n > 0);
        len += (size_t)n;
        text[len] = '\0';
        body = strstr(text, "\r\n\r\n");
        body = body != NULL ? body + 4 : NULL;
    }
    if (strstr(text, part) == NULL)
        fail_msg("no %s in %s", part, text);
}

static void client_close(struct client *c, bool with_goodbye)
{
    if (c->tls != NULL && with_goodbye)
        (void)gnutls_bye(c->tls, GNUTLS_SHUT_WR);
    if (c->tls != NULL)
        gnutls_deinit(c->tls);
    close(c->fd);
}

static void distrust_is_logged(void **state)
{
    struct client c = {program_connect(&program), NULL};
    (void)state;
    int rc = client_shake_hands(&c, "example.com");
    assert_int_equal(rc, GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    assert_int_equal(gnutls_alert_send_appropriate(c.tls, rc), 0);
    expect_logged("a client does not trust the certificate");
    client_close(&c, false);
}

static int refuse(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                  const gnutls_datum_t *message)
{
    (void)session;
    (void)type;
    (void)when;
    (void)message;
    return incoming != 0 ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

/* Some clients say so when they could encrypt it already. */
static void encrypted_distrust_is_logged(void **state)
{
    struct client c = {program_connect(&program), NULL};
    (void)state;
    assert_int_equal(gnutls_init(&c.tls, GNUTLS_CLIENT), 0);
    assert_int_equal(gnutls_priority_set_direct(c.tls, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL),
                     0);
    assert_int_equal(gnutls_credentials_set(c.tls, GNUTLS_CRD_CERTIFICATE, trust), 0);
    gnutls_handshake_set_hook_function(c.tls, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                       refuse);
    gnutls_transport_set_int(c.tls, c.fd);
    int rc;
    do
        rc = gnutls_handshake(c.tls);
    while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
    assert_int_equal(rc, GNUTLS_E_CERTIFICATE_ERROR);
    assert_int_equal(gnutls_alert_send(c.tls, GNUTLS_AL_FATAL, GNUTLS_A_CERTIFICATE_UNKNOWN),
                     0);
    expect_logged("a client does not trust the certificate (Unknown certificate)");
    client_close(&c, false);
}

static const char receive[] = "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=30";
static const char send_one[] = "/?Action=SendMessage&queueName=q&msgBody=hello";

static int prepare(void **state)
{
    (void)state;
    free(ask_once(&program, "POST", "/_emulator/reset", NULL));
    free(ask_once(&program, "POST", "/_emulator/clock/freeze", NULL));
    free(ask_once(&program, "GET", "/?Action=CreateQueue&queueName=q", NULL));
    return 0;
}

static void wakes_a_parked_poll(void **state)
{
    (void)state;
    for (int tunnel = 0; tunnel < 2; tunnel++) {
        struct client c = client_open(tunnel == 1, true);
        client_send(&c, receive);
        await_parked(&program, 1);
        check_answer(ask_once(&program, "GET", send_one, NULL), "\"code\":0");
        client_expect(&c, "\"msgBody\":\"hello\"");
        client_close(&c, true);
    }
}

static void ends_the_poll_of_a_client_that_left(void **state)
{
    (void)state;
    for (int goodbye = 0; goodbye < 2; goodbye++) {
        struct client c = client_open(false, true);
        client_send(&c, receive);
        await_parked(&program, 1);
        client_close(&c, goodbye == 1);
        await_parked(&program, 0);
        check_answer(ask_once(&program, "GET", send_one, NULL), "\"code\":0");
        check_answer(ask_once(&program, "GET", "/_emulator/queues/q", NULL), "\"active\":1");
        free(ask_once(&program, "DELETE", "/_emulator/queues/q/messages", NULL));
    }
}

/* Who sends a receive and leaves may have gone before it is read. */
static void hands_nothing_to_a_client_that_left(void **state)
{
    static const char get[] = "/?Action=ReceiveMessage&queueName=left";
    static const char put[] = "/?Action=SendMessage&queueName=left&msgBody=hello";
    bool handled = false;
    (void)state;
    free(ask_once(&program, "GET", "/?Action=CreateQueue&queueName=left", NULL));
    check_answer(ask_once(&program, "GET", put, NULL), "\"code\":0");
    struct client c = client_open(false, true);
    assert_int_equal(kill(program.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(program.pid, NULL, WUNTRACED), program.pid);
    client_send(&c, get);
    client_close(&c, true);
    assert_int_equal(kill(program.pid, SIGCONT), 0);
    for (int tries = 0; !handled && tries < 100000; tries++) {
        free(ask_once(&program, "GET", "/_emulator/health", NULL));
        char *text = file_read(log_file);
        const char *call = text != NULL ? strstr(text, "ReceiveMessage queue=left") : NULL;
        handled = call != NULL && strchr(call, '\n') != NULL;
        free(text);
    }
    assert_true(handled);
    check_answer(ask_once(&program, "GET", "/_emulator/queues/left", NULL), "\"active\":1");
}

/* More data is no hang-up, and is read when the poll is over. */
static void keeps_a_request_behind_a_parked_poll(void **state)
{
    struct client c = client_open(false, true);
    (void)state;
    client_send(&c, receive);
    await_parked(&program, 1);
    client_send(&c, "/?Action=ListQueue");
    await_parked(&program, 1);
    check_answer(ask_once(&program, "GET", send_one, NULL), "\"code\":0");
    client_expect(&c, "\"msgBody\":\"hello\"");
    client_expect(&c, "\"queueName\":\"q\"");

    /* both in one record */
    static const char both[] = "GET /?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=30 "
                               "HTTP/1.1\r\nHost: h\r\n\r\n"
                               "GET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n";
    free(ask_once(&program, "DELETE", "/_emulator/queues/q/messages", NULL));
    client_send_text(&c, both);
    await_parked(&program, 1);
    check_answer(ask_once(&program, "GET", send_one, NULL), "\"code\":0");
    client_expect(&c, "\"msgBody\":\"hello\"");
    client_expect(&c, "\"queueName\":\"q\"");
    client_close(&c, true);
}

/* First requests that are longer than a record, and than what is read at a time. */
static void reads_long_requests(void **state)
{
    enum { LINE = 30000, BODY = 60000 };
    static char text[BODY + 1000], filling[BODY + 1];
    (void)state;
    struct client c = client_open(false, true);
    memset(filling, 'x', BODY);
    snprintf(text, sizeof text, "GET /?Action=ListQueue&x=%.*s HTTP/1.1\r\nHost: h\r\n\r\n",
             (int)LINE, filling);
    client_send_text(&c, text);
    client_expect(&c, "\"queueName\":\"q\"");
    client_close(&c, true);

    c = client_open(true, true);
    static const char form[] = "Action=SendMessage&queueName=q&msgBody=";
    snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n%s%s",
             sizeof form - 1 + BODY, form, filling);
    client_send_text(&c, text);
    client_expect(&c, "\"code\":0");
    client_close(&c, true);
}

/* A clock that jumps when all are waiting. */
/* Read until this comes; false when the other side says goodbye before. */
static bool client_read_until(struct client *c, const char *part)
{
    static char text[1 << 18];
    size_t len = 0;
    text[0] = '\0';
    while (strstr(text, part) == NULL) {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        assert_true(len + 1 < sizeof text);
        assert_true(gnutls_record_check_pending(c->tls) > 0 || poll(&p, 1, 20000) == 1);
        ssize_t n = gnutls_record_recv(c->tls, text + len, sizeof text - 1 - len);
        if (n == GNUTLS_E_AGAIN)
            continue;
        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
    }
    return true;
}

/* Each request lets the program go on. */
static bool no_answer_is_open(void)
{
    bool none = false;
    for (int tries = 0; !none && tries < 100000; tries++) {
        char *metrics = ask_once(&program, "GET", "/metrics", NULL);
        none = strstr(metrics, "\ncmq_budget_used{part=\"answers\"} 0\n") != NULL;
        free(metrics);
    }
    return none;
}

/* Each is told what happens, and some say goodbye before they go. */
static void tells_streams(void **state)
{
    enum { CLIENTS = 4 };
    struct client clients[CLIENTS];
    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_open(i % 2 != 0, true);
        client_send(&clients[i], "/_emulator/events");
        assert_true(client_read_until(&clients[i], "\"signatures\":true}\n\n"));
    }
    check_answer(ask_once(&program, "GET", send_one, NULL), "\"code\":0");
    for (int i = 0; i < CLIENTS; i++) {
        assert_true(client_read_until(&clients[i], "event: request\n"));
        client_close(&clients[i], i < CLIENTS / 2);
    }
    assert_true(no_answer_is_open());
}

/* No chunk is behind the head, and no event. */
static void tells_no_stream_to_head(void **state)
{
    (void)state;
    struct client c = client_open(false, true);
    client_send_text(&c, "HEAD /_emulator/events HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(client_read_until(&c, "\r\n\r\n"));
    assert_false(client_read_until(&c, "event:"));
    client_close(&c, true);
}

static void an_automatic_clock_sees_polls_over_tls(void **state)
{
    struct client c = client_open(false, true);
    (void)state;
    free(ask_once(&program, "POST", "/_emulator/clock/auto", NULL));
    client_send(&c, receive);
    client_expect(&c, "\"code\":7000");
    client_close(&c, true);
}

static void serves_a_thousand_of_all_kinds(void **state)
{
    enum { CLIENTS = 1000 };
    static struct client clients[CLIENTS];
    struct rlimit files;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_open(i % 4 == 1 || i % 4 == 3, i % 4 >= 2);
        client_send(&clients[i], receive);
    }
    await_parked(&program, CLIENTS);
    for (int i = 0; i < CLIENTS; i += 5)
        client_close(&clients[i], true);
    await_parked(&program, CLIENTS - CLIENTS / 5);
    int fd = program_connect(&program);
    for (int i = 0; i < CLIENTS - CLIENTS / 5; i++)
        check_answer(ask(fd, "GET", send_one, NULL), "\"code\":0");
    close(fd);
    for (int i = 0; i < CLIENTS; i++) {
        if (i % 5 == 0)
            continue;
        client_expect(&clients[i], "\"msgBody\":\"hello\"");
        client_close(&clients[i], true);
    }
    check_answer(ask_once(&program, "GET", "/_emulator/queues/q", NULL), "\"active\":0");
}

/* Half a hello, half a head, a tunnel without anything in it, no first request, no second one:
 * none holds up the others, and all are closed when their time is over. */
static void stalled_connections_are_closed(void **state)
{
    static const char *const beginnings[] = {
        "\x16\x03\x01\x02",
        "CONNECT localhost:443 HTTP/1.1\r\n",
        "CONNECT localhost:443 HTTP/1.1\r\n\r\n",
        "CONNECT localhost:443 HTTP/1.1\r\n\r\n\x16\x03",
    };
    struct client stalled[COUNT(beginnings)];
    (void)state;
    for (size_t i = 0; i < COUNT(beginnings); i++) {
        stalled[i] = (struct client){program_connect(&program), NULL};
        send_text(stalled[i].fd, beginnings[i]);
    }
    struct client page = client_open(false, true); /* idle, but not silent */
    client_send(&page, "/_emulator/events");
    assert_true(client_read_until(&page, "\"signatures\":true}\n\n"));
    struct client silent = client_open(false, true);
    struct client idle[] = {client_open(false, false), client_open(false, true)};
    for (size_t i = 0; i < COUNT(idle); i++) {
        client_send(&idle[i], "/?Action=ListQueue");
        client_expect(&idle[i], "\"queueName\":\"q\"");
    }
    struct client c = client_open(true, true);
    client_send(&c, "/?Action=ListQueue");
    client_expect(&c, "\"queueName\":\"q\"");
    client_close(&c, true);
    for (size_t i = 0; i < COUNT(beginnings); i++) {
        if (i >= 2) {
            struct response r;
            assert_true(read_response(stalled[i].fd, &r));
            response_free(&r);
        }
        assert_true(is_closed(stalled[i].fd));
        close(stalled[i].fd);
    }
    while (!is_closed(silent.fd)) /* reads what the handshake left */
        continue;
    client_close(&silent, false);
    for (size_t i = 0; i < COUNT(idle); i++) {
        while (!is_closed(idle[i].fd))
            continue;
        client_close(&idle[i], false);
    }
    check_answer(ask_once(&program, "GET", send_one, NULL), "\"code\":0");
    assert_true(client_read_until(&page, "event: request\n"));
    client_close(&page, true);
}

/* The polls get their answers before the program ends. */
static void answers_when_told_to_stop(void **state)
{
    struct client parked = client_open(false, true);
    struct client idle = client_open(false, true);
    struct client half = {program_connect(&program), NULL};
    (void)state;
    client_send(&parked, receive);
    send_bytes(half.fd, "\x16\x03\x01", 3);
    await_parked(&program, 1);
    assert_int_equal(program_stop(&program), 0);
    program.pid = 0;
    client_expect(&parked, "\"code\":7000");
    client_close(&parked, true);
    client_close(&idle, true);
    client_close(&half, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(can_be_reached_in_each_way, prepare),
        cmocka_unit_test_setup(is_trusted_by_its_authority_alone, prepare),
        cmocka_unit_test_setup(gives_its_authority_away, prepare),
        cmocka_unit_test_setup(plain_http_to_the_port_for_tls_is_told, prepare),
        cmocka_unit_test_setup(distrust_is_logged, prepare),
        cmocka_unit_test_setup(encrypted_distrust_is_logged, prepare),
        cmocka_unit_test_setup(wakes_a_parked_poll, prepare),
        cmocka_unit_test_setup(ends_the_poll_of_a_client_that_left, prepare),
        cmocka_unit_test_setup(hands_nothing_to_a_client_that_left, prepare),
        cmocka_unit_test_setup(keeps_a_request_behind_a_parked_poll, prepare),
        cmocka_unit_test_setup(reads_long_requests, prepare),
        cmocka_unit_test_setup(tells_streams, prepare),
        cmocka_unit_test_setup(tells_no_stream_to_head, prepare),
        cmocka_unit_test_setup(an_automatic_clock_sees_polls_over_tls, prepare),
        cmocka_unit_test_setup(serves_a_thousand_of_all_kinds, prepare),
        cmocka_unit_test_setup(stalled_connections_are_closed, prepare),
        cmocka_unit_test_setup(answers_when_told_to_stop, prepare), /* the last one */
    };
    return cmocka_run_group_tests_name("tls", tests, start, finish);
}
