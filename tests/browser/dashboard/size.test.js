// Much of everything: a hundred thousand queues, a million messages, bodies of a megabyte. The page is
// quick, asks for pages of it, and tells the truth.
"use strict";

const assert = require("node:assert/strict");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { until } = require("./expect");

const QUEUES = 100000;
const MESSAGES = 10000;
const COPIES = 100; // of a million messages, by as many subscriptions
const QUICK_MS = 4000; // on a slow machine; what was measured is printed
const LONGEST_ANSWER = 1 << 20;
const LONGEST_TEXT = 200000; // of all that a view has in the document

const named = (i) => `q-${String(i).padStart(6, "0")}`;

// The program reads its queues from a file that is gone when it has started.
const folder = mkdtempSync(join(tmpdir(), "cmq-"));
const config = join(folder, "config.json");
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

async function prepare(emulator) {
  const world = await emulator.namespace("many", {
    clock: { mode: "frozen", at: "2030-01-01T00:00:00Z" },
    queues: [{ queueName: "full", maxMsgHeapNum: 1000000, maxMsgSize: 1048576 }],
  });
  for (let i = 0; i < MESSAGES; i += 16) {
    const batch = {};
    for (let n = 0; n < 16; n++) batch[`msgBody.${n}`] = `message ${i + n}`;
    await world.cmq("BatchSendMessage", { queueName: "full", ...batch });
  }
  return world;
}

// A queue with a million messages, by the shortest way: a topic that delivers each a hundred times.
async function million(emulator) {
  const world = await emulator.namespace("million", {
    clock: { mode: "frozen", at: "2030-01-01T00:00:00Z" },
    queues: [{ queueName: "full", maxMsgHeapNum: 1000000 }],
  });
  await world.cmq("CreateTopic", { topicName: "many" });
  for (let i = 0; i < COPIES; i++)
    await world.cmq("Subscribe", {
      topicName: "many",
      subscriptionName: `s${i}`,
      protocol: "queue",
      endpoint: "full",
      notifyContentFormat: "SIMPLIFIED",
    });
  for (let i = 0; i < 1e6 / COPIES; i += 16) {
    const batch = {};
    for (let n = 0; n < 16; n++) batch[`msgBody.${n}`] = `message ${i + n}`;
    await world.cmq("BatchPublishMessage", { topicName: "many", ...batch });
  }
  await world.advance("0s"); // all are delivered
  return world;
}

// How long from the navigation until there is a row, and how much was asked for meanwhile.
async function measured({ visitor, row }, place, text) {
  const someone = await visitor();
  let largest = 0;
  someone.context.on("response", async (answer) => {
    if (!answer.url().includes("/events"))
      largest = Math.max(largest, (await answer.body().catch(() => "")).length);
  });
  const begin = Date.now();
  const page = await someone.open(place);
  await page.locator("main").getByText(text, { exact: true }).first().waitFor();
  const ms = Date.now() - begin;
  row(`${place}: first view after ${ms} ms, the largest answer ${largest} bytes`);
  assert.ok(ms < QUICK_MS, `${ms} ms`);
  assert.ok(largest < LONGEST_ANSWER, `an answer of ${largest} bytes`);
  return page;
}

const small = async (page) => {
  const length = await page.evaluate(() => document.documentElement.outerHTML.length);
  assert.ok(length < LONGEST_TEXT, `the document has ${length} characters`);
};

const rows = (page) => page.locator("main tbody tr");

writeFileSync(
  config,
  JSON.stringify({
    limits: { maxQueues: QUEUES },
    queues: Array.from({ length: QUEUES }, (_, i) => ({ queueName: named(i) })),
  }),
);

exports.options = ["--config", config];
exports.prepare = prepare;
exports.tests = {
  "a hundred thousand queues": async (course) => {
    const page = await measured(course, "default/queues", named(0));
    await page.getByText(/100.000 queues/).waitFor();
    await small(page);
    const first = page.getByText(named(0), { exact: true });
    await page.getByRole("button", { name: "Next" }).click();
    await first.waitFor({ state: "detached" });
    const second = await rows(page).first().getByRole("rowheader").textContent();
    assert.match(second, /^q-0000[0-9]{2}$/);
    // an address leads to the last page, and back to the one before it
    await page.evaluate(
      (offset) => (location.hash = `#/default/queues?offset=${offset}`),
      QUEUES - 10,
    );
    await page.getByText(named(QUEUES - 1), { exact: true }).waitFor();
    assert.equal(await rows(page).count(), 10);
    await page.getByRole("button", { name: "Previous" }).click();
    await until("more of them", async () => (await rows(page).count()) > 10);
    const field = page.getByLabel(/by a part of the name/);
    await field.fill("0543");
    await page.getByText("120 queues with this in the name").waitFor();
    await field.fill("54321");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: named(54321) }).waitFor();
    await page.getByText("The queue is empty").waitFor();
  },

  "the overview beside them": async (course) => {
    const page = await measured(course, "default/overview", named(0));
    await small(page);
  },

  "ten thousand messages": async (course) => {
    const page = await measured(course, "many/queues/full", "message 0");
    await page.getByText(/of 10.000/).waitFor();
    await small(page);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("message 50", { exact: true }).waitFor();
    await page.evaluate(
      (offset) => (location.hash = `#/many/queues/full?offset=${offset}`),
      MESSAGES - 1,
    );
    await page.getByText(`message ${MESSAGES - 1}`, { exact: true }).waitFor();
    // who looks has received nothing
    assert.equal((await course.prepared.get("queues/full")).counts.active, MESSAGES);
  },

  "a million messages": async (course) => {
    const world = await million(course.emulator);
    assert.equal((await world.get("queues/full")).counts.active, 1e6);
    const page = await measured(course, "million/queues/full", "message 0");
    await page.getByText(/1 to 50 of 1.000.000/).waitFor();
    await page.getByText("1,000,000 messages are active").waitFor();
    await small(page);
    await page.evaluate((hash) => (location.hash = hash), "#/million/queues/full?offset=999990");
    await page.getByText(/999.991 to 1.000.000 of 1.000.000/).waitFor();
    await page.getByText("message 9999", { exact: true }).first().waitFor();
    await page.close();
    const overview = await measured(course, "million/overview", "full");
    await overview.getByText("1,000,000 active").first().waitFor();
    const line = overview.getByRole("region", { name: "Time line" });
    const lane = line.getByRole("group", { name: "expires" }).getByRole("button");
    await until("one mark for all", async () => (await lane.count()) === 1);
    assert.match(await lane.getAttribute("aria-label"), /^1.000.000 × expires/);
    await small(overview);
    await overview.close();
    await course.emulator.admin("DELETE", "namespaces/million");
  },

  "the overview beside ten thousand pending events": async (course) => {
    const page = await measured(course, "many/overview", "full");
    await small(page);
  },

  "a body of a megabyte, and one of NULs": async (course) => {
    const { prepared, emulator } = course;
    const world = await emulator.namespace("large", {
      queues: [{ queueName: "large", maxMsgSize: 1048576 }],
    });
    const long = await world.cmq("SendMessage", {
      queueName: "large",
      msgBody: "x".repeat(1048575) + "$",
    });
    await world.cmq("SendMessage", { queueName: "large", msgBody: "\0".repeat(65536) });
    await world.cmq("SendMessage", { queueName: "large", msgBody: "the last one" });
    const page = await measured(course, "large/queues/large", "the last one");
    await small(page);
    await page.evaluate((hash) => (location.hash = hash), `#/large/messages/${long.msgId}`);
    await page.getByText(/Characters 1 to [\d.,\s]+ of 1.048.576/).waitFor();
    await small(page);
    await page.getByRole("button", { name: /^Show all/ }).click();
    await page.getByRole("button", { name: "Next page" }).click();
    await small(page);
    assert.equal((await prepared.get("queues/full")).counts.inactive, 0);
  },
};
