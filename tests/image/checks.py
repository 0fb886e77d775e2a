"""What the parts in Python share: checks that are named, and counted."""

import signal
import sys
import traceback

_checks = []


class NotShown(Exception):
    """Raised by a check that the engine cannot make."""


def check(what):
    """Decorate a function that raises if what does not hold."""

    def add(function):
        _checks.append((what, function))
        return function

    return add


def equal(came, wanted, what=""):
    if came != wanted:
        raise AssertionError(f"{what}{': ' if what else ''}{came!r}, not {wanted!r}")


def has(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text!r}")


def make(engine_name, *arguments, indent=""):
    """Make all checks. Returns how many have passed and failed."""
    passed = failed = 0
    missing = []
    for what, function in _checks:
        try:
            note = function(*arguments)
        except NotShown as gap:
            missing.append(str(gap) or what)
            continue
        except Exception as problem:  # whatever it is, the check has failed
            failed += 1
            print(f"{indent}FAILED  {what}: {problem or type(problem).__name__}")
            if not isinstance(problem, AssertionError):
                traceback.print_exc(limit=-3, file=sys.stdout)
        else:
            passed += 1
            print(f"{indent}ok      {what}{': ' + note if note else ''}")
        sys.stdout.flush()
    for what in missing:
        print(f"{indent}not shown by {engine_name}: {what}")
    return passed, failed


def exit_on_signals():
    """Clean up rather than die."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


def main(engine_name, *arguments):
    """The same for a part of its own: ends with the counts. Returns the exit code."""
    exit_on_signals()
    passed, failed = make(engine_name, *arguments)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
