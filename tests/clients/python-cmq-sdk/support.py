"""Small helpers of the tests."""
import contextlib
import http.server
import socketserver
import threading

import pytest
from cmq.cmq_exception import CMQServerException
from cmq.queue import Message


@contextlib.contextmanager
def refused(code, message=None):
    """What stands inside must raise the client's exception with this code, and message."""
    with pytest.raises(CMQServerException) as caught:
        yield caught
    assert caught.value.code == code, caught.value
    assert message is None or caught.value.message == message
    assert caught.value.request_id.isdigit()


def no_message():
    return refused(7000, "(10200)no message")


def send(queue, *bodies, **options):
    """Send one message, or several in one batch. Returns the ids."""
    if len(bodies) == 1:
        return [queue.send_message(Message(bodies[0]), **options).msgId]
    sent = queue.batch_send_message([Message(body) for body in bodies], **options)
    return [message.msgId for message in sent]


def bodies(messages):
    return [message.msgBody for message in messages]


class Push:
    """A request as an endpoint got it."""

    def __init__(self, handler):
        self.path = handler.path
        self.headers = handler.headers.items()
        self.body = handler.rfile.read(int(handler.headers["Content-Length"]))

    def header(self, name):
        """Its value as the UTF-8 that was sent, or None."""
        values = [value for each, value in self.headers if each == name]
        assert len(values) <= 1
        return values[0].encode("latin-1").decode() if values else None

    def id(self):
        return self.header("x-cmq-message-id")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Endpoint:
    """Where subscriptions push to: an HTTP server in threads of its own.

    It records what it gets, and answers as on_push(push) says: with a status, None for 200, or a
    dropped connection if that is what on_push raises."""

    def __init__(self):
        self.pushes = []
        self.on_push = lambda push: 200
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                push = Push(self)
                endpoint.pushes.append(push)
                try:
                    status = endpoint.on_push(push) or 200
                except ConnectionError:
                    return
                self.send_response(status)
                if status // 100 == 3:
                    self.send_header("Location", endpoint.url + "/elsewhere")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def answer(self, *statuses):
        """Answer the next pushes so, later ones with 200."""
        left = list(statuses)
        self.on_push = lambda push: left.pop(0) if left else 200

    def bodies(self):
        return [push.body.decode() for push in self.pushes]

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
