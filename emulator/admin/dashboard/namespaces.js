/* namespaces.js - all namespaces: made, chosen, dropped. */

import { button, empty, trouble } from "./controls.js";
import { ask } from "./dialog.js";
import { el, put } from "./dom.js";
import { NAME_HINT, id, named } from "./names.js";
import { refresher } from "./refresh.js";
import { instant } from "./time.js";
import { changes } from "./view.js";
import { counted, number } from "./words.js";

export const title = "Namespaces";

const PAGE = 100;

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
    let offset = Number(params.query.offset) || 0;
    const list = el("div", {});
    container.append(
        el(
            "div",
            { class: "head" },
            el("h1", {}, title),
            button("New namespace", () => make(), { kind: "primary" }),
        ),
        el(
            "p",
            { class: "faint" },
            "Each has its own queues, topics, clock, ids and limits. A client gets into one by its secret id.",
        ),
        list,
    );

    async function make() {
        const made = await ask({
            title: "New namespace",
            fields: FIELDS,
            action: "Make it",
            run: (given) => context.api.post("namespaces", wanted(given)),
        });
        if (!made) return;
        refresh();
        return "Namespace " + made.namespace + " is there.";
    }

    async function drop(name) {
        const { released } = await context.api.delete(["namespaces", name]);
        refresh();
        return (
            "Namespace " +
            name +
            " is dropped" +
            (released > 0 ? "; " + counted(released, "parked poll") + " released." : ".")
        );
    }

    function row(one) {
        const { namespace: name, clock } = one;
        return el(
            "tr",
            { class: name === context.namespace ? "chosen" : null },
            el(
                "th",
                { scope: "row" },
                el("a", { href: "#/" + encodeURIComponent(name) + "/overview" }, named(name)),
            ),
            el("td", {}, clock.mode),
            el("td", {}, instant({ nowMs: () => Date.now() }, clock.nowMs)),
            el("td", { class: "number" }, number(clock.pendingEvents)),
            el("td", {}, one.secretId ? id(one.secretId) : el("span", { class: "faint" }, "any")),
            el("td", {}, one.secretKey ? secret(one.secretKey) : null),
            el(
                "td",
                { class: "tight" },
                name === "default"
                    ? null
                    : button("Drop", () => drop(name), {
                          kind: "danger",
                          aria: "Drop " + name,
                          confirm: {
                              title: "Drop the namespace " + name + "?",
                              action: "Drop it",
                              danger: true,
                              content:
                                  "Its queues, topics and messages go, its parked polls end, and its secret ids are refused from then on.",
                          },
                      }),
            ),
        );
    }

    function secret(key) {
        const shown = el(
            "span",
            {},
            button("Show", () => put(shown, id(key)), { kind: "link", aria: "Show the secret key" }),
        );
        return shown;
    }

    function pages(total, next) {
        const to = (at) => {
            offset = at;
            context.query({ offset: at || null });
            refresh();
        };
        return total <= PAGE && offset === 0
            ? null
            : el(
                  "div",
                  { class: "row" },
                  button("Before", () => to(Math.max(0, offset - PAGE))),
                  el(
                      "span",
                      { class: "faint" },
                      number(offset + 1) + " to " + number(next ?? total) + " of " + number(total),
                  ),
                  next !== undefined && button("Behind", () => to(next)),
              );
    }

    const refresh = refresher(
        async () => {
            const { namespaces, total, next } = await context.api.get("namespaces", { offset, limit: PAGE });
            if (namespaces.length === 0) return put(list, empty("There are none here"));
            put(
                list,
                el(
                    "div",
                    { class: "card flush" },
                    el(
                        "div",
                        { class: "scroll", tabindex: 0, role: "region", "aria-label": title },
                        el(
                            "table",
                            {},
                            el(
                                "thead",
                                {},
                                el(
                                    "tr",
                                    {},
                                    [
                                        "Name",
                                        "Clock",
                                        "Stands at",
                                        "Pending events",
                                        "Secret id",
                                        "Secret key",
                                        "",
                                    ].map((text) =>
                                        el(
                                            "th",
                                            {
                                                scope: "col",
                                                class: text === "Pending events" ? "number" : null,
                                            },
                                            text || el("span", { class: "hidden-text" }, "Drop"),
                                        ),
                                    ),
                                ),
                            ),
                            el("tbody", {}, namespaces.map(row)),
                        ),
                    ),
                ),
                pages(total, next),
            );
        },
        (error) => put(list, trouble(error, refresh)),
    );
    refresh();
    return {
        update(changed) {
            if (changes(changed, "namespaces")) refresh();
        },
        unmount() {},
    };
}
