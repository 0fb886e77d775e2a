"""The flows of CMQ's best-practice page for the queue model, as the page shows them."""
import pytest
from cmq.cmq_exception import CMQExceptionBase, CMQServerException
from cmq.queue import Message, QueueMeta
from support import bodies, no_message, refused, send

WAIT_S = 3  # the page's wait_seconds
TWELVE_HOURS_S = 43200


@pytest.fixture
def my_queue(account):
    """Create a queue."""
    queue_name = "QueueForTest"
    queue_meta = QueueMeta()
    queue_meta.queueName = queue_name
    queue_meta.visibilityTimeout = 10
    queue_meta.maxMsgSize = 65536
    queue_meta.pollingWaitSeconds = 10
    queue = account.get_queue(queue_name)
    queue.create(queue_meta)
    return queue


def test_the_queue_has_the_attributes_it_was_created_with(my_queue):
    meta = my_queue.get_attributes()
    assert meta.visibilityTimeout == 10
    assert meta.maxMsgSize == 65536
    assert meta.pollingWaitSeconds == 10


def test_send_one_message_and_receive_it(my_queue, admin):
    sent = my_queue.send_message(Message("I am test message."))
    received = my_queue.receive_message(WAIT_S)
    assert received.msgBody == "I am test message."
    assert received.msgId == sent.msgId
    assert received.receiptHandle != ""
    assert received.dequeueCount == 1
    assert received.enqueueTime == admin.now()
    assert received.firstDequeueTime == admin.now()
    assert received.nextVisibleTime == admin.now() + 10
    my_queue.delete_message(received.receiptHandle)
    with no_message():
        my_queue.receive_message(0)


def test_send_three_messages_in_a_batch_and_receive_them_in_a_batch(my_queue):
    messages = [Message("I am test message %s." % i) for i in range(3)]
    sent = my_queue.batch_send_message(messages)
    received = my_queue.batch_receive_message(3, WAIT_S)
    assert bodies(received) == bodies(messages)
    assert [m.msgId for m in received] == [m.msgId for m in sent]
    my_queue.batch_delete_message([m.receiptHandle for m in received])
    meta = my_queue.get_attributes()
    assert (meta.activeMsgNum, meta.inactiveMsgNum) == (0, 0)


def test_fewer_messages_than_asked_for_do_not_block(my_queue, admin):
    send(my_queue, "one", "two")
    before = admin.clock()
    received = my_queue.batch_receive_message(16, WAIT_S)
    after = admin.clock()
    assert bodies(received) == ["one", "two"]
    assert before["mode"] == after["mode"] == "frozen"
    assert before["nowMs"] == after["nowMs"]


def test_an_empty_queue_raises_7000_when_the_wait_has_passed(my_queue, consumer, admin):
    poll = consumer("QueueForTest", WAIT_S)
    admin.wait_for_polls(1)
    admin.advance("2999ms")
    assert admin.clock()["parkedPolls"] == 1
    admin.advance("1ms")
    with no_message():
        poll.result()


def test_an_exception_of_the_service_is_one_of_the_clients_base_class(my_queue):
    with pytest.raises(CMQExceptionBase) as caught:
        my_queue.receive_message(0)
    assert isinstance(caught.value, CMQServerException)
    assert caught.value.code == 7000


def test_consume_once_by_a_visibility_timeout_above_the_retention(new_queue, admin):
    queue = new_queue("once", visibilityTimeout=TWELVE_HOURS_S, msgRetentionSeconds=60)
    send(queue, "only once")
    received = queue.receive_message(WAIT_S)
    assert received.nextVisibleTime == admin.now() + TWELVE_HOURS_S

    admin.advance("59999ms")
    assert queue.get_attributes().inactiveMsgNum == 1
    with no_message():
        queue.receive_message(0)

    admin.advance("1ms")
    meta = queue.get_attributes()
    assert (meta.activeMsgNum, meta.inactiveMsgNum) == (0, 0)
    with refused(4430):
        queue.delete_message(received.receiptHandle)

    admin.advance(TWELVE_HOURS_S)
    with no_message():
        queue.receive_message(0)


def test_rewind_a_fresh_queue_to_the_instant_that_the_page_names(new_queue):
    queue = new_queue("rewind", rewindSeconds=TWELVE_HOURS_S)
    queue.rewindQueue(1488718862)
    with no_message():
        queue.receive_message(0)


def test_that_instant_lies_outside_the_window_twelve_hours_later(new_queue, admin):
    queue = new_queue("rewind", rewindSeconds=TWELVE_HOURS_S)
    admin.advance(TWELVE_HOURS_S)
    with refused(4000):
        queue.rewindQueue(1488718862)


def consume_all(queue):
    messages = queue.batch_receive_message(16, 0)
    queue.batch_delete_message([m.receiptHandle for m in messages])
    return bodies(messages)


def test_rewind_consumed_messages_to_a_point_in_time(new_queue, admin):
    queue = new_queue("rewind", rewindSeconds=TWELVE_HOURS_S)
    first_s = admin.now()
    send(queue, "first", "second")
    admin.advance("10m")
    third_s = admin.now()
    send(queue, "third")
    admin.advance("10m")
    assert consume_all(queue) == ["first", "second", "third"]
    assert queue.get_attributes().rewindmsgNum == 3

    queue.rewindQueue(third_s)
    meta = queue.get_attributes()
    assert (meta.activeMsgNum, meta.rewindmsgNum) == (1, 2)
    again = queue.receive_message(WAIT_S)
    assert (again.msgBody, again.enqueueTime) == ("third", third_s)
    queue.delete_message(again.receiptHandle)

    queue.rewindQueue(first_s)
    assert consume_all(queue) == ["first", "second", "third"]


def test_a_message_can_be_rewound_until_its_window_has_passed(new_queue, admin):
    queue = new_queue("rewind", rewindSeconds=TWELVE_HOURS_S)
    send(queue, "kept for twelve hours")
    sent_s = admin.now()
    assert consume_all(queue) == ["kept for twelve hours"]
    admin.advance("11h59m59s")
    queue.rewindQueue(sent_s)
    assert consume_all(queue) == ["kept for twelve hours"]
    admin.advance("2s")
    assert queue.get_attributes().rewindmsgNum == 0
    with refused(4000):
        queue.rewindQueue(sent_s)


def test_rewinding_is_refused_where_it_is_not_switched_on(new_queue, admin):
    with refused(6050):
        new_queue("plain").rewindQueue(admin.now())


def test_a_message_is_sent_again_with_600_s_of_flight_time(my_queue, admin):
    """What cannot be handled now is put off: send it again with a delay, delete the first."""
    send(my_queue, "not now")
    received = my_queue.receive_message(WAIT_S)
    my_queue.send_message(Message(received.msgBody), 600)
    my_queue.delete_message(received.receiptHandle)

    meta = my_queue.get_attributes()
    assert (meta.delayMsgNum, meta.activeMsgNum, meta.inactiveMsgNum) == (1, 0, 0)
    admin.advance("599999ms")
    with no_message():
        my_queue.receive_message(0)

    admin.advance("1ms")
    meta = my_queue.get_attributes()
    assert (meta.delayMsgNum, meta.activeMsgNum) == (0, 1)
    arrived = my_queue.receive_message(WAIT_S)
    assert (arrived.msgBody, arrived.dequeueCount) == ("not now", 1)
