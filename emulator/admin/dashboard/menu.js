/* menu.js - a button with a box that opens beneath it. */

import { el } from "./dom.js";

/* name: what the box is called. fill(box) is called each time before it opens. Escape and a click elsewhere close it (a popover does that). */
export function menu(label, fill, { name, kind = "", title = null }) {
    const box = el("div", { class: "menu", popover: "auto", role: "dialog", "aria-label": name });
    const opener = el(
        "button",
        { type: "button", class: kind, title, "aria-expanded": "false", "aria-haspopup": "dialog" },
        label,
        el("span", { class: "caret", "aria-hidden": "true" }, "▾"),
    );
    opener.popoverTargetElement = box;
    box.addEventListener("beforetoggle", (event) => {
        if (event.newState === "open") fill(box);
    });
    box.addEventListener("toggle", (event) => {
        const open = event.newState === "open";
        opener.setAttribute("aria-expanded", String(open));
        if (!open) return;
        const place = opener.getBoundingClientRect();
        const left = Math.min(place.left, innerWidth - box.offsetWidth - 8);
        box.style.setProperty("left", Math.max(8, left) + "px");
        box.style.setProperty("top", place.bottom + 6 + "px");
        box.style.setProperty("max-height", innerHeight - place.bottom - 20 + "px");
        box.querySelector("input, button, a")?.focus();
    });
    return { nodes: [opener, box], opener, close: () => box.hidePopover() };
}
