"""Runs all parts, or those chosen; see run."""
import gc
import importlib
import os
import resource
import sys
import time

import soak
import trial
from subject import MIB

SHORT_SOAK_MINUTES = 0.2
MODULES = ["cuts", "streams", "polls", "senders", "readers", "limits", "pushes", "work"]
COLUMNS = ["part", "how many", "seconds", "longest wait, ms", "net, ms", "RSS before, MiB",
           "at peak", "after", "descriptors before", "after", "SIGTERM, s", ""]


def run_part(program, row):
    """Returns the cells of its row, and counts."""
    cells = [row["name"]] + [""] * (len(COLUMNS) - 1)
    passed, failures = 0, []
    runs = [False] + [True] * row["terminated"]
    for small in runs:
        one = trial.Trial(program, row, small)
        try:
            if small:
                trial.attempt(one, one.until_terminated)
                cells[10] = "%.2f" % getattr(one.subject, "stopped_s", float("nan"))
            else:
                result = trial.attempt(one, one.whole)
                if result is not None:
                    fill(cells, result, one)
        finally:
            one.close()
        passed += one.passed
        failures += [what for what in one.failures if what not in failures]
    cells[11] = "FAILED" if failures else "ok"
    return cells, passed, failures


def fill(cells, result, one):
    before, after, waits = result["before"], result["after"], result["waits"]
    cells[1] = result["many"]
    cells[2] = "%.1f" % result["took_s"]
    if waits is not None:
        cells[3] = "%.1f" % (waits["longest"] * 1000)
        cells[4] = "%.1f" % (waits["net"] * 1000)
    cells[5] = "%.1f" % (before["rss"] / MIB)
    cells[6] = "%.1f" % (one.peak / MIB)
    cells[7] = "%.1f" % (after["rss"] / MIB)
    cells[8] = str(before["descriptors"])
    cells[9] = str(after["descriptors"])


def print_row(cells):
    print("%-26s %-24s %5s s  wait %7s net %6s  RSS %6s %7s %6s  fds %4s %4s  end %4s  %s"
          % tuple(cells), flush=True)


def write_table(path, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write("| " + " | ".join(COLUMNS) + " |\n")
        f.write("|---|---" + "|---:" * (len(COLUMNS) - 3) + "|---|\n")
        for cells in rows:
            f.write("| " + " | ".join(cells) + " |\n")


def main():
    gc.disable()  # no pauses of ours
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for name in MODULES:
        importlib.import_module("parts." + name)
    words = [word.lower() for word in sys.argv[1:]]
    chosen = [
        row for row in trial.PARTS
        if not words or any(word in row["name"].lower() for word in words)
    ]
    begun = time.monotonic()
    passed = failed = 0
    rows = []
    for row in chosen:
        cells, good, failures = run_part(os.environ["PROGRAM"], row)
        if failures and all(what.startswith(trial.A_WAIT) for what in failures):
            print_row(cells)
            print("    once more: " + "; ".join(failures), flush=True)
            cells, good, failures = run_part(os.environ["PROGRAM"], row)
        rows.append(cells)
        print_row(cells)
        for what in failures[:8]:
            print("    FAILED: " + what)
        if len(failures) > 8:
            print("    and %d more" % (len(failures) - 8), flush=True)
        passed += good
        failed += len(failures)
        gc.collect()
    if not words or "soak" in words:
        lines, good, failures = soak.soak(SHORT_SOAK_MINUTES)
        for line in ["a short soak"] + lines + ["FAILED: " + what for what in failures]:
            print("    " + line)
        passed += good
        failed += len(failures)
    write_table(os.path.join(os.environ["BUILD"], "torture", "table.md"), rows)
    print("%d parts in %.0f s" % (len(rows), time.monotonic() - begun))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
