"""cmq, version 2019-03-04: its 17 Actions (api3 7)."""

import re

import pytest
from conftest import START_S
from products import expect, refused

ATTRIBUTES = dict(
    MaxMsgHeapNum=2000000,
    PollingWaitSeconds=3,
    VisibilityTimeout=45,
    MaxMsgSize=2048,
    MsgRetentionSeconds=7200,
    RewindSeconds=3600,
)
COUNTS = ("ActiveMsgNum", "InactiveMsgNum", "DelayMsgNum", "RewindMsgNum")


@pytest.fixture
def queue(cmq):
    """A queue as it is described."""

    def describe(name="jobs"):
        said = cmq.DescribeQueueDetail(QueueName=name)
        assert said["TotalCount"] == 1
        return said["QueueSet"][0]

    return describe


@pytest.fixture
def topic(cmq):
    def describe(name="news"):
        said = cmq.DescribeTopicDetail(TopicName=name)
        assert said["TotalCount"] == 1
        return said["TopicSet"][0]

    return describe


@pytest.fixture
def inbox(cmq):
    cmq.CreateQueue(QueueName="inbox")
    cmq.CreateTopic(TopicName="news")


@pytest.fixture
def subscribe(cmq):
    def make(name="sub", topic="news", endpoint="inbox", **attributes):
        attributes.setdefault("Protocol", "queue")
        return cmq.CreateSubscribe(
            TopicName=topic, SubscriptionName=name, Endpoint=endpoint, **attributes
        )["SubscriptionId"]

    return make


# ---- queues ----


def test_a_new_queue(cmq, queue):
    made = cmq.CreateQueue(QueueName="jobs")["QueueId"]
    assert re.fullmatch("queue-[a-z0-9]{8}", made)
    said = queue()
    expect(said, QueueId=made, QueueName="jobs", **dict.fromkeys(COUNTS, 0))
    expect(said, MaxMsgHeapNum=100000000, PollingWaitSeconds=0, VisibilityTimeout=30)
    expect(said, MaxMsgSize=65536, MsgRetentionSeconds=345600, RewindSeconds=0)
    expect(said, Qps=5000, Bps=52428800, MaxDelaySeconds=3600)
    expect(said, CreateTime=START_S, LastModifyTime=START_S)
    expect(said, DeadLetterSource=[], Tags=[])
    for name in ("Transaction", "DeadLetterPolicy", "TransactionPolicy"):
        assert said[name] is None, name


def test_create_sets_each_attribute(cmq, queue):
    cmq.CreateQueue(QueueName="jobs", **ATTRIBUTES)
    expect(queue(), **ATTRIBUTES)


def test_modify(cmq, queue, admin):
    cmq.CreateQueue(QueueName="jobs", **ATTRIBUTES)
    admin.advance("1h")
    assert cmq.ModifyQueueAttribute(QueueName="jobs", VisibilityTimeout=60, Trace=True) == {}
    expect(queue(), **dict(ATTRIBUTES, VisibilityTimeout=60, Trace=True))
    expect(queue(), CreateTime=START_S, LastModifyTime=START_S + 3600)
    with refused("ResourceNotFound"):
        cmq.ModifyQueueAttribute(QueueName="nowhere", VisibilityTimeout=60)


def test_the_counts_and_the_oldest_message(cmq, queue, v2, admin):
    cmq.CreateQueue(QueueName="jobs", RewindSeconds=3600)
    for body in ("deleted", "received", "active"):
        v2("SendMessage", queueName="jobs", msgBody=body)
    v2("SendMessage", queueName="jobs", msgBody="later", delaySeconds=9)
    handle = v2("ReceiveMessage", queueName="jobs")["receiptHandle"]
    v2("DeleteMessage", queueName="jobs", receiptHandle=handle)
    v2("ReceiveMessage", queueName="jobs")
    said = queue()
    assert [said[name] for name in COUNTS] == [1, 1, 1, 1]
    expect(said, MinMsgTime=START_S)


def test_queues_are_listed(cmq, queue):
    for name in ("jobs", "mail", "old-jobs"):
        cmq.CreateQueue(QueueName=name)
    said = cmq.DescribeQueueDetail()
    assert (said["TotalCount"], len(said["QueueSet"])) == (3, 3)
    said = cmq.DescribeQueueDetail(Offset=2, Limit=50)
    assert (said["TotalCount"], len(said["QueueSet"])) == (3, 1)
    assert cmq.DescribeQueueDetail(QueueName="job") == {"TotalCount": 0, "QueueSet": []}
    said = cmq.DescribeQueueDetail(Filters=[{"Name": "QueueName", "Values": ["mail"]}])
    assert [each["QueueName"] for each in said["QueueSet"]] == ["mail"]
    with refused("InvalidParameter"):
        cmq.DescribeQueueDetail(Offset=0, Limit=51)


def test_delete_a_queue(cmq):
    cmq.CreateQueue(QueueName="jobs")
    assert cmq.DeleteQueue(QueueName="jobs") == {}
    assert cmq.DescribeQueueDetail()["TotalCount"] == 0
    with refused("ResourceNotFound"):
        cmq.DeleteQueue(QueueName="jobs")


def test_clear_a_queue(cmq, queue, v2):
    cmq.CreateQueue(QueueName="jobs")
    v2("BatchSendMessage", queueName="jobs", msgBody=["one", "two"])
    v2("ReceiveMessage", queueName="jobs")
    assert cmq.ClearQueue(QueueName="jobs") == {}
    expect(queue(), ActiveMsgNum=0, InactiveMsgNum=0)
    with refused("ResourceNotFound"):
        cmq.ClearQueue(QueueName="nowhere")


def test_rewind(cmq, v2, admin):
    cmq.CreateQueue(QueueName="jobs", RewindSeconds=3600)
    v2("SendMessage", queueName="jobs", msgBody="again")
    handle = v2("ReceiveMessage", queueName="jobs")["receiptHandle"]
    v2("DeleteMessage", queueName="jobs", receiptHandle=handle)
    admin.advance(60)
    assert cmq.RewindQueue(QueueName="jobs", StartConsumeTime=START_S) == {}
    assert v2("ReceiveMessage", queueName="jobs")["msgBody"] == "again"
    cmq.ModifyQueueAttribute(QueueName="jobs", RewindSeconds=0)
    with refused("FailedOperation"):
        cmq.RewindQueue(QueueName="jobs", StartConsumeTime=START_S)


def test_dead_letters(cmq, queue):
    dead = cmq.CreateQueue(QueueName="dead")["QueueId"]
    policy = dict(DeadLetterQueueName="dead", Policy=0, MaxReceiveCount=3)
    made = cmq.CreateQueue(QueueName="jobs", **policy)["QueueId"]
    said = queue()["DeadLetterPolicy"]
    expect(said, DeadLetterQueue=dead, DeadLetterQueueName="dead", Policy=0, MaxReceiveCount=3)
    assert said["MaxTimeToLive"] is None
    source = {"QueueId": made, "QueueName": "jobs"}
    expect(queue("dead"), DeadLetterSource=[source])
    sources = cmq.DescribeDeadLetterSourceQueues
    assert sources(DeadLetterQueueName="dead") == {"TotalCount": 1, "QueueSet": [source]}
    none = {"TotalCount": 0, "QueueSet": []}
    filters = [{"Name": "SourceQueueName", "Values": ["other"]}]
    assert sources(DeadLetterQueueName="dead", Filters=filters) == none
    with refused("ResourceInUse"):
        cmq.DeleteQueue(QueueName="dead")
    assert cmq.UnbindDeadLetter(QueueName="jobs") == {}
    assert queue()["DeadLetterPolicy"] is None
    assert sources(DeadLetterQueueName="dead") == none
    with refused("ResourceNotFound"):
        cmq.CreateQueue(QueueName="more", **dict(policy, DeadLetterQueueName="nowhere"))


# ---- topics, subscriptions ----


def test_topics(cmq, topic, admin):
    made = cmq.CreateTopic(TopicName="news", FilterType=2)["TopicId"]
    assert re.fullmatch("topic-[a-z0-9]{8}", made)
    said = topic()
    expect(said, TopicId=made, TopicName="news", MsgRetentionSeconds=86400, MaxMsgSize=65536)
    expect(said, Qps=5000, FilterType=2, MsgCount=0, CreateTime=START_S, LastModifyTime=START_S)
    admin.advance(9)
    assert cmq.ModifyTopicAttribute(TopicName="news", MaxMsgSize=2048) == {}
    expect(topic(), MaxMsgSize=2048, CreateTime=START_S, LastModifyTime=START_S + 9)
    cmq.CreateTopic(TopicName="mail")
    said = cmq.DescribeTopicDetail(Filters=[{"Name": "TopicName", "Values": ["mail"]}])
    assert [each["TopicName"] for each in said["TopicSet"]] == ["mail"]
    said = cmq.DescribeTopicDetail(Offset=1, Limit=1)
    assert (said["TotalCount"], len(said["TopicSet"])) == (2, 1)
    assert cmq.DeleteTopic(TopicName="news") == {}
    assert cmq.DescribeTopicDetail(TopicName="news") == {"TotalCount": 0, "TopicSet": []}
    for call in (cmq.DeleteTopic, cmq.ModifyTopicAttribute):
        with refused("ResourceNotFound"):
            call(TopicName="news")


def test_subscriptions(cmq, inbox, subscribe, admin):
    made = subscribe(FilterTag=["red", "blue"], NotifyStrategy="BACKOFF_RETRY")
    assert re.fullmatch("subsc-[a-z0-9]{8}", made)
    names = dict(TopicName="news", SubscriptionName="sub")

    def described():
        said = cmq.DescribeSubscriptionDetail(TopicName="news")
        assert said["TotalCount"] == 1
        return said["SubscriptionSet"][0]

    said = described()
    expect(
        said, SubscriptionId=made, SubscriptionName="sub", Protocol="queue", Endpoint="inbox"
    )
    expect(said, NotifyStrategy="BACKOFF_RETRY", NotifyContentFormat="SIMPLIFIED", MsgCount=0)
    expect(said, FilterTags=["red", "blue"], CreateTime=START_S, LastModifyTime=START_S)
    assert isinstance(said["TopicOwner"], int) and said["BindingKey"] is None
    admin.advance(5)
    assert cmq.ModifySubscriptionAttribute(FilterTags=["green"], **names) == {}
    expect(described(), FilterTags=["green"], LastModifyTime=START_S + 5)
    assert cmq.ClearSubscriptionFilterTags(**names) == {}
    expect(described(), FilterTags=[])
    with refused("ResourceInUse"):
        cmq.DeleteTopic(TopicName="news")
    assert cmq.DeleteSubscribe(**names) == {}
    for call in (
        cmq.DeleteSubscribe,
        cmq.ClearSubscriptionFilterTags,
        cmq.ModifySubscriptionAttribute,
    ):
        with refused("ResourceNotFound"):
            call(**names)


def test_subscriptions_are_listed(cmq, inbox, subscribe):
    for name in ("first", "second", "third"):
        subscribe(name)
    said = cmq.DescribeSubscriptionDetail(TopicName="news", Offset=1, Limit=1)
    assert (said["TotalCount"], len(said["SubscriptionSet"])) == (3, 1)
    filters = [{"Name": "SubscriptionName", "Values": ["second"]}]
    said = cmq.DescribeSubscriptionDetail(TopicName="news", Filters=filters)
    assert [each["SubscriptionName"] for each in said["SubscriptionSet"]] == ["second"]
    with refused("ResourceNotFound"):
        cmq.DescribeSubscriptionDetail(TopicName="nowhere")


def test_binding_keys(cmq, subscribe, v2):
    cmq.CreateQueue(QueueName="inbox")
    cmq.CreateTopic(TopicName="news", FilterType=2)
    subscribe(BindingKey=["a.*"])
    said = cmq.DescribeSubscriptionDetail(TopicName="news")["SubscriptionSet"][0]
    expect(said, BindingKey=["a.*"])
    v2("PublishMessage", topicName="news", msgBody="routed", routingKey="a.b")
    assert v2("ReceiveMessage", queueName="inbox")["msgBody"] == "routed"


# ---- what is refused ----


def test_names_that_are_taken(cmq, inbox, subscribe):
    with refused("InvalidParameter", "(10210)queue is already existed"):
        cmq.CreateQueue(QueueName="inbox")
    with refused("ResourceInUse"):
        cmq.CreateTopic(TopicName="news")
    subscribe()
    with refused("ResourceInUse"):
        subscribe()


@pytest.mark.parametrize(
    "attributes",
    [{"PollingWaitSeconds": 31}, {"VisibilityTimeout": 0}, {"QueueName": "9"}],
    ids=str,
)
def test_values_out_of_range(cmq, attributes):
    with refused("InvalidParameter"):
        cmq.CreateQueue(**dict({"QueueName": "jobs"}, **attributes))


def test_parameters_that_are_missing_or_unknown(cmq):
    with refused("MissingParameter"):
        cmq.CreateQueue()
    with refused("UnknownParameter"):
        cmq.raw("CreateQueue", QueueName="jobs", Colour="red")
    with refused("InvalidAction"):
        cmq.raw("CreateCmqQueue", QueueName="jobs")


# ---- one world ----


def test_both_products_see_the_same(cmq, tdmq, queue):
    made = tdmq.CreateCmqQueue(QueueName="jobs", VisibilityTimeout=77)["QueueId"]
    expect(queue(), QueueId=made, VisibilityTimeout=77, CreateTime=START_S)
    cmq.ModifyQueueAttribute(QueueName="jobs", VisibilityTimeout=88)
    said = tdmq.DescribeCmqQueueDetail(QueueName="jobs")["QueueDescribe"]
    expect(said, VisibilityTimeout=88, CreateTime=START_S * 1000)


@pytest.mark.parametrize("sign", ["TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_every_way_of_signing(new_product, sign, method):
    cmq = new_product("cmq", sign=sign, method=method)
    cmq.CreateQueue(QueueName="jobs", Trace=True)
    filters = [{"Name": "QueueName", "Values": ["jobs"]}]
    said = cmq.DescribeQueueDetail(Filters=filters)["QueueSet"][0]
    expect(said, QueueName="jobs", Trace=True)
