/* certificate.h - what the emulator shows to clients that speak TLS: a certificate and its key,
 * from files, or made by a certificate authority of its own.
 *
 * certificate_make() keeps the authority in a folder: ca.pem is for clients to trust, ca-key.pem for
 * nobody else. Each start makes a new certificate by it, which is in no file. So any number of
 * emulators may share a folder, whatever their names, and restart as they like: clients go on to
 * trust ca.pem, until it is about to expire (decisions 43). */
#ifndef CMQ_SERVER_CERTIFICATE_H
#define CMQ_SERVER_CERTIFICATE_H

#include <stdbool.h>
#include <time.h>

/* PEM, ended with NUL. A zeroed one is none. */
struct certificate {
    char *chain; /* the certificate, and any between it and its authority */
    char *key;
    char *authority; /* for clients to trust; NULL for a certificate from files */
};

enum { CERTIFICATE_WHY_SIZE = 4352 };

void certificate_free(struct certificate *c);

/* Read both, and see whether they belong together. False: why names the file. */
bool certificate_load(struct certificate *c, const char *chain_file, const char *key_file,
                      char why[CERTIFICATE_WHY_SIZE]);

/* Which hosts a certificate is to be for, besides those of the cloud and localhost. */
struct certificate_names {
    const char *listen;     /* an address or a name; one that stands for all does not count */
    const char *host_names; /* "NAME,...", each with those below it; NULL: none */
    const char *machine;    /* its name; NULL: none */
};

/* Make a certificate by the authority of the folder; and that, and the folder, if need be. What
 * somebody else has put there is used if it is an authority, and not replaced. Several programs
 * may do that at a time. False: why names the file. */
bool certificate_make(struct certificate *c, const char *folder,
                      const struct certificate_names *names, time_t now,
                      char why[CERTIFICATE_WHY_SIZE]);

#endif
