"""An operation that runs for one client alone, and the bytes of results."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from contextlib import aclosing
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from server.auth.capabilities import Place
from server.web.graphql.client import Client
from server.web.graphql.frames import message_frame, next_frame

log = structlog.get_logger(__name__)

TOO_SLOW = 4410
FAILED = GraphQLError("Something went wrong on our side.", extensions={"code": "internal"})

Results = AsyncGenerator[ExecutionResult, None]
Stream = Callable[[], Coroutine[Any, Any, Results]]
"""Begins an operation: its results, one by one, of which a first `PreExecutionError` is the only one."""


def payload_of(result: ExecutionResult) -> bytes:
    """A result as JSON."""
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    return orjson.dumps(payload)


def error_frame(operation_id: str, errors: Sequence[GraphQLError]) -> bytes:
    """The frame that ends an operation that could not begin."""
    return message_frame(id=operation_id, type="error", payload=[error.formatted for error in errors])


def complete_frame(operation_id: str) -> bytes:
    """The frame that ends an operation that has told everything."""
    return message_frame(id=operation_id, type="complete")


def failed_frame(operation_id: str) -> bytes:
    """The frame that ends an operation that broke in a way that the schema itself did not turn into an error."""
    return error_frame(operation_id, [FAILED])


class Alone:
    """An operation executed for one client, as fast as that client reads."""

    __slots__ = ("_client", "_id", "_task", "relied")

    def __init__(self, client: Client, operation_id: str, stream: Stream, relied: Collection[Place]) -> None:
        self.relied = relied
        self._client = client
        self._id = operation_id
        self._task = asyncio.create_task(self._run(stream))
        self._task.add_done_callback(self._ended)

    def end(self) -> asyncio.Task[Any]:
        """Stop, wherever it is."""
        self._task.cancel()
        return self._task

    async def _run(self, stream: Stream) -> bytes | None:
        """Tell every result; the last word, or None for a client that does not read."""
        async with aclosing(await stream()) as results:
            async for result in results:
                if isinstance(result, PreExecutionError):
                    return error_frame(self._id, result.errors or ())
                if not await self._client.reads():
                    return None
                self._client.write(next_frame(orjson.dumps(self._id), payload_of(result)))
        return complete_frame(self._id)

    def _ended(self, task: asyncio.Task[bytes | None]) -> None:
        if task.cancelled():
            return
        if (failure := task.exception()) is not None:
            log.error("graphql.operation_failed", exc_info=failure)
            self._client.finish(self._id, self, failed_frame(self._id))
        elif (last := task.result()) is not None:
            self._client.finish(self._id, self, last)
        else:
            self._client.close_soon(TOO_SLOW, "Results are read within 10 seconds; go on from the last cursor seen")
