"""Linking and unlinking, step by step: what goes where, and who may do it when."""

from dataclasses import dataclass, field
from functools import partial

import pytest

from server.actions.linking import link, unlink
from server.actions.watchtime.adjust import adjust
from server.domain.instants import DAY, HOUR, MINUTE, SECOND, micros
from server.domain.linking import Cause
from server.domain.refusals import Refused
from server.domain.watchtime.values import Rules
from server.store import linking
from tests.actions.pipeline import Pipeline, began, ended, line
from tests.database import START

NOON = micros(START) // DAY * DAY - DAY + 12 * HOUR
ONE, OTHER = 501, 502
ANNA, BERT = ("kick", "11"), ("kick", "12")
ANN = ("discord", "900")
ANNA_ON_TWITCH = ("twitch", "12")


@dataclass
class House:
    """A community with a channel on Kick and one on Twitch."""

    pipeline: Pipeline
    community: int
    given: int = field(default=0)

    async def tell(self, *told: tuple[str, dict[str, object]], source: str = "kick") -> None:
        await self.pipeline.tell(*told, source=source)
        await self.pipeline.settle(self.community)

    async def link(self, one: tuple[str, str], other: tuple[str, str], cause: Cause = Cause.STAFF) -> int:
        run = partial(link, one=one, other=other, cause=cause, actor="tester", reason="A test.")
        return await self.pipeline.server.units.run(self.community, run)

    async def unlink(self, account: tuple[str, str], cause: Cause = Cause.STAFF) -> None:
        run = partial(unlink, account=account, cause=cause, actor="tester", reason="A test.")
        await self.pipeline.server.units.run(self.community, run)

    async def adjust(self, account: tuple[str, str], seconds: int) -> None:
        self.given += 1
        viewer = await self.viewer(account)
        run = partial(adjust, viewer_id=viewer, seconds=seconds, reason="A test.", actor="tester")
        await self.pipeline.server.units.run(self.community, partial(run, source_key=f"test:{self.given}"))

    async def viewer(self, account: tuple[str, str]) -> int:
        rows = await self.pipeline.read(
            "SELECT v.viewer_id FROM viewer_account v JOIN account a ON a.id = v.account_id "
            "WHERE v.community_id = $1 AND a.platform = $2 AND a.external_id = $3",
            self.community,
            *account,
        )
        return rows[0]["viewer_id"]

    async def seconds(self, account: tuple[str, str]) -> float:
        """The watch time of the viewer that an account is."""
        await self.pipeline.assert_sound(self.community)
        [row] = await self.pipeline.read("SELECT watch_us FROM viewer WHERE id = $1", await self.viewer(account))
        return row["watch_us"] / SECOND

    async def waits(self) -> int:
        """How many streams wait to be counted anew."""
        rows = await self.pipeline.read("SELECT id FROM job WHERE state <> 'done' AND audience = 'server'")
        return len(rows)


@pytest.fixture
async def house(pipeline: Pipeline) -> House:
    community = await pipeline.community()
    await pipeline.attach(community, ONE)
    await pipeline.attach(community, OTHER, "twitch")
    return House(pipeline, community)


async def test_an_account_that_never_wrote_is_linked_at_once_and_nothing_is_counted_anew(house: House) -> None:
    await house.tell(began(ONE, NOON), line(ONE, 11, "hello", NOON + MINUTE))
    await house.link(ANN, ANNA)
    assert await house.seconds(ANN) == 300
    assert await house.waits() == 0
    await house.unlink(ANN)
    assert (await house.seconds(ANN), await house.seconds(ANNA)) == (0, 300)
    assert await house.waits() == 0


async def both_wrote(house: House, starts: int, at: int) -> None:
    """Anna writes on Kick, and so does she, as nobody knows yet, on Twitch at another time."""
    await house.tell(began(ONE, NOON), line(ONE, 11, "hello", NOON + MINUTE))
    await house.tell(began(OTHER, starts), line(OTHER, 12, "hi", at), source="twitch")


async def test_time_watched_by_both_counts_once_from_the_start_and_never_twice(house: House) -> None:
    await both_wrote(house, NOON, NOON + 2 * MINUTE)
    await house.link(ANNA, ANNA_ON_TWITCH)
    assert await house.seconds(ANNA) == 300
    await house.pipeline.settle(house.community)
    assert await house.seconds(ANNA) == 360
    await house.unlink(ANNA)
    assert await house.seconds(ANNA) + await house.seconds(ANNA_ON_TWITCH) == 360
    await house.pipeline.settle(house.community)
    assert (await house.seconds(ANNA), await house.seconds(ANNA_ON_TWITCH)) == (300, 300)


async def test_a_message_from_just_before_the_stream_is_shared_too(house: House) -> None:
    await house.tell(began(ONE, NOON), line(ONE, 11, "early", NOON - MINUTE))
    await house.tell(began(OTHER, NOON - HOUR), line(OTHER, 12, "hi", NOON + MINUTE), source="twitch")
    await house.link(ANNA, ANNA_ON_TWITCH)
    await house.pipeline.settle(house.community)
    assert await house.seconds(ANNA) == 360


async def test_a_daily_cap_is_shared_by_streams_that_never_meet(house: House) -> None:
    await house.pipeline.rule(house.community, 0, Rules(daily_cap=6 * MINUTE))
    await house.tell(ended(ONE, NOON, NOON + HOUR))
    await both_wrote(house, NOON + 5 * HOUR, NOON + 5 * HOUR)
    await house.link(ANNA, ANNA_ON_TWITCH)
    assert await house.seconds(ANNA) == 300
    await house.pipeline.settle(house.community)
    assert await house.seconds(ANNA) == 360


async def test_corrections_go_with_their_accounts_and_a_removal_cannot_be_shed(house: House) -> None:
    await house.tell(began(ONE, NOON), line(ONE, 11, "hello", NOON + MINUTE))
    await house.adjust(ANNA, 60)
    await house.link(ANNA, ANN)
    assert await house.seconds(ANN) == 360
    await house.adjust(ANN, -350)
    await house.adjust(ANN, 30)
    await house.unlink(ANN)
    assert (await house.seconds(ANNA), await house.seconds(ANN)) == (40, 0)


async def test_a_removal_is_taken_from_each_account_no_more_than_it_has(house: House) -> None:
    await house.tell(began(ONE, NOON), line(ONE, 11, "hello", NOON + MINUTE))
    await house.link(ANN, ANNA)
    await house.unlink(ANN)
    await house.adjust(ANN, 100)
    await house.link(ANN, ANNA)
    await house.adjust(ANNA, -350)
    await house.unlink(ANN)
    assert (await house.seconds(ANNA), await house.seconds(ANN)) == (0, 50)


async def test_a_viewers_old_id_leads_to_who_he_is_now_and_comes_back(house: House) -> None:
    await house.tell(began(ONE, NOON), line(ONE, 11, "hello", NOON + MINUTE), line(ONE, 12, "hi", NOON + MINUTE))
    anna, bert = await house.viewer(ANNA), await house.viewer(BERT)
    first, second = sorted([anna, bert])
    older, younger = (ANNA, BERT) if anna == first else (BERT, ANNA)
    reader = house.pipeline.server.database.reader()
    await house.link(ANN, younger)
    assert await house.viewer(ANN) == second
    await house.unlink(ANN)
    assert await house.link(ANN, older) == first
    own = max(first, second) + 1
    assert await linking.resolve(reader, house.community, own) == first
    await house.unlink(older)
    assert await house.viewer(ANN) == own
    assert await linking.resolve(reader, house.community, own) == own
    assert await linking.resolve(reader, house.community, first) == first
    assert await linking.resolve(reader, house.community + 1, first) is None


async def test_the_cool_down_holds_a_viewer_back_and_not_staff(house: House) -> None:
    await house.link(ANN, ANNA, Cause.VIEWER)
    await house.unlink(ANN, Cause.VIEWER)
    for account in (ANN, ANNA):
        other = ("twitch", "3") if account == ANNA else BERT
        with pytest.raises(Refused) as refused:
            await house.link(account, other, Cause.VIEWER)
        assert refused.value.code == "link_cooling_down"
    house.pipeline.clock.pass_time(hours=23, minutes=59)
    with pytest.raises(Refused):
        await house.link(ANN, BERT, Cause.VIEWER)
    house.pipeline.clock.pass_time(minutes=1)
    await house.link(ANN, BERT, Cause.VIEWER)
    await house.unlink(ANN)
    await house.link(ANN, ANNA)
