"""The same bytes every time: two threads that meet in the emulator alone, again and again after
a reset, and what each of them read."""
import concurrent.futures
import hashlib
import http.client
import json
import re
import urllib.parse

import pytest
from conftest import START_S

pytestmark = pytest.mark.unverified  # the requests are not signed

TIMES = 100
POLLS_MOST = 50

# Real time, which is not the same every time, is in these members of admin answers alone.
REAL_TIME = re.compile(rb'"(realNowMs|offsetMs|waitedMs)":-?\d+')


class Raw:
    """A connection that keeps every answer as it came: Date header and body."""

    def __init__(self, port, patience):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        self.read = []

    def ask(self, method, path, body):
        self.connection.request(method, path, body)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        date = answer.getheader("Date").encode()
        self.read.append(date + b"\n" + REAL_TIME.sub(rb'"\1":0', body) + b"\n")
        return json.loads(body.decode())

    def call(self, action, queue="jobs", **parameters):
        """A CMQ call; returns the answer, a refusal too."""
        parameters = dict(parameters, Action=action, queueName=queue)
        return self.ask("POST", "/v2/index.php", urllib.parse.urlencode(sorted(parameters.items())))

    def admin(self, path, method="POST", **arguments):
        return self.ask(method, "/_emulator/" + path, json.dumps(arguments, sort_keys=True))

    def wait_until(self, condition):
        assert self.admin("await", until=condition, timeout="8s")["satisfied"]


def consume(raw):
    """Poll and delete until the last message has come; the first time each comes it is left to
    become visible again. Returns the bodies in the order in which they came."""
    came = []
    for _ in range(POLLS_MOST):
        answer = raw.call("ReceiveMessage", pollingWaitSeconds=30)
        if answer["code"] != 0:
            assert answer["code"] == 7000
            continue
        came.append(answer["msgBody"])
        if answer["dequeueCount"] > 1:
            raw.call("DeleteMessage", receiptHandle=answer["receiptHandle"])
        if answer["msgBody"] == "last" and answer["dequeueCount"] > 1:
            break
    return came


def produce(raw):
    """Send and move time, whenever the consumer waits, and so does nothing else."""
    parked = {"queue": "jobs", "polls": {"ge": 1}}
    raw.wait_until(parked)
    raw.call("SendMessage", msgBody="at once")
    raw.wait_until(parked)
    raw.admin("clock/step")  # "at once" is visible again
    raw.wait_until(parked)
    raw.call("BatchSendMessage", **{"msgBody.1": "first", "msgBody.2": "second"})
    raw.wait_until(parked)
    raw.call("SendMessage", msgBody="delayed", delaySeconds=40)
    raw.admin("clock/advance", by="29s")
    raw.wait_until(parked)
    raw.admin("clock/run", until={"not": parked})
    raw.wait_until(parked)
    raw.admin("clock/agenda", "GET", limit=20)
    raw.admin("queues/jobs/messages", "GET")
    for _ in range(8):
        raw.admin("clock/step")
        raw.wait_until(parked)
    raw.call("GetQueueAttributes")
    raw.call("SendMessage", msgBody="last", delaySeconds=300)
    raw.admin("clock/auto")
    raw.wait_until({"queue": "jobs", "state": "deleted", "count": {"eq": 5}})
    raw.admin("clock", "GET")


def play(emulator, patience):
    """One time; returns what both connections read, and what came to the consumer."""
    emulator.admin.reset()
    emulator.admin.freeze(at=START_S * 1000)
    consumer, producer = Raw(emulator.port, patience), Raw(emulator.port, patience)
    producer.call("CreateQueue", visibilityTimeout=20, rewindSeconds=3600)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        consuming = pool.submit(consume, consumer)
        producing = pool.submit(produce, producer)
        producing.result()
        came = consuming.result()
    for raw in (consumer, producer):
        raw.connection.close()
    return consumer.read, producer.read, came


def digest(answers):
    return hashlib.sha256(b"".join(answers)).hexdigest()


@pytest.fixture(scope="module")
def first(trusting_emulator):
    return play(trusting_emulator, 10)


def test_the_scenario_is_one(first):
    """Every message came twice, and virtual time is what the answers show."""
    consumed, produced, came = first
    assert sorted(came) == sorted(2 * ["at once", "first", "second", "delayed", "last"])
    assert came[-1] == "last"
    assert any(b'"code":7000' in answer for answer in consumed)
    assert b"Sun, 05 Mar 2017 14:01:02 GMT" in produced[0]


def test_the_bytes_are_the_same_a_hundred_times(emulator, first, patience):
    expected = [digest(first[0]), digest(first[1])]
    for i in range(TIMES):
        consumed, produced, _ = play(emulator, patience)
        for mine, firsts in ((consumed, first[0]), (produced, first[1])):
            for answer, expected_answer in zip(mine, firsts):
                assert answer == expected_answer, "time %d" % i
        assert [digest(consumed), digest(produced)] == expected, "time %d" % i
