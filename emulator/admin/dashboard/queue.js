/* queue.js - one queue: why a message was not received, its messages by state, and its attributes in words. */

import { button } from "./controls.js";
import { bar, inWords } from "./counts.js";
import { el, tell } from "./dom.js";
import { notes } from "./listing.js";
import { messageList } from "./message-list.js";
import { named } from "./names.js";
import { attributes, find, heading, missing } from "./resource.js";
import { tempered } from "./tempered.js";
import { changes } from "./view.js";
import { why } from "./why.js";
import { counted } from "./words.js";

export function mount(container, params, context) {
    const [name] = params.path;
    const purge = purger(context, name, () => refresh.now());
    const states = summary();
    const answers = why(context, name);
    const list = messageList(context, name, params.query, () => refresh.now());
    const facts = attributes();
    const note = notes();
    const whole = el("div", { class: "split answered" }, answers.node, list.node, facts.node);
    const refresh = tempered(
        async (options) => {
            const queue = await find(context, "queue", name, {}, options);
            whole.hidden = states.node.hidden = purge.hidden = queue === null;
            note.show(queue === null, () => queue === null && missing(context, "queue"));
            if (queue === null) return;
            states.show(queue);
            facts.show(queue);
            list.show(queue);
            await Promise.all([list.load(options), answers.load(queue, options)]);
        },
        (error) => note.fail(error, refresh.now),
        context.signal,
    );
    context.title(name);
    const head = el("div", { class: "stack" }, heading(context, "queue", "Queues", name, purge), states.node);
    container.append(head, note.node, whole);
    whole.hidden = true;
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "queues", "faults", "clock", "requests")) refresh.soon();
        },
    };
}

function purger(context, name, purged) {
    return button(
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
}

/* How many messages there are in each state, and who waits for one: { node, show(queue) } */
function summary() {
    const shape = bar();
    const words = el("span", { class: "faint" });
    return {
        node: el("div", { class: "stack" }, words, shape),
        show({ counts, parkedPolls }) {
            shape.show(counts);
            tell(words, inWords(counts) + " · " + counted(parkedPolls, "receive") + " waiting");
        },
    };
}
