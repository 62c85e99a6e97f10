"""What every operation passes on its way to the schema, over HTTP and websockets alike: limits, price and deadline."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from graphql import DocumentNode, GraphQLError, OperationType
from strawberry.types.execution import ExecutionResult, PreExecutionError

from server.schema.health import RateLimit
from server.web.graphql.limits import LIMITS, Exceeded, Limits
from server.web.graphql.preparation import Operation, Preparation, Rejected
from server.web.graphql.rate import Allowance, Rates

log = structlog.get_logger(__name__)

DEADLINE_S = 10.0
READING_COST = 10
"""Of a text that was not read before, on top of what its operation costs."""
NOTHING: Mapping[str, Any] = {}


class Stopped(GraphQLError):
    """An operation that does not begin, or does not end in time."""

    def __init__(self, code: str, message: str, remedy: str, **more: object) -> None:
        super().__init__(message, extensions={"code": code, "remedy": remedy, **more})


@dataclass(frozen=True, slots=True)
class Admitted:
    """An operation that may begin."""

    document: DocumentNode
    kind: OperationType


class Gate:
    """The schema as the endpoint uses it: what is refused here costs little and reaches no resolver."""

    def __init__(
        self,
        schema: Any,
        preparation: Preparation,
        rates: Rates,
        *,
        limits: Limits = LIMITS,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._schema = schema
        self._preparation = preparation
        self._rates = rates
        self._limits = limits
        self._deadline_s = deadline_s

    async def execute(
        self,
        query: str | None,
        *,
        context_value: Any,
        allowed_operation_types: Collection[Any],
        variable_values: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """The result of a query or mutation; a `PreExecutionError` where it is refused."""
        try:
            admitted = self.admit(query or "", operation_name, variable_values, context_value, allowed_operation_types)
        except Refusal as refusal:
            return PreExecutionError(data=None, errors=refusal.errors)
        return await self._in_time(
            admitted,
            variable_values=variable_values,
            context_value=context_value,
            operation_name=operation_name,
            allowed_operation_types=allowed_operation_types,
        )

    async def _in_time(self, admitted: Admitted, **given: Any) -> ExecutionResult:
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._schema.execute(admitted.document, **given)
        except TimeoutError:
            log.warning("graphql.deadline_exceeded", kind=admitted.kind.value)
            return PreExecutionError(data=None, errors=[overdue(admitted.kind, self._deadline_s)])

    async def stream(
        self,
        query: str | None,
        *,
        context_value: Any,
        allowed_operation_types: Collection[Any],
        admitted: Admitted | None = None,
        **given: Any,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of an operation, one by one; a `PreExecutionError` alone where it is refused.

        One that was `admitted` before is not asked, nor paid for, again.
        """
        asked = (query or "", given.get("operation_name"), given.get("variable_values"))
        try:
            admitted = admitted or self.admit(*asked, context_value, allowed_operation_types)
        except Refusal as refusal:
            return only(PreExecutionError(data=None, errors=refusal.errors))
        given |= {"context_value": context_value, "allowed_operation_types": allowed_operation_types}
        if admitted.kind is not OperationType.SUBSCRIPTION:
            return only(await self._in_time(admitted, **given))
        return await self._schema.stream(admitted.document, **given)

    def admit(
        self,
        text: str,
        operation_name: str | None,
        variables: Mapping[str, Any] | None,
        context: Any,
        allowed: Collection[Any],
    ) -> Admitted:
        """The operation, when it is within all limits and paid for; `Refusal` otherwise."""
        started = context.services.clock.monotonic()
        try:
            return self._admit(text, operation_name, variables or NOTHING, context, allowed)
        except Refusal as refusal:
            codes = sorted({str((error.extensions or NOTHING).get("code")) for error in refusal.errors})
            log.info("graphql.refused", codes=codes, caller=context.caller)
            context.observe("", "", context.services.clock.monotonic() - started, "error")
            raise

    def _admit(
        self,
        text: str,
        operation_name: str | None,
        variables: Mapping[str, Any],
        context: Any,
        allowed: Collection[Any],
    ) -> Admitted:
        is_stranger = context.actor is None
        prepared = self._preparation.known(text, is_stranger=is_stranger)
        if prepared is None:
            # Paid for before it is read, so that a flood of nonsense ends with the points.
            self._charge(context, READING_COST)
            prepared = self._preparation.made(text, is_stranger=is_stranger)
        if isinstance(prepared, Rejected):
            raise Refusal(*prepared.errors)
        operation = chosen(prepared.operations, operation_name)
        kind = operation.kind
        if kind not in {OperationType(one.value) for one in allowed}:
            raise Refusal(NOT_HERE[kind])
        cost = operation.cost(variables)
        if cost > self._limits.cost:
            raise Refusal(Exceeded("cost", self._limits.cost, cost=cost))
        left = self._charge(context, cost)
        context.spending.rate = RateLimit(
            cost=left.cost, limit=left.limit, remaining=left.remaining, reset_at=left.reset_at
        )
        return Admitted(prepared.document, kind)

    def _charge(self, context: Any, cost: int) -> Allowance:
        allowance = self._rates.spend(context.actor and context.actor.token_id, context.address, cost)
        if allowance.wait_s:
            rule = allowance.rule
            raise Refusal(Stopped("rate_limited", rule.message, rule.remedy, retryAfterSeconds=allowance.wait_s))
        return allowance


class Refusal(Exception):
    """Why an operation does not begin."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__()
        self.errors = list(errors)


NOT_HERE: Mapping[OperationType, GraphQLError] = {
    OperationType.SUBSCRIPTION: Stopped(
        "websocket_needed", "Subscriptions are sent over a websocket.", "Connect with graphql-transport-ws."
    ),
    OperationType.MUTATION: Stopped(
        "post_needed", "mutations are not allowed", "Send mutations by POST, where they run to their end."
    ),
    OperationType.QUERY: Stopped("operation_not_allowed", "Queries are not allowed here.", "Send them by POST."),
}


def chosen(operations: Mapping[str | None, Operation], name: str | None) -> Operation:
    """The operation that is meant; `Refusal` when that is none or unclear."""
    if name is not None:
        if name in operations:
            return operations[name]
        raise Refusal(Stopped("operation_unknown", "The document has no such operation.", "Name one that it has."))
    if len(operations) == 1:
        return next(iter(operations.values()))
    if operations:
        raise Refusal(
            Stopped("operation_unclear", "The document has several operations.", "Say which in operationName.")
        )
    raise Refusal(Stopped("operation_unknown", "The document has no operation.", "Send a query or a mutation."))


def overdue(kind: OperationType, deadline_s: float) -> GraphQLError:
    """What is said of an operation that was given up."""
    return Stopped(
        "deadline_exceeded",
        f"This took longer than {deadline_s:g} seconds.",
        "It may still be carried out. Send it again with the same idempotency key to learn its outcome."
        if kind is OperationType.MUTATION
        else "Ask for less at once, or try again in a moment.",
    )


async def only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    """One result and no more."""
    yield result
