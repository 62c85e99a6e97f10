"""Whoever follows again is no second alert: not after a week, and on no overlay that was made since."""

from datetime import timedelta
from functools import partial

import pytest

from server.actions import privacy
from server.domain.audit import Author
from server.domain.privacy import Identity
from server.effects.privacy import Forgetter
from server.effects.promises import Kept
from server.effects.retention import forget
from server.events.follows import Followed
from server.events.happening import Person
from tests.actions.alerting import MAIN, STREAMER, House, follow, person
from tests.actions.pipeline import Pipeline

SIDE = "side"
NEVER = timedelta(days=3650)
KEPT = Kept(bodies=NEVER, results=NEVER, audit=NEVER, feed=NEVER)


@pytest.fixture
async def house(pipeline: Pipeline) -> House:
    """A community with one overlay."""
    made = House(pipeline, await pipeline.community())
    await made.key(MAIN)
    return made


async def shown(house: House, overlay: str = MAIN) -> list[str | None]:
    """Whom the alerts are about that an overlay shows now, one after the other."""
    house.pipeline.clock.pass_time(seconds=3)
    names: list[str | None] = []
    while (taken := await house.take(overlay)) is not None:
        [one] = [one for one in await house.waiting(overlay) if one.id == taken.alert_id]
        names.append(one.payload["name"])
        await house.shown(overlay, taken)
        house.pipeline.clock.pass_time(seconds=10)
    return names


async def test_whoever_comes_back_when_his_alert_is_forgotten_is_no_second_one(house: House) -> None:
    await house.happen(follow(3, house.now), follow(3, house.now))
    assert await shown(house) == ["viewer3"]
    house.pipeline.clock.pass_time(days=8)
    await forget(house.pipeline.server.units, house.pipeline.server.database, kept=KEPT)
    assert await house.ended(MAIN) == {}, "nothing is left of the alert"
    await house.happen(follow(3, house.now), follow(4, house.now))
    assert await shown(house) == ["viewer4"]


async def test_an_overlay_that_is_made_later_shows_nobody_who_followed_before(pipeline: Pipeline) -> None:
    house = House(pipeline, await pipeline.community())
    await house.happen(follow(3, house.now))
    for overlay in (MAIN, SIDE):
        await house.key(overlay)
        await house.happen(follow(3, house.now))
        assert await shown(house, overlay) == []
    await house.happen(follow(5, house.now))
    assert [await shown(house, overlay) for overlay in (MAIN, SIDE)] == [["viewer5"], ["viewer5"]]


async def test_each_community_and_each_channel_has_first_follows_of_its_own(house: House) -> None:
    other = House(house.pipeline, await house.pipeline.community())
    await other.key(MAIN)
    await house.happen(follow(3, house.now))
    await other.happen(follow(3, house.now))
    assert [await shown(one) for one in (house, other)] == [["viewer3"], ["viewer3"]]
    second = Followed(
        platform="kick",
        broadcaster=Person(id="900002", name="second"),
        follower=person(3),
        told_at=house.now,
    )
    assert second.broadcaster != STREAMER
    await house.happen(second)
    assert await shown(house) == ["viewer3"]


async def test_whoever_was_forgotten_follows_as_somebody_new_and_old_news_of_him_are_no_alert(house: House) -> None:
    server, before = house.pipeline.server, house.now
    await house.happen(follow(3, before))
    assert await shown(house) == ["viewer3"]
    by = Author(kind="person", name="person:kick:3")
    ask = partial(privacy.ask, own=[Identity("kick", "3")], is_confirmed=True, grace=timedelta(days=7))
    await server.units.run(0, ask, by=by)
    house.pipeline.clock.pass_time(days=8)
    assert await Forgetter(server.database, server.units, lambda: "opaque").sweep() == 1
    await house.happen(follow(3, before))
    assert not await house.pipeline.read("SELECT id FROM job WHERE kind = 'stream_alert'")
    house.pipeline.clock.pass_time(minutes=1)
    await house.happen(follow(3, house.now))
    assert await shown(house) == ["viewer3"]
