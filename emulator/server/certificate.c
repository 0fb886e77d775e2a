#include "server/certificate.h"

#include "base/bytes.h"
#include "server/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char authority[] = "CN=cmq-emulator CA";
static const char server[] = "CN=cmq-emulator";

enum { DAY_S = 24 * 3600, VALID_DAYS = 3650, PATH_SIZE = 4096 };

void certificate_free(struct certificate *c)
{
    free(c->chain);
    free(c->key);
    *c = (struct certificate){NULL, NULL};
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
    *c = (struct certificate){NULL, NULL};
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

/* What to do with each name; false ends it. */
typedef bool name_fn(names_t names, unsigned type, gnutls_datum_t name);

static bool has(names_t names, unsigned type, gnutls_datum_t wanted)
{
    gnutls_datum_t name;
    unsigned is;
    for (unsigned i = 0; gnutls_subject_alt_names_get(names, i, &is, &name, NULL) == 0; i++)
        if (is == type && name.size == wanted.size &&
            memcmp(name.data, wanted.data, name.size) == 0)
            return true;
    return false;
}

/* Once. */
static bool put(names_t names, unsigned type, gnutls_datum_t name)
{
    return has(names, type, name) ||
           gnutls_subject_alt_names_set(names, type, &name, NULL) == 0;
}

/* A name, or an address as people write it. */
static bool each(name_fn *fn, names_t names, const char *text)
{
    unsigned char address[16];
    if (inet_pton(AF_INET, text, address) == 1)
        return fn(names, GNUTLS_SAN_IPADDRESS, (gnutls_datum_t){address, 4});
    if (inet_pton(AF_INET6, text, address) == 1)
        return fn(names, GNUTLS_SAN_IPADDRESS, (gnutls_datum_t){address, 16});
    return fn(names, GNUTLS_SAN_DNSNAME, datum_of(text));
}

/* Those of a list, each with those below it. */
static bool each_listed(name_fn *fn, names_t names, const char *list)
{
    while (list != NULL && *list != '\0') {
        char name[2 + 256];
        size_t len = strcspn(list, ", ");
        if (len > 0 && len < 256) {
            snprintf(name, sizeof name, "*.%.*s", (int)len, list);
            if (!each(fn, names, name + 2) ||
                (strpbrk(name + 2, ":") == NULL && strspn(name + 2, "0123456789.") < len &&
                 !each(fn, names, name)))
                return false;
        }
        list += len + strspn(list + len, ", ");
    }
    return true;
}

static bool each_fixed(name_fn *fn, names_t names)
{
    for (size_t i = 0; i < COUNT(local_names); i++)
        if (!each(fn, names, local_names[i]))
            return false;
    for (size_t i = 0; i < COUNT(cloud_names); i++)
        if (!each(fn, names, cloud_names[i]))
            return false;
    for (size_t i = 0; i < COUNT(regions); i++) {
        char name[64];
        snprintf(name, sizeof name, "*.%s.tencentcloudapi.com", regions[i]);
        if (!each(fn, names, name))
            return false;
    }
    return true;
}

static bool each_wanted(name_fn *fn, names_t names, const struct certificate_names *wanted)
{
    bool all = strcmp(wanted->listen, "0.0.0.0") == 0 || strcmp(wanted->listen, "::") == 0;
    return each_fixed(fn, names) && (all || each(fn, names, wanted->listen)) &&
           each_listed(fn, names, wanted->host_names);
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

/* What both certificates have. The clock of a container may be a little behind. */
static bool describe(struct pair *p, const char *name, time_t now)
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
           gnutls_x509_crt_set_activation_time(c, now - DAY_S) == 0 &&
           gnutls_x509_crt_set_expiration_time(c, now + (time_t)VALID_DAYS * DAY_S) == 0 &&
           gnutls_x509_crt_get_key_id(c, 0, id, &id_len) == 0 &&
           gnutls_x509_crt_set_subject_key_id(c, id, id_len) == 0;
}

/* An authority for servers, not for other authorities. */
static bool make_authority(struct pair *ca, time_t now)
{
    return pair_init(ca) && describe(ca, authority, now) &&
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
    bool set = each_wanted(put, names, wanted) &&
               (wanted->machine == NULL || each(put, names, wanted->machine)) &&
               gnutls_x509_ext_export_subject_alt_names(names, &der) == 0 &&
               gnutls_x509_crt_set_extension_by_oid(c, GNUTLS_X509EXT_OID_SAN, der.data,
                                                    der.size, 0) == 0;
    gnutls_free(der.data);
    gnutls_subject_alt_names_deinit(names);
    return set;
}

static bool make_server(struct pair *s, const struct pair *ca,
                        const struct certificate_names *wanted, time_t now)
{
    unsigned char id[20];
    size_t id_len = sizeof id;
    return pair_init(s) && describe(s, server, now) &&
           gnutls_x509_crt_get_key_id(ca->certificate, 0, id, &id_len) == 0 &&
           gnutls_x509_crt_set_authority_key_id(s->certificate, id, id_len) == 0 &&
           gnutls_x509_crt_set_basic_constraints(s->certificate, 0, -1) == 0 &&
           gnutls_x509_crt_set_key_usage(s->certificate, GNUTLS_KEY_DIGITAL_SIGNATURE) == 0 &&
           gnutls_x509_crt_set_key_purpose_oid(s->certificate, GNUTLS_KP_TLS_WWW_SERVER, 0) ==
               0 &&
           set_names(s->certificate, wanted) &&
           gnutls_x509_crt_sign2(s->certificate, ca->certificate, ca->key, GNUTLS_DIG_SHA256,
                                 0) == 0;
}

/* ---- the folder ---- */

enum { CA, CHAIN, KEY, FILES };

struct folder {
    int lock;
    char paths[FILES][PATH_SIZE];
    char *texts[FILES]; /* NULL: there is no such file */
};

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

static void folder_close(struct folder *f)
{
    for (size_t i = 0; i < FILES; i++)
        free(f->texts[i]);
    if (f->lock >= 0)
        close(f->lock);
}

/* Locked until it is closed. */
static bool folder_open(struct folder *f, const char *path, char why[CERTIFICATE_WHY_SIZE])
{
    static const char *const names[FILES] = {"ca.pem", "cert.pem", "key.pem"};
    *f = (struct folder){.lock = -1};
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return fail(why, path, strerror(errno));
    f->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->lock < 0 || flock(f->lock, LOCK_EX) != 0)
        return fail_to_use(why, path, path);
    for (size_t i = 0; i < FILES; i++) {
        if (snprintf(f->paths[i], PATH_SIZE, "%s/%s", path, names[i]) >= PATH_SIZE)
            return fail(why, "--tls-self-signed", strerror(ENAMETOOLONG));
        f->texts[i] = file_read(f->paths[i]);
        if (f->texts[i] == NULL && errno != ENOENT)
            return fail_to_use(why, f->paths[i], f->paths[i]);
    }
    return true;
}

/* What the texts of a folder say; false when they say nothing that makes sense. */
static bool import(const struct folder *f, gnutls_x509_crt_t ca, struct pair *s)
{
    gnutls_datum_t ca_text = datum_of(f->texts[CA]), chain = datum_of(f->texts[CHAIN]);
    gnutls_datum_t key = datum_of(f->texts[KEY]);
    return gnutls_x509_crt_import(ca, &ca_text, GNUTLS_X509_FMT_PEM) == 0 &&
           gnutls_x509_crt_import(s->certificate, &chain, GNUTLS_X509_FMT_PEM) == 0 &&
           gnutls_x509_privkey_import2(s->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0) == 0;
}

static bool are_a_pair(const struct pair *s)
{
    unsigned char of_key[64], of_certificate[64];
    size_t key_len = sizeof of_key, certificate_len = sizeof of_certificate;
    return gnutls_x509_privkey_get_key_id(s->key, 0, of_key, &key_len) == 0 &&
           gnutls_x509_crt_get_key_id(s->certificate, 0, of_certificate, &certificate_len) ==
               0 &&
           key_len == certificate_len && memcmp(of_key, of_certificate, key_len) == 0;
}

static bool is_for(gnutls_x509_crt_t c, const struct certificate_names *wanted)
{
    names_t names;
    gnutls_datum_t der = {NULL, 0};
    if (gnutls_subject_alt_names_init(&names) != 0)
        return false;
    bool all =
        gnutls_x509_crt_get_extension_by_oid2(c, GNUTLS_X509EXT_OID_SAN, 0, &der, NULL) == 0 &&
        gnutls_x509_ext_import_subject_alt_names(&der, names, 0) == 0 &&
        each_wanted(has, names, wanted);
    gnutls_free(der.data);
    gnutls_subject_alt_names_deinit(names);
    return all;
}

/* Signed by that authority, and both are valid: by the clock of this machine. */
static bool is_valid(gnutls_x509_crt_t c, gnutls_x509_crt_t ca)
{
    unsigned status = 0;
    return gnutls_x509_crt_verify(c, &ca, 1, 0, &status) == 0 && status == 0;
}

static bool still_serves(const struct folder *f, const struct certificate_names *wanted)
{
    struct pair s;
    gnutls_x509_crt_t ca = NULL;
    if (f->texts[CA] == NULL || f->texts[CHAIN] == NULL || f->texts[KEY] == NULL)
        return false;
    bool serves = pair_init(&s) && gnutls_x509_crt_init(&ca) == 0 && import(f, ca, &s) &&
                  are_a_pair(&s) && is_valid(s.certificate, ca) &&
                  is_for(s.certificate, wanted);
    gnutls_x509_crt_deinit(ca);
    pair_fini(&s);
    return serves;
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
        "it was not made by this program, and is not replaced; name another folder";
    for (size_t i = CA; i <= CHAIN; i++)
        if (f->texts[i] != NULL && !is_ours(f->texts[i]))
            return fail(why, f->paths[i], reason);
    return f->texts[KEY] == NULL || f->texts[CA] != NULL || fail(why, f->paths[KEY], reason);
}

static bool make_texts(struct folder *f, const struct certificate_names *wanted, time_t now)
{
    struct pair ca = {NULL, NULL}, s = {NULL, NULL};
    bool made = make_authority(&ca, now) && make_server(&s, &ca, wanted, now);
    for (size_t i = 0; i < FILES; i++)
        free(f->texts[i]);
    f->texts[CA] = made ? pem_of(ca.certificate) : NULL;
    f->texts[CHAIN] = made ? pem_of(s.certificate) : NULL;
    f->texts[KEY] = made ? pem_of_key(s.key) : NULL;
    pair_fini(&ca);
    pair_fini(&s);
    return f->texts[CA] != NULL && f->texts[CHAIN] != NULL && f->texts[KEY] != NULL;
}

/* The authority comes first: if this ends in between, what is there is known as ours. */
static bool renew(struct folder *f, const char *folder, const struct certificate_names *wanted,
                  time_t now, char why[CERTIFICATE_WHY_SIZE])
{
    static const mode_t modes[FILES] = {0644, 0644, 0600};
    if (!make_texts(f, wanted, now))
        return fail(why, f->paths[CHAIN], "it cannot be made");
    for (size_t i = 0; i < FILES; i++)
        if (!file_write(f->paths[i], f->texts[i], modes[i]))
            return fail_to_use(why, f->paths[i], folder);
    return true;
}

bool certificate_make(struct certificate *c, const char *folder,
                      const struct certificate_names *names, time_t now,
                      char why[CERTIFICATE_WHY_SIZE])
{
    struct folder f;
    *c = (struct certificate){NULL, NULL};
    bool ready = folder_open(&f, folder, why) &&
                 (still_serves(&f, names) ||
                  (may_replace(&f, why) && renew(&f, folder, names, now, why)));
    if (ready) {
        c->chain = f.texts[CHAIN];
        c->key = f.texts[KEY];
        f.texts[CHAIN] = f.texts[KEY] = NULL;
    }
    folder_close(&f);
    return ready;
}
