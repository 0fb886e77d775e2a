/* queue.js - one queue: why a message was not received, its messages by state, and its attributes in words. */

import { ApiError } from "./api.js";
import { button, empty } from "./controls.js";
import { ORDER, bar, inWords } from "./counts.js";
import { el } from "./dom.js";
import { STATES, mark } from "./kinds.js";
import { notes, pager, renew, table } from "./listing.js";
import { COLUMNS, CUT, messageRow } from "./message-rows.js";
import { named, plain } from "./names.js";
import { describe } from "./attributes.js";
import { tempered } from "./tempered.js";
import { changes } from "./view.js";
import { why } from "./why.js";
import { counted, number } from "./words.js";

const PAGE = 50;

export function mount(container, params, context) {
    const [name] = params.path;
    const head = heading(context, name, () => refresh.now());
    const answers = why(context, name);
    const list = messages(context, name, params.query);
    const facts = el("dl", { class: "facts" });
    const note = notes();
    const whole = el(
        "div",
        { class: "split answered" },
        answers.node,
        list.node,
        el("section", { class: "card" }, el("h2", {}, "Attributes"), facts),
    );
    const refresh = tempered(
        async (options) => {
            const queue = await get(context, name, options);
            whole.hidden = queue === null;
            note.show(
                queue === null,
                () =>
                    queue === null &&
                    empty(
                        "There is no queue of this name",
                        "It appears here when somebody creates it. ",
                        el("a", { href: context.href("queues") }, "All queues"),
                    ),
            );
            head.show(queue);
            if (queue === null) return;
            renew(facts, JSON.stringify(queue.attributes), () => describe(queue));
            list.show(queue);
            await Promise.all([list.load(options), answers.load(queue, options)]);
        },
        (error) => note.fail(error, refresh.now),
        context.signal,
    );
    list.turned = refresh.now;
    context.title(name);
    container.append(head.node, note.node, whole);
    whole.hidden = true;
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "queues", "faults", "clock", "requests")) refresh.soon();
        },
        unmount() {},
    };
}

async function get(context, name, options) {
    try {
        return await context.api.get(["queues", name], {}, options);
    } catch (error) {
        if (error instanceof ApiError && error.code === "no-such-queue") return null;
        throw error;
    }
}

function heading(context, name, purged) {
    const shape = bar();
    const words = el("span", { class: "faint" });
    const purge = button(
        "Purge…",
        async () => {
            const answer = await context.api.delete(["queues", name, "messages"]);
            purged();
            return counted(answer.purged, "message") + " purged";
        },
        {
            kind: "danger",
            confirm: {
                title: "Purge the queue?",
                content: el(
                    "p",
                    {},
                    "All messages of ",
                    named(name),
                    " will be gone: in every state, and for everybody.",
                ),
                action: "Purge",
                danger: true,
            },
        },
    );
    const state = el("div", { class: "stack" }, words, shape);
    return {
        node: el(
            "div",
            { class: "stack" },
            el(
                "div",
                { class: "head" },
                el(
                    "h1",
                    {},
                    el("a", { href: context.href("queues"), class: "quiet-link" }, "Queues"),
                    " / ",
                    named(name),
                ),
                el(
                    "a",
                    { href: context.href("journal", [], { queue: name }) },
                    "Its requests in the journal",
                ),
                purge,
            ),
            state,
        ),
        show(queue) {
            state.hidden = purge.hidden = queue === null;
            if (queue === null) return;
            shape.show(queue.counts);
            const text = inWords(queue.counts) + " · " + counted(queue.parkedPolls, "receive") + " waiting";
            if (words.textContent !== text) words.textContent = text;
        },
    };
}

/* The messages, one state or all, by pages. */
function messages(context, name, query) {
    let state = ORDER.includes(query.state) ? query.state : undefined;
    const note = notes();
    const list = table("Messages of " + plain(name), COLUMNS);
    const pages = pager(PAGE, () => turned());
    pages.offset = Number(query.offset) || 0;
    const choice = (which, label) =>
        el(
            "button",
            {
                type: "button",
                onclick: () => {
                    state = which;
                    pages.offset = 0;
                    turned();
                },
            },
            label,
        );
    const numbers = {};
    const choices = [
        [undefined, choice(undefined, "All")],
        ...ORDER.map((which) => {
            numbers[which] = el("span", { class: "number" });
            return [
                which,
                choice(which, [mark(STATES[which]), " ", STATES[which].label, " ", numbers[which]]),
            ];
        }),
    ];
    function turned() {
        press();
        context.query({ state, offset: pages.offset || undefined });
        part.turned();
    }
    function press() {
        for (const [which, node] of choices) node.setAttribute("aria-pressed", String(which === state));
    }
    press();
    const part = {
        turned: null,
        node: el(
            "section",
            { class: "card flush", "aria-label": "Messages" },
            el(
                "div",
                { class: "head" },
                el("h2", {}, "Messages"),
                el(
                    "div",
                    { class: "buttons", role: "group", "aria-label": "Which state" },
                    choices.map(([, node]) => node),
                ),
            ),
            list.node,
            note.node,
            el("div", { class: "card-foot" }, pages.node),
        ),
        show({ counts }) {
            for (const which of ORDER) renew(numbers[which], counts[which], () => number(counts[which]));
        },
        async load(options) {
            const answer = await context.api.get(
                ["queues", name, "messages"],
                { state, offset: pages.offset, limit: PAGE, cut: CUT },
                options,
            );
            list.rows(
                answer.messages,
                (message) => message.msgId,
                (message) => messageRow(context, message),
            );
            list.node.hidden = answer.messages.length === 0;
            pages.show({ total: answer.total, shown: answer.messages.length, next: answer.next });
            note.show(
                answer.messages.length > 0 ? "" : String(state) + (answer.total > 0),
                () =>
                    answer.messages.length === 0 &&
                    empty(
                        answer.total > 0
                            ? "This page is empty now"
                            : state
                              ? "None is " + STATES[state].label
                              : "The queue is empty",
                        state && answer.total === 0
                            ? "It is a state in which a message " + meaning(state) + "."
                            : "",
                    ),
            );
        },
    };
    return part;
}

function meaning(state) {
    return {
        active: "waits to be received",
        inactive: "has been received, and is hidden until its visibility timeout ends",
        delayed: "was sent with a delay that has not ended",
        deleted: "was deleted, and can still be rewound to",
    }[state];
}
