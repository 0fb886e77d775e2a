"""Namespaces, each with its clock, in one process; and clocks that move by
themselves. Threads of one test meet only in the emulator."""
import concurrent.futures
import json
import subprocess
import threading
import time

import pytest
from cmq.cmq_exception import CMQServerException
from cmq.queue import Message, QueueMeta
from conftest import START_S
from emulator import Emulator
from support import bodies, no_message, refused, send

ROUNDS = 25
HOUR_S = 3600


class Namespace:
    """A namespace, and what a test needs to live in it."""

    def __init__(self, emulator, new_account, created):
        self.name = created["namespace"]
        self.secret = (created["secretId"], created["secretKey"])
        self.admin = emulator.admin.within(self.name)
        self.url = emulator.url
        self.new_account = new_account

    def account(self):
        return self.new_account(self.url, *self.secret)

    def queue(self, name="jobs", **attributes):
        meta = QueueMeta()
        for attribute, value in attributes.items():
            setattr(meta, attribute, value)
        queue = self.account().get_queue(name)
        queue.create(meta)
        return queue


@pytest.fixture
def new_namespace(emulator, new_account):
    """Makes namespaces, frozen at START_S if nothing else is said."""
    admin = emulator.admin
    made = []

    def make(start_s=START_S, **spec):
        clock = {"mode": "frozen", "at": start_s * 1000}
        created = admin.create_namespace(clock=clock, **spec)
        made.append(Namespace(emulator, new_account, created))
        return made[-1]

    yield make
    left = {each["namespace"] for each in admin.namespaces()["namespaces"]}
    for namespace in made:
        if namespace.name in left:
            admin.drop_namespace(namespace.name)


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        yield threads


# ---- two at the same time ----


def travel(namespace, start_s, number, barrier, patience):
    """A message is delayed, received, comes back, is deleted and rewound; all over and over.
    Returns the ids it saw."""
    admin, account, seen = namespace.admin, namespace.account(), set()
    now_s = start_s
    polling = namespace.account()
    with concurrent.futures.ThreadPoolExecutor(1) as consumer:
        for i in range(ROUNDS):
            barrier.wait(patience)
            body = "namespace %d, round %d" % (number, i)
            name = "own-%d-%d" % (number, i)
            for each in ("jobs", name):
                meta = QueueMeta()
                meta.visibilityTimeout, meta.rewindSeconds = 10 + number, HOUR_S
                account.get_queue(each).create(meta)
            queue = account.get_queue("jobs")
            total, page, _ = account.list_queue()
            assert sorted(each["queueName"] for each in page) == sorted(["jobs", name])
            assert total == 2

            seen.update(send(queue, body, delayTime=5 + number))
            poll = consumer.submit(polling.get_queue("jobs").receive_message, 30)
            admin.wait_for_polls(1)
            assert admin.advance(4 + number)["released"] == 0
            assert admin.advance(1)["released"] == 1
            now_s += 5 + number
            message = poll.result(patience)
            assert message.msgBody == body
            assert message.enqueueTime == now_s - 5 - number
            assert message.firstDequeueTime == now_s
            assert message.nextVisibleTime == now_s + 10 + number

            assert admin.step()["firedByKind"] == {"visible": 1}
            now_s += 10 + number
            again = queue.receive_message(0)
            assert (again.msgBody, again.dequeueCount) == (body, 2)
            queue.delete_message(again.receiptHandle)
            queue.rewindQueue(now_s - 60)
            assert bodies(queue.batch_receive_message(16, 0)) == [body]
            with no_message():
                queue.receive_message(0)

            assert admin.advance("12h")["nowMs"] == (now_s + 12 * HOUR_S) * 1000
            now_s += 12 * HOUR_S
            assert queue.get_attributes().createTime == now_s - 15 - 2 * number - 12 * HOUR_S
            queue.delete()
            account.get_queue(name).delete()
    assert admin.now() == now_s
    return seen


def test_two_workers_travel_in_worlds_of_their_own(new_namespace, pool, admin, patience):
    starts = [START_S, START_S + 1000000]
    namespaces = [new_namespace(start_s, seed=100 + i) for i, start_s in enumerate(starts)]
    before = admin.clock()["nowMs"]
    barrier = threading.Barrier(2)
    workers = [
        pool.submit(travel, namespace, start_s, number, barrier, patience)
        for number, (namespace, start_s) in enumerate(zip(namespaces, starts))
    ]
    ids = [worker.result() for worker in workers]
    assert [len(each) for each in ids] == [ROUNDS, ROUNDS]
    assert not ids[0] & ids[1]
    assert admin.clock()["nowMs"] == before


def test_credentials_choose_the_namespace(new_namespace, account):
    namespaces = [new_namespace() for _ in range(3)]
    assert len({namespace.secret for namespace in namespaces}) == 3
    for i, namespace in enumerate(namespaces):
        send(namespace.queue(), "of namespace %d" % i)
    assert account.list_queue() == (0, [], "")
    with refused(4440):
        account.get_queue("jobs").receive_message(0)
    for i, namespace in enumerate(namespaces):
        queue = namespace.account().get_queue("jobs")
        assert queue.receive_message(0).msgBody == "of namespace %d" % i
        with no_message():
            queue.receive_message(0)


def test_a_handle_of_another_world_is_refused(new_namespace):
    one, other = new_namespace(seed=1), new_namespace(seed=2)
    queue, foreign = one.queue(), other.queue()
    send(foreign, "mine")
    with refused(4430):
        queue.delete_message(foreign.receive_message(0).receiptHandle)
    assert foreign.get_attributes().inactiveMsgNum == 1


def test_the_same_seed_gives_the_same_ids(new_namespace):
    one, other = new_namespace(seed=77), new_namespace(seed=77)
    assert send(one.queue(), "a", "b") == send(other.queue(), "a", "b")


def test_a_reset_leaves_the_other_worlds_alone(new_namespace, admin, pool, patience):
    one, other = new_namespace(), new_namespace()
    send(one.queue(), "kept")
    other.queue()
    poll = pool.submit(other.account().get_queue("jobs").receive_message, 30)
    other.admin.wait_for_polls(1)
    admin.reset()
    assert one.admin.messages("jobs")["total"] == 1
    assert one.admin.clock()["mode"] == "frozen"
    assert other.admin.reset()["released"] == 1
    with refused(4440):
        poll.result(patience)
    assert one.account().get_queue("jobs").receive_message(0).msgBody == "kept"


def test_the_polls_of_a_world_that_is_dropped_raise_4440(new_namespace, admin, pool, patience):
    namespace, neighbour = new_namespace(), new_namespace()
    polls = []
    for each in (namespace, neighbour):
        each.queue()
        polls.append(pool.submit(each.account().get_queue("jobs").receive_message, 30))
        each.admin.wait_for_polls(1)
    assert admin.drop_namespace(namespace.name)["released"] == 1
    with refused(4440, "(10100)queue is not existed, or deleted"):
        polls[0].result(patience)
    assert namespace.name not in {each["namespace"] for each in admin.namespaces()["namespaces"]}
    with refused(4100, "(10270)secret id is not existed"):
        namespace.account().list_queue()

    neighbour.admin.wait_for_polls(1)
    send(neighbour.account().get_queue("jobs"), "still here")
    assert polls[1].result(patience).msgBody == "still here"


# ---- automatic time ----


def consume_until(queue, body, most):
    """A consumer's loop: poll for 30 s until the message is there. Returns the polls it took."""
    for polls in range(1, most + 1):
        try:
            message = queue.receive_message(30)
        except CMQServerException as none:
            assert none.code == 7000
            continue
        assert message.msgBody == body
        queue.delete_message(message.receiptHandle)
        return polls
    raise AssertionError("the message does not come")


def test_a_loop_of_polls_passes_an_hour_at_once(new_namespace, pool):
    """Delayed by an hour; the 120th poll ends as the delay does, and gets the message."""
    namespace = new_namespace()
    send(namespace.queue(), "in an hour", delayTime=HOUR_S)
    assert namespace.admin.auto()["mode"] == "auto"
    before_s = time.monotonic()
    loop = pool.submit(consume_until, namespace.account().get_queue("jobs"), "in an hour", 200)
    assert loop.result() == 120
    assert time.monotonic() - before_s < 30
    clock = namespace.admin.clock()
    assert clock["nowMs"] == (START_S + HOUR_S) * 1000
    assert clock["mode"] == "auto"


def test_automatic_worlds_do_not_wait_for_each_other(new_namespace, pool, admin, patience):
    """Nor for a frozen one, where a poll is parked meanwhile."""
    frozen = new_namespace()
    frozen.queue()
    parked = pool.submit(frozen.account().get_queue("jobs").receive_message, 30)
    frozen.admin.wait_for_polls(1)
    namespaces = [new_namespace(START_S + i) for i in range(4)]
    loops = []
    for i, namespace in enumerate(namespaces):
        send(namespace.queue(), "body", delayTime=900 + i)
        namespace.admin.auto()
        loops.append(
            pool.submit(consume_until, namespace.account().get_queue("jobs"), "body", 200)
        )
    assert [loop.result() for loop in loops] == [30, 31, 31, 31]
    for i, namespace in enumerate(namespaces):
        assert namespace.admin.now() == START_S + 900 + 2 * i
    assert frozen.admin.clock()["parkedPolls"] == 1
    assert frozen.admin.now() == admin.now() == START_S
    frozen.admin.advance(30)
    with no_message():
        parked.result(patience)


def test_automatic_time_waits_for_a_hold(new_namespace, pool, patience):
    """Another namespace without a hold shows that there was every occasion to jump."""
    held, free = new_namespace(), new_namespace()
    held.queue(), free.queue()
    with held.admin.hold():
        held.admin.auto()
        poll = pool.submit(held.account().get_queue("jobs").receive_message, 30)
        held.admin.wait_for_polls(1)
        free.admin.auto()
        jumping = free.account().get_queue("jobs")
        for i in range(1, 11):
            with no_message():
                jumping.receive_message(30)
            assert free.admin.now() == START_S + 30 * i
            clock = held.admin.clock()
            assert (clock["nowMs"], clock["parkedPolls"]) == (START_S * 1000, 1)
        assert not poll.done()
    with no_message():
        poll.result(patience)
    assert held.admin.now() == START_S + 30


def test_automatic_time_stands_without_polls(new_namespace):
    namespace = new_namespace()
    queue = namespace.queue()
    send(queue, "later", delayTime=60)
    namespace.admin.auto()
    for _ in range(20):
        assert queue.get_attributes().delayMsgNum == 1
    assert namespace.admin.now() == START_S


# ---- moving by steps, and waiting for what others do ----


def test_the_agenda_tells_what_steps_will_do(new_queue, admin):
    queue = new_queue(visibilityTimeout=10)
    first, second, third = send(queue, "1", "2", "3")
    late = send(queue, "late", delayTime=5)[0]
    queue.receive_message(0)
    told = admin.agenda(limit=2)
    assert [(each["kind"], each["msgId"]) for each in told["events"]] == [
        ("delayed", late),
        ("visible", first),
    ]
    assert admin.agenda(kind="expired")["total"] == 4
    assert admin.agenda(queue="nowhere")["total"] == 0
    assert admin.step()["events"] == told["events"][:1]
    assert admin.now() == START_S + 5
    assert admin.step(5)["firedByKind"] == {"visible": 1, "expired": 4}
    assert admin.agenda()["total"] == 0


def test_steps_tell_every_event_of_one_instant(new_queue, admin):
    """However many steps they take, none fires between them that no answer tells of."""
    sent = send(new_queue(), "1", "2", "3", "4", delayTime=5)
    told = []
    for _ in range(4):
        told += [event["msgId"] for event in admin.step()["events"] if event["kind"] == "delayed"]
    assert told == sent


def test_messages_are_looked_at_without_consuming(new_queue, admin):
    queue = new_queue()
    sent = send(queue, "one", "two", "three")
    received = queue.receive_message(0)
    for _ in range(2):
        looked = admin.messages("jobs", state="active")
        assert [each["msgId"] for each in looked["messages"]] == sent[1:]
        assert [each["dequeueCount"] for each in looked["messages"]] == [0, 0]
    inactive = admin.messages("jobs", state="inactive")["messages"][0]
    assert inactive["receiptHandle"] == received.receiptHandle
    assert inactive["firstDequeueMs"] == START_S * 1000
    assert admin.messages("jobs", offset=1, limit=1)["total"] == 3


def test_run_stops_when_its_condition_holds(new_queue, admin):
    queue = new_queue(visibilityTimeout=7)
    send(queue, "one", "two", "three")
    for _ in range(3):
        queue.receive_message(0)
        admin.advance(1)
    ran = admin.run({"queue": "jobs", "state": "active", "count": {"ge": 2}})
    assert (ran["stopped"], ran["fired"]) == ("condition", 2)
    assert ran["actual"] == [{"queue": "jobs", "state": "active", "count": 2}]
    assert admin.now() == START_S + 8
    spanned = admin.run({"polls": {"ge": 1}}, span="500ms")
    assert (spanned["stopped"], spanned["fired"]) == ("span", 0)
    limited = admin.run({"polls": {"ge": 1}}, limit=1)
    assert (limited["stopped"], limited["fired"]) == ("limit", 1)
    ended = admin.run({"polls": {"ge": 1}})
    assert (ended["stopped"], ended["pendingEvents"]) == ("agenda-empty", 0)


def test_a_send_of_another_thread_satisfies_a_wait(new_queue, new_account, pool, admin):
    """Each side waits for the other's messages, and for nothing else."""
    turns = 50
    for name in ("ping", "pong"):
        new_queue(name)

    def play(admin, account, mine, other, first):
        queue = account.get_queue(other)
        for i in range(1, turns + 1):
            if first:
                queue.send_message(Message("turn %d" % i))
            answer = admin.wait_until({"queue": mine, "state": "active", "count": {"eq": i}})
            assert answer["satisfied"]
            assert answer["actual"] == [{"queue": mine, "state": "active", "count": i}]
            if not first:
                queue.send_message(Message("turn %d" % i))

    sides = [
        pool.submit(play, admin, new_account(), "ping", "pong", True),
        pool.submit(play, admin.within("default"), new_account(), "pong", "ping", False),
    ]
    for side in sides:
        side.result()
    assert admin.now() == START_S


def test_a_wait_that_is_not_satisfied_tells_what_there_is(new_queue, admin):
    send(new_queue(), "only one")
    two = {"queue": "jobs", "state": "active", "count": {"ge": 2}}
    answer = admin.wait_until({"any": [two, {"polls": {"ge": 1}}]}, timeout="20ms")
    assert not answer["satisfied"]
    assert answer["waitedMs"] >= 20
    assert answer["actual"] == [
        {"queue": "jobs", "state": "active", "count": 1},
        {"polls": 0},
    ]
    assert admin.now() == START_S


# ---- a configuration file ----

CONFIG = {
    "clock": {"mode": "frozen", "at": START_S * 1000},
    "credentials": [{"secretId": "AKIDhome", "secretKey": "home"}],
    "queues": [{"queueName": "seeded", "visibilityTimeout": 77}],
    "namespaces": [
        {
            "name": "team",
            "clock": {"mode": "auto", "at": START_S * 1000 + HOUR_S * 1000},
            "credentials": [{"secretId": "AKIDteam", "secretKey": "team"}],
            "queues": [
                {"queueName": "dead"},
                {
                    "queueName": "orders",
                    "pollingWaitSeconds": 20,
                    "deadLetterPolicy": {
                        "deadLetterQueue": "dead",
                        "policy": 0,
                        "maxReceiveCount": 2,
                    },
                },
            ],
        }
    ],
}


def test_a_configuration_file_seeds_queues_and_credentials(program, new_account, tmp_path):
    file = tmp_path / "emulator.json"
    file.write_text(json.dumps(CONFIG))
    emulator = Emulator(program, "--config", str(file))
    try:
        home = new_account(emulator.url, "AKIDhome", "home")
        team = new_account(emulator.url, "AKIDteam", "team")
        assert [each["queueName"] for each in home.list_queue()[1]] == ["seeded"]
        meta = home.get_queue("seeded").get_attributes()
        assert (meta.visibilityTimeout, meta.createTime) == (77, START_S)
        assert sorted(each["queueName"] for each in team.list_queue()[1]) == ["dead", "orders"]

        orders = team.get_queue("orders")
        with no_message():
            orders.receive_message()
        assert emulator.admin.within("team").now() == START_S + HOUR_S + 20
        assert emulator.admin.now() == START_S
    finally:
        assert emulator.stop() == 0


@pytest.mark.parametrize(
    "text, place, word",
    [
        ('{\n "queues": [\n  {"queueName": "a", "visibilityTimeout": 0}]}', "3:", "visibility"),
        ('{"queus": []}', "1:2", "queus"),
        ('{"seed": 1,\n}', "2:", "JSON"),
    ],
)
def test_a_bad_configuration_file_ends_the_program(program, tmp_path, patience, text, place, word):
    file = tmp_path / "bad.json"
    file.write_text(text)
    ended = subprocess.run(
        [program, "--port", "0", "--config", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=patience,
    )
    assert ended.returncode == 2
    assert "%s:%s" % (file, place) in ended.stderr
    assert word in ended.stderr
