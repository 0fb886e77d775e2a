/* counts.js - how many messages of a queue are in which state, as words and as a bar. */

import { STATES } from "./kinds.js";
import { el } from "./dom.js";
import { number } from "./words.js";

/* In the order in which messages are listed. */
export const ORDER = ["active", "inactive", "delayed", "deleted"];

export function inWords(counts) {
    const told = ORDER.filter((state) => counts[state] > 0).map(
        (state) => number(counts[state]) + " " + state,
    );
    return told.length > 0 ? told.join(", ") : "no messages";
}

/* A bar whose parts are the states; show(counts) sets it. */
export function bar() {
    const parts = ORDER.map((state) => el("span", { class: "tone-" + STATES[state].tone }));
    const node = el("div", { class: "bar", role: "img", "aria-label": inWords({}) }, parts);
    node.show = (counts) => {
        node.setAttribute("aria-label", inWords(counts));
        parts.forEach((part, i) => {
            const many = counts[ORDER[i]];
            part.hidden = many === 0;
            part.style.setProperty("flex-grow", many);
        });
    };
    return node;
}
