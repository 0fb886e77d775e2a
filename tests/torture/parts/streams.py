"""One connection that is used in ways in which no client library uses it."""
import itertools

import wire
from parts.cuts import KINDS, set_up
from trial import part

ANSWERED = {k: v for k, v in KINDS.items() if k not in ("a long poll", "an await", "expect")}


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


@part("malformed heads")
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
