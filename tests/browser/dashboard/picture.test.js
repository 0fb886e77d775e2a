// The picture of README.md: what a person sees who looks for why an order was not received. `make
// screenshot` puts it where the README has it.
"use strict";

const assert = require("node:assert/strict");
const { copyFileSync, statSync } = require("node:fs");
const { join } = require("node:path");
const { build } = require("./scenario");

const LARGEST = 150 * 1024;
const KEPT = join(__dirname, "../../../emulator/doc/dashboard.png");

exports.tests = {
  "the picture of README.md": async ({ emulator, open, picture, row }) => {
    await build(emulator);
    const viewport = { width: 1160, height: 660 };
    const page = await open("worker/overview", { viewport });
    const line = page.getByRole("region", { name: "Time line" });
    for (const lane of ["delay ends", "returns", "push"])
      await line
        .getByRole("group", { name: lane, exact: true })
        .getByRole("button")
        .first()
        .waitFor();
    await page.getByRole("region", { name: "What happens next" }).getByText("attempt 10").waitFor();
    await page
      .getByRole("region", { name: "What just happened" })
      .getByText("DeleteMessage")
      .first()
      .waitFor();
    const file = await picture(page, "dashboard");
    const { size } = statSync(file);
    row(`${file}: ${size} bytes`);
    assert.ok(size < LARGEST, `it has ${size} bytes`);
    assert.ok(size > LARGEST / 10, `it shows nothing: ${size} bytes`);
    if (process.env.UPDATE) copyFileSync(file, KEPT);
  },
};
