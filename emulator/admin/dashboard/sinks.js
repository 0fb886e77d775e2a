/* sinks.js - endpoints inside the emulator; behind the name of one, what it got and what it answers. */

import { button, empty } from "./controls.js";
import { ask } from "./dialog.js";
import { el, tell } from "./dom.js";
import { cell, row } from "./listing.js";
import { NAME_HINT, named } from "./names.js";
import { paged } from "./paged.js";
import * as sink from "./sink.js";
import { number } from "./words.js";

export const title = "Sinks";

export function mount(container, params, context) {
    return params.path.length > 0
        ? sink.mount(container, params, context)
        : mountList(container, params, context);
}

function mountList(container, params, context) {
    const address = location.origin + "/_emulator/sink/NAME";
    const list = paged(context, params.query, {
        path: "sinks",
        caption: "Sinks, in the order in which they were first named",
        columns: ["Name", "Answers", ["Requests", "number"]],
        keyOf: (one) => one.sink,
        make: (one) => sinkRow(context, one),
        none: () =>
            empty(
                "No sinks",
                "A subscription whose endpoint is " + address + " makes one, and its pushes are seen here.",
            ),
        sorts: ["sinks"],
    });
    container.append(
        el("div", { class: "head" }, el("h1", {}, title), setUp(context)),
        el(
            "p",
            { class: "faint" },
            "Endpoints within the emulator, for subscriptions: they keep what is pushed.",
        ),
        ...list.nodes,
    );
    return list.view;
}

function setUp(context) {
    const name = { name: "name", label: "Name", required: true, hint: NAME_HINT };
    return button(
        "Set one up…",
        async () => {
            await ask({
                title: "What is a sink to answer?",
                content: el(
                    "p",
                    {},
                    "A sink is an endpoint for the pushes of a subscription: it keeps what it gets.",
                ),
                fields: [name, ...sink.FIELDS],
                action: "Set it up",
                run: async ({ name: chosen, ...given }) => {
                    await context.api.put(["sink", chosen.trim()], sink.answersOf(given));
                    context.go("sinks", [chosen.trim()]);
                },
            });
        },
        { kind: "primary" },
    );
}

function sinkRow(context, one) {
    const answers = el("span", {});
    const total = el("span", {});
    return row(
        [
            el("a", { href: context.href("sinks", [one.sink]) }, named(one.sink)),
            answers,
            cell("number tight", total),
        ],
        (now) => {
            tell(answers, sink.inWords(now.answers));
            tell(total, number(now.total));
        },
    );
}
