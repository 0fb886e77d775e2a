/* sinks.js - endpoints inside the emulator; behind the name of one, what it got and what it answers. */

import { button, empty, trouble } from "./controls.js";
import { ask } from "./dialog.js";
import { el, put } from "./dom.js";
import { cell, pager, renew, row, table } from "./listing.js";
import { named } from "./names.js";
import * as sink from "./sink.js";
import { tempered } from "./tempered.js";
import { tell } from "./time.js";
import { changes } from "./view.js";
import { number } from "./words.js";

export const title = "Sinks";

const PAGE = 50;

export function mount(container, params, context) {
    return params.path.length > 0
        ? sink.mount(container, params, context)
        : mountList(container, params, context);
}

function mountList(container, params, context) {
    const list = table("Sinks, in the order in which they were first named", [
        "Name",
        "Answers",
        ["Requests", "number"],
    ]);
    const note = el("div", {});
    const pages = pager(PAGE, () => refresh.now());
    const open = button(
        "Set one up…",
        async () => {
            await ask({
                title: "What is a sink to answer?",
                content: el(
                    "p",
                    {},
                    "A sink is an endpoint for the pushes of a subscription: it keeps what it gets.",
                ),
                fields: [
                    {
                        name: "name",
                        label: "Name",
                        required: true,
                        hint: "1 to 64 letters, digits, - and _, the first a letter",
                    },
                    ...sink.FIELDS,
                ],
                action: "Set it up",
                run: async ({ name, ...given }) => {
                    await context.api.put(["sink", name.trim()], sink.answersOf(given));
                    context.go("sinks", [name.trim()]);
                },
            });
        },
        { kind: "primary" },
    );
    const refresh = tempered(
        async (options) => {
            const answer = await context.api.get("sinks", { offset: pages.offset, limit: PAGE }, options);
            list.rows(
                answer.sinks,
                (one) => one.sink,
                (one) => sinkRow(context, one),
            );
            list.node.hidden = answer.sinks.length === 0;
            pages.show({ total: answer.total, shown: answer.sinks.length, next: answer.next });
            renew(
                note,
                answer.total,
                () =>
                    answer.total === 0 &&
                    empty(
                        "No sinks",
                        "A subscription whose endpoint is " +
                            location.origin +
                            "/_emulator/sink/NAME makes one, and its pushes are seen here.",
                    ),
            );
        },
        (error) => {
            note.shown = null;
            put(note, trouble(error, refresh.now));
        },
        context.signal,
    );
    container.append(
        el("div", { class: "head" }, el("h1", {}, title), open),
        el("section", { class: "card flush", "aria-label": title }, list.node, note),
        pages.node,
    );
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "sinks")) refresh.soon();
        },
        unmount() {},
    };
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
