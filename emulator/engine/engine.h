/* engine.h - the queues and topics of one namespace and all that happens to them.
 *
 * For     what CMQ means, without sockets, clocks, JSON or globals. Engines share nothing with
 *         each other.
 * Time    moves in engine_advance() alone, never backwards. Every other call takes place at
 *         engine_now_ms(): the caller first advances to its present instant, then calls.
 *         Nothing observable depends on how often or in which steps time is moved
 *         (decisions 32).
 * Order   events fire in the order of their instants; at one instant in the order in which
 *         they were armed. Then, still at that instant, parked polls are served.
 * Errors  a call that fails has changed nothing. CMQ_INTERNAL means that there was no memory.
 * Seed    the same seed and the same calls at the same instants give the same results, ids
 *         included.
 * Memory  what a call returns by pointer belongs to the engine and is valid until the next
 *         call that may change it. */
#ifndef CMQ_ENGINE_ENGINE_H
#define CMQ_ENGINE_ENGINE_H

#include "base/bytes.h"
#include "engine/delivery.h"
#include "engine/errors.h"
#include "engine/firings.h"
#include "engine/queue.h"
#include "engine/store.h"

struct engine;
struct recent;

struct engine_config {
    struct allocator allocator;
    struct engine_limits limits;
    uint64_t seed;
    cmq_ms now_ms; /* where the timeline begins */
    struct account account;
    struct budget *messages; /* shared with other engines: bytes of messages, queues, topics and
                                subscriptions. NULL: unbounded, as is the next one */
    struct budget *polls;    /* parked ones */
    struct watches *watches; /* to note changes in; NULL: none */
    struct recent *recent;   /* gets each event that fires; NULL: none */
    struct effort *effort; /* shared, too: what long work may take at a time. NULL: unbounded */
    struct chronicler
        chronicler; /* hears what happens to messages, but for its end; zeroed: none */
};

/* NULL when there is no memory. */
struct engine *engine_new(const struct engine_config *config);

/* Free the engine with everything in it, parked polls included: their owners are not told, so
 * end and take them first. Nor is the chronicler told anything. NULL is allowed. */
void engine_free(struct engine *e);

/* The same in slices, for a loop that must not be blocked: each call frees about that many
 * things (messages, queues, subscriptions, names; a large message counts as several), the last one
 * the engine itself; it returns true. After the first call no other function may be called with
 * this engine. */
bool engine_free_some(struct engine *e, size_t things);

/* ---- time ---- */

cmq_ms engine_now_ms(const struct engine *e);

/* What the engine was made with. */
const struct engine_limits *engine_limits_of(const struct engine *e);
struct account engine_account_of(const struct engine *e);
uint64_t engine_seed_of(const struct engine *e);

/* Of all messages, bodies and bookkeeping; a body that several share counts for each. */
size_t engine_bytes(const struct engine *e);

/* Count a call of the control plane: CONTROL_RATE when there were as many in this second as the
 * limit allows (decisions 19). */
enum cmq_err engine_count_control(struct engine *e);

/* No queue and no topic, and so no message and no poll. */
bool engine_empty(const struct engine *e);

/* Start the timeline of an empty engine again at now_ms, which may be earlier. Names that were
 * cooling down are free at once. */
void engine_restart(struct engine *e, cmq_ms now_ms);

/* Move time towards until_ms, firing what falls due. Returns true when until_ms is reached and
 * nothing more is due at it. Stops early, with false,
 *
 *   - at the end of an instant at which polls were released or pushes offered: take them and
 *     call again;
 *   - when as many events have fired as firings->limit allows, perhaps within an instant;
 *   - when the effort is used up, likewise; or even between two instants.
 *
 * firings may be NULL. Pushes in flight do not stop it: a caller that wants time to wait for
 * them checks engine_flight_count() after each stop. */
bool engine_advance(struct engine *e, cmq_ms until_ms, struct firings *firings);

/* When engine_advance() next has work: perhaps too early, never too late; CMQ_NEVER if nothing
 * is pending. O(1). */
cmq_ms engine_wake_ms(const struct engine *e);

size_t engine_pending_count(const struct engine *e);

/* The next event, with its exact instant; false if there is none. */
bool engine_next_event(const struct engine *e, struct event_view *out);

/* Make ready for engine_next_event(), or for walking through so many events: else those may take as
 * long as it takes to sort all that are pending. False when the effort is used up before; the same
 * call then goes on with it. */
bool engine_prepare_agenda(struct engine *e, size_t events);

/* Walk the pending events in firing order; a zeroed cursor begins. False at the end. */
struct agenda_cursor {
    struct wheel_node *last;
};
bool engine_walk_agenda(const struct engine *e, struct agenda_cursor *c,
                        struct event_view *out);

/* Look at all pending events once, in any order, without sorting them: begin, and take one after the
 * other. False: there are no more, and *over is set; or the effort is used up, and the same call goes on.
 * Of two of one instant that with the lower *order fires first. No time may pass meanwhile; what is
 * pending may end. */
void engine_begin_survey(struct engine *e);
bool engine_survey_agenda(struct engine *e, struct event_view *out, uint64_t *order,
                          bool *over);

/* What is counted, and cannot be told from anything else: ids that were drawn, serials, calls of the
 * control plane in the present second, and what has happened since the engine was made. */
struct engine_counters {
    uint64_t ids[ID_KINDS];
    uint64_t last_serial;
    uint32_t control;
    uint64_t fired[EVENT_KINDS];
    uint64_t pushed[PUSH_RESULTS];
};
struct engine_counters engine_counters_of(const struct engine *e);

/* Walk the names that cool down, in the order of their deletion, with the event that frees each; a
 * zeroed cursor begins. False at the end. */
struct names_cursor {
    const struct list_node *last;
};
struct cooling_view {
    bool of_topic; /* else of a queue */
    const char *text;
    const struct event *free;
};
bool engine_walk_cooling(const struct engine *e, struct names_cursor *c,
                         struct cooling_view *out);

/* How many events of a kind have fired since the engine was made. */
uint64_t engine_fired_count(const struct engine *e, enum event_kind kind);

/* ---- long commands ----
 *
 * A command that concerns all messages of a queue or a topic, such as a purge, does as much of that as the
 * effort allows, and serves parked polls then. Until engine_finish() has done the rest, no other
 * command may follow. */

bool engine_has_tasks(const struct engine *e);

/* False when the effort is used up before all is done. */
bool engine_finish(struct engine *e);

/* ---- queues ---- */

/* queue-api 4.1: the policy as a client gives it. */
struct dead_letter_request {
    enum cmq_err refusal; /* not OK: what is wrong with it in itself; the rest is then unset */
    enum dead_letter_kind kind;
    struct bytes target_name;
    uint32_t max_receives;
    cmq_ms max_age_ms;
};

struct queue_attributes queue_attributes_default(void); /* queue-api 2.1 */

/* NULL if there is none of exactly this name. */
struct queue *engine_find_queue(const struct engine *e, struct bytes name);

/* The same without regard to case, as TDMQ finds queues (api3 8). */
struct queue *engine_find_queue_nocase(const struct engine *e, struct bytes name);

/* name has passed is_name() (queue-api 5.1); the policy may be NULL.
 * REWIND_ABOVE_RETENTION, the dead-letter errors of 4.2, QUEUE_EXISTS (also when the names
 * differ in case alone), NAME_COOLING, TOO_MANY_QUEUES. */
enum cmq_err engine_create_queue(struct engine *e, struct bytes name,
                                 const struct queue_attributes *attributes,
                                 const struct dead_letter_request *policy, struct queue **out);

/* Apply the given attributes; a NULL policy leaves the present one. */
enum cmq_err engine_set_queue(struct engine *e, struct queue *q,
                              const struct queue_attributes *attributes,
                              const struct dead_letter_request *policy);

/* DEAD_LETTER_IN_USE. Parked polls are released with NO_QUEUE. */
enum cmq_err engine_delete_queue(struct engine *e, struct queue *q);

/* NO_DEAD_LETTER_QUEUE when q has no policy. */
enum cmq_err engine_unbind_dead_letter(struct engine *e, struct queue *q);

/* Make deleted messages sent at from_s (Unix seconds) or later active again. REWIND_OFF,
 * REWIND_TIME (queue-api 3.6). */
enum cmq_err engine_rewind(struct engine *e, struct queue *q, int64_t from_s);

/* Tags as tags_new() makes them, with the engine's allocator; q owns them from then on. NULL:
 * none. */
void engine_tag_queue(struct engine *e, struct queue *q, struct tags *tags);

/* Tags for a queue or topic. MEMORY_FULL. */
enum cmq_err engine_make_tags(struct engine *e, const struct tag *items, size_t count,
                              struct tags **out);
void engine_free_tags(struct engine *e, struct tags *tags);

/* Free all messages of q, in every state. */
void engine_purge_queue(struct engine *e, struct queue *q);

size_t engine_queue_count(const struct engine *e);

/* Walk the queues in the order of their creation; NULL begins, NULL ends. */
struct queue *engine_next_queue(const struct engine *e, const struct queue *q);

/* ---- messages ---- */

/* 1 to BATCH_MAX bodies, none empty; ids[] gets one id each. All or nothing. BODY_TOO_LONG,
 * BATCH_TOO_LONG, HEAP_FULL, MEMORY_FULL, DATA_RATE. */
enum cmq_err engine_send(struct engine *e, struct queue *q, const struct bytes *bodies,
                         size_t count, cmq_ms delay_ms, uint64_t *ids);

struct received {
    size_t count;
    const struct message *messages[BATCH_MAX];
    struct parked_poll *poll; /* when the result is CMQ_WAITING; NULL: put off, see below */
};

/* Receive up to max messages. When there is none: NO_MESSAGE if wait_ms is 0, else CMQ_WAITING
 * and a parked poll for this owner. TOO_MANY_UNACKED, DATA_RATE, POLLS_FULL.
 *
 * Dead letters that come before the messages are moved first. Where they are too many for the
 * effort, the result is CMQ_WAITING without a poll: nothing has been received, and the call is to
 * be made again when engine_finish() has moved the rest. */
enum cmq_err engine_receive(struct engine *e, struct queue *q, size_t max, cmq_ms wait_ms,
                            void *owner, struct received *out);

/* The same, in an odd way. One that is to be empty waits out its time as an answer that is late. */
enum cmq_err engine_receive_oddly(struct engine *e, struct queue *q, size_t max, cmq_ms wait_ms,
                                  const struct odd_receipt *odd, void *owner,
                                  struct received *out);

/* The message with this handle, of any queue; NULL if there is none. */
const struct message *engine_find_handle(const struct engine *e, uint64_t handle);

/* Count the handles of a call that deletes, before each of them is. DATA_RATE, and none is
 * counted, when there would be more in this second than the limit allows (decisions 19). */
enum cmq_err engine_count_deletes(struct engine *e, struct queue *q, size_t count);

/* Delete the message with this handle. HANDLE_INVALID: the handle has expired or was used, the
 * message was received again since, it belongs to another queue, or there never was one. */
enum cmq_err engine_delete_message(struct engine *e, struct queue *q, uint64_t handle);

/* ---- topics ---- */

struct topic_request {
    enum filter_type filter_type;
    size_t max_msg_size;
    cmq_ms retention_ms; /* of pending messages; 0: a day */
    enum trace trace;
    bool of_tdmq; /* has an id of TDMQ's form */
};

/* NULL if there is none of exactly this name. */
struct topic *engine_find_topic(const struct engine *e, struct bytes name);
struct topic *engine_find_topic_nocase(const struct engine *e, struct bytes name);

/* name has passed is_name() (topic-api 2.0). TOPIC_EXISTS, also when the names differ in case
 * alone, TOPIC_NAME_COOLING, TOO_MANY_TOPICS. */
enum cmq_err engine_create_topic(struct engine *e, struct bytes name,
                                 const struct topic_request *request, struct topic **out);

/* Apply size, retention and trace; the rest of the request is ignored. A changed retention
 * applies to pending messages, too. */
void engine_set_topic(struct engine *e, struct topic *t, const struct topic_request *request);

void engine_tag_topic(struct engine *e, struct topic *t, struct tags *tags);

/* TOPIC_IN_USE: it still has subscriptions. */
enum cmq_err engine_delete_topic(struct engine *e, struct topic *t);

/* Free all messages of all queues and topics. Not queue by queue: each such call would serve
 * parked polls, with messages that the next one frees. */
void engine_purge(struct engine *e);

/* Drop all pending messages; returns how many there were. */
size_t engine_purge_topic(struct engine *e, struct topic *t);

size_t engine_topic_count(const struct engine *e);

/* Walk the topics in the order of their creation; NULL begins, NULL ends. */
struct topic *engine_next_topic(const struct engine *e, const struct topic *t);

/* Publish 1 to BATCH_MAX bodies, none empty, for all subscriptions that take this routing. All
 * or nothing: DATA_RATE, BODY_TOO_LONG, BATCH_TOO_LONG, NO_ROUTING_KEY, NO_SUBSCRIPTION,
 * NO_MATCH, MEMORY_FULL. The first attempts are events of this very instant: they fire in the
 * next engine_advance(). */
enum cmq_err engine_publish(struct engine *e, struct topic *t, const struct bytes *bodies,
                            size_t count, const struct routing *routing, uint64_t *ids);

/* ---- subscriptions ---- */

struct subscription_request {
    struct bytes name, endpoint; /* checked: topic-api 2.8 */
    enum push_protocol protocol;
    enum notify_strategy strategy;
    enum notify_format format;
    struct filter_request filter;
};

struct subscription *engine_find_subscription(const struct engine *e, const struct topic *t,
                                              struct bytes name);

/* NO_BINDING_KEY, SUBSCRIPTION_EXISTS, TOO_MANY_SUBSCRIPTIONS. */
enum cmq_err engine_subscribe(struct engine *e, struct topic *t,
                              const struct subscription_request *request,
                              struct subscription **out);

/* Apply strategy, format and filter; the rest of the request is ignored.
 * NO_BINDING_KEY. */
enum cmq_err engine_set_subscription(struct engine *e, struct subscription *s,
                                     const struct subscription_request *request);

void engine_clear_filter_tags(struct engine *e, struct subscription *s);

/* Drop the subscription and what is pending for it; tickets of attempts in flight become
 * void. */
void engine_unsubscribe(struct engine *e, struct subscription *s);

/* Walk the subscriptions of a topic in the order of their creation. */
struct subscription *engine_next_subscription(const struct topic *t,
                                              const struct subscription *s);

/* ---- pushes over HTTP: see flight.h ---- */

/* Take the next attempt to make; NULL when there is none. From now on it is in flight under
 * this ticket. The delivery may change or be freed by any call to the engine. */
const struct delivery *engine_take_push(struct engine *e, struct push_ticket *ticket);

/* Put an attempt that was taken off, once: it begins delay_ms later, and has not begun before. Its
 * ticket is void from then on. When it is offered again delivery->put_off_by is the cause, which is not
 * 0; an outcome without a cause has that one. */
void engine_put_off_push(struct engine *e, struct push_ticket *ticket, cmq_ms delay_ms,
                         uint32_t cause);

/* Report the outcome of an attempt; its ticket is void from then on. Ignored if it already
 * is. */
void engine_land_push(struct push_ticket *ticket, const struct push_outcome *outcome);

/* Apply the outcomes of all pushes that have landed, in the order of take-off; returns how
 * many. What follows from them at this instant fires in the next engine_advance(). Within an
 * instant that is not over, only outcomes from which nothing follows are applied, so that the
 * result does not depend on the steps by which time got there. Where the effort is used up before,
 * it is to be called again, before time goes on. */
size_t engine_end_pushes(struct engine *e);
bool engine_is_ending_pushes(const struct engine *e);

/* There is something for engine_take_push(). */
bool engine_has_offered(const struct engine *e);

/* Pushes that are offered or in flight; and those that have landed and whose outcomes are not
 * applied yet. */
size_t engine_flight_count(const struct engine *e);
size_t engine_landed_count(const struct engine *e);

/* Void all tickets and report no outcome to any firings: the engine is about to be freed. */
void engine_abandon_pushes(struct engine *e);

/* How many attempts had this result since the engine was made. */
uint64_t engine_push_count(const struct engine *e, enum push_result result);

/* ---- parked polls ---- */

size_t engine_parked_count(const struct engine *e);

/* An answer that comes late. */
struct late_answer {
    cmq_ms delay_ms;
    struct bytes about; /* a name, whatever it is; "" for none */
    bool of_topic;      /* it is that of a topic, else of a queue */
    enum cmq_err outcome;
};

/* Park an answer that is to be given delay_ms from now: it is released then with its outcome, or
 * earlier by engine_end_poll(). CMQ_WAITING; else POLLS_FULL, INTERNAL. */
enum cmq_err engine_put_off_answer(struct engine *e, const struct late_answer *answer,
                                   void *owner, struct parked_poll **out);

/* Take the next poll that has its outcome; NULL when there is none. The caller frees it. */
bool engine_has_released(const struct engine *e);
struct parked_poll *engine_take_released(struct engine *e);

/* Free a poll that was taken with engine_take_released(). */
void engine_free_poll(struct engine *e, struct parked_poll *p);

/* Release a parked poll with this outcome, for example because its client has gone. Does nothing if
 * it has another one already, and is still to be taken. */
void engine_end_poll(struct engine *e, struct parked_poll *p, enum cmq_err outcome);

/* End all of them. */
void engine_end_all_polls(struct engine *e, enum cmq_err outcome);

/* ---- watches, see watch.h: for an engine that has some ---- */

/* Begin to look at the queue of this name, at a subscription of a topic, at whether the engine is
 * idle, at the number of polls. False when there is no memory. */
bool engine_watch_queue(struct engine *e, struct bytes name, struct watcher *w);
bool engine_watch_subscription(struct engine *e, struct bytes topic, struct bytes name,
                               struct watcher *w);
void engine_watch_idle(struct engine *e, struct watcher *w);
void engine_watch_polls(struct engine *e, struct watcher *w);

/* What a watcher of the first two looks at; NULL while there is none of that name. */
const struct queue *watched_queue(const struct watcher *w);
const struct subscription *watched_subscription(const struct watcher *w);

/* Report to these watches from now on, which nobody reports to: those of names that are in use here are
 * noted. */
void engine_adopt_watches(struct engine *e, struct watches *watches);

/* Note what has changed of the engine as a whole since the last call. */
void engine_note_changes(struct engine *e);

/* No event is pending, and no push is offered or in flight. */
bool engine_is_idle(const struct engine *e);

/* ---- ids, checking ---- */

uint64_t engine_request_id(struct engine *e);

/* Assert that the whole engine is consistent. Walks all of it, so it is for tests. */
void engine_check(const struct engine *e);

#endif
