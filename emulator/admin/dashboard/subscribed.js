/* subscribed.js - topics that deliver to a queue, and whether what was published to them last was what the queue's subscription
 * wants. Findings of why.js. */

import { el } from "./dom.js";
import { newest } from "./entries.js";
import { failed } from "./events.js";
import { messageLink, requestLink, topicLink } from "./links.js";
import { named, visible } from "./names.js";

const TOPICS = 100; /* that are looked at */
const FILTERS = 3; /* subscriptions whose last messages are looked at */
const RECENT = 20; /* entries of the journal of a topic */
const PUBLISHED = 3; /* messages */

/* Subscriptions of the first topics that deliver to the queue. */
export async function subscribers(api, queue, options) {
    const { topics } = await api.get("topics", { limit: TOPICS }, options);
    return topics.flatMap(({ topicName, subscriptions }) =>
        subscriptions
            .filter(({ protocol, endpoint }) => protocol === "queue" && endpoint === queue)
            .map((subscription) => ({ topicName, ...subscription })),
    );
}

function wants({ filterTag = [], bindingKey = [] }) {
    return [...filterTag, ...bindingKey];
}

/* Of subscriptions that want some messages only, what was published last, the newest first, and the id of the copy that the
 * queue got: by "TOPIC/SUBSCRIPTION" [{ entry, copy }]. life(msgId, options) is that of fates.js. */
export async function published(api, queue, subscriptions, life, options) {
    const filtered = subscriptions.filter((one) => wants(one).length > 0).slice(0, FILTERS);
    const found = await Promise.all(
        filtered.map(async ({ topicName, subscriptionName }) => {
            const { entries } = await newest(api, { topic: topicName }, RECENT, options);
            const sent = entries
                .filter((entry) => /publish/i.test(entry.action))
                .flatMap((entry) =>
                    failed(entry) ? [{ entry }] : entry.msgIds.map((msgId) => ({ entry, msgId })),
                )
                .slice(-PUBLISHED)
                .reverse();
            const lives = await Promise.all(sent.map(({ msgId }) => msgId && life(msgId, options)));
            return [
                topicName + "/" + subscriptionName,
                sent.flatMap(({ entry }, i) => told(entry, lives[i], queue, subscriptionName)),
            ];
        }),
    );
    return Object.fromEntries(found);
}

/* Nothing while nobody knows: it may still be on its way. What nobody wants is refused. */
function told(entry, life, queue, subscriptionName) {
    if (life === undefined) return [{ entry }];
    if (life === null) return [];
    const copy = life.copies.find((one) => one.queue === queue)?.msgId;
    const tried = life.events.some(({ subscription }) => subscription === subscriptionName);
    return copy === undefined && (tried || life.state === "pending") ? [] : [{ entry, copy }];
}

/* What a message was published with. */
function tags({ arguments: given }) {
    return Object.entries(given)
        .filter(([name]) => /^(msgTag|tag|routingKey)/i.test(name))
        .flatMap(([, value]) => value)
        .map(String);
}

function list(texts) {
    return texts.map((text, i) => [i > 0 && ", ", named(text)]);
}

function refusal({ code, message }) {
    return [" failed: ", visible(code + " " + message)];
}

function publication(context, { entry, copy }) {
    const given = tags(entry);
    return el(
        "li",
        {},
        requestLink(context, entry.number, "request " + entry.number),
        given.length > 0 ? [" with ", list(given)] : " with none",
        copy === undefined
            ? el("span", { class: "wrong" }, failed(entry) ? refusal(entry) : " was filtered out")
            : [" came here as ", messageLink(context, copy)],
    );
}

export function topics(context, { subscriptions, published: all }) {
    return subscriptions.map((subscription) => {
        const { topicName, subscriptionName } = subscription;
        const filter = wants(subscription);
        const last = all[topicName + "/" + subscriptionName] ?? [];
        return {
            what: "topic " + topicName + "/" + subscriptionName,
            key: [subscription, last.map(({ entry, copy }) => [entry.number, copy])],
            tone: last[0] && last[0].copy === undefined ? "bad" : undefined,
            say: () => [
                "Topic ",
                topicLink(context, topicName),
                " delivers here by ",
                named(subscriptionName),
                filter.length > 0 ? [", if a message has one of ", list(filter)] : ", all messages",
                last.length > 0 ? ". Of the last ones:" : ".",
                last.length > 0 &&
                    el(
                        "ul",
                        {},
                        last.map((one) => publication(context, one)),
                    ),
            ],
        };
    });
}
