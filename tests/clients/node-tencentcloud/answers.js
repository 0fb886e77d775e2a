// Judging answers of API 3.0, and the API v2, signed, for what API 3.0 has no Actions for:
// receiving and deleting.
"use strict";

const crypto = require("node:crypto");
const { env, admin, assert } = require("../support/node/suite");

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

// The answer without its RequestId.
async function ok(call, action, parameters) {
  const { RequestId, ...answer } = await call(action, parameters);
  assert.match(RequestId, uuid, action);
  return answer;
}

// Success, and nothing but that.
async function done(call, action, parameters) {
  assert.deepEqual(await ok(call, action, parameters), {}, action);
}

async function refused(call, action, parameters, code) {
  const error = await call(action, parameters).then(
    (answer) => assert.fail(`${action} answered ${JSON.stringify(answer)}`),
    (error) => error,
  );
  assert.equal(error.code, code, `${action}: ${error.stack}`);
  assert.ok(error.message);
  assert.match(error.requestId, uuid);
}

async function v2(Action, parameters) {
  const all = {
    Action,
    Nonce: "1",
    SecretId: env.secretId,
    Timestamp: String(Math.floor(Date.now() / 1000)),
    ...parameters,
  };
  const text = Object.keys(all)
    .sort()
    .map((name) => `${name}=${all[name]}`)
    .join("&");
  const signature = crypto
    .createHmac("sha1", env.secretKey)
    .update(`POST${env.host}/v2/index.php?${text}`)
    .digest("base64");
  const answer = await fetch(`${env.url}/v2/index.php`, {
    method: "POST",
    body: new URLSearchParams({ ...all, Signature: signature }),
  });
  const object = await answer.json();
  assert.equal(object.code, 0, JSON.stringify(object));
  return object;
}

async function messages(queue) {
  const list = (await admin("GET", `/queues/${queue}/messages`)).messages;
  return list.map((message) => message.msgBody);
}

// Send texts to a queue, receive and delete them.
async function consume(queueName, ...texts) {
  for (const msgBody of texts) {
    await v2("SendMessage", { queueName, msgBody });
    const { receiptHandle } = await v2("ReceiveMessage", { queueName });
    await v2("DeleteMessage", { queueName, receiptHandle });
  }
}

module.exports = { ok, done, refused, v2, messages, consume };
