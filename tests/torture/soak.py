"""A mixed load for so many minutes, and what must not grow meanwhile.

Clients (clients.py) come, are killed at random, and come again; a bystander measures how long
others wait. Writes soak/soak.svg, the curves, and soak/summary.txt, in $BUILD; the exit code
says whether all criteria are met.

Usage: soak.py MINUTES"""
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time

import picture
import wire
from clients import ROLES
from subject import MIB
from trial import HERE, Trial

RSS_GROWTH = 1.05  # of the second half over the first
RSS_SLACK = 4 * MIB
STEADY_S = 120  # in less time RSS is not steady
MEDIAN_MAX_S = 0.005
P99_MAX_S = 0.005
ROW = dict(
    options=[("--push-timeout", "2s"), ("--max-polls", "20000")],
    descriptors=None,
    rss=64 * MIB,
    kept=32,  # connections to endpoints that are kept for the next push
    own=0,
    bystander="seconds",
)


class Client:
    """One of the roles, as often as it is killed or comes to its end."""

    def __init__(self, role, port, number, dice):
        self.number = number
        self.role = role.__name__
        self.port = port
        self.dice = dice
        self.start()

    def start(self):
        venv = os.path.join(os.environ["BUILD"], "clients/python-cmq-sdk/venv/bin/python")
        python = sys.executable
        if self.role == "sdk":
            if not os.path.exists(venv):
                self.role = "queues"
            else:
                python = venv
        command = [python, os.path.join(HERE, "clients.py"), self.role, str(self.port)]
        command += [str(self.number), str(self.dice.randrange(1 << 30))]
        self.killed = False
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE)

    def kill(self):
        self.killed = True
        self.process.kill()

    def look(self):
        """Start it again if it has ended. Returns what it complains about."""
        if self.process.poll() is None:
            return None
        told = self.process.communicate()[1].decode().strip().splitlines()
        complaint = None
        if self.process.returncode != 0 and not self.killed:
            complaint = "%s: %s" % (self.role, told[-1:])
        self.start()
        return complaint

    def close(self):
        self.kill()
        self.process.communicate()


class Soak:
    def __init__(self, program, minutes):
        self.trial = Trial(program, ROW)
        self.seconds = minutes * 60
        self.dice = random.Random(1)
        self.samples = []  # (time, RSS, descriptors, calls until then)
        self.waits = []  # of the bystander, each second
        self.complaints = []

    def calls(self):
        sums = self.trial.subject.metrics()
        return sums.get("cmq_requests_total", 0) + sums.get("cmq_control_requests_total", 0)

    def sample(self, begun):
        subject = self.trial.subject
        self.samples.append(
            (time.monotonic() - begun, subject.rss(), subject.descriptors(), self.calls())
        )

    def collect_waits(self):
        for line in self.trial.bystander.stdout:
            self.waits.append(json.loads(line))

    def run(self):
        trial = self.trial
        trial.start_bystander()
        before = trial.state()
        collector = threading.Thread(target=self.collect_waits)
        collector.start()
        clients = [Client(role, trial.port, i, self.dice) for i, role in enumerate(ROLES)]
        try:
            self.watch(clients)
        finally:
            for client in clients:
                client.close()
            trial.bystander.stdin.close()
            collector.join()
            trial.bystander = None
        self.empty()
        trial.settle(before)
        trial.peak = trial.subject.peak_rss()
        wrong = trial.subject.terminate()
        trial.check(wrong is None, wrong)
        self.judge()

    def watch(self, clients):
        begun = time.monotonic()
        interval_s = max(0.25, self.seconds / 900)
        kill_s = max(1, self.seconds / 200)
        next_kill_s = kill_s
        while time.monotonic() - begun < self.seconds:
            time.sleep(interval_s)
            self.sample(begun)
            self.complaints += [told for told in (one.look() for one in clients) if told]
            if self.samples[-1][0] > next_kill_s:
                self.dice.choice(clients).kill()
                next_kill_s += kill_s
        self.complaints += [told for told in (one.look() for one in clients) if told]

    def empty(self):
        """Drop all that the clients have left."""
        for each in self.trial.admin("GET", "namespaces")["namespaces"][1:]:
            self.trial.admin("DELETE", "namespaces/" + each["namespace"])
        self.trial.admin("POST", "reset")

    # ---- criteria ----

    def halves(self, column):
        """The medians of a column in both halves of what comes after the first quarter."""
        later = self.samples[len(self.samples) // 4 :]
        half = len(later) // 2
        parts = later[:half], later[half:]
        return [statistics.median(row[column] for row in part) for part in parts]

    def judge(self):
        check = self.trial.check
        first, second = self.halves(1)
        check(
            self.seconds < STEADY_S or second <= first * RSS_GROWTH + RSS_SLACK,
            "RSS grows: %.1f, then %.1f MiB" % (first / MIB, second / MIB),
        )
        first, second = self.halves(2)
        check(second <= first * 1.2 + 20, "descriptors grow: %d, then %d" % (first, second))
        self.median_s = statistics.median(each["median"] for each in self.waits)
        nets = sorted(each["p99"] for each in self.waits)
        self.p99_s = statistics.median(nets)
        check(self.median_s < MEDIAN_MAX_S, "a bystander waits %.1f ms" % (self.median_s * 1000))
        check(self.p99_s < P99_MAX_S, "p99 of its waits is %.1f ms" % (self.p99_s * 1000))
        errors = [error for each in self.waits for error in each["errors"]]
        check(not errors, "a bystander is told %s" % errors[:3])
        check(not self.complaints, "clients complain: %s" % self.complaints[:3])

    # ---- what is left ----

    def summary(self):
        calls = self.samples[-1][3] - self.samples[0][3]
        rss = [half / MIB for half in self.halves(1)]
        return [
            "%.1f minutes, %d calls, %d clients at a time" % (self.seconds / 60, calls, len(ROLES)),
            "RSS %.1f MiB, then %.1f; at its peak %.1f" % (*rss, self.trial.peak / MIB),
            "descriptors %d, then %d" % tuple(self.halves(2)),
            "a bystander waits %.2f ms (median), 99 of 100 calls less than %.2f ms"
            % (self.median_s * 1000, self.p99_s * 1000),
            "its longest wait is %.1f ms, %.1f ms less the time in line for a processor"
            % (
                max(each["longest"] for each in self.waits) * 1000,
                max(each["net"] for each in self.waits) * 1000,
            ),
        ]

    def rates(self):
        pairs = zip(self.samples, self.samples[1:])
        rates = [(b[3] - a[3]) / (b[0] - a[0]) for a, b in pairs]
        return rates[:1] + rates

    def wait_at(self, t, name):
        """That of the second, in ms."""
        return self.waits[min(int(t), len(self.waits) - 1)][name] * 1000

    def picture(self):
        times = [row[0] for row in self.samples]
        return picture.svg(
            "A soak of %.3g minutes" % (self.seconds / 60),
            times,
            [
                ("RSS, MiB", [row[1] / MIB for row in self.samples]),
                ("open descriptors", [row[2] for row in self.samples]),
                ("calls a second", self.rates()),
                ("bystander, median, ms", [self.wait_at(t, "median") for t in times]),
                ("bystander, p99 net, ms", [self.wait_at(t, "p99") for t in times]),
            ],
        )

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "soak.svg"), "w") as f:
            f.write(self.picture())
        with open(os.path.join(folder, "summary.txt"), "w") as f:
            f.write("\n".join(self.summary() + self.trial.failures) + "\n")


def soak(minutes):
    """Returns lines to print, how many criteria were met, and which were not."""
    one = Soak(os.environ["PROGRAM"], minutes)
    try:
        one.run()
        one.write(os.path.join(os.environ["BUILD"], "soak"))
        return one.summary(), one.trial.passed, one.trial.failures
    finally:
        one.trial.close()


def main():
    lines, passed, failures = soak(float(sys.argv[1]))
    for line in lines + ["FAILED: " + what for what in failures]:
        print(line)
    print("%d passed, %d failed" % (passed, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
