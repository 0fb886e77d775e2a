// Visits of the dashboard in a browser that is watched meanwhile: the page asks nobody but the emulator,
// writes no errors into the console, violates no policy, throws nothing, opens no alert(), and nothing
// that a name or a body has brought along has run.
"use strict";

const { PATIENCE_MS } = require("./expect");

const LAPTOP = { width: 1280, height: 800 };

// What runs in each page before its own scripts.
function watch() {
  addEventListener("securitypolicyviolation", (event) => {
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
}

class Visitor {
  // Another one shares nothing with it: cookies, storage, cache.
  static async come(browser, emulator, { colorScheme = "light", viewport = LAPTOP, ...more } = {}) {
    const settings = { locale: "en-GB", timezoneId: "UTC", reducedMotion: "reduce", ...more };
    const context = await browser.newContext({ colorScheme, viewport, ...settings });
    return new Visitor(context, emulator);
  }

  constructor(context, emulator) {
    this.context = context;
    this.emulator = emulator;
    this.problems = [];
    this.errors = []; // of the console, with where they come from
    // Addresses whose answers may be errors: before a signature was refused there is none to show.
    this.mayFail = [/\/_emulator\/signatures\/last/];
    context.setDefaultTimeout(PATIENCE_MS);
    context.on("request", (request) => {
      const address = request.url();
      if (!address.startsWith(`${emulator.url}/`) && !address.startsWith("data:"))
        this.problems.push(`a request to ${address}`);
    });
    context.on("console", (message) => {
      if (message.type() !== "error") return;
      this.errors.push({ text: message.text(), from: message.location().url });
    });
    context.on("weberror", (error) =>
      this.problems.push(`thrown: ${error.error().stack || error.error()}`),
    );
    context.on("dialog", (dialog) => {
      this.problems.push(`${dialog.type()}(${JSON.stringify(dialog.message())})`);
      dialog.dismiss().catch(() => {});
    });
  }

  // A tab at a place of the dashboard, such as "worker/queues/orders".
  async open(place = "") {
    const page = await this.context.newPage();
    await page.addInitScript(watch);
    await page.goto(this.address(place));
    return page;
  }

  address(place = "") {
    return `${this.emulator.url}/_emulator${place ? `#/${place}` : ""}`;
  }

  // What was wrong so far. Nothing that was injected leaves its mark, window.injected.
  async wrong() {
    for (const page of this.context.pages())
      if (await page.evaluate(() => "injected" in window))
        this.problems.push("injected code has run");
    const excused = ({ text, from }) =>
      text.startsWith("Failed to load resource") && this.mayFail.some((each) => each.test(from));
    const errors = this.errors.filter((error) => !excused(error));
    const told = errors.map(({ text, from }) => `console: ${text} (${from})`);
    return [...new Set([...this.problems, ...told])];
  }

  leave() {
    return this.context.close();
  }
}

module.exports = { Visitor };
