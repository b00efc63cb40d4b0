"""What the outbox costs and gives: adds that are on disk, adds while Redis is down, and the cost of more shards."""

import json
import statistics
import time

import pace
from loads import db_bench_synced_writes, wrk
from machine import BenchError, http_request
from table import Row, ours_at_most, ratio_at_least, ratio_at_most


def metric(port, name):
    for line in http_request(port, "GET", "/metrics")[2].splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise BenchError(f"/metrics has no {name}")


def readiness(port):
    return json.loads(http_request(port, "GET", "/readyz")[2])


def wait_for(port, condition, seconds):
    end = time.monotonic() + seconds
    while not condition(readiness(port)):
        if time.monotonic() > end:
            raise BenchError(f"cartd did not get there in {seconds} s: {readiness(port)}")
        time.sleep(0.02)


def journal(machine):
    """Adds that are on disk before they are acknowledged, beside adds that are not, and beside what RocksDB itself
    writes from as many threads, each write synced."""
    store = machine.redis()
    plain, durable = machine.cartd(store=store), machine.cartd("--data-dir", machine.folder / "journal", store=store)
    by_kind = {"plain": [], "durable": [], "rocksdb": []}
    fsyncs = []
    for _ in range(pace.rounds):
        by_kind["plain"].append(wrk(plain.port, "add")["rate"])
        before = metric(durable.port, "cartd_journal_fsyncs_total")
        figures = wrk(durable.port, "add")
        by_kind["durable"].append(figures["rate"])
        fsyncs.append((metric(durable.port, "cartd_journal_fsyncs_total") - before) / figures["requests"])
        by_kind["rocksdb"].append(db_bench_synced_writes(machine, threads=64))
    plain_rate, rate, rocksdb = (statistics.median(by_kind[kind]) for kind in ("plain", "durable", "rocksdb"))
    return [
        Row(
            "durable add (fsync), 64 connections",
            "1/s",
            rate,
            "db_bench synced writes, 64 threads",
            rocksdb,
            **ratio_at_least(0.8),
        ),
        Row(
            "durable add (fsync), 64 connections",
            "1/s",
            rate,
            "the same without a journal",
            plain_rate,
            **ratio_at_least(0.85),
        ),
        Row("fsyncs per durable add, 64 connections", "", statistics.median(fsyncs), **ours_at_most(0.03, "")),
    ]


def outage(machine):
    """Adds while Redis is down, beside durable adds while it is there, and how fast it is brought up to date."""
    store = machine.redis()
    cartd = machine.cartd("--data-dir", machine.folder / "outage", "--max-journal", "8GiB", store=store)
    normal = statistics.median(wrk(cartd.port, "add")["rate"] for _ in range(pace.rounds))
    store.stop()
    wait_for(cartd.port, lambda state: state["status"] == "degraded", 10)
    before = cartd.resident_bytes()
    away = statistics.median(wrk(cartd.port, "add")["rate"] for _ in range(pace.rounds))
    pending = readiness(cartd.port)["outbox"]["depth"]
    each = (cartd.resident_bytes() - before) / pending
    machine.redis(store.port)
    begin = time.monotonic()
    wait_for(cartd.port, lambda state: state["status"] == "ready" and state["outbox"]["depth"] == 0, 300)
    replay = pending / (time.monotonic() - begin)
    return [
        Row(
            "adds while Redis is down (journal), 64 connections",
            "1/s",
            away,
            "durable adds while it is there",
            normal,
            **ratio_at_least(1.0),
        ),
        Row("memory of a change while Redis is down", "bytes", each, **ours_at_most(200, "bytes")),
        Row(f"replay of {pending:,} changes", "1/s", replay, "durable adds while it is there", normal),
    ]


def shards(machine):
    """The cost of an add in a Cluster of one shard and of three."""
    costs = {}
    for count in (1, 3):
        servers = machine.cluster(count)
        cartd = machine.cartd(store=servers[0], scheme="redis+cluster")
        cartd_costs, redis_costs = [], []
        for _ in range(pace.rounds):
            before = [server.cpu_seconds() for server in [cartd, *servers]]
            requests = wrk(cartd.port, "add")["requests"]
            spent = [(server.cpu_seconds() - was) * 1e6 / requests for server, was in zip([cartd, *servers], before)]
            cartd_costs.append(spent[0])
            redis_costs.append(sum(spent[1:]))
        costs[count] = statistics.median(cartd_costs), statistics.median(redis_costs)
        for server in [cartd, *servers]:
            server.stop()
    return [
        Row("cartd CPU per add, 3 shards", "µs", costs[3][0], "1 shard", costs[1][0], **ratio_at_most(1.15)),
        Row("Redis CPU per add, 3 shards together", "µs", costs[3][1], "1 shard", costs[1][1], **ratio_at_most(1.15)),
    ]
