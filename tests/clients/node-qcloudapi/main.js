// qcloudapi-sdk 0.2.1 (sdk-compat 3.2): all Actions by name, by GET and POST, SHA1 and SHA256,
// to the emulator's address, and to the service's own host names through a proxy.
"use strict";

const QcloudApi = require("qcloudapi-sdk");

const { env, bodies, test, run, admin, freeze, assert, has } = require("../support/node/suite");
const v2 = require("../support/node/v2");

const local = { host: env.host, protocol: "http" };
const called = new Set();

// The client looks for a host in the options of a request alone.
function caller(options, { secretId, secretKey } = env, extra) {
  const api = new QcloudApi({
    SecretId: secretId,
    SecretKey: secretKey,
    Region: "gz",
    ...options,
  });
  return (Action, parameters) => {
    called.add(Action);
    return new Promise((resolve, reject) => {
      const done = (error, body) => (error ? reject(error) : resolve(body));
      api.request({ Action, ...parameters }, { ...options }, done, extra);
    });
  };
}

const kinds = [
  { label: "post-sha1", method: "POST", signatureMethod: "sha1" },
  { label: "post-sha256", method: "POST", signatureMethod: "sha256" },
  { label: "get-sha1", method: "GET", signatureMethod: "sha1" },
  { label: "get-sha256", method: "GET", signatureMethod: "sha256" },
];

for (const { label, ...options } of kinds) {
  v2.add(label, caller({ ...local, ...options }), options.method);
  v2.addCredentials(label, (credential) => caller({ ...local, ...options }, credential));
}

const call = caller(local);

// An empty answer of status 503 is no error to it, and no answer either: who does not look for a
// code takes the message for sent.
v2.addFaults("plain", call, {
  error: { told: 6000, requests: 1, messages: 0 },
  status: { told: undefined, requests: 1, messages: 0 },
  request: { told: "socket hang up", requests: 1, messages: 0 },
  answer: { told: "socket hang up", requests: 1, messages: 1 },
});

test("dead letters, and what they come from", async () => {
  await v2.ok(call, "CreateQueue", { queueName: "dead" });
  const { queueId } = await v2.ok(call, "CreateQueue", {
    queueName: "source",
    visibilityTimeout: 1,
    deadLetterPolicy: '{"deadLetterQueue":"dead","policy":0,"maxReceiveCount":1}',
  });
  has(await v2.ok(call, "ListDeadLetterSourceQueues", { deadLetterQueueName: "dead" }), {
    totalCount: 1,
    queueList: [{ queueId, queueName: "source" }],
  });
  await v2.refused(
    call,
    "DeleteQueue",
    { queueName: "dead" },
    4000,
    "(10750)it is not allowed to be deleted when the queue is dead letter queue",
  );
  await v2.ok(call, "SendMessage", { queueName: "source", msgBody: "twice" });
  await v2.ok(call, "ReceiveMessage", { queueName: "source" });
  await admin("POST", "/clock/advance", { by: "1s" });
  has(await call("ReceiveMessage", { queueName: "source" }), { code: 7000 });
  has(await v2.ok(call, "ReceiveMessage", { queueName: "dead" }), { msgBody: "twice" });

  await v2.ok(call, "UnbindDeadLetterQueue", { queueName: "source" });
  has(await call("ListDeadLetterSourceQueues", { deadLetterQueueName: "dead" }), {
    totalCount: 0,
  });
  await v2.ok(call, "DeleteQueue", { queueName: "dead" });
});

test("routes lead to the emulator", async () => {
  await v2.ok(call, "CreateTopic", { topicName: "routed" });
  has(await v2.ok(call, "QueryQueueRoute", { queueName: "source" }), { addr: [env.host] });
  has(await v2.ok(call, "QueryTopicRoute", { topicName: "routed" }), { addr: [env.host] });
});

test("values that are not there are sent and signed as empty", async () => {
  const list = await v2.ok(call, "ListQueue", { searchWord: undefined, limit: undefined });
  assert.ok(list.totalCount > 0);
});

test("an Action that does not exist", async () => {
  await v2.refused(call, "Nothing", {}, 4000, "(10430)action name Nothing is not existed");
});

test("all 29 Actions were called", () => {
  called.delete("Nothing");
  assert.equal(called.size, 29);
});

// What `request` makes of the variables: http by an absolute target, https by CONNECT. The
// client itself turns off the check of certificates; `extra` is its way to turn it on.
for (const protocol of ["http", "https"])
  test(`${protocol}: the service's own host, through a proxy`, async () => {
    process.env.http_proxy = process.env.https_proxy = env.url;
    const options = { serviceType: "cmq-queue-gz", protocol };
    const away = caller(options, env, { strictSSL: true });
    const queueName = `away-${protocol}`;
    await v2.ok(away, "CreateQueue", { queueName });
    await v2.ok(away, "BatchSendMessage", { queueName, msgBody: bodies });
    const got = await v2.ok(away, "BatchReceiveMessage", { queueName, numOfMsg: 16 });
    assert.deepEqual(
      got.msgInfoList.map((message) => message.msgBody),
      bodies,
    );
    const wrong = caller(options, { ...env, secretKey: "wrong" }, { strictSSL: true });
    has(await wrong("ListQueue", {}), { code: 4100 });
    delete process.env.http_proxy;
    delete process.env.https_proxy;
  });

(async () => {
  await admin("POST", "/reset", { what: "all" });
  await freeze();
  await run();
})();
