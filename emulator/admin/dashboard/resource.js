/* resource.js - what the page of a queue and that of a topic have in common. kind: "queue" or "topic". */

import { ApiError } from "./api.js";
import { describe } from "./attributes.js";
import { empty } from "./controls.js";
import { el } from "./dom.js";
import { renew } from "./listing.js";
import { named } from "./names.js";

/* As its call tells it, or null if there is none of this name. */
export async function find(context, kind, name, args, options) {
    try {
        return await context.api.get([kind + "s", name], args, options);
    } catch (error) {
        if (error instanceof ApiError && error.code === "no-such-" + kind) return null;
        throw error;
    }
}

/* What stands there if there is none. */
export function missing(context, kind) {
    return empty(
        "There is no " + kind + " of this name",
        "It appears here when somebody creates it. ",
        el("a", { href: context.href(kind + "s") }, "All " + kind + "s"),
    );
}

/* Where one is, the way to its requests, and a button. */
export function heading(context, kind, title, name, button) {
    return el(
        "div",
        { class: "head" },
        el("h1", {}, el("a", { href: context.href(kind + "s") }, title), " / ", named(name)),
        el("a", { href: context.href("journal", [], { [kind]: name }) }, "Its requests in the journal"),
        button,
    );
}

/* { node, show(queue or topic) }: its attributes. */
export function attributes() {
    const list = el("dl", { class: "facts" });
    return {
        node: el("section", { class: "card" }, el("h2", {}, "Attributes"), list),
        show: (what) =>
            renew(
                list,
                JSON.stringify([what.queueId ?? what.topicId, what.attributes, what.deadLetterQueueName]),
                () => describe(what),
            ),
    };
}
