"""Work that waits for one community's lock keeps nobody's deliveries from being recorded."""

import asyncio

from server.jobs.unit import Done, Scope
from server.ports import Tx
from tests.database import POSTGRES_URL
from tests.running import Running

# SQLite has one writer, so there nobody holds a connection while he waits.
if POSTGRES_URL is not None:

    async def test_deliveries_are_recorded_while_more_units_wait_than_there_are_connections(live: Running) -> None:
        community = await live.community()
        release = asyncio.Event()

        async def wait(_: Tx, __: Scope) -> Done[None]:
            await release.wait()
            return Done(None)

        units = live.server.units
        waiting = [asyncio.create_task(units.run(community, wait)) for _ in range(30)]
        await asyncio.sleep(0.2)
        body = {"broadcaster": {"user_id": 100001}}
        async with asyncio.timeout(10):
            sent_at, message_id = "2026-08-01T17:59:00Z", "01KYZ7QG18819K7NVB3SNEXC01"
            assert await live.deliver("chat.message.sent", body, message_id=message_id, sent_at=sent_at) == 204
        release.set()
        await asyncio.gather(*waiting)
