/* queue.js - one queue: why a message was not received, its messages by state, and its attributes in words. */

import { ApiError } from "./api.js";
import { button, empty } from "./controls.js";
import { bar, inWords } from "./counts.js";
import { el } from "./dom.js";
import { notes, renew } from "./listing.js";
import { messageList } from "./message-list.js";
import { named } from "./names.js";
import { describe } from "./attributes.js";
import { tempered } from "./tempered.js";
import { changes } from "./view.js";
import { why } from "./why.js";
import { counted } from "./words.js";

export function mount(container, params, context) {
    const [name] = params.path;
    const head = heading(context, name, () => refresh.now());
    const answers = why(context, name);
    const list = messageList(context, name, params.query, () => refresh.now());
    const facts = el("dl", { class: "facts" });
    const note = notes();
    const whole = el(
        "div",
        { class: "split answered" },
        answers.node,
        list.node,
        el("section", { class: "card" }, el("h2", {}, "Attributes"), facts),
    );
    const refresh = tempered(
        async (options) => {
            const queue = await get(context, name, options);
            whole.hidden = queue === null;
            note.show(
                queue === null,
                () =>
                    queue === null &&
                    empty(
                        "There is no queue of this name",
                        "It appears here when somebody creates it. ",
                        el("a", { href: context.href("queues") }, "All queues"),
                    ),
            );
            head.show(queue);
            if (queue === null) return;
            renew(facts, JSON.stringify(queue.attributes), () => describe(queue));
            list.show(queue);
            await Promise.all([list.load(options), answers.load(queue, options)]);
        },
        (error) => note.fail(error, refresh.now),
        context.signal,
    );
    context.title(name);
    container.append(head.node, note.node, whole);
    whole.hidden = true;
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "queues", "faults", "clock", "requests")) refresh.soon();
        },
        unmount() {},
    };
}

async function get(context, name, options) {
    try {
        return await context.api.get(["queues", name], {}, options);
    } catch (error) {
        if (error instanceof ApiError && error.code === "no-such-queue") return null;
        throw error;
    }
}

function heading(context, name, purged) {
    const shape = bar();
    const words = el("span", { class: "faint" });
    const purge = button(
        "Purge…",
        async () => {
            const answer = await context.api.delete(["queues", name, "messages"]);
            purged();
            return counted(answer.purged, "message") + " purged";
        },
        {
            kind: "danger",
            confirm: {
                title: "Purge the queue?",
                content: el(
                    "p",
                    {},
                    "All messages of ",
                    named(name),
                    " will be gone: in every state, and for everybody.",
                ),
                action: "Purge",
                danger: true,
            },
        },
    );
    const state = el("div", { class: "stack" }, words, shape);
    return {
        node: el(
            "div",
            { class: "stack" },
            el(
                "div",
                { class: "head" },
                el(
                    "h1",
                    {},
                    el("a", { href: context.href("queues"), class: "quiet-link" }, "Queues"),
                    " / ",
                    named(name),
                ),
                el(
                    "a",
                    { href: context.href("journal", [], { queue: name }) },
                    "Its requests in the journal",
                ),
                purge,
            ),
            state,
        ),
        show(queue) {
            state.hidden = purge.hidden = queue === null;
            if (queue === null) return;
            shape.show(queue.counts);
            const text = inWords(queue.counts) + " · " + counted(queue.parkedPolls, "receive") + " waiting";
            if (words.textContent !== text) words.textContent = text;
        },
    };
}
