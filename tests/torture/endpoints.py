"""Endpoints of pushes that behave badly, each on a port of its own, in a process of its own. Prints
their ports, as JSON, and ends with standard input."""
import json
import os
import select
import socket
import sys
import time

import wire

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def good(sock):
    sock.send(GOOD)


def hang(sock):
    pass


def garbage(sock):
    sock.send(os.urandom(300))
    return True


def huge(sock):
    """A body without end."""
    sock.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while True:
        sock.send(b"x" * 65536)


def endless(sock):
    """Headers without end."""
    sock.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.send(b"X-More: and more\r\n" * 1000)


def trickle(sock):
    sock.send(b"H")
    trickling.append((sock, GOOD[1:]))


KINDS = {
    "good": good,
    "hang": hang,
    "garbage": garbage,
    "huge": huge,
    "endless": endless,
    "trickle": trickle,
    "reset": None,
}
trickling = []


class Endpoints:
    def __init__(self):
        self.poll = select.epoll()
        self.kinds, self.listeners, self.sockets = {}, {}, {}
        for kind in KINDS:
            listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
            listener.setblocking(False)
            self.listeners[listener.fileno()] = listener
            self.kinds[listener.fileno()] = kind
            self.poll.register(listener.fileno(), select.EPOLLIN)
        self.poll.register(0, select.EPOLLIN | select.EPOLLHUP)

    def ports(self):
        return {self.kinds[fd]: one.getsockname()[1] for fd, one in self.listeners.items()}

    def accept(self, fd):
        sock, _ = self.listeners[fd].accept()
        if self.kinds[fd] == "reset":
            wire.reset(sock)
            return
        sock.setblocking(False)
        self.kinds[sock.fileno()] = self.kinds[fd]
        self.sockets[sock.fileno()] = sock
        self.poll.register(sock.fileno(), select.EPOLLIN)

    def serve(self, fd):
        sock = self.sockets[fd]
        try:
            closing = not sock.recv(65536)
            if not closing:
                closing = KINDS[self.kinds[fd]](sock)
        except BlockingIOError:
            closing = False  # more than it takes at once
        except OSError:
            closing = True
        if closing:
            self.close(fd)

    def close(self, fd):
        self.poll.unregister(fd)
        self.sockets.pop(fd).close()

    def trickle_on(self):
        for entry in list(trickling):
            sock, rest = entry
            trickling.remove(entry)
            try:
                sock.send(rest[:1])
            except OSError:
                continue
            if rest[1:]:
                trickling.append((sock, rest[1:]))

    def run(self):
        next_s = time.monotonic()
        while True:
            for fd, _ in self.poll.poll(0.1):
                if fd == 0:
                    return
                (self.accept if fd in self.listeners else self.serve)(fd)
            if time.monotonic() > next_s:
                self.trickle_on()
                next_s = time.monotonic() + 0.1


if __name__ == "__main__":
    endpoints = Endpoints()
    print(json.dumps(endpoints.ports()), flush=True)
    endpoints.run()
    sys.exit(0)
