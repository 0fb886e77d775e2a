/* controls.js - buttons that do something, and the notes that stand where there is nothing to show. */

import { isAbort } from "./api.js";
import { ask } from "./dialog.js";
import { el } from "./dom.js";
import { say } from "./toast.js";
import { inWords } from "./words.js";

export function tellError(error) {
    if (!isAbort(error)) say(inWords(error), "wrong");
}

/* A button that runs run() and cannot be pressed again meanwhile. What run() returns as a text is told when it is done;
 * what it throws is told as well. confirm: what to ask before, as in dialog.js. */
export function button(label, run, { kind = "", confirm = null, title = null, aria = null } = {}) {
    const node = el("button", { type: "button", class: kind, title, "aria-label": aria }, label);
    node.addEventListener("click", async () => {
        if (node.getAttribute("aria-disabled") === "true" || (confirm && (await ask(confirm)) === null))
            return;
        /* not `disabled`, which would throw the focus to the beginning of the page */
        node.setAttribute("aria-disabled", "true");
        try {
            const told = await run();
            if (typeof told === "string") say(told, "done");
        } catch (error) {
            tellError(error);
        } finally {
            node.removeAttribute("aria-disabled");
        }
    });
    return node;
}

/* Where a list has nothing in it. */
export function empty(title, ...more) {
    return el(
        "div",
        { class: "empty" },
        el("p", { class: "empty-title" }, title),
        more.length > 0 && el("p", {}, more),
    );
}

/* Where something could not be loaded. again() is called by its button. */
export function trouble(error, again) {
    return el(
        "div",
        { class: "trouble", role: "alert" },
        el("p", {}, inWords(error)),
        again && el("button", { type: "button", onclick: again }, "Try again"),
    );
}
