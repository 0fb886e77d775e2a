// The API v2 as a client of it sees it: every Action, the values of its answers, and time.
//
// add(label, call, method) adds the tests. call(action, parameters) sends one request through the
// client; lists are arrays, and the client numbers them. Names begin with the label, so that
// several kinds of calls of one client do not meet. A request line has room for 32 KiB
// (decisions 13): calls by GET have smaller messages.
"use strict";

const { env, bodies, test, admin, advance, seconds, polls, failOnce, has, assert } = require("./suite");

async function ok(call, action, parameters) {
  const answer = await call(action, parameters);
  assert.equal(answer.code, 0, `${action}: ${JSON.stringify(answer)}`);
  assert.equal(answer.message, "");
  assert.match(answer.requestId, /^[0-9]+$/);
  return answer;
}

async function refused(call, action, parameters, code, message) {
  const answer = await call(action, parameters);
  has(answer, { code, message });
  return answer;
}

// A call that is to wait. When the test ends before it, its failure is not one of its own.
function begin(call, action, parameters) {
  const answer = call(action, parameters);
  answer.catch(() => {});
  return answer;
}

function addQueues(label, call) {
  test(`${label}: a queue from its creation to its deletion`, async () => {
    const queueName = `${label}-life`;
    const now = await seconds();
    const made = await ok(call, "CreateQueue", {
      queueName,
      maxMsgHeapNum: 2000000,
      pollingWaitSeconds: 3,
      visibilityTimeout: 40,
      maxMsgSize: 2048,
      msgRetentionSeconds: 7200,
      rewindSeconds: 600,
    });
    assert.match(made.queueId, /^queue-[0-9a-z]{8}$/);
    await refused(call, "CreateQueue", { queueName }, 4460, "(10210)queue is already existed");

    const attributes = {
      queueName,
      queueId: made.queueId,
      maxMsgHeapNum: 2000000,
      pollingWaitSeconds: 3,
      visibilityTimeout: 40,
      maxMsgSize: 2048,
      msgRetentionSeconds: 7200,
      rewindSeconds: 600,
      createTime: now,
      lastModifyTime: now,
      activeMsgNum: 0,
      inactiveMsgNum: 0,
      delayMsgNum: 0,
      rewindMsgNum: 0,
      rewindmsgNum: 0,
      minMsgTime: now,
    };
    has(await ok(call, "GetQueueAttributes", { queueName }), attributes);

    await advance("7s");
    await ok(call, "SetQueueAttributes", {
      queueName,
      pollingWaitSeconds: 0,
      visibilityTimeout: 41,
      maxMsgSize: 4096,
    });
    has(await ok(call, "GetQueueAttributes", { queueName }), {
      ...attributes,
      pollingWaitSeconds: 0,
      visibilityTimeout: 41,
      maxMsgSize: 4096,
      lastModifyTime: now + 7,
      minMsgTime: now + 7,
    });

    await ok(call, "DeleteQueue", { queueName });
    const gone = "(10100)queue is not existed, or deleted";
    await refused(call, "GetQueueAttributes", { queueName }, 4440, gone);
    await refused(call, "DeleteQueue", { queueName }, 4440, gone);
  });

  test(`${label}: lists of queues, by pages and by a word`, async () => {
    const names = ["one", "two", "three"].map((name) => `${label}-list-${name}`);
    const ids = [];
    for (const queueName of names)
      ids.push((await ok(call, "CreateQueue", { queueName })).queueId);
    const all = names.map((queueName, i) => ({ queueId: ids[i], queueName }));

    const word = { searchWord: `${label}-list` };
    const list = await ok(call, "ListQueue", { ...word, offset: 0, limit: 50 });
    assert.equal(list.totalCount, 3);
    const byName = (a, b) => (a.queueName < b.queueName ? -1 : 1);
    assert.deepEqual([...list.queueList].sort(byName), [...all].sort(byName));
    const page = await ok(call, "ListQueue", { ...word, offset: 1, limit: 1 });
    assert.equal(page.totalCount, 3);
    assert.deepEqual(page.queueList, [list.queueList[1]]);
    has(await ok(call, "ListQueue", { searchWord: `${label}-list-no` }), {
      totalCount: 0,
      queueList: [],
    });
    for (const queueName of names) await ok(call, "DeleteQueue", { queueName });
  });

  test(`${label}: names and values that a queue cannot have`, async () => {
    const answers = [
      await call("CreateQueue", { queueName: `${label} blank` }),
      await call("CreateQueue", { queueName: `${label}-range`, visibilityTimeout: 43201 }),
      await call("CreateQueue", { visibilityTimeout: 30 }),
    ];
    assert.deepEqual(
      answers.map((answer) => answer.code),
      [4000, 4000, 4000],
    );
    has(await ok(call, "ListQueue", { searchWord: `${label}-range` }), { totalCount: 0 });
  });
}

function addMessages(label, call, method) {
  const queueName = `${label}-messages`;

  test(`${label}: any text comes back as it was sent`, async () => {
    await ok(call, "CreateQueue", { queueName, visibilityTimeout: 30 });
    const now = await seconds();
    for (const msgBody of bodies) {
      const { msgId } = await ok(call, "SendMessage", { queueName, msgBody });
      const got = await ok(call, "ReceiveMessage", { queueName });
      has(got, {
        msgId,
        msgBody,
        enqueueTime: now,
        firstDequeueTime: now,
        nextVisibleTime: now + 30,
        dequeueCount: 1,
      });
      assert.match(got.receiptHandle, /^[a-zA-Z0-9%#:_-]{1,256}$/);
      await ok(call, "DeleteMessage", { queueName, receiptHandle: got.receiptHandle });
    }
    await refused(call, "ReceiveMessage", { queueName }, 7000, "(10200)no message");
  });

  test(`${label}: batches are lists from 0`, async () => {
    const sent = await ok(call, "BatchSendMessage", { queueName, msgBody: bodies });
    const ids = sent.msgList.map((message) => message.msgId);
    assert.equal(new Set(ids).size, bodies.length);

    const got = await ok(call, "BatchReceiveMessage", { queueName, numOfMsg: 16 });
    assert.deepEqual(
      got.msgInfoList.map((message) => [message.msgId, message.msgBody]),
      bodies.map((body, i) => [ids[i], body]),
    );
    const handles = got.msgInfoList.map((message) => message.receiptHandle);
    const half = await call("BatchDeleteMessage", {
      queueName,
      receiptHandle: [handles[0], "nonsense", handles[1]],
    });
    has(half, {
      code: 6010,
      errorList: [
        {
          code: 4430,
          message: "(10260)receipt handle is invalid",
          receiptHandle: "nonsense",
        },
      ],
    });
    await ok(call, "BatchDeleteMessage", { queueName, receiptHandle: handles.slice(2) });
    has(await ok(call, "GetQueueAttributes", { queueName }), {
      activeMsgNum: 0,
      inactiveMsgNum: 0,
    });
  });

  test(`${label}: sixteen large messages in one call`, async () => {
    const times = method === "GET" ? 130 : 1300;
    const large = Array.from({ length: 16 }, (_, i) => `${i % 10}é`.repeat(times));
    await ok(call, "BatchSendMessage", { queueName, msgBody: large });
    const got = await ok(call, "BatchReceiveMessage", { queueName, numOfMsg: 16 });
    assert.deepEqual(
      got.msgInfoList.map((message) => message.msgBody),
      large,
    );
    const receiptHandle = got.msgInfoList.map((message) => message.receiptHandle);
    await ok(call, "BatchDeleteMessage", { queueName, receiptHandle });
  });

  test(`${label}: a message comes back when its visibility timeout is over`, async () => {
    const { msgId } = await ok(call, "SendMessage", { queueName, msgBody: "again" });
    const first = await ok(call, "ReceiveMessage", { queueName });
    await advance("29999ms");
    await refused(call, "ReceiveMessage", { queueName }, 7000, "(10200)no message");
    await advance("1ms");
    const second = await ok(call, "ReceiveMessage", { queueName });
    has(second, { msgId, dequeueCount: 2, firstDequeueTime: first.firstDequeueTime });
    const stale = { queueName, receiptHandle: first.receiptHandle };
    assert.equal((await call("DeleteMessage", stale)).code, 4430);
    await ok(call, "DeleteMessage", { queueName, receiptHandle: second.receiptHandle });
  });

  test(`${label}: a delayed message`, async () => {
    await ok(call, "SendMessage", { queueName, msgBody: "later", delaySeconds: 12 });
    has(await ok(call, "GetQueueAttributes", { queueName }), { delayMsgNum: 1 });
    await advance("11s");
    await refused(call, "ReceiveMessage", { queueName }, 7000, "(10200)no message");
    await advance("1s");
    const { msgBody, receiptHandle } = await ok(call, "ReceiveMessage", { queueName });
    assert.equal(msgBody, "later");
    await ok(call, "DeleteMessage", { queueName, receiptHandle });
  });

  test(`${label}: long polls that end with a message, and without one`, async () => {
    const waiting = begin(call, "ReceiveMessage", { queueName, pollingWaitSeconds: 20 });
    await polls(queueName, 1);
    await advance("5s");
    const now = await seconds();
    await ok(call, "SendMessage", { queueName, msgBody: "awaited" });
    const got = await waiting;
    has(got, { code: 0, msgBody: "awaited", enqueueTime: now, dequeueCount: 1 });
    await ok(call, "DeleteMessage", { queueName, receiptHandle: got.receiptHandle });

    const batch = begin(call, "BatchReceiveMessage", {
      queueName,
      numOfMsg: 2,
      pollingWaitSeconds: 20,
    });
    await polls(queueName, 1);
    assert.equal((await advance("19999ms")).released, 0);
    assert.equal((await advance("1ms")).released, 1);
    has(await batch, { code: 7000, message: "(10200)no message" });
  });

  test(`${label}: deleted messages are rewound`, async () => {
    await ok(call, "SetQueueAttributes", { queueName, rewindSeconds: 600 });
    const start = await seconds();
    await ok(call, "BatchSendMessage", { queueName, msgBody: ["r1", "r2"] });
    const got = await ok(call, "BatchReceiveMessage", { queueName, numOfMsg: 2 });
    const receiptHandle = got.msgInfoList.map((message) => message.receiptHandle);
    await ok(call, "BatchDeleteMessage", { queueName, receiptHandle });
    has(await ok(call, "GetQueueAttributes", { queueName }), { rewindMsgNum: 2 });

    await advance("60s");
    await ok(call, "RewindQueue", { queueName, startConsumeTime: start });
    const again = await ok(call, "BatchReceiveMessage", { queueName, numOfMsg: 16 });
    assert.deepEqual(
      again.msgInfoList.map((message) => message.msgBody),
      ["r1", "r2"],
    );
    await ok(call, "DeleteQueue", { queueName });
  });
}

function addTopics(label, call) {
  const topicName = `${label}-topic`;
  const endpoint = `${label}-inbox`;

  const received = async () => {
    const got = await call("BatchReceiveMessage", { queueName: endpoint, numOfMsg: 16 });
    const list = got.msgInfoList || [];
    if (list.length)
      await ok(call, "BatchDeleteMessage", {
        queueName: endpoint,
        receiptHandle: list.map((message) => message.receiptHandle),
      });
    return list.map((message) => message.msgBody);
  };

  test(`${label}: a topic, its attributes, and lists of topics`, async () => {
    const now = await seconds();
    const { topicId } = await ok(call, "CreateTopic", { topicName, maxMsgSize: 2048 });
    assert.match(topicId, /^topic-[0-9a-z]{8}$/);
    const exists = "(10550)topic is already existed";
    await refused(call, "CreateTopic", { topicName }, 4460, exists);
    const attributes = {
      topicName,
      topicId,
      maxMsgSize: 2048,
      msgRetentionSeconds: 86400,
      filterType: 1,
      msgCount: 0,
      createTime: now,
      lastModifyTime: now,
    };
    has(await ok(call, "GetTopicAttributes", { topicName }), attributes);
    await advance("3s");
    await ok(call, "SetTopicAttributes", { topicName, maxMsgSize: 4096 });
    has(await ok(call, "GetTopicAttributes", { topicName }), {
      ...attributes,
      maxMsgSize: 4096,
      lastModifyTime: now + 3,
    });
    has(await ok(call, "ListTopic", { searchWord: topicName, offset: 0, limit: 10 }), {
      totalCount: 1,
      topicList: [{ topicId, topicName }],
    });
  });

  test(`${label}: subscriptions and their attributes`, async () => {
    await ok(call, "CreateQueue", { queueName: endpoint });
    const names = { topicName, subscriptionName: "tags" };
    const now = await seconds();
    const { subscriptionId } = await ok(call, "Subscribe", {
      ...names,
      protocol: "queue",
      endpoint,
      notifyStrategy: "BACKOFF_RETRY",
      notifyContentFormat: "SIMPLIFIED",
      filterTag: ["red", "green"],
    });
    assert.match(subscriptionId, /^subsc-[0-9a-z]{8}$/);
    has(await ok(call, "ListSubscriptionByTopic", { topicName, limit: 20 }), {
      totalCount: 1,
      subscriptionList: [
        { subscriptionId, subscriptionName: "tags", protocol: "queue", endpoint },
      ],
    });
    const attributes = {
      topicOwner: "1250000000",
      endpoint,
      protocol: "queue",
      notifyStrategy: "BACKOFF_RETRY",
      notifyContentFormat: "SIMPLIFIED",
      filterTag: ["red", "green"],
      filterTags: ["red", "green"],
      bindingKey: [],
      msgCount: 0,
      createTime: now,
      lastModifyTime: now,
    };
    has(await ok(call, "GetSubscriptionAttributes", names), attributes);
    await ok(call, "SetSubscriptionAttributes", {
      ...names,
      notifyStrategy: "EXPONENTIAL_DECAY_RETRY",
      filterTag: ["blue"],
    });
    has(await ok(call, "GetSubscriptionAttributes", names), {
      ...attributes,
      notifyStrategy: "EXPONENTIAL_DECAY_RETRY",
      filterTag: ["blue"],
      filterTags: ["blue"],
    });
  });

  test(`${label}: what is published arrives where its tags lead`, async () => {
    const none = "(10730)no bindingKey or filterTag matches the routingKey or msgTag";
    const red = { topicName, msgBody: "red", msgTag: ["red"] };
    await refused(call, "PublishMessage", red, 6030, none);
    for (const msgBody of bodies) {
      const sent = await ok(call, "PublishMessage", {
        topicName,
        msgBody,
        msgTag: ["blue", "x"],
      });
      assert.match(sent.msgId, /^[0-9]+$/);
    }
    assert.deepEqual(await received(), bodies);
    const batch = await ok(call, "BatchPublishMessage", {
      topicName,
      msgBody: bodies,
      msgTag: ["blue"],
    });
    assert.equal(batch.msgList.length, bodies.length);
    assert.deepEqual(await received(), bodies);

    const names = { topicName, subscriptionName: "tags" };
    await ok(call, "ClearSubscriptionFilterTags", names);
    has(await ok(call, "GetSubscriptionAttributes", names), { filterTag: [] });
    await ok(call, "PublishMessage", { topicName, msgBody: "untagged" });
    assert.deepEqual(await received(), ["untagged"]);
  });

  test(`${label}: a topic with subscriptions stays`, async () => {
    const inUse =
      "(10540)there exists subscriptions under this topic, " +
      "please unsubscribe all of them before DeleteTopic";
    await refused(call, "DeleteTopic", { topicName }, 4000, inUse);
    await ok(call, "Unsubscribe", { topicName, subscriptionName: "tags" });
    has(await ok(call, "ListSubscriptionByTopic", { topicName }), { totalCount: 0 });
    await ok(call, "DeleteTopic", { topicName });
    const gone = "(10600)topic is not existed, or deleted";
    await refused(call, "GetTopicAttributes", { topicName }, 4440, gone);
  });

  test(`${label}: routing keys`, async () => {
    await ok(call, "CreateTopic", { topicName, filterType: 2 });
    const names = { topicName, subscriptionName: "keys" };
    await ok(call, "Subscribe", {
      ...names,
      protocol: "queue",
      endpoint,
      bindingKey: ["order.*.paid", "log.#"],
    });
    has(await ok(call, "GetSubscriptionAttributes", names), {
      bindingKey: ["order.*.paid", "log.#"],
    });
    const keys = { "order.7.paid": true, "order.7.open": false, "log.a.b": true };
    for (const [routingKey, matches] of Object.entries(keys)) {
      const answer = await call("PublishMessage", {
        topicName,
        msgBody: routingKey,
        routingKey,
      });
      assert.equal(answer.code, matches ? 0 : 6030);
    }
    assert.deepEqual(await received(), ["order.7.paid", "log.a.b"]);
    const batch = { topicName, msgBody: ["k1", "k2"], routingKey: "log.x" };
    await ok(call, "BatchPublishMessage", batch);
    assert.deepEqual(await received(), ["k1", "k2"]);
    await ok(call, "Unsubscribe", names);
    await ok(call, "DeleteTopic", { topicName });
    await ok(call, "DeleteQueue", { queueName: endpoint });
  });

  test(`${label}: a push that fails twice is tried again`, async () => {
    const sink = `/sink/${label}-sink`;
    await admin("PUT", sink, { status: 500, times: 2 });
    await ok(call, "CreateTopic", { topicName });
    const names = { topicName, subscriptionName: "push" };
    await ok(call, "Subscribe", {
      ...names,
      protocol: "http",
      endpoint: `${env.url}/_emulator${sink}`,
      notifyContentFormat: "SIMPLIFIED",
    });
    await ok(call, "PublishMessage", { topicName, msgBody: bodies[1] });
    await advance("0s");
    has(await ok(call, "GetSubscriptionAttributes", names), { msgCount: 1 });
    await advance("3s");
    const { requests } = await admin("GET", sink);
    assert.deepEqual(
      requests.map((request) => [request.status, request.body]),
      [500, 500, 200].map((status) => [status, bodies[1]]),
    );
    has(await ok(call, "GetSubscriptionAttributes", names), { msgCount: 0 });
    await ok(call, "Unsubscribe", names);
    await ok(call, "DeleteTopic", { topicName });
  });
}

// Calls that are refused. make(credential) is a call with another secret id or key.
function addCredentials(label, make) {
  const { secretId, secretKey } = env;
  const wrong = [
    [{ secretId, secretKey: "wrong" }, 4100, "(10030)authentication failed"],
    [{ secretId: "AKIDunknown", secretKey }, 4100, "(10270)secret id is not existed"],
    [{ secretId: "unknown", secretKey }, 4000, "(10450)secret id dosen't begin with AKID"],
  ];
  test(`${label}: a wrong key and unknown ids are refused`, async () => {
    for (const [credential, code, message] of wrong) {
      const queueName = `${label}-refused`;
      await refused(make(credential), "CreateQueue", { queueName }, code, message);
      has(await make(env)("ListQueue", { searchWord: queueName }), { code: 0, totalCount: 0 });
    }
  });
}

// What a fault that strikes one SendMessage makes the client tell: a code, an error's message, or
// undefined where the promise resolves to no answer; how many requests there were, and how many
// messages there are then.
function addFaults(label, call, seen) {
  const faults = {
    error: { code: 6000, message: "server error" },
    status: { status: 503 },
    request: { drop: "request" },
    answer: { drop: "answer" },
  };
  for (const [name, fault] of Object.entries(faults))
    test(`${label}: SendMessage under ${JSON.stringify(fault)}`, async () => {
      const queueName = `${label}-fault-${name}`;
      await ok(call, "CreateQueue", { queueName });
      const send = () => call("SendMessage", { queueName, msgBody: "order" });
      const { requests, answer, error } = await failOnce("SendMessage", fault, send);
      const { total } = await admin("GET", `/queues/${queueName}/messages`);
      const told = error ? error.message : answer && answer.code;
      assert.deepEqual({ told, requests, messages: total }, seen[name]);
      await ok(call, "DeleteQueue", { queueName });
    });
}

function add(label, call, method = "POST") {
  addQueues(label, call);
  addMessages(label, call, method);
  addTopics(label, call);
}

module.exports = { add, addCredentials, addFaults, ok, refused };
