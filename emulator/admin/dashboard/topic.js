/* topic.js - one topic: who subscribes, what each is waiting for, and what went wrong with it last. */

import { button, empty } from "./controls.js";
import { el } from "./dom.js";
import { messageLink, queueLink } from "./links.js";
import { cell, notes, pager, renew, row, rows, table } from "./listing.js";
import { named, plain, visible } from "./names.js";
import { attributes, find, heading, missing } from "./resource.js";
import { tempered } from "./tempered.js";
import { countdown, instant } from "./time.js";
import { changes } from "./view.js";
import { counted, number } from "./words.js";

const SUBSCRIPTIONS = 20; /* on a page */
const DELIVERIES = 20; /* of each, at first */
const MORE = 5; /* times as many when asked */
const DELIVERIES_MAX = 10000;

export function mount(container, params, context) {
    const [name] = params.path;
    const facts = attributes();
    const list = el("div", { class: "stack", tabindex: "-1" });
    const note = notes();
    const words = el("p", { class: "faint" });
    let limit = DELIVERIES;
    const more = () => {
        limit = Math.min(limit * MORE, DELIVERIES_MAX);
        refresh.now();
    };
    const pages = pager(SUBSCRIPTIONS, () => refresh.now());
    const purge = purger(context, name, () => refresh.now());
    const whole = el("div", { class: "split" }, el("div", { class: "stack" }, list, pages.node), facts.node);
    const refresh = tempered(
        async (options) => {
            const topic = await find(context, "topic", name, { limit, offset: pages.offset }, options);
            whole.hidden = purge.hidden = words.hidden = topic === null;
            note.show(topic === null || topic.subscriptions.length, () =>
                nothing(context, topic, pages.offset),
            );
            if (topic === null) return;
            renew(
                words,
                topic.messages,
                () => counted(topic.messages, "message") + " stored until all deliveries have ended",
            );
            facts.show(topic);
            const shown = topic.subscriptions;
            rows(
                list,
                shown,
                ({ subscriptionName }) => subscriptionName,
                (item) => subscription(context, item, more),
            );
            pages.show({
                total: topic.next !== undefined ? topic.next + 1 : pages.offset + shown.length,
                shown: shown.length,
                next: topic.next,
            });
        },
        (error) => note.fail(error, refresh.now),
        context.signal,
    );
    context.title(name);
    container.append(heading(context, "topic", "Topics", name, purge), words, note.node, whole);
    whole.hidden = true;
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "topics", "clock")) refresh.soon();
        },
    };
}

/* What there is to say where nothing can be shown. */
function nothing(context, topic, offset) {
    if (topic === null) return missing(context, "topic");
    return (
        topic.subscriptions.length === 0 &&
        offset === 0 &&
        empty("Nobody subscribes", "What is published to this topic is lost.")
    );
}

function purger(context, name, purged) {
    return button(
        "Drop what is pending…",
        async () => {
            const answer = await context.api.delete(["topics", name, "messages"]);
            purged();
            return counted(answer.purged, "message") + " dropped";
        },
        {
            kind: "danger",
            confirm: {
                title: "Drop what is pending?",
                content: el(
                    "p",
                    {},
                    "What was published to ",
                    named(name),
                    " and is not delivered yet will not be. Attempts under way do not matter any more.",
                ),
                action: "Drop",
                danger: true,
            },
        },
    );
}

/* ---- a subscription ---- */

const STRATEGIES = {
    EXPONENTIAL_DECAY_RETRY: "tries again after 1, 2, 4 … 512 seconds, and then every 512, for a day",
    BACKOFF_RETRY: "tries again 3 times, after 10 to 20 seconds, and one message after the other",
};

const STATES = {
    scheduled: "the next attempt is on the agenda",
    waiting: "it waits for the message before it",
    offered: "it is about to be tried",
    "in-flight": "it is being tried",
    landed: "it was tried, and the outcome has not been applied yet",
};

function subscription(context, { subscriptionName }, more) {
    const facts = el("dl", { class: "facts" });
    const pending = el("span", { class: "faint" });
    const note = el("div", { class: "card-foot" });
    const list = table("Deliveries pending of " + plain(subscriptionName), [
        "Message",
        "State",
        "Next attempt",
        ["Attempts", "number"],
        "Last error",
        "Kept until",
    ]);
    const heading = el("h2", {}, named(subscriptionName));
    const node = el(
        "section",
        { class: "card flush", "aria-label": "Subscription " + plain(subscriptionName) },
        el("div", { class: "head" }, heading, pending),
        el("div", { class: "card-body" }, facts),
        list.node,
        note,
    );
    node.show = (item) => {
        const { deliveries } = item;
        renew(facts, JSON.stringify({ ...item, deliveries: null, pending: null }), () =>
            describeSubscription(context, item),
        );
        renew(pending, item.pending, () =>
            item.pending === 0 ? "nothing pending" : number(item.pending) + " pending",
        );
        list.node.hidden = deliveries.length === 0;
        list.rows(
            deliveries,
            ({ msgId }) => msgId,
            (delivery) => deliveryRow(context, delivery),
        );
        const left = item.pending - deliveries.length;
        renew(note, left > 0, () => left > 0 && el("button", { type: "button", onclick: more }, "Show more"));
    };
    return node;
}

function describeSubscription(context, item) {
    const wants = item.bindingKey.length > 0 ? item.bindingKey : item.filterTag;
    const fact = (attribute, label, value) => [el("dt", { title: attribute }, label), el("dd", {}, value)];
    return [
        fact("endpoint", "Delivers to", endpoint(context, item)),
        fact(
            item.bindingKey.length > 0 ? "bindingKey" : "filterTag",
            "Wants",
            wants.length === 0
                ? "all messages"
                : [
                      item.bindingKey.length > 0 ? "routing keys like " : "messages with a tag of ",
                      wants.map((text, i) => [i > 0 && ", ", named(text)]),
                  ],
        ),
        fact(
            "notifyStrategy",
            "When it fails",
            STRATEGIES[item.notifyStrategy] ?? visible(item.notifyStrategy),
        ),
        fact(
            "notifyContentFormat",
            "Sends",
            item.notifyContentFormat === "SIMPLIFIED" ? "the body alone" : "the body within JSON",
        ),
    ];
}

function endpoint(context, { protocol, endpoint: where }) {
    if (protocol === "queue") return ["queue ", queueLink(context, where)];
    const sink = where.match(/\/_emulator\/sink\/([A-Za-z][\w-]*)(?:\?|$)/);
    return [
        named(where),
        sink && [" (", el("a", { href: context.href("sinks", [sink[1]]) }, "sink ", named(sink[1])), ")"],
    ];
}

function deliveryRow(context, { msgId }) {
    const state = el("span", {});
    const next = el("span", {});
    const attempts = el("span", {});
    const error = el("span", { class: "wrong" });
    const until = el("span", {});
    return row(
        [
            cell("tight", messageLink(context, msgId)),
            state,
            cell("tight", next),
            cell("number tight", attempts),
            error,
            cell("tight", until),
        ],
        (delivery) => {
            renew(state, delivery.state, () =>
                el("span", { class: "badge", title: STATES[delivery.state] }, delivery.state),
            );
            renew(
                next,
                String(delivery.nextMs),
                () => delivery.nextMs !== null && countdown(context.time, delivery.nextMs),
            );
            renew(attempts, delivery.attempts, () => number(delivery.attempts));
            renew(error, delivery.lastError ?? "", () => visible(delivery.lastError ?? ""));
            renew(until, delivery.expireMs, () => instant(context.time, delivery.expireMs));
        },
    );
}
