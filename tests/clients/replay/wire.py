"""One connection, and HTTP as bytes: what is sent is chosen by the caller to the last byte."""

import json
import socket
import ssl

PATIENCE_S = 10


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # names in lower case
        self.body = body

    def json(self):
        return json.loads(self.body.decode())


def encode_request(verb, target, headers, body):
    """The bytes of a request. headers: pairs, in their order."""
    lines = ["%s %s HTTP/1.1" % (verb, target)] + ["%s: %s" % pair for pair in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Wire:
    """A connection to one address, made when it is needed and kept if the client keeps it.

    ca: the file of a certificate authority, to speak TLS."""

    def __init__(self, port, keep_alive=True, ca=None):
        self.port = port
        self.keep_alive = keep_alive
        self.ca = ca
        self.socket = None
        self.connections = 0
        self.buffer = b""

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.ca:
            context = ssl.create_default_context(cafile=self.ca)
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.connections += 1
        self.buffer = b""

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def send(self, request):
        """Send a request; one with Expect sends its body when it is told to."""
        if self.socket is None:
            self.connect()
        head, body = request.split(b"\r\n\r\n", 1)
        if b"\r\nExpect: 100-continue" in head:
            self.socket.sendall(head + b"\r\n\r\n")
            status = self.read_head()[0]
            assert status == 100, "100 was expected, not %d" % status
            self.socket.sendall(body)
        else:
            self.socket.sendall(request)

    def read(self):
        """The answer to what was sent."""
        status, headers = self.read_head()
        body = self.read_bytes(int(headers["content-length"]))
        if not self.keep_alive or headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    def ask(self, request):
        self.send(request)
        return self.read()

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), {name.lower(): headers[name] for name in headers}

    def read_bytes(self, count):
        while len(self.buffer) < count:
            self.fill()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def fill(self):
        read = self.socket.recv(65536)
        assert read, "the connection was closed before the answer had ended"
        self.buffer += read
