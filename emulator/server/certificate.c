#include "server/certificate.h"

#include "base/bytes.h"
#include "server/file.h"
#include "server/option_list.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char authority[] = "CN=cmq-emulator CA";
static const char server[] = "CN=cmq-emulator";

enum {
    DAY_S = 24 * 3600,
    /* Apple's clients refuse more than 825 days, from the first second to the last. */
    SERVER_DAYS = 820,
    AUTHORITY_DAYS = 3651,
    AUTHORITY_REST_DAYS = 30, /* with fewer left it is made anew */
    PATH_SIZE = 4096,
    LOCK_PATIENCE_S = 10,
};

void certificate_free(struct certificate *c)
{
    free(c->chain);
    free(c->key);
    free(c->authority);
    *c = (struct certificate){NULL, NULL, NULL};
}

static bool fail(char why[CERTIFICATE_WHY_SIZE], const char *path, const char *reason)
{
    snprintf(why, CERTIFICATE_WHY_SIZE, "%s: %s", path, reason);
    return false;
}

/* Fail for the reason of errno. Where others have the right, as with a folder of the machine that
 * is mounted into a container, the message says who; whose: the file or folder that decides. */
static bool fail_to_use(char why[CERTIFICATE_WHY_SIZE], const char *path, const char *whose)
{
    const char *reason = strerror(errno);
    struct stat s;
    if (errno != EACCES || stat(whose, &s) != 0 || s.st_uid == geteuid())
        return fail(why, path, reason);
    snprintf(why, CERTIFICATE_WHY_SIZE,
             "%s: %s; the %s belongs to user %u, and this program runs as user %u", path,
             reason, S_ISDIR(s.st_mode) ? "folder" : "file", (unsigned)s.st_uid,
             (unsigned)geteuid());
    return false;
}

static gnutls_datum_t datum_of(const char *text)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

/* ---- from files ---- */

static bool check_chain(const char *path, const char *pem, char why[CERTIFICATE_WHY_SIZE])
{
    gnutls_x509_crt_t *list;
    unsigned count;
    gnutls_datum_t text = datum_of(pem);
    int rc = gnutls_x509_crt_list_import2(&list, &count, &text, GNUTLS_X509_FMT_PEM, 0);
    if (rc < 0)
        return fail(why, path, gnutls_strerror(rc));
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    return true;
}

/* As libmicrohttpd is going to use them, which tells no reasons. */
static bool check_pair(const struct certificate *c, const char *key_file,
                       char why[CERTIFICATE_WHY_SIZE])
{
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t chain = datum_of(c->chain), key = datum_of(c->key);
    int rc = gnutls_certificate_allocate_credentials(&credentials);
    if (rc < 0)
        return fail(why, key_file, gnutls_strerror(rc));
    rc = gnutls_certificate_set_x509_key_mem(credentials, &chain, &key, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
    return rc >= 0 || fail(why, key_file, gnutls_strerror(rc));
}

static bool read_into(char **text, const char *path, char why[CERTIFICATE_WHY_SIZE])
{
    *text = file_read(path);
    return *text != NULL || fail_to_use(why, path, path);
}

bool certificate_load(struct certificate *c, const char *chain_file, const char *key_file,
                      char why[CERTIFICATE_WHY_SIZE])
{
    *c = (struct certificate){NULL, NULL, NULL};
    if (read_into(&c->chain, chain_file, why) && read_into(&c->key, key_file, why) &&
        check_chain(chain_file, c->chain, why) && check_pair(c, key_file, why))
        return true;
    certificate_free(c);
    return false;
}

/* ---- names ---- */

/* Hosts that clients of CMQ have built in, or are told to use (common 1, api3 1). A wildcard
 * stands for one label. */
static const char *const cloud_names[] = {
    "*.api.qcloud.com",
    "*.api.tencentyun.com",
    "*.mqadapter.cmq.tencentyun.com",
    "*.public.tencenttdmq.com",
    "*.tencentcloudapi.com",
    "*.intl.tencentcloudapi.com",
    "*.internal.tencentcloudapi.com",
};

/* Of SERVICE.REGION.tencentcloudapi.com (api3 2.2, and the financial ones of api3 1). */
static const char *const regions[] = {
    "ap-bangkok",       "ap-beijing",  "ap-beijing-fsi",  "ap-chengdu",  "ap-chongqing",
    "ap-guangzhou",     "ap-hongkong", "ap-jakarta",      "ap-mumbai",   "ap-nanjing",
    "ap-seoul",         "ap-shanghai", "ap-shanghai-fsi", "ap-shenzhen", "ap-shenzhen-fsi",
    "ap-singapore",     "ap-tokyo",    "eu-frankfurt",    "eu-moscow",   "na-ashburn",
    "na-siliconvalley", "na-toronto",  "sa-saopaulo",
};

static const char *const local_names[] = {
    "localhost",
    "*.localhost",
    "127.0.0.1",
    "::1",
    /* how containers reach the machine that they run on */
    "host.docker.internal",
    "host.containers.internal",
};

typedef gnutls_subject_alt_names_t names_t;

/* Add a name, or an address in text form, unless it is there already. */
static bool put(names_t names, const char *text)
{
    unsigned char address[16];
    gnutls_datum_t name = datum_of(text), other;
    unsigned type = GNUTLS_SAN_DNSNAME, is;
    if (inet_pton(AF_INET, text, address) == 1)
        name = (gnutls_datum_t){address, 4};
    else if (inet_pton(AF_INET6, text, address) == 1)
        name = (gnutls_datum_t){address, 16};
    if (name.data == address)
        type = GNUTLS_SAN_IPADDRESS;
    for (unsigned i = 0; gnutls_subject_alt_names_get(names, i, &is, &other, NULL) == 0; i++)
        if (is == type && other.size == name.size &&
            memcmp(other.data, name.data, name.size) == 0)
            return true;
    return gnutls_subject_alt_names_set(names, type, &name, NULL) == 0;
}

/* Those of a list, each with those below it. */
static bool put_listed(names_t names, const char *list)
{
    struct bytes rest = bytes_of(list != NULL ? list : ""), one;
    while (option_list_next(&rest, &one)) {
        char name[2 + 256];
        if (one.len > 255)
            continue;
        snprintf(name, sizeof name, "*.%.*s", (int)one.len, one.data);
        bool address = strchr(name, ':') != NULL || strspn(name + 2, "0123456789.") == one.len;
        if (!put(names, name + 2) || (!address && !put(names, name)))
            return false;
    }
    return true;
}

static bool put_fixed(names_t names)
{
    for (size_t i = 0; i < COUNT(local_names); i++)
        if (!put(names, local_names[i]))
            return false;
    for (size_t i = 0; i < COUNT(cloud_names); i++)
        if (!put(names, cloud_names[i]))
            return false;
    for (size_t i = 0; i < COUNT(regions); i++) {
        char name[64];
        snprintf(name, sizeof name, "*.%s.tencentcloudapi.com", regions[i]);
        if (!put(names, name))
            return false;
    }
    return true;
}

/* A machine may be called anything, but a certificate has ASCII, without control characters. */
static bool put_machine(names_t names, const char *machine)
{
    for (const char *c = machine; *c != '\0'; c++)
        if (!isgraph((unsigned char)*c))
            return true;
    return put(names, machine);
}

static bool put_wanted(names_t names, const struct certificate_names *wanted)
{
    bool all = strcmp(wanted->listen, "0.0.0.0") == 0 || strcmp(wanted->listen, "::") == 0;
    return put_fixed(names) && (all || put(names, wanted->listen)) &&
           put_listed(names, wanted->host_names) &&
           (wanted->machine == NULL || put_machine(names, wanted->machine));
}

/* ---- making ---- */

struct pair {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
};

static bool pair_init(struct pair *p)
{
    *p = (struct pair){NULL, NULL};
    return gnutls_x509_crt_init(&p->certificate) == 0 && gnutls_x509_privkey_init(&p->key) == 0;
}

static void pair_fini(struct pair *p)
{
    gnutls_x509_crt_deinit(p->certificate);
    gnutls_x509_privkey_deinit(p->key);
}

/* What both certificates have. */
static bool describe(struct pair *p, const char *name, time_t from, time_t to)
{
    unsigned char serial[16], id[20];
    size_t id_len = sizeof id;
    gnutls_x509_crt_t c = p->certificate;
    if (gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial) != 0)
        return false;
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40); /* positive, and of this length */
    return gnutls_x509_privkey_generate(p->key, GNUTLS_PK_ECDSA,
                                        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                        0) == 0 &&
           gnutls_x509_crt_set_version(c, 3) == 0 && gnutls_x509_crt_set_key(c, p->key) == 0 &&
           gnutls_x509_crt_set_serial(c, serial, sizeof serial) == 0 &&
           gnutls_x509_crt_set_dn(c, name, NULL) == 0 &&
           gnutls_x509_crt_set_activation_time(c, from) == 0 &&
           gnutls_x509_crt_set_expiration_time(c, to) == 0 &&
           gnutls_x509_crt_get_key_id(c, 0, id, &id_len) == 0 &&
           gnutls_x509_crt_set_subject_key_id(c, id, id_len) == 0;
}

/* The clock of a container may be a little behind. */
static time_t begin_of(time_t now)
{
    return now - DAY_S;
}

static time_t end_of(time_t now, int days)
{
    return begin_of(now) + (time_t)days * DAY_S;
}

/* An authority for servers, not for other authorities. */
static bool make_authority(struct pair *ca, time_t now)
{
    return pair_init(ca) &&
           describe(ca, authority, begin_of(now), end_of(now, AUTHORITY_DAYS)) &&
           gnutls_x509_crt_set_basic_constraints(ca->certificate, 1, 0) == 0 &&
           gnutls_x509_crt_set_key_usage(ca->certificate, GNUTLS_KEY_KEY_CERT_SIGN) == 0 &&
           gnutls_x509_crt_sign2(ca->certificate, ca->certificate, ca->key, GNUTLS_DIG_SHA256,
                                 0) == 0;
}

static bool set_names(gnutls_x509_crt_t c, const struct certificate_names *wanted)
{
    names_t names;
    gnutls_datum_t der = {NULL, 0};
    if (gnutls_subject_alt_names_init(&names) != 0)
        return false;
    bool set = put_wanted(names, wanted) &&
               gnutls_x509_ext_export_subject_alt_names(names, &der) == 0 &&
               gnutls_x509_crt_set_extension_by_oid(c, GNUTLS_X509EXT_OID_SAN, der.data,
                                                    der.size, 0) == 0;
    gnutls_free(der.data);
    gnutls_subject_alt_names_deinit(names);
    return set;
}

/* The subject key id of the authority; somebody else's may have none. */
static bool set_authority_id(gnutls_x509_crt_t c, gnutls_x509_crt_t ca)
{
    unsigned char id[64];
    size_t len = sizeof id;
    int rc = gnutls_x509_crt_get_subject_key_id(ca, id, &len, NULL);
    return rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ||
           (rc == 0 && gnutls_x509_crt_set_authority_key_id(c, id, len) == 0);
}

static bool make_server(struct pair *s, const struct pair *ca,
                        const struct certificate_names *wanted, time_t now)
{
    time_t to = end_of(now, SERVER_DAYS);
    time_t authority_to = gnutls_x509_crt_get_expiration_time(ca->certificate);
    return pair_init(s) &&
           describe(s, server, begin_of(now), to < authority_to ? to : authority_to) &&
           set_authority_id(s->certificate, ca->certificate) &&
           gnutls_x509_crt_set_basic_constraints(s->certificate, 0, -1) == 0 &&
           gnutls_x509_crt_set_key_usage(s->certificate, GNUTLS_KEY_DIGITAL_SIGNATURE) == 0 &&
           gnutls_x509_crt_set_key_purpose_oid(s->certificate, GNUTLS_KP_TLS_WWW_SERVER, 0) ==
               0 &&
           set_names(s->certificate, wanted) &&
           gnutls_x509_crt_sign2(s->certificate, ca->certificate, ca->key, GNUTLS_DIG_SHA256,
                                 0) == 0;
}

static char *copy_of(const gnutls_datum_t *text)
{
    return strndup((const char *)text->data, text->size);
}

static char *pem_of(gnutls_x509_crt_t c)
{
    gnutls_datum_t text;
    if (gnutls_x509_crt_export2(c, GNUTLS_X509_FMT_PEM, &text) != 0)
        return NULL;
    char *pem = copy_of(&text);
    gnutls_free(text.data);
    return pem;
}

static char *pem_of_key(gnutls_x509_privkey_t key)
{
    gnutls_datum_t text;
    if (gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                          &text) != 0)
        return NULL;
    char *pem = copy_of(&text);
    gnutls_free(text.data);
    return pem;
}

/* ---- the authority in its folder ---- */

enum { CA, CA_KEY, FILES };

struct folder {
    int lock;
    char paths[FILES][PATH_SIZE];
    char *texts[FILES]; /* NULL: there is no such file */
};

static void folder_close(struct folder *f)
{
    for (size_t i = 0; i < FILES; i++)
        free(f->texts[i]);
    if (f->lock >= 0)
        close(f->lock);
}

/* Others may look for ca.pem in a folder that was made here, whatever the umask is. */
static bool make_folder(const char *path)
{
    if (mkdir(path, 0755) == 0)
        return chmod(path, 0755) == 0;
    return errno == EEXIST;
}

static void interrupt(int signal)
{
    (void)signal;
}

/* Others hold the lock for milliseconds, unless something is wrong. flock() knows no limit, but a
 * signal ends it. */
static bool lock(int fd, const char *path, char why[CERTIFICATE_WHY_SIZE])
{
    const struct sigaction action = {.sa_handler = interrupt};
    struct sigaction before;
    char reason[64];
    (void)sigaction(SIGALRM, &action, &before);
    (void)alarm(LOCK_PATIENCE_S);
    bool locked = flock(fd, LOCK_EX) == 0;
    int error = errno;
    (void)alarm(0);
    (void)sigaction(SIGALRM, &before, NULL);
    snprintf(reason, sizeof reason, "another program has kept it locked for %d seconds",
             LOCK_PATIENCE_S);
    return locked || fail(why, path, error == EINTR ? reason : strerror(error));
}

/* Locked until it is closed. */
static bool folder_open(struct folder *f, const char *path, char why[CERTIFICATE_WHY_SIZE])
{
    static const char *const names[FILES] = {"ca.pem", "ca-key.pem"};
    *f = (struct folder){.lock = -1};
    if (!make_folder(path))
        return fail_to_use(why, path, path);
    f->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->lock < 0)
        return fail_to_use(why, path, path);
    if (!lock(f->lock, path, why))
        return false;
    for (size_t i = 0; i < FILES; i++) {
        if (snprintf(f->paths[i], PATH_SIZE, "%s/%s", path, names[i]) >= PATH_SIZE)
            return fail(why, "--tls-self-signed", strerror(ENAMETOOLONG));
        f->texts[i] = file_read(f->paths[i]);
        if (f->texts[i] == NULL && errno != ENOENT)
            return fail_to_use(why, f->paths[i], f->paths[i]);
    }
    return true;
}

static bool import(const struct folder *f, struct pair *ca)
{
    gnutls_datum_t certificate = datum_of(f->texts[CA]), key = datum_of(f->texts[CA_KEY]);
    return gnutls_x509_crt_import(ca->certificate, &certificate, GNUTLS_X509_FMT_PEM) == 0 &&
           gnutls_x509_privkey_import2(ca->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0) == 0;
}

static bool are_a_pair(const struct pair *p)
{
    unsigned char of_key[64], of_certificate[64];
    size_t key_len = sizeof of_key, certificate_len = sizeof of_certificate;
    return gnutls_x509_privkey_get_key_id(p->key, 0, of_key, &key_len) == 0 &&
           gnutls_x509_crt_get_key_id(p->certificate, 0, of_certificate, &certificate_len) ==
               0 &&
           key_len == certificate_len && memcmp(of_key, of_certificate, key_len) == 0;
}

/* Whether it is valid yet does not count: a clock that is wrong once would make all clients trust
 * a new authority. */
static bool still_serves(const struct pair *ca, time_t until)
{
    return gnutls_x509_crt_get_ca_status(ca->certificate, NULL) > 0 && are_a_pair(ca) &&
           gnutls_x509_crt_get_expiration_time(ca->certificate) >= until;
}

/* A certificate of this program's authority. */
static bool is_ours(const char *pem)
{
    gnutls_x509_crt_t c;
    gnutls_datum_t text = datum_of(pem), name = {NULL, 0};
    if (gnutls_x509_crt_init(&c) != 0)
        return false;
    bool ours =
        gnutls_x509_crt_import(c, &text, GNUTLS_X509_FMT_PEM) == 0 &&
        gnutls_x509_crt_get_issuer_dn2(c, &name) == 0 &&
        bytes_equal((struct bytes){(const char *)name.data, name.size}, bytes_of(authority));
    gnutls_free(name.data);
    gnutls_x509_crt_deinit(c);
    return ours;
}

/* A key does not say whose it is: one without our ca.pem is somebody's. */
static bool may_replace(const struct folder *f, char why[CERTIFICATE_WHY_SIZE])
{
    static const char reason[] =
        "it does not serve as an authority, and is not replaced, since "
        "it was not made by this program; name another folder";
    if (f->texts[CA] != NULL && !is_ours(f->texts[CA]))
        return fail(why, f->paths[CA], reason);
    return f->texts[CA_KEY] == NULL || f->texts[CA] != NULL ||
           fail(why, f->paths[CA_KEY], reason);
}

/* The certificate comes first: if this ends in between, what is there is known as ours. */
static bool write_authority(struct folder *f, const char *folder, const struct pair *ca,
                            char why[CERTIFICATE_WHY_SIZE])
{
    static const mode_t modes[FILES] = {0644, 0600};
    for (size_t i = 0; i < FILES; i++)
        free(f->texts[i]);
    f->texts[CA] = pem_of(ca->certificate);
    f->texts[CA_KEY] = pem_of_key(ca->key);
    for (size_t i = 0; i < FILES; i++) {
        if (f->texts[i] == NULL)
            return fail(why, f->paths[i], "it cannot be made");
        if (!file_write(f->paths[i], f->texts[i], modes[i]))
            return fail_to_use(why, f->paths[i], folder);
    }
    return true;
}

/* Ours is made anew in time. Somebody else's cannot be, and serves to its end. */
static bool use_authority(const struct folder *f, struct pair *ca, time_t now)
{
    if (f->texts[CA] == NULL || f->texts[CA_KEY] == NULL || !import(f, ca))
        return false;
    time_t rest = is_ours(f->texts[CA]) ? (time_t)AUTHORITY_REST_DAYS * DAY_S : 0;
    return still_serves(ca, now + rest);
}

/* That of the folder, or a new one. */
static bool get_authority(struct folder *f, const char *folder, struct pair *ca, time_t now,
                          char why[CERTIFICATE_WHY_SIZE])
{
    if (!pair_init(ca))
        return fail(why, f->paths[CA], "it cannot be made");
    if (use_authority(f, ca, now))
        return true;
    if (!may_replace(f, why))
        return false;
    pair_fini(ca);
    if (!make_authority(ca, now))
        return fail(why, f->paths[CA], "it cannot be made");
    return write_authority(f, folder, ca, why);
}

bool certificate_make(struct certificate *c, const char *folder,
                      const struct certificate_names *names, time_t now,
                      char why[CERTIFICATE_WHY_SIZE])
{
    struct folder f;
    struct pair ca = {NULL, NULL}, s = {NULL, NULL};
    *c = (struct certificate){NULL, NULL, NULL};
    if (folder_open(&f, folder, why) && get_authority(&f, folder, &ca, now, why)) {
        bool made = make_server(&s, &ca, names, now);
        c->chain = made ? pem_of(s.certificate) : NULL;
        c->key = made ? pem_of_key(s.key) : NULL;
        c->authority = f.texts[CA];
        f.texts[CA] = NULL;
        if (c->chain == NULL || c->key == NULL) {
            certificate_free(c);
            fail(why, "--tls-self-signed", "a certificate cannot be made");
        }
    }
    pair_fini(&s);
    pair_fini(&ca);
    folder_close(&f);
    return c->chain != NULL;
}
