"""Blocks in which curl is called, played with an emulator of their own."""
import json
import os
import re
import shlex
import tempfile

from blocks import Failure, run
from fresh import create_orders, running_emulator

ADDRESS = "127.0.0.1:9267"  # of the emulator, in README.md
TLS = "/tmp/cmq-tls"  # its folder for TLS there

START = re.compile('^make run ARGS="(.*)"$', re.MULTILINE)
NEEDED = re.compile(r"(curl|export|unset) |\w+=")  # of what shell has beside curl

# Each answer becomes a file, its number the name, with the HTTP status behind it.
CURL = r"""
set -eu
cmq=http://%s
n=0
curl() {
    n=$((n + 1))
    command curl -sS -w '\n%%{http_code}' "$@" >$n
}
"""


def matches(shown, answer):
    return re.fullmatch(re.escape(shown).replace(re.escape("..."), ".*"), answer)


def read_answers(folder):
    answers = []
    for name in sorted(filter(str.isdigit, os.listdir(folder)), key=int):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            answer, status = file.read().rsplit("\n", 1)
        if status != "200":
            raise Failure("HTTP status %s: %s" % (status, answer))
        answers.append(answer.strip())
    return answers


class Session:
    """Commands and answers in turn, the former behind "$ "; or shell, and some of its answers in a
    block of JSON behind it."""

    def __init__(self, block):
        self.options = []
        self.commands = []
        self.shown = []
        self.in_turn = block.text.startswith("$ ")
        if self.in_turn:
            self.read_turns(block.text)
        else:
            self.read_shell(block.text)
            if block.next and block.next.language == "json":
                self.shown = block.next.text.splitlines()

    def read_turns(self, text):
        """Each call of curl has its answer in shown, or "" if none is shown."""
        is_call = False
        for line in text.splitlines():
            if line.startswith("$ "):
                is_call = self.add(line[2:])
                self.shown += [""] * is_call
            elif is_call:  # a long answer is broken, and goes on behind a blank
                self.shown[-1] += line.strip()

    def read_shell(self, text):
        for line in text.replace("\\\n", "").splitlines():
            start = START.match(line)
            if start:
                self.options = shlex.split(start.group(1))
            else:
                self.add(line)

    def add(self, command):
        """Take a command, if it is one of those needed. Returns whether it calls curl."""
        if NEEDED.match(command):
            self.commands.append(command)
        return command.startswith("curl ")

    def prepare(self, emulator):
        """What came before, where a session begins in the middle of things."""
        if not self.in_turn:
            return
        emulator.admin.freeze("2030-01-01T00:00:00Z")
        if not any("CreateQueue" in command for command in self.commands):
            create_orders(emulator, "hello", delaySeconds=3600)

    def play(self):
        with tempfile.TemporaryDirectory() as folder:
            options = [option.replace(TLS, folder) for option in self.options]
            with running_emulator(*options) as emulator:
                self.prepare(emulator)
                commands = "\n".join(self.commands).replace(TLS, folder)
                address = "127.0.0.1:%d" % emulator.port
                script = CURL % address + commands.replace(ADDRESS, address)
                printed = run(script, folder, 60)
                if printed:
                    raise Failure("%s\nprints:\n%s" % (commands, printed))
                self.check(read_answers(folder))

    def check(self, answers):
        if self.in_turn:
            for shown, answer in zip(self.shown, answers):
                if shown and not matches(shown, answer):
                    raise Failure("shown:  %s\nanswer: %s" % (shown, answer))
            return
        left = list(self.shown)
        for answer in answers:
            if left and matches(left[0], answer):
                left.pop(0)
            elif json.loads(answer).get("code", 0) != 0:
                raise Failure("neither a success nor shown: " + answer)
        if left:
            raise Failure("shown: %s\nanswers:\n%s" % (left[0], "\n".join(answers)))


def try_options(block):
    """The emulator has to start with what stands behind make run."""
    for arguments in START.findall(block.text):
        with tempfile.TemporaryDirectory() as folder:
            options = shlex.split(re.sub(r"(--port|-p) \d+", "", arguments).replace(TLS, folder))
            with running_emulator(*options) as emulator:
                emulator.admin.health()
