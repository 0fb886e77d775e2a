"""An emulator process, and its control interface. Needs nothing but Python's own library."""
import json
import os
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

PATIENCE_S = 10  # of real time, with whatever should come at once


class Control:
    """The calls below /_emulator. Each returns the answer, a dict; an HTTP error raises."""

    def __init__(self, url):
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method, path, **arguments):
        request = urllib.request.Request(
            self.url + "/_emulator/" + path,
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

    def resume(self):
        return self.call("POST", "clock/resume")

    def reset(self):
        return self.call("POST", "reset")

    def purge(self, queue_name):
        return self.call("DELETE", "queues/%s/messages" % urllib.parse.quote(queue_name))

    def wait_for_polls(self, count):
        """Return when so many long polls wait. Asks again and again, and moves no time."""
        end = time.monotonic() + PATIENCE_S
        while True:
            parked = self.clock()["parkedPolls"]
            if parked == count:
                return
            assert time.monotonic() < end, "%d polls wait, not %d" % (parked, count)


class Emulator:
    """A running emulator: on a free port, unless one is given among the options."""

    def __init__(self, program, *options):
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CMQ_EMULATOR_")
        }
        with tempfile.TemporaryDirectory() as directory:
            port_file = os.path.join(directory, "port")
            self.process = subprocess.Popen(
                [program, "--port", "0", "--port-file", port_file, "--log", "off"]
                + list(options),
                stdout=subprocess.PIPE,
                env=environment,
            )
            self.process.stdout.readline()  # it is ready, or has ended
            with open(port_file) as f:
                self.port = int(f.read())
        self.url = "http://127.0.0.1:%d" % self.port
        self.control = Control(self.url)

    def stop(self):
        """Tell it to end, and return its exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self):
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()  # nothing happens if it has ended
            self.process.wait()
            self.process.stdout.close()
