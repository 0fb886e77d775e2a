/* names.js - texts of others, shown so that they cannot mislead.
 *
 * A queue's name or a message may have characters that turn the direction of what stands beside them, take no
 * room, or control a terminal. They are shown as escapes, and the text keeps its direction to itself. */

import { el } from "./dom.js";

/* What the name is of a namespace, a snapshot, a sink. */
export const NAME_HINT = "1 to 64 letters, digits, - and _, the first a letter";

/* Controls, format characters (directions, zero widths, tags), line and paragraph separators, lone surrogates,
 * private use, unassigned: whatever has no shape of its own. Blanks other than the usual one, too. */
const UNSEEN = /([\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs})\1*/gu; /* runs of one of them */

/* What bytes.js makes of a byte that is no UTF-8: U+DC80 of 0x80. */
const BYTE = 0xdc00;

const RUN = 3; /* longer ones are told by their length: a body may be a megabyte of NULs */

const SHORT = { "\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escape(character) {
    const code = character.codePointAt(0);
    if (code >= BYTE + 0x80 && code <= BYTE + 0xff) return "\\x" + (code - BYTE).toString(16);
    return SHORT[character] ?? "\\u{" + code.toString(16) + "}";
}

/* A run of a character that cannot be seen. */
function escapes(run, character) {
    const times = run.length / character.length;
    return times > RUN ? escape(character) + " × " + times : escape(character).repeat(times);
}

/* Nodes for a text: what can be seen as it is, the rest as <span class="escape">. Those in keep stay as they are. */
export function visible(text, keep = "") {
    const nodes = [];
    let from = 0;
    for (const match of text.matchAll(UNSEEN)) {
        if (keep.includes(match[1])) continue;
        if (match.index > from) nodes.push(text.slice(from, match.index));
        nodes.push(el("span", { class: "escape", title: "what cannot be seen" }, escapes(...match)));
        from = match.index + match[0].length;
    }
    if (from < text.length) nodes.push(text.slice(from));
    return nodes;
}

/* A name on one line, apart from the direction of what is around it. */
export function named(text) {
    return el(
        "bdi",
        { class: "name" },
        text === "" ? el("span", { class: "faint" }, "(empty)") : visible(text),
    );
}

/* The same where there is only text, as in a title or a label. */
export function plain(text) {
    return text.replace(UNSEEN, escapes);
}

/* An id: of one width, and easy to select as a whole. */
export function id(text) {
    return el("code", { class: "id" }, visible(String(text)));
}
