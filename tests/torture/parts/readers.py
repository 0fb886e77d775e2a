"""Clients that ask for much and do not read it."""
import time

import wire
from parts.cuts import TLS, WAYS, Line, check_closed
from subject import MIB
from trial import part

ROOM = [("--max-memory", "2g")]
PIECE = 1 << 10


def fill(trial, count, size, byte="%01"):
    """A queue of messages whose bytes are six each in JSON."""
    trial.cmq("CreateQueue", queueName="q", maxMsgSize=65536 if size <= 65536 else 1048576)
    body = "Action=SendMessage&queueName=q&msgBody=" + byte * size
    data = wire.request("POST", "/", body)
    client = trial.client()
    for _ in range(count):
        client.send(data)
        answer = client.answer()
        assert answer.code() == 0, answer.body
    client.close()


@part("long answers not read", options=ROOM, rss_mib=40)
def not_read(trial):
    """Messages of 1 MiB of the byte 01: 6 MiB each in an answer. A reader holds one piece."""
    count = trial.size(150, 10)
    fill(trial, count, MIB)
    held = trial.subject.rss()
    look = wire.request("GET", "/_emulator/queues/q/messages?limit=%d" % count)
    crowd = trial.crowd()
    for _ in range(8):
        crowd.add(look, receive_buffer=4096)
    trial.subject.is_healthy()
    yield "8 answers of %d MiB" % (count * 6)
    peak = trial.subject.peak_rss()
    trial.check(
        peak < held + 320 * MIB, "RSS is %d MiB above the messages" % ((peak - held) // MIB)
    )
    crowd.close()
    trial.admin("DELETE", "queues/q/messages")


@part("long answers read slowly", options=ROOM, rss_mib=40)
def read_slowly(trial):
    """By a client with a small window, on another processor: the kernel must not go on sending for
    as long as it reads."""
    count = trial.size(30, 5)
    fill(trial, count, MIB)
    client = trial.client(receive_buffer=4096)
    client.send(wire.request("GET", "/_emulator/queues/q/messages?limit=%d" % count))
    client.sock.recv(100)
    yield "%d MiB" % (count * 6)
    trial.cmq("DeleteQueue", queueName="q")
    total = 0
    while total < count * 6 * MIB:
        more = len(client.sock.recv(PIECE * 64))
        if more == 0:
            break
        total += more
    trial.check(total > count * 6 * MIB - MIB, "the answer ends after %d bytes" % total)


@part("answers cut off", options=ROOM, rss_mib=40)
def cut_off(trial):
    """The client leaves in the middle of a long answer, again and again."""
    count = trial.size(30, 5)
    fill(trial, count, MIB)
    look = wire.request("GET", "/_emulator/queues/q/messages?limit=%d" % count)
    for i in range(trial.size(40, 4)):
        sock = wire.connect(trial.port)
        sock.sendall(look)
        sock.recv(1 + i * 1000)
        (wire.reset if i % 2 else type(sock).close)(sock)
    yield "%d times %d MiB" % (trial.size(40, 4), count * 6)
    trial.admin("DELETE", "queues/q/messages")


@part("many small answers not read", crowd=True)
def pipeline_not_read(trial):
    """Requests in one write whose answers pile up in the sockets."""
    data = wire.request("GET", "/_emulator") * 500
    crowd = trial.crowd()
    count = trial.size(100, 10)
    for _ in range(count):
        sock = crowd.add(receive_buffer=4096)
        try:
            sock.send(data)
        except OSError:
            pass
    yield "%d of 500" % count


EVENTS = wire.request("GET", "/_emulator/events")


def busy(trial, client, count):
    """News for whoever reads, and the longer the more."""
    for i in range(count):
        client.call(wire.post("SendMessage", queueName="q", msgBody="x" * 500, delaySeconds=1))
        if i % 50 == 49:
            trial.admin("POST", "clock/advance", by="1s")


@part("pages not read", rss_mib=24, crowd=True)
def pages_not_read(trial):
    """A hundred open pages of which none takes what it is told: of each there is a piece, and of all together
    a few batches."""
    trial.admin("POST", "clock/freeze")
    trial.cmq("CreateQueue", queueName="q")
    crowd = trial.crowd()
    count = trial.size(100, 20)
    for _ in range(count):
        crowd.add(EVENTS, receive_buffer=4096)
    held = trial.subject.rss()
    busy(trial, trial.client(), trial.size(20000, 1000))
    yield "%d pages" % count
    peak = trial.subject.peak_rss()
    trial.check(peak < held + 64 * MIB, "RSS grows by %d MiB" % ((peak - held) // MIB))
    crowd.close()
    trial.admin("POST", "reset")


@part("pages that come and go", rss_mib=24, crowd=True)
def pages_come_and_go(trial):
    """They hang up before they are answered, in the midst of the past, and when there is nothing to tell."""
    trial.admin("POST", "clock/freeze")
    trial.cmq("CreateQueue", queueName="q")
    client = trial.client()
    busy(trial, client, trial.size(2000, 200))
    rounds = trial.size(400, 40)
    for i in range(rounds):
        socks = [wire.connect(trial.port, receive_buffer=4096) for _ in range(5)]
        for sock in socks:
            sock.sendall(EVENTS)
        for n, sock in enumerate(socks):
            if (i + n) % 3:
                sock.recv(1 + 700 * n)
            (wire.reset if (i + n) % 2 else type(sock).close)(sock)
        if i % 10 == 0:
            busy(trial, client, 5)
    yield "%d times" % (rounds * 5)
    good = trial.client()
    good.send(wire.request("GET", "/_emulator/events?for=0"))
    trial.check(b'"signatures":true' in good.answer().body, "a page is told of the past")
    trial.admin("POST", "reset")


IN_EACH_WAY = [(False, False), (True, False), (False, True), (True, True)]  # TLS, in a tunnel
BATCHES = 24  # three times what is kept for who reads


def open_pages(trial, count):
    lines = [Line(trial.port, *IN_EACH_WAY[i % 4], receive_buffer=4096) for i in range(count)]
    for line in lines:
        line.send(EVENTS)
    return lines


def change(trial, page, batches):
    """Change something until the page has been told so many batches. Returns how many calls that took."""
    client = trial.client()
    calls = 0
    for _ in range(batches):
        told = page.told
        while page.told == told:
            busy(trial, client, 100)
            trial.admin("DELETE", "queues/q/messages")
            calls += 100
            page.listen()
    client.close()
    return calls


class Page:
    """One that reads as it is told, on a connection that does not wait."""

    def __init__(self, trial):
        self.sock = wire.connect(trial.port)
        self.sock.sendall(EVENTS)
        self.sock.setblocking(False)
        self.told = 0
        trial.opened(self.sock)

    def listen(self):
        try:
            self.told += self.sock.recv(wire.PIECE).count(b"event: changed")
        except BlockingIOError:
            time.sleep(0.01)


@part("pages read too slowly", options=TLS + [("--journal", "1000")], rss_mib=24)
def pages_read_too_slowly(trial):
    """Over TLS and in tunnels, too: who has not read before its place was needed is told to load all anew,
    and what is kept for it meanwhile is bounded."""
    trial.admin("POST", "clock/freeze")
    trial.cmq("CreateQueue", queueName="q")
    lines = open_pages(trial, 8)
    page = Page(trial)
    change(trial, page, 2)
    held = trial.subject.rss()
    calls = change(trial, page, trial.size(BATCHES, 4))
    yield "8 pages, %d changes" % calls
    peak = trial.subject.peak_rss()
    trial.check(peak < held + 16 * MIB, "RSS grows by %d MiB" % ((peak - held) // MIB))
    for line in lines:
        end = b'event: reload\ndata: {"why":"slow"}\n\n\r\n0\r\n\r\n'
        text = line.hear(end)
        trial.check(text.endswith(end), "a slow page is told %s" % text[-100:])
        line.sock.close()
    trial.admin("POST", "reset")


@part("pages that vanish in each way", options=TLS, rss_mib=24)
def pages_vanish(trial):
    """In the midst of the past, and when they have been told all."""
    trial.admin("POST", "clock/freeze")
    trial.cmq("CreateQueue", queueName="q")
    client = trial.client()
    busy(trial, client, trial.size(2000, 200))
    count = trial.size(40, 8)
    for way in WAYS:
        early, late = open_pages(trial, count), open_pages(trial, count)
        for i, line in enumerate(early):
            line.take(1 + 700 * i)
            line.end(way)
        for line in late:
            line.hear(b'"signatures":true')
            line.end(way)
        busy(trial, client, 10)
        check_closed(trial, "pages by " + way, early + late)
        if way == "RST":
            yield "%d in each of %d ways" % (2 * count, len(WAYS))
    good = trial.client()
    good.send(wire.request("GET", "/_emulator/events?for=0"))
    trial.check(b'"signatures":true' in good.answer().body, "a page is told of the past")
    trial.admin("POST", "reset")
