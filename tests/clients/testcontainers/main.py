"""The tests of docker/README.md with Testcontainers. That is their only copy: the blocks are taken from
there. A comment above a block says that it is a file of the test in some language:

    <!-- testcontainers: LANGUAGE PATH -->

Usage: main.py               compile them, or check their types
       main.py --run IMAGE   run them with this image (running.py)
"""

import concurrent.futures
import os
import signal
import sys
import threading

import languages
import running
from blocks import Failure, read_blocks
from languages import CLIENTS, NotShown

DOCUMENT = os.path.join(CLIENTS, "..", "..", "docker", "README.md")

stopping = threading.Event()


def read_languages():
    """The languages with their tests, and the text of the document."""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    blocks = read_blocks("docker/README.md", text)
    found = []
    for language in languages.ALL:
        marker = "testcontainers: %s " % language.name
        found.append(language([each for each in blocks if each.marker.startswith(marker)]))
    return found, text


def names_versions(language, text):
    for version in language.versions():
        if "` %s" % version not in text and ", %s" % version not in text:
            raise Failure("docker/README.md does not name the version %s" % version)


def checks(language, text):
    """What is told of a language, in order: names and functions."""
    yield language.name + ": its test compiles", language.check_as_it_is
    yield language.name + ": it would not with a mistake", language.check_finds_a_mistake
    yield language.name + ": the document names the version", lambda: names_versions(language, text)


def judge(cases):
    """How many have passed, and failed; says what failed, and what could not be shown."""
    passed = failed = 0
    for name, case in cases:
        if stopping.is_set():
            break
        try:
            case()
            passed += 1
            print("ok " + name)
        except NotShown as gap:
            print("not shown: %s: %s" % (name, gap))
        except Exception as failure:  # a mistake in here fails, too
            failed += 1
            print("FAILED %s\n%s: %s" % (name, type(failure).__name__, failure))
    return passed, failed


def judge_all(groups):
    """The same for groups of cases, two of them at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        try:
            return list(pool.map(judge, groups))
        except BaseException:  # a signal; without this, what has not begun would still be run
            stopping.set()
            raise


def run_all(found, image):
    counts = []
    try:
        with running.Images(image, found) as images:
            counts += judge_all([list(images.cases(language)) for language in found])
            counts.append(judge([("the containers are gone", images.are_unused)]))
    except Failure as failure:  # the engine does not answer
        print("FAILED %s" % failure)
        counts.append((0, 1))
    return counts


def main(arguments):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # so that containers are removed
    found, text = read_languages()
    if arguments[:1] == ["--run"]:
        counts = run_all(found, arguments[1])
    else:
        counts = judge_all([list(checks(language, text)) for language in found])
    passed, failed = (sum(column) for column in zip(*counts))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
