/* message-rows.js - rows of messages: what each is, and what will become of it by itself. */

import { preview } from "./body.js";
import { el } from "./dom.js";
import { stateBadge } from "./kinds.js";
import { messageLink } from "./links.js";
import { cell, renew, row } from "./listing.js";
import { countdown, instant } from "./time.js";
import { counted } from "./words.js";

export const COLUMNS = ["Message", "State", "What comes", "Body", "Sent", ["Received", "number"]];

/* How many bytes of a body a row has room for. */
export const CUT = 400;

/* What will happen to a message without anybody's doing, and when. */
export function coming(time, { state, visibleMs, expireMs }) {
    const says = { inactive: "returns ", delayed: "becomes active ", deleted: "can be rewound; gone " };
    if (visibleMs !== null) return [says[state] ?? "", countdown(time, visibleMs)];
    return [says[state] ?? "expires ", countdown(time, expireMs)];
}

export function messageRow(context, { msgId }) {
    const state = el("span", {});
    const body = el("span", {});
    const next = el("span", {});
    const sent = el("span", {});
    const received = el("span", {});
    return row(
        [
            cell("tight", messageLink(context, msgId)),
            state,
            cell("tight", next),
            body,
            cell("tight", sent),
            cell("number tight", received),
        ],
        (message) => {
            renew(state, message.state, () => stateBadge(message.state));
            renew(body, message.msgBody, () => preview(message.msgBody, message.msgBodyBase64, message.cut));
            renew(next, [message.state, message.visibleMs, message.expireMs].join(), () =>
                coming(context.time, message),
            );
            renew(sent, message.enqueueMs, () => instant(context.time, message.enqueueMs));
            renew(received, message.dequeueCount, () =>
                message.dequeueCount === 0 ? "never" : counted(message.dequeueCount, "time"),
            );
        },
    );
}
