// What the suites with Node clients share: tests one after the other, and the emulator's admin
// interface, by which they move the clock and look inside.
//
// The admin interface is called with Node's own fetch(), which knows no proxies; the clients'
// requests go wherever their own settings lead.
"use strict";

const assert = require("node:assert/strict");

const env = {
  url: process.env.CMQ_URL,
  host: process.env.CMQ_HOST,
  port: Number(process.env.CMQ_PORT),
  secretId: process.env.CMQ_SECRET_ID,
  secretKey: process.env.CMQ_SECRET_KEY,
};

// Bodies that a wrong encoding, signature or length would change. Values that begin with @ are
// not signed by some clients (sdk-compat 8, V1).
const bodies = [
  "plain",
  "a+b c%20d&e=f?g#h;i/j\\k\"l'm",
  "队列消息 – ñ – 🚀",
  "line\nbreak\r\ntab\t end ",
  " *~!()-._ ",
  '{"a":[1,2,{"b":null}]}',
  "@file",
  "=",
];

const tests = [];

function test(name, body) {
  tests.push({ name, body });
}

// Runs all tests and prints the line by which the suite is counted.
async function run() {
  let failed = 0;
  for (const { name, body } of tests) {
    try {
      await body();
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}\n${error.stack || error}`);
    }
  }
  console.log(`${tests.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

async function admin(method, path, argument) {
  const answer = await fetch(`${env.url}/_emulator${path}`, {
    method,
    body: argument === undefined ? undefined : JSON.stringify(argument),
  });
  const object = await answer.json();
  assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(object)}`);
  return object;
}

const freeze = () => admin("POST", "/clock/freeze", {});
const advance = (by) => admin("POST", "/clock/advance", { by });
const seconds = async () => Math.floor((await admin("GET", "/clock")).nowMs / 1000);

// Waits until so many polls are parked at a queue, or so few.
async function polls(queue, count) {
  const until = { queue, polls: { eq: count } };
  const { satisfied } = await admin("POST", "/await", { until });
  assert.ok(satisfied, `${count} polls parked at ${queue}`);
}

// The next request of an Action fails so (emulator/doc/faults.md), and none after it. Resolves to how
// many requests of that Action there were during the call, and its answer, or its error.
async function failOnce(action, fault, call) {
  await admin("POST", "/faults", { action, times: 1, fault });
  const outcome = await call().then(
    (answer) => ({ answer }),
    (error) => ({ error }),
  );
  const { faults } = await admin("GET", "/faults");
  await admin("DELETE", "/faults");
  return { requests: faults[0].matched, ...outcome };
}

// The object has these members, with these values; it may have more.
function has(object, expected) {
  const found = {};
  for (const name of Object.keys(expected)) found[name] = object[name];
  assert.deepEqual(found, expected);
}

module.exports = { env, bodies, test, run, admin, freeze, advance, seconds, polls, failOnce, has, assert };
