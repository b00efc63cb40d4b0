"""How often cartd allocates memory for a request, as counted by a library that is preloaded into it."""
import http.client
import json
import struct

from loads import SKUS
from machine import BenchError
from table import Row, ours_at_most

WARM_UP = 500  # Requests that fill what is allocated once.
REQUESTS = 3000
MOST = 35  # Of an add over Redis.


def allocations(machine):
    """Allocations per request, on one connection, with carts of five lines."""
    store = machine.redis()
    rows = []
    for name, kind, used in (("GET from memory", "GET", None), ("add in memory", "add", None),
                             ("add over Redis", "add", store)):
        count, size, aligned, aligned_size = _per_request(machine, kind, store=used)
        reach = ours_at_most(MOST, "") if used else {}
        rows += [
            Row(f"{name}, allocations", "", count, **reach),
            Row(f"{name}, of these coroutine frames and handlers", "", aligned),
            Row(f"{name}, allocated", "bytes", size),
            Row(f"{name}, of these coroutine frames and handlers", "bytes", aligned_size),
        ]
    return rows


def _per_request(machine, kind, **cartd_options):
    """Allocations, their bytes, and the same of the aligned ones, which are Asio's, per request."""
    counts = machine.file("allocations", "")
    counter = (machine.bin.parent / "lib" / "liballocation_counter.so").absolute()
    environment = {"LD_PRELOAD": str(counter), "ALLOCATION_COUNTS": str(counts)}
    cartd = machine.cartd("--threads", "1", environment=environment, **cartd_options)
    connection = http.client.HTTPConnection("127.0.0.1", cartd.port, timeout=5)

    def request(number):
        if kind == "GET":
            connection.request("GET", "/v1/carts/user-1")
        else:
            body = json.dumps({"sku": f"SKU-{10000 + number % SKUS}", "quantity": 1})
            connection.request("POST", "/v1/carts/user-1/items", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 201):
            raise BenchError(f"{kind} answered {answer.status}: {said}")

    if kind == "GET":
        for sku in range(SKUS):
            body = json.dumps({"sku": f"SKU-{10000 + sku}", "quantity": 1})
            connection.request("POST", "/v1/carts/user-1/items", body, {"Content-Type": "application/json"})
            connection.getresponse().read()
    for number in range(WARM_UP):
        request(number)
    before = struct.unpack("4Q", counts.read_bytes())
    for number in range(REQUESTS):
        request(number)
    after = struct.unpack("4Q", counts.read_bytes())
    connection.close()
    cartd.stop()
    count, size, aligned, aligned_size = ((b - a) / REQUESTS for a, b in zip(before, after))
    return count, size, aligned, aligned_size
