/* converse_line.h - one line of a conversation, cut into words.
 *
 * A word is a name, or a name, an operator and a value: queueName=jobs, receiptHandle->$h,
 * message~"no message". tests/conversations/README.md describes what a value can be. Saved
 * values and the time at which the conversation begins are put in while the line is read, so
 * that words hold plain bytes. */
#ifndef CMQ_TESTS_CONVERSE_LINE_H
#define CMQ_TESTS_CONVERSE_LINE_H

#include "base/buffer.h"
#include "base/time.h"

/* What a value stands for in an expectation; in a request all kinds are text. */
enum value_kind {
    VALUE_STRING,
    VALUE_NUMBER,
    VALUE_LITERAL, /* true, false, null */
    VALUE_ANY,     /* * */
};

enum word_operator {
    WORD_ALONE,
    WORD_EQUAL,    /* = */
    WORD_UNEQUAL,  /* != */
    WORD_CONTAINS, /* ~ */
    WORD_MATCHES,  /* ~= */
    WORD_AT_LEAST, /* >= */
    WORD_SAVE,     /* -> */
};

struct word {
    struct buffer name, value;
    enum word_operator operator;
    enum value_kind kind; /* of the value */
    bool is_json;         /* the value is '...' and begins as a list or an object does */
};

struct variable {
    struct buffer name, value;
    enum value_kind kind;
};

enum { LINE_WORDS_MAX = 64, VARIABLES_MAX = 64 };

struct variables {
    cmq_ms begin_ms; /* T and TMS */
    cmq_ms real_ms;  /* NOW */
    size_t count;
    struct variable list[VARIABLES_MAX];
};

struct line {
    size_t count;
    struct word words[LINE_WORDS_MAX];
    char mistake[128]; /* why it cannot be read */
};

/* False when the text cannot be read; then line->mistake says why. line_free() is due anyway.
 */
bool line_read(struct line *line, const char *text, const struct variables *variables);
void line_free(struct line *line);

/* Remember value under a name, again or for the first time; false when there are too many. */
bool variables_set(struct variables *v, struct bytes name, struct bytes value,
                   enum value_kind kind);
void variables_free(struct variables *v);

bool word_is(const struct word *w, const char *name);

#endif
