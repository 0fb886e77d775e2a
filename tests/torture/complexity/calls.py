"""Each call of each interface, made when this and that exists."""
import collections
import json

from world import admin, form, v2, v3, Request

# A call of the list, and what is special of this one. prepare(r) is done before it, and returns the
# request. ends: it changes so much that everything is made again for the next call.
Call = collections.namedtuple("Call", "name title prepare ends")

CALLS = []


def add(name, request, title="", before=(), ends=False):
    """request: a Request, or a function of the runner and of the replies to those before."""
    def prepare(r):
        replies = [r.must(one) for one in before]
        return request(r, replies) if callable(request) else request
    CALLS.append(Call(name, title, prepare, ends))


SEND = v2("SendMessage", queueName="orders", msgBody="body")
NEW_QUEUE = v2("CreateQueue", queueName="made", rewindSeconds=3600)
OLD_QUEUE = v2("DeleteQueue", queueName="made")
NEW_TOPIC = v2("CreateTopic", topicName="made")
SUBSCRIPTION = dict(topicName="news", subscriptionName="copy")
NEW_SUBSCRIPTION = v2("Subscribe", topicName="news", subscriptionName="made", protocol="queue",
                      endpoint="drain", filterTag=["x"])
BOUND = v2("CreateQueue", queueName="bound",
           deadLetterPolicy='{"deadLetterQueue":"letters","policy":0,"maxReceiveCount":5}')


def handle_of(replies):
    return json.loads(replies[-1].answer).get("receiptHandle", "3-1")


# ---- the API v2 ----

add("v2 CreateQueue", lambda r, _: gone(r, NEW_QUEUE, OLD_QUEUE))
add("v2 ListQueue", v2("ListQueue", limit=20))
add("v2 ListQueue", v2("ListQueue", searchWord="17", limit=20), "by a word")
add("v2 ListQueue", v2("ListQueue", offset=200, limit=20), "from an offset")
add("v2 GetQueueAttributes", v2("GetQueueAttributes", queueName="orders"))
add("v2 SetQueueAttributes", v2("SetQueueAttributes", queueName="orders", visibilityTimeout=60))
add("v2 SetQueueAttributes", v2("SetQueueAttributes", queueName="orders", msgRetentionSeconds=7200,
                                rewindSeconds=3600), "other times", ends=True)
add("v2 DeleteQueue", OLD_QUEUE, "an empty one", [NEW_QUEUE])
add("v2 DeleteQueue", v2("DeleteQueue", queueName="orders"), ends=True)
add("v2 RewindQueue", v2("RewindQueue", queueName="orders", startConsumeTime=1893456000), ends=True)
add("v2 SendMessage", SEND)
add("v2 SendMessage", v2("SendMessage", queueName="orders", msgBody="body", delaySeconds=60), "delayed")
add("v2 SendMessage", v2("SendMessage", queueName="drain", msgBody="body"), "to who waits")
add("v2 BatchSendMessage", v2("BatchSendMessage", queueName="orders", msgBody=["a", "b", "c"]))
add("v2 ReceiveMessage", v2("ReceiveMessage", queueName="orders"), before=[SEND])
add("v2 ReceiveMessage", v2("ReceiveMessage", queueName="drain", pollingWaitSeconds=30), "that waits")
add("v2 BatchReceiveMessage", v2("BatchReceiveMessage", queueName="orders", numOfMsg=3), before=[SEND] * 3)
add("v2 DeleteMessage", lambda r, replies: v2("DeleteMessage", queueName="orders",
                                              receiptHandle=handle_of(replies)),
    before=[SEND, v2("ReceiveMessage", queueName="orders")])
add("v2 BatchDeleteMessage", lambda r, replies: v2("BatchDeleteMessage", queueName="orders",
                                                   receiptHandle=[handle_of(replies)]),
    before=[SEND, v2("ReceiveMessage", queueName="orders")])
add("v2 ListDeadLetterSourceQueues", v2("ListDeadLetterSourceQueues", deadLetterQueueName="letters"))
add("v2 ListDeadLetterSourceQueues", v2("ListDeadLetterSourceQueues", deadLetterQueueName="letters",
                                        searchWord="x"), "by a word")
add("v2 UnbindDeadLetterQueue", v2("UnbindDeadLetterQueue", queueName="bound"),
    before=[BOUND], ends=True)
add("v2 QueryQueueRoute", v2("QueryQueueRoute", queueName="orders"))
add("v2 CreateTopic", NEW_TOPIC, ends=True)
add("v2 SetTopicAttributes", v2("SetTopicAttributes", topicName="news", maxMsgSize=4096))
add("v2 ListTopic", v2("ListTopic", limit=20))
add("v2 ListTopic", v2("ListTopic", searchWord="17", limit=20), "by a word")
add("v2 ListTopic", v2("ListTopic", offset=200, limit=20), "from an offset")
add("v2 GetTopicAttributes", v2("GetTopicAttributes", topicName="news"))
add("v2 DeleteTopic", v2("DeleteTopic", topicName="made"), before=[NEW_TOPIC])
add("v2 PublishMessage", v2("PublishMessage", topicName="news", msgBody="body"))
add("v2 PublishMessage", v2("PublishMessage", topicName="keyed", msgBody="body",
                            routingKey="a.b.c"), "by key")
add("v2 PublishMessage", v2("PublishMessage", topicName="pushed", msgBody="body"), "over HTTP")
add("v2 BatchPublishMessage", v2("BatchPublishMessage", topicName="news", msgBody=["a", "b", "c"]))
add("v2 Subscribe", NEW_SUBSCRIPTION, ends=True)
add("v2 ListSubscriptionByTopic", v2("ListSubscriptionByTopic", topicName="news", limit=20))
add("v2 ListSubscriptionByTopic", v2("ListSubscriptionByTopic", topicName="news", searchWord="17",
                                     limit=20), "by a word")
add("v2 ListSubscriptionByTopic", v2("ListSubscriptionByTopic", topicName="news", offset=200,
                                     limit=20), "from an offset")
add("v2 SetSubscriptionAttributes", v2("SetSubscriptionAttributes", filterTag=["a", "b"], **SUBSCRIPTION), ends=True)
add("v2 Unsubscribe", v2("Unsubscribe", topicName="news", subscriptionName="made"), "an idle one", [NEW_SUBSCRIPTION])
add("v2 Unsubscribe", v2("Unsubscribe", topicName="pushed", subscriptionName="copy"), ends=True)
add("v2 GetSubscriptionAttributes", v2("GetSubscriptionAttributes", **SUBSCRIPTION))
add("v2 ClearSubscriptionFilterTags", v2("ClearSubscriptionFilterTags", **SUBSCRIPTION))
add("v2 QueryTopicRoute", v2("QueryTopicRoute", topicName="news"))


def gone(r, make, drop):
    """To make something that is not there: it is dropped first, if it is."""
    r.ask(drop)
    return make


# ---- API 3.0 ----

NAMED = dict(TopicName="news", SubscriptionName="copy")
MADE = dict(TopicName="news", SubscriptionName="made", Protocol="queue", Endpoint="drain", FilterTag=["x"])
V3_SETS = {"QueueName": "orders", "VisibilityTimeout": 60}


def add_products(cmq, tdmq, params, title="", before=(), ends=False, tdmq_params=None):
    if cmq is not None:
        add("cmq " + cmq, v3("cmq", cmq, **params), title, before, ends)
    if tdmq is not None:
        add("tdmq " + tdmq, v3("tdmq", tdmq, **(tdmq_params or params)), title, before, ends)


add_products("CreateQueue", "CreateCmqQueue", {"QueueName": "made"}, ends=True)
add_products("DescribeQueueDetail", "DescribeCmqQueues", {"Limit": 20})
add_products("DescribeQueueDetail", "DescribeCmqQueues", {"Offset": 200, "Limit": 20}, "from an offset")
add_products("DescribeQueueDetail", "DescribeCmqQueues", {"QueueName": "orders"}, "by name")
add_products("DescribeQueueDetail", None, {"TagKey": "team"}, "by tag")
add_products(None, "DescribeCmqQueues", {"QueueNameList": ["orders", "other"]}, "by names")
add_products(None, "DescribeCmqQueueDetail", {"QueueName": "orders"})
add_products("ModifyQueueAttribute", "ModifyCmqQueueAttribute", V3_SETS)
add_products("ModifyQueueAttribute", "ModifyCmqQueueAttribute",
             {"QueueName": "orders", "MsgRetentionSeconds": 7200, "RewindSeconds": 3600},
             "other times", ends=True)
add_products("DeleteQueue", "DeleteCmqQueue", {"QueueName": "orders"}, ends=True)
add_products("ClearQueue", "ClearCmqQueue", {"QueueName": "orders"}, ends=True)
add_products("RewindQueue", "RewindCmqQueue", {"QueueName": "orders", "StartConsumeTime": 1893456000}, ends=True)
add_products("UnbindDeadLetter", "UnbindCmqDeadLetter", {"QueueName": "bound"}, "", [BOUND], True,
             {"SourceQueueName": "bound"})
add_products("DescribeDeadLetterSourceQueues", "DescribeCmqDeadLetterSourceQueues",
             {"DeadLetterQueueName": "letters"})
add_products("CreateTopic", "CreateCmqTopic", {"TopicName": "made"}, ends=True)
add_products("DescribeTopicDetail", "DescribeCmqTopics", {"Limit": 20})
add_products("DescribeTopicDetail", "DescribeCmqTopics", {"TopicName": "news"}, "by name")
add_products("DescribeTopicDetail", None, {"TagKey": "team"}, "by tag")
add_products(None, "DescribeCmqTopics", {"TopicNameList": ["news", "keyed"]}, "by names")
add_products(None, "DescribeCmqTopicDetail", {"TopicName": "news"})
add_products("ModifyTopicAttribute", "ModifyCmqTopicAttribute", {"TopicName": "news", "MaxMsgSize": 4096})
add_products("DeleteTopic", "DeleteCmqTopic", {"TopicName": "made"}, "", [NEW_TOPIC])
add_products("CreateSubscribe", "CreateCmqSubscribe", MADE, ends=True)
add_products("DescribeSubscriptionDetail", "DescribeCmqSubscriptionDetail", {"TopicName": "news", "Limit": 20})
add_products("DescribeSubscriptionDetail", "DescribeCmqSubscriptionDetail",
             {"TopicName": "news", "Offset": 200, "Limit": 20}, "from an offset")
add_products("DescribeSubscriptionDetail", "DescribeCmqSubscriptionDetail",
             {"TopicName": "news", "Filters": [{"Name": "SubscriptionName", "Values": ["copy"]}]}, "by name",
             tdmq_params={"TopicName": "news", "SubscriptionName": "cop"})
add_products(None, "DescribeCmqSubscriptionDetail", {"QueueName": "drain", "QueryType": "queue"}, "of a queue")
add_products("ModifySubscriptionAttribute", "ModifyCmqSubscriptionAttribute", dict(FilterTags=["a", "b"], **NAMED), ends=True)
add_products("ClearSubscriptionFilterTags", "ClearCmqSubscriptionFilterTags", NAMED)
add_products("DeleteSubscribe", "DeleteCmqSubscribe", {"TopicName": "news", "SubscriptionName": "made"}, "",
             [NEW_SUBSCRIPTION])
add_products(None, "SendCmqMsg", {"QueueName": "orders", "MsgContent": "body", "DelaySeconds": 0})
add_products(None, "PublishCmqMsg", {"TopicName": "news", "MsgContent": "body"})


# ---- the admin interface ----

CONDITION = {"queue": "orders", "state": "active", "count": {"ge": 1000000}}


def hold_of(replies):
    return json.loads(replies[-1].answer)["hold"]


def fault_of(replies):
    return json.loads(replies[-1].answer)["fault"]["id"]


def message_of(replies):
    return json.loads(replies[-1].answer)["msgId"]


add("GET /_emulator", admin("GET", ""))
add("GET /_emulator/clock", admin("GET", "/clock"))
add("POST /_emulator/clock/freeze", admin("POST", "/clock/freeze"))
add("POST /_emulator/clock/advance", admin("POST", "/clock/advance", {"by": "1ms"}), "by nothing")
add("POST /_emulator/clock/advance", admin("POST", "/clock/advance", {"by": "10m"}), ends=True)
add("POST /_emulator/clock/step", admin("POST", "/clock/step", {"events": 1}), ends=True)
add("POST /_emulator/clock/step", admin("POST", "/clock/step", {"events": 1000000}), "through everything", ends=True)
add("POST /_emulator/clock/run", admin("POST", "/clock/run", {"until": CONDITION, "limit": 0}), "not at all")
add("POST /_emulator/clock/run", admin("POST", "/clock/run", {"until": CONDITION, "limit": 1000000}), ends=True)
add("POST /_emulator/clock/auto", admin("POST", "/clock/auto"), ends=True)
add("POST /_emulator/clock/resume", admin("POST", "/clock/resume"))
add("POST /_emulator/clock/reset", admin("POST", "/clock/reset"), ends=True)
add("GET /_emulator/clock/agenda", admin("GET", "/clock/agenda"))
add("GET /_emulator/clock/agenda", admin("GET", "/clock/agenda?queue=letters"), "of one queue")
add("GET /_emulator/clock/agenda", admin("GET", "/clock/agenda?limit=1000&edges=0,1893456000000,253402300799999"),
    "by spans of time")
add("GET /_emulator/events", admin("GET", "/events?for=0"))
add("POST /_emulator/clock/holds", admin("POST", "/clock/holds"))
add("DELETE /_emulator/clock/holds/{name}", lambda r, replies: admin("DELETE", "/clock/holds/%d" % hold_of(replies)),
    before=[admin("POST", "/clock/holds")])
RULE = {"action": "ListTopic", "queue": "letters", "fault": {"error": "10050"}}
add("POST /_emulator/faults", admin("POST", "/faults", RULE))
add("GET /_emulator/faults", admin("GET", "/faults"))
add("GET /_emulator/faults/{name}", lambda r, replies: admin("GET", "/faults/%d" % fault_of(replies)), before=[admin("POST", "/faults", RULE)])
add("DELETE /_emulator/faults/{name}", lambda r, replies: admin("DELETE", "/faults/%d" % fault_of(replies)),
    before=[admin("POST", "/faults", RULE)])
add("DELETE /_emulator/faults", admin("DELETE", "/faults"))
add("POST /_emulator/reset", admin("POST", "/reset", {"what": "messages"}), "the messages", ends=True)
add("POST /_emulator/reset", admin("POST", "/reset", {"what": "all"}), "all", ends=True)
add("GET /_emulator/journal", admin("GET", "/journal?action=none"))
add("GET /_emulator/journal", admin("GET", "/journal?limit=10"), "the first")
add("POST /_emulator/journal/verify", admin("POST", "/journal/verify", {"where": {"action": "ListTopi", "queue": "q"}}))
add("DELETE /_emulator/journal", admin("DELETE", "/journal"), ends=True)
add("GET /_emulator/messages/{name}", lambda r, replies: admin("GET", "/messages/%s" % message_of(replies)),
    before=[v2("SendMessage", queueName="orders", msgBody="body")])
KEPT = [admin("POST", "/snapshots", {"name": "kept"})]
DOCUMENT = {"queues": [{"queueName": "orders", "messages": [{"msgBody": "a"}]}]}
add("GET /_emulator/snapshots", admin("GET", "/snapshots"))
add("POST /_emulator/snapshots", admin("POST", "/snapshots", {"name": "kept"}), ends=True)
add("GET /_emulator/snapshots/{name}", admin("GET", "/snapshots/kept"), before=KEPT, ends=True)
add("PUT /_emulator/snapshots/{name}", admin("PUT", "/snapshots/kept", DOCUMENT))
add("POST /_emulator/snapshots/{name}/restore", admin("POST", "/snapshots/kept/restore"), before=KEPT, ends=True)
add("DELETE /_emulator/snapshots/{name}", admin("DELETE", "/snapshots/kept"), before=KEPT, ends=True)
add("POST /_emulator/await", admin("POST", "/await", {"until": CONDITION}))
add("GET /_emulator/queues", admin("GET", "/queues?limit=20"))
add("GET /_emulator/queues", admin("GET", "/queues?offset=200&limit=20"), "from an offset")
add("GET /_emulator/queues", admin("GET", "/queues?search=none&limit=20"), "by a word")
add("GET /_emulator/openapi.json", admin("GET", "/openapi.json"))
add("GET /_emulator/queues/{name}", admin("GET", "/queues/orders"))
add("GET /_emulator/queues/{name}/messages", admin("GET", "/queues/orders/messages?limit=20"))
add("GET /_emulator/queues/{name}/messages", admin("GET", "/queues/orders/messages?limit=20&offset=200"), "from an offset")
add("GET /_emulator/queues/{name}/messages", admin("GET", "/queues/orders/messages?limit=20&state=inactive"), "in one state")
add("DELETE /_emulator/queues/{name}/messages", admin("DELETE", "/queues/orders/messages"), ends=True)
add("GET /_emulator/topics", admin("GET", "/topics?limit=20"))
add("GET /_emulator/topics", admin("GET", "/topics?offset=200&limit=20"), "from an offset")
add("GET /_emulator/topics", admin("GET", "/topics?search=none&limit=20"), "by a word")
add("GET /_emulator/topics/{name}", admin("GET", "/topics/news?limit=20"))
add("GET /_emulator/topics/{name}", admin("GET", "/topics/pushed?limit=20"), "with deliveries")
add("DELETE /_emulator/topics/{name}/messages", admin("DELETE", "/topics/pushed/messages"), ends=True)
add("POST /_emulator/sink/{name}", admin("POST", "/sink/inbox", "hello"))
add("GET /_emulator/sinks", admin("GET", "/sinks?limit=20"))
add("GET /_emulator/sink/{name}", admin("GET", "/sink/inbox?limit=20"))
add("GET /_emulator/sink/{name}", admin("GET", "/sink/inbox?limit=20&offset=200"), "from an offset")
add("PUT /_emulator/sink/{name}", admin("PUT", "/sink/inbox", {"status": 200}))
add("DELETE /_emulator/sink/{name}", admin("DELETE", "/sink/inbox"), ends=True)
add("GET /_emulator/signatures/last", lambda r, _: after_refusal(r))
add("GET /_emulator/health", admin("GET", "/health"))
add("GET /_emulator/namespaces", admin("GET", "/namespaces?limit=20"))
add("GET /_emulator/namespaces", admin("GET", "/namespaces?limit=20&offset=200"), "from an offset")
add("POST /_emulator/namespaces", admin("POST", "/namespaces", {"name": "made"}), ends=True)
add("GET /_emulator/namespaces/{name}", admin("GET", "/namespaces/default"))
add("DELETE /_emulator/namespaces/{name}", admin("DELETE", "/namespaces/made"),
    before=[admin("POST", "/namespaces", {"name": "made"})])
add("GET /metrics", Request("GET", "/metrics", "", ""))


def after_refusal(r):
    r.ask(admin("POST", "/namespaces", {
        "name": "signed", "credentials": [{"secretId": "AKIDsigned", "secretKey": "k"}]}))
    r.ask(Request("POST", "/v2/index.php", "Host: localhost\n", form([
        ("Action", "ListQueue"), ("SecretId", "AKIDsigned"), ("Nonce", "1"),
        ("Timestamp", "1893456000"), ("Signature", "x")])))
    return admin("GET", "/signatures/last?namespace=signed")
