"""A client of a namespace of its own, with one connection that it keeps, in a process of its own:
SendMessage, health, ReceiveMessage and DeleteMessage in turn, as long as standard input is open.
Then it prints, as JSON, how long it had to wait; or each second, of that second.

What is measured is what the emulator does, not what the machine does: a call that stood in line
for a processor because others use both is no fault of the emulator's. Linux tells how long a
process has stood in line (/proc/PID/schedstat), so what the emulator and we have waited there
during a call is taken off; and of what is left, what is more than the processor time that the
emulator has spent meanwhile. "longest" is what a clock on the wall says, "net" is the rest.

Usage: bystander.py PORT PID SECRET-ID [looks | seconds]

With "looks" it sends no messages: where there is no memory for any. With "seconds" there is a line
each second."""
import json
import select
import sys
import time

from line import Line, cpu_clock
import wire

PAUSE_S = 0.0005
TICK_S = 0.004  # see cpu_clock()
LAST_S = 2  # how long the last call may take


class Bystander:
    def __init__(self, port, pid, secret_id, way):
        self.port = port
        self.lines = [Line(pid), Line("self")]
        self.clock = cpu_clock(pid)
        self.secret_id = secret_id
        self.only_looks = way == "looks"
        self.each_second = way == "seconds"
        self.client = wire.Client(port)
        self.handle = None
        self.forget()

    def forget(self):
        self.walls, self.nets, self.errors = [], [], []
        self.worst = (0, 0, "")
        self.since = time.monotonic()

    def steps(self):
        queue = {"queueName": "bystander", "SecretId": self.secret_id}
        self.client.call(wire.post("CreateQueue", **queue))
        while self.only_looks:
            yield "health", wire.admin("GET", "health")
            yield "GetQueueAttributes", wire.post("GetQueueAttributes", **queue)
        while True:
            yield "SendMessage", wire.post("SendMessage", msgBody="hello", **queue)
            yield "health", wire.admin("GET", "health")
            yield "ReceiveMessage", wire.post("ReceiveMessage", **queue)
            yield "DeleteMessage", wire.post("DeleteMessage", receiptHandle=self.handle, **queue)

    def waited_in_line_s(self):
        return sum(line.waited_s() for line in self.lines)

    def spent_s(self):
        try:
            return time.clock_gettime(self.clock)
        except OSError:  # it has ended
            return 0

    def run(self):
        for name, data in self.steps():
            in_line, spent = self.waited_in_line_s(), self.spent_s()
            begun = time.monotonic()
            going_on = self.call(name, data)
            wall = time.monotonic() - begun
            net = max(0, wall - (self.waited_in_line_s() - in_line))
            net = min(net, self.spent_s() - spent + TICK_S)
            self.walls.append(wall)
            self.nets.append(net)
            if net > self.worst[0]:
                self.worst = net, begun, name
            if self.each_second and begun + wall - self.since >= 1:
                print(json.dumps(self.report()), flush=True)
                self.forget()
            if not going_on or select.select([sys.stdin], [], [], PAUSE_S)[0]:
                return

    def call(self, name, data):
        """False when no answer is to be expected any more."""
        try:
            self.client.send(data)
            while self.client.reader.take_head() is False:
                if not self.wait_for_bytes():
                    self.errors.append(name + " was not answered until the end")
                    return False
                more = self.client.sock.recv(wire.PIECE)
                if not more:
                    raise wire.Broken("closed")
                self.client.reader.bytes += more
            self.judge(name, self.client.answer())
        except (wire.Broken, OSError) as error:
            self.errors.append("%s: %s" % (name, error))
            self.client.close()
            time.sleep(0.01)
            try:
                self.client = wire.Client(self.port)
            except OSError as again:
                self.errors.append("connecting: %s" % again)
        return True

    def wait_for_bytes(self):
        """False when standard input has been closed for some time, and nothing has come."""
        ready = select.select([self.client.sock, sys.stdin], [], [])[0]
        return self.client.sock in ready or select.select([self.client.sock], [], [], LAST_S)[0]

    def judge(self, name, answer):
        good = answer.status == 200 and answer.code() in (0, None)
        if not good:
            self.errors.append("%s: %d %s" % (name, answer.status, answer.body[:200]))
        if name == "ReceiveMessage" and good:
            self.handle = answer.json()["receiptHandle"]

    def report(self):
        walls, nets = sorted(self.walls), sorted(self.nets)
        return {
            "calls": len(walls),
            "longest": walls[-1] if walls else 0,
            "net": nets[-1] if nets else 0,
            "median": walls[len(walls) // 2] if walls else 0,
            "p99": nets[len(nets) * 99 // 100] if nets else 0,
            "late": sum(net > 0.005 for net in nets),
            "worst": self.worst[2],
            "worst_at": self.worst[1] + self.worst[0],
            "errors": self.errors[:5],
        }


def main():
    one = Bystander(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], "".join(sys.argv[4:]))
    print("ready", flush=True)
    one.run()
    print(json.dumps(one.report()), flush=True)


if __name__ == "__main__":
    main()
