/* route.js - what the address says: #/NAMESPACE/VIEW/PATH...?QUERY
 *
 * Each tab has its own namespace, and any place on the page has a link. */

function decoded(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part; /* somebody typed a per cent sign */
    }
}

export function parse(hash) {
    const text = hash.replace(/^#?\/?/, "");
    const mark = text.indexOf("?");
    const path = (mark < 0 ? text : text.slice(0, mark)).split("/").filter(Boolean).map(decoded);
    const query = Object.fromEntries(new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)));
    return { namespace: path[0] ?? "default", view: path[1] ?? "overview", path: path.slice(2), query };
}

export function format({ namespace, view, path = [], query = {} }) {
    const wanted = Object.entries(query).filter(
        ([, value]) => value !== undefined && value !== null && value !== "",
    );
    const text = new URLSearchParams(wanted).toString();
    return "#/" + [namespace, view, ...path].map(encodeURIComponent).join("/") + (text ? "?" + text : "");
}
