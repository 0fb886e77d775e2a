"""Messages: bodies of all kinds, batches, visibility, receipt handles."""
import pytest
from cmq.queue import Message
from support import bodies, no_message, refused, send

MIB = 1048576

BODIES = {
    "chinese": "你好",
    "beyond the basic plane": "\U0001f600 \U00020000",
    "combining": "e\u0301 \u202eright to left\u202c",
    "quotes": "\"double\" 'single' `back`",
    "a form": "a=b&c=d&Action=DeleteQueue&msgBody=x",
    "plus and blanks": " 1 + 1 =  2 ",
    "percent": "100% %41 %zz %",
    "an at sign first": "@not-signed-by-the-client",
    "json": '{"code":0,"list":[null,"\\u4f60\\/"]}',
    "backslashes": "C:\\new\\table\\",
    "line ends": "one\ntwo\r\nthree\rfour\n",
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f",
    "NUL": "before\0after",
    "separators": "\u2028\u2029\ufeff\uffff",
    "markup": "<a href='x'>&amp;</a><!-- ]]> -->",
    "one byte": "x",
}


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("kind", sorted(BODIES))
def test_a_body_comes_back_as_it_was_sent(account, new_queue, method, kind):
    account.get_client().set_method(method)
    queue = new_queue()
    send(queue, BODIES[kind])
    assert queue.receive_message(0).msgBody == BODIES[kind]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_sixteen_bodies_of_all_kinds_in_one_batch(account, new_queue, method):
    account.get_client().set_method(method)
    queue = new_queue()
    sent = list(BODIES.values())
    assert len(sent) == 16
    ids = send(queue, *sent)
    assert len(set(ids)) == 16
    received = queue.batch_receive_message(16, 0)
    assert bodies(received) == sent
    assert [m.msgId for m in received] == ids


@pytest.mark.unverified
def test_bytes_in_the_clients_base64_encoding(new_queue):
    queue = new_queue()
    queue.set_encoding(True)
    every_byte = bytes(bytearray(range(256)))
    send(queue, every_byte)
    assert queue.receive_message(0).msgBody == every_byte


@pytest.mark.unverified
def test_bytes_that_are_no_text_still_give_valid_json(new_queue):
    queue = new_queue()
    send(queue, b"before\xffafter")
    assert queue.receive_message(0).msgBody == "before\ufffdafter"


@pytest.mark.parametrize(
    "body", ["x" * MIB, "%" * MIB, "你" * (MIB // 3)], ids=["plain", "escaped", "chinese"]
)
def test_a_body_of_one_mebibyte(new_queue, body):
    queue = new_queue(maxMsgSize=MIB)
    send(queue, body)
    assert queue.receive_message(0).msgBody == body


def test_a_body_above_the_queues_limit_raises_4400(new_queue):
    queue = new_queue(maxMsgSize=1024)
    send(queue, "x" * 1024)
    with refused(4400, "(10230)exceed maximum message size"):
        send(queue, "x" * 1025)
    with refused(4400):
        send(queue, "short", "x" * 1025)
    assert queue.get_attributes().activeMsgNum == 1


def test_an_empty_body_raises_4000(new_queue):
    with refused(4000, "(10120)message body can't be empty"):
        send(new_queue(), "")


def test_a_batch_has_1_to_16_messages(new_queue):
    queue = new_queue()
    send(queue, *["body"] * 16)
    with refused(4000):
        send(queue, *["body"] * 17)
    with refused(4000):
        queue.batch_send_message([])
    for count in (0, 17):
        with refused(4000):
            queue.batch_receive_message(count, 0)
    assert queue.get_attributes().activeMsgNum == 16


def test_messages_come_in_the_order_in_which_they_were_sent(new_queue):
    queue = new_queue()
    sent = ["message %d" % i for i in range(40)]
    for body in sent:
        send(queue, body)
    received = []
    for count in (16, 16, 8):
        page = bodies(queue.batch_receive_message(16, 0))
        assert len(page) == count
        received += page
    assert received == sent


def test_a_message_returns_when_its_visibility_has_passed(new_queue, admin):
    queue = new_queue(visibilityTimeout=10)
    send(queue, "again")
    first = queue.receive_message(0)
    admin.advance("9999ms")
    with no_message():
        queue.receive_message(0)

    admin.advance("1ms")
    with refused(4430, "(10260)receipt handle is invalid"):
        queue.delete_message(first.receiptHandle)
    second = queue.receive_message(0)
    assert second.msgId == first.msgId
    assert second.receiptHandle != first.receiptHandle
    assert (first.dequeueCount, second.dequeueCount) == (1, 2)
    assert second.firstDequeueTime == first.firstDequeueTime
    assert second.enqueueTime == first.enqueueTime
    assert second.nextVisibleTime == admin.now() + 10

    with refused(4430):
        queue.delete_message(first.receiptHandle)
    queue.delete_message(second.receiptHandle)
    with refused(4430):
        queue.delete_message(second.receiptHandle)


def test_a_delay_holds_for_each_message_of_a_batch(new_queue, admin):
    queue = new_queue()
    send(queue, "one", "two", "three", delayTime=3600)
    assert queue.get_attributes().delayMsgNum == 3
    admin.advance("1h")
    assert bodies(queue.batch_receive_message(16, 0)) == ["one", "two", "three"]


@pytest.mark.parametrize("delay", [-1, 3601, "later"])
def test_a_delay_out_of_range_raises_4000(new_queue, delay):
    with refused(4000):
        new_queue().send_message(Message("body"), delay)


def test_batch_delete_with_one_stale_handle_raises_6010(new_queue):
    queue = new_queue()
    send(queue, "one", "two", "three")
    handles = [m.receiptHandle for m in queue.batch_receive_message(3, 0)]
    queue.delete_message(handles[1])
    with refused(6010, "(10150)delete message partially failed") as caught:
        queue.batch_delete_message(handles)
    assert caught.value.data["errorList"] == [
        {
            "code": 4430,
            "message": "(10260)receipt handle is invalid",
            "receiptHandle": handles[1],
        }
    ]
    meta = queue.get_attributes()
    assert (meta.activeMsgNum, meta.inactiveMsgNum) == (0, 0)


def test_batch_delete_with_stale_handles_only_raises_6020(new_queue):
    queue = new_queue()
    send(queue, "one", "two")
    handles = [m.receiptHandle for m in queue.batch_receive_message(2, 0)]
    queue.batch_delete_message(handles)
    with refused(6020, "(10290)batch delete message failed") as caught:
        queue.batch_delete_message(handles)
    failed = [entry["receiptHandle"] for entry in caught.value.data["errorList"]]
    assert failed == handles


def test_a_handle_of_another_queue_deletes_nothing(new_queue):
    ours, theirs = new_queue("ours"), new_queue("theirs")
    send(theirs, "theirs")
    handle = theirs.receive_message(0).receiptHandle
    with refused(4430):
        ours.delete_message(handle)
    theirs.delete_message(handle)


def test_a_handle_that_is_none_raises_4000(new_queue):
    with refused(4000, "(10470)receiptHandle error"):
        new_queue().delete_message("no handle!")


def test_purge_empties_a_queue(new_queue, admin):
    queue = new_queue()
    send(queue, "one", "two")
    assert admin.purge("jobs")["purged"] == 2
    with no_message():
        queue.receive_message(0)
