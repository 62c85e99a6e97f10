"""From the text of a document to one that is known to be within limits and valid, remembered for the next time."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    IntValueNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    specified_rules,
    validate,
)
from graphql.language.parser import Parser
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from server.web.graphql.cache import Cache
from server.web.graphql.costs import Price
from server.web.graphql.limits import LIMITS, Exceeded, Limits, prices

# Strawberry tells a client the Python types of a field that may be left out but not be null.
NULL_IN_PATCH = re.compile(r"(?:Field|Argument) '(\w+)' of type 'Maybe\[")
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
RULES_FOR_STRANGERS = (*RULES, NoSchemaIntrospectionCustomRule)
ERRORS_MAX = 20
ACCEPTED_BYTES_MAX = 16 * 1024 * 1024
REJECTED_BYTES_MAX = 1024 * 1024
# Measured with graphql-core 3.3: a parsed document takes 380 bytes for every token, and its text twice.
BYTES_PER_TOKEN = 400
BYTES_PER_ERROR = 1_000
ERROR_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True)
class Operation:
    """What is known of an operation before it begins. `defaults`: numbers that variables have where none is given."""

    kind: OperationType
    price: Price
    defaults: Mapping[str, int]

    def cost(self, variables: Mapping[str, Any]) -> int:
        """What it costs with these variables."""
        return self.price.given({**self.defaults, **variables} if self.defaults else variables)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be carried out, with its operations by name."""

    document: DocumentNode
    operations: Mapping[str | None, Operation]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a document cannot be carried out. The document itself is not kept."""

    errors: tuple[GraphQLError, ...]


class Preparation:
    """Parses, measures and validates every text once, as long as it is remembered.

    What validation says depends on the text and on who asks, since strangers neither see the schema nor get hints about
    it; the schema never changes while the server runs. Both are the key. What is rejected is remembered in a smaller
    place of its own, by the digest of its text, so that no flood of nonsense drives out what works.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        limits: Limits = LIMITS,
        accepted_bytes_max: int = ACCEPTED_BYTES_MAX,
        rejected_bytes_max: int = REJECTED_BYTES_MAX,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._trusted: dict[str, Prepared] = {}
        self.accepted: Cache[tuple[str, bool], Prepared] = Cache(accepted_bytes_max)
        self.rejected: Cache[tuple[bytes, bool], Rejected] = Cache(rejected_bytes_max)

    def trust(self, documents: Mapping[str, DocumentNode]) -> None:
        """Have documents that are known to be valid always at hand, by their text; `Exceeded` for one too large."""
        self._trusted = {
            text: Prepared(document, operations_of(document, prices(self._schema, document, self._limits)))
            for text, document in documents.items()
        }

    def known(self, text: str, *, is_stranger: bool) -> Prepared | Rejected | None:
        """What was made of a text before, or None."""
        if len(text) > self._limits.characters:
            return Rejected((Exceeded("characters", self._limits.characters),))
        return (
            self._trusted.get(text)
            or self.accepted.get((text, is_stranger))
            or self.rejected.get((digest(text), is_stranger))
        )

    def made(self, text: str, *, is_stranger: bool) -> Prepared | Rejected:
        """What a text is, worked out and remembered."""
        try:
            document = self._parsed(text)
            found = prices(self._schema, document, self._limits)
        except GraphQLError as error:
            return self._reject(text, [error], is_stranger=is_stranger)
        errors = validate(
            self._schema,
            document,
            RULES_FOR_STRANGERS if is_stranger else RULES,
            max_errors=ERRORS_MAX,
            hide_suggestions=is_stranger,
        )
        if errors:
            return self._reject(text, errors, is_stranger=is_stranger)
        prepared = Prepared(document, operations_of(document, found))
        self.accepted.put((text, is_stranger), prepared, 2 * len(text) + BYTES_PER_TOKEN * document.token_count)
        return prepared

    def _parsed(self, text: str) -> DocumentNode:
        parser = Parser(text, max_tokens=self._limits.tokens)
        try:
            return parser.parse_document()
        except RecursionError as error:
            raise Exceeded("depth", self._limits.depth) from error
        except GraphQLSyntaxError as error:
            if f"more than {self._limits.tokens} tokens" in error.message:
                raise Exceeded("tokens", self._limits.tokens) from error
            raise

    def _reject(self, text: str, errors: Iterable[GraphQLError], *, is_stranger: bool) -> Rejected:
        rejected = Rejected(tuple(map(detached, errors)))
        self.rejected.put((digest(text), is_stranger), rejected, BYTES_PER_ERROR * len(rejected.errors))
        return rejected


def operations_of(document: DocumentNode, priced: Mapping[str | None, Price]) -> Mapping[str | None, Operation]:
    """Every operation of a document, by name."""
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    names = [one.name.value if one.name else None for one in found]
    return {
        name: Operation(one.operation, priced[name], defaults_of(one)) for name, one in zip(names, found, strict=True)
    }


def defaults_of(operation: OperationDefinitionNode) -> Mapping[str, int]:
    """The variables of an operation that are numbers when they are not given."""
    return {
        one.variable.name.value: int(one.default_value.value[:10])
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }


def digest(text: str) -> bytes:
    """What stands for a text that is not kept."""
    return sha256(text.encode(errors="surrogatepass")).digest()


def detached(error: GraphQLError) -> GraphQLError:
    """An error as it is shown, which holds on to neither the document nor what was raised."""
    left_out = NULL_IN_PATCH.search(error.message)
    message = f"{left_out[1]} cannot be null; leave it out to keep it as it is." if left_out else error.message
    told = GraphQLError(message[:ERROR_LENGTH_MAX], extensions={"code": "request_invalid", **(error.extensions or {})})
    told.locations = error.locations
    return told
