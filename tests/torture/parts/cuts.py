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
    "a stream": wire.request("GET", "/_emulator/events?for=0"),
    "a file of the page": wire.request("GET", "/_emulator/dashboard/index.html"),
    "a rule": wire.admin("POST", "faults", queue="none", fault={"status": 503}),
    "newer entries": wire.request("GET", "/_emulator/journal?%s&after=9&timeout=1h" % FROZEN),
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
        # A reset takes along what has not been read; and one comes from a client that has closed
        # its side and is told the answer to the first of two requests.
        least = 0 if way == "RST" or (way == "FIN" and queue == "pair") else 1
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
    # A newcomer's call may be answered while many who have gone still stand in line.
    trial.wait_until(trial.is_alone, "what was sent by %s is not all taken" % way)
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
    trial.wait_until(trial.is_alone, "what was sent by TLS is not all taken")
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


# ---- ends behind whole requests, over TLS and in tunnels ----

TUNNEL = wire.request("CONNECT", "localhost:443")
TAKEN = [0, 1, 5000, 70000, 1000000]  # bytes of an answer, when the end comes


class Line:
    """A connection: plain or TLS, at once or behind a CONNECT."""

    def __init__(self, port, tls, tunnel, receive_buffer=None):
        self.sock = wire.connect(port, receive_buffer)
        self.tls = wire.Tunnel(self.sock) if tls else None
        if tunnel:
            self.sock.sendall(TUNNEL)
            self.sock.recv(1000)

    def send(self, data):
        if self.tls is None:
            self.sock.sendall(data)
            return
        for flight in self.tls.flights(data):
            self.sock.sendall(flight)

    def hear(self, until):
        """Read until this comes, or the end. Returns all that came."""
        text = bytearray()
        more = True
        while until not in text and more:
            more = self.sock.recv(wire.PIECE) if self.tls is None else self.tls.hear()
            text += more
        return bytes(text)

    def take(self, count):
        while count > 0:
            count -= len(self.sock.recv(min(count, wire.PIECE))) or count

    def end(self, way):
        if way == "half-close":
            wire.half_close(self.sock)
        else:
            WAYS[way](self.sock)

    def is_closed(self, within_s=2):
        """By the other side, behind whatever comes before."""
        if self.sock.fileno() < 0:
            return True
        self.sock.settimeout(within_s)
        try:
            while self.sock.recv(wire.PIECE):
                pass
            return True
        except socket.timeout:
            return False
        except OSError:
            return True
        finally:
            self.sock.close()


def check_closed(trial, what, lines):
    left = sum(not line.is_closed() for line in lines)
    trial.check(left == 0, "%d of %d %s stay open" % (left, len(lines), what))


def end_in_answers(trial, way, tls, tunnel, count):
    """While a long answer is under way. Returns how many."""
    look = wire.request("GET", "/_emulator/queues/other/messages?limit=100")
    lines = []
    for taken in TAKEN * count:
        line = Line(trial.port, tls, tunnel)
        line.send(look)
        line.take(taken)
        line.end(way)
        lines.append(line)
    check_closed(trial, "answers by " + way, lines)
    return len(lines)


def end_in_polls(trial, way, tls, tunnel, count):
    """While they are parked, and as soon as they have been sent. Returns how many."""
    poll = wire.post("ReceiveMessage", queueName="poll", pollingWaitSeconds=30)
    lines = [Line(trial.port, tls, tunnel) for _ in range(2 * count)]
    for line in lines[:count]:
        line.send(poll)
    parked = lambda: trial.metric("cmq_parked_polls") == count
    trial.wait_until(parked, "not all polls are parked")
    for line in lines[count:]:
        line.send(poll)
        line.end(way)
    for line in lines[:count]:
        line.end(way)
    check_closed(trial, "polls by " + way, lines)
    return len(lines)


@part("cut over TLS and in tunnels", options=TLS)
def cut_in_tunnels(trial):
    set_up(trial)
    trial.admin("POST", "clock/freeze")
    for _ in range(20):
        trial.cmq("SendMessage", queueName="other", msgBody="x" * 50000)
    count, few = 0, trial.size(10, 2)
    for way in WAYS:
        for tls, tunnel in ((False, True), (True, False), (True, True)):
            count += end_in_polls(trial, way, tls, tunnel, few)
            count += end_in_answers(trial, way, tls, tunnel, few // 2)
    yield "%d" % count
