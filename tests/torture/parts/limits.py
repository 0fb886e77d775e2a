"""At each limit of the process: those who are in stay in, others hear why, and it goes on."""
import time

import wire
from subject import MIB
from trial import part

HEALTH = wire.admin("GET", "health")


def rests(trial, what):
    """At the limit it waits like anywhere else, rather than trying again and again."""
    begun = trial.subject.cpu_s()
    time.sleep(0.5)
    used = trial.subject.cpu_s() - begun
    trial.check(used < 0.25, "%s: %.2f s of processor time in 0.5 s" % (what, used))


@part("descriptor limit", descriptors=128)
def descriptor_limit(trial):
    """Of more clients than descriptors those that are in are served, and the others are told."""
    crowd = trial.crowd()
    count = 400
    call = wire.post("ListQueue")
    for _ in range(count):
        crowd.add(call)
    statuses = [answer.status for answer in crowd.answers(count, 1)]
    first = statuses.count(200)
    trial.check(0 < first < count, "%d of %d fit" % (first, count))
    told = statuses.count(503)
    trial.check(told == count - first, "%d of %d are told" % (told, count - first))
    trial.check(trial.subject.is_healthy(), "health is not answered without descriptors")
    rests(trial, "all descriptors taken")
    yield "%d for 128" % count
    crowd.close()
    with trial.crowd() as others:
        for _ in range(50):
            others.add(HEALTH)
        trial.check(len(others.answers(50, 2)) == 50, "afterwards not all are served")


@part("connection limit", options=[("--max-connections", "200")])
def connection_limit(trial):
    trial.cmq("CreateQueue", queueName="q")
    inside = trial.crowd()
    for _ in range(190):
        inside.add(HEALTH)
    trial.check(len(inside.answers(190, 2)) == 190, "not all fit in")
    outside = trial.crowd()
    call = wire.post("SendMessage", queueName="q", msgBody="x")
    for _ in range(60):
        outside.add(call)
    statuses = sorted(answer.status for answer in outside.answers(60, 2))
    trial.check(statuses[-1:] == [503], "those outside hear %s" % set(statuses))
    silent = trial.crowd()
    for _ in range(400):
        silent.add()
    yield "190 in, 460 more"
    for sock in inside.sockets():
        sock.setblocking(True)
        sock.sendall(HEALTH)
        sock.setblocking(False)
    statuses = [answer.status for answer in inside.answers(190, 2)]
    trial.check(statuses == [200] * 190, "%d of 190 stay in" % statuses.count(200))
    trial.check(trial.subject.is_healthy(), "health is not answered beyond the limit")
    rests(trial, "all connections taken")
    silent.close()
    outside.close()
    inside.close()
    trial.wait_until(
        lambda: trial.subject.call(call).code() == 0, "when all have left nobody is let in"
    )


def send_until_refused(trial, body, most, **more):
    """Returns how many were taken of those that were sent, and the code of the last one."""
    data = wire.post("SendMessage", queueName="q", msgBody=body, **more)
    with wire.Client(trial.port) as client:
        codes = [answer.code() for answer in client.flood([data] * most, slab=20)]
    return codes.count(0), codes[-1]


LIMITED = [("--max-memory", "20m")]


def memory_limit(trial, size):
    trial.cmq("CreateQueue", queueName="q", maxMsgSize=1048576)
    body = "x" * size
    most = 24 * MIB // size
    taken, code = send_until_refused(trial, body, most)
    trial.check(code == 6000, "after %d messages comes %s" % (taken, code))
    yield "%d of %d bytes" % (taken, size)
    client = trial.client()
    again, code = send_until_refused(trial, body, 3)
    trial.check((again, code) == (0, 6000), "%d more are taken: %s" % (again, code))
    got = client.call(wire.post("ReceiveMessage", queueName="q")).json()
    trial.check(got["code"] == 0, "receiving: %s" % got["code"])
    client.call(wire.post("DeleteMessage", queueName="q", receiptHandle=got["receiptHandle"]))
    again, code = send_until_refused(trial, body, 3)
    trial.check((again, code) == (1, 6000), "after one delete %d fit: %s" % (again, code))
    trial.admin("DELETE", "queues/q/messages")
    taken_again, code = send_until_refused(trial, body, taken)
    trial.check(taken_again >= taken - 1, "after a purge %d fit" % taken_again)
    trial.admin("POST", "reset")


@part("memory limit, small", options=LIMITED, bystander="looks")
def memory_limit_small(trial):
    return memory_limit(trial, 400)


@part("memory limit, large", options=LIMITED, bystander="looks", rss_mib=24)
def memory_limit_large(trial):
    return memory_limit(trial, MIB)


@part("memory limit of all", options=LIMITED, bystander="looks", rss_mib=24)
def memory_limit_of_all(trial):
    """Ten namespaces have one budget, and none can give itself another one."""
    total = 0
    secrets = []
    for i in range(10):
        made = trial.admin(
            "POST", "namespaces", name="n%d" % i, limits={"maxMemory": 1 << 50} if i == 9 else {}
        )
        if "secretId" not in made:
            continue
        secrets.append({"SecretId": made["secretId"]})
        trial.cmq("CreateQueue", queueName="q", maxMsgSize=1048576, **secrets[-1])
    for secret in secrets:
        taken, _ = send_until_refused(trial, "x" * 65536, 400, **secret)
        total += taken * 65536
    yield "10 namespaces"
    trial.check(total <= 20 * MIB, "%d MiB are stored, of 20" % (total // MIB))
    for i in range(10):
        trial.admin("DELETE", "namespaces/n%d" % i)


@part("queues", options=[("--max-queues", "100000")], rss_mib=40)
def many_queues(trial):
    count = trial.size(100000)
    client = trial.client()
    calls = (wire.post("CreateQueue", queueName="q%d" % i) for i in range(count))
    refused = sum(answer.code() != 0 for answer in client.flood(calls))
    trial.check(refused == 0, "%d queues are refused" % refused)
    yield "%d queues" % count
    trial.phase("the list of queues")
    listed = trial.admin("GET", "queues")
    trial.check(listed["total"] == count, "%d are listed" % listed["total"])
    trial.phase("ListQueue")
    trial.cmq("ListQueue", searchWord="99", limit=50)
    trial.phase("/metrics")
    trial.subject.metrics()
    trial.phase("the reset")
    trial.admin("POST", "reset")


@part("namespaces", rss_mib=60)
def many_namespaces(trial):
    """Of those that are gone the secret ids stay, small and in between of what is freed."""
    count = trial.size(10000)
    client = trial.client()
    made = client.flood(
        wire.admin("POST", "namespaces", name="n%d" % i, queues=[{"queueName": "q"}])
        for i in range(count)
    )
    refused = sum(answer.status != 200 for answer in made)
    trial.check(refused == 0, "%d namespaces are refused" % refused)
    yield "%d namespaces" % count
    trial.phase("/metrics")
    trial.subject.metrics()
    trial.phase("the list of namespaces")
    trial.admin("GET", "namespaces")
    trial.phase("the end of namespaces")
    calls = (wire.admin("DELETE", "namespaces/n%d" % i) for i in range(count))
    refused = sum(answer.status != 200 for answer in client.flood(calls))
    trial.check(refused == 0, "%d namespaces stay" % refused)
