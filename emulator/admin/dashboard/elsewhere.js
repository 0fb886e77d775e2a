/* elsewhere.js - requests that went to another place than the one that is looked at: a queue of nearly the same name, or one of
 * the same name in another namespace. */

import { ApiError } from "./api.js";
import { el } from "./dom.js";
import { requestLink } from "./links.js";
import { named } from "./names.js";
import { number } from "./words.js";

const NAMESPACES = 20; /* others that are asked */
const NAMED = 3;

/* The newest requests of an Action about other queues, one of each: entries of the journal, those of nearly the same name
 * first. */
export async function elsewhere(api, action, queue, options) {
    try {
        const { nearest = [] } = await api.post(
            "journal/verify",
            { where: { action, queue }, count: { ge: 1 } },
            options,
        );
        const entries = nearest.filter(({ differs }) => differs === "queue").map(({ entry }) => entry);
        return entries.filter(({ queue }, i) => entries.findIndex((other) => other.queue === queue) === i);
    } catch (error) {
        if (error instanceof ApiError && error.code === "no-journal") return [];
        throw error;
    }
}

/* Other namespaces whose clients sent to a queue of this name: [{ namespace, total }]. */
export async function otherWorlds({ api, namespace }, queue, options) {
    const { namespaces } = await api.get("namespaces", { limit: NAMESPACES + 1 }, options);
    const others = namespaces.map((one) => one.namespace).filter((name) => name !== namespace);
    const totals = await Promise.all(
        others.map(async (other) => {
            const where = { namespace: other, queue, action: "SendMessage", limit: 0 };
            const { total } = await api.get("journal", where, options);
            return { namespace: other, total };
        }),
    );
    return totals.filter(({ total }) => total > 0);
}

/* Findings of why.js. what: "send to" or "receive from". */
export function misspelt(context, what, nearest) {
    const [verb, where] = what.split(" ");
    return (
        nearest.length > 0 && {
            what: "misspelt " + what,
            key: nearest.map(({ number }) => number),
            tone: "bad",
            say: () => [
                "The journal knows no " + verb + " " + where + " this queue, but " + where + " another one: ",
                nearest
                    .slice(0, NAMED)
                    .map((entry, i) => [
                        i > 0 && ", ",
                        requestLink(context, entry.number, named(entry.queue ?? "")),
                    ]),
            ],
        }
    );
}

export function worlds(context, queue, others) {
    return (
        others.length > 0 && {
            what: "worlds",
            key: others,
            say: () => [
                "In another namespace there were sends to a queue of this name: ",
                others.slice(0, NAMED).map(({ namespace, total }, i) => [
                    i > 0 && ", ",
                    el(
                        "a",
                        {
                            href:
                                "#/" +
                                encodeURIComponent(namespace) +
                                "/journal?queue=" +
                                encodeURIComponent(queue),
                        },
                        named(namespace),
                    ),
                    " (" + number(total) + ")",
                ]),
                others.length > NAMED && ", and " + number(others.length - NAMED) + " more",
                ". A client gets into a namespace by its secret id.",
            ],
        }
    );
}
