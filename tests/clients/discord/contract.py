"""Discord's own description of its API (github.com/discord/discord-api-spec, MIT), as the judge of what is asked."""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

FILE = Path(__file__).parents[2] / "payloads" / "discord" / "openapi.json"
METHODS = ("get", "put", "post", "patch", "delete")
SAID_MAX = 5
JSON, FORM = "application/json", "multipart/form-data"
PERMISSIONS = "default_member_permissions"


class Contract:
    """Says of each request what Discord's description does not allow."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._registry = jsonschema_rs.Registry([("urn:discord", described)], draft=jsonschema_rs.Draft202012)
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        named = described["components"]["schemas"]["AvailableLocalesEnum"]["oneOf"]
        self.locales = frozenset(str(one["const"]) for one in named)
        found = [
            (path.count("{"), method.upper(), _pattern(path), path, operations[method])
            for path, operations in described["paths"].items()
            for method in METHODS
            if method in operations
        ]
        # A path that is spelled out goes before one with a place for anything.
        self._operations = sorted(found, key=lambda operation: operation[0])

    def __call__(self, method: str, path: str, body: object) -> Iterator[str]:
        for _, known, pattern, template, operation in self._operations:
            if known == method and pattern.fullmatch(path):
                yield from self._judge(method, template, operation, body)
                return
        yield f"not in Discord's description: {method} {path}"

    def _judge(self, method: str, path: str, operation: dict[str, Any], body: object) -> Iterator[str]:
        kind = FORM if isinstance(body, dict) and any("files[" in str(key) for key in cast("Any", body)) else JSON
        asked = operation.get("requestBody", {}).get("content", {}).get(kind)
        if asked is None and kind == FORM:
            yield f"{method} {path} takes no files"
        if asked is None or body is None:
            return
        for fault in islice(self._validator(method, path, kind).iter_errors(_with_numbers(body)), SAID_MAX):
            yield f"{method} {path} at {'/'.join(map(str, fault.instance_path))}: {fault.message[:300]}"

    def _validator(self, method: str, path: str, kind: str) -> jsonschema_rs.Draft202012Validator:
        escaped = path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
        pointer = f"urn:discord#/paths/{escaped}/{method.lower()}/requestBody/content/{kind.replace('/', '~1')}/schema"
        if pointer not in self._validators:
            schema = {"$ref": pointer}
            self._validators[pointer] = jsonschema_rs.Draft202012Validator(schema, registry=self._registry)
        return self._validators[pointer]


@cache
def contract() -> Contract:
    """The contract, read once."""
    return Contract(json.loads(FILE.read_text(encoding="utf-8")))


def _with_numbers(body: Any) -> Any:
    """The body with permissions as the numbers that are described; Discord takes and sends them as text."""
    if isinstance(body, list):
        return [_with_numbers(one) for one in cast("list[Any]", body)]
    if isinstance(body, dict) and str(cast("dict[str, Any]", body).get(PERMISSIONS)).isdecimal():
        found = cast("dict[str, Any]", body)
        return found | {PERMISSIONS: int(found[PERMISSIONS])}
    return cast("Any", body)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path)))
