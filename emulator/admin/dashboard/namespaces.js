/* namespaces.js - all namespaces: made, chosen, dropped. */

import { button } from "./controls.js";
import { ask } from "./dialog.js";
import { el, put, tell } from "./dom.js";
import { cell, renew, row } from "./listing.js";
import { NAME_HINT, id, named } from "./names.js";
import { paged } from "./paged.js";
import { instant } from "./time.js";
import { counted, number } from "./words.js";

export const title = "Namespaces";

const FIELDS = [
    {
        name: "name",
        label: "Name",
        placeholder: "ns-1, ns-2, … if empty",
        hint: NAME_HINT,
    },
    {
        name: "mode",
        label: "Clock",
        value: "frozen",
        options: [
            ["frozen", "frozen: stands until it is moved"],
            ["real", "real: runs"],
            ["auto", "auto: jumps while clients wait"],
        ],
    },
    { name: "at", label: "Begins at", placeholder: "now if empty", hint: "such as 2030-01-01T08:00:00Z" },
    {
        name: "limits",
        label: "Limits",
        options: [
            ["", "those of the program"],
            ["relaxed", "relaxed"],
            ["strict", "strict"],
        ],
    },
    { name: "seed", label: "Seed of its ids", placeholder: "that of the program if empty" },
];

/* The arguments of POST namespaces that the fields make. */
function wanted(given) {
    const args = { clock: { mode: given.mode } };
    if (given.at) args.clock.at = given.at.trim();
    for (const name of ["name", "limits", "seed"]) if (given[name].trim()) args[name] = given[name].trim();
    return args;
}

export function mount(container, params, context) {
    const list = paged(context, params.query, {
        path: "namespaces",
        caption: title,
        columns: [
            "Name",
            "Clock",
            "Stands at",
            ["Pending events", "number"],
            "Secret id",
            "Secret key",
            ["What to do", "unseen"],
        ],
        keyOf: ({ namespace }) => namespace,
        make: (one, again) => namespaceRow(context, one, again),
        sorts: ["namespaces"],
    });
    container.append(
        el(
            "div",
            { class: "head" },
            el("h1", {}, title),
            newNamespace(context, () => list.refresh.now()),
        ),
        el(
            "p",
            { class: "faint" },
            "Each has its own queues, topics, clock, ids and limits. A client gets into one by its secret id.",
        ),
        ...list.nodes,
    );
    return list.view;
}

function newNamespace(context, done) {
    return button(
        "New namespace",
        async () => {
            const made = await ask({
                title: "New namespace",
                fields: FIELDS,
                action: "Make it",
                run: (given) => context.api.post("namespaces", wanted(given)),
            });
            if (!made) return;
            done();
            return "Namespace " + made.namespace + " is there.";
        },
        { kind: "primary" },
    );
}

function namespaceRow(context, { namespace: name }, dropped) {
    const mode = el("span", {});
    const at = el("span", {});
    const pending = el("span", {});
    const secretId = el("span", {});
    const secretKey = el("span", {});
    const node = row(
        [
            el("a", { href: "#/" + encodeURIComponent(name) + "/overview" }, named(name)),
            mode,
            at,
            cell("number", pending),
            secretId,
            secretKey,
            cell("tight", name !== "default" && drop(context, name, dropped)),
        ],
        (now) => {
            const { clock } = now;
            tell(mode, clock.mode);
            renew(at, clock.nowMs, () => instant({ nowMs: () => Date.now() }, clock.nowMs));
            tell(pending, number(clock.pendingEvents));
            renew(secretId, now.secretId, () =>
                now.secretId ? id(now.secretId) : el("span", { class: "faint" }, "any"),
            );
            renew(secretKey, now.secretKey, () => now.secretKey && secret(now.secretKey));
        },
    );
    node.classList.toggle("chosen", name === context.namespace);
    return node;
}

/* It is shown when somebody wants to see it. */
function secret(key) {
    const shown = el(
        "span",
        {},
        button("Show", () => put(shown, id(key)), { kind: "link", aria: "Show the secret key" }),
    );
    return shown;
}

function drop(context, name, done) {
    const confirm = {
        title: "Drop the namespace " + name + "?",
        content:
            "Its queues, topics and messages go, its parked polls end, and its secret ids are refused from then on.",
        action: "Drop it",
        danger: true,
    };
    return button(
        "Drop",
        async () => {
            const { released } = await context.api.delete(["namespaces", name]);
            done();
            return (
                "Namespace " +
                name +
                " is dropped" +
                (released > 0 ? "; " + counted(released, "parked poll") + " released." : ".")
            );
        },
        { kind: "danger", aria: "Drop " + name, confirm },
    );
}
