"""Small helpers of the tests."""
import contextlib

import pytest
from cmq.cmq_exception import CMQServerException
from cmq.queue import Message


@contextlib.contextmanager
def refused(code, message=None):
    """What stands inside must raise the client's exception with this code, and message."""
    with pytest.raises(CMQServerException) as caught:
        yield caught
    assert caught.value.code == code, caught.value
    assert message is None or caught.value.message == message
    assert caught.value.request_id.isdigit()


def no_message():
    return refused(7000, "(10200)no message")


def send(queue, *bodies, **options):
    """Send one message, or several in one batch. Returns the ids."""
    if len(bodies) == 1:
        return [queue.send_message(Message(bodies[0]), **options).msgId]
    sent = queue.batch_send_message([Message(body) for body in bodies], **options)
    return [message.msgId for message in sent]


def bodies(messages):
    return [message.msgBody for message in messages]
