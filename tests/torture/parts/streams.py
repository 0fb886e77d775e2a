"""One connection that is used in ways in which no client library uses it."""
import itertools
import random
import socket

import wire
from parts.cuts import KINDS, set_up
from trial import part

WAITING = ("a long poll", "an await", "newer entries", "expect")
ANSWERED = {k: v for k, v in KINDS.items() if k not in WAITING}


@part("fragments of one byte")
def fragments(trial):
    set_up(trial)
    expected = {}
    for kind, data in ANSWERED.items():
        client = trial.client()
        client.send(data)
        expected[kind] = [client.answer().status]
        if kind in ("pair", "tunnel"):
            expected[kind].append(client.answer().status)
    clients = {kind: trial.client() for kind in ANSWERED}
    for i in range(max(map(len, ANSWERED.values()))):
        for kind, data in ANSWERED.items():
            if i < len(data):
                clients[kind].send(data[i : i + 1])
        if i == 150:
            yield "%d requests" % len(ANSWERED)
    for kind, client in clients.items():
        came = [client.answer().status for _ in expected[kind]]
        trial.check(came == expected[kind], "%s: %s rather than %s" % (kind, came, expected[kind]))


@part("pipelines")
def pipelines(trial):
    """Requests of all interfaces in one write; answers come in the order of requests."""
    trial.cmq("CreateQueue", queueName="q")
    calls = [
        (wire.post("SendMessage", queueName="q", msgBody="x" * 100), "code"),
        (wire.request("GET", "/_emulator/clock"), "mode"),
        (wire.get("ReceiveMessage", queueName="q"), "msgBody"),
        (wire.api3("tdmq", "DescribeCmqQueues"), "Response"),
        (wire.request("GET", "/_emulator/queues/q"), "queueName"),
        (wire.post("CountMessage"), "code"),
    ]
    count = trial.size(400)
    mixed = [calls[i % len(calls)] for i in range(count)]
    data = b"".join(each for each, _ in mixed)
    lines = trial.size(20, 4)
    clients = [trial.client() for _ in range(lines)]
    for client in clients:
        client.send(data)
    yield "%d of %d" % (lines, count)
    for client in clients:
        good = sum(member in client.answer().json() for _, member in mixed)
        trial.check(good == count, "%d of %d answers in order" % (good, count))


@part("GET with many parameters")
def many_parameters(trial):
    """Each is answered or refused, whatever is left of libmicrohttpd's pool."""
    counts = trial.size(range(600, 2001, 5), range(700, 800, 20))
    silent = []
    with trial.crowd() as crowd:
        for count in counts:
            query = "&".join("a%d=b" % i for i in range(count))
            crowd.add(wire.request("GET", "/v2/index.php?" + query))
        answers = crowd.answers(len(counts), 3)
        if trial.small:
            yield "%d" % len(counts)
    trial.check(
        len(answers) == len(counts),
        "%d of %d have no answer" % (len(counts) - len(answers), len(counts)),
    )
    for count in range(2000):
        query = "&".join("a%d=b" % i for i in range(1200 + count % 50))
        sock = wire.connect(trial.port)
        try:
            sock.sendall(wire.request("GET", "/?" + query))
        except OSError:
            silent.append(count)
        sock.close()
    yield "%d of 600 to 2000" % len(counts)


BAD_HEADS = {
    "two lengths": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
    b"Content-Length: 6\r\n\r\nhello!",
    "an unknown coding": b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: magic\r\n\r\nhello",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "a line that is no header": b"GET /_emulator/health HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n",
    "a length that is no number": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5x\r\n\r\nhello",
    "a negative length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\nhello",
    "a huge length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "a chunk of no size": b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a NUL in the target": b"GET /_emu\0lator/health HTTP/1.1\r\nHost: h\r\n\r\n",
    "no version": b"GET /_emulator/health\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "the same length twice": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
    b"Content-Length: 5\r\n\r\nhello",
    "a folded length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n 0\r\n\r\n0123456789",
    "a blank before the colon": b"GET / HTTP/1.1\r\nHost: h\r\nX-A : b\r\n\r\n",
    "a NUL for a line": b"GET / HTTP/1.1\r\nHost: h\r\n\0\r\nX-A: b\r\n\r\n",
    "CR in a value": b"GET / HTTP/1.1\r\nHost: h\r\nX-A: b\rc\r\n\r\n",
    "no host": b"GET /_emulator/health HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /_emulator/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a chunk beyond all": b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"fffffffffffffffff\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "endless headers": b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X-More: and more\r\n" * 5000 + b"\r\n",
    "an endless line": b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
}


@part("malformed heads", crowd=True)
def malformed_heads(trial):
    """Each is refused by an answer of 4xx, or at least closed, and nothing waits: the first request
    of a connection, and a later one."""
    heads = itertools.product(BAD_HEADS.items(), (False, True))
    for (what, data), later in heads:
        client = trial.client(patience_s=2)
        if later:
            what += ", later"
            client.call(wire.admin("GET", "health"))
        try:
            client.send(data)
            status = client.answer().status
            trial.check(400 <= status < 500 or status in (501, 505), "%s: %d" % (what, status))
        except wire.Broken as broken:
            trial.check("timed out" not in str(broken), "%s: nothing comes" % what)
        except OSError:
            trial.check(True, what)
    with trial.crowd() as crowd:
        many = itertools.islice(itertools.cycle(BAD_HEADS.values()), trial.size(2000))
        for data in many:
            crowd.add(data)
        yield "%d, of %d kinds" % (trial.size(2000), len(BAD_HEADS))


GARBAGE = [
    b"\r\n", b"\n", b"\r", b"\0", b":", b" ", b"\t", b";", b"%", b"?", b"\xff", b"0\r\n\r\n",
    b"Content-Length: 0\r\n", b"Content-Length: 18446744073709551615\r\n", b"ffffffff\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n", b"Connection: close\r\n",
    b"HTTP/1.0", b"&" * 50, b"X: " + b"y" * 3000 + b"\r\n", b"a:b\r\n" * 300, b"\x16\x03\x01",
    b'Cookie: a=b; c="d\r\n', b"Cookie: =" + b";" * 100 + b"\r\n", b"5;" + b"e" * 60000,
]


def garble(dice, data):
    """With some bytes gone, changed, doubled, or those of something else among them."""
    data = bytearray(data)
    for _ in range(dice.choice((0, 0, 1, 1, 2, 5))):
        at = dice.randrange(len(data) + 1)
        other = dice.randrange(len(data) + 1)
        how = dice.randrange(5)
        if how == 0:
            del data[at : at + dice.choice((1, 1, 2, 10, 50))]
        elif how == 1:
            data[at:at] = dice.choice(GARBAGE)
        elif how == 2 and at < len(data):
            data[at] = dice.randrange(256)
        elif how == 3:
            data[at:at] = data[min(at, other) : max(at, other)]
        else:
            data[at:at] = dice.choice(list(KINDS.values()))[: dice.randrange(200)]
    return bytes(data)


def speak(dice, sock, rest):
    """Say some of the rest, and hear. Returns what is left to say; None: the connection is over."""
    try:
        if rest:
            rest = rest[sock.send(rest[: dice.choice((1, 3, 17, 100, 1000, 100000))]) :]
        if not sock.recv(65536):
            return None
    except BlockingIOError:
        pass
    except OSError:
        return None
    return None if dice.random() < (0.003 if rest else 0.3) else rest


# What is sent behind a request that waits is not read, and a client that has sent more of it than the
# kernel takes cannot even tell that it has gone (decisions 44).
LINE = 100000


@part("garbled requests", options=[("--request-timeout", "2s")], crowd=True)
def garbled(trial):
    """Many connections, each of which says several in pieces of any size, and ends anywhere."""
    set_up(trial)
    dice = random.Random(1)
    kinds = list(KINDS.values())
    lines = {}
    total = trial.size(3000)
    begun, told = 0, False
    while begun < total or lines:
        if begun < total and len(lines) < 50:
            sock = wire.connect(trial.port)
            sock.setblocking(False)
            few = dice.choice((1, 1, 2, 3, 10))
            line = b"".join(garble(dice, dice.choice(kinds)) for _ in range(few))
            lines[sock] = line[:LINE]
            begun += 1
        sock = dice.choice(list(lines))
        lines[sock] = speak(dice, sock, lines[sock])
        if lines[sock] is None:
            del lines[sock]
            dice.choice((wire.reset, socket.socket.close))(sock)
        if begun > total // 2 and not told:
            told = True
            yield "%d connections" % total
