"""Topics and subscriptions: create, list, attributes, delete; publishing, routing, and what comes
out of the queues that subscribe."""
import pytest
from cmq.cmq_exception import CMQServerException
from cmq.queue import Message as QueueMessage
from cmq.queue import QueueMeta
from cmq.subscription import SubscriptionMeta
from cmq.topic import Message, TopicMeta
from conftest import START_S
from support import bodies, no_message, refused
from test_messages import BODIES

MIB = 1048576
NO_TOPIC = (4440, "(10600)topic is not existed, or deleted")
NO_SUBSCRIPTION = (4000, "(10560)subscription is not existed")
NOBODY = (
    6030,
    "(10650)topic has no subscription, please create a subscription before publishing message",
)
NO_MATCH = (6030, "(10730)no bindingKey or filterTag matches the routingKey or msgTag")


def publish(topic, body="body", tags=(), key=""):
    """Returns the id."""
    return topic.publish_message(Message(body, list(tags)), key).msgId


def publish_all(topic, *bodies, **options):
    """In one batch; options are the client's: msgtag, routingKey. Returns the ids."""
    sent = topic.batch_publish_message([Message(body) for body in bodies], **options)
    return [message.msgId for message in sent]


def consume_all(queue):
    """The bodies of up to 16 messages, which are deleted."""
    try:
        messages = queue.batch_receive_message(16, 0)
    except CMQServerException as none:
        assert none.code == 7000
        return []
    queue.batch_delete_message([each.receiptHandle for each in messages])
    return bodies(messages)


# ---- the client's own sample ----


def test_the_flow_of_the_clients_sample(account, endpoint, admin):
    """cmq_sample_topic.py, step by step; where it publishes before it subscribes, the service has
    answered with an error since 2018."""
    topic_name = "Topic-test"
    my_topic = account.get_topic(topic_name)
    topic_meta = TopicMeta()
    my_topic.create(topic_meta)

    topic_meta.maxMsgSize = 32768
    my_topic.set_attributes(topic_meta)
    topic_meta = my_topic.get_attributes()
    assert topic_meta.maxMsgSize == 32768
    total, topics, next_offset = account.list_topic()
    assert (total, [each["topicName"] for each in topics], next_offset) == (1, [topic_name], "")

    message = Message()
    message.msgBody = "this is a test message"
    with refused(*NOBODY):
        my_topic.publish_message(message)

    subscription_name = "subsc-test"
    my_sub = account.get_subscription(topic_name, subscription_name)
    subscription_meta = SubscriptionMeta()
    subscription_meta.Endpoint = endpoint.url
    subscription_meta.Protocal = "http"
    my_sub.create(subscription_meta)
    total, subscriptions, next_offset = my_topic.list_subscription()
    assert (total, len(subscriptions), next_offset) == (1, 1, "")

    ids = [my_topic.publish_message(message).msgId]
    message = Message("this is a test message", ["test", "york"])
    ids.append(my_topic.publish_message(message).msgId)
    plain = [Message("this is a test message") for _ in range(6)]
    ids += [each.msgId for each in my_topic.batch_publish_message(plain)]
    tagged = [Message("this  is a test message", ["test"]) for _ in range(6)]
    ids += [each.msgId for each in my_topic.batch_publish_message(tagged)]
    admin.settle()
    assert sorted(push.id() for push in endpoint.pushes) == sorted(ids)
    # In a batch, the client takes the tags from an argument, not from the messages.
    tags = [push.header("x-cmq-message-tag") for push in endpoint.pushes]
    assert tags.count("test, york") == 1
    assert tags.count(None) == 13

    subscription_meta = my_sub.get_attributes()
    my_sub.set_attributes(subscription_meta)
    my_sub.delete()
    my_topic.delete()
    assert account.list_topic() == (0, [], "")


# ---- topics ----


def test_the_defaults_of_a_new_topic(account, admin):
    """Created with nothing but a name, which takes less than the client's defaults."""
    account.get_client().create_topic({"topicName": "plain"})
    meta = account.get_topic("plain").get_attributes()
    assert (meta.maxMsgSize, meta.filterType, meta.msgCount) == (65536, 1, 0)
    assert meta.msgRetentionSeconds == 86400
    assert meta.createTime == meta.lastModifyTime == START_S
    assert "msgRetentionSeconds" in str(meta)


@pytest.mark.parametrize(
    "name, value, read",
    [
        ("maxMsgSize", 1024, 1024),
        ("maxMsgSize", MIB, MIB),
        ("maxMsgSize", 0, 65536),  # the client leaves it out
        ("filterType", 0, 1),
        ("filterType", 1, 1),
        ("filterType", 2, 2),
    ],
)
def test_create_sets_each_attribute(new_topic, name, value, read):
    assert getattr(new_topic(**{name: value}).get_attributes(), name) == read


def test_attributes_are_read_modified_and_written(new_topic, admin):
    topic = new_topic(filterType=2)
    admin.advance("1h")
    meta = topic.get_attributes()
    meta.maxMsgSize = 2048
    topic.set_attributes(meta)

    changed = topic.get_attributes()
    assert (changed.maxMsgSize, changed.filterType) == (2048, 2)
    assert (changed.createTime, changed.lastModifyTime) == (START_S, START_S + 3600)


@pytest.mark.parametrize(
    "name, value, parameter",
    [
        ("maxMsgSize", 1023, "maxMsgSize"),
        ("maxMsgSize", MIB + 1, "maxMsgSize"),
        ("filterType", 3, "filterType"),
        ("filterType", -1, "filterType"),
    ],
)
def test_an_attribute_out_of_range_raises_4000(new_topic, account, name, value, parameter):
    with refused(4000, "(10350)parameter %s value or length is out of range" % parameter):
        new_topic(**{name: value})
    assert account.list_topic() == (0, [], "")


@pytest.mark.parametrize("name", ["1st", "a b", "a" * 65, "主题", "-a"])
def test_a_name_that_breaks_the_rules_raises_4000(new_topic, name):
    with refused(4000, "(10590)topic name format error"):
        new_topic(name)


@pytest.mark.parametrize("name", ["twice", "TWICE"])
def test_creating_a_topic_twice_raises_4460(new_topic, name):
    new_topic("twice")
    with refused(4460, "(10550)topic is already existed"):
        new_topic(name)


def test_a_topic_and_a_queue_may_share_a_name(new_topic, new_queue, subscribe):
    topic, queue = new_topic("orders"), new_queue("orders")
    subscribe(topic, "orders")
    publish(topic, "to my namesake")
    assert consume_all(queue) == ["to my namesake"]


def test_list_pages_through_all_topics(new_topic, account):
    created = ["page-%02d" % i for i in range(25)]
    for name in created:
        new_topic(name)

    def names(page):
        return [each["topicName"] for each in page]

    total, page, offset = account.list_topic()
    assert (total, names(page), offset) == (25, created[:20], 20)
    total, page, offset = account.list_topic(offset=offset)
    assert (total, names(page), offset) == (25, created[20:], "")

    listed, offset = [], 0
    while offset != "":
        total, page, offset = account.list_topic(limit=10, offset=offset)
        assert total == 25
        listed += page
    assert names(listed) == created
    assert len({each["topicId"] for each in listed}) == 25
    assert account.list_topic(limit=0)[:2] == (25, [])

    total, page, offset = account.list_topic(searchWord="e-1", limit=4)
    assert (total, names(page), offset) == (10, created[10:14], 4)
    assert account.list_topic(searchWord="E-1") == (0, [], "")
    for limit in (51, -2):
        with refused(4000):
            account.list_topic(limit=limit)


CALLS_ON_A_TOPIC = {
    "get_attributes": lambda t: t.get_attributes(),
    "set_attributes": lambda t: t.set_attributes(TopicMeta()),
    "publish_message": lambda t: publish(t),
    "batch_publish_message": lambda t: publish_all(t, "one", "two"),
    "delete": lambda t: t.delete(),
}


@pytest.mark.parametrize("call", sorted(CALLS_ON_A_TOPIC))
def test_a_missing_topic_raises_4440(account, call):
    with refused(*NO_TOPIC):
        CALLS_ON_A_TOPIC[call](account.get_topic("nowhere"))


def test_a_missing_topic_has_no_subscriptions_to_list(account):
    assert account.get_topic("nowhere").list_subscription() == (0, [], "")


def test_a_topic_goes_after_its_subscriptions(new_topic, subscribe, account):
    topic = new_topic()
    first, second = subscribe(topic, "jobs", "first"), subscribe(topic, "jobs", "second")
    left = (
        "(10540)there exists subscriptions under this topic, please unsubscribe all of them "
        "before DeleteTopic"
    )
    with refused(4000, left):
        topic.delete()
    first.delete()
    with refused(4000, left):
        topic.delete()
    second.delete()
    topic.delete()
    assert account.list_topic() == (0, [], "")
    for call in sorted(CALLS_ON_A_TOPIC):
        with refused(*NO_TOPIC):
            CALLS_ON_A_TOPIC[call](topic)

    again = new_topic()
    assert again.list_subscription() == (0, [], "")
    with refused(*NOBODY):
        publish(again)


# ---- subscriptions ----


def test_subscriptions_are_listed_by_pages_and_words(new_topic, subscribe):
    topic = new_topic()
    subscribe(new_topic("other"), "jobs", "of-another-topic")
    created = ["sub-%02d" % i for i in range(25)]
    for name in created:
        subscribe(topic, "queue-of-" + name, name)
    subscribe(topic, "http://127.0.0.1:9/hook", "web")

    def names(page):
        return [each["subscriptionName"] for each in page]

    total, page, offset = topic.list_subscription()
    assert (total, names(page), offset) == (26, created[:20], 20)
    total, page, offset = topic.list_subscription(offset=offset)
    assert (total, names(page), offset) == (26, created[20:] + ["web"], "")
    assert topic.list_subscription(limit=0)[:2] == (26, [])
    assert names(topic.list_subscription(limit=100)[1]) == created + ["web"]

    total, page, offset = topic.list_subscription("b-2", 3)
    assert (total, names(page), offset) == (5, created[20:23], 3)
    total, page, offset = topic.list_subscription("b-2", 3, offset)
    assert (total, names(page), offset) == (5, created[23:], "")
    total, page, offset = topic.list_subscription("web")
    assert (total, offset) == (1, "")
    assert page[0].pop("subscriptionId").startswith("subsc-")
    assert page == [
        {"subscriptionName": "web", "protocol": "http", "endpoint": "http://127.0.0.1:9/hook"}
    ]


SUBSCRIBED = [
    dict(
        what="http, the client's defaults",
        endpoint="http://127.0.0.1:9/hook?a=b",
        given={},
        read=dict(NotifyStrategy="EXPONENTIAL_DECAY_RETRY", NotifyContentFormat="JSON"),
    ),
    dict(
        what="http, all attributes",
        endpoint="http://localhost:9",
        given=dict(
            NotifyStrategy="BACKOFF_RETRY",
            NotifyContentFormat="SIMPLIFIED",
            FilterTag=["paid", "退款", "eu"],
            bindingKey=["a.*", "#"],
        ),
        read=dict(
            NotifyStrategy="BACKOFF_RETRY",
            NotifyContentFormat="SIMPLIFIED",
            FilterTag=["paid", "退款", "eu"],
            bindingKey=["a.*", "#"],
        ),
    ),
    dict(
        what="a queue, which never gets JSON",
        endpoint="jobs",
        given={},
        read=dict(NotifyStrategy="EXPONENTIAL_DECAY_RETRY", NotifyContentFormat="SIMPLIFIED"),
    ),
    dict(
        what="capitals in the protocol",
        endpoint="http://127.0.0.1:9/",
        given=dict(Protocal="HTTP"),
        read=dict(NotifyContentFormat="JSON"),
    ),
]


@pytest.mark.parametrize("row", SUBSCRIBED, ids=[row["what"] for row in SUBSCRIBED])
def test_the_attributes_of_a_subscription_read_back(new_topic, subscribe, account, row):
    subscription = subscribe(new_topic(), row["endpoint"], **row["given"])
    meta = subscription.get_attributes()
    for name, value in dict(dict(FilterTag=[], bindingKey=[]), **row["read"]).items():
        assert getattr(meta, name) == value
    assert meta.TopicOwner.isdigit()
    assert meta.createTime == meta.lastModifyTime == START_S
    # The client keeps the endpoint and the count under names of its queues, and looks for the
    # protocol under a misspelt one that the service does not send.
    assert (meta.maxMsgHeapNum, meta.inactiveMsgNum) == (row["endpoint"], 0)
    assert (meta.Endpoint, meta.Protocal) == ("", "")
    answer = account.get_client().get_subscription_attributes(
        {"topicName": "news", "subscriptionName": "sub"}
    )
    assert answer["protocol"] == ("http" if "://" in row["endpoint"] else "queue")
    assert answer["filterTag"] == answer["filterTags"] == meta.FilterTag
    assert "topicOwner" in str(meta)


def test_a_subscription_is_read_modified_and_written(new_topic, subscribe, admin):
    subscription = subscribe(
        new_topic(), "http://127.0.0.1:9", FilterTag=["paid"], bindingKey=["a.b"]
    )
    admin.advance("1h")
    meta = subscription.get_attributes()
    subscription.set_attributes(meta)
    same = subscription.get_attributes()
    assert (same.createTime, same.lastModifyTime) == (START_S, START_S + 3600)
    expected = vars(meta)
    expected["lastModifyTime"] = START_S + 3600
    assert vars(same) == expected

    same.NotifyStrategy = "BACKOFF_RETRY"
    same.FilterTag = ["refund", "eu"]
    subscription.set_attributes(same)
    changed = subscription.get_attributes()
    assert vars(changed) == vars(same)
    assert changed.maxMsgHeapNum == "http://127.0.0.1:9"


def test_what_is_not_sent_stays_as_it_is(new_topic, subscribe):
    subscription = subscribe(new_topic(), "http://127.0.0.1:9", FilterTag=["paid"])
    meta = SubscriptionMeta()
    meta.NotifyStrategy, meta.NotifyContentFormat = "", "SIMPLIFIED"
    subscription.set_attributes(meta)
    changed = subscription.get_attributes()
    assert changed.FilterTag == ["paid"]
    assert changed.NotifyContentFormat == "SIMPLIFIED"
    assert changed.NotifyStrategy == "EXPONENTIAL_DECAY_RETRY"


def test_clearing_the_filter_tags_lets_everything_in(new_topic, new_queue, subscribe, admin):
    topic, queue = new_topic(), new_queue()
    subscription = subscribe(topic, "jobs", FilterTag=["paid"], bindingKey=["a.b"])
    with refused(*NO_MATCH):
        publish(topic)
    admin.advance(60)
    subscription.clearFilterTags()
    meta = subscription.get_attributes()
    assert (meta.FilterTag, meta.bindingKey) == ([], ["a.b"])
    assert meta.lastModifyTime == START_S + 60
    publish(topic, "without a tag")
    publish(topic, "with another", ["refund"])
    assert consume_all(queue) == ["without a tag", "with another"]
    subscription.clearFilterTags()  # there are none, which is no error


def test_unsubscribing_ends_what_comes(new_topic, new_queue, subscribe):
    topic, queue = new_topic(), new_queue()
    subscription = subscribe(topic, "jobs")
    publish(topic, "before")
    subscription.delete()
    with refused(*NOBODY):
        publish(topic, "after")
    assert consume_all(queue) == ["before"]
    for call in sorted(CALLS_ON_A_SUBSCRIPTION):
        with refused(*NO_SUBSCRIPTION):
            CALLS_ON_A_SUBSCRIPTION[call](subscription)


CALLS_ON_A_SUBSCRIPTION = {
    "get_attributes": lambda s: s.get_attributes(),
    "set_attributes": lambda s: s.set_attributes(SubscriptionMeta()),
    "clearFilterTags": lambda s: s.clearFilterTags(),
    "delete": lambda s: s.delete(),
}


@pytest.mark.parametrize("call", sorted(CALLS_ON_A_SUBSCRIPTION))
def test_a_missing_subscription_raises_4000_and_a_missing_topic_4440(
    new_topic, subscribe, account, call
):
    subscribe(new_topic(), "jobs", "sub")
    with refused(*NO_SUBSCRIPTION):
        CALLS_ON_A_SUBSCRIPTION[call](account.get_subscription("news", "nobody"))
    with refused(*NO_TOPIC):
        CALLS_ON_A_SUBSCRIPTION[call](account.get_subscription("nowhere", "sub"))


HTTP = "http://127.0.0.1:9"
REFUSED_SUBSCRIPTIONS = [
    ("a name", dict(name="1st"), 4000, "(10580)subscription name format error"),
    (
        "no scheme",
        dict(endpoint="localhost", Protocal="http"),
        4000,
        "(10500)endpoint format error",
    ),
    ("https", dict(endpoint="https://localhost"), 4000, "(10500)endpoint format error"),
    ("no host", dict(endpoint="http:///hook"), 4000, "(10500)endpoint format error"),
    (
        "501 characters",
        dict(endpoint=HTTP + "/" + "a" * (500 - len(HTTP))),
        4000,
        "(10500)endpoint format error",
    ),
    (
        "a blank",
        dict(endpoint=HTTP + "/a b"),
        4510,
        "(10570)url connot contain any blank characters",
    ),
    ("a queue's name", dict(endpoint="no queue"), 4000, "(10630)illegal endpoint"),
    ("a protocol", dict(Protocal="mail"), 4000, "(10510)undefined protocol"),
    (
        "a strategy",
        dict(NotifyStrategy="NEVER"),
        4000,
        "(10520)undefined notify retry stragety",
    ),
    (
        "a format",
        dict(NotifyContentFormat="XML"),
        4000,
        "(10530)undefined notify content format",
    ),
    ("6 tags", dict(FilterTag=list("abcdef")), 4000, "(10490)number of filterTag exceed limit"),
    ("a long tag", dict(FilterTag=["a" * 17]), 4000, None),
    ("a tag of two lines", dict(FilterTag=["a\nb"]), 4000, None),
    ("6 keys", dict(bindingKey=list("abcdef")), 4000, "(10680)too many bindingKey"),
    ("16 dots", dict(bindingKey=["." * 16]), 4000, "(10691)too many delimeters"),
    ("a long key", dict(bindingKey=["a" * 65]), 4000, None),
]


@pytest.mark.parametrize(
    "given, code, message",
    [row[1:] for row in REFUSED_SUBSCRIPTIONS],
    ids=[row[0] for row in REFUSED_SUBSCRIPTIONS],
)
def test_a_subscription_that_breaks_the_rules_raises(new_topic, subscribe, given, code, message):
    topic = new_topic()
    with refused(code, message):
        subscribe(topic, **dict(dict(endpoint=HTTP), **given))
    assert topic.list_subscription() == (0, [], "")


def test_a_routing_topic_needs_binding_keys(new_topic, subscribe):
    topic = new_topic(filterType=2)
    with refused(4000, "(10710)parameters lack of bindingKey"):
        subscribe(topic, "jobs", FilterTag=["paid"])
    subscribe(topic, "jobs", bindingKey=["#"])


def test_subscribing_twice_raises_4490(new_topic, subscribe):
    topic = new_topic()
    subscribe(topic, "jobs", "twice")
    with refused(4490, "(10470)subscribtion is already existed"):
        subscribe(topic, "other", "twice")
    subscribe(new_topic("another"), "jobs", "twice")


# ---- routing ----

TAGGED = {"any": [], "paid": ["paid"], "eu-or-us": ["eu", "us"], "chinese": ["已付款"]}


@pytest.mark.parametrize(
    "tags, takers",
    [
        ([], ["any"]),
        (["paid"], ["any", "paid"]),
        (["us", "paid", "x"], ["any", "eu-or-us", "paid"]),
        (["eu", "us"], ["any", "eu-or-us"]),
        (["已付款"], ["any", "chinese"]),
        (["PAID", "pai", "paid "], ["any"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("batch", [False, True])
def test_tags_choose_the_queues(
    account, new_topic, new_queue, subscribe, method, batch, tags, takers
):
    account.get_client().set_method(method)
    topic = new_topic()
    queues = {}
    for name, filter_tags in TAGGED.items():
        queues[name] = new_queue(name)
        subscribe(topic, name, name, FilterTag=filter_tags)
    if batch:
        publish_all(topic, "one", "two", msgtag=tags)
    else:
        publish(topic, "one", tags)
    came = {name: consume_all(queue) for name, queue in queues.items()}
    sent = ["one", "two"] if batch else ["one"]
    assert came == {name: sent if name in takers else [] for name in TAGGED}


BOUND = {
    "all": ["#"],
    "star": ["1.*.0"],
    "hash": ["1.#.0"],
    "two": ["*.common", "system.*"],
    "exact": ["a.b"],
}


@pytest.mark.parametrize(
    "key, takers",
    [
        ("1.2.0", ["all", "hash", "star"]),
        ("1.0", ["all", "hash"]),
        ("1.2.3.4.4.2.2.0", ["all", "hash"]),
        ("system.common", ["all", "two"]),
        ("system.x", ["all", "two"]),
        ("common", ["all"]),
        ("a.b", ["all", "exact"]),
        ("a.*", ["all"]),
        ("订单.common", ["all", "two"]),
    ],
)
def test_routing_keys_choose_the_queues(new_topic, new_queue, subscribe, key, takers):
    topic = new_topic(filterType=2)
    queues = {}
    for name, keys in BOUND.items():
        queues[name] = new_queue(name)
        subscribe(topic, name, name, bindingKey=keys)
    publish(topic, "single", ["a.b"], key)  # a tag counts for nothing here
    publish_all(topic, "of", "a batch", routingKey=key)
    came = {name: consume_all(queue) for name, queue in queues.items()}
    sent = ["single", "of", "a batch"]
    assert came == {name: sent if name in takers else [] for name in BOUND}


def test_a_message_without_a_match_raises_6030_and_is_not_kept(new_topic, new_queue, subscribe, admin):
    topic, queue = new_topic(), new_queue()
    for call in (publish, lambda t: publish_all(t, "one", "two")):
        with refused(*NOBODY):
            call(topic)
    subscription = subscribe(topic, "jobs", FilterTag=["paid"])
    for tags in ([], ["refund"]):
        with refused(*NO_MATCH):
            publish(topic, tags=tags)
        with refused(*NO_MATCH):
            publish_all(topic, "one", "two", msgtag=tags)
    with refused(*NO_MATCH):  # on a topic of tags, a routing key counts for nothing
        publish(topic, key="paid")

    subscription.clearFilterTags()
    assert topic.get_attributes().msgCount == 0
    assert admin.agenda()["total"] == 0
    with no_message():
        queue.receive_message(0)

    keyed = new_topic("keyed", filterType=2)
    subscribe(keyed, "jobs", bindingKey=["a.b"])
    with refused(*NO_MATCH):
        publish(keyed, tags=["a.b"], key="a.c")


REFUSED_MESSAGES = [
    ("empty", lambda t: publish(t, ""), 4000, "(10120)message body can't be empty"),
    ("too long", lambda t: publish(t, "x" * 1025), 4400, "(10230)exceed maximum message size"),
    (
        "too long in UTF-8",
        lambda t: publish(t, "你" * 342),
        4400,
        "(10230)exceed maximum message size",
    ),
    (
        "one of a batch too long",
        lambda t: publish_all(t, "x", "x" * 1025),
        4400,
        "(10230)exceed maximum message size",
    ),
    ("6 tags", lambda t: publish(t, "x", "abcdef"), 4000, "(10720)too many msgTag"),
    ("a long tag", lambda t: publish(t, "x", ["a" * 17]), 4000, None),
    ("a tag of two lines", lambda t: publish(t, "x", ["a\r\nb"]), 4000, None),
    ("16 dots", lambda t: publish(t, key="." * 16), 4000, "(10691)too many delimeters"),
    ("a long key", lambda t: publish(t, key="a" * 65), 4000, None),
    (
        "17 in a batch",
        lambda t: publish_all(t, *["x"] * 17),
        4000,
        "(10370)msgBody parameter batch size is out of range",
    ),
    ("none in a batch", lambda t: publish_all(t), 4000, None),
]


@pytest.mark.parametrize(
    "call, code, message",
    [row[1:] for row in REFUSED_MESSAGES],
    ids=[row[0] for row in REFUSED_MESSAGES],
)
def test_a_message_that_breaks_the_rules_raises(
    new_topic, new_queue, subscribe, call, code, message
):
    topic, queue = new_topic(maxMsgSize=1024), new_queue()
    subscribe(topic, "jobs")
    with refused(code, message):
        call(topic)
    assert consume_all(queue) == []
    publish(topic, "x" * 1024, ["a" * 16, "你" * 16, "c", "d", "e"], "." * 15)
    assert consume_all(queue) == ["x" * 1024]


def test_no_routing_key_is_sent_as_an_empty_one(new_topic, new_queue, subscribe):
    topic, queue = new_topic(filterType=2), new_queue()
    subscribe(topic, "jobs", "words", bindingKey=["*"])
    for call in (publish, lambda t: publish_all(t, "one", "two")):
        with refused(*NO_MATCH):
            call(topic)
    subscribe(topic, "jobs", "all", bindingKey=["#"])
    publish_all(topic, "one", "two")
    assert consume_all(queue) == ["one", "two"]


def test_a_batch_has_one_mebibyte_at_the_most(new_topic, new_queue, subscribe):
    topic, queue = new_topic(maxMsgSize=MIB), new_queue(maxMsgSize=MIB)
    subscribe(topic, "jobs")
    with refused(4470, "(10300)total message size exceed 1MB"):
        publish_all(topic, "x" * (MIB // 2), "x" * (MIB // 2 + 1))
    publish_all(topic, "x" * (MIB // 2), "y" * (MIB // 2))
    assert [len(body) for body in consume_all(queue)] == [MIB // 2, MIB // 2]


# ---- what comes out of the queues ----


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_queue_gets_the_bodies_as_they_are(account, new_topic, new_queue, subscribe, method):
    account.get_client().set_method(method)
    topic, queue = new_topic(), new_queue()
    subscribe(topic, "jobs")
    sent = list(BODIES.values())
    single = [publish(topic, body, ["标签"]) for body in sent]
    assert bodies(queue.batch_receive_message(16, 0)) == sent
    batch = publish_all(topic, *sent)
    assert bodies(queue.batch_receive_message(16, 0)) == sent
    assert len(set(single + batch)) == 2 * len(sent)
    assert all(each.isdigit() for each in single + batch)


@pytest.mark.unverified
def test_bytes_in_the_clients_base64_encoding(new_topic, new_queue, subscribe):
    topic, queue = new_topic(), new_queue()
    subscribe(topic, "jobs")
    topic.set_encoding(True)
    queue.set_encoding(True)
    every_byte = bytes(bytearray(range(256)))
    publish(topic, every_byte)
    publish_all(topic, every_byte, b"\xff")
    assert consume_all(queue) == [every_byte, every_byte, b"\xff"]


def test_a_message_of_a_topic_is_like_any_other_of_its_queue(
    new_topic, new_queue, subscribe, admin
):
    topic, queue = new_topic(), new_queue(visibilityTimeout=10)
    subscribe(topic, "jobs")
    published = publish(topic, "body")
    sent = queue.send_message(QueueMessage("sent by itself"))
    admin.advance(5)
    first, second = queue.batch_receive_message(16, 0)
    assert (first.msgBody, second.msgBody) == ("body", "sent by itself")
    assert first.msgId not in (published, sent.msgId)
    assert first.enqueueTime == START_S
    assert first.firstDequeueTime == START_S + 5
    assert first.nextVisibleTime == START_S + 15
    assert first.dequeueCount == 1
    admin.advance(10)
    again = queue.receive_message(0)
    assert (again.msgId, again.dequeueCount) == (first.msgId, 2)
    queue.delete_message(again.receiptHandle)


def test_each_subscription_gets_a_copy_of_its_own(new_topic, new_queue, subscribe):
    topic, shared, own = new_topic(), new_queue("shared"), new_queue("own")
    subscribe(topic, "shared", "first")
    subscribe(topic, "shared", "second")
    subscribe(topic, "own", "third")
    publish(topic, "one")
    first, second = shared.batch_receive_message(16, 0)
    assert (first.msgBody, second.msgBody) == ("one", "one")
    assert first.msgId != second.msgId
    assert consume_all(own) == ["one"]


def test_a_publish_ends_the_long_polls_of_the_queue(
    new_topic, new_queue, subscribe, consumer, admin, patience
):
    topic = new_topic()
    new_queue()
    subscribe(topic, "jobs")
    polls = [consumer("jobs", 30) for _ in range(2)]
    admin.wait_for_polls(2)
    publish_all(topic, "one", "two")
    assert sorted(bodies(poll.result(patience) for poll in polls)) == ["one", "two"]


def test_two_namespaces_have_topics_of_one_name(new_account, admin, emulator):
    namespaces = []
    for i in range(2):
        clock = {"mode": "frozen", "at": (START_S + 1000 * i) * 1000}
        made = admin.create_namespace(clock=clock)
        account = new_account(emulator.url, made["secretId"], made["secretKey"])
        topic, queue = account.get_topic("news"), account.get_queue("jobs")
        queue.create(QueueMeta())
        topic.create(TopicMeta())
        meta = SubscriptionMeta()
        meta.Endpoint, meta.Protocal = "jobs", "queue"
        account.get_subscription("news", "sub").create(meta)
        namespaces.append((made["namespace"], account, topic, queue))
    try:
        for i, (_, account, topic, queue) in enumerate(namespaces):
            assert account.list_topic()[0] == 1
            assert topic.get_attributes().createTime == START_S + 1000 * i
            publish(topic, "of namespace %d" % i)
        for i, (_, account, topic, queue) in enumerate(namespaces):
            assert consume_all(queue) == ["of namespace %d" % i]
        _, account, topic, _ = namespaces[0]
        account.get_subscription("news", "sub").delete()
        topic.delete()
        publish(namespaces[1][2], "still here")
        assert consume_all(namespaces[1][3]) == ["still here"]
    finally:
        for name, _, _, _ in namespaces:
            admin.drop_namespace(name)
