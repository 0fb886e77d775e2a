/* queues.js - the queues of a namespace; behind the name of one, that queue. */

import { ORDER, bar } from "./counts.js";
import { el, tell } from "./dom.js";
import { messageFinder } from "./finder.js";
import { STATES, mark } from "./kinds.js";
import { queueLink } from "./links.js";
import { cell, row } from "./listing.js";
import { directory } from "./paged.js";
import * as queue from "./queue.js";
import { number } from "./words.js";

export const title = "Queues";

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
            queueLink(context, queueName),
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
    const list = directory(context, params.query, {
        kind: "queue",
        title,
        columns: [
            "Name",
            "States",
            ...ORDER.map((state) => [[mark(STATES[state]), " " + STATES[state].label], "number"]),
            ["Parked polls", "number"],
        ],
        keyOf: ({ queueId }) => queueId,
        make: (item) => queueRow(context, item),
    });
    container.append(
        ...list.nodes,
        el("section", { class: "card" }, messageFinder(context, "What became of one message, by its id")),
    );
    return list.view;
}
