/* refresh.js - loading again and again, never twice at a time, and several times a second: what is drawn as time runs. What
 * may be seen a second later is loaded by tempered.js. */

import { isAbort } from "./api.js";

const GAP_MS = 250;

/* A function that runs load(). Whoever calls it while it runs gets one more run behind that one, however often they
 * call, and runs begin at least GAP_MS apart: what changes a thousand times a second is loaded four times.
 * failed(error) hears what went wrong, but for what was aborted. */
export function refresher(load, failed) {
    let running = false;
    let wanted = false;
    const rest = (ms) => new Promise((done) => setTimeout(done, ms));
    return async function refresh() {
        wanted = true;
        if (running) return;
        running = true;
        try {
            while (wanted) {
                wanted = false;
                const begun = performance.now();
                try {
                    await load();
                } catch (error) {
                    if (isAbort(error)) return;
                    failed(error);
                }
                if (wanted) await rest(Math.max(0, GAP_MS - (performance.now() - begun)));
            }
        } finally {
            running = false;
        }
    };
}
