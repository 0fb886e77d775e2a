// The page as it comes from the emulator: what it is made of, its navigation, its addresses.
"use strict";

const assert = require("node:assert/strict");
const { gunzipSync } = require("node:zlib");
const { until } = require("./expect");
const { PLACES, arrived } = require("./places");
const { build } = require("./scenario");

const LARGEST_PAGE = 60 * 1024; // on the wire
const BROWSER = { Accept: "text/html,*/*;q=0.8", "Accept-Encoding": "gzip" };

exports.prepare = build;
exports.tests = {
  "it says where it is, and goes elsewhere by its navigation": async ({ open }) => {
    const page = await open("worker/overview");
    for (const place of PLACES) {
      const link = page.locator(`nav a[href="#/worker/${place.name}"]`);
      const name = await link.textContent();
      await link.click();
      await arrived(page, place);
      assert.equal(await link.getAttribute("aria-current"), "page");
      assert.equal(await page.locator('nav [aria-current="page"]').count(), 1);
      assert.equal(await page.title(), `${name} · worker · CMQ emulator`);
      assert.ok(await page.locator("main h1").count(), place.name);
    }
    const names = await page
      .locator("nav a")
      .evaluateAll((all) => all.map((a) => a.hash.split("/")[2]));
    assert.deepEqual(
      names,
      PLACES.map((place) => place.name),
    );
  },

  "an address leads to the same place in another tab, and back": async ({ visitor }) => {
    const someone = await visitor();
    for (const place of PLACES) {
      const page = await someone.open(`worker/${place.name}`);
      await arrived(page, place);
      await page.close();
    }
    const page = await someone.open("worker/queues");
    await arrived(page, PLACES[1]);
    await page.evaluate(() => (location.hash = "#/worker/topics"));
    await arrived(page, PLACES[2]);
    await page.goBack();
    await arrived(page, PLACES[1]);
    await page.goForward();
    await arrived(page, PLACES[2]);
  },

  "an address of nowhere shows something, and no error": async ({ visitor }) => {
    const someone = await visitor();
    someone.mayFail.push(/namespace=%25/, /topics\/a/); // there are none of these names
    for (const place of [
      "worker/nosuch",
      "worker",
      "%",
      "worker/%zz",
      "worker/queues?x=%",
      "//",
      "worker/topics/a/b",
    ]) {
      const page = await someone.open(place);
      const heading = page.locator("main h1").or(page.getByText(/There is no namespace/));
      await until(`something at ${place}`, () => heading.first().isVisible());
      await page.close();
    }
  },

  "a queue, a topic, a message that is not there: it says so": async ({ visitor }) => {
    const someone = await visitor();
    someone.mayFail.push(/nosuch/);
    const page = await someone.open("worker/overview");
    for (const [place, text] of [
      ["queues/nosuch", "There is no queue of this name"],
      ["topics/nosuch", "There is no topic of this name"],
      ["messages/nosuch", "There is nothing to tell"],
    ]) {
      await page.evaluate((hash) => (location.hash = hash), `#/worker/${place}`);
      await page.locator("main").getByText(text).waitFor();
    }
  },

  "without a namespace of that name it says so": async ({ visitor }) => {
    const someone = await visitor();
    someone.mayFail.push(/namespace=nowhere/, /namespaces\/nowhere/);
    const page = await someone.open("nowhere/overview");
    await page.getByRole("status").getByText("There is no namespace nowhere.").waitFor();
    await page.evaluate(() => (location.hash = "#/nowhere-else/overview"));
    await page.getByText("There is no namespace nowhere-else.").waitFor();
    await until("nothing is shown", () => page.evaluate(() => !document.querySelector("main h1")));
    await page.keyboard.press("t"); // where there is no time line
    await page.getByRole("link", { name: "Show default" }).click();
    await until(
      "the note has gone",
      async () => !(await page.getByText(/There is no namespace/).count()),
    );
  },

  "what a view needs is small on the wire, and is not sent twice": async ({
    visitor,
    emulator,
    row,
  }) => {
    const someone = await visitor();
    const files = new Set();
    someone.context.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname === "/_emulator" || pathname.startsWith("/_emulator/dashboard/"))
        files.add(pathname);
    });
    await arrived(await someone.open("worker/queues"), PLACES[1]);
    let [wire, plain] = [0, 0];
    for (const path of files) {
      const answer = await emulator.send("GET", path, BROWSER);
      assert.equal(answer.status, 200, path);
      wire += answer.body.length;
      const zipped = answer.headers["content-encoding"] === "gzip";
      plain += (zipped ? gunzipSync(answer.body) : answer.body).length;
      if (process.env.DASHBOARD) continue; // not as it is embedded
      assert.ok(zipped, path);
      const again = { ...BROWSER, "If-None-Match": answer.headers.etag };
      assert.equal((await emulator.send("GET", path, again)).status, 304, path);
    }
    row(`the page at its queues: ${files.size} files, ${wire} bytes on the wire, ${plain} of text`);
    assert.ok(process.env.DASHBOARD || wire < LARGEST_PAGE);
  },

  "its policy lets nothing of others in": async ({ emulator }) => {
    const { headers } = await emulator.send("GET", "/_emulator", BROWSER);
    const policy = headers["content-security-policy"].split(/;\s*/);
    for (const part of [
      "default-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'none'",
    ])
      assert.ok(policy.includes(part), part);
    assert.ok(!/unsafe|\*|data:|https?:/.test(policy.join(";")), policy.join(";"));
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.match(headers.vary, /Accept/);
  },
};
