#include "admin/feed_text.h"

#include "admin/entries.h"
#include "base/json.h"

enum { PART = 16 * 1024 }; /* of what goes on, and of entries */

/* An event up to the object that the caller fills, and its end. */
static void open_event(struct buffer *b, const char *name)
{
    buffer_append(b, bytes_of("event: "));
    buffer_append(b, bytes_of(name));
    buffer_append(
        b, bytes_of("\ndata: {")); /* the first of its line: json_open() looks before it */
}

static void close_event(struct buffer *b)
{
    json_close(b, '}');
    buffer_append(b, bytes_of("\n\n"));
}

void feed_write_clock(struct buffer *b, const struct namespace *ns)
{
    open_event(b, "clock");
    write_clock(b, ns);
    close_event(b);
}

void feed_write_reload(struct buffer *b, const char *why)
{
    open_event(b, "reload");
    json_key_text(b, "why", why);
    close_event(b);
}

uint64_t feed_write_fired(struct buffer *b, const struct recent *r, uint64_t from,
                          uint64_t until, uint64_t left, bool goes_on)
{
    uint64_t oldest = recent_oldest(r), number = from > oldest ? from : oldest;
    left += number - from;
    open_event(b, "fired");
    size_t text_end = goes_on ? b->len + PART : SIZE_MAX;
    json_key(b, "events");
    json_open(b, '[');
    for (; number < until && b->len < text_end; number++) {
        struct event_view v = recent_view(r, number);
        json_open(b, '{');
        write_event_members(b, &v);
        json_close(b, '}');
    }
    json_close(b, ']');
    json_key_int(b, "left", (int64_t)left);
    close_event(b);
    return number;
}

/* One that is very long is left out. */
static bool write_entry(struct buffer *b, const struct journal_entry *e,
                        name_error_fn *name_error)
{
    enum { LONGEST = 8 * 1024 };
    size_t before = b->len;
    json_open(b, '{');
    entry_write(b, e, name_error);
    json_close(b, '}');
    if (b->failed || b->len - before <= LONGEST)
        return true;
    b->len = before;
    return false;
}

uint64_t feed_write_entries(struct buffer *b, const struct journal *j,
                            name_error_fn *name_error, uint64_t behind, uint64_t last,
                            uint64_t left, bool goes_on)
{
    const struct journal_entry *e;
    open_event(b, "request");
    size_t text_end = b->len + PART;
    json_key(b, "entries");
    json_open(b, '[');
    while (b->len < text_end && (e = journal_after(j, behind)) != NULL && e->number <= last) {
        left += e->number - behind - 1;
        left += !write_entry(b, e, name_error);
        behind = e->number;
    }
    if (!goes_on || journal_after(j, behind) == NULL) {
        left += last - behind;
        behind = last;
    }
    json_close(b, ']');
    json_key_int(b, "left", (int64_t)left);
    close_event(b);
    return behind;
}

void feed_write_changed(struct buffer *b, unsigned changed, cmq_ms run, uint64_t number)
{
    static const char *const names[] = {"queues",     "topics", "faults",    "snapshots",
                                        "namespaces", "sinks",  "signatures"};
    buffer_append(b, bytes_of("id: "));
    buffer_append_int(b, run);
    buffer_append_char(b, '-');
    buffer_append_int(b, (int64_t)number);
    buffer_append_char(b, '\n');
    open_event(b, "changed");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_key(b, names[i]);
        json_literal(b, changed >> i & 1 ? "true" : "false");
    }
    close_event(b);
}
