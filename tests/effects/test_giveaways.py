"""Giveaways from the first keyword to the claimed prize, checked as a viewer would who trusts nobody."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.actions.draws import settle, supplement
from server.actions.giveaways import run
from server.domain.draws.plan import DrawState
from server.domain.giveaways import APPLIED_WITHIN, CLAIM_GRACE, GiveawayKind, GiveawayState
from server.domain.instants import micros
from server.domain.refusals import Refused
from tests.actions.pipeline import Pipeline, line, pipeline_on
from tests.actions.test_raffle import House, gift
from tests.actions.test_watchtime_pipeline import QUIET
from tests.database import POSTGRES_URL, FrozenClock
from tests.effects.drawing import COMES, KEYS, Relay, keeper_on
from tests.effects.giving import ASKED, OPENS, WORD, Giving, spoken
from tests.programs import run as run_program

EXAMPLES = 25 if POSTGRES_URL is None else 8
NAMED = COMES + timedelta(seconds=10)


async def housed(pipeline: Pipeline) -> House:
    """A community of its own on the streamer's channel, that speaks in its chat."""
    community = await pipeline.community()
    await pipeline.channel(900001)
    await pipeline.attach(community, 900001)
    await pipeline.write(
        "INSERT INTO setting_version (community_id, capability, effective_from, data, actor, created_at) "
        "VALUES ($1, 'chat', 0, $2, 'tester', 0) RETURNING id",
        community,
        '{"speaks": true, "texts": {}}',
    )
    return House(pipeline, community)


@pytest.fixture
async def giving(database_url: str) -> AsyncGenerator[Giving, None]:
    async with pipeline_on(database_url, FrozenClock(OPENS)) as pipeline:
        relay = Relay()
        yield Giving(await housed(pipeline), relay, keeper_on(pipeline.server, relay))


async def test_a_giveaway_is_drawn_so_that_anybody_can_check_it(giving: Giving, tmp_path: Path) -> None:
    giveaway = await giving.opened(winners=1, alternates=2, subscriber_factor=3)
    for who in (1, 2, 3):
        await giving.says(who)
    await giving.says(4, WORD.upper() + " please", "subscriber")
    await giving.says(5, f"type {WORD}")
    assert await giving.state(giveaway) is GiveawayState.OPEN
    await giving.drawn(giveaway)
    report = await giving.report(giveaway)
    assert (report.verdict, [one.wins for one in report.winners]) == ("verified", [True, False, False])
    file = tmp_path / "giveaway.json"
    file.write_text(json.dumps(await giving.bundle(giveaway)), encoding="utf-8")
    code, told, _ = await run_program("verify", str(file), cwd=tmp_path)
    assert (code, "\nVerified: " in told) == (0, True)
    assert (await giving.draw(giveaway)).name == f"giveaway-{giveaway}-1"
    assert await giving.listed() == {"1": (1, None), "2": (1, None), "3": (1, None), "4": (3, None)}
    assert await giving.state(giveaway) is GiveawayState.DRAWN
    winner = await giving.who((await giving.places(giveaway))[0])
    named = next(line for line in await giving.lines() if "drawn were" in line)
    assert f"drawn were viewer{winner} " in named
    assert "Write something here within 5 min to claim." in named


async def test_what_was_told_before_the_end_and_waits_to_be_applied_is_in_the_list(giving: Giving) -> None:
    giveaway = await giving.opened()
    await giving.says(1)
    await giving.house.pipeline.tell(line(900001, 2, WORD, micros(OPENS) + 1))
    giving.at(ASKED)
    await giving.do(run.draw, giveaway_id=giveaway, actor="tester")
    await giving.house.pipeline.tell(line(900001, 3, WORD, micros(ASKED)))
    giving.at(ASKED + timedelta(seconds=29))
    await giving.look()
    assert (await giving.draw(giveaway)).state is DrawState.ASKED, "somebody's keyword waits in the inbox"
    await giving.house.pipeline.server.worker.drain()
    await giving.look()
    assert (await giving.draw(giveaway)).state is DrawState.COMMITTED
    assert await giving.listed() == {"1": (1, None), "2": (1, None)}, "and who came after the end is not"
    assert [one["kind"] for one in (await giving.bundle(giveaway))["log"]] == ["commit"]


@pytest.mark.parametrize(("lead_s", "again"), [(60, []), (6, [("postponed", "drawn_by_staff")])])
async def test_a_giveaway_waits_half_a_minute_for_what_is_not_applied_and_says_so_in_the_log(
    giving: Giving, lead_s: int, again: list[tuple[str, str]]
) -> None:
    giveaway = await giving.opened(lead_s=lead_s)
    await giving.says(1)
    await giving.house.pipeline.tell(line(900001, 2, WORD, micros(OPENS) + 1))
    giving.at(ASKED)
    await giving.do(run.draw, giveaway_id=giveaway, actor="tester")
    await giving.look()
    giving.at(ASKED + APPLIED_WITHIN)
    await giving.look()
    assert await giving.listed() == {"1": (1, None)}
    log = (await giving.bundle(giveaway))["log"]
    told = [(one["kind"], one.get("reason")) for one in log]
    assert told == [("postponed", "deliveries_waiting"), *again, ("commit", None)]
    assert (await giving.report(giveaway)).verdict == "not_drawn_yet"


async def test_whoever_wins_claims_by_writing_anything_in_time(giving: Giving) -> None:
    giveaway = await giving.opened()
    for who in (1, 2, 3):
        await giving.says(who)
    await giving.drawn(giveaway)
    winner = await giving.who((await giving.places(giveaway))[0])
    await giving.says(winner, "too early", at=NAMED - timedelta(seconds=1))
    await giving.says(winner % 3 + 1, "somebody else")
    assert await giving.state(giveaway) is GiveawayState.DRAWN
    giving.at(NAMED + timedelta(minutes=6))
    await giving.says(winner, "here!", at=NAMED + timedelta(minutes=4, seconds=59))
    assert await giving.state(giveaway) is GiveawayState.CLAIMED
    await giving.look()
    assert [place.state for place in await giving.places(giveaway)] == ["confirmed", "alternate", "alternate"]


async def test_moderators_pass_a_winner_over_in_chat(giving: Giving) -> None:
    giveaway = await giving.opened(winners=2, alternates=1)
    for who in (1, 2, 3):
        await giving.says(who)
    await giving.says(44, "!gredraw", "moderator")
    await giving.drawn(giveaway)
    orders = ("!gredraw", "!gredraw 1", "!gredraw 3 declined", "!gredraw 1 declined", "!gredraw 1 declined")
    for moderator, order in enumerate(orders, 44):
        await giving.says(moderator, order, "moderator")
    await giving.says(1, "!gredraw 2 declined")
    said = [line.partition(" ")[2] for line in await giving.lines() if line.startswith("@viewer4")]
    assert said == [
        "No winner of a giveaway waits for his prize.",
        "Several have won: name the position, 1, 2.",
        "The winner may claim until 2023-08-23 16:04:34 UTC.",
        "Nobody in this position has won and waits for his prize.",
        "A mug is passed on to the next who was drawn.",
        "Nobody in this position has won and waits for his prize.",
    ]
    places = await giving.places(giveaway)
    assert (places[0].state, places[0].reason) == ("passed", "declined")
    assert (await giving.report(giveaway)).verdict == "verified"
    rows = await giving.house.pipeline.read("SELECT actor FROM audit_event WHERE action = 'draws.pass_on'")
    assert [row["actor"] for row in rows] == ["person:kick:47"]


async def test_who_does_not_claim_is_passed_over_until_nobody_is_left(giving: Giving) -> None:
    giveaway = await giving.opened(winners=1, alternates=1, claim_s=60)
    for who in (1, 2, 3):
        await giving.says(who)
    await giving.drawn(giveaway)
    giving.at(NAMED + timedelta(seconds=60))
    await giving.look()
    assert [place.state for place in await giving.places(giveaway)] == ["won", "alternate"], "what is late may come"
    moved = NAMED + timedelta(seconds=60) + CLAIM_GRACE
    giving.at(moved)
    await asyncio.gather(giving.look(), giving.look())
    places = await giving.places(giveaway)
    assert [(place.state, place.reason) for place in places] == [("passed", "unclaimed"), ("won", None)]
    [line] = [line for line in await giving.lines() if "next is" in line]
    assert f"viewer{await giving.who(places[1])} " in line
    giving.at(moved + timedelta(seconds=59) + CLAIM_GRACE)
    await giving.look()
    assert await giving.state(giveaway) is GiveawayState.DRAWN
    giving.at(moved + timedelta(seconds=60) + CLAIM_GRACE)
    await giving.look()
    assert await giving.state(giveaway) is GiveawayState.EXPIRED
    assert (await giving.report(giveaway)).verdict == "verified", "who was passed over is in the log"


async def test_a_prize_that_nobody_claimed_is_drawn_for_again_without_whoever_was_drawn(giving: Giving) -> None:
    giveaway = await giving.opened(winners=1, alternates=0, claim_s=60)
    for who in (1, 2, 3):
        await giving.says(who)
    await giving.drawn(giveaway)
    [first] = await giving.places(giveaway)
    asking = partial(giving.house.do, supplement.ask_of_giveaway, giveaway_id=giveaway, actor="person:kick:44")
    await asking()
    assert (await giving.draw(giveaway)).number == 1, "he may still claim"
    giving.at(NAMED + timedelta(seconds=60) + CLAIM_GRACE)
    await giving.look()
    assert await giving.state(giveaway) is GiveawayState.EXPIRED
    giving.at(ASKED)
    await asking()
    await asking()
    await giving.look()
    assert await giving.state(giveaway) is GiveawayState.COMMITTED
    giving.at(COMES)
    await giving.look()
    giving.at(NAMED)
    await giving.look()
    further = await giving.draw(giveaway)
    assert (further.number, further.winners, further.entries_count) == (2, 1, 2)
    [second] = await giving.places(giveaway)
    assert second.viewer_id != first.viewer_id
    assert await giving.state(giveaway) is GiveawayState.DRAWN
    await giving.says(await giving.who(second), "me")
    assert await giving.state(giveaway) is GiveawayState.CLAIMED
    [check] = [one for one in (await giving.report(giveaway)).checks if one.name == "supplement"]
    assert check.fault is None
    with pytest.raises(Refused, match="every prize has a winner"):
        await asking()


async def test_a_further_draw_that_is_given_up_leaves_the_giveaway_as_it_was(giving: Giving) -> None:
    giveaway = await giving.opened(winners=1, alternates=0, claim_s=60)
    for who in (1, 2):
        await giving.says(who)
    await giving.drawn(giveaway)
    giving.at(NAMED + timedelta(seconds=60) + CLAIM_GRACE)
    await giving.look()
    giving.at(ASKED)
    await giving.house.do(supplement.ask_of_giveaway, giveaway_id=giveaway, actor="person:kick:44")
    await giving.look()
    given_up = {"draw_id": (await giving.draw(giveaway)).id, "reason": "A test.", "keys": KEYS}
    await giving.house.do(settle.void, **given_up)
    assert await giving.state(giveaway) is GiveawayState.EXPIRED


async def test_nobody_is_passed_over_before_he_was_named_however_long_the_server_was_away(giving: Giving) -> None:
    giveaway = await giving.opened(claim_s=60)
    await giving.says(1)
    giving.at(ASKED)
    await giving.do(run.draw, giveaway_id=giveaway, actor="tester")
    await giving.look()
    giving.at(COMES)
    await giving.keeper.look()
    giving.at(COMES + timedelta(days=1))
    await giving.look()
    await giving.look()
    assert [place.state for place in await giving.places(giveaway)] == ["won"]
    await giving.says(1, "back again")
    assert await giving.state(giveaway) is GiveawayState.CLAIMED


async def test_a_giveaway_with_an_end_draws_itself_once_however_many_servers_look(giving: Giving) -> None:
    giveaway = await giving.opened(ends=ASKED)
    await giving.says(1)
    await giving.says(2, at=ASKED)
    giving.at(ASKED)
    await asyncio.gather(*(giving.look() for _ in range(4)))
    asking = (giving.do(run.draw, giveaway_id=giveaway, actor=f"person:kick:{nth}") for nth in range(20))
    await asyncio.gather(*asking)
    giving.at(COMES)
    await asyncio.gather(*(giving.look() for _ in range(4)))
    assert [row["number"] for row in await giving.house.pipeline.read("SELECT number FROM draw")] == [1]
    kinds = [row["kind"] for row in await giving.house.pipeline.read("SELECT kind FROM draw_record ORDER BY id")]
    assert kinds == ["commit", "result"]
    assert await giving.listed() == {"1": (1, None)}, "the end is not within"


@pytest.mark.parametrize("step", ["asked", "committed", "drawn"])
async def test_a_server_that_stops_in_the_middle_goes_on_where_it_was(database_url: str, step: str) -> None:
    async with pipeline_on(database_url, FrozenClock(OPENS)) as pipeline:
        first = Giving(await housed(pipeline), Relay(), keeper_on(pipeline.server, Relay()))
        giveaway = await first.opened()
        await first.says(1)
        first.at(ASKED)
        await first.do(run.draw, giveaway_id=giveaway, actor="tester")
        if step != "asked":
            await first.look()
        if step == "drawn":
            first.at(COMES)
            await first.keeper.look()
        now, community = pipeline.clock.now(), first.house.community
    async with pipeline_on(database_url, FrozenClock(now)) as pipeline:
        again = Giving(House(pipeline, community), Relay(), keeper_on(pipeline.server, Relay()))
        for instant in (ASKED, COMES, NAMED):
            again.at(max(now, instant))
            await again.look()
        assert await again.state(giveaway) is GiveawayState.DRAWN
        await again.says(1, "here")
        assert await again.state(giveaway) is GiveawayState.CLAIMED


async def test_staff_hosts_banned_people_and_earlier_winners_are_left_out_with_the_reason(giving: Giving) -> None:
    house = giving.house
    first = await giving.opened(claim_s=0)
    await giving.says(1)
    await giving.drawn(first)
    await house.pipeline.write("DELETE FROM draw_entrant RETURNING id")
    giving.at(NAMED)
    await giving.opened(keyword="again", rest_days=7, claim_s=0)
    for who in (1, 2, 3, 4, 900001):
        await giving.says(who, "again")
    await house.pipeline.write(
        "INSERT INTO staff_grant (community_id, holder_kind, external_id, role, extra, granted_by, at) "
        "VALUES ($1, 'kick', '2', 'moderator', '', 'tester', 0) RETURNING id",
        house.community,
    )
    await house.pipeline.write(
        "INSERT INTO happening_copy (community_id, channel_id, kind, group_key, at, source, digest, data, told_at) "
        "SELECT $1, id, 'ban', '3:ever', $2, 'webhook', 'x', '{}', 0 FROM channel RETURNING id",
        house.community,
        micros(NAMED + timedelta(minutes=1)),
    )
    [row] = await house.pipeline.read("SELECT id FROM giveaway ORDER BY id DESC LIMIT 1")
    await giving.do(run.draw, giveaway_id=row["id"], actor="tester")
    await giving.look()
    assert await giving.listed() == {
        "1": (1, "earlier_winner"),
        "2": (1, "staff"),
        "3": (1, "banned_platform"),
        "4": (1, None),
        "900001": (1, "staff"),
    }


async def test_only_subscribers_linked_people_or_those_who_watched_are_in_where_that_is_asked(giving: Giving) -> None:
    await giving.opened(keyword="one", subscribers_only=True, linked_only=True, watch_s=60)
    for who, badge in ((1, "subscriber"), (2, "subscriber"), (3, "vip"), (4, "founder")):
        await giving.says(who, "one", badge)
    ids = await giving.house.pipeline.read("SELECT id, external_id FROM account WHERE external_id IN ('1', '3', '4')")
    for row in ids:
        linked = await giving.house.pipeline.accounts([int(row["external_id"]) + 50], "discord")
        await giving.house.pipeline.write(
            "INSERT INTO viewer_account (community_id, account_id, viewer_id) SELECT $1, $2, viewer_id "
            "FROM viewer_account WHERE account_id = $3 RETURNING id",
            giving.house.community,
            linked[int(row["external_id"]) + 50],
            row["id"],
        )
    await giving.house.pipeline.write(
        "UPDATE viewer SET watch_us = 60000000 WHERE face <> $1 RETURNING id", ids[-1]["id"]
    )
    [row] = await giving.house.pipeline.read("SELECT id FROM giveaway")
    await giving.do(run.draw, giveaway_id=row["id"], actor="tester")
    await giving.look()
    assert {who for who, (_, code) in (await giving.listed()).items() if code is None} == {"1"}
    assert {code for _, code in (await giving.listed()).values()} == {None, "ineligible_rules"}


async def test_whoever_chatted_lately_or_has_tickets_is_in_by_his_own_weight(giving: Giving) -> None:
    giving.at(ASKED - timedelta(minutes=11))
    await giving.says(1, "long ago")
    giving.at(ASKED - timedelta(minutes=9))
    await giving.says(2, "hello")
    await giving.says(2, "hello again")
    chatters = await giving.opened(kind=GiveawayKind.CHATTERS, keyword="", window_s=600)
    await giving.says(3, "hi", "subscriber")
    giving.at(ASKED)
    await giving.do(run.draw, giveaway_id=chatters, actor="tester")
    await giving.look()
    assert await giving.listed() == {"2": (1, None), "3": (1, None)}
    await giving.house.pipeline.write("DELETE FROM draw_entrant RETURNING id")
    with pytest.raises(Refused, match="No raffle is open"):
        await giving.opened(kind=GiveawayKind.TICKETS, keyword="")
    await giving.house.start()
    await giving.house.happen(gift(7, 2, micros(ASKED), 1))
    tickets = await giving.opened(kind=GiveawayKind.TICKETS, keyword="")
    await giving.do(run.draw, giveaway_id=tickets, actor="tester")
    await giving.look()
    assert await giving.listed() == {"7": (30, None)}


async def test_a_giveaway_that_nobody_entered_or_that_is_given_up_is_void(giving: Giving) -> None:
    empty = await giving.opened()
    with pytest.raises(Refused, match="is open with the keyword !drop"):
        await giving.opened()
    await giving.do(run.draw, giveaway_id=empty, actor="tester")
    await giving.look()
    assert await giving.state(empty) is GiveawayState.VOIDED
    other = await giving.opened()
    await giving.says(1)
    await giving.do(run.draw, giveaway_id=other, actor="tester")
    await giving.do(run.cancel, giveaway_id=other, reason="The wrong prize.")
    await giving.look()
    assert (await giving.state(other), (await giving.draw(other)).state) == (GiveawayState.VOIDED, DrawState.VOID)
    promised = await giving.opened()
    await giving.says(1)
    await giving.do(run.draw, giveaway_id=promised, actor="tester")
    await giving.look()
    with pytest.raises(Refused, match="committed"):
        await giving.do(run.cancel, giveaway_id=promised, reason="Too late.")
    draw = await giving.draw(promised)
    await giving.do(settle.void, draw_id=draw.id, reason="On record.", keys=KEYS)
    assert await giving.state(promised) is GiveawayState.VOIDED


entered = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from([WORD, WORD + " hi", "no"]), st.integers(0, 3), st.booleans()),
    max_size=12,
)


@settings(QUIET, max_examples=EXAMPLES)
@given(told=entered, chance=st.randoms(use_true_random=False))
async def test_entries_are_what_was_written_in_any_order_however_often_told_and_in_this_community_alone(
    giving: Giving, told: list[tuple[int, str, int, bool]], chance: Random
) -> None:
    other = Giving(await housed(giving.house.pipeline), giving.relay, giving.keeper)
    mine = Giving(await housed(giving.house.pipeline), giving.relay, giving.keeper)
    giveaway = await mine.opened(subscriber_factor=2)
    await other.opened()
    lines = [
        spoken(who, text, OPENS + timedelta(seconds=second), f"line-{nth}", *(["subscriber"] if subscribes else []))
        for nth, (who, text, second, subscribes) in enumerate(told)
    ]
    shuffled = [*lines, *chance.choices(lines, k=3)] if lines else []
    chance.shuffle(shuffled)
    while shuffled:
        size = chance.randint(1, 4)
        await mine.house.happen(*shuffled[:size])
        del shuffled[:size]
    expected: dict[str, tuple[bool, int]] = {}
    for who, text, second, subscribes in told:
        if text != "no":
            was, first = expected.get(str(who), (False, second))
            expected[str(who)] = was or subscribes, min(first, second)
    rows = await giving.house.pipeline.read(
        "SELECT e.giveaway_id, a.external_id, e.is_subscriber, e.at FROM giveaway_entry e "
        "JOIN account a ON a.id = e.account_id WHERE e.community_id IN ($1, $2)",
        mine.house.community,
        other.house.community,
    )
    assert {row["giveaway_id"] for row in rows} <= {giveaway}
    found = {row["external_id"]: (bool(row["is_subscriber"]), (row["at"] - micros(OPENS)) // 1_000_000) for row in rows}
    assert found == expected
