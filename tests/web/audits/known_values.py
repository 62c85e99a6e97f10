"""Hooks of Schemathesis: what only this installation can know, in the place of made-up ids, cursors and sizes.

It makes operations from the types of the schema. A made-up id is rightly refused before anything happens, so that
nothing behind it would ever be asked.
"""

import json
import os
from typing import Any

import schemathesis
from graphql.language import ast, visitor
from hypothesis import strategies as st

PAGE = 2
KNOWN = {
    "communityId": ast.StringValueNode(value=os.environ.get("KNOWN_COMMUNITY", "")),
    "viewerId": ast.StringValueNode(value=os.environ.get("KNOWN_VIEWER", "")),
    "id": ast.StringValueNode(value=os.environ.get("KNOWN_VIEWER", "")),
    "platformId": ast.StringValueNode(value="1"),
    "streamId": ast.StringValueNode(value=os.environ.get("KNOWN_STREAM", "")),
    "deliveryIds": ast.ListValueNode(values=()),
    "slug": ast.StringValueNode(value="house"),
    **{name: ast.StringValueNode(value=told) for name, told in json.loads(os.environ.get("KNOWN_IDS", "{}")).items()},
}

schemathesis.graphql.scalar("Duration", st.integers(0, 10**6).map(lambda seconds: ast.IntValueNode(value=str(seconds))))
schemathesis.graphql.scalar(
    "BigInt", st.integers(1 - 2**63, 2**63 - 1).map(lambda number: ast.StringValueNode(value=str(number)))
)


class Knowing(visitor.Visitor):
    """Puts known values in."""

    def enter(self, node: ast.Node, *_: Any) -> Any:
        """The same argument with a value that exists; made-up places in lists, and null, are left out."""
        if not isinstance(node, ast.ArgumentNode | ast.ObjectFieldNode):
            return None
        if isinstance(node.value, ast.NullValueNode):
            return visitor.REMOVE
        if node.name.value == "after" and isinstance(node.value, ast.StringValueNode):
            return visitor.REMOVE
        if isinstance(node.value, ast.IntValueNode) and node.name.value in {"first", "before", "after"}:
            return type(node)(name=node.name, value=ast.IntValueNode(value=str(PAGE)))
        if node.name.value not in KNOWN:
            return None
        return type(node)(name=node.name, value=KNOWN[node.name.value])


@schemathesis.hook
def map_body(_: schemathesis.HookContext, body: ast.DocumentNode) -> ast.DocumentNode:
    """The operation with values that exist."""
    return visitor.visit(body, Knowing())
