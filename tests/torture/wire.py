"""Requests as bytes, and clients that send them in whatever way: one that waits, and crowds."""
import errno
import itertools
import json
import select
import socket
import ssl
import struct
import time
import urllib.parse

HOST = "127.0.0.1"
PATIENCE_S = 30  # with answers that should come at once, on however busy a machine
PIECE = 256 * 1024
RESET = struct.pack("ii", 1, 0)  # of SO_LINGER: close by RST


class Broken(Exception):
    """The connection ended, or nothing came, where an answer was due."""


# ---- requests ----


def request(method, target, body=None, headers=()):
    """The bytes of a request. A body comes with its length; so does a POST without one."""
    if isinstance(body, str):
        body = body.encode()
    lines = ["%s %s HTTP/1.1" % (method, target), "Host: " + HOST]
    lines += ["%s: %s" % header for header in headers]
    if body is not None or method == "POST":
        lines.append("Content-Length: %d" % len(body or b""))
    return "\r\n".join(lines + ["", ""]).encode() + (body or b"")


def form(action, **parameters):
    """A call of the API v2; a list is written as NAME.1, NAME.2, ..."""
    pairs = [("Action", action)]
    for name, value in parameters.items():
        if isinstance(value, (list, tuple)):
            pairs += [("%s.%d" % (name, i + 1), each) for i, each in enumerate(value)]
        else:
            pairs.append((name, value))
    return urllib.parse.urlencode(pairs)


def post(action, **parameters):
    return request("POST", "/v2/index.php", form(action, **parameters))


def get(action, **parameters):
    return request("GET", "/v2/index.php?" + form(action, **parameters))


def chunked(*pieces):
    """A call of the API v2 whose form comes in chunks, with an extension and a trailer."""
    head = request("GET", "/v2/index.php", None, [("Transfer-Encoding", "chunked")])
    chunks = "".join("%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return head.replace(b"GET", b"POST") + chunks.encode() + b"0\r\nTrailer: none\r\n\r\n"


def api3(product, action, **parameters):
    """A call of API 3.0, whose body is JSON."""
    versions = {"cmq": "2019-03-04", "tdmq": "2020-02-17"}
    headers = [
        ("Content-Type", "application/json"),
        ("X-TC-Action", action),
        ("X-TC-Version", versions[product]),
        ("X-TC-Region", "ap-guangzhou"),
        ("X-TC-Timestamp", str(int(time.time()))),
    ]
    return request("POST", "/", json.dumps(parameters), headers)


def admin(method, path, **arguments):
    body = json.dumps(arguments) if arguments else None
    return request(method, "/_emulator/" + path, body)


# ---- sockets ----


def connect(port, receive_buffer=None):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE_S)
    try:
        sock.connect((HOST, port))
    except OSError:
        sock.close()
        raise
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def reset(sock):
    """Close by RST."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    except OSError:
        pass  # the other side has reset it already
    sock.close()


def half_close(sock):
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body.decode())

    def code(self):
        """That of a call of CMQ, or of an error of the admin interface; None if there is none."""
        try:
            told = self.json()
        except ValueError:
            return None
        return told.get("code", told.get("error", {}).get("code"))


class Reader:
    """Takes bytes as they come, and gives the answers that they are."""

    def __init__(self):
        self.bytes = bytearray()
        self.head = None  # (status, headers), once it has come
        self.body_at = 0

    def take(self):
        """The next answer, or None if it has not come whole."""
        if self.head is None and not self.take_head():
            return None
        status, headers = self.head
        if "chunked" in headers.get("transfer-encoding", ""):
            return self.take_chunks()
        end = self.body_at + int(headers.get("content-length", 0))
        if len(self.bytes) < end:
            return None
        return self.taken(bytes(self.bytes[self.body_at : end]), end)

    def take_head(self):
        end = self.bytes.find(b"\r\n\r\n")
        if end < 0:
            return False
        lines = self.bytes[:end].decode("latin-1").split("\r\n")
        pairs = (line.split(":", 1) for line in lines[1:])
        self.head = int(lines[0].split(" ")[1]), {k.lower(): v.strip() for k, v in pairs}
        self.body_at = end + 4
        if self.head[0] == 100:
            del self.bytes[: self.body_at]
            self.head = None
            return self.take_head()
        return True

    def take_chunks(self):
        at, pieces = self.body_at, []
        while True:
            line_end = self.bytes.find(b"\r\n", at)
            if line_end < 0:
                return None
            size = int(bytes(self.bytes[at:line_end]).split(b";")[0], 16)
            at = line_end + 2 + size + 2
            if len(self.bytes) < at:
                return None
            if size == 0:
                return self.taken(b"".join(pieces), at)
            pieces.append(bytes(self.bytes[line_end + 2 : at - 2]))

    def taken(self, body, end):
        status, headers = self.head
        del self.bytes[:end]
        self.head = None
        return Answer(status, headers, body)


class Client:
    """One connection whose calls wait for their answers."""

    def __init__(self, port, patience_s=PATIENCE_S, **options):
        self.sock = connect(port, **options)
        self.sock.settimeout(patience_s)
        self.reader = Reader()

    def send(self, data):
        self.sock.sendall(data)

    def answer(self):
        while True:
            answer = self.reader.take()
            if answer is not None:
                return answer
            try:
                data = self.sock.recv(PIECE)
            except OSError as error:  # also when time is over
                raise Broken(str(error))
            if not data:
                raise Broken("closed after %d bytes" % len(self.reader.bytes))
            self.reader.bytes += data

    def call(self, data):
        self.send(data)
        return self.answer()

    def flood(self, requests, slab=100):
        """All of them, many in one write; yields the answers."""
        requests = iter(requests)
        while True:
            some = list(itertools.islice(requests, slab))
            if not some:
                return
            self.send(b"".join(some))
            for _ in some:
                yield self.answer()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Tunnel:
    """TLS whose bytes are in our hands, on a socket."""

    def __init__(self, sock):
        self.sock = sock
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def flights(self, data):
        """What a client sends, flight by flight: the hello, the end of the handshake, data."""
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                yield self.outgoing.read()
                self.read_some()
        self.tls.write(data)
        yield self.outgoing.read()

    def read_some(self):
        data = self.sock.recv(PIECE)
        if not data:
            raise Broken("closed in the handshake")
        self.incoming.write(data)

    def hear(self):
        """What comes next; nothing at the end."""
        while True:
            try:
                return self.tls.read(PIECE)
            except ssl.SSLWantReadError:
                data = self.sock.recv(PIECE)
                if not data:
                    return b""
                self.incoming.write(data)
            except ssl.SSLZeroReturnError:
                return b""

    def answer(self):
        reader = Reader()
        while True:
            answer = reader.take()
            if answer is not None:
                return answer
            try:
                reader.bytes += self.tls.read(PIECE)
            except ssl.SSLWantReadError:
                self.read_some()


class Crowd:
    """Many connections at a time."""

    def __init__(self, port):
        self.port = port
        self.members = {}  # by descriptor: socket and Reader
        self.epoll = select.epoll()

    def __len__(self):
        return len(self.members)

    def add(self, data=b"", receive_buffer=None):
        """One more, which sends this at once. None where it is closed at once."""
        sock = connect(self.port, receive_buffer)
        try:
            if data:
                sock.sendall(data)
        except OSError:
            sock.close()
            return None
        return self.keep(sock)

    def keep(self, sock):
        sock.setblocking(False)
        self.members[sock.fileno()] = sock, Reader()
        self.epoll.register(sock.fileno(), select.EPOLLIN)
        return sock

    def sockets(self):
        return [sock for sock, _ in self.members.values()]

    def drop(self, fd):
        sock, _ = self.members.pop(fd)
        self.epoll.unregister(fd)
        sock.close()

    def answers(self, count, within_s=PATIENCE_S):
        """The next answers, as many, or all that come in time. Who is closed is dropped."""
        until = time.monotonic() + within_s
        found = []
        while len(found) < count and self.members and time.monotonic() < until:
            for fd, _ in self.epoll.poll(max(0, until - time.monotonic()), 1024):
                found += self.read(fd)
        return found

    def read(self, fd):
        sock, reader = self.members[fd]
        try:
            data = sock.recv(PIECE)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.drop(fd)
            return []
        reader.bytes += data
        return list(iter(reader.take, None))

    def wait_until_closed(self, within_s=1):
        """Read on until the other side has closed all. Returns how many it has not."""
        until = time.monotonic() + within_s
        while self.members and time.monotonic() < until:
            for fd, _ in self.epoll.poll(max(0, until - time.monotonic()), 1024):
                self.read(fd)
        return len(self.members)

    def close(self, how=socket.socket.close):
        """Close all at once, by FIN or by reset()."""
        for sock in self.sockets():
            how(sock)
        self.members.clear()
        self.epoll.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
