/* kinds.js - how states of messages and kinds of events look: never by colour alone, each has a shape and words. */

import { el, svg } from "./dom.js";

/* Paths in a box from -5 to 5. Kinds that leave a message in the same state as one of the states share its colour. */
const CIRCLE = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z";
const RING = CIRCLE + "M-2 0a2 2 0 1 1 4 0a2 2 0 1 1-4 0Z";
const DIAMOND = "M0-5L5 0L0 5L-5 0Z";
const SQUARE = "M-4-4H4V4H-4Z";
const UP = "M0-4.5L4.6 4H-4.6Z";
const DOWN = "M0 4.5L4.6-4H-4.6Z";
const CROSS =
    "M-4.4-2.2L-2.2-4.4L0-2.2L2.2-4.4L4.4-2.2L2.2 0L4.4 2.2L2.2 4.4L0 2.2L-2.2 4.4L-4.4 2.2L-2.2 0Z";
const ARROW = "M-4.5-1.6H0V-4.6L5 0L0 4.6V1.6H-4.5Z";
const BAR = "M-2-5H2V5H-2Z";
const HOUSE = "M0-5L5-.5V4.5H-5V-.5Z";

/* says: what it means, for whoever points at it. */
export const KINDS = {
    delayed: { label: "delay ends", shape: UP, tone: "blue", says: "becomes active" },
    visible: { label: "returns", shape: CIRCLE, tone: "amber", says: "becomes active again" },
    push: { label: "push", shape: ARROW, tone: "teal", says: "is pushed" },
    "dead-letter": { label: "dead letter", shape: CROSS, tone: "red", says: "goes to the dead-letter queue" },
    "poll-timeout": { label: "poll ends", shape: RING, tone: "violet", says: "ends without a message" },
    answer: { label: "answer", shape: DIAMOND, tone: "pink", says: "is sent" },
    expired: { label: "expires", shape: SQUARE, tone: "slate", says: "has been kept long enough" },
    "rewind-expired": { label: "rewind ends", shape: DOWN, tone: "slate", says: "leaves the rewind window" },
    "name-free": { label: "name free", shape: HOUSE, tone: "slate", says: "may be used again" },
    request: { label: "request", shape: BAR, tone: "accent", says: "was asked" },
};

export const STATES = {
    active: { label: "active", shape: CIRCLE, tone: "green", says: "waits to be received" },
    inactive: {
        label: "inactive",
        shape: RING,
        tone: "amber",
        says: "received, and hidden until its visibility timeout ends",
    },
    delayed: { label: "delayed", shape: UP, tone: "blue", says: "not yet to be received" },
    deleted: { label: "deleted", shape: CROSS, tone: "slate", says: "deleted, but can be rewound" },
};

const UNKNOWN = { label: "", shape: DIAMOND, tone: "slate", says: "" };

export function kindOf(kind) {
    return KINDS[kind] ?? { ...UNKNOWN, label: kind };
}

/* The shape of a kind or state as a small picture beside words. */
export function mark({ shape, tone }) {
    return svg(
        "svg",
        { class: "mark tone-" + tone, viewBox: "-6 -6 12 12", "aria-hidden": "true" },
        svg("path", { d: shape, "fill-rule": "evenodd" }),
    );
}

function badge(known) {
    return el("span", { class: "badge tone-" + known.tone, title: known.says }, mark(known), known.label);
}

/* A badge of a message's state. */
export function stateBadge(state) {
    return badge(STATES[state] ?? { ...UNKNOWN, label: state });
}

/* A badge of an event's kind. */
export function kindBadge(kind) {
    return badge(kindOf(kind));
}
