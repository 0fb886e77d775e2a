"""An image with this machine's Python, its library and a shell, in the place of one from a registry."""

import glob
import os
import re
import shutil
import subprocess
import tempfile

# Loaded by name: DNS, before glibc 2.34.
BY_NAME = ("libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2")


def libraries(files):
    """What these need, and where BY_NAME lie."""
    found = set()
    for file in files:
        listed = subprocess.run(["ldd", file], capture_output=True, text=True).stdout
        found.update(re.findall(r"(/\S+) \(0x", listed))
    for library in list(found):
        found.update(glob.glob(os.path.join(os.path.dirname(library), name))[0]
                     for name in BY_NAME if glob.glob(os.path.join(os.path.dirname(library), name)))
    return found


def fill(root):
    python = os.path.realpath("/usr/bin/python3")
    library = "/usr/lib/" + os.path.basename(python)
    shutil.copytree(
        library, root + library, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "test", "dist-packages")
    )
    os.makedirs(root + "/usr/bin")
    shutil.copy(python, root + python)
    os.symlink(os.path.basename(python), root + "/usr/bin/python3")
    shell = os.path.realpath("/bin/sh")
    os.makedirs(root + "/bin")
    shutil.copy(shell, root + "/bin/sh")
    for file in libraries([python, shell, *glob.glob(library + "/lib-dynload/*.so")]):
        os.makedirs(root + os.path.dirname(file), exist_ok=True)
        shutil.copy(file, root + file)
    for folder in ("/etc", "/tmp"):
        os.makedirs(root + folder)
    os.chmod(root, 0o755)


def make(engine, name):
    """Import it, and return its name."""
    with tempfile.TemporaryDirectory() as root:
        fill(root)
        tar = subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE)
        done = subprocess.run([engine, "import", "-", name], stdin=tar.stdout, capture_output=True, text=True)
        if done.returncode != 0 or tar.wait() != 0:
            raise RuntimeError(f"{engine} import: {done.stderr}")
    return name
