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

// The place is there: its first heading, and what it shows of the scenario.
async function arrived(page, { shows }) {
  await page.locator("main h1").first().waitFor();
  await page.locator("main").getByText(shows).first().waitFor();
}

module.exports = { PLACES, arrived };
