// With --admin-token the page is served to everybody, and asks for the token before it shows anything.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./expect");

const WORDS = "The admin token, please";
const TOKEN = "open-sesame-0123456789";

async function answer(page, token) {
  const dialog = page.getByRole("dialog", { name: WORDS });
  await dialog.getByLabel("Token").fill(token);
  await dialog.getByRole("button", { name: "Go on" }).click();
}

async function guarded({ emulator, visitor }) {
  emulator.token = TOKEN;
  await emulator.admin("POST", "clock/freeze");
  const someone = await visitor();
  someone.mayFail.push(/./); // 401, until it has the token
  return { someone, page: await someone.open("default/queues") };
}

exports.options = ["--admin-token", TOKEN];
exports.tests = {
  "a wrong token is asked for again, the right one opens the page": async (course) => {
    const { someone, page } = await guarded(course);
    await answer(page, "nonsense");
    await page.getByRole("dialog").getByText("refuses the token that this tab has").waitFor();
    await answer(page, TOKEN);
    await page.getByText("No queues yet").waitFor();
    await page.getByRole("timer").getByText("UTC").waitFor();
    assert.ok(!page.url().includes(TOKEN));
    // a reload keeps it, another tab knows nothing of it
    await page.reload();
    await page.getByText("No queues yet").waitFor();
    assert.equal(await page.getByRole("dialog").count(), 0);
    const other = await someone.open("default/queues");
    await other.getByRole("dialog", { name: WORDS }).waitFor();
    assert.deepEqual(await someone.context.cookies(), []);
  },

  "who has none is not asked again and again, but can change their mind": async (course) => {
    const { page } = await guarded(course);
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    const enter = page.getByRole("status").getByRole("button", { name: "Enter it" });
    await enter.click();
    await answer(page, TOKEN);
    await page.getByText("No queues yet").waitFor();
    await until("no note is left", async () => !(await enter.count()));
  },
};
