"""The load on the graph: prepared requests over kept connections, from a process of its own."""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.generator import Report
from benchmarks.harness import quantile

PATH = "/graphql"
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)
STALL_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Its value."""
        return orjson.loads(self.body)


def post(body: bytes | Mapping[str, Any], token: str | None = None, path: str = PATH) -> bytes:
    """A request as it goes over the wire."""
    told = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        *([] if token is None else [f"Authorization: Bearer {token}"]),
        f"Content-Length: {len(told)}",
    ]
    return "\r\n".join([*lines, "\r\n"]).encode() + told


class Line:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> "Line":
        """A new connection to a port of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for the answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        assert length is not None, head
        return Answer(int(head[9:12]), await self._reader.readexactly(int(length[1])))

    def close(self) -> None:
        """End the connection."""
        self._writer.transport.abort()


def good(answer: Answer) -> None:
    """Fail the run on anything but an answer without errors."""
    assert answer.status == 200, answer
    assert b'"errors"' not in answer.body, answer


async def asked(port: int, requests: Sequence[bytes], connections: int) -> Report:
    """Send everything as fast as answers come."""
    lines = [await Line.to(port) for _ in range(connections)]
    waiting, latencies_s = iter(requests), list[float]()
    began, busy = time.perf_counter(), time.process_time()
    async with asyncio.timeout(STALL_S), asyncio.TaskGroup() as group:
        for line in lines:
            group.create_task(_keep_asking(line, waiting, latencies_s))
    took_s, busy_s = time.perf_counter() - began, time.process_time() - busy
    for line in lines:
        line.close()
    return report_of(latencies_s, took_s, busy_s)


async def _keep_asking(line: Line, waiting: Iterator[bytes], latencies_s: list[float]) -> None:
    for request in waiting:
        began = time.perf_counter()
        good(await line.ask(request))
        latencies_s.append(time.perf_counter() - began)


def report_of(latencies_s: Sequence[float], took_s: float, busy_s: float) -> Report:
    """How a run went."""
    return Report(
        answered=len(latencies_s),
        took_s=took_s,
        processor_share=busy_s / took_s,
        p50_ms=quantile(latencies_s, 0.5) * 1000,
        p99_ms=quantile(latencies_s, 0.99) * 1000,
        worst_ms=max(latencies_s) * 1000,
    )


def drive(port: int, requests: Sequence[bytes], connections: int) -> Report:
    """Send everything from this process."""
    return asyncio.run(asked(port, requests, connections))
