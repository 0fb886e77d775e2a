/* message-list.js - the messages of a queue, one state or all, by pages. */

import { empty } from "./controls.js";
import { ORDER } from "./counts.js";
import { el } from "./dom.js";
import { STATES, mark } from "./kinds.js";
import { notes, pager, renew, table } from "./listing.js";
import { COLUMNS, CUT, messageRow } from "./message-rows.js";
import { plain } from "./names.js";
import { number } from "./words.js";

const PAGE = 50;

const MEANS = {
    active: "waits to be received",
    inactive: "has been received, and is hidden until its visibility timeout ends",
    delayed: "was sent with a delay that has not ended",
    deleted: "was deleted, and can still be rewound to",
};

/* query has the state and the page that are shown first; turned() is called when somebody wants others, and should call
 * load(). { node, show(queue), load(options) } */
export function messageList(context, name, query, turned) {
    const note = notes();
    const list = table("Messages of " + plain(name), COLUMNS);
    const turn = () => {
        context.query({ state: choice.state, offset: pages.offset || undefined });
        turned();
    };
    const pages = pager(PAGE, turn);
    pages.offset = Number(query.offset) || 0;
    const choice = choices(ORDER.includes(query.state) ? query.state : undefined, () => {
        pages.offset = 0;
        turn();
    });
    return {
        node: el(
            "section",
            { class: "card flush", "aria-label": "Messages" },
            el("div", { class: "head" }, el("h2", {}, "Messages"), choice.node),
            list.node,
            note.node,
            el("div", { class: "card-foot" }, pages.node),
        ),
        show: ({ counts }) => choice.show(counts),
        async load(options) {
            const { state } = choice;
            const { messages, total, next } = await context.api.get(
                ["queues", name, "messages"],
                { state, offset: pages.offset, limit: PAGE, cut: CUT },
                options,
            );
            list.rows(
                messages,
                ({ msgId }) => msgId,
                (message) => messageRow(context, message),
            );
            list.node.hidden = messages.length === 0;
            pages.show({ total, shown: messages.length, next });
            note.show(
                messages.length > 0 ? "" : String(state) + (total > 0),
                () => messages.length === 0 && nothing(state, total),
            );
        },
    };
}

/* Buttons that choose a state, or all, with the number of messages in each: { node, state, show(counts) } */
function choices(state, chosen) {
    const numbers = Object.fromEntries(ORDER.map((which) => [which, el("span", { class: "number" })]));
    const button = (which, ...label) => el("button", { type: "button", onclick: () => choose(which) }, label);
    const buttons = new Map([
        [undefined, button(undefined, "All")],
        ...ORDER.map((which) => [
            which,
            button(which, mark(STATES[which]), " ", STATES[which].label, " ", numbers[which]),
        ]),
    ]);
    function press() {
        for (const [which, node] of buttons)
            node.setAttribute("aria-pressed", String(which === choice.state));
    }
    function choose(which) {
        choice.state = which;
        press();
        chosen();
    }
    const choice = {
        state,
        node: el(
            "div",
            { class: "buttons", role: "group", "aria-label": "Which state" },
            ...buttons.values(),
        ),
        show(counts) {
            for (const which of ORDER) renew(numbers[which], counts[which], () => number(counts[which]));
        },
    };
    press();
    return choice;
}

/* What stands there if there is none on the page. */
function nothing(state, total) {
    if (total > 0) return empty("This page is empty now");
    if (!state) return empty("The queue is empty");
    return empty("None is " + STATES[state].label, "It is a state in which a message " + MEANS[state] + ".");
}
