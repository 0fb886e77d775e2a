// The product cmq, version 2019-03-04 (api3 7): all 17 Actions, and the values of the answers.
"use strict";

const { test, advance, seconds, has, assert } = require("../support/node/suite");
const { ok, done, refused, v2, messages, consume } = require("./answers");

const names = (list) => list.map((queue) => queue.QueueName || queue.TopicName).sort();

function addQueues(label, call) {
  const queue = async (QueueName) => {
    const { TotalCount, QueueSet } = await ok(call, "DescribeQueueDetail", { QueueName });
    assert.equal(TotalCount, 1);
    return QueueSet[0];
  };

  test(`${label}: a queue from its creation to its deletion`, async () => {
    const QueueName = `${label}-life`;
    const now = await seconds();
    const attributes = {
      MaxMsgHeapNum: 2000000,
      PollingWaitSeconds: 3,
      VisibilityTimeout: 40,
      MaxMsgSize: 2048,
      MsgRetentionSeconds: 7200,
      RewindSeconds: 600,
    };
    const { QueueId } = await ok(call, "CreateQueue", { QueueName, ...attributes });
    assert.match(QueueId, /^queue-[0-9a-z]{8}$/);
    await refused(call, "CreateQueue", { QueueName }, "InvalidParameter");
    has(await queue(QueueName), {
      QueueId,
      QueueName,
      ...attributes,
      CreateUin: 100000000001,
      Qps: 5000,
      Bps: 52428800,
      MaxDelaySeconds: 3600,
      CreateTime: now,
      LastModifyTime: now,
      ActiveMsgNum: 0,
      InactiveMsgNum: 0,
      DelayMsgNum: 0,
      RewindMsgNum: 0,
      DeadLetterSource: [],
      DeadLetterPolicy: null,
      Tags: [],
    });

    await advance("7s");
    await done(call, "ModifyQueueAttribute", { QueueName, VisibilityTimeout: 41 });
    has(await queue(QueueName), {
      ...attributes,
      VisibilityTimeout: 41,
      CreateTime: now,
      LastModifyTime: now + 7,
    });
    await done(call, "DeleteQueue", { QueueName });
    await refused(call, "DeleteQueue", { QueueName }, "ResourceNotFound");
    await refused(call, "ModifyQueueAttribute", { QueueName }, "ResourceNotFound");
  });

  test(`${label}: lists of queues`, async () => {
    const all = ["one", "three", "two"].map((name) => `${label}-list-${name}`);
    for (const QueueName of all) await ok(call, "CreateQueue", { QueueName });
    const list = await ok(call, "DescribeQueueDetail", { Offset: 0, Limit: 50 });
    assert.equal(list.TotalCount, list.QueueSet.length);
    const page = await ok(call, "DescribeQueueDetail", { Offset: 1, Limit: 1 });
    assert.equal(page.TotalCount, list.TotalCount);
    assert.deepEqual(page.QueueSet, [list.QueueSet[1]]);
    const one = await ok(call, "DescribeQueueDetail", {
      Filters: [{ Name: "QueueName", Values: [all[0]] }],
    });
    assert.deepEqual(names(one.QueueSet), [all[0]]);
    await refused(call, "DescribeQueueDetail", { Limit: 51 }, "InvalidParameter");
    for (const QueueName of all) await done(call, "DeleteQueue", { QueueName });
  });

  test(`${label}: a queue is cleared, and rewound`, async () => {
    const QueueName = `${label}-clear`;
    await ok(call, "CreateQueue", { QueueName, RewindSeconds: 600 });
    const start = await seconds();
    await consume(QueueName, "r1", "r2");
    await advance("60s");
    await done(call, "RewindQueue", { QueueName, StartConsumeTime: start });
    assert.deepEqual(await messages(QueueName), ["r1", "r2"]);
    has(await queue(QueueName), { ActiveMsgNum: 2, MinMsgTime: start });
    await done(call, "ClearQueue", { QueueName });
    has(await queue(QueueName), { ActiveMsgNum: 0, RewindMsgNum: 0 });

    await done(call, "ModifyQueueAttribute", { QueueName, RewindSeconds: 0 });
    const rewind = { QueueName, StartConsumeTime: start };
    await refused(call, "RewindQueue", rewind, "FailedOperation");
    await done(call, "DeleteQueue", { QueueName });
    await refused(call, "ClearQueue", { QueueName }, "ResourceNotFound");
  });

  test(`${label}: dead letters`, async () => {
    const dead = `${label}-dead`;
    const source = `${label}-source`;
    const { QueueId: deadId } = await ok(call, "CreateQueue", { QueueName: dead });
    const { QueueId: sourceId } = await ok(call, "CreateQueue", {
      QueueName: source,
      VisibilityTimeout: 1,
      DeadLetterQueueName: dead,
      Policy: 0,
      MaxReceiveCount: 1,
    });
    has((await queue(source)).DeadLetterPolicy, {
      DeadLetterQueue: deadId,
      DeadLetterQueueName: dead,
      Policy: 0,
      MaxReceiveCount: 1,
    });
    const sources = [{ QueueId: sourceId, QueueName: source }];
    assert.deepEqual((await queue(dead)).DeadLetterSource, sources);
    const listed = { DeadLetterQueueName: dead };
    assert.deepEqual(await ok(call, "DescribeDeadLetterSourceQueues", listed), {
      TotalCount: 1,
      QueueSet: sources,
    });
    const filtered = {
      ...listed,
      Offset: 0,
      Limit: 10,
      Filters: [{ Name: "SourceQueueName", Values: [source] }],
    };
    has(await ok(call, "DescribeDeadLetterSourceQueues", filtered), { TotalCount: 1 });
    await refused(call, "DeleteQueue", { QueueName: dead }, "ResourceInUse");

    await v2("SendMessage", { queueName: source, msgBody: "once" });
    await v2("ReceiveMessage", { queueName: source });
    await advance("1s");
    await v2("BatchSendMessage", { queueName: source, "msgBody.0": "next" });
    await v2("ReceiveMessage", { queueName: source });
    assert.deepEqual(await messages(dead), ["once"]);

    await done(call, "UnbindDeadLetter", { QueueName: source });
    has(await queue(source), { DeadLetterPolicy: null });
    has(await ok(call, "DescribeDeadLetterSourceQueues", listed), {
      TotalCount: 0,
      QueueSet: [],
    });
    await done(call, "DeleteQueue", { QueueName: source });
    await done(call, "DeleteQueue", { QueueName: dead });
  });

  test(`${label}: values that a queue cannot have`, async () => {
    const QueueName = `${label}-range`;
    const bad = [
      [{ QueueName, VisibilityTimeout: 43201 }, "InvalidParameter"],
      [{ QueueName: "no blank" }, "InvalidParameter"],
      [{}, "MissingParameter"],
      [{ QueueName, Colour: "red" }, "UnknownParameter"],
    ];
    for (const [parameters, code] of bad) await refused(call, "CreateQueue", parameters, code);
    has(await ok(call, "DescribeQueueDetail", { QueueName }), { TotalCount: 0 });
  });
}

function addTopics(label, call) {
  const TopicName = `${label}-topic`;
  const inbox = `${label}-inbox`;

  const topic = async () => {
    const { TotalCount, TopicSet } = await ok(call, "DescribeTopicDetail", { TopicName });
    assert.equal(TotalCount, 1);
    return TopicSet[0];
  };

  test(`${label}: a topic and its attributes`, async () => {
    const now = await seconds();
    const { TopicId } = await ok(call, "CreateTopic", {
      TopicName,
      MaxMsgSize: 2048,
      FilterType: 1,
      MsgRetentionSeconds: 86400,
    });
    assert.match(TopicId, /^topic-[0-9a-z]{8}$/);
    await refused(call, "CreateTopic", { TopicName }, "ResourceInUse");
    const attributes = {
      TopicId,
      TopicName,
      MaxMsgSize: 2048,
      FilterType: 1,
      MsgRetentionSeconds: 86400,
      CreateUin: 100000000001,
      Qps: 5000,
      MsgCount: 0,
      CreateTime: now,
      LastModifyTime: now,
      Tags: [],
    };
    has(await topic(), attributes);
    await advance("3s");
    await done(call, "ModifyTopicAttribute", { TopicName, MaxMsgSize: 4096 });
    has(await topic(), { ...attributes, MaxMsgSize: 4096, LastModifyTime: now + 3 });
    const one = await ok(call, "DescribeTopicDetail", {
      Offset: 0,
      Limit: 1,
      Filters: [{ Name: "TopicName", Values: [TopicName] }],
    });
    assert.deepEqual(names(one.TopicSet), [TopicName]);
  });

  test(`${label}: subscriptions`, async () => {
    await ok(call, "CreateQueue", { QueueName: inbox });
    const now = await seconds();
    const SubscriptionName = "tags";
    const both = { TopicName, SubscriptionName };
    const { SubscriptionId } = await ok(call, "CreateSubscribe", {
      ...both,
      Protocol: "queue",
      Endpoint: inbox,
      NotifyStrategy: "BACKOFF_RETRY",
      NotifyContentFormat: "SIMPLIFIED",
      FilterTag: ["red", "green"],
    });
    assert.match(SubscriptionId, /^subsc-[0-9a-z]{8}$/);
    const again = { ...both, Protocol: "queue", Endpoint: inbox };
    await refused(call, "CreateSubscribe", again, "ResourceInUse");

    const subscription = async () => {
      const answer = await ok(call, "DescribeSubscriptionDetail", {
        TopicName,
        Offset: 0,
        Limit: 20,
        Filters: [{ Name: "SubscriptionName", Values: [SubscriptionName] }],
      });
      assert.equal(answer.TotalCount, 1);
      return answer.SubscriptionSet[0];
    };
    const attributes = {
      SubscriptionName,
      SubscriptionId,
      TopicOwner: 1250000000,
      Protocol: "queue",
      Endpoint: inbox,
      NotifyStrategy: "BACKOFF_RETRY",
      NotifyContentFormat: "SIMPLIFIED",
      FilterTags: ["red", "green"],
      MsgCount: 0,
      CreateTime: now,
      LastModifyTime: now,
    };
    has(await subscription(), attributes);
    await done(call, "ModifySubscriptionAttribute", {
      ...both,
      NotifyStrategy: "EXPONENTIAL_DECAY_RETRY",
      FilterTags: ["blue"],
    });
    has(await subscription(), {
      ...attributes,
      NotifyStrategy: "EXPONENTIAL_DECAY_RETRY",
      FilterTags: ["blue"],
    });
    await v2("PublishMessage", { topicName: TopicName, msgBody: "b", "msgTag.0": "blue" });
    assert.deepEqual(await messages(inbox), ["b"]);

    await done(call, "ClearSubscriptionFilterTags", both);
    has(await subscription(), { FilterTags: [] });
    await refused(call, "DeleteTopic", { TopicName }, "ResourceInUse");
    await done(call, "DeleteSubscribe", both);
    await refused(call, "DeleteSubscribe", both, "ResourceNotFound");
    await done(call, "DeleteTopic", { TopicName });
    await refused(call, "DeleteTopic", { TopicName }, "ResourceNotFound");
    await done(call, "DeleteQueue", { QueueName: inbox });
  });
}

function add(label, call) {
  addQueues(label, call);
  addTopics(label, call);
}

module.exports = { add };
