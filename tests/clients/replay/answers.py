"""What clients read of an answer (sdk-compat 7): the members that at least one of them needs."""

import re

INT, TEXT = int, str
HANDLE = re.compile("[a-zA-Z0-9%#:_-]{1,256}")  # the official Go client refuses others

RECEIVED = {
    "msgId": TEXT,
    "receiptHandle": TEXT,
    "msgBody": TEXT,
    "enqueueTime": INT,
    "firstDequeueTime": INT,
    "nextVisibleTime": INT,
    "dequeueCount": INT,
}
QUEUE_NUMBERS = """maxMsgHeapNum pollingWaitSeconds visibilityTimeout maxMsgSize
    msgRetentionSeconds createTime lastModifyTime activeMsgNum inactiveMsgNum delayMsgNum
    rewindSeconds minMsgTime rewindMsgNum rewindmsgNum""".split()
TOPIC_NUMBERS = """msgCount maxMsgSize msgRetentionSeconds createTime lastModifyTime
    filterType""".split()

# A list is one of the members of its entries; None is a list of texts.
NEEDED = {
    "CreateQueue": {"queueId": TEXT},
    "CreateTopic": {"topicId": TEXT},
    "Subscribe": {"subscriptionId": TEXT},
    "SendMessage": {"msgId": TEXT},
    "PublishMessage": {"msgId": TEXT},
    "BatchSendMessage": {"msgList": {"msgId": TEXT}},
    "BatchPublishMessage": {"msgList": {"msgId": TEXT}},
    "ReceiveMessage": RECEIVED,
    "BatchReceiveMessage": {"msgInfoList": RECEIVED},
    "ListQueue": {"totalCount": INT, "queueList": {"queueId": TEXT, "queueName": TEXT}},
    "ListTopic": {"totalCount": INT, "topicList": {"topicId": TEXT, "topicName": TEXT}},
    "ListSubscriptionByTopic": {
        "totalCount": INT,
        "subscriptionList": {
            "subscriptionId": TEXT,
            "subscriptionName": TEXT,
            "protocol": TEXT,
            "endpoint": TEXT,
        },
    },
    "GetQueueAttributes": dict.fromkeys(QUEUE_NUMBERS, INT),
    "GetTopicAttributes": dict.fromkeys(TOPIC_NUMBERS, INT),
    "GetSubscriptionAttributes": {
        "topicOwner": TEXT,
        "endpoint": TEXT,
        "protocol": TEXT,
        "notifyStrategy": TEXT,
        "notifyContentFormat": TEXT,
        "createTime": INT,
        "lastModifyTime": INT,
        "msgCount": INT,
        "bindingKey": None,
        "filterTag": None,
        "filterTags": None,
    },
    "QueryQueueRoute": {"addr": None},
    "QueryTopicRoute": {"addr": None},
}


def is_a(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool)


def check_members(answer, needed):
    for name, kind in needed.items():
        value = answer[name]
        if isinstance(kind, dict):
            assert is_a(value, list), (name, value)
            for each in value:
                check_members(each, kind)
        elif kind is None:
            assert is_a(value, list) and all(is_a(each, str) for each in value), (name, value)
        else:
            assert is_a(value, kind), (name, value)
        if name == "receiptHandle":
            assert HANDLE.fullmatch(value), value


def check_envelope(answer):
    """Every answer, also an error. Its parsed body."""
    assert answer.status == 200, answer.status
    assert "content-encoding" not in answer.headers, answer.headers
    said = answer.json()
    assert is_a(said["code"], int) and is_a(said["message"], str), said
    assert is_a(said["requestId"], str) and said["requestId"].isdigit(), said
    assert is_a(said.get("clientRequestId", 0), int), said
    return said


def check(answer, action):
    """An answer that tells of success. Its parsed body."""
    said = check_envelope(answer)
    assert (said["code"], said["message"]) == (0, ""), said
    check_members(said, NEEDED.get(action, {}))
    for failed in said.get("errorList", []):
        check_members(failed, {"code": INT, "message": TEXT, "receiptHandle": TEXT})
    return said


def check_error(answer, code, module):
    said = check_envelope(answer)
    assert said["code"] == code, said
    assert said["message"].startswith("(%d)" % module), said
    return said
