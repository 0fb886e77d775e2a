"""The runner as a Python object, the calls of each interface as short words, and what can exist."""
import base64
import collections
import hashlib
import hmac
import json
import subprocess
from urllib.parse import quote

Reply = collections.namedtuple("Reply", "status code steps longest parked answer")
Request = collections.namedtuple("Request", "method target head body")

ID, KEY = "AKIDcomplexity", "complexity-key"


def encoded(value):
    return quote(value if isinstance(value, (bytes, str)) else str(value), safe="{}")


def form(pairs):
    return "&".join(name + "=" + encoded(value) for name, value in pairs)


def v2(action, get=False, raw="", **params):
    """A list is sent as name.1, name.2; raw is more of the form, as it is."""
    pairs = [("Action", action)]
    for name, value in params.items():
        if isinstance(value, list):
            pairs += [("%s.%d" % (name, i + 1), member) for i, member in enumerate(value)]
        else:
            pairs.append((name, value))
    text = form(pairs) + raw
    if get:
        return Request("GET", "/v2/index.php?" + text, "", "")
    return Request("POST", "/v2/index.php", "", text)


VERSIONS = {"cmq": "2019-03-04", "tdmq": "2020-02-17"}


def v3_head(product, action):
    return "Host: localhost\nX-TC-Action: %s\nX-TC-Version: %s\nX-TC-Timestamp: 1893456000\n" % (
        action, VERSIONS[product])


def v3(product, action, body=None, head="", **params):
    return Request("POST", "/", v3_head(product, action) + head,
                   body if body is not None else json.dumps(params))


def admin(method, path, body="", head=""):
    return Request(method, "/_emulator" + path, head,
                   body if isinstance(body, (str, bytes)) else json.dumps(body))


# ---- signatures ----

def sign_v2(request, method="POST", host="localhost"):
    """The form of the request with a signature that is right."""
    from urllib.parse import parse_qsl
    pairs = parse_qsl(request.body, keep_blank_values=True) + [
        ("SecretId", ID), ("Nonce", "1"), ("Timestamp", "1893456000")]
    text = method + host + "/v2/index.php?" + "&".join(
        name.replace("_", ".") + "=" + value for name, value in sorted(pairs))
    digest = hmac.new(KEY.encode(), text.encode(), hashlib.sha1).digest()
    pairs.append(("Signature", base64.b64encode(digest).decode()))
    return Request("POST", "/v2/index.php", "Host: %s\n" % host, form(pairs))


def refuse_v2(request):
    """The same with one that is not."""
    more = "&SecretId=%s&Nonce=1&Timestamp=1893456000&Signature=%s" % (
        ID, encoded(base64.b64encode(b"x" * 20)))
    return request._replace(head="Host: localhost\n", body=request.body + more)


def sign_v3(product, action, body, key=KEY):
    def mac(key, text):
        return hmac.new(key, text.encode(), hashlib.sha256).digest()
    date, service = "2030-01-01", product
    canonical = "\n".join(["POST", "/", "", "content-type:application/json\nhost:localhost\n",
                           "content-type;host", hashlib.sha256(body.encode()).hexdigest()])
    scope = "%s/%s/tc3_request" % (date, service)
    text = "\n".join(["TC3-HMAC-SHA256", "1893456000", scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    secret = mac(mac(mac(b"TC3" + key.encode(), date), service), "tc3_request")
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    head = ("Content-Type: application/json\nAuthorization: TC3-HMAC-SHA256 Credential=%s/%s, "
            "SignedHeaders=content-type;host, Signature=%s\n" % (ID, scope, signature))
    return v3(product, action, body=body, head=head)


# ---- the runner ----

class Runner:
    """One process; start() gives it another service."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def command(self, line, *texts):
        pipe = self.process.stdin
        pipe.write(line.encode() + b"\n")
        for text in texts:
            pipe.write(text)
        pipe.flush()
        numbers = self.process.stdout.readline().split()
        if len(numbers) != 6:
            raise SystemExit("complexity: the runner has ended, after: " + line)
        values = [int(number) for number in numbers]
        return Reply(*values[:5], answer=self.process.stdout.read(values[5]))

    def send(self, words, request):
        texts = [text.encode() if isinstance(text, str) else text for text in request[1:]]
        lengths = " ".join(str(len(text)) for text in texts)
        return self.command("%s %s %s" % (words, request.method, lengths), *texts)

    def ask(self, request):
        return self.send("ask", request)

    def must(self, request):
        reply = self.ask(request)
        if not succeeded(reply):
            raise SystemExit("complexity: a call that prepares failed: %r: %r" %
                             (request, reply.answer[:200]))
        return reply

    def repeat(self, count, request, first=0):
        reply = self.send("repeat %d %d" % (first, count), request)
        if reply.status != 200:
            raise SystemExit("complexity: a call that prepares failed: %r" % (request,))
        return reply

    def start(self, namespaces=100000):
        self.command("start %d" % namespaces)

    def config(self, text):
        return self.command("config %d" % len(text), text.encode())

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit("complexity: the runner has failed")


def succeeded(reply):
    """An error of API 3.0 has status 200, too; no message (7000) is an answer like others."""
    return (reply.status // 100 == 2 and reply.code in (0, 200, 201, 204, 7000) and
            b'"Error":' not in reply.answer[:60])


# ---- what can exist ----

WIDE = {"maxQueues": 1000000, "maxTopics": 1000000, "maxSubscriptions": 1000000,
        "maxDelayed": 1000000, "maxPolls": 1000000}


def begin(r):
    """What the calls are about: two queues, two topics with a subscription each, a sink."""
    r.start()
    r.command("config %d" % len(CONFIG), CONFIG.encode())
    r.must(v2("SendMessage", queueName="orders", msgBody="first"))
    r.must(v2("ReceiveMessage", queueName="orders"))
    r.must(admin("POST", "/sink/inbox", "hello"))


CONFIG = json.dumps({
    "limits": WIDE,
    "queues": [{"queueName": "letters"}, {"queueName": "orders", "rewindSeconds": 86400},
               {"queueName": "other"}, {"queueName": "drain"}],
    "topics": [
        {"topicName": "news", "subscriptions": [
            {"subscriptionName": "copy", "protocol": "queue", "endpoint": "drain"}]},
        {"topicName": "keyed", "filterType": 2, "subscriptions": [
            {"subscriptionName": "copy", "protocol": "queue", "endpoint": "drain",
             "bindingKey": ["a.#"]}]},
        {"topicName": "pushed", "subscriptions": [
            {"subscriptionName": "copy", "protocol": "http", "endpoint": "http://127.0.0.1/x"}]},
    ],
})


def subscribe(topic):
    return v2("Subscribe", topicName=topic, subscriptionName="s{i}", protocol="queue", endpoint="drain")


def active(queue):
    return lambda r, n: r.repeat(n, v2("SendMessage", queueName=queue, msgBody="body {i}"))


def inactive(queue):
    def build(r, n):
        active(queue)(r, n)
        r.repeat(n, v2("ReceiveMessage", queueName=queue))
    return build


def delayed(queue):
    return lambda r, n: r.repeat(
        n, v2("SendMessage", queueName=queue, msgBody="body {i}", delaySeconds="60"))


def deleted(queue):
    def build(r, n):
        active(queue)(r, n)
        for _ in range(n // 10):
            reply = r.must(v2("BatchReceiveMessage", queueName=queue, numOfMsg=10))
            handles = [m["receiptHandle"] for m in json.loads(reply.answer)["msgInfoList"]]
            r.must(v2("BatchDeleteMessage", queueName=queue, receiptHandle=handles))
    return build


def polls(queue):
    return lambda r, n: r.repeat(
        n, v2("ReceiveMessage", queueName=queue, pollingWaitSeconds=30))


def awaits(queue):
    until = {"queue": queue, "state": "active", "count": {"ge": 1000000}}
    return lambda r, n: r.repeat(n, admin("POST", "/await", {"until": until, "timeout": "1h"}))


def repeated(request):
    return lambda r, n: r.repeat(n, request)


# What exists: the symbols that a call's cost must name if it grows with it (architecture 8).
WORLDS = {
    "queues": ("q", repeated(v2("CreateQueue", queueName="q{i}"))),
    "topics": ("t", repeated(v2("CreateTopic", topicName="t{i}"))),
    "subscriptions of the topic": ("sS", repeated(subscribe("news"))),
    "subscriptions by key": ("sS", repeated(v2(
        "Subscribe", topicName="keyed", subscriptionName="s{i}", protocol="queue",
        endpoint="drain", bindingKey=["k{i}.#", "#.b.*"]))),
    "subscriptions of another topic": ("sS", repeated(subscribe("pushed"))),
    "active messages": ("mMe", active("orders")),
    "inactive messages": ("mMe", inactive("orders")),
    "delayed messages": ("mMe", delayed("orders")),
    "deleted messages": ("mMe", deleted("orders")),
    "active messages of another queue": ("Me", active("other")),
    "inactive messages of another queue": ("Me", inactive("other")),
    "delayed messages of another queue": ("Me", delayed("other")),
    "deliveries": ("dDe", repeated(v2("PublishMessage", topicName="pushed", msgBody="body {i}"))),
    "polls at the queue": ("pPe", polls("drain")),
    "polls at another queue": ("Pe", polls("other")),
    "awaits": ("wW", awaits("orders")),
    "awaits of another queue": ("W", awaits("other")),
    "records": ("r", repeated(admin("POST", "/sink/inbox", "record {i}"))),
    "sinks": ("R", lambda r, n: r.repeat(min(n, 900), admin("POST", "/sink/s{i}", "record"))),
    "namespaces": ("N", repeated(admin("POST", "/namespaces", '{"name":"n{i}","queues":[{"queueName":"q"}]}'))),
    "requests in the journal": ("j", repeated(v2("ListTopic", searchWord="none"))),
    "holds": ("h", lambda r, n: r.repeat(min(n, 900), admin("POST", "/clock/holds"))),
}
