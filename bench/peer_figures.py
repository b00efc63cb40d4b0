"""Adds and reads by HTTP over one Redis server, beside what a shop would write or pick instead; see web_peers.py."""

import dataclasses
import json
import sys

import redis

import pace
from loads import DETAILS, SKUS, fill_requests, load, measured, median_by, redis_benchmark, wrk
from machine import Server
from table import Row, ratio_at_least, ratio_at_most
from web_peers import MissingPeer, fastify, nginx_lua, webdis

CARTS = 20_000


@dataclasses.dataclass
class Side:
    """Who answers, and how it is asked: for the path of a cart, "%(kind)s" is bare or detailed."""

    name: str
    server: Server
    paths: dict
    add: str = "/items"
    kinds: tuple = ("bare", "detailed")

    def run(self, what, kind):
        # What is left is "%d", for wrk.
        path = self.paths[what] % {"kind": kind, "cart": "%d"}
        return wrk(self.server.port, what, path=path, add=self.add, carts=pace.count(CARTS))


def _web(name, server):
    return Side(name, server, dict.fromkeys(("add", "get"), "/%(kind)s/carts/%(kind)s-%(cart)s"))


def _by_webdis(name, server):
    paths = {"add": "/HINCRBY/webdis:%(kind)s-%(cart)s", "get": "/HGETALL/webdis:%(kind)s-%(cart)s"}
    return Side(name, server, paths, add="/SKU-%d/1", kinds=("bare",))


# By peer: how to start it, its Side, and what cartd's adds and reads a second are to be of its own.
PEERS = {
    "Fastify + ioredis": (fastify, _web, {"add": 1.5, "get": 1.3}),
    "nginx-lua + resty redis": (nginx_lua, _web, {"add": 1.5, "get": 1.3}),
    "webdis": (webdis, _by_webdis, {"add": 1.1, "get": 1.1}),
}
REDIS = {"add": "HINCRBY", "get": "HGETALL"}


def _fill(machine, store, cartd, carts):
    lines = {f"SKU-{10000 + sku}": 1 for sku in range(SKUS)}
    details = {sku: json.dumps(DETAILS) for sku in lines}
    for kind, its in (("bare", None), ("detailed", DETAILS)):
        load(machine, cartd.port, fill_requests(carts, its, f"/v1/carts/{kind}-{{}}"), count=carts)
    client = redis.Redis(port=store.port)
    for first in range(0, carts, 1000):
        with client.pipeline(transaction=False) as pipe:
            for cart in range(first, min(first + 1000, carts)):
                pipe.hset(f"raw:{cart:012}", mapping=lines)
                pipe.hset(f"webdis:bare-{100000 + cart}", mapping=lines)
                for kind in ("bare", "detailed"):
                    for peer in ("fastify", "lua"):
                        pipe.hset(f"{peer}:{kind}-{100000 + cart}", mapping=lines)
                for peer in ("fastify", "lua"):
                    pipe.hset(f"{peer}:details:detailed-{100000 + cart}", mapping=details)
            pipe.execute()


def _sides(machine, store, cartd):
    sides = [Side("cartd", cartd, dict.fromkeys(("add", "get"), "/v1/carts/%(kind)s-%(cart)s"))]
    for name, (start, side, _) in PEERS.items():
        try:
            sides.append(side(name, start(machine, store)))
        except MissingPeer as missing:
            print(f" [no rows beside {name}: {missing}]", end="", file=sys.stderr, flush=True)
    return sides


def _raw(store, what):
    """What Redis itself takes, by redis-benchmark with one command a round trip."""
    words = ["HINCRBY", "raw:__rand_int__", "SKU-10000", "1"] if what == "add" else ["HGETALL", "raw:__rand_int__"]
    return measured(lambda: redis_benchmark(store.port, *words, keys=pace.count(CARTS)), [store])


def _rows(what, kind, figures, raw):
    """The figures of one kind of request: cartd's beside each peer's."""
    title = f"{what}, {kind} carts of {SKUS} lines"
    ours = figures["cartd"]
    rows = []

    def row(figure, unit, key, peer, rounds, target=None):
        rows.append(
            Row(
                f"{title}: {figure}" if figure else title,
                unit,
                median_by(ours, key),
                peer,
                median_by(rounds, key),
                **(target or {}),
            )
        )

    bare = kind == "bare"
    raw_name = f"redis-benchmark {REDIS[what]} -P 1"
    row("", "1/s", "rate", raw_name, raw, ratio_at_least(0.8) if bare else None)
    for peer, rounds in figures.items():
        if peer != "cartd":
            row("", "1/s", "rate", peer, rounds, ratio_at_least(PEERS[peer][2][what]) if bare else None)
    row(
        "Redis CPU",
        "µs",
        "cpu redis-server",
        raw_name,
        raw,
        ratio_at_most(0.8 if what == "add" else 0.5) if bare else None,
    )
    for peer, rounds in figures.items():
        if peer != "cartd":
            row("Redis CPU", "µs", "cpu redis-server", peer, rounds)
    for peer, rounds in figures.items():
        if peer != "cartd":
            # 14 µs an add where Fastify takes 35.
            reach = ratio_at_most(0.4) if bare and what == "add" and peer == "Fastify + ioredis" else None
            row("own CPU", "µs", "own cpu", peer, rounds, reach)
    return rows


def peers(machine):
    """64 connections, 20,000 carts; every side in turn."""
    store = machine.redis()
    cartd = machine.cartd(store=store)
    _fill(machine, store, cartd, pace.count(CARTS))
    sides = _sides(machine, store, cartd)
    for side in sides:  # Compilers at run time take a while.
        for what in ("add", "get"):
            side.run(what, "bare")
    figures, raw = {}, {"add": [], "get": []}
    for _ in range(pace.rounds):
        for what in ("add", "get"):
            raw[what].append(_raw(store, what))
            for kind in ("bare", "detailed"):
                for side in sides:
                    if kind not in side.kinds:
                        continue
                    run = measured(lambda: side.run(what, kind), [store, side.server])
                    run["own cpu"] = run[f"cpu {side.server.name}"]
                    figures.setdefault((what, kind), {}).setdefault(side.name, []).append(run)
    return [row for (what, kind), by_side in figures.items() for row in _rows(what, kind, by_side, raw[what])]
