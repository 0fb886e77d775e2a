/* clockbar.js - the clock on top of the page: what time it is in the namespace, and the buttons that move it. */

import { button } from "./controls.js";
import { el, put, tell } from "./dom.js";
import { menu } from "./menu.js";
import { clockTime, day, duration, exactly, ticks } from "./time.js";
import { askUntil } from "./until.js";
import { counted } from "./words.js";

const QUICK_MS = [1000, 60000, 3600000, 86400000];

/* A mode, the call that brings it about, and what it means. */
const MODES = [
    ["real", "resume", "Real", "Time runs"],
    ["frozen", "freeze", "Frozen", "Time stands until it is moved"],
    ["auto", "auto", "Auto", "Time stands, and jumps to the next event when all that clients do is wait"],
];

const STATES = {
    live: ["live", "What happens is shown as it happens"],
    poll: ["polled", "The emulator is asked every second"],
    lost: ["not connected", "The emulator cannot be reached; trying again"],
    refused: ["no token", "The emulator wants the token of --admin-token"],
    gone: ["gone", "There is no such namespace"],
};

/* The time of the clock, ticking; more digits while it stands, since then they can be read. */
function face(time) {
    const hours = el("span", { class: "face-time" });
    const date = el("span", { class: "face-day" });
    const offset = el("span", { class: "face-offset" });
    return ticks(
        el(
            "div",
            { class: "face", role: "timer", "aria-label": "Virtual time", "aria-live": "off" },
            hours,
            date,
            offset,
        ),
        () => {
            if (!time.known) return;
            const now = time.nowMs();
            const ahead = time.aheadMs();
            tell(hours, clockTime(now, !time.runs));
            tell(date, day(now) + " UTC");
            tell(offset, Math.abs(ahead) < 1000 ? "" : duration(ahead) + (ahead > 0 ? " ahead" : " behind"));
            offset.title = "of the wall clock";
        },
    );
}

/* world: { api, time, moves }; help() shows the shortcuts. Returns { keys, state(name), end() }: keys are what the shortcuts
 * run, and name is one of STATES. */
export function clockbar(container, world, { help }) {
    const { api, time, moves } = world;
    const holds = []; /* numbers of holds that this page has, and can give back */
    const attempt = (what, args) => moves.attempt(what, args);

    const modes = MODES.map(([mode, call, label, title]) => {
        const node = button(label, () => attempt(call), { title });
        return { mode, node };
    });
    const by = el("input", {
        class: "by",
        value: "1m",
        "aria-label": "Advance by",
        title: "A duration such as 90s, 1h30m or 250ms",
        size: 7,
        autocomplete: "off",
        spellcheck: "false",
    });
    const advance = el(
        "form",
        {
            class: "advance",
            onsubmit: (event) => {
                event.preventDefault();
                attempt("advance", { by: by.value.replace(/\s+/g, "") });
            },
        },
        by,
        el("button", { type: "submit", class: "primary" }, "Advance"),
    );
    const quick = el(
        "div",
        { class: "quick", role: "group", "aria-label": "Advance by" },
        QUICK_MS.map((ms) =>
            button("+" + exactly(ms), () => attempt("advance", { by: exactly(ms) }), {
                kind: "quiet",
                title: "Advance by " + duration(ms),
            }),
        ),
    );
    const step = button("Step", () => attempt("step"), { title: "To the next event, and through it" });
    const until = button("Run until …", runUntil);
    const stop = el(
        "button",
        { type: "button", class: "danger", hidden: true, onclick: () => moves.stop() },
        "Stop",
    );
    const state = el("span", { class: "state", role: "status" });
    const facts = el("span", { class: "clock-facts" });

    async function runUntil() {
        const { queues } = await api.get("queues", { limit: 200 });
        await askUntil(
            queues.map(({ queueName }) => queueName),
            (args) => moves.move("run", args),
        );
    }

    async function hold() {
        holds.push((await api.post("clock/holds")).hold);
        show();
    }

    async function release() {
        try {
            await api.delete(["clock", "holds", String(holds.pop())]);
        } catch (error) {
            if (error.status !== 404) throw error; /* a reset has forgotten it */
        }
        show();
    }

    const more = menu(
        "More",
        (box) =>
            put(
                box,
                el(
                    "div",
                    { class: "menu-list" },
                    item("Back to the wall clock", () => attempt("reset")),
                    item("Step through 10 events", () => attempt("step", { events: 10 })),
                    item("Step through 100 events", () => attempt("step", { events: 100 })),
                    item(
                        holds.length > 0 ? "Hold an automatic clock once more" : "Hold an automatic clock",
                        hold,
                    ),
                    holds.length > 0 && item("Give back a hold (" + holds.length + " of this page)", release),
                    item("Keyboard shortcuts", help),
                ),
            ),
        { name: "More of the clock" },
    );

    function item(label, run) {
        return button(
            label,
            async () => {
                more.close();
                await run();
            },
            { kind: "quiet" },
        );
    }

    put(
        container,
        face(time),
        el(
            "div",
            { class: "modes", role: "group", "aria-label": "Mode of the clock" },
            modes.map(({ node }) => node),
        ),
        el("div", { class: "movers" }, step, advance, quick, until, more.nodes, stop),
        el("div", { class: "clock-foot" }, facts, state),
    );

    const show = () => {
        const clock = time.clock;
        for (const { mode, node } of modes) node.setAttribute("aria-pressed", String(clock?.mode === mode));
        if (clock)
            tell(
                facts,
                [
                    counted(clock.pendingEvents, "pending event"),
                    clock.parkedPolls > 0 && counted(clock.parkedPolls, "parked poll"),
                    clock.pushesInFlight > 0 &&
                        counted(clock.pushesInFlight, "push", "pushes") + " in flight",
                    holds.length > 0 && counted(holds.length, "hold"),
                ]
                    .filter(Boolean)
                    .join(" · "),
            );
    };
    const ends = [
        time.listen(show),
        moves.listen((running) => {
            stop.hidden = !running;
            container.classList.toggle("moving", running);
        }),
    ];
    show();
    return {
        keys: {
            freeze: () => attempt(time.runs ? "freeze" : "resume"),
            auto: () => attempt("auto"),
            step: () => attempt("step"),
            until: () => until.click(),
            advance: () => {
                by.focus();
                by.select();
            },
        },
        state(name) {
            const [label, title] = STATES[name];
            tell(state, label);
            state.title = title;
            state.dataset.state = name;
        },
        end: () => ends.forEach((end) => end()),
    };
}
