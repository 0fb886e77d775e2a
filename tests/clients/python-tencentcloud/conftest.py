"""What the tests share: the emulator, emptied before each test, with its time standing still."""

import os

import pytest
from clients import Plain
from emulator import Admin
from products import Product

START_S = 1893456000  # 2030-01-01
SECRET = (os.environ["CMQ_SECRET_ID"], os.environ["CMQ_SECRET_KEY"])

collect_ignore = [] if Product.is_installed("cmq") else ["test_cmq.py"]


@pytest.fixture(autouse=True)
def admin():
    """The admin interface of an emulator that is empty and frozen at START_S."""
    interface = Admin(os.environ["CMQ_URL"])
    interface.reset()
    interface.freeze(at=START_S * 1000)
    return interface


@pytest.fixture(scope="session")
def tdmq():
    return Product("tdmq", SECRET)


@pytest.fixture(scope="session")
def cmq():
    return Product("cmq", SECRET)


@pytest.fixture
def new_product():
    """Makes clients with profiles, or credentials, of their own."""

    def make(name="tdmq", secret=SECRET, **profile):
        return Product(name, secret, **profile)

    return make


@pytest.fixture
def v2():
    """Calls of the API v2: v2("SendMessage", queueName=...) returns the answer."""
    client = Plain("POST", os.environ["CMQ_HOST"], int(os.environ["CMQ_PORT"]), *SECRET)

    def call(action, **parameters):
        answer = client.call(action, parameters).json()
        assert answer["code"] == 0, answer
        return answer

    yield call
    client.wire.close()
