"""Emulators that are used once."""
import contextlib
import json
import os
import urllib.parse
import urllib.request

from blocks import Failure
from emulator import PATIENCE_S, Emulator

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def running_emulator(*options):
    """It has to end as a program should."""
    try:
        emulator = Emulator(os.environ["EMULATOR"], *options)
    except OSError:  # it has left no port
        raise Failure("the emulator does not start: %s" % " ".join(options))
    try:
        yield emulator
    finally:
        code = emulator.stop()
    if code != 0:
        raise Failure("the emulator ended with exit code %d" % code)


def call(emulator, **parameters):
    """A call of the API v2 that has to succeed."""
    form = urllib.parse.urlencode(parameters).encode()
    with DIRECT.open(emulator.url, form, timeout=PATIENCE_S) as answer:
        text = answer.read().decode()
    if json.loads(text)["code"] != 0:
        raise Failure("%s: %s" % (parameters, text))


def create_orders(emulator, body, **more):
    """The queue that README.md speaks of, with one message."""
    call(emulator, Action="CreateQueue", queueName="orders")
    call(emulator, Action="SendMessage", queueName="orders", msgBody=body, **more)
