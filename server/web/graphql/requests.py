"""What is asked in an HTTP request: read within bounds, checked, and refused with the status that fits."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from aiohttp import hdrs, web
from strawberry.types.graphql import OperationType

from server.web.graphql.documents import Document, DocumentRefused, Documents

BODY_BYTES_MAX = 100 * 1024
BODY_TIMEOUT_S = 10.0
JSON_TYPE = "application/json"
BY_POST = (OperationType.QUERY, OperationType.MUTATION)
BY_GET = (OperationType.QUERY,)
ONE_OF = "Send either query (text) or documentId."


class Unanswered(Exception):
    """The request is refused before any operation begins."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers
        self.more = more


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An operation as it was sent."""

    text: str
    name: str | None
    variables: Mapping[str, Any] | None
    allowed: tuple[OperationType, ...]


async def asked_in(request: web.Request, documents: Documents) -> Asked:
    """The operation in a request, or `Unanswered` with what is wrong.

    GET serves registered documents only, by their id or by exactly their text, as
    https://github.com/graphql/graphql-over-http describes both.
    """
    if request.method == hdrs.METH_POST:
        return asked_by(decoded(await read_body(request)), documents, BY_POST)
    if request.method != hdrs.METH_GET:
        raise not_by_this_method()
    given: dict[str, Any] = dict(request.query)
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = parsed(given[name].encode(errors="surrogatepass"), name)
    if given.get("query", "") not in documents.parsed and "documentId" not in given:
        raise not_by_this_method()
    return asked_by(given, documents, BY_GET)


def not_by_this_method() -> Unanswered:
    """The refusal of everything that is sent by POST only."""
    return Unanswered(
        405,
        "method_not_allowed",
        "Operations are sent by POST; GET serves registered documents.",
        {"Allow": "GET, POST"},
    )


async def read_body(request: web.Request) -> bytes:
    """The body of a request, or `Unanswered` when it is no JSON, too large, or too slow.

    Pages of other origins cannot send application/json without asking first, and nobody here says yes.
    """
    if request.content_type != JSON_TYPE or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise Unanswered(415, "content_type_unsupported", "Operations are sent as application/json in UTF-8.")
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        raise Unanswered(415, "encoding_unsupported", "Bodies are sent uncompressed.")
    if (request.content_length or 0) > BODY_BYTES_MAX:
        raise too_large()
    body = bytearray()
    try:
        if request.content.is_eof() and request.content_length is not None:
            # It came with the headers, as most do: nothing to wait for.
            return request.content.read_nowait()
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise too_large()
    except TimeoutError as error:
        raise Unanswered(408, "body_too_slow", f"A request is sent within {BODY_TIMEOUT_S:g} seconds.") from error
    except ConnectionError as error:
        raise Unanswered(400, "body_cut_off", "The connection ended before the body did.") from error
    return bytes(body)


def too_large() -> Unanswered:
    """The refusal of a body that is too large."""
    return Unanswered(413, "body_too_large", f"A request has at most {BODY_BYTES_MAX} bytes.")


def parsed(text: bytes, what: str) -> Any:
    """The value of JSON text, or `Unanswered`; nesting is bounded by the reader itself."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise invalid(f"No JSON can be read from the {what}.") from error


def decoded(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a request, or `Unanswered`."""
    given: Any = parsed(body, "body")
    if isinstance(given, dict):
        return cast("Mapping[str, Any]", given)
    if isinstance(given, list):
        raise invalid("The body is one operation; several are sent one by one.")
    raise invalid("The body is an object with query, and perhaps variables, operationName and extensions.")


def asked_by(given: Mapping[str, Any], documents: Documents, allowed: tuple[OperationType, ...]) -> Asked:
    """The operation that the parameters make, each of the right kind, or `Unanswered`."""
    variables, name = given.get("variables"), given.get("operationName")
    for what, value, kind in (
        ("variables", variables, dict),
        ("extensions", given.get("extensions"), dict),
        ("operationName", name, str),
    ):
        if not isinstance(value, kind | None):
            raise invalid(f"{what} must be {'an object' if kind is dict else 'text'}, null, or left out.")
    return Asked(text=text_of(given, documents), name=name, variables=variables, allowed=allowed)


def text_of(given: Mapping[str, Any], documents: Documents) -> str:
    """The document itself, also where only its id was sent, or `Unanswered`."""
    match given.get("query"), given.get("documentId"):
        case str(text), None if text:
            return text
        case None, str(document_id):
            return registered(documents, document_id).text
        case None, None:
            raise invalid("query is missing: the text of a document.")
        case _, None:
            raise invalid("query must be text that is not empty.")
        case _:
            raise invalid(ONE_OF)


def registered(documents: Documents, document_id: str) -> Document:
    """The document with an id, or `Unanswered`."""
    try:
        return documents.by_id(document_id)
    except DocumentRefused as refused:
        raise Unanswered(refused.status, refused.code, str(refused)) from refused


def invalid(message: str) -> Unanswered:
    """The refusal of parameters that make no operation."""
    return Unanswered(400, "body_invalid", message)
