"""The clients of a soak: each runs one of ROLES in a process of its own until it is killed, in a
namespace of its own. What is wrong is printed, and ends it with exit code 1.

Usage: clients.py ROLE PORT NUMBER SEED"""
import http.client
import http.server
import json
import random
import socketserver
import sys
import threading
import time
import urllib.parse

import wire

PAUSE_S = 0.004  # between calls: what is to be seen is time passing, not how fast it is


class Namespace:
    """Calls about a namespace, which is made anew, by http.client as a simple program would."""

    def __init__(self, port, name, **spec):
        self.port = port
        self.connection = http.client.HTTPConnection(wire.HOST, port, timeout=40)
        self.name = name
        self.admin("DELETE", "namespaces/" + name, expected=(200, 404))
        made = self.admin("POST", "namespaces", name=name, **spec)
        self.secret = {"SecretId": made["secretId"]}

    def ask(self, method, target, body=None):
        time.sleep(PAUSE_S)
        self.connection.request(method, target, body)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def admin(self, method, path, expected=(200,), **arguments):
        body = json.dumps(arguments) if arguments else None
        status, text = self.ask(method, "/_emulator/" + path, body)
        assert status in expected, "%s %s: %d %s" % (method, path, status, text[:300])
        return json.loads(text.decode())

    def own(self, method, path, **arguments):
        return self.admin(method, path, namespace=self.name, **arguments)

    def cmq(self, action, expected=(0,), **parameters):
        form = wire.form(action, **dict(parameters, **self.secret))
        status, text = self.ask("POST", "/v2/index.php", form)
        told = json.loads(text.decode())
        assert status == 200 and told["code"] in expected, "%s: %s" % (action, text[:300])
        return told


def queues(port, dice):
    """Messages of all sizes, by the API v2: sent, received, deleted, delayed, in batches."""
    ns = Namespace(port, "queues-" + sys.argv[3])
    ns.cmq("CreateQueue", queueName="q", maxMsgSize=1048576)
    while True:
        count = dice.randrange(1, 17)
        body = "x" * int(10 ** dice.uniform(0, 3.6))
        ns.cmq("BatchSendMessage", queueName="q", msgBody=[body] * count)
        ns.cmq("SendMessage", queueName="q", msgBody=body * 10, delaySeconds=dice.randrange(2))
        got = ns.cmq("BatchReceiveMessage", (0, 7000), queueName="q", numOfMsg=16)
        handles = [each["receiptHandle"] for each in got.get("msgInfoList", [])]
        if handles:
            ns.cmq("BatchDeleteMessage", queueName="q", receiptHandle=handles)
        if dice.random() < 0.02:
            ns.own("DELETE", "queues/q/messages")


def sdk(port, dice):
    """The official Python client, where `make clients` has installed it."""
    import logging

    logging.getLogger("CMQ_python_sdk").addHandler(logging.NullHandler())
    from cmq.account import Account
    from cmq.cmq_exception import CMQServerException
    from cmq.queue import Message, QueueMeta

    account = Account("http://%s:%d" % (wire.HOST, port), "AKIDsoak", "secret", debug=False)
    queue = account.get_queue("sdk-%d" % dice.randrange(1 << 30))
    queue.create(QueueMeta())
    end = time.monotonic() + dice.uniform(20, 40)
    while time.monotonic() < end:
        time.sleep(PAUSE_S)
        queue.send_message(Message("a message of the client"))
        try:
            queue.delete_message(queue.receive_message(1).receiptHandle)
        except CMQServerException as none:
            assert none.code == 7000, none
    queue.delete()


def api3(port, dice):
    """Both products of API 3.0."""
    name = "v3-%d" % dice.randrange(1 << 30)
    with wire.Client(port) as client:

        def call(product, action, **parameters):
            time.sleep(PAUSE_S)
            answer = client.call(wire.api3(product, action, **parameters))
            assert "Error" not in answer.json()["Response"], answer.body[:300]

        end = time.monotonic() + dice.uniform(5, 20)
        call("tdmq", "CreateCmqQueue", QueueName=name)
        while time.monotonic() < end:
            call("tdmq", "DescribeCmqQueues", Limit=20)
            call("cmq", "DescribeQueueDetail", QueueName=name)
            call("tdmq", "ModifyCmqQueueAttribute", QueueName=name, PollingWaitSeconds=1)
        call("tdmq", "DeleteCmqQueue", QueueName=name)


def polls(port, dice):
    """Long polls: some are served, some time out, the clients of some leave."""
    ns = Namespace(port, "polls")
    ns.cmq("CreateQueue", queueName="q")
    poll = wire.post("ReceiveMessage", queueName="q", pollingWaitSeconds=1, **ns.secret)
    while True:
        with wire.Crowd(port) as crowd:
            count = dice.randrange(1, 200)
            for _ in range(count):
                crowd.add(poll)
            for i in range(count // 2):
                ns.cmq("SendMessage", queueName="q", msgBody="to a poll")
            if dice.random() < 0.3:
                crowd.close(dice.choice([wire.reset, wire.half_close]))
            else:
                crowd.answers(count, 3)
        ns.own("DELETE", "queues/q/messages")


def looks(port, dice):
    """Admin looks at whatever there is, and metrics."""
    ns = Namespace(port, "looks")
    while True:
        names = [each["namespace"] for each in ns.admin("GET", "namespaces")["namespaces"]]
        query = "?namespace=" + dice.choice(names)
        for path in ("clock", "queues", "topics", "clock/agenda", "queues/q", "queues/q/messages"):
            ns.admin("GET", path + query, (200, 404))
        status, _ = ns.ask("GET", "/metrics")
        assert status == 200, status


class Endpoint(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def pushes(port, dice):
    """Topics with subscriptions of both kinds: an endpoint that fails at times, and a queue."""
    count = [0]

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            count[0] += 1
            self.send_response(500 if dice.random() < 0.1 else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = Endpoint((wire.HOST, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://%s:%d/" % server.server_address
    ns = Namespace(port, "pushes")
    ns.cmq("CreateQueue", queueName="q")
    ns.cmq("CreateTopic", topicName="t")
    for protocol, endpoint in (("http", url), ("queue", "q")):
        ns.cmq(
            "Subscribe",
            topicName="t",
            subscriptionName=protocol,
            protocol=protocol,
            endpoint=endpoint,
            notifyStrategy="BACKOFF_RETRY",
            notifyContentFormat="JSON",
        )
    while True:
        ns.cmq("BatchPublishMessage", topicName="t", msgBody=["m"] * dice.randrange(1, 10))
        ns.cmq("BatchReceiveMessage", (0, 7000), queueName="q", numOfMsg=16)
        if dice.random() < 0.05:
            ns.own("POST", "reset", what="messages")


def namespaces(port, dice):
    """Made with queues and topics, and dropped."""
    while True:
        spec = {
            "queues": [{"queueName": "q%d" % i} for i in range(dice.randrange(20))],
            "clock": {"mode": dice.choice(["real", "frozen", "auto"])},
        }
        ns = Namespace(port, "dropped-%d" % dice.randrange(10), **spec)
        ns.own("GET", "queues")
        if dice.random() < 0.7:
            ns.admin("DELETE", "namespaces/" + ns.name)
        ns.connection.close()


def clocks(port, dice):
    """Time that is frozen, moved, and let run."""
    ns = Namespace(port, "clocks", clock={"mode": "frozen"})
    ns.cmq("CreateQueue", queueName="q", msgRetentionSeconds=60, rewindSeconds=30)
    while True:
        for _ in range(20):
            ns.cmq(
                "BatchSendMessage",
                queueName="q",
                msgBody=["m"] * 16,
                delaySeconds=dice.randrange(50),
            )
        ns.own("POST", "clock/step", events=dice.randrange(1, 100))
        ns.cmq("BatchReceiveMessage", (0, 7000), queueName="q", numOfMsg=16)
        ns.own("POST", "clock/advance", by=dice.choice(["1s", "1m", "1h"]))
        if dice.random() < 0.1:
            ns.own("POST", "clock/auto")
            ns.cmq("ReceiveMessage", (0, 7000), queueName="q", pollingWaitSeconds=5)
            ns.own("POST", "clock/freeze")


def vandals(port, dice):
    """Bytes of requests, and an end anywhere."""
    whole = [
        wire.post("SendMessage", queueName="nowhere", msgBody="x" * 3000),
        wire.get("ReceiveMessage", queueName="nowhere", pollingWaitSeconds=9),
        wire.admin("POST", "await", until={"polls": {"ge": 99999}}, timeout="1h"),
        wire.request("GET", "/?" + "&".join("a%d=b" % i for i in range(900))),
        b"\x16\x03\x01 no TLS",
    ]
    while True:
        time.sleep(PAUSE_S)
        sock = wire.connect(port)
        data = dice.choice(whole)
        sock.sendall(data[: dice.randrange(len(data) + 1)])
        if dice.random() < 0.3:
            wire.half_close(sock)
        dice.choice([wire.reset, type(sock).close])(sock)


def readers(port, dice):
    """Long answers that are read slowly, or not to their ends."""
    ns = Namespace(port, "readers")
    ns.cmq("CreateQueue", queueName="q", maxMsgSize=1048576)
    for _ in range(5):
        ns.cmq("SendMessage", queueName="q", msgBody="\x01" * 500000)
    target = "/_emulator/queues/q/messages?" + urllib.parse.urlencode({"namespace": ns.name})
    while True:
        time.sleep(0.2)
        sock = wire.connect(port, 65536)
        sock.sendall(wire.request("GET", target))
        for _ in range(dice.randrange(100)):
            sock.recv(wire.PIECE)
            time.sleep(0.005)
        sock.close()


ROLES = [queues, queues, sdk, api3, polls, looks, pushes, namespaces, clocks, vandals, readers]


def main():
    role = {each.__name__: each for each in ROLES}[sys.argv[1]]
    role(int(sys.argv[2]), random.Random(int(sys.argv[4])))


if __name__ == "__main__":
    main()
