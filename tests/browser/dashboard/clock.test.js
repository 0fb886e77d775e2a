// The clock on top of the page: each of its buttons, what it says, and time that others move.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./expect");

const AT = "2020-01-01T00:00:00Z";
const AT_MS = Date.parse(AT);

let made = 0;

// A namespace of its own with a queue, and a tab that shows it. Messages are delayed by so many seconds.
async function standing({ emulator, open }, mode = "frozen", ...delays) {
  const world = await emulator.namespace(`clock-${++made}`, { clock: { mode, at: AT } });
  await world.cmq("CreateQueue", { queueName: "jobs" });
  for (const delaySeconds of delays)
    await world.cmq("SendMessage", { queueName: "jobs", msgBody: "later", delaySeconds });
  const page = await open(`${world.name}/overview`);
  await page.getByRole("timer").getByText("2020-01-01").waitFor();
  const clock = page.getByRole("region", { name: "Clock" });
  return { world, page, clock, now: async () => (await world.get("clock")).nowMs - AT_MS };
}

const press = (where, name) => where.getByRole("button", { name, exact: true }).click();
const said = (page, text) => page.locator("#toasts").getByText(text).first().waitFor();
const arrives = (now, ms) => until(`time is ${ms}`, async () => (await now()) === ms);

exports.tests = {
  "freeze, automatic, and let time run": async (course) => {
    const { world, clock, now } = await standing(course, "real");
    const pressed = (name) =>
      clock.getByRole("button", { name, exact: true, pressed: true }).waitFor();
    await pressed("Real");
    for (const [name, mode] of [
      ["Frozen", "frozen"],
      ["Auto", "auto"],
      ["Real", "real"],
      ["Frozen", "frozen"],
    ]) {
      await press(clock, name);
      await pressed(name);
      assert.equal((await world.get("clock")).mode, mode);
    }
    assert.ok((await now()) < 60000);
  },

  "what is pressed before the last answer has come is done after it, or told": async (course) => {
    const { world, page, clock } = await standing(course, "real");
    const mode = async () => (await world.get("clock")).mode;
    let answer;
    const late = new Promise((resolve) => (answer = resolve));
    await page.route(/clock\/freeze/, async (route) => {
      const response = await route.fetch();
      await late;
      await route.fulfill({ response });
    });
    await press(clock, "Frozen");
    await clock.getByRole("button", { name: "Frozen", pressed: true }).waitFor(); // by the stream
    await press(clock, "Auto");
    answer();
    await until("it is automatic", async () => (await mode()) === "auto");
    await page.route(/clock\/step/, () => {}); // never answered
    await press(clock, "Step");
    await press(clock, "Frozen");
    await said(page, "Time is being moved already");
    assert.equal(await mode(), "auto");
    await press(clock, "Stop");
    await press(clock, "Frozen");
    await until("it is frozen", async () => (await mode()) === "frozen");
  },

  "a step goes to the next event, and says what fired": async (course) => {
    const { world, page, clock, now } = await standing(course, "frozen", 10, 20);
    const counted = async () => {
      const { pendingEvents } = await world.get("clock");
      await clock.getByText(`${pendingEvents} pending event`).waitFor();
      return pendingEvents;
    };
    const before = await counted();
    await press(clock, "Step");
    await said(page, /Time moved by 10 s: 1 event fired/);
    assert.equal(await now(), 10000);
    assert.equal(await counted(), before - 1);
    await press(clock, "Step");
    await said(page, /Time moved by 10 s/);
    await arrives(now, 20000);
    await page.getByRole("timer").getByText("00:00:20.000").waitFor();
  },

  "quick buttons, and a duration that is typed": async (course) => {
    const { page, clock, now } = await standing(course);
    let sum = 0;
    for (const [name, ms] of [
      ["+1s", 1000],
      ["+1m", 60000],
      ["+1h", 3600000],
      ["+1d", 86400000],
    ]) {
      await press(clock, name);
      await arrives(now, (sum += ms));
    }
    await clock.getByRole("textbox", { name: "Advance by" }).fill("1h 30m");
    await press(clock, "Advance");
    await arrives(now, sum + 5400000);
    await clock.getByRole("textbox", { name: "Advance by" }).fill("250ms");
    await page.keyboard.press("Enter");
    await arrives(now, sum + 5400250);
  },

  "a duration that is none is refused in words, and nothing moves": async (course) => {
    const { page, clock, now } = await standing(course);
    course.visitors[0].mayFail.push(/clock\/advance/);
    for (const text of ["soon", "-1s", "", "9999999999d", "<img src=x onerror=alert(1)>"]) {
      await clock.getByRole("textbox", { name: "Advance by" }).fill(text);
      await press(clock, "Advance");
      await page.locator("#toasts .wrong").first().waitFor();
      await page.locator("#toasts .wrong button").first().click();
    }
    assert.equal(await now(), 0);
  },

  "run until a condition holds": async (course) => {
    const { page, clock, now } = await standing(course, "frozen", 10, 20, 30);
    await press(clock, "Run until …");
    const dialog = page.getByRole("dialog", { name: "Run until …" });
    await dialog.getByLabel("Queue", { exact: true }).fill("jobs");
    await dialog.getByLabel("State").selectOption("active");
    await dialog.getByRole("spinbutton", { name: "Count" }).fill("2");
    await dialog.getByRole("button", { name: "Run" }).click();
    await said(page, /the condition holds/);
    await arrives(now, 20000);
    assert.equal(await page.getByRole("dialog").count(), 0);
  },

  "run until: each sort of condition": async (course) => {
    const { world, page, clock, now } = await standing(course, "frozen", 10, 20);
    course.visitors[0].mayFail.push(/clock\/run/);
    await world.cmq("CreateTopic", { topicName: "news" });
    await world.cmq("Subscribe", {
      topicName: "news",
      subscriptionName: "all",
      protocol: "queue",
      endpoint: "jobs",
    });
    const run = async (sort, fill, expected) => {
      await press(clock, "Run until …");
      const dialog = page.getByRole("dialog", { name: "Run until …" });
      await dialog.getByLabel(/^Until/).selectOption(sort);
      await fill(dialog);
      const before = await page.locator("#toasts .toast").count();
      await dialog.getByRole("button", { name: "Run" }).click();
      await until("the dialog is closed", async () => !(await page.getByRole("dialog").count()));
      await until(
        "it is told",
        async () => (await page.locator("#toasts .toast").count()) > before,
      );
      await said(page, expected);
      await page.locator("#toasts .toast button").last().click();
    };
    const count = (dialog) => dialog.getByRole("spinbutton", { name: "Count" });
    await run("polls", (dialog) => count(dialog).fill("0"), /stayed where it is.*condition holds/);
    await run(
      "subscription",
      async (dialog) => {
        await dialog.getByRole("textbox", { name: "Topic" }).fill("news");
        await dialog.getByRole("textbox", { name: "Subscription" }).fill("all");
        await dialog.getByLabel("Compared").selectOption("eq");
        await count(dialog).fill("0");
      },
      /stayed where it is.*condition holds/,
    );
    assert.equal(await now(), 0);
    const condition = '{"queue":"jobs","state":"active","count":{"ge":1}}';
    await run(
      "json",
      (dialog) => dialog.getByRole("textbox", { name: "Condition" }).fill(condition),
      /moved by 10 s.*the condition holds/,
    );
    await run(
      "polls",
      (dialog) => dialog.getByLabel("No further than").fill("5s"),
      /stopped: that was as far as it was to go/,
    );
    await run(
      "polls",
      (dialog) => dialog.getByLabel("At most so many events").fill("1"),
      /1 event fired.*so many events were the limit/,
    );
    await run("agenda", () => {}, /the condition holds/);
    assert.equal((await world.get("clock")).pendingEvents, 0);
    await press(clock, "Run until …");
    const dialog = page.getByRole("dialog", { name: "Run until …" });
    await dialog.getByLabel(/^Until/).selectOption("json");
    await dialog.getByRole("textbox", { name: "Condition" }).fill("{");
    await dialog.getByRole("button", { name: "Run" }).click();
    await dialog
      .getByRole("alert")
      .getByText(/^The condition is no JSON/)
      .waitFor();
    await page.keyboard.press("Escape");
  },

  "a condition that is wrong is told in the dialog, which stays": async (course) => {
    const { page, clock, now } = await standing(course, "frozen", 10);
    course.visitors[0].mayFail.push(/clock\/run/);
    await press(clock, "Run until …");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Queue", { exact: true }).fill("nosuch");
    await dialog.getByRole("button", { name: "Run" }).click();
    await dialog
      .getByRole("alert")
      .getByText(/nosuch/)
      .waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await now(), 0);
  },

  "holds, and back to the wall clock": async (course) => {
    const { world, page, clock } = await standing(course, "auto", 10);
    const more = async (name) => {
      await press(clock, "More");
      await page.getByRole("button", { name }).click();
    };
    await more("Hold an automatic clock");
    await until("time is held", async () => {
      const answer = await world.admin("POST", "clock/holds");
      await world.admin("DELETE", `clock/holds/${answer.hold}`);
      return answer.hold > 1;
    });
    await more(/Give back a hold/);
    await more("Step through 10 events");
    await said(page, /events fired \(.*delay ends/);
    await more("Back to the wall clock");
    await clock.getByRole("button", { name: "Real", pressed: true }).waitFor();
    const { mode, offsetMs } = await world.get("clock");
    assert.equal(mode, "real");
    assert.ok(Math.abs(offsetMs) < 1000);
  },

  "what others do to the clock is shown": async (course) => {
    const { world, page, clock } = await standing(course, "frozen", 10);
    await world.advance("90m");
    await page.getByRole("timer").getByText("01:30:00.000").waitFor();
    await world.admin("POST", "clock/resume");
    await clock.getByRole("button", { name: "Real", pressed: true }).waitFor();
    const first = await page.getByRole("timer").textContent();
    await until("it runs", async () => (await page.getByRole("timer").textContent()) !== first);
  },

  "single keys do the same, but not while one types": async (course) => {
    const { world, page, clock, now } = await standing(course, "frozen", 10);
    await page.keyboard.press("s");
    await arrives(now, 10000);
    await page.keyboard.press("a");
    await page.keyboard.type("fs5m"); // "f" and "s" are typed here
    await until(
      "it is typed",
      async () =>
        (await clock.getByRole("textbox", { name: "Advance by" }).inputValue()) === "fs5m",
    );
    assert.equal(await now(), 10000);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("f");
    await until("time runs", async () => (await world.get("clock")).mode === "real");
    await page.keyboard.press("?");
    await page
      .getByRole("dialog", { name: "Keyboard" })
      .getByText("step to the next event")
      .waitFor();
    await page.keyboard.press("Escape");
    await until("it is closed", async () => !(await page.getByRole("dialog").count()));
  },

  "single keys open what has more to say, and can be turned off": async (course) => {
    const { world, page, clock } = await standing(course, "frozen", 10);
    const mode = async () => (await world.get("clock")).mode;
    const closed = () =>
      until("it is closed", async () => !(await page.getByRole("dialog").count()));
    await page.keyboard.press("u");
    await page.getByRole("dialog", { name: "Run until …" }).waitFor();
    await page.keyboard.press("w"); // a dialog holds up everything else
    await page.keyboard.press("Escape");
    await closed();
    assert.equal(await mode(), "frozen");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("w");
    await clock.getByRole("button", { name: "Auto", exact: true, pressed: true }).waitFor();
    await page.keyboard.press("n");
    await page.getByRole("link", { name: "All namespaces" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "All namespaces" }).waitFor({ state: "hidden" });
    await page.keyboard.press("2");
    await page.getByRole("heading", { level: 1, name: "Queues" }).waitFor();
    await page.keyboard.press("t");
    await page.getByRole("region", { name: "Time line" }).waitFor();
    await page.keyboard.press("t");
    await until("the time line has the focus", () =>
      page.evaluate(() => document.activeElement.getAttribute("role") === "slider"),
    );
    const help = async () => {
      await press(clock, "More");
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
      return page.getByRole("dialog", { name: "Keyboard" });
    };
    await (await help()).getByLabel("Single keys do something").uncheck();
    await page.keyboard.press("Escape");
    await closed();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("f");
    await page.keyboard.press("?");
    assert.equal(await page.getByRole("dialog").count(), 0);
    assert.equal(await mode(), "auto");
    await page.reload(); // it is remembered
    await (await help()).getByLabel("Single keys do something").check();
    await page.keyboard.press("Escape");
    await closed();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("f");
    await clock.getByRole("button", { name: "Real", exact: true, pressed: true }).waitFor();
    await page.keyboard.press("f");
    await until("it is frozen", async () => (await mode()) === "frozen");
    await press(clock, "More");
    await page.getByRole("button", { name: "Step through 100 events" }).click();
    await said(page, /fired \(.*expires/);
    assert.equal((await world.get("clock")).pendingEvents, 0);
  },
};
