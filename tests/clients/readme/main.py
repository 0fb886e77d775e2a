"""Runs the code in README.md, and the shell and Python in emulator/doc. There is no other copy of it:
the blocks are taken from there.

A comment above a block says what it is a part of:

    <!-- first test: LANGUAGE PATH -->      a file of the first test in that language
    <!-- first test: LANGUAGE, to run -->   commands: the last one runs it, the others install

Any other block is known by its language and text. One in Python has to see the one message in the
queue orders: to print 1, or to leave the queue in the variable queue. One that calls curl is played
(sessions.py); "..." in an answer that is shown stands for any text. Sessions in emulator/doc, whose
commands begin with "$ ", have a test of their own (tests/unit/test_admin_readme.c).

Usage: main.py [WORD]    only what has WORD in its name
"""
import concurrent.futures
import glob
import os
import re
import sys

from blocks import Failure, read_blocks, run
from fresh import create_orders, running_emulator
from languages import CLIENTS, RUN_S, Language
from sessions import ADDRESS, Session, try_options

ROOT = os.path.join(CLIENTS, "..", "..")
LANGUAGES = ["java", "go", "python", "node"]  # the slowest first


def run_python(block, python):
    python.install()
    with running_emulator() as emulator:
        create_orders(emulator, "tea")
        code = block.text.replace(ADDRESS, "127.0.0.1:%d" % emulator.port)
        code += "\nif 'queue' in globals(): print(queue.get_attributes().activeMsgNum)\n"
        python.write("block.py", code)
        printed = run("venv/bin/python -W ignore block.py", python.folder, RUN_S)
        if printed != "1\n":
            raise Failure("it should see 1 message, and prints:\n" + printed)


def first_tests(blocks, readme):
    languages = {name: Language(name, readme) for name in LANGUAGES}
    for block in blocks:
        if block.is_first_test():
            languages[re.findall(r"\w+", block.marker)[2]].add(block)
    return languages


def cases_in_python(blocks, python):
    for block in blocks:
        if block.language == "python" and not block.is_first_test():
            yield block.name(), lambda block=block: run_python(block, python)


def cases_in_shell(blocks):
    for block in blocks:
        if block.is_first_test():
            continue
        if re.search(r"^(\$ )?curl ", block.text, re.MULTILINE):
            yield block.name(), Session(block).play
        elif 'make run ARGS="' in block.text:
            yield block.name(), lambda block=block: try_options(block)


def read_document(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def guides():
    """The blocks of shell and Python in emulator/doc."""
    for path in sorted(glob.glob(os.path.join(ROOT, "emulator", "doc", "*.md"))):
        name = os.path.relpath(path, ROOT)
        blocks = read_blocks(name, read_document(name))
        yield from [block for block in blocks if block.language in ("sh", "python")]


def check_picture():
    """The session that README.md shows as a picture. Its emulator is the one of $BUILD."""
    build = os.path.dirname(os.environ["EMULATOR"])
    run("scripts/picture --check", ROOT, RUN_S, BUILD=build)


def groups_of_cases():
    """Lists of cases, of which each list uses one folder: one case of it runs after the other."""
    readme = read_document("README.md")
    blocks = read_blocks("README.md", readme)
    languages = first_tests(blocks, readme)
    groups = [list(language.cases()) for language in languages.values()]
    blocks += guides()
    groups[LANGUAGES.index("python")] += cases_in_python(blocks, languages["python"])
    others = list(cases_in_shell(blocks))
    return groups + [others + [("picture of a session", check_picture)]]


def judge(cases):
    """What to say of each case that fails, and the number of those that pass."""
    failures = []
    for name, case in cases:
        try:
            case()
        except Exception as failure:  # a mistake in here fails, too
            failures.append("FAILED %s\n%s: %s" % (name, type(failure).__name__, failure))
    return failures, len(cases) - len(failures)


def main(word=""):
    groups = [[case for case in group if word in case[0]] for group in groups_of_cases()]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(judge, groups))
    for failures, _ in results:
        for failure in failures:
            print(failure)
    passed = sum(count for _, count in results)
    failed = sum(len(failures) for failures, _ in results)
    print("%d passed, %d failed" % (passed, failed))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
