/* entry.js - one entry of the journal: a row, and all that it knows beneath (admin/README, "Journal"). */

import { body } from "./body.js";
import { el } from "./dom.js";
import { failed, undelivered } from "./events.js";
import { KINDS, mark } from "./kinds.js";
import { messageLink, queueLink, signatureLink, topicLink } from "./links.js";
import { cell } from "./listing.js";
import { named, plain, visible } from "./names.js";
import { instant, stamp } from "./time.js";
import { bytes, counted, number } from "./words.js";

const NAMED = 2; /* messages that are named in a row */

/* Of what tells its outcome. */
function outcomeClass(entry) {
    return failed(entry) || undelivered(entry) ? "wrong" : "";
}

/* What stands in its row, behind its number. */
export function cells(context, entry) {
    const { action, attempt } = entry;
    return [
        cell("tight", instant(context.time, entry.atMs)),
        entry.api,
        [visible(action ?? (attempt !== undefined ? "attempt " + attempt : "")), marks(entry)],
        about(context, entry),
        el("span", { class: outcomeClass(entry) }, answer(entry)),
        messages(context, entry),
    ];
}

function about(context, { queue, topic, subscription }) {
    return [
        queue !== undefined && queueLink(context, queue),
        topic !== undefined && topicLink(context, topic),
        subscription !== undefined && named(subscription),
    ]
        .filter(Boolean)
        .map((part, i) => [i > 0 && " / ", part]);
}

function answer({ code, message, outcome, status, error }) {
    if (outcome !== undefined)
        return [
            outcome,
            error !== undefined ? ", " : status !== undefined ? ", HTTP " + status : "",
            visible(error ?? ""),
        ];
    return code === 0 || code === "0" ? "success" : [visible(String(code)), " ", visible(message ?? "")];
}

/* What is odd about it, with words and a shape, not by colour alone. */
function marks({ warnings = [], faults = [], dropped, hungUp }) {
    const badge = (tone, text, title) => [
        " ",
        el("span", { class: "badge tone-" + tone, title }, mark({ ...KINDS["dead-letter"], tone }), text),
    ];
    return [
        warnings.length > 0 &&
            badge("amber", counted(warnings.length, "warning"), plain(warnings.join("; "))),
        faults.length > 0 && badge("pink", "rule " + faults.join(", "), "a rule of faults acted on it"),
        dropped && badge("red", "closed", "its connection was closed on purpose"),
        hungUp && badge("slate", "hung up", "its client went before the answer"),
    ];
}

/* Of a call all that it was about, of an attempt the message and its copy. */
function ids(entry) {
    return entry.msgIds ?? [entry.msgId, entry.copyId].filter((msgId) => msgId !== undefined);
}

function messages(context, entry) {
    const all = ids(entry);
    return [
        all.slice(0, NAMED).map((msgId) => [messageLink(context, msgId), " "]),
        all.length > NAMED && "and " + number(all.length - NAMED) + " more",
    ];
}

/* ---- all of it ---- */

function fact(label, ...value) {
    return [el("dt", {}, label), el("dd", {}, value)];
}

function argument(name, value, cut) {
    const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    const long = text.length > 80 || text.includes("\n");
    return [
        el("dt", {}, visible(name)),
        el(
            "dd",
            {},
            long ? body(text) : text === "" ? el("span", { class: "faint" }, "empty") : visible(text),
            cut !== undefined &&
                el("p", { class: "hint" }, "The journal has kept its beginning; it had " + bytes(cut) + "."),
        ),
    ];
}

function when({ atMs, realMs, tookUs }) {
    const took =
        tookUs === undefined ? "" : ", took " + (tookUs / 1000).toFixed(tookUs < 10000 ? 2 : 0) + " ms";
    return [
        stamp(atMs),
        realMs !== undefined && el("span", { class: "faint" }, " by the wall clock " + stamp(realMs) + took),
    ];
}

/* What is beneath its row. */
export function details(context, entry) {
    const { arguments: given = {}, cut = {}, warnings = [], faults = [], client = {}, endpoint } = entry;
    const who = [client.address, client.requestClient, client.userAgent].filter(Boolean).join(" · ");
    const links = ids(entry).map((msgId) => [messageLink(context, msgId), " "]);
    const all = Object.entries(given);
    return [
        el(
            "dl",
            { class: "facts" },
            warnings.map((text) => fact("Warning", el("span", { class: "wrong" }, visible(text)))),
            faults.map((rule) =>
                fact("Rule of faults", el("a", { href: context.href("faults") }, String(rule))),
            ),
            fact(
                "Answer",
                el("span", { class: outcomeClass(entry) }, answer(entry)),
                signatureLink(context, entry),
            ),
            fact("When", when(entry)),
            links.length > 0 && fact("Messages", links),
            endpoint !== undefined && fact("Endpoint", visible(endpoint)),
            who !== "" && fact("Client", visible(who)),
            all.length > 0 &&
                fact("Arguments", entry.argumentsLeftOut && "The journal has not kept all of them."),
        ),
        all.length > 0 &&
            el(
                "dl",
                { class: "facts arguments" },
                all.map(([name, value]) =>
                    argument(name, value, Object.hasOwn(cut, name) ? cut[name] : undefined),
                ),
            ),
    ];
}
