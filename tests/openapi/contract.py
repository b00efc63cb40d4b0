"""docs/openapi.yaml: whether it is well-formed, and what it says of an operation.

The document's schemas are JSON Schema, draft 2020-12, as OpenAPI 3.1 has it.
"""

import copy
import json
import re

import jsonschema
import yaml

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


class UniqueKeys(yaml.SafeLoader):
    """Refuses what YAML forbids and PyYAML lets pass: the same key twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: given twice: {', '.join(sorted(twice))}")
        return super().construct_mapping(node, deep)


class Contract:
    """The document, with lookups. Call faults() before anything else is trusted."""

    def __init__(self, text):
        self.document = yaml.load(text, Loader=UniqueKeys)
        self.validators = {}  # by the schema's id()

    # -- lookups ------------------------------------------------------------------------------------------------------

    def resolve(self, value):
        """`value`, or what its $ref names. Beside a $ref, other members of a schema stay in force."""
        while isinstance(value, dict) and "$ref" in value:
            value = self.lookup(value["$ref"])
        return value

    def lookup(self, reference):
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise KeyError(f"not a reference into this document: {reference}")
        place = self.document
        for token in reference[2:].split("/"):
            token = token.replace("~1", "/").replace("~0", "~")
            if not isinstance(place, dict) or token not in place:
                raise KeyError(f"dangling reference: {reference}")
            place = place[token]
        return place

    def template_of(self, path):
        """The path template that `path`, without its query, belongs to, or None."""
        segments = path.split("/")
        for template in self.document["paths"]:
            pattern = template.split("/")
            if len(pattern) == len(segments) and all(
                part != "" if wanted.startswith("{") else part == wanted for wanted, part in zip(pattern, segments)
            ):
                return template
        return None

    def methods_of(self, template):
        """The documented methods, upper-case; HEAD is served wherever GET is."""
        methods = {name.upper() for name in self.document["paths"][template] if name in METHODS}
        return methods | {"HEAD"} if "GET" in methods else methods

    def allowed_at(self, template):
        """What Allow has to name at a path; for the whole server when template is None."""
        templates = self.document["paths"] if template is None else [template]
        return {"OPTIONS"}.union(*(self.methods_of(one) for one in templates))

    def responses_of(self, template, method):
        """Status, as text, to response, of an operation; of a request that belongs to none when template is None."""
        if template is None:
            responses = self.document["x-unrouted-responses"]
        else:
            responses = self.document["paths"][template]["get" if method == "HEAD" else method.lower()]["responses"]
        return {status: self.resolve(response) for status, response in responses.items()}

    def request_content_of(self, template, method):
        """Media type to what may be sent in it, of an operation; None: it takes no body."""
        body = self.document["paths"][template][method.lower()].get("requestBody")
        return None if body is None else self.resolve(body)["content"]

    def schema_faults(self, schema, value):
        """Why `value` is not what `schema` allows: a list of sentences."""
        if id(schema) not in self.validators:
            rooted = {"allOf": [schema], "components": self.document.get("components", {})}
            self.validators[id(schema)] = jsonschema.Draft202012Validator(rooted)
        return [describe(error) for error in self.validators[id(schema)].iter_errors(value)]

    # -- the document itself ------------------------------------------------------------------------------------------

    def faults(self):
        """What keeps the document from being a well-formed OpenAPI 3.1 document, as far as this can tell."""
        document = self.document
        if not isinstance(document, dict):
            return ["the document is not an object"]
        found = []
        if not re.fullmatch(r"3\.1\.\d+", str(document.get("openapi"))):
            found.append(f"openapi is {document.get('openapi')!r}, not 3.1.x")
        for name in ("title", "version"):
            if not isinstance(document.get("info", {}).get(name), str):
                found.append(f"info.{name} is missing")
        for name in ("paths", "x-unrouted-responses"):
            if not document.get(name):
                found.append(f"{name} is missing")
        found += unknown(document, {"openapi", "info", "servers", "tags", "paths", "components"}, "the document")
        used = set()
        for where, reference in references(document):
            used.add(reference)
            try:
                self.lookup(reference)
            except KeyError as error:
                found.append(f"{where}: {error.args[0]}")
        if found:
            return found  # the rest walks along the references

        for kind, entries in document.get("components", {}).items():
            for name in entries:
                if f"#/components/{kind}/{name}" not in used:
                    found.append(f"components.{kind}.{name} is used nowhere")
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            found += self.schema_well_formed(f"components.schemas.{name}", schema)
        operations = []
        self.looked_at = set()  # id() of the responses that several operations share
        for template, item in document["paths"].items():
            found += self.path_faults(template, item, operations)
        for status, response in document["x-unrouted-responses"].items():
            found += self.response_faults(f"x-unrouted-responses {status}", status, response)
        if not found:  # an example cannot be judged by a broken schema
            for where, holder in examples_of(document):
                faults = self.schema_faults(holder["schema"], holder["example"])
                found += [f"{where}: example: {fault}" for fault in faults]
        for twice in sorted({name for name in operations if operations.count(name) > 1}):
            found.append(f"operationId {twice} is given twice")
        return found

    def path_faults(self, template, item, operations):
        if not template.startswith("/"):
            return [f"path {template} does not begin with a slash"]
        found = unknown(item, METHODS | {"parameters", "summary", "description", "servers"}, template)
        variables = set(re.findall(r"{([^}]+)}", template))
        tags = {tag["name"] for tag in self.document.get("tags", [])}
        for method in sorted(METHODS & item.keys()):
            where = f"{method.upper()} {template}"
            operation = item[method]
            found += unknown(
                operation,
                {"operationId", "tags", "summary", "description", "parameters", "requestBody", "responses",
                 "deprecated", "security"},
                where,
            )
            operations.append(operation.get("operationId"))
            if not operation.get("operationId"):
                found.append(f"{where}: no operationId")
            for tag in set(operation.get("tags", [])) - tags:
                found.append(f"{where}: unknown tag {tag}")
            parameters = [self.resolve(one) for one in item.get("parameters", []) + operation.get("parameters", [])]
            names = [(one.get("in"), one.get("name")) for one in parameters]
            for place, name in {one for one in names if names.count(one) > 1}:
                found.append(f"{where}: parameter {name} in {place} is given twice")
            if {name for place, name in names if place == "path"} != variables:
                found.append(f"{where}: the path's parameters are not those of its template")
            for parameter in parameters:
                found += self.parameter_faults(where, parameter)
            if "requestBody" in operation:
                found += self.content_faults(f"{where} body", self.resolve(operation["requestBody"]).get("content"))
            if not operation.get("responses"):
                found.append(f"{where}: no responses")
            for status, response in operation.get("responses", {}).items():
                found += self.response_faults(f"{where} {status}", status, response)
        return found

    def parameter_faults(self, where, parameter):
        where = f"{where} parameter {parameter.get('name')}"
        found = unknown(parameter, {"name", "in", "required", "description", "schema", "example", "deprecated"}, where)
        if parameter.get("in") not in {"path", "query", "header", "cookie"}:
            found.append(f"{where}: in {parameter.get('in')!r}")
        if parameter.get("in") == "path" and parameter.get("required") is not True:
            found.append(f"{where}: a path parameter is required")
        return found + self.schema_well_formed(where, parameter.get("schema"))

    def response_faults(self, where, status, response):
        found = []
        if not isinstance(status, str) or not re.fullmatch(r"[1-5]\d\d", status):
            found.append(f"{where}: a status is three digits in quotes")
        response = self.resolve(response)
        if id(response) in self.looked_at:
            return found
        self.looked_at.add(id(response))
        found += unknown(response, {"description", "headers", "content", "links"}, where)
        if not isinstance(response.get("description"), str):
            found.append(f"{where}: no description")
        for name, header in response.get("headers", {}).items():
            found += self.header_faults(f"{where} header {name}", self.resolve(header))
        if "content" in response:
            found += self.content_faults(where, response["content"])
        return found

    def header_faults(self, where, header):
        found = unknown(header, {"description", "required", "schema", "example", "deprecated"}, where)
        return found + self.schema_well_formed(where, header.get("schema"))

    def content_faults(self, where, content):
        if not isinstance(content, dict) or not content:
            return [f"{where}: no content"]
        found = []
        for media_type, body in content.items():
            if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(; [a-z]+=[a-z0-9.-]+)*", media_type):
                found.append(f"{where}: {media_type} is no media type")
            found += unknown(body, {"schema", "example"}, f"{where} {media_type}")
            found += self.schema_well_formed(f"{where} {media_type}", body.get("schema"))
        return found

    def schema_well_formed(self, where, schema):
        if schema is None:
            return [f"{where}: no schema"]
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            return [f"{where}: {error.message}"]
        return [f"{where}: {fault}" for fault in misspelt_keywords(schema)]

    def changed(self, change):
        """A contract whose document `change` has been at; for tests."""
        other = copy.copy(self)
        other.document = copy.deepcopy(self.document)
        other.validators = {}
        change(other.document)
        return other


# The keywords that this document may use. JSON Schema ignores what it does not know, and a misspelt keyword checks
# nothing.
KEYWORDS = {
    "$ref", "type", "enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "format", "items",
    "minItems", "maxItems", "properties", "additionalProperties", "propertyNames", "required", "dependentRequired",
    "minProperties", "maxProperties",
    "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "default", "description", "discriminator",
}  # fmt: skip


def misspelt_keywords(schema):
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        if keyword not in KEYWORDS:
            yield f"unknown keyword {keyword}"
        below = {"properties": lambda: value.values(), "allOf": lambda: value, "anyOf": lambda: value,
                 "oneOf": lambda: value}
        single = {"items", "additionalProperties", "propertyNames", "not", "if", "then", "else"}
        for inner in below[keyword]() if keyword in below else [value] if keyword in single else []:
            yield from misspelt_keywords(inner)


def unknown(value, known, where):
    if not isinstance(value, dict):
        return [f"{where}: not an object"]
    return [f"{where}: unknown member {name}" for name in value if name not in known and not str(name).startswith("x-")]


def references(value, where="#"):
    """Every (place, $ref) of the document, and every name in a discriminator's mapping."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield where, inner
            elif name == "mapping" and where.endswith("/discriminator"):
                yield from ((where, reference) for reference in inner.values())
            else:
                yield from references(inner, f"{where}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from references(inner, f"{where}/{index}")


def examples_of(value, where="#"):
    """Every (place, object) that has an example beside its schema."""
    if isinstance(value, dict):
        if "schema" in value and "example" in value:
            yield where, value
        for name, inner in value.items():
            yield from examples_of(inner, f"{where}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from examples_of(inner, f"{where}/{index}")


def describe(error):
    """A validation error as one sentence, with the reasons of alternatives that did not match."""
    place = "/" + "/".join(str(part) for part in error.absolute_path)
    reasons = "; ".join(sorted({inner.message for inner in error.context or []}))
    return f"{place}: {error.message[:300]}" + (f" ({reasons[:600]})" if reasons else "")


def parse_json(text):
    """JSON as RFC 8259 has it: without NaN, without duplicate members."""

    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    def unique(pairs):
        members = dict(pairs)
        if len(members) != len(pairs):
            raise ValueError("an object has a duplicate field")
        return members

    return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
