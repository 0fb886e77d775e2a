/* dialog.js - questions that hold up everything else until they are answered. */

import { el, put } from "./dom.js";
import { inWords } from "./words.js";

let count = 0;

/* Show a dialog; resolves to null when it is cancelled, else to what run() has made, or without one to what is in its
 * fields, by name.
 *   title    what is asked
 *   content  nodes or text beneath it, perhaps with fields of their own
 *   fields   [{ name, label, value?, type?, placeholder?, hint?, options?: [[value, label]...], required? }]
 *   action   what the button that agrees says; null: there is only "Close"
 *   danger   the button that agrees is red, and Cancel has the focus
 *   run      async, called with what is in the fields before the dialog closes; if it throws, the dialog says so and stays
 *   wide     room for a list */
export function ask({
    title,
    content = [],
    fields = [],
    action = "OK",
    danger = false,
    run = (given) => given,
    wide = false,
}) {
    const label = "dialog-" + ++count;
    return new Promise((resolve) => {
        let answer = null;
        const wrong = el("p", { class: "wrong", role: "alert" });
        const cancel = el(
            "button",
            { type: "button", onclick: () => dialog.close() },
            action ? "Cancel" : "Close",
        );
        const agree =
            action && el("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
        const form = el(
            "form",
            {
                onsubmit: async (event) => {
                    event.preventDefault();
                    if (agree.getAttribute("aria-disabled") === "true") return;
                    agree.setAttribute("aria-disabled", "true");
                    try {
                        answer = await run(Object.fromEntries(new FormData(form)));
                        dialog.close();
                    } catch (error) {
                        put(wrong, inWords(error));
                    } finally {
                        agree.removeAttribute("aria-disabled");
                    }
                },
            },
            el("h2", { id: label }, title),
            el(
                "div",
                { class: "dialog-content" },
                content,
                fields.map((field) => fieldOf(field, label)),
                wrong,
            ),
            el("div", { class: "dialog-buttons" }, cancel, agree),
        );
        const dialog = el(
            "dialog",
            {
                class: wide ? "wide" : null,
                "aria-labelledby": label,
                onclose: () => {
                    dialog.remove();
                    resolve(answer);
                },
            },
            form,
        );
        document.body.append(dialog);
        dialog.showModal();
        /* what is at its foot, while it is read from its head */
        if (danger || !action) cancel.focus({ preventScroll: true });
        else form.querySelector("input, select, textarea, button.primary")?.focus();
    });
}

/* A field, as ask() has them, with its label; prefix makes its id one of its own. */
export function fieldOf(field, prefix) {
    const id = prefix + "-" + field.name;
    const given = {
        id,
        name: field.name,
        required: field.required ?? false,
        "aria-describedby": field.hint ? id + "-hint" : null,
    };
    const typed = {
        ...given,
        value: field.value ?? "",
        placeholder: field.placeholder,
        autocomplete: "off",
        spellcheck: "false",
    };
    const control = field.options
        ? el(
              "select",
              given,
              field.options.map(([value, text]) =>
                  el("option", { value, selected: value === field.value }, text),
              ),
          )
        : field.type === "textarea"
          ? el("textarea", { ...typed, rows: 6 })
          : el("input", { ...typed, type: field.type ?? "text" });
    return el(
        "div",
        { class: "field" },
        el("label", { for: id }, field.label),
        control,
        field.hint && el("p", { class: "hint", id: id + "-hint" }, field.hint),
    );
}
