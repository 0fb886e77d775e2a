"""Pushes to endpoints that hang, reset, trickle, or answer what is no answer."""
import json
import os
import socket
import subprocess
import sys
import time

import wire
from trial import HERE, part

KEPT = 32  # connections to endpoints, for the next push
SHORT = [("--push-timeout", "300ms")]


class Endpoints:
    """See endpoints.py."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "endpoints.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.ports = json.loads(self.process.stdout.readline().decode())

    def url(self, kind):
        return "http://127.0.0.1:%d/%s" % (self.ports[kind], kind)

    def close(self):
        self.process.communicate()


def subscribe(trial, topic, endpoint, **more):
    trial.cmq("CreateTopic", topicName=topic)
    trial.cmq(
        "Subscribe",
        topicName=topic,
        subscriptionName="s",
        protocol="http",
        endpoint=endpoint,
        notifyStrategy="EXPONENTIAL_DECAY_RETRY",
        notifyContentFormat="SIMPLIFIED",
        **more
    )


def publish(trial, topic, count):
    client = trial.client()
    data = wire.post("BatchPublishMessage", topicName=topic, msgBody=["m"] * 10)
    answers = [answer.code() for answer in client.flood([data] * (count // 10))]
    client.close()
    trial.check(set(answers) <= {0}, "publishing to %s: %s" % (topic, set(answers)))


def deliver(trial, topic, count):
    """Publish so many, and wait until all are delivered. Returns how long that took."""
    begun = time.monotonic()
    publish(trial, topic, count)
    told = trial.admin(
        "POST",
        "await",
        until={"subscription": topic + "/s", "pending": {"eq": 0}},
        timeout="10s",
        patience_s=12,
    )
    trial.check(told.get("satisfied"), "pushes to %s are not delivered" % topic)
    return time.monotonic() - begun


@part("pushes to bad endpoints", options=SHORT, rss_mib=24, kept=KEPT)
def bad_endpoints(trial):
    endpoints = trial.opened(Endpoints())
    kinds = [kind for kind in endpoints.ports if kind != "good"]
    subscribe(trial, "good", endpoints.url("good"))
    for kind in kinds:
        trial.phase("pushes to an endpoint of the kind " + kind)
        subscribe(trial, kind, endpoints.url(kind))
        publish(trial, kind, trial.size(200, 50))
    yield "%d kinds, 200 each" % len(kinds)
    deliver(trial, "good", 500)
    time.sleep(0.7)
    trial.phase("the reset")
    sums = trial.subject.metrics()
    trial.check(sums["cmq_pending_deliveries"] >= 100, "who hangs has had its messages")
    trial.admin("POST", "reset")


@part("pushes beside 200 000", options=[("--push-timeout", "10s")], rss_mib=40, kept=KEPT)
def beside_many(trial):
    """What is pending for one endpoint costs the pushes to another one nothing."""
    endpoints = trial.opened(Endpoints())
    subscribe(trial, "good", endpoints.url("good"))
    subscribe(trial, "hang", endpoints.url("hang"))
    alone_s = deliver(trial, "good", 500)
    publish(trial, "hang", trial.size(200000))
    yield "%d pending" % trial.size(200000)
    beside_s = deliver(trial, "good", 500)
    trial.check(
        beside_s < max(0.5, 5 * alone_s),
        "500 pushes take %.2f s alone, %.2f s beside others" % (alone_s, beside_s),
    )
    trial.admin("POST", "reset")


@part("retries of 50 000 at once", options=[("--max-memory", "1g")], rss_mib=40, kept=KEPT)
def at_once(trial):
    """All at one instant of virtual time: they have to land before it goes on."""
    trial.admin("POST", "clock/freeze")
    count = trial.size(50000)
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))
    subscribe(trial, "refused", "http://127.0.0.1:%d/" % nobody.getsockname()[1])
    trial.phase("the first attempts")
    publish(trial, "refused", count)
    trial.admin("POST", "clock/advance", by="0s", patience_s=30)
    trial.phase("the retries")
    mover = trial.client(patience_s=30)
    mover.send(wire.admin("POST", "clock/advance", by="1s"))
    yield "%d retries" % count
    fired = mover.answer().json()["fired"]
    trial.check(fired == count, "%d fire" % fired)
    trial.phase("the reset")
    trial.admin("POST", "reset", patience_s=30)
    nobody.close()


@part("pushes to itself", options=[("--push-timeout", "5s")], kept=6, own=3)
def to_itself(trial):
    """A push that would wait for itself is refused at once."""
    trial.admin("POST", "clock/freeze")
    own = "http://127.0.0.1:%d/_emulator/clock/" % trial.port
    subscribe(trial, "advance", own + "advance?by=1s")
    subscribe(trial, "run", own + 'run?until={"agenda":"empty"}')
    for topic in ("advance", "run"):
        trial.cmq("PublishMessage", topicName=topic, msgBody="m")
    yield "2 calls"
    begun = time.monotonic()
    trial.admin("POST", "clock/advance", by="0s")
    took_s = time.monotonic() - begun
    trial.check(took_s < 1, "a move waits %.1f s for a push that waits for it" % took_s)
    trial.admin("POST", "reset")
