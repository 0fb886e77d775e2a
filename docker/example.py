"""A message that is delayed by an hour, without the hour. By docker/compose.yaml; needs Python alone.

It is sent to the emulator's own address, and received as by a client that has the cloud's hosts built in: over
HTTPS, with the CA of SSL_CERT_FILE."""
import json
import os
import urllib.parse
import urllib.request

ENDPOINT = os.environ.get("CMQ_ENDPOINT", "http://127.0.0.1:9267")
CLOUD = os.environ.get("CMQ_CLOUD", "https://cmq-queue-gz.api.qcloud.com/v2/index.php")


def ask(url, arguments):
    """POST a form, and return the answer."""
    with urllib.request.urlopen(url, urllib.parse.urlencode(arguments).encode(), timeout=30) as answer:
        return json.loads(answer.read().decode())


def cmq(url, action, **parameters):
    """A call of CMQ. Without credentials the emulator wants no signature."""
    answer = ask(url, dict(parameters, Action=action))
    print("%-14s %-52s %s" % (action, url, answer["message"] or "ok"))
    return answer


def main():
    cmq(ENDPOINT, "DeleteQueue", queueName="orders")  # of an earlier run
    cmq(ENDPOINT, "CreateQueue", queueName="orders")
    cmq(ENDPOINT, "SendMessage", queueName="orders", msgBody="hello", delaySeconds=3600)
    assert cmq(ENDPOINT, "ReceiveMessage", queueName="orders")["code"] == 7000, "it is not delayed"

    clock = ask(ENDPOINT + "/_emulator/clock/advance", {"by": "1h"})
    print("%-14s %-52s it is %s" % ("advance", "by an hour", clock["now"]))

    message = cmq(CLOUD, "ReceiveMessage", queueName="orders")
    assert message.get("msgBody") == "hello", "there is no message"
    cmq(CLOUD, "DeleteMessage", queueName="orders", receiptHandle=message["receiptHandle"])
    cmq(ENDPOINT, "DeleteQueue", queueName="orders")


if __name__ == "__main__":
    main()
