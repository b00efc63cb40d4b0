#!/usr/bin/env python3
"""Holds recorded HTTP answers against docs/openapi.yaml.

A record is a line of JSON in a file *.jsonl: {"method", "target", "status", "headers": {lower-case name: value},
"body"}, and with a request that was accepted its body as text: "request".
Prints what was exercised, what never was, and every violation. Exit code 0: none; 1: violations, or no records at all;
2: the document itself is not well-formed.
"""

import argparse
import collections
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # nothing is left behind in the source tree

from contract import Contract, parse_json  # noqa: E402

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"

# Headers of HTTP itself (RFC 9110, RFC 9112), which need no documentation.
GENERAL_HEADERS = {"date", "content-type", "content-length", "connection", "vary"}

PROBLEM = "application/problem+json"
MSGPACK = "application/msgpack"


def path_of(target):
    """The path of a request target in origin or absolute form, without its query."""
    absolute = re.match(r"https?://[^/?#]*", target)
    path = target[absolute.end() :] if absolute else target
    return path.split("?", 1)[0]


def operation_of(contract, record):
    """(template, method) of the operation that a request is for; (None, method) when there is none."""
    template = contract.template_of(path_of(record["target"]))
    method = record["method"]
    if template is None or method not in contract.methods_of(template):
        return None, method
    return template, method


def header_faults(contract, response, record):
    documented = {name.lower(): contract.resolve(header) for name, header in response.get("headers", {}).items()}
    present = record["headers"]
    for name, header in documented.items():
        if name not in present:
            if header.get("required"):
                yield f"header {name} is missing"
            continue
        value = present[name]
        if header["schema"].get("type") == "integer" and re.fullmatch(r"[0-9]+", value):
            value = int(value)
        yield from (f"header {name}: {fault}" for fault in contract.schema_faults(header["schema"], value))
    for name in present:
        if name not in documented and name not in GENERAL_HEADERS:
            yield f"header {name} is not documented here"


def body_faults(contract, response, record):
    body, media_type = record["body"], record["headers"].get("content-type")
    content = response.get("content")
    if content is None:
        if body or media_type is not None:
            yield "there is a body or a content-type, and none is documented"
        return
    if media_type == MSGPACK:  # recorded as JSON; the document says once that it stands for either kind of JSON
        is_problem = PROBLEM in content and ("application/json" not in content or '"urn:cartd:' in body)
        media_type = PROBLEM if is_problem else "application/json"
    if media_type not in content:
        yield f"content-type is {media_type!r}, documented: {', '.join(content)}"
        return
    if record["method"] == "HEAD":
        if body:
            yield "an answer to HEAD has no body"
        return
    value = body
    if re.match(r"application/([a-z.]+\+)?json\b", media_type):
        try:
            value = parse_json(body)
        except ValueError as error:
            yield f"the body is not JSON: {error}"
            return
    yield from (f"body {fault}" for fault in contract.schema_faults(content[media_type]["schema"], value))
    if isinstance(value, dict):
        yield from promise_faults(value, record)


def request_faults(contract, template, record):
    """What was accepted is what the document says may be sent."""
    if template is None or "request" not in record or not 200 <= record["status"] < 300:
        return
    if template == "/v1/import":
        return  # says in a 200 which of the carts it refuses
    content = contract.request_content_of(template, record["method"])
    if content is None:
        yield "a body was accepted, and none is documented"
        return
    media_types = [one for one in ("application/json", "application/merge-patch+json") if one in content]
    if not media_types:
        return
    schema = content[media_types[0]]["schema"]
    try:
        value = parse_json(record["request"])
    except ValueError as error:
        yield f"the request is not JSON: {error}"
        return
    yield from (f"request {fault}" for fault in contract.schema_faults(schema, value))


def promise_faults(body, record):
    """What the document promises in words."""
    if record["headers"].get("vary") != "Accept":
        yield "Vary does not say that the answer depends on Accept"
    if media_is_problem(record) and body.get("status") != record["status"]:
        yield f"the problem says status {body.get('status')}"
    retry_after = record["headers"].get("retry-after")
    if media_is_problem(record) and str(body.get("retry_after", retry_after)) != str(retry_after):
        yield "retry_after and the header Retry-After differ"
    if "version" in body and record["headers"].get("etag") not in (
        None,
        etag_of(body, record["headers"].get("content-type")),
    ):
        yield "the ETag is not the cart's version, or weak where it should not be"
    if isinstance(body.get("store"), dict) and ("store" in body.get("degraded", [])) == body["store"].get("ready"):
        yield "whether the store is degraded is said in two ways"
    if isinstance(body.get("items"), list):
        if body.get("line_count") != len(body["items"]):
            yield "line_count is not the number of items"
        if body.get("item_count") != sum(item.get("quantity", 0) for item in body["items"]):
            yield "item_count is not the sum of the quantities"


def etag_of(cart, media_type):
    suffix = ".msgpack" if media_type == MSGPACK else ""
    return f'{"W/" if cart.get("degraded") else ""}"{cart["version"]}{suffix}"'


def media_is_problem(record):
    return record["headers"].get("content-type") == PROBLEM


def routing_faults(contract, record):
    """404 and 405 belong to paths and methods that are not documented, 204 to OPTIONS at paths that are."""
    template = contract.template_of(path_of(record["target"]))
    if template is None and record["target"] != "*":
        if record["status"] in (204, 405):
            yield f"{record['status']} at a path that does not exist"
        return
    methods = contract.allowed_at(template)
    if record["method"] not in methods and record["status"] == 404:
        yield "404 at a path that has other methods"
    if record["status"] == 405 or record["method"] == "OPTIONS" and record["status"] == 204:
        allowed = set(re.split(r", *", record["headers"].get("allow", "")))
        if allowed != methods:
            yield f"Allow is {', '.join(sorted(allowed))}, documented: {', '.join(sorted(methods))}"
        if record["method"] == "OPTIONS" and ("PATCH" in methods) != ("accept-patch" in record["headers"]):
            yield "Accept-Patch is not where PATCH is"


def check(contract, record):
    """The faults of one record: a list of sentences."""
    template, method = operation_of(contract, record)
    response = contract.responses_of(template, method).get(str(record["status"]))
    if response is None:
        return ["this status is not documented here"]
    faults = list(header_faults(contract, response, record))
    faults += body_faults(contract, response, record)
    faults += request_faults(contract, template, record)
    faults += routing_faults(contract, record)
    return faults


def read_records(folder):
    """Every (place, record) of the *.jsonl files in `folder`. A line that is no record is a ValueError."""
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            place = f"{file.name}:{number}"
            try:
                record = parse_json(line)
                well_formed = (
                    all(isinstance(record[name], str) for name in ("method", "target", "body"))
                    and isinstance(record["status"], int)
                    and isinstance(record.get("request", ""), str)
                    and all(isinstance(value, str) and name == name.lower()
                            for name, value in record["headers"].items())
                )
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{place}: not a record: {error!r}") from error
            if not well_formed:
                raise ValueError(f"{place}: not a record")
            yield place, record


def name_of(template, method):
    return f"{method} {template}" if template else "(no operation)"


def print_summary(contract, exercised):
    print("exercised:")
    operations = collections.defaultdict(list)
    for (template, method, status), count in exercised.items():
        operations[name_of(template, method)].append(f"{status}×{count}")
    for name in sorted(operations):
        print(f"  {name:48} {'  '.join(sorted(operations[name]))}")
    print("never exercised:")
    cases = [(template, method) for template in contract.document["paths"]
             for method in contract.methods_of(template) - {"HEAD"}]
    for template, method in sorted(cases) + [(None, "*")]:
        seen = {status for (a, b, status) in exercised if a == template and (template is None or b == method)}
        missing = [status for status in contract.responses_of(template, method) if int(status) not in seen]
        if missing:
            print(f"  {name_of(template, method):48} {'  '.join(missing)}")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, nargs="?",
                        help="where the *.jsonl files are; without it the document alone is checked")
    parser.add_argument("--openapi", type=pathlib.Path, default=DOCUMENT)
    options = parser.parse_args(arguments)

    contract = Contract(options.openapi.read_text(encoding="utf-8"))
    faults = contract.faults()
    for fault in faults:
        print(f"{options.openapi}: {fault}")
    if faults:
        return 2
    if options.folder is None:
        print(f"{options.openapi}: {len(contract.document['paths'])} paths, well-formed")
        return 0

    exercised = collections.Counter()
    violations = 0
    try:
        for place, record in read_records(options.folder):
            exercised[(*operation_of(contract, record), record["status"])] += 1
            for fault in check(contract, record):
                violations += 1
                print(f"{place}: {record['method']} {record['target'][:120]} → {record['status']}: {fault}")
    except ValueError as error:
        print(error)
        return 1
    if not exercised:
        print(f"there are no records in {options.folder}")
        return 1
    print_summary(contract, exercised)
    print(f"{sum(exercised.values())} answers, {violations} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
