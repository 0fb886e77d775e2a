// The views, with the order worker: what each says, and each of its buttons, judged by the admin interface.
"use strict";

const assert = require("node:assert/strict");
const { createHmac } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { until } = require("./expect");
const { build } = require("./scenario");

let made = 0;

// An order worker of its own, and a tab at a place of it.
async function at({ emulator, visitor }, place) {
  const world = await build(emulator, `views-${++made}`);
  const someone = await visitor();
  const page = await someone.open(`${world.name}/${place}`);
  await page.locator("main h1").first().waitFor();
  return { world, someone, page, main: page.locator("main") };
}

const button = (where, name) => where.getByRole("button", { name });
const said = (page, text) => page.locator("#toasts").getByText(text).first().waitFor();

// Answer the question that a button asks.
async function confirm(page, title, action) {
  const dialog = page.getByRole("dialog", { name: title });
  await button(dialog, action).click();
  await until("the dialog is closed", async () => !(await page.getByRole("dialog").count()));
}

// The texts of a row of a table, by the name of its row.
async function cells(where, name) {
  const row = where
    .getByRole("row")
    .filter({ has: where.page().getByRole("rowheader", { name, exact: true }) });
  return (await row.getByRole("cell").allTextContents()).map((text) => text.trim());
}

exports.tests = {
  "what just happened leads to its entry of the journal": async (course) => {
    const { main, world } = await at(course, "overview");
    await world.cmq("ListTopic", { searchWord: "just-now" });
    const just = main.getByRole("region", { name: "What just happened" });
    await just.getByRole("link", { name: "ListTopic" }).click();
    await main.getByRole("heading", { level: 1, name: "Journal" }).waitFor();
    await main.locator("tr.opened").getByText("just-now").waitFor();
  },

  "queues: their counts, as they are": async (course) => {
    const { main } = await at(course, "queues");
    await main.getByText("4 queues").waitFor();
    assert.deepEqual((await cells(main, "orders")).slice(1), ["9", "1", "3", "1", "0"]);
    assert.deepEqual((await cells(main, "orders-idle")).slice(1), ["0", "0", "0", "0", "1"]);
    await main.getByRole("link", { name: "orders-audit" }).click();
    await main.getByRole("heading", { level: 1, name: "orders-audit" }).waitFor();
  },

  "queues and topics: found by a part of the name, and opened": async (course) => {
    const { main, page, someone, world } = await at(course, "queues");
    someone.mayFail.push(/(queues|topics)\/(nosuch|order)/);
    const rows = main.locator("tbody tr");
    const field = main.getByLabel(/by a part of the name/);
    await field.pressSequentially("s-d");
    await main.getByText("1 queue with this in the name").waitFor();
    assert.deepEqual(await main.getByRole("rowheader").allTextContents(), ["orders-dead"]);
    await page.reload();
    await main.getByText("1 queue with this in the name").waitFor();
    assert.equal(await field.inputValue(), "s-d");
    await field.fill("nosuch");
    await main.getByText("No queue has this in its name").waitFor();
    await button(main, "Open").click();
    await said(page, /nosuch/);
    await field.fill("order"); // four have it, and none is called so
    await until("all are listed", async () => (await rows.count()) === 4);
    await page.keyboard.press("Enter");
    await said(page, /no queue order/);
    await field.fill("orders"); // four have it, and one is called so
    await page.keyboard.press("Enter");
    await main.getByRole("heading", { level: 1, name: "Queues / orders", exact: true }).waitFor();
    await page.goBack();
    await field.fill("");
    await main.getByText("4 queues, in the order").waitFor();
    await page.evaluate((hash) => (location.hash = hash), `#/${world.name}/topics`);
    await main.getByText("1 topic, in the order").waitFor();
    await field.fill("vent");
    await page.keyboard.press("Enter");
    await main.getByRole("heading", { level: 1, name: "order-events" }).waitFor();
  },

  "queues: what was looked for is forgotten when one goes elsewhere": async (course) => {
    const { main, page } = await at(course, "queues");
    await page.route(/queues\/slow/, () => {}); // its answer never comes
    const asked = page.waitForRequest(/queues\/slow/);
    await main.getByLabel(/by a part of the name/).fill("slow");
    await button(main, "Open").click();
    await asked;
    await page.getByRole("link", { name: "Topics" }).click();
    await main.getByText("1 topic").waitFor();
    assert.equal(await page.locator("#toasts .wrong").count(), 0); // and nothing is thrown
  },

  "a queue: why was it not received?": async (course) => {
    const { main, page, world } = await at(course, "queues/orders");
    const why = main.getByRole("region", { name: "Why was it not received?" });
    await why.getByText("9 messages are active: a receive gets one now.").waitFor();
    await why.getByText(/1 message inactive.*returns/).waitFor();
    await why.getByText(/3 messages delayed/).waitFor();
    await why.getByText("Time stands: none of this happens before somebody moves it.").waitFor();
    await why.getByText(/received 3 times goes to orders-dead/).waitFor();
    await why.getByText(/1 message active there.*one has gone there/).waitFor();
    const dead = (await world.get("queues/orders-dead/messages")).messages[0].msgId;
    assert.ok(await why.getByRole("link", { name: dead, exact: true }).isVisible());
    await page.evaluate((hash) => (location.hash = hash), `#/${world.name}/queues/orders-idle`);
    await why.getByText("The queue has no message that could be received.").waitFor();
    await why.getByText("1 receive waits here for a message.").waitFor();
  },

  "a queue: time is moved to where its next message comes": async (course) => {
    const { main, page, world } = await at(course, "queues/orders");
    const why = main.getByRole("region", { name: "Why was it not received?" });
    const [{ atMs }] = (await world.get("clock/agenda?queue=orders&kind=visible")).events;
    const back = why.getByRole("listitem").filter({ hasText: "1 message inactive" });
    await button(back, "Advance to there…").click();
    await confirm(page, "Move time?", /^Advance by 25s: fires \d+$/);
    await said(page, /Time moved by 25 s/);
    assert.equal((await world.get("clock")).nowMs, atMs);
    await why.getByText("10 messages are active").waitFor();
  },

  "a queue: a dead letter that time itself moves is said before": async ({ emulator, open }) => {
    const world = await emulator.namespace("eager", {
      limits: { deadLetter: "eager" },
      clock: { mode: "frozen", at: "2030-01-01T00:00:00Z" },
    });
    await world.cmq("CreateQueue", { queueName: "dead" });
    await world.cmq("CreateQueue", { queueName: "jobs", visibilityTimeout: 10 });
    const policy = { deadLetterQueue: "dead", policy: 1, maxTimeToLive: 300 };
    const deadLetterPolicy = JSON.stringify(policy);
    await world.cmq("SetQueueAttributes", { queueName: "jobs", deadLetterPolicy });
    const { msgId } = await world.cmq("SendMessage", { queueName: "jobs", msgBody: "1" });
    const page = await open("eager/queues/jobs");
    const why = page.getByRole("region", { name: "Why was it not received?" });
    await why.getByText(/older than 300 seconds goes to dead, the next one in 5 m/).waitFor();
    await world.advance("5m");
    const gone = why.getByRole("listitem").filter({ hasText: "one has gone there" });
    await gone.getByText(/1 message active there/).waitFor();
    assert.ok(await gone.getByRole("link", { name: msgId, exact: true }).isVisible());
  },

  "a queue: a rule that spoils its receives is named": async (course) => {
    const { main, world } = await at(course, "queues/orders");
    await world.admin("POST", "faults", {
      action: "ReceiveMessage",
      queue: "orders",
      fault: { empty: true },
    });
    const why = main.getByRole("region", { name: "Why was it not received?" });
    await why
      .getByText(/Rule \d+ applies here/)
      .last()
      .waitFor();
    await world.ask("ReceiveMessage", { queueName: "orders" });
    await why.getByText(/It has acted on 1 call/).waitFor();
    await why.getByText(/7000 .*no message, by rule/).waitFor();
  },

  "a queue: what became of the last messages that were sent to it, and by whom": async (course) => {
    const { emulator, open } = course;
    const clock = { mode: "frozen", at: "2030-01-01T00:00:00Z" };
    const world = await emulator.namespace("fates", { clock });
    const send = async (more = {}) =>
      (await world.cmq("SendMessage", { queueName: "jobs", msgBody: "x", ...more })).msgId;
    const receive = () => world.cmq("ReceiveMessage", { queueName: "jobs" });
    await world.cmq("CreateQueue", { queueName: "dead" });
    const longest = { visibilityTimeout: 10, msgRetentionSeconds: 60 };
    await world.cmq("CreateQueue", { queueName: "jobs", ...longest });
    const page = await open("fates/queues/jobs");
    const why = page.getByRole("region", { name: "Why was it not received?" });
    const fates = why.getByRole("listitem").filter({ hasText: "What became of the last" });
    const says = (msgId, text) =>
      fates.getByRole("listitem").filter({ hasText: msgId }).getByText(text).last().waitFor();
    await why.getByText("The journal knows no receive from this queue.").waitFor();
    const first = await send();
    await says(first, /is active, never received/);
    const { receiptHandle } = await receive();
    await says(first, /is inactive: received by request \d+ of orders-worker.*returns in 10 s/);
    await world.ask(
      "DeleteMessage",
      { queueName: "jobs", receiptHandle },
      { userAgent: "somebody-else/2" },
    );
    await says(first, /was deleted by request \d+ of somebody-else\/2/);
    const delayed = await send({ delaySeconds: 20 });
    await says(delayed, /is delayed, and becomes active in 20 s/);
    await world.advance("30s");
    await receive();
    await world.advance("10s");
    await says(delayed, /is active, received 1 time/);
    await world.advance("50s");
    await says(delayed, /expired: nobody deleted it/);
    const purged = await send();
    await world.admin("DELETE", "queues/jobs/messages");
    await says(purged, /was purged/);
    await world.cmq("SetQueueAttributes", {
      queueName: "jobs",
      rewindSeconds: 60,
      deadLetterPolicy: JSON.stringify({ deadLetterQueue: "dead", policy: 0, maxReceiveCount: 1 }),
    });
    const lost = await send();
    await receive();
    await world.advance("10s");
    await world.ask("ReceiveMessage", { queueName: "jobs" });
    await says(lost, /is in the dead-letter queue dead, moved by request \d+/);
    assert.equal(await fates.getByText(first).count(), 1);
    const last = await send();
    await world.cmq("DeleteMessage", {
      queueName: "jobs",
      receiptHandle: (await receive()).receiptHandle,
    });
    await says(last, /was deleted by request.*; a rewind would bring it back/);
    assert.equal(await fates.getByText(first).count(), 0, "of the last ones only");
  },

  "a queue: a send that many receives came after is found": async ({ emulator, open }) => {
    const queues = [{ queueName: "jobs" }];
    const clock = { mode: "frozen", at: "2030-01-01T00:00:00Z" };
    const world = await emulator.namespace("polled", { queues, clock });
    const late = { queueName: "jobs", msgBody: "x", delaySeconds: 60 };
    const { msgId } = await world.cmq("SendMessage", late);
    for (let i = 0; i < 150; i++) await world.ask("ReceiveMessage", { queueName: "jobs" });
    const page = await open("polled/queues/jobs");
    const why = page.getByRole("region", { name: "Why was it not received?" });
    const fate = why.getByRole("listitem").filter({ hasText: msgId }).last();
    await fate.getByText(/is delayed, and becomes active in 1 m/).waitFor();
    assert.equal(await why.getByText(/knows no send/).count(), 0);
  },

  "a queue: sends and receives that were refused": async (course) => {
    const { main, world, page } = await at(course, "queues/orders-idle");
    const why = main.getByRole("region", { name: "Why was it not received?" });
    await why.getByText("1 receive waits here for a message.").waitFor();
    await world.ask("SendMessage", { queueName: "orders-idle", msgBody: "x".repeat(65537) });
    await why.getByText(/1 of the last sends failed.*request \d+: 4400 .*message size/).waitFor();
    await world.ask(
      "ReceiveMessage",
      { queueName: "orders-idle", waitSeconds: "0" },
      { key: "not the key" },
    );
    await why.getByText(/ReceiveMessage: 4100/).waitFor();
    await why.getByRole("link", { name: "What should have been signed" }).click();
    await main.getByText("waitSeconds=0").waitFor();
    assert.ok(page.url().endsWith("/signatures"));
  },

  "a queue: what went to another queue, or into another namespace": async (course) => {
    const { emulator, open } = course;
    const queues = [{ queueName: "invoices" }, { queueName: "invoice" }];
    const world = await emulator.namespace("right", { queues });
    const other = await emulator.namespace("wrong", { queues });
    await world.cmq("SendMessage", { queueName: "invoice", msgBody: "x" });
    await world.cmq("ReceiveMessage", { queueName: "invoice" });
    await other.cmq("SendMessage", { queueName: "invoices", msgBody: "x" });
    const page = await open("right/queues/invoices");
    const why = page.getByRole("region", { name: "Why was it not received?" });
    await why.getByText(/knows no send to this queue, but to another one: invoice$/).waitFor();
    await why
      .getByText(/knows no receive from this queue, but from another one: invoice$/)
      .waitFor();
    await why.getByRole("link", { name: "wrong", exact: true }).click();
    await page.locator("main").getByText("1 request", { exact: true }).waitFor();
    assert.ok(page.url().endsWith("#/wrong/journal?queue=invoices"));
  },

  "a queue: what its subscription filters out": async ({ emulator, open }) => {
    const queues = [{ queueName: "refunds" }];
    const world = await emulator.namespace("filtered", { queues });
    await world.cmq("CreateTopic", { topicName: "news", filterType: 1 });
    await world.cmq("Subscribe", {
      topicName: "news",
      subscriptionName: "only-refunds",
      protocol: "queue",
      endpoint: "refunds",
      notifyContentFormat: "SIMPLIFIED",
      "filterTag.1": "refund",
    });
    const page = await open("filtered/queues/refunds");
    const why = page.getByRole("region", { name: "Why was it not received?" });
    await why
      .getByText(/news delivers here by only-refunds, if a message has one of refund/)
      .waitFor();
    const publish = (tag) =>
      world.cmq("PublishMessage", { topicName: "news", msgBody: tag, "msgTag.1": tag });
    await world.ask("PublishMessage", { topicName: "news", msgBody: "x", "msgTag.1": "nobodys" });
    await why.getByText(/request \d+ with nobodys failed: 6030 /).waitFor();
    await world.cmq("CreateQueue", { queueName: "all" });
    await world.cmq("Subscribe", {
      topicName: "news",
      subscriptionName: "all",
      protocol: "queue",
      endpoint: "all",
      notifyContentFormat: "SIMPLIFIED",
    });
    await publish("order");
    await why.getByText(/request \d+ with order was filtered out/).waitFor();
    await publish("refund");
    await why.getByText(/request \d+ with refund came here as \d+/).waitFor();
    assert.equal(await why.getByText(/was filtered out/).count(), 1);
  },

  "a queue: its messages, by their states": async (course) => {
    const { main, page } = await at(course, "queues/orders");
    const messages = main.getByRole("region", { name: /^Messages of/ });
    const rows = messages.locator("tbody tr");
    await until("all are there", async () => (await rows.count()) === 14);
    for (const [name, count] of [
      ["inactive", 1],
      ["delayed", 3],
      ["deleted", 1],
      ["active", 9],
    ]) {
      await button(main, new RegExp(`^${name}`)).click();
      await until(`${count} ${name}`, async () => (await rows.count()) === count);
      assert.ok((await page.evaluate(() => location.hash)).endsWith(`?state=${name}`));
    }
    await page.reload();
    await until("a reload keeps it", async () => (await rows.count()) === 9);
    await button(main, /^All/).click();
    await until("all are there again", async () => (await rows.count()) === 14);
  },

  "a queue: purged, when somebody says so": async (course) => {
    const { main, page, world } = await at(course, "queues/orders");
    const counts = async () => (await world.get("queues/orders")).counts;
    const before = await counts();
    await button(main, "Purge…").click();
    await confirm(page, "Purge the queue?", "Cancel");
    await button(main, "Purge…").click();
    await page.keyboard.press("Enter"); // Cancel has the focus
    await until("it is closed", async () => !(await page.getByRole("dialog").count()));
    assert.deepEqual(await counts(), before);
    await button(main, "Purge…").click();
    await confirm(page, "Purge the queue?", "Purge");
    await said(page, "14 messages purged");
    assert.deepEqual(await counts(), { active: 0, inactive: 0, delayed: 0, deleted: 0 });
    await main.getByText("The queue is empty").waitFor();
  },

  "a message: its life, over both of its queues": async (course) => {
    const { main, page, world } = await at(course, "queues/orders-dead");
    const { messages } = await world.get("queues/orders-dead/messages");
    await main.getByRole("link", { name: messages[0].msgId }).click();
    await main.getByText(/moved from orders to the dead-letter queue orders-dead/).waitFor();
    assert.equal(await main.getByText(/^received from orders/).count(), 3);
    await main.getByText('"order":1001').first().waitFor();
    assert.ok((await page.title()).includes(messages[0].msgId));
    await main
      .getByRole("link", { name: /^request \d+$/ })
      .first()
      .click();
    await main.getByRole("heading", { level: 1, name: "Journal" }).waitFor();
    await main.locator("tr.opened").getByText("msgBody").waitFor();
  },

  "a topic: a push in its 9th attempt, and what is dropped": async (course) => {
    const { main, page, world } = await at(course, "topics");
    await main.getByRole("link", { name: "order-events" }).click();
    const billing = main.getByRole("region", { name: "Subscription billing" });
    await billing.getByText("1 pending").waitFor();
    const [, , attempts] = (await billing.locator("tbody td").allTextContents()).map((text) =>
      text.trim(),
    );
    assert.equal(attempts, "9");
    await billing.getByText(/500/).waitFor();
    await button(main, /^Drop what is pending/).click();
    await confirm(page, "Drop what is pending?", "Drop");
    await said(page, "1 message dropped");
    await billing.getByText("nothing pending").waitFor();
    const topic = await world.get("topics/order-events");
    assert.ok(topic.subscriptions.every((each) => each.pending === 0));
  },

  "a topic: of many deliveries the first are shown, and more when asked": async (course) => {
    const { main, world, page } = await at(course, "overview");
    await world.cmq("CreateTopic", { topicName: "busy" });
    await world.cmq("Subscribe", {
      topicName: "busy",
      subscriptionName: "slow",
      protocol: "http",
      endpoint: `${course.emulator.url}/_emulator/sink/billing?namespace=${world.name}`,
      notifyStrategy: "EXPONENTIAL_DECAY_RETRY",
    });
    for (let i = 0; i < 30; i++)
      await world.cmq("PublishMessage", { topicName: "busy", msgBody: `${i}` });
    await page.evaluate((hash) => (location.hash = hash), `#/${world.name}/topics/busy`);
    const slow = main.getByRole("region", { name: "Subscription slow" });
    await slow.getByText("30 pending").waitFor();
    const rows = slow.locator("tbody tr");
    await until("the first are shown", async () => (await rows.count()) === 20);
    await button(slow, "Show more").click();
    await until("all are shown", async () => (await rows.count()) === 30);
    await until("there are no more", async () => !(await button(slow, "Show more").count()));
  },

  "a queue and a topic that there are not: said, until somebody creates them": async (course) => {
    const world = await build(course.emulator, `views-${++made}`);
    const someone = await course.visitor();
    someone.mayFail.push(/(queues|topics)\/late\?/);
    for (const [kind, action] of [
      ["queue", "CreateQueue"],
      ["topic", "CreateTopic"],
    ]) {
      const page = await someone.open(`${world.name}/${kind}s/late`);
      const none = page.getByText(`There is no ${kind} of this name`);
      await none.waitFor();
      await world.cmq(action, { [`${kind}Name`]: "late" });
      await page.getByRole("heading", { name: "Attributes" }).waitFor();
      assert.equal(await none.count(), 0);
      await page.close();
    }
  },

  "the journal: searched, opened, followed, forgotten": async (course) => {
    const { main, page, world } = await at(course, "journal");
    const rows = main
      .getByRole("region", { name: "Requests, the newest first" })
      .locator("tbody tr:not(.opened)");
    const search = main.getByRole("search");
    const all = async (where) => (await world.get(`journal?limit=0${where}`)).total;
    await search.getByLabel("Action").fill("deletemessage");
    await page.keyboard.press("Enter");
    const expected = await all("&action=DeleteMessage");
    await until("only those", async () => (await rows.count()) === expected);
    await page.reload();
    await until("a reload keeps it", async () => (await rows.count()) === expected);
    assert.equal(await search.getByLabel("Action").inputValue(), "deletemessage");
    await button(main, "Clear").click();
    await search.getByLabel("Outcome of a push").selectOption("failed");
    await until("nine attempts failed", async () => (await rows.count()) === 9);
    await button(main, "Clear").click();
    await search.getByLabel("Queue").fill("orders-idle");
    await page.keyboard.press("Enter");
    const before = await all("&queue=orders-idle");
    await until("of one queue", async () => (await rows.count()) === before);
    await world.cmq("SendMessage", { queueName: "orders-idle", msgBody: "for whoever waits" });
    await until("it grows", async () => (await rows.count()) > before);
    await button(rows.first(), /^Open request/).click();
    await main.locator("tr.opened").getByText("orders-worker/1.0").waitFor();
    await button(rows.first(), /^Close request/).click();
    assert.equal(await main.locator("tr.opened").count(), 0);
    await button(main, "Forget all…").click();
    await confirm(page, "Forget all requests?", "Forget");
    await said(page, /requests forgotten/);
    assert.equal(await all(""), 0);
    await main.getByText("Nothing like that was asked").waitFor();
    await button(main, "Clear").click();
    await main.getByText("No requests yet").waitFor();
  },

  "the journal: pages of older requests": async (course) => {
    const { main, world } = await at(course, "overview");
    for (let i = 0; i < 130; i++) await world.ask("ListQueue", { searchWord: `number-${i}` });
    await main
      .page()
      .evaluate((hash) => (location.hash = hash), `#/${world.name}/journal?action=ListQueue`);
    const rows = main
      .getByRole("region", { name: "Requests, the newest first" })
      .locator("tbody tr");
    await until("a page", async () => (await rows.count()) === 100);
    await button(main, "Older").click();
    await until("the rest", async () => (await rows.count()) === 30);
    await button(main, "Newest").click();
    await until("the first page again", async () => (await rows.count()) === 100);
  },

  "faults: a rule is made, acts, and is dropped": async (course) => {
    const { main, page, world, someone } = await at(course, "faults");
    await main.getByText("10050").waitFor();
    await button(main, "New rule…").click();
    const dialog = page.getByRole("dialog", { name: "A new rule" });
    await dialog.getByLabel("What goes wrong").selectOption("status");
    await dialog.getByLabel("Status, 200 to 599").fill("99");
    await dialog.getByLabel("Action").fill("SendMessage");
    await dialog.getByLabel("So many times").fill("1");
    someone.mayFail.push(/_emulator\/faults/);
    await button(dialog, "Make it").click();
    await dialog
      .getByRole("alert")
      .getByText(/status/)
      .waitFor();
    await dialog.getByLabel("Status, 200 to 599").fill("503");
    await button(dialog, "Make it").click();
    await said(page, /Rule \d+ is there/);
    const { faults } = await world.get("faults");
    const { id } = faults.at(-1);
    assert.deepEqual(faults.at(-1).fault, { status: 503 });
    await world.ask("SendMessage", { queueName: "orders", msgBody: "x" }).catch(() => {});
    await until("it has acted", async () => (await cells(main, String(id))).at(-2) === "1");
    await button(main, `Drop rule ${id}`).click();
    await said(page, `Rule ${id} is dropped`);
    await button(main, "Drop all…").click();
    await confirm(page, "Drop all rules?", "Drop them");
    await main.getByText("No rules").waitFor();
    assert.equal((await world.get("faults")).total, 0);
  },

  "faults: each kind that can be chosen is one that the emulator knows": async (course) => {
    const { main, page, world } = await at(course, "faults");
    await button(main, "New rule…").click();
    const kinds = await page
      .getByRole("dialog")
      .getByLabel("What goes wrong")
      .locator("option")
      .evaluateAll((all) => all.map((option) => option.value));
    await button(page.getByRole("dialog"), "Cancel").click();
    assert.ok(kinds.length >= 15);
    for (const kind of kinds) {
      await button(main, "New rule…").click();
      const dialog = page.getByRole("dialog", { name: "A new rule" });
      await dialog.getByLabel("What goes wrong").selectOption(kind);
      await button(dialog, "Make it").click();
      await until(`${kind} is made`, async () => !(await page.getByRole("dialog").count()));
    }
    assert.equal((await world.get("faults")).total, 1 + kinds.length);
  },

  "snapshots: taken, restored, forked, carried away, brought back, dropped": async (course) => {
    const { main, page, world, someone } = await at(course, "snapshots");
    someone.mayFail.push(/_emulator\/snapshots/);
    await button(main, "Take one…").click();
    await page.getByLabel("Name", { exact: true }).fill("not a name");
    await button(page.getByRole("dialog"), "Take it").click();
    await page.getByRole("dialog").getByRole("alert").getByText(/name/).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("now");
    await button(page.getByRole("dialog"), "Take it").click();
    await said(page, /Snapshot now is taken/);
    const nowMs = (await world.get("clock")).nowMs;
    await world.advance("1h");
    await button(main, "Restore now…").click();
    await confirm(page, "Restore now?", "Restore it");
    await said(page, /The namespace is back at now/);
    assert.equal((await world.get("clock")).nowMs, nowMs);
    await button(main, "Fork now…").click();
    await page.getByLabel("Name of the namespace").fill(`${world.name}-fork`);
    await button(page.getByRole("dialog"), "Make it").click();
    await said(page, `Namespace ${world.name}-fork is there`);
    const coming = page.waitForEvent("download");
    await button(main, "Download now").click();
    const file = await (await coming).path();
    await button(main, "Upload…").click();
    await page.getByLabel(/Document/).setInputFiles({
      name: "now.json",
      mimeType: "application/json",
      buffer: readFileSync(file),
    });
    await page.getByLabel("Name", { exact: true }).fill("brought");
    await button(page.getByRole("dialog"), "Upload it").click();
    await said(page, /Snapshot brought has \d+ messages/);
    await button(main, "Drop before-payday…").click();
    await confirm(page, "Drop the snapshot before-payday?", "Drop it");
    await said(page, "Snapshot before-payday is dropped");
    const { snapshots } = await world.get("snapshots");
    assert.deepEqual(
      snapshots.map(({ name }) => name),
      ["now", "brought"],
    );
  },

  "sinks: one is set up, told another answer, and forgotten": async (course) => {
    const { main, page, world, someone } = await at(course, "sinks");
    someone.mayFail.push(/_emulator\/sink\//);
    const path = `/_emulator/sink/inbox?namespace=${world.name}`;
    const push = (body) => course.emulator.send("POST", path, {}, body);
    await button(main, "Set one up…").click();
    const dialog = page.getByRole("dialog", { name: "What is a sink to answer?" });
    await dialog.getByLabel("Name").fill("inbox");
    await dialog.getByLabel("Status").fill("99");
    await button(dialog, "Set it up").click();
    await dialog
      .getByRole("alert")
      .getByText(/status/)
      .waitFor();
    await dialog.getByLabel("Status").fill("503");
    await dialog.getByLabel("To so many requests").fill("2");
    await button(dialog, "Set it up").click();
    await main.getByRole("heading", { level: 1, name: "inbox" }).waitFor();
    await main.getByText("503 to the next 2 requests, then 200").waitFor();
    assert.equal((await push("first")).status, 503);
    await main.getByText("503 to the next 1 request, then 200").waitFor();
    await button(main, "Open request 1").click();
    await main.locator("tr.opened").getByText("first").waitFor();
    await button(main, "Set what it answers…").click();
    const other = page.getByRole("dialog", { name: "What is it to answer from now on?" });
    await other.getByLabel("Status").fill("404");
    await button(other, "Set it").click();
    await said(page, "It is set");
    assert.equal((await push("second")).status, 404);
    await main.getByText("2 requests").waitFor();
    await button(main, "Forget…").click();
    await confirm(page, "Forget the sink inbox?", "Cancel");
    assert.equal((await world.get("sink/inbox")).total, 2);
    await button(main, "Forget…").click();
    await confirm(page, "Forget the sink inbox?", "Forget");
    await said(page, "2 requests forgotten");
    await main.getByText("Nothing has come").waitFor();
    assert.equal((await world.get("sink/inbox")).total, 0);
    assert.equal((await push("third")).status, 200);
    await main.getByRole("link", { name: "Sinks" }).click();
    await until("it is listed", async () => (await cells(main, "inbox")).at(-1) === "1");
    assert.equal((await cells(main, "inbox"))[0], "200");
  },

  "signatures: the last one that was refused, as soon as it is": async (course) => {
    const { main, page, world } = await at(course, "signatures");
    await main.getByText("4100").waitFor();
    await world.ask("ListQueue", { searchWord: "newest" }, { key: "wrong" });
    const should = main.getByRole("region", { name: "What should have been signed" });
    await should.getByText("searchWord=newest").waitFor();
    const { difference } = await world.get("signatures/last");
    await main.getByText(difference).waitFor();
    const fresh = await course.emulator.namespace("never-refused");
    await page.evaluate((hash) => (location.hash = hash), `#/${fresh.name}/signatures`);
    await main.getByText("No signature was refused").waitFor();
    // what could not be loaded is loaded by its button
    const lost = (route) => route.abort();
    await page.route(/signatures\/last/, lost);
    await page.evaluate((hash) => (location.hash = hash), `#/${world.name}/signatures`);
    await main.getByRole("alert").getByText("The emulator cannot be reached").waitFor();
    await page.unroute(/signatures\/last/, lost);
    await button(main, "Try again").click();
    await should.getByText("searchWord=newest").waitFor();
  },

  "signatures: what was signed beside what should have been, with what differs marked": async (
    course,
  ) => {
    const { main, world } = await at(course, "signatures");
    await main.getByText("4100").waitFor();
    const host = `127.0.0.1:${course.emulator.port}`;
    const given = `Action=ListQueue&Nonce=7&SecretId=${world.secretId}&Timestamp=1893456000`;
    const signature = createHmac("sha1", world.secretKey)
      .update(`POSThttp://${host}/v2/index.php?${given}`) // the scheme does not belong there
      .digest("base64");
    const type = { Host: host, "Content-Type": "application/x-www-form-urlencoded" };
    const form = `${given}&Signature=${encodeURIComponent(signature)}`;
    await course.emulator.send("POST", "/v2/index.php", type, form);
    const { likelySigned, stringToSign } = await world.get("signatures/last");
    const signed = main.getByRole("region", { name: "What the client signed" });
    await signed.getByText(likelySigned).waitFor();
    const should = main.getByRole("region", { name: "What should have been signed" });
    await should.getByText(stringToSign).waitFor();
    assert.deepEqual(await signed.locator("mark").allTextContents(), [
      "POSThttp:/",
      "/",
      `${host}/`,
    ]);
    assert.deepEqual(await should.locator("mark").allTextContents(), [`POST${host}/`]);
    await main.getByRole("link", { name: "All of these in the journal" }).click();
    await main.getByText("2 requests").waitFor();
  },

  "namespaces: one is made, shown, chosen, and dropped": async (course) => {
    const { main, page, world, someone } = await at(course, "namespaces");
    someone.mayFail.push(/_emulator\/namespaces/, /namespace=fresh/);
    await button(main, "New namespace").click();
    const dialog = page.getByRole("dialog", { name: "New namespace" });
    await dialog.getByLabel("Name").fill(world.name);
    await button(dialog, "Make it").click();
    await dialog
      .getByRole("alert")
      .getByText(/there is a namespace/)
      .waitFor();
    await dialog.getByLabel("Name").fill("fresh");
    await dialog.getByLabel("Begins at").fill("2031-05-06T07:08:09Z");
    await button(dialog, "Make it").click();
    await said(page, "Namespace fresh is there.");
    const fresh = await course.emulator.admin("GET", "namespaces/fresh");
    assert.equal(fresh.clock.now, "2031-05-06T07:08:09.000Z");
    const row = main
      .getByRole("row")
      .filter({ has: page.getByRole("link", { name: "fresh", exact: true }) });
    assert.ok(!(await row.textContent()).includes(fresh.secretKey));
    await button(row, "Show the secret key").click();
    await row.getByText(fresh.secretKey).waitFor();
    const drop = button(row, "Drop fresh");
    await drop.focus();
    await course.emulator.namespace(`${world.name}-later`);
    await main.getByRole("link", { name: `${world.name}-later` }).waitFor();
    assert.ok(await row.getByText(fresh.secretKey).isVisible(), "what was shown stays");
    assert.ok(await drop.evaluate((node) => node === document.activeElement));
    await row.getByRole("link", { name: "fresh" }).click();
    await page.getByRole("timer").getByText("2031-05-06").waitFor();
    await page.goBack();
    await page.getByRole("timer").getByText("2030-01-01").waitFor();
    await button(main, "Drop fresh").click();
    await confirm(page, "Drop the namespace fresh?", "Drop it");
    await said(page, /Namespace fresh is dropped/);
    const { namespaces } = await course.emulator.admin("GET", "namespaces");
    assert.ok(!namespaces.some(({ namespace }) => namespace === "fresh"));
  },

  "another namespace is chosen, at the same view": async (course) => {
    const { page, main, world } = await at(course, "queues");
    await course.emulator.namespace("elsewhere", { queues: [{ queueName: "over-there" }] });
    await button(page, `Namespace ${world.name}`).click();
    await page.getByRole("link", { name: /^elsewhere/ }).click();
    await main.getByText("over-there").waitFor();
    assert.equal(await page.evaluate(() => location.hash), "#/elsewhere/queues");
  },
};
