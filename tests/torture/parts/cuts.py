"""Requests of every kind, cut at every byte, by each way in which a connection can end."""
import socket

import wire
from trial import part

FROZEN = "namespace=frozen"
JSON = [("Content-Type", "application/json")]


def set_up(trial):
    for name in SENDERS + ["poll", "other"]:
        trial.cmq("CreateQueue", queueName=name)
    trial.cmq("CreateTopic", topicName="news")
    trial.admin("POST", "namespaces", name="frozen", clock={"mode": "frozen"})


def sent_to(name):
    return wire.post("SendMessage", queueName=name, msgBody="a body & more")


# What sends one message to the queue of its own name, if it arrives whole.
SENDING = {
    "post": sent_to("post"),
    "get": wire.get("SendMessage", queueName="get", msgBody="a body"),
    "batch": wire.post("BatchSendMessage", queueName="batch", msgBody=["one"]),
    "absolute": sent_to("absolute").replace(b"POST /", b"POST http://cmq-queue-gz.api.qcloud.com/"),
    "tunnel": wire.request("CONNECT", "localhost:80") + sent_to("tunnel"),
    "chunked": wire.chunked("Action=SendMessage", "&queueName=chunked", "&msgBody=in three pieces"),
}
SENDERS = list(SENDING) + ["pair", "tls", "expect"]
SENDING["pair"] = wire.request("GET", "/_emulator/health") + sent_to("pair")
SENDING["expect"] = sent_to("expect").replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n", 1)

OTHERS = {
    "a long poll": wire.post("ReceiveMessage", queueName="poll", pollingWaitSeconds=30),
    "cmq of API 3.0": wire.api3("cmq", "DescribeQueueDetail", QueueName="other"),
    "tdmq of API 3.0": wire.api3("tdmq", "DescribeCmqQueues", Limit=5),
    "a call that fails": wire.post("SendMessage", queueName="nowhere", msgBody="x"),
    "a look": wire.request("GET", "/_emulator/queues/other/messages?limit=3"),
    "metrics": wire.request("GET", "/metrics"),
    "an advance": wire.request("POST", "/_emulator/clock/advance?" + FROZEN, '{"by":"1s"}', JSON),
    "an await": wire.request(
        "POST", "/_emulator/await", '{"until":{"polls":{"ge":9999}},"timeout":"1h"}', JSON
    ),
    "a sink": wire.request("POST", "/_emulator/sink/mine", "pushed", [("X-Any", "thing")]),
    "a sink that is set": wire.admin("PUT", "sink/other", status=204, times=3),
    "a purge": wire.request("DELETE", "/_emulator/queues/other/messages"),
    "OPTIONS": wire.request("OPTIONS", "*"),
}
KINDS = dict(SENDING, **OTHERS)
WAYS = {"FIN": socket.socket.close, "RST": wire.reset, "half-close": None}


def cut_all(trial, kind, data, way):
    """One connection for each length; half-closed ones have to be closed by the emulator."""
    crowd = trial.crowd()
    for length in range(len(data) + 1):
        sock = wire.connect(trial.port)
        try:
            sock.sendall(data[:length])
        except OSError:
            pass  # refused meanwhile, and closed
        if way == "half-close":
            wire.half_close(sock)
            crowd.keep(sock)
        else:
            WAYS[way](sock)
    left = crowd.wait_until_closed()
    trial.check(left == 0, "%s by %s: %d of %d stay open" % (kind, way, left, len(data) + 1))
    return len(data) + 1


def messages_in(trial, queue):
    return trial.admin("GET", "queues/" + queue)["counts"]["active"]


def check_effects(trial, way):
    """What arrived whole has sent one message, and nothing that did not has sent any."""
    for queue in SENDING:
        count = messages_in(trial, queue)
        least = 0 if way == "RST" else 1  # a reset takes along what has not been read
        trial.check(
            least <= count <= 1, "%s by %s: %d messages were sent" % (queue, way, count)
        )


def cut_plain(trial, way):
    set_up(trial)
    count = 0
    for kind, data in KINDS.items():
        count += cut_all(trial, kind, data, way)
        if kind == "a look":
            yield "%d at each byte by %s" % (len(KINDS), way)
    trial.wait_until(trial.subject.is_healthy, "health after %s" % way)
    check_effects(trial, way)


@part("cut by FIN")
def cut_by_fin(trial):
    return cut_plain(trial, "FIN")


@part("cut by RST")
def cut_by_rst(trial):
    return cut_plain(trial, "RST")


@part("cut by half-close")
def cut_by_half_close(trial):
    return cut_plain(trial, "half-close")


# ---- TLS ----

TLS = [("--tls-self-signed", "{directory}/tls")]


def send_up_to(tunnel, data, length):
    """The first bytes of what a client sends, flight by flight. False when that was all."""
    for flight in tunnel.flights(data):
        tunnel.sock.sendall(flight[:length])
        if length <= len(flight):
            return length < len(flight) or None
        length -= len(flight)
    return False


def cut_tls(trial, way, step):
    data = sent_to("tls")
    crowd = trial.crowd()
    length = 0
    more = True
    while more is not False:
        sock = wire.connect(trial.port)
        more = send_up_to(wire.Tunnel(sock), data, length)
        if way == "half-close":
            wire.half_close(sock)
            crowd.keep(sock)
        else:
            WAYS[way](sock)
        length += step
    left = crowd.wait_until_closed()
    trial.check(left == 0, "TLS by %s: %d stay open" % (way, left))
    return length // step


@part("cut TLS", options=TLS)
def cut_all_of_tls(trial):
    set_up(trial)
    count = sum(cut_tls(trial, way, trial.size(1, 7)) for way in WAYS)
    yield "%d" % count
    trial.check(messages_in(trial, "tls") >= 1, "nothing came by TLS")


# ---- the same ends, with what was sent on its way ----


@part("cut in the body")
def cut_in_body(trial):
    """Head, three bytes and the end at once: what epoll reports of both is one event."""
    head = wire.request("POST", "/", b"x" * 100)[:-97]
    rounds = trial.size(2000)
    for _ in range(rounds):
        sock = wire.connect(trial.port)
        sock.sendall(head)
        sock.close()
    yield "%d" % rounds
    for _ in range(rounds):
        sock = wire.connect(trial.port)
        sock.sendall(head[:-3])
        sock.sendall(head[-3:])
        wire.half_close(sock)
        sock.close()
