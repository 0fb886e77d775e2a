// An order worker and what went wrong with it: orders that come back, one that is a dead letter, a push
// in its 9th attempt, a message that is delayed, a poll that waits, a rule of faults, a snapshot, and a
// call whose signature was refused. Its clock stands, and its ids come from a seed.
"use strict";

const START = "2030-01-01T08:00:00Z";

const order = (number, more = {}) =>
  JSON.stringify({ order: number, customer: `c-${number % 7}`, ...more });

async function makeResources(world) {
  await world.cmq("CreateQueue", { queueName: "orders-dead", msgRetentionSeconds: 1296000 });
  await world.cmq("CreateQueue", {
    queueName: "orders",
    visibilityTimeout: 30,
    msgRetentionSeconds: 345600,
    rewindSeconds: 86400,
  });
  const policy = { deadLetterQueue: "orders-dead", policy: 0, maxReceiveCount: 3 };
  await world.cmq("SetQueueAttributes", {
    queueName: "orders",
    deadLetterPolicy: JSON.stringify(policy),
  });
  await world.cmq("CreateQueue", { queueName: "orders-audit" });
  await world.cmq("CreateQueue", { queueName: "orders-idle" });
  await world.cmq("CreateTopic", { topicName: "order-events" });
  const sink = `${world.emulator.url}/_emulator/sink/billing?namespace=${world.name}`;
  await world.admin("PUT", "sink/billing", { status: 500 });
  await world.cmq("Subscribe", {
    topicName: "order-events",
    subscriptionName: "billing",
    protocol: "http",
    endpoint: sink,
    notifyStrategy: "EXPONENTIAL_DECAY_RETRY",
    notifyContentFormat: "JSON",
  });
  await world.cmq("Subscribe", {
    topicName: "order-events",
    subscriptionName: "audit",
    protocol: "queue",
    endpoint: "orders-audit",
    notifyContentFormat: "SIMPLIFIED",
  });
}

const receive = (world) => world.cmq("ReceiveMessage", { queueName: "orders" });

// The first order is received three times and never deleted, so the next receive moves it to orders-dead.
async function loseOne(world) {
  await world.cmq("SendMessage", { queueName: "orders", msgBody: order(1001, { total: "n/a" }) });
  for (let i = 0; i < 3; i++) {
    await receive(world);
    await world.advance("30s");
  }
  const { code } = await world.ask("ReceiveMessage", { queueName: "orders" });
  if (code !== 7000) throw new Error(`the poisoned order was received a fourth time: ${code}`);
}

// The attempts begin after 0, 1, 3, 7, ... seconds: the 9th after 255, which then waits for the 10th.
async function publish(world) {
  await world.cmq("PublishMessage", {
    topicName: "order-events",
    msgBody: order(1001, { event: "placed" }),
  });
  await world.advance("255s");
}

async function work(world) {
  for (let i = 1002; i <= 1012; i++)
    await world.cmq("SendMessage", { queueName: "orders", msgBody: order(i) });
  await receive(world);
  await world.advance("30s");
  const again = await receive(world);
  await world.advance("5s");
  const done = await receive(world);
  await world.cmq("DeleteMessage", { queueName: "orders", receiptHandle: done.receiptHandle });
  for (const [number, seconds] of [
    [1013, 900],
    [1014, 915],
    [1015, 3600],
  ])
    await world.cmq("SendMessage", {
      queueName: "orders",
      msgBody: order(number),
      delaySeconds: seconds,
    });
  return again;
}

// The namespace `name`, and what a test may want to name in it. The poll is answered when the
// namespace goes, or a message comes to orders-idle.
async function build(emulator, name = "worker") {
  const clock = { mode: "frozen", at: START };
  const world = await emulator.namespace(name, { seed: 7, clock });
  await makeResources(world);
  await loseOne(world);
  await publish(world);
  const again = await work(world);
  await world.admin("POST", "faults", {
    action: "DeleteMessage",
    queue: "orders",
    skip: 1,
    times: 2,
    fault: { error: "10050" },
  });
  await world.admin("POST", "snapshots", { name: "before-payday" });
  await world.ask("ReceiveMessage", { queueName: "orders" }, { key: "not the key" });
  const poll = world.ask("ReceiveMessage", { queueName: "orders-idle", pollingWaitSeconds: 20 });
  poll.catch(() => {}); // the emulator may end before it
  await world.polls(1);
  return Object.assign(world, { again, poll });
}

module.exports = { build };
