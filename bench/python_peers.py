"""Carts as many a Python service keeps them on redis-py, and the same adds through cartd."""

import http.client
import json
import multiprocessing
import time

import redis

import pace
from machine import BenchError, http_request

CLIENTS = 8


def by_http(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def add():
        connection.request(
            "POST", "/v1/carts/python/items", '{"sku":"SKU-10000","quantity":1}', {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise BenchError(f"an add answered {answer.status}")

    return add


def by_hincrby(port):
    client = redis.Redis(port=port)
    return lambda: client.hincrby("python:hash", "SKU-10000", 1)


def by_blob(port):
    client = redis.Redis(port=port)

    def add():
        text = client.get("python:blob")
        cart = json.loads(text) if text else {}
        cart["SKU-10000"] = cart.get("SKU-10000", 0) + 1
        client.set("python:blob", json.dumps(cart))

    return add


KINDS = {"http": by_http, "hincrby": by_hincrby, "blob": by_blob}


def micros_per_add(kind, port, seconds=1.5):
    seconds = pace.seconds(seconds)
    add = KINDS[kind](port)
    add()
    begin, count = time.monotonic(), 0
    while time.monotonic() - begin < seconds:
        add()
        count += 1
    return (time.monotonic() - begin) * 1e6 / count


def quantity(kind, port):
    if kind == "http":
        _, _, body = http_request(port, "GET", "/v1/carts/python")
        return sum(item["quantity"] for item in json.loads(body)["items"])
    return json.loads(redis.Redis(port=port).get("python:blob"))["SKU-10000"]


def _client(kind, port, adds, start):
    add = KINDS[kind](port)
    start.wait(30)
    for _ in range(adds):
        add()


def kept_adds(kind, port, total):
    """How many of `total` adds by concurrent clients, all acknowledged, the cart holds afterwards."""
    before = quantity(kind, port)
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(CLIENTS)
    clients = [
        fork.Process(target=_client, args=(kind, port, total // CLIENTS, start), daemon=True) for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join(60)
        if client.exitcode != 0:
            raise BenchError(f"a {kind} client ended with {client.exitcode}")
    return quantity(kind, port) - before
