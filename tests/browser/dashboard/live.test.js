// What happens elsewhere is shown without a reload; each tab has its own namespace; and a page that goes or
// comes in the midst of something does no harm.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./expect");

const AT = "2030-01-01T00:00:00Z";
const MANY = 20000; // events of a move that takes a while

let made = 0;

async function fresh(emulator, more = {}) {
  const name = `live-${++made}`;
  return emulator.namespace(name, {
    clock: { mode: "frozen", at: AT },
    queues: [{ queueName: "jobs" }],
    ...more,
  });
}

const count = (page, name) =>
  page
    .locator("main")
    .getByRole("row")
    .filter({ has: page.getByRole("link", { name, exact: true }) });
const active = async (page, name) =>
  (await count(page, name).getByRole("cell").allTextContents())[1]?.trim();

exports.tests = {
  "queues, counts, topics, faults and snapshots come and go by themselves": async ({
    emulator,
    visitor,
  }) => {
    const world = await fresh(emulator);
    const someone = await visitor();
    const page = await someone.open(`${world.name}/queues`);
    await count(page, "jobs").waitFor();
    await world.cmq("SendMessage", { queueName: "jobs", msgBody: "1" });
    await until("one active", async () => (await active(page, "jobs")) === "1");
    const got = await world.cmq("ReceiveMessage", { queueName: "jobs" });
    await until("none active", async () => (await active(page, "jobs")) === "0");
    await world.advance("30s");
    await until("it is back", async () => (await active(page, "jobs")) === "1");
    assert.ok(got.msgId);
    await world.cmq("CreateQueue", { queueName: "newcomer" });
    await count(page, "newcomer").waitFor();
    await world.cmq("DeleteQueue", { queueName: "newcomer" });
    await count(page, "newcomer").waitFor({ state: "detached" });

    const topics = await someone.open(`${world.name}/topics`);
    await topics.getByText("No topics yet").waitFor();
    await world.cmq("CreateTopic", { topicName: "news" });
    await count(topics, "news").waitFor();
    const faults = await someone.open(`${world.name}/faults`);
    await faults.getByText("No rules").waitFor();
    await world.admin("POST", "faults", { action: "SendMessage", fault: { status: 503 } });
    await faults.getByText("SendMessage").waitFor();
    const snapshots = await someone.open(`${world.name}/snapshots`);
    await snapshots.getByText("No snapshots").waitFor();
    await world.admin("POST", "snapshots", { name: "kept" });
    await snapshots.locator("main").getByText("kept").first().waitFor();
  },

  "countdowns are of virtual time: they stand, jump and run with it": async ({
    emulator,
    open,
  }) => {
    const world = await fresh(emulator);
    const { msgId } = await world.cmq("SendMessage", {
      queueName: "jobs",
      msgBody: "later",
      delaySeconds: 3600,
    });
    const page = await open(`${world.name}/queues/jobs`);
    const row = page.locator("main tbody tr", { hasText: msgId });
    await row.getByText("becomes active in 1 h", { exact: true }).waitFor();
    await world.advance("30m");
    await row.getByText("becomes active in 30 m", { exact: true }).waitFor();
    await world.advance("29m58s");
    await row.getByText("becomes active in 2.0 s", { exact: true }).waitFor();
    await world.admin("POST", "clock/resume");
    const told = () => row.locator(".countdown").first().textContent();
    const left = async () => Number(/in ([\d.]+) s$/.exec(await told())?.[1] ?? NaN);
    await row.getByText(/in [01]\.\d s/).waitFor(); // it runs, with nothing asked for
    const first = await left();
    await until("less is left", async () => !((await left()) >= first));
    await row.getByText("active", { exact: true }).waitFor();
    await row.getByText(/^expires in/).waitFor();
  },

  "two tabs, two namespaces": async ({ emulator, visitor }) => {
    const [one, two] = [await fresh(emulator), await fresh(emulator)];
    const someone = await visitor();
    const [left, right] = [
      await someone.open(`${one.name}/queues`),
      await someone.open(`${two.name}/queues`),
    ];
    await count(left, "jobs").waitFor();
    await one.cmq("SendMessage", { queueName: "jobs", msgBody: "left" });
    await two.cmq("CreateQueue", { queueName: "right-only" });
    await until("the left one has it", async () => (await active(left, "jobs")) === "1");
    await count(right, "right-only").waitFor();
    assert.equal(await active(right, "jobs"), "0");
    assert.equal(await count(left, "right-only").count(), 0);
    // time is moved in one, and stands in the other
    await right.getByRole("button", { name: "Step" }).waitFor();
    await right.getByRole("textbox", { name: "Advance by" }).fill("1h");
    await right.getByRole("button", { name: "Advance", exact: true }).click();
    await right.getByRole("timer").getByText("01:00:00.000").waitFor();
    await left.getByRole("timer").getByText("00:00:00.000").waitFor();
    assert.equal((await one.get("clock")).now, "2030-01-01T00:00:00.000Z");
  },

  "a reload in the midst of a move": async ({ emulator, open }) => {
    const world = await fresh(emulator, { limits: { maxHeap: 0, maxDelayed: 0 } });
    await world.cmq("CreateTopic", { topicName: "slow" });
    const sink = `${emulator.url}/_emulator/sink/slow?namespace=${world.name}`;
    await world.admin("PUT", "sink/slow", { status: 500, delay: "200ms" });
    await world.cmq("Subscribe", {
      topicName: "slow",
      subscriptionName: "s",
      protocol: "http",
      endpoint: sink,
      notifyStrategy: "EXPONENTIAL_DECAY_RETRY",
    });
    await world.cmq("PublishMessage", { topicName: "slow", msgBody: "x" });
    const page = await open(`${world.name}/topics`);
    await count(page, "slow").waitFor();
    const now = async () => (await world.get("clock")).nowMs - Date.parse(AT);
    // each of the attempts on the way to it takes 200 ms
    await page.getByRole("textbox", { name: "Advance by" }).fill("1h");
    await page.getByRole("button", { name: "Advance", exact: true }).click();
    const stop = page.getByRole("button", { name: "Stop" });
    await stop.waitFor();
    await until("it is under way", async () => (await now()) > 0);
    await page.reload();
    await count(page, "slow").waitFor();
    // whose caller has gone ends where it is
    let reached = -1;
    await until("time stands", async () => {
      const before = reached;
      await world.admin("GET", "clock");
      reached = await now();
      return (await world.get("clock")).pushesInFlight === 0 && before === reached;
    });
    assert.ok(reached > 0 && reached < 3600000, `it is at ${reached}`);
    await until("the page knows", async () =>
      (await page.getByRole("timer").textContent()).includes(
        new Date(Date.parse(AT) + reached).toISOString().slice(11, 19),
      ),
    );
    // and time can be moved again, and be stopped
    await page.getByRole("textbox", { name: "Advance by" }).fill("2h");
    await page.getByRole("button", { name: "Advance", exact: true }).click();
    await stop.click();
    await page
      .locator("#toasts")
      .getByText(/Stopped/)
      .waitFor();
    await stop.waitFor({ state: "hidden" });
    assert.ok((await now()) < 7200000);
  },

  "many events at once: the page stays what the emulator says": async ({ emulator, open }) => {
    const queues = [{ queueName: "jobs", maxMsgHeapNum: 1000000 }];
    const world = await fresh(emulator, { queues, limits: { maxDelayed: 0 } });
    for (let i = 0; i < MANY; i += 16) {
      const batch = Object.fromEntries(
        Array.from({ length: 16 }, (_, n) => [`msgBody.${n}`, `${i + n}`]),
      );
      await world.cmq("BatchSendMessage", {
        queueName: "jobs",
        delaySeconds: 1 + (i % 3000),
        ...batch,
      });
    }
    const page = await open(`${world.name}/queues`);
    await count(page, "jobs").waitFor();
    const moved = world.advance("1h");
    await page.getByRole("link", { name: "Journal" }).click();
    await page.getByRole("link", { name: "Queues" }).click();
    assert.equal((await moved).firedByKind.delayed, MANY);
    await until(
      "all are active",
      async () => (await active(page, "jobs"))?.replace(/\D/g, "") === String(MANY),
    );
  },

  "an emulator that is started anew under open pages": async ({ emulator, visitor }) => {
    const create = (name) => emulator.send("GET", `/?Action=CreateQueue&queueName=${name}`);
    await create("before");
    const world = await fresh(emulator);
    const someone = await visitor();
    someone.mayFail.push(/_emulator/); // nobody answers for a while
    const page = await someone.open("default/queues");
    const other = await someone.open(`${world.name}/queues`);
    for (const [where, name] of [
      [page, "before"],
      [other, "jobs"],
    ]) {
      await count(where, name).waitFor();
      await where.getByText("live", { exact: true }).waitFor();
    }
    await emulator.again();
    await page.getByText("No queues yet").waitFor();
    await page
      .locator("#toasts")
      .getByText(/started anew/)
      .waitFor();
    await create("after");
    await count(page, "after").waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    assert.equal(await page.locator("#notes").textContent(), "");
    // a namespace comes when somebody makes it
    await other.getByText(/There is no namespace/).waitFor();
    await emulator.namespace(world.name, { queues: [{ queueName: "newcomer" }] });
    await count(other, "newcomer").waitFor();
    await other.getByText("live", { exact: true }).waitFor();
    assert.equal(await other.locator("#notes").textContent(), "");
    assert.equal(await page.locator("#toasts .toast").count(), 1);
    // it was away for a while
    await emulator.stop();
    await page
      .locator("#notes")
      .getByText(/cannot be reached/)
      .waitFor();
    await emulator.begin(emulator.port);
    await page.getByText("No queues yet").waitFor();
    await until(
      "it says so again",
      async () => (await page.locator("#toasts .toast").count()) === 2,
    );
    assert.equal(await page.locator("#notes").textContent(), "");
  },

  "an emulator that is reset, and a namespace that is dropped": async ({ emulator, visitor }) => {
    const world = await fresh(emulator);
    const someone = await visitor();
    const page = await someone.open(`${world.name}/queues`);
    await count(page, "jobs").waitFor();
    await world.admin("POST", "reset");
    await page.getByText("No queues yet").waitFor();
    someone.mayFail.push(new RegExp(`namespace=${world.name}`));
    await emulator.admin("DELETE", `namespaces/${world.name}`);
    await page.getByText(/There is no namespace/).waitFor();
    // it is looked for, without an error in the console each time
    const asked = () => page.waitForRequest(/_emulator\/namespaces/);
    await asked();
    const { length } = someone.errors;
    await asked();
    await asked();
    assert.equal(someone.errors.length, length);
    assert.ok(length < 5, `${length} errors`);
    await emulator.namespace(world.name, { queues: [{ queueName: "newcomer" }] });
    await count(page, "newcomer").waitFor();
    assert.equal(await page.locator("#notes").textContent(), "");
  },

  "an emulator that is started anew under a page that only asks": async ({ emulator, visitor }) => {
    const someone = await visitor();
    someone.mayFail.push(/_emulator/);
    const page = await someone.context.newPage();
    await page.route(/_emulator\/events/, (route) => route.fulfill({ status: 503, body: "{}" }));
    await page.goto(someone.address("default/queues"));
    await page.getByText("polled", { exact: true }).waitFor();
    const created = (name) => emulator.send("GET", `/?Action=CreateQueue&queueName=${name}`);
    await created("earlier");
    await count(page, "earlier").waitFor();
    const told = page.locator("#toasts").getByText(/started anew/);
    // it was only away: the same run goes on
    const away = (route) => route.abort();
    await page.route(/_emulator\/clock/, away);
    await page
      .locator("#notes")
      .getByText(/cannot be reached/)
      .waitFor();
    await page.unroute(/_emulator\/clock/, away);
    await page.getByText("polled", { exact: true }).waitFor();
    assert.equal(await told.count(), 0);
    await emulator.again();
    await page.getByText("No queues yet").waitFor();
    await told.waitFor();
    await created("later");
    await count(page, "later").waitFor();
    await page.unroute(/_emulator\/events/);
    await page.getByText("live", { exact: true }).waitFor();
    assert.equal(await told.count(), 1);
  },
};
