/* fault-form.js - the fields by which a rule of faults is made (doc/faults.md). */

import { fieldOf } from "./dialog.js";
import { el, put } from "./dom.js";

const ID = "fault"; /* of the fields, of which a page has one set at a time */

const ATTEMPT_ERRORS = ["timeout", "refused", "reset", "unresolved"].map((error) => [error, error]);
const APIS = [["", "any"], ...["v2", "cmq", "tdmq"].map((api) => [api, api])];

/* key: of the choice. label; says: what has happened then. field: what else it needs. of(value): the member `fault`. */
const FAULTS = [
    {
        key: "error",
        label: "It fails with an error",
        says: "The call has no effect.",
        field: { label: "Error, by its module or code", value: "10050" },
        of: (error) => ({ error }),
    },
    {
        key: "code",
        label: "It fails with any code",
        says: "The call has no effect.",
        field: { label: "Code", value: "6000" },
        of: (code) => ({ code: /^\d+$/.test(code) ? Number(code) : code }),
    },
    {
        key: "delay",
        label: "Its answer comes later, in virtual time",
        says: "The call takes effect at once.",
        field: { label: "Later by", value: "2s" },
        of: (delay) => ({ delay }),
    },
    {
        key: "realDelay",
        label: "Its answer comes later, in real time",
        says: "The call takes effect at once.",
        field: { label: "Later by", value: "2s" },
        of: (realDelay) => ({ realDelay }),
    },
    {
        key: "drop-request",
        label: "Its connection is closed; nothing has happened",
        says: "The call has no effect.",
        of: () => ({ drop: "request" }),
    },
    {
        key: "drop-answer",
        label: "Its connection is closed; it has happened",
        says: "The call takes effect, and the client cannot know.",
        of: () => ({ drop: "answer" }),
    },
    {
        key: "status",
        label: "It gets a status of HTTP",
        says: "The call has no effect.",
        field: { label: "Status, 200 to 599", value: "503" },
        of: (status) => ({ status: Number(status) }),
    },
    {
        key: "empty",
        label: "A receive finds nothing",
        says: "Messages stay where they are.",
        of: () => ({ empty: true }),
    },
    {
        key: "empty-without-wait",
        label: "A receive that does not wait finds nothing",
        says: "Messages stay where they are. The service itself does this now and then.",
        of: () => ({ empty: "without-wait" }),
    },
    {
        key: "duplicate",
        label: "What a receive gets can be received again",
        says: "A copy of each message stays in the queue.",
        field: { label: "More times, up to 100", value: "1" },
        of: (times) => ({ duplicate: Number(times) }),
    },
    {
        key: "shuffle",
        label: "A receive gets one of the first messages, not the first one",
        says: "Which one is by the namespace's seed.",
        field: { label: "One of the first", value: "16" },
        of: (first) => ({ shuffle: Number(first) }),
    },
    {
        key: "lag",
        label: "Counts of queues are too low",
        says: "For calls that tell the counts of queues.",
        field: { label: "By up to", value: "3" },
        of: (most) => ({ lag: Number(most) }),
    },
    {
        key: "push-status",
        label: "An attempt of a push seems to be answered with a status",
        says: "The endpoint hears nothing.",
        field: { label: "Status, 200 to 599", value: "503" },
        of: (status) => ({ push: { status: Number(status) } }),
    },
    {
        key: "push-error",
        label: "An attempt of a push seems to have no answer",
        says: "The endpoint hears nothing.",
        field: { label: "Why", options: ATTEMPT_ERRORS },
        of: (error) => ({ push: { error } }),
    },
    {
        key: "push-delay",
        label: "An attempt of a push is made later",
        says: "In virtual time, once.",
        field: { label: "Later by", value: "1m" },
        of: (delay) => ({ push: { delay } }),
    },
];

const SUBJECT = [
    { name: "action", label: "Action", placeholder: "any" },
    { name: "queue", label: "Queue", placeholder: "any" },
    { name: "topic", label: "Topic", placeholder: "any" },
    { name: "subscription", label: "Subscription", placeholder: "any" },
    { name: "api", label: "API", options: APIS },
    { name: "secretId", label: "Secret id", placeholder: "any" },
];

const WHEN = [
    { name: "times", label: "So many times", placeholder: "always", number: true },
    { name: "skip", label: "Not the first", placeholder: "0", number: true },
    { name: "probability", label: "With a probability of", placeholder: "1", number: true },
    { name: "from", label: "From this instant on", placeholder: "2030-01-01T00:00:00Z" },
    { name: "until", label: "Until this instant", placeholder: "for ever" },
];

/* The contents of a dialog. */
export function fields() {
    const says = el("p", { class: "hint", role: "status" });
    const more = el("div", {});
    const kind = el(
        "select",
        { id: ID, name: "kind" },
        FAULTS.map(({ key, label }) => el("option", { value: key }, label)),
    );
    const choose = () => {
        const { says: text, field } = FAULTS.find(({ key }) => key === kind.value);
        put(says, text);
        put(more, field && fieldOf({ name: "value", ...field }, ID));
    };
    kind.addEventListener("change", choose);
    choose();
    const group = (legend, list) =>
        el(
            "fieldset",
            {},
            el("legend", {}, legend),
            el(
                "div",
                { class: "fields" },
                list.map((each) => fieldOf(each, ID)),
            ),
        );
    return [
        el("div", { class: "field" }, el("label", { for: kind.id }, "What goes wrong"), kind, says),
        more,
        group("For which calls", SUBJECT),
        group("When", WHEN),
    ];
}

/* The rule that was filled in, by the names of the fields. */
export function ruleOf({ kind, value = "", ...given }) {
    const rule = { fault: FAULTS.find(({ key }) => key === kind).of(value.trim()) };
    for (const { name, number } of [...SUBJECT, ...WHEN]) {
        const text = given[name].trim();
        if (text !== "") rule[name] = number && !Number.isNaN(Number(text)) ? Number(text) : text;
    }
    return rule;
}
