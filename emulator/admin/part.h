/* part.h - reading one JSON object of a document: its members by name and kind.
 *
 * Bounds  are those of the rows of its schema, which has to have a row for each name that is read.
 * Errors  the first member that is wrong is the mistake, named by its path; what is read from then on is
 *         the value for a member that is not there. So a reader reads all that it wants, and looks at
 *         ok once. */
#ifndef CMQ_ADMIN_PART_H
#define CMQ_ADMIN_PART_H

#include "admin/mistake.h"
#include "admin/schema.h"
#include "base/bytes.h"
#include "base/time.h"

#include <stdint.h>

struct cJSON;

struct part {
    const struct cJSON *json;
    const struct schema *schema;
    const char *path;
    struct mistake *m;
    bool ok;
};

/* Begin to read an object. False when it is none, or has a member that the schema does not have, or two of
 * one name. The path must live as long as the part. */
bool part_begin(struct part *p, const struct cJSON *json, const char *path,
                const struct schema *schema, struct mistake *m);

/* Begin to read the object that is a member of another one; false, also, when it is not there. path is
 * where its path is put. What is wrong with it is wrong with the other one. */
bool part_enter(struct part *p, struct part *outer, const char *name,
                char path[MISTAKE_ARGUMENT_SIZE]);

/* Say what the member must be. Returns false. */
bool part_fail(struct part *p, const char *name, const char *must_be);

/* NULL if it is not there. */
const struct cJSON *part_member(const struct part *p, const char *name);

int64_t part_number(struct part *p, const char *name, int64_t otherwise);

/* A whole number that rises: 0 if it is not there. */
uint64_t part_count(struct part *p, const char *name);

/* An id as a text of digits; 0 if it is not there. */
uint64_t part_id(struct part *p, const char *name);

/* Epoch milliseconds. */
cmq_ms part_ms(struct part *p, const char *name, cmq_ms otherwise);

/* No data if it is not there. */
struct bytes part_text(struct part *p, const char *name);

/* A text that is_name(); no data if it is not there. */
struct bytes part_name(struct part *p, const char *name);

/* The index of one of the words. */
size_t part_word(struct part *p, const char *name, size_t otherwise);

bool part_flag(struct part *p, const char *name, bool otherwise);

/* A list; NULL if it is not there. */
const struct cJSON *part_list(struct part *p, const char *name);

/* A list of texts of at least one byte. How many there are. */
size_t part_texts(struct part *p, const char *name, struct bytes *out);

#endif
