/* token.js - asks for the token of --admin-token, once however many calls want it. */

import { token } from "./api.js";
import { ask } from "./dialog.js";

let asking = null;
let declined = false; /* the page calls again and again, and should not ask as often */

async function prompt() {
    const wrong = token.get() !== null;
    const answer = await ask({
        title: "The admin token, please",
        content: wrong
            ? "The emulator refuses the token that this tab has. It is the one that --admin-token was given."
            : "This emulator was started with --admin-token. The token stays in this tab, and goes to nobody else.",
        fields: [{ name: "token", label: "Token", type: "password", required: true }],
        action: "Go on",
    });
    if (answer === null) {
        declined = true;
        return false;
    }
    token.set(answer.token.trim());
    return true;
}

/* Resolves to whether there is another token than before. */
export function askToken() {
    if (declined) return Promise.resolve(false);
    asking ??= prompt().finally(() => {
        asking = null;
    });
    return asking;
}

/* The person has changed their mind. */
export function askTokenAgain() {
    declined = false;
}
