// cmq-sdk 2.1.0 (sdk-compat 3.1): all 25 Actions over http and over https, refused signatures,
// and the tests that the package brings along.
"use strict";

const path = require("node:path");
const { CMQ } = require("cmq-sdk");

const { env, test, run, admin, freeze, assert } = require("../support/node/suite");
const v2 = require("../support/node/v2");
const specs = require("./specs");

function client(extranet, signatureMethod, { secretId, secretKey } = env) {
  return CMQ.NEW({
    path: "/v2/index.php",
    region: "gz",
    secretId,
    secretKey,
    extranet,
    signatureMethod,
  });
}

const called = new Set();

// The Action CreateQueue is the method createQueue(), and so on. The client writes into its
// argument, so each call gets one of its own: in a second call the signature of the first would
// be signed, but not sent (sdk-compat 8).
const caller = (cmq) => (action, parameters) => {
  const method = action[0].toLowerCase() + action.slice(1);
  called.add(method);
  return cmq[method]({ ...parameters });
};

const kinds = [
  { label: "http-sha1", extranet: false, method: "HmacSHA1" },
  { label: "http-sha256", extranet: false, method: "HmacSHA256" },
  { label: "https-sha1", extranet: true, method: "HmacSHA1" },
  { label: "https-sha256", extranet: true, method: "HmacSHA256" },
];

for (const { label, extranet, method } of kinds) {
  v2.add(label, caller(client(extranet, method)));
  v2.addCredentials(label, (credential) => caller(client(extranet, method, credential)));
  v2.addFaults(label, caller(client(extranet, method)), {
    error: { told: 6000, requests: 1, messages: 0 },
    status: { told: "Response code 503 (Service Unavailable)", requests: 1, messages: 0 },
    request: { told: "socket hang up", requests: 1, messages: 0 },
    answer: { told: "socket hang up", requests: 1, messages: 1 },
  });
}

test("the client has 25 Actions, and each was called", () => {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(client(true, "HmacSHA1")));
  const actions = methods.filter((name) => !/^constructor$|RequestSend$/.test(name));
  assert.equal(actions.length, 25);
  assert.deepEqual([...called].sort(), actions.sort());
});

// Its tests count the messages that no queue has taken yet (topic-api D23): there is no queue
// "normal" in them.
specs.add(path.join(path.dirname(require.resolve("cmq-sdk")), "..", "tests"));

(async () => {
  await admin("POST", "/reset", { what: "all" });
  await freeze();
  await run();
})();
