"""The job of the CI systems of docker/README.md: it finds the emulator where it was told."""

import json
import os
import unittest
import urllib.parse
import urllib.request


def ask(url, **arguments):
    data = urllib.parse.urlencode(arguments).encode()
    with urllib.request.urlopen(url + "/v2/index.php", data, timeout=30) as answer:
        return json.loads(answer.read().decode())


class Job(unittest.TestCase):
    def test_endpoint(self):
        endpoint = os.environ["CMQ_ENDPOINT"]
        ask(endpoint, Action="CreateQueue", queueName="orders")
        self.assertEqual(ask(endpoint, Action="SendMessage", queueName="orders", msgBody="x")["code"], 0)
        if "SSL_CERT_FILE" in os.environ:
            endpoint = endpoint.replace("http://", "https://")
        self.assertEqual(ask(endpoint, Action="ReceiveMessage", queueName="orders")["msgBody"], "x")

    def test_hosts_of_the_cloud(self):
        for host in os.environ["HOSTS"].split():
            self.assertEqual(ask("http://" + host, Action="ListQueue")["code"], 0, host)
            if "SSL_CERT_FILE" in os.environ:
                self.assertEqual(ask("https://" + host, Action="ListQueue")["code"], 0, host)
