// The life of a message, sentence by sentence, as it goes on under an open page; and of one that is gone.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./expect");

let made = 0;

async function fresh(emulator) {
  const clock = { mode: "frozen", at: "2030-01-01T00:00:00Z" };
  const world = await emulator.namespace(`lives-${++made}`, { clock });
  const attributes = { visibilityTimeout: 10, msgRetentionSeconds: 3600, rewindSeconds: 600 };
  await world.cmq("CreateQueue", { queueName: "jobs", ...attributes });
  return world;
}

async function opened({ open }, world, msgId) {
  const page = await open(`${world.name}/messages/${msgId}`);
  const story = page.getByRole("region", { name: "What happened" });
  const says = (text) => story.getByRole("listitem").filter({ hasText: text }).last().waitFor();
  await story.getByRole("listitem").first().waitFor();
  return { page, story, says, body: page.getByRole("region", { name: "Body" }) };
}

const send = async (world, more = {}) =>
  (await world.cmq("SendMessage", { queueName: "jobs", msgBody: "of the story", ...more })).msgId;
const receive = (world) => world.cmq("ReceiveMessage", { queueName: "jobs" });

exports.tests = {
  "of a queue: each sentence as it comes true": async (course) => {
    const world = await fresh(course.emulator);
    const msgId = await send(world, { delaySeconds: 5 });
    const { page, says, body } = await opened(course, world, msgId);
    await says("sent to jobs");
    await says(/delayed, until .*00:00:05.000/);
    await page.getByText(/It becomes active in 5.0 s; nobody has received it there/).waitFor();
    await body.getByText("of the story").waitFor();
    await world.advance("5s");
    await says("the delay is over: it is active");
    await world.admin("POST", "faults", {
      action: "ReceiveMessage",
      fault: { duplicate: 1 },
      times: 1,
    });
    const { receiptHandle } = await receive(world);
    await says(/received from jobs, and hidden until .*request \d+/);
    await says("a rule of faults lets somebody else receive it, too");
    await world.cmq("DeleteMessage", { queueName: "jobs", receiptHandle });
    await says("deleted; it can still be rewound");
  },

  "of a queue: rewound, returned, and kept long enough": async (course) => {
    const world = await fresh(course.emulator);
    const msgId = await send(world);
    const { page, says, body } = await opened(course, world, msgId);
    const { receiptHandle } = await receive(world);
    await world.cmq("DeleteMessage", { queueName: "jobs", receiptHandle });
    await says("deleted; it can still be rewound");
    await world.cmq("RewindQueue", { queueName: "jobs", startConsumeTime: "1893456000" });
    await says("rewound: it is active again");
    await receive(world);
    await world.advance("10s");
    await says(/nobody deleted it in time: it is active again by time alone/);
    await world.advance("1h");
    await says("kept long enough: gone");
    await page.getByText("It was in queue jobs.").waitFor();
    await body.getByText("of the story").waitFor(); // as it was seen before
    await page.reload();
    await body.getByText("As the journal has it").waitFor();
    await body.getByText("of the story").waitFor();
    await world.admin("DELETE", "journal");
    await page.reload();
    await body.getByText(/no longer stored|has not kept it/).waitFor();
  },

  "of a topic: attempts, and the copy that a queue got": async (course) => {
    const { emulator } = course;
    const world = await fresh(emulator);
    await world.cmq("CreateTopic", { topicName: "news" });
    const common = { topicName: "news", notifyContentFormat: "SIMPLIFIED" };
    await world.cmq("Subscribe", {
      ...common,
      subscriptionName: "to-queue",
      protocol: "queue",
      endpoint: "jobs",
    });
    await world.admin("PUT", "sink/web", { status: 500, times: 1 });
    await world.cmq("Subscribe", {
      ...common,
      subscriptionName: "to-web",
      protocol: "http",
      endpoint: `${emulator.url}/_emulator/sink/web?namespace=${world.name}`,
      notifyStrategy: "EXPONENTIAL_DECAY_RETRY",
    });
    const { msgId } = await world.cmq("PublishMessage", { topicName: "news", msgBody: "told" });
    await world.advance("0s");
    const { page, says } = await opened(course, world, msgId);
    await says("published to news");
    await says("attempt 1 by to-web: failed, and will be tried again");
    const { messages } = await world.get("queues/jobs/messages");
    await says(`delivered by to-queue to jobs as ${messages[0].msgId}`);
    await page.getByText(/1 subscription still to be served/).waitFor();
    await page.getByText(`Its copies: ${messages[0].msgId} in jobs`).waitFor();
    await world.advance("1s");
    await says("attempt 2 by to-web: delivered");
    await page
      .getByRole("region", { name: "What happened" })
      .getByRole("link", { name: messages[0].msgId })
      .click();
    await page.getByText(`It is a copy of ${msgId} from topic news, by to-queue`).waitFor();
    await says(`sent to jobs, as a copy of ${msgId}`);
    await world.admin("DELETE", "queues/jobs/messages");
    await says("purged");
  },

  "of many events there are pages": async (course) => {
    const world = await fresh(course.emulator);
    const msgId = await send(world);
    for (let i = 0; i < 105; i++) {
      await receive(world);
      await world.admin("POST", "clock/step");
    }
    const { page, story } = await opened(course, world, msgId);
    const items = story.getByRole("listitem");
    await until("a page", async () => (await items.count()) === 200);
    await page.getByRole("button", { name: "Next" }).click();
    await until("the rest", async () => (await items.count()) < 200);
    const { total } = await world.get(`messages/${msgId}`);
    assert.equal(await items.count(), total - 200);
    await page.getByRole("button", { name: "Previous" }).click();
    await until("the first page again", async () => (await items.count()) === 200);
  },

  "found by an id, and one of which nothing is known": async (course) => {
    const world = await fresh(course.emulator);
    const msgId = await send(world);
    const someone = await course.visitor();
    someone.mayFail.push(/messages\/(nonsense|12)/);
    const page = await someone.open(`${world.name}/messages`);
    for (const [place, label] of [
      ["messages", "Id of a message"],
      ["queues", /What became of one message/],
      ["queues/jobs", /What became of one message/],
    ]) {
      await page.evaluate((hash) => (location.hash = hash), `#/${world.name}/${place}`);
      await page.locator("main").getByLabel(label).fill(` ${msgId} `);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: `Message ${msgId}` }).waitFor();
    }
    for (const id of ["nonsense", "12"]) {
      await page.evaluate((hash) => (location.hash = hash), `#/${world.name}/messages/${id}`);
      await page.getByText("There is nothing to tell").waitFor();
    }
  },
};
