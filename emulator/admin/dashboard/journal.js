/* journal.js - what was asked and answered, the newest first: searched by what the address says, growing as requests come. */

import { button, empty } from "./controls.js";
import { el, tell } from "./dom.js";
import { newest } from "./entries.js";
import { cells, details } from "./entry.js";
import { notes } from "./listing.js";
import { opening } from "./opening.js";
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

const COLUMNS = ["Request", "Time", "API", "Action", "About", "Answer", "Messages"];

export function mount(container, params, context) {
    const search = form(params.query, () => look(undefined));
    let before = Number(params.query.before) || undefined;
    let wanted = Number(params.query.open) || 0; /* to be scrolled to, once */
    const list = opening("Requests, the newest first", COLUMNS, {
        cells: (entry) => cells(context, entry),
        details: (entry) => details(context, entry),
        opened: wanted ? [wanted] : [],
        toggled: (number, is) => context.query({ ...search.values(), before, open: is ? number : undefined }),
    });
    const note = notes();
    const where = el("span", { class: "faint small", role: "status" });
    const turn = turner(look);
    function look(next) {
        before = next;
        context.query({ ...search.values(), before });
        refresh.now();
    }
    function show({ entries, total, atFirst }) {
        list.show([...entries].reverse());
        turn.show(atFirst ? undefined : entries[0]?.number, before !== undefined);
        tell(
            where,
            counted(total, "request") +
                (before === undefined ? "" : "; shown are those before number " + number(before)),
        );
        const chosen = Object.values(search.values()).some(Boolean);
        note.show(
            [entries.length > 0, total > 0, chosen].join(),
            () => entries.length === 0 && nothing(total, chosen),
        );
    }
    const refresh = tempered(
        async (options) => {
            const found = await newest(context.api, search.values(), PAGE, options, before);
            if (wanted && before === undefined && wanted < found.entries[0]?.number) {
                before = wanted + AROUND;
                return refresh.now();
            }
            show(found);
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
        el(
            "div",
            { class: "head" },
            el("h1", {}, title),
            where,
            forget(context, () => refresh.now()),
        ),
        search.node,
        el("section", { class: "card flush", "aria-label": title }, list.node, note.node),
        turn.node,
    );
    refresh.now();
    return {
        update(changed) {
            if (changed.all || (changed.requests && before === undefined)) refresh.soon();
        },
    };
}

function nothing(total, chosen) {
    if (total > 0) return empty("None before that");
    if (chosen) return empty("Nothing like that was asked");
    return empty("No requests yet", "What clients ask appears here as they do.");
}

/* The way to older entries and back; look(before) goes there. */
function turner(look) {
    let from;
    const older = button("Older", () => look(from));
    const latest = button("Newest", () => look(undefined));
    older.hidden = latest.hidden = true;
    return {
        node: el("div", { class: "row" }, latest, older),
        show(first, isBack) {
            from = first;
            older.hidden = first === undefined;
            latest.hidden = !isBack;
        },
    };
}

function forget(context, done) {
    const confirm = {
        title: "Forget all requests?",
        content: "The numbers go on from where they are.",
        action: "Forget",
        danger: true,
    };
    return button(
        "Forget all…",
        async () => {
            const { cleared } = await context.api.delete("journal");
            done();
            return counted(cleared, "request") + " forgotten";
        },
        { kind: "danger", confirm },
    );
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
