"""Redemptions from Kick's webhook to what they do, and back to Kick: once each, whatever is lost or repeated."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from clients.simulator.people import plain_person
from server.actions.chat import manage
from server.actions.raffle import periods
from server.actions.rewards import settle
from server.domain.chat.texts import ChatSettings
from server.domain.instants import DAY, micros
from server.domain.raffle.rules import RaffleRules
from server.domain.rewards.actions import ActionKind, RewardAction
from server.jobs.unit import Done, Scope
from server.platforms.kick.frames import envelope, kind_of
from server.ports import Tx
from server.store.inbox import Received
from tests.database import FrozenClock
from tests.effects.connecting import OWNER
from tests.effects.redeeming import SLOT, VIEWER, Shop, shop_on
from tests.resolvers.slot_cases import opened

FRAME = (Path(__file__).parents[1] / "payloads/kick/frames/RewardRedeemedEvent.json").read_text(encoding="utf-8")
OK = ("accepted", "done", "accept", "settled", None)


@pytest.fixture
async def shop(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Shop, None]:
    async with shop_on(database_url, clock, tmp_path) as one:
        yield one


async def test_a_bonus_of_watch_time_is_given_and_the_redemption_accepted(shop: Shop) -> None:
    reward = await shop.sell()
    redemption = await shop.redeem(reward)
    assert shop.status(redemption) == "accepted"
    assert await shop.rows() == [OK]
    assert await shop.bonuses() == [(1, 600)]
    [row] = await shop.connected.read("SELECT watch_us FROM viewer")
    assert row["watch_us"] == 600_000_000
    jobs = await shop.connected.read("SELECT kind, state FROM job WHERE kind LIKE 'rewards.%' ORDER BY id")
    assert [tuple(row) for row in jobs] == [(f"rewards.{kind}", "done") for kind in ("wish", "act", "settle")]


async def test_a_slot_is_called_with_what_the_viewer_writes_and_a_refusal_gives_the_points_back(shop: Shop) -> None:
    reward = await shop.sell(SLOT, title="Call a slot")
    closed = await shop.redeem(reward, "Wanted")
    assert shop.status(closed) == "rejected"
    await opened(shop.connected.server, 1)
    assert shop.status(await shop.redeem(reward, "Book of Dead")) == "accepted"
    again = await shop.redeem(reward, "Gates of Olympus")
    assert shop.status(again) == "rejected"
    assert [(row[1], row[3], row[4]) for row in await shop.rows()] == [
        ("refused", "settled", "slot_calls_closed"),
        ("done", "settled", None),
        ("refused", "settled", "slot_limit_reached"),
    ]
    calls = await shop.connected.read("SELECT title, source FROM slot_call")
    assert [tuple(row) for row in calls] == [("Book of Dead", "reward")]


async def test_a_line_is_said_in_chat_unless_we_do_not_speak_there(shop: Shop) -> None:
    text = "{name} paid {cost} for {reward}: {input}"
    reward = await shop.sell(RewardAction(kind=ActionKind.CHAT_LINE, text=text), title="Shout")
    await shop.redeem(reward, "/ban <b>everybody")
    lines = await shop.connected.read("SELECT text, kind FROM chat_line")
    assert [tuple(row) for row in lines] == [("Viewer1 paid 100 for Shout: ban ‹b›everybody", "notice")]  # noqa: RUF001 - what platforms do not take out
    silent = partial(manage.change_settings, revised=lambda _: ChatSettings(speaks=False), actor="staff")
    await shop.connected.server.units.run(1, silent)
    assert shop.status(await shop.redeem(reward, "hello")) == "rejected"
    assert (await shop.rows())[1][4] == "chat_silent"


async def test_tickets_are_given_in_the_raffle_of_the_time_of_redeeming_or_the_points_go_back(shop: Shop) -> None:
    reward = await shop.sell(RewardAction(kind=ActionKind.TICKETS, tickets=25), title="Tickets")
    assert shop.status(await shop.redeem(reward)) == "rejected", "there is no raffle"
    server, now = shop.connected.server, micros(shop.connected.clock.now())
    begin = partial(periods.start, title="", starts=None, ends=now + DAY, actor="staff")
    period = await server.units.run(1, begin)
    redeemed = await shop.redeem(reward)
    assert shop.status(redeemed) == "accepted"
    await shop.kick.tell_redemption(redeemed, "pending")
    await shop.settle()
    entries = await shop.connected.read("SELECT period_id, source, amount, reason, at FROM ticket_entry")
    assert [tuple(row) for row in entries] == [(period.id, "reward", 25, "reward: Tickets", now)]
    assert [row[3:] for row in await shop.rows()] == [("settled", "raffle_none"), ("settled", None)]


async def test_a_raffle_that_gives_nothing_for_rewards_gives_the_points_back(shop: Shop) -> None:
    reward = await shop.sell(RewardAction(kind=ActionKind.TICKETS, tickets=25), title="Tickets")
    server, now = shop.connected.server, micros(shop.connected.clock.now())

    def without(rules: RaffleRules) -> RaffleRules:
        return replace(rules, rewards=False)

    rules = partial(periods.change_rules, revised=without, wagers_confirmed=False, actor="staff")
    await server.units.run(1, rules)
    await server.units.run(1, partial(periods.start, title="", starts=None, ends=now + DAY, actor="staff"))
    assert shop.status(await shop.redeem(reward)) == "rejected"
    assert (await shop.rows())[0][4] == "raffle_without_rewards"
    assert await shop.connected.read("SELECT id FROM ticket_entry") == []


async def test_news_in_any_order_and_number_do_it_once(shop: Shop) -> None:
    reward = await shop.sell()
    redemption = await shop.redeem(reward, tells=False)
    for status in ("accepted", "pending", "accepted", "pending"):
        await shop.kick.tell_redemption(redemption, status)  # type: ignore[arg-type] - statuses of Kick
        await shop.settle()
    assert await shop.bonuses() == [(1, 600)]
    assert await shop.rows() == [OK]


async def test_what_was_given_back_before_is_not_done_and_says_so(shop: Shop) -> None:
    reward = await shop.sell()
    redemption = await shop.redeem(reward, tells=False)
    await shop.kick.decide(redemption, "rejected")
    await shop.kick.tell_redemption(redemption, "pending")
    await shop.settle()
    assert await shop.bonuses() == []
    assert await shop.rows() == [("rejected", "spared", None, None, "refunded_before")]


async def test_what_is_given_back_before_its_turn_comes_is_not_done(shop: Shop) -> None:
    reward = await shop.sell()
    name = await shop.kick.redeem(OWNER, reward, VIEWER)
    await shop.connected.server.worker.drain()
    await shop.kick.decide(name, "rejected")
    await shop.connected.server.worker.drain()
    await shop.settle()
    assert await shop.bonuses() == []
    assert await shop.rows() == [("rejected", "spared", None, None, "refunded_before")]


async def test_a_redemption_that_nobody_told_is_found_and_told_once(shop: Shop) -> None:
    reward = await shop.sell()
    found = [await shop.redeem(reward, by=plain_person(8_800_100 + n, f"V{n}"), tells=False) for n in range(60)]
    assert await shop.bonuses() == []
    assert await shop.connected.look("redemptions") == 60, "more than a page"
    await shop.settle()
    assert await shop.bonuses() == [(1, 600)] * 60
    assert {shop.status(one) for one in found} == {"accepted"}
    assert await shop.connected.look("redemptions") == 0
    await shop.kick.tell_redemption(found[0], "pending")
    await shop.settle()
    assert len(await shop.bonuses()) == 60


async def test_what_a_socket_tells_without_an_id_has_kick_asked_a_moment_later(shop: Shop) -> None:
    reward = await shop.sell()
    name = await shop.redeem(reward, tells=False)
    for heard in range(3):
        await overhear(shop, f"frame-{heard}")
    await shop.settle()
    assert await shop.bonuses() == [], "the webhook has its time"
    shop.connected.clock.pass_time(seconds=11)
    await shop.settle()
    assert (shop.status(name), await shop.bonuses()) == ("accepted", [(1, 600)])
    jobs = await shop.connected.read("SELECT state FROM job WHERE kind = 'rewards.look'")
    assert [row["state"] for row in jobs] == ["done"], "one look for all of them"


async def overhear(shop: Shop, message_id: str) -> None:
    """Kick's socket tells that something was redeemed, and not what."""
    now = shop.connected.clock.now()
    heard = Received(
        source="kick",
        message_id=message_id,
        kind=kind_of("RewardRedeemedEvent"),
        kind_key=kind_of("RewardRedeemedEvent"),
        subscription_id="",
        broadcaster_id=str(OWNER),
        told_at=now,
        received_at=now,
        body=envelope(str(OWNER), "QuietOtter", FRAME),
    )
    await shop.connected.server.recorder.record(heard)


async def test_a_name_that_was_told_is_not_replaced_by_one_that_was_not(shop: Shop) -> None:
    reward = await shop.sell()
    await shop.redeem(reward)
    shop.connected.clock.pass_time(hours=2)
    await shop.allow()
    await shop.redeem(reward, tells=False)
    await shop.connected.look("redemptions")
    await shop.settle()
    assert len(await shop.bonuses()) == 2
    [row] = await shop.connected.read("SELECT name FROM account WHERE external_id = $1", str(VIEWER.account))
    assert row["name"] == VIEWER.name


async def test_rewards_made_elsewhere_are_heard_and_not_touched(shop: Shop) -> None:
    await shop.sell()
    theirs = await shop.redeem(shop.by_hand())
    assert shop.status(theirs) == "pending"
    assert await shop.rows("title, reward_id, deed, verdict") == [("Hydrate", None, "foreign", None)]
    assert await shop.bonuses() == []


async def test_somebody_who_decides_on_kick_meanwhile_is_heard(shop: Shop) -> None:
    reward = await shop.sell()
    for decision in ("accepted", "rejected"):
        name = await shop.kick.redeem(OWNER, reward, VIEWER)
        await shop.connected.server.worker.drain()
        await shop.kick.decide(name, decision, tells=False)
        await shop.settle()
        assert shop.status(name) == decision
    assert await shop.rows() == [OK, ("rejected", "done", "accept", "overruled", "refunded_elsewhere")]


async def test_what_cannot_be_refunded_says_so_and_is_done_when_staff_asks(shop: Shop) -> None:
    reward = await shop.sell(SLOT)
    name = await shop.redeem(reward, "Wanted", tells=False)
    await shop.kick.decide(name, "accepted")
    await shop.settle()
    assert await shop.rows() == [("accepted", "refused", "reject", "overruled", "slot_calls_closed")]
    await opened(shop.connected.server, 1)
    [row] = await shop.connected.read("SELECT id FROM redemption")
    await shop.connected.server.units.run(1, partial(settle.retry, redemption_id=row["id"], actor="staff"))
    await shop.settle()
    assert await shop.rows() == [OK]
    assert len(await shop.connected.read("SELECT id FROM slot_call")) == 1


async def test_reasons_of_kick_are_kept_one_by_one(shop: Shop) -> None:
    reward = await shop.sell()
    names = [await shop.kick.redeem(OWNER, reward, VIEWER) for _ in range(3)]
    shop.kick.quirks.unsettled |= {names[0]: "NOT_FOUND", names[1]: "NOT_OWNED"}
    await shop.settle()
    assert [row[3:] for row in await shop.rows()] == [
        ("failed", "platform_lost_it"),
        ("failed", "platform_denies_it"),
        ("settled", None),
    ]
    shop.kick.quirks.unsettled.clear()
    [first, *_] = await shop.connected.read("SELECT id FROM redemption ORDER BY id")
    await shop.connected.server.units.run(1, partial(settle.retry, redemption_id=first["id"], actor="staff"))
    await shop.settle()
    assert shop.status(names[0]) == "accepted"


async def test_while_kick_is_away_it_is_tried_again_and_done_once(shop: Shop) -> None:
    reward = await shop.sell()
    path = "/public/v1/channels/rewards/redemptions/accept"
    shop.kick.stumble("error", path, times=3)
    name = await shop.redeem(reward)
    assert (shop.status(name), await shop.bonuses()) == ("pending", [(1, 600)])
    shop.connected.clock.pass_time(seconds=30)
    await shop.settle()
    assert (shop.status(name), await shop.bonuses()) == ("accepted", [(1, 600)])
    shop.kick.quirks.unsettled["other"] = "UNKNOWN"
    unsure = await shop.kick.redeem(OWNER, reward, VIEWER)
    shop.kick.quirks.unsettled[unsure] = "UNKNOWN"
    await shop.settle()
    assert (await shop.rows())[1][3] == "wanted"
    shop.kick.quirks.unsettled.clear()
    shop.connected.clock.pass_time(seconds=30)
    await shop.settle()
    assert shop.status(unsure) == "accepted"


async def test_an_action_that_breaks_is_tried_again_and_then_the_points_are_given_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reward = await shop.sell()
    monkeypatch.setattr("server.actions.watchtime.adjust.shares", lambda *_: 1 / 0)
    name = await shop.redeem(reward)
    for _ in range(6):
        assert (shop.status(name), (await shop.rows())[0][1]) == ("pending", "waiting")
        shop.connected.clock.pass_time(minutes=3)
        await shop.settle()
        if shop.status(name) != "pending":
            break
    assert shop.status(name) == "rejected"
    assert await shop.rows() == [("rejected", "refused", "reject", "settled", "action_failed")]
    assert await shop.bonuses() == []


async def test_staff_gives_points_back_while_kick_waits(shop: Shop) -> None:
    reward = await shop.sell()
    shop.kick.stumble("error", "/public/v1/channels/rewards/redemptions/accept", times=3)
    name = await shop.redeem(reward)
    [row] = await shop.connected.read("SELECT id FROM redemption")
    give_back = partial(settle.refund, redemption_id=row["id"], reason="A mistake.", actor="staff")
    await shop.connected.server.units.run(1, give_back)
    shop.connected.clock.pass_time(minutes=1)
    await shop.settle()
    assert shop.status(name) == "rejected"
    assert await shop.rows("deed, verdict, settling, reason, detail, actor") == [
        ("done", "reject", "settled", "refunded_by_staff", "A mistake.", "staff")
    ]


async def test_two_communities_of_one_channel_each_have_their_own_rewards(shop: Shop) -> None:
    other = await shop.connected.live.community("other", broadcaster=str(OWNER))
    await shop.allow(other)
    mine, theirs = await shop.sell(title="Mine"), await shop.sell(title="Theirs", community=other)
    for reward in (mine, theirs, theirs):
        await shop.redeem(reward)
    assert sorted(await shop.bonuses()) == [(1, 600), (other, 600), (other, 600)]
    rows = await shop.rows("community_id, title, deed")
    assert sorted(rows) == [
        (1, "Mine", "done"),
        (1, "Theirs", "foreign"),
        (1, "Theirs", "foreign"),
        (other, "Mine", "foreign"),
        (other, "Theirs", "done"),
        (other, "Theirs", "done"),
    ]


async def test_without_leave_it_is_done_and_settled_once_there_is_leave(shop: Shop) -> None:
    reward = await shop.sell()

    async def revoke(tx: Tx, _: Scope) -> Done[int]:
        return Done(await tx.execute("UPDATE credential SET state = 'reauthorise'"))

    await shop.connected.server.units.run(0, revoke)
    name = await shop.redeem(reward)
    assert (shop.status(name), await shop.bonuses()) == ("pending", [(1, 600)])
    shop.connected.clock.pass_time(minutes=11)
    await shop.allow()
    await shop.connected.look("redemptions")
    await shop.settle()
    assert shop.status(name) == "accepted"
    assert await shop.rows() == [OK]


async def test_two_queues_at_once_do_it_once(shop: Shop) -> None:
    reward = await shop.sell()
    for _ in range(5):
        await shop.kick.redeem(OWNER, reward, VIEWER)
    await shop.connected.server.worker.drain()
    queue = shop.connected.server.queue
    await asyncio.gather(queue.drain(), queue.drain(), queue.drain())
    await shop.settle()
    assert await shop.bonuses() == [(1, 600)] * 5
    assert await shop.rows() == [OK] * 5
