/* listing.js - tables whose rows stay in place while they are loaded again and again, and their pages.
 *
 * A row that stays is the same element, so what has the focus keeps it, and what is selected stays selected. */

import { trouble } from "./controls.js";
import { el, keyed, put, tell } from "./dom.js";
import { number } from "./words.js";

/* { node, rows(items, keyOf, make) }: a table in a box of its own, which scrolls sideways if it must.
 *   caption  what it shows, for those who do not see the heading
 *   columns  [label, or [label, class]...]; the label of a column of class "unseen" is only heard
 * make(item) gives a <tr> with a function show(item), which has not been called yet. */
export function table(caption, columns) {
    const body = el("tbody", {});
    const heads = columns.map((column) => {
        const [label, kind] = [column].flat();
        const unseen = kind === "unseen";
        return el(
            "th",
            { scope: "col", class: kind },
            unseen ? el("span", { class: "hidden-text" }, label) : label,
        );
    });
    const node = el(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
        el(
            "table",
            {},
            el("caption", { class: "hidden-text" }, caption),
            el("thead", {}, el("tr", {}, heads)),
            body,
        ),
    );
    return { node, rows: (items, keyOf, make) => rows(body, items, keyOf, make, node) };
}

/* The children of parent, one for each item. Of two with the same key, such as a message and its duplicate, the second one
 * is the second one the next time, too. box gets the focus when what has it goes. */
export function rows(parent, items, keyOf, make, box = parent) {
    const times = new Map();
    const had = parent.contains(document.activeElement);
    keyed(
        parent,
        items.map((item) => {
            const key = String(keyOf(item));
            const time = (times.get(key) ?? 0) + 1;
            times.set(key, time);
            const fresh = () => {
                const child = make(item);
                child.show?.(item);
                return child;
            };
            return [time === 1 ? key : key + " " + time, fresh, (child) => child.show?.(item)];
        }),
    );
    if (had && !parent.contains(document.activeElement)) box.focus({ preventScroll: true });
}

/* A cell of row(): contents, and its class. */
export function cell(kind, ...contents) {
    return { kind, contents };
}

/* A <tr> of cells, each contents or a cell(); the first one names the row. show(item) is called with what is to be
 * shown, again and again. */
export function row(cells, show) {
    const node = el(
        "tr",
        {},
        cells.map((given, i) => {
            const { kind, contents } = given?.contents ? given : cell(null, given);
            return i === 0
                ? el("th", { scope: "row", class: kind }, contents)
                : el("td", { class: kind }, contents);
        }),
    );
    node.show = show;
    return node;
}

/* Put what make() gives in node if key is another than the last time, or this is the first one: what is the same is not
 * touched. */
export function renew(node, key, make) {
    if ("shown" in node && node.shown === key) return;
    node.shown = key;
    put(node, make());
}

/* What stands where there is nothing, or where loading has failed; put there anew only if it is another. */
export function notes(kind = null) {
    const node = el("div", { class: kind });
    return {
        node,
        show: (key, make) => renew(node, key, make),
        fail(error, again) {
            node.shown = null;
            put(node, trouble(error, again));
        },
    };
}

/* Buttons to go through a long list. turn(offset) is called when another page is wanted.
 * { node, offset, show({ total, shown }) } */
export function pager(size, turn) {
    const where = el("span", { class: "faint small number" });
    const pages = {
        node: null,
        offset: 0,
        next: 0 /* where the next page begins: one ends early when its text is long */,
        show({ total, shown, next }) {
            const text =
                total === 0
                    ? ""
                    : shown === 0
                      ? "Nothing from " + number(pages.offset + 1) + " on, of " + number(total)
                      : number(pages.offset + 1) +
                        " to " +
                        number(pages.offset + shown) +
                        " of " +
                        number(total);
            tell(where, text);
            pages.next = next ?? pages.offset + shown;
            allow(back, pages.offset > 0);
            allow(on, pages.next < total && shown > 0);
            pages.node.hidden = total <= size && pages.offset === 0;
        },
        go(offset) {
            pages.offset = Math.max(0, offset);
            turn(pages.offset);
        },
    };
    const turner = (label, where) =>
        el(
            "button",
            {
                type: "button",
                onclick: (event) =>
                    event.currentTarget.getAttribute("aria-disabled") !== "true" && pages.go(where()),
            },
            label,
        );
    const back = turner("Previous", () => pages.offset - size);
    const on = turner("Next", () => pages.next);
    pages.node = el("nav", { class: "row", "aria-label": "Pages" }, back, where, on);
    return pages;
}

/* aria-disabled: a button that is disabled would throw the focus to the beginning of the page. */
function allow(button, is) {
    button.setAttribute("aria-disabled", String(!is));
}
