"""What the embedded store takes: adds that are on disk before they are answered, reads, and a start with many carts."""

import shutil
import statistics
import time

import pace
from loads import db_bench_synced_writes, wrk
from outbox_figures import metric
from table import Row, ours_at_most, ratio_at_least

CARTS = 200_000


def embedded(machine):
    """Adds synced to the embedded store beside what RocksDB itself writes from as many threads, each write synced, and
    beside carts in memory; then a start with many carts."""
    folder = machine.folder / "embedded"
    memory, store = machine.cartd(), machine.cartd("--data-dir", folder)
    rates = {"add": [], "memory": [], "rocksdb": [], "get": [], "get from memory": []}
    syncs = []
    for _ in range(pace.rounds):
        rates["memory"].append(wrk(memory.port, "add")["rate"])
        before = metric(store.port, "cartd_embedded_syncs_total")
        figures = wrk(store.port, "add")
        rates["add"].append(figures["rate"])
        syncs.append((metric(store.port, "cartd_embedded_syncs_total") - before) / figures["requests"])
        rates["rocksdb"].append(db_bench_synced_writes(machine, threads=64))
        shutil.rmtree(machine.folder / "db_bench", ignore_errors=True)
        rates["get from memory"].append(wrk(memory.port, "get")["rate"])
        rates["get"].append(wrk(store.port, "get")["rate"])
    rate = {name: statistics.median(figures) for name, figures in rates.items()}
    rows = [
        Row(
            "embedded add (synced), 64 connections",
            "1/s",
            rate["add"],
            "db_bench synced writes, 64 threads",
            rate["rocksdb"],
            **ratio_at_least(0.8),
        ),
        Row("embedded add (synced), 64 connections", "1/s", rate["add"], "carts in memory", rate["memory"]),
        Row("embedded read, 64 connections", "1/s", rate["get"], "carts in memory", rate["get from memory"]),
        Row("syncs per embedded add, 64 connections", "", statistics.median(syncs)),
    ]
    return rows + [start(machine, store, folder)]


def start(machine, store, folder):
    """From the command to the first answer, with many carts on disk."""
    written, run = 0, 0
    while written < pace.count(CARTS):
        # More of them than one run gets through, so that each of its adds makes a cart.
        written += wrk(store.port, "add", carts=200_000, path=f"/v1/carts/run-{run}-%d")["requests"]
        run += 1
    store.stop()
    begin = time.monotonic()
    machine.cartd("--data-dir", folder)
    return Row(
        f"start with {written:,} embedded carts", "ms", (time.monotonic() - begin) * 1e3, **ours_at_most(1000, "ms")
    )
