/* overview.js - the first view: the time line, the queues that matter most, what just happened and what happens next. */

import { empty, trouble } from "./controls.js";
import { el, keyed, put } from "./dom.js";
import { eventLine, requestLine } from "./events.js";
import { STATES, mark } from "./kinds.js";
import { named } from "./names.js";
import { refresher } from "./refresh.js";
import { timeline } from "./timeline.js";
import { changes } from "./view.js";
import { counted, number } from "./words.js";

export const title = "Overview";

const LOOKED = 1000; /* queues that are compared; the view of queues has all */
const QUEUES = 12;
const COMING = 12;
const JUST = 40;

/* A queue with much under way comes first, whatever its name. What is deleted is over. */
function busyness({ counts, parkedPolls }) {
    return counts.active + 2 * counts.inactive + counts.delayed + 2 * parkedPolls;
}

function states(counts) {
    return Object.keys(STATES).filter((state) => counts[state] > 0);
}

/* The states of a queue's messages as a bar, and in words beneath. */
function bar(counts) {
    const there = states(counts);
    const words = there.map((state) => number(counts[state]) + " " + STATES[state].label).join(", ");
    return [
        el(
            "div",
            { class: "bar", role: "img", "aria-label": words || "no messages" },
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
                ? el("span", { class: "faint" }, "no messages")
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

    const loadQueues = refresher(
        async () => {
            const { queues: list, total } = await context.api.get("queues", { limit: LOOKED });
            const first = list.sort((a, b) => busyness(b) - busyness(a)).slice(0, QUEUES);
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
        (error) => put(queues, trouble(error, loadQueues)),
    );

    function queueItem(queue) {
        return el(
            "li",
            { class: "queue-item" },
            el(
                "div",
                { class: "row" },
                el("a", { href: context.href("queues", [queue.queueName]) }, named(queue.queueName)),
                queue.parkedPolls > 0 &&
                    el("span", { class: "badge tone-violet" }, counted(queue.parkedPolls, "parked poll")),
            ),
            bar(queue.counts),
        );
    }

    const loadComing = refresher(
        async () => {
            const { events, total } = await context.api.get("clock/agenda", { limit: COMING });
            put(
                coming,
                events.length === 0
                    ? empty(
                          "Nothing is pending",
                          "No delay, no timeout, no push: until a client does something, time changes nothing.",
                      )
                    : [
                          el(
                              "ol",
                              { class: "lines" },
                              events.map((event) => eventLine(context, event, true)),
                          ),
                          total > events.length &&
                              el(
                                  "p",
                                  { class: "faint small" },
                                  "and " + number(total - events.length) + " more",
                              ),
                      ],
            );
        },
        (error) => put(coming, trouble(error, loadComing)),
    );

    /* The newest first. Entries have numbers; events are known by their place among those of their instant. */
    function showJust() {
        const { fired } = context.past;
        const requests = context.past.requests.filter(
            (entry) => entry.api !== "push",
        ); /* they are among the events */
        const lines = [
            ...requests.slice(-JUST).map((entry) => ({
                atMs: entry.atMs,
                key: "r" + entry.number,
                make: () => requestLine(context, entry),
            })),
            ...fired.slice(-JUST).map((event) => ({
                atMs: event.atMs,
                key: ["f", event.atMs, event.kind, event.msgId, event.subscription, event.attempt].join(),
                make: () => eventLine(context, event, false),
            })),
        ]
            .sort((a, b) => b.atMs - a.atMs)
            .slice(0, JUST);
        keyed(just, [...new Map(lines.map(({ key, make }) => [key, make]))]);
        put(
            justEmpty,
            lines.length === 0 &&
                empty("Nothing yet", "Requests of clients and events that fire appear here as they happen."),
        );
    }

    function load() {
        loadQueues();
        loadComing();
        showJust();
    }

    load();
    return {
        update(changed) {
            line.update(changed);
            if (changes(changed, "queues", "clock", "fired")) loadQueues();
            if (changes(changed, "clock", "fired", "queues", "topics")) loadComing();
            if (changes(changed, "fired", "requests")) showJust();
        },
        unmount() {},
        focus: line.focus,
    };
}
