"""Every payload of tests/payloads/kick as the happening it must become, whole."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.events.chat import Badge, ChatSpoken
from server.events.follows import Followed
from server.events.happening import Happening, Person
from server.events.moderation import Banned
from server.events.rewards import RedemptionState, RewardRedeemed
from server.events.streams import StreamDescribed, StreamEnded, StreamStarted
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.platforms.kick.parse import KINDS, broadcaster_id, parse

PAYLOADS = Path(__file__).parents[2] / "payloads/kick"
REAL = "real_signed_delivery"
TOLD_AT = datetime(2026, 10, 3, 23, 30, 1, tzinfo=UTC)


def at(hour: int, minute: int, second: int = 0, microsecond: int = 0) -> datetime:
    return datetime(2026, 10, 3, hour, minute, second, microsecond, tzinfo=UTC)


def next_month(hour: int, minute: int, microsecond: int = 0) -> datetime:
    return datetime(2026, 11, 3, hour, minute, 0, microsecond, tzinfo=UTC)


def user(number: int, name: str, slug: str | None = None, *, pictured: bool = True) -> Person:
    picture = f"https://pictures.example/{number}.webp" if pictured else None
    return Person(id=str(number), name=name, slug=slug or name.lower(), picture=picture)


ANONYMOUS = Person(id=None, name=None)
FJORD = user(7310042, "FjordReels")
OTTER = user(8800011, "MossyOtter")
KETTLE = user(8800012, "Tin_Kettle", "tin-kettle")
JANE = user(8800013, "Plain Jane", "plain-jane")
FERN = user(8800016, "FreshFern")
LARK = user(8800017, "LargeLark")
WREN_1, WREN_2, WREN_3 = user(8800018, "WrenOne"), user(8800019, "WrenTwo"), user(8800020, "WrenThree")


def said(last: str, sender: Person, text: str, when: datetime, **more: object) -> ChatSpoken:
    return ChatSpoken(
        platform="kick",
        broadcaster=FJORD,
        message_id=f"4e0f3b5c-61d7-4a0e-9a55-0d2a7c1b9e{last}",
        sender=sender,
        text=text,
        at=when,
        **more,  # pyright: ignore[reportArgumentType] - badges, replies_to and extra
    )


def gave(gifter: Person, giftees: tuple[Person, ...], when: datetime) -> SubsGifted:
    return SubsGifted(
        platform="kick",
        broadcaster=FJORD,
        gifter=gifter,
        giftees=giftees,
        at=when,
        expires_at=next_month(19, 40),
    )


def redeemed(state: RedemptionState, user_input: str = "a song, please") -> RewardRedeemed:
    return RewardRedeemed(
        platform="kick",
        broadcaster=user(7310042, "FjordReels", pictured=False),
        redemption_id="01K6PMZD7R4V8W2N5TQX3CJYHA",
        state=state,
        redeemer=user(8800013, "Plain Jane", "plain jane", pictured=False),
        reward_id="01K5ZZ0B3M6E9QKS1D4GHTWVRX",
        reward_title="Pick a song",
        cost=2500,
        user_input=user_input,
        at=at(19, 50, 0, 125_000),
    )


def started(when: datetime) -> StreamStarted:
    return StreamStarted(platform="kick", broadcaster=FJORD, started_at=when, title="Late ferry home", told_at=TOLD_AT)


def ended(when: datetime, title: str = "Late ferry home", *, is_guess: bool = False) -> StreamEnded:
    return StreamEnded(
        platform="kick",
        broadcaster=FJORD,
        started_at=at(18, 0),
        ended_at=when,
        title=title,
        told_at=TOLD_AT,
        is_guess=is_guess,
    )


def described(
    category_id: str | None, category_name: str | None, *, language: str = "nb", mature: bool = False
) -> StreamDescribed:
    return StreamDescribed(
        platform="kick",
        broadcaster=FJORD,
        title="Now with more fog",
        language=language,
        category_id=category_id,
        category_name=category_name,
        is_mature=mature,
        told_at=TOLD_AT,
    )


def banned(reason: str, expires_at: datetime | None) -> Banned:
    return Banned(
        platform="kick",
        broadcaster=FJORD,
        moderator=KETTLE,
        banned=user(8800021, "LoudGoose"),
        reason=reason,
        at=at(20, 0),
        expires_at=expires_at,
    )


def kicks(amount: int, pinned_s: int | None) -> KicksGifted:
    return KicksGifted(
        platform="kick",
        broadcaster=FJORD,
        sender=LARK,
        amount=amount,
        name="Foghorn",
        kind="LEVEL_UP",
        tier="MID",
        message="ahoy",
        at=at(20, 20, 0, 634_000),
        pinned_s=pinned_s,
    )


EXPECTED: dict[str, Happening] = {
    "chat.message.sent--plain": said("01", OTTER, "good evening everyone", at(19, 20, 21)),
    "chat.message.sent--badges": said(
        "02",
        KETTLE,
        "[emote:900123:kettleBoil] time",
        at(19, 20, 22, 500_000),
        badges=(Badge(kind="moderator", text="Moderator"), Badge(kind="subscriber", text="Subscriber", count=14)),
    ),
    "chat.message.sent--emote-number": said("03", OTTER, "[emote:900124:otterWave]", at(19, 20, 23, 123_456)),
    "chat.message.sent--reply": said(
        "04",
        KETTLE,
        "@MossyOtter hello",
        at(19, 20, 30),
        replies_to="4e0f3b5c-61d7-4a0e-9a55-0d2a7c1b9e01",
    ),
    "chat.message.sent--no-identity": said("05", JANE, "first time here", at(19, 20, 31)),
    "chat.message.sent--identity-null": said("06", JANE, "second time here", at(19, 20, 32)),
    "chat.message.sent--anonymous": said("07", ANONYMOUS, "from nobody", at(19, 20, 33)),
    "chat.message.sent--right-to-left": said(
        "08", user(8800014, "نورس", "nawras"), "!vote مساء الخير 🦦", at(19, 20, 34)
    ),
    "chat.message.sent--control-characters": said(
        "09",
        user(8800015, "NulByte", "nulbyte"),
        "one twothree",
        at(19, 20, 35),
        badges=(Badge(kind="og", text="OG"),),
    ),
    "chat.message.sent--unknown-fields": said(
        "0a",
        OTTER,
        "from the future",
        at(19, 20, 36),
        extra={"mood": "calm sea", "reactions": [{"kind": "wave", "by": [8800012, None, True, 1.5]}]},
    ),
    "channel.followed--plain": Followed(platform="kick", broadcaster=FJORD, follower=FERN, told_at=TOLD_AT),
    "channel.subscription.new--plain": SubStarted(
        platform="kick", broadcaster=FJORD, subscriber=FERN, months=1, at=at(19, 30), expires_at=next_month(19, 30)
    ),
    "channel.subscription.new--no-expiry": SubStarted(
        platform="kick", broadcaster=FJORD, subscriber=FERN, months=1, at=at(19, 30)
    ),
    "channel.subscription.renewal--plain": SubRenewed(
        platform="kick",
        broadcaster=FJORD,
        subscriber=user(8800012, "Tin_Kettle"),
        months=15,
        at=at(19, 31, 0, 250_000),
        expires_at=next_month(19, 31, 250_000),
    ),
    "channel.subscription.gifts--one": gave(LARK, (WREN_1,), at(19, 40)),
    "channel.subscription.gifts--three": gave(
        LARK, (WREN_1, user(8800019, "WrenTwo", pictured=False), WREN_3), at(19, 41, 0, 987_654)
    ),
    "channel.subscription.gifts--anonymous-flagged": gave(ANONYMOUS, (WREN_1, WREN_2), at(19, 42)),
    "channel.subscription.gifts--anonymous-unflagged": gave(ANONYMOUS, (WREN_3,), at(19, 43)),
    "channel.reward.redemption.updated--pending": redeemed(RedemptionState.PENDING),
    "channel.reward.redemption.updated--accepted": redeemed(RedemptionState.ACCEPTED),
    "channel.reward.redemption.updated--rejected": redeemed(RedemptionState.REJECTED, user_input=""),
    "livestream.status.updated--live": started(at(18, 0)),
    "livestream.status.updated--live-offset": started(at(18, 0)),
    "livestream.status.updated--live-leap-second": started(datetime(2017, 1, 1, microsecond=500_000, tzinfo=UTC)),
    "livestream.status.updated--ended": ended(at(23, 15, 30, 750_000)),
    "livestream.status.updated--ended-without-time": ended(TOLD_AT, title="", is_guess=True),
    "livestream.status.updated--ended-zero-time": ended(TOLD_AT, is_guess=True),
    "livestream.metadata.updated--category": described("415", "Boats & Trains"),
    "livestream.metadata.updated--capital-category": described("416", "Boats & Trains", mature=True),
    "livestream.metadata.updated--both-categories": described("415", "Boats & Trains"),
    "livestream.metadata.updated--no-category": described(None, None, language=""),
    "moderation.banned--for-good": banned("honking", None),
    "moderation.banned--for-a-while": banned("", at(20, 10)),
    "kicks.gifted--plain": kicks(10, None),
    "kicks.gifted--pinned": kicks(5000, 300),
}


def body_of(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def test_every_payload_is_expected_and_every_kind_has_one() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == {*EXPECTED, REAL}
    assert {name.partition("--")[0] for name in EXPECTED} == KINDS
    assert len(KINDS) == 10


@pytest.mark.parametrize("name", EXPECTED)
def test_a_payload_becomes_its_happening(name: str) -> None:
    assert parse(name.partition("--")[0], body_of(name), TOLD_AT) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_edge_reads_the_same_broadcaster_as_the_parser(name: str) -> None:
    assert broadcaster_id(body_of(name)) == EXPECTED[name].broadcaster.id


def test_a_real_delivery_parses() -> None:
    real = json.loads(body_of(REAL))

    happening = parse(real["headers"]["Kick-Event-Type"], real["raw_body"].encode(), TOLD_AT)

    assert isinstance(happening, StreamStarted)
    assert happening.broadcaster.id == "4809577"
    assert happening.started_at == datetime(2025, 4, 1, 7, 56, 18, tzinfo=UTC)


def test_times_are_utc_whatever_their_offset() -> None:
    happening = parse("livestream.status.updated", body_of("livestream.status.updated--live-offset"), TOLD_AT)

    assert isinstance(happening, StreamStarted)
    assert happening.started_at.tzinfo is UTC


def test_an_id_in_quotes_is_the_same_id() -> None:
    quoted = body_of("channel.followed--plain").replace(b"7310042", b'"7310042"', 1)

    assert broadcaster_id(quoted) == "7310042"
    assert parse("channel.followed", quoted, TOLD_AT).broadcaster.id == "7310042"


def test_who_is_flagged_anonymous_stays_so_even_when_named() -> None:
    payload = json.loads(body_of("channel.subscription.gifts--one"))
    payload["gifter"]["is_anonymous"] = True

    happening = parse("channel.subscription.gifts", json.dumps(payload).encode(), TOLD_AT)

    assert isinstance(happening, SubsGifted)
    assert happening.gifter == ANONYMOUS


def test_long_texts_are_cut() -> None:
    payload = json.loads(body_of("chat.message.sent--plain"))
    payload["content"] = "a" * 5_000
    payload["sender"]["username"] = "b" * 5_000
    payload["sender"]["profile_picture"] = "c" * 5_000
    payload["sender"]["identity"]["badges"] = [{"type": "d" * 5_000, "text": "e"}] * 80

    happening = parse("chat.message.sent", json.dumps(payload).encode(), TOLD_AT)

    assert isinstance(happening, ChatSpoken)
    assert happening.text == "a" * 2_000
    assert happening.sender.name == "b" * 100
    assert happening.sender.picture == "c" * 500
    assert happening.badges == (Badge(kind="d" * 100, text="e"),) * 50
