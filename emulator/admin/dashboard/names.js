/* names.js - texts of others, shown so that they cannot mislead.
 *
 * A queue's name or a message may have characters that turn the direction of what stands beside them, take no
 * room, or control a terminal. They are shown as escapes, and the text keeps its direction to itself. */

import { el } from "./dom.js";

/* Controls, format characters (directions, zero widths, tags), line and paragraph separators, lone surrogates,
 * private use, unassigned: whatever has no shape of its own. Blanks other than the usual one, too. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

const SHORT = { "\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

export function escape(character)
{
    return SHORT[character] ?? "\\u{" + character.codePointAt(0).toString(16) + "}";
}

/* Nodes for a text: what can be seen as it is, the rest as <span class="escape">. Those in keep stay as they are. */
export function visible(text, keep = "")
{
    const nodes = [];
    let from = 0;
    for (const match of text.matchAll(UNSEEN)) {
        if (keep.includes(match[0]))
            continue;
        if (match.index > from)
            nodes.push(text.slice(from, match.index));
        nodes.push(el("span", { class: "escape", title: "a character that cannot be seen" }, escape(match[0])));
        from = match.index + match[0].length;
    }
    if (from < text.length)
        nodes.push(text.slice(from));
    return nodes;
}

/* A name on one line, apart from the direction of what is around it. */
export function named(text)
{
    return el("bdi", { class: "name" }, text === "" ? el("span", { class: "faint" }, "(empty)") : visible(text));
}

/* The same where there is only text, as in a title or a label. */
export function plain(text)
{
    return text.replace(UNSEEN, escape);
}

/* An id: of one width, and easy to select as a whole. */
export function id(text)
{
    return el("code", { class: "id" }, visible(String(text)));
}
