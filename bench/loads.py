"""The programs that put a load on a server, each as a call that answers figures."""

import csv
import json
import pathlib
import statistics
import subprocess

import pace
from machine import BenchError

WRK_SCRIPT = pathlib.Path(__file__).with_name("wrk.lua")


def _run(command, seconds):
    try:
        run = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds + 30)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{command[0]} did not end") from None
    except OSError as error:
        raise BenchError(f"cannot start {command[0]}: {error.strerror}") from None
    if run.returncode != 0:
        raise BenchError(f"{command[0]} ended with {run.returncode}: {(run.stderr or run.stdout).strip()[-500:]}")
    return run.stdout


def median_by(rounds, key):
    return statistics.median(figures[key] for figures in rounds)


def measured(run, servers):
    """`run`'s figures and, by server name, the CPU microseconds that each request cost it."""
    before = {server.name: server.cpu_seconds() for server in servers}
    figures = run()
    for server in servers:
        figures[f"cpu {server.name}"] = (server.cpu_seconds() - before[server.name]) * 1e6 / figures["requests"]
    return figures


def wrk(port, kind, *, connections=64, seconds=3, path="/v1/carts/user-%d", add="/items", carts=1000, **options):
    """{"requests", "seconds", "rate", "p50"} of wrk with `kind` "get" or "add"; see wrk.lua for `options`."""
    options |= {"kind": kind, "path": path, "add": add, "carts": carts}
    seconds = pace.seconds(seconds)
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        WRK_SCRIPT,
        f"http://127.0.0.1:{port}",
        "--",
    ]
    figures = json.loads(
        _run(command + [f"{name}={value}" for name, value in options.items()], seconds).splitlines()[-1]
    )
    faults = [f"{figures[name]} {name}" for name in ("refused", "late", "broken") if figures[name]]
    if faults or not figures["requests"]:
        raise BenchError(f"of {figures['requests']} requests by wrk: {', '.join(faults) or 'no answer'}")
    figures["rate"] = figures["requests"] / figures["seconds"]
    return figures


def redis_benchmark(port, *command, connections=64, requests=200_000, keys=1000):
    """{"requests", "rate"} of redis-benchmark with one command a round trip."""
    requests = pace.count(requests)
    arguments = [
        "redis-benchmark",
        "-p",
        port,
        "-c",
        connections,
        "-n",
        requests,
        "-P",
        1,
        "-r",
        keys,
        "--csv",
        *command,
    ]
    rows = list(csv.DictReader(_run(arguments, 30).splitlines()))
    return {"requests": requests, "rate": float(rows[0]["rps"])}


def db_bench_synced_writes(machine, *, threads, seconds=3):
    """Writes a second that RocksDB takes when each is synced: values of 100 bytes, in a folder of its own."""
    seconds = pace.seconds(seconds)
    arguments = [
        "db_bench",
        "--benchmarks=fillrandom",
        "--sync=1",
        f"--threads={threads}",
        f"--duration={seconds}",
        "--num=100000000",
    ]
    out = _run([*arguments, "--value_size=100", f"--db={machine.folder}/db_bench", "--compression_type=none"], seconds)
    for line in out.splitlines():
        if line.startswith("fillrandom"):
            return float(line.split("micros/op")[1].split("ops/sec")[0])
    raise BenchError(f"db_bench said nothing of its speed: {out.strip()[-300:]}")


def load(machine, port, requests, *, protocol="http", connections=64, seconds=3, rate=None, count=None):
    """Figures of cartd_load (see load.h): rate and latencies in microseconds."""
    escape = str.maketrans({"\\": "\\\\", "\r": "\\r", "\n": "\\n"})
    file = machine.file("requests.txt", "".join(text.translate(escape) + "\n" for text in requests))
    command = [
        machine.bin / "cartd_load",
        "--protocol",
        protocol,
        "--port",
        port,
        "--connections",
        connections,
        "--requests",
        file,
    ]
    seconds = pace.seconds(seconds)
    command += ["--seconds", seconds]
    if rate:
        command += ["--rate", rate]
    if count:
        command += ["--count", count]
    figures = json.loads(_run(command, seconds))
    if figures["errors"]:
        raise BenchError(f"{figures['errors']} of {figures['requests']} requests were refused")
    return figures


def http_post(path, body):
    fields = f"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST {path} HTTP/1.1\r\n{fields}\r\n{body}"


def resp(*words):
    return f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)


# The same work on both sides: one more piece of one of 5 SKUs in one of 1,000 carts.
CARTS, SKUS = 1000, 5


# What a line of a shop has beside its quantity.
DETAILS = {"name": "A thing of some kind", "unit_price": {"amount_minor": 1999, "currency": "EUR"}}

LINES = [(f"user-{100000 + cart}", f"SKU-{10000 + sku}") for sku in range(SKUS) for cart in range(CARTS)]


def fill_requests(carts, details=None, path="/v1/carts/user-{}"):
    """A batch for each cart that makes it one of 5 lines."""
    batch = json.dumps(
        [{"op": "add", "sku": f"SKU-{10000 + sku}", "quantity": 1, **(details or {})} for sku in range(SKUS)]
    )
    return [http_post(path.format(100000 + cart) + "/commands", batch) for cart in range(carts)]


def add_requests():
    return [http_post(f"/v1/carts/{cart}/items", f'{{"sku":"{sku}","quantity":1}}') for cart, sku in LINES]


def hincrby_requests():
    return [resp("HINCRBY", f"cart:{cart}", sku, "1") for cart, sku in LINES]


def redis_commands(machine, store, in_a_request):
    """What a command costs through cartd's Redis client: its figures by name."""
    arguments = [f"redis://127.0.0.1:{store.port}", "64", str(pace.count(300_000)), str(in_a_request)]
    return json.loads(_run([machine.bin / "redis_commands", *arguments], 60))


def microbenchmark(machine, program):
    """Nanoseconds of CPU per iteration, by the benchmark's name."""
    report = json.loads(_run([machine.bin / program, "--benchmark_format=json"], 60))
    figures = {}
    for entry in report["benchmarks"]:
        if entry.get("error_occurred"):
            raise BenchError(f"{entry['name']}: {entry['error_message']}")
        figures[entry["name"].replace("/min_time:0.500", "")] = entry["cpu_time"]
    return figures
