/* main.js - the page's frame: the address selects a namespace and a view (route.js), the namespace is followed live
 * (live.js), and what is heard is handed to the view. view.js has the contract of views, views.js lists them. */

import { api } from "./api.js";
import { chooser } from "./chooser.js";
import { clockbar } from "./clockbar.js";
import { button, tellError, trouble } from "./controls.js";
import { el, put } from "./dom.js";
import { renew } from "./listing.js";
import { live } from "./live.js";
import { moves } from "./moves.js";
import { named, plain } from "./names.js";
import { propose } from "./preview.js";
import { format, parse } from "./route.js";
import { shortcuts } from "./shortcuts.js";
import { virtualTime } from "./time.js";
import { say } from "./toast.js";
import { askToken, askTokenAgain } from "./token.js";
import { VIEWS } from "./views.js";

const GAP_MS = 250; /* between two updates of a view */
const PATIENCE_MS = 1500; /* a view waits so long for the clock, which it reckons by */
const PAST = 2000; /* events and requests that are remembered, each */

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const notes = document.getElementById("notes");

/* What belongs to the namespace that is shown: { known, namespace, time, moves, past, bar, chooser, end() }. known: resolves
 * when the clock is told, or after a while. */
let world = null;
/* What is in <main>: { ends, view }, an AbortController and what mount() gave, null until it has. */
let shown = null;

/* What is heard between two updates adds up. */
function collector(deliver) {
    let sum = null;
    let timer = 0;
    const flush = () => {
        timer = 0;
        if (sum === null || document.hidden) return;
        const told = sum;
        sum = null;
        deliver(told);
        timer = setTimeout(flush, GAP_MS);
    };
    const visible = () => timer || flush();
    document.addEventListener("visibilitychange", visible);
    return {
        add({ clock, fired = [], requests = [], changed = {}, reload }) {
            sum ??= {};
            if (clock) sum.clock = clock;
            if (fired.length > 0) sum.fired = [...(sum.fired ?? []), ...fired].slice(-PAST);
            if (requests.length > 0) sum.requests = [...(sum.requests ?? []), ...requests].slice(-PAST);
            for (const [sort, is] of Object.entries(changed)) if (is) sum[sort] = true;
            if (reload) sum.all = true;
            timer ||= setTimeout(flush, 0);
        },
        end() {
            clearTimeout(timer);
            document.removeEventListener("visibilitychange", visible);
        },
    };
}

function remember(list, more) {
    list.push(...more);
    if (list.length > PAST) list.splice(0, list.length - PAST);
}

/* What stands above every view while the connection is not as it should be. */
const NOTES = {
    gone: (namespace) => [
        "There is no namespace ",
        named(namespace),
        ". ",
        el("a", { href: "#/default/overview" }, "Show default"),
        " or ",
        el("a", { href: "#/default/namespaces" }, "all namespaces"),
        ".",
    ],
    lost: () => ["The emulator cannot be reached. This page tries again, and shows what it knows meanwhile."],
    refused: () => [
        "The emulator wants the token of --admin-token. ",
        button("Enter it", () => {
            askTokenAgain();
            askToken().then((given) => given && location.reload());
        }),
    ],
};

function note(namespace, state) {
    renew(
        notes,
        namespace + " " + state,
        () => NOTES[state] && el("div", { class: "trouble" }, NOTES[state](namespace)),
    );
}

/* Whether there is a namespace of this name. */
async function exists(namespace, options) {
    const home = api("default", { ask: askToken });
    for (let offset = 0; offset !== undefined;) {
        const { namespaces, next } = await home.get("namespaces", { offset }, options);
        if (namespaces.some((one) => one.namespace === namespace)) return true;
        offset = next;
    }
    return false;
}

/* Follow a namespace. */
function enter(namespace) {
    const calls = api(namespace, { ask: askToken });
    const time = virtualTime();
    const past = { fired: [], requests: [], unlisted: 0, changes: 0 };
    const heard = collector((changed) => shown?.view?.update(changed));
    let streams = false;
    const moving = moves(calls, (answer) => {
        time.set(answer);
        if (!streams && answer.fired > 0)
            hear({ fired: answer.events, unlisted: answer.fired - answer.events.length });
    });
    const bar = clockbar(
        document.getElementById("clock"),
        { api: calls, time, moves: moving },
        { help: () => keys.help() },
    );
    function hear(told) {
        if (told.reload) past.fired.length = past.requests.length = past.unlisted = 0;
        past.unlisted += told.unlisted ?? 0;
        remember(past.fired, told.fired ?? []);
        remember(past.requests, told.requests ?? []);
        if (told.reload || told.fired?.length > 0 || told.requests?.length > 0) past.changes++;
        if (told.clock) time.set(told.clock);
        heard.add(told);
    }
    const end = live(calls, {
        heard: hear,
        state(state) {
            streams = state === "live";
            bar.state(state);
            note(namespace, state);
            if (state === "gone") {
                leave();
                put(main);
            } else if (shown === null && (state === "live" || state === "poll")) show();
        },
        exists: (options) => exists(namespace, options),
        restarted: () => say("The emulator has been started anew. This is what it knows now.", "plain", true),
    });
    const known = new Promise((done) => {
        const end = time.listen(() => done(end()));
        setTimeout(done, PATIENCE_MS);
    });
    world = {
        known,
        namespace,
        time,
        past,
        moves: moving,
        bar,
        chooser: chooser(document.getElementById("namespace"), {
            api: calls,
            namespace,
            all: format({ namespace, view: "namespaces" }),
            href: (other) => format({ namespace: other, view: parse(location.hash).view }),
        }),
        end() {
            end();
            heard.end();
            bar.end();
        },
    };
}

function navigation(row, namespace) {
    put(
        nav,
        el(
            "ul",
            {},
            VIEWS.filter((view) => view.title).map((view) =>
                el(
                    "li",
                    {},
                    el(
                        "a",
                        {
                            href: format({ namespace, view: view.name }),
                            "aria-current": view.name === (row.under ?? row.name) ? "page" : null,
                        },
                        view.title,
                    ),
                ),
            ),
        ),
    );
    /* where there is little room it scrolls */
    const current = nav.querySelector("[aria-current]");
    nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
}

function context(route, ends) {
    const { namespace } = route;
    const made = {
        namespace,
        api: api(namespace, { ask: askToken, signal: ends.signal }),
        time: world.time,
        past: world.past,
        moves: world.moves,
        signal: ends.signal,
        href: (view, path, query) => format({ namespace, view, path, query }),
        go: (view, path, query) => {
            location.hash = format({ namespace, view, path, query });
        },
        query: (query) => history.replaceState(null, "", format({ ...route, query })),
        title,
        preview: (toMs) => propose(made, toMs).catch(tellError),
    };
    return made;
}

function title(text) {
    document.title = plain(text) + " · " + plain(world.namespace) + " · CMQ emulator";
}

function leave() {
    shown?.ends.abort();
    shown = null;
}

async function show() {
    const route = parse(location.hash);
    const row = VIEWS.find((view) => view.name === route.view) ?? VIEWS[0];
    const first = shown === null;
    leave();
    if (world?.namespace !== route.namespace) {
        world?.end();
        enter(route.namespace);
    }
    navigation(row, route.namespace);
    put(main);
    const ends = new AbortController();
    shown = { ends, view: null };
    let module;
    try {
        [module] = await Promise.all([row.load(), world.known]);
    } catch (error) {
        if (!ends.signal.aborted)
            put(
                main,
                trouble(error, () => location.reload()),
            );
        return;
    }
    if (ends.signal.aborted) return;
    title(module.title);
    shown.view = module.mount(main, { path: route.path, query: route.query }, context(route, ends));
    if (!first) {
        main.focus({ preventScroll: true });
        scrollTo(0, 0);
    }
}

/* Its target is no address of a view. */
document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
});

const keys = shortcuts(
    [
        { key: "f", label: "freeze, or let time run on", run: () => world.bar.keys.freeze() },
        { key: "a", label: "advance by …", run: () => world.bar.keys.advance() },
        { key: "s", label: "step to the next event", run: () => world.bar.keys.step() },
        { key: "u", label: "run until …", run: () => world.bar.keys.until() },
        { key: "w", label: "automatic clock: jump while all wait", run: () => world.bar.keys.auto() },
        {
            key: "t",
            label: "the time line",
            run: () => {
                if (shown?.view?.focus) shown.view.focus();
                else location.hash = format({ namespace: world.namespace, view: "overview" });
            },
        },
        { key: "n", label: "another namespace", run: () => world.chooser.open() },
        ...VIEWS.filter((view) => view.title)
            .slice(0, 9)
            .map((view, i) => ({
                key: String(i + 1),
                label: view.title,
                run: () => {
                    location.hash = format({ namespace: world.namespace, view: view.name });
                },
            })),
    ],
    [
        [["←", "→", "Home", "End"], "on the time line: from one event to the other"],
        [["Enter"], "on the time line: open what is there, and propose to advance to it"],
        [["Esc"], "give up what is proposed"],
    ],
);

addEventListener("hashchange", show);
show();
