#!/usr/bin/env python3
"""Checks that coroutines nobody awaits are started in one way: spawn() of src/runtime/spawn.h, which ends the
process when one of them throws.

Forbidden elsewhere under src/: asio::detached, which drops the exception, and handlers that throw it again. Prints each
place; exits with 1 when there is one.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

FORBIDDEN = re.compile(r"\bdetached\b|\brethrow_exception\b")

# What may do so all the same, by the beginning of the path.
ALLOWED = {
    "runtime/spawn.": "spawn() itself",
    "runtime/defect.": "reads the exception's text",
    "apps/cartctl/": "runs its loop to the end of one exchange, and reports an exception in main()",
}


def code_of(line):
    """The line without a comment."""
    return line.partition("//")[0]


def check(src):
    """The faults under `src`, one line each."""
    faults = []
    for file in sorted(src.rglob("*")):
        path = file.relative_to(src).as_posix()
        if file.suffix not in {".h", ".cpp"} or path.startswith(tuple(ALLOWED)):
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if FORBIDDEN.search(code_of(line)):
                faults.append(f"{file}:{number}: start background tasks with spawn() of runtime/spawn.h")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--src", type=pathlib.Path, default=ROOT / "src")
    src = parser.parse_args().src
    if not any(src.rglob("*.cpp")):
        sys.exit(f"background_tasks: there are no sources under {src}")
    faults = check(src)
    for line in faults:
        print(line)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
