/* opening.js - a table of numbered requests, each of which opens to all that is known of it. */

import { el } from "./dom.js";
import { cell, row, table } from "./listing.js";

/* { node, show(items) }: items have a `number`.
 *   cells(item)     what stands behind the number, as row() wants it
 *   details(item)   what stands beneath
 *   opened          numbers that are open at the beginning
 *   toggled(number, is)   is told when somebody has opened or closed one */
export function opening(caption, columns, { cells, details, opened = [], toggled }) {
    const list = table(caption, columns);
    const open = new Set(opened);
    let shown = [];
    function toggle(number) {
        if (!open.delete(number)) open.add(number);
        show(shown);
        toggled?.(number, open.has(number));
    }
    function closed(item) {
        const button = el(
            "button",
            { type: "button", class: "link", onclick: () => toggle(item.number) },
            String(item.number),
        );
        const node = row([cell("tight", button), ...cells(item)], () => {
            const is = open.has(item.number);
            button.setAttribute("aria-expanded", String(is));
            button.setAttribute("aria-label", (is ? "Close request " : "Open request ") + item.number);
            node.classList.toggle("chosen", is);
        });
        return node;
    }
    function beneath(item) {
        return el("tr", { class: "opened" }, el("td", { colspan: columns.length }, details(item)));
    }
    function show(items) {
        shown = items;
        list.rows(
            items.flatMap((item) =>
                open.has(item.number) ? [{ item }, { item, isBeneath: true }] : [{ item }],
            ),
            ({ item, isBeneath }) => (isBeneath ? "beneath " : "") + item.number,
            ({ item, isBeneath }) => (isBeneath ? beneath(item) : closed(item)),
        );
        list.node.hidden = items.length === 0;
    }
    return { node: list.node, show };
}
