"""tdmq, version 2020-02-17: every Action about CMQ (api3 8)."""

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
EMPTY = dict(ActiveMsgNum=0, InactiveMsgNum=0, DelayMsgNum=0)
MS = 1000


@pytest.fixture
def new_queue(tdmq):
    def make(name="jobs", **attributes):
        return tdmq.CreateCmqQueue(QueueName=name, **attributes)["QueueId"]

    return make


@pytest.fixture
def queue(tdmq):
    """A queue as it is described."""
    return lambda name="jobs": tdmq.DescribeCmqQueueDetail(QueueName=name)["QueueDescribe"]


@pytest.fixture
def topic(tdmq):
    return lambda name="news": tdmq.DescribeCmqTopicDetail(TopicName=name)["TopicDescribe"]


@pytest.fixture
def subscriptions(tdmq):
    def describe(**filters):
        return tdmq.DescribeCmqSubscriptionDetail(**filters)["SubscriptionSet"]

    return describe


@pytest.fixture
def subscribe(tdmq):
    def make(name="sub", topic="news", endpoint="inbox", **attributes):
        attributes.setdefault("Protocol", "queue")
        return tdmq.CreateCmqSubscribe(
            TopicName=topic, SubscriptionName=name, Endpoint=endpoint, **attributes
        )["SubscriptionId"]

    return make


@pytest.fixture
def take(v2):
    """The bodies in a queue."""

    def receive(name):
        got = v2("BatchReceiveMessage", queueName=name, numOfMsg=16)["msgInfoList"]
        return [each["msgBody"] for each in got]

    return receive


# ---- queues ----


def test_a_new_queue(new_queue, queue):
    made = new_queue()
    assert re.fullmatch("cmqq-[a-z0-9]{9,12}", made)
    said = queue()
    expect(said, QueueId=made, QueueName="jobs", **EMPTY)
    expect(said, MaxMsgHeapNum=100000000, PollingWaitSeconds=0, VisibilityTimeout=30)
    expect(said, MaxMsgSize=1048576, MsgRetentionSeconds=3600, RewindSeconds=0)
    expect(said, Qps=5000, Bps=52428800, MaxDelaySeconds=3600)
    expect(said, CreateTime=START_S * MS, LastModifyTime=START_S * MS)
    expect(said, NamespaceName="CMQ_QUEUE-jobs", Status=1, MaxUnackedMsgNum=100000)
    expect(said, MaxMsgBacklogSize=10 * 1024**3, RetentionSizeInMB=0)
    assert re.fullmatch("cmq-[0-9]+", said["TenantId"])


@pytest.mark.parametrize(
    "name",
    """DeadLetterSource DeadLetterPolicy Transaction TransactionPolicy CreateUin Tags Trace
    RewindMsgNum MinMsgTime""".split(),
)
def test_what_is_null_of_a_new_queue(new_queue, queue, name):
    new_queue()
    assert queue()[name] is None


def test_create_sets_each_attribute(new_queue, queue):
    new_queue(**ATTRIBUTES)
    expect(queue(), **ATTRIBUTES)


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_modify_changes_one_attribute_and_keeps_the_others(tdmq, new_queue, queue, admin, name):
    new_queue(**ATTRIBUTES)
    admin.advance("1h")
    changed = {"PollingWaitSeconds": 30, "RewindSeconds": 0}.get(name, ATTRIBUTES[name] + 1)
    tdmq.ModifyCmqQueueAttribute(QueueName="jobs", **{name: changed})
    expect(queue(), **dict(ATTRIBUTES, **{name: changed}))
    expect(queue(), CreateTime=START_S * MS, LastModifyTime=(START_S + 3600) * MS)


def test_times_have_milliseconds(new_queue, queue, admin):
    admin.advance("1234ms")
    new_queue()
    expect(queue(), CreateTime=START_S * MS + 1234)


def test_the_counts(tdmq, new_queue, queue, v2, admin):
    new_queue(RewindSeconds=3600)
    for body in ("deleted", "received", "active", "active"):
        tdmq.SendCmqMsg(QueueName="jobs", MsgContent=body, DelaySeconds=0)
    tdmq.SendCmqMsg(QueueName="jobs", MsgContent="later", DelaySeconds=5)
    handle = v2("ReceiveMessage", queueName="jobs")["receiptHandle"]
    v2("DeleteMessage", queueName="jobs", receiptHandle=handle)
    v2("ReceiveMessage", queueName="jobs")
    expect(queue(), ActiveMsgNum=2, InactiveMsgNum=1, DelayMsgNum=1, RewindMsgNum=1)
    admin.advance(5)
    expect(queue(), ActiveMsgNum=3, DelayMsgNum=0)


def test_tags_and_trace_are_kept(new_queue, queue):
    new_queue(Tags=[{"TagKey": "team", "TagValue": "red"}], Trace=True)
    expect(queue(), Tags=[{"TagKey": "team", "TagValue": "red"}], Trace=True)


def test_a_list_has_twenty_unless_more_are_wanted(tdmq, new_queue):
    names = ["jobs%02d" % i for i in range(25)]
    for name in names:
        new_queue(name)
    said = tdmq.DescribeCmqQueues()
    assert (said["TotalCount"], len(said["QueueList"])) == (25, 20)
    said = tdmq.DescribeCmqQueues(Offset=20, Limit=50)
    assert (said["TotalCount"], len(said["QueueList"])) == (25, 5)
    pages = [tdmq.DescribeCmqQueues(Offset=i, Limit=10)["QueueList"] for i in (0, 10, 20)]
    assert sorted(each["QueueName"] for page in pages for each in page) == names
    assert tdmq.DescribeCmqQueues(Offset=25, Limit=10) == {"TotalCount": 25, "QueueList": []}
    with refused("InvalidParameterValue"):
        tdmq.DescribeCmqQueues(Offset=0, Limit=51)


def names_of(said):
    return said["TotalCount"], sorted(each["QueueName"] for each in said["QueueList"])


def test_a_list_by_part_of_the_name(tdmq, new_queue):
    for name in ("jobs", "old-JOBS", "mail"):
        new_queue(name)
    assert names_of(tdmq.DescribeCmqQueues(QueueName="Job")) == (2, ["jobs", "old-JOBS"])
    assert names_of(tdmq.DescribeCmqQueues(QueueName="nothing")) == (0, [])
    assert names_of(tdmq.DescribeCmqQueues(QueueNameList=["mail", "job"])) == (1, ["mail"])


def test_a_list_by_tag(tdmq, new_queue):
    new_queue("red", Tags=[{"TagKey": "colour", "TagValue": "red"}])
    new_queue("blue", Tags=[{"TagKey": "colour", "TagValue": "blue"}])
    new_queue("plain")
    red = [{"Name": "tag:colour", "Values": ["red"]}]
    assert names_of(tdmq.DescribeCmqQueues(IsTagFilter=True, Filters=red)) == (1, ["red"])


def test_an_entry_of_the_list_is_like_the_detail(tdmq, new_queue, queue):
    new_queue(**ATTRIBUTES)
    assert tdmq.DescribeCmqQueues()["QueueList"] == [queue()]


def test_delete(tdmq, new_queue):
    new_queue()
    assert tdmq.DeleteCmqQueue(QueueName="jobs") == {}
    assert tdmq.DescribeCmqQueues()["TotalCount"] == 0
    with refused("ResourceNotFound"):
        tdmq.DescribeCmqQueueDetail(QueueName="jobs")
    with refused("ResourceNotFound"):
        tdmq.DeleteCmqQueue(QueueName="jobs")


def test_clear(tdmq, new_queue, queue, v2):
    new_queue(RewindSeconds=3600)
    for i in range(3):
        tdmq.SendCmqMsg(QueueName="jobs", MsgContent="body %d" % i, DelaySeconds=i)
    v2("ReceiveMessage", queueName="jobs")
    assert tdmq.ClearCmqQueue(QueueName="jobs") == {}
    expect(queue(), **EMPTY)
    with refused("ResourceNotFound"):
        tdmq.ClearCmqQueue(QueueName="nowhere")


@pytest.mark.parametrize("unit", [1, MS])
def test_rewind(tdmq, new_queue, v2, take, admin, unit):
    new_queue(RewindSeconds=3600)
    tdmq.SendCmqMsg(QueueName="jobs", MsgContent="again", DelaySeconds=0)
    handle = v2("ReceiveMessage", queueName="jobs")["receiptHandle"]
    v2("DeleteMessage", queueName="jobs", receiptHandle=handle)
    admin.advance(60)
    tdmq.RewindCmqQueue(QueueName="jobs", StartConsumeTime=START_S * unit)
    assert take("jobs") == ["again"]


def test_rewinding_what_is_not_kept(tdmq, new_queue):
    new_queue()
    with refused("FailedOperation"):
        tdmq.RewindCmqQueue(QueueName="jobs", StartConsumeTime=START_S)
    with refused("ResourceUnavailable"):
        tdmq.RewindCmqQueue(QueueName="nowhere", StartConsumeTime=START_S)


# ---- dead letters ----


@pytest.fixture
def dead_letters(new_queue):
    new_queue("dead")
    policy = dict(DeadLetterQueueName="dead", Policy=0, MaxReceiveCount=1)
    return new_queue(VisibilityTimeout=10, **policy)


def test_a_dead_letter_policy(dead_letters, queue, v2, take, admin):
    expect(queue()["DeadLetterPolicy"], DeadLetterQueue="dead", Policy=0, MaxReceiveCount=1)
    assert queue()["DeadLetterPolicy"]["MaxTimeToLive"] in (0, None)
    assert queue("dead")["DeadLetterSource"] == [{"QueueId": dead_letters, "QueueName": "jobs"}]
    v2("SendMessage", queueName="jobs", msgBody="hopeless")
    v2("ReceiveMessage", queueName="jobs")
    admin.advance(10)
    assert v2("GetQueueAttributes", queueName="jobs")["activeMsgNum"] == 1
    v2("SendMessage", queueName="jobs", msgBody="next")
    assert take("jobs") == ["next"]
    assert take("dead") == ["hopeless"]


def test_a_policy_by_age(tdmq, new_queue, queue):
    new_queue("dead")
    new_queue()
    tdmq.ModifyCmqQueueAttribute(
        QueueName="jobs", DeadLetterQueueName="dead", Policy=1, MaxTimeToLive=600
    )
    expect(queue()["DeadLetterPolicy"], DeadLetterQueue="dead", Policy=1, MaxTimeToLive=600)


def test_unbind(tdmq, dead_letters, queue):
    assert tdmq.UnbindCmqDeadLetter(SourceQueueName="jobs") == {}
    assert queue()["DeadLetterPolicy"] is None
    assert not queue("dead")["DeadLetterSource"]
    with refused("FailedOperation"):
        tdmq.UnbindCmqDeadLetter(SourceQueueName="nowhere")


def test_the_sources_of_a_dead_letter_queue(tdmq, dead_letters, new_queue):
    if not tdmq.offers("DescribeCmqDeadLetterSourceQueues"):
        pytest.skip("this version of the client does not have it any more")
    more = new_queue("more", DeadLetterQueueName="dead", Policy=0, MaxReceiveCount=5)
    both = [
        {"QueueId": dead_letters, "QueueName": "jobs"},
        {"QueueId": more, "QueueName": "more"},
    ]
    sources = tdmq.DescribeCmqDeadLetterSourceQueues
    said = sources(DeadLetterQueueName="dead")
    assert said["TotalCount"] == 2
    assert sorted(said["QueueSet"], key=lambda each: each["QueueName"]) == both
    said = sources(DeadLetterQueueName="dead", SourceQueueName="more")
    assert said == {"TotalCount": 1, "QueueSet": both[1:]}
    said = sources(DeadLetterQueueName="dead", Offset=1, Limit=1)
    assert (said["TotalCount"], len(said["QueueSet"])) == (2, 1)


def test_a_dead_letter_queue_that_is_not_there(tdmq, new_queue):
    with refused("FailedOperation"):
        new_queue(DeadLetterQueueName="nowhere", Policy=0, MaxReceiveCount=1)
    assert tdmq.DescribeCmqQueues()["TotalCount"] == 0


# ---- messages ----


def test_send(tdmq, new_queue, v2, admin):
    new_queue()
    sent = tdmq.SendCmqMsg(QueueName="jobs", MsgContent="\u4f60\u597d & more", DelaySeconds=0)
    expect(sent, Result=True)
    got = v2("ReceiveMessage", queueName="jobs")
    assert (got["msgBody"], got["enqueueTime"]) == ("\u4f60\u597d & more", START_S)
    assert re.fullmatch("[0-9A-F]{32}", sent["MsgId"])
    assert int(sent["MsgId"], 16) == int(got["msgId"])
    with refused("ResourceNotFound"):
        tdmq.SendCmqMsg(QueueName="nowhere", MsgContent="lost", DelaySeconds=0)


def test_send_with_a_delay(tdmq, new_queue, take, admin):
    new_queue()
    tdmq.SendCmqMsg(QueueName="jobs", MsgContent="later", DelaySeconds=60)
    admin.advance(59)
    assert admin.messages("jobs", state="delayed")["total"] == 1
    admin.advance(1)
    assert take("jobs") == ["later"]


def test_publish_with_tags(tdmq, new_queue, subscribe, take):
    new_queue("inbox")
    tdmq.CreateCmqTopic(TopicName="news")
    subscribe(FilterTag=["red", "blue"])
    sent = tdmq.PublishCmqMsg(TopicName="news", MsgContent="for red", MsgTag=["red", "x"])
    expect(sent, Result=True)
    assert sent["MsgId"]
    assert take("inbox") == ["for red"]
    with refused("FailedOperation"):
        tdmq.PublishCmqMsg(TopicName="news", MsgContent="for none", MsgTag=["x"])
    with refused("ResourceNotFound"):
        tdmq.PublishCmqMsg(TopicName="nowhere", MsgContent="lost")


def test_publish_with_a_routing_key(tdmq, new_queue, subscribe, take):
    new_queue("inbox")
    tdmq.CreateCmqTopic(TopicName="news", FilterType=2)
    subscribe(BindingKey=["a.*"])
    tdmq.PublishCmqMsg(TopicName="news", MsgContent="to a.b", MsgTag=["a.b"])
    assert take("inbox") == ["to a.b"]


# ---- topics ----


def test_a_new_topic(tdmq, topic):
    made = tdmq.CreateCmqTopic(TopicName="news")["TopicId"]
    assert re.fullmatch("cmqt-[a-z0-9]{9,12}", made)
    said = topic()
    expect(said, TopicId=made, TopicName="news", MsgRetentionSeconds=86400, MaxMsgSize=1048576)
    expect(said, Qps=5000, FilterType=1, MsgCount=0, NamespaceName="CMQ_TOPIC-news", Status=1)
    expect(said, CreateTime=START_S * MS, LastModifyTime=START_S * MS)
    assert [said[name] for name in ("CreateUin", "Tags", "Trace")] == [None, None, None]


def test_modify_a_topic(tdmq, topic, admin):
    tdmq.CreateCmqTopic(TopicName="news", MaxMsgSize=2048, FilterType=2, MsgRetentionSeconds=60)
    expect(topic(), MaxMsgSize=2048, FilterType=2, MsgRetentionSeconds=60)
    admin.advance(9)
    tdmq.ModifyCmqTopicAttribute(TopicName="news", MaxMsgSize=4096, Trace=True)
    expect(topic(), MaxMsgSize=4096, MsgRetentionSeconds=60, Trace=True)
    expect(topic(), CreateTime=START_S * MS, LastModifyTime=(START_S + 9) * MS)
    with refused("ResourceNotFound.Topic"):
        tdmq.ModifyCmqTopicAttribute(TopicName="nowhere", MaxMsgSize=4096)


def test_topics_are_listed(tdmq, topic):
    for name in ("news", "old-NEWS", "mail"):
        tdmq.CreateCmqTopic(TopicName=name)
    said = tdmq.DescribeCmqTopics(TopicName="News")
    assert said["TotalCount"] == 2
    assert sorted(each["TopicName"] for each in said["TopicList"]) == ["news", "old-NEWS"]
    said = tdmq.DescribeCmqTopics(TopicNameList=["news"])
    assert said == {"TotalCount": 1, "TopicList": [topic()]}
    said = tdmq.DescribeCmqTopics(Offset=2, Limit=5)
    assert (said["TotalCount"], len(said["TopicList"])) == (3, 1)


def test_delete_a_topic(tdmq, new_queue, subscribe):
    new_queue("inbox")
    tdmq.CreateCmqTopic(TopicName="news")
    subscribe()
    with refused("FailedOperation"):
        tdmq.DeleteCmqTopic(TopicName="news")
    assert tdmq.DeleteCmqSubscribe(TopicName="news", SubscriptionName="sub") == {}
    assert tdmq.DeleteCmqTopic(TopicName="news") == {}
    with refused("ResourceNotFound.Topic"):
        tdmq.DescribeCmqTopicDetail(TopicName="news")
    with refused("ResourceNotFound.Topic"):
        tdmq.DeleteCmqTopic(TopicName="news")
    assert tdmq.DescribeCmqTopics() == {"TotalCount": 0, "TopicList": []}


# ---- subscriptions ----


@pytest.fixture
def inbox(tdmq, new_queue):
    new_queue("inbox")
    tdmq.CreateCmqTopic(TopicName="news")


def test_a_new_subscription(inbox, subscribe, subscriptions):
    made = subscribe(FilterTag=["red"], NotifyStrategy="BACKOFF_RETRY")
    assert re.fullmatch("subsc-[a-z0-9]{8}", made)
    said = subscriptions(TopicName="news")[0]
    expect(
        said, SubscriptionId=made, SubscriptionName="sub", Protocol="queue", Endpoint="inbox"
    )
    expect(said, NotifyStrategy="BACKOFF_RETRY", NotifyContentFormat="SIMPLIFIED", MsgCount=0)
    expect(said, FilterTags=["red"], CreateTime=START_S * MS, LastModifyTime=START_S * MS)
    assert isinstance(said["TopicOwner"], int)
    assert not said["BindingKey"]


def test_a_subscription_of_an_http_endpoint(inbox, subscribe, subscriptions):
    subscribe(endpoint="http://127.0.0.1:1/", Protocol="http")
    said = subscriptions(TopicName="news")[0]
    expect(said, Protocol="http", Endpoint="http://127.0.0.1:1/", FilterTags=[])
    expect(said, NotifyStrategy="EXPONENTIAL_DECAY_RETRY", NotifyContentFormat="JSON")


def test_subscriptions_are_listed(inbox, tdmq, subscribe, subscriptions):
    for name in ("first", "second", "third"):
        subscribe(name)
    said = tdmq.DescribeCmqSubscriptionDetail(TopicName="news", Offset=1, Limit=1)
    assert (said["TotalCount"], len(said["SubscriptionSet"])) == (3, 1)
    found = subscriptions(TopicName="news", SubscriptionName="SEC")
    assert [each["SubscriptionName"] for each in found] == ["second"]
    found = subscriptions(QueueName="inbox", QueryType="queue")
    assert {(each["TopicName"], each["Endpoint"]) for each in found} == {("news", "inbox")}
    assert len(found) == 3
    with refused("ResourceNotFound.Topic"):
        subscriptions(TopicName="nowhere")


def test_modify_a_subscription(inbox, tdmq, subscribe, subscriptions, admin):
    subscribe(FilterTag=["red"])
    admin.advance(5)
    names = dict(TopicName="news", SubscriptionName="sub")
    tdmq.ModifyCmqSubscriptionAttribute(
        NotifyStrategy="BACKOFF_RETRY", FilterTags=["blue", "green"], **names
    )
    said = subscriptions(TopicName="news")[0]
    expect(said, NotifyStrategy="BACKOFF_RETRY", FilterTags=["blue", "green"])
    expect(said, CreateTime=START_S * MS, LastModifyTime=(START_S + 5) * MS)
    assert tdmq.ClearCmqSubscriptionFilterTags(**names) == {}
    expect(subscriptions(TopicName="news")[0], FilterTags=[])
    for call in (tdmq.ModifyCmqSubscriptionAttribute, tdmq.ClearCmqSubscriptionFilterTags):
        with refused("FailedOperation"):
            call(TopicName="news", SubscriptionName="nowhere")


def test_binding_keys(tdmq, new_queue, subscribe, subscriptions):
    new_queue("inbox")
    tdmq.CreateCmqTopic(TopicName="news", FilterType=2)
    subscribe(BindingKey=["a.*", "b.#"])
    expect(subscriptions(TopicName="news")[0], BindingKey=["a.*", "b.#"])
    names = dict(TopicName="news", SubscriptionName="sub")
    tdmq.ModifyCmqSubscriptionAttribute(BindingKey=["c"], **names)
    expect(subscriptions(TopicName="news")[0], BindingKey=["c"])


def test_a_subscription_that_is_not_there(inbox, tdmq):
    with refused("ResourceNotFound"):
        tdmq.DeleteCmqSubscribe(TopicName="news", SubscriptionName="nowhere")
    with refused("ResourceNotFound.Topic"):
        tdmq.DeleteCmqSubscribe(TopicName="nowhere", SubscriptionName="sub")


# ---- what is refused ----


def test_names_that_are_taken(inbox, new_queue, subscribe, tdmq):
    with refused("ResourceInUse.Queue", "(10210)queue is already existed"):
        new_queue("inbox")
    with refused("ResourceInUse.Topic"):
        tdmq.CreateCmqTopic(TopicName="news")
    subscribe()
    with refused("ResourceInUse.Subscription"):
        subscribe()


@pytest.mark.parametrize(
    "attributes",
    [
        {"PollingWaitSeconds": 31},
        {"VisibilityTimeout": 0},
        {"VisibilityTimeout": 43201},
        {"MaxMsgSize": 1023},
        {"MsgRetentionSeconds": 29},
        {"MsgRetentionSeconds": 1296001},
        {"QueueName": "9lives"},
        {"QueueName": "x" * 65},
    ],
    ids=str,
)
def test_values_out_of_range(tdmq, attributes):
    with refused("InvalidParameterValue"):
        tdmq.CreateCmqQueue(**dict({"QueueName": "jobs"}, **attributes))
    assert tdmq.DescribeCmqQueues()["TotalCount"] == 0


def test_parameters_that_are_missing_unknown_or_of_a_wrong_type(tdmq):
    with refused("MissingParameter"):
        tdmq.CreateCmqQueue()
    with refused("UnknownParameter"):
        tdmq.raw("CreateCmqQueue", QueueName="jobs", Colour="red")
    with refused("InvalidParameter"):
        tdmq.raw("CreateCmqQueue", QueueName="jobs", PollingWaitSeconds=[1])
    with refused("InvalidAction"):
        tdmq.raw("CreateCmqCastle", QueueName="jobs")
    assert tdmq.DescribeCmqQueues()["TotalCount"] == 0


# ---- one world ----


def test_what_v2_makes_is_seen(tdmq, v2, queue, topic, subscriptions):
    made = v2("CreateQueue", queueName="jobs", visibilityTimeout=77)["queueId"]
    assert re.fullmatch("queue-[a-z0-9]{8}", made)
    expect(queue(), QueueId=made, VisibilityTimeout=77, MaxMsgSize=65536)
    expect(queue(), MsgRetentionSeconds=345600, CreateTime=START_S * MS)
    made = v2("CreateTopic", topicName="news", filterType=2)["topicId"]
    expect(topic(), TopicId=made, FilterType=2, MaxMsgSize=65536)
    v2(
        "Subscribe",
        topicName="news",
        subscriptionName="sub",
        protocol="queue",
        endpoint="jobs",
        bindingKey=["a.b"],
        notifyContentFormat="SIMPLIFIED",
    )
    expect(subscriptions(TopicName="news")[0], SubscriptionName="sub", BindingKey=["a.b"])
    v2("SendMessage", queueName="jobs", msgBody="x")
    expect(queue(), ActiveMsgNum=1)


def test_v2_sees_what_is_made_here(inbox, subscribe, new_queue, v2):
    made = new_queue("jobs", **ATTRIBUTES)
    said = v2("GetQueueAttributes", queueName="jobs")
    assert (said["visibilityTimeout"], said["msgRetentionSeconds"]) == (45, 7200)
    assert (said["createTime"], said["maxMsgHeapNum"]) == (START_S, 2000000)
    assert v2("ListQueue", searchWord="jobs")["queueList"] == [
        {"queueId": made, "queueName": "jobs"}
    ]
    subscribe(FilterTag=["red"])
    said = v2("GetSubscriptionAttributes", topicName="news", subscriptionName="sub")
    assert (said["filterTag"], said["endpoint"], said["createTime"]) == (
        ["red"],
        "inbox",
        START_S,
    )
