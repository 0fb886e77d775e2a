// Runs the tests: each file *.test.js exports `tests`, by name, and perhaps `options` of its emulator
// and `prepare`, what all its tests find. Ends with the counts. See run.
"use strict";

const { mkdtempSync, readdirSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { chromium } = require("playwright-core");

const { Buttons } = require("./buttons");
const { Emulator } = require("./emulator");
const { Visitor } = require("./visit");

const LEFT = process.env.LEFT;
const AT_ONCE = 2; // suites, each with an emulator of its own: they wait more than they work

// Nothing is found by its name, and no address but this machine's is reached.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-proxy-server",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

// What a test is given: it takes what it needs out of this.
class Course {
  constructor({ browser, buttons, emulator, prepared, log }, name) {
    const visitors = [];
    const visitor = async (settings) => {
      const someone = await Visitor.come(browser, emulator, settings);
      await buttons.watch(someone.context);
      visitors.push(someone);
      return someone;
    };
    // A tab at a place of the dashboard, of a visitor of its own.
    const open = async (place, settings) => (await visitor(settings)).open(place);
    const picture = async (page, title) => {
      const path = join(LEFT, `${title}.png`);
      await page.screenshot({ path });
      return path;
    };
    const row = (text) => log(`     ${text}`);
    const own = { emulator, prepared, name, visitors, visitor, open, picture, row };
    Object.assign(this, own);
  }

  async end(error) {
    const wrong = error ? [error.stack || String(error)] : [];
    for (const visitor of this.visitors) {
      wrong.push(...(await visitor.wrong().catch((problem) => [String(problem)])));
      const [page] = visitor.context.pages();
      if (wrong.length && page) await this.picture(page, `failed-${this.name}`).catch(() => {});
      await visitor.leave();
    }
    return wrong;
  }
}

async function runTest(world, name, body) {
  const course = new Course(world, name.replace(/[^a-z0-9]+/gi, "-"));
  const begin = Date.now();
  const error = await Promise.resolve(body(course)).then(
    () => null,
    (thrown) => thrown,
  );
  const wrong = await course.end(error);
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  world.log(`${wrong.length ? "FAILED" : "ok"} ${seconds} s  ${name}`);
  for (const each of wrong) world.log(`       ${each.replaceAll("\n", "\n       ")}`);
  return wrong.length === 0;
}

async function runSuite({ browser, buttons }, log, suite, counts) {
  const { options = [], prepare = () => null, tests } = suite;
  const emulator = await Emulator.start(...options);
  try {
    const world = { browser, buttons, emulator, log, prepared: await prepare(emulator) };
    for (const [name, body] of tests) {
      const good = await runTest(world, name, body);
      counts[good ? "passed" : "failed"]++;
    }
  } finally {
    const code = await emulator.stop();
    if (code !== 0) {
      log(`FAILED the emulator ended with ${code}`);
      counts.failed++;
    }
  }
}

// What a suite prints comes when it has ended, since two run side by side.
async function runSuites(shared, waiting, counts) {
  for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
    const lines = [`-- ${suite.title}`];
    await runSuite(shared, (line) => lines.push(line), suite, counts).catch((error) => {
      lines.push(`FAILED ${suite.title}: ${error.stack}`);
      counts.failed++;
    });
    console.log(lines.join("\n"));
  }
}

function files() {
  return readdirSync(__dirname)
    .filter((name) => name.endsWith(".test.js"))
    .sort();
}

// The tests of a file whose titles have every word.
function chosen(file, words) {
  const title = file.replace(".test.js", "");
  const suite = require(join(__dirname, file));
  const wanted = ([name]) => words.every((word) => `${title} ${name}`.includes(word));
  return { ...suite, title, tests: Object.entries(suite.tests).filter(wanted) };
}

async function runAll(suites, counts, buttons) {
  const home = mkdtempSync(join(tmpdir(), "cmq-browser-"));
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home };
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS, env });
  const waiting = [...suites];
  const shared = { browser, buttons };
  await Promise.all(Array.from({ length: AT_ONCE }, () => runSuites(shared, waiting, counts)));
  await browser.close();
  rmSync(home, { recursive: true, force: true });
}

// All tests together press each button.
function judge(buttons, counts) {
  const missing = buttons.missing();
  counts[missing.length ? "failed" : "passed"]++;
  console.log(`${missing.length ? "FAILED" : "ok"} each button is pressed by a test`);
  for (const each of missing) console.log(`       ${each}`);
}

async function main(words) {
  const list = words[0] === "-l" && words.shift();
  const suites = files()
    .map((file) => chosen(file, words))
    .filter(({ tests }) => tests.length);
  if (list) {
    for (const { title, tests } of suites)
      for (const [name] of tests) console.log(`${title}: ${name}`);
    return;
  }
  const counts = { passed: 0, failed: 0 };
  const buttons = new Buttons();
  await runAll(suites, counts, buttons);
  if (words.length === 0) judge(buttons, counts);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed || !counts.passed ? 1 : 0;
}

main(process.argv.slice(2));
