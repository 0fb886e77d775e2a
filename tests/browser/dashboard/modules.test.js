// Modules of the page that others rest on, asked by themselves: texts that are told byte by byte, rows that keep the
// focus, and the newest entries of a list that begins with the oldest.
"use strict";

const assert = require("node:assert/strict");

exports.tests = {
  "text is what UTF-8 says, and no byte of anything else is lost": async (course) => {
    const page = await course.open();
    const wrong = await page.evaluate(async () => {
      const { decode } = await import("/_emulator/dashboard/bytes.js");
      const back = (text) =>
        [...text].flatMap((char) => {
          const code = char.codePointAt(0);
          const isByte = code >= 0xdc80 && code <= 0xdcff;
          return isByte ? [code - 0xdc00] : [...new TextEncoder().encode(char)];
        });
      let seed = 1;
      const random = (below) => {
        seed = (seed * 48271) % 2147483647;
        return seed % below;
      };
      const edges = [
        0, 0x41, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
        0xff,
      ];
      const wrong = [];
      for (let i = 0; i < 20000; i++) {
        const bytes = Uint8Array.from({ length: random(9) }, () => edges[random(edges.length)]);
        const text = decode(bytes);
        let valid = null;
        try {
          valid = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
        } catch {
          // not all of it is UTF-8
        }
        if (back(text).join() !== bytes.join() || (valid !== null && valid !== text))
          wrong.push([...bytes]);
        if (valid === null && text.isWellFormed()) wrong.push([...bytes]);
      }
      return wrong.slice(0, 5);
    });
    assert.deepEqual(wrong, []);
  },

  "what cannot be seen is told, and a run of it by its length": async (course) => {
    const page = await course.open();
    const told = await page.evaluate(async () => {
      const { plain } = await import("/_emulator/dashboard/names.js");
      return [
        "a\u0000b",
        "\u202Egnp",
        "a\u200B",
        "\u0000".repeat(1048576),
        "\uDCFF\uDC80",
        "\u00A0",
        "tea 茶 شاي 🍵",
        "\n\t",
      ].map((text) => plain(text));
    });
    assert.deepEqual(told, [
      "a\\0b",
      "\\u{202e}gnp",
      "a\\u{200b}",
      "\\0 × 1048576",
      "\\xff\\x80",
      "\\u{a0}",
      "tea 茶 شاي 🍵",
      "\\n\\t",
    ]);
  },

  "an argument may be called like what every object has": async (course) => {
    const page = await course.open();
    const told = await page.evaluate(async () => {
      const { details } = await import("/_emulator/dashboard/entry.js");
      const { add, el } = await import("/_emulator/dashboard/dom.js");
      const given = JSON.parse('{"__proto__":"1","constructor":"2","long":"abc"}');
      const entry = {
        number: 1,
        atMs: 0,
        api: "v2",
        code: 0,
        arguments: given,
        cut: { long: 2048 },
      };
      return add(el("div", {}), details({ href: () => "#" }, entry)).textContent;
    });
    assert.match(told, /__proto__1constructor2longabc.*it had 2\.0 KiB\.$/);
  },

  "what has happened is told anew when something has, and for another namespace": async (
    course,
  ) => {
    const page = await course.open();
    const told = await page.evaluate(async () => {
      const { happened } = await import("/_emulator/dashboard/events.js");
      const push = { atMs: 1, msgId: "1", subscription: "s", attempt: 1 };
      const past = { fired: [{ ...push, kind: "push" }], requests: [], changes: 0 };
      const other = { fired: [], requests: [], changes: 0 };
      const first = happened(past);
      const same = happened(past) === first;
      past.requests.push({ ...push, api: "push", outcome: "failed", number: 1 });
      past.changes++;
      const { events, requests } = happened(past);
      return { same, events, requests, others: happened(other).events };
    });
    const merged = { atMs: 1, msgId: "1", subscription: "s", attempt: 1, outcome: "failed" };
    const events = [{ ...merged, api: "push", kind: "push", number: 1 }];
    assert.deepEqual(told, { same: true, events, requests: [], others: [] });
  },

  "a row keeps the focus when others come, go and move": async (course) => {
    const page = await course.open();
    const lost = await page.evaluate(async () => {
      const { el, keyed } = await import("/_emulator/dashboard/dom.js");
      const list = el("div", {});
      document.body.append(list);
      const show = (keys) =>
        keyed(
          list,
          keys.map((key) => [key, () => el("button", {}, key)]),
        );
      const lists = ["abcde", "bcde", "xbcde", "edcbx", "c", "yc", "cy", "ayxce", "ecxya"];
      const lost = [];
      show([...lists[0]]);
      const focus = list.children[2];
      focus.focus();
      for (const keys of lists) {
        show([...keys]);
        const are = [...list.children].map((child) => child.textContent).join("");
        if (are !== keys || document.activeElement !== focus) lost.push([keys, are]);
      }
      show([]);
      if (list.childElementCount !== 0) lost.push("the last ones stay");
      return lost;
    });
    assert.deepEqual(lost, []);
  },

  "a mistake of the page does not end the stream, and is told": async (course) => {
    const page = await course.open();
    const told = await page.evaluate(async () => {
      const { live } = await import("/_emulator/dashboard/live.js");
      const [states, reported] = [[], []];
      window.reportError = (error) => reported.push(error.message);
      const api = { open: async () => new Response("event: clock\ndata: {}\n\n".repeat(2)) };
      let heard = 0;
      await new Promise((done) => {
        const end = live(api, {
          heard() {
            if (++heard === 1) throw new Error("a mistake");
            end();
            done();
          },
          state: (state) => {
            states.push(state);
            if (state === "lost") done();
          },
          restarted() {},
        });
      });
      return { states, reported, heard };
    });
    assert.deepEqual(told, { states: ["live"], reported: ["a mistake"], heard: 2 });
  },

  "the newest entries are found however rare they are, and those before them": async (course) => {
    const page = await course.open();
    const wrong = await page.evaluate(async () => {
      const { newest } = await import("/_emulator/dashboard/entries.js");
      // numbers that are missing, and pages that end early as those of long entries do
      const numbers = Array.from({ length: 3000 }, (_, i) => i + 1).filter((n) => n % 7 !== 0);
      let calls = 0;
      const api = (every) => ({
        get: async (_, { after = 0, limit }) => {
          calls++;
          const all = numbers.filter((n) => n % every === 0);
          const left = all.filter((n) => n > after);
          const shown = left.slice(0, Math.min(limit, 40));
          const goesOn = left.length > shown.length;
          return {
            entries: shown.map((number) => ({ number })),
            total: left.length,
            last: numbers.at(-1),
            ...(goesOn && { next: shown.at(-1)?.number ?? after }),
          };
        },
      });
      const wrong = [];
      for (const every of [1, 3, 100, 2999, 5000])
        for (const before of [undefined, 1500, 2]) {
          const found = await newest(api(every), {}, 10, {}, before);
          const all = numbers.filter((n) => n % every === 0 && n < (before ?? Infinity));
          const are = found.entries.map(({ number }) => number).join();
          if (are !== all.slice(-10).join()) wrong.push({ every, before, are });
          if (found.atFirst !== all.length <= 10)
            wrong.push({ every, before, atFirst: found.atFirst });
        }
      return { wrong, calls };
    });
    assert.deepEqual(wrong.wrong, []);
    course.row(`${wrong.calls} calls for 15 searches`);
  },
};
