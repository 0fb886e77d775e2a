/* faults.js - rules of what goes wrong on purpose: how often each has acted, new ones, and the end of old ones. */

import { button, empty, trouble } from "./controls.js";
import { ask } from "./dialog.js";
import { el, put } from "./dom.js";
import { fields, ruleOf } from "./fault-form.js";
import { effect, subject, when } from "./fault-words.js";
import { cell, pager, renew, row, table } from "./listing.js";
import { tempered } from "./tempered.js";
import { tell } from "./time.js";
import { changes } from "./view.js";
import { counted, number } from "./words.js";

export const title = "Faults";

const PAGE = 50;

export function mount(container, params, context) {
    const list = table("Rules of faults, in the order in which they are tried", [
        "Rule",
        "For",
        "What happens",
        "When",
        ["Matched", "number"],
        ["Applied", "number"],
        ["What to do", "unseen"],
    ]);
    const note = el("div", {});
    const pages = pager(PAGE, () => refresh.now());
    const make = button(
        "New rule…",
        async () => {
            let made = null;
            await ask({
                title: "A new rule",
                content: fields(),
                action: "Make it",
                run: async (given) => {
                    made = await context.api.post("faults", ruleOf(given));
                },
            });
            refresh.now();
            return made && "Rule " + made.fault.id + " is there.";
        },
        { kind: "primary" },
    );
    const dropAll = button(
        "Drop all…",
        async () => {
            const { removed } = await context.api.delete("faults");
            refresh.now();
            return counted(removed, "rule") + " dropped";
        },
        {
            kind: "danger",
            confirm: {
                title: "Drop all rules?",
                content: "Calls go as they should from then on.",
                action: "Drop them",
                danger: true,
            },
        },
    );
    const refresh = tempered(
        async (options) => {
            const answer = await context.api.get("faults", { offset: pages.offset, limit: PAGE }, options);
            list.rows(
                answer.faults,
                ({ id }) => id,
                (rule) => faultRow(context, rule, refresh.now),
            );
            list.node.hidden = answer.faults.length === 0;
            dropAll.hidden = answer.total === 0;
            pages.show({ total: answer.total, shown: answer.faults.length, next: answer.next });
            renew(
                note,
                answer.total,
                () =>
                    answer.total === 0 &&
                    empty(
                        "No rules",
                        "A rule makes calls go wrong on purpose: an error, a lost answer, a message that comes twice.",
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
        el("div", { class: "head" }, el("h1", {}, title), make, dropAll),
        el(
            "p",
            { class: "faint" },
            "Rules are tried in this order, and the first that acts on a call is the only one.",
        ),
        el("section", { class: "card flush", "aria-label": title }, list.node, note),
        pages.node,
    );
    dropAll.hidden = true;
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "faults", "requests")) refresh.soon();
        },
        unmount() {},
    };
}

function faultRow(context, rule, dropped) {
    const timing = el("span", {});
    const matched = el("span", {});
    const applied = el("span", {});
    const drop = button(
        "Drop",
        async () => {
            await context.api.delete(["faults", rule.id]);
            dropped();
            return "Rule " + rule.id + " is dropped";
        },
        { aria: "Drop rule " + rule.id },
    );
    return row(
        [
            [String(rule.id), rule.sloppy && el("span", { class: "badge", title: "of --sloppy" }, "sloppy")],
            subject(rule),
            effect(rule.fault),
            timing,
            cell("number tight", matched),
            cell("number tight", applied),
            cell("tight", drop),
        ],
        (now) => {
            renew(timing, when(now).join(", "), () => when(now).join(", ") || "always");
            tell(matched, number(now.matched));
            tell(applied, number(now.applied));
        },
    );
}
