/* body.js - what a message carries, to be read: as text, whatever it is, and in pages, since a body may have a
 * megabyte. */

import { bytesOf, decode, front } from "./bytes.js";
import { el, put } from "./dom.js";
import { visible } from "./names.js";
import { bytes, number } from "./words.js";

const SHORT = 2000; /* characters at first */
const PAGE = 16384; /* and then at a time, so that the page stays quick */

function whole(text, base64) {
    return base64 === undefined ? text : decode(bytesOf(base64));
}

/* The body of a message, a sink's request or an argument. base64: the same, where it is no UTF-8. */
export function body(told, base64) {
    const text = whole(told, base64);
    const shown = el("pre", {
        class: "body",
        tabindex: "0",
        dir: "auto",
        role: "group",
        "aria-label": "Body",
    });
    const pages = el("div", { class: "row" });
    function turn(from, size) {
        const part = front(text.slice(from), size);
        const had = pages.contains(document.activeElement);
        put(shown, visible(part, "\n\t"));
        put(pages, text.length > SHORT && turner(text.length, from, from + part.length, turn));
        if (had) shown.focus({ preventScroll: true });
    }
    turn(0, SHORT);
    return el(
        "div",
        { class: "stack" },
        base64 !== undefined &&
            el("p", { class: "hint" }, "This is not UTF-8: each byte that is none stands as \\xNN."),
        text === "" ? el("p", { class: "faint" }, "The body is empty.") : shown,
        pages,
    );
}

/* Where one is in a long body, and the buttons that go on. */
function turner(length, from, to, turn) {
    const go = (label, ...place) => el("button", { type: "button", onclick: () => turn(...place) }, label);
    const where = el(
        "span",
        { class: "faint small" },
        "Characters " + number(from + 1) + " to " + number(to) + " of " + number(length),
    );
    if (from === 0 && to < length && to <= SHORT)
        return [where, go(length <= PAGE ? "Show all" : "Show all, in pages", 0, PAGE)];
    return [
        where,
        from > 0 && go("Previous page", Math.max(0, from - PAGE), PAGE),
        to < length && go("Next page", to, PAGE),
        go("Show less", 0, SHORT),
    ];
}

/* The beginning of a body, on one line. cut: bytes of the whole, if this is only its front. */
export function preview(told, base64, cut, length = 120) {
    const text = whole(told, base64);
    if (text === "" && !cut) return el("span", { class: "faint" }, "empty");
    const start = front(text, length);
    return el(
        "span",
        { class: "preview", dir: "auto" },
        visible(start),
        (cut || start.length < text.length) && "…",
        cut && el("span", { class: "faint" }, " " + bytes(cut)),
    );
}
