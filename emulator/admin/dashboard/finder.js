/* finder.js - fields that open a queue or a topic by its whole name, or a message by its id: the admin interface finds none
 * by a part of it, and there may be a hundred thousand of them. */

import { ApiError } from "./api.js";
import { el } from "./dom.js";
import { inWords } from "./words.js";

/* view: "queues" or "topics", in the address of the page as in that of the call. */
export function finder(context, view, label) {
    const field = el("input", {
        type: "text",
        name: "name",
        autocomplete: "off",
        spellcheck: "false",
        required: true,
    });
    async function find(event) {
        event.preventDefault();
        const name = field.value.trim();
        try {
            await context.api.get([view, name]);
            context.go(view, [name]);
        } catch (error) {
            if (!(error instanceof ApiError)) throw error;
            context.say(inWords(error), "wrong");
        }
    }
    return el(
        "form",
        { class: "filters", onsubmit: find },
        el("label", {}, label, field),
        el("button", { type: "submit" }, "Open"),
    );
}

export function messageFinder(context, label) {
    const field = el("input", {
        type: "text",
        name: "msgId",
        required: true,
        autocomplete: "off",
        spellcheck: "false",
    });
    function find(event) {
        event.preventDefault();
        context.go("messages", [field.value.trim()]);
    }
    return el(
        "form",
        { class: "filters", onsubmit: find },
        el("label", {}, label, field),
        el("button", { type: "submit" }, "Tell its life"),
    );
}
