/* entries.js - the newest entries of the journal, which the admin interface lists from the oldest on. */

const WIDER = 4; /* times as many numbers are looked at when there was not enough among them */

/* The newest `limit` entries that have what `where` says, before a number if there is one, in the order of their
 * numbers: { entries, total, atFirst }. total: with those that are not shown; atFirst: there is none before these. */
export async function newest(api, where, limit, options, before = Infinity) {
    const { last, total } = await api.get("journal", { ...where, limit: 0 }, options);
    const top = Math.min(last, before - 1);
    for (let span = limit; ; span *= WIDER) {
        const after = Math.max(0, top - span);
        const entries = total === 0 ? [] : await between(api, { ...where, after }, top, options);
        if (entries.length >= limit || after === 0 || total === 0)
            return {
                entries: entries.slice(-limit),
                total,
                atFirst: entries.length <= limit && (after === 0 || total === 0),
            };
    }
}

/* A page ends early where its text is long, so there may be several of them. */
async function between(api, { after, ...where }, top, options) {
    let entries = [];
    for (let next = after; next !== undefined;) {
        const page = await api.get("journal", { ...where, after: next, limit: 1000 }, options);
        entries = entries.concat(page.entries.filter(({ number }) => number <= top));
        next = page.entries.at(-1)?.number > top ? undefined : page.next;
    }
    return entries;
}
