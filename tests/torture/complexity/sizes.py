"""Each call of each interface with something in it that is large. None is meant to succeed."""
import json

from world import (ID, KEY, admin, begin, form, refuse_v2, sign_v2, sign_v3, v2, v3, Request)
from calls import CALLS

BYTES = (65000, 260000, 1040000)  # with a large text
MANY = (1500, 6000, 24000)        # with many of something
SOME = (600, 2400, 9600)          # of what 1 MiB of JSON may have
LARGE = (650000, 2600000, 10400000)  # as long as --max-body allows
# A head has less than 48 KiB, the memory that libmicrohttpd has for a connection.
HEAD = (2500, 10000, 40000)
FIELDS = (200, 800, 3200)


def v2_params(request):
    pairs = [pair.split("=", 1) for pair in request.body.split("&")]
    return {name.split(".")[0]: value for name, value in pairs}


def large_v2(name, request):
    """(title, sizes, function of a size that returns a request)"""
    params = v2_params(request)
    action = params.pop("Action")
    target = "/v2/index.php?"

    def post(text):
        return Request("POST", "/v2/index.php", "", "Action=%s&%s" % (action, text))

    def fixed(without):
        return "".join("%s=%s&" % one for one in params.items() if one[0] != without)

    yield "unknown text", BYTES, lambda n: post(fixed(None) + "x=" + "a" * n)
    yield "in a target", HEAD, lambda n: Request("GET", target + "Action=" + action + "&x=" + "a" * n, "", "")
    yield "long name", BYTES, lambda n: post(fixed(None) + "a" * n + "=1")
    yield "unknown ones", MANY, lambda n: post(fixed(None) + "&".join("x%d=1" % i for i in range(n)))
    yield "no names", MANY, lambda n: post(fixed(None) + "&" * n)
    for one in params:
        yield one, BYTES, lambda n, one=one: post(fixed(one) + one + "=" + "a" * n)
        yield one + ", encoded", BYTES, lambda n, one=one: post(fixed(one) + one + "=" + "%E4" * n)
        yield one + ", digits", BYTES, lambda n, one=one: post(fixed(one) + one + "=" + "9" * n)
        yield one + ", repeated", MANY, lambda n, one=one: post(
            fixed(None) + "&".join("%s=1" % one for i in range(n)))
        yield one + ", a list", MANY, lambda n, one=one: post(
            fixed(one) + "&".join("%s.%d=a" % (one, i + 1) for i in range(n)))
        yield one + ", a list backwards", MANY, lambda n, one=one: post(
            fixed(one) + "&".join("%s.%d=a" % (one, n - i) for i in range(n)))


def json_texts(params):
    """(title, sizes, function of a size that returns the JSON of an object)"""
    def with_(**more):
        return json.dumps(dict(params, **more))

    def beside(text):
        return json.dumps(params)[:-1] + (", " if params else "") + text + "}"

    yield "an unknown text", BYTES, lambda n: with_(x="a" * n)
    yield "an escaped text", BYTES, lambda n: beside('"x":"' + "\\u00e4" * (n // 6) + '"')
    yield "a long name", BYTES, lambda n: beside('"' + "a" * n + '":1')
    yield "a long number", BYTES, lambda n: beside('"x":' + "9" * n)
    yield "blanks", BYTES, lambda n: " " * n + json.dumps(params)
    yield "unknown members", SOME, lambda n: beside(",".join('"x%d":1' % i for i in range(n)))
    yield "equal members", SOME, lambda n: beside(",".join('"x":1' for i in range(n)))
    yield "a list", SOME, lambda n: with_(x=[1] * n)
    yield "a list of objects", SOME, lambda n: beside('"x":[' + ",".join("{}" for i in range(n)) + "]")
    yield "depth", MANY, lambda n: beside('"x":' + "[" * n + "]" * n)
    yield "depth of objects", MANY, lambda n: beside('"x":' + '{"x":' * n + "1" + "}" * n)
    for one in params:
        yield one, BYTES, lambda n, one=one: with_(**{one: "a" * n})
        yield one + ", escaped", BYTES, lambda n, one=one: with_(**{one: "\u00e4" * (n // 6)})
        yield one + ", repeated", SOME, lambda n, one=one: beside(
            ",".join("%s:1" % json.dumps(one) for i in range(n)))
        yield one + ", a list", SOME, lambda n, one=one: with_(**{one: ["a%d" % i for i in range(n)]})
        yield one + ", a list of lists", SOME, lambda n, one=one: with_(**{one: [["a"]] * n})
        yield one + ", an object", SOME, lambda n, one=one: with_(
            **{one: {"x%d" % i: 1 for i in range(n)}})


def large_v3(name, request):
    product, action = name.split()
    params = json.loads(request.body)
    for title, sizes, text in json_texts(params):
        yield title, sizes, lambda n, text=text: v3(product, action, body=text(n))
    for one in ("Filters", "Tags", "QueueNameList", "TopicNameList"):
        yield one, SOME, lambda n, one=one: v3(product, action, **dict(params, **{
            one: [{"Name": "x", "Values": ["y%d" % i], "TagKey": "k"} for i in range(n)]}))
    version = request.head.split("X-TC-Version: ")[1].split("\n")[0]
    common = "Action=%s&Version=%s&Timestamp=1893456000&" % (action, version)
    flat = form(params.items())
    yield "a form", BYTES, lambda n: Request("GET", "/?" + common + flat + "&x=" + "a" * n, "", "")
    yield "many of a form", FIELDS, lambda n: Request(
        "GET", "/?" + common + flat + "".join("&x.%d=1" % i for i in range(n)), "", "")


def large_admin(name, request):
    method, path = request.method, request.target.split("?")[0]
    path = path[len("/_emulator"):]
    try:
        params = json.loads(request.body or "{}")
    except ValueError:
        params = {}
    if name.startswith("POST /_emulator/sink"):
        yield "a body", BYTES, lambda n: admin(method, path, "a" * n)
        yield "no text", BYTES, lambda n: admin(method, path, b"\xff" * n)
        for title, unit in (("text", b"a"), ("escapes", b"\x01"), ("umlauts", b"\xc3\xa4"), ("no text", b"\xff")):
            yield "a large body of " + title, LARGE, lambda n, unit=unit: admin(
                method, path, unit * (n // len(unit)))
        yield "a head", FIELDS, lambda n: admin(method, path, "a", "".join("X-%d: a\n" % i for i in range(n)))
    else:
        for title, sizes, text in json_texts(params):
            yield title, sizes, lambda n, text=text: admin(method, path, text(n))
    yield "a form", BYTES, lambda n: admin(method, path, "x=" + "a" * n)
    yield "many in a form", MANY, lambda n: admin(method, path, "&".join("x%d=1" % i for i in range(n)))
    yield "a query", HEAD, lambda n: admin(method, path + "?x=" + "a" * n)
    yield "many in a query", FIELDS, lambda n: admin(method, path + "?" + "&".join("x%d=1" % i for i in range(n)))
    yield "a path", HEAD, lambda n: admin(method, path + "a" * n)
    yield "a path's parts", HEAD, lambda n: admin(method, path + "/a" * (n // 2))


QUEUE = {"queueName": "q"}


def deep(n):
    text = '{"agenda":"empty"}'
    return '{"not":' * n + text + "}" * n


def others():
    """What is large in one call alone. A world of its own each; what is made by one size is gone
    for the next."""
    def spec(**members):
        return lambda n: admin("POST", "/namespaces", dict(
            {one: of(n) for one, of in members.items()}, name="made",
            limits={"maxQueues": 1000000, "maxTopics": 1000000, "maxSubscriptions": 1000000}))

    def named(key, n, **more):
        return [dict({key: "x%d" % i}, **more) for i in range(n)]

    make = "POST /_emulator/namespaces"
    sizes = (60, 240, 960)
    yield make, "queues", sizes, spec(queues=lambda n: named("queueName", n))
    yield make, "equal queues", sizes, spec(queues=lambda n: [QUEUE] * n)
    yield make, "topics", sizes, spec(topics=lambda n: named("topicName", n))
    yield make, "subscriptions", sizes, spec(topics=lambda n: [{
        "topicName": "t", "subscriptions": named("subscriptionName", n, protocol="http",
                                                 endpoint="http://127.0.0.1/x")}])
    yield make, "credentials", sizes, spec(credentials=lambda n: named("secretId", n, secretKey="k"))
    yield make, "tags", sizes, spec(topics=lambda n: [{"topicName": "t", "subscriptions": [{
        "subscriptionName": "s", "protocol": "http", "endpoint": "http://127.0.0.1/x",
        "filterTag": ["t%d" % i for i in range(n)]}]}])
    yield make, "limits", SOME, spec(limits=lambda n: {"x%d" % i: 1 for i in range(n)})

    for call in ("await", "clock/run"):
        path = "/" + call
        leaf = {"queue": "orders", "state": "active", "count": {"ge": 1000000}}
        for word in ("all", "any"):
            yield "POST /_emulator/" + call, word, (8, 32, 127), lambda n, word=word, path=path: admin(
                "POST", path, {"until": {word: [leaf] * n}})
            yield "POST /_emulator/" + call, word + " of too many", SOME, lambda n, word=word, path=path: admin(
                "POST", path, {"until": {word: [leaf] * (n // 4)}})
        yield "POST /_emulator/" + call, "not", MANY, lambda n, path=path: admin(
            "POST", path, '{"until":' + deep(n) + "}")
        yield "POST /_emulator/" + call, "comparisons", SOME, lambda n, path=path: admin(
            "POST", path, {"until": dict(leaf, count={"x%d" % i: 1 for i in range(n)})})

    yield "GET /metrics", "a head", FIELDS, lambda n: Request(
        "GET", "/metrics", "".join("X-%d: a\n" % i for i in range(n)), "")
    yield "GET /_emulator/health", "a host", HEAD, lambda n: Request(
        "GET", "/_emulator/health", "Host: " + "a" * n + "\n", "")
    yield "GET /_emulator/health", "an origin", HEAD, lambda n: Request(
        "GET", "/_emulator/health", "Origin: " + "a" * n + "\n", "")
    yield "no call", "a path", HEAD, lambda n: Request("GET", "/" + "a" * n, "", "")
    yield "no call", "an Action", BYTES, lambda n: v2("a" * n)
    for product in ("cmq", "tdmq"):
        yield "no call", "an Action of " + product, HEAD, lambda n, product=product: v3(product, "A" * n)
        yield "no call", "Versions of " + product, HEAD, lambda n, product=product: Request(
            "POST", "/", "X-TC-Action: CreateQueue\nX-TC-Version: %s\n" % ("1" * n), "{}")


SIGNED = json.dumps({"credentials": [{"secretId": ID, "secretKey": KEY}]})
VALUES = {"plain": "a", "encoded": "%41", "to be encoded": "%2B", "blanks": "+", "an at sign": "@",
          "umlauts": "%C3%A4", "no UTF-8": "%FF", "small letters": "%c3"}


def signed():
    """Calls in a namespace that has credentials."""
    def body_of(value, n):
        decoded = max(1, value.count("%"))
        return v2("SendMessage", queueName="q", raw="&msgBody=" + value * (n // decoded))

    for title, value in VALUES.items():
        yield "v2 SendMessage", "refused, " + title, BYTES, lambda n, value=value: refuse_v2(body_of(value, n))
    yield "v2 SendMessage", "accepted", BYTES, lambda n: sign_v2(v2("SendMessage", queueName="q", msgBody="a" * n))
    yield "v2 SendMessage", "accepted, many", (60, 240, 960), lambda n: sign_v2(v2(
        "SendMessage", queueName="q", **{"x%d" % i: "a" for i in range(n)}))
    for title, name in (("many", "x%d"), ("many long names", "x" * 60 + "%d"), ("many with dots", "a_b.%d")):
        yield "v2 SendMessage", "refused, " + title, (60, 240, 960), lambda n, name=name: refuse_v2(v2(
            "SendMessage", queueName="q", raw="".join("&" + name % i + "=a" for i in range(n))))
    yield "v2 SendMessage", "a long signature", BYTES, lambda n: Request(
        "POST", "/v2/index.php", "", form([("Action", "ListQueue"), ("SecretId", ID), ("Nonce", 1),
                                           ("Timestamp", 1893456000), ("Signature", "a" * n)]))
    yield "v2 SendMessage", "a long id", BYTES, lambda n: Request(
        "POST", "/v2/index.php", "", form([("Action", "ListQueue"), ("SecretId", "a" * n)]))
    yield "v2 SendMessage", "a long host", HEAD, lambda n: refuse_v2(v2("ListQueue"))._replace(
        head="Host: " + "h" * n + "\n")
    yield "v2 SendMessage", "a long target", HEAD, lambda n: refuse_v2(v2("ListQueue"))._replace(
        target="/v2/index.php?x=" + "t" * n)

    yield "v2 SendMessage", "a long path", HEAD, lambda n: refuse_v2(v2("ListQueue"))._replace(
        target="/" + "p" * n + "/v2/index.php")

    for title, unit in (("plain", "a"), ("escapes", "\\u00e4"), ("blanks", "a  ")):
        def text(n, unit=unit):
            return '{"QueueName":"q","MsgContent":"%s","DelaySeconds":0}' % (unit * (n // len(unit)))
        yield "tdmq SendCmqMsg", "accepted, " + title, BYTES, lambda n, text=text: sign_v3(
            "tdmq", "SendCmqMsg", text(n))
        yield "tdmq SendCmqMsg", "refused, " + title, BYTES, lambda n, text=text: sign_v3(
            "tdmq", "SendCmqMsg", text(n), key="another")

    def head(n, names):
        fields = ["x-%d" % i for i in range(n)]
        base = sign_v3("tdmq", "SendCmqMsg", "{}", key="another")
        return base._replace(head=base.head.replace("content-type;host", ";".join(names(fields))) +
                             "Host: localhost\n" + "".join("%s: a\n" % one for one in fields))

    yield "tdmq SendCmqMsg", "fields, signed", FIELDS, lambda n: head(n, lambda f: f)
    yield "tdmq SendCmqMsg", "fields, signed backwards", FIELDS, lambda n: head(n, lambda f: f[::-1])
    yield "tdmq SendCmqMsg", "fields, unsigned", FIELDS, lambda n: head(
        n, lambda f: ["content-type", "host"])
    yield "tdmq SendCmqMsg", "equal fields, signed", FIELDS, lambda n: head(
        n, lambda f: ["content-type"] * n)
    yield "tdmq SendCmqMsg", "a long authorization", HEAD, lambda n: v3(
        "tdmq", "SendCmqMsg", body="{}", head="Authorization: TC3-HMAC-SHA256 " + "a" * n + "\n")
    yield "tdmq SendCmqMsg", "a long id", HEAD, lambda n: v3(
        "tdmq", "SendCmqMsg", body="{}", head="Authorization: TC3-HMAC-SHA256 Credential=" + "a" * n +
        "/2030-01-01/tdmq/tc3_request, SignedHeaders=host, Signature=00\n")


def configurations():
    """(title, sizes, text)"""
    def listed(key, of):
        return lambda n: json.dumps({"limits": {"maxQueues": 1000000, "maxTopics": 1000000,
                                                "maxSubscriptions": 1000000}, key: [of(i) for i in range(n)]})

    subscription = {"protocol": "http", "endpoint": "http://127.0.0.1/x"}
    sizes = (300, 1200, 4800)
    yield "queues", sizes, listed("queues", lambda i: {"queueName": "q%d" % i})
    yield "topics", sizes, listed("topics", lambda i: {"topicName": "t%d" % i})
    yield "namespaces", sizes, listed("namespaces", lambda i: {"name": "n%d" % i})
    yield "credentials", sizes, listed("credentials", lambda i: {"secretId": "i%d" % i, "secretKey": "k"})
    yield "subscriptions", sizes, lambda n: json.dumps({
        "limits": {"maxSubscriptions": 1000000}, "topics": [{"topicName": "t", "subscriptions": [
            dict(subscription, subscriptionName="s%d" % i) for i in range(n)]}]})
    yield "an error at the end", sizes, lambda n: json.dumps({
        "queues": [{"queueName": "q%d" % i} for i in range(min(n, 900))], "topics": [], "x" * n: 1})
    for title, _, text in json_texts({}):
        yield title, MANY, text


def large(name):
    return large_v2 if name.startswith("v2 ") else (
        large_v3 if name.split()[0] in ("cmq", "tdmq") else large_admin)


def of_calls(r):
    """(call, title, sizes, function of a size): of each call the first that CALLS has."""
    seen = set()
    for call in CALLS:
        if call.name in seen:
            continue
        seen.add(call.name)
        begin(r)
        request = call.prepare(r)
        for title, sizes, of in large(call.name)(call.name, request):
            yield call.name, title, sizes, of
