/* tempered.js - a view that loads again what it shows, without being a burden: at most once a second, and with pauses of four
 * times what the calls took. */

import { isAbort } from "./api.js";

const LEAST_MS = 1000;
const PAUSES = 4;

/* load({ signal }) loads and shows. now(): at once, in place of what is being loaded, as somebody has asked for it. soon():
 * something may have changed. signal: ends it all. */
export function tempered(load, failed, signal) {
    let running = null; /* an AbortController */
    let wanted = false; /* again, when that is done */
    let rest = 0; /* when soon() may load again */
    let timer = 0;
    async function run() {
        clearTimeout(timer);
        timer = 0;
        running?.abort();
        const mine = (running = new AbortController());
        const begun = performance.now();
        try {
            await load({ signal: AbortSignal.any([mine.signal, signal]) });
        } catch (error) {
            if (!isAbort(error) && !mine.signal.aborted && !signal.aborted) failed(error);
        }
        if (running !== mine) return;
        running = null;
        rest = performance.now() + Math.max(LEAST_MS, PAUSES * (performance.now() - begun));
        if (wanted) soon();
    }
    function soon() {
        wanted = running !== null;
        if (!wanted && timer === 0 && !signal.aborted)
            timer = setTimeout(run, Math.max(0, rest - performance.now()));
    }
    signal.addEventListener("abort", () => clearTimeout(timer));
    return { now: () => void run(), soon };
}
