/* queues.js - the queues of a namespace; behind the name of one, that queue. */

import { empty, trouble } from "./controls.js";
import { ORDER, bar } from "./counts.js";
import { el, put } from "./dom.js";
import { finder, messageFinder } from "./finder.js";
import { STATES, mark } from "./kinds.js";
import { cell, pager, row, table } from "./listing.js";
import { named } from "./names.js";
import * as queue from "./queue.js";
import { tempered } from "./tempered.js";
import { tell } from "./time.js";
import { changes } from "./view.js";
import { counted, number } from "./words.js";

export const title = "Queues";

const PAGE = 50;

export function mount(container, params, context) {
    return params.path.length > 0
        ? queue.mount(container, params, context)
        : mountList(container, params, context);
}

/* A <tr> of one queue. */
function queueRow(context, { queueName }) {
    const shape = bar();
    const polls = el("span", {});
    const numbers = ORDER.map(() => el("span", {}));
    return row(
        [
            el("a", { href: context.href("queues", [queueName]) }, named(queueName)),
            cell("bars", shape),
            ...numbers.map((node) => cell("number", node)),
            cell("number", polls),
        ],
        ({ counts, parkedPolls }) => {
            shape.show(counts);
            numbers.forEach((node, i) => tell(node, number(counts[ORDER[i]])));
            tell(polls, number(parkedPolls));
        },
    );
}

function mountList(container, params, context) {
    const list = table("Queues", [
        "Name",
        "States",
        ...ORDER.map((state) => [[mark(STATES[state]), " " + STATES[state].label], "number"]),
        ["Parked polls", "number"],
    ]);
    const note = el("div", {});
    const total = el("span", { class: "faint" });
    const pages = pager(PAGE, (offset) => {
        context.query({ offset: offset || undefined });
        refresh.now();
    });
    pages.offset = Number(params.query.offset) || 0;
    const refresh = tempered(
        async (options) => {
            const answer = await context.api.get("queues", { offset: pages.offset, limit: PAGE }, options);
            list.rows(
                answer.queues,
                (item) => item.queueId,
                (item) => queueRow(context, item),
            );
            pages.show({ total: answer.total, shown: answer.queues.length, next: answer.next });
            put(
                total,
                answer.total > 0 && counted(answer.total, "queue") + ", in the order of their creation",
            );
            put(
                note,
                answer.total === 0 && empty("No queues yet", "They appear here as clients create them."),
            );
            list.node.hidden = answer.total === 0;
        },
        (error) => put(note, trouble(error, refresh.now)),
        context.signal,
    );
    container.append(
        el(
            "div",
            { class: "head" },
            el("h1", {}, title),
            total,
            finder(context, "queues", "Open a queue, by its whole name"),
        ),
        el("section", { class: "card flush" }, list.node, note),
        pages.node,
        el("section", { class: "card" }, messageFinder(context, "What became of one message, by its id")),
    );
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "queues")) refresh.soon();
        },
        unmount() {},
    };
}
