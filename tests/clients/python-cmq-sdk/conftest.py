"""What the tests share: one emulator, emptied before each test, with its time standing still.

Long polls end by virtual time only (--poll-time virtual). So whatever comes back although no
test moved the clock did come back at once, and no test depends on how fast the machine is.
"""
import concurrent.futures
import logging
import os

import pytest

# Without a handler, the client would write a log file into the working directory.
logging.getLogger("CMQ_python_sdk").addHandler(logging.NullHandler())

from cmq.account import Account  # noqa: E402
from cmq.queue import QueueMeta  # noqa: E402
from cmq.subscription import SubscriptionMeta  # noqa: E402
from cmq.topic import TopicMeta  # noqa: E402
from emulator import PATIENCE_S, SECRET, Emulator, verifying  # noqa: E402
from support import Endpoint  # noqa: E402

# An hour after the instant that the best-practice page rewinds to.
START_S = 1488718862 + 3600


@pytest.fixture(scope="session")
def program():
    here = os.path.dirname(os.path.abspath(__file__))
    built = os.path.join(here, "..", "..", "..", "build", "cmq-emulator")
    return os.environ.get("EMULATOR", built)


@pytest.fixture(scope="session")
def verifying_emulator(program):
    running = Emulator(program, "--poll-time", "virtual", *verifying(program))
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def trusting_emulator(program):
    """Verifies no signatures: for calls without one, and for those that the client signs wrong."""
    running = Emulator(program, "--poll-time", "virtual")
    yield running
    assert running.stop() == 0


@pytest.fixture
def emulator(request, verifying_emulator):
    if request.node.get_closest_marker("unverified"):
        return request.getfixturevalue("trusting_emulator")
    return verifying_emulator


@pytest.fixture(autouse=True)
def admin(emulator):
    """The admin interface of an emulator that is empty and frozen at START_S."""
    emulator.admin.reset()
    emulator.admin.freeze(at=START_S * 1000)
    return emulator.admin


@pytest.fixture
def new_account(emulator):
    """Makes accounts. Not one for all: an account may serve one thread only."""
    accounts = []

    def make(url=emulator.url, secret_id=SECRET[0], secret_key=SECRET[1]):
        accounts.append(Account(url, secret_id, secret_key))
        return accounts[-1]

    yield make
    for account in accounts:
        account.get_client().close_connection()


@pytest.fixture
def account(new_account):
    return new_account()


def with_attributes(meta, attributes):
    """The client's defaults, but for the attributes given."""
    for attribute, value in attributes.items():
        assert hasattr(meta, attribute)
        setattr(meta, attribute, value)
    return meta


@pytest.fixture
def new_queue(account):
    """Creates a queue with the attributes given, the client's defaults for the others."""

    def make(name="jobs", **attributes):
        queue = account.get_queue(name)
        queue.create(with_attributes(QueueMeta(), attributes))
        return queue

    return make


@pytest.fixture
def new_topic(account):
    """Creates a topic likewise."""

    def make(name="news", **attributes):
        topic = account.get_topic(name)
        topic.create(with_attributes(TopicMeta(), attributes))
        return topic

    return make


@pytest.fixture
def subscribe(account):
    """Subscribes an endpoint, a URL or the name of a queue, to a topic likewise."""

    def make(topic, endpoint, name="sub", **attributes):
        subscription = account.get_subscription(topic.topicName, name)
        protocol = "http" if "://" in endpoint else "queue"
        attributes = dict(dict(Endpoint=endpoint, Protocal=protocol), **attributes)
        subscription.create(with_attributes(SubscriptionMeta(), attributes))
        return subscription

    return make


@pytest.fixture
def endpoint():
    """An HTTP server that messages can be pushed to."""
    running = Endpoint()
    yield running
    running.stop()


@pytest.fixture
def consumer(emulator, new_account, admin):
    """Receives in a thread: consumer(name, wait) polls like receive_message(wait), and
    consumer(name, wait, count) like batch_receive_message(count, wait). Returns a future."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:

        def start(name, wait=None, count=None, url=emulator.url):
            queue = new_account(url).get_queue(name)
            if count is None:
                return pool.submit(queue.receive_message, wait)
            return pool.submit(queue.batch_receive_message, count, wait)

        yield start
        admin.reset()  # ends the polls that a failed test has left


@pytest.fixture(scope="session")
def patience():
    return PATIENCE_S
