/* faults.js - rules of what goes wrong on purpose: how often each has acted, new ones, and the end of old ones. */

import { button, empty } from "./controls.js";
import { ask } from "./dialog.js";
import { el, tell } from "./dom.js";
import { fields, ruleOf } from "./fault-form.js";
import { effect, subject, when } from "./fault-words.js";
import { cell, renew, row } from "./listing.js";
import { paged } from "./paged.js";
import { counted, number } from "./words.js";

export const title = "Faults";

export function mount(container, params, context) {
    const list = paged(context, params.query, {
        path: "faults",
        caption: "Rules of faults, in the order in which they are tried",
        columns: [
            "Rule",
            "For",
            "What happens",
            "When",
            ["Matched", "number"],
            ["Applied", "number"],
            ["What to do", "unseen"],
        ],
        keyOf: ({ id }) => id,
        make: (rule, again) => faultRow(context, rule, again),
        none: () =>
            empty(
                "No rules",
                "A rule makes calls go wrong on purpose: an error, a lost answer, a message that comes twice.",
            ),
        sorts: ["faults", "requests"],
        shown: ({ total }) => (all.hidden = total === 0),
    });
    const all = dropAll(context, () => list.refresh.now());
    all.hidden = true;
    container.append(
        el(
            "div",
            { class: "head" },
            el("h1", {}, title),
            newRule(context, () => list.refresh.now()),
            all,
        ),
        el(
            "p",
            { class: "faint" },
            "Rules are tried in this order, and the first that acts on a call is the only one.",
        ),
        ...list.nodes,
    );
    return list.view;
}

function newRule(context, done) {
    return button(
        "New rule…",
        async () => {
            const made = await ask({
                title: "A new rule",
                content: fields(),
                action: "Make it",
                run: (given) => context.api.post("faults", ruleOf(given)),
            });
            if (!made) return;
            done();
            return "Rule " + made.fault.id + " is there.";
        },
        { kind: "primary" },
    );
}

function dropAll(context, done) {
    const confirm = {
        title: "Drop all rules?",
        content: "Calls go as they should from then on.",
        action: "Drop them",
        danger: true,
    };
    return button(
        "Drop all…",
        async () => {
            const { removed } = await context.api.delete("faults");
            done();
            return counted(removed, "rule") + " dropped";
        },
        { kind: "danger", confirm },
    );
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
            cell("words", subject(rule)),
            cell("words", effect(rule.fault)),
            cell("words", timing),
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
