"""The load: signed requests over raw sockets from a process of its own, in a closed or an open loop."""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from benchmarks.harness import quantile
from clients.simulator.envelope import SignedRequest
from clients.simulator.presign import Load, presigned

TRAFFIC = Load(count=41_000, start=datetime(2026, 1, 5, 18, 0, tzinfo=UTC), accounts=10_000)
ANSWERED = b"HTTP/1.1 204 "
TICK_S = 0.001
STALL_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which of the traffic to send, over how many connections; `rate` a second, or as fast as answers come."""

    first: int
    count: int
    connections: int
    rate: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a run went; latencies in milliseconds, of the open loop from when a request was meant to be sent."""

    answered: int
    took_s: float
    processor_share: float
    p50_ms: float
    p99_ms: float
    worst_ms: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.took_s


@lru_cache(maxsize=1)
def wire_requests(cache: Path) -> list[bytes]:
    """Every request as the bytes that go over the wire."""
    _, requests = presigned(TRAFFIC, cache)
    wired = [wire_bytes(request) for request in requests]
    gc.collect()
    gc.freeze()
    return wired


def wire_bytes(request: SignedRequest) -> bytes:
    """A POST to the webhook on a connection that is kept."""
    lines = [
        "POST /webhooks/kick HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in request.headers.items()),
        f"Content-Length: {len(request.body)}",
    ]
    return "\r\n".join([*lines, "\r\n"]).encode() + request.body


class Wire(asyncio.Protocol):
    """One kept connection with at most one request under way."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._transport: asyncio.Transport | None = None
        self._head = b""
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what requests are written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, since: float) -> None:
        """Send `request`; its latency counts from `since`."""
        assert self._transport is not None
        self._since = since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take an answer: 204 has no body, so it ends with its head."""
        self._head += data
        if not self._head.startswith(ANSWERED[: len(self._head)]):
            self._run.fail(f"an answer other than 204: {self._head[:200]!r}")
        elif self._head.endswith(b"\r\n\r\n"):
            self._head = b""
            self._run.take(self, time.perf_counter() - self._since)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that ends before the run does spoils it."""
        self._run.fail(f"a connection was lost: {exc}")

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()


class Run:
    """One run over `requests`: who is free takes the next one that is due."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests: Iterator[bytes] = iter(requests)
        self._count = len(requests)
        self._due: deque[float] | None = None
        self._free: deque[Wire] = deque()
        self._latencies_s: list[float] = []
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(self, reason: str) -> None:
        """End the run with an error, unless it has ended."""
        if not self._ended.done():
            self._ended.set_exception(RuntimeError(f"The load generator met {reason}"))

    def take(self, wire: Wire, latency_s: float) -> None:
        """Note an answer and give `wire` the next request."""
        self._latencies_s.append(latency_s)
        if len(self._latencies_s) == self._count:
            self._ended.set_result(None)
        elif self._due is None:
            self._send(wire, time.perf_counter())
        elif self._due:
            self._send(wire, self._due.popleft())
        else:
            self._free.append(wire)

    def _send(self, wire: Wire, since: float) -> None:
        request = next(self._requests, None)
        if request is not None:
            wire.send(request, since)

    async def over(self, port: int, connections: int, rate: int | None) -> Report:
        """Send everything: as fast as answers come, or `rate` a second whatever comes back."""
        loop = asyncio.get_running_loop()
        wires = [(await loop.create_connection(lambda: Wire(self), "127.0.0.1", port))[1] for _ in range(connections)]
        started, busy = time.perf_counter(), time.process_time()
        if rate is None:
            for wire in wires:
                self._send(wire, time.perf_counter())
        else:
            self._free.extend(wires)
            await self._pace(rate)
        async with asyncio.timeout(STALL_S):
            await self._ended
        took_s, busy_s = time.perf_counter() - started, time.process_time() - busy
        for wire in wires:
            wire.close()
        return Report(
            answered=len(self._latencies_s),
            took_s=took_s,
            processor_share=busy_s / took_s,
            p50_ms=quantile(self._latencies_s, 0.5) * 1000,
            p99_ms=quantile(self._latencies_s, 0.99) * 1000,
            worst_ms=max(self._latencies_s) * 1000,
        )

    async def _pace(self, rate: int) -> None:
        """Let requests become due one by one; without a free connection they wait, and their latency grows."""
        self._due = deque()
        started = time.perf_counter()
        sent = 0
        while sent < self._count and not self._ended.done():
            due = min(self._count, int((time.perf_counter() - started) * rate))
            for number in range(sent, due):
                if self._free:
                    self._send(self._free.popleft(), started + number / rate)
                else:
                    self._due.append(started + number / rate)
            sent = due
            await asyncio.sleep(TICK_S)


def drive(cache: Path, port: int, part: Part) -> Report:
    """Send a part of the traffic to `port`; every answer must be 204."""
    requests = wire_requests(cache)[part.first : part.first + part.count]
    assert len(requests) == part.count, "the prepared traffic is too short for this run"

    async def run() -> Report:
        return await Run(requests).over(port, part.connections, part.rate)

    return asyncio.run(run())
