// The product tdmq, version 2020-02-17 (api3 8): all 21 Actions of CMQ, and the values of the
// answers. Times are milliseconds.
"use strict";

const { bodies, test, admin, advance, failOnce, has, assert } = require("../support/node/suite");
const { ok, done, refused, v2, messages, consume } = require("./answers");

const milliseconds = async () => 1000 * Math.floor((await admin("GET", "/clock")).nowMs / 1000);

function addQueues(label, call) {
  const queue = async (QueueName) =>
    (await ok(call, "DescribeCmqQueueDetail", { QueueName })).QueueDescribe;

  test(`${label}: a queue from its creation to its deletion`, async () => {
    const QueueName = `${label}_life`;
    const before = await milliseconds();
    const attributes = {
      MaxMsgHeapNum: 2000000,
      PollingWaitSeconds: 3,
      VisibilityTimeout: 40,
      MaxMsgSize: 2048,
      MsgRetentionSeconds: 7200,
      RewindSeconds: 600,
    };
    const { QueueId } = await ok(call, "CreateCmqQueue", { QueueName, ...attributes });
    assert.match(QueueId, /^cmqq-[0-9a-z]{9,12}$/);
    await refused(call, "CreateCmqQueue", { QueueName }, "ResourceInUse.Queue");
    const made = await queue(QueueName);
    has(made, {
      QueueId,
      QueueName,
      ...attributes,
      Qps: 5000,
      Bps: 52428800,
      MaxDelaySeconds: 3600,
      ActiveMsgNum: 0,
      InactiveMsgNum: 0,
      DelayMsgNum: 0,
      DeadLetterPolicy: null,
      TenantId: "cmq-1250000000",
      NamespaceName: `CMQ_QUEUE-${QueueName}`,
      Status: 1,
      MaxUnackedMsgNum: 100000,
      MaxMsgBacklogSize: 10737418240,
    });
    assert.ok(made.CreateTime >= before && made.CreateTime < before + 1000);
    assert.equal(made.LastModifyTime, made.CreateTime);

    await advance("7s");
    await done(call, "ModifyCmqQueueAttribute", { QueueName, VisibilityTimeout: 41 });
    has(await queue(QueueName), {
      ...attributes,
      VisibilityTimeout: 41,
      CreateTime: made.CreateTime,
      LastModifyTime: made.CreateTime + 7000,
    });
    await done(call, "DeleteCmqQueue", { QueueName });
    await refused(call, "DescribeCmqQueueDetail", { QueueName }, "ResourceNotFound");
    await refused(call, "DeleteCmqQueue", { QueueName }, "ResourceNotFound");
  });

  test(`${label}: lists of queues, and tags of them`, async () => {
    const all = ["one", "three", "two"].map((name) => `${label}-list-${name}`);
    const tags = (name) => [{ TagKey: `${label}-key`, TagValue: name }];
    for (const QueueName of all)
      await ok(call, "CreateCmqQueue", { QueueName, Tags: tags(QueueName) });
    const list = await ok(call, "DescribeCmqQueues", {
      QueueName: `${label}-list`,
      Offset: 0,
      Limit: 50,
    });
    assert.equal(list.TotalCount, 3);
    assert.deepEqual(list.QueueList.map((queue) => queue.QueueName).sort(), all);
    assert.deepEqual((await queue(all[1])).Tags, tags(all[1]));
    const some = { QueueNameList: [all[2], all[0]], Offset: 0, Limit: 1 };
    const page = await ok(call, "DescribeCmqQueues", some);
    assert.equal(page.TotalCount, 2);
    assert.equal(page.QueueList.length, 1);
    const tagged = await ok(call, "DescribeCmqQueues", {
      IsTagFilter: true,
      Filters: [{ Name: `tag:${label}-key`, Values: [all[2]] }],
    });
    assert.deepEqual(
      tagged.QueueList.map((queue) => queue.QueueName),
      [all[2]],
    );
    const large = { Limit: 51 };
    await refused(call, "DescribeCmqQueues", large, "InvalidParameterValue");
    for (const QueueName of all) await done(call, "DeleteCmqQueue", { QueueName });
  });

  test(`${label}: messages are sent, cleared, and rewound`, async () => {
    const QueueName = `${label}-send`;
    await ok(call, "CreateCmqQueue", { QueueName, RewindSeconds: 600 });
    for (const MsgContent of bodies) {
      const sent = { QueueName, MsgContent, DelaySeconds: 0 };
      const { Result, MsgId } = await ok(call, "SendCmqMsg", sent);
      assert.equal(Result, true);
      assert.equal(typeof MsgId, "string");
    }
    assert.deepEqual(await messages(QueueName), bodies);
    await ok(call, "SendCmqMsg", { QueueName, MsgContent: "later", DelaySeconds: 9 });
    has(await queue(QueueName), { ActiveMsgNum: bodies.length, DelayMsgNum: 1 });
    await done(call, "ClearCmqQueue", { QueueName });
    assert.deepEqual(await messages(QueueName), []);

    const start = await milliseconds();
    await consume(QueueName, "r1", "r2");
    await advance("60s");
    await done(call, "RewindCmqQueue", { QueueName, StartConsumeTime: start });
    assert.deepEqual(await messages(QueueName), ["r1", "r2"]);
    await done(call, "DeleteCmqQueue", { QueueName });
    const gone = { QueueName, MsgContent: "x", DelaySeconds: 0 };
    await refused(call, "SendCmqMsg", gone, "ResourceNotFound");
    const rewind = { QueueName, StartConsumeTime: start };
    await refused(call, "RewindCmqQueue", rewind, "ResourceUnavailable");
    await refused(call, "ClearCmqQueue", { QueueName }, "ResourceNotFound");
  });

  test(`${label}: dead letters`, async () => {
    const dead = `${label}-dead`;
    const source = `${label}-source`;
    await ok(call, "CreateCmqQueue", { QueueName: dead });
    const { QueueId } = await ok(call, "CreateCmqQueue", {
      QueueName: source,
      VisibilityTimeout: 1,
      DeadLetterQueueName: dead,
      Policy: 0,
      MaxReceiveCount: 1,
    });
    has((await queue(source)).DeadLetterPolicy, {
      DeadLetterQueue: dead,
      Policy: 0,
      MaxReceiveCount: 1,
      MaxTimeToLive: 0,
    });
    const sources = [{ QueueId, QueueName: source }];
    assert.deepEqual((await queue(dead)).DeadLetterSource, sources);
    const listed = { DeadLetterQueueName: dead, Limit: 10, Offset: 0 };
    assert.deepEqual(await ok(call, "DescribeCmqDeadLetterSourceQueues", listed), {
      TotalCount: 1,
      QueueSet: sources,
    });
    const other = { ...listed, SourceQueueName: "nothing" };
    has(await ok(call, "DescribeCmqDeadLetterSourceQueues", other), { TotalCount: 0 });

    await ok(call, "SendCmqMsg", { QueueName: source, MsgContent: "once", DelaySeconds: 0 });
    await v2("ReceiveMessage", { queueName: source });
    await advance("1s");
    await ok(call, "SendCmqMsg", { QueueName: source, MsgContent: "next", DelaySeconds: 0 });
    await v2("ReceiveMessage", { queueName: source });
    assert.deepEqual(await messages(dead), ["once"]);

    await done(call, "UnbindCmqDeadLetter", { SourceQueueName: source });
    has(await queue(source), { DeadLetterPolicy: null });
    await done(call, "DeleteCmqQueue", { QueueName: source });
    await done(call, "DeleteCmqQueue", { QueueName: dead });
    const gone = { SourceQueueName: source };
    await refused(call, "UnbindCmqDeadLetter", gone, "FailedOperation");
  });

  test(`${label}: values that a queue cannot have`, async () => {
    const QueueName = `${label}-range`;
    const bad = [
      [{ QueueName, VisibilityTimeout: 43201 }, "InvalidParameterValue"],
      [{ QueueName: "no blank" }, "InvalidParameterValue"],
      [
        { QueueName, DeadLetterQueueName: "nothing", Policy: 0, MaxReceiveCount: 1 },
        "FailedOperation",
      ],
      [{}, "MissingParameter"],
      [{ QueueName, Colour: "red" }, "UnknownParameter"],
    ];
    for (const [parameters, code] of bad)
      await refused(call, "CreateCmqQueue", parameters, code);
    has(await ok(call, "DescribeCmqQueues", { QueueName }), { TotalCount: 0, QueueList: [] });
  });
}

function addTopics(label, call) {
  const TopicName = `${label}-topic`;
  const inbox = `${label}-inbox`;

  const topic = async () =>
    (await ok(call, "DescribeCmqTopicDetail", { TopicName })).TopicDescribe;

  test(`${label}: a topic and its attributes`, async () => {
    const { TopicId } = await ok(call, "CreateCmqTopic", {
      TopicName,
      MaxMsgSize: 2048,
      FilterType: 1,
      MsgRetentionSeconds: 86400,
    });
    assert.match(TopicId, /^cmqt-[0-9a-z]{9,12}$/);
    await refused(call, "CreateCmqTopic", { TopicName }, "ResourceInUse.Topic");
    const made = await topic();
    has(made, {
      TopicId,
      TopicName,
      MaxMsgSize: 2048,
      FilterType: 1,
      MsgRetentionSeconds: 86400,
      Qps: 5000,
      MsgCount: 0,
      TenantId: "cmq-1250000000",
      NamespaceName: `CMQ_TOPIC-${TopicName}`,
      Status: 1,
      SubscriptionCount: 0,
    });
    await advance("3s");
    await done(call, "ModifyCmqTopicAttribute", { TopicName, MaxMsgSize: 4096 });
    has(await topic(), { MaxMsgSize: 4096, LastModifyTime: made.CreateTime + 3000 });
    const list = await ok(call, "DescribeCmqTopics", { TopicName, Offset: 0, Limit: 10 });
    assert.equal(list.TotalCount, 1);
    assert.deepEqual(list.TopicList, [await topic()]);
    has(await ok(call, "DescribeCmqTopics", { TopicNameList: ["nothing"] }), {
      TotalCount: 0,
      TopicList: [],
    });
  });

  test(`${label}: subscriptions, and what is published`, async () => {
    await ok(call, "CreateCmqQueue", { QueueName: inbox });
    const SubscriptionName = "tags";
    const both = { TopicName, SubscriptionName };
    const { SubscriptionId } = await ok(call, "CreateCmqSubscribe", {
      ...both,
      Protocol: "queue",
      Endpoint: inbox,
      NotifyStrategy: "BACKOFF_RETRY",
      NotifyContentFormat: "SIMPLIFIED",
      FilterTag: ["red", "green"],
    });
    assert.match(SubscriptionId, /^subsc-[0-9a-z]{8}$/);
    const again = { ...both, Protocol: "queue", Endpoint: inbox };
    await refused(call, "CreateCmqSubscribe", again, "ResourceInUse.Subscription");

    const subscription = async (query = { TopicName, Offset: 0, Limit: 20 }) => {
      const answer = await ok(call, "DescribeCmqSubscriptionDetail", query);
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
    };
    has(await subscription(), attributes);
    has(await subscription({ QueryType: "queue", QueueName: inbox }), attributes);
    has(await subscription({ TopicName, SubscriptionName: "tag" }), attributes);
    await done(call, "ModifyCmqSubscriptionAttribute", {
      ...both,
      NotifyStrategy: "EXPONENTIAL_DECAY_RETRY",
      FilterTags: ["blue"],
    });
    has(await subscription(), {
      ...attributes,
      NotifyStrategy: "EXPONENTIAL_DECAY_RETRY",
      FilterTags: ["blue"],
    });
    for (const MsgContent of bodies)
      has(await ok(call, "PublishCmqMsg", { TopicName, MsgContent, MsgTag: ["x", "blue"] }), {
        Result: true,
      });
    assert.deepEqual(await messages(inbox), bodies);

    await done(call, "ClearCmqSubscriptionFilterTags", both);
    has(await subscription(), { FilterTags: [] });
    await refused(call, "DeleteCmqTopic", { TopicName }, "FailedOperation");
    await done(call, "DeleteCmqSubscribe", both);
    await refused(call, "DeleteCmqSubscribe", both, "ResourceNotFound");
    await done(call, "DeleteCmqTopic", { TopicName });
    const gone = "ResourceNotFound.Topic";
    await refused(call, "DescribeCmqTopicDetail", { TopicName }, gone);
    await refused(call, "DeleteCmqTopic", { TopicName }, gone);
  });

  test(`${label}: a routing key is a single tag`, async () => {
    await ok(call, "CreateCmqTopic", { TopicName, FilterType: 2 });
    const both = { TopicName, SubscriptionName: "keys" };
    await ok(call, "CreateCmqSubscribe", {
      ...both,
      Protocol: "queue",
      Endpoint: inbox,
      BindingKey: ["log.#"],
    });
    await done(call, "ClearCmqQueue", { QueueName: inbox });
    await ok(call, "PublishCmqMsg", { TopicName, MsgContent: "k", MsgTag: ["log.a.b"] });
    assert.deepEqual(await messages(inbox), ["k"]);
    await done(call, "DeleteCmqSubscribe", both);
    await done(call, "DeleteCmqTopic", { TopicName });
    await done(call, "DeleteCmqQueue", { QueueName: inbox });
  });
}

// What a fault that strikes one SendCmqMsg makes the client tell, how many requests there were, and
// how many messages there are then.
function addFaults(label, call) {
  const seen = [
    [{ error: "InternalError" }, { told: "InternalError", requests: 1, messages: 0 }],
    [{ status: 503 }, { told: "Service Unavailable", requests: 1, messages: 0 }],
    [{ drop: "request" }, { told: "socket hang up", requests: 1, messages: 0 }],
    [{ drop: "answer" }, { told: "socket hang up", requests: 1, messages: 1 }],
  ];
  for (const [fault, expected] of seen)
    test(`${label}: SendCmqMsg under ${JSON.stringify(fault)}`, async () => {
      const QueueName = `${label}-faults`;
      await ok(call, "CreateCmqQueue", { QueueName });
      const send = () => call("SendCmqMsg", { QueueName, MsgContent: "order", DelaySeconds: 0 });
      const { requests, error } = await failOnce("SendCmqMsg", fault, send);
      const told = error.code || error.message.replace(/.*, reason: /, "");
      const left = (await messages(QueueName)).length;
      assert.deepEqual({ told, requests, messages: left }, expected);
      await done(call, "DeleteCmqQueue", { QueueName });
    });
}

function add(label, call) {
  addFaults(label, call);
  addQueues(label, call);
  addTopics(label, call);
}

module.exports = { add };
