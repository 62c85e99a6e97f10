"""Requests to the receiver, as exact or as wrong as a test wants them."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import orjson

from tests.running import Running

ID = "01KYZ7QG18819K7NVB3SNEXC00"
SENT = "2026-08-01T18:00:06Z"
FOLLOW = orjson.dumps(
    {
        "broadcaster": {"user_id": 100001, "username": "HouseStreamer", "channel_slug": "housestreamer"},
        "follower": {"user_id": 44, "username": "Newcomer", "channel_slug": "newcomer"},
    }
)


@dataclass(frozen=True)
class Answer:
    status: int
    code: str | None
    retry_after: str | None


def signed(live: Running, body: bytes = FOLLOW, *, message_id: str = ID, sent_at: str = SENT) -> dict[str, str]:
    return live.key.sign(message_id, sent_at, body, kind="channel.followed")


async def post(live: Running, headers: Any, body: Any = FOLLOW) -> Answer:
    async with live.http.post("/webhooks/kick", data=body, headers=headers) as answer:
        code = (await answer.json())["code"] if answer.content_type == "application/json" else None
        return Answer(answer.status, code, answer.headers.get("Retry-After"))


async def raw(live: Running, head: list[str], body: bytes = b"", *, wait_s: float = 5.0) -> tuple[int, bytes]:
    """Send exactly these header lines and bytes; the status and the body of the answer."""
    assert live.http.server.port is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", live.http.server.port)
    lines = ["POST /webhooks/kick HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *head, "", ""]
    try:
        async with asyncio.timeout(wait_s):
            writer.write("\r\n".join(lines).encode("latin-1") + body)
            await writer.drain()
            told = await reader.readuntil(b"\r\n\r\n")
            [length] = re.findall(rb"Content-Length: (\d+)", told)
            return int(told.split(b" ", 2)[1]), await reader.readexactly(int(length))
    finally:
        writer.transport.abort()


def as_lines(headers: dict[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


async def stored(live: Running) -> int:
    rows = await live.server.database.reader().fetch("SELECT count(*) AS many FROM inbox")
    return int(rows[0]["many"])
