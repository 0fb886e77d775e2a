"""Every way in which the client signs, and what becomes of wrong keys."""

import itertools

import pytest
from conftest import SECRET
from products import expect, refused

WAYS = list(itertools.product(["TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"], ["POST", "GET"]))


@pytest.fixture(params=WAYS, ids="-".join)
def signed(request, new_product):
    """The client, signing in one of its ways."""
    sign, method = request.param
    return lambda **more: new_product(sign=sign, method=method, **more)


def test_values_of_each_type(signed):
    tdmq = signed()
    tdmq.CreateCmqQueue(
        QueueName="jobs",
        PollingWaitSeconds=7,
        Trace=True,
        Tags=[{"TagKey": "a b", "TagValue": "\u4f60 & +%"}, {"TagKey": "c", "TagValue": "d"}],
    )
    said = tdmq.DescribeCmqQueueDetail(QueueName="jobs")["QueueDescribe"]
    expect(said, QueueName="jobs", PollingWaitSeconds=7, Trace=True)
    expect(
        said,
        Tags=[{"TagKey": "a b", "TagValue": "\u4f60 & +%"}, {"TagKey": "c", "TagValue": "d"}],
    )
    said = tdmq.DescribeCmqQueues(QueueNameList=["x", "jobs"], Offset=0, Limit=5)
    assert [each["QueueName"] for each in said["QueueList"]] == ["jobs"]
    tdmq.SendCmqMsg(QueueName="jobs", MsgContent="@ \u4f60\u597d=&+%2b", DelaySeconds=0)


def test_the_body_arrives(signed, v2):
    v2("CreateQueue", queueName="jobs")
    signed().SendCmqMsg(QueueName="jobs", MsgContent="@ \u4f60\u597d=&+%2b_", DelaySeconds=0)
    assert v2("ReceiveMessage", queueName="jobs")["msgBody"] == "@ \u4f60\u597d=&+%2b_"


def test_an_error(signed):
    with refused("ResourceNotFound"):
        signed().DescribeCmqQueueDetail(QueueName="nowhere")


def test_a_wrong_key(signed):
    with refused("AuthFailure.SignatureFailure"):
        signed(secret=(SECRET[0], "wrong")).CreateCmqQueue(QueueName="jobs")
    assert signed().DescribeCmqQueues()["TotalCount"] == 0


def test_an_unknown_id(signed):
    with refused("AuthFailure.SecretIdNotFound"):
        signed(secret=("AKIDnobody", SECRET[1])).DescribeCmqQueues()
    with refused("AuthFailure.InvalidSecretId"):
        signed(secret=("nobody", SECRET[1])).DescribeCmqQueues()


def test_a_namespace_of_its_own(signed, admin):
    made = admin.create_namespace()
    try:
        there = signed(secret=(made["secretId"], made["secretKey"]))
        there.CreateCmqQueue(QueueName="jobs")
        assert there.DescribeCmqQueues()["TotalCount"] == 1
        assert signed().DescribeCmqQueues()["TotalCount"] == 0
    finally:
        admin.drop_namespace(made["namespace"])


def test_without_a_region(new_product):
    assert new_product(region="").DescribeCmqQueues()["TotalCount"] == 0
