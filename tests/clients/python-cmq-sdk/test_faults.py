"""What the client tells of a fault that strikes one request, and what becomes of the queue.

It takes any connection that ends without an answer for one that was kept for too long, and sends its
request again: the program hears of the second one alone."""
import pytest
from cmq.cmq_exception import CMQExceptionBase
from support import no_message, refused, send


def outcome(call, *arguments):
    """The name of the exception that the call raises, or "ok"."""
    try:
        call(*arguments)
        return "ok"
    except CMQExceptionBase as failure:
        return type(failure).__name__


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    "fault, told, requests, messages",
    [
        ({"code": 6000, "message": "server error"}, "CMQServerException", 1, 0),
        ({"status": 503}, "CMQServerNetworkException", 1, 0),
        ({"drop": "request"}, "ok", 2, 1),
        ({"drop": "answer"}, "ok", 2, 2),  # one call, one success, two messages
    ],
)
def test_a_message(account, new_queue, admin, method, fault, told, requests, messages):
    account.get_client().set_method(method)
    queue = new_queue()
    with admin.failing_once("SendMessage", fault) as made:
        assert outcome(send, queue, "order") == told
    assert made == [requests]
    assert admin.messages("jobs")["total"] == messages


def test_a_receive_whose_answer_is_lost(new_queue, admin):
    """The message is out of sight until its visibility timeout ends: the client says there is none."""
    queue = new_queue(visibilityTimeout=30)
    send(queue, "order")
    with admin.failing_once("ReceiveMessage", {"drop": "answer"}) as made:
        with no_message():
            queue.receive_message(0)
    assert made == [2]
    admin.advance(30)
    assert queue.receive_message(0).dequeueCount == 2


def test_a_delete_whose_answer_is_lost(new_queue, admin):
    """It has worked, and the program is told that it has not."""
    queue = new_queue()
    send(queue, "order")
    handle = queue.receive_message(0).receiptHandle
    with admin.failing_once("DeleteMessage", {"drop": "answer"}) as made:
        with refused(4430):
            queue.delete_message(handle)
    assert made == [2]
    assert admin.messages("jobs")["total"] == 0
