"""Chat in both directions: a signed webhook comes in, and what it leads to comes out in a played Kick's chat."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from server.actions.raffle import periods
from server.domain.raffle.rules import RaffleRules
from server.domain.wagers import Provider, Series, Total
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store.chat import lines
from server.store.wagers import feeds, series
from server.store.wagers.series import NewSeries
from tests.chatting import Room, room_on
from tests.database import FrozenClock
from tests.resolvers.slot_cases import opened

COMMAND = """mutation ($input: SetChatCommandInput!) { setChatCommand(input: $input) {
  __typename ... on Problem { code } ... on ChatCommandSet { command { name text level isOn } } } }"""
SAY = """mutation ($input: SayInChatInput!) { sayInChat(input: $input) {
  __typename ... on Problem { code } ... on ChatSaid { lines { state } } } }"""
SETTINGS = """mutation ($input: UpdateChatSettingsInput!) { updateChatSettings(input: $input) {
  __typename ... on Problem { code } } }"""


@pytest.fixture
async def room(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Room, None]:
    async with room_on(database_url, clock, tmp_path) as room:
        yield room


async def test_a_viewer_asks_and_is_answered_in_chat(room: Room) -> None:
    await room.graph.watched(viewers=3)
    assert await room.answered(3, "!watchtime") == ["@viewer3 you watched 12 min, place 1."]
    assert await room.answered(2, "!RANK ") == ["@viewer2 you are at place 2 with 11 min."]
    assert await room.answered(9, "!link") == [
        "@viewer9 link your accounts in our Discord with /link. More: https://regulars.example/c/house"
    ]
    room.clock.pass_time(seconds=20)
    assert await room.answered(8, "!wt") == ["@viewer8 you watched 5 min, place 5."]


async def test_before_any_stream_there_is_nothing_to_tell(room: Room) -> None:
    assert await room.answered(8, "!wt") == [
        "@viewer8 you have no watch time yet. It comes while you chat and the stream is live."
    ]
    newest = (await room.lines())[0]
    assert (newest["kind"], newest["state"], newest["asBot"], newest["attempts"]) == ("REPLY", "SENT", True, 1)
    assert newest["messageId"] == room.kick.said[-1].message_id


async def test_a_viewer_asks_for_his_tickets_and_enters_for_free(room: Room) -> None:
    assert await room.answered(5, "!tickets") == [], "no raffle: nothing is said"
    assert await room.answered(5, "!enter") == []
    begin = partial(periods.start, title="", starts=None, ends=None, actor="staff")
    await room.server.units.run(room.community, begin)
    assert await room.answered(5, "!raffle") == [
        "@viewer5 Raffle 1 (open until 2026-09-01 00:00 UTC): https://regulars.example/c/house/raffle"
    ]
    room.clock.pass_time(minutes=1)
    assert await room.answered(5, "!tickets") == [
        "@viewer5 you have no tickets yet. Watch, give, or take your free entry with !enter."
    ]
    assert await room.answered(5, "!enter") == ["@viewer5 your free entry is in: 10 tickets."]
    room.clock.pass_time(minutes=1)
    assert await room.answered(5, "!tickets") == ["@viewer5 you have 10 tickets, place 1."]
    assert await room.answered(5, "!enter") == ["@viewer5 Your free entry of this raffle is in."]


async def test_prizes_on_several_lines_are_told_in_one(room: Room) -> None:
    def won(rules: RaffleRules) -> RaffleRules:
        return replace(rules, prizes="1. A hoodie\n\n2. A mug")

    change = partial(periods.change_rules, revised=won, wagers_confirmed=True, actor="staff")
    await room.server.units.run(room.community, change)
    await room.server.units.run(room.community, partial(periods.start, title="", starts=None, ends=None, actor="staff"))
    [told] = await room.answered(5, "!raffle")
    assert "(1. A hoodie / 2. A mug)" in told


async def test_a_viewer_claims_his_name_on_shuffle_and_moderators_verify_it(room: Room) -> None:
    verifying: dict[str, Any] = {"badges": ("moderator",)}
    assert await room.answered(5, "!linkshuffle Alfa") == [], "no feed is read: nothing is said"

    async def told(tx: Tx, scope: Scope) -> Done[None]:
        await feeds.put(tx, scope.community_id, Provider.SHUFFLE, frozenset(), "staff", scope.now)
        alfa = NewSeries(total=Total("Alfa", 0), baseline=0, series=Series(0))
        await series.put(tx, scope.community_id, Provider.SHUFFLE, {"alfa": alfa}, scope.now)
        return Done(None)

    await room.server.units.run(room.community, told)
    room.clock.pass_time(minutes=1)
    assert await room.answered(5, "!linkshuffle ALFA") == ["@viewer5 ALFA waits for the staff to verify it."]
    assert await room.answered(6, "!linkshuffle alfa") == ["@viewer6 alfa waits for the staff to verify it."]
    assert await room.answered(5, "!verifyshuffle Alfa") == [], "a viewer may not"
    for asked, said in (
        ("!verifyshuffle Beta", "@viewer2 Nobody claims Beta."),
        ("!verifyshuffle Alfa", "@viewer2 Several viewers claim Alfa: name one of them."),
        ("!verifyshuffle @viewer7 Alfa", "@viewer2 Nobody claims Alfa."),
        ("!verifyshuffle @Viewer5 Alfa", "@viewer2 ALFA is verified."),
        ("!verifyshuffle @viewer6 Alfa", "@viewer2 alfa is verified for somebody else."),
    ):
        room.clock.pass_time(minutes=1)
        assert await room.answered(2, asked, **verifying) == [said]
    rows = await room.server.database.reader().fetch(
        "SELECT actor, action FROM audit_event WHERE action LIKE 'wagers.%' ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("person:kick:5", "wagers.claim"),
        ("person:kick:6", "wagers.claim"),
        ("person:kick:2", "wagers.verify"),
    ]


async def test_a_slot_is_called_in_chat(room: Room) -> None:
    assert await room.answered(5, "!call Book of Dead") == [], "closed: nothing is said"
    await opened(room.server, room.community)
    assert await room.answered(5, "!call <b>Book of Dead") == ["@viewer5 bBook of Dead waits, it is number 1."]
    assert await room.answered(6, "!sr Gates of Olympus") == ["@viewer6 Gates of Olympus waits, it is number 2."]
    [refused] = await room.answered(5, "!call Wanted")
    assert refused.startswith("@viewer5 1 of your calls wait already")
    assert await room.answered(5, "!call Wanted") == [], "why not is told now and then only"
    assert await room.answered(7, "!caller Wanted") == []
    assert await room.answered(7, "!call") == [
        "@viewer7 The name of a slot has 2 to 80 characters, with a letter or digit."
    ]
    rows = await room.server.database.reader().fetch("SELECT title, source FROM slot_call ORDER BY id")
    assert [tuple(row) for row in rows] == [("bBook of Dead", "chat"), ("Gates of Olympus", "chat")]


async def test_moderators_run_a_giveaway_in_chat_and_a_flood_of_keywords_is_not_answered(room: Room) -> None:
    assert await room.answered(5, "!giveaway") == ["@viewer5 nothing is given away right now."]
    assert await room.answered(5, "!gopen !drop A mug") == [], "a viewer may not"
    opened_by = {"badges": ("moderator",), "message_id": "m-1"}
    said = ["Giveaway: A mug. Type !drop to enter.", "@viewer2 A mug is open."]
    assert sorted(await room.answered(2, "!gopen !drop A mug", **opened_by), reverse=True) == sorted(said, reverse=True)
    assert await room.answered(2, "!gopen !drop A mug", **opened_by) == [], "the same message, told again"
    [refused] = await room.answered(2, "!gopen !drop", badges=("moderator",))
    assert "Giveaway 1, A mug, is open with the keyword !drop." in refused
    room.clock.pass_time(seconds=30)
    before = len(room.said)
    for number in range(10, 40):
        await room.writes(number, "!drop")
    await room.graph.live.settle()
    assert len(room.said) == before
    assert await room.answered(5, "!giveaway") == ["@viewer5 A mug: type !drop to enter; 30 entered."]
    drawn = await room.answered(3, "!gdraw", badges=("moderator",))
    assert sorted(drawn) == ["@viewer3 A mug is about to be drawn.", "A mug: entering is over."]
    reader = room.server.database.reader()
    rows = await reader.fetch(
        "SELECT actor_kind, actor, action FROM audit_event WHERE action LIKE 'giveaways.%' ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("person", "person:kick:2", "giveaways.open"),
        ("person", "person:kick:3", "giveaways.draw"),
    ]


async def test_the_same_message_told_twice_calls_and_answers_once(room: Room) -> None:
    await opened(room.server, room.community, cooldown_s=0, per_viewer=0, allows_duplicates=True)
    await room.answered(5, "!call Wanted", message_id="m-1")
    assert await room.answered(5, "!call Wanted", message_id="m-1") == []
    await room.answered(5, "!rank", message_id="m-2")
    room.clock.pass_time(minutes=1)
    assert await room.answered(5, "!rank", message_id="m-2") == []
    rows = await room.server.database.reader().fetch("SELECT id FROM slot_call")
    assert len(rows) == 1


async def test_a_command_that_comes_late_counts_as_chat_and_is_not_acted_on(room: Room) -> None:
    await room.graph.deliver(
        "livestream.status.updated",
        {
            "broadcaster": {"is_anonymous": False, "user_id": 100001, "username": "Streamer", "channel_slug": "s"},
            "is_live": True,
            "title": "Evening",
            "started_at": "2026-08-01T17:00:00Z",
            "ended_at": None,
        },
    )
    assert await room.answered(5, "!rank", ago_s=31) == []
    assert (await room.graph.balances(room.community))["5"] == 300
    assert len(await room.answered(6, "!rank", ago_s=29)) == 1


async def test_cooldowns_hold_for_all_and_for_each_and_a_refused_command_burns_none(room: Room) -> None:
    assert len(await room.answered(1, "!rank")) == 1
    assert await room.answered(2, "!rank") == [], "it rests for everybody"
    room.clock.pass_time(seconds=2)
    assert len(await room.answered(2, "!rank")) == 1
    room.clock.pass_time(seconds=12)
    assert await room.answered(1, "!rank") == [], "14 s after his last"
    room.clock.pass_time(seconds=1)
    assert len(await room.answered(1, "!rank")) == 1
    for number in range(6, 10):
        await room.writes(number, "!link")
    before = len(room.said)
    await room.graph.live.settle()
    assert len(room.said) - before == 1, "also of those that come in one batch"


async def test_a_community_makes_commands_of_its_own(room: Room) -> None:
    await room.graph.watched(viewers=1)
    text = "{name} hugs {args} in {community}: {channel}, live for {uptime}, {watchtime} {rank} {nonsense"
    made = await room.do(COMMAND, name="Hug", text=text, cooldown=0, viewerCooldown=0)
    assert made["command"] == {"name": "hug", "text": text, "level": "VIEWER", "isOn": True}
    assert await room.answered(1, "!hug  @Bob  {rank} <x>") == [
        "viewer1 hugs @Bob {rank} \u2039x\u203a in House: Streamer100001, live for 1 h 0 min, 10 min 1 {nonsense"
    ]
    assert (await room.do(COMMAND, name="hug", level="MODERATOR"))["command"]["level"] == "MODERATOR"
    assert await room.answered(2, "!hug me", badges=("subscriber", "vip")) == []
    assert len(await room.answered(2, "!hug me", badges=("moderator",))) == 1
    assert len(await room.answered(100001, "!hug me")) == 1, "the channel's owner may, whatever he wears"
    await room.do(COMMAND, name="hug", isOn=False)
    assert await room.answered(100001, "!hug me") == []
    deleting = "mutation ($input: DeleteChatCommandInput!) { deleteChatCommand(input: $input) { __typename } }"
    assert (await room.do(deleting, name="hug"))["__typename"] == "ChatCommandDeleted"
    assert await room.answered(100001, "!hug me") == []


async def test_what_somebody_wrote_is_never_repeated_as_a_command(room: Room) -> None:
    await room.do(COMMAND, name="say", text="{args}", cooldown=0, viewerCooldown=0)
    assert await room.answered(1, "!say /ban viewer2") == ["ban viewer2"]
    assert await room.answered(1, "!say !say again") == ["say again"]
    assert await room.answered(1, "!say ! / . !rank") == ["rank"]
    assert await room.answered(1, "!say !") == ["…"]


async def test_built_in_commands_are_switched_and_worded_by_the_community(room: Room) -> None:
    assert (await room.do(COMMAND, name="wt", isOn=False))["command"]["name"] == "watchtime"
    assert await room.answered(1, "!watchtime") == []
    await room.do(SETTINGS, texts=[{"name": "rank_none", "text": "Noch nichts, {name}."}])
    assert await room.answered(1, "!rank") == ["Noch nichts, viewer1."]
    await room.do(SETTINGS, speaks=False)
    room.clock.pass_time(minutes=1)
    assert await room.answered(1, "!rank") == []
    assert ((await room.lines())[0]["state"], (await room.lines())[0]["reason"]) == ("DROPPED", "switched_off")


async def test_our_own_lines_come_back_and_are_noted_and_nothing_else(room: Room) -> None:
    await room.do(COMMAND, name="loop", text="loop !loop", cooldown=0, viewerCooldown=0)
    [line] = await room.answered(1, "!loop")
    told = room.kick.said[-1]
    assert (await room.lines())[0]["heardAt"] is None
    assert await room.answered(told.sender, line, message_id=told.message_id) == []
    assert (await room.lines())[0]["heardAt"] == "2026-08-01T18:00:00Z"


async def test_staff_speaks_and_a_long_line_is_refused(room: Room) -> None:
    channel = id_of("channel", room.channel)
    assert (await room.do(SAY, channelId=channel, text="Hello <all>"))["lines"] == [{"state": "QUEUED"}]
    await room.graph.live.settle()
    assert room.said == ["Hello \u2039all\u203a"]
    assert (await room.do(SAY, channelId=channel, text="x" * 501))["code"] == "chat_text_length"
    assert (await room.do(SAY, channelId=channel, text="/"))["code"] == "chat_text_length"
    assert (await room.do(SAY, channelId=id_of("channel", 99), text="x"))["code"] == "chat_channel_unknown"


async def test_where_bots_are_refused_the_owner_speaks_and_that_is_remembered(room: Room) -> None:
    room.kick.quirks.bot_fails = True
    assert len(await room.answered(1, "!rank")) == 1
    assert (await room.lines())[0]["asBot"] is False
    room.clock.pass_time(minutes=1)
    calls = len(room.kick.calls)
    assert len(await room.answered(1, "!rank")) == 1
    assert len(room.kick.calls) - calls == 1, "the bot is not tried again"
    room.kick.quirks.bot_fails = False
    room.clock.pass_time(hours=7)
    room.graph.live.clock.at = room.clock.at
    await room.connect()
    assert len(await room.answered(1, "!rank")) == 1
    assert (await room.lines())[0]["asBot"] is True


async def trouble(room: Room, times: int, kind: str) -> None:
    room.kick.stumble(kind, "/public/v1/chat", times=times)


async def test_what_was_surely_not_posted_is_tried_again_and_given_up_in_the_end(room: Room) -> None:
    await trouble(room, 2, "error")
    assert await room.answered(1, "!rank") == [], "bot and owner were refused"
    assert [(one["state"], one["attempts"]) for one in await room.lines()] == [("QUEUED", 1)]
    room.clock.pass_time(seconds=4)
    await room.graph.live.settle()
    assert [(one["state"], one["attempts"]) for one in await room.lines()] == [("SENT", 2)]
    room.clock.pass_time(minutes=1)
    await trouble(room, 20, "error")
    await room.answered(1, "!rank")
    for _ in range(4):
        room.clock.pass_time(seconds=15)
        await room.graph.live.settle()
    newest = (await room.lines())[0]
    assert (newest["state"], newest["attempts"], newest["reason"]) == ("FAILED", 3, "unavailable")


async def test_what_may_have_been_posted_is_never_posted_again(room: Room) -> None:
    await trouble(room, 1, "cut")
    assert await room.answered(1, "!rank") == []
    [line] = await room.lines()
    assert (line["state"], line["reason"]) == ("UNKNOWN", "unavailable")
    room.clock.pass_time(seconds=20)
    await room.graph.live.settle()
    assert room.said == []
    await room.answered(77, line["text"], message_id="echo")
    [line] = await room.lines()
    assert (line["state"], line["messageId"]) == ("SENT", "echo"), "once it comes back it was said"


@pytest.mark.parametrize(
    ("quirk", "reason"), [("chat_forbidden", "forbidden"), ("chat_quota", "quota")], ids=["forbidden", "quota"]
)
async def test_what_kick_does_not_allow_is_told_to_staff(room: Room, quirk: str, reason: str) -> None:
    setattr(room.kick.quirks, quirk, True)
    assert await room.answered(1, "!rank") == []
    [line] = await room.lines()
    assert (line["state"], line["reason"]) == ("FAILED", reason)


async def test_where_nobody_allowed_us_to_speak_the_reason_says_so(room: Room) -> None:
    async def forget(tx: Tx, _: Scope) -> Done[int]:
        return Done(await tx.execute("DELETE FROM credential"))

    await room.server.units.run(0, forget)
    assert await room.answered(1, "!rank") == []
    assert [(one["state"], one["reason"]) for one in await room.lines()] == [("FAILED", "credential_missing")]


async def test_a_server_that_dies_while_it_speaks_leaves_an_unknown_line_and_says_nothing_twice(room: Room) -> None:
    await room.writes(1, "!rank")
    await room.server.worker.drain()
    await room.server.units.run(0, begin)
    await room.graph.live.settle()
    assert room.said == []
    assert [(one["state"], one["reason"]) for one in await room.lines()] == [("UNKNOWN", "interrupted")]


async def begin(tx: Tx, scope: Scope) -> Done[Any]:
    [row] = await tx.fetch("SELECT channel_id FROM chat_line")
    return Done(await lines.take_next(tx, row["channel_id"], scope.now))


async def test_a_line_that_comes_too_late_is_dropped_and_too_many_are_not_queued(room: Room) -> None:
    channel = id_of("channel", room.channel)
    answers = [await room.do(SAY, channelId=channel, text=f"Line {number}") for number in range(51)]
    assert [answer.get("code") for answer in answers] == [None] * 50 + ["chat_queue_full"]
    room.clock.pass_time(minutes=11)
    await room.graph.live.settle()
    assert room.said == []
    assert {(one["state"], one["reason"]) for one in await room.lines()} == {("DROPPED", "too_late")}


async def test_lines_of_a_channel_keep_their_order_though_two_speak(room: Room) -> None:
    channel = id_of("channel", room.channel)
    for number in range(10):
        await room.do(SAY, channelId=channel, text=f"Line {number}")
    await asyncio.gather(room.server.speakers.drain(), room.server.speakers.drain())
    assert room.said == [f"Line {number}" for number in range(10)]


async def test_another_communitys_commands_are_its_own(room: Room) -> None:
    other = await room.graph.live.community("den", "100001")
    await room.do(COMMAND, name="hug", text="Hugged.")
    assert await room.answered(1, "!hug") == ["Hugged."]
    rows = await room.server.database.reader().fetch("SELECT id FROM chat_line WHERE community_id = $1", other)
    assert list(rows) == []
