/* overview.js - the first view. */

import { empty, trouble } from "./controls.js";
import { el, put } from "./dom.js";
import { named } from "./names.js";
import { refresher } from "./refresh.js";
import { changes } from "./view.js";

export const title = "Overview";

export function mount(container, params, context) {
    const list = el("div", {});
    container.append(el("h1", {}, title), list);
    const refresh = refresher(
        async () => {
            const { queues } = await context.api.get("queues", { limit: 20 });
            put(
                list,
                queues.length === 0
                    ? empty("No queues yet", "They appear here as clients create them.")
                    : el(
                          "ul",
                          {},
                          queues.map((queue) =>
                              el("li", {}, named(queue.queueName), " ", queue.counts.active + " active"),
                          ),
                      ),
            );
        },
        (error) => put(list, trouble(error, refresh)),
    );
    refresh();
    return {
        update(changed) {
            if (changes(changed, "queues")) refresh();
        },
        unmount() {},
    };
}
