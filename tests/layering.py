#!/usr/bin/env python3
"""Checks the arrows of docs/architecture.md: which folder under src/ may include what.

Project headers are written "folder/header.h"; a folder may use those it names in the table below, and itself. What
comes with them counts too: a header that a folder may use must not bring in one that the folder may not.
The C++ standard library is open to everybody; any other header only to the folders that name it.
A source file includes its own header first, which shows that the header compiles alone.
Prints each fault; exits with 1 when there is one.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

ASIO = ["boost/asio/", "boost/asio.hpp", "boost/system/"]
STORE = ["store", "domain", "runtime"]
# What the header of the Redis client brings along.
REDIS_VALUES = ["redis/topology", "redis/replication", "redis/connection", "redis/protocol"]

# folder: (project folders, other headers). An entry that ends in "/" allows everything below it.
LAYERS = {
    "util": ([], ["boost/container/small_vector.hpp", "boost/json.hpp", "boost/json/", "boost/system/", "openssl/"]),
    "domain": (["util"], ["boost/container/small_vector.hpp", "boost/system/"]),
    "runtime": (
        [],
        ASIO + ["spdlog/", "prometheus/", "fcntl.h", "malloc.h", "jemalloc/", "unistd.h", "sys/", "pthread.h"],
    ),
    "format": (
        ["domain", "util"],
        ["boost/system/", "nlohmann/"],
    ),
    # The Redis client, its lowest layer first. Only a connection does I/O; those above it wait.
    "redis/protocol": (["util"], ["boost/system/", "boost/url.hpp", "boost/url/"]),
    "redis/connection": (["redis/protocol", "runtime"], ASIO + ["openssl/"]),
    "redis/replication": (["redis/protocol"], []),
    "redis/topology": (
        ["redis/replication", "redis/connection", "redis/protocol", "runtime", "util"],
        ASIO + ["boost/url.hpp", "boost/url/"],
    ),
    "redis": (["redis/topology", "redis/replication", "redis/connection", "redis/protocol", "runtime"], ASIO),
    # The port: of Boost it may show awaitable, result and small_vector, nothing else.
    "store": (
        ["domain", "runtime"],
        ["boost/asio/awaitable.hpp", "boost/container/small_vector.hpp", "boost/system/"],
    ),
    "store/memory": (STORE, ASIO),
    "store/cache": (STORE, []),
    "store/embedded": (STORE + ["store/cache", "format"], ASIO + ["fcntl.h", "rocksdb/", "sys/", "unistd.h"]),
    "store/postgres": (STORE + ["store/cache", "format", "util"], ASIO + ["fcntl.h", "libpq-fe.h", "poll.h", "unistd.h"]),
    "store/mongodb": (STORE + ["store/cache", "format", "util"], ASIO + ["bson/", "mongoc/", "sys/", "unistd.h"]),
    "store/redis": (
        STORE + ["store/cache", "redis"] + REDIS_VALUES + ["format", "util"],
        ASIO + ["boost/container/small_vector.hpp", "openssl/"],
    ),
    "journal": (["format", "domain", "runtime"], ASIO + ["fcntl.h", "sys/", "unistd.h", "xxhash.h"]),
    # Decisions alone: of Boost only what the ports show.
    "outbox/core": (STORE + ["journal", "format"], ["boost/system/"]),
    "outbox": (STORE + ["journal", "outbox/core"], ASIO),
    "service": (STORE + ["journal", "outbox", "outbox/core", "format", "util"], ASIO),
    # A server for any table of routes: it knows neither carts nor services.
    "http": (
        ["runtime", "util"],
        ASIO + ["boost/beast/", "boost/beast.hpp", "boost/assert.hpp", "linux/filter.h", "netinet/", "sys/", "zlib.h"],
    ),
    # What stores, the outbox and the journal have to say comes as the service's own values.
    "api/rest": (["http", "service", "format", "domain", "runtime", "util"], ASIO),
    # The composition sees everything.
    "apps/cartd": (
        ["api/rest", "http", "service", "outbox", "outbox/core", "journal", "store", "store/cache", "store/memory",
         "store/embedded", "store/postgres", "store/mongodb", "store/redis", "redis"]
        + REDIS_VALUES + ["format", "domain", "runtime", "util"],
        ASIO + ["CLI/", "unistd.h", "sys/"],
    ),
    # A client of Redis: it tries out what the store there needs, and has no store of its own.
    "apps/cartctl/doctor": (
        ["redis"] + REDIS_VALUES + ["store", "store/redis", "domain", "runtime", "util"],
        ASIO + ["boost/json.hpp", "boost/json/"],
    ),
    # A client of the HTTP API.
    "apps/cartctl": (
        ["apps/cartctl/doctor"] + REDIS_VALUES + ["domain", "runtime", "util"],
        ASIO
        + ["boost/beast/", "boost/beast.hpp", "boost/json.hpp", "boost/json/", "boost/url.hpp", "boost/url/", "CLI/"]
        + ["unistd.h"],
    ),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
# Headers of the C++ standard library have neither a slash nor a suffix.
STANDARD = re.compile(r"^[a-z_0-9]+$")


def fault(folder, project, other):
    """Why a file of `folder` may not include the project header or the other header; None when it may."""
    folders, others = LAYERS[folder]
    if project is not None:
        target = project.rpartition("/")[0]
        if target not in LAYERS:
            return f'"{project}" is not written as "folder/header.h", or its folder is not in tests/layering.py'
        if target != folder and target not in folders:
            return f"{folder} may not use {target}"
    elif not STANDARD.match(other):
        if not any(other == allowed or (allowed.endswith("/") and other.startswith(allowed)) for allowed in others):
            return f"{folder} may not use <{other}>"
    return None


def includes(file):
    """Line number, project header and other header of each include; of the headers, one is None."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if include := INCLUDE.match(line):
            yield number, *include.groups()


class Brought:
    """Which project headers a header brings in, each with the header that includes it."""

    def __init__(self, src):
        self.src = src
        self.known = {}

    def by(self, header):
        if header not in self.known:
            found, waiting = {}, [header]
            while waiting:
                current = waiting.pop()
                file = self.src / current
                for _, project, _ in includes(file) if file.is_file() else ():
                    if project is not None and project not in found:
                        found[project] = current
                        waiting.append(project)
            self.known[header] = found
        return self.known[header]


def check(src):
    """The faults under `src`, one line each."""
    faults = []
    brought = Brought(src)
    for file in sorted(src.rglob("*")):
        if file.suffix not in {".h", ".cpp"}:
            continue
        folder = file.parent.relative_to(src).as_posix()
        if folder not in LAYERS:
            faults.append(f"{file}: {folder} is a new folder: say in tests/layering.py what it may use")
            continue
        own = f"{folder}/{file.stem}.h"
        if file.suffix == ".cpp" and (src / own).is_file():
            number, first, _ = next(includes(file), (1, None, None))
            if first != own:
                faults.append(f'{file}:{number}: "{own}" has to come first')
        for number, project, other in includes(file):
            if why := fault(folder, project, other):
                faults.append(f"{file}:{number}: {why}")
            elif project is not None:
                for header, through in brought.by(project).items():
                    if why := fault(folder, header, None):
                        faults.append(f"{file}:{number}: {why}: {through} brings in {header}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--src", type=pathlib.Path, default=ROOT / "src")
    src = parser.parse_args().src
    if not any(src.rglob("*.h")):
        sys.exit(f"layering: there are no headers under {src}")
    faults = check(src)
    for line in faults:
        print(line)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
