"""The languages: how their tests are compiled, or their types checked, and how they are run. What is
installed stays in a folder of each below $CMQ_WORK; the tests themselves are written anew."""

import os
import re
import shutil
import subprocess

from blocks import Failure, run

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = os.path.dirname(HERE)
SUPPORT = os.path.join(CLIENTS, "support")
WORK = os.environ["CMQ_WORK"]

INSTALL_S = 600
CHECK_S = 300
RUN_S = 120


class NotShown(Exception):
    """It is no failure: what is here is too old, or not here."""


def pinned(path, pattern):
    """The version that a file of this folder pins."""
    with open(os.path.join(HERE, path), encoding="utf-8") as file:
        return re.search(pattern, file.read()).group(1)


def command_version(command, pattern):
    """Such as (1, 19); raises NotShown without the command."""
    if not shutil.which(command.split()[0]):
        raise NotShown("there is no %s; scripts/setup clients installs it" % command.split()[0])
    printed = subprocess.run(command.split(), stdout=subprocess.PIPE, check=True).stdout.decode()
    return tuple(map(int, re.search(pattern, printed).groups()))


class Language:
    name = None
    mistake = None  # a name of Testcontainers, and one that it does not have
    nothing = "no message"  # what it says when there is none

    def __init__(self, blocks):
        self.files = {block.marker.split()[-1]: block.text for block in blocks}
        if not self.files:
            raise Failure("docker/README.md has no test with Testcontainers in " + self.name)
        self.folder = os.path.join(WORK, self.name)

    def versions(self):
        """Those that the document has to name."""
        raise NotImplementedError

    def install(self):
        raise NotImplementedError

    def check(self, folder):
        """Compile the tests in a folder, or check their types."""
        raise NotImplementedError

    def run(self, folder):
        raise NotImplementedError

    def sh(self, command, folder, timeout, **environment):
        return run(command, folder, timeout, CMQ_WORK=self.folder, HERE=HERE, SUPPORT=SUPPORT, **environment)

    def write(self, variant, change=lambda text: text, where=""):
        """A folder with the tests, of those that say WHERE, changed."""
        folder = os.path.join(self.folder, variant)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for path, text in self.files.items():
            if where in text:
                with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                    file.write(change(text))
        return folder

    def check_as_it_is(self):
        self.install()
        self.check(self.write("as-it-is"))

    def check_finds_a_mistake(self):
        """If types are not looked at, whatever the reason, the check above shows nothing."""
        right, wrong = self.mistake
        folder = self.write("mistaken", lambda text: re.sub(r"\b%s\b" % right, wrong, text))
        try:
            self.check(folder)
        except Failure as failure:
            if re.search(r"\b%s\b" % wrong, str(failure)):
                return
            raise
        raise Failure("%s in place of %s is not noticed" % (wrong, right))


class Java(Language):
    name = "java"
    mistake = ("withExposedPorts", "withExposedPort")

    def versions(self):
        return [pinned("pom.xml", r"testcontainers-junit-jupiter</artifactId>\s*<version>([^<]+)")]

    def install(self):
        command_version("javac -version", r"(\d+)")
        if not os.path.exists(os.path.join(self.folder, "installed.xml")):
            command_version("mvn --version", r"Maven (\d+)\.(\d+)")
        self.sh('"$SUPPORT/java/install" "$HERE"', HERE, INSTALL_S)

    def check(self, folder):
        self.sh(
            "javac --release 17 -encoding UTF-8 -proc:none -Xlint:all,-classfile,-processing -Werror "
            "-d classes -cp '../lib/*' *.java \"$SUPPORT/java/Suite.java\"",
            folder,
            CHECK_S,
        )

    def run(self, folder):
        # Testcontainers for Java notes in its user's home which engine it has found.
        self.sh(
            "java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.home=. -cp 'classes:../lib/*' "
            "support.Suite classes",
            folder,
            RUN_S,
        )


class Python(Language):
    name = "python"
    mistake = ("with_exposed_ports", "with_exposed_port")

    def versions(self):
        return [pinned("requirements.txt", "testcontainers==(.*)")]

    def find_python(self):
        """Testcontainers needs 3.10, and python-venv knows none after 3.13."""
        candidates = [os.environ.get("PYTHON", "python3")]
        candidates += ["python3.%d" % minor for minor in range(13, 9, -1)]
        for candidate in filter(shutil.which, candidates):
            if (3, 10) <= command_version(candidate + " --version", r"(\d+)\.(\d+)") <= (3, 13):
                return candidate
        raise NotShown("testcontainers needs Python 3.10 to 3.13, which is not here")

    def install(self):
        self.sh(
            '"%s/python-venv" requirements.txt' % CLIENTS, HERE, INSTALL_S, PYTHON=self.find_python()
        )

    def check(self, folder):
        # The client has no types. That of its own the tests have none is no reason not to look at them.
        self.sh(
            "../venv/bin/python -m mypy --cache-dir ../mypy --no-color-output --check-untyped-defs "
            "--disable-error-code import-untyped .",
            folder,
            CHECK_S,
        )

    def run(self, folder):
        self.sh("../venv/bin/python -m pytest -q -p no:cacheprovider", folder, RUN_S)


class Go(Language):
    name = "go"
    mistake = ("ExposedPorts", "ExposedPort")
    environment = {
        "GOCACHE": os.path.join(WORK, "..", "go-tencentcloud", "cache"),  # has the standard library
        # Without -modcacherw `make clean` could not remove what Go has fetched.
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GOTOOLCHAIN": "local",
    }

    def versions(self):
        return [pinned(path, "testcontainers-go (.*)") for path in ("go.mod", "go-1.19/go.mod")]

    def module(self):
        """The folder with the go.mod for this Go."""
        version = command_version("go version", r"go(\d+)\.(\d+)")
        if version < (1, 19):
            raise NotShown("Go is %d.%d; Testcontainers for Go needs 1.19" % version)
        return HERE if version >= (1, 26) else os.path.join(HERE, "go-1.19")

    def install(self):
        """Go fetches modules when it needs them."""
        self.module()

    def go(self, command, folder, timeout, **environment):
        for file in ("go.mod", "go.sum"):
            shutil.copy(os.path.join(self.module(), file), folder)
        environment.update(self.environment, GOMODCACHE=os.path.join(self.folder, "modules"))
        self.sh(command, folder, timeout, **environment)

    def check(self, folder):
        self.go("go vet .", folder, INSTALL_S)

    def run(self, folder):
        self.go("go test -c -o orders.test .", folder, INSTALL_S)
        self.sh("./orders.test", folder, RUN_S)

    def build_service(self):
        """The service that a test starts beside the emulator: a program that needs no libraries."""
        folder = os.path.join(self.folder, "service")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(os.path.join(HERE, "service"), folder)
        self.go("go build -o orders-service .", folder, INSTALL_S, CGO_ENABLED="0")
        return os.path.join(folder, "orders-service")


class Node(Language):
    name = "node"
    mistake = ("withExposedPorts", "withExposedPort")
    nothing = "undefined"  # in place of its text

    def versions(self):
        return [pinned("package.json", '"testcontainers": "(.*)"')]

    def install(self):
        version = command_version("node --version", r"v(\d+)\.(\d+)")
        if version < (18, 0):
            raise NotShown("Node is %d.%d; Testcontainers for Node needs 18" % version)
        self.sh('"$SUPPORT/node/install" "$HERE"', HERE, INSTALL_S)

    def check(self, folder):
        self.sh(
            "../node_modules/.bin/tsc --noEmit --allowJs --checkJs --strict --skipLibCheck --module nodenext "
            "--target es2022 --pretty false *.mjs",
            folder,
            CHECK_S,
        )

    def run(self, folder):
        # It keeps a lock file that other users of this machine could not open.
        self.sh("node --test *.mjs", folder, RUN_S, TMPDIR=folder)


ALL = [Java, Go, Python, Node]  # the slowest first
