// What clients say cannot become part of the page, wherever it is shown, and is shown as what it is.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./expect");
const { RUNNING, UNSEEN } = require("./hostile");

const ALL = [...RUNNING, ...UNSEEN.map(([, text]) => text)];

// Wherever a client can put a text, there is each of them.
async function prepare(emulator) {
  const clock = { mode: "frozen", at: "2030-01-01T00:00:00Z" };
  const world = await emulator.namespace("evil", { clock });
  await world.cmq("CreateQueue", { queueName: "bodies" });
  await world.cmq("CreateTopic", { topicName: "news", filterType: 1 });
  const sink = `${emulator.url}/_emulator/sink/inbox?namespace=evil`;
  const web = { topicName: "news", protocol: "http", notifyContentFormat: "SIMPLIFIED" };
  await world.cmq("Subscribe", { ...web, subscriptionName: "web", endpoint: sink });
  for (const [i, text] of ALL.entries()) {
    await world.cmq("SendMessage", { queueName: "bodies", msgBody: text });
    await world.cmq("PublishMessage", { topicName: "news", msgBody: text });
    await world.ask("CreateQueue", { queueName: text, visibilityTimeout: text });
    await world.ask("SendMessage", { queueName: "bodies", msgBody: "x", [`p${text}`]: text });
    await world.ask(text, { RequestClient: text });
    const path = "http://127.0.0.1:1/" + encodeURI(text);
    await world.ask("Subscribe", { ...web, subscriptionName: `s${i}`, endpoint: path });
  }
  // Headers have no characters that end them.
  for (const text of RUNNING)
    await world.ask("ReceiveMessage", { queueName: "bodies", a: "b" }, { userAgent: text });
  for (const text of ALL) {
    const fault = { code: 6000, message: text.replaceAll("\0", "") };
    await world.admin("POST", "faults", { action: "DeleteTopic", fault, times: 1 });
  }
  await world.advance("0s"); // the pushes have ended
  return world;
}

// What stands in <main>, as the page has it.
const text = (page) => page.locator("main").evaluate((main) => main.textContent);

// Nothing in the document is of a kind, or leads to a place, that the page itself does not make.
async function innocent(page) {
  return page.evaluate(() => {
    const strange =
      "script:not([src^='/_emulator/dashboard/']), iframe, object, embed, base, meta[http-equiv], style";
    const found = [...document.querySelectorAll(strange)].map((node) => node.outerHTML);
    for (const node of document.querySelectorAll("*"))
      for (const { name, value } of node.attributes)
        if (
          name.startsWith("on") ||
          (/^(href|src|action)$/.test(name) && /^\s*javascript:/i.test(value))
        )
          found.push(`${node.tagName} ${name}=${value}`);
    const unseen = /[\u202a-\u202e\u2066-\u2069\u200b\ufeff\0\x1b\u2028]/;
    for (const node of document.querySelectorAll("[title], [aria-label], [alt]"))
      for (const name of ["title", "aria-label", "alt"])
        if (unseen.test(node.getAttribute(name) ?? ""))
          found.push(`${node.tagName} ${name}=${escape(node.getAttribute(name))}`);
    for (const link of document.links)
      if (link.origin !== location.origin) found.push(`a link to ${link.href}`);
    return found;
  });
}

// Each text is shown, and none has become anything else.
async function shows(page, texts) {
  await until("all are shown", async () => {
    const all = await text(page);
    return texts.every((each) => all.includes(each));
  }).catch(async (error) => {
    const all = await text(page);
    throw new Error(`${error.message}; not shown: ${texts.filter((each) => !all.includes(each))}`);
  });
  assert.deepEqual(await innocent(page), []);
}

const PLAIN = [...RUNNING, ...UNSEEN.map(([, , shown]) => shown)];
const hidden = /[\u202a-\u202e\u2066-\u2069\u200b\ufeff\0\x1b\u2028]/;

async function place(course, at, texts) {
  const page = await course.open(`evil/${at}`);
  await page.locator("main h1").first().waitFor();
  await shows(page, texts);
  assert.doesNotMatch(await text(page), hidden);
  assert.doesNotMatch(await page.title(), hidden);
  return page;
}

const AS_ADDRESS = [...RUNNING.slice(0, 5), ...UNSEEN.slice(0, 2).map(([, each]) => each)].map(
  encodeURIComponent,
);

exports.prepare = prepare;
exports.tests = {
  "bodies in a list": async (course) => {
    await place(course, "queues/bodies", PLAIN);
    course.row("tried: " + RUNNING.join("   "));
    course.row("and: " + UNSEEN.map(([name, , shown]) => `${name} ${shown}`).join(", "));
  },

  "one body, and the life of its message": async (course) => {
    const { messages } = await course.prepared.get("queues/bodies/messages?limit=100");
    for (const message of messages.filter(({ msgBody }) => /onerror|\u202E|\0/.test(msgBody))) {
      const shown = PLAIN[ALL.indexOf(message.msgBody)];
      const page = await place(course, `messages/${message.msgId}`, [shown]);
      await page.close();
    }
  },

  "a body that is no UTF-8": async (course) => {
    const { emulator } = course;
    const form = `Action=SendMessage&queueName=raw&msgBody=%FF%FE%3Cimg src=x onerror=injected=1%3E`;
    await emulator.send("POST", "/?Action=CreateQueue&queueName=raw");
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    const sent = JSON.parse((await emulator.send("POST", "/", type, form)).body);
    assert.equal(sent.code, 0);
    const page = await course.open(`default/messages/${sent.msgId}`);
    await shows(page, ["\\xff\\xfe<img src=x onerror=injected=1>"]);
  },

  "the requests of the journal, with arguments and who called": async (course) => {
    const page = await course.open("evil/journal");
    await page.locator("main h1").waitFor();
    assert.deepEqual(await innocent(page), []);
    const { entries } = await course.prepared.get("journal?limit=1000");
    const odd = entries.filter((entry) => /injected|evil/.test(JSON.stringify(entry)));
    assert.ok(odd.length > 30);
    for (const { number } of [odd[0], odd[1], odd[2], odd[3], odd.at(-1)]) {
      await page.evaluate((hash) => (location.hash = hash), `#/evil/journal?open=${number}`);
      await until("it is opened", async () => /injected|evil/.test(await text(page)));
      assert.deepEqual(await innocent(page), []);
      assert.doesNotMatch(await text(page), hidden);
    }
  },

  "messages of rules": (course) =>
    place(
      course,
      "faults",
      PLAIN.filter((each) => !each.includes("\\0")),
    ),
  "what a sink got": (course) => place(course, "sinks/inbox", PLAIN),
  "endpoints of subscriptions": async (course) => {
    const page = await course.open("evil/topics/news");
    await page.getByRole("heading", { name: "web" }).waitFor();
    assert.deepEqual(await innocent(page), []);
  },

  "what was refused": async (course) => {
    for (const each of RUNNING.slice(0, 3)) {
      await course.prepared.ask("ListQueue", { searchWord: each }, { key: "wrong" });
      await place(course, "signatures", [each]);
    }
  },

  "addresses that somebody was sent": async (course) => {
    const someone = await course.visitor();
    someone.mayFail.push(/_emulator\//); // there is nothing of these names
    const page = await someone.open("evil/overview");
    for (const each of AS_ADDRESS)
      for (const at of [
        `evil/queues/${each}`,
        `evil/topics/${each}`,
        `evil/messages/${each}`,
        `evil/journal?action=${each}&queue=${each}`,
        `${each}/overview`,
        `evil/${each}`,
      ]) {
        await page.evaluate((hash) => (location.hash = hash), `#/${at}`);
        const there = page.locator("main h1").or(page.getByText(/There is no namespace/));
        await until(`something at ${at}`, () => there.first().isVisible());
        assert.deepEqual(await innocent(page), []);
        assert.doesNotMatch(await page.title(), hidden);
      }
  },
};
