/* until.js - the dialog of "Run until": a condition (admin 7) put together, or written as JSON. */

import { ApiError } from "./api.js";
import { ask } from "./dialog.js";
import { el } from "./dom.js";

const COMPARISONS = [
    ["ge", "at least"],
    ["eq", "exactly"],
    ["le", "at most"],
    ["gt", "more than"],
    ["lt", "less than"],
    ["ne", "not"],
];
const STATES = ["active", "inactive", "delayed", "deleted"].map((state) => [state, state]);

/* Each sort: what it is called, its fields, and the condition that they make. */
const SORTS = {
    queue: {
        label: "a queue has so many messages",
        fields: ["queue", "state", "comparison", "count"],
        condition: (given) => ({
            queue: given.queue,
            state: given.state,
            count: { [given.comparison]: Number(given.count) },
        }),
    },
    polls: {
        label: "so many long polls are parked",
        fields: ["queueOrAny", "comparison", "count"],
        condition: (given) => ({
            polls: { [given.comparison]: Number(given.count) },
            ...(given.queueOrAny ? { queue: given.queueOrAny } : {}),
        }),
    },
    subscription: {
        label: "a subscription has so many deliveries pending",
        fields: ["topic", "subscription", "comparison", "count"],
        condition: (given) => ({
            subscription: given.topic + "/" + given.subscription,
            pending: { [given.comparison]: Number(given.count) },
        }),
    },
    agenda: { label: "nothing is pending", fields: [], condition: () => ({ agenda: "empty" }) },
    json: {
        label: "another condition, as JSON",
        fields: ["json"],
        condition: (given) => parsed(given.json),
    },
};

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new ApiError(0, "no-json", "The condition is no JSON: " + error.message);
    }
}

function select(name, options) {
    return el(
        "select",
        { name },
        options.map(([value, text]) => el("option", { value }, text)),
    );
}

function field(name, label, control) {
    return el("label", { class: "field", dataset: { field: name } }, label, control);
}

/* Ask for a condition; run(arguments of clock/run) is called before the dialog closes, and may throw. */
export async function askUntil(queues, run) {
    const text = (name, given = {}) =>
        el("input", { name, autocomplete: "off", spellcheck: "false", ...given });
    const names = el(
        "datalist",
        { id: "until-queues" },
        queues.map((name) => el("option", { value: name })),
    );
    const fields = [
        field("queue", "Queue", text("queue", { list: "until-queues", value: queues[0] ?? "" })),
        field("queueOrAny", "Queue (none: all of them)", text("queueOrAny", { list: "until-queues" })),
        field("state", "State", select("state", STATES)),
        field("topic", "Topic", text("topic")),
        field("subscription", "Subscription", text("subscription")),
        field("comparison", "Compared", select("comparison", COMPARISONS)),
        field("count", "Count", text("count", { type: "number", min: 0, value: "1" })),
        field(
            "json",
            "Condition",
            el(
                "textarea",
                { name: "json", rows: 5, spellcheck: "false" },
                '{"journal":{"where":{"action":"DeleteMessage","code":0}},"count":{"ge":1}}',
            ),
        ),
    ];
    const sort = select(
        "sort",
        Object.entries(SORTS).map(([name, { label }]) => [name, label]),
    );
    const showFields = () => {
        for (const one of fields) one.hidden = !SORTS[sort.value].fields.includes(one.dataset.field);
    };
    sort.addEventListener("change", showFields);
    showFields();
    await ask({
        title: "Run until …",
        content: [
            el("p", { class: "hint" }, "Events fire one after the other until the condition holds."),
            field("sort", "Until", sort),
            names,
            el("div", { class: "field-row" }, fields),
            el(
                "div",
                { class: "field-row" },
                field(
                    "limit",
                    "At most so many events",
                    text("limit", { type: "number", min: 0, value: "10000" }),
                ),
                field(
                    "span",
                    "No further than (none: no end)",
                    text("span", { placeholder: "such as 1h30m" }),
                ),
            ),
        ],
        action: "Run",
        run: (given) =>
            run({
                until: SORTS[given.sort].condition(given),
                limit: Number(given.limit),
                ...(given.span ? { span: given.span } : {}),
            }),
    });
}
