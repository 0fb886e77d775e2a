/* dom.js - elements from descriptions.
 *
 * Everything on the page is built here, by nodes and text and never by markup, so what a queue is called or a
 * message contains cannot become part of the page. */

const SVG = "http://www.w3.org/2000/svg";

/* Properties that an attribute only gives a beginning to. */
const PROPERTIES = new Set(["value", "checked", "indeterminate", "selected", "disabled", "open", "hidden"]);

function give(node, name, value) {
    if (value === null || value === undefined) return;
    if (name.startsWith("on") && typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "style")
        /* by the object model: the page's policy refuses the attribute */
        for (const [property, of] of Object.entries(value)) node.style.setProperty(property, of);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (PROPERTIES.has(name) && name in node) node[name] = value;
    else if (value !== false) node.setAttribute(name, value === true ? "" : String(value));
}

function fill(node, given, children) {
    for (const [name, value] of Object.entries(given ?? {})) give(node, name, value);
    add(node, children);
    return node;
}

/* Append children: nodes, texts, numbers, lists of them; null, undefined and false are left out. */
export function add(node, ...children) {
    for (const child of children.flat(Infinity))
        if (child !== null && child !== undefined && child !== false)
            node.append(child instanceof Node ? child : String(child));
    return node;
}

/* el("button", { class: "x", onclick: f, style: { width: "1em" }, "aria-label": "..." }, children...) */
export function el(tag, given, ...children) {
    return fill(document.createElement(tag), given, children);
}

/* The same for SVG. */
export function svg(tag, given, ...children) {
    return fill(document.createElementNS(SVG, tag), given, children);
}

/* Put children in place of what is in node. */
export function put(node, ...children) {
    node.replaceChildren();
    return add(node, ...children);
}

/* Put text in node if it is another one. */
export function tell(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/* Make the children of parent those of wanted, a list of [key, make, refresh?]: a child whose key was there before
 * stays, with its focus, its selection and its open parts, and is refreshed. Moving a child would cost it the focus, so
 * what is gone goes first, and the others are arranged around the one that has it. */
export function keyed(parent, wanted) {
    const keys = new Set(wanted.map(([key]) => String(key)));
    const before = new Map();
    for (const child of [...parent.children])
        if (keys.has(child.dataset.key)) before.set(child.dataset.key, child);
        else child.remove();
    const children = wanted.map(([key, make, refresh]) => {
        const old = before.get(String(key));
        if (old) refresh?.(old);
        const child = old ?? make();
        child.dataset.key = key;
        return child;
    });
    const fixed = children.findIndex((child) => child.contains(document.activeElement));
    for (let i = fixed - 1; i >= 0; i--)
        if (children[i + 1].previousElementSibling !== children[i])
            parent.insertBefore(children[i], children[i + 1]);
    for (let i = fixed + 1; i < children.length; i++) {
        const next = i === 0 ? parent.firstElementChild : children[i - 1].nextElementSibling;
        if (next !== children[i]) parent.insertBefore(children[i], next);
    }
}
