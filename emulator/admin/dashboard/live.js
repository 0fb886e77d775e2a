/* live.js - what happens in a namespace, told to the page as it happens.
 *
 * Until there is a stream the clock is asked every second; what it tells differently has changed. */

import { isAbort } from "./api.js";

const POLL_MS = 1000;

/* heard({ clock?, fired?, requests?, changed?, reload? }), see view.js for what its members are; state(connected).
 * Returns what ends it. */
export function live(api, { heard, state })
{
    const ends = new AbortController();
    let before = "";
    const poll = async () => {
        try {
            const clock = await api.get("clock", {}, { signal: ends.signal });
            state(true);
            const now = [clock.mode, clock.pendingEvents, clock.parkedPolls, clock.offsetMs, JSON.stringify(clock.next),
                clock.mode === "real" ? 0 : clock.nowMs].join();
            heard(now === before ? { clock } : { clock, changed: { all: true } });
            before = now;
        } catch (error) {
            if (isAbort(error))
                return;
            state(false, error);
        }
        if (!ends.signal.aborted)
            setTimeout(poll, POLL_MS);
    };
    poll();
    return () => ends.abort();
}
