/* certificate.h - what the emulator shows to clients that speak TLS: a certificate and its key,
 * from files, or made by a certificate authority of its own.
 *
 * certificate_make() keeps three files in a folder: ca.pem is for clients to trust, cert.pem and
 * key.pem are the emulator's. The authority's key is thrown away after that one certificate: who
 * trusts ca.pem trusts this emulator and nobody else. So a folder whose files still serve is
 * used as it is, and clients go on to trust it; otherwise all three are made anew (decisions
 * 43). */
#ifndef CMQ_SERVER_CERTIFICATE_H
#define CMQ_SERVER_CERTIFICATE_H

#include <stdbool.h>
#include <time.h>

/* PEM, ended with NUL. A zeroed one is none. */
struct certificate {
    char *chain; /* the certificate, and any between it and its authority */
    char *key;
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
    const char *machine;    /* a name that is put in, but is no reason to make another one: in
                               containers it is always a new one. NULL: none */
};

/* Read what the folder has, if it is for these names at this time; else make it, and the folder
 * if there is none. What somebody else has put there is not replaced. Several programs may do
 * that at a time. False: why names the file. */
bool certificate_make(struct certificate *c, const char *folder,
                      const struct certificate_names *names, time_t now,
                      char why[CERTIFICATE_WHY_SIZE]);

#endif
