/* shortcuts.js - single keys, and the dialog that lists them, where they can be turned off (readers of the screen and
 * people who dictate have other uses for single keys). */

import { ask } from "./dialog.js";
import { el } from "./dom.js";

const OFF = "cmq-emulator-shortcuts-off";

function typing(target) {
    return target.closest?.("input, select, textarea, [contenteditable]") !== null;
}

/* keys: [{ key, label, run }]; moreKeys: [[keys, label]...], which work elsewhere and are only listed. */
export function shortcuts(keys, moreKeys) {
    const off = () => localStorage.getItem(OFF) !== null;
    const help = () => {
        const box = el("input", {
            type: "checkbox",
            checked: !off(),
            onchange: () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")),
        });
        return ask({
            title: "Keyboard",
            content: [
                el(
                    "dl",
                    { class: "facts keys" },
                    [...keys.map(({ key, label }) => [[key], label]), ...moreKeys].map(([names, label]) => [
                        el(
                            "dt",
                            {},
                            names.map((name) => [el("kbd", {}, name), " "]),
                        ),
                        el("dd", {}, label),
                    ]),
                ),
                el("label", { class: "check" }, box, "Single keys do something"),
            ],
            action: null,
        });
    };
    keys.push({ key: "?", label: "show this", run: help });
    document.addEventListener("keydown", (event) => {
        if (
            event.ctrlKey ||
            event.metaKey ||
            event.altKey ||
            event.defaultPrevented ||
            off() ||
            typing(event.target) ||
            document.querySelector("dialog[open], [popover]:popover-open")
        )
            return;
        const found = keys.find(({ key }) => key === event.key);
        if (found) {
            event.preventDefault();
            found.run();
        }
    });
    return { help };
}
