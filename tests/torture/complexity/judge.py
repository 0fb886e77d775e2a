"""Whether what was counted grows in proportion."""

# Steps that differ for other reasons: another branch of a tree, a digit more, a table made larger.
SLACK = 600
SHARE = 0.3
# How much steeper the second part of a line may be than the first: n log n is, by a quarter.
BEND = 1.6
# Steps a byte that are not looked at: LONGEST looks at what they come to.
FLOOR = 6
# What one request may do in one turn of the loop: five milliseconds, where a step of a long one
# took 0.3 to 0.5 nanoseconds.
LONGEST = 13000000


def grows(sizes, costs):
    """Whether the last cost is above what the one before lets expect if nothing matters."""
    return costs[2] > costs[0] * (1 + SHARE) + SLACK


def bends(sizes, costs, floor=FLOOR):
    """Whether costs grow more than in proportion to these sizes."""
    first = (costs[1] - costs[0]) / max(1, sizes[1] - sizes[0])
    most = BEND * max(first, floor) * max(1, sizes[2] - sizes[1])
    return costs[2] - costs[1] > most + SHARE * costs[1] + SLACK


class Score:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def check(self, good, text, *details):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED  " + text % details, flush=True)
