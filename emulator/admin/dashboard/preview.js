/* preview.js - what would fire if time were moved to an instant, before it is. */

import { pending } from "./agenda.js";
import { ask } from "./dialog.js";
import { el } from "./dom.js";
import { eventLine } from "./events.js";
import { clockTime, duration, exactly, stamp } from "./time.js";
import { counted, kindsInWords, number } from "./words.js";

const LISTED = 10;

/* { toMs, total, byKind, events }: what is due until toMs. */
export async function foresee(context, toMs, signal) {
    const nowMs = context.time.nowMs();
    const answer = await pending(
        context.api,
        [Math.min(nowMs, toMs), toMs + 1],
        { limit: LISTED },
        { signal },
    );
    const { total, events, clusters } = answer;
    return { toMs, total, byKind: clusters[0]?.byKind ?? {}, events };
}

/* "Advance by 12m: fires 14", or "Advance to 12:00:00: ..." where time runs, and with it what is left. */
export function label({ time }, { toMs, total }) {
    const where = time.runs ? "to " + clockTime(toMs) : "by " + exactly(Math.max(0, toMs - time.nowMs()));
    return "Advance " + where + ": fires " + number(total);
}

/* Nodes that tell what was foreseen. */
export function told(context, { toMs, total, byKind, events }) {
    return [
        el(
            "p",
            {},
            "To ",
            el("strong", {}, stamp(toMs)),
            ", " + duration(toMs - context.time.nowMs()) + " from now. ",
            total === 0
                ? "Nothing is due until then."
                : counted(total, "event") + " due until then: " + kindsInWords(byKind) + ".",
        ),
        events.length > 0 &&
            el(
                "ol",
                { class: "lines" },
                events.map((event) => eventLine(context, event, true)),
            ),
        total > events.length &&
            events.length > 0 &&
            el("p", { class: "faint small" }, "and " + number(total - events.length) + " more"),
        total > 0 &&
            el(
                "p",
                { class: "faint small" },
                "What they set off meanwhile, such as further attempts of a push, fires as well.",
            ),
        context.time.runs && el("p", { class: "faint small" }, "The clock stands afterwards."),
    ];
}

/* The same in a dialog, for whoever has no room of their own; moves time if it is agreed to. */
export async function propose(context, toMs) {
    const foreseen = await foresee(context, toMs, context.signal);
    await ask({
        title: "Move time?",
        wide: true,
        content: told(context, foreseen),
        action: label(context, foreseen),
        run: () => context.moves.move("advance", { to: toMs }),
    });
}
