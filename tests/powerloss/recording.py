"""Records deliveries on SQLite as the server does, and notes in a file which were acknowledged.

Arguments: the database's URL, the file of acknowledgements, how many deliveries, and `unsafe` to skip the check of
how SQLite is set up.
"""

import asyncio
import os
import sys

from server.jobs.recorder import Recorder
from server.store import database
from server.store.database import open_database
from server.store.inbox import Received
from tests.database import START

AT_ONCE = 8
BODY = b"a body of some size, " * 30


async def accept_anything(*_: object) -> None:
    """Any SQLite will do."""


async def record(url: str, acknowledgements: int, many: int) -> None:
    """Record deliveries, several at a time, each noted once the recorder has said that it is durable."""
    opened = await open_database(url)
    recorder = Recorder(opened, wake=lambda: None)
    running = asyncio.create_task(recorder.run())

    async def one(number: int) -> None:
        await recorder.record(
            Received(
                source="kick",
                message_id=f"{number:05}",
                kind="chat.message.sent",
                kind_key="chat.message.sent",
                subscription_id="",
                broadcaster_id=None,
                told_at=START,
                received_at=START,
                body=BODY,
            )
        )
        os.write(acknowledgements, b"%05d\n" % number)

    for first in range(0, many, AT_ONCE):
        await asyncio.gather(*(one(first + n) for n in range(AT_ONCE)))
    recorder.close()
    await running
    await opened.close()


if __name__ == "__main__":
    if "unsafe" in sys.argv[4:]:
        database.check_sqlite = accept_anything
    noted = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    asyncio.run(record(sys.argv[1], noted, int(sys.argv[3])))
