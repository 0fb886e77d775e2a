/* topics.js - the topics of a namespace; behind the name of one, that topic. */

import { empty, trouble } from "./controls.js";
import { el, put } from "./dom.js";
import { finder } from "./finder.js";
import { cell, pager, renew, row, table } from "./listing.js";
import { named } from "./names.js";
import { tempered } from "./tempered.js";
import { tell } from "./time.js";
import * as topic from "./topic.js";
import { changes } from "./view.js";
import { counted, number } from "./words.js";

export const title = "Topics";

const PAGE = 50;
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
        [
            el("a", { href: context.href("topics", [topicName]) }, named(topicName)),
            names,
            cell("number tight", messages),
            cell("number tight", pending),
        ],
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
    const list = table("Topics", [
        "Name",
        "Subscriptions",
        ["Messages stored", "number"],
        ["Deliveries pending", "number"],
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
            const answer = await context.api.get("topics", { offset: pages.offset, limit: PAGE }, options);
            list.rows(
                answer.topics,
                (item) => item.topicId,
                (item) => topicRow(context, item),
            );
            pages.show({ total: answer.total, shown: answer.topics.length, next: answer.next });
            renew(
                total,
                answer.total,
                () => answer.total > 0 && counted(answer.total, "topic") + ", in the order of their creation",
            );
            renew(
                note,
                answer.total === 0,
                () =>
                    answer.total === 0 && empty("No topics yet", "They appear here as clients create them."),
            );
            list.node.hidden = answer.total === 0;
        },
        (error) => {
            note.shown = null;
            put(note, trouble(error, refresh.now));
        },
        context.signal,
    );
    container.append(
        el(
            "div",
            { class: "head" },
            el("h1", {}, title),
            total,
            finder(context, "topics", "Open a topic, by its whole name"),
        ),
        el("section", { class: "card flush" }, list.node, note),
        pages.node,
    );
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "topics")) refresh.soon();
        },
        unmount() {},
    };
}
