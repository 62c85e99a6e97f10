"""The operations that the bot knows, each in a file of its own name, read once."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from gql import GraphQLRequest, gql

SUFFIX = ".graphql"


@dataclass(frozen=True, slots=True)
class Document:
    """An operation: the name of its file, and what is sent."""

    name: str
    request: GraphQLRequest


@cache
def document(name: str) -> Document:
    """The operation in the file `documents/NAME.graphql`, which bears the same name."""
    text = (files(__package__ or "") / "documents" / f"{name}{SUFFIX}").read_text(encoding="utf-8")
    return Document(name, gql(text))
