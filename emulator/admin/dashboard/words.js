/* words.js - what a person is told of errors and counts. */

import { ApiError } from "./api.js";
import { kindOf } from "./kinds.js";
import { plain } from "./names.js";

/* What to tell a person of an error, whose message may quote any name. What is no ApiError is a mistake of this page, and
 * belongs in the console too. */
export function inWords(error) {
    if (error instanceof ApiError) return plain(error.message);
    console.error(error);
    return "This page made a mistake: " + error.message;
}

/* "1 event", "3 events", "1,204 events" */
export function counted(count, one, many = one + "s") {
    return number(count) + " " + (count === 1 ? one : many);
}

/* A number with its thousands apart. */
export function number(count) {
    return count.toLocaleString("en");
}

/* "12 B", "1.5 KiB" */
export function bytes(size) {
    if (size < 1024) return size + " B";
    return size < 1048576 ? (size / 1024).toFixed(1) + " KiB" : (size / 1048576).toFixed(1) + " MiB";
}

/* "9,999", and from there on "12k", "1.2M": for a mark that has little room. */
export function short(count) {
    const format = (of, unit) => (of < 10 ? Math.floor(of * 10) / 10 : Math.floor(of)) + unit;
    return count < 1000 ? String(count) : count < 1e6 ? format(count / 1e3, "k") : format(count / 1e6, "M");
}

/* "8 × delay ends, 6 × returns" of { delayed: 8, visible: 6 }, the most frequent first. */
export function kindsInWords(byKind) {
    return Object.entries(byKind)
        .filter(([, count]) => count > 0)
        .sort(([, a], [, b]) => b - a)
        .map(([kind, count]) => number(count) + " × " + kindOf(kind).label)
        .join(", ");
}
