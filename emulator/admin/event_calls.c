/* What changes, told as it happens (admin 17). */
#include "admin/feed.h"
#include "admin/handling.h"

static const struct argument event_arguments[] = {
    {"after", ARGUMENT_TEXT, .min = 1, .max = 40,
     .help = "go on behind the event of this id, as the header Last-Event-ID says it, too"},
    {"for", ARGUMENT_DURATION, .help = "end after so long, in real time, when all is told"},
};

/* No JSON: for the document alone. */
static const struct schema events_answer = {
    .name = "Events",
    .help =
        "Server-sent events: clock, fired, request, changed and reload, each with an object.",
};

/* What it tells now is written by the network as it is taken. */
static bool do_events(struct handling *h)
{
    struct admin_call *c = h->call;
    struct bytes after = h->values[0].given ? bytes_of(h->values[0].name) : c->last_event_id;
    cmq_ms until_ms = h->values[1].given ? h->ns->real_now_ms + h->values[1].ms : CMQ_NEVER;
    c->reader = feed_read(c->feeds, h->ns, after, until_ms, c->answer, &c->mistake);
    if (c->reader == NULL)
        return false;
    c->more = feed_reader_source(c->reader);
    return true;
}

/* clang-format off */
const struct route event_routes[] = {
    { "GET", "/_emulator/events", event_arguments, COUNT(event_arguments), ROUTE_ANY_TIME | ROUTE_STREAM, do_events, "tells what changes, as it happens", .answer = &events_answer },
    { .method = NULL },
};
/* clang-format on */
