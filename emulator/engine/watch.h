/* watch.h - noticing that what somebody waits for may have changed.
 *
 * For     conditions that many wait for (admin 7): each is judged again when something that it
 *         looks at has changed, and not whenever anything has.
 * What    a watch is about the name of a queue or of a subscription, whether there is one now or
 *         not, or about an engine as a whole. Watchers look at it; they are told by whoever takes
 *         it from the list of those that have changed.
 * Cost    a change of what nobody watches: one comparison; of what somebody does: O(1), however
 *         many watch.
 * Memory  watchers are members of their owners, who end them. A watch exists while it has
 *         watchers.
 * Life    the watches outlive the engine that reports to them: names stay when it is replaced. */
#ifndef CMQ_ENGINE_WATCH_H
#define CMQ_ENGINE_WATCH_H

#include "base/bytes.h"
#include "base/list.h"
#include "base/table.h"
#include "engine/names.h"

struct watches;

enum { WATCH_TEXT_SIZE = 2 * NAME_MAX_LENGTH + 2 };

struct watch {
    struct watches *all;
    struct table_node by_text; /* in all->by_text */
    struct list_node link;     /* in all->list */
    struct list_node changed;  /* in all->changed, else unlinked */
    struct list_node watchers; /* in the order in which they began */
    struct watch **place;      /* the member of the queue or subscription that points here; NULL
                                   while there is none of that name */
    char text[WATCH_TEXT_SIZE]; /* "queue" or "topic/subscription" */
};

struct watcher;
struct engine;

/* Whether what has changed makes a difference to its owner. */
typedef bool watcher_differs(struct watcher *w, const struct engine *e);

/* A zeroed one looks at nothing. */
struct watcher {
    struct watch *watch;
    struct list_node link;    /* in watch->watchers */
    watcher_differs *differs; /* NULL: any change does */
    void *owner;
};

struct watches {
    struct allocator allocator;
    struct table by_text;
    struct list_node list, changed;
    struct watch idle;  /* whether anything is pending or in flight, in the whole engine */
    struct watch polls; /* how many polls are parked in it */
    bool was_idle;      /* as last seen by engine_note_changes() */
    size_t had_polls;
};

/* False when there is no memory; then *all may still be given to watches_fini(). */
bool watches_init(struct watches *all, struct allocator allocator);

/* A further watch about something as a whole, that is not of an engine: a member of its owner, who
 * notes its changes. */
void watch_init(struct watch *w, struct watches *all);

/* Nobody may be watching. */
void watches_fini(struct watches *all);

/* Begin to look at a text; place: what is of that name now, or NULL. False when there is no
 * memory. */
bool watcher_begin(struct watcher *w, struct watches *all, struct bytes text,
                   struct watch **place);

/* Begin to look at all->idle, all->polls, or a further one. */
void watcher_begin_whole(struct watcher *w, struct watch *whole);

/* Look at nothing any more; does nothing if it does so already. */
void watcher_end(struct watcher *w);

/* Something of this name has been made, or is about to go. */
void watch_attach(struct watches *all, struct bytes text, struct watch **place);
void watch_detach(struct watch **place);

/* The same for all at once: the engine is about to be replaced, or to go. */
void watches_detach(struct watches *all);

static inline void watch_note(struct watch *w)
{
    if (w != NULL && !list_linked(&w->changed))
        list_append(&w->all->changed, &w->changed);
}

/* Take the next watch that has been noted; NULL when there is none. */
struct watch *watches_take_changed(struct watches *all);

#endif
