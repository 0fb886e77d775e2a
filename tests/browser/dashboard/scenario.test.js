// The scenario is what it says, before the page is asked to show it.
"use strict";

const assert = require("node:assert/strict");
const { build } = require("./scenario");

exports.tests = {
  "each thing that went wrong for the order worker is there": async ({ emulator }) => {
    const world = await build(emulator);
    const orders = await world.get("queues/orders");
    assert.deepEqual(orders.counts, { active: 9, inactive: 1, delayed: 3, deleted: 1 });
    const dead = await world.get("queues/orders-dead/messages");
    const life = await world.get(`messages/${dead.messages[0].msgId}`);
    const what = life.events.map((event) => event.what);
    assert.equal(what.filter((each) => each === "received").length, 3);
    assert.equal(what.at(-1), "dead-lettered");
    const { messages } = await world.get("queues/orders/messages?state=inactive");
    assert.deepEqual(
      messages.map((message) => message.dequeueCount),
      [2],
    );
    const topic = await world.get("topics/order-events");
    const billing = topic.subscriptions.find((each) => each.subscriptionName === "billing");
    assert.equal(billing.deliveries[0].attempts, 9);
    assert.equal((await world.get("queues/orders-idle")).parkedPolls, 1);
    assert.equal((await world.get("faults")).faults.length, 1);
    assert.equal((await world.get("snapshots")).snapshots[0].name, "before-payday");
    assert.equal((await world.get("signatures/last")).code, "4100");
    const failed = await world.get("journal?outcome=failed&api=push");
    assert.equal(failed.total, 9);
  },

  "it is the same each time": async ({ emulator }) => {
    const [first, second] = [await build(emulator, "first"), await build(emulator, "second")];
    const look = async (world) => {
      const pages = ["queues/orders/messages", "queues/orders-dead/messages", "clock/agenda"];
      const answers = await Promise.all(pages.map((page) => world.get(page)));
      return JSON.stringify(answers)
        .replaceAll(`"${world.name}"`, "")
        .replace(/"(realNowMs|offsetMs)":-?\d+/g, "");
    };
    assert.equal(await look(first), await look(second));
  },
};
