// What cannot be loaded is said where it would stand, and is loaded by the button there; nothing else on the page suffers.
"use strict";

const { PLACES, things, arrived } = require("./places");
const { build } = require("./scenario");

// What each place asks for, beside what the frame does.
const ASKS = {
  overview: /_emulator\/queues\?/,
  queues: /_emulator\/queues\?/,
  topics: /_emulator\/topics\?/,
  journal: /_emulator\/journal\?/,
  faults: /_emulator\/faults\?/,
  snapshots: /_emulator\/snapshots\?/,
  sinks: /_emulator\/sinks\?/,
  signatures: /_emulator\/signatures\/last/,
  namespaces: /_emulator\/namespaces\?/,
  queue: /_emulator\/queues\/orders\?/,
  topic: /_emulator\/topics\/order-events/,
  message: /_emulator\/messages\//,
  sink: /_emulator\/sink\/billing/,
};

async function loadedAgain({ visitor }, place) {
  const someone = await visitor();
  const asked = ASKS[place.name];
  someone.mayFail.push(asked);
  const page = await someone.context.newPage();
  const lost = (route) => route.abort();
  await page.route(asked, lost);
  await page.goto(someone.address(`worker/${place.path ?? place.name}`));
  const again = page.locator("main").getByRole("alert").getByRole("button", { name: "Try again" });
  await again.first().waitFor();
  await page.getByText("The emulator cannot be reached").first().waitFor();
  await page.unroute(asked, lost);
  await again.first().click();
  await arrived(page, place);
  await again.first().waitFor({ state: "detached" });
}

const tests = {};
for (const place of PLACES)
  tests[`what ${place.name} could not load`] = (course) => loadedAgain(course, place);
for (const name of ["queue", "topic", "message", "sink"])
  tests[`what a ${name} could not load`] = async (course) => {
    const all = await things(course.prepared);
    await loadedAgain(
      course,
      all.find((thing) => thing.name === name),
    );
  };

tests["what is coming, which the overview could not load"] = async ({ visitor }) => {
  const someone = await visitor();
  someone.mayFail.push(/clock\/agenda/);
  const page = await someone.context.newPage();
  const lost = (route) => route.abort();
  await page.route(/clock\/agenda/, lost);
  await page.goto(someone.address("worker/overview"));
  const next = page.getByRole("region", { name: "What happens next" });
  await next.getByRole("alert").getByText("The emulator cannot be reached").waitFor();
  await page.getByRole("link", { name: "orders-idle" }).first().waitFor(); // the others are there
  await page.unroute(/clock\/agenda/, lost);
  await next.getByRole("button", { name: "Try again" }).click();
  await next.getByText("attempt 10").waitFor();
};

exports.prepare = build;
exports.tests = tests;
