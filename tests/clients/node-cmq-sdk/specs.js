// The tests in the package cmq-sdk (tests/*.spec.ts), unmodified, in its own files.
//
// They are written for jest, and use five words of it, which are given to them here: describe,
// test with a function that may take `done`, expect().toBe, expect().not.toBeNull, and
// jest.setTimeout. They also sleep, 3 minutes altogether: their setTimeout() moves the clock of
// the emulator instead. Region and keys come from the environment.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const ts = require("typescript");

const { env, test, advance, assert } = require("../support/node/suite");

function expect(value) {
  return {
    toBe: (expected) => assert.equal(value, expected),
    not: { toBeNull: () => assert.notEqual(value, null) },
  };
}

// Time of a spec's own, once it is told to wait: the clock moves, then it goes on.
function sleep(then, ms, fail) {
  advance(`${ms}ms`).then(then).catch(fail);
}

// One test of a spec: done when its promise is, or when it calls done().
function play(body, context) {
  return new Promise((resolve, reject) => {
    context.fail = reject;
    const promise = body.length ? body(resolve) : body();
    Promise.resolve(promise).then(body.length ? undefined : resolve, reject);
  });
}

function load(file, context) {
  const source = ts.transpileModule(fs.readFileSync(file, "utf8"), {
    compilerOptions: { module: "commonjs", target: "es2018" },
  }).outputText;
  const exports = {};
  const find = (name) => {
    const there = path.resolve(path.dirname(file), name);
    return fs.existsSync(`${there}.ts`)
      ? load(`${there}.ts`, context)
      : require(name[0] === "." ? there : name);
  };
  const names = ["exports", "require", ...Object.keys(context.globals)];
  const values = [exports, find, ...Object.values(context.globals)];
  vm.compileFunction(source, names, { filename: file })(...values);
  return exports;
}

function addFile(file) {
  const context = { fail: undefined };
  let group;
  context.globals = {
    describe: (name, body) => {
      group = name;
      body();
    },
    test: (name, body) =>
      test(`${path.basename(file)}: ${group}: ${name}`, () => play(body, context)),
    expect,
    jest: { setTimeout: () => {} },
    setTimeout: (then, ms) => sleep(then, ms, (error) => context.fail(error)),
  };
  load(file, context);
}

function add(folder) {
  process.env.SECRETID = env.secretId;
  process.env.SECRETKEY = env.secretKey;
  process.env.REGION = "sh";
  const files = fs.readdirSync(folder).filter((name) => name.endsWith(".spec.ts"));
  assert.equal(files.length, 8);
  files.forEach((name) => addFile(path.join(folder, name)));
}

module.exports = { add };
