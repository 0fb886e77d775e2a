"""Runs the tests with Docker's engine and an image. What the tests call cmq-emulator has a name here that no
other run uses, so that it is known what they leave behind."""

import os
import subprocess
import tarfile
import time

from blocks import Failure
from languages import NotShown

PREFIX = os.environ.get("PREFIX", "cmq-testcontainers-%d-" % os.getpid())
EMULATOR, SERVICE = PREFIX + "emulator", PREFIX + "service"

DOCKER_S = 60
GONE_S = 20  # networks of others may come and go meanwhile


def docker(*arguments):
    command = ["docker", *arguments]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DOCKER_S)
    except subprocess.TimeoutExpired:
        raise Failure("docker %s: no answer within %d seconds" % (" ".join(arguments), DOCKER_S)) from None
    if done.returncode != 0:
        raise Failure("docker %s: %s" % (" ".join(arguments), done.stderr.decode().strip()))
    return done.stdout.decode()


def containers():
    """Those of these images, whatever their state."""
    listing = docker("ps", "-a", "--format", "{{.ID}} {{.Image}}")
    rows = [line.split() for line in listing.splitlines()]
    return [number for number, image in rows if image.split(":")[0] in (EMULATOR, SERVICE)]


def networks():
    """Those of Testcontainers, whoever uses it."""
    return set(docker("network", "ls", "-q", "--filter", "label=org.testcontainers=true").split())


def remove(containers):
    """Also their networks, which a test that was killed has left."""
    for number in containers:
        label = '{{index .Config.Labels "org.testcontainers.sessionId"}}'
        session = docker("inspect", "--format", label, number).strip()
        docker("rm", "-f", "-v", number)
        listing = ("network", "ls", "-q", "--filter", "label=org.testcontainers.sessionId=" + session)
        for network in docker(*listing).split() if session else []:
            # Another container may be in it still; with that it is removed.
            subprocess.run(["docker", "network", "rm", network], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def rename(text):
    return text.replace('"cmq-emulator"', '"%s"' % EMULATOR).replace('"orders-service"', '"%s"' % SERVICE)


def run_as_it_is(language):
    language.install()
    folder = language.write("run", rename)
    language.check(folder)
    language.run(folder)


def run_with_less(language):
    """A test that passes whatever time it is would show nothing."""
    folder = language.write("less", lambda text: rename(text).replace("by=1h", "by=59m"), where="by=1h")
    language.check(folder)
    try:
        language.run(folder)
    except Failure as failure:
        if language.nothing in str(failure):
            return
        raise
    raise Failure("the test passes although it advances the clock by 59m for 1h")


class Images:
    """The images that the tests start, as long as they are run: the emulator's under another name, and one
    with a service that calls it."""

    def __init__(self, image, languages):
        self.networks = networks()
        self.image = image
        self.go = next(each for each in languages if each.name == "go")

    def __enter__(self):
        docker("tag", self.image, EMULATOR)
        return self

    def __exit__(self, *_):
        remove(containers())
        for image in (EMULATOR, SERVICE):
            if docker("images", "-q", image):
                docker("rmi", image)

    def import_service(self):
        program = self.go.build_service()
        archive = program + ".tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(program, "service")
        docker("import", "--change", 'ENTRYPOINT ["/service"]', archive, SERVICE)

    def run(self, language):
        with_service = [path for path, text in language.files.items() if '"orders-service"' in text]
        try:
            if with_service:
                self.import_service()
        except NotShown as gap:
            print("not shown: a service beside the emulator: %s" % gap)
            for path in with_service:
                del language.files[path]
        run_as_it_is(language)

    def cases(self, language):
        yield language.name + ": its test passes", lambda: self.run(language)
        yield language.name + ": it fails with 59m for 1h", lambda: run_with_less(language)

    def are_unused(self):
        """Testcontainers' own helper would remove what is left, but it is not used here."""
        deadline = time.monotonic() + GONE_S
        while networks() - self.networks and time.monotonic() < deadline:
            time.sleep(0.2)
        left = containers() + list(networks() - self.networks)
        if left:
            raise Failure("left behind: " + ", ".join(left))
