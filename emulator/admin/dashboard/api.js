/* api.js - calls of the admin interface of one namespace.
 *
 * A call answers with its JSON object, or throws an ApiError whose message can be shown to a person. What is no
 * longer wanted is given up by an AbortSignal; its AbortError is nobody's business, see isAbort(). */

const TOKEN = "cmq-emulator-admin-token";

export class ApiError extends Error {
    constructor(status, code, message) {
        super(message);
        this.name = "ApiError";
        this.status = status; /* of HTTP; 0: there was no answer */
        this.code = code; /* as in admin 1.5 */
    }
}

export function isAbort(error) {
    return error?.name === "AbortError";
}

/* The token lives as long as the tab, and in this tab alone. */
export const token = {
    get: () => sessionStorage.getItem(TOKEN),
    set: (value) => sessionStorage.setItem(TOKEN, value),
};

function headers() {
    const known = token.get();
    return known ? { Authorization: "Bearer " + known } : {};
}

/* "/_emulator/queues/a%20b?namespace=x&limit=3" of (["queues", "a b"], { limit: 3 }). */
function address(path, args) {
    const parts = (Array.isArray(path) ? path : path.split("/").filter(Boolean)).map(encodeURIComponent);
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(args))
        if (value !== undefined && value !== null && value !== "")
            query.set(name, typeof value === "object" ? JSON.stringify(value) : value);
    const text = query.toString();
    return ["/_emulator", ...parts].join("/") + (text ? "?" + text : "");
}

async function failure(response) {
    let told = null;
    try {
        told = (await response.json()).error;
    } catch {
        /* an answer of something between us and the emulator */
    }
    return new ApiError(
        response.status,
        told?.code ?? "http",
        told?.message ?? "The emulator answered " + response.status,
    );
}

/* The Response of one request, or an ApiError. ask() is called on a 401: it resolves to true when there is another
 * token to try. */
async function request(method, where, { body, type, signal, ask } = {}) {
    for (;;) {
        const sent = token.get();
        let response;
        try {
            response = await fetch(where, {
                method,
                body,
                signal,
                cache: "no-store",
                headers: { ...headers(), ...(type ? { "Content-Type": type } : {}) },
            });
        } catch (error) {
            if (isAbort(error)) throw error;
            throw new ApiError(0, "unreachable", "The emulator cannot be reached");
        }
        if (response.ok) return response;
        if (response.status !== 401 || !ask || !(token.get() !== sent || (await ask(sent))))
            throw await failure(response);
    }
}

/* signal: gives up what is being read when it is aborted; changes are seen through, unless they have a signal of their own. */
export function api(namespace, { signal, ask } = {}) {
    const json = async (method, where, options) => (await request(method, where, { ask, ...options })).json();
    const change =
        (method) =>
        (path, args = {}, options = {}) =>
            json(method, address(path, { namespace }), {
                body: JSON.stringify(args),
                type: "application/json",
                signal: options.signal,
            });
    return {
        /* path: "clock/agenda", or ["queues", NAME, "messages"], whose parts may hold anything. */
        get: (path, args = {}, options = {}) =>
            json("GET", address(path, { namespace, ...args }), { signal: options.signal ?? signal }),
        post: change("POST"),
        put: change("PUT"),
        delete: (path, args = {}) => json("DELETE", address(path, { namespace, ...args }), {}),
        /* A body as it is: a snapshot's document. */
        send: (method, path, body, type = "application/json") =>
            json(method, address(path, { namespace }), { body, type }),
        /* The Response itself, for what is long: a document, a stream. */
        open: (path, args = {}, options = {}) =>
            request("GET", address(path, { namespace, ...args }), { ask, signal: options.signal ?? signal }),
    };
}
