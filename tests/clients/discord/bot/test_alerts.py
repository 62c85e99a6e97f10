"""A staff alert and its end are one message, however the bot, the message or the channel fared in between."""

import asyncio
import signal
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from clients.discord.app import Bot
from clients.simulator.discord.world import Message
from server.actions import alerts
from server.domain.alerts import AlertKind, Trouble
from server.domain.guilds import Purpose
from server.publish import topics
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.test_killed import started
from tests.clients.discord.bot.test_posts import posted
from tests.clients.discord.bot.working import another_life, chosen, embed, until

TITLE, OTHER = "Nothing of the channel arrives", "Deliveries pile up"


def trouble(place: Place, kind: AlertKind = AlertKind.SOURCE_DEAD, title: str = TITLE) -> Trouble:
    return Trouble(
        community_id=place.community,
        kind=kind,
        about="kick",
        title=title,
        detail="Silent for an hour.",
        remedy="Look at the keys.",
    )


async def begins(place: Place, *troubles: Trouble) -> None:
    """Trouble begins, and the bot hears that there is something to do."""
    given = troubles or (trouble(place),)
    await place.graph.server.units.run(place.community, partial(alerts.settle, causes=[], troubles=given))
    place.graph.server.services.bus.poke(topics.jobs())


async def ends(place: Place, one: Trouble | None = None) -> None:
    """It is over, a few seconds later."""
    place.graph.server.clock.pass_time(seconds=5)
    cause = (one or trouble(place)).cause
    await place.graph.server.units.run(place.community, partial(alerts.settle, causes=[cause], troubles=[]))
    place.graph.server.services.bus.poke(topics.jobs())


async def told(place: Place, count: int) -> list[tuple[str, str | None]]:
    """The outcomes and messages of all that staff was to be told, once so many jobs are over."""
    async with asyncio.timeout(60):
        while True:
            rows = await place.graph.server.database.reader().fetch(
                "SELECT state, outcome, reference FROM job WHERE kind = 'staff_alert' ORDER BY id"
            )
            if sum(row["state"] == "done" for row in rows) >= count:
                return [(row["outcome"], row["reference"]) for row in rows]
            await asyncio.sleep(0.05)


def title(message: Message) -> str:
    """The title without the symbol that stands before it."""
    return embed(message)["title"].partition(" ")[2]


def over(message: Message) -> bool:
    return title(message).startswith("Over:")


async def test_the_end_is_written_into_the_message_that_told_of_the_trouble(place: Place) -> None:
    await chosen(place, Purpose.STAFF, place.channel.id)
    await begins(place)
    [(_, first)] = await told(place, 1)
    [message] = posted(place)
    assert (message.id, over(message)) == (first, False)
    await ends(place)
    assert await told(place, 2) == [("done", first), ("done", first)]
    [message] = posted(place)
    assert title(message) == f"Over: {TITLE}"
    assert "Silent for an hour" in embed(message)["description"], "what it was is still to be read"
    assert "Look at the keys" not in embed(message)["description"]
    began = place.graph.server.clock.now() - timedelta(seconds=5)
    for instant in (began, began + timedelta(seconds=5)):
        assert f"<t:{int(instant.timestamp())}:f>" in embed(message)["description"]


async def test_each_trouble_ends_in_its_own_message(place: Place) -> None:
    await chosen(place, Purpose.STAFF, place.channel.id)
    other = trouble(place, AlertKind.QUARANTINE_GROWS, OTHER)
    await begins(place, trouble(place), other)
    await told(place, 2)
    await ends(place, other)
    await told(place, 3)
    assert {title(one) for one in posted(place)} == {TITLE, f"Over: {OTHER}"}
    await ends(place)
    await begins(place)
    await told(place, 5)
    assert sorted(title(one) for one in posted(place)) == sorted([TITLE, f"Over: {TITLE}", f"Over: {OTHER}"]), (
        "the same trouble anew is a message of its own"
    )


@pytest.mark.parametrize("what", ["deleted", "channel", "somebody else's"])
async def test_where_the_message_is_beyond_reach_the_end_is_a_new_one(place: Place, what: str) -> None:
    await chosen(place, Purpose.STAFF, place.channel.id)
    await begins(place)
    [(_, first)] = await told(place, 1)
    if what == "deleted":
        del place.discord.world.messages[first or ""]
    elif what == "channel":
        moved = place.discord.world.channel(place.guild, "staff")
        await chosen(place, Purpose.STAFF, moved.id)
    else:
        place.discord.world.messages[first or ""].author = place.person("former bot")
    await ends(place)
    [_, (outcome, second)] = await told(place, 2)
    assert outcome == "done"
    assert second != first
    assert over(place.discord.world.messages[second or ""])


async def test_where_the_trouble_was_never_posted_its_end_is(place: Place) -> None:
    await begins(place)
    assert await told(place, 1) == [("gone", None)]
    await chosen(place, Purpose.STAFF, place.channel.id)
    await ends(place)
    [_, (outcome, reference)] = await told(place, 2)
    [message] = posted(place)
    assert (outcome, reference, over(message)) == ("done", message.id, True)


async def test_another_life_of_the_bot_knows_the_message(place: Place) -> None:
    await chosen(place, Purpose.STAFF, place.channel.id)
    await begins(place)
    [(_, first)] = await told(place, 1)
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    async with another_life(place) as bot:
        assert isinstance(bot, Bot)
        await ends(place)
        assert await told(place, 2) == [("done", first), ("done", first)]
    assert [over(one) for one in posted(place)] == [True]


@pytest.mark.crash
@pytest.mark.timeout(180)
@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_a_bot_that_is_killed_while_it_tells_of_the_end_tells_it_once(place: Place, method: str) -> None:
    """With the message there it was killed in an edit, and without it in posting a new one."""
    await chosen(place, Purpose.STAFF, place.channel.id)
    await begins(place)
    [(_, first)] = await told(place, 1)
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    if method == "POST":
        del place.discord.world.messages[first or ""]
    inspect, lives = place.discord.stage.inspect, [await started(place)]

    def kill(asked: str, at: str, body: object) -> Iterable[str]:
        """Discord has done what was asked, and the bot does not live to hear of it."""
        if asked == method and "/messages" in at and len(lives) == 1:
            lives[0].send_signal(signal.SIGKILL)
        return inspect(asked, at, body)

    try:
        place.discord.stage.inspect = kill
        await ends(place)
        await until(lambda: lives[0].returncode is not None, 60)
        [message] = posted(place)
        assert over(message), "Discord had done it"
        lives.append(await started(place))
        assert (await told(place, 2))[1] == ("done", message.id)
        assert [one.id for one in posted(place)] == [message.id]
    finally:
        place.discord.stage.inspect = inspect
        for life in lives:
            with suppress(ProcessLookupError):
                life.kill()
            await life.wait()
