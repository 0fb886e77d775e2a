"""Tests of a shop that uses CMQ. By docker/compose.config.yaml; needs Python alone.

What they find is described in cmq.json: queues, a topic that pushes to this container, and time that stands."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import threading
import time
import unittest
import urllib.parse
import urllib.request

ENDPOINT = os.environ.get("CMQ_ENDPOINT", "http://127.0.0.1:9267")
SECRET_ID = os.environ.get("CMQ_SECRET_ID", "AKIDorders")
SECRET_KEY = os.environ.get("CMQ_SECRET_KEY", "a key of the tests")


def ask(path, arguments):
    """POST a form, and return the answer."""
    with urllib.request.urlopen(ENDPOINT + path, urllib.parse.urlencode(arguments).encode(), timeout=30) as answer:
        return json.loads(answer.read().decode())


def cmq(action, secret_id=SECRET_ID, secret_key=SECRET_KEY, **parameters):
    """A signed call of CMQ: the signature is over the sorted parameters."""
    parameters.update(
        Action=action, SecretId=secret_id, Timestamp=int(time.time()), Nonce=1, SignatureMethod="HmacSHA256")
    text = "POST%s/v2/index.php?%s" % (
        urllib.parse.urlsplit(ENDPOINT).netloc, "&".join("%s=%s" % pair for pair in sorted(parameters.items())))
    digest = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).digest()
    return ask("/v2/index.php", dict(parameters, Signature=base64.b64encode(digest).decode()))


def advance(by):
    return ask("/_emulator/clock/advance", {"by": by})


class Shop(http.server.BaseHTTPRequestHandler):
    """Takes pushes; the first one is too much for it."""
    pushes = []

    def do_POST(self):
        self.pushes.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(503 if len(self.pushes) == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *unused):
        pass


class Orders(unittest.TestCase):
    def test_an_order_that_fails_three_times_is_put_aside(self):
        cmq("SendMessage", queueName="orders", msgBody="order 7")
        for _ in range(3):
            self.assertEqual(cmq("ReceiveMessage", queueName="orders")["msgBody"], "order 7")
            advance("60s")  # nobody deletes it
        self.assertEqual(cmq("ReceiveMessage", queueName="orders")["code"], 7000)
        failed = cmq("ReceiveMessage", queueName="failed-orders")
        self.assertEqual(failed["msgBody"], "order 7")
        cmq("DeleteMessage", queueName="failed-orders", receiptHandle=failed["receiptHandle"])

    def test_the_shop_hears_of_what_was_shipped(self):
        server = http.server.HTTPServer(("", 8080), Shop)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        cmq("PublishMessage", topicName="shipped", msgBody="order 8")
        self.assertEqual(advance(0)["firedByKind"], {})  # the first attempt has ended
        self.assertEqual(Shop.pushes, ["order 8"])
        self.assertEqual(advance("1m")["firedByKind"], {"push": 1})
        self.assertEqual(Shop.pushes, ["order 8", "order 8"])

    def test_each_namespace_has_its_own_keys_and_queues(self):
        self.assertEqual(cmq("SendMessage", secret_key="a wrong key", queueName="orders", msgBody="x")["code"], 4100)
        billing = {"secret_id": "AKIDbilling", "secret_key": "another key"}
        self.assertEqual(cmq("ReceiveMessage", queueName="orders", **billing)["code"], 7000)
        self.assertEqual(cmq("ReceiveMessage", queueName="failed-orders", **billing)["code"], 4440)


if __name__ == "__main__":
    unittest.main()
