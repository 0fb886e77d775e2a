/* topics.js - the topics of a namespace; behind the name of one, that topic. */

import { el, tell } from "./dom.js";
import { topicLink } from "./links.js";
import { cell, renew, row } from "./listing.js";
import { named } from "./names.js";
import { directory } from "./paged.js";
import * as topic from "./topic.js";
import { counted, number } from "./words.js";

export const title = "Topics";

const NAMES = 5; /* subscriptions that are named in a row */

export function mount(container, params, context) {
    return params.path.length > 0
        ? topic.mount(container, params, context)
        : mountList(container, params, context);
}

function topicRow(context, { topicName }) {
    const names = el("span", {});
    const messages = el("span", {});
    const pending = el("span", {});
    return row(
        [topicLink(context, topicName), names, cell("number tight", messages), cell("number tight", pending)],
        (topic) => {
            const all = topic.subscriptions.map(({ subscriptionName }) => subscriptionName);
            renew(names, JSON.stringify(all), () => subscribers(all));
            tell(messages, number(topic.messages));
            tell(
                pending,
                number(topic.subscriptions.reduce((sum, subscription) => sum + subscription.pending, 0)),
            );
        },
    );
}

function subscribers(names) {
    if (names.length === 0) return el("span", { class: "faint" }, "nobody subscribes");
    return [
        names.slice(0, NAMES).map((name, i) => [i > 0 && ", ", named(name)]),
        names.length > NAMES && " and " + counted(names.length - NAMES, "other"),
    ];
}

function mountList(container, params, context) {
    const list = directory(context, params.query, {
        kind: "topic",
        title,
        columns: ["Name", "Subscriptions", ["Messages stored", "number"], ["Deliveries pending", "number"]],
        keyOf: ({ topicId }) => topicId,
        make: (item) => topicRow(context, item),
    });
    container.append(...list.nodes);
    return list.view;
}
