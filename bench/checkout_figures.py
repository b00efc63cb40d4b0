"""Merges and orders over Redis, each of a cart of 5 lines, beside what a shop would write itself: a Lua script that
does the same to the hashes of one slot, without versions, limits, or anything that makes it safe to repeat."""

import concurrent.futures
import http.client
import json

import pace
from loads import SKUS, fill_requests, http_post, load, median_by, resp
from machine import BenchError
from table import Row

MERGE = """local lines = redis.call('HGETALL', KEYS[1])
for i = 1, #lines, 2 do redis.call('HINCRBY', KEYS[2], lines[i], lines[i + 1]) end
redis.call('DEL', KEYS[1])
return 1"""
ORDER = """local lines = redis.call('HGETALL', KEYS[1])
if #lines == 0 then return 0 end
redis.call('HSET', KEYS[2], unpack(lines))
redis.call('PEXPIRE', KEYS[2], 2592000000)
redis.call('DEL', KEYS[1])
return 1"""


def _begin(port, carts):
    """Begins a checkout of each of these carts; their ids."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    ids = []
    for cart in carts:
        connection.request("POST", f"/v1/carts/{cart}/checkouts")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise BenchError(f"no checkout begins: {answer.status} {body[:200]}")
        ids.append(json.loads(body)["id"])
    return ids


def _begin_all(port, carts):
    parts = [carts[start::4] for start in range(4)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        ids = pool.map(lambda part: _begin(port, part), parts)
    return [(cart, its) for part, found in zip(parts, ids) for cart, its in zip(part, found)]


def _scripted(machine, store, script, targets, prefix, count):
    """The script's rate, on carts of 5 lines each."""
    lines = [word for sku in range(SKUS) for word in (f"SKU-{10000 + sku}", "1")]
    fill = [resp("HSET", f"{prefix}:{number}", *lines) for number in range(count)]
    load(machine, store.port, fill, protocol="resp", count=count)
    run = [resp("EVAL", script, "2", f"{prefix}:{number}", f"{targets}:{number}") for number in range(count)]
    return load(machine, store.port, run, protocol="resp", count=count)


def checkout(machine):
    """Each cart is merged, or bought, once: from 64 connections."""
    store = machine.redis()
    cartd = machine.cartd(store=store)
    count = pace.count(20_000)
    rounds = {"merge": [], "order": [], "merge script": [], "order script": []}
    for number in range(pace.rounds):
        guests = f"guest{number}-"
        load(machine, cartd.port, fill_requests(count, path="/v1/carts/" + guests + "{}"), count=count)
        merges = [
            http_post(f"/v1/carts/user{number}-{100000 + cart}/merge", f'{{"from":"{guests}{100000 + cart}"}}')
            for cart in range(count)
        ]
        rounds["merge"].append(load(machine, cartd.port, merges, count=count))
        users = [f"user{number}-{100000 + cart}" for cart in range(count)]
        orders = [
            http_post(f"/v1/carts/{cart}/checkouts/{its}/complete", "{}") for cart, its in _begin_all(cartd.port, users)
        ]
        rounds["order"].append(load(machine, cartd.port, orders, count=count))
        rounds["merge script"].append(_scripted(machine, store, MERGE, f"user{number}", f"peer{number}", count))
        rounds["order script"].append(_scripted(machine, store, ORDER, f"order{number}", f"buyer{number}", count))
    rate = {name: median_by(figures, "rate") for name, figures in rounds.items()}
    return [
        Row("merge of 5 lines", "1/s", rate["merge"], "a Lua script, one slot", rate["merge script"]),
        Row("order of 5 lines", "1/s", rate["order"], "a Lua script, one slot", rate["order script"]),
    ]
