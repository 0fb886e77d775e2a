/* json_read.h - a JSON text as a tree of cJSON's nodes.
 *
 * cJSON's own parser takes what is no JSON, ends strings at a NUL, and takes memory and time for
 * however many values somebody sends. So a text is scanned first (json_scan.h), and what is good
 * becomes a tree here. All that cJSON has for looking at trees, and for printing them, serves for
 * these; nothing may be added to them, nor deleted by cJSON_Delete().
 *
 * Members keep their order, also of one name.
 *
 * Memory  the nodes are one block, and strings lie in the text: a tree of n values takes
 *         n * sizeof(cJSON) bytes, and a copy of the text unless that may be written over. A
 *         zeroed struct has no tree. */
#ifndef CMQ_BASE_JSON_READ_H
#define CMQ_BASE_JSON_READ_H

#include "base/json_scan.h"

struct cJSON;

struct json {
    struct cJSON *root;  /* NULL: none */
    struct cJSON *nodes; /* owned */
    size_t count;        /* of nodes that are in use */
    char *text;          /* owned; NULL: the text is the caller's */
};

/* Read a text. Anything but JSON_GOOD leaves no tree. The caller frees it by json_free(). */
enum json_fault json_read(struct json *j, struct bytes text, const struct json_bounds *bounds);

/* Make the tree of a text that a scan has found good, with as many values. The text is written
 * over, and has to live as long as the tree. False when there is no memory. */
bool json_build(struct json *j, char *text, size_t len, size_t values);

void json_free(struct json *j);

#endif
