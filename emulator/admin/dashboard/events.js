/* events.js - events and requests as lines of a list, in words, with links to what they are about. */

import { el } from "./dom.js";
import { kindBadge, kindOf, mark } from "./kinds.js";
import { messageLink, queueLink, requestLink, topicLink } from "./links.js";
import { named } from "./names.js";
import { countdown, instant } from "./time.js";
import { counted } from "./words.js";

function place(context, { queue, topic, subscription }) {
    if (queue) return [" in ", queueLink(context, queue)];
    if (topic) return [" of ", topicLink(context, topic), subscription && [" to ", named(subscription)]];
    return null;
}

function outcome(event) {
    if (!event.outcome)
        return event.attempt ? el("span", { class: "faint" }, " attempt " + event.attempt) : null;
    const wrong = undelivered(event);
    return el(
        "span",
        { class: wrong ? "wrong" : "faint" },
        " attempt " + event.attempt + ": " + event.outcome,
        event.error && [" (", named(event.error), ")"],
    );
}

const attemptOf = ({ msgId, subscription, attempt }) => [msgId, subscription, attempt].join();

let kept = null; /* what happened() made last: { past, changes, made } */

/* What has happened, of a view's context.past: { events, requests }, each the oldest first. An attempt of a push is both an
 * event and an entry of the journal; it is told as an event, with the outcome that the entry has. Drawings ask for it
 * several times a second, and it is made anew when something was added. */
export function happened(past) {
    if (kept?.past !== past || kept.changes !== past.changes)
        kept = { past, changes: past.changes, made: merged(past) };
    return kept.made;
}

function merged({ fired, requests }) {
    const pushes = requests
        .filter((entry) => entry.api === "push")
        .map((entry) => ({ ...entry, kind: "push" }));
    if (pushes.length === 0) return { events: fired, requests };
    const known = new Set(pushes.map(attemptOf));
    const others = fired.filter((event) => event.kind !== "push" || !known.has(attemptOf(event)));
    return {
        events: [...others, ...pushes].sort((a, b) => a.atMs - b.atMs),
        requests: requests.filter((entry) => entry.api !== "push"),
    };
}

/* Whether an attempt of a push has failed. */
export function undelivered({ outcome }) {
    return outcome !== undefined && outcome !== "delivered";
}

/* Events that stand one behind the other and differ in their message alone are one line: [{ event, count, open }]. open: it
 * is the last one, and the list was cut there, so there may be more of its kind. */
export function grouped(events, cut = false) {
    const groups = [];
    for (const event of events) {
        const last = groups.at(-1);
        if (last && SAME.every((member) => last.event[member] === event[member])) last.count++;
        else groups.push({ event, count: 1, open: false });
    }
    if (cut && groups.length > 0) groups.at(-1).open = true;
    return groups;
}

const SAME = ["atMs", "kind", "queue", "topic", "subscription", "attempt", "outcome"];

/* One event, or a group of them: when, of what kind, and what it is about. ahead: it is still to come. */
export function eventLine(context, event, ahead, { count = 1, open = false } = {}) {
    const { time } = context;
    const subject =
        count > 1
            ? (open ? "at least " : "") + counted(count, "message")
            : event.msgId && messageLink(context, event.msgId);
    return el(
        "li",
        { class: "line" },
        el("span", { class: "line-when" }, ahead ? countdown(time, event.atMs) : instant(time, event.atMs)),
        kindBadge(event.kind),
        el("span", { class: "line-what" }, subject, place(context, event), outcome(event)),
    );
}

/* Whether a request failed. That there is no message (7000) is an answer like others. */
export function failed({ code }) {
    return code !== undefined && Number(code) !== 0 && Number(code) !== 7000;
}

/* One entry of the journal. */
export function requestLine(context, entry) {
    const wrong = failed(entry);
    const told = entry.code !== undefined && String(entry.code) !== "0";
    return el(
        "li",
        { class: "line" },
        el("span", { class: "line-when" }, instant(context.time, entry.atMs)),
        el("span", { class: "badge tone-" + (wrong ? "red" : "accent") }, mark(kindOf("request")), "request"),
        el(
            "span",
            { class: "line-what" },
            requestLink(context, entry.number, named(entry.action)),
            place(context, entry),
            told &&
                el(
                    "span",
                    { class: wrong ? "wrong" : "faint" },
                    " ",
                    named(String(entry.code)),
                    " ",
                    entry.message && named(entry.message),
                ),
            entry.warnings?.length > 0 && [
                " ",
                el("span", { class: "badge tone-amber" }, counted(entry.warnings.length, "warning")),
            ],
            entry.faults?.length > 0 && [" ", el("span", { class: "badge tone-red" }, "fault")],
        ),
    );
}
