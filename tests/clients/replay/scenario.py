"""What each client is asked to do: each Action once at least, with the values that must come back.

What a client does not offer is done by a plain one, so that all get through all of it. Time stands
still, but where it is moved."""

import re

import answers

START_S = 1800000000
QUEUE = {
    "maxMsgHeapNum": 2000000,
    "pollingWaitSeconds": 2,
    "visibilityTimeout": 20,
    "maxMsgSize": 2048,
    "msgRetentionSeconds": 3600,
    "rewindSeconds": 600,
}


class World:
    """A namespace, with a client in it and a plain one that helps."""

    def __init__(self, client, helper, admin):
        self.client = client
        self.helper = helper
        self.admin = admin
        self.passed = 0

    def now(self):
        return self.admin.clock()["nowMs"] // 1000

    def help(self, action, **parameters):
        return answers.check(self.helper.call(action, parameters), action)

    def do(self, action, **parameters):
        """A call that must succeed: the answer. What the client cannot do, the helper does."""
        if not self.client.offers(action):
            return self.help(action, **parameters)
        answer = self.client.call(action, parameters)
        self.passed += 1
        sent = self.client.spelled.get(action, action)
        if action in self.client.fails:
            answers.check_error(answer, *self.client.fails[action])
        else:
            said = answers.check(answer, sent if sent in answers.NEEDED else action)
            if sent.lower() == action.lower():
                return said
        return self.help(action, **parameters)

    def fail(self, code, module, action, **parameters):
        """A call that must fail so."""
        caller = self.client if self.client.offers(action) else self.helper
        self.passed += caller is self.client
        return answers.check_error(caller.call(action, parameters), code, module)


def run(world):
    if world.client.verified:
        with_a_wrong_key(world)
    queues(world)
    messages(world)
    batches(world)
    waiting(world)
    topics(world)
    tags(world)
    routing_keys(world)
    goodbye(world)
    assert not world.client.keep_alive or world.client.wire.connections <= 1


def expect(said, **members):
    for name, value in members.items():
        assert said[name] == value, (name, said)


def with_a_wrong_key(world):
    """So the signature does matter."""
    key, world.client.secret_key = world.client.secret_key, "wrong"
    action = (
        "ReceiveMessage" if world.client.offers("ReceiveMessage") else world.client.actions[0]
    )
    world.fail(4100, 10030, action, queueName="jobs", topicName="news", msgBody="not mine")
    world.client.secret_key = key


def queues(world):
    made = world.do("CreateQueue", queueName="jobs", **QUEUE)
    assert re.fullmatch("queue-[a-z0-9]{8}", made["queueId"]), made
    world.fail(4460, 10210, "CreateQueue", queueName="jobs", **QUEUE)
    world.do("CreateQueue", queueName="other")

    counts = dict.fromkeys(["activeMsgNum", "inactiveMsgNum", "delayMsgNum", "rewindMsgNum"], 0)
    said = world.do("GetQueueAttributes", queueName="jobs")
    expect(said, createTime=START_S, lastModifyTime=START_S, **dict(QUEUE, **counts))
    world.admin.advance(5)
    world.do("SetQueueAttributes", queueName="jobs", visibilityTimeout=25, rewindSeconds=1200)
    said = world.do("GetQueueAttributes", queueName="jobs")
    expect(said, createTime=START_S, lastModifyTime=START_S + 5, visibilityTimeout=25)
    expect(said, rewindSeconds=1200, maxMsgSize=2048)

    said = world.do("ListQueue", searchWord="job", offset=0, limit=10)
    expect(said, totalCount=1, queueList=[{"queueId": made["queueId"], "queueName": "jobs"}])
    expect(world.do("ListQueue"), totalCount=2)
    if world.client.offers("QueryQueueRoute"):
        expect(world.do("QueryQueueRoute", queueName="jobs"), addr=[world.client.host])
        world.fail(4440, 10100, "QueryQueueRoute", queueName="nowhere")


def messages(world):
    body = world.client.body
    sent = world.do("SendMessage", queueName="jobs", msgBody=body)
    if world.client.received and world.client.offers("SendMessage"):
        body = world.client.received
    later = world.do("SendMessage", queueName="jobs", msgBody="later", delaySeconds=40)
    assert sent["msgId"] != later["msgId"]
    now = world.now()
    got = world.do("ReceiveMessage", queueName="jobs", pollingWaitSeconds=5)
    expect(got, msgId=sent["msgId"], msgBody=body, dequeueCount=1, enqueueTime=now)
    expect(got, firstDequeueTime=now, nextVisibleTime=now + 25)

    said = world.do("GetQueueAttributes", queueName="jobs")
    expect(said, activeMsgNum=0, inactiveMsgNum=1, delayMsgNum=1)
    world.admin.advance(25)
    again = world.do("ReceiveMessage", queueName="jobs", pollingWaitSeconds=5)
    expect(again, msgId=sent["msgId"], dequeueCount=2, firstDequeueTime=now)
    world.fail(
        4430, 10260, "DeleteMessage", queueName="jobs", receiptHandle=got["receiptHandle"]
    )
    world.do("DeleteMessage", queueName="jobs", receiptHandle=again["receiptHandle"])
    expect(world.help("GetQueueAttributes", queueName="jobs"), inactiveMsgNum=0, rewindMsgNum=1)

    world.do("RewindQueue", queueName="jobs", startConsumeTime=now)
    rewound = world.do("ReceiveMessage", queueName="jobs", pollingWaitSeconds=5)
    expect(rewound, msgId=sent["msgId"], msgBody=body)
    world.do("DeleteMessage", queueName="jobs", receiptHandle=rewound["receiptHandle"])
    world.admin.advance(15)
    got = world.do("ReceiveMessage", queueName="jobs", pollingWaitSeconds=5)
    expect(got, msgId=later["msgId"], msgBody="later", enqueueTime=now)
    world.do("DeleteMessage", queueName="jobs", receiptHandle=got["receiptHandle"])


def batches(world):
    names = ["one", "two", "three"]
    said = world.do("BatchSendMessage", queueName="jobs", msgBody=names, delaySeconds=0)
    ids = [each["msgId"] for each in said["msgList"]]
    assert len(set(ids)) == 3
    got = world.do("BatchReceiveMessage", queueName="jobs", numOfMsg=16, pollingWaitSeconds=5)
    got = got["msgInfoList"]
    assert [(each["msgId"], each["msgBody"]) for each in got] == list(zip(ids, names)), got
    handles = [each["receiptHandle"] for each in got]
    world.do("BatchDeleteMessage", queueName="jobs", receiptHandle=handles[:2])
    expect(world.help("GetQueueAttributes", queueName="jobs"), inactiveMsgNum=1)

    world.admin.advance(25)
    if (
        world.client.offers("BatchDeleteMessage")
        and "BatchDeleteMessage" not in world.client.fails
    ):
        said = world.fail(
            6020, 10290, "BatchDeleteMessage", queueName="jobs", receiptHandle=handles
        )
        assert [each["receiptHandle"] for each in said["errorList"]] == handles, said
        assert all(isinstance(each["code"], int) for each in said["errorList"])
    got = world.help("ReceiveMessage", queueName="jobs", pollingWaitSeconds=0)
    expect(got, msgBody="three")
    world.help("DeleteMessage", queueName="jobs", receiptHandle=got["receiptHandle"])


def waiting(world):
    """A long poll that a send ends, and one that time ends."""
    for action, more in (("ReceiveMessage", {}), ("BatchReceiveMessage", {"numOfMsg": 16})):
        if not world.client.offers(action):
            continue
        parameters = dict(more, queueName="jobs", pollingWaitSeconds=20)
        world.client.wire.send(world.client.request(action, parameters))
        world.admin.wait_for_polls(1)
        world.help("SendMessage", queueName="jobs", msgBody="wake up")
        got = answers.check(world.client.wire.read(), action)
        got = got.get("msgInfoList", [got])
        assert [each["msgBody"] for each in got] == ["wake up"], got
        world.help("DeleteMessage", queueName="jobs", receiptHandle=got[0]["receiptHandle"])

        world.client.wire.send(world.client.request(action, parameters))
        world.admin.wait_for_polls(1)
        world.admin.advance(20)
        answers.check_error(world.client.wire.read(), 7000, 10200)
        world.passed += 2


def topics(world):
    made = world.do("CreateTopic", topicName="news", maxMsgSize=2048, filterType=1)
    assert re.fullmatch("topic-[a-z0-9]{8}", made["topicId"]), made
    world.fail(4460, 10550, "CreateTopic", topicName="news", maxMsgSize=2048, filterType=1)
    world.do("CreateTopic", topicName="routes", maxMsgSize=2048, filterType=2)
    now = world.now()
    world.admin.advance(7)
    world.do("SetTopicAttributes", topicName="news", maxMsgSize=4096)
    said = world.do("GetTopicAttributes", topicName="news")
    expect(said, maxMsgSize=4096, filterType=1, msgCount=0, msgRetentionSeconds=86400)
    expect(said, createTime=now, lastModifyTime=now + 7)
    said = world.do("ListTopic", searchWord="new", offset=0, limit=10)
    expect(said, totalCount=1, topicList=[{"topicId": made["topicId"], "topicName": "news"}])
    if world.client.offers("QueryTopicRoute"):
        expect(world.do("QueryTopicRoute", topicName="news"), addr=[world.client.host])


def taken(world, queue):
    """The bodies in a queue, which is empty then."""
    got = world.help("BatchReceiveMessage", queueName=queue, numOfMsg=16)["msgInfoList"]
    handles = [each["receiptHandle"] for each in got]
    world.help("BatchDeleteMessage", queueName=queue, receiptHandle=handles)
    return [each["msgBody"] for each in got]


def tags(world):
    to_queue = {"protocol": "queue", "endpoint": "other", "notifyContentFormat": "SIMPLIFIED"}
    names = {"topicName": "news", "subscriptionName": "tagged"}
    strategy = {"notifyStrategy": "BACKOFF_RETRY"}
    made = world.do(
        "Subscribe", **dict(names, filterTag=["red", "blue"], **to_queue, **strategy)
    )
    assert re.fullmatch("subsc-[a-z0-9]{8}", made["subscriptionId"]), made
    said = world.do("GetSubscriptionAttributes", **names)
    expect(said, filterTag=["red", "blue"], filterTags=["red", "blue"], bindingKey=[])
    expect(said, msgCount=0, **dict(to_queue, **strategy))

    world.do("PublishMessage", topicName="news", msgBody="for blue", msgTag=["blue", "green"])
    world.do(
        "SetSubscriptionAttributes",
        notifyStrategy="EXPONENTIAL_DECAY_RETRY",
        filterTag=["green"],
        **names
    )
    said = world.do("GetSubscriptionAttributes", **names)
    expect(said, filterTag=["green"], notifyStrategy="EXPONENTIAL_DECAY_RETRY")
    world.do("BatchPublishMessage", topicName="news", msgBody=["one", "two"], msgTag=["green"])
    assert taken(world, "other") == ["for blue", "one", "two"]
    world.fail(6030, 10730, "PublishMessage", topicName="news", msgBody="no", msgTag=["red"])

    said = world.do(
        "ListSubscriptionByTopic", topicName="news", searchWord="tag", offset=0, limit=10
    )
    expect(said, totalCount=1)
    listed = said["subscriptionList"][0]
    expect(listed, subscriptionName="tagged", protocol="queue", endpoint="other")
    expect(listed, subscriptionId=made["subscriptionId"])
    world.do("ClearSubscriptionFilterTags", **names)
    expect(world.do("GetSubscriptionAttributes", **names), filterTag=[], filterTags=[])


def routing_keys(world):
    to_queue = {"protocol": "queue", "endpoint": "other", "notifyContentFormat": "SIMPLIFIED"}
    names = {"topicName": "routes", "subscriptionName": "routed"}
    parameters = dict(names, bindingKey=["a.*", "b.#"], **to_queue)
    if world.client.offers("Subscribe") and "bindingKey" in world.client.renamed:
        world.fail(4000, 10710, "Subscribe", **parameters)
        world.help("Subscribe", **parameters)
    else:
        world.do("Subscribe", **parameters)
    expect(world.do("GetSubscriptionAttributes", **names), bindingKey=["a.*", "b.#"])
    if ("PublishMessage", "routingKey") not in world.client.drops:
        world.do("PublishMessage", topicName="routes", msgBody="to a.x", routingKey="a.x")
        world.fail(
            6030, 10730, "PublishMessage", topicName="routes", msgBody="x", routingKey="c"
        )
        world.do(
            "BatchPublishMessage", topicName="routes", msgBody=["1", "2"], routingKey="b.c.d"
        )
        assert taken(world, "other") == ["to a.x", "1", "2"]


def goodbye(world):
    for topic, subscription in (("news", "tagged"), ("routes", "routed")):
        world.do("Unsubscribe", topicName=topic, subscriptionName=subscription)
        expect(world.do("ListSubscriptionByTopic", topicName=topic), totalCount=0)
        world.do("DeleteTopic", topicName=topic)
    world.fail(4440, 10600, "PublishMessage", topicName="news", msgBody="late")
    for queue in ("jobs", "other"):
        world.do("DeleteQueue", queueName=queue)
    world.fail(4440, 10100, "ReceiveMessage", queueName="jobs")
    world.fail(4440, 10100, "SendMessage", queueName="jobs", msgBody="late")
    expect(world.help("ListQueue"), totalCount=0)
    expect(world.help("ListTopic"), totalCount=0)
