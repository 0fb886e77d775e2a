"""Single requests that are much work."""
import http.client
import itertools
import json
import time

import wire
from subject import MIB
from trial import part

ROOM = [("--max-memory", "2g")]


class Busy:
    """A namespace with a queue of many messages."""

    def __init__(self, trial, clock="real", **attributes):
        made = trial.admin("POST", "namespaces", name="busy", clock={"mode": clock})
        self.trial = trial
        self.secret = {"SecretId": made["secretId"]}
        self.client = trial.client(patience_s=30)
        self.cmq("CreateQueue", **attributes)

    def cmq(self, action, queueName="q", **parameters):
        self.topic(action, queueName=queueName, **parameters)

    def topic(self, action, **parameters):
        data = wire.post(action, **self.secret, **parameters)
        answer = self.client.call(data).json()
        assert answer["code"] == 0, answer
        return answer

    def fill(self, count, **parameters):
        data = wire.post(
            "BatchSendMessage", queueName="q", msgBody=["m"] * 16, **self.secret, **parameters
        )
        for answer in self.client.flood(itertools.repeat(data, count // 16)):
            assert answer.code() == 0, answer.body

    def consume(self, count):
        """Receive and delete so many."""
        receive = wire.post("BatchReceiveMessage", queueName="q", numOfMsg=16, **self.secret)
        for _ in range(count // 800):
            batches = [one.json() for one in self.client.flood([receive] * 50)]
            deletes = [
                wire.post(
                    "BatchDeleteMessage",
                    queueName="q",
                    receiptHandle=[each["receiptHandle"] for each in batch["msgInfoList"]],
                    **self.secret
                )
                for batch in batches
            ]
            for answer in self.client.flood(deletes):
                assert answer.code() == 0, answer.body

    def admin(self, method, path, **arguments):
        arguments["namespace"] = "busy"
        answer = self.client.call(wire.admin(method, path, **arguments))
        assert answer.status == 200, answer.body
        return answer.json()

    def counts(self):
        return self.admin("GET", "queues/q")["counts"]


@part("a move of 1 000 000 events", options=ROOM, rss_mib=40)
def long_move(trial):
    busy = Busy(trial, "frozen")
    count = trial.size(1000000, 320000)
    for delay in range(1, 11):
        busy.fill(count // 10, delaySeconds=delay * 60)
    begin = wire.admin("POST", "clock/advance", by="1h", namespace="busy")
    other = trial.client(patience_s=30)
    other.send(begin)
    yield "%d events" % count
    behind = wire.post("CountMessage", **busy.secret)
    queued = trial.client(patience_s=30)
    queued.send(behind)
    told = other.answer().json()
    trial.check(told.get("fired") == count // 10 // 16 * 160, "%s fire" % told.get("fired"))
    queued.answer()
    trial.admin("DELETE", "namespaces/busy", patience_s=30)


@part("a purge of 1 000 000", options=ROOM, rss_mib=40)
def purge(trial):
    busy = Busy(trial)
    count = trial.size(1000000, 320000)
    busy.fill(count)
    other = trial.client(patience_s=30)
    other.send(wire.admin("DELETE", "queues/q/messages", namespace="busy"))
    yield "%d messages" % count
    purged = other.answer().json()["purged"]
    trial.check(purged == count, "%d are purged" % purged)
    trial.check(busy.counts()["active"] == 0, "some are left")
    trial.admin("DELETE", "namespaces/busy", patience_s=30)


@part("a delete of 1 000 000", options=ROOM, rss_mib=40)
def delete(trial):
    """Of the queue, then of a namespace, then a reset."""
    busy = Busy(trial)
    count = trial.size(320000)
    busy.fill(count)
    busy.cmq("DeleteQueue")
    busy.cmq("CreateQueue")
    busy.fill(count)
    other = trial.client(patience_s=30)
    other.send(wire.admin("POST", "reset", namespace="busy"))
    yield "3 times %d messages" % count
    trial.check(other.answer().status == 200, "the reset fails")
    busy.cmq("CreateQueue")
    busy.fill(count)
    trial.admin("DELETE", "namespaces/busy", patience_s=30)


@part("snapshots of 1 000 000", options=[("--max-memory", "4g")], rss_mib=60)
def snapshots(trial):
    """Taken, restored, shown in full, and made a namespace of."""
    busy = Busy(trial, "frozen")
    count = trial.size(1000000, 160000) // 16 * 16
    busy.fill(count)
    other = trial.client(patience_s=30)

    def ask(method, path, namespace="busy", **arguments):
        begun = time.monotonic()
        answer = other.call(wire.admin(method, path + "?namespace=" + namespace, **arguments))
        trial.check(answer.status == 200, "%s: %s" % (path, answer.body[:100]))
        return time.monotonic() - begun

    taken_s = ask("POST", "snapshots", name="all")
    busy.consume(800)
    restored_s = ask("POST", "snapshots/all/restore")
    active = busy.counts()["active"]
    trial.check(active == count, "%d are active again" % active)
    begun = time.monotonic()
    length = document_length(trial)
    shown_s = time.monotonic() - begun
    trial.check(length > 100 * count, "the document has %d bytes" % length)
    forked_s = ask("POST", "namespaces", name="fork", **{"from": "all"})
    other.send(wire.admin("POST", "snapshots/all/restore", namespace="busy"))
    yield "%.2f %.2f %.2f %.2f s" % (taken_s, restored_s, shown_s, forked_s)
    trial.check(other.answer().status == 200, "not restored once more")
    for name in "fork", "busy":
        trial.admin("DELETE", "namespaces/" + name, patience_s=30)


def document_length(trial):
    """Of the snapshot, which comes in chunks."""
    client = http.client.HTTPConnection(wire.HOST, trial.port, timeout=30)
    client.request("GET", "/_emulator/snapshots/all?namespace=busy")
    answer = client.getresponse()
    length = sum(len(piece) for piece in iter(lambda: answer.read(1 << 20), b""))
    client.close()
    return length


@part("a rewind of 160 000", options=ROOM, rss_mib=40)
def rewind(trial):
    busy = Busy(trial, rewindSeconds=3600)
    begun = time.time()
    count = trial.size(160000, 16000)
    busy.fill(count)
    busy.consume(count)
    trial.check(busy.counts()["deleted"] == count, "not all can be rewound")
    other = trial.client(patience_s=30)
    other.send(
        wire.post("RewindQueue", queueName="q", startConsumeTime=int(begun) - 2, **busy.secret)
    )
    yield "%d messages" % count
    told = other.answer()
    active = busy.counts()["active"]
    trial.check(active == count, "%d are active again: %s" % (active, told.body[:100]))
    trial.admin("DELETE", "namespaces/busy", patience_s=30)


@part("a clock with 320 000 deadlines in no order", options=ROOM, rss_mib=40)
def no_order(trial):
    """What is due next is told by each of the calls, and found by each step."""
    busy = Busy(trial, "frozen")
    count = trial.size(320000, 16000)
    delays = [str(600 + i * 7919 % 200) for i in range(count // 16)]
    batches = [
        wire.post(
            "BatchSendMessage", queueName="q", msgBody=["m"] * 16, delaySeconds=d, **busy.secret
        )
        for d in delays
    ]
    for answer in busy.client.flood(batches):
        assert answer.code() == 0, answer.body
    yield "%d messages" % count
    for what in ("the clock", "the clock again"):
        trial.phase(what)
        told = busy.admin("GET", "clock")
        trial.check(told["next"] is not None, "nothing is due: %s" % told)
        busy.cmq("SendMessage", msgBody="x", delaySeconds=601)
    trial.phase("steps")
    told = busy.admin("POST", "clock/step", events=1000)
    trial.check(told["fired"] == 1000, "%s fire" % told["fired"])
    trial.admin("DELETE", "namespaces/busy", patience_s=30)


@part("dead letters, 320 000 at once", options=ROOM, rss_mib=40)
def dead_letters(trial):
    """They are moved when somebody would receive the first of them."""
    busy = Busy(trial, "frozen", queueName="letters")
    policy = {"deadLetterQueue": "letters", "policy": 1, "maxTimeToLive": 300}
    busy.cmq("CreateQueue", deadLetterPolicy=json.dumps(policy))
    count = trial.size(320000, 16000)
    busy.fill(count)
    busy.admin("POST", "clock/advance", by="6m")
    other = trial.client(patience_s=30)
    other.send(wire.post("ReceiveMessage", queueName="q", **busy.secret))
    yield "%d messages" % count
    code = other.answer().json()["code"]
    trial.check(code == 7000, "the receive ends with %s" % code)
    moved = busy.admin("GET", "queues/letters")["counts"]["active"]
    trial.check(moved == count, "%d are moved" % moved)
    trial.admin("DELETE", "namespaces/busy", patience_s=30)


@part("a subscription with 160 000 deliveries", options=ROOM, rss_mib=40)
def deliveries(trial):
    """It is changed, and goes; the topic is purged."""
    busy = Busy(trial, "frozen")
    topic = {"topicName": "t"}
    strategies = ["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"]
    busy.topic("CreateTopic", **topic)
    for name in ("a", "b"):
        subscription = {"topicName": "t", "subscriptionName": name}
        busy.topic(
            "Subscribe",
            protocol="queue",
            endpoint="none",
            notifyStrategy=strategies[0],
            notifyContentFormat="SIMPLIFIED",
            **subscription
        )
    publish = wire.post(
        "BatchPublishMessage", topicName="t", msgBody=["m"] * 16, **busy.secret
    )
    count = trial.size(160000, 16000)
    for answer in busy.client.flood(itertools.repeat(publish, count // 16)):
        assert answer.code() == 0, answer.body
    yield "%d messages" % count
    trial.phase("another strategy")
    busy.topic(
        "SetSubscriptionAttributes",
        topicName="t",
        subscriptionName="b",
        notifyStrategy=strategies[1]
    )
    trial.phase("the end of a subscription")
    busy.topic("Unsubscribe", topicName="t", subscriptionName="a")
    trial.phase("a purge")
    told = busy.admin("DELETE", "topics/t/messages")
    trial.check(told["purged"] == count, "%s are purged" % told)
    trial.admin("DELETE", "namespaces/busy", patience_s=30)


LOOKS = [
    "clock/agenda?limit=100",
    "clock/agenda?kind=push",
    "clock/agenda?queue=other",
    "clock/agenda?limit=100000",
    "clock/agenda?from=0&limit=1000&edges=0,253402300799999",
    "queues/q/messages?offset=999000&limit=10",
    "queues/q/messages?state=active",
    "queues/q/messages?limit=10000",
    "queues",
    "clock",
]


@part("looks at 1 000 000", options=ROOM, rss_mib=40)
def looks(trial):
    """Each tells little, or in pieces, of very many."""
    busy = Busy(trial, "frozen")
    count = trial.size(1000000, 320000)
    busy.fill(count, delaySeconds=60)
    yield "%d looks at %d messages" % (len(LOOKS), count)
    for path in LOOKS:
        trial.phase("GET " + path)
        path += ("&" if "?" in path else "?") + "namespace=busy"
        answer = busy.client.call(wire.admin("GET", path))
        trial.check(answer.status == 200, "%s: %d" % (path, answer.status))
    trial.phase("a condition that never holds")
    told = busy.admin(
        "POST", "clock/run", until={"polls": {"ge": 1}}, limit=10000000, span="30s"
    )
    trial.check(told["stopped"] == "span", "the run ends by %s" % told["stopped"])
    trial.admin("DELETE", "namespaces/busy", patience_s=30)


@part("subscriptions", options=ROOM, rss_mib=40)
def subscriptions(trial):
    """One message for each of 500 queues, and ten at a time."""
    trial.cmq("CreateTopic", topicName="t")
    client = trial.client()
    for i in range(500):
        name = "q%d" % i
        for data in (
            wire.post("CreateQueue", queueName=name),
            wire.post(
                "Subscribe",
                topicName="t",
                subscriptionName=name,
                protocol="queue",
                endpoint=name,
                notifyStrategy="BACKOFF_RETRY",
                notifyContentFormat="SIMPLIFIED",
            ),
        ):
            answer = client.call(data)
            assert answer.code() == 0, answer.body
    publish = wire.post("BatchPublishMessage", topicName="t", msgBody=["m" * 100] * 16)
    rounds = trial.size(20)
    for answer in client.flood([publish] * rounds):
        assert answer.code() == 0, answer.body
    yield "%d times 16 messages for 500" % rounds
    got = trial.admin("GET", "queues/q499")["counts"]["active"]
    trial.check(got == rounds * 16, "%d messages came" % got)
    trial.admin("POST", "reset")


@part("messages of 1 MiB at full speed", options=ROOM, rss_mib=40)
def large_messages(trial):
    """Four clients that send, receive and delete, one after the other without a pause."""
    trial.cmq("CreateQueue", queueName="q", maxMsgSize=1048576)
    send = wire.post("SendMessage", queueName="q", msgBody="x" * (MIB - 100))
    clients = [trial.client() for _ in range(4)]
    rounds = trial.size(40, 5)
    for i in range(rounds):
        for client in clients:
            client.send(send)
        for client in clients:
            assert client.answer().code() == 0
        if i == 4:
            yield "%d messages" % (4 * rounds)
    for client in clients * rounds:
        got = client.call(wire.post("ReceiveMessage", queueName="q")).json()
        handle = got["receiptHandle"]
        client.call(wire.post("DeleteMessage", queueName="q", receiptHandle=handle))


# ---- bodies ----


def filled(begin, piece, end, size=10 * MIB - 100):
    """begin, numbered pieces, end: of nearly that size."""
    out, used = [begin], len(begin) + len(end)
    for i in itertools.count():
        text = piece(i) if callable(piece) else piece
        if used + len(text) > size:
            return "".join(out + [end])
        out.append(text)
        used += len(text)


SHAPES = {
    "many members": lambda: filled("{", lambda i: '"m%d":0,' % i, '"z":0}'),
    "one name over and over": lambda: filled("{", '"a":0,', '"a":0}'),
    "much nested": lambda: filled("", "[", ""),
    "nested members": lambda: filled("", '{"a":', ""),
    "a long list": lambda: filled('{"a":[', "0,", "0]}"),
    "a list of lists": lambda: filled('{"a":[', "[],", "[]]}"),
    "escapes": lambda: filled('{"until":"', "\\u0001", '"}'),
    "a long number": lambda: filled('{"by":1', "0", "}"),
    "blanks": lambda: filled("{", " ", "}"),
    "no JSON": lambda: filled("", "%", ""),
}
FORMS = {
    "many names": lambda: filled("Action=SendMessage", lambda i: "&n%d=1" % i, ""),
    "one name over and over": lambda: filled("Action=SendMessage", "&queueName=q", ""),
    "bodies": lambda: filled(
        "Action=BatchSendMessage&queueName=q", lambda i: "&msgBody.%d=x" % i, ""
    ),
    "handles": lambda: filled(
        "Action=BatchDeleteMessage&queueName=q", lambda i: "&receiptHandle.%d=q-1-%d" % (i, i), ""
    ),
    "tags": lambda: filled(
        "Action=PublishMessage&topicName=t&msgBody=x", lambda i: "&msgTag.%d=%d" % (i, i), ""
    ),
    "nothing but ampersands": lambda: filled("Action=SendMessage", "&", ""),
    "escapes": lambda: filled("Action=SendMessage&queueName=q&msgBody=", "%01", ""),
    "one long name": lambda: filled("Action=SendMessage&", "n", "=1"),
}
CALLS3 = {
    "a list": lambda: filled('{"QueueName":"q","MsgTags":[', '"x",', '"x"]}'),
    "flattened": lambda: filled("{", lambda i: '"Filters.%d.Name":"x",' % i, '"QueueName":"q"}'),
}
CONFIGURATIONS = {
    "queues": lambda: filled(
        '{"queues":[', lambda i: '{"queueName":"q%d"},' % i, '{"queueName":"z"}]}'
    ),
    "twins": lambda: filled('{"queues":[', '{"queueName":"q"},', '{"queueName":"q"}]}'),
    "credentials": lambda: filled(
        '{"credentials":[',
        lambda i: '{"secretId":"%d","secretKey":"k"},' % i,
        '{"secretId":"z","secretKey":"k"}]}',
    ),
    "conditions": lambda: filled('{"a":', '{"all":[', ""),
}


def call3(text):
    """A call of API 3.0 with this body."""
    head = wire.api3("cmq", "SendMessage").replace(b"Content-Length: 2\r\n\r\n{}", b"")
    return head + b"Content-Length: %d\r\n\r\n" % len(text) + text.encode()


def bodies():
    """What, and the bytes of a request."""
    for what, shape in SHAPES.items():
        text = shape()
        for path in ("clock/advance", "await", "namespaces"):
            yield "%s to %s" % (what, path), wire.request("POST", "/_emulator/" + path, text)
        yield what + " to API 3.0", call3(text)
    for what, shape in CALLS3.items():
        yield what + " to API 3.0", call3(shape())
    for what, shape in FORMS.items():
        text = shape()
        for path in ("/v2/index.php", "/_emulator/clock/advance", "/_emulator/sink/s"):
            yield "a form of %s to %s" % (what, path), wire.request("POST", path, text)
    for what, shape in CONFIGURATIONS.items():
        yield "a configuration of " + what, wire.request("POST", "/_emulator/namespaces", shape())


@part("bodies of 10 MiB", rss_mib=40, limit_s=90, options=[("--max-queues", "10")])
def worst_bodies(trial):
    """The worst shapes on each interface: each is answered, and none is taken for good."""
    trial.cmq("CreateQueue", queueName="q")
    count = 0
    for what, data in bodies():
        trial.phase(what)
        client = trial.client(patience_s=20)
        client.send(data)
        answer = client.answer()
        trial.check(200 <= answer.status < 500, "%s: %d" % (what, answer.status))
        client.close()
        count += 1
        if trial.small and count == 5:
            trial.client().send(data)
            yield "%d" % count
    trial.admin("POST", "reset")
    yield "%d" % count
