/* json_walk.h - a way through a JSON text that is known to be good (json_scan.h), value by value, without a
 * tree of it.
 *
 * For     texts that may be long: what is at hand is made a tree (json_read.h), or passed over.
 * Order   as in the text: an object is entered by json_walk_enter(), its members are met by
 *         json_walk_member(), and each member's value is walked through before the next one; likewise lists,
 *         by json_walk_item().
 * Cost    some instructions for a byte. */
#ifndef CMQ_BASE_JSON_WALK_H
#define CMQ_BASE_JSON_WALK_H

#include "base/bytes.h"

struct json_walk {
    const char *at, *end;
};

/* From the beginning of this text, which may have no data. */
struct json_walk json_walk_of(struct bytes text);

/* The first character of the value at hand; '\0' at the end of the text. */
char json_walk_peek(struct json_walk *w);

/* Go into the object ('{') or list ('[') at hand; false, and nothing has changed, when it is none. */
bool json_walk_enter(struct json_walk *w, char bracket);

/* The name of the next member, as it is written, before its value; no data behind the last one, when the
 * object has been left. */
struct bytes json_walk_member(struct json_walk *w);

/* Whether there is another item; when there is none the list has been left. */
bool json_walk_item(struct json_walk *w);

/* Pass over the value at hand. Its text. */
struct bytes json_walk_value(struct json_walk *w);

#endif
