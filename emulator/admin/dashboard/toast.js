/* toast.js - short news at the foot of the page, which screen readers tell as well. */

import { el } from "./dom.js";

const STAYS_MS = 6000;
const AT_ONCE = 4;

/* tone: "done", "plain" or "wrong". What stays does so until it is closed. */
export function say(text, tone = "plain", stays = tone === "wrong") {
    const box = document.getElementById("toasts");
    const gone = () => toast.remove();
    const toast = el(
        "div",
        { class: "toast " + tone },
        el("span", { class: "toast-text" }, text),
        el(
            "button",
            { type: "button", class: "quiet", "aria-label": "Close this message", onclick: gone },
            "×",
        ),
    );
    while (box.childElementCount >= AT_ONCE) box.firstElementChild.remove();
    box.append(toast);
    if (!stays) setTimeout(gone, STAYS_MS);
}
