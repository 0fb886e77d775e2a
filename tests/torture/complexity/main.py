"""Counts what calls cost, and judges; see run."""
import os
import subprocess
import sys

import calls
import costs
import judge
import sizes
import world

SIZES = (100, 400, 1600)  # of what exists
BUILD = os.environ["BUILD"]
PROGRAM = BUILD + "/complexity/tests/torture/complexity/runner"
LIST = "emulator/doc/architecture.md"
SCORE = judge.Score()

# What our code calls besides what steps.c counts, and what takes no longer for more: texts that
# are formatted are short, numbers have few digits, members of a list are next to each other.
CONSTANT = set("""
    __assert_fail __errno_location abort free malloc gmtime_r timegm round snprintf vsnprintf
    strftime strtod strtol strtoul strtoull __sanitizer_cov_trace_pc _GLOBAL_OFFSET_TABLE_ __stack_chk_fail
    __isoc99_sscanf tolower toupper __ctype_b_loc __memcpy_chk __snprintf_chk __vsnprintf_chk
    cJSON_DetachItemViaPointer cJSON_GetStringValue cJSON_IsArray cJSON_IsBool cJSON_IsNull
    cJSON_IsNumber cJSON_IsObject cJSON_IsString cJSON_IsTrue cJSON_Delete cJSON_free
    curl_free curl_url curl_url_cleanup curl_url_get curl_url_set
    nettle_base16_decode_final nettle_base16_decode_init nettle_base64_decode_final
    nettle_base64_decode_init nettle_hmac_sha1_digest nettle_hmac_sha256_digest
    nettle_sha256_digest nettle_sha256_init
""".split())
FOLDERS = ["base", "engine", "operations", "api", "api/v2", "api/v3", "namespace", "admin", "service"]


def symbols(flag, folder):
    files = subprocess.run("ls %s/complexity/emulator/%s/*.o" % (BUILD, folder), shell=True,
                           stdout=subprocess.PIPE, check=True).stdout.decode().split()
    lines = subprocess.run(["nm", flag] + files, stdout=subprocess.PIPE, check=True).stdout.decode()
    return {line.split()[-1] for line in lines.splitlines() if len(line.split()) > 1}


def check_imports():
    """Nothing that our code calls is hidden from the count."""
    used, ours = set(), set()
    for folder in FOLDERS:
        used |= symbols("-u", folder)
        ours |= symbols("--defined-only", folder)
    with open("tests/torture/complexity/steps.c") as f:
        counted = {line.split(",")[1].strip() for line in f if line.startswith("PLACE(")}
    hidden = used - ours - counted - CONSTANT
    SCORE.check(not hidden, "not counted by steps.c: %s", " ".join(sorted(hidden)))


def check_self(r):
    """The suite can fail: twice the work for each is found, in either way of looking."""
    found = [r.command("quadratic %d" % n).steps for n in (1000, 4000, 16000)]
    SCORE.check(judge.bends((1000, 4000, 16000), found), "what is quadratic passes: %s", found)
    SCORE.check(judge.grows(SIZES, [1000, 1000 + SIZES[1], 1000 + SIZES[2]]),
                "what grows passes as what does not")
    SCORE.check(not judge.bends(SIZES, [n * n.bit_length() * 20 for n in SIZES]),
                "n log n fails")


def check_names(r, listed):
    names = set(r.command("names").answer.decode().split("\n")) - {""}
    names |= {"%s %s" % (call["method"], call["path"])
              for call in world.json.loads(r.ask(world.admin("GET", "")).answer)["calls"]}
    names.add("GET /metrics")
    made = {call.name for call in calls.CALLS}
    for name in sorted(names):
        SCORE.check(name in listed, "%s has no row in %s", name, LIST)
        SCORE.check(name in made, "%s is not called by calls.py", name)
    for name in sorted(set(listed) - names):
        SCORE.check(False, "%s is in %s, and no call", name, LIST)


# ---- what exists ----

class Beside:
    """All calls beside one kind of thing, in three sizes."""

    def __init__(self, r, title):
        self.r = r
        self.title = title
        self.symbols, self.build = world.WORLDS[title]
        self.found = {}

    def run(self):
        for n in SIZES:
            self.begin(n)
            for call in calls.CALLS:
                self.measure(call, n)

    def begin(self, n):
        world.begin(self.r)
        self.build(self.r, n)
        if "j" not in self.symbols:
            self.r.must(world.admin("DELETE", "/journal"))
        self.fresh = True

    def measure(self, call, n):
        if not self.fresh:
            self.begin(n)
        reply = self.r.ask(call.prepare(self.r))
        self.fresh = not call.ends
        SCORE.check(world.succeeded(reply), "%s %s beside %d %s: %s", call.name, call.title, n,
                    self.title, reply.answer[:200])
        self.found.setdefault((call.name, call.title), []).append((reply.steps, len(reply.answer)))

    def judge(self, listed, seen):
        for (name, title), found in self.found.items():
            steps = [one[0] for one in found]
            lengths = [one[1] for one in found]
            where = "%s%s beside %s" % (name, title and ", " + title, self.title)
            named = set(self.symbols) & listed.get(name, set())
            if judge.grows(SIZES, [steps[0] + 10 * (lengths[2] - lengths[0]), steps[1], steps[2]]):
                seen.setdefault(name, set()).update(named)
                SCORE.check(named, "%s: %s steps; its row names none of %s", where, steps,
                            " ".join(self.symbols))
            SCORE.check(not judge.bends([SIZES[i] * 50 + lengths[i] for i in range(3)], steps),
                        "%s: %s steps, more than in proportion", where, steps)


def check_worlds(r, listed, word):
    seen = {}
    for title in world.WORLDS:
        beside = Beside(r, title)
        beside.run()
        beside.judge(listed, seen)
    for name, named in listed.items():
        for symbol in sorted(named - seen.get(name, set())):
            SCORE.check(False, "%s: its row names %s, and it does not grow with it", name, symbol)


# ---- what they carry ----

def check_sizes(name, title, points):
    """points: (what it carries and answers, steps, the most in one turn), of three sizes"""
    lengths, steps, longest = zip(*points)
    SCORE.check(not judge.bends(lengths, steps), "%s, %s: %s steps for %s bytes", name, title,
                list(steps), list(lengths))
    SCORE.check(max(longest) <= judge.LONGEST, "%s, %s: %d steps in one turn", name, title,
                max(longest))


def ask_sizes(r, rows, prepare):
    for name, title, wanted, of in rows:
        points = []
        for n in wanted:
            request = of(n)
            prepare(r)
            reply = r.ask(request)
            length = sum(len(text) for text in request[1:]) + len(reply.answer)
            points.append((length, reply.steps, reply.longest))
        check_sizes(name, title, points)


def check_carried(r):
    ask_sizes(r, sizes.of_calls(r), lambda r: None)
    ask_sizes(r, sizes.others(), world.begin)
    r.start()
    r.config(sizes.SIGNED)
    r.must(world.sign_v2(world.v2("CreateQueue", queueName="q", maxMsgSize=1048576)))
    # There is a bucket of explanations, which fills with time.
    ask_sizes(r, sizes.signed(), lambda r: r.command("wait 60000"))
    for title, wanted, of in sizes.configurations():
        points = []
        for n in wanted:
            r.start()
            reply = r.config(of(n))
            points.append((len(of(n)), reply.steps, 0))
        check_sizes("the configuration file", title, points)


def main():
    listed = costs.read(LIST)
    r = world.Runner(PROGRAM)
    check_imports()
    check_self(r)
    check_names(r, listed)
    check_worlds(r, listed, None)
    check_carried(r)
    r.close()
    print("%d passed, %d failed" % (SCORE.passed, SCORE.failed))
    sys.exit(SCORE.failed != 0)


main()
