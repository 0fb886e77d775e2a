/* timeline.js - the agenda as a line that is looked at and pulled: what has fired, faded; now; what will fire, each kind in
 * a lane of its own. Whoever points at an instant to come, by mouse, finger or keys, is told what would fire until
 * then, and can agree to it.
 *
 * The emulator counts what is pending between edges, which are set some pixels apart, so a million events cost the page
 * no more than a hundred. Few are fetched one by one. */

import { pending } from "./agenda.js";
import { trouble } from "./controls.js";
import { el, keyed, put, svg, tell } from "./dom.js";
import { eventLine, failed, happened, requestLine, undelivered } from "./events.js";
import { KINDS, kindOf, mark as picture } from "./kinds.js";
import { dueBy, marksOf, marksOfClusters, middle } from "./marks.js";
import { foresee, label as previewLabel, told as previewTold } from "./preview.js";
import { refresher } from "./refresh.js";
import { bentScale, edges, evenScale, nice, round, ticks } from "./scale.js";
import { clockTime, day, duration, stamp, ticks as ticking } from "./time.js";
import { counted, inWords, number, short } from "./words.js";

const DAY_MS = 86400000;
const LEAST_AHEAD_MS = 15 * DAY_MS; /* what the scale of all shows at the least: the longest retention */
const LEAST_PAST_MS = 60000;
const APART = 32; /* pixels from one mark of a lane to the next */
const TICKS_APART = 58;
const SNAP = 7; /* pixels within which the pointer means a mark */
const SINGLE = 250; /* up to so many events are fetched one by one */
const LISTED = 20;
const REDRAW_MS = 250; /* while time runs */
const RELOAD_MS = 1000;

/* What may be shown: all, bent; or so much from now on, even. A span is even, too, and stays where it is. */
const VIEWS = [
    ["all", "All"],
    [DAY_MS, "1 d"],
    [3600000, "1 h"],
    [600000, "10 m"],
    [60000, "1 m"],
];

/* context as in view.js. Returns { node, update(changed), focus() }. */
export function timeline(context) {
    const { time, past } = context;
    let view = { next: "all" }; /* or { next: ms }, or { from, to } */
    let width = 0;
    let scale = null;
    let agenda = { events: [], clusters: null, total: 0, lastMs: null };
    let marks = [];
    const seen = new Set(); /* kinds that have had a lane */
    let target = null; /* the instant that is pointed at */
    let opened = null; /* the mark whose panel is open */
    let current = null; /* key of the mark that has the one tab stop */
    let dragging = false;
    let loading = null; /* gives up the preview that is being loaded */
    let drawnAt = 0;
    let loadedAt = 0;
    let tookMs = 0;
    let soon = 0; /* the timer of loadSoon() */

    /* The parts */
    const axis = el("div", { class: "tl-axis", "aria-hidden": "true" });
    const grid = el("div", { class: "tl-grid", "aria-hidden": "true" });
    const lanes = el("div", { class: "tl-lanes" });
    const ahead = el("div", { class: "tl-ahead", "aria-hidden": "true", hidden: true });
    const grip = el(
        "button",
        {
            type: "button",
            class: "tl-grip",
            role: "slider",
            "aria-label": "Virtual time: choose an instant to advance to",
            "aria-orientation": "horizontal",
            onkeydown: gripKey,
        },
        svg(
            "svg",
            { viewBox: "0 0 12 12", "aria-hidden": "true" },
            svg("path", { d: "M1 2h10v5L6 11L1 7Z" }),
        ),
    );
    const now = el("div", { class: "tl-now" });
    const ghostLabel = el("span", { class: "tl-ghost-label" });
    const ghost = el("div", { class: "tl-ghost", "aria-hidden": "true", hidden: true }, ghostLabel);
    const area = el(
        "div",
        {
            class: "tl-area",
            onpointerdown: press,
            onpointermove: pull,
            onpointerup: release,
            onpointercancel: cancel,
            onkeydown: areaKey,
            onwheel: wheel,
        },
        grid,
        ahead,
        lanes,
        axis,
        now,
        ghost,
        grip,
    );
    const later = el("p", { class: "tl-later faint small" });
    const panel = el("div", {
        class: "tl-panel",
        role: "region",
        "aria-label": "What is chosen on the time line",
        hidden: true,
        onkeydown: panelKey,
    });
    const choices = VIEWS.map(([next, text]) => ({
        next,
        node: el("button", { type: "button", onclick: () => look({ next }) }, text),
    }));
    const spanText = el("span", { class: "small faint" });
    const pan = (part) =>
        el(
            "button",
            {
                type: "button",
                class: "quiet",
                "aria-label": part < 0 ? "Earlier" : "Later",
                onclick: () => shift(part),
            },
            part < 0 ? "‹" : "›",
        );
    const spanTools = el("span", { class: "row", hidden: true }, pan(-0.5), spanText, pan(0.5));
    const node = el(
        "section",
        { class: "card timeline", "aria-label": "Time line" },
        el(
            "div",
            { class: "head" },
            el("h2", {}, "Time line"),
            spanTools,
            el(
                "div",
                { class: "modes small", role: "group", "aria-label": "How much of the time line" },
                choices.map((choice) => choice.node),
            ),
            el(
                "span",
                { class: "row tl-zoom" },
                el(
                    "button",
                    {
                        type: "button",
                        class: "quiet",
                        "aria-label": "Show less, larger",
                        onclick: () => zoom(1 / 3),
                    },
                    "+",
                ),
                el(
                    "button",
                    {
                        type: "button",
                        class: "quiet",
                        "aria-label": "Show more, smaller",
                        onclick: () => zoom(3),
                    },
                    "−",
                ),
            ),
        ),
        el("div", { class: "tl-body" }, area),
        later,
        panel,
    );

    new ResizeObserver(() => {
        if (area.clientWidth !== width) {
            width = area.clientWidth;
            draw();
            load();
        }
    }).observe(area);

    /* What is shown */

    function makeScale() {
        const nowMs = time.nowMs();
        if (view.from !== undefined) return evenScale({ nowMs, from: view.from, to: view.to, width });
        if (view.next !== "all")
            return evenScale({ nowMs, from: nowMs - view.next / 5, to: nowMs + view.next, width });
        const oldest = Math.min(past.fired[0]?.atMs ?? nowMs, past.requests[0]?.atMs ?? nowMs);
        return bentScale({
            nowMs,
            width,
            nowX: width * (width < 600 ? 0.22 : 0.28),
            pastMs: nice(Math.max(LEAST_PAST_MS, 1.3 * (nowMs - oldest))),
            aheadMs: Math.max(LEAST_AHEAD_MS, agenda.lastMs ? nice(agenda.lastMs - nowMs) : 0),
        });
    }

    function look(other) {
        view = other;
        draw();
        load();
    }

    function shift(part) {
        const by = Math.round((view.to - view.from) * part);
        look({ from: view.from + by, to: view.to + by });
    }

    /* Show factor times as much, around the middle or the instant at. */
    function zoom(factor, at = null) {
        if (view.from === undefined) {
            const place = choices.findIndex((choice) => choice.next === view.next) + (factor < 1 ? 1 : -1);
            if (choices[place]) look({ next: choices[place].next });
            return;
        }
        const length = view.to - view.from;
        const wanted = Math.max(20, Math.round(length * factor));
        if (wanted > 100 * DAY_MS) return look({ next: "all" });
        const fixed = at ?? (view.from + view.to) / 2;
        const from = Math.round(fixed - ((fixed - view.from) * wanted) / length);
        look({ from, to: from + wanted });
    }

    function lookInto(mark) {
        const margin = Math.max(10, Math.ceil((mark.toMs - mark.fromMs) * 0.08));
        close();
        look({ from: mark.fromMs - margin, to: mark.toMs + margin });
    }

    const load = refresher(
        async () => {
            if (width === 0) return;
            const wanted = makeScale();
            const nowMs = time.nowMs();
            const begin = Math.max(wanted.from, Math.min(nowMs, time.clock?.nowMs ?? nowMs));
            const begun = performance.now();
            loadedAt = begun;
            if (begin >= wanted.to) {
                agenda = { ...agenda, events: [], clusters: null, total: 0 };
                return draw();
            }
            const answer = await pending(context.api, edges(wanted, begin, wanted.to, APART), {
                limit: SINGLE,
            });
            tookMs = performance.now() - begun;
            const all = answer.total <= answer.events.length;
            agenda = {
                events: all ? answer.events : [],
                clusters: all ? null : answer.clusters,
                total: answer.total,
                lastMs: answer.lastMs,
            };
            draw();
        },
        (error) => tell(later, inWords(error)),
    );

    /* The more it costs the emulator to count, the less often it does. */
    function loadSoon() {
        clearTimeout(soon);
        soon = setTimeout(load, Math.max(0, loadedAt + 20 * tookMs - performance.now()));
    }
    context.signal.addEventListener("abort", () => clearTimeout(soon));

    /* Drawing */

    function marksNow() {
        const { events, requests } = happened(past);
        const asked = requests.map((entry) => ({ atMs: entry.atMs, kind: "request", entry }));
        const coming = agenda.clusters
            ? marksOfClusters(agenda.clusters)
            : marksOf(agenda.events, scale, APART, false);
        return [
            ...marksOf(asked, scale, APART, true),
            ...marksOf(events, scale, APART, true),
            ...coming,
        ].sort((a, b) => middle(a) - middle(b));
    }

    function draw() {
        if (width === 0) return;
        drawnAt = performance.now();
        scale = makeScale();
        marks = marksNow();
        area.classList.toggle("glides", !time.runs); /* else they would glide all the time */
        for (const choice of choices)
            choice.node.setAttribute("aria-pressed", String(choice.next === view.next));
        spanTools.hidden = view.from === undefined;
        if (view.from !== undefined) tell(spanText, spanInWords());
        drawTicks();
        drawLanes();
        drawNow();
        drawTarget();
        tell(later, restInWords());
    }

    /* What the line does not show. */
    function restInWords() {
        const beyond = (time.clock?.pendingEvents ?? 0) - agenda.total;
        if (marks.length === 0 && beyond <= 0)
            return "Nothing is pending, and nothing has happened yet. What clients send appears here.";
        return [
            beyond > 0 && counted(beyond, "pending event") + " outside of what is shown",
            past.unlisted > 0 && number(past.unlisted) + " more happened than this page knows",
        ]
            .filter(Boolean)
            .join(" · ");
    }

    function spanInWords() {
        const fine = view.to - view.from < 10000;
        const today = day(view.from) === day(scale.nowMs);
        return (
            (today ? "" : day(view.from) + " ") +
            clockTime(view.from, fine) +
            " – " +
            clockTime(view.to, fine)
        );
    }

    function tickText({ ms, away }) {
        if (away === undefined)
            return ms % DAY_MS === 0 ? day(ms).slice(5) : clockTime(ms, scale.to - scale.from < 5000);
        return away === 0 ? "now" : (away > 0 ? "+" : "−") + duration(away, 1);
    }

    function drawTicks() {
        const list = ticks(scale, TICKS_APART);
        keyed(
            axis,
            list.map((tick) => [tick.away ?? tick.ms, () => el("span", { class: "tl-label" })]),
        );
        keyed(
            grid,
            list.map((tick) => [tick.away ?? tick.ms, () => el("span", { class: "tl-line" })]),
        );
        list.forEach((tick, i) => {
            const x = scale.x(tick.ms);
            tell(axis.children[i], tickText(tick));
            axis.children[i].hidden = x < 22 || x > width - 22;
            move(axis.children[i], x);
            move(grid.children[i], x);
        });
    }

    /* Put it there, to half a pixel; most do not move from one drawing to the next. */
    function move(element, x) {
        const place = Math.round(x * 2) / 2;
        if (element.place === place) return;
        element.place = place;
        element.style.setProperty("transform", "translateX(" + place + "px)");
    }

    function drawLanes() {
        const byKind = Map.groupBy(marks, (mark) => mark.kind);
        for (const kind of byKind.keys()) seen.add(kind);
        const wanted =
            view.from === undefined ? seen : byKind; /* lanes that come and go would move the others */
        const kinds = [...new Set([...Object.keys(KINDS), ...byKind.keys()])].filter((kind) =>
            wanted.has(kind),
        );
        if (!marks.some((mark) => mark.key === current))
            current = (marks.find((mark) => !mark.past) ?? marks.at(-1))?.key ?? null;
        const focused = lanes.contains(document.activeElement);
        keyed(
            lanes,
            kinds.map((kind) => [kind, () => lane(kind)]),
        );
        kinds.forEach((kind, i) => {
            const row = lanes.children[i].querySelector(".tl-marks");
            const there = byKind.get(kind) ?? [];
            keyed(
                row,
                there.map((mark) => [mark.key, () => markNode(mark), (child) => renew(child, mark)]),
            );
            there.forEach((mark, k) => move(row.children[k], scale.x(middle(mark))));
        });
        if (focused && !lanes.contains(document.activeElement)) find(current)?.focus(); /* it has fired */
    }

    function lane(kind) {
        const known = kindOf(kind);
        return el(
            "div",
            { class: "tl-lane tone-" + known.tone, role: "group", "aria-label": known.label },
            el("span", { class: "tl-name", "aria-hidden": "true" }, picture(known), known.label),
            el("div", { class: "tl-marks" }),
        );
    }

    function markNode(mark) {
        const child = el("button", {
            type: "button",
            class: "tl-mark",
            onclick: () => open(child.mark),
            ondblclick: () => child.mark.toMs > child.mark.fromMs && lookInto(child.mark),
            onfocus: () => stopAt(child.mark),
        });
        renew(child, mark);
        return child;
    }

    function stopAt(mark) {
        lanes.querySelector('.tl-mark[tabindex="0"]')?.setAttribute("tabindex", "-1");
        current = mark.key;
        find(mark.key)?.setAttribute("tabindex", "0");
    }

    function find(key) {
        return [...lanes.querySelectorAll(".tl-mark")].find((child) => child.mark.key === key);
    }

    function wrongs(mark) {
        if (!mark.past) return false;
        return mark.events.some((event) => (event.entry ? failed(event.entry) : undelivered(event)));
    }

    function renew(child, mark) {
        const before = child.mark;
        child.mark = mark;
        child.tabIndex = mark.key === current ? 0 : -1;
        child.classList.toggle("open", opened?.key === mark.key);
        if (before?.count === mark.count && before.toMs === mark.toMs) return;
        const known = kindOf(mark.kind);
        const wrong = wrongs(mark);
        child.classList.toggle("past", mark.past);
        child.classList.toggle("wrongs", wrong);
        child.classList.toggle("many", mark.count > 1);
        put(child, mark.count > 1 ? short(mark.count) : picture(known));
        const when =
            mark.fromMs === mark.toMs ? stamp(mark.fromMs) : stamp(mark.fromMs) + " to " + stamp(mark.toMs);
        const text =
            (mark.count > 1 ? number(mark.count) + " × " : "") +
            known.label +
            ", " +
            when +
            (wrong ? ", some failed" : "");
        child.setAttribute("aria-label", text);
        child.title = text;
    }

    function drawNow() {
        const x = scale.x(scale.nowMs);
        const seen = x >= 0 && x <= width;
        now.hidden = !seen;
        grip.hidden = !seen && target === null;
        ahead.hidden = x >= width;
        if (seen) move(now, x);
        ahead.style.setProperty("left", Math.max(0, x) + "px");
    }

    function drawTarget() {
        const chosen = target ?? scale.nowMs;
        move(grip, Math.min(width, Math.max(0, scale.x(chosen))));
        grip.setAttribute("aria-valuemin", "0");
        grip.setAttribute("aria-valuemax", String(Math.max(1, Math.round((scale.to - scale.nowMs) / 1000))));
        grip.setAttribute("aria-valuenow", String(Math.max(0, Math.round((chosen - scale.nowMs) / 1000))));
        ghost.hidden = target === null;
        if (target === null) {
            grip.setAttribute("aria-valuetext", "now");
            return;
        }
        const { count, sure } = dueBy(marks, target);
        const text =
            "+" + duration(target - scale.nowMs) + " · " + (sure ? "" : "about ") + counted(count, "event");
        tell(ghostLabel, text);
        grip.setAttribute("aria-valuetext", text + ", " + stamp(target));
        const x = scale.x(target);
        move(ghost, x);
        ghost.classList.toggle("left", x > width / 2);
        ghost.style.setProperty("--back", Math.max(0, x - Math.max(0, scale.x(scale.nowMs))) + "px");
    }

    /* Pointing */

    function at(event) {
        const x = event.clientX - area.getBoundingClientRect().left;
        const near = marks
            .filter((mark) => !mark.past && Math.abs(scale.x(mark.toMs) - x) <= SNAP)
            .sort((a, b) => Math.abs(scale.x(a.toMs) - x) - Math.abs(scale.x(b.toMs) - x))[0];
        return Math.max(scale.nowMs, near ? near.toMs : round(scale, scale.ms(x)));
    }

    function press(event) {
        if (event.button !== 0 || event.target.closest(".tl-mark")) return;
        dragging = true;
        grip.focus({ preventScroll: true }); /* so that Escape comes here */
        area.setPointerCapture(event.pointerId);
        if (!event.target.closest(".tl-grip")) pull(event);
    }

    function pull(event) {
        if (!dragging) return;
        const chosen = at(event);
        target = chosen > scale.nowMs ? chosen : null;
        area.classList.toggle("pulling", target !== null);
        drawTarget();
    }

    function release() {
        if (!dragging) return;
        dragging = false;
        area.classList.remove("pulling");
        if (target !== null) open(null);
        else close();
    }

    function cancel() {
        dragging = false;
        area.classList.remove("pulling");
        close();
    }

    function wheel(event) {
        if (!event.ctrlKey) /* which a pinch on a touchpad is, too; the page scrolls else */ return;
        event.preventDefault();
        const x = event.clientX - area.getBoundingClientRect().left;
        const fixed = scale.ms(x);
        if (view.from === undefined)
            view = scale.bent
                ? { from: scale.nowMs - 3600000, to: scale.nowMs + DAY_MS }
                : { from: scale.from, to: scale.to };
        zoom(event.deltaY < 0 ? 1 / 1.4 : 1.4, fixed);
    }

    /* Keys */

    function gripKey(event) {
        const instants = [...new Set(marks.filter((mark) => !mark.past).map((mark) => mark.toMs))].sort(
            (a, b) => a - b,
        );
        const lines = ticks(scale, TICKS_APART)
            .map((tick) => tick.ms)
            .sort((a, b) => a - b);
        const from = target ?? scale.nowMs;
        const behind = (list) => list.find((ms) => ms > from) ?? from;
        const before = (list) => list.findLast((ms) => ms < from && ms > scale.nowMs) ?? scale.nowMs;
        const to = {
            ArrowRight: () => behind(instants),
            ArrowUp: () => behind(instants),
            ArrowLeft: () => before(instants),
            ArrowDown: () => before(instants),
            PageUp: () => behind(lines),
            PageDown: () => before(lines),
            Home: () => scale.nowMs,
            End: () => instants.at(-1) ?? scale.nowMs,
        }[event.key];
        if (to) {
            event.preventDefault();
            const chosen = to();
            target = chosen > scale.nowMs ? chosen : null;
            drawTarget();
        } else if (event.key === "Enter" && target !== null) {
            event.preventDefault();
            open(null);
        }
    }

    function areaKey(event) {
        if (event.key === "Escape") {
            if (target !== null || opened || dragging) {
                event.preventDefault();
                cancel();
            }
            return;
        }
        const mark = event.target.closest(".tl-mark")?.mark;
        if (!mark) return;
        const i = marks.findIndex((one) => one.key === mark.key);
        const row = event.target.closest(".tl-lane");
        const step = {
            ArrowRight: () => marks[i + 1],
            ArrowLeft: () => marks[i - 1],
            Home: () => marks[0],
            End: () => marks.at(-1),
            ArrowDown: () => nearest(row.nextElementSibling, mark),
            ArrowUp: () => nearest(row.previousElementSibling, mark),
        }[event.key];
        if (!step) return;
        event.preventDefault();
        const other = step();
        if (other) find(other.key)?.focus();
    }

    function nearest(row, mark) {
        const there = [...(row?.querySelectorAll(".tl-mark") ?? [])].map((child) => child.mark);
        return there.sort(
            (a, b) => Math.abs(middle(a) - middle(mark)) - Math.abs(middle(b) - middle(mark)),
        )[0];
    }

    function panelKey(event) {
        if (event.key === "Escape") {
            event.preventDefault();
            close();
        }
    }

    /* The panel: what is at a mark, and what would fire until there */

    function close() {
        const back = panel.contains(document.activeElement) ? (opened ? find(opened.key) : grip) : null;
        loading?.abort();
        target = opened = null;
        panel.hidden = true;
        put(panel);
        draw();
        back?.focus();
    }

    async function open(mark) {
        loading?.abort();
        loading = new AbortController();
        const signal = AbortSignal.any([loading.signal, context.signal]);
        opened = mark;
        if (mark) target = mark.past ? null : Math.max(mark.toMs, scale.nowMs);
        draw();
        panel.hidden = false;
        const parts = el("div", { class: "tl-parts" });
        put(
            panel,
            parts,
            el(
                "button",
                { type: "button", class: "quiet tl-close", "aria-label": "Close", onclick: close },
                "×",
            ),
        );
        try {
            const here = mark && (await listed(mark, signal));
            const foreseen = target === null ? null : await foresee(context, target, signal);
            put(parts, here && hereNodes(mark, here), foreseen && foreseenNodes(foreseen));
            (parts.querySelector("button.primary") ?? panel.querySelector(".tl-close")).focus({
                preventScroll: false,
            });
        } catch (error) {
            if (!signal.aborted)
                put(
                    parts,
                    trouble(error, () => open(mark)),
                );
        }
    }

    /* The first events of a mark. */
    async function listed(mark, signal) {
        if (mark.events) return mark.events.slice(0, LISTED);
        const { events } = await pending(
            context.api,
            [mark.fromMs, mark.toMs + 1],
            { kind: mark.kind, limit: LISTED },
            { signal },
        );
        return events;
    }

    function hereNodes(mark, events) {
        const left = mark.count - events.length;
        return el(
            "div",
            { class: "stack" },
            el("h3", {}, (mark.count > 1 ? number(mark.count) + " × " : "") + kindOf(mark.kind).label),
            el(
                "ol",
                { class: "lines" },
                events.map((event) =>
                    event.entry ? requestLine(context, event.entry) : eventLine(context, event, !mark.past),
                ),
            ),
            left > 0 && el("p", { class: "faint small" }, "and " + number(left) + " more"),
            mark.toMs > mark.fromMs &&
                el(
                    "div",
                    { class: "buttons" },
                    el("button", { type: "button", onclick: () => lookInto(mark) }, "Look closer"),
                ),
        );
    }

    function foreseenNodes(foreseen) {
        const agree = el(
            "button",
            { type: "button", class: "primary", onclick: () => advance(foreseen.toMs) },
            previewLabel(context, foreseen),
        );
        return el(
            "div",
            { class: "stack" },
            el("h3", {}, "Advance there"),
            el("div", {}, previewTold(context, foreseen)),
            el(
                "div",
                { class: "buttons" },
                agree,
                el("button", { type: "button", onclick: close }, "Cancel"),
            ),
        );
    }

    async function advance(toMs) {
        const answer = await context.moves.attempt("advance", { to: toMs });
        if (answer) {
            if (view.from !== undefined && (toMs < view.from || toMs > view.to)) view = { next: "all" };
            close();
            load();
        }
    }

    ticking(node, () => {
        const at = performance.now();
        if (!time.runs || dragging) return;
        if (at - drawnAt >= REDRAW_MS) draw();
        if (agenda.total > 0 && at - loadedAt >= Math.max(RELOAD_MS, 20 * tookMs)) load();
    });

    return {
        node,
        update(changed) {
            draw();
            if (changed.clock || changed.fired || changed.queues || changed.topics || changed.all) loadSoon();
        },
        focus: () => grip.focus(),
    };
}
