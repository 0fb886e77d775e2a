"""The engines that run the image, with what they have in common: for tests/image/run and its parts in Python.

Docker and podman take the same commands. buildah runs one command at a time in a container: it shows that the
server works, and neither networks nor volumes nor health.
"""

import glob
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PORT = 9267


class EngineError(Exception):
    pass


def until(what, condition, seconds=20, every=0.05):
    """Wait until condition() is true, and return that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} seconds: {what}")
        time.sleep(every)


def finished(command, timeout):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise EngineError(f"{' '.join(command)}: not done within {timeout} seconds; does the engine hang?") from None


_serial = itertools.count(1)


def new_name():
    """One that tests/image/run removes in the end."""
    return f"{os.environ['PREFIX']}c{next(_serial)}"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def user_of(pid):
    """Its number in the namespace of users where the process is, which is the machine's own or a container's."""
    user = int(re.search(r"^Uid:\s+(\d+)", read(f"/proc/{pid}/status"), re.M).group(1))
    ranges = read(f"/proc/{pid}/uid_map")
    if ranges == read("/proc/self/uid_map"):
        return user
    for line in ranges.splitlines():
        inside, outside, count = map(int, line.split())
        if outside <= user < outside + count:
            return inside + user - outside
    raise EngineError(f"user {user} of process {pid} is not in its namespace: {ranges}")


class Engine:
    def __init__(self, name):
        self.name = name

    def try_command(self, *args, timeout=120):
        """The completed process, whether or not it went well; without the command, as if it had failed."""
        try:
            return finished([self.name, *map(str, args)], timeout)
        except FileNotFoundError:
            return subprocess.CompletedProcess(args, 127, "", f"there is no {self.name}")

    def command(self, *args, timeout=120):
        """What the command prints."""
        done = self.try_command(*args, timeout=timeout)
        if done.returncode != 0:
            raise EngineError(f"{self.name} {' '.join(map(str, args))}: {done.stderr.strip()}")
        return done.stdout.strip()

    def works(self):
        return self.try_command("version" if self.name == "docker" else "info", timeout=10).returncode == 0


class Daemon(Engine):
    """docker and podman."""

    def inspect(self, image):
        done = self.try_command("image", "inspect", image)
        return json.loads(done.stdout)[0] if done.returncode == 0 else None

    def image_id(self, image):
        found = self.inspect(image)
        return found and found["Id"].split(":")[-1]

    def save(self, image, archive):
        form = () if self.name == "docker" else ("--format", "docker-archive")
        self.command("save", *form, "-o", archive, image)

    def load(self, archive, image, image_id):
        self.command("load", "-i", archive)
        self.command("tag", image_id, image)

    def start(self, image, *args, options=(), name=None):
        """A container in the background."""
        return Container(self, self.command("run", "-d", "--name", name or new_name(), *options, image, *args))

    def run(self, image, *args, options=()):
        """A container to its end: the completed process."""
        return self.try_command("run", "--rm", "--name", new_name(), *options, image, *args)

    def remove_all(self, prefix):
        """Whatever has a name that begins so."""
        for kind, listing, removal in (
            ("containers", ("ps", "-a", "--format", "{{.Names}}"), ("rm", "-f", "-v")),
            ("networks", ("network", "ls", "--format", "{{.Name}}"), ("network", "rm")),
            ("volumes", ("volume", "ls", "--format", "{{.Name}}"), ("volume", "rm")),
            ("images", ("image", "ls", "--format", "{{.Repository}}"), ("rmi", "-f")),
        ):
            for name in self.try_command(*listing).stdout.split():
                if name.rpartition("/")[2].startswith(prefix):
                    self.try_command(*removal, name)


class Client:
    """Calls to a server at self.url."""

    url = None

    def get(self, path, method="GET", headers=None):
        """Status and text."""
        request = urllib.request.Request(self.url + path, method=method, headers=headers or {})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def json(self, path, method="GET"):
        return json.loads(self.get(path, method)[1])

    def call(self, action, **parameters):
        """A call of the API v2."""
        fields = {"Action": action, **{name.replace("__", "."): value for name, value in parameters.items()}}
        return self.json("/v2/index.php?" + urllib.parse.urlencode(fields))

    def answers(self):
        try:
            return self.get("/_emulator/health")[0] == 200
        except OSError:
            return False


class Container(Client):
    def __init__(self, engine, number):
        self.engine = engine
        self.id = number

    def inspect(self):
        return json.loads(self.engine.command("inspect", self.id))[0]

    def health(self):
        """starting, healthy or unhealthy."""
        state = self.inspect()["State"]
        return (state.get("Health") or state.get("Healthcheck"))["Status"]

    def is_running(self):
        return self.inspect()["State"]["Running"]

    def port(self, inside=PORT):
        return int(self.engine.command("port", self.id, inside).splitlines()[0].rpartition(":")[2])

    def serve(self, inside=PORT):
        """Wait until the published port answers; then calls may be made."""
        self.url = f"http://127.0.0.1:{self.port(inside)}"
        until(f"{self.url} answers", lambda: self.answers() or self.has_ended())
        return self

    def has_ended(self):
        if self.is_running():
            return False
        raise AssertionError(f"the container has ended: {self.logs()[1]}")

    def logs(self):
        """What it wrote to standard output and to standard error."""
        done = self.engine.try_command("logs", self.id)
        return done.stdout, done.stderr

    def execute(self, *args):
        return self.engine.try_command("exec", self.id, *args)

    def user(self):
        pid = self.inspect()["State"]["Pid"]
        try:
            if "cmq-emulator" in read(f"/proc/{pid}/cmdline"):
                return user_of(pid)
        except FileNotFoundError:
            pass
        # It runs on another machine.
        what = () if self.engine.name == "docker" else ("huser",)
        return int(self.engine.command("top", self.id, *what).splitlines()[1].split()[0])

    def stop(self):
        """Exit code, and the seconds that it took."""
        begin = time.monotonic()
        self.engine.command("stop", self.id)
        return self.inspect()["State"]["ExitCode"], time.monotonic() - begin

    def exit_code(self):
        until("the container ends", lambda: not self.is_running())
        return self.inspect()["State"]["ExitCode"]

    def remove(self):
        self.engine.try_command("rm", "-f", "-v", self.id)


class Buildah(Engine):
    def inspect(self, image):
        done = self.try_command("inspect", "--type", "image", image)
        return json.loads(done.stdout)["Docker"] if done.returncode == 0 else None

    def image_id(self, image):
        done = self.try_command("inspect", "--type", "image", "--format", "{{.FromImageID}}", image)
        return done.stdout.strip() if done.returncode == 0 else None

    def save(self, image, archive):
        self.command("push", "-q", image, f"docker-archive:{archive}:{image}")

    def load(self, archive, image, image_id):
        self.command("pull", "-q", f"docker-archive:{archive}")
        self.command("tag", image_id, image)

    def container(self, image):
        return self.command("from", "--pull-never", "--name", new_name(), image)

    def arguments(self, container, args, options):
        return ["buildah", "run", "--isolation", "chroot", *options, container, "--", "/usr/bin/cmq-emulator", *args]

    def run(self, image, *args, options=()):
        container = self.container(image)
        try:
            return finished(self.arguments(container, args, options), 60)
        finally:
            self.try_command("rm", container)

    def start(self, image, *args, options=(), name=None):
        return Process(self, self.container(image), args, options)

    def remove_all(self, prefix):
        for name in self.try_command("containers", "--format", "{{.ContainerName}}").stdout.split():
            if name.startswith(prefix):
                self.try_command("rm", name)


class Process(Client):
    """The program in a container of buildah, in the network of the machine, at a free port."""

    def __init__(self, engine, container, args, options):
        self.engine = engine
        self.container = container
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        command = engine.arguments(container, args, ("--env", "CMQ_EMULATOR_PORT=0", *options))
        self.process = subprocess.Popen(command, stdout=self.out, stderr=self.err, start_new_session=True)

    def logs(self):
        for file in (self.out, self.err):
            file.flush()
            file.seek(0)
        return self.out.read(), self.err.read()

    def ready_line(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the program has ended: {self.logs()[1]}")
        return re.search(r"http://\S+:(\d+)", self.logs()[0])

    def serve(self):
        self.url = f"http://127.0.0.1:{until('the program is ready', self.ready_line).group(1)}"
        return self

    def program(self):
        """The innermost process: buildah would not pass a signal on."""
        pid, children = None, [self.process.pid]
        while children:
            pid = int(children[0])
            children = []
            for task in glob.glob(f"/proc/{pid}/task/*/children"):
                with open(task, encoding="ascii") as file:
                    children += file.read().split()
        return pid

    def user(self):
        return user_of(self.program())

    def stop(self):
        begin = time.monotonic()
        os.kill(self.program(), signal.SIGTERM)
        return self.process.wait(timeout=20), time.monotonic() - begin

    def exit_code(self):
        return self.process.wait(timeout=20)

    def remove(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.engine.try_command("rm", self.container)
        self.out.close()
        self.err.close()


def by_name(name):
    return Buildah(name) if name == "buildah" else Daemon(name)


def at_hand():
    """Those that work, or the one that ENGINE names."""
    names = [os.environ["ENGINE"]] if os.environ.get("ENGINE") else ["docker", "podman", "buildah"]
    found = []
    for name in names:
        if name not in ("docker", "podman", "buildah"):
            raise EngineError(f"ENGINE={name} is none of docker, podman and buildah")
        try:
            if shutil.which(name) and by_name(name).works():
                found.append(by_name(name))
        except EngineError as error:
            print(f"not used: {error}", flush=True)
    return found
