// Everybody can use it: each place by axe-core's rules, in the light and in the dark, on a telephone and on
// a laptop; what is wide scrolls in its own box. And a picture of each.
"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { PLACES, things, arrived } = require("./places");
const { build } = require("./scenario");

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1300 },
];

// One line for each rule that is broken, with the first places.
async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ["violations"], preload: false }),
  );
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 4).map((node) => `${node.target} ${node.failureSummary}`);
    return `${id}: ${help}; ${nodes.length} times: ${where.join(" | ").replace(/\s+/g, " ")}`;
  });
}

const sideways = (page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });

// Of the entry in the navigation that says where one is, how many pixels cannot be seen: whole ones, since
// it scrolls by these.
const beside = (page) =>
  page.locator("#nav [aria-current]").evaluate((entry) => {
    const { left, right } = entry.getBoundingClientRect();
    return Math.floor(Math.max(0, -left, right - innerWidth));
  });

// Short names in tables that have been broken in two, for which there is no need: tables scroll.
const broken = (page) =>
  page
    .locator("table .name")
    .evaluateAll((names) =>
      names
        .filter((name) => name.textContent.length <= 12 && name.getClientRects().length > 1)
        .map((name) => name.textContent),
    );

async function look(page, place, judged) {
  await page.evaluate((hash) => (location.hash = hash), `#/worker/${place.path ?? place.name}`);
  await arrived(page, place);
  const wrong = (judged ? await violations(page) : []).map((each) => `${place.name}: ${each}`);
  const over = await sideways(page);
  if (over > 0) wrong.push(`${place.name}: the document scrolls sideways by ${over} pixels`);
  const hidden = await beside(page);
  if (hidden > 0) wrong.push(`${place.name}: its entry is hidden by ${hidden} pixels`);
  for (const name of new Set(await broken(page))) wrong.push(`${place.name}: ${name} is broken`);
  return wrong;
}

const tests = {};
for (const colorScheme of ["light", "dark"])
  for (const viewport of SIZES)
    tests[`each place at ${viewport.width} pixels, ${colorScheme}`] = async (course) => {
      const page = await course.open("worker/overview", { colorScheme, viewport });
      const wrong = [];
      for (const place of [...PLACES, ...(await things(course.prepared))]) {
        wrong.push(...(await look(page, place, viewport.width < 2000)));
        await course.picture(page, `${place.name}-${viewport.width}-${colorScheme}`);
      }
      assert.deepEqual(wrong, []);
    };

exports.prepare = build;
exports.tests = tests;
