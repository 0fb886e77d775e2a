/* chooser.js - which namespace this tab shows. */

import { trouble } from "./controls.js";
import { el, put } from "./dom.js";
import { menu } from "./menu.js";
import { named, plain } from "./names.js";

const LISTED = 1000;
const SHOWN = 100;

/* href(namespace) is the address of what is shown now in another one; all: that of the view of all of them. */
export function chooser(container, { api, namespace, href, all }) {
    const box = menu(el("span", { class: "chooser-name" }, named(namespace)), fill, {
        name: "Namespaces",
        title: "Namespace",
    });
    box.opener.setAttribute("aria-label", "Namespace " + plain(namespace));

    function fill(into) {
        const list = el("ul", { class: "menu-list" });
        const filter = el("input", {
            type: "search",
            placeholder: "Find a namespace",
            "aria-label": "Find a namespace",
            hidden: true,
        });
        put(
            into,
            filter,
            list,
            el("a", { class: "menu-foot", href: all, onclick: box.close }, "All namespaces"),
        );
        load(list, filter);
    }

    async function load(list, filter) {
        try {
            const { namespaces } = await api.get("namespaces", { limit: LISTED });
            const show = () =>
                put(
                    list,
                    namespaces
                        .filter((one) => one.namespace.includes(filter.value.trim()))
                        .slice(0, SHOWN)
                        .map((one) =>
                            el(
                                "li",
                                {},
                                el(
                                    "a",
                                    {
                                        href: href(one.namespace),
                                        onclick: box.close,
                                        "aria-current": one.namespace === namespace ? "true" : null,
                                    },
                                    named(one.namespace),
                                    el("span", { class: "faint small" }, one.clock.mode),
                                ),
                            ),
                        ),
                );
            filter.hidden = namespaces.length < 8;
            filter.addEventListener("input", show);
            show();
        } catch (error) {
            put(list, trouble(error));
        }
    }

    put(container, box.nodes);
    return { open: () => box.opener.click() };
}
