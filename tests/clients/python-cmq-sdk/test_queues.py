"""Queues: create, list, attributes, delete."""
import pytest
from cmq.queue import QueueMeta
from support import no_message, refused, send

CREATED = dict(
    maxMsgHeapNum=2000000,
    pollingWaitSeconds=3,
    visibilityTimeout=45,
    maxMsgSize=131072,
    msgRetentionSeconds=86400,
    rewindSeconds=3600,
)


def attributes(meta, names):
    return {name: getattr(meta, name) for name in names}


def test_the_defaults_of_a_new_queue(new_queue, admin):
    meta = new_queue("plain").get_attributes()
    assert attributes(meta, CREATED) == dict(
        maxMsgHeapNum=100000000,
        pollingWaitSeconds=0,
        visibilityTimeout=30,
        maxMsgSize=65536,
        msgRetentionSeconds=345600,
        rewindSeconds=0,
    )
    assert meta.queueName == "plain"
    assert meta.createTime == meta.lastModifyTime == admin.now()


def test_create_sets_each_attribute(new_queue):
    meta = new_queue(**CREATED).get_attributes()
    assert attributes(meta, CREATED) == CREATED


@pytest.mark.parametrize(
    "name, value",
    [
        ("maxMsgHeapNum", 3000000),
        ("pollingWaitSeconds", 30),
        ("visibilityTimeout", 43200),
        ("maxMsgSize", 1048576),
        ("msgRetentionSeconds", 1296000),
        ("rewindSeconds", 0),
    ],
)
def test_set_changes_one_attribute_and_keeps_the_others(new_queue, admin, name, value):
    queue = new_queue(**CREATED)
    created_s = admin.now()
    admin.advance("1h")
    meta = queue.get_attributes()
    setattr(meta, name, value)
    queue.set_attributes(meta)

    changed = queue.get_attributes()
    assert attributes(changed, CREATED) == dict(CREATED, **{name: value})
    assert changed.createTime == created_s
    assert changed.lastModifyTime == admin.now()


def test_the_counts_and_the_oldest_message(new_queue, admin):
    queue = new_queue(rewindSeconds=3600)
    names = ("activeMsgNum", "inactiveMsgNum", "delayMsgNum", "rewindmsgNum")
    assert attributes(queue.get_attributes(), names) == dict.fromkeys(names, 0)

    sent_s = admin.now()
    send(queue, "deleted", "received", "active", "active")
    send(queue, "delayed", delayTime=5)
    queue.delete_message(queue.receive_message(0).receiptHandle)
    queue.receive_message(0)
    admin.advance("2s")
    send(queue, "active")

    meta = queue.get_attributes()
    assert attributes(meta, names) == dict(
        activeMsgNum=3, inactiveMsgNum=1, delayMsgNum=1, rewindmsgNum=1
    )
    assert meta.minMsgTime == sent_s


def test_the_attributes_print(new_queue):
    """The client's own text needs every time and count to be a number."""
    assert "activeMsgNum" in str(new_queue().get_attributes())


@pytest.mark.parametrize(
    "name, value",
    [
        ("pollingWaitSeconds", 31),
        ("visibilityTimeout", 0),
        ("visibilityTimeout", 43201),
        ("maxMsgSize", 1023),
        ("maxMsgSize", 1048577),
        ("msgRetentionSeconds", 59),
        ("msgRetentionSeconds", 1296001),
        ("rewindSeconds", 345601),
        ("maxMsgHeapNum", 999999),
        ("visibilityTimeout", "soon"),
    ],
)
def test_an_attribute_out_of_range_raises_4000(new_queue, account, name, value):
    with refused(4000):
        new_queue("bad", **{name: value})
    assert account.list_queue() == (0, [], "")


@pytest.mark.parametrize("name", ["1st", "a b", "a" * 65, "队列"])
def test_a_name_that_breaks_the_rules_raises_4000(new_queue, name):
    with refused(4000):
        new_queue(name)


def test_creating_a_queue_twice_raises_4460(new_queue):
    new_queue("twice", visibilityTimeout=77)
    with refused(4460, "(10210)queue is already existed"):
        new_queue("twice", visibilityTimeout=77)


CALLS_ON_A_QUEUE = {
    "get_attributes": lambda q: q.get_attributes(),
    "set_attributes": lambda q: q.set_attributes(QueueMeta()),
    "rewindQueue": lambda q: q.rewindQueue(1488718862),
    "send_message": lambda q: send(q, "body"),
    "batch_send_message": lambda q: send(q, "body", "body"),
    "receive_message": lambda q: q.receive_message(0),
    "batch_receive_message": lambda q: q.batch_receive_message(16, 0),
    "delete_message": lambda q: q.delete_message("1234567890"),
    "batch_delete_message": lambda q: q.batch_delete_message(["1234567890"]),
    "delete": lambda q: q.delete(),
}


@pytest.mark.parametrize("call", sorted(CALLS_ON_A_QUEUE))
def test_a_missing_queue_raises_4440(account, call):
    with refused(4440, "(10100)queue is not existed, or deleted"):
        CALLS_ON_A_QUEUE[call](account.get_queue("nowhere"))


def test_a_deleted_queue_takes_its_messages_with_it(new_queue):
    queue = new_queue("short-lived")
    send(queue, "gone with the queue")
    queue.delete()
    with refused(4440):
        queue.receive_message(0)
    queue = new_queue("short-lived")
    with no_message():
        queue.receive_message(0)


def names(page):
    return [queue["queueName"] for queue in page]


def test_list_pages_through_all_queues(new_queue, account):
    created = ["page-%02d" % i for i in range(25)]
    for name in created:
        new_queue(name)

    total, page, offset = account.list_queue()
    assert (total, names(page), offset) == (25, created[:20], 20)
    total, page, offset = account.list_queue(offset=offset)
    assert (total, names(page), offset) == (25, created[20:], "")

    listed, offset = [], 0
    while offset != "":
        total, page, offset = account.list_queue(limit=10, offset=offset)
        assert total == 25
        listed += page
    assert names(listed) == created
    assert len({queue["queueId"] for queue in listed}) == 25


def test_list_by_search_word(new_queue, account):
    for name in ("orders-in", "orders-out", "mail"):
        new_queue(name)
    total, page, offset = account.list_queue(searchWord="orders")
    assert (total, names(page), offset) == (2, ["orders-in", "orders-out"], "")
    total, page, offset = account.list_queue(searchWord="orders", limit=1)
    assert (total, names(page), offset) == (2, ["orders-in"], 1)
    assert account.list_queue(searchWord="invoices") == (0, [], "")


@pytest.mark.parametrize("limit", [0, 51])
def test_a_page_has_1_to_50_queues(account, limit):
    with refused(4000):
        account.list_queue(limit=limit)
