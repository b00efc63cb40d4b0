#!/usr/bin/env python3
"""The checker finds what it is there to find."""

import contextlib
import copy
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import check_responses  # noqa: E402
from contract import Contract  # noqa: E402

CONTRACT = Contract(check_responses.DOCUMENT.read_text(encoding="utf-8"))

CART = {
    "id": "123",
    "version": 7,
    "items": [
        {
            "sku": "A",
            "quantity": 2,
            "unit_price": {"amount_minor": 1299, "currency": "EUR"},
            "subtotal": {"amount_minor": 2598, "currency": "EUR"},
            "added_at": "2026-11-22T10:00:00.000Z",
        },
        {"sku": "B", "quantity": 1},
    ],
    "item_count": 3,
    "line_count": 2,
    "totals": [{"amount_minor": 2598, "currency": "EUR"}],
    "created_at": "2026-11-22T10:00:00.000Z",
    "updated_at": "2026-11-22T10:00:00.000Z",
    "expires_at": "2026-11-29T10:00:00.000Z",
    "durability": "memory",
    "degraded": False,
}


def answer(status, body, method="GET", target="/v1/carts/123", media_type="application/json", **headers):
    present = {"date": "Sun, 22 Nov 2026 10:00:00 GMT", "x-request-id": "r1", "cache-control": "no-store"}
    if media_type:
        present["content-type"] = media_type
        if media_type.endswith(("json", "msgpack")):
            present["vary"] = "Accept"
    present.update({name.replace("_", "-"): value for name, value in headers.items()})
    text = body if isinstance(body, str) else json.dumps(body)
    return {"method": method, "target": target, "status": status, "headers": present, "body": text}


def problem(status, code, target="/v1/carts/123", method="GET", headers=None, **members):
    body = {"type": f"urn:cartd:{code}", "title": "t", "status": status, "detail": "d", **members}
    return answer(status, body, method, target, "application/problem+json", **(headers or {}))


def cart_answer(change=None, etag='"7"', **kwargs):
    cart = copy.deepcopy(CART)
    if change:
        change(cart)
    return answer(200, cart, etag=etag, **kwargs)


PATCH_TYPES = "application/merge-patch+json, application/json, application/msgpack"
DEGRADED = {"durability": "journal", "degraded": True}
OUTBOX = {"depth": 1, "unconfirmed": 0, "oldest_seconds": 3, "memory_bytes": 210, "max_memory_bytes": 67108864}
JOURNAL = {"state": "working", "records": 1, "bytes": 90, "max_bytes": 1073741824, "dead_letters": 0}
LETTER = {
    "id": "1-2",
    "cart": "123",
    "command": [{"op": "add", "sku": "A", "quantity": 2}],
    "reason": "r",
    "accepted_at": "2026-11-22T10:00:00.000Z",
    "dead_lettered_at": "2026-11-22T10:00:01.000Z",
}


def readiness(status, **where):
    """Of a server whose store is away."""
    outbox = {**OUTBOX, **where}
    return {"status": status, "store": {"kind": "redis", "ready": False, "detail": "d"}, "outbox": outbox,
            "degraded": ["store"]}


class GoodAnswers(unittest.TestCase):
    def test_have_no_faults(self):
        for record in [
            cart_answer(),
            cart_answer(target="/v1/carts/123?touch=true"),
            cart_answer(target="http://host:80/v1/carts/123"),
            cart_answer(method="POST", target="/v1/carts/123/items"),
            cart_answer(method="PUT", target="/v1/carts/123/items/A%2Fb"),
            answer(200, "", method="HEAD", etag='"7"'),
            answer(304, "", media_type=None, etag='"7"'),
            answer(204, "", method="DELETE", media_type=None, etag='"7"'),
            answer(204, "", "POST", "/v1/carts/123/items", None, etag='"7"', preference_applied="return=minimal"),
            answer(200, {"name": "Z"}, target="/v1/users/u1"),
            answer(200, {"status": "ok"}, target="/healthz"),
            answer(200, "# HELP", target="/metrics", media_type="text/plain; version=0.0.4; charset=utf-8"),
            problem(404, "not-found", target="/v1/users/u1"),
            problem(404, "not-found", target="/v1/nothing"),
            problem(404, "not-found", target="/v1/carts/"),
            problem(400, "malformed-request", target="*"),
            problem(405, "method-not-allowed", method="POST", headers={"allow": "GET, HEAD, PATCH, DELETE, OPTIONS"}),
            answer(204, "", "OPTIONS", "/healthz", None, allow="GET, HEAD, OPTIONS"),
            answer(204, "", "OPTIONS", "*", None, allow="GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
                   accept_patch=PATCH_TYPES),
            problem(415, "unsupported-media-type", "/v1/carts/123", "PATCH",
                    headers={"accept": PATCH_TYPES, "accept_patch": PATCH_TYPES}),
            problem(415, "unsupported-media-type", "/v1/carts/123/items", "POST",
                    headers={"accept_encoding": "gzip, deflate"}),
            answer(200, "openapi: 3.1.0", target="/openapi.yaml", media_type="application/yaml",
                   cache_control="public, max-age=3600"),
            problem(412, "version-mismatch", current_version=7),
            problem(422, "invalid", pointer="/a~1b/0"),
            problem(422, "limit-exceeded", "/v1/carts/123/items", "POST", pointer="/quantity", limit="quantity"),
            problem(503, "store-unavailable", headers={"retry_after": "1"}, retry_after=1),
            answer(
                503,
                readiness("unavailable"),
                target="/readyz",
                retry_after="1",
            ),
            answer(200, readiness("degraded", journal=JOURNAL), target="/readyz"),
            cart_answer(lambda cart: cart.update(DEGRADED), etag='W/"7"'),
            cart_answer(lambda cart: cart.update(DEGRADED, partial=True), etag='W/"7"'),
            cart_answer(lambda cart: cart.update(DEGRADED, durability="memory"), etag='W/"7"'),
            answer(200, readiness("degraded", memory={"records": 3}), target="/readyz"),
            answer(200, {**OUTBOX, "dead_letters": []}, target="/v1/outbox"),
            answer(200,
                   {**OUTBOX, "journal": JOURNAL,
                    "dead_letters": [LETTER, {**LETTER, "command": {"op": "delete"}}]}, target="/v1/outbox"),
            answer(204, "", "POST", "/v1/outbox/dead-letters/1-2/retry", None),
            cart_answer(media_type="application/msgpack", etag='"7.msgpack"'),
            answer(404, json.loads(problem(404, "not-found")["body"]), target="/v1/nothing",
                   media_type="application/msgpack"),
            answer(503, readiness("unavailable"), target="/readyz", media_type="application/msgpack", retry_after="1"),
            problem(404, "not-found", target="/v1/outbox/dead-letters/x", method="DELETE"),
            problem(507, "journal-full", "/v1/carts/123/items", "POST"),
            problem(503, "degraded", "/v1/carts/123/items", "POST", headers={"retry_after": "1"}, retry_after=1),
        ]:
            self.assertEqual(check_responses.check(CONTRACT, record), [], record)


class BrokenAnswers(unittest.TestCase):
    def assert_found(self, record, words):
        faults = check_responses.check(CONTRACT, record)
        self.assertTrue(any(words in fault for fault in faults), f"{words!r} not in {faults}")

    def test_a_status_that_is_not_documented(self):
        self.assert_found(answer(201, CART), "not documented")
        self.assert_found(problem(404, "not-found"), "not documented")
        self.assert_found(problem(415, "unsupported-media-type"), "not documented")
        self.assert_found(problem(412, "version-mismatch", target="/v1/nothing", current_version=7), "not documented")

    def test_a_body_with_members_missing_or_too_many_or_of_another_type(self):
        self.assert_found(cart_answer(lambda cart: cart.pop("version")), "'version' is a required property")
        self.assert_found(cart_answer(lambda cart: cart.update(extra=1)), "'extra' was unexpected")
        self.assert_found(cart_answer(lambda cart: cart.update(metadata=None)), "None is not of type 'object'")
        self.assert_found(cart_answer(lambda cart: cart.update(durability="tape")), "'tape' is not one of")
        self.assert_found(cart_answer(lambda cart: cart.update(created_at="2026-11-22 10:00:00")), "does not match")
        self.assert_found(cart_answer(lambda cart: cart["items"][0].update(quantity=1.5)),
                          "1.5 is not of type 'integer'")
        self.assert_found(cart_answer(lambda cart: cart["items"][0].update(quantity=0)), "less than the minimum")
        self.assert_found(cart_answer(lambda cart: cart["items"][1].update(colour="blue")), "'colour' was unexpected")
        self.assert_found(cart_answer(lambda cart: cart["items"][0].pop("subtotal")), "'subtotal' is a dependency")
        self.assert_found(cart_answer(lambda cart: cart["totals"][0].update(currency="eur")), "does not match")

    def test_an_answer_without_the_stores_word_that_does_not_say_so(self):
        self.assert_found(cart_answer(lambda cart: cart.update(DEGRADED)), "weak where it should not be")
        self.assert_found(cart_answer(etag='W/"7"'), "weak where it should not be")
        self.assert_found(cart_answer(lambda cart: cart.update(durability="journal")), "'journal' is not one of")
        self.assert_found(cart_answer(lambda cart: cart.update(degraded=True, durability="primary"), etag='W/"7"'),
                          "'primary' is not one of")
        self.assert_found(cart_answer(lambda cart: cart.update(partial=True)), "False schema does not allow True")
        self.assert_found(cart_answer(lambda cart: cart.update(DEGRADED, partial=False), etag='W/"7"'),
                          "True was expected")

    def test_an_answer_whose_representation_is_not_told_apart(self):
        self.assert_found(cart_answer(media_type="application/msgpack"), "the ETag is not the cart's version")
        self.assert_found(cart_answer(etag='"7.msgpack"'), "the ETag is not the cart's version")
        self.assert_found(cart_answer(lambda cart: cart.pop("id"), media_type="application/msgpack"),
                          "'id' is a required property")
        self.assert_found(cart_answer(vary="Origin"), "Vary does not say")

    def test_a_readiness_that_contradicts_itself(self):
        self.assert_found(answer(200, readiness("degraded"), target="/readyz"), "'journal' is a required property")
        self.assert_found(answer(200, readiness("ready", journal=JOURNAL), target="/readyz"), "'degraded' was expected")
        failed = {**JOURNAL, "state": "failed", "detail": "d"}
        self.assert_found(answer(200, readiness("degraded", journal=failed), target="/readyz"),
                          "'working' was expected")
        self.assert_found(answer(503, {**readiness("unavailable"), "degraded": ["journal"]}, target="/readyz"),
                          "said in two ways")
        self.assert_found(answer(503, {**readiness("unavailable"), "degraded": []}, target="/readyz"), "[]")
        del failed["detail"]
        self.assert_found(answer(503, readiness("unavailable", journal=failed), target="/readyz"),
                          "'detail' is a required property")

    def test_a_dead_letter_that_is_none(self):
        for change in [{"id": "12"}, {"command": []}, {"command": {"op": "add"}}, {"cart": "{"}, {"why": "r"}]:
            body = {**OUTBOX, "journal": JOURNAL, "dead_letters": [{**LETTER, **change}]}
            self.assertNotEqual(check_responses.check(CONTRACT, answer(200, body, target="/v1/outbox")), [], change)

    def test_a_body_that_is_no_json(self):
        self.assert_found(answer(200, "{", etag='"7"'), "not JSON")
        self.assert_found(answer(200, '{"a":NaN}', etag='"7"'), "not JSON")
        self.assert_found(answer(200, '{"a":"1","a":"1"}', target="/v1/users/u1"), "duplicate field")
        self.assert_found(answer(200, {"age": 7}, target="/v1/users/u1"), "7 is not of type 'string'")

    def test_a_body_where_there_is_none(self):
        self.assert_found(answer(304, CART, etag='"7"'), "none is documented")
        self.assert_found(answer(200, CART, method="HEAD", etag='"7"'), "HEAD has no body")

    def test_another_content_type(self):
        self.assert_found(answer(200, CART, media_type="text/html", etag='"7"'), "content-type is 'text/html'")
        self.assert_found(answer(200, CART, media_type=None, etag='"7"'), "content-type is None")

    def test_headers_that_are_missing_wrong_or_not_documented(self):
        self.assert_found(answer(200, CART), "header etag is missing")
        self.assert_found(answer(200, CART, etag="7"), "header etag")
        self.assert_found(answer(200, CART, etag='"8"'), "not the cart's version")
        record = cart_answer()
        del record["headers"]["x-request-id"]
        self.assert_found(record, "x-request-id is missing")
        self.assert_found(cart_answer(cache_control="max-age=1"), "header cache-control")
        record = cart_answer()
        del record["headers"]["cache-control"]
        self.assert_found(record, "cache-control is missing")
        record = cart_answer()
        record["headers"]["server"] = "x"
        self.assert_found(record, "header server is not documented")
        self.assert_found(problem(503, "store-unavailable", retry_after=1), "header retry-after is missing")
        self.assert_found(problem(503, "store-unavailable", headers={"retry_after": "soon"}, retry_after=1),
                          "header retry-after")
        self.assert_found(problem(503, "store-unavailable", headers={"retry_after": "2"}, retry_after=1), "differ")

    def test_a_problem_of_another_code_or_status(self):
        self.assert_found(problem(412, "invalid", current_version=7), "was expected")
        self.assert_found(problem(412, "version-mismatch"), "'current_version' is a required property")
        self.assert_found(problem(422, "limit-exceeded", "/v1/carts/1/items", "POST"), "'limit' is a required property")
        self.assert_found(problem(422, "invalid", pointer="quantity"), "does not match")
        record = problem(412, "version-mismatch", current_version=7)
        record["body"] = record["body"].replace('"status": 412', '"status": 409')
        self.assert_found(record, "says status 409")

    def test_counts_that_do_not_add_up(self):
        self.assert_found(cart_answer(lambda cart: cart.update(line_count=3)), "line_count")
        self.assert_found(cart_answer(lambda cart: cart.update(item_count=4)), "item_count")

    def test_routing_that_mixes_up_paths_and_methods(self):
        allow = {"allow": "GET"}
        self.assert_found(problem(405, "method-not-allowed", method="POST", headers=allow), "Allow is GET")
        self.assert_found(problem(405, "method-not-allowed", "/v1/nothing", headers=allow), "does not exist")
        self.assert_found(answer(204, "", "OPTIONS", "/healthz", None, **allow), "Allow is GET")
        self.assert_found(answer(204, "", "OPTIONS", "/v1/nothing", None, **allow), "does not exist")
        patch = {"allow": "GET, HEAD, PATCH, DELETE, OPTIONS"}
        self.assert_found(answer(204, "", "OPTIONS", "/v1/carts/123", None, **patch),
                          "Accept-Patch is not where PATCH is")
        self.assert_found(problem(404, "not-found", method="POST"), "has other methods")


class Requests(unittest.TestCase):
    def faults(self, request, target="/v1/carts/123", status=200):
        record = cart_answer(method="PATCH", target=target)
        return check_responses.check(CONTRACT, {**record, "status": status, "request": json.dumps(request)})

    def test_that_were_accepted_are_documented(self):
        self.assertEqual(self.faults({"user_id": "u1", "kind": "saved"}), [])
        self.assertIn("request", " ".join(self.faults({"colour": "red"})))
        self.assertIn("request", " ".join(self.faults({"kind": "saved"}, target="/v1/carts/123/items/A")))


class TheProgram(unittest.TestCase):
    def run_on(self, *lines):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "1.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                code = check_responses.main([folder])
            return code, out.getvalue()

    def test_passes_good_records_and_says_what_was_exercised(self):
        code, out = self.run_on(json.dumps(cart_answer()), json.dumps(cart_answer()))
        self.assertEqual(code, 0, out)
        self.assertIn("200×2", out)
        self.assertIn("never exercised", out)

    def test_fails_on_one_broken_record_among_good_ones(self):
        code, out = self.run_on(json.dumps(cart_answer()), json.dumps(answer(200, CART)))
        self.assertEqual(code, 1)
        self.assertIn("1.jsonl:2: GET /v1/carts/123 → 200: header etag is missing", out)

    def test_fails_without_records(self):
        self.assertEqual(self.run_on()[0], 1)

    def test_fails_on_a_line_that_is_no_record(self):
        for line in ["", "{", "[]", "{}", json.dumps({**cart_answer(), "status": "200"}),
                     json.dumps({**cart_answer(), "headers": {"ETag": "x"}})]:
            self.assertEqual(self.run_on(line)[0], 1, line)


class TheDocument(unittest.TestCase):
    def assert_refused(self, change, words):
        faults = CONTRACT.changed(change).faults()
        self.assertTrue(any(words in fault for fault in faults), f"{words!r} not in {faults}")

    def test_is_well_formed(self):
        self.assertEqual(CONTRACT.faults(), [])

    def test_is_refused_with_faults(self):
        get = lambda document: document["paths"]["/v1/carts/{cart}"]["get"]
        schemas = lambda document: document["components"]["schemas"]
        self.assert_refused(lambda d: d.update(openapi="3.0.3"), "not 3.1.x")
        self.assert_refused(lambda d: d["info"].pop("title"), "info.title")
        self.assert_refused(lambda d: get(d)["responses"].update({"200": {"$ref": "#/components/responses/None"}}),
                            "dangling")
        self.assert_refused(lambda d: get(d)["responses"].update({"299": {}}), "no description")
        self.assert_refused(lambda d: get(d)["responses"].update({200: {"description": "x"}}), "three digits")
        self.assert_refused(lambda d: get(d).update(operationId="addItem"), "given twice")
        self.assert_refused(lambda d: get(d).update(response={}), "unknown member response")
        self.assert_refused(lambda d: d["paths"]["/v1/carts/{cart}"].pop("parameters"), "not those of its template")
        self.assert_refused(lambda d: schemas(d).update(Orphan={"type": "string"}), "used nowhere")
        self.assert_refused(lambda d: schemas(d)["Cart"].update(type="objekt"), "objekt")
        self.assert_refused(lambda d: schemas(d)["Cart"].update(additionalProperty=False),
                            "unknown keyword additionalProperty")
        self.assert_refused(lambda d: schemas(d)["SetItem"]["required"].append("sku"), "'sku' is a required property")

    def test_is_refused_with_a_key_given_twice(self):
        with self.assertRaisesRegex(Exception, "given twice: a"):
            Contract("a: 1\nb: 2\na: 3\n")


if __name__ == "__main__":
    unittest.main()
