"""Runs the code in README.md. That is the only copy of it: the blocks are taken from there.

A comment above a block says what it is a part of:

    <!-- first test: LANGUAGE PATH -->      a file of the first test in that language
    <!-- first test: LANGUAGE, to run -->   commands: the last one runs it, the others install

Any other block is known by its language and text. One in Python has to see the one message in the
queue orders: to print 1, or to leave the queue in the variable queue. One that calls curl is played
(sessions.py); "..." in an answer that is shown stands for any text.

Usage: main.py [WORD]    only what has WORD in its name
"""
import concurrent.futures
import os
import re
import sys

from blocks import Failure, read_blocks, run
from fresh import create_orders, running_emulator
from languages import CLIENTS, RUN_S, Language
from sessions import ADDRESS, Session, try_options

README = os.path.join(CLIENTS, "..", "..", "README.md")
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
        found = re.match(r"first test: (\w+)", block.marker)
        if found:
            languages[found.group(1)].add(block)
    return languages


def other_cases(blocks, python):
    """The cases in Python, and the others."""
    in_python, others = [], []
    for block in blocks:
        if block.marker.startswith("first test: "):
            continue
        if block.language == "python":
            in_python.append((block.name(), lambda block=block: run_python(block, python)))
        elif re.search(r"^(\$ )?curl ", block.text, re.MULTILINE):
            others.append((block.name(), Session(block).play))
        elif 'make run ARGS="' in block.text:
            others.append((block.name(), lambda block=block: try_options(block)))
    return in_python, others


def check_picture():
    """The session that README.md shows as a picture. Its emulator is the one of $BUILD."""
    scripts = os.path.join(CLIENTS, "..", "..", "scripts")
    run("./picture --check", scripts, RUN_S, BUILD=os.path.dirname(os.environ["EMULATOR"]))


def groups_of(readme):
    """Lists of cases, of which each list uses one folder: one case of it runs after the other."""
    blocks = read_blocks(readme)
    languages = first_tests(blocks, readme)
    groups = {name: list(language.cases()) for name, language in languages.items()}
    in_python, others = other_cases(blocks, languages["python"])
    groups["python"] += in_python
    others.append(("picture of a session", check_picture))
    return [groups[name] for name in LANGUAGES] + [others]


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
    with open(README, encoding="utf-8") as file:
        groups = groups_of(file.read())
    groups = [[case for case in group if word in case[0]] for group in groups]
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
