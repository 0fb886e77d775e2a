"""Print which files of a folder can be read."""

import os
import sys

for name in sorted(os.listdir(sys.argv[1])):
    try:
        with open(os.path.join(sys.argv[1], name)) as file:
            file.read()
        print(name, "can be read")
    except OSError as problem:
        print(name, problem.strerror)
