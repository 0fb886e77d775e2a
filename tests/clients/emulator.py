"""An emulator process, and its admin interface. Needs nothing but Python's own library."""
import contextlib
import json
import os
import subprocess
import tempfile
import urllib.parse
import urllib.request

PATIENCE_S = 10  # of real time, with whatever should come at once
SECRET = ("AKIDtest", "secret")  # an id and its key


def offers(program, option):
    """Whether the emulator has an option, such as --credential."""
    told = subprocess.run([program, "--help"], stdout=subprocess.PIPE, universal_newlines=True)
    return " %s " % option in told.stdout


def verifying(program):
    """The options by which an emulator knows SECRET, and verifies signatures."""
    return ["--credential", ":".join(SECRET)] if offers(program, "--credential") else []


class Admin:
    """The calls below /_emulator. Each returns the answer, a dict; an HTTP error raises.

    They are about one namespace, unless they say otherwise."""

    def __init__(self, url, namespace="default"):
        self.url = url
        self.namespace = namespace
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method, path, **arguments):
        request = urllib.request.Request(
            "%s/_emulator/%s?namespace=%s" % (self.url, path, urllib.parse.quote(self.namespace)),
            method=method,
            data=json.dumps(arguments).encode() if arguments else None,
            headers={"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=PATIENCE_S) as answer:
            return json.loads(answer.read().decode())

    def health(self):
        return self.call("GET", "health")

    def clock(self):
        return self.call("GET", "clock")

    def now(self):
        """Virtual time, in the whole seconds that CMQ shows."""
        return self.clock()["nowMs"] // 1000

    def freeze(self, at):
        """Stop time at an instant: RFC 3339 text, or epoch milliseconds."""
        return self.call("POST", "clock/freeze", at=at)

    def advance(self, by):
        """Move time by a number of seconds, or by a text such as "250ms" or "12h"."""
        return self.call("POST", "clock/advance", by=by)

    def step(self, events=1):
        """Move time to and through the next events."""
        return self.call("POST", "clock/step", events=events)

    def run(self, until, **bounds):
        """Step until a condition holds, or one of the bounds (limit, span) is met."""
        return self.call("POST", "clock/run", until=until, **bounds)

    def auto(self):
        """Let time jump whenever all clients wait."""
        return self.call("POST", "clock/auto")

    def resume(self):
        return self.call("POST", "clock/resume")

    @contextlib.contextmanager
    def failing_once(self, action, fault):
        """The first request of an Action that is made inside fails so (emulator/doc/faults.md). In
        the end the list that is yielded has how many there were."""
        self.call("POST", "faults", action=action, times=1, fault=fault)
        requests = []
        yield requests
        requests.append(self.call("GET", "faults")["faults"][-1]["matched"])
        self.call("DELETE", "faults")

    @contextlib.contextmanager
    def hold(self):
        """What stands inside keeps an automatic clock from jumping."""
        number = self.call("POST", "clock/holds")["hold"]
        yield number
        self.call("DELETE", "clock/holds/%d" % number)

    def settle(self):
        """Return when the pushes that are under way have ended. Moves no time."""
        return self.advance(0)

    def agenda(self, **filters):
        """What is to happen, in order. Filters: kind, queue, topic, limit."""
        return self.call("GET", "clock/agenda", **filters)

    def reset(self):
        return self.call("POST", "reset")

    def messages(self, queue_name, **filters):
        """The messages of a queue, not consumed. Filters: state, offset, limit."""
        return self.call("GET", self.messages_of(queue_name), **filters)

    def purge(self, queue_name):
        return self.call("DELETE", self.messages_of(queue_name))

    @staticmethod
    def messages_of(queue_name):
        return "queues/%s/messages" % urllib.parse.quote(queue_name)

    def topic(self, name, **filters):
        """A topic, its subscriptions, and what is pending for each. Filters: limit."""
        return self.call("GET", "topics/" + urllib.parse.quote(name), **filters)

    def sink(self, name):
        """What was pushed to the emulator's own endpoint of this name."""
        return self.call("GET", "sink/" + urllib.parse.quote(name))

    def tell_sink(self, name, **script):
        """What it is to answer: status, times, delay."""
        return self.call("PUT", "sink/" + urllib.parse.quote(name), **script)

    def wait_until(self, condition, timeout=PATIENCE_S - 2):
        """Wait, in real time, for a condition. Moves no time."""
        return self.call("POST", "await", until=condition, timeout=timeout)

    def wait_for_polls(self, count):
        """Return when so many long polls wait."""
        answer = self.wait_until({"polls": {"eq": count}})
        assert answer["satisfied"], answer["actual"]

    def namespaces(self):
        """All there are."""
        return self.call("GET", "namespaces")

    def create_namespace(self, **spec):
        """Another namespace, with a secret id of its own. Spec: name, seed, limits, clock."""
        return self.call("POST", "namespaces", **spec)

    def drop_namespace(self, name):
        return self.call("DELETE", "namespaces/" + urllib.parse.quote(name))

    def within(self, namespace):
        """The same calls about another namespace."""
        return Admin(self.url, namespace)


class Emulator:
    """A running emulator: on a free port, unless one is given among the options. Its log is added
    to the file CMQ_LOG, if there is that variable."""

    def __init__(self, program, *options):
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CMQ_EMULATOR_")
        }
        log = os.environ.get("CMQ_LOG")
        with tempfile.TemporaryDirectory() as directory, open(log or os.devnull, "ab") as errors:
            port_file = os.path.join(directory, "port")
            self.process = subprocess.Popen(
                [program, "--port", "0", "--port-file", port_file, "--exit-with-parent"]
                + ["--log", "json" if log else "off"]
                + list(options),
                stdout=subprocess.PIPE,
                stderr=errors if log else None,
                env=environment,
            )
            try:
                self.process.stdout.readline()  # it is ready, or has ended
                with open(port_file) as f:
                    self.port = int(f.read())
            except BaseException:  # also when a time limit of the caller is over
                self.kill()
                raise
        self.url = "http://127.0.0.1:%d" % self.port
        self.admin = Admin(self.url)

    def stop(self):
        """Tell it to end, and return its exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self):
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.kill()

    def kill(self):
        self.process.kill()  # nothing happens if it has ended
        self.process.wait()
        self.process.stdout.close()
