/* why.js - the box that answers why a message was not received, by looking at what the emulator knows of the queue: its
 * states, its clock, who waits, what was asked of late, the rules of faults, and where else a message may have gone. */

import { deadLetter } from "./attributes.js";
import { el } from "./dom.js";
import { elsewhere, misspelt, otherWorlds, worlds } from "./elsewhere.js";
import { newest } from "./entries.js";
import { failed } from "./events.js";
import { fates, fatesFinding, lives } from "./fates.js";
import { fault, isFor } from "./fault-words.js";
import { messageFinder } from "./finder.js";
import { messageLink, queueLink, requestLink, signatureLink } from "./links.js";
import { renew, rows } from "./listing.js";
import { id, visible } from "./names.js";
import { find } from "./resource.js";
import { published, subscribers, topics } from "./subscribed.js";
import { countdown, instant } from "./time.js";
import { counted, number } from "./words.js";

const RECENT = 60; /* entries of the journal that are looked at */
const RECEIVES = 4; /* that are shown */
const SENDS = 4; /* that are looked for behind those */
const LETTERS = 100; /* of the dead letters that are looked at, the last to come */
const MOVED = 3; /* of them that are named */
const SLOW_MS = 10000; /* what changes seldom is looked up again after this */

/* { node, load(queue, options) } */
export function why(context, name) {
    const list = el("ul", { class: "findings" });
    const lookers = { seldom: seldomly(SLOW_MS), life: lives(context.api) };
    return {
        node: el(
            "section",
            { class: "card", "aria-label": "Why was it not received?" },
            el("h2", {}, "Why was a message not received?"),
            list,
            messageFinder(context, "What became of one message, by its id"),
        ),
        async load(queue, options) {
            const known = await lookUp(context, queue, lookers, options);
            const findings = [
                ...states(context, known),
                clock(context, known),
                polls(known),
                ...rules(context, known),
                fatesFinding(context, name, known.fates, known.requests),
                refused(context, known),
                receives(context, known),
                misspelt(context, "send to", known.sentElsewhere),
                misspelt(context, "receive from", known.receivedElsewhere),
                worlds(context, name, known.worlds),
                letters(context, known),
                ...topics(context, known),
            ].filter(Boolean);
            rows(
                list,
                findings,
                (finding) => finding.what,
                () => {
                    const item = el("li", {});
                    item.show = ({ tone, key, say }) => {
                        item.className = tone ?? "";
                        renew(item, JSON.stringify(key), say);
                    };
                    return item;
                },
            );
        },
    };
}

/* ---- what is known ---- */

function seldomly(gap) {
    const kept = new Map(); /* what -> { at, answer } */
    return async (what, load) => {
        const old = kept.get(what);
        if (old && performance.now() - old.at < gap) return old.answer;
        const answer = await load();
        kept.set(what, { at: performance.now(), answer });
        return answer;
    };
}

async function lookUp(context, queue, { seldom, life }, options) {
    const { api } = context;
    const { queueName: name, counts, attributes } = queue;
    const next = async (kind, number) =>
        number === 0
            ? null
            : ((await api.get("clock/agenda", { queue: name, kind, limit: 1 }, options)).events[0]?.atMs ??
              null);
    const policy = deadLetter(attributes);
    const [clock, delayedMs, visibleMs, deadMs, faults, journal, subscriptions] = await Promise.all([
        api.get("clock", {}, options),
        next("delayed", counts.delayed),
        next("visible", counts.inactive),
        next("dead-letter", policy === null ? 0 : counts.active),
        api.get("faults", {}, options),
        newest(api, { queue: name }, RECENT, options),
        seldom("topics", () => subscribers(api, name, options)),
    ]);
    const letters =
        policy && (await deadLetters(context, policy, queue.deadLetterQueueName, journal.entries, options));
    const of = (what) => journal.entries.filter(({ action }) => what.test(action));
    const receives = of(/receive/i);
    const sends = await lastSends(api, name, of(/send/i), seldom, options);
    const empty = counts.active + counts.inactive + counts.delayed === 0;
    const unsent = empty && sends.length === 0;
    const unreceived = receives.length === 0 && queue.parkedPolls === 0;
    const missed = (is, what, look) => (is ? seldom(what, look) : []);
    const [known, last, sentElsewhere, receivedElsewhere, others] = await Promise.all([
        fates(sends, life, options),
        published(api, name, subscriptions, life, options),
        missed(unsent, "SendMessage", () => elsewhere(api, "SendMessage", name, options)),
        missed(unreceived, "ReceiveMessage", () => elsewhere(api, "ReceiveMessage", name, options)),
        missed(unsent, "worlds", () => otherWorlds(context, name, options)),
    ]);
    return {
        queue,
        clock,
        delayedMs,
        visibleMs,
        letters: letters && { ...letters, deadMs },
        subscriptions,
        requests: journal.entries,
        sends,
        receives,
        fates: known,
        published: last,
        empty,
        sentElsewhere,
        receivedElsewhere,
        worlds: others,
        faults: faults.faults.filter((rule) => isFor(rule, name)),
    };
}

/* A consumer that asks again and again fills what is looked at; then sends are looked for behind it. */
async function lastSends(api, queue, recent, seldom, options) {
    if (recent.length > 0) return recent;
    const older = () => newest(api, { queue, action: "SendMessage" }, SENDS, options);
    return (await seldom("sends", older)).entries;
}

/* The dead-letter queue. A dead letter keeps its id; moved: the ids of those that the requests were about. */
async function deadLetters(context, policy, name, requests, options) {
    const { api } = context;
    const queue = name === undefined ? null : await find(context, "queue", name, {}, options);
    const active = queue?.counts.active ?? 0;
    if (active === 0) return { policy, name, active, moved: [] };
    const { messages } = await api.get(
        ["queues", name, "messages"],
        { state: "active", offset: Math.max(0, active - LETTERS), limit: LETTERS, cut: 0 },
        options,
    );
    const known = new Set(requests.flatMap(({ msgIds = [] }) => msgIds));
    const moved = messages.map(({ msgId }) => msgId).filter((msgId) => known.has(msgId));
    return { policy, name, active, moved };
}

/* ---- what is said of it: { what, key, say, tone? }; say() is called again when key is another ---- */

function states(context, { queue: { counts }, delayedMs, visibleMs, empty }) {
    const until = (atMs) =>
        atMs === null ? [] : [countdown(context.time, atMs), " ", advance(context, atMs)];
    return [
        {
            what: "active",
            key: [counts.active, empty],
            tone: counts.active > 0 ? "good" : "bad",
            say: () =>
                counts.active > 0
                    ? el(
                          "strong",
                          {},
                          counted(counts.active, "message") +
                              (counts.active === 1 ? " is" : " are") +
                              " active: a receive gets one now.",
                      )
                    : el(
                          "strong",
                          {},
                          empty
                              ? "The queue has no message that could be received."
                              : "No message is active: a receive finds nothing now.",
                      ),
        },
        counts.inactive > 0 && {
            what: "inactive",
            key: [counts.inactive, visibleMs],
            say: () => [
                counted(counts.inactive, "message") +
                    " inactive: received, and neither deleted nor back yet. The first returns ",
                until(visibleMs),
            ],
        },
        counts.delayed > 0 && {
            what: "delayed",
            key: [counts.delayed, delayedMs],
            say: () => [
                counted(counts.delayed, "message") + " delayed. The first becomes active ",
                until(delayedMs),
            ],
        },
        empty &&
            counts.deleted > 0 && {
                what: "deleted",
                key: counts.deleted,
                say: () => counted(counts.deleted, "message") + " deleted, which a rewind would bring back.",
            },
    ];
}

function advance(context, atMs) {
    return el(
        "button",
        { type: "button", class: "link", onclick: () => context.preview(atMs) },
        "Advance to there…",
    );
}

function clock(context, { clock: { mode }, delayedMs, visibleMs }) {
    const comes = delayedMs !== null || visibleMs !== null;
    const says = {
        frozen: "Time stands: none of this happens before somebody moves it.",
        auto: "Time is automatic: it moves only while a receive waits and no client does anything else.",
    };
    return comes && says[mode] && { what: "clock", key: mode, tone: "bad", say: () => says[mode] };
}

function polls({ queue: { parkedPolls } }) {
    return {
        what: "polls",
        key: parkedPolls,
        say: () =>
            parkedPolls === 0
                ? "Nobody waits for a message here at this moment."
                : counted(parkedPolls, "receive") +
                  (parkedPolls === 1 ? " waits" : " wait") +
                  " here for a message.",
    };
}

function rules(context, { faults }) {
    return faults.map((rule) => ({
        what: "fault " + rule.id,
        key: rule,
        tone: "bad",
        say: () => [
            el("a", { href: context.href("faults") }, "Rule " + rule.id),
            " applies here: ",
            fault(rule),
            ". It has acted on " + counted(rule.applied, "call") + ".",
        ],
    }));
}

function receives(context, { receives: list, receivedElsewhere }) {
    const last = list.slice(-RECEIVES).reverse();
    if (receivedElsewhere.length > 0) return null;
    return {
        what: "receives",
        key: last.map(({ number }) => number),
        say: () =>
            last.length === 0
                ? "The journal knows no receive from this queue."
                : [
                      "The last receives:",
                      el(
                          "ul",
                          {},
                          last.map((entry) => receive(context, entry)),
                      ),
                  ],
    };
}

/* Sends that were refused: what they wanted to send never came. */
function refused(context, { sends }) {
    const list = sends.filter(failed);
    const last = list.at(-1);
    return (
        last !== undefined && {
            what: "refused",
            key: [list.length, last.number],
            tone: "bad",
            say: () => [
                number(list.length) + " of the last sends failed. The last one, ",
                requestLink(context, last.number, "request " + last.number),
                ": ",
                el("span", { class: "wrong" }, answer(last)),
                signatureLink(context, last),
            ],
        }
    );
}

function answer({ code, message }) {
    return visible(code + " " + message);
}

function receive(context, entry) {
    const { number, atMs, action, code, msgIds, faults, hungUp } = entry;
    const outcome =
        code === 0 || code === "0"
            ? [
                  "got ",
                  msgIds.length === 1 ? messageLink(context, msgIds[0]) : counted(msgIds.length, "message"),
              ]
            : el("span", { class: failed(entry) ? "wrong" : null }, answer(entry));
    return el(
        "li",
        {},
        instant(context.time, atMs),
        " ",
        requestLink(context, number, action),
        ": ",
        outcome,
        signatureLink(context, entry),
        faults.length > 0 && el("span", { class: "wrong" }, ", by rule " + faults.join(", ")),
        hungUp && ", and its client had gone",
    );
}

function letters(context, { letters: known }) {
    if (known === null) return null;
    const { policy, name, active, moved, deadMs } = known;
    const after =
        policy.maxReceiveCount !== undefined
            ? "received " + counted(policy.maxReceiveCount, "time")
            : "older than " + counted(policy.maxTimeToLive ?? 0, "second");
    return {
        what: "letters",
        key: known,
        tone: moved.length > 0 ? "bad" : undefined,
        say: () => [
            "What was " + after + " goes to ",
            name !== undefined ? queueLink(context, name) : id(policy.deadLetterQueue),
            deadMs !== null
                ? [", the next one ", countdown(context.time, deadMs), ". ", advance(context, deadMs)]
                : " when it is to be received again.",
            name !== undefined && " " + counted(active, "message") + " active there.",
            moved.length > 0 && gone(context, moved),
        ],
    };
}

/* Those that went to the dead-letter queue, the last ones by their ids. */
function gone(context, moved) {
    const last = moved.slice(-MOVED).reverse();
    return [
        " Of the messages that the last requests here were about, ",
        el(
            "strong",
            {},
            moved.length === 1 ? "one has gone there" : number(moved.length) + " have gone there",
        ),
        ": ",
        last.map((msgId, i) => [i > 0 && ", ", messageLink(context, msgId)]),
        moved.length > last.length && ", …",
        ".",
    ];
}
