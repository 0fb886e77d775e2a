/* json.h - JSON text, written into a buffer, on one line. json_read.h reads it.
 *
 * Commas are added as needed: one is written unless the text so far ends in "{", "[" or ":", or in a line break.
 * cJSON writes from strings that end in NUL, and message bodies are byte strings that may
 * contain NUL and invalid UTF-8: hence the writer here.
 *
 * Errors  those of the buffer: failed is set when memory runs out. */
#ifndef CMQ_BASE_JSON_H
#define CMQ_BASE_JSON_H

#include "base/buffer.h"
#include "base/escape.h"

static inline void json_separate(struct buffer *b)
{
    char last = '[';
    if (b->len > 0)
        last = b->data[b->len - 1];
    if (last != '{' && last != '[' && last != ':' && last != '\n')
        buffer_append_char(b, ',');
}

/* key must need no escaping. */
void json_name(struct buffer *b, struct bytes key);

/* Inline, so that the compiler knows its length. */
static inline void json_key(struct buffer *b, const char *key)
{
    json_name(b, bytes_of(key));
}

void json_open(struct buffer *b, char bracket);  /* '{' or '[' */
void json_close(struct buffer *b, char bracket); /* '}' or ']' */
void json_string(struct buffer *b, struct bytes value);

/* A string whose content is lent, in this form. */
void json_blob(struct buffer *b, struct blob *value, enum loan_form form);

void json_int(struct buffer *b, int64_t value);
void json_uint(struct buffer *b, uint64_t value);
void json_literal(struct buffer *b, const char *word); /* true, false, null */

/* A number as a string of decimal digits: the wire form of ids (common 8.1). */
void json_id(struct buffer *b, uint64_t id);

/* A value with its key. */
static inline void json_key_string(struct buffer *b, const char *key, struct bytes value)
{
    json_key(b, key);
    json_string(b, value);
}

static inline void json_key_text(struct buffer *b, const char *key, const char *value)
{
    json_key_string(b, key, bytes_of(value));
}

/* The body of a message; blob is what it is kept in, NULL if in none. */
static inline void json_key_body(struct buffer *b, const char *key, struct bytes body,
                                 struct blob *blob)
{
    json_key(b, key);
    if (blob != NULL)
        json_blob(b, blob, LOAN_ESCAPED);
    else
        json_string(b, body);
}

static inline void json_key_int(struct buffer *b, const char *key, int64_t value)
{
    json_key(b, key);
    json_int(b, value);
}

static inline void json_key_id(struct buffer *b, const char *key, uint64_t id)
{
    json_key(b, key);
    json_id(b, id);
}

/* Append the bytes as the content of a JSON string (escape.h). */
void json_escape(struct buffer *b, struct bytes value);

#endif
