"""What Schemathesis does before and after each call.

A good request is made more likely to meet something: names that exist take the place of most that
were made up, and what the document cannot say (an argument is given once; either `by` or `to`) is put
right. Bad requests stay as they are. No call waits long in real time."""

import atexit
import collections
import itertools
import json
import os
import re
import zlib

import schemathesis
import world
from schemathesis.core.parameters import ParameterLocation

# What a call cannot do without, in the query or in the body.
NEEDED = {"until", "name"}
EMPTY = {"agenda": "empty"}
GOOD_FAULTS = {"error": 10050, "code": 4440, "delay": "2s", "realDelay": "10ms", "empty": True}
# Which Action each fault is for; the others are for any.
ACTIONS = {
    "empty": "ReceiveMessage",
    "duplicate": "ReceiveMessage",
    "shuffle": "ReceiveMessage",
    "lag": "GetQueueAttributes",
}
LEVELS = 8
JOURNALS = 4
LAST_MS = 253402300799999
YEAR_S = 365 * 86400
# Where a signature was refused, and where time can go back.
IN_OTHER = ("/_emulator/signatures/last", "/_emulator/clock/reset")
SHORT = 40  # bytes that any text may have
# How often each operation was called, by the status that was answered.
calls = collections.defaultdict(collections.Counter)


def is_good(case):
    mode = getattr(getattr(case.meta, "generation", None), "mode", None)
    return mode is not None and mode.is_positive


def is_of_a_sequence(case):
    """Its names come from the answers before it, and what was deleted is to stay so."""
    phase = getattr(case.meta, "phase", None)
    return phase is not None and phase.name.value == "stateful"


def often(value):
    """Five of six times, and the same for the same value."""
    return zlib.crc32(str(value).encode("utf-8", "replace")) % 6 != 0


def kind_of(path):
    """The part before {name}."""
    parts = path.split("/")
    return parts[parts.index("{name}") - 1] if "{name}" in parts else None


def name_things(condition, depth=1, journals=None):
    """A condition about what exists, on no more levels than a condition may have, and with no more parts
    about the journal."""
    journals = itertools.count(1) if journals is None else journals
    if depth == LEVELS:
        return EMPTY
    if not isinstance(condition, dict):
        return condition
    if "journal" in condition and next(journals) > JOURNALS:
        return EMPTY
    named = dict(condition)
    if "queue" in named and often(named["queue"]):
        named["queue"] = world.QUEUE
    if "subscription" in named and often(named["subscription"]):
        named["subscription"] = "%s/%s" % (world.TOPIC, world.SUBSCRIPTION)
    for key in "all", "any":
        if isinstance(named.get(key), list):
            named[key] = [name_things(part, depth + 1, journals) for part in named[key]]
    if "not" in named:
        named["not"] = name_things(named["not"], depth + 1, journals)
    return named


def drop(members, name):
    return {k: v for k, v in members.items() if k != name}


def mend_fault(rule):
    mended = dict(rule)
    fault = dict(mended.get("fault") or {})
    actions = [ACTIONS[key] for key in fault if key in ACTIONS]
    if "action" in mended:
        mended["action"] = actions[0] if actions else "SendMessage"
    if "action" in mended or actions:  # which not all have
        mended.pop("api", None)
    if {"from", "until"} <= set(mended):
        del mended["from"]
    if "secretId" in mended:
        mended["secretId"] = "AKIDanyone"  # its length is one of bytes
    for key, value in GOOD_FAULTS.items():
        if key in fault:
            fault[key] = value
    if "push" in fault:  # of a topic and a subscription alone
        fault["push"] = dict(fault["push"])
        if "delay" in fault["push"]:
            fault["push"]["delay"] = "2s"
        for name in "api", "action", "queue", "secretId":
            mended.pop(name, None)
    mended["fault"] = fault
    return mended


def mend_spans(query):
    """JSON Schema cannot say that instants rise."""
    if isinstance(query.get("edges"), str):
        edges = sorted({min(int(n), LAST_MS) for n in query["edges"].split(",") if n.isdigit()})
        query["edges"] = ",".join(map(str, edges if len(edges) > 1 else (0, LAST_MS)))
    if "from" in query:
        query.pop("to", None)
        query["from"] = re.sub(r"([.][0-9]{3})[0-9]+", r"\1", str(query["from"]))
    limit = str(query.get("limit"))
    if {"from", "to", "edges"} & set(query) and limit.isdigit():
        query["limit"] = min(int(limit), 1000)


def plain(text):
    """JSON Schema counts characters, but texts are bounded in bytes: of a long one those that have one."""
    if not isinstance(text, str) or len(text.encode("utf-8", "replace")) <= SHORT:
        return text
    return text.encode("ascii", "ignore").decode() or "x"


def mend(case):
    query = {name: plain(value) for name, value in (case.query or {}).items()}
    body = dict(case.body) if isinstance(case.body, dict) else None
    kind = kind_of(case.path)
    if kind in world.NAMES and not is_of_a_sequence(case) and often(case.path_parameters["name"]):
        case.path_parameters = {"name": world.NAMES[kind]}
    for given in query, body or {}:
        if often(given.get("namespace", "")):
            given.pop("namespace", None)
    for name in body or {}:
        query.pop(name, None)
    for given in query, body or {}:
        if "by" in query and "to" in given or "by" in (body or {}) and "to" in given:
            given.pop("to")
        if re.match(r"^[0-9]+([.][0-9]+)?$", str(given.get("by"))):
            given["by"] = min(float(given["by"]), YEAR_S)  # or it leads behind the year 9999
        elif len(str(given.get("by", ""))) > len("365d"):
            given["by"] = "1h"
        if isinstance(given.get("until"), dict):
            given["until"] = name_things(given["until"])
    if case.path.endswith("/advance") and not {"by", "to"} & (set(query) | set(body or {})):
        query["by"] = "1s"
    if case.path.endswith(("/await", "/run")) and "until" not in dict(query, **(body or {})):
        body = dict(body or {}, until=EMPTY)
        case.media_type = "application/json"
    if case.path.endswith("/snapshots") and "name" not in dict(query, **(body or {})):
        query["name"] = "another"
    if case.path.endswith("/faults") and body is not None:
        body = mend_fault(body)
    if case.path.endswith("/namespaces") and "from" in (body or {}):
        body = {"from": world.SNAPSHOT} if often(body["from"]) else drop(body, "from")
    if case.method.upper() == "PUT" and "/snapshots/" in case.path and often(body):
        body = dict(world.DOCUMENT)
    if case.path.endswith("/agenda"):
        mend_spans(query)
    if case.path_parameters and "/dashboard/" in case.path:
        case.path_parameters = {"name": "index.html"}
    if case.path in IN_OTHER:
        query["namespace"] = world.OTHER
    case.query = query
    if body is not None:
        case.body = body


def waits(duration):
    """Whether it is one."""
    if isinstance(duration, (int, float)):
        return not isinstance(duration, bool) and duration >= 0
    return re.match(r"^([0-9]+([.][0-9]{1,3})?|([0-9]+(ms|s|m|h|d))+)$", str(duration)) is not None


def hurry(case):
    """An await, a stream of events, or a sink with a delay, would keep everybody waiting."""
    for key in "timeout", "delay", "for":
        for given in case.query, case.body:
            if isinstance(given, dict) and waits(given.get(key)):
                given[key] = "5ms"
    if case.path.endswith("/events") and "for" not in dict(case.query or {}):
        case.query = dict(case.query or {}, **{"for": "5ms"})
    if case.path.endswith("/await"):
        given = set(case.query or {}) | set(case.body if isinstance(case.body, dict) else {})
        if "timeout" not in given:
            case.query = dict(case.query or {}, timeout="5ms")


def part(case):
    """Of what is in the query and in the body of a bad request, leave that which is bad; and have
    something in a query where there would be nothing."""
    if isinstance(case.query, dict):
        case.query = {k: "!" if v in ([], {}) else v for k, v in case.query.items()}
    components = case.meta.components if case.meta is not None else {}
    query = components.get(ParameterLocation.QUERY)
    body = components.get(ParameterLocation.BODY)
    if isinstance(case.body, dict) and isinstance(case.query, dict):
        is_good_body = body is None or body.mode.is_positive
        if is_good_body and query is not None and not query.mode.is_positive:
            case.body = {k: v for k, v in case.body.items() if k not in case.query}
        else:
            given = set(case.body) | NEEDED  # which the body lacks, if it does
            case.query = {k: v for k, v in case.query.items() if k not in given}


@schemathesis.hook
def before_call(context, case, kwargs):
    if not calls:
        world.make(case.operation.base_url.rstrip("/"))
    if is_good(case):
        mend(case)
    else:
        part(case)
    hurry(case)


def has_changed_the_world(case, answer):
    """Whether names may lead nowhere from now on, or time is far away."""
    if answer.get("namespace") != "default":
        return False
    if case.method.upper() == "DELETE" or case.path.endswith("/reset"):
        return True
    return "mode" in answer and (answer["mode"] != "frozen" or answer["nowMs"] > world.SOON_MS)


@schemathesis.hook
def after_call(context, case, response):
    calls["%s %s" % (case.method.upper(), case.path)][response.status_code] += 1
    if case.method.upper() in ("POST", "DELETE") and response.status_code == 200:
        if has_changed_the_world(case, response.json()):
            world.make(case.operation.base_url.rstrip("/"))


@atexit.register
def write_calls():
    if "CALLS" in os.environ:
        with open(os.environ["CALLS"], "w") as file:
            json.dump(calls, file, indent=1, sort_keys=True)
