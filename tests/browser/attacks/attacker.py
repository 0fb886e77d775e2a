"""The servers of those who write the pages: one on the internet, one in the intranet.

A page asks its server again and again what to do next, does it, and reports what it could read."""
import http.server
import json
import os
import queue
import threading
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE_S = 8


class Orders:
    """What one page is told to do, and what it reports."""

    def __init__(self):
        self.next = queue.Queue()
        self.reports = queue.Queue()

    def report(self):
        """The next report of the page; None when none comes in time."""
        try:
            return self.reports.get(timeout=PATIENCE_S)
        except queue.Empty:
            return None

    def give(self, **order):
        self.next.put(order)
        return self.report()


class Handler(http.server.BaseHTTPRequestHandler):
    """Pages and their orders; any page may read the answers."""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        arguments = dict(urllib.parse.parse_qsl(query))
        if path == "/redirect":
            self.send_response(307)
            self.send_header("Location", arguments["to"])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/next":
            self.answer(json.dumps(self.orders(arguments).next.get()), "application/json")
        elif path in ("/page", "/sandbox"):
            self.answer(self.page(), "text/html", path == "/sandbox")
        elif path == "/favicon.ico":
            self.answer("", "image/x-icon")
        else:
            self.server.others += 1
            self.answer("", "text/plain")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        if path == "/report":
            self.orders(dict(urllib.parse.parse_qsl(query))).reports.put(json.loads(body))
            self.answer("", "text/plain")
        else:
            self.do_GET()

    def orders(self, arguments):
        return self.server.pages[int(arguments["page"])]

    def page(self):
        with open(os.path.join(HERE, "page.html")) as f:
            return f.read()

    def answer(self, text, content_type, sandboxed=False):
        data = text.encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Access-Control-Allow-Origin", "*")
            if sandboxed:
                self.send_header(
                    "Content-Security-Policy", "sandbox allow-scripts allow-forms allow-popups"
                )
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass  # the browser has gone

    def log_message(self, *_):
        pass


class Attacker:
    """A web server; `others` counts the requests for anything but pages."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.pages = []
        self.server.others = 0
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def new_page(self):
        """The number of another page, and its orders."""
        self.server.pages.append(Orders())
        return len(self.server.pages) - 1, self.server.pages[-1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
