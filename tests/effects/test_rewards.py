"""Rewards from staff's wish to Kick, whatever Kick does meanwhile, and never made twice."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from clients.simulator.people import plain_person
from server.actions.rewards import wish
from server.domain.refusals import Refused
from server.domain.rewards.actions import ActionKind, RewardAction
from server.domain.rewards.rules import REWARDS_MAX
from tests.database import FrozenClock
from tests.effects.connecting import OWNER
from tests.effects.redeeming import BONUS, SLOT, VIEWER, Shop, shop_on

REWARDS = "/public/v1/channels/rewards"


@pytest.fixture
async def shop(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Shop, None]:
    async with shop_on(database_url, clock, tmp_path) as one:
        yield one


async def change(shop: Shop, number: int, **more: Any) -> None:
    """Staff wishes for a reward to be otherwise."""
    revised = partial(wish.change, reward_id=number, revised=lambda plan: replace(plan, **more), actor="staff")
    await shop.connected.server.units.run(shop.community, revised)


async def test_a_reward_is_made_changed_paused_and_deleted(shop: Shop) -> None:
    number = await shop.wish(SLOT, title="Call a slot", cost=500, colour="#53fc18", description="Your slot is next")
    await shop.settle()
    [made] = shop.page.values()
    assert (made["title"], made["cost"], made["background_color"]) == ("Call a slot", 500, "#53fc18")
    assert (made["is_user_input_required"], made["is_paused"]) == (True, False)
    assert made["should_redemptions_skip_request_queue"] is False
    await change(shop, number, cost=700, is_on=False)
    assert await shop.rewards() == [(2, 1, None)]
    await shop.settle()
    assert [(one["id"], one["cost"], one["is_paused"]) for one in shop.page.values()] == [(made["id"], 700, True)]
    await shop.connected.server.units.run(1, partial(wish.delete, reward_id=number, actor="staff"))
    await shop.settle()
    assert (shop.page, await shop.rewards()) == ({}, [(3, 3, None)])


async def test_a_reward_that_begins_paused_is_paused_on_kick(shop: Shop) -> None:
    await shop.sell(is_on=False)
    assert [one["is_paused"] for one in shop.page.values()] == [True]


@pytest.mark.parametrize("trouble", ["answer lost", "error", "garbage"])
async def test_a_reward_is_made_once_whatever_kick_answers(shop: Shop, trouble: str) -> None:
    made = await shop.wish()
    if trouble == "answer lost":
        shop.kick.quirks.loses_answers = 1
    else:
        shop.kick.stumble(trouble, REWARDS, times=3)
    for _ in range(5):
        await shop.settle()
        shop.connected.clock.pass_time(seconds=70)
    assert [one["title"] for one in shop.page.values()] == ["Reward"]
    [row] = await shop.connected.read("SELECT external_id, problem FROM reward WHERE id = $1", made)
    assert (row["external_id"], row["problem"]) == (next(iter(shop.page)), None)


async def test_what_was_redeemed_before_we_knew_the_reward_is_carried_out(shop: Shop) -> None:
    await shop.wish()
    shop.kick.quirks.loses_answers = 1
    await shop.settle()
    [reward] = shop.page
    early = await shop.redeem(reward)
    assert await shop.rows("deed, reward_id") == [("foreign", None)]
    shop.connected.clock.pass_time(seconds=30)
    await shop.settle()
    assert shop.status(early) == "accepted"
    assert await shop.bonuses() == [(1, 600)]


async def test_what_kick_does_not_take_says_why_and_is_tried_again_when_staff_saves_it(shop: Shop) -> None:
    shop.by_hand(title="bonus")
    number = await shop.wish(title="Bonus")
    await shop.settle()
    assert await shop.rewards() == [(1, 0, "title_taken")]
    await change(shop, number, title="Another")
    await shop.settle()
    assert await shop.rewards() == [(2, 2, None)]
    shop.page.pop(next(name for name, one in shop.page.items() if one["title"] == "Another"))
    await change(shop, number, cost=5)
    await shop.settle()
    assert await shop.rewards() == [(3, 2, "reward_gone")]
    await change(shop, number)
    await shop.settle()
    assert await shop.rewards() == [(4, 4, None)]
    assert sorted(str(one["title"]) for one in shop.page.values()) == ["Another", "bonus"]


async def test_a_full_channel_takes_no_more(shop: Shop) -> None:
    for number in range(REWARDS_MAX - 1):
        shop.by_hand(title=f"By hand {number}")
    await shop.sell(title="Last")
    await shop.wish(title="Too many")
    await shop.settle()
    assert (await shop.rewards())[1] == (1, 0, "rewards_full")
    assert len(shop.page) == REWARDS_MAX
    for number in range(REWARDS_MAX - 2):
        await shop.wish(title=f"More {number}")
    with pytest.raises(Refused) as refused:
        await shop.wish(title="One more")
    assert refused.value.code == "rewards_full"


async def test_without_leave_it_waits_and_is_made_by_itself_once_there_is_leave(shop: Shop) -> None:
    await shop.allow(None, "chat:write")
    await shop.wish()
    await shop.settle()
    assert await shop.rewards() == [(1, 0, "not_allowed")]
    await shop.allow()
    shop.connected.clock.pass_time(minutes=11)
    await shop.allow()
    await shop.connected.look("redemptions")
    await shop.settle()
    assert (await shop.rewards(), len(shop.page)) == ([(1, 1, None)], 1)


async def test_redemptions_are_settled_before_their_reward_is_deleted(shop: Shop) -> None:
    number = await shop.wish()
    await shop.settle()
    [reward] = shop.page
    shop.kick.stumble("error", f"{REWARDS}/redemptions/accept", times=3)
    name = await shop.redeem(reward)
    await shop.connected.server.units.run(1, partial(wish.delete, reward_id=number, actor="staff"))
    await shop.settle()
    assert (len(shop.page), shop.status(name)) == (1, "pending")
    for _ in range(5):
        shop.connected.clock.pass_time(seconds=70)
        await shop.settle()
    assert (shop.page, shop.status(name)) == ({}, "accepted")


async def test_the_action_in_force_is_what_is_done(shop: Shop) -> None:
    number = await shop.wish()
    await shop.settle()
    [reward] = shop.page
    await change(shop, number, action=replace(BONUS, seconds=60))
    await shop.redeem(reward)
    line = RewardAction(kind=ActionKind.CHAT_LINE, text="{name} was here")
    await change(shop, number, action=line)
    await shop.redeem(reward, by=plain_person(8_800_002, "Viewer2"))
    assert await shop.bonuses() == [(1, 60)]
    rows = await shop.connected.read("SELECT text FROM chat_line")
    assert [row["text"] for row in rows] == ["Viewer2 was here"]


async def test_two_communities_do_not_take_each_others_rewards(shop: Shop) -> None:
    other = await shop.connected.live.community("other", broadcaster=str(OWNER))
    await shop.allow(other)
    await shop.sell(title="Same")
    await shop.wish(title="Same", community=other)
    await shop.settle()
    assert await shop.rewards() == [(1, 1, None), (1, 0, "title_taken")]
    await shop.redeem(next(iter(shop.page)), by=VIEWER)
    assert await shop.bonuses() == [(1, 600)]
