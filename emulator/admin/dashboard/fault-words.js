/* fault-words.js - rules of faults, as a person says them (doc/faults.md). */

import { named, plain } from "./names.js";
import { counted } from "./words.js";

const SAYS = {
    error: (error) => "it fails with " + error,
    code: (code) => "it fails with " + code,
    delay: (by) => "its answer comes " + by + " later, in virtual time",
    realDelay: (by) => "its answer comes " + by + " later, in real time",
    drop: (what) =>
        what === "request"
            ? "its connection is closed, and nothing happens"
            : "it takes effect, and its connection is closed",
    status: (status) => "it gets HTTP " + status + ", and nothing happens",
    empty: (when) => (when === true ? "it finds nothing" : "it finds nothing, unless it waits"),
    duplicate: (times) => "what it gets can be received " + counted(times, "more time", "more times"),
    shuffle: (first) => "it gets one of the first " + first,
    lag: (most) => "counts are up to " + most + " too low",
};

function push(outcome) {
    if (outcome.status !== undefined) return "the endpoint seems to answer HTTP " + outcome.status;
    if (outcome.error !== undefined) return "the endpoint seems to fail: " + outcome.error;
    return "it is made " + outcome.delay + " later, in virtual time";
}

/* "it fails with 10050" */
export function effect(what) {
    if (what.push) return push(what.push);
    const name = Object.keys(SAYS).find((member) => what[member] !== undefined);
    return name
        ? plain(SAYS[name](what[name]) + (what.message ? ": " + what.message : ""))
        : JSON.stringify(what);
}

/* What a rule is for, as nodes: "ReceiveMessage of queue orders". */
export function subject({ api, action, queue, topic, subscription, secretId, fault: what }) {
    const names = { queue, topic, subscription, "secret id": secretId };
    return [
        what.push ? "pushes" : action ? named(action) : "any call",
        api && ["of the API ", named(api)],
        ...Object.entries(names)
            .filter(([, name]) => name !== undefined)
            .map(([kind, name]) => [kind + " ", named(name)]),
    ]
        .filter(Boolean)
        .map((part, i) => (i === 0 ? part : [", ", part]));
}

/* When it acts: texts. */
export function when({ skip, times, probability, from, until, applied }) {
    return [
        skip > 0 && "not the first " + skip,
        times !== undefined && (applied >= times ? "used up, after " : "") + counted(times, "time"),
        probability !== undefined && "with a probability of " + probability,
        from !== undefined && "from " + from,
        until !== undefined && "until " + until,
    ].filter(Boolean);
}

/* A rule in one line. */
export function fault(rule) {
    return [subject(rule), ": ", [effect(rule.fault), ...when(rule)].join(", ")];
}

/* Whether a receive from this queue could be what a rule is for, now or later. */
export function isFor(rule, queue) {
    const spent = rule.times !== undefined && rule.applied >= rule.times;
    return (
        !spent &&
        !rule.fault.push &&
        rule.topic === undefined &&
        (rule.queue === undefined || rule.queue === queue) &&
        (rule.action === undefined || /receive/i.test(rule.action))
    );
}
