/* finder.js - fields that find queues or topics by a part of their names, among a hundred thousand of them, and a message by
 * its id. */

import { tellError } from "./controls.js";
import { el } from "./dom.js";

const TYPING_MS = 200; /* without a key until the list follows */
const LONGEST = 64; /* name */

/* A form of one field; find(text) is called with what is in it, and given has more of the field. */
function form(name, label, action, find, given = {}) {
    const field = el("input", {
        ...given,
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

/* kind: "queue" or "topic". While somebody types, typed(text) is called; the button opens the one of this name, or the only one
 * that has it in its name. */
export function finder(context, kind, label, { value, typed }) {
    const view = kind + "s";
    let timer = 0;
    const oninput = ({ target }) => {
        clearTimeout(timer);
        timer = setTimeout(() => !context.signal.aborted && typed(target.value.trim()), TYPING_MS);
    };
    const open = async (text) => {
        try {
            const { total, [view]: found } = await context.api.get(view, { search: text, limit: 1 });
            const name = total === 1 ? found[0][kind + "Name"] : text;
            if (total !== 1) await context.api.get([view, name]);
            context.go(view, [name]);
        } catch (error) {
            tellError(error);
        }
    };
    return form("name", label, "Open", open, { value, maxlength: LONGEST, oninput });
}

export function messageFinder(context, label) {
    return form("msgId", label, "Tell its life", (msgId) => context.go("messages", [msgId]));
}
