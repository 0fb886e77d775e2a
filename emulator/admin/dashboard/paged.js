/* paged.js - a list of the admin interface as a table, by pages, loaded again when something may have changed. */

import { empty } from "./controls.js";
import { el, tell } from "./dom.js";
import { finder } from "./finder.js";
import { notes, pager, table } from "./listing.js";
import { tempered } from "./tempered.js";
import { changes } from "./view.js";
import { counted } from "./words.js";

const PAGE = 50;
const GONE = () => empty("There is nothing on this page any more");

/* A view's list:
 *   path     of the call, which has `offset`, `limit`, and answers with `total` and a list named `member`
 *   caption, columns, keyOf, make   as table() wants them; make(item, again): again() loads anew
 *   none     what stands there if there is nothing, where that may be
 *   where    () => arguments of the call, and of the address, that choose among them
 *   sorts    of what may have changed (view.js) that are about the list
 *   shown    called with each answer
 * { nodes, refresh, chosen, view }: chosen() is to be called when where() has become another; view is what mount() of a view
 * returns. */
export function paged(
    context,
    query,
    { path, member = path, caption, columns, keyOf, make, none = GONE, where = () => ({}), sorts, shown },
) {
    const list = table(caption, columns);
    const note = notes();
    const turned = () => {
        context.query({ ...where(), offset: pages.offset || undefined });
        refresh.now();
    };
    const pages = pager(PAGE, turned);
    pages.offset = Number(query.offset) || 0;
    const refresh = tempered(
        async (options) => {
            const answer = await context.api.get(
                path,
                { ...where(), offset: pages.offset, limit: PAGE },
                options,
            );
            const items = answer[member];
            list.rows(items, keyOf, (item) => make(item, refresh.now));
            list.node.hidden = items.length === 0;
            pages.show({ total: answer.total, shown: items.length, next: answer.next });
            note.show(
                items.length > 0 || JSON.stringify([answer.total, where()]),
                () => items.length === 0 && (answer.total === 0 ? none() : GONE()),
            );
            shown?.(answer);
        },
        (error) => note.fail(error, refresh.now),
        context.signal,
    );
    refresh.now();
    return {
        nodes: [el("section", { class: "card flush" }, list.node, note.node), pages.node],
        refresh,
        chosen() {
            pages.offset = 0;
            turned();
        },
        view: {
            update(changed) {
                if (changes(changed, ...sorts)) refresh.soon();
            },
        },
    };
}

/* The same for what has names, kind "queue" or "topic", with its heading: how many there are, and a field that finds some by a
 * part of their names. */
export function directory(context, query, { kind, title, ...list }) {
    const view = kind + "s";
    const total = el("span", { class: "faint" });
    let { search = "" } = query;
    const made = paged(context, query, {
        path: view,
        caption: title,
        none: () =>
            search === ""
                ? empty("No " + view + " yet", "They appear here as clients create them.")
                : empty("No " + kind + " has this in its name"),
        where: () => ({ search: search || undefined }),
        sorts: [view],
        shown: (answer) =>
            tell(
                total,
                counted(answer.total, kind) +
                    (search === "" ? ", in the order of their creation" : " with this in the name"),
            ),
        ...list,
    });
    const typed = (text) => {
        if (text === search) return;
        search = text;
        made.chosen();
    };
    const find = finder(context, kind, "Find " + view + ", by a part of the name", { value: search, typed });
    const head = el("div", { class: "head" }, el("h1", {}, title), total, find);
    return { ...made, nodes: [head, ...made.nodes] };
}
