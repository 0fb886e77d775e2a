"""Pushes over HTTP: what an endpoint gets, and when, while the test moves time."""
import collections
import concurrent.futures
import json
import queue as queues
import socket
import threading

import pytest
from cmq.queue import Message as QueueMessage
from cmq.subscription import SubscriptionMeta
from cmq.topic import Message, TopicMeta
from conftest import START_S
from support import Endpoint, bodies, no_message, refused
from test_messages import BODIES

START_MS = START_S * 1000
RETRIES = 176


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        yield threads


@pytest.fixture
def dead_url():
    """A port that refuses connections, kept from others meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield "http://127.0.0.1:%d" % bound.getsockname()[1]


def publish(topic, *bodies, **options):
    """In a batch if they are several; options: msgtag. Returns the ids."""
    if len(bodies) == 1:
        return [topic.publish_message(Message(bodies[0], options.get("msgtag", []))).msgId]
    sent = topic.batch_publish_message([Message(body) for body in bodies], **options)
    return [message.msgId for message in sent]


def pushes_of(answer):
    """What the answer of a moving call tells of pushes, with the time since the start."""
    return [
        dict(event, atMs=event["atMs"] - START_MS)
        for event in answer["events"]
        if event["kind"] == "push"
    ]


def times_and_outcomes(answer):
    return [(event["atMs"], event["outcome"]) for event in pushes_of(answer)]


def pending(admin, topic="news", subscription=0):
    return admin.topic(topic, limit=100)["subscriptions"][subscription]["deliveries"]


# ---- what is sent ----


def expected_headers(endpoint, push, message_id, tags=None):
    """In the order in which sorted() puts them; only the request id cannot be foreseen."""
    headers = [
        ("Content-Length", str(len(push.body))),
        ("Content-Type", "text/plain"),
        ("Host", endpoint.url[len("http://") :]),
        ("User-Agent", "Qcloud Notification Service Agent"),
        ("x-cmq-message-id", message_id),
        ("x-cmq-request-id", push.header("x-cmq-request-id")),
    ]
    return headers if tags is None else sorted(headers + [("x-cmq-message-tag", tags)])


def test_a_push_in_json(new_topic, subscribe, endpoint, admin):
    topic = new_topic()
    subscription = subscribe(topic, endpoint.url + "/hook/a?b=c&d=%20", "billing")
    admin.advance(60)
    sent = publish(topic, 'order "17" paid', msgtag=["paid", "eu"])[0]
    admin.settle()
    assert len(endpoint.pushes) == 1
    push = endpoint.pushes[0]
    assert push.path == "/hook/a?b=c&d=%20"
    assert sorted(push.headers) == expected_headers(endpoint, push, sent, "paid, eu")
    assert push.header("x-cmq-request-id").isdigit()
    assert push.body.decode() == (
        '{"TopicOwner":%s,"topicName":"news","subscriptionName":"billing","msgId":"%s",'
        '"msgBody":"order \\"17\\" paid","publishTime":%d}'
        % (subscription.get_attributes().TopicOwner, sent, START_S + 60)
    )


def test_a_simplified_push(new_topic, subscribe, endpoint, admin):
    topic = new_topic()
    subscribe(topic, endpoint.url, NotifyContentFormat="SIMPLIFIED")
    sent = publish(topic, 'order "17" paid')[0]
    admin.settle()
    assert len(endpoint.pushes) == 1
    push = endpoint.pushes[0]
    assert push.path == "/"
    assert sorted(push.headers) == expected_headers(endpoint, push, sent)
    assert push.body == b'order "17" paid'


@pytest.mark.parametrize("form", ["JSON", "SIMPLIFIED"])
def test_bodies_of_all_kinds_and_a_chinese_tag(new_topic, subscribe, endpoint, admin, form):
    topic = new_topic()
    subscribe(topic, endpoint.url, NotifyContentFormat=form)
    sent = dict(zip(publish(topic, *BODIES.values(), msgtag=["已付款", "é"]), BODIES.values()))
    admin.settle()
    came = {}
    for push in endpoint.pushes:
        assert push.header("x-cmq-message-tag") == "已付款, é"
        if form == "JSON":
            told = json.loads(push.body.decode())
            assert told["msgId"] == push.id()
            came[push.id()] = told["msgBody"]
        else:
            came[push.id()] = push.body.decode()
    assert came == sent


def test_a_batch_comes_as_single_messages(new_topic, subscribe, endpoint, admin):
    topic = new_topic()
    subscribe(topic, endpoint.url, NotifyContentFormat="SIMPLIFIED")
    sent = publish(topic, *["message %d" % i for i in range(16)], msgtag=["a"])
    admin.settle()
    came = {push.id(): push.body.decode() for push in endpoint.pushes}
    assert came == {sent[i]: "message %d" % i for i in range(16)}
    assert len({push.header("x-cmq-request-id") for push in endpoint.pushes}) == 16


def test_tags_and_the_same_message_at_several_endpoints(new_topic, subscribe, endpoint, admin):
    topic = new_topic()
    for name, tags in (("all", []), ("paid", ["paid"]), ("eu", ["eu", "us"])):
        subscribe(topic, endpoint.url + "/" + name, name, FilterTag=tags)
    sent = publish(topic, "plain") + publish(topic, "paid", msgtag=["us", "paid"])
    admin.settle()
    assert sorted((push.path, push.id()) for push in endpoint.pushes) == sorted(
        [("/all", sent[0]), ("/all", sent[1]), ("/paid", sent[1]), ("/eu", sent[1])]
    )
    assert len({push.header("x-cmq-request-id") for push in endpoint.pushes}) == 4


def test_the_emulators_sink_is_an_endpoint(new_topic, subscribe, emulator, admin):
    topic = new_topic()
    subscribe(topic, emulator.url + "/_emulator/sink/hook", NotifyContentFormat="SIMPLIFIED")
    admin.tell_sink("hook", status=503, times=1)
    sent = publish(topic, "body", msgtag=["paid"])[0]
    admin.advance(10)
    sink = admin.sink("hook")
    told = [(each["atMs"] - START_MS, each["status"], each["body"]) for each in sink["requests"]]
    assert told == [(0, 503, "body"), (1000, 200, "body")]
    headers = sink["requests"][1]["headers"]
    assert headers.pop("x-cmq-request-id") != sink["requests"][0]["headers"]["x-cmq-request-id"]
    assert headers == {
        "Host": emulator.url[len("http://") :],
        "Content-Length": "4",
        "Content-Type": "text/plain",
        "User-Agent": "Qcloud Notification Service Agent",
        "x-cmq-message-id": sent,
        "x-cmq-message-tag": "paid",
    }


# ---- what an endpoint answers ----


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_status_of_success_delivers(new_topic, subscribe, endpoint, admin, status):
    topic = new_topic()
    subscription = subscribe(topic, endpoint.url)
    endpoint.answer(status)
    publish(topic, "body")
    admin.advance("2d")
    assert len(endpoint.pushes) == 1
    assert topic.get_attributes().msgCount == 0
    assert subscription.get_attributes().inactiveMsgNum == 0
    assert admin.agenda()["total"] == 0


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 400, 404, 429, 500, 503, 599])
def test_any_other_status_is_a_failure(new_topic, subscribe, endpoint, admin, status):
    topic = new_topic()
    subscription = subscribe(topic, endpoint.url)
    endpoint.answer(status)
    sent = publish(topic, "body")[0]
    admin.settle()
    assert [push.path for push in endpoint.pushes] == ["/"]  # a redirect is not followed
    assert topic.get_attributes().msgCount == 1
    assert subscription.get_attributes().inactiveMsgNum == 1
    assert pending(admin) == [
        {
            "msgId": sent,
            "state": "scheduled",
            "attempts": 1,
            "nextMs": START_MS + 1000,
            "publishMs": START_MS,
            "expireMs": START_MS + 86400000,
            "lastError": "HTTP %d" % status,
        }
    ]
    assert times_and_outcomes(admin.advance(1)) == [(1000, "delivered")]


def test_a_connection_that_is_dropped_is_a_failure(new_topic, subscribe, endpoint, admin):
    topic = new_topic()
    subscribe(topic, endpoint.url)

    def drop(push):
        raise ConnectionError

    endpoint.on_push = drop
    publish(topic, "body")
    admin.settle()
    assert (len(endpoint.pushes), pending(admin)[0]["attempts"]) == (1, 1)
    endpoint.answer(200)
    assert times_and_outcomes(admin.advance(10)) == [(1000, "delivered")]


# ---- retries, in virtual time ----


def test_an_endpoint_that_answers_503_three_times(new_topic, subscribe, endpoint, admin):
    topic = new_topic()
    subscription = subscribe(topic, endpoint.url)
    endpoint.answer(503, 503, 503)
    sent = publish(topic, "body")[0]
    admin.settle()
    assert len(endpoint.pushes) == 1

    admin.advance("999ms")
    assert len(endpoint.pushes) == 1
    moved = admin.advance("1ms")
    assert times_and_outcomes(moved) == [(1000, "failed")]
    assert moved["events"][0]["error"] == "HTTP 503"
    assert len(endpoint.pushes) == 2
    assert subscription.get_attributes().inactiveMsgNum == 1

    moved = admin.advance("1d")
    assert pushes_of(moved) == [
        {
            "atMs": at_ms,
            "kind": "push",
            "topic": "news",
            "subscription": "sub",
            "msgId": sent,
            "attempt": attempt,
            **outcome,
        }
        for at_ms, attempt, outcome in (
            (3000, 3, {"outcome": "failed", "error": "HTTP 503"}),
            (7000, 4, {"outcome": "delivered"}),
        )
    ]
    assert moved["fired"] == 2
    assert moved["nowMs"] == START_MS + 1000 + 86400000
    assert len(endpoint.pushes) == 4
    assert len({push.body for push in endpoint.pushes}) == 1  # publishTime stays, too
    assert {push.id() for push in endpoint.pushes} == {sent}
    assert len({push.header("x-cmq-request-id") for push in endpoint.pushes}) == 4
    assert subscription.get_attributes().inactiveMsgNum == 0


def exponential_decay():
    """The documented instants of all attempts, in seconds after publishing."""
    at_s, instants = 0, [0]
    for retry in range(RETRIES):
        at_s += min(2**retry, 512)
        instants.append(at_s)
    return instants


def show(title, instants):
    """Ten to a line; pytest -s shows them."""
    print("\n%s" % title)
    for i in range(0, len(instants), 10):
        row = " ".join("%6d" % at_s for at_s in instants[i : i + 10])
        print("attempt %3d  %s" % (i + 1, row))


@pytest.mark.parametrize("where", ["an endpoint that answers 500", "a port that is closed"])
def test_the_whole_schedule_of_exponential_decay(
    new_topic, subscribe, endpoint, dead_url, admin, where
):
    """Each instant as the agenda foretells it, as the step to it tells it, and, where there is an
    endpoint, as that finds it on the clock while it is asked."""
    found = []

    def refuse(push):
        found.append(admin.clock()["nowMs"])
        return 500

    endpoint.on_push = refuse
    alive = where.startswith("an endpoint")
    topic = new_topic()
    subscription = subscribe(topic, endpoint.url if alive else dead_url)
    sent = publish(topic, "body")[0]
    admin.settle()
    first = pending(admin)[0]
    assert (first["attempts"], first["nextMs"]) == (1, START_MS + 1000)

    foretold, told, outcomes = [START_MS], [START_MS], ["failed"]
    for attempt in range(2, RETRIES + 2):
        ahead = admin.agenda(kind="push")
        assert ahead["total"] == 1
        stepped = admin.step()
        (event,) = stepped["events"]
        foretold.append(ahead["events"][0]["atMs"])
        told.append(event["atMs"])
        outcomes.append(event["outcome"])
        assert stepped["nowMs"] == event["atMs"]
        assert (event["msgId"], event["attempt"]) == (sent, attempt)
        assert event["error"] == "HTTP 500" if alive else "onnect" in event["error"]

    after_s = [(at_ms - START_MS) // 1000 for at_ms in told]
    show("EXPONENTIAL_DECAY_RETRY, %s: seconds after publishing" % where, after_s)
    expected = [START_MS + at_s * 1000 for at_s in exponential_decay()]
    assert (len(expected), expected[-1] - START_MS) == (177, 86015000)
    assert told == expected
    assert foretold == expected
    assert found == (expected if alive else [])
    assert outcomes == ["failed"] * RETRIES + ["dropped"]

    assert admin.agenda()["total"] == 0
    assert topic.get_attributes().msgCount == 0
    assert subscription.get_attributes().inactiveMsgNum == 0
    assert admin.advance("2d")["fired"] == 0
    assert len(endpoint.pushes) == (177 if alive else 0)
    assert len({push.header("x-cmq-request-id") for push in endpoint.pushes}) == len(found)


def test_one_advance_passes_the_whole_schedule(new_topic, subscribe, endpoint, admin):
    topic = new_topic()
    subscribe(topic, endpoint.url)
    endpoint.on_push = lambda push: 500
    publish(topic, "one", "two", "three")
    moved = admin.advance("2d")
    assert len(endpoint.pushes) == 3 * 177
    assert moved["firedByKind"] == {"push": 3 * RETRIES}
    assert len(moved["events"]) == 100
    assert moved["nowMs"] == START_MS + 2 * 86400000


def test_messages_of_exponential_decay_do_not_wait_for_each_other(
    new_topic, subscribe, endpoint, admin
):
    topic = new_topic()
    subscribe(topic, endpoint.url, NotifyContentFormat="SIMPLIFIED")
    endpoint.on_push = lambda push: 500 if push.body == b"bad" else 200
    bad = publish(topic, "bad")
    admin.advance(2)
    good = publish(topic, "good")
    admin.settle()
    assert endpoint.bodies() == ["bad", "bad", "good"]
    assert [each["msgId"] for each in pending(admin)] == bad
    assert endpoint.pushes[2].id() == good[0]
    moved = admin.advance(5)
    assert [(each["atMs"], each["msgId"]) for each in pushes_of(moved)] == [
        (3000, bad[0]),
        (7000, bad[0]),
    ]


def test_backoff_keeps_the_order_of_the_messages(new_topic, subscribe, endpoint, admin):
    """A message that fails blocks those after it until it is dropped, after four attempts."""
    topic = new_topic()
    subscribe(
        topic, endpoint.url, NotifyStrategy="BACKOFF_RETRY", NotifyContentFormat="SIMPLIFIED"
    )
    refusals = collections.Counter({"one": 99, "three": 2})

    def answer(push):
        body = push.body.decode()
        refusals[body] -= 1
        return 503 if refusals[body] >= 0 else 200

    endpoint.on_push = answer
    ids = publish(topic, "one", "two", "three") + publish(topic, "four")
    admin.settle()
    assert endpoint.bodies() == ["one"]
    states = [each["state"] for each in pending(admin)]
    assert states == ["scheduled", "waiting", "waiting", "waiting"]
    assert [each["msgId"] for each in pending(admin)] == ids

    moved = admin.run({"subscription": "news/sub", "pending": {"eq": 0}})
    assert moved["stopped"] == "condition"
    assert endpoint.bodies() == ["one"] * 4 + ["two"] + ["three"] * 3 + ["four"]
    events = pushes_of(moved)
    assert [(ids.index(each["msgId"]), each["attempt"], each["outcome"]) for each in events] == [
        (0, 2, "failed"),
        (0, 3, "failed"),
        (0, 4, "dropped"),
        (1, 1, "delivered"),
        (2, 1, "failed"),
        (2, 2, "failed"),
        (2, 3, "delivered"),
        (3, 1, "delivered"),
    ]
    at_ms = [0] + [each["atMs"] for each in events]
    gaps = [later - earlier for earlier, later in zip(at_ms, at_ms[1:])]
    show("BACKOFF_RETRY: milliseconds after publishing", at_ms)
    for i, gap in enumerate(gaps):
        if events[i]["attempt"] == 1:
            assert gap == 0  # at the instant at which the one before it ended
        else:
            assert 10000 <= gap <= 20000
    assert len({gap for gap in gaps if gap > 0}) > 1
    assert admin.agenda()["total"] == 0


def test_the_intervals_of_backoff_are_10_to_20_s(new_topic, subscribe, dead_url, admin):
    """192 of them; which ones, the seed decides, so there is no luck in this."""
    topic = new_topic()
    subscribe(topic, dead_url, NotifyStrategy="BACKOFF_RETRY")
    for _ in range(4):
        publish(topic, *["body"] * 16)
    admin.settle()
    at_ms, gaps = START_MS, []
    while admin.agenda(kind="push")["total"] > 0:
        for event in admin.step(50)["events"]:
            if event["attempt"] > 1:
                gaps.append(event["atMs"] - at_ms)
            at_ms = event["atMs"]
    assert len(gaps) == 64 * 3
    assert 10000 <= min(gaps) < 10500
    assert 19500 < max(gaps) <= 20000
    assert topic.get_attributes().msgCount == 0


def test_a_queue_that_is_missing_gets_its_message_by_a_retry(
    new_topic, new_queue, subscribe, admin
):
    topic = new_topic()
    subscribe(topic, "late")
    publish(topic, "body")
    assert pending(admin)[0]["lastError"] == "(10100)queue is not existed, or deleted"
    assert times_and_outcomes(admin.advance(5)) == [(1000, "failed"), (3000, "failed")]
    queue = new_queue("late")
    with no_message():
        queue.receive_message(0)
    assert times_and_outcomes(admin.advance(5)) == [(7000, "delivered")]
    message = queue.receive_message(0)
    assert (message.msgBody, message.enqueueTime) == ("body", START_S + 7)


def test_a_queue_whose_messages_are_shorter_gets_it_when_it_takes_longer_ones(
    new_topic, new_queue, subscribe, admin
):
    topic, queue = new_topic(), new_queue(maxMsgSize=1024)
    subscribe(topic, "jobs", NotifyStrategy="BACKOFF_RETRY")
    publish(topic, "x" * 1025, "short")
    assert pending(admin)[0]["lastError"] == "(10230)exceed maximum message size"
    meta = queue.get_attributes()
    meta.maxMsgSize = 2048
    queue.set_attributes(meta)
    with no_message():
        queue.receive_message(0)
    admin.advance(20)
    assert bodies(queue.batch_receive_message(16, 0)) == ["x" * 1025, "short"]


# ---- changes while messages are pending ----


def test_unsubscribing_drops_what_is_pending(new_topic, subscribe, endpoint, admin):
    topic = new_topic()
    gone = subscribe(topic, endpoint.url + "/gone", "gone")
    subscribe(topic, endpoint.url + "/kept", "kept")
    endpoint.on_push = lambda push: 500
    publish(topic, "one", "two")
    admin.advance(2)
    gone.delete()
    assert topic.get_attributes().msgCount == 2
    del endpoint.pushes[:]
    endpoint.answer(200)
    admin.advance("2d")
    assert [push.path for push in endpoint.pushes] == ["/kept", "/kept"]
    assert topic.get_attributes().msgCount == 0


def test_another_strategy_and_format_count_from_the_next_attempt(
    new_topic, subscribe, endpoint, admin
):
    topic = new_topic()
    subscription = subscribe(topic, endpoint.url, FilterTag=["paid"])
    endpoint.on_push = lambda push: 500
    publish(topic, "body", msgtag=["paid"])
    admin.settle()
    meta = subscription.get_attributes()
    meta.NotifyStrategy, meta.NotifyContentFormat = "BACKOFF_RETRY", "SIMPLIFIED"
    meta.FilterTag = ["refund"]  # the message was taken before, and stays
    subscription.set_attributes(meta)
    moved = admin.advance("1d")
    at_ms, outcomes = zip(*times_and_outcomes(moved))
    assert outcomes == ("failed", "failed", "dropped")
    assert at_ms[0] == 1000
    for earlier, later in zip(at_ms, at_ms[1:]):
        assert 10000 <= later - earlier <= 20000
    assert endpoint.bodies()[1:] == ["body"] * 3
    assert endpoint.bodies()[0].startswith('{"TopicOwner":')


# ---- endpoints that do something ----


def test_an_endpoint_calls_the_client_while_time_is_moved(
    new_topic, new_queue, new_account, subscribe, endpoint, admin
):
    """It notes each attempt in a queue, which shows the attempt's own instant."""
    log, topic = new_queue("log"), new_topic()
    subscribe(topic, endpoint.url, NotifyContentFormat="SIMPLIFIED")
    account = new_account()

    def note(push):
        body = "%s, attempt %d" % (push.body.decode(), len(endpoint.pushes))
        account.get_queue("log").send_message(QueueMessage(body))
        return 200 if len(endpoint.pushes) == 4 else 503

    endpoint.on_push = note
    publish(topic, "body")
    moved = admin.advance("1h")
    assert times_and_outcomes(moved)[-1] == (7000, "delivered")
    came = [(m.enqueueTime - START_S, m.msgBody) for m in log.batch_receive_message(16, 0)]
    assert came == [
        (at_s, "body, attempt %d" % (i + 1)) for i, at_s in enumerate(exponential_decay()[:4])
    ]


def test_an_endpoint_that_passes_messages_on_to_another_topic(
    new_topic, new_account, subscribe, endpoint, admin
):
    """One advance is over when the whole chain is."""
    first, second = new_topic("first"), new_topic("second")
    subscribe(first, endpoint.url + "/first", NotifyContentFormat="SIMPLIFIED")
    subscribe(second, endpoint.url + "/second", NotifyContentFormat="SIMPLIFIED")
    account = new_account()
    found = []

    def pass_on(push):
        found.append((push.path, admin.clock()["nowMs"] - START_MS))
        if len(found) < 3:
            return 503
        if push.path == "/first":
            publish(account.get_topic("second"), push.body.decode() + ", passed on")
        return 200

    endpoint.on_push = pass_on
    publish(first, "body")
    moved = admin.advance(3)
    assert found == [("/first", 0), ("/first", 1000), ("/first", 3000), ("/second", 3000)]
    assert endpoint.bodies()[3] == "body, passed on"
    told = [each for each in pushes_of(moved) if each["topic"] == "first"]
    assert [each["outcome"] for each in told] == ["failed", "delivered"]
    assert second.get_attributes().msgCount == 0


def test_what_an_endpoint_sends_ends_a_poll_at_the_instant_of_the_attempt(
    new_topic, new_queue, new_account, subscribe, endpoint, consumer, admin, patience
):
    topic = new_topic()
    new_queue("jobs")
    subscribe(topic, endpoint.url)
    account = new_account()
    endpoint.answer(503)
    publish(topic, "body")
    admin.settle()

    def send_on(push):
        account.get_queue("jobs").send_message(QueueMessage("from the endpoint"))

    endpoint.on_push = send_on
    poll = consumer("jobs", 30)
    admin.wait_for_polls(1)
    assert admin.advance(20)["released"] == 1
    message = poll.result(patience)
    assert (message.msgBody, message.firstDequeueTime) == ("from the endpoint", START_S + 1)


@pytest.fixture
def slow(endpoint):
    """An endpoint that answers when it is told to, with slow.answers.put(STATUS).

    slow.arrived.get() returns when it has been asked."""
    Slow = collections.namedtuple("Slow", "url, arrived, answers")
    told = Slow(endpoint.url, queues.Queue(), queues.Queue())

    def wait(push):
        told.arrived.put(push)
        return told.answers.get()

    endpoint.on_push = wait
    yield told
    for _ in range(8):  # more than a failed test leaves waiting
        told.answers.put(500)


def test_time_stands_while_an_attempt_is_in_flight(
    new_topic, new_queue, subscribe, slow, pool, admin, patience
):
    topic, queue = new_topic(), new_queue()
    subscribe(topic, slow.url)
    publish(topic, "body")
    slow.arrived.get(timeout=patience)
    assert admin.clock()["pushesInFlight"] == 1
    slow.answers.put(503)
    admin.settle()

    moving = pool.submit(admin.advance, "1h")
    slow.arrived.get(timeout=patience)
    clock = admin.clock()
    assert (clock["nowMs"], clock["pushesInFlight"]) == (START_MS + 1000, 1)
    other = pool.submit(admin.advance, "1h")
    queue.send_message(QueueMessage("sent meanwhile"))
    assert queue.receive_message(0).enqueueTime == START_S + 1
    assert topic.get_attributes().msgCount == 1
    assert pending(admin)[0]["state"] == "in-flight"
    assert not moving.done()

    slow.answers.put(503)
    slow.arrived.get(timeout=patience)
    assert admin.now() == START_S + 3
    slow.answers.put(200)
    moved = moving.result(patience)
    assert times_and_outcomes(moved) == [(1000, "failed"), (3000, "delivered")]
    assert moved["nowMs"] == START_MS + 3600000
    assert other.result(patience)["nowMs"] == START_MS + 7200000


def test_a_subscription_that_goes_while_its_attempt_is_in_flight(
    new_topic, subscribe, slow, pool, admin, patience
):
    topic = new_topic()
    subscription = subscribe(topic, slow.url)
    publish(topic, "body")
    slow.arrived.get(timeout=patience)
    slow.answers.put(503)
    moving = pool.submit(admin.advance, "1h")
    slow.arrived.get(timeout=patience)
    assert admin.now() == START_S + 1
    subscription.delete()
    topic.delete()
    slow.answers.put(200)
    moved = moving.result(patience)
    assert moved["nowMs"] == START_MS + 3600000
    assert admin.agenda()["total"] == 0
    assert admin.clock()["pushesInFlight"] == 0


def test_attempts_of_one_instant_are_made_at_the_same_time(
    new_topic, subscribe, endpoint, admin, patience
):
    """Each waits until all have come, which is the only way on."""
    together = threading.Barrier(8)
    topic = new_topic()
    subscribe(topic, endpoint.url)

    def meet(push):
        together.wait(patience)

    endpoint.on_push = meet
    publish(topic, *["body"] * 8)
    admin.settle()
    assert len(endpoint.pushes) == 8
    assert topic.get_attributes().msgCount == 0


# ---- namespaces of their own ----


def test_two_namespaces_push_by_their_own_clocks(new_account, endpoint, admin, emulator):
    other = Endpoint()
    names = []
    try:
        namespaces = []
        for i, each in enumerate((endpoint, other)):
            clock = {"mode": "frozen", "at": START_MS + i}
            made = admin.create_namespace(clock=clock, seed=i + 1)
            names.append(made["namespace"])
            account = new_account(emulator.url, made["secretId"], made["secretKey"])
            topic = account.get_topic("news")
            topic.create(TopicMeta())
            meta = SubscriptionMeta()
            meta.Endpoint, meta.Protocal = each.url, "http"
            meta.NotifyContentFormat = "SIMPLIFIED"
            account.get_subscription("news", "sub").create(meta)
            each.answer(503, 503)
            publish(topic, "of namespace %d" % i)
            namespaces.append(admin.within(names[-1]))
            namespaces[-1].settle()
        assert endpoint.bodies() == ["of namespace 0"]
        assert other.bodies() == ["of namespace 1"]

        namespaces[0].advance("1h")
        assert endpoint.bodies() == ["of namespace 0"] * 3
        assert other.bodies() == ["of namespace 1"]
        assert namespaces[1].agenda(kind="push")["events"][0]["atMs"] == START_MS + 1001
        admin.drop_namespace(names.pop())
        assert admin.advance("1h")["fired"] == 0
        assert other.bodies() == ["of namespace 1"]
        with refused(4100):  # its credentials lead to nothing any more
            publish(topic, "gone")
    finally:
        other.stop()
        for name in names:
            admin.drop_namespace(name)
