// Which buttons of the page the tests press. Each place in its modules that makes a button has to be among those
// whose buttons were pressed by some test; and where a button asks first, its question has to be agreed to.
"use strict";

const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");

const MODULES = join(__dirname, "../../../emulator/admin/dashboard");

// A call that makes a button, perhaps by another function. What is pulled, and not pressed, is a slider.
const MAKES = /(?<![\w.]|function )(?:button|menu)\(|\bel\(\s*"button"/g;

// What runs in each page: a button knows from where it was made, and says so when it is pressed.
function tell() {
  const made = new WeakMap();
  const create = Document.prototype.createElement;
  Document.prototype.createElement = function (tag, ...more) {
    const node = create.call(this, tag, ...more);
    if (tag === "button") made.set(node, new Error().stack);
    return node;
  };
  let opener = null; // of the dialog that is shown
  addEventListener(
    "click",
    ({ target }) => {
      const button = target.closest?.("button");
      if (!made.has(button)) return;
      const stack = made.get(button);
      const dialog = button.closest("dialog");
      window.cmqPressed("pressed", stack);
      if (dialog && button.type === "submit" && opener) window.cmqPressed("agreed", opener);
      if (dialog) return;
      opener = null;
      setTimeout(() => {
        if (!document.querySelector("dialog[open] button[type=submit]")) return;
        opener = stack;
        window.cmqPressed("asked", stack);
      });
    },
    true,
  );
}

// "faults.js:12" of each line of a stack.
function linesOf(stack) {
  return [...stack.matchAll(/\/dashboard\/([\w-]+\.js):(\d+):/g)].map(
    ([, file, line]) => `${file}:${line}`,
  );
}

// The places in the modules, "faults.js:12", each with what stands there.
function places() {
  const all = new Map();
  for (const file of readdirSync(MODULES).filter((name) => name.endsWith(".js"))) {
    const source = readFileSync(join(MODULES, file), "utf8");
    const lines = source.split("\n");
    for (const { index } of source.matchAll(MAKES)) {
      const line = source.slice(0, index).split("\n").length;
      const text = lines.slice(line - 1, line + 5).map((each) => each.trim());
      if (/^(\/?\*|import)/.test(text[0]) || text.includes('role: "slider",')) continue;
      all.set(`${file}:${line}`, text.join(" ").slice(0, 90));
    }
  }
  return all;
}

class Buttons {
  constructor() {
    this.lines = { pressed: new Set(), asked: new Set(), agreed: new Set() };
  }

  async watch(context) {
    await context.exposeBinding("cmqPressed", (_, what, stack) => {
      for (const line of linesOf(stack)) this.lines[what].add(line);
    });
    await context.addInitScript(tell);
  }

  // What no test has pressed, or agreed to.
  missing() {
    const { pressed, asked, agreed } = this.lines;
    return [...places()]
      .filter(([line]) => !pressed.has(line) || (asked.has(line) && !agreed.has(line)))
      .map(
        ([line, text]) =>
          `${line}: ${pressed.has(line) ? "never agreed to" : "never pressed"}: ${text}`,
      );
  }
}

module.exports = { Buttons, places };
