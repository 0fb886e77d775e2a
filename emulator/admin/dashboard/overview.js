/* overview.js - the first view: the time line, the queues that matter most, what just happened and what happens next. */

import { empty, trouble } from "./controls.js";
import { ORDER, inWords } from "./counts.js";
import { el, keyed, put } from "./dom.js";
import { eventLine, failed, grouped, happened, requestLine } from "./events.js";
import { STATES, mark } from "./kinds.js";
import { queueLink } from "./links.js";
import { tempered } from "./tempered.js";
import { timeline } from "./timeline.js";
import { changes } from "./view.js";
import { counted, number } from "./words.js";

export const title = "Overview";

const LOOKED = 1000; /* queues that are compared; the view of queues has all */
const QUEUES = 12;
const COMING = 12;
const JUST = 40;
const COMING_LOOKED = 100; /* to find lines that are alike */
const JUST_LOOKED = 400;

/* What goes wrong comes first, then what has much under way. What is deleted is over. */
function weight({ counts, parkedPolls }, failures) {
    return 1e9 * failures + counts.active + 2 * counts.inactive + counts.delayed + 2 * parkedPolls;
}

/* By queue, how many of the requests that are remembered have failed. */
function failuresOf(requests) {
    const failures = new Map();
    for (const entry of requests)
        if (entry.queue && failed(entry)) failures.set(entry.queue, (failures.get(entry.queue) ?? 0) + 1);
    return failures;
}

/* The states of a queue's messages as a bar, and in words beneath. It is drawn by roots, so that one message is seen beside
 * thousands. */
function bar(counts) {
    const there = ORDER.filter((state) => counts[state] > 0);
    return [
        el(
            "div",
            { class: "bar", role: "img", "aria-label": inWords(counts) },
            there.map((state) =>
                el("span", {
                    class: "tone-" + STATES[state].tone,
                    style: { "flex-grow": Math.sqrt(counts[state]) },
                }),
            ),
        ),
        el(
            "p",
            { class: "counts small" },
            there.length === 0
                ? el("span", { class: "faint" }, inWords(counts))
                : there.map((state) =>
                      el(
                          "span",
                          { class: "tone tone-" + STATES[state].tone },
                          mark(STATES[state]),
                          " " + number(counts[state]) + " " + STATES[state].label,
                      ),
                  ),
        ),
    ];
}

export function mount(container, params, context) {
    const line = timeline(context);
    const queues = el("div", {});
    const coming = el("div", {});
    const just = el("ol", { class: "lines feed" });
    const justEmpty = el("div", {});
    const listed = (text, view, node) =>
        el(
            "section",
            { class: "card", "aria-label": text },
            el(
                "div",
                { class: "head" },
                el("h2", {}, text),
                view && el("a", { class: "small", href: context.href(view) }, "All of them"),
            ),
            node,
        );
    container.append(
        el("h1", { class: "hidden-text" }, title),
        line.node,
        el(
            "div",
            { class: "columns three overview" },
            listed("Queues", "queues", queues),
            listed("What happens next", null, coming),
            listed("What just happened", "journal", [justEmpty, just]),
        ),
    );

    const loadQueues = tempered(
        async (options) => {
            const { queues: list, total } = await context.api.get("queues", { limit: LOOKED }, options);
            const failures = failuresOf(context.past.requests);
            const items = list.map((queue) => ({ queue, failures: failures.get(queue.queueName) ?? 0 }));
            const heaviest = (a, b) => weight(b.queue, b.failures) - weight(a.queue, a.failures);
            const first = items.sort(heaviest).slice(0, QUEUES);
            put(
                queues,
                first.length === 0
                    ? empty(
                          "No queues yet",
                          "They appear here when a client creates them. The endpoint is ",
                          el("code", {}, location.origin),
                          ".",
                      )
                    : el("ul", { class: "plain-list" }, first.map(queueItem)),
                total > first.length &&
                    el(
                        "p",
                        { class: "faint small" },
                        "the busiest of " +
                            (total > LOOKED ? "the first " + number(LOOKED) + " of " : "") +
                            number(total),
                    ),
            );
        },
        (error) => put(queues, trouble(error, loadQueues.now)),
        context.signal,
    );

    function queueItem({ queue, failures }) {
        return el(
            "li",
            { class: "queue-item" },
            el(
                "div",
                { class: "row" },
                queueLink(context, queue.queueName),
                failures > 0 &&
                    el(
                        "a",
                        {
                            class: "badge tone-red",
                            href: context.href("journal", [], { queue: queue.queueName }),
                        },
                        counted(failures, "failed request"),
                    ),
                queue.parkedPolls > 0 &&
                    el("span", { class: "badge tone-violet" }, counted(queue.parkedPolls, "parked poll")),
            ),
            bar(queue.counts),
        );
    }

    const loadComing = tempered(
        async (options) => {
            const { events, total } = await context.api.get(
                "clock/agenda",
                { limit: COMING_LOOKED },
                options,
            );
            const groups = grouped(events, total > events.length).slice(0, COMING);
            const shown = groups.reduce((sum, { count }) => sum + count, 0);
            put(
                coming,
                groups.length === 0
                    ? empty("Nothing is pending", "Until a client does something, time changes nothing.")
                    : el(
                          "ol",
                          { class: "lines" },
                          groups.map((group) => eventLine(context, group.event, true, group)),
                      ),
                total > shown && el("p", { class: "faint small" }, "and " + number(total - shown) + " more"),
            );
        },
        (error) => put(coming, trouble(error, loadComing.now)),
        context.signal,
    );

    /* The newest first. Entries have numbers; events are known by what they are about. */
    function showJust() {
        const { events, requests } = happened(context.past);
        const lines = [
            ...requests.slice(-JUST).map((entry) => ({
                atMs: entry.atMs,
                key: "r" + entry.number,
                make: () => requestLine(context, entry),
            })),
            ...grouped(events.slice(-JUST_LOOKED)).map(({ event, count }) => ({
                atMs: event.atMs,
                key: [
                    "f",
                    event.atMs,
                    event.kind,
                    event.msgId,
                    event.subscription,
                    event.attempt,
                    count,
                ].join(),
                make: () => eventLine(context, event, false, { count }),
            })),
        ];
        lines.sort((a, b) => b.atMs - a.atMs);
        keyed(just, [...new Map(lines.slice(0, JUST).map(({ key, make }) => [key, make]))]);
        put(
            justEmpty,
            lines.length === 0 &&
                empty("Nothing yet", "Requests of clients and events that fire appear here as they happen."),
        );
    }

    loadQueues.now();
    loadComing.now();
    showJust();
    return {
        update(changed) {
            line.update(changed);
            if (changes(changed, "queues", "clock", "fired", "requests")) loadQueues.soon();
            if (changes(changed, "clock", "fired", "queues", "topics")) loadComing.soon();
            if (changes(changed, "fired", "requests")) showJust();
        },
        focus: line.focus,
    };
}
