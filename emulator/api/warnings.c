#include "api/warnings.h"

enum { TEXTS_MAX = 8, NAME_SHOWN = 64, SENTENCE_SHOWN = 256 };

const char *warning_kind_name(enum warning_kind kind)
{
    static const char *const names[WARNING_KINDS] = {
        [WARNING_UNKNOWN_PARAMETER] = "unknown-parameter",
        [WARNING_UNKNOWN_ACTION] = "unknown-action",
        [WARNING_GAP] = "gap",
        [WARNING_CLAMPED] = "clamped",
        [WARNING_TWO_REQUESTS] = "two-requests",
        [WARNING_JSON_BODY] = "json-body",
        [WARNING_SECRET_ID] = "secret-id",
        [WARNING_NO_SUCH_QUEUE] = "no-such-queue",
        [WARNING_UNSEEN] = "unseen",
        [WARNING_POLL_ENDED] = "poll-ended",
        [WARNING_SIGNATURE] = "signature",
    };
    return names[kind];
}

bool warnings_have_room(const struct warnings *w)
{
    return w->count < TEXTS_MAX;
}

void warnings_clear(struct warnings *w)
{
    struct buffer texts = w->texts;
    if (w->count == 0)
        return;
    buffer_clear(&texts);
    *w = (struct warnings){.texts = texts};
}

void warnings_free(struct warnings *w)
{
    buffer_free(&w->texts);
}

/* Count a warning; whether its text is wanted. */
static bool begin(struct warnings *w, enum warning_kind kind)
{
    bool room = warnings_have_room(w);
    w->counts[kind]++;
    w->count++;
    return room;
}

static void append_shown(struct buffer *out, struct bytes text, size_t shown)
{
    for (size_t i = 0; i < text.len && i < shown; i++) {
        if ((unsigned char)text.data[i] < ' ')
            buffer_append_char(out, '?');
        else
            buffer_append_char(out, text.data[i]);
    }
}

void warnings_add(struct warnings *w, enum warning_kind kind, const char *before,
                  struct bytes name, const char *behind)
{
    if (!begin(w, kind))
        return;
    buffer_append(&w->texts, bytes_of(before));
    append_shown(&w->texts, name, NAME_SHOWN);
    buffer_append(&w->texts, bytes_of(behind));
    buffer_append_char(&w->texts, '\n');
}

void warnings_say(struct warnings *w, enum warning_kind kind, const char *before,
                  struct bytes sentence)
{
    if (!begin(w, kind))
        return;
    buffer_append(&w->texts, bytes_of(before));
    append_shown(&w->texts, sentence, SENTENCE_SHOWN);
    buffer_append_char(&w->texts, '\n');
}

void warn_of_subscription(struct warnings *w, struct engine *e, const struct subscription *s)
{
    struct bytes queue = bytes_of(s->endpoint);
    if (s->protocol == PROTOCOL_QUEUE && engine_find_queue(e, queue) == NULL)
        warnings_add(w, WARNING_NO_SUCH_QUEUE, "the subscription delivers to the queue ", queue,
                     ", which does not exist");
}

void warn_of_delay(struct warnings *w)
{
    warnings_say(w, WARNING_UNSEEN, "",
                 bytes_of("nobody will receive it: the delay is not shorter than the queue's "
                          "retention, so it expires before it can be seen"));
}
