"""Runs all rows, or those chosen, and prints what happened. See run."""
import argparse
import http.client
import json
import os
import signal
import sys
import urllib.parse

import attempts
import direct
from attacker import Attacker
from chromium import Chromium
from tap import Tap
from victim import Victim, ask

LONGEST_S = 170
NOTHING_SENT = "NOT TESTED: the browser sent nothing"
NO_ANSWER = "NOT TESTED: the emulator does not answer"
NO_START = "NOT TESTED: the emulator refuses its options"


class Table:
    """Rows as they come; those of one heading, subject and outcome on one line."""

    def __init__(self, words, verbose):
        self.words = [word.lower() for word in words]
        self.verbose = verbose
        self.passed = self.failed = 0
        self.lines = {}

    def wants(self, *names):
        name = " ".join(names).lower()
        return all(word in name for word in self.words)

    def add(self, subject, way, outcome, good):
        self.passed += good
        self.failed += not good
        self.lines.setdefault((subject, outcome), []).append(way)

    def show(self, heading):
        if self.lines:
            print("\n%s" % heading)
        for (subject, outcome), ways in self.lines.items():
            print("  %-32s %s: %s" % (subject, outcome, ", ".join(ways)))
        self.lines = {}
        sys.stdout.flush()

    def detail(self, text):
        if self.verbose:
            print("    " + text)


class Attack:
    """One page in one browser, against one emulator."""

    def __init__(self, page, table):
        self.page = page
        self.table = table
        self.closing = []
        self.victim = self.opened(Victim(*page.options), Victim.stop)
        self.internet = self.opened(Attacker())
        self.intranet = self.opened(Attacker())
        self.tap = self.opened(Tap(self.victim.port))
        self.ports = {
            "internet": self.internet.port,
            "emulator": self.tap.port,
        }
        self.target = page.target.format(**self.ports)

    def opened(self, it, close=None):
        self.closing.append((close or type(it).close, it))
        return it

    def close(self):
        while self.closing:
            close, it = self.closing.pop()
            close(it)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def load(self):
        """Open the page; true when it runs. A rebound one comes through the tap."""
        number, self.orders = self.internet.new_page()
        control = "http://evil.example:%d" % self.internet.port
        arguments = urllib.parse.urlencode({"page": number, "control": control})
        origin = self.page.origin.format(**self.ports)
        if self.page.rebound:
            self.tap.leads_to = self.internet.port
        self.opened(
            Chromium(
                os.environ["CHROMIUM"],
                "%s%s?%s" % (origin, self.page.path, arguments),
                # as far as the browser knows, the page is not of this machine
                "--ip-address-space-overrides=127.0.0.1:%d=public" % self.internet.port,
            )
        )
        loaded = self.orders.report() is not None
        self.tap.leads_to = self.victim.port
        return loaded

    def attempt(self, goal, way):
        """Returns what happened, and whether that is as it should be."""
        self.victim.prepare()
        before = self.victim.facts()
        hits = self.intranet.server.others
        requests, read = self.carry_out(goal, way)
        if not requests:
            return NOTHING_SENT, False
        if "intranet" in goal.name:
            self.victim.wait_for_pushes("news/spy")
        after = self.victim.facts()
        found = ["changed " + name for name in before if after[name] != before[name]]
        if self.intranet.server.others > hits:
            found.append("a push into the intranet")
        if self.page.own:
            return judge_own(requests, read)
        return judge(requests, read, found, self.page.unmarked)

    def carry_out(self, goal, way):
        """Make the page do it; the requests that came of it, and what the page has read."""
        requests = []
        texts = []
        for target, body in goal.requests:
            self.tap.forget()
            target = target.replace("{intranet}", str(self.intranet.port))
            body = body.replace("{intranet}", str(self.intranet.port))
            report = self.orders.give(way=way, url=self.target + target, body=body)
            arrived = self.tap.wait_for(target.split("?")[0])
            for each in arrived:
                self.table.detail(describe(each))
            self.table.detail("the page reports: %s" % json.dumps(report))
            requests += arrived
            texts.append((report or {}).get("read") or "")
        return requests, "".join(texts)


def describe(request):
    """A request, what the gate may judge it by, and the end of the answer."""
    telling = ("host", "origin", "referer", "user-agent", "content-type")
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in telling or name.startswith("sec-fetch")
    }
    end = request.answer[-200:]
    return "%s %s %s -> %d %s" % (request.method, request.target, headers, request.status(), end)


def judge(requests, read, found, unmarked):
    """What happened, and whether that is as it should be.

    Blocked is: nothing has changed, nothing was read, and each request was refused for where it
    came from. It does not count when only the browser's own rules have prevented something."""
    if read and any(request.status() != 403 for request in requests):
        found.append("the page read the answer")
    looked = not found and all(is_harmless_look(request, unmarked) for request in requests)
    for request in requests:
        status = request.status()
        if status != 403 and not looked:
            found.append("answered %d" % status)
        if status == 403 and is_admin(request) and b'"foreign-origin"' not in request.answer:
            found.append("refused without foreign-origin")
        if any(name.startswith("access-control-") for name in request.answer_headers()):
            found.append("CORS headers")
    if not found:
        return ("answered, but not to the page" if looked else "blocked"), True
    words = "NOT REFUSED" if all(each.startswith("answered 4") for each in found) else "NOT BLOCKED"
    return "%s (%s)" % (words, ", ".join(dict.fromkeys(found))), False


def is_admin(request):
    return request.path == "/metrics" or request.path.startswith("/_emulator")


def is_harmless_look(request, unmarked):
    """A GET of the admin interface that could be a person's: by a link (decisions 40), or where
    browsers send neither Origin nor Sec-Fetch-Site. It changes nothing, and a page of another
    origin sees nothing of the answer."""
    headers = request.headers
    by_link = headers.get("sec-fetch-dest") == "document"
    without_mark = unmarked and "origin" not in headers and "sec-fetch-site" not in headers
    harmless = request.method == "GET" and is_admin(request) and (by_link or without_mark)
    return harmless and request.status() == 200


def judge_own(requests, read):
    """Everything works, and the page sees the answer."""
    wrong = [str(each.status()) for each in requests if each.status() != 200]
    if wrong:
        return "REFUSED (%s)" % ", ".join(wrong), False
    return ("allowed", True) if read else ("NOT READ by the page", False)


def answered(check, *arguments):
    """What a check finds; an emulator that is gone or stuck has failed it."""
    try:
        return check(*arguments)
    except (OSError, http.client.HTTPException):
        return NO_ANSWER, False


def run_page(page, goals, table):
    chosen = [
        (goal, way)
        for goal in goals
        for way in goal.ways
        if table.wants(page.name, goal.name, way)
    ]
    if not chosen:
        return
    try:
        attack = Attack(page, table)
    except FileNotFoundError:  # no port file
        for goal, way in chosen:
            table.add(goal.name, way, NO_START, False)
        table.show("%s (%s)" % (page.name, " ".join(page.options)))
        return
    with attack:
        loaded = attack.load()
        for goal, way in chosen:
            if loaded:
                table.add(goal.name, way, *answered(attack.attempt, goal, way))
            else:
                table.add(goal.name, way, "NOT TESTED: the page did not load", False)
        table.show(
            "%s: from %s to %s" % (page.name, page.origin.format(**attack.ports), attack.target)
        )


def run_typed(table):
    """A person opens the emulator's own addresses."""
    rows = [
        ("127.0.0.1", "/_emulator/clock", '"mode"'),
        ("localhost", "/_emulator/clock", '"mode"'),
        ("127.0.0.1", "/metrics", "cmq_"),
        ("127.0.0.1", "/?Action=ListQueue", '"victim"'),
        ("10.9.8.7", "/_emulator/clock", '"mode"'),
    ]
    rows = [row for row in rows if table.wants("typed", *row[:2])]
    if not rows:
        return
    victim = Victim()
    try:
        victim.prepare()
        for host, path, expected in rows:
            url = "http://%s:%d%s" % (host, victim.port, path)
            with Chromium(os.environ["CHROMIUM"], url, "--dump-dom") as browser:
                shown = browser.output(10)
            good = expected in shown
            table.detail(shown)
            table.add(path, host, "shown" if good else "NOT SHOWN", good)
    finally:
        victim.stop()
    table.show("typed by a person into the browser")


def check_direct(port, request, headers, status, code):
    method, target = request.split(" ")
    headers = [(name, value.format(port=port)) for name, value in headers]
    answer = ask(port, method, target, headers)
    wrong = []
    if status and answer.status != status:
        wrong.append("answered %d" % answer.status)
    elif code and answer.error() != code:
        wrong.append("error %s" % answer.error())
    if any(name.lower().startswith("access-control-") for name, _ in answer.headers):
        wrong.append("CORS headers")
    expected = {200: "allowed", None: "no CORS headers"}.get(status, "refused %s" % status)
    if wrong:
        return "WRONG (%s; should be %s)" % (", ".join(wrong), expected), False
    return expected, True


def run_direct(options, rows, table):
    heading = " ".join(["by no browser"] + options)
    chosen = [
        (what, request, headers, status, code)
        for what, requests, headers, status, code in rows
        for request in requests
        if table.wants(heading, what, request)
    ]
    if not chosen:
        return
    try:
        victim = Victim(*options)
    except FileNotFoundError:
        for what, request, _, _, _ in chosen:
            table.add(what, request, NO_START, False)
        table.show(heading)
        return
    try:
        for what, request, headers, status, code in chosen:
            outcome = answered(check_direct, victim.port, request, headers, status, code)
            table.add(what, request, *outcome)
    finally:
        victim.stop()
    table.show(heading)


def too_long(*_):
    raise SystemExit("tests/browser/attacks/run: this takes too long")


def run_all(table):
    for page in attempts.PAGES:
        run_page(page, attempts.GOALS, table)
    for page in attempts.OWN_PAGES:
        run_page(page, attempts.OWN_GOALS, table)
    run_typed(table)
    for options, rows in direct.DIRECT:
        run_direct(options, rows, table)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("words", nargs="*")
    arguments = parser.parse_args()
    for each in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(each, too_long)
    signal.alarm(LONGEST_S)
    table = Table(arguments.words, arguments.verbose)
    try:
        run_all(table)
    finally:
        table.show("not finished")  # what an exception has left
    print("\n%d passed, %d failed" % (table.passed, table.failed))
    return 1 if table.failed or not table.passed else 0


sys.exit(main())
