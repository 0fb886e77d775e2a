/* attributes.js - attributes of queues, topics and subscriptions in words, beside what CMQ calls them. */

import { el } from "./dom.js";
import { id, named, visible } from "./names.js";
import { duration, stamp } from "./time.js";
import { bytes, number } from "./words.js";

const seconds = (value) => duration(value * 1000);
const instant = (value) => stamp(value * 1000);

/* Attribute -> [label, in words] */
const WORDS = {
    visibilityTimeout: ["Hidden after a receive for", seconds],
    pollingWaitSeconds: [
        "A receive waits for",
        (value) => (value === 0 ? "nothing: it answers at once" : "up to " + seconds(value)),
    ],
    msgRetentionSeconds: ["A message is kept for", seconds],
    rewindSeconds: ["Deleted ones can be rewound for", (value) => (value === 0 ? "never" : seconds(value))],
    maxMsgSize: ["A body has at most", bytes],
    maxMsgHeapNum: ["Messages at most", number],
    filterType: ["Subscriptions filter by", (value) => (value === 2 ? "routing key" : "tags")],
    createTime: ["Created", instant],
    lastModifyTime: ["Changed", instant],
};

const POLICY = {
    maxReceiveCount: (value) => "after " + number(value) + " receives",
    maxTimeToLive: (value) => "after " + seconds(value),
};

/* deadLetterPolicy is JSON within JSON, as CMQ has it. */
export function deadLetter(attributes) {
    try {
        return JSON.parse(attributes.deadLetterPolicy);
    } catch {
        return null;
    }
}

function policy(value, name) {
    const told = Object.entries(POLICY)
        .filter(([name]) => value[name] !== undefined)
        .map(([name, say]) => say(value[name]));
    return ["to ", name ? named(name) : id(value.deadLetterQueue ?? "?"), " ", told.join(", ")];
}

function fact(name, value) {
    const [label, words] = WORDS[name] ?? [
        name,
        (text) => visible(typeof text === "string" ? text : JSON.stringify(text)),
    ];
    return [el("dt", { title: name }, label), el("dd", {}, words(value))];
}

/* <dt> and <dd> of the attributes of a queue or topic, its id first. */
export function describe({ queueId, topicId, attributes, deadLetterQueueName }) {
    const { deadLetterPolicy, ...others } = attributes;
    const dead = deadLetter(attributes);
    return [
        el("dt", {}, "Id"),
        el("dd", {}, id(queueId ?? topicId)),
        Object.entries(others).map(([name, value]) => fact(name, value)),
        dead && [
            el("dt", { title: "deadLetterPolicy" }, "Dead letters go"),
            el("dd", {}, policy(dead, deadLetterQueueName)),
        ],
    ];
}
