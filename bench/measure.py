"""What is measured. Each function takes one group of figures, ours and the peer's in turn, and answers its rows."""

import contextlib
import json
import socket
import statistics

import redis

import pace
from allocations import allocations
from cart_figures import add, cold, growth, two
from checkout_figures import checkout
from embedded_figures import embedded
from loads import (
    SKUS, add_requests, fill_requests, hincrby_requests, load, measured, median_by, microbenchmark, redis_commands, wrk,
)
from machine import BenchError, http_request
from outbox_figures import journal, outage, shards
from peer_figures import peers
from postgres_figures import postgres
from python_peers import kept_adds, micros_per_add
from space_figures import many, redis_memory, space
from table import Row, ours_at_most, ratio_at_least, ratio_at_most


def fill_cart(port, cart="user-100000"):
    body = json.dumps([{"op": "add", "sku": f"SKU-{10000 + sku}", "quantity": 1} for sku in range(SKUS)])
    status, _, said = http_request(port, "POST", f"/v1/carts/{cart}/commands", body)
    if status != 200:
        raise BenchError(f"filling a cart answered {status}: {said}")


def get(machine):
    """Reading a cart from memory beside nginx, which answers the same bytes without looking."""
    one, all_cores = machine.cartd("--threads", "1"), machine.cartd()
    for cartd in (one, all_cores):
        fill_cart(cartd.port)
    _, fields, body = http_request(one.port, "GET", "/v1/carts/user-100000")
    written_by_nginx = {"content-type", "content-length", "connection", "date", "server"}
    nginx = machine.nginx(body, {name: value for name, value in fields if name.lower() not in written_by_nginx})

    rounds = {server: [] for server in (nginx, one, all_cores)}
    for _ in range(pace.rounds):
        for server, figures in rounds.items():
            figures.append(measured(lambda: wrk(server.port, "get", seconds=2, carts=1), [server]))
    peer = median_by(rounds[nginx], "cpu nginx")
    peer_name = "nginx return 200, one worker"
    return [
        Row(
            "GET from memory, CPU per request, 1 thread",
            "µs",
            median_by(rounds[one], "cpu cartd"),
            peer_name,
            peer,
            **ratio_at_most(1.25),
        ),
        Row(
            "GET from memory, CPU per request, a thread a core",
            "µs",
            median_by(rounds[all_cores], "cpu cartd"),
            peer_name,
            peer,
            **ratio_at_most(1.25),
        ),
    ]


def latency(machine):
    """One connection: what cartd adds to a Redis round trip."""
    store = machine.redis()
    cartd = machine.cartd(store=store)
    ours, peer = [], []
    for _ in range(pace.rounds):
        peer.append(load(machine, store.port, hincrby_requests(), protocol="resp", connections=1, seconds=2))
        ours.append(load(machine, cartd.port, add_requests(), connections=1, seconds=2))
    return [
        Row(
            "add over Redis, 1 connection, p50",
            "µs",
            median_by(ours, "p50"),
            "HINCRBY round trip",
            median_by(peer, "p50"),
            **ratio_at_most(1.8),
        )
    ]


def tail(machine):
    """At 70 % of what the same generator gets out of each side: how slow the slowest of a thousand are."""
    store = machine.redis()
    cartd = machine.cartd(store=store)

    def spread(port, requests, protocol):
        most = load(machine, port, requests, protocol=protocol, seconds=2)["rate"]
        rounds = [
            load(machine, port, requests, protocol=protocol, seconds=4, rate=0.7 * most) for _ in range(pace.rounds)
        ]
        return statistics.median(figures["p99.9"] / figures["p50"] for figures in rounds), rounds

    peer, peer_rounds = spread(store.port, hincrby_requests(), "resp")
    ours, rounds = spread(cartd.port, add_requests(), "http")
    return [
        Row("add over Redis at 70 % load, p99.9 / p50", "", ours, "HINCRBY at 70 % load", peer),
        Row(
            "add over Redis at 70 % load, p50",
            "µs",
            median_by(rounds, "p50"),
            "HINCRBY at 70 % load",
            median_by(peer_rounds, "p50"),
        ),
        Row(
            "add over Redis at 70 % load, p99.9",
            "µs",
            median_by(rounds, "p99.9"),
            "HINCRBY at 70 % load",
            median_by(peer_rounds, "p99.9"),
            **ratio_at_most(2),
        ),
    ]


def bytes_per_cart(machine):
    """Redis memory of a cart with 5 bare lines, beside the hash alone: what Redis says of the keys, and what 10,000 of
    them really took."""
    carts = 10_000
    store = machine.redis()
    client = redis.Redis(port=store.port)

    def raw():
        with client.pipeline(transaction=False) as pipe:
            for cart in range(carts):
                pipe.hset(f"cart:user-{100000 + cart}", mapping={f"SKU-{10000 + sku}": 1 for sku in range(SKUS)})
            pipe.execute()

    raw_used = redis_memory(client, raw) / carts
    raw_keys = client.memory_usage("cart:user-100000", samples=0)

    cartd = machine.cartd(store=store)
    our_used = redis_memory(client, lambda: load(machine, cartd.port, fill_requests(carts), count=carts)) / carts
    keys = ["cart:user-100000", "{cart:user-100000}:meta"]
    sizes = [client.memory_usage(key, samples=0) for key in keys]
    if None in sizes or client.dbsize() != 2 * carts:
        raise BenchError(f"Redis holds other keys than {' and '.join(keys)} of each cart: {client.dbsize()} keys")
    return [
        Row(
            "Redis memory per cart of 5 lines, MEMORY USAGE",
            "bytes",
            sum(sizes),
            "the plain hash",
            raw_keys,
            **ratio_at_most(1.8),
        ),
        Row(
            "Redis memory per cart of 5 lines, used_memory",
            "bytes",
            our_used,
            "the plain hash",
            raw_used,
            **ratio_at_most(1.8),
        ),
    ]


def python(machine):
    """What a shop's own service does today, in Python: adds by hand on redis-py."""
    store = machine.redis()
    cartd = machine.cartd(store=store)
    total = 1600
    ours, by_hand, blob = (
        micros_per_add(kind, port)
        for kind, port in (("http", cartd.port), ("hincrby", store.port), ("blob", store.port))
    )
    ours_kept, blob_kept = (kept_adds(kind, port, total) for kind, port in (("http", cartd.port), ("blob", store.port)))
    return [
        Row("add by a Python client, one at a time", "µs", ours, "redis-py HINCRBY by hand", by_hand),
        Row("add by a Python client, one at a time", "µs", ours, "redis-py get-modify-set of JSON", blob),
        Row(
            f"adds kept of {total:,} by 8 clients",
            "adds",
            ours_kept,
            "redis-py get-modify-set of JSON",
            blob_kept,
            target=f"{total:,}",
            met=lambda row: row.ours == total,
        ),
    ]


def connections(machine):
    """Memory of connections that had one answer and now are idle."""
    count = 5000
    cartd = machine.cartd()
    nginx = machine.nginx("{}", {})
    request = b"GET /v1/carts/user-1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    def per_connection(server):
        http_request(server.port, "GET", "/v1/carts/user-1")
        before = server.resident_bytes()
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
                connection.sendall(request)
                if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    raise BenchError(f"{server.name} did not answer 200 on one of {count} connections")
            return (server.resident_bytes() - before) / count / 1024

    ours = per_connection(cartd)
    return [
        Row(
            "resident memory per idle connection", "KiB", ours, "nginx", per_connection(nginx), **ours_at_most(8, "KiB")
        )
    ]


def micro(machine):
    """The library without a server: microseconds of CPU a call."""
    store, codec = microbenchmark(machine, "micro_store"), microbenchmark(machine, "micro_codec")
    loops = microbenchmark(machine, "micro_loops")
    run_on, co_spawn = (loops[f"both_ways/{how}/process_time/real_time"] / 1000 for how in ("run_on", "co_spawn"))
    rows = [
        Row("memory store, apply through the port", "µs", store["MemoryStoreApply"] / 1000, **ours_at_most(0.3, "µs")),
        Row("domain::apply alone", "µs", store["DomainApply"] / 1000),
        Row("call on another event loop, 64 under way", "µs", run_on, "co_spawn() there", co_spawn),
    ]
    for detailed, lines in ((0, "bare"), (1, "detailed")):
        write, boost_write, parse, boost_parse = (
            codec[f"{name}/detailed:{detailed}"] / 1000
            for name in ("WriteCart", "BoostWriteCart", "ParseAdd", "BoostParseAdd")
        )
        rows.append(Row(f"JSON: write a cart of 5 {lines} lines", "µs", write, "Boost.JSON serialize", boost_write))
        rows.append(Row(f"JSON: parse an add, {lines}", "µs", parse, "Boost.JSON parse", boost_parse))
    return rows


def client(machine):
    """Commands through the Redis client alone, 64 callers on one event loop."""
    store = machine.redis()
    rows = []
    for in_a_request, what in ((1, "a command by the Redis client"),
                               (4, "a command by the Redis client, 4 in a request")):
        figures = redis_commands(machine, store, in_a_request)
        rows.append(Row(f"{what}: CPU", "µs", figures["cpu_us"]))
        rows.append(Row(f"{what}: allocations", "", figures["allocations"], **ours_at_most(3, "")))
    return rows


GROUPS = {
    "get": get,
    "add": add,
    "peers": peers,
    "cold": cold,
    "two": two,
    "growth": growth,
    "latency": latency,
    "tail": tail,
    "bytes": bytes_per_cart,
    "space": space,
    "many": many,
    "allocations": allocations,
    "journal": journal,
    "embedded": embedded,
    "postgres": postgres,
    "checkout": checkout,
    "outage": outage,
    "shards": shards,
    "python": python,
    "connections": connections,
    "micro": micro,
    "client": client,
}
