/* schema.h - what the JSON objects of the admin interface consist of: rows of members (admin 6).
 *
 * For     the OpenAPI document, which is made from them (openapi.h), and the tests, which hold each
 *         answer against them: an answer with a member that no row has is a mistake, and so is one
 *         without a member that is not optional.
 * Place   a schema stands beside the code that writes the object, or reads it.
 * Names   two schemas have two names: the document lists them by these. */
#ifndef CMQ_ADMIN_SCHEMA_H
#define CMQ_ADMIN_SCHEMA_H

#include "admin/mistake.h"
#include "base/nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum schema_type {
    TYPE_NUMBER,   /* a whole number; from least to greatest, unless both are 0 */
    TYPE_FRACTION, /* a number from least to greatest */
    TYPE_FLAG,     /* true or false */
    TYPE_TEXT,     /* of least to greatest characters, unless both are 0 */
    TYPE_BASE64,   /* bytes, as a text */
    TYPE_WORD,     /* one of words, or of choices */
    TYPE_NAME,     /* of a queue, a topic, ...: 1 to 64 letters, digits, "-", "_" */
    TYPE_PATH,     /* two of them: "topic/subscription" */
    TYPE_ID,       /* a number of up to 19 digits, as a text */
    TYPE_MSG_ID,   /* given by a client: the id of a message, of any API */
    TYPE_MS,       /* an instant, as epoch milliseconds */
    TYPE_TIME,     /* the same in RFC 3339 */
    TYPE_DURATION, /* given by a client (admin 1.3) */
    TYPE_INSTANT,  /* given by a client (admin 1.3) */
    TYPE_INSTANTS, /* given by a client: several, as epoch milliseconds */
    TYPE_BYTES,    /* given by a client: a number, or a text such as "64k" */
    TYPE_OBJECT,   /* as `of` says */
    TYPE_NUMBERS,  /* an object whose members have any names, and are whole numbers */
    TYPE_TEXTS,    /* an object whose members have any names, and are texts */
    TYPE_ANY,      /* any JSON */
    TYPE_INCLUDED, /* no member: what `of` has is in this object, too */
};

enum {
    MEMBER_OPTIONAL = 1, /* it may be missing */
    MEMBER_OR_NULL = 2,
    MEMBER_OR_TEXT = 8, /* a number; or the same as a text, as it was given */
    MEMBER_LIST = 4,    /* a list of these; of least to greatest items, unless both are 0 */
};

struct schema_member {
    const char *name; /* "" in a choice, and of TYPE_INCLUDED */
    enum schema_type type;
    unsigned flags;
    const char
        *help; /* a phrase, or sentences without the last full stop; NULL: the name says it */
    const struct schema *of;
    const char *const *words; /* ended by NULL */
    const char *choices;      /* "a|b" */
    int64_t least, greatest;
    const char *otherwise; /* what holds if it is not given, as in a query; NULL: nothing */
};

struct schema {
    const char *name; /* in the document: "Queue" */
    const char *help;
    const struct schema_member *members;
    size_t count;
    bool choice; /* one of the rows, rather than an object of all of them */
    /* Instead of rows, where the members follow from another table: false behind the last one. */
    bool (*row)(size_t i, struct schema_member *out);
    int least; /* so many members it has at least, besides those that it needs */
};

#define SCHEMA(name, help, rows)                                                               \
    {                                                                                          \
        name, help, rows, sizeof(rows) / sizeof(rows)[0], false, NULL, 0                       \
    }
#define SCHEMA_CHOICE(name, help, rows)                                                        \
    {                                                                                          \
        name, help, rows, sizeof(rows) / sizeof(rows)[0], true, NULL, 0                        \
    }

/* The row of this number; false behind the last one. */
bool schema_row(const struct schema *s, size_t i, struct schema_member *out);

/* An object's member of this name, also an included one; false if there is none. */
bool schema_find(const struct schema *s, const char *name, struct schema_member *out);

/* Try the names of an object's members. */
void schema_try_names(const struct schema *s, struct nearest *n);

/* The object has no member of this name, which stands at this path: mistake_unknown(), with the nearest name
 * of those that it has. Returns false. */
bool schema_refuse(const struct schema *s, const char *path, const char *name,
                   struct mistake *m);

#endif
