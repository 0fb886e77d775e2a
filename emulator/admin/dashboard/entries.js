/* entries.js - the newest entries of the journal, which the admin interface lists from the oldest on. */

const FIRST = 4; /* times as many entries as are wanted are looked at first, and then four times as many again */

/* The newest `limit` entries that have what `where` says, in the order of their numbers, and how many there are in all:
 * { entries, total, last }. */
export async function newest(api, where, limit, options) {
    let answer = await api.get("journal", { ...where, limit: 0 }, options);
    const { last, total } = answer;
    if (total === 0) return { entries: [], total, last };
    for (let span = limit * FIRST; ; span *= FIRST) {
        const after = Math.max(0, last - span);
        const entries = await all(api, { ...where, after }, limit, options);
        if (entries.length >= Math.min(limit, total) || after === 0)
            return { entries: entries.slice(-limit), total, last };
    }
}

/* A page ends after about 1 MiB, so there may be several of them. */
async function all(api, where, limit, options) {
    const { total } = await api.get("journal", { ...where, limit: 0 }, options);
    let entries = [];
    let after = where.after;
    let skip = Math.max(0, total - limit);
    do {
        const page = await api.get("journal", { ...where, after, limit: 1000 }, options);
        entries = entries.concat(page.entries.slice(skip));
        skip = Math.max(0, skip - page.entries.length);
        after = page.next;
    } while (after !== undefined);
    return entries;
}
