"""The HTTP side: one operation in, one JSON answer out."""

from typing import Any

from aiohttp import hdrs, web
from strawberry.types.execution import ExecutionResult

from server.auth.addresses import Addresses
from server.auth.door import Door
from server.auth.tokens import TokenFault
from server.web.graphql.answers import GRAPHQL_TYPE, answer, media_type, unanswered
from server.web.graphql.contexts import ContextFactory
from server.web.graphql.documents import DocumentRefused, Documents
from server.web.graphql.freshness import keepable
from server.web.graphql.gate import Gate
from server.web.graphql.rate import Rates
from server.web.graphql.requests import JSON_TYPE, Unanswered, asked_in

UNACCEPTABLE = Unanswered(406, "not_acceptable", f"Answers are {JSON_TYPE} or {GRAPHQL_TYPE}.")


class View:
    """Answers POST with JSON, and GET for registered documents; everything else is refused, as JSON as well."""

    def __init__(
        self,
        gate: Gate,
        rates: Rates,
        *,
        documents: Documents,
        context: ContextFactory,
        door: Door,
        addresses: Addresses,
    ) -> None:
        self._gate = gate
        self._rates = rates
        self._addresses = addresses
        self._documents = documents
        self._context = context
        self._door = door

    async def __call__(self, request: web.Request, request_id: str) -> web.Response:
        """Answer a request, which what it changes is remembered by."""
        media = media_type(request.headers.get(hdrs.ACCEPT))
        if media is None:
            return unanswered(UNACCEPTABLE, JSON_TYPE)
        try:
            told = answer(await self._result(request, request_id), media)
        except Unanswered as refusal:
            return unanswered(refusal, media)
        return keepable(told, request) if request.method == hdrs.METH_GET else told

    async def _result(self, request: web.Request, request_id: str) -> ExecutionResult:
        context = await self._context_of(request, request_id)
        asked = await asked_in(request, self._documents)
        try:
            self._documents.admit(context.actor, asked.text)
        except DocumentRefused as refused:
            raise Unanswered(refused.status, refused.code, str(refused)) from refused
        return await self._gate.execute(
            asked.text,
            variable_values=asked.variables,
            operation_name=asked.name,
            context_value=context,
            allowed_operation_types=asked.allowed,
        )

    async def _context_of(self, request: web.Request, request_id: str) -> Any:
        authorization = request.headers.get(hdrs.AUTHORIZATION)
        actor = None if authorization is None else await self._door.holder(authorization, request.cookies)
        address = self._addresses.of(request)
        if isinstance(actor, TokenFault):
            raise self._unread(actor, address)
        return self._context(actor, address, request_id)

    def _unread(self, fault: TokenFault, address: str) -> Unanswered:
        """The refusal of a token; after too many from one address without saying any more what is wrong with it."""
        limited = self._rates.fail(address)
        if limited is None:
            headers = {"WWW-Authenticate": 'Bearer realm="regulars"'}
            return Unanswered(401, f"token_{fault.code}", fault.message, headers)
        more = {"remedy": limited.rule.remedy, "retryAfterSeconds": limited.wait_s}
        return Unanswered(429, "rate_limited", limited.rule.message, {"Retry-After": str(limited.wait_s)}, more)
