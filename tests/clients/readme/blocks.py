"""The fenced blocks of documents in Markdown, and how commands are run."""
import os
import re
import subprocess

FENCED = re.compile(r"(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Failure(Exception):
    pass


class Block:
    def __init__(self, document, line, match):
        self.document = document
        self.line = line  # the number of the one with the fence
        self.marker = match.group(1) or ""  # the comment above it
        self.language = match.group(2)
        self.text = match.group(3)
        self.next = None  # the block after it in the same section

    def name(self):
        return "%s:%d (%s)" % (self.document, self.line, self.language or "session")

    def is_first_test(self):
        return self.marker.startswith("first test: ")


def read_blocks(document, text):
    blocks, end = [], 0
    for match in FENCED.finditer(text):
        block = Block(document, text.count("\n", 0, match.start(2)) + 1, match)
        if blocks and not re.search("^#", text[end : match.start()], re.MULTILINE):
            blocks[-1].next = block
        blocks.append(block)
        end = match.end()
    return blocks


def run(command, folder, timeout, **environment):
    """Run a line, or a script, of shell. Returns what it prints; raises Failure if it fails."""
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=dict(os.environ, **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
    )
    printed = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise Failure("%s\nexit code %d:\n%s" % (command, done.returncode, printed))
    return printed
