/* signatures.js - the last call whose signature was refused, explained: what should have been signed beside what was. */

import { ApiError } from "./api.js";
import { empty } from "./controls.js";
import { el } from "./dom.js";
import { notes } from "./listing.js";
import { id, visible } from "./names.js";
import { tempered } from "./tempered.js";
import { instant } from "./time.js";
import { changes } from "./view.js";

export const title = "Signatures";

const MOST = 250000; /* pairs of parts that are compared */

export function mount(container, params, context) {
    const shown = notes("stack");
    const refresh = tempered(
        async (options) => {
            const last = await get(context, options);
            shown.show(JSON.stringify(last && { ...last, nowMs: 0, now: 0 }), () =>
                last
                    ? explain(context, last)
                    : empty(
                          "No signature was refused",
                          "When one is, this page says what should have been signed, and what was.",
                      ),
            );
        },
        (error) => shown.fail(error, refresh.now),
        context.signal,
    );
    container.append(el("h1", {}, "The last refused signature"), shown.node);
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "signatures", "requests")) refresh.soon();
        },
    };
}

async function get(context, options) {
    try {
        return await context.api.get("signatures/last", {}, options);
    } catch (error) {
        if (error instanceof ApiError && error.code === "no-refused-signature") return null;
        throw error;
    }
}

function explain(context, { api, action, secretId, code, stringToSign, likelySigned, difference, atMs }) {
    const fact = (label, value) => [el("dt", {}, label), el("dd", {}, value)];
    const both = stringToSign !== null && likelySigned !== null;
    const text = (label, value, other, none) =>
        el(
            "section",
            { class: "card", "aria-label": label },
            el("h2", {}, label),
            value === null
                ? el("p", { class: "faint" }, none)
                : el(
                      "pre",
                      { class: "body", tabindex: "0", dir: "ltr", role: "group", "aria-label": label },
                      both ? marked(value, other) : visible(value, "\n"),
                  ),
        );
    return [
        el("p", { class: "notice" }, visible(difference)),
        el(
            "section",
            { class: "card", "aria-label": "The call" },
            el(
                "dl",
                { class: "facts" },
                fact("When", instant(context.time, atMs)),
                fact("API", api),
                fact("Action", visible(action)),
                fact("Secret id", id(secretId)),
                fact("Answered", [
                    el("span", { class: "wrong" }, visible(code)),
                    " ",
                    el("a", { href: context.href("journal", [], { code }) }, "All of these in the journal"),
                ]),
            ),
        ),
        el(
            "div",
            { class: "columns" },
            text(
                "What should have been signed",
                stringToSign,
                likelySigned,
                "There is no key to sign with: the secret id is unknown, or the signature was missing.",
            ),
            text(
                "What the client signed",
                likelySigned,
                stringToSign,
                "It was not found: no usual way to sign makes the signature that came.",
            ),
        ),
    ];
}

/* Parts of a string to sign, as they are compared: up to a separator each. */
function parts(text) {
    return text.match(/[^&?/\n]*[&?/\n]|[^&?/\n]+$/g) ?? [];
}

/* Of each part of a, whether it is not in b, by the longest sequence that both have. Of very long texts, with more
 * parts than any client signs, whether it is another one at the same place. */
function differing(a, b) {
    if (a.length * b.length > MOST) return a.map((part, i) => part !== b[i]);
    const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--)
        for (let j = b.length - 1; j >= 0; j--)
            longest[i][j] =
                a[i] === b[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    const differs = a.map(() => true);
    for (let i = 0, j = 0; i < a.length && j < b.length;)
        if (a[i] === b[j]) {
            differs[i++] = false;
            j++;
        } else if (longest[i + 1][j] >= longest[i][j + 1]) i++;
        else j++;
    return differs;
}

/* A text with the parts marked that the other one has not: by <mark>, and so not by colour alone. */
function marked(text, other) {
    const all = parts(text);
    const differs = differing(all, parts(other));
    return all.map((part, i) =>
        differs[i]
            ? el("mark", { title: "the other has not got this" }, visible(part, "\n"))
            : visible(part, "\n"),
    );
}
