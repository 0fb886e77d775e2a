/* dialog.js - questions that hold up everything else until they are answered. */

import { el } from "./dom.js";

let count = 0;

/* Show a dialog; resolves to null when it is cancelled, else to what was put in its fields, by name.
 *   title    what is asked
 *   content  nodes or text beneath it
 *   fields   [{ name, label, value?, type?, placeholder?, hint?, options?: [[value, label]...], required? }]
 *   action   what the button that agrees says; null: there is only "Close"
 *   danger   the button that agrees is red, and Cancel has the focus */
export function ask({ title, content = [], fields = [], action = "OK", danger = false })
{
    const label = "dialog-" + ++count;
    return new Promise((resolve) => {
        let answer = null;
        const inputs = fields.map((field) => input(field, label));
        const cancel = el("button", { type: "button", onclick: () => dialog.close() }, action ? "Cancel" : "Close");
        const form = el("form", {
            method: "dialog",
            onsubmit: () => {
                answer = Object.fromEntries(inputs.map(({ name, control }) => [name, control.value]));
            },
        },
        el("h2", { id: label }, title),
        el("div", { class: "dialog-content" }, content, inputs.map(({ row }) => row)),
        el("div", { class: "dialog-buttons" }, cancel,
            action && el("button", { type: "submit", class: danger ? "danger" : "primary" }, action)));
        const dialog = el("dialog", {
            "aria-labelledby": label,
            onclose: () => {
                dialog.remove();
                resolve(answer);
            },
        }, form);
        document.body.append(dialog);
        dialog.showModal();
        if (danger || !action)
            cancel.focus();
    });
}

function input(field, label)
{
    const id = label + "-" + field.name;
    const given = {
        id, name: field.name, value: field.value ?? "", required: field.required ?? false,
        "aria-describedby": field.hint ? id + "-hint" : null,
    };
    const control = field.options
        ? el("select", { ...given, value: undefined }, field.options.map(([value, text]) =>
            el("option", { value, selected: value === field.value }, text)))
        : field.type === "textarea"
            ? el("textarea", { ...given, rows: 6, placeholder: field.placeholder, spellcheck: "false" })
            : el("input", { ...given, type: field.type ?? "text", placeholder: field.placeholder, autocomplete: "off",
                spellcheck: "false" });
    const row = el("div", { class: "field" }, el("label", { for: id }, field.label), control,
        field.hint && el("p", { class: "hint", id: id + "-hint" }, field.hint));
    return { name: field.name, control, row };
}
