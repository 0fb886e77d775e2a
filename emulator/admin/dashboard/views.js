/* views.js - the views of the page, in the order of the navigation. view.js has the contract.
 *
 * A view's module is fetched when it is first shown, so the first page weighs half of all that there is. */

/* name: in the address; title: in the navigation. A view without a title has no entry there; the one named by `under` is
 * marked instead. */
export const VIEWS = [
    { name: "overview", title: "Overview", load: () => import("./overview.js") },
    { name: "queues", title: "Queues", load: () => import("./queues.js") },
    { name: "topics", title: "Topics", load: () => import("./topics.js") },
    { name: "messages", under: "queues", load: () => import("./messages.js") },
    { name: "journal", title: "Journal", load: () => import("./journal.js") },
    { name: "faults", title: "Faults", load: () => import("./faults.js") },
    { name: "snapshots", title: "Snapshots", load: () => import("./snapshots.js") },
    { name: "sinks", title: "Sinks", load: () => import("./sinks.js") },
    { name: "signatures", title: "Signatures", load: () => import("./signatures.js") },
    { name: "namespaces", title: "Namespaces", load: () => import("./namespaces.js") },
];
