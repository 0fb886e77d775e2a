/* life.js - what happened to a message, each event as a sentence (doc/lives.md). */

import { el } from "./dom.js";
import { KINDS, STATES, mark } from "./kinds.js";
import { messageLink, queueLink, requestLink, topicLink } from "./links.js";
import { id, named, visible } from "./names.js";
import { duration, instant } from "./time.js";

const LOOKS = {
    sent: STATES.active,
    delayed: STATES.delayed,
    available: STATES.active,
    received: STATES.inactive,
    returned: KINDS.visible,
    deleted: STATES.deleted,
    rewound: STATES.active,
    "dead-lettered": KINDS["dead-letter"],
    duplicated: KINDS.answer,
    published: STATES.active,
    pushed: KINDS.push,
    delivered: KINDS.push,
    expired: KINDS.expired,
    purged: STATES.deleted,
};

/* What is said of each; event's members are those of admin/README, "The life of a message". */
const SAYS = {
    sent: (event, link) => [
        "sent to ",
        link.queue(event.queue),
        event.from && [", as a copy of ", link.message(event.from.msgId)],
    ],
    delayed: (event, link) => ["delayed, until ", link.instant(event.visibleMs)],
    available: () => "the delay is over: it is active",
    received: (event, link) => [
        "received from ",
        link.queue(event.queue),
        ", and hidden until ",
        link.instant(event.visibleMs),
        el("span", { class: "faint small" }, " handle ", id(event.receiptHandle)),
    ],
    returned: () => "nobody deleted it in time: it is active again",
    deleted: (event) => (event.rewindable ? "deleted; it can still be rewound" : "deleted"),
    rewound: () => "rewound: it is active again",
    "dead-lettered": (event, link) => [
        "moved from ",
        link.queue(event.queue),
        " to the dead-letter queue ",
        link.queue(event.to.queue),
    ],
    duplicated: () => "a rule of faults lets somebody else receive it, too",
    published: (event, link) => ["published to ", link.topic(event.topic)],
    pushed: (event) => [
        "attempt " + event.attempt + " by ",
        named(event.subscription),
        ": " + outcome(event.outcome),
        event.error && [", ", el("span", { class: "wrong" }, visible(event.error))],
    ],
    delivered: (event, link) => [
        "delivered by ",
        named(event.subscription),
        " to ",
        link.queue(event.to.queue),
        " as ",
        link.message(event.to.msgId),
        event.attempt > 1 && ", in attempt " + event.attempt,
    ],
    expired: () => "kept long enough: gone",
    purged: (event) => [
        "purged",
        event.subscription !== undefined && [", as far as ", named(event.subscription), " goes"],
    ],
};

function outcome(of) {
    return (
        {
            delivered: "delivered",
            failed: "failed, and will be tried again",
            dropped: "failed, and will not be tried again",
        }[of] ?? of
    );
}

function links(context) {
    return {
        queue: (name) => queueLink(context, name),
        topic: (name) => topicLink(context, name),
        message: (msgId) => messageLink(context, msgId),
        instant: (atMs) => instant(context.time, atMs),
    };
}

/* A <li> of one event. beforeMs: when the one before it was, to tell how long after that. */
export function step(context, event) {
    const { atMs, what, request, beforeMs } = event;
    const later = beforeMs === undefined || beforeMs === atMs ? "" : "+" + duration(atMs - beforeMs);
    return el(
        "li",
        {},
        mark(LOOKS[what] ?? KINDS.request),
        el(
            "div",
            { class: "story-when" },
            instant(context.time, atMs),
            later && el("span", { class: "faint small" }, " " + later),
        ),
        el(
            "div",
            {},
            SAYS[what]?.(event, links(context)) ?? what,
            " ",
            request === null
                ? el("span", { class: "faint small" }, "by time alone")
                : el("span", { class: "small" }, requestLink(context, request, "request " + request)),
        ),
    );
}
