/* finder.js - fields that open a queue or a topic by its whole name, or a message by its id: the admin interface finds none
 * by a part of it, and there may be a hundred thousand of them. */

import { tellError } from "./controls.js";
import { el } from "./dom.js";

/* A form of one field; find(text) is called with what is in it. */
function form(name, label, action, find) {
    const field = el("input", {
        type: "text",
        name,
        autocomplete: "off",
        spellcheck: "false",
        required: true,
    });
    const submit = (event) => {
        event.preventDefault();
        find(field.value.trim());
    };
    return el(
        "form",
        { class: "filters", onsubmit: submit },
        el("label", {}, label, field),
        el("button", { type: "submit" }, action),
    );
}

/* view: "queues" or "topics", in the address of the page as in that of the call. */
export function finder(context, view, label) {
    return form("name", label, "Open", async (name) => {
        try {
            await context.api.get([view, name]);
            context.go(view, [name]);
        } catch (error) {
            tellError(error);
        }
    });
}

export function messageFinder(context, label) {
    return form("msgId", label, "Tell its life", (msgId) => context.go("messages", [msgId]));
}
