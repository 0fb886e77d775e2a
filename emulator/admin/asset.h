/* asset.h - the files of the dashboard (emulator/admin/dashboard), which are part of the program.
 *
 * scripts/embed makes them an array each, plain and compressed. */
#ifndef CMQ_ADMIN_ASSET_H
#define CMQ_ADMIN_ASSET_H

#include "base/bytes.h"

/* What is sent of a file. The tag is of these bytes: of another content, or another coding, it is
 * another one. */
struct asset_form {
    const unsigned char *data;
    size_t len;
    const char *tag; /* with its quotes */
};

struct asset {
    const char *name;
    struct asset_form plain, packed; /* packed: by gzip */
};

/* The file of this name; NULL if there is none. */
const struct asset *asset_find(struct bytes name);

/* All of them, in order; NULL behind the last one. */
const struct asset *asset_at(size_t i);

/* Whether a file can have this name: letters, digits, "-", "_" and dots, of which none is the
 * first one. */
bool asset_is_name(struct bytes name);

/* The media type of a file of this name; NULL if such files are not served. */
const char *asset_type(struct bytes name);

#endif
