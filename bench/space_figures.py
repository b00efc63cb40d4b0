"""What many carts take: how many fit into a GiB of each store, beside the same carts kept whole as JSON, and what adds
and a start cost the embedded store as its carts grow in number."""

import contextlib
import json
import random
import sqlite3
import statistics
import subprocess
import time

import redis

import pace
from loads import SKUS, http_post, load, wrk
from machine import BenchError, http_request
from postgres_figures import server
from table import Row, ours_at_most

GIB = 2**30
WEEK = 7 * 24 * 3600  # As cartd keeps its carts.
LINES = "carts of 5 lines with names and prices"
WORDS = "blue green small large light warm cotton linen cup plate lamp chair shirt coat bag case".split()


def _carts(count):
    """The lines of each, of one shop's 10,000 articles: the same in every run."""
    pick = random.Random(1)
    names = [" ".join(pick.choices(WORDS, k=4)) for _ in range(10_000)]
    prices = [pick.randrange(100, 20_000) for _ in names]
    for _ in range(count):
        yield [(f"SKU-{10000 + sku}", names[sku], prices[sku]) for sku in pick.sample(range(len(names)), SKUS)]


def _json_carts(count):
    """As services write them that keep a cart whole."""
    for number, lines in enumerate(_carts(count), 100000):
        items = [
            {"product_id": sku, "name": name, "price": price / 100, "currency": "EUR", "quantity": 1}
            for sku, name, price in lines
        ]
        yield f"user-{number}", json.dumps({"cart_id": f"user-{number}", "items": items}, separators=(",", ":"))


def _fill(machine, cartd, count):
    requests = []
    for number, lines in enumerate(_carts(count), 100000):
        commands = [
            {"op": "add", "sku": sku, "quantity": 1, "name": name,
             "unit_price": {"amount_minor": price, "currency": "EUR"}}
            for sku, name, price in lines
        ]
        requests.append(http_post(f"/v1/carts/user-{number}/commands", json.dumps(commands)))
    load(machine, cartd.port, requests, count=count)


def _row(store, ours, peer_name, peer):
    return Row(f"{store}: {LINES} in a GiB", "", GIB / ours, peer_name, GIB / peer)


def redis_memory(client, fill):
    """Bytes that Redis uses for what `fill` writes; whatever it held goes first."""
    client.flushall()
    before = client.info("memory")["used_memory"]
    fill()
    return client.info("memory")["used_memory"] - before


def _in_redis(machine, carts):
    store = machine.redis()
    client = redis.Redis(port=store.port)

    def strings():
        with client.pipeline(transaction=False) as pipe:
            for cart, text in _json_carts(carts):
                pipe.set(f"cart:{cart}", text, ex=WEEK)
            pipe.execute()

    peer = redis_memory(client, strings) / carts
    cartd = machine.cartd(store=store)
    ours = redis_memory(client, lambda: _fill(machine, cartd, carts)) / carts
    return _row("Redis", ours, "JSON strings", peer)


def _in_the_embedded_store(machine, carts):
    folder = machine.folder / "space"
    cartd = machine.cartd("--data-dir", folder)
    _fill(machine, cartd, carts)
    # A copy is all in tables, and none of it in the log of the newest writes.
    status, _, said = http_request(cartd.port, "POST", "/v1/checkpoints/all")
    if status != 201:
        raise BenchError(f"a checkpoint answered {status}: {said}")
    ours = sum(file.stat().st_size for file in (folder / "checkpoints").rglob("*.sst")) / carts
    with contextlib.closing(sqlite3.connect(machine.folder / "space.sqlite")) as peer:
        peer.execute("CREATE TABLE carts (id TEXT PRIMARY KEY, cart TEXT NOT NULL) WITHOUT ROWID")
        peer.executemany("INSERT INTO carts VALUES (?, ?)", _json_carts(carts))
        peer.commit()
        peer.execute("VACUUM")
    return _row("embedded", ours, "SQLite, JSON text", (machine.folder / "space.sqlite").stat().st_size / carts)


def _in_postgres(machine, carts):
    port, _ = server(machine)
    url = f"postgresql://cartd@127.0.0.1:{port}/postgres"
    cartd = machine.cartd("--store-deadline", "10s", environment={"DATABASE_URL": url})
    _fill(machine, cartd, carts)
    documents = machine.file("carts.tsv", "".join(f"{cart}\t{text}\n" for cart, text in _json_carts(carts)))
    script = (
        "CREATE TABLE documents (id text PRIMARY KEY, cart jsonb NOT NULL);"
        f"\n\\copy documents FROM '{documents}'\nVACUUM FULL documents; VACUUM FULL cartd.carts;\n"
        "SELECT pg_total_relation_size('cartd.carts'), pg_total_relation_size('documents');"
    )
    psql = ["psql", "-q", "-t", "-A", "-F", " ", "-v", "ON_ERROR_STOP=1", url]
    said = subprocess.run(psql, input=script, check=True, text=True, capture_output=True).stdout
    ours, peer = (int(size) / carts for size in said.split())
    return _row("PostgreSQL", ours, "rows of jsonb", peer)


def space(machine):
    """How many carts fit into a GiB."""
    carts = pace.count(20_000)
    return [_in_redis(machine, carts), _in_the_embedded_store(machine, carts), _in_postgres(machine, carts)]


def many(machine):
    """The embedded store with more and more carts: adds to any of them, and the time from the command to the first
    answer."""
    folder, runs, rows = machine.folder / "many", [], []
    for wanted in (1000, pace.count(100_000), pace.count(pace.count(5_000_000))):
        cartd = machine.cartd("--data-dir", folder)
        while sum(runs) < wanted:
            # In turn, so that each add makes a cart.
            here = min(wanted - sum(runs), 200_000)
            path = f"/v1/carts/run-{len(runs)}-%d"
            done = wrk(cartd.port, "add", carts=here, path=path)["requests"]
            runs.append(min(done, here))
        cartd.stop()
        begin = time.monotonic()
        cartd = machine.cartd("--data-dir", folder)
        started = (time.monotonic() - begin) * 1e3
        pick = random.Random(1)
        numbers = [(run, 100000 + pick.randrange(runs[run])) for run in pick.choices(range(len(runs)), runs, k=100_000)]
        add = '{"sku":"SKU-10000","quantity":1}'
        adds = [http_post(f"/v1/carts/run-{run}-{cart}/items", add) for run, cart in numbers]
        rate = statistics.median(load(machine, cartd.port, adds)["rate"] for _ in range(pace.rounds))
        cartd.stop()
        name = f"{sum(runs):,} embedded carts"
        first = rows[0].ours if rows else None
        rows += [
            Row(f"add to one of {name}", "1/s", rate, "of the fewest" if first else "", first),
            Row(f"start with {name}", "ms", started, **ours_at_most(1000, "ms")),
        ]
    return rows
