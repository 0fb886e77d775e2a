// Without a mouse: everything that can be pressed can be reached, is seen when it is, and does what it says.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./expect");
const { PLACES, arrived } = require("./places");
const { build } = require("./scenario");

const MOST_STOPS = 50; // of a list the first ones will do

// Whether what has the focus can be seen to have it, and what it is.
function focused() {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  node.dataset.stop ??= String(++window.stops || (window.stops = 1));
  const { width, height, top, bottom, left, right } = node.getBoundingClientRect();
  const style = getComputedStyle(node);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const inside = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  return {
    stop: node.dataset.stop,
    what: `${node.tagName} ${node.getAttribute("aria-label") ?? node.textContent.trim().slice(0, 40)}`,
    seen: width > 0 && height > 0 && inside,
    ring: ring || style.boxShadow !== "none",
  };
}

// What can be pressed and is there, by the marks of focused(); those that were never reached have none.
function pressable() {
  const all = document.querySelectorAll(
    "a[href], button, input, select, textarea, [tabindex='0'], summary",
  );
  const missed = [...all].filter((node) => {
    const one = node.closest("[role=group], [role=toolbar], [role=listbox], svg");
    const grouped = one && one.querySelector("[tabindex='-1']") && one.querySelector("[data-stop]");
    return (
      node.checkVisibility({ visibilityProperty: true }) &&
      !node.dataset.stop &&
      node.tabIndex >= 0 &&
      !node.disabled &&
      !grouped
    );
  });
  return missed.map((node) => node.outerHTML.slice(0, 150));
}

async function walk(page) {
  const seen = new Map();
  for (let i = 0; i < MOST_STOPS; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(focused);
    if (!at || seen.has(at.stop)) break;
    seen.set(at.stop, at);
  }
  return [...seen.values()];
}

const toPlace = (page, place) =>
  page.evaluate((hash) => (location.hash = hash), `#/worker/${place}`);

exports.prepare = build;
exports.tests = {
  "Tab reaches all that can be pressed, and shows where it is": async ({ visitor }) => {
    const someone = await visitor();
    const wrong = [];
    for (const place of PLACES) {
      const page = await someone.open(`worker/${place.name}`);
      await arrived(page, place);
      const stops = await walk(page);
      for (const { what, seen, ring } of stops) {
        if (!seen) wrong.push(`${place.name}: ${what} has the focus out of sight`);
        if (!ring) wrong.push(`${place.name}: ${what} does not show that it has the focus`);
      }
      const missing = stops.length < MOST_STOPS ? await page.evaluate(pressable) : [];
      for (const missed of missing) wrong.push(`${place.name}: never reached: ${missed}`);
      await page.close();
    }
    assert.deepEqual(wrong, []);
  },

  "the first stop skips to the content": async ({ open }) => {
    const page = await open("worker/queues");
    await arrived(page, PLACES[1]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await until("the content has the focus", () =>
      page.evaluate(() => document.activeElement.id === "main"),
    );
    await page.locator("main h1", { hasText: "Queues" }).waitFor(); // and it is the same place
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement.closest("main") !== null));
  },

  "a queue is found, looked into, and left": async ({ open }) => {
    const page = await open("worker/overview");
    await arrived(page, PLACES[0]);
    await page.keyboard.press("2"); // the second view
    await arrived(page, PLACES[1]);
    const link = page.getByRole("link", { name: "orders", exact: true });
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press("Tab");
      if (await link.evaluate((node) => node === document.activeElement)) break;
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "orders" }).waitFor();
    await page.keyboard.press("Alt+ArrowLeft");
    await arrived(page, PLACES[1]);
  },

  "a dialog holds the focus, and gives it back": async ({ open }) => {
    const page = await open("worker/faults");
    await arrived(
      page,
      PLACES.find(({ name }) => name === "faults"),
    );
    const opener = page.getByRole("button", { name: "New rule…" });
    await opener.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "A new rule" });
    await dialog.waitFor();
    for (let i = 0; i < 40; i++) {
      const outside = await page.evaluate(
        () => document.activeElement !== document.body && !document.activeElement.closest("dialog"),
      );
      assert.ok(!outside, "the focus has left the dialog");
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await until("it is back", () => opener.evaluate((node) => node === document.activeElement));
  },

  "what has the focus keeps it while rows come and go": async ({ open, prepared }) => {
    const page = await open("worker/queues");
    await arrived(page, PLACES[1]);
    const link = page.getByRole("link", { name: "orders-audit" });
    await link.focus();
    for (let i = 0; i < 3; i++) {
      await prepared.cmq("CreateQueue", { queueName: `passing-${i}` });
      await page.getByRole("link", { name: `passing-${i}` }).waitFor();
      assert.ok(await link.evaluate((node) => node === document.activeElement));
    }
    for (let i = 0; i < 3; i++) await prepared.cmq("DeleteQueue", { queueName: `passing-${i}` });
    await page.getByRole("link", { name: "passing-2" }).waitFor({ state: "detached" });
    assert.ok(await link.evaluate((node) => node === document.activeElement));
  },
};
