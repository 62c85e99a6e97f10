"""One open websocket: who is behind it, what he has running, and how much may wait for him to read."""

import asyncio
from collections.abc import Collection
from typing import Any, Protocol

from aiohttp import web

from server.auth.actors import Actor
from server.auth.capabilities import Place

BACKLOG_BYTES_MAX = 64 * 1024
PATIENCE_S = 10.0
LOOK_AGAIN_S = 0.05
CLOSE_TIMEOUT_S = 2.0
REASON_BYTES_MAX = 123
"""A control frame has 125 bytes, two of which are the code."""


class Operation(Protocol):
    """Something that runs for a client until either side ends it."""

    @property
    def relied(self) -> Collection[Place]:
        """What its caller was let in by."""
        ...

    def end(self) -> asyncio.Task[Any] | None:
        """Stop, and tell the client nothing more; what is still busy with that."""
        ...


class Client:
    """The far end of a websocket. What is sent after the end goes nowhere."""

    __slots__ = ("_closed", "_closing", "_socket", "_transport", "actor", "address", "operations")

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport, address: str) -> None:
        self._socket = socket
        self._transport = transport
        self._closed = False
        self._closing: asyncio.Task[None] | None = None
        self.actor: Actor | None = None
        self.address = address
        self.operations: dict[str, Operation] = {}

    @property
    def is_behind(self) -> bool:
        """Whether more waits for the client than may."""
        return self._transport.get_write_buffer_size() > BACKLOG_BYTES_MAX

    def write(self, frame: bytes) -> None:
        """Send whole frames, without waiting for anything."""
        if not self._closed and not self._transport.is_closing():
            self._transport.write(frame)

    async def reads(self) -> bool:
        """Wait until the client has read enough; False when it does not within 10 seconds."""
        if not self.is_behind:
            return True
        patience = int(PATIENCE_S / LOOK_AGAIN_S)
        while self.is_behind and not self._closed and patience:
            await asyncio.sleep(LOOK_AGAIN_S)
            patience -= 1
        return not self.is_behind

    def finish(self, operation_id: str, operation: Operation, frame: bytes) -> None:
        """Say the last word of an operation, unless it was ended meanwhile; its id is free again."""
        if self.operations.get(operation_id) is operation:
            del self.operations[operation_id]
            self.write(frame)

    async def end_operations(self) -> None:
        """Stop everything that runs, and wait a while until it has stopped."""
        ended = [operation.end() for operation in self.operations.values()]
        self.operations.clear()
        if busy := [task for task in ended if task is not None]:
            await asyncio.wait(busy, timeout=CLOSE_TIMEOUT_S)

    def close_soon(self, code: int, reason: str) -> None:
        """Begin to close, from within something that closing ends."""
        self._closing = asyncio.create_task(self.close(code, reason))

    async def close(self, code: int, reason: str) -> None:
        """End operations and connection; who does not take the news within two seconds is cut off."""
        if self._closed:
            return
        self._closed = True
        message = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore").encode()
        try:
            await self.end_operations()
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._socket.close(code=code, message=message)
        except TimeoutError:
            self._transport.abort()
        else:
            if self._transport.get_write_buffer_size():
                self._transport.abort()
