/* views.js - the views of the page, in the order of the navigation. view.js has the contract. */

import * as faults from "./faults.js";
import * as journal from "./journal.js";
import * as messages from "./messages.js";
import * as namespaces from "./namespaces.js";
import * as overview from "./overview.js";
import * as queues from "./queues.js";
import * as signatures from "./signatures.js";
import * as sinks from "./sinks.js";
import * as snapshots from "./snapshots.js";
import * as topics from "./topics.js";

/* name: in the address. hidden: no entry in the navigation; the view named by `under` is marked there instead. */
export const VIEWS = [
    { name: "overview", module: overview },
    { name: "queues", module: queues },
    { name: "topics", module: topics },
    { name: "messages", module: messages, hidden: true, under: "queues" },
    { name: "journal", module: journal },
    { name: "faults", module: faults },
    { name: "snapshots", module: snapshots },
    { name: "sinks", module: sinks },
    { name: "signatures", module: signatures },
    { name: "namespaces", module: namespaces },
];
