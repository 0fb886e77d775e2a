"""The list of what each call costs: architecture.md, section 8."""
import re

SECTION = "## 8. "
LISTED = re.compile(r"^\| (.*?) \| (.*?) \| (.*)\|$")


def read(path):
    """{call: the symbols that its cost names}"""
    costs = {}
    inside = False
    with open(path) as f:
        for line in f:
            if line.startswith("## "):
                inside = line.startswith(SECTION)
            row = LISTED.match(line.rstrip()) if inside else None
            if row is None or "`" not in row.group(1):
                continue
            symbols = set(re.findall(r"\b[A-Za-z]\b", row.group(2)))
            for call in re.findall(r"`([^`]*)`", row.group(1)):
                if call in costs:
                    raise SystemExit("complexity: %s has two rows in %s" % (call, path))
                costs[call] = symbols
    return costs
