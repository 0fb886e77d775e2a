"""Polls and awaits that wait, by the thousand."""
import wire
from trial import part

POLLS = [("--max-polls", "20000"), ("--max-awaits", "20000")]


def park(trial, count, queues):
    """A crowd whose members wait, spread over the queues."""
    for queue in queues:
        trial.cmq("CreateQueue", queueName=queue)
    trial.phase("%d polls coming" % count)
    crowd = trial.crowd()
    for i in range(count):
        queue = queues[i % len(queues)]
        crowd.add(wire.post("ReceiveMessage", queueName=queue, pollingWaitSeconds=30))
    trial.wait_until(
        lambda: trial.metric("cmq_parked_polls") == count, "%d polls do not park" % count
    )
    trial.phase("%d polls waiting" % count)
    return crowd


@part("parked polls that hang up", options=POLLS, rss_mib=24, crowd=True)
def hang_up(trial):
    """At once, by FIN, by RST and by half-close; no message goes to who has left."""
    count = trial.size(10000)
    crowd = park(trial, count, ["q"])
    yield "%d polls" % count
    trial.phase("the end of polls by FIN")
    crowd.close()
    trial.wait_until(lambda: trial.metric("cmq_parked_polls") == 0, "polls stay parked", 1)
    crowd = park(trial, count // 2, ["a", "b", "c"])
    trial.phase("the end of polls by RST")
    crowd.close(wire.reset)
    trial.wait_until(lambda: trial.metric("cmq_parked_polls") == 0, "polls stay parked", 1)
    crowd = park(trial, count // 2, ["d"])
    trial.phase("the end of polls by half-close")
    for sock in crowd.sockets():
        wire.half_close(sock)
    for i in range(100):
        trial.cmq("SendMessage", queueName="d", msgBody="m%d" % i)
    left = trial.admin("GET", "queues/d")["counts"]["active"]
    trial.check(left == 100, "%d of 100 messages went to who has left" % (100 - left))
    trial.check(crowd.wait_until_closed(3) == 0, "half-closed polls stay open")


@part("parked polls, one by one", options=POLLS, rss_mib=24, crowd=True)
def one_by_one(trial):
    """Each message is somebody's, and those that came first are served first."""
    count = trial.size(10000)
    crowd = park(trial, count, ["q%d" % i for i in range(10)])
    yield "%d polls" % count
    client = trial.client()
    few = 2000
    trial.phase("polls released one by one")
    for i in range(few):
        client.call(wire.post("SendMessage", queueName="q%d" % (i % 10), msgBody="m%d" % i))
    answers = crowd.answers(few)
    bodies = {answer.json().get("msgBody") for answer in answers}
    trial.check(len(bodies) == few, "%d of %d messages arrived" % (len(bodies), few))
    trial.phase("the reset")
    released = trial.admin("POST", "reset")["released"]
    trial.check(released == count - few, "the reset releases %d" % released)
    answers = crowd.answers(count - few)
    codes = {answer.code() for answer in answers}
    trial.check(
        len(answers) == count - few and codes == {4440}, "%d answers of %s" % (len(answers), codes)
    )


@part("parked polls and time", options=POLLS, rss_mib=24, crowd=True)
def time_out(trial):
    """All end at one instant of virtual time."""
    trial.admin("POST", "clock/freeze")
    count = trial.size(10000)
    crowd = park(trial, count, ["q"])
    yield "%d polls" % count
    trial.phase("the move")
    moved = trial.admin("POST", "clock/advance", by="30s")
    trial.check(moved.get("released") == count, "the move releases %s" % moved.get("released"))
    answers = crowd.answers(count)
    codes = {answer.code() for answer in answers}
    trial.check(
        len(answers) == count and codes == {7000}, "%d answers of %s" % (len(answers), codes)
    )


@part("awaits", options=POLLS, rss_mib=24, crowd=True)
def awaits(trial):
    """None may make the calls of others slower, however many parts they have; and those beyond
    --max-awaits are refused."""
    trial.cmq("CreateQueue", queueName="q")
    leaf = {"queue": "q", "state": "active", "count": {"ge": 5}}
    wide = {"any": [{"all": [leaf] * 32} for _ in range(3)]}
    parts = 1 + 3 * (1 + 32)
    crowd = trial.crowd()
    count = trial.size(9000)
    trial.phase("awaits coming")
    for _ in range(count):
        crowd.add(wire.admin("POST", "await", until=leaf, timeout="1h"))
    wides = 120
    for _ in range(wides):
        crowd.add(wire.admin("POST", "await", until=wide, timeout="1h"))
    refusals = max(0, wides - (20000 - count) // parts)
    yield "%d awaits, %d of %d parts" % (count, wides, parts)
    trial.phase("awaits satisfied")
    client = trial.client()
    for _ in range(5):
        client.call(wire.post("SendMessage", queueName="q", msgBody="x"))
    answers = crowd.answers(count + wides)
    satisfied = sum(answer.status == 200 and answer.json()["satisfied"] for answer in answers)
    refused = sum(answer.status == 503 for answer in answers)
    trial.check(
        satisfied == count + wides - refusals and refused == refusals,
        "%d satisfied, %d refused of %d" % (satisfied, refused, count + wides),
    )
