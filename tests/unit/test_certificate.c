/* Certificates that the emulator makes, and those that it is given. */
#include "server/certificate.h"

#include "server/file.h"

#include <fcntl.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const time_t DAY_S = 86400;

static const char *const files[] = {"ca.pem", "ca-key.pem"};
static const struct certificate_names usual = {.listen = "127.0.0.1"};

static char folder[64]; /* "/tmp/cmq-test-XXXXXX/tls": to be made */
static char why[CERTIFICATE_WHY_SIZE];
static struct certificate certificate;

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *content_of(const char *name)
{
    char *text = file_read(path_of(name));
    assert_non_null(text);
    return text;
}

static void put(const char *name, const char *text)
{
    assert_true(file_write(path_of(name), text, 0600));
}

static int prepare(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cmq-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(folder + strlen(folder), sizeof folder - strlen(folder), "/tls");
    return 0;
}

/* Also proves that there is nothing but these files. */
static int clean(void **state)
{
    (void)state;
    certificate_free(&certificate);
    for (size_t i = 0; i < COUNT(files); i++)
        (void)unlink(path_of(files[i]));
    (void)unlink(path_of("cert.pem"));
    (void)unlink(path_of("key.pem"));
    (void)rmdir(folder);
    *strrchr(folder, '/') = '\0';
    return rmdir(folder);
}

/* In place of what was made before. */
static bool try_to_make(const char *in, const struct certificate_names *names, time_t now)
{
    certificate_free(&certificate);
    return certificate_make(&certificate, in, names, now, why);
}

static void make(const struct certificate_names *names, time_t now)
{
    if (!try_to_make(folder, names, now))
        fail_msg("%s", why);
}

static gnutls_x509_crt_t parse(const char *text)
{
    gnutls_x509_crt_t c;
    gnutls_datum_t pem = {(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
    assert_int_equal(gnutls_x509_crt_init(&c), 0);
    assert_int_equal(gnutls_x509_crt_import(c, &pem, GNUTLS_X509_FMT_PEM), 0);
    return c;
}

static bool is_for(const char *host)
{
    gnutls_x509_crt_t c = parse(certificate.chain);
    bool covered = gnutls_x509_crt_check_hostname(c, host) != 0;
    gnutls_x509_crt_deinit(c);
    return covered;
}

/* Whether one who trusts that authority trusts what was made last. */
static bool is_trusted_by(const char *authority)
{
    unsigned status = 0;
    gnutls_x509_crt_t ca = parse(authority), c = parse(certificate.chain);
    bool trusted = gnutls_x509_crt_verify(c, &ca, 1, 0, &status) == 0 && status == 0;
    gnutls_x509_crt_deinit(c);
    gnutls_x509_crt_deinit(ca);
    return trusted;
}

static void is_for_the_clouds_hosts(void **state)
{
    static const struct {
        const char *host;
        bool covered;
    } rows[] = {
        {"cmq-queue-gz.api.qcloud.com", true},
        {"cmq-topic-bj.api.qcloud.com", true},
        {"cmq-queue-sh.api.tencentyun.com", true},
        {"cmq-gz.public.tencenttdmq.com", true},
        {"gz.mqadapter.cmq.tencentyun.com", true},
        {"cmq-nameserver-bj.tencentcloudapi.com", true},
        {"cmq-nameserver-vpc-bj.api.tencentyun.com", true},
        {"cmq.tencentcloudapi.com", true},
        {"tdmq.tencentcloudapi.com", true},
        {"tdmq.intl.tencentcloudapi.com", true},
        {"cmq.ap-guangzhou.tencentcloudapi.com", true},
        {"cmq.ap-shanghai-fsi.tencentcloudapi.com", true},
        {"localhost", true},
        {"127.0.0.1", true},
        {"::1", true},
        {"10.1.2.3", true},
        {"cmq", true},
        {"my.test", true},
        {"below.my.test", true},
        {"192.168.7.7", true},
        {"second.test", true},
        {"box", true},
        {"example.com", false},
        {"a.b.api.qcloud.com", false},
        {"192.168.7.8", false},
    };
    const struct certificate_names names = {.listen = "10.1.2.3",
                                            .host_names =
                                                "cmq, my.test,192.168.7.7\nsecond.test",
                                            .machine = "box"};
    (void)state;
    make(&names, time(NULL));
    for (size_t i = 0; i < COUNT(rows); i++)
        if (is_for(rows[i].host) != rows[i].covered)
            fail_msg("%s", rows[i].host);
}

/* The list of docker/compose.yaml, which scripts/check-hosts holds to the documents. */
static void is_for_each_alias_of_the_compose_file(void **state)
{
    static const char begin[] = "# (hosts:", end[] = "# (end of hosts)";
    size_t count = 0;
    (void)state;
    make(&usual, time(NULL));
    char *text = file_read("docker/compose.yaml");
    assert_non_null(text);
    char *list = strstr(text, begin), *after = strstr(text, end);
    assert_true(list != NULL && after != NULL && list < after);
    *after = '\0';
    for (char *rest, *line = strtok_r(list, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strchr(line, '#') != NULL)
            continue;
        for (char *more, *host = strtok_r(line, " ,", &more); host != NULL;
             host = strtok_r(NULL, " ,", &more), count++)
            if (!is_for(host))
                fail_msg("%s", host);
    }
    assert_true(count > 150); /* the list was found */
    free(text);
}

static void is_signed_by_an_authority_of_servers_alone(void **state)
{
    unsigned ca, critical, usage;
    int path_len;
    (void)state;
    make(&usual, time(NULL));
    char *text = content_of("ca.pem");
    assert_string_equal(certificate.authority, text);
    assert_true(is_trusted_by(text));
    gnutls_x509_crt_t authority = parse(text), c = parse(certificate.chain);
    assert_true(gnutls_x509_crt_get_basic_constraints(authority, &critical, &ca, &path_len) >=
                0);
    assert_int_equal(ca, 1);
    assert_int_equal(path_len, 0);
    assert_true(gnutls_x509_crt_get_basic_constraints(c, &critical, &ca, &path_len) >= 0);
    assert_int_equal(ca, 0);
    assert_int_equal(gnutls_x509_crt_get_key_usage(c, &usage, &critical), 0);
    assert_int_equal(usage, GNUTLS_KEY_DIGITAL_SIGNATURE);
    gnutls_x509_crt_deinit(c);
    gnutls_x509_crt_deinit(authority);
    free(text);
}

/* Apple's clients accept 825 days, also of an authority that a person has told them to trust. */
static void is_valid_for_as_long_as_clients_accept(void **state)
{
    const time_t now = time(NULL);
    (void)state;
    make(&usual, now);
    gnutls_x509_crt_t c = parse(certificate.chain), authority = parse(certificate.authority);
    time_t from = gnutls_x509_crt_get_activation_time(c);
    time_t to = gnutls_x509_crt_get_expiration_time(c);
    assert_true(from <= now - DAY_S); /* clocks of containers may differ */
    assert_true(to > now + 800 * DAY_S);
    assert_true(to - from < 825 * DAY_S);
    assert_true(gnutls_x509_crt_get_expiration_time(authority) >= now + 3650 * DAY_S);
    gnutls_x509_crt_deinit(authority);
    gnutls_x509_crt_deinit(c);
}

/* Even where new files are for their owner alone: who is to trust it may be anybody. */
static void others_may_read_the_authority_but_not_its_key(void **state)
{
    const struct {
        const char *path;
        mode_t mode;
    } rows[] = {{".", 0755}, {"ca.pem", 0644}, {"ca-key.pem", 0600}};
    mode_t mask = umask(077);
    (void)state;
    make(&usual, time(NULL));
    umask(mask);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stat file;
        assert_int_equal(stat(path_of(rows[i].path), &file), 0);
        assert_int_equal(file.st_mode & 0777, rows[i].mode);
    }
}

/* Whether the authority that is there is used by one who wants this, and its files are left as
 * they are. Else both are made anew. */
static bool is_kept(const struct certificate_names *names, time_t now)
{
    char *before[COUNT(files)];
    size_t same = 0;
    for (size_t i = 0; i < COUNT(files); i++)
        before[i] = content_of(files[i]);
    make(names, now);
    for (size_t i = 0; i < COUNT(files); i++) {
        char *after = content_of(files[i]);
        same += strcmp(before[i], after) == 0;
        free(before[i]);
        free(after);
    }
    assert_true(same == 0 || same == COUNT(files));
    return same > 0;
}

/* Each emulator has a certificate of its own: one with other names, before or beside this one,
 * changes nothing for clients. */
static void the_authority_is_kept_whatever_the_names(void **state)
{
    const struct certificate_names first = {
        .listen = "::1", .host_names = "my.test", .machine = "box"};
    const struct certificate_names second = {
        .listen = "10.1.2.3", .host_names = "your.test", .machine = "another-box"};
    (void)state;
    make(&first, time(NULL));
    char *authority = content_of("ca.pem");
    assert_true(is_kept(&second, time(NULL)));
    assert_true(is_for("your.test") && is_for("10.1.2.3") && is_for("another-box"));
    assert_false(is_for("my.test"));
    assert_true(is_trusted_by(authority));
    assert_true(is_kept(&first, time(NULL)));
    assert_true(is_for("my.test"));
    assert_true(is_trusted_by(authority));
    free(authority);
}

/* Whether a process waits for a lock, as the kernel lists those: "1: -> FLOCK ... PID ...". */
static bool waits_for_a_lock(pid_t process)
{
    char line[256], pid[32];
    bool found = false;
    FILE *locks = fopen("/proc/locks", "r");
    assert_non_null(locks);
    snprintf(pid, sizeof pid, " %ld ", (long)process);
    while (!found && fgets(line, sizeof line, locks) != NULL)
        found = strstr(line, "->") != NULL && strstr(line, pid) != NULL;
    fclose(locks);
    return found;
}

/* Another program is about to write its authority: who starts meanwhile waits, and uses it. */
static void one_authority_is_made_at_a_time(void **state)
{
    int ends[2] = {-1, -1}, status;
    struct pollfd done = {.events = POLLIN};
    (void)state;
    make(&usual, time(NULL));
    char *authority = content_of("ca.pem"), *key = content_of("ca-key.pem");
    assert_int_equal(unlink(path_of("ca.pem")) | unlink(path_of("ca-key.pem")), 0);
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(lock >= 0 && flock(lock, LOCK_EX) == 0 && pipe(ends) == 0);

    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        certificate_free(&certificate);
        close(lock); /* else it would be held here, too */
        bool made = try_to_make(folder, &usual, time(NULL));
        const char *told = made ? certificate.chain : why;
        _exit(write(ends[1], told, strlen(told)) <= 0);
    }
    close(ends[1]);
    done.fd = ends[0];
    while (!waits_for_a_lock(child) && poll(&done, 1, 1) == 0)
        continue;
    put("ca.pem", authority);
    put("ca-key.pem", key);
    close(lock);

    char chain[8192] = "";
    size_t len = 0;
    for (ssize_t n; (n = read(ends[0], chain + len, sizeof chain - 1 - len)) > 0;)
        len += (size_t)n;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    certificate_free(&certificate);
    certificate.chain = strdup(chain);
    assert_true(is_trusted_by(authority));
    free(authority);
    free(key);
}

/* SIGALRM comes when patience is over; a folder that is locked for ever must not keep the program
 * from saying so. */
static void tells_that_a_folder_stays_locked(void **state)
{
    int status;
    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(lock >= 0 && flock(lock, LOCK_EX) == 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(lock);
        bool made = try_to_make(folder, &usual, time(NULL));
        _exit(made || strstr(why, "another program has kept it locked") == NULL);
    }
    while (!waits_for_a_lock(child) && waitpid(child, &status, WNOHANG) == 0)
        continue;
    assert_int_equal(kill(child, SIGALRM), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(lock);
}

static void an_authority_is_made_anew_before_it_expires(void **state)
{
    const time_t begun = time(NULL);
    (void)state;
    make(&usual, begun);
    assert_true(is_kept(&usual, begun + (3650 - 31) * DAY_S));
    gnutls_x509_crt_t c = parse(certificate.chain), authority = parse(certificate.authority);
    assert_true(gnutls_x509_crt_get_expiration_time(c) ==
                gnutls_x509_crt_get_expiration_time(authority));
    gnutls_x509_crt_deinit(authority);
    gnutls_x509_crt_deinit(c);
    assert_false(is_kept(&usual, begun + (3650 - 29) * DAY_S));
    assert_true(is_kept(&usual, begun + (3650 - 29) * DAY_S));
}

static void what_does_not_belong_together_is_made_anew(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        make(&usual, time(NULL));
        char *old = content_of(files[i]);
        for (size_t j = 0; j < COUNT(files); j++)
            assert_int_equal(unlink(path_of(files[j])), 0);
        make(&usual, time(NULL));
        put(files[i], old);
        assert_false(is_kept(&usual, time(NULL)));
        free(old);
    }
    put("ca-key.pem", "");
    assert_false(is_kept(&usual, time(NULL)));
    char *authority = content_of("ca.pem");
    assert_int_equal(unlink(path_of("ca-key.pem")), 0);
    make(&usual, time(NULL));
    assert_false(is_trusted_by(authority));
    free(authority);
}

/* Write a certificate of somebody else's, and its key. */
static void put_foreign(bool authority, const char *certificate_name, const char *key_name)
{
    static const unsigned char serial[] = {1};
    gnutls_x509_crt_t c;
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem;
    assert_int_equal(gnutls_x509_crt_init(&c), 0);
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
        0);
    assert_int_equal(gnutls_x509_crt_set_version(c, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_key(c, key), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(c, serial, sizeof serial), 0);
    assert_int_equal(gnutls_x509_crt_set_dn(c, "CN=somebody", NULL), 0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(c, time(NULL)), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(c, time(NULL) + 365 * DAY_S), 0);
    assert_int_equal(gnutls_x509_crt_set_basic_constraints(c, authority, -1), 0);
    assert_int_equal(gnutls_x509_crt_set_subject_key_id(c, "mine", 4), 0);
    assert_int_equal(gnutls_x509_crt_sign2(c, c, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crt_export2(c, GNUTLS_X509_FMT_PEM, &pem), 0);
    put(certificate_name, (const char *)pem.data);
    gnutls_free(pem.data);
    assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
    put(key_name, (const char *)pem.data);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(c);
    gnutls_x509_privkey_deinit(key);
}

/* For who has one that all machines trust already. */
static void an_authority_of_somebody_else_serves_as_well(void **state)
{
    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    put_foreign(true, "ca.pem", "ca-key.pem");
    assert_true(is_kept(&usual, time(NULL)));
    char *authority = content_of("ca.pem");
    assert_true(is_trusted_by(authority));
    free(authority);

    char id[64]; /* OpenSSL looks for the authority by it */
    size_t len = sizeof id;
    gnutls_x509_crt_t c = parse(certificate.chain);
    assert_int_equal(gnutls_x509_crt_get_authority_key_id(c, id, &len, NULL), 0);
    assert_int_equal(len, 4);
    assert_memory_equal(id, "mine", 4);
    gnutls_x509_crt_deinit(c);
    assert_true(is_kept(&usual, time(NULL) + 364 * DAY_S)); /* of 365: to its end */
    assert_false(try_to_make(folder, &usual, time(NULL) + 366 * DAY_S));
}

static void check_refused(const char *name)
{
    if (try_to_make(folder, &usual, time(NULL)))
        fail_msg("%s was replaced", name);
    assert_non_null(strstr(why, name));
    assert_non_null(strstr(why, "it was not made by this program"));
    assert_null(certificate.chain);
}

static void what_is_not_ours_is_not_replaced(void **state)
{
    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    put_foreign(false, "ca.pem", "ca-key.pem"); /* no authority */
    char *key = content_of("ca-key.pem");
    check_refused("ca.pem");
    assert_int_equal(unlink(path_of("ca.pem")), 0);
    check_refused("ca-key.pem");
    put("ca.pem", "# nothing yet\n");
    check_refused("ca.pem");
    char *after = content_of("ca-key.pem");
    assert_string_equal(after, key);
    free(key);
    free(after);
    assert_int_equal(unlink(path_of("ca.pem")), 0);
    assert_int_equal(unlink(path_of("ca-key.pem")), 0);
    make(&usual, time(NULL));
}

/* Nobody can send it as it is; a name that comes as an option is refused (test_options). */
static void a_machine_whose_name_is_not_ascii_is_left_out(void **state)
{
    (void)state;
    make(&(struct certificate_names){.listen = "::1",
                                     .machine = "b\xc3\xbc"
                                                "cher"},
         time(NULL));
    assert_true(is_for("::1"));
    assert_false(is_for("xn--bcher-kva")); /* some builds of the library would do that */
    make(&(struct certificate_names){.listen = "::1", .machine = "a\nb"}, time(NULL));
    assert_false(is_for("a\nb"));
}

static void tells_why_a_folder_does_not_serve(void **state)
{
    char path[96];
    (void)state;
    snprintf(path, sizeof path, "%s/below", folder);
    assert_false(try_to_make(path, &usual, time(NULL)));
    assert_non_null(strstr(why, "below: No such file or directory"));
    assert_false(certificate_make(&certificate, "/dev/null", &usual, time(NULL), why));
    assert_string_equal(why, "/dev/null: Not a directory");
    if (geteuid() == 0) {
        assert_int_equal(seteuid(65534), 0);
        assert_false(try_to_make(folder, &usual, time(NULL)));
        assert_int_equal(seteuid(0), 0);
        assert_non_null(strstr(why, ": Permission denied"));
    }
}

/* A folder of the machine in a container: the user of the one is no user of the other. */
static void tells_whose_a_folder_is(void **state)
{
    enum { OTHER = 12345 };
    char parent[sizeof folder], names[200];
    (void)state;
    if (geteuid() != 0)
        skip(); /* only root can be somebody else */
    snprintf(names, sizeof names, "user 0, and this program runs as user %d", OTHER);
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(folder, '/') - folder), folder);
    assert_int_equal(chmod(parent, 0755), 0);
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(seteuid(OTHER), 0);
    bool made = try_to_make(folder, &usual, time(NULL));
    assert_int_equal(seteuid(0), 0);
    assert_false(made);
    assert_non_null(strstr(why, "/ca.pem: Permission denied; the folder belongs to "));
    assert_non_null(strstr(why, names));

    make(&usual, time(NULL));
    assert_int_equal(seteuid(OTHER), 0);
    made = try_to_make(folder, &usual, time(NULL));
    assert_int_equal(seteuid(0), 0);
    assert_false(made);
    assert_non_null(strstr(why, "/ca-key.pem: Permission denied; the file belongs to "));
    assert_non_null(strstr(why, names));
}

static void loads_files(void **state)
{
    char chain[128], key[128];
    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    put_foreign(false, "cert.pem", "key.pem");
    char *chain_text = content_of("cert.pem"), *key_text = content_of("key.pem");
    snprintf(chain, sizeof chain, "%s", path_of("cert.pem"));
    snprintf(key, sizeof key, "%s", path_of("key.pem"));
    if (!certificate_load(&certificate, chain, key, why))
        fail_msg("%s", why);
    assert_string_equal(certificate.chain, chain_text);
    assert_string_equal(certificate.key, key_text);
    free(chain_text);
    free(key_text);
    certificate_free(&certificate);

    const struct {
        const char *chain, *key, *why;
    } bad[] = {
        {"/nowhere/cert.pem", key, "/nowhere/cert.pem: No such file or directory"},
        {chain, "/nowhere/key.pem", "/nowhere/key.pem: No such file or directory"},
        {key, key, "key.pem: "},
        {chain, chain, "cert.pem: "},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(certificate_load(&certificate, bad[i].chain, bad[i].key, why));
        assert_non_null(strstr(why, bad[i].why));
        assert_null(certificate.chain);
        assert_null(certificate.key);
    }
}

static void refuses_a_key_of_another_certificate(void **state)
{
    char chain[128], key[128];
    (void)state;
    make(&usual, time(NULL));
    put_foreign(false, "cert.pem", "key.pem");
    put("key.pem", certificate.key);
    snprintf(chain, sizeof chain, "%s", path_of("cert.pem"));
    snprintf(key, sizeof key, "%s", path_of("key.pem"));
    certificate_free(&certificate);
    assert_false(certificate_load(&certificate, chain, key, why));
    assert_non_null(strstr(why, "key.pem: "));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        TEST(is_for_the_clouds_hosts),
        TEST(is_for_each_alias_of_the_compose_file),
        TEST(is_signed_by_an_authority_of_servers_alone),
        TEST(is_valid_for_as_long_as_clients_accept),
        TEST(others_may_read_the_authority_but_not_its_key),
        TEST(the_authority_is_kept_whatever_the_names),
        TEST(one_authority_is_made_at_a_time),
        TEST(tells_that_a_folder_stays_locked),
        TEST(an_authority_is_made_anew_before_it_expires),
        TEST(what_does_not_belong_together_is_made_anew),
        TEST(an_authority_of_somebody_else_serves_as_well),
        TEST(what_is_not_ours_is_not_replaced),
        TEST(a_machine_whose_name_is_not_ascii_is_left_out),
        TEST(tells_why_a_folder_does_not_serve),
        TEST(tells_whose_a_folder_is),
        TEST(loads_files),
        TEST(refuses_a_key_of_another_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
