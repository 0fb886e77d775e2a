/* marks.js - what stands on the time line: one event, or a cluster of those that would lie upon each other.
 *
 * A mark: { key, kind, count, fromMs, toMs, past, events }. events: those that it stands for, where the page knows
 * them; a cluster that the emulator has counted has none. */

/* Marks of single events (or requests, of kind "request"), each kind for itself: those of a kind that are nearer than so
 * many pixels to the first of a mark join it. */
export function marksOf(events, scale, pixels, past) {
    const marks = [];
    const open = new Map(); /* by kind, the mark that is being filled */
    for (const event of events) {
        if (event.atMs < scale.from || event.atMs > scale.to) continue;
        const x = scale.x(event.atMs);
        let mark = open.get(event.kind);
        if (!mark || x - mark.begins >= pixels) {
            mark = {
                kind: event.kind,
                count: 0,
                fromMs: event.atMs,
                toMs: event.atMs,
                past,
                events: [],
                begins: x,
            };
            mark.key = (past ? "-" : "+") + event.kind + event.atMs;
            open.set(event.kind, mark);
            marks.push(mark);
        }
        mark.count++;
        mark.toMs = event.atMs;
        mark.events.push(event);
    }
    return marks;
}

/* Marks of clusters as `agenda` tells them: one for each kind in a cluster. */
export function marksOfClusters(clusters) {
    return clusters.flatMap(({ fromMs, toMs, byKind }) =>
        Object.entries(byKind)
            .filter(([, count]) => count > 0)
            .map(([kind, count]) => ({
                key: "+" + kind + fromMs,
                kind,
                count,
                fromMs,
                toMs,
                past: false,
                events: null,
            })),
    );
}

export function middle(mark) {
    return (mark.fromMs + mark.toMs) / 2;
}

/* How many of the marks' events are due by an instant; sure: no cluster lies across it. */
export function dueBy(marks, ms) {
    let count = 0;
    let sure = true;
    for (const mark of marks) {
        if (mark.past || mark.fromMs > ms) continue;
        if (mark.events) count += mark.events.filter((event) => event.atMs <= ms).length;
        else {
            count += mark.count;
            sure &&= mark.toMs <= ms;
        }
    }
    return { count, sure };
}
