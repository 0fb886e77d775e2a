"""What Linux tells of how long a process has waited for a processor."""
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
