/* journal_entry.h - one entry of the journal: a request with its answer, or an attempt of a push.
 *
 * Made    from a note, which points to the texts of the request: journal_entry_write() copies what
 *         is kept of them behind the entry, and formats nothing.
 * Cut     a text of more than JOURNAL_TEXT_MAX bytes is cut. Of very many arguments the first are
 *         kept. Secrets are left out.
 * Memory  the journal's. */
#ifndef CMQ_NAMESPACE_JOURNAL_ENTRY_H
#define CMQ_NAMESPACE_JOURNAL_ENTRY_H

#include "base/form.h"
#include "base/time.h"

#include <stdint.h>

enum {
    JOURNAL_TEXT_MAX = 1024,       /* bytes of one text, and of the value of one argument */
    JOURNAL_NAME_MAX = 128,        /* of the name of one */
    JOURNAL_ARGUMENTS_MAX = 64,    /* of one entry */
    JOURNAL_ARGUMENTS_SIZE = 20480 /* bytes of all of them */
};

/* What a request may say of itself. Where it says nothing the text is empty. */
enum journal_text {
    JOURNAL_ACTION,
    JOURNAL_CODE, /* of an error of API 3.0 */
    JOURNAL_MESSAGE,
    JOURNAL_QUEUE,
    JOURNAL_TOPIC,
    JOURNAL_SUBSCRIPTION,
    JOURNAL_ADDRESS,
    JOURNAL_REQUEST_CLIENT,
    JOURNAL_USER_AGENT,
    JOURNAL_WARNINGS, /* each ended by '\n' */
    JOURNAL_ENDPOINT, /* of a push; likewise the next two */
    JOURNAL_OUTCOME,
    JOURNAL_ERROR,
    JOURNAL_TEXTS
};

/* Behind the ids are the texts, then the JSON or the arguments. */
struct journal_entry {
    uint64_t number; /* counted from 1 */
    cmq_ms at_ms, real_ms;
    int64_t took_us; /* -1: unknown */
    const void *maker;
    const char *api;
    uint64_t fault;              /* the rule of faults that acted on it; 0: none did */
    struct journal_chunk *chunk; /* the journal's */
    int code, status;
    uint32_t attempt;
    uint16_t msg_id_count, argument_count, json_length, left_out;
    uint16_t lengths[JOURNAL_TEXTS];
    bool hung_up, dropped;
    uint64_t msg_ids[];
};

/* What an entry is made from. Texts are the caller's, and may be longer than what is kept. */
struct journal_note {
    const void *maker; /* tells it from entries of others; is never followed */
    const char *api;   /* "v2", "cmq", "tdmq", "-", or journal_api_push; outlives the journal */
    cmq_ms at_ms, real_ms;
    int code;            /* of the API v2; 0 for a success, and where there is a text. Of a push
                             to a queue: enum cmq_err */
    bool hung_up;        /* the client went before it was answered */
    bool dropped;        /* its connection was closed on purpose, rather than answered */
    uint64_t fault;      /* the rule of faults that acted on it; 0: none did */
    int status;          /* of a push: of HTTP; 0 for none */
    uint32_t attempt;    /* of a push */
    size_t msg_id_count; /* messages that it sent, received, deleted or published */
    const uint64_t *msg_ids;
    const struct form *form; /* its arguments; NULL: none */
    struct bytes json;       /* or these, as the text of an object of at most
                                JOURNAL_ARGUMENTS_SIZE bytes; empty: none */
    size_t left_out;         /* arguments that are missing there */
    struct bytes texts[JOURNAL_TEXTS];
};

/* Whether what is given by this name is not for others to read: Signature, SecretKey, Token,
 * Authorization, in whatever case. */
bool journal_is_secret(struct bytes name);

/* Of a text that is longer than JOURNAL_TEXT_MAX, as much as there is of whole characters. */
struct bytes journal_cut(struct bytes text);

/* How an argument is kept, before its name and its value. */
struct journal_kept {
    uint32_t value_length;
    uint16_t value_kept;
    uint8_t name_kept;
};

/* What is kept of a note: measured first, so that there can be room for it. */
struct journal_extent {
    size_t size; /* of the whole entry, see journal_entry_size() */
    size_t arguments, left_out;
    uint16_t lengths[JOURNAL_TEXTS];
    /* Of the arguments, as many as are kept. */
    const struct pair *pairs[JOURNAL_ARGUMENTS_MAX];
    struct journal_kept kept[JOURNAL_ARGUMENTS_MAX];
};

void journal_entry_measure(const struct journal_note *note, struct journal_extent *extent);

/* Write it to e, which has room for it. */
void journal_entry_write(struct journal_entry *e, const struct journal_note *note,
                         const struct journal_extent *extent);

/* The api of an attempt of a push. */
extern const char journal_api_push[];

static inline bool journal_entry_is_push(const struct journal_entry *e)
{
    return e->api == journal_api_push;
}

struct bytes journal_text(const struct journal_entry *e, enum journal_text which);
struct bytes journal_json(const struct journal_entry *e);

/* Bytes of all of it, rounded up so that another may lie behind it. A copy of so many is an entry. */
size_t journal_entry_size(const struct journal_entry *e);

/* An argument, as it was given, perhaps cut: value_length is what it had. */
struct journal_argument {
    struct bytes name, value;
    size_t value_length;
};

/* Walk through them, from a zeroed cursor on. False at the end. */
struct journal_cursor {
    size_t number;
    const char *place;
};
bool journal_next_argument(const struct journal_entry *e, struct journal_cursor *at,
                           struct journal_argument *out);

#endif
