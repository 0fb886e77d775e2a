/* agenda.js - what is pending between instants: few events one by one, many as clusters that the emulator counts. */

/* { total, events, clusters, lastMs } of what is due from the first edge until before the last one. events: the first so many, in
 * the order in which they will fire; clusters: for each span between two edges that has any, { fromMs, toMs, count,
 * byKind }; lastMs: the instant of the last event of all, or null. */
export async function pending(api, edges, { limit, kind } = {}, options = {}) {
    const args = { from: edges[0], to: edges.at(-1) - 1, edges: edges.join(), limit, kind };
    try {
        return await api.get("clock/agenda", args, options);
    } catch (error) {
        if (error.code !== "unknown-argument") throw error;
        return countedHere(await api.get("clock/agenda", { kind, limit: 10000 }, options), edges, limit);
    }
}

/* The same from the first 10000 events, where the emulator counts none. */
function countedHere({ events }, edges, limit) {
    const here = events.filter(({ atMs }) => atMs >= edges[0] && atMs < edges.at(-1));
    const clusters = [];
    let edge = 0;
    for (const { atMs, kind } of here) {
        let cluster = clusters.at(-1);
        if (!cluster || atMs >= edges[edge]) {
            while (atMs >= edges[edge]) edge++;
            cluster = { fromMs: atMs, toMs: atMs, count: 0, byKind: {} };
            clusters.push(cluster);
        }
        cluster.toMs = atMs;
        cluster.count++;
        cluster.byKind[kind] = (cluster.byKind[kind] ?? 0) + 1;
    }
    return {
        total: here.length,
        events: here.slice(0, limit),
        clusters,
        lastMs: events.at(-1)?.atMs ?? null,
    };
}
