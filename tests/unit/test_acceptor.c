/* What connections say first: how long they may take, how many there may be, and tunnels. Time is a
 * variable. */
#include "server/acceptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 1000, BEGUN_MS = 5000, GUARD_MS = 10000 };

static struct acceptor *acceptor;
static struct sockaddr_in address;
static struct sockaddr_in second_address; /* of another port that is like the first */
static struct sockaddr_in tls_address;    /* of the port for TLS alone */
static const struct gate gate = {.host_names = "mine.example"};
static int handed_on;
static bool last_was_tls;
static int last_sends_at_once;
static char first_bytes[64]; /* of the last one that was handed on */
static char noted[1024];

static void hand_on(void *context, bool tls, int fd, const struct sockaddr *from, socklen_t len)
{
    (void)context;
    (void)from;
    (void)len;
    ssize_t n = recv(fd, first_bytes, sizeof first_bytes - 1, MSG_DONTWAIT);
    first_bytes[n > 0 ? n : 0] = '\0';
    last_was_tls = tls;
    socklen_t size = sizeof last_sends_at_once;
    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &last_sends_at_once, &size);
    close(fd);
    handed_on++;
}

static void note(void *context, const char *text)
{
    (void)context;
    snprintf(noted, sizeof noted, "%s", text);
}

static int listen_at(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *at =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)at, sizeof *at) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)at, &len) != 0)
        return -1;
    return fd;
}

static int start_with(bool tls)
{
    handed_on = 0;
    noted[0] = '\0';
    struct listeners listeners = {.count = tls ? 3 : 2};
    listeners.all[0] = (struct listener){listen_at(&address), false, 0};
    listeners.all[1] = (struct listener){listen_at(&second_address), false, 0};
    if (tls)
        listeners.all[2] = (struct listener){listen_at(&tls_address), true, 0};
    acceptor = acceptor_new(&(struct acceptor_config){.listeners = listeners,
                                                      .tls = tls,
                                                      .patience_ms = PATIENCE_MS,
                                                      .gate = &gate,
                                                      .hand_on = hand_on,
                                                      .note = note});
    return acceptor != NULL ? 0 : -1;
}

static int start(void **state)
{
    (void)state;
    return start_with(false);
}

static int start_with_tls(void **state)
{
    (void)state;
    return start_with(true);
}

static int finish(void **state)
{
    (void)state;
    acceptor_free(acceptor);
    return 0;
}

static int connect_silently(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static bool has_work(void)
{
    struct pollfd p = {.fd = acceptor_fd(acceptor), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void wait_for_work(void)
{
    struct pollfd p = {.fd = acceptor_fd(acceptor), .events = POLLIN};
    assert_int_equal(poll(&p, 1, GUARD_MS), 1);
}

static void speak(int fd)
{
    assert_int_equal(write(fd, "G", 1), 1);
    wait_for_work();
}

/* The other side never says anything, so there is only its end to read. */
static bool is_open(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 0;
}

static void the_silent_are_closed_when_their_time_is_over(void **state)
{
    (void)state;
    assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
    int first = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    int second = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS + 1, 10);
    assert_false(has_work());
    assert_int_equal(acceptor_wake_ms(acceptor), BEGUN_MS + PATIENCE_MS);
    acceptor_run(acceptor, BEGUN_MS + PATIENCE_MS - 1, 10);
    assert_true(is_open(first));
    acceptor_run(acceptor, BEGUN_MS + PATIENCE_MS, 10);
    assert_false(is_open(first));
    assert_true(is_open(second));
    assert_int_equal(acceptor_wake_ms(acceptor), BEGUN_MS + PATIENCE_MS + 1);

    speak(second);
    acceptor_run(acceptor, BEGUN_MS + PATIENCE_MS, 10);
    assert_int_equal(handed_on, 1);
    assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
    close(first);
    close(second);
}

/* Those that are silent take room like others, but not from those that come. */
static void the_longest_silent_makes_room(void **state)
{
    (void)state;
    int first = connect_silently();
    int second = connect_silently();
    int third = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_true(is_open(first));
    assert_true(has_work()); /* the third one */
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_false(is_open(first));
    assert_true(is_open(second));
    assert_false(has_work());

    speak(second);
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_int_equal(handed_on, 1);
    speak(third);
    acceptor_run(acceptor, BEGUN_MS, 1);
    assert_int_equal(handed_on, 2);
    close(first);
    close(second);
    close(third);
}

/* Those that are silent do not keep the last descriptors, either. */
static void the_longest_silent_gives_its_descriptor(void **state)
{
    struct rlimit before, none;
    (void)state;
    int first = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    int second = connect_silently();
    assert_int_equal(write(second, "G", 1), 1);
    wait_for_work();
    int lowest = dup(second);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){(rlim_t)lowest, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    acceptor_run(acceptor, BEGUN_MS, 10);
    bool made_room = !is_open(first) && has_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(made_room);
    assert_int_equal(handed_on, 1);
    close(first);
    close(second);
}

/* A connection that was handed on is not yet among those that the caller counts. */
static void what_is_taken_counts_at_once(void **state)
{
    int fds[5];
    (void)state;
    fds[0] = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 3);
    for (int i = 1; i < 4; i++) {
        fds[i] = connect_silently();
        assert_int_equal(write(fds[i], "G", 1), 1);
    }
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 3); /* the silent one has a place */
    assert_int_equal(handed_on, 2);

    fds[4] = connect_silently();
    speak(fds[0]);
    acceptor_run(acceptor, BEGUN_MS, 1); /* and keeps it when it has spoken */
    assert_int_equal(handed_on, 3);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
}

/* What has no room is not reported over and over. */
static void no_more_are_taken_than_there_is_room_for(void **state)
{
    (void)state;
    int first = connect_silently();
    int second = connect_silently();
    int third = connect_silently();
    assert_int_equal(write(third, "G", 1), 1);
    speak(first);
    speak(second);
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_int_equal(handed_on, 2);
    assert_true(acceptor_wants_room(acceptor));
    assert_false(has_work());
    acceptor_run(acceptor, BEGUN_MS, 0);
    assert_int_equal(handed_on, 2);
    assert_false(has_work());
    acceptor_run(acceptor, BEGUN_MS, 1); /* the first one has ended */
    assert_int_equal(handed_on, 3);
    close(first);
    close(second);
    close(third);
}

/* ---- tunnels ---- */

static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";

static int connect_saying(const char *text)
{
    int fd = connect_silently();
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    return fd;
}

static void expect_answer(const char *what, int fd, const char *expected)
{
    char answer[1024];
    ssize_t n = recv(fd, answer, sizeof answer - 1, MSG_DONTWAIT);
    answer[n > 0 ? n : 0] = '\0';
    if (strstr(answer, expected) == NULL)
        fail_msg("%s: no %s in %s", what, expected, answer);
}

static void opens_tunnels(void **state)
{
    static const char *const heads[] = {
        "CONNECT cmq-queue-gz.api.qcloud.com:443 HTTP/1.1\r\n\r\n",
        "CONNECT tdmq.tencentcloudapi.com:443 HTTP/1.1\r\nHost: x\r\nUser-Agent: y\r\n\r\n",
        "CONNECT localhost:80 HTTP/1.0\r\n\r\n",
        "CONNECT [::1]:443 HTTP/1.1\r\n\r\n",
        "CONNECT 10.0.0.1:443 HTTP/1.1\n\n",
        "CONNECT cmq:443 HTTP/1.1\r\n\r\n",
        "CONNECT below.mine.example:443 HTTP/1.1\r\n\r\n",
    };
    (void)state;
    for (int i = 0; i < (int)(sizeof heads / sizeof heads[0]); i++) {
        int fd = connect_saying(heads[i]);
        expect_answer(heads[i], fd, established);
        assert_int_equal(handed_on, i);
        speak(fd);
        acceptor_run(acceptor, BEGUN_MS, 10);
        assert_int_equal(handed_on, i + 1);
        close(fd);
    }
    assert_string_equal(noted, "");
}

/* What follows the head belongs to whom the connection is handed on to. */
static void leaves_what_is_the_tunnels(void **state)
{
    (void)state;
    int fd = connect_saying("CONNECT cmq:80 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n");
    expect_answer("plain", fd, established);
    assert_int_equal(handed_on, 1);
    assert_false(last_was_tls);
    assert_string_equal(first_bytes, "GET / HTTP/1.1\r\n");
    close(fd);
    fd = connect_saying("CONNECT cmq:443 HTTP/1.1\r\n\r\n\x16\x03\x01");
    expect_answer("TLS", fd, established);
    assert_int_equal(handed_on, 2);
    assert_true(last_was_tls);
    assert_string_equal(first_bytes, "\x16\x03\x01");
    assert_true(last_sends_at_once); /* or a handshake takes 40 ms more */
    close(fd);
}

/* Bytes that come one by one are no work in between. */
static void takes_heads_in_pieces(void **state)
{
    static const char head[] = "CONNECT cmq:443 HTTP/1.1\r\nHost: cmq\r\n\r\n";
    (void)state;
    int fd = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    for (const char *c = head; *c != '\0'; c++) {
        assert_int_equal(write(fd, c, 1), 1);
        wait_for_work();
        acceptor_run(acceptor, BEGUN_MS, 10);
        assert_false(has_work());
        assert_int_equal(handed_on, 0);
        if (c[1] != '\0')
            assert_true(is_open(fd));
    }
    expect_answer("the end", fd, established);
    assert_int_equal(write(fd, "\x16", 1), 1);
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    assert_int_equal(handed_on, 1);
    assert_true(last_was_tls);
    close(fd);
}

static void refuses_tunnels(void **state)
{
    static const struct {
        const char *head, *answer, *note;
    } cases[] = {
        {"CONNECT example.com:443 HTTP/1.1\r\n\r\n",
         "no open proxy: it does not stand in for example.com. --host-names example.com would",
         "takes the emulator for a proxy to example.com, which is none of the hosts"},
        {"CONNECT qcloud.com.example.com:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 Forbidden", NULL},
        {"CONNECT cmq:443 HTTP/1.1\r\n\r\nCONNECT cmq:443 HTTP/1.1\r\n\r\n",
         "A tunnel within a tunnel", "asks for a tunnel within a tunnel"},
        {"CONNECT  HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request", NULL},
        {"CONNECT cmq:443\r\n\r\n", "HTTP/1.1 400 Bad Request", NULL},
        {"CONNECT a\x01z:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request", NULL},
        {"CONNECT cmq:443 FTP\r\n\r\n", "CONNECT needs a host and a port", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        noted[0] = '\0';
        int fd = connect_saying(cases[i].head);
        expect_answer(cases[i].head, fd, cases[i].answer);
        assert_false(is_open(fd));
        if (cases[i].note != NULL && strstr(noted, cases[i].note) == NULL)
            fail_msg("%s: noted %s", cases[i].head, noted);
        close(fd);
    }
    assert_int_equal(handed_on, 0);
}

static void heads_have_a_bound(void **state)
{
    static char head[9000];
    (void)state;
    snprintf(head, sizeof head, "CONNECT %0*d", (int)sizeof head - 10, 1);
    int fd = connect_saying(head);
    expect_answer("long", fd, "HTTP/1.1 431 ");
    assert_false(is_open(fd));
    close(fd);
}

/* A tunnel gives no more time. */
static void heads_have_to_come_in_time(void **state)
{
    (void)state;
    int half = connect_saying("CONNECT cmq:443 HTT");
    int tunnel = connect_saying("CONNECT cmq:443 HTTP/1.1\r\n\r\n");
    expect_answer("tunnel", tunnel, established);
    assert_int_equal(acceptor_wake_ms(acceptor), BEGUN_MS + PATIENCE_MS);
    acceptor_run(acceptor, BEGUN_MS + PATIENCE_MS - 1, 10);
    assert_true(is_open(half));
    assert_true(is_open(tunnel));
    acceptor_run(acceptor, BEGUN_MS + PATIENCE_MS, 10);
    assert_false(is_open(half));
    assert_false(is_open(tunnel));
    close(half);
    close(tunnel);
}

/* Who has said half of something and says that this was all goes at once. */
static void the_half_closed_go(void **state)
{
    (void)state;
    int fd = connect_saying("CONN");
    assert_true(is_open(fd));
    shutdown(fd, SHUT_WR);
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    assert_false(is_open(fd));
    assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
    close(fd);
}

/* Those that do not begin a CONNECT after all. */
static void hands_on_other_methods(void **state)
{
    (void)state;
    int fd = connect_saying("CO");
    assert_int_equal(handed_on, 0);
    assert_int_equal(write(fd, "PY ", 3), 3);
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    assert_int_equal(handed_on, 1);
    assert_string_equal(first_bytes, "COPY ");
    close(fd);
}

static void tells_what_would_serve_tls(void **state)
{
    (void)state;
    int fd = connect_saying("\x16\x03\x01");
    expect_answer("TLS", fd, "400 Bad Request");
    assert_non_null(strstr(noted, "a client at 127.0.0.1 speaks TLS"));
    assert_non_null(strstr(noted, "--tls-self-signed DIR"));
    close(fd);
}

/* ---- several ports ---- */

static int connect_to(const struct sockaddr_in *at, const char *text)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)at, sizeof *at), 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

/* Many at one port do not keep those of another waiting. */
static void ports_are_served_in_turn(void **state)
{
    int fds[4];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        fds[i] = connect_to(&address, "first");
    fds[3] = connect_to(&second_address, "second");
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_int_equal(handed_on, 2);
    assert_string_equal(first_bytes, "second");
    acceptor_run(acceptor, BEGUN_MS, 10);
    assert_int_equal(handed_on, 4);
    assert_string_equal(first_bytes, "first");
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
}

static int connect_to_tls_port(const char *text)
{
    int fd = connect_to(&tls_address, text);
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    return fd;
}

static void one_port_is_for_tls_alone(void **state)
{
    (void)state;
    int fd = connect_to_tls_port("\x16\x03\x01");
    assert_int_equal(handed_on, 1);
    assert_true(last_was_tls);
    close(fd);
    fd = connect_to_tls_port("GET / HTTP/1.1\r\n\r\n");
    expect_answer("plain", fd, "This port speaks TLS, and a client sent plain HTTP");
    assert_non_null(strstr(noted, "speaks plain HTTP to the port of --tls-port"));
    close(fd);
    fd = connect_saying("\x16\x03\x01");
    assert_int_equal(handed_on, 2);
    assert_true(last_was_tls);
    close(fd);
    fd = connect_saying("G");
    assert_int_equal(handed_on, 3);
    assert_false(last_was_tls);
    close(fd);
}

int main(void)
{
#define TEST(name)          cmocka_unit_test_setup_teardown(name, start, finish)
#define TEST_WITH_TLS(name) cmocka_unit_test_setup_teardown(name, start_with_tls, finish)
    const struct CMUnitTest tests[] = {
        TEST(the_silent_are_closed_when_their_time_is_over),
        TEST(the_longest_silent_makes_room),
        TEST(the_longest_silent_gives_its_descriptor),
        TEST(what_is_taken_counts_at_once),
        TEST(no_more_are_taken_than_there_is_room_for),
        TEST(opens_tunnels),
        TEST_WITH_TLS(leaves_what_is_the_tunnels),
        TEST_WITH_TLS(takes_heads_in_pieces),
        TEST(refuses_tunnels),
        TEST(heads_have_a_bound),
        TEST(heads_have_to_come_in_time),
        TEST(the_half_closed_go),
        TEST(hands_on_other_methods),
        TEST(tells_what_would_serve_tls),
        TEST(ports_are_served_in_turn),
        TEST_WITH_TLS(one_port_is_for_tls_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
