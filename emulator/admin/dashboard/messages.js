/* messages.js - the life of a message, from its sending to its end, over all queues that it went through. */

import { ApiError } from "./api.js";
import { body } from "./body.js";
import { empty } from "./controls.js";
import { el } from "./dom.js";
import { messageFinder } from "./finder.js";
import { stateBadge } from "./kinds.js";
import { step } from "./life.js";
import { messageLink, queueLink, topicLink } from "./links.js";
import { notes, pager, renew, rows } from "./listing.js";
import { coming } from "./message-rows.js";
import { id, named, plain } from "./names.js";
import { tempered } from "./tempered.js";
import { instant } from "./time.js";
import { changes } from "./view.js";
import { bytes, counted } from "./words.js";

export const title = "Messages";

const PAGE = 200;

export function mount(container, params, context) {
    const [msgId = ""] = params.path;
    if (msgId === "") return mountSearch(container, context);
    const badge = el("span", {});
    const place = el("p", {});
    const story = el("ol", { class: "story" });
    const text = el("div", {});
    const note = notes();
    const pages = pager(PAGE, () => refresh.now());
    const whole = el(
        "div",
        { class: "split" },
        el(
            "section",
            { class: "card", "aria-label": "What happened" },
            el("h2", {}, "What happened"),
            story,
            pages.node,
        ),
        el("section", { class: "card", "aria-label": "Body" }, el("h2", {}, "Body"), text),
    );
    const refresh = tempered(
        async (options) => {
            /* a body does not change, and may be a megabyte: it is fetched once */
            const cut = text.shown === "body" ? 0 : undefined;
            const life = await get(context, msgId, { offset: pages.offset, limit: PAGE, cut }, options);
            whole.hidden = life.events === undefined;
            note.show(
                life.events ? "" : life.message,
                () => !life.events && empty("There is nothing to tell", plain(life.message)),
            );
            if (!life.events) return;
            renew(badge, life.state, () => badgeOf(life.state));
            renew(place, presence(life), () => present(context, life));
            rows(
                story,
                life.events.map((event, i) => ({ ...event, beforeMs: life.events[i - 1]?.atMs })),
                ({ atMs, beforeMs, what, request, subscription }) =>
                    [atMs, beforeMs, what, request, subscription].join(" "),
                (event) => step(context, event),
            );
            pages.show({ total: life.total, shown: life.events.length, next: life.next });
            await sent(context, life, text, options);
        },
        (error) => note.fail(error, refresh.now),
        context.signal,
    );
    context.title("Message " + msgId);
    container.append(
        el(
            "div",
            { class: "head" },
            el("h1", {}, "Message ", id(msgId)),
            badge,
            el("a", { href: context.href("journal", [], { msgId }) }, "Its requests in the journal"),
        ),
        place,
        note.node,
        whole,
    );
    whole.hidden = true;
    refresh.now();
    return {
        update(changed) {
            if (changed.all) text.shown = undefined; /* after a reset the id may be another message's */
            if (changes(changed, "queues", "topics", "clock")) refresh.soon();
        },
    };
}

function mountSearch(container, context) {
    container.append(
        el("h1", {}, title),
        el("div", { class: "card" }, messageFinder(context, "Id of a message")),
    );
    return { update() {} };
}

/* The life, or { message } that says why there is none. */
async function get(context, msgId, page, options) {
    try {
        return await context.api.get(["messages", msgId], page, options);
    } catch (error) {
        if (error instanceof ApiError && error.status >= 400 && error.status < 500)
            return { message: error.message };
        throw error;
    }
}

function badgeOf(state) {
    const others = { pending: "on its way to subscribers", gone: "no longer stored" };
    return others[state] ? el("span", { class: "badge", title: others[state] }, state) : stateBadge(state);
}

/* What present() tells, as far as it can change. */
function presence({ queue, topic, state, message, publication, copies, complete }) {
    const { visibleMs, expireMs, dequeueCount } = message ?? {};
    return [
        queue,
        topic,
        state,
        visibleMs,
        expireMs,
        dequeueCount,
        publication?.pending,
        copies.length,
        complete,
    ].join();
}

/* Where it is, in a sentence or two. */
function present(context, life) {
    const where =
        life.topic !== undefined
            ? ["topic ", topicLink(context, life.topic)]
            : ["queue ", queueLink(context, life.queue)];
    return [
        life.state === "gone" ? "It was in " : "It is in ",
        where,
        ". ",
        life.message && [
            "It ",
            coming(context.time, life.message),
            "; ",
            life.message.dequeueCount === 0
                ? "nobody has received it there"
                : "it was received " + counted(life.message.dequeueCount, "time"),
            ". ",
        ],
        life.publication && [
            counted(life.publication.pending, "subscription") + " still to be served; it is kept until ",
            instant(context.time, life.publication.expireMs),
            ". ",
        ],
        life.from && [
            "It is a copy of ",
            messageLink(context, life.from.msgId),
            " from topic ",
            topicLink(context, life.from.topic),
            ", by ",
            named(life.from.subscription),
            ". ",
        ],
        life.copies.length > 0 && [
            "Its copies: ",
            life.copies.map((copy, i) => [
                i > 0 && ", ",
                messageLink(context, copy.msgId),
                " in ",
                queueLink(context, copy.queue),
            ]),
            ". ",
        ],
        !life.complete && el("span", { class: "wrong" }, "What happened first is no longer known. "),
    ];
}

/* The body: of what is still there; else as the journal has it of the call that sent it. */
async function sent(context, life, node, options) {
    if (life.message) {
        const { msgBody, msgBodyBase64 } = life.message;
        renew(node, "body", () => body(msgBody, msgBodyBase64));
        return;
    }
    const first = life.events.find(({ what }) => what === "sent" || what === "published");
    if (node.shown !== undefined || !first?.request)
        return renew(node, node.shown ?? "", () => el("p", { class: "faint" }, "It is no longer stored."));
    const { entries } = await context.api.get("journal", { after: first.request - 1, limit: 1 }, options);
    const entry = entries.find(({ number }) => number === first.request);
    renew(node, "journal", () => fromJournal(life, entry));
}

function fromJournal(life, entry) {
    const given = entry?.arguments.msgBody ?? entry?.arguments.MsgBody;
    if (typeof given !== "string" || entry.msgIds.length !== 1)
        return el("p", { class: "faint" }, "It is not shown: the journal has not kept it.");
    const cut = entry.cut?.msgBody;
    return [
        el(
            "p",
            { class: "hint" },
            "As the journal has it",
            cut !== undefined && ", cut: it had " + bytes(cut),
        ),
        body(given),
    ];
}
