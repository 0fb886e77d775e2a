"""What the client tells of a fault that strikes one SendCmqMsg, how many requests there were, and how
many messages there are then."""

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException


def outcome(call, **parameters):
    """The code of the exception that the call raises, or "ok"."""
    try:
        call(**parameters)
        return "ok"
    except TencentCloudSDKException as failure:
        return failure.get_code()


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    "fault, told, requests, messages",
    [
        ({"error": "InternalError"}, "InternalError", 1, 0),
        ({"status": 503}, "ServerNetworkError", 1, 0),
        ({"drop": "request"}, "ClientNetworkError", 1, 0),
        ({"drop": "answer"}, "ClientNetworkError", 1, 1),
    ],
)
def test_a_message(new_product, admin, method, fault, told, requests, messages):
    tdmq = new_product(method=method)
    tdmq.CreateCmqQueue(QueueName="jobs")
    with admin.failing_once("SendCmqMsg", fault) as made:
        sent = outcome(tdmq.SendCmqMsg, QueueName="jobs", MsgContent="order", DelaySeconds=0)
    assert sent == told
    assert made == [requests]
    assert admin.messages("jobs")["total"] == messages
