from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.simulator.bodies import PLAIN, body_of, emotes_of, tell, write_time
from clients.simulator.community import Setting, plan
from clients.simulator.happenings import (
    Badge,
    Banned,
    Fact,
    Followed,
    Gifted,
    Happening,
    KicksGiven,
    Manner,
    MetadataChanged,
    Person,
    Redeemed,
    Reward,
    Spoken,
    StreamTold,
    Subscribed,
)

AT = datetime(2026, 5, 4, 12, 0, 1, 250_000, tzinfo=UTC)
LATER = AT + timedelta(days=30)
HOST = Person(account=1, name="Quay", slug="quay", verified=True)
DORA = Person(
    account=2, name="Dora_B", slug="dora-b", badges=(Badge("subscriber", "Subscriber", 4), Badge("vip", "VIP"))
)
EMIL = Person(account=3, name="Emil", slug="emil")

SHORT = {
    "user_id": "int",
    "username": "str",
    "is_verified": "bool",
    "profile_picture": "str",
    "channel_slug": "str",
}
USER = {"is_anonymous": "bool", **SHORT, "identity": "null"}
NOBODY = {"is_anonymous": "bool", **dict.fromkeys(SHORT, "null"), "identity": "null"}
SPOKEN = Spoken(
    message_id="m-2", sender=DORA, text="hi [emote:7:wave]", replies_to=Spoken(message_id="m-1", sender=EMIL, text="?")
)
REDEEMED = Redeemed(
    redemption_id="r-1",
    redeemer=DORA,
    reward=Reward(id="w-1", title="Song", cost=5, description=""),
    user_input="",
    status="pending",
    redeemed_at=AT,
)
KICKS = KicksGiven(sender=DORA, amount=500, name="Sail", gift_type="LEVEL_UP", tier="MID", message="", pinned_s=600)
BANNED = Banned(moderator=EMIL, banned=DORA, reason="", expires_at=LATER)
GIFTED = Gifted(gifter=DORA, giftees=(EMIL,), expires_at=LATER)
DOCUMENTED: dict[str, tuple[Fact, object]] = {
    "chat.message.sent": (
        SPOKEN,
        {
            "message_id": "str",
            "replies_to": {"message_id": "str", "content": "str", "sender": USER},
            "broadcaster": USER,
            "sender": USER
            | {
                "identity": {
                    "username_color": "str",
                    "badges": [{"text": "str", "type": "str", "count": "int"}, {"text": "str", "type": "str"}],
                }
            },
            "content": "str",
            "emotes": [{"emote_id": "str", "positions": [{"s": "int", "e": "int"}]}],
            "created_at": "str",
        },
    ),
    "channel.followed": (Followed(follower=DORA), {"broadcaster": USER, "follower": USER}),
    "channel.subscription.new": (
        Subscribed(subscriber=DORA, months=1, expires_at=LATER),
        {"broadcaster": USER, "subscriber": USER, "duration": "int", "created_at": "str", "expires_at": "str"},
    ),
    "channel.subscription.renewal": (
        Subscribed(subscriber=DORA, months=2, expires_at=LATER),
        {"broadcaster": USER, "subscriber": USER, "duration": "int", "created_at": "str", "expires_at": "str"},
    ),
    "channel.subscription.gifts": (
        GIFTED,
        {"broadcaster": USER, "gifter": USER, "giftees": [USER], "created_at": "str", "expires_at": "str"},
    ),
    "channel.reward.redemption.updated": (
        REDEEMED,
        {
            "id": "str",
            "user_input": "str",
            "status": "str",
            "redeemed_at": "str",
            "reward": {"id": "str", "title": "str", "cost": "int", "description": "str"},
            "redeemer": SHORT,
            "broadcaster": SHORT,
        },
    ),
    "livestream.status.updated": (
        StreamTold(title="t", started_at=AT, ended_at=LATER),
        {"broadcaster": USER, "is_live": "bool", "title": "str", "started_at": "str", "ended_at": "str"},
    ),
    "livestream.metadata.updated": (
        MetadataChanged(title="t", language="en", mature=False, category_id=5, category="Boats"),
        {
            "broadcaster": USER,
            "metadata": {
                "title": "str",
                "language": "str",
                "has_mature_content": "bool",
                "category": {"id": "int", "name": "str", "thumbnail": "str"},
            },
        },
    ),
    "moderation.banned": (
        BANNED,
        {
            "broadcaster": USER,
            "moderator": USER,
            "banned_user": USER,
            "metadata": {"reason": "str", "created_at": "str", "expires_at": "str"},
        },
    ),
    "kicks.gifted": (
        KICKS,
        {
            "broadcaster": SHORT,
            "sender": SHORT,
            "gift": {
                "amount": "int",
                "name": "str",
                "type": "str",
                "tier": "str",
                "message": "str",
                "pinned_time_seconds": "int",
            },
            "created_at": "str",
        },
    ),
}


def shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return "null" if value is None else type(value).__name__


def body(fact: Fact, manner: Manner = PLAIN) -> dict:
    return orjson.loads(tell(HOST, Happening(number=0, at=AT, fact=fact, manner=manner)))


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_every_kind_has_the_documented_keys_and_types(kind: str) -> None:
    fact, documented = DOCUMENTED[kind]
    assert fact.kind == kind
    assert shape(body(fact)) == documented


def test_an_anonymous_gift_is_written_in_both_documented_ways() -> None:
    flagged = body(replace(GIFTED, gifter=None))["gifter"]
    unflagged = body(replace(GIFTED, gifter=None, anonymous_flag=False), Manner(identity="absent"))["gifter"]
    assert shape(flagged) == NOBODY
    assert flagged["is_anonymous"] is True
    assert shape(unflagged) == {key: kind for key, kind in NOBODY.items() if key != "identity"}
    assert unflagged["is_anonymous"] is False


def test_the_variants_of_a_body() -> None:
    assert "identity" not in body(SPOKEN, Manner(identity="absent"))["sender"]
    assert body(SPOKEN, Manner(identity="null"))["sender"]["identity"] is None
    assert body(SPOKEN, Manner(emote_id_number=True))["emotes"][0]["emote_id"] == 7
    assert body(replace(SPOKEN, text="plain", replies_to=None))["emotes"] is None
    assert "replies_to" not in body(replace(SPOKEN, replies_to=None))
    assert body(replace(BANNED, expires_at=None))["metadata"]["expires_at"] is None
    assert "pinned_time_seconds" not in body(replace(KICKS, pinned_s=None))["gift"]
    assert body(StreamTold(title="t", started_at=AT)) | {"broadcaster": 0} == {
        "broadcaster": 0,
        "is_live": True,
        "title": "t",
        "started_at": "2026-05-04T12:00:01.25Z",
        "ended_at": None,
    }
    capital = body(DOCUMENTED["livestream.metadata.updated"][0], Manner(capital_category=True))["metadata"]
    assert "Category" in capital
    assert "category" not in capital
    assert body(SPOKEN, Manner(extra=(("shard", "x"),)))["shard"] == "x"


def test_emote_positions_are_inclusive_characters() -> None:
    text = "⚓ [emote:7:wave] [emote:9:sail] [emote:7:wave]"
    found = emotes_of(text)
    assert found is not None
    seven, nine = found
    assert [text[place["s"] : place["e"] + 1] for place in seven["positions"]] == ["[emote:7:wave]"] * 2
    assert [text[place["s"] : place["e"] + 1] for place in nine["positions"]] == ["[emote:9:sail]"]


@given(
    at=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    manner=st.builds(
        Manner,
        digits=st.integers(0, 9),
        offset_minutes=st.sampled_from([0, 330, -300, 840]),
        spelled_zone=st.booleans(),
    ),
)
def test_a_written_time_reads_as_the_same_instant(at: datetime, manner: Manner) -> None:
    written = write_time(at, manner)
    assert datetime.fromisoformat(written) == at
    fraction = written[20:].rstrip("Z").split("+")[0].split("-")[0] if written[19] == "." else ""
    assert len(fraction) >= manner.digits
    assert len(fraction) <= 9


def test_a_whole_plan_is_valid_json_and_varies_as_kick_does() -> None:
    happenings = plan(Setting(start=AT, duration=timedelta(minutes=20), viewers=60))
    bodies = [orjson.loads(tell(HOST, happening)) for happening in happenings]
    assert all(tell(HOST, happening) == orjson.dumps(body_of(HOST, happening)) for happening in happenings[:50])
    senders = [told["sender"] for told in bodies if "message_id" in told]
    assert {type(sender.get("identity", "absent")) for sender in senders} == {dict, str, type(None)}
    times = [told["created_at"] for told in bodies if "created_at" in told]
    assert any(not written.endswith("Z") for written in times)
    lengths = {len(written.split(".")[1].rstrip("Z")) for written in times if "." in written and written.endswith("Z")}
    assert 9 in lengths
    assert any("." not in written for written in times)
    assert any("shard" in told for told in bodies)
