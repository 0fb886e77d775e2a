// Where one can be on the page, and a text of the scenario that is there once it has been loaded.
"use strict";

const PLACES = [
  { name: "overview", shows: "orders-idle" },
  { name: "queues", shows: "orders-dead" },
  { name: "topics", shows: "order-events" },
  { name: "journal", shows: "PublishMessage" },
  { name: "faults", shows: "10050" },
  { name: "snapshots", shows: "before-payday" },
  { name: "sinks", shows: "billing" },
  { name: "signatures", shows: "4100" },
  { name: "namespaces", shows: "worker" },
];

// The pages of single things, in the namespace that scenario.js has built.
async function things(world) {
  const dead = await world.get("queues/orders-dead/messages");
  const { msgId } = dead.messages[0];
  return [
    { name: "queue", path: "queues/orders", shows: /received 3 times goes to/ },
    { name: "topic", path: "topics/order-events", shows: /tries again after/ },
    { name: "message", path: `messages/${msgId}`, shows: /moved from/ },
    { name: "sink", path: "sinks/billing", shows: /TopicOwner/ },
  ];
}

// The place is there: its first heading, and what it shows of the scenario.
async function arrived(page, { shows }) {
  await page.locator("main h1").first().waitFor();
  await page.locator("main").getByText(shows).first().waitFor();
}

module.exports = { PLACES, things, arrived };
