"""The frame of a part: an emulator of its own, a bystander, and what must be as before afterwards.

A part is a generator function with a row in PARTS. It does its worst, yields once while the load is
at its height (what it yields says how many), and then takes the load away. It runs twice: whole,
with a bystander, and up to that height with fewer of everything, when SIGTERM comes."""
import json
import os
import signal
import subprocess
import sys
import time

import wire
from subject import MIB, Subject

HERE = os.path.dirname(os.path.abspath(__file__))
SETTLED_S = 1  # within which everything is as before
LIMIT_S = 40  # a part
# Longer than the 5 ms that the emulator means to hold: machines that build this are noisy in ways
# that /proc does not tell (other guests on their processors, caches that others fill).
WAIT_MAX_S = 0.020
# Where hundreds act at one moment, each is served once before one is served again.
CROWD_MAX_S = 0.050
FORGOTTEN_S = 1  # whatever the machine does
A_WAIT = "a bystander waits"

PARTS = []


def part(name, options=(), descriptors=None, rss_mib=16, kept=0, own=0, bystander=True,
         terminated=True, limit_s=LIMIT_S, crowd=False):
    """descriptors: as many as it may have. Afterwards there may be more than before: rss_mib of
    RSS, kept descriptors, and own connections that it keeps to itself. crowd: hundreds of clients
    act at one moment."""

    def add(run):
        PARTS.append(
            dict(
                name=name,
                run=run,
                options=options,
                descriptors=descriptors,
                rss=rss_mib * MIB,
                kept=kept,
                own=own,
                bystander=bystander,
                terminated=terminated,
                limit_s=limit_s,
                wait=CROWD_MAX_S if crowd else WAIT_MAX_S,
            )
        )
        return run

    return add


class TookTooLong(Exception):
    pass


class Trial:
    """One run of a part."""

    def __init__(self, program, row, small=False):
        self.row = row
        self.small = small
        self.failures = []
        self.passed = 0
        self.subject = Subject(program, row["options"], row["descriptors"])
        self.port = self.subject.port
        self.closing = []
        self.bystander = None
        self.phases = [(0, "the beginning")]

    # ---- for parts ----

    def size(self, whole, few=None):
        """How many: whole, or a few in the run that SIGTERM ends."""
        return (few or max(1, whole // 20)) if self.small else whole

    def phase(self, what):
        """What comes now: said of the longest wait of a bystander."""
        self.phases.append((time.monotonic(), what))

    def phase_at(self, at_s):
        return [what for since_s, what in self.phases if since_s <= at_s][-1]

    def check(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failures.append(what)
        return good

    def cmq(self, action, **parameters):
        answer = self.subject.cmq(action, **parameters)
        if answer["code"] != 0:
            raise AssertionError("%s: %s" % (action, answer))
        return answer

    def admin(self, method, path, patience_s=wire.PATIENCE_S, **arguments):
        return self.subject.admin(method, path, patience_s, **arguments)

    def client(self, **options):
        return self.opened(wire.Client(self.port, **options))

    def crowd(self):
        return self.opened(wire.Crowd(self.port))

    def opened(self, it):
        """It is closed at the end."""
        self.closing.append(it)
        return it

    def metric(self, name):
        return self.subject.metrics().get(name, 0)

    def is_alone(self):
        """Whether all other connections have ended, so that all that they sent has been taken."""
        return not connections_left(self)

    def clock_s(self):
        """Time as it passes for the emulator and for us: not while either has to wait for a
        processor, since others use them."""
        return time.monotonic() - self.subject.waited_in_line_s()

    def wait_until(self, holds, what, within_s=5):
        """Check that it holds before long."""
        until = self.clock_s() + within_s
        while not holds():
            if self.clock_s() > until:
                return self.check(False, what)
            time.sleep(0.01)
        return self.check(True, what)

    # ---- the run ----

    def start_bystander(self):
        if not self.row["bystander"]:
            return
        made = self.admin("POST", "namespaces", name="bystander")
        command = [sys.executable, os.path.join(HERE, "bystander.py")]
        command += [str(self.port), str(self.subject.pid), made["secretId"]]
        if self.row["bystander"] is not True:
            command.append(self.row["bystander"])
        self.bystander = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True
        )
        self.bystander.stdout.readline()

    def stop_bystander(self):
        if self.bystander is None:
            return None
        told, _ = self.bystander.communicate(timeout=5)
        self.bystander = None
        return json.loads(told)

    def state(self):
        return {"rss": self.subject.rss(), "descriptors": self.subject.descriptors()}

    def settle(self, before):
        """Until all is as before, within a second. Returns what is there in the end."""
        until = self.clock_s() + SETTLED_S
        while True:
            now = self.state()
            wrong = [text for text in (look(self, before, now) for look in DIFFERENCES) if text]
            if not wrong or self.clock_s() > until:
                break
            time.sleep(0.02)
        for what in wrong:
            self.check(False, what)
        self.passed += len(DIFFERENCES) - len(wrong)
        self.check(self.subject.is_healthy(), "health is not green")
        self.check(self.subject.jumps(), "automatic clocks do not jump any more")
        return now

    def whole(self):
        """Returns the row of the table."""
        self.start_bystander()
        time.sleep(0.1)
        before = self.state()
        begun = time.monotonic()
        run = self.row["run"](self)
        many = next(run)
        self.phase("what follows the height")
        for _ in run:
            pass
        self.phase("the end of the clients")
        self.close_all()
        took_s = time.monotonic() - begun
        after = self.settle(before)
        waits = self.stop_bystander()
        if waits is not None:
            self.judge(waits)
        self.peak = self.subject.peak_rss()
        wrong = self.subject.terminate()
        self.check(wrong is None, wrong)
        return dict(many=many, before=before, after=after, waits=waits, took_s=took_s)

    def judge(self, waits):
        self.check(
            waits["net"] <= self.row["wait"],
            A_WAIT + " %.0f ms for %s during %s"
            % (waits["net"] * 1000, waits["worst"], self.phase_at(waits["worst_at"])),
        )
        self.check(
            waits["longest"] <= FORGOTTEN_S, "a bystander is forgotten for %.1f s" % waits["longest"]
        )
        self.check(not waits["errors"], "a bystander is told %s" % waits["errors"])

    def until_terminated(self):
        next(self.row["run"](self))
        wrong = self.subject.terminate()
        self.check(wrong is None, "at its height, %s" % wrong)

    def close_all(self):
        while self.closing:
            self.closing.pop().close()

    def close(self):
        if self.bystander is not None:
            self.bystander.kill()
            self.bystander.communicate()
        self.close_all()
        self.subject.close()


# ---- what must be as before ----


def descriptors_left(trial, before, now):
    if now["descriptors"] <= before["descriptors"] + trial.row["kept"]:
        return None
    return "%d descriptors, before %d" % (now["descriptors"], before["descriptors"])


def memory_left(trial, before, now):
    if now["rss"] <= before["rss"] + trial.row["rss"]:
        return None
    return "RSS is %d MiB, before %d MiB" % (now["rss"] // MIB, before["rss"] // MIB)


def polls_left(trial, *_):
    count = trial.metric("cmq_parked_polls")
    return count and "%d polls are parked" % count


def connections_left(trial, *_):
    """Its own is one, that of a bystander another."""
    count = trial.metric("cmq_connections")
    most = 1 + (trial.bystander is not None) + trial.row["own"]
    return count > most and "%d connections" % count


def reading_left(trial, *_):
    count = trial.metric("cmq_requests_being_read")
    return count and "%d requests are being read" % count


def pushes_left(trial, *_):
    count = trial.metric("cmq_pushes_in_flight")
    return count and "%d pushes are in flight" % count


def budgets_left(trial, *_):
    """Messages may be there, all else belongs to clients that have gone."""
    used = {part: trial.subject.budget_used(part) for part in ("requests", "answers", "awaits")}
    return any(used.values()) and "budgets are still used: %s" % used


DIFFERENCES = [
    descriptors_left,
    memory_left,
    connections_left,
    reading_left,
    polls_left,
    pushes_left,
    budgets_left,
]


# ---- all of it ----


def raise_too_long(*_):
    raise TookTooLong()


def attempt(trial, run):
    """run(), within the time of its part, whatever it raises. None when it does raise."""
    signal.signal(signal.SIGALRM, raise_too_long)
    signal.alarm(trial.row["limit_s"])
    try:
        return run()
    except TookTooLong:
        trial.check(False, "takes more than %d s" % trial.row["limit_s"])
    except Exception as error:  # a part that fails is a failure, and others follow
        trial.check(False, "%s: %s" % (type(error).__name__, error))
        if os.environ.get("V"):
            import traceback

            traceback.print_exc()
    finally:
        signal.alarm(0)
        if not trial.subject.is_running():
            trial.check(trial.subject.process.returncode == 0, "it has died")
    return None
