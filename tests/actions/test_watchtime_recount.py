"""Late news about one stream reaches everything that was counted together with it."""

from dataclasses import dataclass

import pytest

from server.domain.instants import DAY, HOUR, MINUTE, SECOND, micros
from server.domain.watchtime.values import Rules
from tests.actions.pipeline import Pipeline, began, ended, line
from tests.database import START

NOON = micros(START) // DAY * DAY - DAY + 12 * HOUR
MIDNIGHT = NOON + 12 * HOUR
ONE, OTHER = 501, 502
ANNA, BERT, CARL = 11, 12, 13


@dataclass
class House:
    """A community with two channels."""

    pipeline: Pipeline
    community: int

    async def tell(self, *told: tuple[str, dict[str, object]]) -> None:
        """Tell things one after the other, each settled before the next."""
        for one in told:
            await self.pipeline.tell(one)
            await self.pipeline.settle(self.community)

    async def rule(self, effective_from: int, rules: Rules) -> None:
        await self.pipeline.rule(self.community, effective_from, rules)
        await self.pipeline.settle(self.community)

    async def link(self, *people: int) -> None:
        known = await self.pipeline.accounts(people)
        await self.pipeline.link(self.community, [known[one] for one in people])

    async def minutes(self) -> dict[int, float]:
        await self.pipeline.assert_sound(self.community)
        return {int(who): seconds / 60 for who, seconds in (await self.pipeline.seconds(self.community)).items()}


@pytest.fixture
async def house(pipeline: Pipeline) -> House:
    community = await pipeline.community()
    for channel in (ONE, OTHER):
        await pipeline.attach(community, channel)
    return House(pipeline, community)


async def test_time_in_two_channels_at_once_counts_once(house: House) -> None:
    await house.tell(
        began(ONE, NOON),
        began(OTHER, NOON),
        line(ONE, ANNA, "hello one", NOON + MINUTE),
        line(OTHER, ANNA, "hello other", NOON + 2 * MINUTE),
        line(ONE, ANNA, "again", NOON + 3 * MINUTE),
    )
    assert await house.minutes() == {ANNA: 7}


async def test_a_stream_told_late_shares_its_time_with_the_other_channel(house: House) -> None:
    await house.tell(
        began(ONE, NOON),
        line(ONE, ANNA, "hello one", NOON + 2 * MINUTE),
        line(OTHER, ANNA, "hello other", NOON + MINUTE),
        began(OTHER, NOON),
    )
    assert await house.minutes() == {ANNA: 6}


async def test_a_later_end_gives_back_what_the_first_end_took(house: House) -> None:
    await house.tell(
        began(ONE, NOON),
        line(ONE, ANNA, "hello", NOON + 10 * MINUTE),
        line(ONE, BERT, "hello", NOON + 30 * MINUTE),
        ended(ONE, NOON, NOON + 12 * MINUTE),
    )
    assert await house.minutes() == {ANNA: 2}
    await house.tell(ended(ONE, NOON, NOON + HOUR))
    assert await house.minutes() == {ANNA: 5, BERT: 5}
    await house.tell(ended(ONE, NOON, NOON + 12 * MINUTE))
    assert await house.minutes() == {ANNA: 5, BERT: 5}


@pytest.mark.parametrize("backwards_s", [0, 60, 3600])
async def test_a_stream_told_to_have_ended_before_it_began_is_worth_nothing(house: House, backwards_s: int) -> None:
    told = ended(ONE, NOON, NOON - backwards_s * SECOND)
    await house.tell(line(ONE, ANNA, "hello", NOON - 2 * MINUTE), began(ONE, NOON), told)
    assert await house.minutes() == {}
    await house.tell(ended(ONE, NOON, NOON + HOUR))
    assert await house.minutes() == {ANNA: 3}


async def test_an_end_told_late_gives_linked_accounts_their_time_elsewhere(house: House) -> None:
    await house.link(ANNA, BERT)
    await house.tell(
        began(ONE, NOON),
        began(OTHER, NOON + 2 * HOUR),
        line(ONE, ANNA, "still here", NOON + 2 * HOUR),
        line(OTHER, BERT, "and here", NOON + 2 * HOUR + MINUTE),
    )
    assert await house.minutes() == {ANNA: 6}
    await house.tell(ended(ONE, NOON, NOON + HOUR))
    assert await house.minutes() == {ANNA: 5}


async def test_an_end_told_late_frees_the_daily_cap_for_later_streams(house: House) -> None:
    await house.rule(0, Rules(daily_cap=5 * MINUTE))
    await house.tell(
        began(ONE, NOON),
        began(OTHER, NOON + 8 * DAY),
        line(ONE, ANNA, "still here", NOON + 8 * DAY + MINUTE),
        line(OTHER, ANNA, "and here", NOON + 8 * DAY + HOUR),
    )
    assert await house.minutes() == {ANNA: 5}
    await house.tell(ended(ONE, NOON, NOON + HOUR))
    rows = await house.pipeline.read(
        "SELECT t.total_us FROM watch_tally t JOIN stream s ON s.id = t.stream_id WHERE s.ended_at IS NULL"
    )
    assert [row["total_us"] for row in rows] == [5 * MINUTE]
    assert await house.minutes() == {ANNA: 5}


async def test_a_stream_between_two_known_ones_takes_the_time_of_the_first(house: House) -> None:
    await house.link(ANNA, BERT)
    await house.tell(
        began(ONE, NOON),
        began(ONE, NOON + 6 * HOUR),
        began(OTHER, NOON + 4 * HOUR),
        line(ONE, ANNA, "in the gap", NOON + 4 * HOUR),
        line(OTHER, BERT, "over there", NOON + 4 * HOUR + MINUTE),
    )
    assert await house.minutes() == {ANNA: 6}
    await house.tell(ended(ONE, NOON + 2 * HOUR, NOON + 3 * HOUR))
    assert await house.minutes() == {ANNA: 5}


async def test_a_cap_is_used_up_across_midnight_by_day(house: House) -> None:
    await house.rule(0, Rules(daily_cap=8 * MINUTE))
    await house.tell(
        line(ONE, ANNA, "after midnight", MIDNIGHT + MINUTE),
        line(ONE, ANNA, "before midnight", MIDNIGHT - 2 * MINUTE),
        line(OTHER, ANNA, "at noon", NOON + MINUTE),
        line(OTHER, ANNA, "a bit later", NOON + HOUR),
        began(ONE, MIDNIGHT - HOUR),
        ended(OTHER, NOON, NOON + 2 * HOUR),
    )
    # Eight minutes are used up at noon; after midnight the late line is worth three minutes, then the other five.
    assert await house.minutes() == {ANNA: 8 + 6}


async def test_a_quorum_is_met_across_channels(house: House) -> None:
    await house.rule(0, Rules(quorum=2))
    await house.tell(
        began(ONE, NOON),
        line(ONE, ANNA, "anybody here?", NOON + 10 * MINUTE),
        line(OTHER, BERT, "over here", NOON + 10 * MINUTE),
    )
    assert await house.minutes() == {}
    await house.tell(began(OTHER, NOON))
    assert await house.minutes() == {ANNA: 5, BERT: 5}
    await house.tell(ended(OTHER, NOON, NOON + 5 * MINUTE))
    assert await house.minutes() == {}


async def test_a_quorum_is_met_in_a_minute_that_two_streams_share_without_meeting(house: House) -> None:
    await house.rule(0, Rules(quorum=2, window=30 * SECOND))
    await house.tell(
        ended(ONE, NOON - HOUR, NOON + 10 * SECOND),
        began(OTHER, NOON + 45 * SECOND),
        line(OTHER, BERT, "hello", NOON + 45 * SECOND),
        line(ONE, ANNA, "hello", NOON),
    )
    assert await house.minutes() == {ANNA: 10 / 60, BERT: 15 / 60}


async def test_a_message_out_of_order_can_take_a_later_one_from_the_quorum(house: House) -> None:
    await house.rule(0, Rules(repeats=1))
    await house.rule(NOON + HOUR, Rules(repeats=1, quorum=2))
    later = NOON + 3 * HOUR
    await house.tell(began(ONE, NOON), line(ONE, ANNA, "hello", later), line(ONE, BERT, "good evening", later))
    assert await house.minutes() == {ANNA: 5, BERT: 5}
    await house.tell(line(ONE, ANNA, "hello", NOON + MINUTE))
    assert await house.minutes() == {ANNA: 5}


async def test_before_the_first_change_of_settings_the_defaults_applied(house: House) -> None:
    await house.tell(began(ONE, NOON), line(ONE, ANNA, "hello", NOON + MINUTE))
    await house.rule(NOON + HOUR, Rules(window=10 * MINUTE))
    await house.tell(line(ONE, BERT, "a late line", NOON + 2 * MINUTE), line(ONE, CARL, "hello", NOON + 2 * HOUR))
    assert await house.minutes() == {ANNA: 5, BERT: 5, CARL: 10}
