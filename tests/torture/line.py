"""What Linux tells of how long a process has waited for a processor, and used one."""
import os


class Line:
    """How long a process has stood in line for a processor."""

    def __init__(self, pid):
        self.fd = os.open("/proc/%s/schedstat" % pid, os.O_RDONLY)

    def waited_s(self):
        try:
            return int(os.pread(self.fd, 64, 0).split()[1]) / 1e9
        except OSError:  # it has ended
            return 0

    def close(self):
        os.close(self.fd)


def cpu_clock(pid):
    """The clock of the processor time of a process, as Linux numbers it. Of one that runs on another
    processor it shows the last tick, so that a difference is up to 4 ms too long, or too short."""
    return (~pid << 3) | 2
