// What a test may ask of a page: it waits for what is to come, and never for a time.
"use strict";

const PATIENCE_MS = 20000; // of a slow machine
const LOOK_AGAIN_MS = 40;

// Until look() returns something true, which is returned. what() or what says what did not come.
async function until(what, look) {
  const deadline = Date.now() + PATIENCE_MS;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`never: ${what} (last: ${last})`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

module.exports = { until, PATIENCE_MS };
