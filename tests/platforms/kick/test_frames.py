"""Every frame of tests/payloads/kick/frames as the copy it must become, and bytes of all sorts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.events.chat import Badge, ChatSpoken
from server.events.happening import Happening, Person
from server.events.moderation import Banned
from server.events.rewards import RewardOverheard
from server.events.streams import StreamStarted, StreamStopped
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.events.tellings import Named, Overheard, Source, Told
from server.platforms.kick.frames import IGNORED, KINDS, envelope, kind_of, parse, read_frame
from server.platforms.kick.values import Unparsable

FRAMES = {
    path.stem: path.read_text(encoding="utf-8").strip()
    for path in sorted((Path(__file__).parents[2] / "payloads/kick/frames").glob("*.json"))
}
HEARD_AT = datetime(2026, 10, 3, 18, 5, 2, tzinfo=UTC)
PLACE: dict[str, Any] = {"platform": "kick", "broadcaster": Person(id="7310042", name="FjordReels")}


def at(minute: int, second: int = 0, microsecond: int = 0) -> datetime:
    return datetime(2026, 10, 3, 18, minute, second, microsecond, tzinfo=UTC)


def heard(frame: str) -> Happening:
    return parse(envelope("7310042", "FjordReels", frame), HEARD_AT)


def known(number: int, name: str, slug: str | None = None) -> Person:
    return Person(id=str(number), name=name, slug=slug)


def named(*names: str) -> tuple[Person, ...]:
    return tuple(Person(id=None, name=name) for name in names)


LARK, KETTLE = known(8800017, "LargeLark"), known(8800013, "Tin_Kettle")
WRENS = named("Wren1", "Wren2", "Wren3", "Wren4", "Wren5")
SPARROWS = named(*(f"sparrow_{n}" for n in range(100)))
MODERATOR = known(8800014, "FrostModerator", "frostmoderator")


def told(of: Happening, **more: Any) -> Told:
    return Told(**PLACE, of=of, source=Source.WEBSOCKET, **more)


def gave(
    giftees: tuple[Person, ...], when: datetime = HEARD_AT, gifter: Person | None = None, **more: Any
) -> SubsGifted:
    return SubsGifted(**PLACE, gifter=gifter or named("LargeLark")[0], giftees=giftees, at=when, **more)


def paid(amount: int, name: str, **more: Any) -> KicksGifted:
    plain = {"kind": "BASIC", "tier": "BASIC", "message": "", "at": at(13, 0, 212_275)}
    return KicksGifted(**PLACE, sender=LARK, amount=amount, name=name, **(plain | more))


def first(name: str, **more: Any) -> SubStarted:
    return SubStarted(**PLACE, subscriber=named(name)[0], months=1, at=HEARD_AT, **more)


def renewed(subscriber: Person, when: datetime) -> SubRenewed:
    return SubRenewed(**PLACE, subscriber=subscriber, months=9, at=when)


UNTIMED = {"is_timed": False}
PARTS: dict[str, Any] = {**UNTIMED, "correlation": "81000994999", "is_part": True}
EXPECTED: dict[str, Happening] = {
    "ChannelSubscriptionEvent--single": Named(**PLACE, person=KETTLE, source=Source.WEBSOCKET, at=HEARD_AT),
    "ChannelSubscriptionEvent--single-old-channel-dot": Named(
        **PLACE, person=KETTLE, source=Source.WEBSOCKET, at=HEARD_AT
    ),
    "GiftsLeaderboardUpdated": Named(**PLACE, person=LARK, source=Source.WEBSOCKET, at=HEARD_AT),
    "ChatMessageSentEvent--gift": told(gave(WRENS[::-1], at(5), LARK, total=5)),
    "ChatMessageSentEvent--subscribe": told(renewed(KETTLE, at(3))),
    "GiftedSubscriptionsEvent--2025-five": told(gave(WRENS), **UNTIMED),
    "GiftedSubscriptionsEvent--2026-05-five": told(gave(WRENS, total=5), **UNTIMED),
    "GiftedSubscriptionsEvent--2026-05-hundred-unchunked": told(gave(SPARROWS, total=100), **UNTIMED),
    "GiftedSubscriptionsEvent--2026-09-one": told(gave(WRENS[:1], total=1), **UNTIMED, correlation="81000994407"),
    "GiftedSubscriptionsEvent--chunk-0-of-3": told(gave(SPARROWS[:40], total=100), **PARTS),
    "GiftedSubscriptionsEvent--chunk-1-of-3": told(gave(SPARROWS[40:80], total=100), **PARTS),
    "GiftedSubscriptionsEvent--chunk-2-of-3": told(gave(SPARROWS[80:], total=100), **PARTS),
    "GiftedSubscriptionsEvent--empty-usernames": told(gave((), total=3), **UNTIMED, correlation="81000994407"),
    "LuckyUsersWhoGotGiftSubscriptionsEvent": told(gave(WRENS), **UNTIMED),
    "SubscriptionGifted--from-web-bundle": told(
        gave((known(8800101, "Wren1"), known(8800102, "Wren2")), at(5), LARK),
    ),
    "KicksGifted--basic-message-absent": told(
        paid(50, "Bone Emoji"),
        transaction=read_frame(FRAMES["KicksGifted--basic-message-absent"]).data["gift_transaction_id"],
    ),
    "KicksGifted--basic-message-empty": told(
        paid(1, "Oh Yes"),
        transaction=read_frame(FRAMES["KicksGifted--basic-message-empty"]).data["gift_transaction_id"],
    ),
    "KicksGifted--pinned": told(
        paid(500, "Table Flip", kind="LEVEL_UP", tier="MID", message="hop", pinned_s=600),
        transaction=read_frame(FRAMES["KicksGifted--pinned"]).data["gift_transaction_id"],
    ),
    "SubscriptionEvent--first": told(first("MossyOtter"), **UNTIMED),
    "SubscriptionEvent--object": told(first("MossyOtter"), **UNTIMED),
    "SubscriptionEvent--renewal": told(renewed(named("Tin_Kettle")[0], HEARD_AT), **UNTIMED),
    "StreamerIsLive": told(
        StreamStarted(
            **PLACE,
            started_at=datetime(2026, 10, 3, 17, 55, tzinfo=UTC),
            title="Reels by the fjord",
            told_at=HEARD_AT,
        )
    ),
    "StopStreamBroadcast": told(StreamStopped(**PLACE, at=HEARD_AT), **UNTIMED),
    "UserBannedEvent--permanent": told(
        Banned(**PLACE, moderator=MODERATOR, banned=known(8800012, "MossyOtter", "mossyotter"), reason="", at=HEARD_AT),
        **UNTIMED,
    ),
    "UserBannedEvent--timeout-by-bot": told(
        Banned(
            **PLACE,
            moderator=named("TidyBot")[0],
            banned=known(8800012, "MossyOtter", "mossyotter"),
            reason="",
            at=at(12),
            expires_at=at(14),
        ),
        is_timed=True,
    ),
    "RewardRedeemedEvent": RewardOverheard(**PLACE),
}
CHAT = {
    "ChatMessageEvent--message": ("8800011", "good evening", None),
    "ChatMessageEvent--emotes": ("8800012", "[emote:4711:Clap] [emote:4711:Clap]", None),
    "ChatMessageEvent--reply": ("8800012", "same here", "ChatMessageEvent--message"),
    "ChatMessageEvent--command": ("8800011", "!call Fruit Parade", None),
    "ChatMessageEvent--bot-no-metadata": ("8800014", "@Plain_Jane here are 20 points", None),
    "ChatMessageEvent--celebration-renewed": ("8800013", "still here", None),
    "ChatMessageEvent--2025-no-badges-v2-no-slug": ("8800012", "hey", None),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_frame_is_the_copy_it_should_be(name: str) -> None:
    assert heard(FRAMES[name]) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(CHAT))
def test_a_chat_frame_is_what_was_written(name: str) -> None:
    copy = heard(FRAMES[name])
    assert isinstance(copy, Told)
    assert isinstance(copy.of, ChatSpoken)
    sender, text, original = CHAT[name]
    data = read_frame(FRAMES[name]).data
    assert (copy.of.sender.id, copy.of.text, copy.of.message_id) == (sender, text, data["id"])
    assert copy.of.at.minute == 0
    assert copy.of.replies_to == (None if original is None else read_frame(FRAMES[original]).data["id"])


def test_badges_are_read_as_in_the_webhook() -> None:
    copy = heard(FRAMES["ChatMessageEvent--bot-no-metadata"])
    assert isinstance(copy, Told)
    assert isinstance(copy.of, ChatSpoken)
    assert copy.of.badges[0] == Badge(kind="moderator", text="Moderator", count=None)
    assert copy.of.badges[3] == Badge(kind="subscriber", text="Subscriber", count=24)


def test_every_frame_is_understood_or_named_as_ignored() -> None:
    """All that was captured is one or the other; only the event that nobody knows is neither."""
    others = FRAMES.keys() - EXPECTED.keys() - CHAT.keys()
    ids_only = "ChannelSubscriptionEvent--gift-empty-username"
    found = {name: heard(FRAMES[name]) for name in others if name != "SomethingNewEvent"}
    assert all(isinstance(happening, Overheard) for happening in found.values()), found
    assert {read_frame(FRAMES[name]).event for name in found if name != ids_only} <= IGNORED.keys()
    assert not KINDS & IGNORED.keys()
    assert all(reason.endswith(".") for reason in IGNORED.values())


def test_an_event_that_nobody_knows_is_quarantined_and_kept() -> None:
    with pytest.raises(Unparsable) as refused:
        heard(FRAMES["SomethingNewEvent"])
    assert refused.value.code == "unknown_kind"
    assert "SomethingNewEvent" in refused.value.message


@pytest.mark.parametrize("who", [None, "", "Anonymous", "anonymous"])
def test_nobody_in_particular_gave_anonymously(who: str | None) -> None:
    data = {"chatroom_id": 1, "gifted_usernames": ["Wren1"], "gifter_username": who, "gifter_total": 1}
    copy = heard(orjson.dumps({"event": "GiftedSubscriptionsEvent", "data": data}).decode())
    assert isinstance(copy, Told)
    assert isinstance(copy.of, SubsGifted)
    assert copy.of.gifter.is_anonymous


def test_a_kind_is_cut_to_what_the_inbox_holds() -> None:
    assert kind_of("KicksGifted") == "websocket.KicksGifted"
    assert len(kind_of("x" * 100)) == 64


scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


def survives(body: bytes) -> None:
    result: Happening | Unparsable
    try:
        result = parse(body, HEARD_AT)
    except Unparsable as fault:
        result = fault
    assert isinstance(result, Happening) or result.code in {"unknown_kind", "not_json", "wrong_shape"}
    assert isinstance(result, Happening) or len(result.message) < 250


@given(st.binary())
def test_arbitrary_bytes_never_raise_anything_else(body: bytes) -> None:
    survives(body)


@given(st.text())
def test_an_arbitrary_frame_never_raises_anything_else(frame: str) -> None:
    survives(envelope("7310042", None, frame))


def paths(value: Any) -> list[tuple[Any, Any]]:
    """Every container in `value` with each of its keys or indices."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *paths(value[key])]]


@given(st.sampled_from(sorted(FRAMES)), values, st.data())
def test_a_mutated_frame_never_raises_anything_else(name: str, value: Any, data: st.DataObject) -> None:
    frame = orjson.loads(FRAMES[name])
    inner = orjson.loads(frame["data"]) if isinstance(frame["data"], str) else frame["data"]
    places = paths(inner)
    if places:
        container, key = data.draw(st.sampled_from(places))
        container[key] = value
    else:
        inner = value
    frame["data"] = data.draw(st.sampled_from([inner, orjson.dumps(inner).decode()]))
    survives(envelope("7310042", "FjordReels", orjson.dumps(frame).decode()))


@pytest.mark.parametrize("seconds", [-1, 2**53, 10**12])
def test_an_impossible_time_is_refused(seconds: int) -> None:
    frame = orjson.loads(FRAMES["ChatMessageSentEvent--gift"])
    data = orjson.loads(frame["data"])
    data["message"]["created_at"] = seconds
    with pytest.raises(Unparsable):
        heard(orjson.dumps({"event": frame["event"], "data": data}).decode())


def test_a_frame_without_its_own_time_happened_when_it_was_heard() -> None:
    later = HEARD_AT + timedelta(minutes=3)
    body = envelope("7310042", None, FRAMES["SubscriptionEvent--first"])
    copy = parse(body, later)
    assert isinstance(copy, Told)
    assert isinstance(copy.of, SubStarted)
    assert (copy.of.at, copy.is_timed) == (later, False)
