#!/usr/bin/env python3
"""Runs clang-tidy (.clang-tidy) on every source file under src/ that the build compiles.

What was found clean is not looked at again until the file, a project header it includes, its compiler flags, the
list of checks or clang-tidy itself changes. Prints each finding; exits with 1 when there is one.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
# They hold nothing but an include of Boost's own code.
NOT_OURS = {"boost_asio.cpp", "boost_beast.cpp"}
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
# The flags are GCC's; clang-tidy does not know all of its warnings.
FLAGS = ["--quiet", "--extra-arg=-Wno-unknown-warning-option"]


def project_files(source, build):
    """The file and every project header that it includes, directly or not."""
    seen, waiting = set(), [source]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in INCLUDE.findall(file.read_bytes()):
            for base in (SRC, file.parent, build):
                header = base / name.decode()
                if header.is_file():
                    waiting.append(header)
                    break
    return sorted(seen)


def fingerprint(source, command, build, common):
    digest = hashlib.sha256(common)
    digest.update(command.encode())
    for file in project_files(source, build):
        content = file.read_bytes()
        digest.update(f"{file} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def tidy(source, build):
    """Whether the file is clean, and what clang-tidy says about it: a list of findings, each with its notes."""
    run = subprocess.run(["clang-tidy", *FLAGS, "-p", str(build), str(source)], capture_output=True, text=True)
    findings = re.split(r"^(?=/\S+:\d+:\d+: (?:error|warning): )", run.stdout, flags=re.MULTILINE)
    findings = [finding.rstrip() for finding in findings if finding.strip()]
    if run.returncode != 0 and not findings:
        findings = [f"{source}: clang-tidy ended with {run.returncode}: {run.stderr.strip()}"]
    return run.returncode == 0, findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a configured build directory")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    build = options.build.resolve()

    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes() + " ".join(FLAGS).encode()
    try:
        commands = json.loads((build / "compile_commands.json").read_text())
    except FileNotFoundError:
        sys.exit(f"tidy: {build} is not configured")
    sources = {}
    for entry in commands:
        file = pathlib.Path(entry["file"])
        if SRC in file.parents and file.suffix == ".cpp" and file.name not in NOT_OURS:
            sources[file] = entry["command"]
    if not sources:
        sys.exit(f"tidy: {build} compiles nothing under src/")

    clean = build / "tidy"
    clean.mkdir(exist_ok=True)
    stamps = {file: clean / fingerprint(file, command, build, common) for file, command in sorted(sources.items())}
    for stamp in set(clean.iterdir()) - set(stamps.values()):
        stamp.unlink()
    todo = [file for file, stamp in stamps.items() if not stamp.exists()]

    shown = set()  # A finding in a header comes with every file that includes it.
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(tidy, file, build): file for file in todo}
        for done in concurrent.futures.as_completed(running):
            clean_file, findings = done.result()
            if clean_file:
                stamps[running[done]].touch()
                continue
            for finding in findings:
                if finding not in shown:
                    shown.add(finding)
                    print(f"{finding}\n", flush=True)
    dirty = sum(not stamp.exists() for stamp in stamps.values())
    print(f"tidy: {len(sources)} files, {len(todo)} of them looked at, {len(shown)} findings, {dirty} files not clean")
    return 1 if dirty else 0


if __name__ == "__main__":
    sys.exit(main())
