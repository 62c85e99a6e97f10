"""How the demo goes: what becomes of its raffle, and the line that says how the server does."""

import asyncio

from server.demo.community import ended
from server.demo.screen import Screen
from server.domain.draws.plan import DrawState
from server.domain.draws.records import short_code
from server.domain.draws.rounds import instant_of as time_of
from server.domain.instants import micros
from server.running import Server
from server.store import health, leaderboards
from server.store.draws import draws
from server.store.raffle.periods import PeriodRecord

STATUS_EVERY_S = 1.0
PLAIN_STATUS_EVERY_S = 10.0
LOOK_EVERY_S = 1.0


async def drawn(
    server: Server, community_id: int, raffle: PeriodRecord, screen: Screen, is_drawn: asyncio.Event
) -> None:
    """Have the raffle drawn once it is over; say when its code is out and when it is drawn."""
    await asyncio.sleep((micros(server.clock.now()) - raffle.span.ends) / -1_000_000 + 0.1)
    await ended(server, community_id, raffle)
    shown = {DrawState.PLANNED, DrawState.ASKED, DrawState.FROZEN}
    while DrawState.DRAWN not in shown:
        draw = await draws.latest(server.database.reader(), raffle.id)
        if draw is not None and draw.state not in shown and draw.commit_hash is not None:
            shown.add(draw.state)
            code, comes = short_code(bytes.fromhex(draw.commit_hash)), time_of(draw.beacon_round)
            promised = f"Its list is closed and promised by the code {code}; its round comes at {comes:%H:%M:%S} UTC."
            done = f"It is drawn. Check the file that the table names, with the code {code}, at /verify."
            screen.say("", f"  The raffle: {done if draw.state is DrawState.DRAWN else promised}")
        await asyncio.sleep(LOOK_EVERY_S)
    is_drawn.set()


async def status_line(server: Server, community_id: int, screen: Screen) -> None:
    """Say how it goes: every second on one line of a terminal, else a line every ten seconds."""
    while True:
        screen.show(await status(server, community_id))
        await asyncio.sleep(STATUS_EVERY_S if screen.is_terminal else PLAIN_STATUS_EVERY_S)


async def status(server: Server, community_id: int) -> str:
    """One line: how much arrived, how many earn, who leads."""
    reader = server.database.reader()
    backlog = await health.backlog(reader)
    best = await leaderboards.below(reader, community_id, None, 3)
    size = await leaderboards.size(reader, community_id)
    leaders = "  ".join(f"{standing.name} {standing.watch_us // 60_000_000} min" for standing in best)
    applied = server.worker.progress.applied
    return f"{applied:,} deliveries applied, {backlog.waiting:,} wait, {size:,} viewers earn | {leaders}"
