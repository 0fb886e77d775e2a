"""What is in the emulator while Schemathesis calls it: one of each thing, so that the names of these
lead somewhere. Made anew after each call that may have changed it."""
import json
import os
import urllib.parse
import urllib.request

QUEUE, TOPIC, SUBSCRIPTION = "jobs", "news", "to-jobs"
SINK, OTHER, SNAPSHOT = "inbox", "other", "kept"
DOCUMENT = {}  # the snapshot
# What stands at {name} in a path.
NAMES = {
    "queues": QUEUE,
    "topics": TOPIC,
    "sink": SINK,
    "namespaces": OTHER,
    "holds": "1",
    "faults": "1",
    "snapshots": SNAPSHOT,
}
# Whatever is pending is due before that, and not much is left of it.
SOON_MS = 1893456000000 + 3600000
HELPER = "AKIDhelper"  # of calls that are no client's (../table)
# That of --admin-token, where there is one: whoever makes the world has it.
HEADERS = {"Authorization": "Bearer " + os.environ["TOKEN"]} if "TOKEN" in os.environ else {}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(url, method, target, body=None, headers=None):
    """The answer as JSON, whatever its status is."""
    data = None if body is None else json.dumps(body).encode()
    headers = HEADERS if headers is None else headers
    request = urllib.request.Request(url + target, method=method, data=data, headers=headers)
    try:
        with OPENER.open(request, timeout=10) as answer:
            return json.loads(answer.read().decode())
    except urllib.error.HTTPError as error:
        return json.loads(error.read().decode())


def act(url, action, **parameters):
    """A call of CMQ."""
    parameters.update(Action=action, SecretId=HELPER)
    answer = send(url, "GET", "/?" + urllib.parse.urlencode(parameters))
    assert answer["code"] == 0, (action, answer)
    return answer


def admin(url, method, path, body=None):
    return send(url, method, "/_emulator/" + path, body)


def make(url):
    admin(url, "POST", "reset")
    admin(url, "POST", "clock/freeze", {"at": "2030-01-01T00:00:00Z"})
    act(url, "CreateQueue", queueName=QUEUE)
    act(url, "CreateTopic", topicName=TOPIC)
    act(url, "Subscribe", topicName=TOPIC, subscriptionName=SUBSCRIPTION, protocol="http",
        endpoint="%s/_emulator/sink/%s" % (url, SINK))
    for delay in 0, 0, 60:
        sent = act(url, "SendMessage", queueName=QUEUE, msgBody="hello", delaySeconds=delay)
        NAMES["messages"] = sent["msgId"]
    act(url, "ReceiveMessage", queueName=QUEUE)
    admin(url, "DELETE", "sink/" + SINK)
    admin(url, "PUT", "sink/" + SINK, {"status": 503, "times": 1})
    act(url, "PublishMessage", topicName=TOPIC, msgBody="hello")
    admin(url, "POST", "clock/advance", {"by": 0})  # the first attempt has failed
    admin(url, "POST", "clock/holds")
    admin(url, "POST", "faults", {"queue": "no-such", "fault": {"error": "10050"}})
    admin(url, "POST", "snapshots", {"name": SNAPSHOT})
    DOCUMENT.update(admin(url, "GET", "snapshots/" + SNAPSHOT))
    if admin(url, "GET", "namespaces/" + OTHER).get("error"):
        credential = {"secretId": HELPER + OTHER, "secretKey": "key"}
        admin(url, "POST", "namespaces",
              {"name": OTHER, "clock": {"mode": "frozen"}, "credentials": [credential]})
        refused = send(url, "GET", "/?Action=ListQueue&SecretId=" + credential["secretId"])
        assert refused["code"] == 4000, refused  # it is not signed
