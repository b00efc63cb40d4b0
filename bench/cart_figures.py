"""Adds over Redis: beside HINCRBY, with keys and details, to carts that cartd has not seen, and by two cartds."""

import concurrent.futures
import itertools
import os

import pace
from loads import DETAILS, fill_requests, load, measured, median_by, redis_benchmark, http_post, wrk
from table import Row, ratio_at_least, ratio_at_most

HINCRBY = "redis-benchmark HINCRBY -P 1"
_runs = itertools.count()


def new_keys():
    """A prefix of Idempotency-Keys that no run before has used."""
    return f"{os.getpid()}-{next(_runs)}-"


def add(machine):
    """From 64 connections, beside HINCRBY by redis-benchmark on the same server. The minimal answer is what Prefer:
    return=minimal asks for."""
    store = machine.redis()
    cartd = machine.cartd(store=store)
    detailed = "/v1/carts/detailed-%d"
    load(machine, cartd.port, fill_requests(1000, DETAILS, "/v1/carts/detailed-{}"), count=1000)
    kinds = {
        "plain": lambda: wrk(cartd.port, "add"),
        "minimal": lambda: wrk(cartd.port, "add", prefer="return=minimal"),
        "keyed": lambda: wrk(cartd.port, "add", keys=new_keys()),
        "to detailed": lambda: wrk(cartd.port, "add", path=detailed),
        "detailed": lambda: wrk(cartd.port, "add", path=detailed, details="yes"),
    }
    peer, rounds = [], {kind: [] for kind in kinds}
    for _ in range(pace.rounds):
        peer.append(
            measured(lambda: redis_benchmark(store.port, "HINCRBY", "peer:__rand_int__", "SKU-10000", "1"), [store])
        )
        for kind, run in kinds.items():
            rounds[kind].append(measured(run, [store, cartd]))

    def row(title, kind, figure, unit, peer_kind, target=None):
        figures, name = (peer, HINCRBY) if peer_kind == HINCRBY else (rounds[peer_kind], "a plain add")
        return Row(title, unit, median_by(rounds[kind], figure), name, median_by(figures, figure), **(target or {}))

    redis_cpu, cartd_cpu = "cpu redis-server", "cpu cartd"
    return [
        row("add", "plain", "rate", "1/s", HINCRBY, ratio_at_least(0.8)),
        row("add, minimal answer", "minimal", "rate", "1/s", HINCRBY, ratio_at_least(0.8)),
        row("Redis CPU per add", "plain", redis_cpu, "µs", HINCRBY, ratio_at_most(0.8)),
        row("Redis CPU per add, minimal answer", "minimal", redis_cpu, "µs", HINCRBY, ratio_at_most(0.5)),
        row("cartd CPU per add, minimal answer", "minimal", cartd_cpu, "µs", "plain"),
        row("add with an Idempotency-Key of its own", "keyed", "rate", "1/s", "plain", ratio_at_least(0.85)),
        row("Redis CPU per add with a key", "keyed", redis_cpu, "µs", "plain"),
        row("cartd CPU per add with a key", "keyed", cartd_cpu, "µs", "plain"),
        row("add to a cart with names and prices", "to detailed", "rate", "1/s", "plain", ratio_at_least(0.9)),
        row("add that carries name and price", "detailed", "rate", "1/s", "plain", ratio_at_least(0.8)),
        row("Redis CPU per add to a cart with names and prices", "to detailed", redis_cpu, "µs", "plain"),
        row("Redis CPU per add that carries name and price", "detailed", redis_cpu, "µs", "plain"),
    ]


def _adds_to_each(carts):
    return [
        http_post(f"/v1/carts/user-{100000 + cart}/items", '{"sku":"SKU-10000","quantity":1}') for cart in range(carts)
    ]


def cold(machine):
    """Carts in Redis that this cartd has never seen, beside the same carts once more: at full speed, and one add at a
    time where a round trip to Redis takes a millisecond longer."""
    store = machine.redis()
    filler = machine.cartd(store=store)
    carts, few = pace.count(20_000), pace.count(1000)
    load(machine, filler.port, fill_requests(carts), count=carts)
    filler.stop()
    slow = machine.slow_link(store, 0.001)

    def both(server, count, connections):
        cartd = machine.cartd(store=server)
        requests = _adds_to_each(count)
        figures = [
            measured(lambda: load(machine, cartd.port, requests, connections=connections, count=count), [store, cartd])
            for _ in range(2)
        ]
        cartd.stop()
        return figures

    fast_rounds = [both(store, carts, 64) for _ in range(pace.rounds)]
    slow_rounds = [both(slow, few, 1) for _ in range(pace.rounds)]

    def row(title, unit, rounds, figure, target=None):
        first, again = ([pair[i] for pair in rounds] for i in range(2))
        return Row(
            title, unit, median_by(first, figure), "the same carts again", median_by(again, figure), **(target or {})
        )

    return [
        row("add to a cart not seen before", "1/s", fast_rounds, "rate"),
        row("cartd CPU per add to a cart not seen before", "µs", fast_rounds, "cpu cartd"),
        row("Redis CPU per add to a cart not seen before", "µs", fast_rounds, "cpu redis-server"),
        row("add to a cart not seen before, Redis 1 ms away, p50", "µs", slow_rounds, "p50", ratio_at_most(1.2)),
    ]


def two(machine):
    """Two cartds that add to the same carts at the same time, beside one."""
    store = machine.redis()
    first, second = machine.cartd(store=store), machine.cartd(store=store)

    def together():
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = list(pool.map(lambda cartd: wrk(cartd.port, "add", connections=32), [first, second]))
        return {figure: sum(run[figure] for run in runs) for figure in ("requests", "rate")}

    alone_rounds, together_rounds = [], []
    for _ in range(pace.rounds):
        alone_rounds.append(measured(lambda: wrk(first.port, "add"), [store]))
        together_rounds.append(measured(together, [store]))
    redis_cpu = "cpu redis-server"
    return [
        Row(
            "Redis CPU per add, two cartds on the same carts",
            "µs",
            median_by(together_rounds, redis_cpu),
            "one cartd",
            median_by(alone_rounds, redis_cpu),
            **ratio_at_most(1.5),
        ),
        Row(
            "adds of two cartds on the same carts",
            "1/s",
            median_by(together_rounds, "rate"),
            "one cartd",
            median_by(alone_rounds, "rate"),
        ),
    ]


def growth(machine):
    """The CPU time of an add with more threads, and with more carts."""
    store = machine.redis()
    one, both = machine.cartd("--threads", "1", store=store), machine.cartd("--threads", "2", store=store)
    few, many = 1000, pace.count(100_000)
    load(machine, both.port, fill_requests(many), count=many)
    kinds = {"1 thread": (one, few), "2 threads": (both, few), f"{many:,} carts": (both, many)}
    rounds = {kind: [] for kind in kinds}
    for _ in range(pace.rounds):
        for kind, (cartd, carts) in kinds.items():
            rounds[kind].append(measured(lambda: wrk(cartd.port, "add", carts=carts), [store, cartd]))

    def row(kind, name, server, base):
        key, others = f"cpu {server}", rounds[base]
        return Row(
            f"{name} CPU per add, {kind}",
            "µs",
            median_by(rounds[kind], key),
            base if base == "1 thread" else "1,000 carts",
            median_by(others, key),
            **ratio_at_most(1.15),
        )

    pairs = [("2 threads", "1 thread"), (f"{many:,} carts", "2 threads")]
    servers = [("cartd", "cartd"), ("Redis", "redis-server")]
    return [row(kind, name, server, base) for kind, base in pairs for name, server in servers]
