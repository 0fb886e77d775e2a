/* time.js - virtual time as the page knows it, and times in words.
 *
 * The emulator tells its clock now and then; in between the page reckons: mode `real` runs with the machine's own
 * clock, `frozen` and `auto` stand. All instants are milliseconds since the epoch, as in the admin interface. */

import { el, tell } from "./dom.js";

const UNITS = [
    ["d", 86400000],
    ["h", 3600000],
    ["m", 60000],
    ["s", 1000],
    ["ms", 1],
];

/* A duration in at most `parts` units: "1 h 30 m". Rounded down, so that what is left is never told too long. */
export function duration(ms, parts = 2) {
    let left = Math.abs(Math.trunc(ms));
    const told = [];
    for (const [unit, size] of UNITS) {
        const count = Math.floor(left / size);
        left -= count * size;
        if (count > 0 && told.length < parts) told.push(count + " " + unit);
        else if (told.length > 0) break;
    }
    return told.length === 0 ? "0 s" : told.join(" ");
}

/* The same as an argument of a call, exactly: "1h30m250ms". */
export function exactly(ms) {
    let left = Math.trunc(ms);
    let told = "";
    for (const [unit, size] of UNITS) {
        const count = Math.floor(left / size);
        left -= count * size;
        if (count > 0) told += count + unit;
    }
    return told || "0s";
}

function digits(number, width) {
    return String(number).padStart(width, "0");
}

/* Whether there is such a day: a clock at the end of the year 9999 plus some days has none that a Date tells. */
function date(ms) {
    const made = new Date(ms);
    return Number.isNaN(made.getTime()) ? null : made;
}

/* "12:30:05" or "12:30:05.250", in UTC like everything that the emulator tells. */
export function clockTime(ms, fraction = false) {
    const at = date(ms);
    if (!at) return "?";
    const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]
        .map((n) => digits(n, 2))
        .join(":");
    return fraction ? time + "." + digits(at.getUTCMilliseconds(), 3) : time;
}

/* "2030-01-31" */
export function day(ms) {
    const at = date(ms);
    return at
        ? digits(at.getUTCFullYear(), 4) +
              "-" +
              digits(at.getUTCMonth() + 1, 2) +
              "-" +
              digits(at.getUTCDate(), 2)
        : "?";
}

/* "2030-01-31 12:30:05.250 UTC" */
export function stamp(ms) {
    return day(ms) + " " + clockTime(ms, true) + " UTC";
}

/* Further back, somebody has set the clock of the emulator's machine. */
const OVERTAKEN_MS = 5000;

/* Virtual time of one namespace, told to the page by set(). */
export function virtualTime() {
    let clock = null;
    let heardAt = 0; /* performance.now() when it was told */
    const listeners = new Set();
    const time = {
        get clock() {
            return clock;
        },
        get known() {
            return clock !== null;
        },
        get runs() {
            return clock?.mode === "real";
        },
        nowMs() {
            if (!clock) return Date.now();
            return time.runs ? clock.nowMs + Math.floor(performance.now() - heardAt) : clock.nowMs;
        },
        /* How far it is ahead of the wall clock; less than 0: behind. */
        aheadMs() {
            return time.runs
                ? clock.offsetMs
                : clock.nowMs - clock.realNowMs - Math.floor(performance.now() - heardAt);
        },
        set(told) {
            const late = clock
                ? clock.realNowMs - told.realNowMs
                : 0; /* an answer may be overtaken by another */
            if (late > 0 && late < OVERTAKEN_MS) return;
            clock = told;
            heardAt = performance.now();
            for (const listener of listeners) listener(told);
        },
        /* listener(clock) at each telling; returns what ends it. */
        listen(listener) {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
    };
    return time;
}

/* One timer for everything on the page that changes with time. */
const ticking = new Set(); /* of { node, show } */
let timer = 0;

function tick() {
    for (const entry of ticking)
        if (entry.node.isConnected) entry.show();
        else if (entry.seen) ticking.delete(entry);
    for (const entry of ticking) entry.seen ||= entry.node.isConnected;
    if (ticking.size === 0) stop();
}

function stop() {
    clearInterval(timer);
    timer = 0;
}

function start() {
    if (timer === 0 && !document.hidden) timer = setInterval(tick, 100);
}

document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
    else {
        tick();
        if (ticking.size > 0) start();
    }
});

/* Call show() ten times a second from when node gets onto the page until it leaves it. show() should touch the
 * document only if there is something new. Returns node. */
export function ticks(node, show) {
    ticking.add({ node, show, seen: false });
    start();
    show();
    return node;
}

function distance(ms) {
    if (ms >= 0) return ms < 10000 ? "in " + (ms / 1000).toFixed(1) + " s" : "in " + duration(ms);
    return ms > -1000 ? "now" : duration(ms) + " ago";
}

/* An element that tells how far an instant is, "in 12.3 s" or "4 m 5 s ago", and goes on telling. */
export function countdown(time, atMs) {
    const node = el("time", { class: "countdown", title: stamp(atMs), datetime: date(atMs)?.toISOString() });
    return ticks(node, () => tell(node, distance(atMs - time.nowMs())));
}

const DAY_MS = 86400000;

function isToday(time, atMs) {
    return Math.floor(atMs / DAY_MS) === Math.floor(time.nowMs() / DAY_MS);
}

/* An element that tells an instant: the time of day, with the day where that is not today's, which it may cease to be. */
export function instant(time, atMs) {
    const node = el("time", {
        class: "instant",
        title: stamp(atMs),
        datetime: date(atMs)?.toISOString(),
    });
    const short = clockTime(atMs, true);
    const long = day(atMs) + " " + short;
    return ticks(node, () => tell(node, isToday(time, atMs) ? short : long));
}
