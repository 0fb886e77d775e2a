"""Clients that no registry has: their requests, byte for byte, and their way to read the answers.

    main.py [WORD]    only clients whose name contains WORD

Each client has a namespace of its own, named after it. Those whose signatures nobody can verify
use an emulator that verifies none. The last line has the counts."""

import os
import sys
import traceback

import scenario
import variants
from clients import CLIENTS, Plain
from emulator import Admin, Emulator, offers
from scenario import World

KEY = "replaySecretKey0123456789"


def ways():
    for client in CLIENTS:
        if client.posts:
            yield client, "POST"
        if client.gets:
            yield client, "GET"


def namespace_of(client, verb):
    """The table of clients takes what stands before `--` for the client."""
    return client.name.replace("/", "--") + ("--get" if verb == "GET" else "")


def make_namespace(client, name, ids, admin):
    """One with these secret ids; whoever has none is in the one that is there. Its name."""
    if client.anonymous:
        admin.freeze(at=scenario.START_S * 1000)
        return "default"
    admin.create_namespace(
        name=name,
        clock={"mode": "frozen", "at": scenario.START_S * 1000},
        credentials=[{"secretId": each, "secretKey": KEY} for each in ids],
    )
    return name


def replay(client, verb, port, admin):
    """One client, one verb. Returns how many calls passed; the first that does not raises."""
    name = namespace_of(client, verb)
    ids = ["AKID" + name, "AKIDhelper-" + name]
    namespace = make_namespace(client, name, ids, admin)
    host = "127.0.0.1:%d" % port
    one = client(verb, host, port, ids[0], KEY, os.environ.get("CMQ_CA"))
    helper = Plain("POST", host, port, ids[0 if client.anonymous else 1], KEY)
    world = World(one, helper, admin.within(namespace))
    try:
        scenario.run(world)
        return world.passed
    finally:
        one.wire.close()
        helper.wire.close()


class Counts:
    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, function, *arguments):
        """A function that returns how much passed, or raises."""
        try:
            passed = function(*arguments)
        except Exception:
            self.failed += 1
            print("FAILED %s" % name)
            traceback.print_exc(file=sys.stdout)
        else:
            self.passed += passed
            print("ok     %-24s %4d" % (name, passed))


def main(words):
    program = os.environ["EMULATOR"]
    options = ["--auth", "off"] if offers(program, "--auth") else []
    trusting = Emulator(program, "--poll-time", "virtual", *options)
    given = (int(os.environ["CMQ_PORT"]), Admin(os.environ["CMQ_URL"]))
    counts = Counts()
    for client, verb in ways():
        name = namespace_of(client, verb)
        if any(word not in name for word in words):
            continue
        if client.tls and not os.environ.get("CMQ_CA"):
            print("left out %s: the emulator speaks no TLS" % name)
            continue
        port, admin = given if client.verified else (trusting.port, trusting.admin)
        counts.run(name, replay, client, verb, port, admin)
    if not words:
        variants.run(program, counts)
    counts.run("the emulator without verification ends", lambda: int(trusting.stop() == 0))
    print("%d passed, %d failed" % (counts.passed, counts.failed))
    return counts.failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
