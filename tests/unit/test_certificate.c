/* Certificates that the emulator makes, and those that it is given. */
#include "server/certificate.h"

#include "server/file.h"

#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const files[] = {"ca.pem", "cert.pem", "key.pem"};
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

/* Also proves that there is nothing but the three files. */
static int clean(void **state)
{
    (void)state;
    certificate_free(&certificate);
    for (size_t i = 0; i < COUNT(files); i++)
        (void)unlink(path_of(files[i]));
    (void)rmdir(folder);
    *strrchr(folder, '/') = '\0';
    return rmdir(folder);
}

static void make(const struct certificate_names *names, time_t now)
{
    certificate_free(&certificate);
    if (!certificate_make(&certificate, folder, names, now, why))
        fail_msg("%s", why);
}

static gnutls_x509_crt_t read_certificate(const char *name)
{
    gnutls_x509_crt_t c;
    char *text = content_of(name);
    gnutls_datum_t pem = {(unsigned char *)text, (unsigned)strlen(text)};
    assert_int_equal(gnutls_x509_crt_init(&c), 0);
    assert_int_equal(gnutls_x509_crt_import(c, &pem, GNUTLS_X509_FMT_PEM), 0);
    free(text);
    return c;
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
        {"box", true},
        {"example.com", false},
        {"a.b.api.qcloud.com", false},
        {"192.168.7.8", false},
    };
    const struct certificate_names names = {
        .listen = "10.1.2.3", .host_names = "cmq, my.test,192.168.7.7", .machine = "box"};
    (void)state;
    make(&names, time(NULL));
    gnutls_x509_crt_t c = read_certificate("cert.pem");
    for (size_t i = 0; i < COUNT(rows); i++)
        if ((gnutls_x509_crt_check_hostname(c, rows[i].host) != 0) != rows[i].covered)
            fail_msg("%s", rows[i].host);
    gnutls_x509_crt_deinit(c);
}

/* The list of docker/compose.yaml, which scripts/check-hosts holds to the documents. */
static void is_for_each_alias_of_the_compose_file(void **state)
{
    static const char begin[] = "# (hosts:", end[] = "# (end of hosts)";
    size_t count = 0;
    (void)state;
    make(&usual, time(NULL));
    gnutls_x509_crt_t c = read_certificate("cert.pem");
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
            if (gnutls_x509_crt_check_hostname(c, host) == 0)
                fail_msg("%s", host);
    }
    assert_true(count > 150); /* the list was found */
    free(text);
    gnutls_x509_crt_deinit(c);
}

static void is_signed_by_an_authority_that_signs_no_other(void **state)
{
    unsigned status, ca, critical, usage;
    int path_len;
    (void)state;
    make(&usual, time(NULL));
    gnutls_x509_crt_t authority = read_certificate("ca.pem");
    gnutls_x509_crt_t c = read_certificate("cert.pem");
    assert_int_equal(gnutls_x509_crt_verify(c, &authority, 1, 0, &status), 0);
    assert_int_equal(status, 0);
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
}

static void only_the_owner_may_read_the_key(void **state)
{
    static const mode_t modes[] = {0644, 0644, 0600};
    mode_t mask = umask(022);
    (void)state;
    make(&usual, time(NULL));
    umask(mask);
    for (size_t i = 0; i < COUNT(files); i++) {
        struct stat file;
        assert_int_equal(stat(path_of(files[i]), &file), 0);
        assert_int_equal(file.st_mode & 0777, modes[i]);
    }
    char *key = content_of("key.pem");
    assert_string_equal(certificate.key, key);
    free(key);
}

/* Whether what is there is used as it is by one who wants this. */
static bool is_kept(const struct certificate_names *names)
{
    char *before[COUNT(files)];
    bool kept = true;
    for (size_t i = 0; i < COUNT(files); i++)
        before[i] = content_of(files[i]);
    make(names, time(NULL));
    for (size_t i = 0; i < COUNT(files); i++) {
        char *after = content_of(files[i]);
        bool same = strcmp(before[i], after) == 0;
        assert_true(i == 0 || same == kept); /* all of them, or none */
        kept = same;
        free(before[i]);
        free(after);
    }
    return kept;
}

static void what_serves_is_kept(void **state)
{
    const struct certificate_names all = {
        .listen = "::1", .host_names = "my.test", .machine = "box"};
    const struct certificate_names fewer = {.listen = "0.0.0.0", .machine = "another-box"};
    const struct certificate_names more = {.listen = "::1", .host_names = "my.test,your.test"};
    const struct certificate_names address = {.listen = "10.1.2.3"};
    (void)state;
    make(&all, time(NULL));
    assert_true(is_kept(&all));
    assert_true(is_kept(&fewer));
    assert_false(is_kept(&more));
    assert_true(is_kept(&more));
    assert_false(is_kept(&address));
}

static void what_has_expired_is_made_anew(void **state)
{
    const time_t day = 86400;
    (void)state;
    make(&usual, time(NULL) - 3650 * day + day);
    assert_true(is_kept(&usual));
    make(&(struct certificate_names){.listen = "::1", .host_names = "x"},
         time(NULL) - 3651 * day);
    assert_false(is_kept(&usual));
    assert_true(is_kept(&usual));
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
        assert_false(is_kept(&usual));
        free(old);
    }
    make(&usual, time(NULL));
    assert_int_equal(unlink(path_of("key.pem")), 0);
    make(&usual, time(NULL));
    put("key.pem", "");
    assert_false(is_kept(&usual));
}

/* Write a certificate of somebody else's, and its key. */
static void put_foreign(void)
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
    assert_int_equal(gnutls_x509_crt_set_expiration_time(c, time(NULL) + 3600), 0);
    assert_int_equal(gnutls_x509_crt_sign2(c, c, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crt_export2(c, GNUTLS_X509_FMT_PEM, &pem), 0);
    put("cert.pem", (const char *)pem.data);
    gnutls_free(pem.data);
    assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
    put("key.pem", (const char *)pem.data);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(c);
    gnutls_x509_privkey_deinit(key);
}

static void check_refused(const char *name)
{
    if (certificate_make(&certificate, folder, &usual, time(NULL), why))
        fail_msg("%s was replaced", name);
    assert_non_null(strstr(why, name));
    assert_non_null(strstr(why, "it was not made by this program"));
    assert_null(certificate.chain);
}

static void what_is_not_ours_is_not_replaced(void **state)
{
    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    put_foreign();
    char *key = content_of("key.pem");
    check_refused("cert.pem");
    assert_int_equal(unlink(path_of("cert.pem")), 0);
    check_refused("key.pem");
    put("ca.pem", "# nothing yet\n");
    check_refused("ca.pem");
    char *after = content_of("key.pem");
    assert_string_equal(after, key);
    free(key);
    free(after);
    assert_int_equal(unlink(path_of("ca.pem")), 0);
    assert_int_equal(unlink(path_of("key.pem")), 0);
    make(&usual, time(NULL));
}

static void tells_why_a_folder_does_not_serve(void **state)
{
    char path[96];
    (void)state;
    snprintf(path, sizeof path, "%s/below", folder);
    assert_false(certificate_make(&certificate, path, &usual, time(NULL), why));
    assert_non_null(strstr(why, "below: No such file or directory"));
    assert_false(certificate_make(&certificate, "/dev/null", &usual, time(NULL), why));
    assert_string_equal(why, "/dev/null: Not a directory");
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
    bool made = certificate_make(&certificate, folder, &usual, time(NULL), why);
    assert_int_equal(seteuid(0), 0);
    assert_false(made);
    assert_non_null(strstr(why, "/ca.pem: Permission denied; the folder belongs to "));
    assert_non_null(strstr(why, names));

    make(&usual, time(NULL));
    assert_int_equal(seteuid(OTHER), 0);
    made = certificate_make(&certificate, folder, &usual, time(NULL), why);
    assert_int_equal(seteuid(0), 0);
    assert_false(made);
    assert_non_null(strstr(why, "/key.pem: Permission denied; the file belongs to "));
    assert_non_null(strstr(why, names));
}

static void loads_files(void **state)
{
    char chain[128], key[128];
    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    put_foreign();
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
    char *ours = content_of("key.pem");
    put_foreign();
    put("key.pem", ours);
    free(ours);
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
        TEST(is_signed_by_an_authority_that_signs_no_other),
        TEST(only_the_owner_may_read_the_key),
        TEST(what_serves_is_kept),
        TEST(what_has_expired_is_made_anew),
        TEST(what_does_not_belong_together_is_made_anew),
        TEST(what_is_not_ours_is_not_replaced),
        TEST(tells_why_a_folder_does_not_serve),
        TEST(tells_whose_a_folder_is),
        TEST(loads_files),
        TEST(refuses_a_key_of_another_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
