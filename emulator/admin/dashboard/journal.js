/* journal.js - what was asked and answered, the newest first: searched by what the address says, growing as requests come. */

import { button, empty } from "./controls.js";
import { el } from "./dom.js";
import { newest } from "./entries.js";
import { details, entryRow } from "./entry.js";
import { notes, renew, table } from "./listing.js";
import { tempered } from "./tempered.js";
import { counted, number } from "./words.js";

export const title = "Journal";

const PAGE = 100;
const AROUND = 20; /* entries that are shown above one that the address opens */

/* Arguments of the call and of the address. */
const FIELDS = [
    { name: "api", label: "API", options: ["v2", "cmq", "tdmq", "push"] },
    { name: "action", label: "Action", placeholder: "ReceiveMessage" },
    { name: "queue", label: "Queue" },
    { name: "topic", label: "Topic" },
    { name: "subscription", label: "Subscription" },
    { name: "code", label: "Code", placeholder: "0, 7000 …" },
    { name: "msgId", label: "Message id" },
    { name: "outcome", label: "Outcome of a push", options: ["delivered", "failed", "dropped"] },
];

export function mount(container, params, context) {
    const search = form(params.query, () => look({}));
    const opened = new Set(params.query.open ? [Number(params.query.open)] : []);
    let before = Number(params.query.before) || undefined;
    let wanted = Number(params.query.open) || 0; /* to be scrolled to, once */
    const list = table("Requests, the newest first", [
        "Request",
        "Time",
        "API",
        "Action",
        "About",
        "Answer",
        "Messages",
    ]);
    const note = notes();
    const where = el("span", { class: "faint small", role: "status" });
    const older = button("Older", () => look({ before: older.from }));
    const latest = button("Newest", () => look({}));
    const forget = button(
        "Forget all…",
        async () => {
            const { cleared } = await context.api.delete("journal");
            refresh.now();
            return counted(cleared, "request") + " forgotten";
        },
        {
            kind: "danger",
            confirm: {
                title: "Forget all requests?",
                content: "The numbers go on from where they are.",
                action: "Forget",
                danger: true,
            },
        },
    );
    function look(next) {
        before = next.before;
        context.query({ ...search.values(), before });
        refresh.now();
    }
    const toggle = (which) => {
        if (!opened.delete(which)) opened.add(which);
        context.query({ ...search.values(), before, open: opened.has(which) ? which : undefined });
        show();
    };
    let shown = null;
    function show() {
        const entries = [...shown.entries].reverse();
        const items = entries.flatMap((entry) =>
            opened.has(entry.number) ? [{ entry }, { entry, open: true }] : [{ entry }],
        );
        list.rows(
            items,
            ({ entry, open }) => (open ? "open " : "") + entry.number,
            ({ entry, open }) =>
                open
                    ? details(context, entry)
                    : entryRow(
                          context,
                          entry,
                          () => toggle(entry.number),
                          () => opened.has(entry.number),
                      ),
        );
        list.node.hidden = entries.length === 0;
        older.from = shown.entries[0]?.number;
        older.hidden = !older.from || shown.atFirst;
        latest.hidden = before === undefined;
        renew(
            where,
            [shown.total, before].join(),
            () =>
                counted(shown.total, "request") +
                (before === undefined ? "" : "; shown are those before number " + number(before)),
        );
        note.show(
            entries.length,
            () =>
                entries.length === 0 &&
                (shown.total > 0
                    ? empty("None before that")
                    : empty("Nothing like that was asked", "What clients ask appears here as they do.")),
        );
    }
    const refresh = tempered(
        async (options) => {
            const found = await newest(context.api, search.values(), PAGE, options, before);
            if (
                wanted &&
                before === undefined &&
                found.entries.length > 0 &&
                wanted < found.entries[0].number
            ) {
                before = wanted + AROUND;
                return refresh.now();
            }
            shown = found;
            show();
            if (wanted) scrollTo(list.node, wanted);
            wanted = 0;
        },
        (error) => {
            list.node.hidden = true;
            note.fail(error, refresh.now);
        },
        context.signal,
    );
    container.append(
        el("div", { class: "head" }, el("h1", {}, title), where, forget),
        search.node,
        el("section", { class: "card flush", "aria-label": title }, list.node, note.node),
        el("div", { class: "row" }, latest, older),
    );
    older.hidden = latest.hidden = true;
    refresh.now();
    return {
        update(changed) {
            if (changed.all || (changed.requests && before === undefined)) refresh.soon();
        },
        unmount() {},
    };
}

function scrollTo(box, which) {
    const row = [...box.querySelectorAll("tbody > tr")].find(({ dataset }) => dataset.key === String(which));
    row?.scrollIntoView({ block: "center" });
    row?.querySelector("button")?.focus({ preventScroll: true });
}

/* The fields, { node, values() }; changed() is called when somebody has changed one. */
function form(query, changed) {
    const controls = FIELDS.map((field) => [field.name, control(field, query[field.name] ?? "")]);
    const clear = el(
        "button",
        {
            type: "button",
            class: "quiet",
            onclick: () => {
                for (const [, node] of controls) node.value = "";
                changed();
            },
        },
        "Clear",
    );
    return {
        node: el(
            "form",
            {
                class: "card filters search",
                role: "search",
                "aria-label": "Search the journal",
                onsubmit: (event) => {
                    event.preventDefault();
                    changed();
                },
                onchange: changed,
            },
            FIELDS.map(({ label }, i) => el("label", {}, label, controls[i][1])),
            el("button", { type: "submit" }, "Search"),
            clear,
        ),
        values: () =>
            Object.fromEntries(controls.map(([name, node]) => [name, node.value.trim() || undefined])),
    };
}

function control({ name, options, placeholder }, value) {
    if (options)
        return el(
            "select",
            { name },
            el("option", { value: "" }, "any"),
            options.map((option) => el("option", { value: option, selected: option === value }, option)),
        );
    return el("input", {
        type: "text",
        name,
        value,
        placeholder,
        size: 14,
        autocomplete: "off",
        spellcheck: "false",
    });
}
