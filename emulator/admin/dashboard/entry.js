/* entry.js - one entry of the journal: a row, and all that it knows beneath (admin/README, "Journal"). */

import { body, bytes } from "./body.js";
import { el } from "./dom.js";
import { KINDS, mark } from "./kinds.js";
import { cell, row } from "./listing.js";
import { id, named, plain, visible } from "./names.js";
import { instant, stamp } from "./time.js";
import { counted, number } from "./words.js";

const NAMED = 2; /* messages that are named in a row */
const COLUMNS = 7;

/* Codes that are no trouble: success, and that there is no message. */
const USUAL = new Set(["0", "7000"]);

function usual({ code, outcome }) {
    return outcome !== undefined ? outcome === "delivered" : USUAL.has(String(code));
}

/* toggle() opens and closes it; isOpen() says which. */
export function entryRow(context, entry, toggle, isOpen) {
    const open = el("button", { type: "button", class: "link", onclick: toggle }, String(entry.number));
    const about = [
        ["queues", entry.queue],
        ["topics", entry.topic],
        [null, entry.subscription],
    ];
    const node = row(
        [
            cell("tight", open),
            cell("tight", instant(context.time, entry.atMs)),
            entry.api,
            [
                visible(entry.action ?? (entry.attempt !== undefined ? "attempt " + entry.attempt : "")),
                marks(entry),
            ],
            about
                .filter(([, name]) => name !== undefined)
                .map(([view, name], i) => [
                    i > 0 && " / ",
                    view ? el("a", { href: context.href(view, [name]) }, named(name)) : named(name),
                ]),
            el("span", { class: usual(entry) ? "" : "wrong" }, answer(entry)),
            messages(context, entry),
        ],
        () => {
            const is = isOpen();
            open.setAttribute("aria-expanded", String(is));
            open.setAttribute("aria-label", (is ? "Close request " : "Open request ") + entry.number);
            node.classList.toggle("chosen", is);
        },
    );
    return node;
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

function messageLink(context, msgId) {
    return el("a", { href: context.href("messages", [msgId]) }, id(msgId));
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

/* A row beneath the entry's own. */
export function details(context, entry) {
    const { arguments: given = {}, cut = {}, warnings = [], faults = [], client = {} } = entry;
    const took =
        entry.tookUs === undefined
            ? ""
            : ", took " + (entry.tookUs / 1000).toFixed(entry.tookUs < 10000 ? 2 : 0) + " ms";
    const left = entry.argumentsLeftOut ? "The journal has not kept all of them." : "";
    return el(
        "tr",
        { class: "opened" },
        el(
            "td",
            { colspan: COLUMNS },
            el(
                "dl",
                { class: "facts" },
                warnings.map((text) => fact("Warning", el("span", { class: "wrong" }, visible(text)))),
                faults.map((rule) =>
                    fact("Rule of faults", el("a", { href: context.href("faults") }, String(rule))),
                ),
                fact("Answer", el("span", { class: usual(entry) ? "" : "wrong" }, answer(entry))),
                fact(
                    "When",
                    stamp(entry.atMs),
                    entry.realMs !== undefined &&
                        el("span", { class: "faint" }, " by the wall clock " + stamp(entry.realMs) + took),
                ),
                ids(entry).length > 0 &&
                    fact(
                        "Messages",
                        ids(entry).map((msgId) => [messageLink(context, msgId), " "]),
                    ),
                entry.endpoint !== undefined && fact("Endpoint", visible(entry.endpoint)),
                client.address !== undefined &&
                    fact(
                        "Client",
                        visible(
                            [client.address, client.requestClient, client.userAgent]
                                .filter(Boolean)
                                .join(" · "),
                        ),
                    ),
                Object.keys(given).length > 0 && fact("Arguments", left),
            ),
            el(
                "dl",
                { class: "facts arguments" },
                Object.entries(given).map(([name, value]) => argument(name, value, cut[name])),
            ),
        ),
    );
}
