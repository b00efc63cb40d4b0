#!/usr/bin/env python3
"""The benchmark tables: cartd beside its peers, taken in one run on this machine.

Absolute figures depend on the machine and move between runs; what counts is the ratio. "reach" is what the project
promises itself, and the last column says whether this run reached it.
"""

import argparse
import json
import os
import pathlib
import platform
import resource
import signal
import sys
import time

import pace
from machine import BenchError, Machine, busy_share
from measure import GROUPS
from table import render


def main():
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", choices=GROUPS, help="one group of figures; without a name: all of them")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--seconds", type=int, metavar="N", help="measure each row once and for N seconds at most, to see that it works"
    )
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.seconds is not None:
        if options.seconds < 1:
            parser.error("--seconds wants a whole number of at least 1")
        pace.shorten(options.seconds)

    # End like on Ctrl-C, so that servers and files go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    busy = busy_share()
    if busy > 0.1:
        print(
            f"bench: the machine is busy with something else ({busy:.0%}); do not trust these figures", file=sys.stderr
        )
    rows, failed = [], False
    for name in [options.name] if options.name else GROUPS:
        begin = time.monotonic()
        print(f"bench: {name} …", end="", file=sys.stderr, flush=True)
        try:
            with Machine(options.build) as machine:
                rows += GROUPS[name](machine)
            print(f" {time.monotonic() - begin:.0f} s", file=sys.stderr)
        except BenchError as error:
            failed = True
            print(f" not measured: {error}", file=sys.stderr)

    if options.json:
        machine = {"cores": len(os.sched_getaffinity(0)), "kernel": platform.release(), "busy": round(busy, 2)}
        print(json.dumps({"machine": machine, "rows": [row.as_json() for row in rows]}, indent=2, ensure_ascii=False))
    elif rows:
        print(render(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
