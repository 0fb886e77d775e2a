// The time line: what it shows of the agenda, and time pulled along it, by mouse, by finger and by keys.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./expect");
const { build } = require("./scenario");

const MANY = 3200;

let made = 0;

async function shown({ emulator, open }, settings) {
  const world = await build(emulator, `line-${++made}`);
  return opened(world, await open(`${world.name}/overview`, settings));
}

async function opened(world, page) {
  const line = page.getByRole("region", { name: "Time line" });
  const grip = line.getByRole("slider");
  await line
    .getByRole("button", { name: /^delay ends|× delay ends/ })
    .first()
    .waitFor();
  const now = async () => (await world.get("clock")).nowMs;
  const coming = async (kind) => (await world.get(`clock/agenda?kind=${kind}`)).events;
  return { world, page, line, grip, now, coming, panel: line.getByRole("region") };
}

const middle = async (locator) => {
  const { x, y, width, height } = await locator.boundingBox();
  return { x: x + width / 2, y: y + height / 2 };
};

// Take the grip, and pull it to a mark; the button is still held.
async function pull(page, grip, mark) {
  const [from, to] = [await middle(grip), await middle(mark)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, to.y, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
}

const returns = (line) =>
  line.getByRole("group", { name: "returns" }).locator(".tl-mark:not(.past)");

exports.tests = {
  "each kind of event has its lane, and each event its mark": async (course) => {
    const { line, coming, world } = await shown(course);
    for (const [kind, name] of [
      ["delayed", "delay ends"],
      ["visible", "returns"],
      ["push", "push"],
      ["poll-timeout", "poll ends"],
      ["expired", "expires"],
    ]) {
      const events = await coming(kind);
      const marks = line.getByRole("group", { name, exact: true }).locator(".tl-mark:not(.past)");
      await until(`${events.length} of ${name}`, async () => {
        const names = await marks.evaluateAll((all) =>
          all.map((mark) => mark.getAttribute("aria-label")),
        );
        const count = names.reduce(
          (sum, text) => sum + Number(/^([\d,.\s]+) × /.exec(text)?.[1] ?? 1),
          0,
        );
        return count === events.length;
      });
    }
    assert.ok((await world.get("clock")).pendingEvents > 10);
  },

  "what has happened is to the left of now, faded, and only told": async (course) => {
    const { line, world, panel, now, coming, page } = await shown(course);
    const lane = (name) => line.getByRole("group", { name, exact: true });
    const past = (name) => lane(name).locator(".tl-mark.past");
    const x = async (locator) => (await middle(locator)).x;
    const begin = await now();
    // the pushes: nine that failed, and one to a queue, which lies upon the first
    const failed = lane("push").locator(".tl-mark.past.wrongs");
    const counts = (texts) =>
      texts.reduce((sum, text) => sum + Number(/^([\d,.]+) × /.exec(text)?.[1] ?? 1), 0);
    await until("all of them are there", async () => {
      const names = await failed.evaluateAll((all) =>
        all.map((mark) => mark.getAttribute("aria-label")),
      );
      return counts(names) === 10;
    });
    await failed.last().click();
    await panel
      .getByText(/attempt \d: failed/)
      .first()
      .waitFor();
    assert.equal(await panel.getByRole("button", { name: /^Advance/ }).count(), 0);
    assert.ok((await x(failed.last())) < (await x(line.locator(".tl-now"))));
    await panel.getByRole("button", { name: "Close" }).click();
    // what was to come has come
    const before = await past("poll ends").count();
    const [{ atMs }] = await coming("poll-timeout");
    const ahead = lane("poll ends").locator(".tl-mark:not(.past)");
    assert.ok((await x(ahead)) > (await x(line.locator(".tl-now"))));
    const opacity = (mark) =>
      mark.locator(".mark").evaluate((node) => getComputedStyle(node).opacity);
    assert.equal(await opacity(ahead), "1");
    await world.admin("POST", "clock/step");
    assert.equal(await now(), atMs);
    await until("it is past", async () => (await past("poll ends").count()) > before);
    await until("it is not ahead", async () => (await ahead.count()) === 0);
    assert.ok(Number(await opacity(past("poll ends"))) < 1);
    // a request leads to its entry
    await past("request").last().click();
    await panel
      .getByRole("link", { name: /Message$/ })
      .first()
      .click();
    await page.getByRole("heading", { level: 1, name: "Journal" }).waitFor();
    await page.locator("tr.opened").waitFor();
    assert.ok(begin < atMs);
  },

  "pulled by the mouse: what would fire is told before, and then does": async (course) => {
    const { page, line, grip, now, coming, panel, world } = await shown(course);
    const [{ atMs }] = await coming("visible");
    const begin = await now();
    const due = (await world.get(`clock/agenda?to=${atMs}`)).total;
    await pull(page, grip, returns(line));
    await line.getByText(`· ${due} events`).first().waitFor();
    assert.equal(await now(), begin);
    await page.mouse.up();
    await panel.getByText(`${due} events due until then`).waitFor();
    assert.equal(await now(), begin, "nothing moves before it is agreed to");
    await panel.getByRole("button", { name: new RegExp(`^Advance by 25s: fires ${due}$`) }).click();
    await until("it is there", async () => (await now()) === atMs);
    await page.locator("#toasts").getByText(`${due} events fired`).waitFor();
    await until("the panel is closed", async () => !(await panel.count()));
    assert.equal((await coming("visible")).length, 0);
  },

  "pulled, and given up: by Escape, by Cancel, by going back": async (course) => {
    const { page, line, grip, now, panel } = await shown(course);
    const begin = await now();
    await pull(page, grip, returns(line));
    await page.keyboard.press("Escape");
    await page.mouse.up();
    assert.equal(await panel.count(), 0);
    await pull(page, grip, returns(line));
    await page.mouse.up();
    await panel.getByRole("button", { name: "Cancel" }).click();
    await until("it is closed", async () => !(await panel.count()));
    const start = await middle(grip);
    await pull(page, grip, returns(line));
    await page.mouse.move(start.x - 60, start.y, { steps: 4 });
    await page.mouse.up();
    assert.equal(await panel.count(), 0);
    assert.equal(await now(), begin);
  },

  "a click proposes to advance to where it is": async (course) => {
    const { page, line, now, panel } = await shown(course);
    const begin = await now();
    const box = await line.locator(".tl-area").boundingBox();
    await page.mouse.click(box.x + box.width * 0.8, box.y + box.height - 8);
    const agree = panel.getByRole("button", { name: /^Advance by .*: fires \d+$/ });
    const fires = Number(/fires (\d+)$/.exec(await agree.textContent())[1]);
    await agree.click();
    await until("time has moved", async () => (await now()) > begin);
    await page
      .locator("#toasts")
      .getByText(/events? fired/)
      .waitFor();
    assert.ok(fires > 0);
  },

  "a mark says what is there, and time goes to it": async (course) => {
    const { line, now, coming, panel, page } = await shown(course);
    const [push] = await coming("push");
    await line
      .getByRole("group", { name: "push", exact: true })
      .locator(".tl-mark:not(.past)")
      .click();
    await panel.getByText("billing").first().waitFor();
    await panel.getByText("attempt 10").first().waitFor();
    await page.keyboard.press("Enter"); // the button that agrees has the focus
    await until("the push was made", async () => (await now()) === push.atMs);
  },

  "by keys: along the events, there and back, agreed to and given up": async (course) => {
    const { page, grip, now, world, panel } = await shown(course);
    const begin = await now();
    const { events } = await world.get("clock/agenda");
    const instants = [...new Set(events.map(({ atMs }) => atMs))];
    const said = async (ms) => {
      const stamp = new Date(ms).toISOString().slice(11, 23);
      await until(`it says ${stamp}`, async () =>
        (await grip.getAttribute("aria-valuetext")).includes(stamp),
      );
    };
    await grip.focus();
    assert.equal(await grip.getAttribute("aria-valuetext"), "now");
    await page.keyboard.press("ArrowRight");
    await said(instants[0]);
    await page.keyboard.press("ArrowRight");
    await said(instants[1]);
    await page.keyboard.press("ArrowLeft");
    await said(instants[0]);
    await page.keyboard.press("Escape");
    await until(
      "it is now again",
      async () => (await grip.getAttribute("aria-valuetext")) === "now",
    );
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await panel.getByRole("button", { name: /^Advance by/ }).waitFor();
    await page.keyboard.press("Escape");
    await until("it is closed", async () => !(await panel.count()));
    assert.equal(await now(), begin);
    await grip.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await until("the button has the focus", () =>
      page.evaluate(() => /^Advance by/.test(document.activeElement.textContent)),
    );
    await page.keyboard.press("Enter");
    await until("time is there", async () => (await now()) === instants[1]);
  },

  "by keys: from mark to mark": async (course) => {
    const { page, line } = await shown(course);
    const focus = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    await line.locator('.tl-mark[tabindex="0"]').focus();
    assert.equal(await line.locator('.tl-mark[tabindex="0"]').count(), 1, "one stop for Tab");
    await page.keyboard.press("Home");
    const first = await focus();
    const seen = new Set([first]);
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("ArrowRight");
      seen.add(await focus());
    }
    const all = await line
      .locator(".tl-mark")
      .evaluateAll((marks) => marks.map((mark) => mark.getAttribute("aria-label")));
    assert.deepEqual(
      all.filter((name) => !seen.has(name)),
      [],
    );
    await page.keyboard.press("Home");
    assert.equal(await focus(), first);
    await page.keyboard.press("End");
    assert.equal(await focus(), all.filter((name) => seen.has(name)) && [...seen].at(-1));
    // from lane to lane, to what is nearest
    const lane = () =>
      page.evaluate(() =>
        document.activeElement.closest("[role=group]").getAttribute("aria-label"),
      );
    await line
      .getByRole("group", { name: "returns" })
      .locator(".tl-mark:not(.past)")
      .evaluate((mark) => mark.focus());
    await page.keyboard.press("ArrowDown");
    assert.equal(await lane(), "push");
    await page.keyboard.press("ArrowDown");
    assert.equal(await lane(), "poll ends");
    await page.keyboard.press("ArrowUp");
    assert.equal(await lane(), "push");
  },

  "by keys: by lines of the scale, to the end and back": async (course) => {
    const { page, grip, now, world } = await shown(course);
    const says = async () => (await grip.getAttribute("aria-valuetext")) ?? "";
    const begin = await now();
    await grip.focus();
    await page.keyboard.press("PageUp");
    await until("a line ahead", async () => (await says()) !== "now");
    const first = await says();
    await page.keyboard.press("PageUp");
    await until("the next one", async () => ![first, "now"].includes(await says()));
    await page.keyboard.press("PageDown");
    await until("back", async () => (await says()) === first);
    await page.keyboard.press("End");
    const { events } = await world.get("clock/agenda?limit=10000");
    const last = new Date(events.at(-1).atMs).toISOString().slice(0, 10);
    await until("the last event", async () => (await says()).includes(last));
    await page.keyboard.press("Home");
    await until("now", async () => (await says()) === "now");
    for (const [on, back] of [["ArrowUp", "ArrowDown"]]) {
      await page.keyboard.press(on);
      await until("the first event", async () => (await says()) !== "now");
      await page.keyboard.press(back);
      await until("now", async () => (await says()) === "now");
    }
    assert.equal(await now(), begin);
  },

  "by finger": async (course) => {
    const small = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
    const { page, line, grip, panel, now } = await shown(course, small);
    const begin = await now();
    const [from, to] = [await middle(grip), await middle(returns(line))];
    const finger = await page.context().newCDPSession(page);
    const touch = (type, at) =>
      finger.send("Input.dispatchTouchEvent", { type, touchPoints: at ? [at] : [] });
    await touch("touchStart", from);
    for (let i = 1; i <= 8; i++)
      await touch("touchMove", { x: from.x + ((to.x - from.x) * i) / 8, y: from.y });
    await touch("touchEnd");
    await panel.getByRole("button", { name: /^Advance by 25s/ }).click();
    await until("time has moved", async () => (await now()) === begin + 25000);
  },

  "a cluster opens": async ({ emulator, open }) => {
    const clock = { mode: "frozen", at: "2030-01-01T00:00:00Z" };
    const world = await emulator.namespace("cluster", { clock, queues: [{ queueName: "jobs" }] });
    for (let i = 0; i < MANY; i += 16) {
      const batch = {};
      for (let n = 0; n < 16; n++) batch[`msgBody.${n}`] = `${i + n}`;
      await world.cmq("BatchSendMessage", {
        queueName: "jobs",
        delaySeconds: 600 + (i % 64),
        ...batch,
      });
    }
    const { page, line, panel } = await opened(world, await open("cluster/overview"));
    const lane = line.getByRole("group", { name: "delay ends" }).getByRole("button");
    await until("one mark", async () => (await lane.count()) === 1);
    assert.match(await lane.getAttribute("aria-label"), /^3.200 × delay ends/);
    await lane.click();
    await panel.getByText(/and 3.180 more/).waitFor();
    // from span to span of the scale, until the events of one instant have a mark of their own
    const label = () => lane.first().getAttribute("aria-label");
    while (!(await label()).startsWith("800 ×")) {
      const before = await label();
      if (!(await panel.count())) await lane.first().click();
      await panel.getByRole("button", { name: "Look closer" }).click();
      await until("it has opened", async () => (await label()) !== before);
    }
    assert.match(await label(), /^800 × delay ends, 2030-01-01 00:10:00.000/);
    const first = await label();
    await line.getByRole("button", { name: "Later" }).click();
    await line.getByRole("button", { name: "Earlier" }).click();
    await until("it is back", async () => (await label()) === first);
    await line.getByRole("button", { name: "All", exact: true }).click();
    await until("one mark again", async () => (await lane.count()) === 1);
    await line.getByRole("button", { name: "1 m", exact: true }).click();
    await until("none within a minute", async () => (await lane.count()) === 0);
    await line.getByText(/outside of what is shown/).waitFor();
    assert.ok(await page.evaluate(() => document.querySelectorAll(".tl-mark").length < 200));
  },

  "larger and smaller, by buttons, by the wheel, by a double click": async (course) => {
    const { page, line, panel } = await shown(course);
    const chosen = async () => {
      const all = line.getByRole("group", { name: "How much of the time line" });
      return (await all.locator('[aria-pressed="true"]').allTextContents()).join();
    };
    const press = (name) => line.getByRole("button", { name, exact: true }).click();
    for (const [name, expected] of [
      ["Show less, larger", "1 d"],
      ["Show less, larger", "1 h"],
      ["Show more, smaller", "1 d"],
      ["Show more, smaller", "All"],
      ["Show more, smaller", "All"],
    ]) {
      await press(name);
      await until(`${expected} is shown`, async () => (await chosen()) === expected);
    }
    // a span of its own, which none of the choices is
    const span = line.locator(".head .row .faint");
    const delays = line.getByRole("group", { name: "delay ends" }).getByRole("button");
    await delays.first().dblclick();
    await until("none of them is shown", async () => (await chosen()) === "");
    await until("the two have marks of their own", async () => (await delays.count()) === 2);
    assert.equal(await panel.count(), 0);
    const first = await span.textContent();
    await press("Show more, smaller");
    await until("more is shown", async () => (await span.textContent()) !== first);
    const { x, y } = await middle(line.locator(".tl-area"));
    await page.mouse.move(x, y);
    const second = await span.textContent();
    await page.mouse.wheel(0, -120);
    assert.equal(await span.textContent(), second, "the wheel alone scrolls the page");
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    await until("the wheel zooms", async () => (await span.textContent()) !== second);
  },

  "what a mark stands for is closed by its button": async (course) => {
    const { line, panel, now } = await shown(course);
    const begin = await now();
    await returns(line).click();
    await panel.getByRole("button", { name: /^Advance by/ }).waitFor();
    await panel.getByRole("button", { name: "Close" }).click();
    await until("it is closed", async () => !(await panel.count()));
    assert.equal(await now(), begin);
  },
};
