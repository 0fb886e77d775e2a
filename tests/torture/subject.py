"""The emulator under torture: a process, and what can be seen of it from outside."""
import os
import re
import signal
import subprocess
import tempfile
import time

from line import Line, cpu_clock
import wire

PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20
STOP_S = 3  # how long SIGTERM may take


def offers(program, option, known={}):
    """Whether it has an option: older programs are compared by the same parts."""
    if program not in known:
        told = subprocess.run([program, "--help"], stdout=subprocess.PIPE, universal_newlines=True)
        known[program] = told.stdout
    return " %s " % option in known[program]


class Subject:
    """Options: those that the program does not have are left out, with their values."""

    def __init__(self, program, options=(), descriptors=None):
        self.directory = tempfile.TemporaryDirectory()
        self.port_file = os.path.join(self.directory.name, "port")
        command = [program, "--port", "0", "--port-file", self.port_file, "--exit-with-parent"]
        command += ["--log", "off", "--auth", "off", "--max-namespaces", "11000"]
        for option, value in options:
            if offers(program, option):
                command += [option, value.format(directory=self.directory.name)]
        if descriptors:
            command = ["prlimit", "--nofile=%d" % descriptors] + command
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CMQ_EMULATOR_")}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        self.process.stdout.readline()  # it is ready, or has ended
        self.pid = self.process.pid
        self.lines = [Line(self.pid), Line("self")]
        with open(self.port_file) as f:
            self.port = int(f.read())

    # ---- from outside ----

    def rss(self):
        with open("/proc/%d/statm" % self.pid) as f:
            return int(f.read().split()[1]) * PAGE

    def peak_rss(self):
        with open("/proc/%d/status" % self.pid) as f:
            return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def waited_in_line_s(self):
        """How long it has stood in line for a processor, and we, too."""
        return sum(line.waited_s() for line in self.lines)

    def cpu_s(self):
        return time.clock_gettime(cpu_clock(self.pid))

    # ---- asked ----

    def call(self, data, patience_s=wire.PATIENCE_S):
        with wire.Client(self.port, patience_s) as client:
            return client.call(data)

    def admin(self, method, path, patience_s=wire.PATIENCE_S, **arguments):
        return self.call(wire.admin(method, path, **arguments), patience_s).json()

    def cmq(self, action, **parameters):
        return self.call(wire.post(action, **parameters)).json()

    def is_healthy(self):
        try:
            return self.call(wire.admin("GET", "health"), 1).status == 200
        except (wire.Broken, OSError):
            return False

    def metrics(self):
        """The sum of the samples of each metric."""
        sums = {}
        for line in self.call(wire.request("GET", "/metrics")).body.decode().splitlines():
            if not line.startswith("#"):
                name, value = re.match(r"(\w+).* (\S+)$", line).groups()
                sums[name] = sums.get(name, 0) + float(value)
        return sums

    def budget_used(self, part):
        """0 where the program has no budgets."""
        text = self.call(wire.request("GET", "/metrics")).body.decode()
        found = re.search(r'cmq_budget_used\{part="%s"\} (\d+)' % part, text)
        return int(found.group(1)) if found else 0

    def jumps(self):
        """Whether an automatic clock jumps: it does when no request is being read, anywhere."""
        name = "jumps"
        made = self.admin("POST", "namespaces", name=name, clock={"mode": "auto"})
        try:
            self.cmq("CreateQueue", queueName="q", SecretId=made["secretId"])
            poll = wire.post(
                "ReceiveMessage", queueName="q", pollingWaitSeconds=30, SecretId=made["secretId"]
            )
            return self.call(poll, 1).code() == 7000
        except wire.Broken:
            return False
        finally:
            self.admin("DELETE", "namespaces/" + name)

    # ---- its end ----

    def terminate(self):
        """By SIGTERM. Returns what was wrong, or None."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return "SIGTERM takes more than %d s" % STOP_S
        self.stopped_s = time.monotonic() - begun
        if code != 0:
            return "exit code %d" % code
        if os.path.exists(self.port_file):
            return "the port file is still there"
        return None

    def is_running(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        for line in self.lines:
            line.close()
        self.kill()
        self.process.stdout.close()
        self.directory.cleanup()
