/* view.js - the contract between the page's frame (main.js) and its views.
 *
 * A view is a module that exports
 *
 *   title    what it is called, as the document's title
 *   mount(container, params, context) -> { update(changed), focus? }
 *
 * and has a row in views.js. `#/NAMESPACE/VIEW/PATH...?QUERY` mounts it into an empty container (<main>), whose first
 * heading is an <h1>. Another address mounts it anew, unless it changed the address itself by context.query().
 *
 * params   path: [...texts behind the view's name, decoded], query: { name: text }
 *
 * context  namespace      its name
 *          api            calls of api.js in this namespace; what is being read is given up when the view is left
 *          time           virtual time (time.js): nowMs(), clock, listen()
 *          signal         an AbortSignal: the view is left. Good for addEventListener(..., { signal })
 *          href(view, path?, query?)   the address of a place on the page, for links
 *          go(view, path?, query?)     goes there
 *          query(query)                puts other arguments in the address; nothing is mounted anew
 *          title(text)                 another title, such as a queue's name
 *          past           what has happened, as far as the page knows: { fired: [event...], requests: [entry...], unlisted,
 *                         changes }, the oldest first, at most 2000 each; unlisted: how many it was not told one by one;
 *                         changes: a number that is another one when the lists are
 *          moves          moves.js: attempt("advance", { by: "1m" }) moves time, and says what it did
 *          preview(toMs)  proposes to advance to an instant: shows what would fire, and asks
 *
 * update(changed) is called at most four times a second, and not while the page is hidden; it need not wait for
 * anything, and what it loads should go through paged() or tempered(). Members of changed, each there only if so:
 *
 *          clock          the clock was told anew (members of admin 6; context.time has it already)
 *          fired          [event...] that fired since
 *          requests       [entry of the journal...] since
 *          queues, topics, faults, snapshots, namespaces, sinks, signatures
 *                         true: something of that sort may have changed
 *          all            true: nobody knows what has changed, load everything anew
 *
 * changes(changed, "queues", "faults") below says whether any of these may have changed.
 *
 * focus() puts the focus on the time line, of the view that has it.
 *
 * A view that is left is told so by context.signal, which has to end whatever would outlive it; nodes of time.js end by
 * themselves, as do tempered() and paged().
 *
 * Pieces for all views: dom.js (el, svg, put, keyed), names.js (named, id, visible: any text of others), links.js, kinds.js
 * (badges), time.js (countdown, instant, duration), controls.js (button, empty, trouble), dialog.js (ask), tempered.js and
 * paged.js (what is loaded again), listing.js (tables, notes), opening.js (rows that open). */

export function changes(changed, ...sorts) {
    return Boolean(changed.all) || sorts.some((sort) => changed[sort]);
}
