/* agenda.js - what is pending between instants: few events one by one, many as clusters that the emulator counts. */

/* { total, events, clusters, lastMs } of what is due from the first edge until before the last one. events: the first so many, in
 * the order in which they will fire; clusters: for each span between two edges that has any, { fromMs, toMs, count,
 * byKind }, both instants inclusive; lastMs: the instant of the last event of all, or null. */
export async function pending(api, edges, { limit, kind } = {}, options = {}) {
    const args = { from: edges[0], to: edges.at(-1) - 1, edges: edges.join(), limit, kind };
    const answer = await api.get("clock/agenda", args, options);
    for (const cluster of answer.clusters) cluster.toMs--; /* told is where it ends, exclusive */
    return answer;
}
