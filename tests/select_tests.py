#!/usr/bin/env python3
"""Finds the tests whose names match a regular expression, without regard to case.

    select_tests.py --build DIR programs FILTER   prints the test programs to build, one a line
    select_tests.py --build DIR numbers FILTER    prints the matching tests of what is built, as ctest -I takes them

A test is called program.Suite.Name. Programs that were never built are found by the names in their sources, which
lack the parameters that a parameterized test's name ends with. Where nothing matches, "programs" prints every
program, because a parameter may, and "numbers" fails.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent
PROGRAM = re.compile(r"^cartd_test\((\w+)", re.MULTILINE)
TEST = re.compile(
    r"^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*(\w+)\s*,\s*(\w+)", re.MULTILINE
)


def names_in_sources():
    """program: the names of its tests."""
    programs = {}
    for file in TESTS.glob("*/CMakeLists.txt"):
        if match := PROGRAM.search(file.read_text()):
            sources = "\n".join(source.read_text() for source in file.parent.glob("*.cpp"))
            programs[match[1]] = [f"{match[1]}.{suite}.{test}" for suite, test in TEST.findall(sources)]
    return programs


def names_known_to_ctest(build):
    """In CTest's order. Of programs that were not built it knows none."""
    command = ["ctest", "--test-dir", build, "--show-only=json-v1"]
    tests = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["tests"]
    return [test["name"] for test in tests]


def programs(build, matches):
    by_program = names_in_sources()
    names = [name for name in names_known_to_ctest(build) if matches(name)]
    names += [name for listed in by_program.values() for name in listed if matches(name)]
    found = {name.partition(".")[0] for name in names if not name.endswith("_NOT_BUILT")}
    return sorted(found & by_program.keys()) if found else sorted(by_program)


def numbers(build, matches):
    names = names_known_to_ctest(build)
    return [number for number, name in enumerate(names, 1) if matches(name) and not name.endswith("_NOT_BUILT")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("what", choices=("programs", "numbers"))
    parser.add_argument("filter")
    options = parser.parse_args()
    try:
        matches = re.compile(options.filter, re.IGNORECASE).search
    except re.error as error:
        sys.exit(f"'{options.filter}' is not a regular expression: {error}")
    if options.what == "programs":
        print("\n".join(programs(options.build, matches)))
    else:
        found = numbers(options.build, matches)
        if not found:
            sys.exit(f"no test's name matches '{options.filter}'")
        first = found[0]
        print(",".join(map(str, [first, first, 1, *found[1:]])))


if __name__ == "__main__":
    main()
