/* sink.js - one sink: the requests that it got, the newest first, and what it is to answer. */

import { body, preview } from "./body.js";
import { button, empty } from "./controls.js";
import { ask } from "./dialog.js";
import { el, tell } from "./dom.js";
import { messageLink } from "./links.js";
import { cell, notes, pager } from "./listing.js";
import { named, plain, visible } from "./names.js";
import { opening } from "./opening.js";
import { tempered } from "./tempered.js";
import { duration, instant } from "./time.js";
import { changes } from "./view.js";
import { bytes, counted } from "./words.js";

const PAGE = 50;
const CUT = 4096; /* bytes of a body; a push has the message, which has a page of its own */

export const FIELDS = [
    { name: "status", label: "Status", value: "200", hint: "of HTTP, 200 to 599; 200 to 299 delivers" },
    { name: "times", label: "To so many requests", placeholder: "all", hint: "later ones get 200 at once" },
    { name: "delay", label: "Later by", placeholder: "0", hint: "in real time, up to 1h" },
];

export function answersOf(given) {
    return Object.fromEntries(
        Object.entries(given)
            .map(([name, value]) => [name, value.trim()])
            .filter(([, value]) => value !== "")
            .map(([name, value]) => [name, name !== "delay" && /^\d+$/.test(value) ? Number(value) : value]),
    );
}

/* "503 to the next 2 requests, after 1 s, then 200" */
export function inWords(answers) {
    if (answers === undefined) return "200";
    const { status, delayMs, times } = answers;
    const late = delayMs > 0 ? ", " + duration(delayMs) + " later" : "";
    return times === undefined
        ? status + late
        : status + " to the next " + counted(times, "request") + late + ", then 200";
}

const COLUMNS = ["Request", "Time", "Answered", "Message", "Body"];

export function mount(container, params, context) {
    const [name] = params.path;
    const answers = el("span", {});
    const note = notes();
    const total = el("p", { class: "faint" });
    const list = opening("Requests, the newest first", COLUMNS, {
        cells: (request) => cells(context, request),
        details,
    });
    const pages = pager(PAGE, () => refresh.now());
    const refresh = tempered(
        async (options) => {
            const page = await newestFirst(context, name, pages.offset, options);
            list.show(page.requests);
            tell(answers, inWords(page.answers));
            tell(total, howMany(page));
            pages.show({ total: page.kept, shown: page.requests.length });
            note.show(page.total === 0, () => page.total === 0 && nothing(context, name));
        },
        (error) => {
            list.node.hidden = true;
            note.fail(error, refresh.now);
        },
        context.signal,
    );
    context.title("Sink " + name);
    container.append(
        el(
            "div",
            { class: "head" },
            el("h1", {}, el("a", { href: context.href("sinks") }, "Sinks"), " / ", named(name)),
            setAnswers(context, name, () => refresh.now()),
            forget(context, name, () => refresh.now()),
        ),
        el("p", {}, "Answers ", answers),
        total,
        el("section", { class: "card flush", "aria-label": "Requests" }, list.node, note.node),
        pages.node,
    );
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "sinks")) refresh.soon();
        },
    };
}

function howMany({ total, dropped }) {
    return (
        counted(total, "request") +
        (dropped > 0 ? ", of which " + counted(dropped, "old one") + " not kept" : "")
    );
}

function nothing(context, name) {
    const behind = context.namespace === "default" ? "" : "?namespace=" + context.namespace;
    return empty(
        "Nothing has come",
        "Its address is " + plain(location.origin + "/_emulator/sink/" + name + behind),
    );
}

function setAnswers(context, name, done) {
    return button(
        "Set what it answers…",
        async () => {
            const set = await ask({
                title: "What is it to answer from now on?",
                fields: FIELDS,
                action: "Set it",
                run: (given) => context.api.put(["sink", name], answersOf(given)),
            });
            if (!set) return;
            done();
            return "It is set";
        },
        { kind: "primary" },
    );
}

function forget(context, name, done) {
    const confirm = {
        title: "Forget the sink " + plain(name) + "?",
        content: "Its requests are gone, and it answers 200 again.",
        action: "Forget",
        danger: true,
    };
    return button(
        "Forget…",
        async () => {
            const { cleared } = await context.api.delete(["sink", name]);
            done();
            return counted(cleared, "request") + " forgotten";
        },
        { kind: "danger", confirm },
    );
}

/* A page from the end, since the call lists from the oldest on. Requests are numbered from 1, those that are not kept
 * any more included. */
async function newestFirst(context, name, offset, options) {
    const { total, dropped } = await context.api.get(["sink", name], { limit: 0 }, options);
    const kept = total - dropped;
    const end = Math.max(0, kept - offset);
    const begin = Math.max(0, end - PAGE);
    const page = await context.api.get(
        ["sink", name],
        { offset: begin, limit: end - begin, cut: CUT },
        options,
    );
    const first = page.dropped + begin + 1;
    const requests = page.requests.map((request, i) => ({ ...request, number: first + i })).reverse();
    return { requests, total: page.total, dropped: page.dropped, kept, answers: page.answers };
}

function cells(context, request) {
    return [
        cell("tight", instant(context.time, request.atMs)),
        el("span", { class: request.status < 300 ? "" : "wrong" }, String(request.status)),
        cell("tight", message(context, request.headers)),
        preview(request.body, request.bodyBase64, request.cut),
    ];
}

/* The message of a push, by its header. Whoever else sends to a sink may send any header. */
function message(context, headers) {
    const found = Object.entries(headers).find(([name]) => name.toLowerCase() === "x-cmq-message-id");
    return found && messageLink(context, found[1]);
}

function details({ headers, cut, body: text, bodyBase64 }) {
    return [
        el(
            "dl",
            { class: "facts arguments" },
            Object.entries(headers).map(([name, value]) => [
                el("dt", {}, visible(name)),
                el("dd", {}, visible(value)),
            ]),
        ),
        cut !== undefined && el("p", { class: "hint" }, "The beginning of " + bytes(cut)),
        el("div", { class: "opened-body" }, body(text, bodyBase64)),
    ];
}
