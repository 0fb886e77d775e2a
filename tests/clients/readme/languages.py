"""The first test in each language: its files and commands, in a folder that stays."""
import json
import os
import re
import shlex
import shutil
import sys

from blocks import Failure, run
from fresh import running_emulator

CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
WORK = os.environ["CMQ_WORK"]
PYTHON = os.environ.get("PYTHON", "python3")

INSTALL_S = 600
RUN_S = 600  # Maven fetches what it needs when it runs

# What a test gives, and a little less: with that it has to fail.
LESS = {"1h": "59m", "30s": "29s"}

SHARED_GO = os.path.join(WORK, "..", "go-tencentcloud")  # a suite with the same module
ENVIRONMENT = {
    "PIP_CONSTRAINT": "constraints.txt",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_ignore_scripts": "true",
    "MAVEN_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "GOMODCACHE": os.path.join(SHARED_GO, "modules"),
    "GOCACHE": os.path.join(SHARED_GO, "cache"),
    # Without -modcacherw `make clean` could not remove what Go has fetched.
    "GOFLAGS": "-modcacherw -buildvcs=false",
    "GOTOOLCHAIN": "local",
}

# README.md leaves versions open where any will do; here they are those of other suites.
PINS = {
    "python": (
        "constraints.txt",
        ["python-cmq-sdk/requirements.txt", "python-tencentcloud/requirements-current.txt"],
    ),
    "node": ("package-lock.json", ["node-cmq-sdk/package-lock.json"]),
}

# Commands for the blocks in that language that are not its first test.
MORE = {"python": ["venv/bin/pip install tencentcloud-sdk-python-tdmq"]}


class Language:
    def __init__(self, name, readme):
        self.name = name
        self.readme = readme
        self.folder = os.path.join(WORK, name)
        self.files = {}
        self.commands = []  # the last one runs the test

    def add(self, block):
        if block.marker.endswith(", to run"):
            self.commands = block.text.splitlines()
        else:
            self.files[block.marker.split()[-1]] = block.text

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def pins(self):
        """The file of exact versions, and its text."""
        path, sources = PINS.get(self.name, (None, []))
        text = ""
        for source in sources:
            with open(os.path.join(CLIENTS, source), encoding="utf-8") as file:
                text += file.read()
        return path, text

    def install(self):
        """Run all commands but the last, unless these have been run before."""
        commands = self.commands[:-1] + MORE.get(self.name, [])
        commands = [re.sub("^python3 ", shlex.quote(PYTHON) + " ", each) for each in commands]
        path, pins = self.pins()
        origin = json.dumps([commands, pins, sys.version])
        stamp = os.path.join(self.folder, "installed")
        if os.path.exists(stamp):
            with open(stamp, encoding="utf-8") as file:
                if file.read() == origin:
                    return
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        if path:
            self.write(path, pins)
        for command in commands:
            run(command, self.folder, INSTALL_S, **ENVIRONMENT)
        self.write("installed", origin)

    def test(self, change=lambda text: text):
        if not self.commands:
            raise Failure("README.md has no first test in " + self.name)
        self.install()
        for path, text in self.files.items():
            if "`%s`" % path not in self.readme:  # the comment is for us alone
                raise Failure("README.md does not tell its reader to write the file " + path)
            self.write(path, change(text))
        with running_emulator() as emulator:
            run(self.commands[-1], self.folder, RUN_S, CMQ_ENDPOINT=emulator.url, **ENVIRONMENT)

    def test_with_less(self, enough):
        """A test that passes whatever time it is would show nothing."""
        pattern = r"\b%s\b" % enough
        if sum(len(re.findall(pattern, text)) for text in self.files.values()) != 1:
            raise Failure("there is not one place in the test that says " + enough)
        try:
            self.test(lambda text: re.sub(pattern, LESS[enough], text))
        except Failure:
            return
        raise Failure("the test passes although it gives %s for %s" % (LESS[enough], enough))

    def cases(self):
        name = "first test in " + self.name
        yield name, self.test
        for enough in LESS:
            what = "%s, with %s for %s" % (name, LESS[enough], enough)
            yield what, lambda enough=enough: self.test_with_less(enough)
