"""The emulator under attack, asked directly, as a client that is no browser."""
import contextlib
import http.client
import json
import os
import urllib.parse

import emulator

PATIENCE_S = 5


class Answer:
    def __init__(self, status, headers, text):
        self.status = status
        self.headers = headers
        self.text = text

    def error(self):
        """The code of an error of the admin interface, or None."""
        try:
            return json.loads(self.text)["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None


def ask(port, method, target, headers=(), body=""):
    """One request with exactly these headers, and Host unless it is among them."""
    headers = list(headers)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    with contextlib.closing(connection):
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        if not any(name == "Host" for name, _ in headers):
            headers.append(("Host", "127.0.0.1:%d" % port))
        for name, value in headers + [("Content-Length", str(len(body)))]:
            connection.putheader(name, value)
        connection.endheaders(body.encode())
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read().decode())


class Victim:
    """An emulator with a queue, a message in it, and a topic."""

    SECRET = "words for nobody else"

    def __init__(self, *options):
        self.emulator = emulator.Emulator(os.environ["EMULATOR"], *options)
        self.port = self.emulator.port

    def cmq(self, action, **parameters):
        form = urllib.parse.urlencode(dict(parameters, Action=action))
        answer = json.loads(ask(self.port, "POST", "/", body=form).text)
        assert answer["code"] == 0, answer
        return answer

    def look(self, path):
        answer = ask(self.port, "GET", "/_emulator/" + path)
        return json.loads(answer.text) if answer.status == 200 else None

    def prepare(self):
        for each in self.look("namespaces")["namespaces"][1:]:
            ask(self.port, "DELETE", "/_emulator/namespaces/" + each["namespace"])
        ask(self.port, "POST", "/_emulator/reset")
        self.cmq("CreateQueue", queueName="victim")
        self.cmq("SendMessage", queueName="victim", msgBody=self.SECRET)
        self.cmq("CreateTopic", topicName="news")

    def facts(self):
        """All that an attacker could want to change, by name."""
        messages = (self.look("queues/victim/messages") or {}).get("messages", [])
        topics = self.look("topics")["topics"]
        return {
            "the queues": [queue["queueName"] for queue in self.look("queues")["queues"]],
            "the messages": [(each["msgId"], each["state"]) for each in messages],
            "the topics": [topic["topicName"] for topic in topics],
            "the subscriptions": [topic["subscriptions"] for topic in topics],
            "the clock": self.look("clock")["mode"],
            "the namespaces": [
                each["namespace"] for each in self.look("namespaces")["namespaces"]
            ],
        }

    def wait_for_pushes(self, subscription):
        """Until nothing is pending for a subscription, if it is there."""
        condition = {"until": {"subscription": subscription, "pending": {"eq": 0}}, "timeout": "2s"}
        ask(self.port, "POST", "/_emulator/await", body=json.dumps(condition))

    def stop(self):
        self.emulator.stop()
