"""A relay in front of the emulator that keeps what passes.

The browser connects to the port of the tap. What it sends goes on unaltered but for `Connection`,
so that each connection carries one request. So a test sees that a request did arrive, with which
headers, and what the emulator answered, whether or not the page may see that.

The tap can lead elsewhere, too: a page that was loaded through it from the attacker's server, and
whose name then leads to the emulator, is what a page is after its name was rebound."""
import socket
import socketserver
import threading
import time

LONGEST_HEAD = 65536
PATIENCE_S = 5
HANDSHAKE_S = 0.5  # for an answer that does not end: of an accepted WebSocket, of EventSource


class Passed:
    """A request that came through, and its answer once it is whole."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target = lines[0].split(" ")[:2]
        self.path = self.target.split("?")[0]
        self.headers = read_headers(lines[1:])
        self.answer = b""
        self.ended = False

    def status(self):
        words = self.answer.split(b" ", 2)
        return int(words[1]) if len(words) > 2 else 0

    def answer_headers(self):
        return read_headers(self.answer.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:])


def read_headers(lines):
    pairs = [line.split(":", 1) for line in lines if ":" in line]
    return {name.strip().lower(): value.strip() for name, value in pairs}


def read_request(connection):
    """The head of a request with the blank line, and its body; None when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(LONGEST_HEAD)
        if not more or len(data) > LONGEST_HEAD:
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = int(read_headers(head.decode("latin-1").split("\r\n")).get("content-length", 0))
    while len(body) < length:
        more = connection.recv(LONGEST_HEAD)
        if not more:
            return None
        body += more
    return head, body


class Relay(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(PATIENCE_S)
        try:
            request = read_request(self.request)
            if request:
                self.pass_on(*request)
        except OSError:
            pass  # one side has gone

    def pass_on(self, head, body):
        tap = self.server.tap
        passed = tap.note(head)
        try:
            with socket.create_connection(("127.0.0.1", tap.leads_to), PATIENCE_S) as beyond:
                lasting = "upgrade" in passed.headers or "event-stream" in passed.headers.get(
                    "accept", ""
                )
                if lasting:
                    beyond.settimeout(HANDSHAKE_S)
                else:
                    head = b"\r\n".join(
                        line
                        for line in head.split(b"\r\n")
                        if not line.lower().startswith(b"connection:")
                    )
                    head += b"\r\nConnection: close"
                beyond.sendall(head + b"\r\n\r\n" + body)
                self.pass_back(beyond, passed)
        finally:
            passed.ended = True

    def pass_back(self, beyond, passed):
        while True:
            try:
                data = beyond.recv(LONGEST_HEAD)
            except socket.timeout:
                return
            if not data:
                return
            passed.answer += data
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True


class Tap:
    def __init__(self, leads_to):
        self.leads_to = leads_to
        self.passed = []
        self.server = Server(("127.0.0.1", 0), Relay)
        self.server.tap = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def note(self, head):
        passed = Passed(head)
        self.passed.append(passed)
        return passed

    def forget(self):
        self.passed = []

    def wait_for(self, path):
        """The requests to a path, all answered; at least one, or none in time."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = [each for each in list(self.passed) if each.path == path]
            if found and all(each.ended for each in found):
                return found
            time.sleep(0.002)
        return []

    def close(self):
        self.server.shutdown()
        self.server.server_close()
