/* links.js - links to the pages of single things. */

import { el } from "./dom.js";
import { id, named } from "./names.js";

export function queueLink(context, name) {
    return el("a", { href: context.href("queues", [name]) }, named(name));
}

export function topicLink(context, name) {
    return el("a", { href: context.href("topics", [name]) }, named(name));
}

export function messageLink(context, msgId) {
    return el("a", { href: context.href("messages", [msgId]) }, id(msgId));
}

/* To what is known of a signature that was refused: what stands behind an answer, or nothing. */
export function signatureLink(context, { code }) {
    return (
        /^(4100$|AuthFailure)/.test(code) && [
            " ",
            el("a", { href: context.href("signatures") }, "What should have been signed"),
        ]
    );
}

/* To an entry of the journal, opened there. */
export function requestLink(context, number, ...text) {
    return el("a", { href: context.href("journal", [], { open: number }) }, text);
}
