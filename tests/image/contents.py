"""What is in the image: the files, what they are, and whether there is anything else. Needs no engine."""

import fnmatch
import io
import json
import re
import tarfile

import checks

MEGABYTE = 1000 * 1000
LIMIT = 20 * MEGABYTE
BEGIN, END = "<!-- begin of the files -->", "<!-- end of the files -->"

# What there may be, and what it is. The first pattern that fits counts.
KINDS = (
    ("usr/bin/cmq-emulator", "the program, stripped; its libraries are inside"),
    ("lib/*/libc.so.6", "the C library"),
    ("lib/*/libm.so.6", "its mathematics, for cJSON and for rates"),
    ("lib*/ld-linux-*.so.*", "its loader"),
    ("usr/share/doc/*", "licences"),
)


class File:
    def __init__(self, member):
        self.name = member.name.removeprefix("./").removeprefix("/")
        self.size = member.size
        self.mode = member.mode
        self.owner = (member.uid, member.gid)
        self.folder = member.isdir()
        self.plain = member.isreg()


def read(archive):
    """The files of an image that was saved, by name; of several layers the last counts."""
    files = {}
    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))[0]
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=io.BytesIO(tar.extractfile(layer).read())) as inner:
                for member in inner:
                    file = File(member)
                    if file.name:
                        files[file.name] = file
    return files


def kind_of(file):
    for pattern, what in KINDS:
        if fnmatch.fnmatch(file.name, pattern):
            return pattern, what
    return None


def rows_of(files):
    """Name, bytes, what: a row for each kind, the largest first."""
    rows = {}
    for file in files.values():
        kind = None if file.folder else kind_of(file)
        if kind:
            pattern, what = kind
            name = "/" + (pattern if pattern.endswith("/*") else file.name)
            rows[name] = (rows.get(name, (0, ""))[0] + file.size, what)
    return sorted(((name, size, what) for name, (size, what) in rows.items()), key=lambda row: -row[1])


def table_of(rows):
    total = sum(size for _, size, _ in rows)
    lines = ["| file | MB | what it is |", "|---|---|---|"]
    lines += [f"| `{name}` | {size / MEGABYTE:.2f} | {what} |" for name, size, what in rows]
    lines.append(f"| all | {total / MEGABYTE:.2f} | |")
    return "\n".join(lines)


def generic(name):
    """The same for all processors: folders and loaders are named after them."""
    name = re.sub(r"/lib/[^/]*-linux-gnu[^/]*/", "/lib/*/", name)
    return "loader" if "/ld-linux-" in name else name


def described(readme):
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    before, _, rest = text.partition(BEGIN)
    table, _, after = rest.partition(END)
    return before, table, after


# ---- checks ----


@checks.check("has the program, the C library, licences, and nothing else")
def only_known(files, _rows, _readme):
    strange = [f.name for f in files.values() if not f.folder and not kind_of(f)]
    checks.equal(strange, [])
    links = [f.name for f in files.values() if not f.folder and not f.plain]
    checks.equal(links, [], "links and devices")
    checks.equal([p for p, _ in KINDS if not any(fnmatch.fnmatch(n, p) for n in files)], [], "missing")


@checks.check("has no shell, and nothing else to execute")
def no_shell(files, _rows, _readme):
    programs = sorted(f.name for f in files.values() if f.plain and f.mode & 0o111)
    checks.equal([p for p in programs if "/bin/" in "/" + p], ["usr/bin/cmq-emulator"])
    checks.equal([p for p in programs if not fnmatch.fnmatch(p, "*lib*/*.so.*") and "/bin/" not in "/" + p], [])


@checks.check("belongs to root, and nobody else may write; but for /tls, which is its user's")
def owned(files, _rows, _readme):
    wrong = [
        f.name for f in files.values() if f.name.rstrip("/") != "tls" and (f.owner != (0, 0) or f.mode & 0o7022)
    ]
    checks.equal(wrong, [])
    tls = next(f for name, f in files.items() if name.rstrip("/") == "tls")
    checks.equal((tls.folder, tls.owner, tls.mode & 0o7777), (True, (65532, 0), 0o775))


@checks.check("takes less than 20 MB")
def small(_files, rows, _readme):
    total = sum(size for _, size, _ in rows)
    if total >= LIMIT:
        raise AssertionError(f"{total / MEGABYTE:.2f} MB")
    return f"{total / MEGABYTE:.2f} MB"


@checks.check("is as docker/README.md says, within a tenth")
def as_described(_files, rows, readme):
    described_rows = {
        generic(name): float(size) for name, size in re.findall(r"^\| `(/[^`]*)` \| ([\d.]+) \|", described(readme)[1], re.M)
    }
    here = {generic(name): size / MEGABYTE for name, size, _ in rows}
    checks.equal(sorted(here), sorted(described_rows), "files")
    for name, size in here.items():
        if abs(size - described_rows[name]) > max(0.1 * described_rows[name], 0.02):
            raise AssertionError(
                f"{name} has {size:.2f} MB, not {described_rows[name]:.2f}; tests/image/run --update writes the table"
            )


def check(archive, readme, update):
    """Passed and failed. Prints the table of files; with update it is written into the readme instead."""
    files = read(archive)
    rows = rows_of(files)
    table = table_of(rows)
    if update:
        before, _, after = described(readme)
        with open(readme, "w", encoding="utf-8") as file:
            file.write(f"{before}{BEGIN}\n{table}\n{END}{after}")
        return 0, 0
    print("-- contents")
    print("   " + table.replace("\n", "\n   "))
    return checks.make("", files, rows, readme, indent="   ")
