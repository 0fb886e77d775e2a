/* scale.js - instants and the places where they are on the time line.
 *
 * A scale has x(ms) and ms(x), which undo each other, and the first and the last instant that it shows, from and to.
 * Places are pixels from the left. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/* Lengths that people count in. */
const NICE = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    30 * DAY,
    100 * DAY,
    365 * DAY,
    1000 * DAY,
    3650 * DAY,
];

/* Distances from now that the logarithmic scale is marked at. */
const MARKED = [
    SECOND,
    10 * SECOND,
    MINUTE,
    10 * MINUTE,
    HOUR,
    6 * HOUR,
    DAY,
    4 * DAY,
    15 * DAY,
    60 * DAY,
    365 * DAY,
    3650 * DAY,
];

/* The shortest such length that is not below ms. */
export function nice(ms) {
    return NICE.find((length) => length >= ms) ?? Math.ceil(ms / DAY) * DAY;
}

/* Before the first second it is nearly even, and from there on each factor takes as much room. */
const bent = (ms) => Math.log1p(ms / SECOND);
const straight = (bend) => SECOND * Math.expm1(bend);

/* From pastMs before nowMs, which is at nowX, to aheadMs behind it, in width pixels. */
export function bentScale({ nowMs, pastMs, aheadMs, nowX, width }) {
    const before = nowX / bent(pastMs);
    const behind = (width - nowX) / bent(aheadMs);
    return {
        bent: true,
        width,
        nowMs,
        from: nowMs - pastMs,
        to: nowMs + aheadMs,
        x: (ms) => (ms < nowMs ? nowX - before * bent(nowMs - ms) : nowX + behind * bent(ms - nowMs)),
        ms: (x) =>
            Math.round(
                x < nowX ? nowMs - straight((nowX - x) / before) : nowMs + straight((x - nowX) / behind),
            ),
    };
}

export function evenScale({ nowMs, from, to, width }) {
    const each = width / Math.max(1, to - from);
    return {
        bent: false,
        width,
        nowMs,
        from,
        to,
        x: (ms) => (ms - from) * each,
        ms: (x) => Math.round(from + x / each),
    };
}

/* Instants that part [fromMs, toMs] into spans of at least so many pixels. They are whole multiples of a nice length, so
 * they stay the same while time runs, and so do the clusters between them. */
export function edges(scale, fromMs, toMs, pixels) {
    const list = [fromMs];
    for (let edge = fromMs; edge < toMs;) {
        const next = Math.max(edge + 1, scale.ms(scale.x(edge) + pixels));
        const length = nice((next - edge) / 2);
        edge = Math.min(Math.ceil(next / length) * length, toMs);
        list.push(edge);
    }
    list.push(toMs + 1);
    return list;
}

/* An instant near ms that is round as far as a pixel or two matter. */
export function round(scale, ms) {
    const length = nice(Math.abs(scale.ms(scale.x(ms) + 2) - ms));
    return Math.round(ms / length) * length;
}

/* Where to mark it: [{ ms, away }], at least so many pixels apart. away: how far from now, where that is what to tell. */
export function ticks(scale, pixels) {
    return scale.bent ? bentTicks(scale, pixels) : evenTicks(scale, pixels);
}

function bentTicks(scale, pixels) {
    const { nowMs } = scale;
    const list = [{ ms: nowMs, away: 0 }];
    for (const direction of [1, -1]) {
        let last = scale.x(nowMs);
        for (const length of MARKED) {
            const ms = nowMs + direction * length;
            const x = scale.x(ms);
            if (ms > scale.to || ms < scale.from || Math.abs(x - last) < pixels) continue;
            list.push({ ms, away: direction * length });
            last = x;
        }
    }
    return list;
}

function evenTicks(scale, pixels) {
    const length = nice(((scale.to - scale.from) * pixels) / scale.width);
    const list = [];
    for (let ms = Math.ceil(scale.from / length) * length; ms <= scale.to; ms += length) list.push({ ms });
    return list;
}
