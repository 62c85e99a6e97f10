"""How operations are carried out: who sees the schema, what errors say, what is measured."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from inspect import iscoroutine, iscoroutinefunction
from types import MappingProxyType
from typing import Any

import graphql
import strawberry
import structlog
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    NoSchemaIntrospectionCustomRule,
    get_operation_ast,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.execution import ExecutionContext, ExecutionResult
from strawberry.utils.await_maybe import await_maybe

from server.domain.refusals import Refused as RuleSaysNo
from server.resolvers.context import Context
from server.resolvers.errors import told
from server.schema.problems import Refused

log = structlog.get_logger(__name__)

Plan = Callable[[Any], Any]
"""From the resolved value of a field to what the answer shows of it; raises for a value that it does not cover."""

Plans = Mapping[tuple[int, int], Plan]
"""By the identities of a field's type and of its node in the document."""

Straight = Callable[[Context, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""From the context and the variables of a query to its data; raises where graphql-core has to answer."""

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Refusals(strawberry.ExceptionHandler[RuleSaysNo, Refused]):
    """A rule that says no, as the member of a mutation's result that says so."""

    def handle(self, exception: RuleSaysNo, *, field: object, info: object) -> Refused:  # noqa: ARG002 - the library's signature
        """The refusal as data."""
        return Refused(code=exception.code, message=exception.message, remedy=exception.remedy)


class ClosedToStrangers(SchemaExtension):
    """The schema is shown to whoever holds a token, and to nobody else."""

    def on_validate(self) -> Iterator[None]:
        """Forbid introspection to strangers."""
        if self.execution_context.context.actor is None and self.execution_context.validation_rules:
            self.execution_context.validation_rules += (NoSchemaIntrospectionCustomRule,)
        yield


class Observed(SchemaExtension):
    """Tells the observer of every operation that ends, however it ends."""

    def on_operation(self) -> Iterator[None]:
        """Measure an operation from its beginning to its end."""
        context: Context = self.execution_context.context
        started = context.services.clock.monotonic()
        try:
            yield
        finally:
            document, name = self.execution_context.graphql_document, self.execution_context.operation_name
            observe(context, document, name, started, self.execution_context.result)


def observe(
    context: Context, document: DocumentNode | None, name: str | None, started_s: float, result: Any | None
) -> None:
    """Tell the observer of an operation that has ended; it has no result where something broke."""
    outcome = "error" if result is None or result.errors else "ok"
    context.observe(*asked(document, name), context.services.clock.monotonic() - started_s, outcome)


def asked(document: DocumentNode | None, name: str | None) -> tuple[str, str]:
    """The first root field and the kind of an operation; empty where the document has none."""
    operation = document and get_operation_ast(document, name)
    if not operation:
        return "", ""
    [first, *_] = operation.selection_set.selections
    return first.name.value if isinstance(first, FieldNode) else "", operation.operation.value


class Prepared:
    """A coroutine that is made when somebody waits for it: where nobody does, nothing is dropped unbegun and reported.

    An operation that is cut off leaves what it did not come to.
    """

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._make: Callable[[], Coroutine[Any, Any, Any]] | None = make

    def __await__(self) -> Generator[Any, Any, Any]:
        make, self._make = self._make, None
        if make is None:
            raise RuntimeError("What is prepared can be waited for once only.")
        return make().__await__()


class Handed:
    """A coroutine that the library has made already; it is closed where nobody ever waits for it."""

    __slots__ = ("_unbegun",)

    def __init__(self, made: Coroutine[Any, Any, Any]) -> None:
        self._unbegun: Coroutine[Any, Any, Any] | None = made

    def __await__(self) -> Generator[Any, Any, Any]:
        begun, self._unbegun = self._unbegun, None
        if begun is None:
            raise RuntimeError("What was handed over can be waited for once only.")
        return begun.__await__()

    def __del__(self) -> None:
        if self._unbegun is not None:
            self._unbegun.close()


def preparing(resolve: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Prepared]:
    """`resolve`, whose answer is waited for or forgotten without a trace."""

    def prepared(*given: Any, **arguments: Any) -> Prepared:
        return Prepared(partial(resolve, *given, **arguments))

    return prepared


class Executor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor without its growth, or a `Planned` one for a document that has plans.

    Every event of a subscription forgets its field lists with itself: the library keys a memo that all events share by
    the identity of lists made for each event, and never drops one.
    """

    @classmethod
    def build(cls, schema: Any, document: DocumentNode, *args: Any, **given: Any) -> Any:
        """The executor of an operation, or what is wrong with its variables."""
        plans: Plans | None = schema._strawberry_schema.plans.get(id(document))  # noqa: SLF001 - no public name
        library: Any = super(Executor, Planned if plans else cls)
        executor = library.build(schema, document, *args, **given)
        if plans and isinstance(executor, Planned):
            executor.plans = plans
        return executor

    def build_per_event_executor(self, payload: object) -> Any:
        """The executor of one event, with a memo of its own."""
        library: Any = super()
        executor = library.build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001 - the memo has no public name
        return executor

    def complete_awaitable_value(  # noqa: PLR0917 - the library's signature
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """What the answer shows of a field whose value is waited for."""
        library: Any = super()
        given = return_type, field_details_list, info, path, result, position_context
        return Prepared(partial(library.complete_awaitable_value, *given))

    def execute_fields(
        self, parent_type: Any, source_value: Any, path: Any, grouped_field_set: Any, position_context: Any
    ) -> Any:
        """What the answer shows of the fields of an object."""
        library: Any = super()
        found: Any = library.execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        return Handed(found) if iscoroutine(found) else found


class Planned(Executor):
    """Shows values by plan; graphql-core shows those for which there is none, and those that surprise a plan."""

    plans: Plans = NOTHING

    def complete_value(  # noqa: PLR0917 - the library's signature
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """What the answer shows of a resolved value."""
        plan = self.plans.get((id(return_type), id(field_details_list[0].node)))
        if plan is not None and len(field_details_list) == 1:
            try:
                return plan(result)
            except Exception as surprise:  # noqa: BLE001 - whatever it is, graphql-core finds and tells it properly
                log.debug("graphql.surprise", error=type(surprise).__name__)
        library: Any = super()
        return library.complete_value(return_type, field_details_list, info, path, result, position_context)


class Schema(strawberry.Schema):
    """The schema, whose every error has passed `told`."""

    plans: Mapping[int, Plans] = NOTHING
    straight: Mapping[int, Straight] = NOTHING
    """Both by the identity of their document."""
    documents: object = None
    """What keeps those documents alive, so that no other takes over an identity."""

    def __init__(self, *args: Any, **given: Any) -> None:
        library: Any = super()
        library.__init__(*args, **given)
        for kind in self._schema.type_map.values():
            if isinstance(kind, GraphQLObjectType):
                for found in kind.fields.values():
                    if iscoroutinefunction(found.resolve):
                        found.resolve = preparing(found.resolve)

    def _create_execution_context(self, query: str | DocumentNode | None, *args: Any, **given: Any) -> ExecutionContext:
        """What the library works with; a document in place of its text has been parsed and validated."""
        library: Any = super()
        is_ready = isinstance(query, DocumentNode)
        text = None if is_ready else query
        execution = library._create_execution_context(text, *args, **given)  # noqa: SLF001 - the library's own hook
        if is_ready:
            execution.graphql_document, execution.validation_rules = query, ()
        return execution

    async def execute(self, query: Any, *args: Any, **given: Any) -> ExecutionResult:
        """The result of a query or mutation."""
        carry_out: Any = self._carry_out if isinstance(query, DocumentNode) else super().execute
        return answered(await carry_out(query, *args, **given), given["context_value"])

    async def _carry_out(
        self,
        document: DocumentNode,
        *,
        context_value: Context,
        variable_values: Any = None,
        operation_name: str | None = None,
        **_: Any,
    ) -> ExecutionResult:
        """The result of an operation that has been parsed, validated and admitted, without asking all of that again."""
        started_s = context_value.services.clock.monotonic()
        library: Any = graphql
        result: Any = None
        try:
            result = await self._straight(document, context_value, variable_values or NOTHING) or await await_maybe(
                library.execute(
                    self._schema,
                    document,
                    context_value=context_value,
                    variable_values=variable_values,
                    operation_name=operation_name,
                    executor_class=Executor,
                    is_awaitable=optimized_is_awaitable,
                )
            )
        finally:
            observe(context_value, document, operation_name, started_s, result)
        return ExecutionResult(data=result.data, errors=result.errors)

    async def _straight(
        self, document: DocumentNode, context: Context, variables: Mapping[str, Any]
    ) -> ExecutionResult | None:
        """The result of a query that needs no graphql-core, or None for any other."""
        straight = self.straight.get(id(document))
        if straight is None:
            return None
        try:
            return ExecutionResult(data=dict(await straight(context, variables)), errors=None)
        except Exception as surprise:  # noqa: BLE001 - whatever it is, graphql-core finds and tells it properly
            log.debug("graphql.surprise", error=type(surprise).__name__)
            return None

    async def stream(self, *args: Any, **given: Any) -> AsyncGenerator[ExecutionResult, None]:
        """The results of an operation, one by one."""
        return self._answers(await super().stream(*args, **given), given["context_value"])

    async def _answers(self, source: Any, context: Context) -> AsyncGenerator[ExecutionResult, None]:
        async with aclosing(source) as results:
            async for result in results:
                yield answered(result, context)

    def process_errors(self, errors: Sequence[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave the log to `told`, which writes each failure once and never the caller's document."""


def answered(result: ExecutionResult, context: Context) -> ExecutionResult:
    """`result` with its errors as the caller may see them."""
    if result.errors:
        result.errors = [told(error, context) for error in result.errors]
    return result
