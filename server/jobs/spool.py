"""The spool: where accepted deliveries wait, fsynced, while the database is down. Opt-in: it needs a lasting disk."""

import asyncio
import base64
import os
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

from server.jobs.recorder import NotRecorded, Recorder
from server.store.inbox import Received

log = structlog.get_logger(__name__)

SIZE_MAX = 256 * 1024 * 1024
WAITING_MAX = 20_000
DRAIN_EVERY_S = 5.0
RETRY_AFTER_S = 30
AT_ONCE = 500


class Spool:
    """Files of deliveries in a directory; each is deleted once all it holds is in the inbox.

    Draining may repeat a delivery after a crash; its message id makes that harmless.
    """

    def __init__(self, directory: Path, recorder: Recorder) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._recorder = recorder
        self._writing = asyncio.Lock()
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []

    async def record(self, received: Received) -> None:
        """Return once `received` is durable, in the inbox or else in the spool; `NotRecorded` when it is in neither."""
        try:
            await self._recorder.record(received)
        except NotRecorded:
            await self._append(encoded(received))

    async def run(self) -> None:
        """Bring what waits back into the inbox whenever the database takes it, until cancelled."""
        while True:
            try:
                await self.drain()
            except OSError as error:
                log.warning("spool.not_drained", error=type(error).__name__)
            await asyncio.sleep(DRAIN_EVERY_S)

    async def drain(self) -> int:
        """Record what the spool's files hold and delete them; how many deliveries, fewer when the database is down."""
        drained = 0
        async with self._writing:
            files = sorted(self._directory.glob("*.spool"))
        for file in files:
            for batch in batches(file):
                try:
                    await asyncio.gather(*map(self._recorder.record, batch))
                except NotRecorded:
                    return drained
                drained += len(batch)
            if damaged(file):
                log.error("spool.damaged", file=file.name, remedy="Part of it cannot be read; it is kept as .damaged.")
                file.rename(file.with_suffix(".damaged"))
            else:
                file.unlink()
            log.info("spool.drained", deliveries=drained)
        return drained

    async def _append(self, line: bytes) -> None:
        """Write with others that came meanwhile; one fsync serves them all, or fails them all."""
        if len(self._waiting) >= WAITING_MAX:
            raise NotRecorded("Too many deliveries wait for the spool.", RETRY_AFTER_S)
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, written))
        async with self._writing:
            if not written.done():
                await self._flush()
        await written

    async def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            await asyncio.to_thread(self._write, [line for line, _ in batch])
        except (NotRecorded, OSError) as fault:
            log.warning("spool.not_written", deliveries=len(batch), error=type(fault).__name__)
            for written in still_waiting(batch):
                written.set_exception(NotRecorded("The spool took nothing.", RETRY_AFTER_S))
        else:
            for written in still_waiting(batch):
                written.set_result(None)

    def _write(self, lines: list[bytes]) -> None:
        held = sum(file.stat().st_size for file in self._directory.glob("*.spool"))
        if held + sum(map(len, lines)) > SIZE_MAX:
            raise NotRecorded("The spool is full.", RETRY_AFTER_S)
        newest = max(self._directory.glob("*.spool"), default=None)
        number = int(newest.stem) + 1 if newest else 1
        file = self._directory / f"{number:012}.spool"
        with file.open("xb") as out:
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())
        folder = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def encoded(received: Received) -> bytes:
    """One line: a checksum and the delivery as JSON."""
    text = orjson.dumps(
        {
            "source": received.source,
            "message_id": received.message_id,
            "kind": received.kind,
            "kind_key": received.kind_key,
            "subscription_id": received.subscription_id,
            "broadcaster_id": received.broadcaster_id,
            "told_at": received.told_at,
            "received_at": received.received_at,
            "body": base64.b64encode(received.body).decode(),
        }
    )
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decoded(line: bytes) -> Received | None:
    """The delivery of a line, or None for a line cut short by a crash, which nobody was told is safe."""
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if not text or checksum != b"%08x" % zlib.crc32(text):
        return None
    values: dict[str, Any] = orjson.loads(text)
    for name in ("told_at", "received_at"):
        values[name] = datetime.fromisoformat(values[name])
    values["body"] = base64.b64decode(values["body"])
    return Received(**values)


def damaged(file: Path) -> bool:
    """Whether a line other than the last, which a crash may have cut short, cannot be read."""
    with file.open("rb") as lines:
        return any(decoded(line) is None and line.endswith(b"\n") for line in lines)


def still_waiting(batch: Iterable[tuple[bytes, asyncio.Future[None]]]) -> Iterator[asyncio.Future[None]]:
    """Those of a batch who have not gone away meanwhile."""
    return (written for _, written in batch if not written.done())


def batches(file: Path) -> Iterator[list[Received]]:
    """The deliveries of a spool file, a bounded number at a time."""
    batch: list[Received] = []
    with file.open("rb") as lines:
        for line in lines:
            received = decoded(line)
            if received is not None:
                batch.append(received)
            if len(batch) >= AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch
