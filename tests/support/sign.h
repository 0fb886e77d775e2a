/* sign.h - signatures that tests make by themselves: of a text that is written out. */
#ifndef CMQ_TESTS_SIGN_H
#define CMQ_TESTS_SIGN_H

#include "api/digest.h"
#include "base/form.h"

/* The credential of the worked examples (common 5). */
#define SIGN_ID  "AKIDemulator0000000000000000000001"
#define SIGN_KEY "emulatorSecretKey0123456789ABCDEF"

/* The Base64 signature of a text, valid until the next call. */
struct bytes sign_text(enum digest_kind kind, struct bytes key, struct bytes text);

/* The hex signature TC3-HMAC-SHA256 of a canonical request; also valid until the next call. The
 * key is what k1 is made by: with TC3 before it. */
struct bytes sign_by(const char *whole_key, const char *timestamp, const char *date,
                     const char *service, struct bytes canonical);

/* A form, the text that it is parsed in, and a copy of this that stays as it was. */
struct sent_form {
    struct form form;
    char *decoded, *wire;
    size_t len;
};

/* The parameters of wire, and if signature is not empty "&Signature=" with this, encoded. */
void sent_form_make(struct sent_form *f, struct bytes wire, struct bytes signature);
void sent_form_free(struct sent_form *f);

#endif
