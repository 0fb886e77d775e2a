"""Long polls: consumers that wait in threads of their own while the test acts."""
import signal
import subprocess
import sys

import pytest
from cmq.queue import QueueMeta
from emulator import Emulator, verifying
from support import bodies, no_message, refused, send


def test_a_poll_is_woken_by_a_send(new_queue, consumer, admin, patience):
    queue = new_queue()
    poll = consumer("jobs", 30)
    admin.wait_for_polls(1)
    before = admin.clock()["nowMs"]
    sent = send(queue, "wake up")
    message = poll.result(patience)
    assert (message.msgBody, message.msgId) == ("wake up", sent[0])
    assert admin.clock()["nowMs"] == before
    queue.delete_message(message.receiptHandle)


def test_a_batch_poll_gets_all_that_one_send_brings(new_queue, consumer, admin, patience):
    queue = new_queue()
    poll = consumer("jobs", 30, 16)
    admin.wait_for_polls(1)
    send(queue, "one", "two", "three")
    assert bodies(poll.result(patience)) == ["one", "two", "three"]


def test_a_poll_without_a_wait_takes_the_queues(new_queue, consumer, admin, patience):
    new_queue(pollingWaitSeconds=10)
    poll = consumer("jobs")
    admin.wait_for_polls(1)
    assert admin.advance("9999ms")["released"] == 0
    assert admin.advance("1ms")["released"] == 1
    with no_message():
        poll.result(patience)


def test_a_wait_of_zero_overrides_the_queues(new_queue):
    queue = new_queue(pollingWaitSeconds=10)
    with no_message():
        queue.receive_message(0)


def test_a_poll_is_woken_when_a_delay_ends(new_queue, consumer, admin, patience):
    queue = new_queue()
    send(queue, "delayed", delayTime=5)
    poll = consumer("jobs", 30)
    admin.wait_for_polls(1)
    admin.advance("5s")
    assert poll.result(patience).msgBody == "delayed"


def test_a_poll_is_woken_when_a_visibility_ends(new_queue, consumer, admin, patience):
    queue = new_queue(visibilityTimeout=5)
    send(queue, "not deleted")
    queue.receive_message(0)
    poll = consumer("jobs", 30)
    admin.wait_for_polls(1)
    admin.advance("5s")
    message = poll.result(patience)
    assert (message.msgBody, message.dequeueCount) == ("not deleted", 2)


def test_a_poll_is_woken_by_a_rewind(new_queue, consumer, admin, patience):
    queue = new_queue(rewindSeconds=60)
    send(queue, "once more")
    queue.delete_message(queue.receive_message(0).receiptHandle)
    poll = consumer("jobs", 30)
    admin.wait_for_polls(1)
    queue.rewindQueue(admin.now())
    assert poll.result(patience).msgBody == "once more"


def test_polls_are_served_in_the_order_of_their_arrival(new_queue, consumer, admin, patience):
    queue = new_queue()
    polls = []
    for i in range(5):
        polls.append(consumer("jobs", 30))
        admin.wait_for_polls(i + 1)
    for i in range(5):
        send(queue, "message %d" % i)
    assert bodies(p.result(patience) for p in polls) == ["message %d" % i for i in range(5)]


def test_a_poll_on_a_queue_that_is_deleted_raises_4440(new_queue, consumer, admin, patience):
    queue = new_queue()
    poll = consumer("jobs", 30)
    admin.wait_for_polls(1)
    queue.delete()
    with refused(4440):
        poll.result(patience)


POLLING_PROCESS = """
import logging, sys
logging.getLogger("CMQ_python_sdk").addHandler(logging.NullHandler())
from cmq.account import Account
Account(sys.argv[1], "AKIDtest", "secret").get_queue("jobs").receive_message(30)
"""


def test_a_dead_consumer_gets_nothing(emulator, new_queue, consumer, admin, patience):
    """It waited first, but its message goes to the consumer behind it."""
    queue = new_queue()
    dead = subprocess.Popen([sys.executable, "-c", POLLING_PROCESS, emulator.url])
    try:
        admin.wait_for_polls(1)
        alive = consumer("jobs", 30)
        admin.wait_for_polls(2)
    finally:
        dead.kill()
        dead.wait()
    send(queue, "for the living")
    message = alive.result(patience)
    assert (message.msgBody, message.dequeueCount) == ("for the living", 1)
    admin.wait_for_polls(0)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_answers_polls_and_ends_the_emulator(
    program, new_account, consumer, patience, stop
):
    emulator = Emulator(program, *verifying(program))
    try:
        new_account(emulator.url).get_queue("jobs").create(QueueMeta())
        poll = consumer("jobs", 30, url=emulator.url)
        emulator.admin.wait_for_polls(1)
        emulator.process.send_signal(stop)
        with no_message():
            poll.result(patience)
    finally:
        assert emulator.wait() == 0
