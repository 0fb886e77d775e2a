/* snapshots.js - states of the namespace that are kept under a name: taken, restored, forked, and carried as documents. */

import { button, empty } from "./controls.js";
import { ask } from "./dialog.js";
import { el, tell } from "./dom.js";
import { cell, renew, row } from "./listing.js";
import { NAME_HINT, named } from "./names.js";
import { paged } from "./paged.js";
import { instant } from "./time.js";
import { bytes, counted, number } from "./words.js";

export const title = "Snapshots";

const COUNTED = ["queues", "topics", "messages"]; /* as the columns have them */

export function mount(container, params, context) {
    const list = paged(context, params.query, {
        path: "snapshots",
        caption: "Snapshots, in the order of their making",
        columns: [
            "Name",
            "Virtual time",
            ["Queues", "number"],
            ["Topics", "number"],
            ["Messages", "number"],
            ["Size", "number"],
            ["What to do", "unseen"],
        ],
        keyOf: ({ name }) => name,
        make: (snapshot, again) => snapshotRow(context, snapshot, again),
        none: () =>
            empty(
                "No snapshots",
                "One keeps the namespace as it stands, and a test begins there as often as it likes.",
            ),
        sorts: ["snapshots"],
    });
    const again = () => list.refresh.now();
    container.append(
        el("div", { class: "head" }, el("h1", {}, title), take(context, again), upload(context, again)),
        el(
            "p",
            { class: "faint" },
            "Restoring one brings the namespace back to where it stood, its time too; a fork makes another namespace of it.",
        ),
        ...list.nodes,
    );
    return list.view;
}

function take(context, done) {
    return button(
        "Take one…",
        async () => {
            const taken = await ask({
                title: "Keep the namespace as it stands",
                content: el("p", {}, "One of the same name is replaced."),
                fields: [{ name: "name", label: "Name", required: true, hint: NAME_HINT }],
                action: "Take it",
                run: ({ name }) => context.api.post("snapshots", { name: name.trim() }),
            });
            if (!taken) return;
            done();
            return (
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
        const file = el("input", {
            type: "file",
            name: "file",
            required: true,
            accept: ".json,application/json",
            id: "snapshot-file",
        });
        const made = await ask({
            title: "A snapshot from a document",
            content: el(
                "div",
                { class: "field" },
                el("label", { for: "snapshot-file" }, "Document, of at most 1 MiB"),
                file,
            ),
            fields: [{ name: "name", label: "Name", required: true, hint: NAME_HINT }],
            action: "Upload it",
            run: ({ name }) => context.api.send("PUT", ["snapshots", name.trim()], file.files[0]),
        });
        if (!made) return;
        done();
        return "Snapshot " + made.name + " has " + counted(made.messages, "message");
    });
}

function snapshotRow(context, { name }, done) {
    const at = el("span", {});
    const size = el("span", {});
    const numbers = COUNTED.map(() => el("span", {}));
    const buttons = [
        restore(context, name, done),
        fork(context, name),
        download(context, name),
        drop(context, name, done),
    ];
    return row(
        [
            named(name),
            cell("tight", at),
            ...numbers.map((node) => cell("number tight", node)),
            cell("number tight", size),
            cell("tight", el("div", { class: "buttons" }, buttons)),
        ],
        (snapshot) => {
            renew(at, snapshot.atMs, () => instant(context.time, snapshot.atMs));
            numbers.forEach((node, i) => tell(node, number(snapshot[COUNTED[i]])));
            renew(size, snapshot.bytes, () => bytes(snapshot.bytes));
        },
    );
}

function restore(context, name, done) {
    const confirm = {
        title: "Restore " + name + "?",
        action: "Restore it",
        danger: true,
        content: el(
            "p",
            {},
            "Queues, topics, messages and the clock go back to where they stood. What has happened since is lost, " +
                "unless a snapshot has it; receives that wait are ended.",
        ),
    };
    return button(
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
        { aria: "Restore " + name + "…", confirm },
    );
}

function drop(context, name, done) {
    const confirm = {
        title: "Drop the snapshot " + name + "?",
        content: "",
        action: "Drop it",
        danger: true,
    };
    return button(
        "Drop…",
        async () => {
            await context.api.delete(["snapshots", name]);
            done();
            return "Snapshot " + name + " is dropped";
        },
        { kind: "danger", aria: "Drop " + name + "…", confirm },
    );
}

function fork(context, name) {
    return button(
        "Fork…",
        async () => {
            const made = await ask({
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
                run: (given) =>
                    context.api.post("namespaces", { from: name, name: given.name.trim() || undefined }),
            });
            return made && "Namespace " + made.namespace + " is there, with the secret id " + made.secretId;
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
