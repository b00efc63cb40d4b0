"""The data as a plain Redis client uses it, here redis-py, mixed freely with cartd on the same keys.

Arguments: the port of Redis, the port of cartd. Exits with an AssertionError when the two disagree.
"""
import json
import sys
import urllib.request

import redis

r = redis.Redis(host="127.0.0.1", port=int(sys.argv[1]), decode_responses=True)
base = f"http://127.0.0.1:{sys.argv[2]}"


def cartd(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request) as response:
        text = response.read()
        return json.loads(text) if text else None


def quantities(cart):
    return {item["sku"]: item["quantity"] for item in cart["items"]}


# Users: a plain client writes, cartd reads and patches, a plain client reads.
r.hset("user:123", mapping={"name": "Saurabh", "email": "saurabh@example.com"})
assert cartd("GET", "/v1/users/123") == {"email": "saurabh@example.com", "name": "Saurabh"}
cartd("PATCH", "/v1/users/123", {"city": "Pune"})
assert r.hgetall("user:123") == {"name": "Saurabh", "email": "saurabh@example.com", "city": "Pune"}

# Carts: adds of both count.
r.hincrby("cart:123", "SKU123", 2)
r.hincrby("cart:123", "SKU999", 3)
assert quantities(cartd("GET", "/v1/carts/123")) == {"SKU123": 2, "SKU999": 3}
cartd("POST", "/v1/carts/123/items", {"sku": "SKU123", "quantity": 5, "name": "Mug"})
assert r.hgetall("cart:123") == {"SKU123": "7", "SKU999": "3"}

# A plain client's removal: read, write, delete at zero.
r.hset("cart:123", "SKU123", max(int(r.hget("cart:123", "SKU123")) - 1, 0))
assert quantities(cartd("GET", "/v1/carts/123")) == {"SKU123": 6, "SKU999": 3}
r.hdel("cart:123", "SKU999")
assert quantities(cartd("GET", "/v1/carts/123")) == {"SKU123": 6}
cartd("DELETE", "/v1/carts/123/items/SKU123?quantity=1")
assert r.hgetall("cart:123") == {"SKU123": "5"}

# Either empties the cart, the other sees it, and life goes on.
r.delete("cart:123")
assert quantities(cartd("GET", "/v1/carts/123")) == {}
assert quantities(cartd("POST", "/v1/carts/123/items", {"sku": "SKU1"})) == {"SKU1": 1}
assert r.hgetall("cart:123") == {"SKU1": "1"}
cartd("DELETE", "/v1/carts/123")
assert r.hgetall("cart:123") == {}
r.hincrby("cart:123", "SKU2", 4)
assert quantities(cartd("GET", "/v1/carts/123")) == {"SKU2": 4}
cartd("DELETE", "/v1/carts/123/items")
assert r.exists("cart:123") == 0
cartd("DELETE", "/v1/users/123")
assert r.exists("user:123") == 0
print("the plain client and cartd agree")
