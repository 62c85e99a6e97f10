"""Trusted documents: what our own clients send, known by the sha256 of its text."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NameNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema import BaseSchema

from server.auth.actors import Actor
from server.web.graphql.compiled import Plan, PlanKey, plans_of
from server.web.graphql.straight import Straight, straight_of

WEB = Path(__file__).parents[1]
ROOT = WEB.parents[1]
FOLDERS = (WEB / "documents", WEB / "assets" / "playground" / "operations", ROOT / "clients")
MANIFEST = WEB / "documents" / "manifest.json"
FOREIGN = frozenset({"node_modules", "vendor", "dist"})
RULES = (*specified_rules, NoSchemaIntrospectionCustomRule)

PREFIX = "sha256:"
DOCUMENTS_MAX = 1_000
"""How many are remembered as valid, so that the servers of one process look at each once."""
ID = re.compile(PREFIX + "[0-9a-f]{64}", re.ASCII)

Manifest = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Release, then id, then the document's name, file and text."""


class UnfitDocument(Exception):
    """A document that clients rely on does not fit the schema; the message says which and why."""


class DocumentRefused(Exception):
    """The caller may not send this document; `status` is HTTP's word for it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document with one named operation."""

    id: str
    name: str
    file: str
    text: str
    kind: OperationType
    parsed: DocumentNode

    @property
    def is_query(self) -> bool:
        """Whether it only reads, and ends: such a one may be sent by GET."""
        return self.kind is OperationType.QUERY


class Documents:
    """The trusted documents of this release and of those before it."""

    def __init__(
        self, schema: GraphQLSchema, documents: Iterable[Document], *, strangers_free_form: bool = False
    ) -> None:
        self._strangers_free_form = strangers_free_form
        self._by_id: dict[str, Document] = {}
        self.parsed: dict[str, DocumentNode] = {}
        self.plans: dict[int, Mapping[PlanKey, Plan]] = {}
        self.straight: dict[int, Straight] = {}
        for one in documents:
            if one.id not in self._by_id:
                self._by_id[one.id] = one
                self.parsed[one.text] = one.parsed
                self.plans[id(one.parsed)] = plans_of(schema, one.parsed)
                if straight := straight_of(schema, one.parsed):
                    self.straight[id(one.parsed)] = straight

    def __iter__(self) -> Iterator[Document]:
        return iter(self._by_id.values())

    def by_id(self, given: object) -> Document:
        """The document with an id, or `DocumentRefused`."""
        if not isinstance(given, str) or not ID.fullmatch(given):
            raise DocumentRefused(400, "document_id_invalid", "A documentId is sha256: and 64 lower-case hex digits.")
        found = self._by_id.get(given)
        if found is None:
            raise DocumentRefused(
                404, "document_unknown", "This server knows no such document. Update the client, or send the text."
            )
        return found

    def admit(self, actor: Actor | None, text: str) -> None:
        """Return if the caller may send a document, else `DocumentRefused`: strangers send trusted ones only.

        So do overlays, whose address is easily seen on a stream.
        """
        is_open = actor is not None and actor.kind != "overlay"
        if not is_open and text not in self.parsed and not self._strangers_free_form:
            raise DocumentRefused(
                403, "document_untrusted", "Without a token only registered documents are answered. Send a token."
            )


@lru_cache(maxsize=DOCUMENTS_MAX)
def document_of(schema: GraphQLSchema, text: str, file: str) -> Document:
    """The document that a text is, or `UnfitDocument` when it has not exactly one named operation that is valid."""
    try:
        # Nobody asks where in its text one of our own documents stands, and the places take more room than the tree.
        parsed = parse(text, no_location=True)
    except GraphQLError as error:
        raise UnfitDocument(f"{file}: {error.message}") from error
    match [one for one in parsed.definitions if isinstance(one, OperationDefinitionNode)]:
        case [OperationDefinitionNode(name=NameNode(value=name)) as operation]:
            pass
        case _:
            raise UnfitDocument(f"{file}: a document has exactly one operation, and that has a name.")
    if errors := validate(schema, parsed, RULES):
        raise UnfitDocument(f"{file}: {errors[0].message}")
    return Document(
        id=PREFIX + sha256(text.encode()).hexdigest(),
        name=name,
        file=file,
        text=text,
        kind=operation.operation,
        parsed=parsed,
    )


def current(schema: GraphQLSchema) -> list[Document]:
    """The documents of today's clients, by file."""
    paths = {path for folder in FOLDERS for path in folder.rglob("*.graphql") if FOREIGN.isdisjoint(path.parts)}
    return [
        document_of(schema, path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
        for path in sorted(paths)
    ]


def kept(manifest: Path = MANIFEST) -> Manifest:
    """The documents of every release that is still answered."""
    found: Any = orjson.loads(manifest.read_bytes())
    return found


def registered(schema: BaseSchema, manifest: Path = MANIFEST, *, strangers_free_form: bool = False) -> Documents:
    """All trusted documents, validated and compiled; `UnfitDocument` when one no longer fits the schema.

    Who holds no token may send others as well only with `strangers_free_form`.
    """
    graph = graph_of(schema)
    today = current(graph)
    texts = {one.text for one in today}
    earlier = [
        document_of(graph, entry["document"], f"{entry['file']} of {release}")
        for release, entries in kept(manifest).items()
        for entry in entries.values()
        if entry["document"] not in texts
    ]
    return Documents(graph, [*today, *earlier], strangers_free_form=strangers_free_form)


def graph_of(schema: BaseSchema) -> GraphQLSchema:
    """The schema as graphql-core knows it."""
    library: Any = schema
    return library._schema  # noqa: SLF001 - the library gives it no public name


def manifest_with(release: str, documents: Iterable[Document]) -> bytes:
    """The manifest's text, with `documents` as those of `release`."""
    entries = {one.id: {"name": one.name, "file": one.file, "document": one.text} for one in documents}
    return orjson.dumps({**kept(), release: entries}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
