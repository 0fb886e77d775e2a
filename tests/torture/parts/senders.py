"""Clients that take their time to say what they want."""
import time

import wire
from subject import MIB
from trial import part


def trickle(socks, data, at, until_s):
    """Send data[at:] byte by byte on all of them in turn, for so long, but for the last byte.
    Returns where it is."""
    end = time.monotonic() + until_s
    while at < len(data) - 1 and time.monotonic() < end:
        for sock in socks:
            sock.send(data[at : at + 1])
        at += 1
    return at


@part("slow heads and bodies", crowd=True)
def slow(trial):
    trial.cmq("CreateQueue", queueName="q")
    data = wire.post("SendMessage", queueName="q", msgBody="a body that takes its time")
    count = trial.size(1000)
    crowd = trial.crowd()
    for _ in range(count):
        crowd.add(data[:20])
    at = trickle(crowd.sockets(), data, 20, 3)
    yield "%d senders" % count
    for sock in crowd.sockets()[::2]:
        sock.sendall(data[at:])
    answers = crowd.answers(count // 2)
    good = sum(answer.code() == 0 for answer in answers)
    trial.check(good == count // 2, "%d of %d slow ones are answered" % (good, count // 2))


TRICKLES = [
    wire.request("GET", "/_emulator/health", None, [("X-Long", "y" * 9000)]),
    wire.request("POST", "/", "x" * 9000),
    wire.request("POST", "/", None, [("Transfer-Encoding", "chunked")]).replace(
        b"Content-Length: 0\r\n", b""
    )
    + b"1\r\nx\r\n" * 1500,
]


@part("senders that never end", options=[("--request-timeout", "1s")], crowd=True)
def never_ending(trial):
    """They are cut, though they go on and on, and automatic clocks jump again."""
    count = trial.size(300, 30)
    crowds = [trial.crowd() for _ in TRICKLES]
    for crowd, data in zip(crowds, TRICKLES):
        for _ in range(count):
            crowd.add(data[:100])
    yield "%d senders" % (count * len(TRICKLES))
    end = time.monotonic() + 1.5
    at = 100
    while time.monotonic() < end:
        for crowd, data in zip(crowds, TRICKLES):
            for sock in crowd.sockets():
                try:
                    sock.send(data[at : at + 1])
                except OSError:
                    pass  # cut
        at += 1
    trial.check(trial.subject.jumps(), "they keep automatic clocks from jumping")
    for crowd in crowds:
        statuses = {answer.status for answer in crowd.answers(count, 1)}
        left = crowd.wait_until_closed()
        trial.check(left == 0, "%d stay open" % left)
        trial.check(statuses <= {408}, "they are told %s" % statuses)


@part("half-sent bodies of 4 MiB", rss_mib=24, crowd=True)
def half_sent(trial):
    """They are on a budget: RSS stays below 256 MiB and a bit; further ones get 503."""
    head = wire.request("POST", "/", b"")
    head = head.replace(b"Content-Length: 0", b"Content-Length: %d" % (4 * MIB))
    half = b"Action=SendMessage&queueName=q&msgBody=" + b"x" * (4 * MIB - 40)
    count = trial.size(300, 30)
    crowd = trial.crowd()
    for _ in range(count):
        sock = crowd.add(head)
        if sock is None:
            continue
        sock.settimeout(1)
        try:
            sock.sendall(half)
        except OSError:
            pass  # refused
        sock.setblocking(False)
    answers = crowd.answers(count, 0.5)
    yield "%d" % count
    peak = trial.subject.peak_rss()
    trial.check(peak < 400 * MIB, "RSS is %d MiB" % (peak // MIB))
    others = [answer.status for answer in answers if answer.status != 503]
    trial.check(not others, "answers of %s" % others[:5])
    for answer in answers[:1]:
        trial.check("retry-after" in answer.headers, "no Retry-After")


@part("a crowd that says nothing", crowd=True)
def silent(trial):
    count = trial.size(5000)
    crowd = trial.crowd()
    for _ in range(count):
        crowd.add()
    for _ in range(count // 2):
        crowd.add(b"P")
    yield "%d connections" % (count + count // 2)


@part("handshakes of TLS that stop", options=[("--tls-self-signed", "{directory}/tls")])
def handshakes(trial):
    """After the hello, and in the middle of it."""
    count = trial.size(500, 50)
    crowd = trial.crowd()
    for i in range(count):
        sock = wire.connect(trial.port)
        hello = next(wire.Tunnel(sock).flights(b""))
        sock.sendall(hello[: len(hello) // (1 + i % 2)])
        crowd.keep(sock)
    yield "%d handshakes" % count
    crowd.close()
    sock = trial.opened(wire.connect(trial.port))
    tunnel = wire.Tunnel(sock)
    for flight in tunnel.flights(wire.admin("GET", "health")):
        sock.sendall(flight)
    trial.check(tunnel.answer().status == 200, "TLS is not served any more")


@part("tunnels in tunnels")
def tunnels(trial):
    """CONNECT again and again on one connection, and a request at the end."""
    deep = wire.request("CONNECT", "localhost:80") * 300
    crowd = trial.crowd()
    count = trial.size(50, 5)
    for _ in range(count):
        crowd.add(deep + wire.admin("GET", "health"))
    yield "%d of 300" % count
    answers = crowd.answers(count * 301, 5)
    trial.check(len(answers) >= count, "%d answers" % len(answers))
