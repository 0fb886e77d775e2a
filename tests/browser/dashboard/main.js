// Runs the tests: each file *.test.js exports `tests`, by name, and perhaps `options` of its emulator
// and `prepare`, what all its tests find. Ends with the counts. See run.
"use strict";

const { mkdtempSync, readdirSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { chromium } = require("playwright-core");

const { Emulator } = require("./emulator");
const { Visitor } = require("./visit");

const LEFT = process.env.LEFT;

// Nothing is found by its name, and no address but this machine's is reached.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-proxy-server",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

// What a test is given.
class Course {
  constructor(browser, emulator, prepared, name) {
    Object.assign(this, { browser, emulator, prepared, name });
    this.visitors = [];
  }

  async visitor(settings) {
    const visitor = await Visitor.come(this.browser, this.emulator, settings);
    this.visitors.push(visitor);
    return visitor;
  }

  // A tab at a place of the dashboard, of a visitor of its own.
  async open(place, settings) {
    return (await this.visitor(settings)).open(place);
  }

  picture(page, name) {
    return page.screenshot({ path: join(LEFT, `${name}.png`) });
  }

  row(...words) {
    console.log(`     ${words.join("  ")}`);
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

async function runTest(browser, emulator, prepared, name, body) {
  const course = new Course(browser, emulator, prepared, name.replace(/[^a-z0-9]+/gi, "-"));
  const begin = Date.now();
  const error = await Promise.resolve(body(course)).then(
    () => null,
    (thrown) => thrown,
  );
  const wrong = await course.end(error);
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  console.log(`${wrong.length ? "FAILED" : "ok"} ${seconds} s  ${name}`);
  for (const each of wrong) console.log(`       ${each.replaceAll("\n", "\n       ")}`);
  return wrong.length === 0;
}

async function runFile(browser, { options = [], prepare = () => null, tests }, wanted, counts) {
  const chosen = Object.entries(tests).filter(([name]) => wanted(name));
  if (!chosen.length) return;
  const emulator = await Emulator.start(...options);
  try {
    const prepared = await prepare(emulator);
    for (const [name, body] of chosen) {
      const good = await runTest(browser, emulator, prepared, name, body);
      counts[good ? "passed" : "failed"]++;
    }
  } finally {
    const code = await emulator.stop();
    if (code !== 0) {
      console.log(`FAILED the emulator ended with ${code}`);
      counts.failed++;
    }
  }
}

function files() {
  return readdirSync(__dirname)
    .filter((name) => name.endsWith(".test.js"))
    .sort();
}

async function main(words) {
  const list = words[0] === "-l" && words.shift();
  const counts = { passed: 0, failed: 0 };
  const home = mkdtempSync(join(tmpdir(), "cmq-browser-"));
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home };
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS, env });
  for (const file of files()) {
    const title = file.replace(".test.js", "");
    const wanted = (name) => words.every((word) => `${title} ${name}`.includes(word));
    const suite = require(join(__dirname, file));
    if (list)
      Object.keys(suite.tests)
        .filter(wanted)
        .forEach((name) => console.log(`${title}: ${name}`));
    else {
      console.log(`-- ${title}`);
      await runFile(browser, suite, wanted, counts).catch((error) => {
        console.log(`FAILED ${title}: ${error.stack}`);
        counts.failed++;
      });
    }
  }
  await browser.close();
  rmSync(home, { recursive: true, force: true });
  if (list) return;
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed || !counts.passed ? 1 : 0;
}

main(process.argv.slice(2));
