/* moves.js - the calls that move time or change the clock, and what they did, in words.
 *
 * A move that waits for pushes may take long in real time. It can be stopped: the emulator ends a move where it is
 * when its caller hangs up (admin 8). */

import { isAbort } from "./api.js";
import { tellError } from "./controls.js";
import { duration } from "./time.js";
import { say } from "./toast.js";
import { counted, kindsInWords } from "./words.js";

const STOPPED = {
    condition: "the condition holds",
    "agenda-empty": "nothing is pending any more",
    limit: "so many events were the limit",
    span: "that was as far as it was to go",
};

const SOON_MS = 1000; /* a move that is asked for meanwhile waits so long for the one before it */

/* Moves that are told though nothing fired; of the others the clock shows enough. */
const TELLS = new Set(["advance", "step", "run"]);

function inWords(answer) {
    const far = answer.toMs - answer.fromMs;
    const moved = far > 0 ? "Time moved by " + duration(far) : "Time stayed where it is";
    const fired =
        answer.fired > 0
            ? counted(answer.fired, "event") + " fired (" + kindsInWords(answer.firedByKind) + ")"
            : "nothing fired";
    const stopped = answer.stopped ? ", and stopped: " + STOPPED[answer.stopped] : "";
    return moved + ": " + fired + stopped + ".";
}

/* Moves of one namespace, one at a time. told(clock) hears each answer. */
export function moves(api, told) {
    let running = null; /* the AbortController of the move that is under way */
    const listeners = new Set();
    const change = (to) => {
        running = to;
        for (const listener of listeners) listener(running !== null);
    };
    const call = async (what, args) => {
        if (running) throw new Error("time is being moved already");
        const stop = new AbortController();
        change(stop);
        try {
            const answer = await api.post("clock/" + what, args, { signal: stop.signal });
            told(answer);
            return answer;
        } finally {
            change(null);
        }
    };
    /* Whether the move that is under way ends soon. What the page hears of a move may come before its answer. */
    async function endsSoon() {
        let ended;
        await Promise.race([
            new Promise((done) => listeners.add((ended = done))),
            new Promise((done) => setTimeout(done, SOON_MS)),
        ]);
        listeners.delete(ended);
        return !running;
    }
    return {
        stop: () => running?.abort(),
        /* listener(running), when a move begins or ends */
        listen(listener) {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        /* One call of clock/WHAT; what it did is told. Resolves to its answer, or throws. */
        async move(what, args = {}) {
            const answer = await call(what, args);
            if (answer.fired > 0 || TELLS.has(what)) say(inWords(answer), "done");
            return answer;
        },
        /* The same for whoever has nothing to say about errors: resolves to null then. */
        async attempt(what, args = {}) {
            while (running)
                if (!(await endsSoon())) {
                    say("Time is being moved already. Stop that first, or wait.");
                    return null;
                }
            try {
                return await this.move(what, args);
            } catch (error) {
                if (isAbort(error)) say("Stopped. Time stands where the move had come to.");
                else tellError(error);
                return null;
            }
        },
    };
}
