"""Broadcasts: executed and put into bytes once for all who ask the same with the same rights."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextlib import aclosing
from functools import lru_cache
from typing import Any

import orjson
import structlog
from graphql import FieldNode, GraphQLSyntaxError, OperationType, get_operation_ast, parse
from strawberry.types.execution import PreExecutionError

from server.auth.actors import Actor
from server.auth.capabilities import Place, rests_on_grants
from server.domain.staff import Capabilities
from server.web.graphql.client import LOOK_AGAIN_S, Client
from server.web.graphql.frames import next_frame
from server.web.graphql.operations import Stream, complete_frame, error_frame, failed_frame, payload_of

log = structlog.get_logger(__name__)

BROADCASTS = frozenset({"leaderboardChanged"})
"""Subscriptions that tell everybody with the same rights the same, and whose newest event makes the older ones moot."""

DOCUMENT_LENGTH_MAX = 4_000
DOCUMENT_TOKENS_MAX = 1_000
WRITES_AT_ONCE = 500
"""So many writes take a few milliseconds; then others get their turn."""

Rights = tuple[str, int | None, Capabilities | None, Client | None] | None
Key = tuple[str, str | None, bytes, Rights]
"""The document, the operation's name, the variables, and all that policies look at in an actor."""


def shared_key(
    query: str, name: str | None, variables: Any, actor: Actor | None, client: Client | None = None
) -> Key | None:
    """What everybody who gets the same bytes has in common, or None for what is no broadcast.

    Whose rights rest on grants, which come and go, shares with nobody but himself: he is judged when he begins. So does
    who sends variables too deep to be written down again: graphql-core says what is wrong with them.
    """
    if len(query) > DOCUMENT_LENGTH_MAX or not is_broadcast(query, name):
        return None
    rights: Rights = None
    if actor is not None:
        rights = actor.kind, actor.community_id, actor.ceiling, client if rests_on_grants(actor) else None
    try:
        return query, name, orjson.dumps(variables or {}, option=orjson.OPT_SORT_KEYS), rights
    except orjson.JSONEncodeError:
        return None


@lru_cache(maxsize=256)
def is_broadcast(query: str, name: str | None) -> bool:
    """Whether a document asks for one broadcast and nothing else."""
    if not any(field in query for field in BROADCASTS):
        return False
    try:
        operation = get_operation_ast(parse(query, no_location=True, max_tokens=DOCUMENT_TOKENS_MAX), name)
    except GraphQLSyntaxError:
        return False
    if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
        return False
    match operation.selection_set.selections:
        case (FieldNode(directives=() | None) as field,):
            return field.name.value in BROADCASTS
        case _:
            return False


class Seat:
    """One client's part in a broadcast."""

    __slots__ = ("_group", "client", "is_behind", "operation_id")

    def __init__(self, group: "Group", client: Client, operation_id: str) -> None:
        self._group = group
        self.client = client
        self.operation_id = operation_id
        self.is_behind = False

    @property
    def relied(self) -> Collection[Place]:
        """What whoever began the broadcast was let in by."""
        return self._group.relied

    def end(self) -> asyncio.Task[Any] | None:
        """Leave; what the broadcast is still busy with, if this was the last seat."""
        return self._group.leave(self)


class Group:
    """One broadcast and everybody who hears it."""

    def __init__(self, stream: Stream, emptied: Callable[[], None], relied: Collection[Place]) -> None:
        self.relied = relied
        self._emptied = emptied
        self._seats: dict[Seat, None] = {}
        self._latest: bytes | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._task = asyncio.create_task(self._run(stream))
        self._task.add_done_callback(self._ended)

    def join(self, client: Client, operation_id: str) -> Seat:
        """Take part from the newest event on."""
        seat = Seat(self, client, operation_id)
        self._seats[seat] = None
        if self._latest is not None:
            self._tell([seat], self._latest)
        return seat

    def leave(self, seat: Seat) -> asyncio.Task[Any] | None:
        """Take part no more; the last one ends the broadcast."""
        self._seats.pop(seat, None)
        if self._seats or self._task.done():
            return None
        self._emptied()
        self._task.cancel()
        return self._task

    async def _run(self, stream: Stream) -> Callable[[str], bytes]:
        """Tell every event; what to tell each by its operation's id when there are no more."""
        async with aclosing(await stream()) as results:
            async for result in results:
                if isinstance(result, PreExecutionError):
                    errors = result.errors or ()
                    return lambda operation_id: error_frame(operation_id, errors)
                self._latest = payload_of(result)
                await self._broadcast(self._latest)
        return complete_frame

    async def _broadcast(self, payload: bytes) -> None:
        seats = list(self._seats)
        for first in range(0, len(seats), WRITES_AT_ONCE):
            self._tell((seat for seat in seats[first : first + WRITES_AT_ONCE] if seat in self._seats), payload)
            await asyncio.sleep(0)

    def _tell(self, seats: Iterable[Seat], payload: bytes) -> None:
        frames: dict[str, bytes] = {}
        for seat in seats:
            seat.is_behind = seat.client.is_behind
            if seat.is_behind:
                self._catch_up()
                continue
            frame = frames.get(seat.operation_id)
            if frame is None:
                frame = frames[seat.operation_id] = next_frame(orjson.dumps(seat.operation_id), payload)
            seat.client.write(frame)

    def _catch_up(self) -> None:
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._tell_who_is_behind())

    async def _tell_who_is_behind(self) -> None:
        """Tell who reads again the newest event; all that came between is skipped."""
        try:
            while behind := [seat for seat in self._seats if seat.is_behind]:
                await asyncio.sleep(LOOK_AGAIN_S)
                if self._latest is not None:
                    self._tell((seat for seat in behind if seat.is_behind and seat in self._seats), self._latest)
        finally:
            self._catching_up = None

    def _ended(self, task: asyncio.Task[Callable[[str], bytes]]) -> None:
        if self._catching_up is not None:
            self._catching_up.cancel()
        if task.cancelled():
            return
        if (failure := task.exception()) is not None:
            log.error("graphql.broadcast_failed", exc_info=failure)
        last = task.result() if failure is None else failed_frame
        self._emptied()
        while self._seats:
            seat, _ = self._seats.popitem()
            seat.client.finish(seat.operation_id, seat, last(seat.operation_id))


class Fanout:
    """Every broadcast that somebody hears."""

    def __init__(self) -> None:
        self._groups: dict[Key, Group] = {}

    def __len__(self) -> int:
        """How many broadcasts run."""
        return len(self._groups)

    def join(self, key: Key, client: Client, operation_id: str, stream: Stream, relied: Collection[Place]) -> Seat:
        """Take part in the broadcast of a key, which `stream` begins if nobody hears it yet.

        While it begins, `relied` fills with what its caller is let in by.
        """
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(stream, lambda: self._forget(key, group), relied)
        return group.join(client, operation_id)

    def _forget(self, key: Key, group: Group | None) -> None:
        if self._groups.get(key) is group:
            del self._groups[key]
