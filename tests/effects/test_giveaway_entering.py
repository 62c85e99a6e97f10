"""People enter giveaways on Discord and leave them: once with what they write in chat, in whatever order it is told."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.actions.giveaways import enter, exclude, run
from server.domain.giveaways import GiveawayState
from server.domain.instants import micros
from server.domain.refusals import Refused
from tests.actions.pipeline import pipeline_on
from tests.actions.test_raffle import link
from tests.actions.test_watchtime_pipeline import QUIET
from tests.database import POSTGRES_URL, FrozenClock
from tests.effects.drawing import Relay, keeper_on
from tests.effects.giving import ASKED, OPENS, WORD, Giving, spoken
from tests.effects.test_giveaways import housed

EXAMPLES = 30 if POSTGRES_URL is None else 10


@pytest.fixture
async def giving(database_url: str) -> AsyncGenerator[Giving, None]:
    async with pipeline_on(database_url, FrozenClock(OPENS)) as pipeline:
        relay = Relay()
        yield Giving(await housed(pipeline), relay, keeper_on(pipeline.server, relay))


async def linked(giving: Giving, who: int) -> str:
    """Discord's id of somebody who is `who` on Kick."""
    pipeline = giving.house.pipeline
    discord = await pipeline.accounts([1_000 + who], "discord")
    await pipeline.accounts([who])
    assert discord
    await link(giving.house, ("kick", str(who)), ("discord", str(1_000 + who)))
    return str(1_000 + who)


async def enters(giving: Giving, giveaway: int, user: str) -> bool:
    return await giving.do(enter.enter, giveaway_id=giveaway, discord_id=user)


async def leaves(giving: Giving, giveaway: int, user: str) -> bool:
    return await giving.do(enter.leave, giveaway_id=giveaway, discord_id=user)


async def entries(giving: Giving) -> list[tuple[Any, ...]]:
    rows = await giving.house.pipeline.read(
        "SELECT a.platform, a.external_id FROM giveaway_entry e JOIN account a ON a.id = e.account_id "
        "WHERE e.left_at IS NULL OR e.at > e.left_at ORDER BY a.id"
    )
    return [tuple(row) for row in rows]


async def test_a_person_is_in_once_by_chat_and_from_discord(giving: Giving) -> None:
    giveaway = await giving.opened(by_discord=True)
    ada, bob = await linked(giving, 1), await linked(giving, 2)
    await giving.says(1)
    assert [await enters(giving, giveaway, user) for user in (ada, bob, bob)] == [False, True, False]
    await giving.says(2)
    assert await entries(giving) == [("kick", "1"), ("kick", "2")]
    await giving.drawn(giveaway)
    assert await giving.listed() == {"1": (1, None), "2": (1, None)}
    assert (await giving.report(giveaway)).verdict == "verified"
    assert '"by_discord":true' in (await giving.bundle(giveaway))["rules"]


async def test_whoever_left_is_in_again_only_by_what_he_does_afterwards(giving: Giving) -> None:
    giveaway = await giving.opened(by_discord=True, subscriber_factor=2)
    ada = await linked(giving, 1)
    await giving.says(1, WORD, "subscriber")
    late = giving.house.pipeline.clock.now()
    giving.house.pipeline.clock.pass_time(seconds=5)
    assert [await leaves(giving, giveaway, ada) for _ in range(2)] == [True, False]
    await giving.says(1, at=late)
    assert await entries(giving) == [], "what he wrote before he left and Kick told late"
    assert await enters(giving, giveaway, ada), "in the very instant in which he left"
    assert await leaves(giving, giveaway, ada)
    giving.house.pipeline.clock.pass_time(seconds=5)
    await giving.says(1)
    await giving.says(1, at=late)
    await giving.drawn(giveaway)
    assert await giving.listed() == {"1": (2, None)}, "he subscribes whether he left or not"


async def test_whoever_left_is_not_in_the_list(giving: Giving) -> None:
    giveaway = await giving.opened(by_discord=True)
    ada = await linked(giving, 1)
    await giving.says(1)
    await giving.says(2)
    await leaves(giving, giveaway, ada)
    await giving.drawn(giveaway)
    assert await giving.listed() == {"2": (1, None)}


async def test_who_cannot_enter_is_told_what_to_do_and_nothing_changes(giving: Giving) -> None:
    giveaway = await giving.opened(by_discord=True, ends=ASKED)
    other = await giving.opened(keyword="chat")
    ada = await linked(giving, 1)
    await giving.house.pipeline.accounts([77], "discord")
    for user in ("77", "78"):
        with pytest.raises(Refused) as unlinked:
            await enters(giving, giveaway, user)
        assert (unlinked.value.code, "/link kick" in unlinked.value.remedy) == ("giveaway_unlinked", True)
        assert WORD in unlinked.value.remedy
    for action in (enters, leaves):
        with pytest.raises(Refused) as elsewhere:
            await action(giving, other, ada)
        assert (elsewhere.value.code, "Type chat" in elsewhere.value.remedy) == ("giveaway_not_on_discord", True)
    giving.at(ASKED)
    for action in (enters, leaves):
        with pytest.raises(Refused, match="is over"):
            await action(giving, giveaway, ada)
    assert await entries(giving) == []
    await giving.do(run.draw, giveaway_id=giveaway, actor="tester")
    assert await giving.state(giveaway) is GiveawayState.CLOSED
    with pytest.raises(Refused, match="is over"):
        await enters(giving, giveaway, ada)


async def test_whom_staff_leaves_out_is_not_in_the_list_and_says_why(giving: Giving) -> None:
    giveaway, other = await giving.opened(by_discord=True), await giving.opened(by_discord=True, keyword="other")
    ada = await linked(giving, 1)
    for who in (1, 2, 3):
        await giving.says(who)
    by_account = {
        row["external_id"]: row["id"]
        for row in await giving.house.pipeline.read(
            "SELECT a.external_id, v.viewer_id AS id FROM viewer_account v JOIN account a ON a.id = v.account_id"
        )
    }
    about = {"giveaway_id": giveaway, "reason": "A test."}
    for who in ("1", "2"):
        more = {"viewer_id": by_account[who], "code": "duplicate_person", "actor": "tester"}
        await giving.do(exclude.exclude, **about, **more)
        await giving.do(exclude.exclude, **about, **more)
    await giving.do(exclude.include, **about, viewer_id=by_account["2"])
    with pytest.raises(Refused) as refused:
        await enters(giving, giveaway, ada)
    assert refused.value.code == "giveaway_excluded"
    assert await enters(giving, other, ada), "he is left out of the one alone"
    with pytest.raises(Refused, match="no reason"):
        await giving.do(exclude.exclude, **about, viewer_id=by_account["3"], code="rude", actor="tester")
    await giving.drawn(giveaway)
    assert await giving.listed() == {"1": (1, "duplicate_person"), "2": (1, None), "3": (1, None)}
    assert (await giving.report(giveaway)).verdict == "verified"
    with pytest.raises(Refused, match="list of this giveaway is closed"):
        await giving.do(exclude.include, **about, viewer_id=by_account["1"])


async def test_two_communities_never_touch(giving: Giving) -> None:
    other = Giving(await housed(giving.house.pipeline), giving.relay, giving.keeper)
    mine, theirs = await giving.opened(by_discord=True), await other.opened(by_discord=True)
    ada = await linked(giving, 1)
    with pytest.raises(Refused, match="no such giveaway"):
        await enters(giving, theirs, ada)
    with pytest.raises(Refused) as unlinked:
        await enters(other, theirs, ada)
    assert unlinked.value.code == "giveaway_unlinked", "a link in one community is none in another"
    assert await enters(giving, mine, ada)
    [row] = await giving.house.pipeline.read("SELECT community_id, giveaway_id FROM giveaway_entry")
    assert tuple(row) == (giving.house.community, mine)


steps = st.lists(
    st.tuples(st.sampled_from(["line", "leave", "enter"]), st.booleans()),
    max_size=10,
)


@settings(QUIET, max_examples=EXAMPLES)
@given(told=steps)
async def test_who_is_in_is_what_was_done_last_whenever_it_is_told(
    giving: Giving, told: list[tuple[str, bool]]
) -> None:
    """Each step takes a second; a line may be told late, and again, after any other step."""
    mine = Giving(await housed(giving.house.pipeline), giving.relay, giving.keeper)
    mine.at(OPENS)
    giveaway, ada = await mine.opened(by_discord=True), await linked(mine, 1)
    is_in, late = False, list[Any]()
    last_left = OPENS - timedelta(seconds=1)
    for nth, (what, is_late) in enumerate(told):
        now = OPENS + timedelta(seconds=nth)
        mine.at(now)
        if what == "line":
            line = spoken(1, WORD, now, f"line-{nth}")
            late.append(line)
            if not is_late:
                await mine.house.happen(line)
                is_in = True
        elif what == "leave":
            await leaves(mine, giveaway, ada)
            is_in, last_left = False, now if is_in else last_left
        else:
            await enters(mine, giveaway, ada)
            is_in = True
        if is_late and late:
            heard = late.pop(0)
            await mine.house.happen(heard, heard)
            is_in = is_in or heard.at > last_left
    rows = await giving.house.pipeline.read(
        "SELECT e.at FROM giveaway_entry e WHERE e.giveaway_id = $1 AND (e.left_at IS NULL OR e.at > e.left_at)",
        giveaway,
    )
    assert bool(rows) is is_in
    assert all(row["at"] > micros(last_left) for row in rows)
