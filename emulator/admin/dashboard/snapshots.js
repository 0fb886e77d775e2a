/* snapshots.js - states of the namespace that are kept under a name: taken, restored, forked, and carried as documents. */

import { bytes } from "./body.js";
import { button, empty, trouble } from "./controls.js";
import { ask } from "./dialog.js";
import { el, put } from "./dom.js";
import { cell, pager, renew, row, table } from "./listing.js";
import { named } from "./names.js";
import { tempered } from "./tempered.js";
import { instant } from "./time.js";
import { changes } from "./view.js";
import { counted, number } from "./words.js";

export const title = "Snapshots";

const PAGE = 50;
const NAME_HINT = "1 to 64 letters, digits, - and _, the first a letter";

export function mount(container, params, context) {
    const list = table("Snapshots, in the order of their making", [
        "Name",
        "Virtual time",
        ["Queues", "number"],
        ["Topics", "number"],
        ["Messages", "number"],
        ["Size", "number"],
        ["What to do", "unseen"],
    ]);
    const note = el("div", {});
    const pages = pager(PAGE, () => refresh.now());
    const refresh = tempered(
        async (options) => {
            const answer = await context.api.get("snapshots", { offset: pages.offset, limit: PAGE }, options);
            list.rows(
                answer.snapshots,
                ({ name }) => name,
                (snapshot) => snapshotRow(context, snapshot, refresh.now),
            );
            list.node.hidden = answer.snapshots.length === 0;
            pages.show({ total: answer.total, shown: answer.snapshots.length, next: answer.next });
            renew(
                note,
                answer.total,
                () =>
                    answer.total === 0 &&
                    empty(
                        "No snapshots",
                        "One keeps the namespace as it stands, and a test begins there as often as it likes.",
                    ),
            );
        },
        (error) => {
            note.shown = null;
            put(note, trouble(error, refresh.now));
        },
        context.signal,
    );
    container.append(
        el(
            "div",
            { class: "head" },
            el("h1", {}, title),
            take(context, refresh.now),
            upload(context, refresh.now),
        ),
        el("section", { class: "card flush", "aria-label": title }, list.node, note),
        pages.node,
    );
    refresh.now();
    return {
        update(changed) {
            if (changes(changed, "snapshots")) refresh.soon();
        },
        unmount() {},
    };
}

function take(context, done) {
    return button(
        "Take one…",
        async () => {
            let taken = null;
            await ask({
                title: "Keep the namespace as it stands",
                content: el("p", {}, "One of the same name is replaced."),
                fields: [{ name: "name", label: "Name", required: true, hint: NAME_HINT }],
                action: "Take it",
                run: async ({ name }) => {
                    taken = await context.api.post("snapshots", { name: name.trim() });
                },
            });
            done();
            return (
                taken &&
                "Snapshot " +
                    taken.name +
                    (taken.replaced ? " is replaced" : " is taken") +
                    ": " +
                    counted(taken.messages, "message")
            );
        },
        { kind: "primary" },
    );
}

/* A document of a person's, or of another emulator. What is wrong with it is said by its place. */
function upload(context, done) {
    return button("Upload…", async () => {
        let made = null;
        const file = el("input", {
            type: "file",
            name: "file",
            required: true,
            accept: ".json,application/json",
            id: "snapshot-file",
        });
        await ask({
            title: "A snapshot from a document",
            content: el(
                "div",
                { class: "field" },
                el("label", { for: "snapshot-file" }, "Document, of at most 1 MiB"),
                file,
            ),
            fields: [{ name: "name", label: "Name", required: true, hint: NAME_HINT }],
            action: "Upload it",
            run: async ({ name }) => {
                made = await context.api.send("PUT", ["snapshots", name.trim()], file.files[0]);
            },
        });
        done();
        return made && "Snapshot " + made.name + " has " + counted(made.messages, "message");
    });
}

function snapshotRow(context, { name }, done) {
    const parts = {
        at: el("span", {}),
        queues: el("span", {}),
        topics: el("span", {}),
        messages: el("span", {}),
        size: el("span", {}),
    };
    const restore = button(
        "Restore…",
        async () => {
            const { released } = await context.api.post(["snapshots", name, "restore"]);
            done();
            return (
                "The namespace is back at " +
                name +
                (released > 0 ? "; " + counted(released, "parked poll") + " released" : "")
            );
        },
        {
            aria: "Restore " + name + "…",
            confirm: {
                title: "Restore " + name + "?",
                action: "Restore it",
                danger: true,
                content: el(
                    "p",
                    {},
                    "Queues, topics, messages and the clock go back to where they stood. What has happened since is lost, " +
                        "unless a snapshot has it; receives that wait are ended.",
                ),
            },
        },
    );
    const drop = button(
        "Drop…",
        async () => {
            await context.api.delete(["snapshots", name]);
            done();
            return "Snapshot " + name + " is dropped";
        },
        {
            kind: "danger",
            aria: "Drop " + name + "…",
            confirm: {
                title: "Drop the snapshot " + name + "?",
                content: "",
                action: "Drop it",
                danger: true,
            },
        },
    );
    return row(
        [
            named(name),
            cell("tight", parts.at),
            cell("number tight", parts.queues),
            cell("number tight", parts.topics),
            cell("number tight", parts.messages),
            cell("number tight", parts.size),
            cell(
                "tight",
                el("div", { class: "buttons" }, restore, fork(context, name), download(context, name), drop),
            ),
        ],
        (snapshot) => {
            renew(parts.at, snapshot.atMs, () => instant(context.time, snapshot.atMs));
            renew(parts.queues, snapshot.queues, () => number(snapshot.queues));
            renew(parts.topics, snapshot.topics, () => number(snapshot.topics));
            renew(parts.messages, snapshot.messages, () => number(snapshot.messages));
            renew(parts.size, snapshot.bytes, () => bytes(snapshot.bytes));
        },
    );
}

function fork(context, name) {
    return button(
        "Fork…",
        async () => {
            let made = null;
            await ask({
                title: "A namespace like " + name,
                content: el(
                    "p",
                    {},
                    "It goes on from the same instant, by a clock and a secret id of its own.",
                ),
                fields: [
                    {
                        name: "name",
                        label: "Name of the namespace",
                        placeholder: "ns-1, ns-2, … if empty",
                        hint: NAME_HINT,
                    },
                ],
                action: "Make it",
                run: async (given) => {
                    made = await context.api.post("namespaces", {
                        from: name,
                        ...(given.name.trim() && { name: given.name.trim() }),
                    });
                },
            });
            if (made)
                context.say(
                    "Namespace " + made.namespace + " is there, with the secret id " + made.secretId,
                    "done",
                );
        },
        { aria: "Fork " + name + "…" },
    );
}

/* By a call and not by a link, which could not carry the token. The document is as long as the snapshot. */
function download(context, name) {
    return button(
        "Download",
        async () => {
            const response = await context.api.open(["snapshots", name]);
            const address = URL.createObjectURL(await response.blob());
            el("a", { href: address, download: name + ".json" }).click();
            setTimeout(() => URL.revokeObjectURL(address), 60000);
        },
        { aria: "Download " + name },
    );
}
