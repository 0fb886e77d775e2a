/* live.js - what happens in a namespace, told to the page as it happens.
 *
 * It reads the stream of `events` (admin) by fetch(), since an EventSource could not send the token. A stream that ends is
 * opened again, later each time it fails, from the last event that was heard. When the emulator says `reload`, what was
 * missed cannot be told: the stream is opened from its beginning, which tells the remembered past.
 *
 * A browser allows a page's origin six connections in all its tabs together, so a tab that is hidden gives up its
 * stream, and catches up when it is seen again.
 *
 * While there is no stream, as when the emulator has no room for another one, the clock and the journal are asked every
 * second. A namespace that is gone is not asked for, which a browser would note as an error each time: it is looked for among
 * those that there are. */

import { isAbort } from "./api.js";

const POLL_MS = 1000;
const ABSENT_MS = 2000; /* between two looks for a namespace that is not there */
const ENTRIES = 500; /* of the journal, at a time */
const SILENT_MS = 40000; /* the emulator says something every 15 s */
const HIDDEN_MS = 5000;
const FIRST_WAIT_MS = 500;
const CLOCKS_DIFFER_MS = 100; /* of the emulator and the browser, between two questions */
const LONGEST_WAIT_MS = 10000;

/* Events of a stream's text, which comes in pieces: each { id, event, data }. */
async function* eventsOf(body, alive) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    let event = {};
    try {
        for (;;) {
            const { value, done } = await reader.read();
            if (done) return;
            alive();
            text += value;
            let end;
            while ((end = text.indexOf("\n")) >= 0) {
                const line = text.slice(0, end).replace(/\r$/, "");
                text = text.slice(end + 1);
                if (line === "") {
                    if (event.data !== undefined) yield event;
                    event = {};
                    continue;
                }
                const colon = line.indexOf(":");
                if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
            }
        }
    } finally {
        reader.cancel().catch(() => {});
    }
}

/* What one event means to the page; see view.js. */
function meaning(event, data) {
    switch (event) {
        case "clock":
            return { clock: data };
        case "fired":
            return { fired: data.events, unlisted: data.left };
        case "request":
            return { requests: data.entries, unlisted: data.left };
        case "changed":
            return { changed: data };
        default:
            return {};
    }
}

/* heard({ clock?, fired?, requests?, unlisted?, changed?, reload? }) is called for all that happens, state("live", "poll", "lost", "refused"
 * (the token) or "gone") when the connection becomes so, and restarted() when it is another run of the emulator that
 * answers. A namespace that is gone may come again: exists(options) says whether it has. Returns what ends it. */
export function live(api, { heard, state, restarted, exists }) {
    const ends = new AbortController();
    let last = null; /* id of the last event that was heard */
    let run = null; /* of the emulator, with which ids begin */
    let gone = false;
    let began = null; /* when this run did, by the browser's clock */
    let first = true; /* nothing has been told yet */
    let number = null; /* of the last entry of the journal that was told */
    let wait = FIRST_WAIT_MS;
    let stream = null; /* the AbortController of the stream that is open */
    let wake = null; /* ends the pause between two streams */
    let hiding = 0;

    const pause = (ms) =>
        new Promise((done) => {
            wake = done;
            setTimeout(done, ms);
        });

    function heardUntil(id) {
        const [its] = id.split("-");
        if (run !== null && run !== its) restarted();
        run = its;
        last = id;
    }

    /* Reads one stream to its end. */
    async function read() {
        stream = new AbortController();
        let silence = 0;
        const alive = () => {
            clearTimeout(silence);
            silence = setTimeout(() => stream?.abort(), SILENT_MS);
        };
        alive();
        try {
            const response = await api.open("events", last === null ? {} : { after: last }, {
                signal: AbortSignal.any([stream.signal, ends.signal]),
            });
            if (last === null && !first) tell({ reload: true });
            state("live");
            for await (const { id, event, data } of eventsOf(response.body, alive)) {
                wait = FIRST_WAIT_MS;
                if (id !== undefined) heardUntil(id);
                const told = JSON.parse(data);
                if (event === "reload") {
                    last = null;
                    if (told.why === "gone") vanished();
                    return;
                }
                tell(meaning(event, told));
            }
        } finally {
            clearTimeout(silence);
            stream = null;
        }
    }

    function tell(told) {
        number = told.requests?.at(-1)?.number ?? number;
        first = false;
        try {
            heard(told);
        } catch (error) {
            reportError(error); /* a mistake of this page, which is not that the emulator is lost */
        }
    }

    /* The entries of the journal that have not been told, of very many the newest. */
    async function entries() {
        const options = { signal: ends.signal };
        const { last: newest } = await api.get("journal", { limit: 0 }, options);
        if (number !== null && newest < number) {
            number = null;
            tell({ reload: true }); /* it has been reset */
        }
        const after = Math.max(number ?? 0, newest - ENTRIES);
        if (newest === after) return [];
        return (await api.get("journal", { after, limit: ENTRIES }, options)).entries;
    }

    /* Asks for so long. A stream that opens then begins anew. */
    async function poll(ms) {
        const until = performance.now() + ms;
        while (!ends.signal.aborted && !document.hidden && !gone && performance.now() < until) {
            try {
                await compareRuns();
                const clock = await api.get("clock", {}, { signal: ends.signal });
                tell({ clock, requests: await entries(), changed: { all: true } });
                last = null;
                state("poll");
            } catch (error) {
                failed(error);
            }
            await pause(Math.min(POLL_MS, ms));
        }
    }

    /* Where there is no stream, whose ids say so: an emulator that began later than the last one that was asked is another run
     * of it. */
    async function compareRuns() {
        const asked = Date.now();
        const { uptimeMs } = await api.get("health", {}, { signal: ends.signal });
        const before = began;
        began = Date.now() - uptimeMs; /* at the latest */
        if (before === null || asked - uptimeMs < before + CLOCKS_DIFFER_MS) return;
        run = null; /* the stream does not tell it once more */
        restarted();
    }

    function vanished() {
        gone = true;
        last = null;
        state("gone");
    }

    function failed(error) {
        if (error.code === "no-such-namespace") return vanished();
        if (!isAbort(error)) state(error.status === 401 ? "refused" : "lost");
    }

    async function untilItComes() {
        while (gone && !ends.signal.aborted && !document.hidden) {
            await pause(ABSENT_MS);
            try {
                gone = !(await exists({ signal: ends.signal }));
                if (gone) state("gone");
            } catch (error) {
                failed(error);
            }
        }
    }

    async function follow() {
        while (!ends.signal.aborted) {
            if (document.hidden) {
                await new Promise((done) =>
                    document.addEventListener("visibilitychange", done, { once: true, signal: ends.signal }),
                );
                continue;
            }
            if (gone) {
                await untilItComes();
                continue;
            }
            try {
                await read();
                await pause(FIRST_WAIT_MS);
            } catch (error) {
                if (ends.signal.aborted) return;
                failed(error);
                await poll(wait);
                wait = Math.min(LONGEST_WAIT_MS, wait * 2);
            }
        }
    }

    const visibility = () => {
        clearTimeout(hiding);
        if (document.hidden) hiding = setTimeout(() => stream?.abort(), HIDDEN_MS);
        else wake?.();
    };
    document.addEventListener("visibilitychange", visibility, { signal: ends.signal });
    follow();
    return () => {
        clearTimeout(hiding);
        ends.abort();
    };
}
