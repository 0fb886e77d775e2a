/* fates.js - what became of the messages that were sent to a queue last: each one's state, or how it ended, and by whose
 * request. The box of why.js has it, for whoever knows no id. */

import { ApiError } from "./api.js";
import { el } from "./dom.js";
import { failed } from "./events.js";
import { messageLink, queueLink, requestLink } from "./links.js";
import { named, plain } from "./names.js";
import { countdown, instant } from "./time.js";
import { counted } from "./words.js";

const LOOKED = 4; /* messages */

/* life(msgId, options): the life of a message as its call tells it, without its body, or null. One of which nothing is known,
 * as after a restored snapshot, is not asked for again. */
export function lives(api) {
    const unknown = new Set();
    return async function life(msgId, options) {
        if (unknown.has(msgId)) return null;
        try {
            return await api.get(["messages", msgId], { cut: 0 }, options);
        } catch (error) {
            if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) throw error;
            unknown.add(msgId);
            return null;
        }
    };
}

/* The lives of the last messages that these entries of the journal sent, the newest first: [{ entry, life }]. */
export async function fates(sends, life, options) {
    const sent = sends
        .flatMap((entry) => (failed(entry) ? [] : entry.msgIds).map((msgId) => ({ entry, msgId })))
        .slice(-LOOKED)
        .reverse();
    const all = await Promise.all(sent.map(({ msgId }) => life(msgId, options)));
    return sent.map(({ entry }, i) => ({ entry, life: all[i] })).filter((one) => one.life !== null);
}

/* The finding of why.js. requests: entries of the journal, to say whose request it was. */
export function fatesFinding(context, name, known, requests) {
    return (
        known.length > 0 && {
            what: "fates",
            key: known.map(({ life }) => [
                life.msgId,
                life.state,
                life.queue,
                life.message?.visibleMs,
                life.total,
            ]),
            say: () => [
                "What became of the last " + (known.length > 1 ? "messages" : "message") + " sent here:",
                el(
                    "ul",
                    {},
                    known.map(({ entry, life }) =>
                        el(
                            "li",
                            {},
                            instant(context.time, entry.atMs),
                            " ",
                            messageLink(context, life.msgId),
                            " ",
                            fate(context, name, life, requests),
                        ),
                    ),
                ),
            ],
        }
    );
}

/* "by request 12 of orders-worker/1.0", of an event of a life. */
function by(context, { request }, requests) {
    if (request === null) return null;
    const agent = requests.find(({ number }) => number === request)?.client?.userAgent;
    return [
        " by ",
        requestLink(context, request, "request " + request),
        agent !== undefined && [" of ", named(agent)],
    ];
}

const ENDS = {
    deleted: "was deleted",
    purged: "was purged",
    expired: "expired: nobody deleted it as long as it was kept",
};

function fate(context, name, life, requests) {
    const last = life.events.at(-1);
    const whose = by(context, last, requests);
    const { state, message } = life;
    if (state === "gone")
        return [ENDS[last.what] ?? plain(last.what), whose, " at ", instant(context.time, last.atMs)];
    if (life.queue !== name)
        return ["is in the dead-letter queue ", queueLink(context, life.queue), ", moved", whose];
    if (state === "inactive")
        return ["is inactive: received", whose, ", it returns ", countdown(context.time, message.visibleMs)];
    if (state === "delayed")
        return ["is delayed, and becomes active ", countdown(context.time, message.visibleMs)];
    if (state === "deleted") return ["was deleted", whose, "; a rewind would bring it back"];
    return [
        "is active, ",
        message.dequeueCount === 0 ? "never received" : "received " + counted(message.dequeueCount, "time"),
    ];
}
