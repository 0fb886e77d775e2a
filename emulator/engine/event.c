#include "engine/event.h"

const char *const event_kind_names[EVENT_KINDS + 1] = {
    [EVENT_DELAYED] = "delayed",         [EVENT_VISIBLE] = "visible",
    [EVENT_EXPIRED] = "expired",         [EVENT_REWIND_EXPIRED] = "rewind-expired",
    [EVENT_DEAD_LETTER] = "dead-letter", [EVENT_POLL_TIMEOUT] = "poll-timeout",
    [EVENT_NAME_FREE] = "name-free",     [EVENT_PUSH] = "push",
    [EVENT_ANSWER] = "answer",
};

const char *event_kind_name(enum event_kind kind)
{
    assert(kind < EVENT_KINDS);
    return event_kind_names[kind];
}
