"""Plays a small story on a database in a child process that kills itself at a given statement."""

import asyncio
import json
from functools import partial
from typing import Any

from server.actions.watchtime import adjust
from server.domain.instants import MINUTE, SECOND, instant_of, micros
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store.inbox import Received
from tests.actions.pipeline import began, ended, line
from tests.database import START, FrozenClock
from tests.engine import Engine, engine_on
from tests.lives import Places, serve_lives

HOUSE = 1
CHANNEL = 700
LATER_S = 600
OPENING = micros(START) - 60 * MINUTE
Told = tuple[str, Any]

EARLY: list[Told] = [
    line(CHANNEL, 31, "first", OPENING + 4 * MINUTE),
    line(CHANNEL, 32, "hello", OPENING + MINUTE),
    line(CHANNEL, 31, "earlier", OPENING + 2 * MINUTE),
    ("chat.message.sent", {"broadcaster": {"user_id": CHANNEL}, "content": "no sender"}),
    line(CHANNEL, 31, "first", OPENING + 4 * MINUTE),
    began(CHANNEL, OPENING),
]
MIDDLE: list[Told] = [
    line(CHANNEL, 33, "hello", OPENING + 20 * MINUTE),
    line(CHANNEL, 32, "hello", OPENING + 22 * MINUTE),
    line(CHANNEL, 33, "back again", OPENING + 18 * MINUTE),
    line(CHANNEL, 34, "hi", OPENING + 21 * MINUTE),
]
LATE: list[Told] = [
    line(CHANNEL, 34, "bye", OPENING + 38 * MINUTE),
    line(CHANNEL, 31, "bye", OPENING + 39 * MINUTE),
    line(CHANNEL, 31, "bye", OPENING + 39 * MINUTE + 30 * SECOND),
    ended(CHANNEL, OPENING, OPENING + 40 * MINUTE),
    began(CHANNEL, OPENING),
]


async def record(server: Engine, chapter: str, told: list[Told]) -> None:
    """Have the recorder store a chapter in one commit, under ids that stay the same when it is told again."""
    waiting = [
        server.recorder.record(
            Received(
                source="kick",
                message_id=f"{chapter}-{n}",
                kind=kind,
                kind_key=kind,
                subscription_id="",
                broadcaster_id=str(CHANNEL),
                told_at=START,
                received_at=START,
                body=json.dumps(body).encode(),
            )
        )
        for n, (kind, body) in enumerate(told)
    ]
    await asyncio.gather(*waiting)


async def change_settings(tx: Tx, scope: Scope) -> Done[str]:
    """Make a message worth ten minutes from the middle of the stream on."""
    done = await adjust.change_settings(
        tx, scope, changes={"window_s": 600}, effective_from=instant_of(OPENING + 15 * MINUTE), actor="owner"
    )
    return done.giving(str(done.result.window_s))


async def give(tx: Tx, scope: Scope) -> Done[str]:
    """Give the first viewer a hundred seconds."""
    [viewer] = await tx.fetch("SELECT min(id) AS id FROM viewer WHERE community_id = $1", scope.community_id)
    done = await adjust.adjust(
        tx, scope, viewer_id=viewer["id"], seconds=100, reason="for helping", actor="owner", source_key="grant-1"
    )
    return done.giving(str(done.result))


async def tell_story(server: Engine) -> None:
    """Tell everything from the start, as senders do who were never answered."""
    await record(server, "early", EARLY)
    await server.settle()
    await record(server, "middle", MIDDLE)
    await server.settle()
    await server.units.once(HOUSE, "owner:changeWatchSettings", "key-1", "digest", change_settings)
    await server.settle()
    await server.units.once(HOUSE, "owner:adjustWatchTime", "key-2", "digest", give)
    await record(server, "late", LATE)
    await server.settle()


async def seen(server: Engine) -> dict[str, Any]:
    """All that must not depend on whether the server was killed on the way."""
    reader = server.database.reader()
    questions = {
        "balances": "SELECT v.community_id, a.external_id, v.watch_us FROM viewer v JOIN account a ON a.id = v.face",
        "tallies": "SELECT t.community_id, a.external_id, s.started_at, t.total_us FROM watch_tally t "
        "JOIN account a ON a.id = t.account_id JOIN stream s ON s.id = t.stream_id",
        "deliveries": "SELECT d.community_id, i.message_id, d.state, d.attempts FROM delivery d "
        "JOIN inbox i ON i.id = d.inbox_id",
        "jobs": "SELECT community_id, kind, state FROM job",
        "adjustments": "SELECT community_id, amount_us FROM watch_adjustment",
        "settings": "SELECT community_id, effective_from FROM setting_version",
        "evidence": "SELECT a.external_id, e.at FROM chat_evidence e JOIN account a ON a.id = e.account_id",
        "feed": "SELECT community_id, cursor, kind FROM feed_entry",
        "heads": "SELECT community_id, head FROM feed_head",
        "keys": "SELECT key, result FROM idempotency",
        # Without the target's number: PostgreSQL gives none a second time, also when what took it never happened.
        "audit": "SELECT community_id, actor, action, target_kind, coalesce(before, ''), coalesce(after, ''), "
        "coalesce(reason, '') FROM audit_event",
    }
    return {name: sorted(map(list, await reader.fetch(sql))) for name, sql in questions.items()}


async def live(url: str, kill_at: int, *, restart: bool) -> dict[str, Any]:
    """Play the story in this process: its places to die at, and all that one sees at its end."""
    places = Places(kill_at)
    clock = FrozenClock()
    clock.pass_time(seconds=LATER_S if restart else 0)
    async with engine_on(url, clock, hook=places) as server:
        if restart:
            await server.units.run(0, partial(expire_leases))
        await tell_story(server)
        return {"places": places.seen, "seen": await seen(server)}


async def expire_leases(tx: Tx, _: Scope) -> Done[int]:
    """Let the time pass that the database's clock would have to."""
    return Done(await tx.execute("UPDATE lease SET until = 0"))


if __name__ == "__main__":
    serve_lives(live)
