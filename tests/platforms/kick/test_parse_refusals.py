import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.platforms.kick.parse import KINDS, broadcaster_id, parse
from server.platforms.kick.values import Unparsable

PAYLOADS = Path(__file__).parents[2] / "payloads/kick"
TOLD_AT = datetime(2026, 10, 3, 23, 30, 1, tzinfo=UTC)
BODIES = {path.stem: path.read_bytes() for path in PAYLOADS.glob("*--*.json")}
# Kick sends both in one shape; only the type, which is not signed, tells them apart.
TWINS = {"channel.subscription.new", "channel.subscription.renewal"}


def refusal(kind: str, body: bytes) -> Unparsable:
    with pytest.raises(Unparsable) as caught:
        parse(kind, body, TOLD_AT)
    assert str(caught.value) == caught.value.message
    return caught.value


def changed(name: str, path: str, value: Any) -> bytes:
    payload = json.loads(BODIES[name])
    *way, last = path.split(".")
    place = payload
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return json.dumps(payload).encode()


def without(name: str, key: str) -> bytes:
    payload = json.loads(BODIES[name])
    del payload[key]
    return json.dumps(payload).encode()


def test_an_unknown_kind_is_named() -> None:
    fault = refusal("channel.raided", BODIES["channel.followed--plain"])

    assert (fault.code, fault.message) == ("unknown_kind", "no parser reads the type 'channel.raided'")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff{}", b"\xef\xbb\xbf{}", b'{"a":NaN}', b'"\\ud800"', b"[" * 3_000])
def test_what_is_no_json_is_told_by_place(body: bytes) -> None:
    fault = refusal("channel.followed", body)

    assert fault.code == "not_json"
    assert fault.message.startswith("body: ")
    assert "line 1 column" in fault.message


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("body", [b"null", b"7", b'"text"', b"[]", b"{}"])
def test_json_that_is_no_payload_is_refused(kind: str, body: bytes) -> None:
    assert refusal(kind, body).code == "wrong_shape"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_body_sent_under_another_type_is_refused(kind: str) -> None:
    for name, body in BODIES.items():
        own = name.partition("--")[0]
        if own != kind and {own, kind} != TWINS:
            assert refusal(kind, body).code == "wrong_shape", name


def test_a_gift_sent_as_a_follow_is_refused_even_with_a_follower_in_it() -> None:
    body = changed("channel.subscription.gifts--one", "follower", {"user_id": 8800017})

    assert refusal("channel.followed", body).message == "giftees: does not belong to channel.followed"


def test_a_ban_sent_as_a_stream_description_is_refused() -> None:
    fault = refusal("livestream.metadata.updated", BODIES["moderation.banned--for-good"])

    assert fault.message == "banned_user: does not belong to livestream.metadata.updated"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("chat.message.sent--plain", "message_id"),
        ("chat.message.sent--plain", "created_at"),
        ("channel.followed--plain", "broadcaster"),
        ("channel.followed--plain", "follower"),
        ("channel.subscription.new--plain", "duration"),
        ("channel.subscription.gifts--one", "gifter"),
        ("channel.reward.redemption.updated--pending", "status"),
        ("livestream.status.updated--live", "started_at"),
        ("moderation.banned--for-good", "moderator"),
        ("kicks.gifted--plain", "sender"),
    ],
)
def test_a_missing_field_is_named(name: str, key: str) -> None:
    kind = name.partition("--")[0]

    assert refusal(kind, without(name, key)).message == f"{key}: missing, {kind} always has it"


@pytest.mark.parametrize(
    ("name", "path", "value", "message"),
    [
        ("channel.followed--plain", "broadcaster", [], "broadcaster: expected an object, found a list"),
        (
            "channel.followed--plain",
            "broadcaster.user_id",
            None,
            "broadcaster.user_id: expected a number, found nothing",
        ),
        (
            "channel.followed--plain",
            "follower.user_id",
            True,
            "follower.user_id: expected a positive number, found true",
        ),
        (
            "channel.followed--plain",
            "follower.user_id",
            -8,
            "follower.user_id: expected a positive number, found the number -8",
        ),
        (
            "channel.followed--plain",
            "follower.user_id",
            "0x1f",
            "follower.user_id: expected a positive number, found the text '0x1f'",
        ),
        ("channel.followed--plain", "follower", {}, "follower.user_id: expected a number or null, found nothing"),
        (
            "channel.followed--plain",
            "follower.is_anonymous",
            "no",
            "follower.is_anonymous: expected true or false, found the text 'no'",
        ),
        ("channel.followed--plain", "follower.username", 5, "follower.username: expected a text, found the number 5"),
        ("chat.message.sent--plain", "content", None, "content: expected a text, found nothing"),
        ("chat.message.sent--plain", "message_id", "", "message_id: expected an identifier, found the text ''"),
        ("chat.message.sent--plain", "emotes", {}, "emotes: expected a list, found an object"),
        (
            "chat.message.sent--plain",
            "sender.identity",
            1.5,
            "sender.identity: expected an object, found the number 1.5",
        ),
        (
            "chat.message.sent--badges",
            "sender.identity.badges.1.count",
            "14",
            "sender.identity.badges[1].count: expected a whole number that is not negative, found the text '14'",
        ),
        ("chat.message.sent--reply", "replies_to", "x", "replies_to: expected an object, found the text 'x'"),
        (
            "chat.message.sent--plain",
            "created_at",
            1_791_055_221,
            "created_at: expected an RFC 3339 time with its zone, found the number 1791055221",
        ),
        (
            "chat.message.sent--plain",
            "created_at",
            "2026-10-03T19:20:21",
            "created_at: expected an RFC 3339 time with its zone, found the text '2026-10-03T19:20:21'",
        ),
        (
            "channel.subscription.new--plain",
            "duration",
            2**53,
            "duration: expected a whole number that is not negative, found the number 9007199254740992",
        ),
        (
            "channel.subscription.gifts--three",
            "giftees.2.user_id",
            8.5,
            "giftees[2].user_id: expected a positive number, found the number 8.5",
        ),
        ("channel.subscription.gifts--one", "giftees", [], "giftees: expected 1 to 1000 people, found 0"),
        (
            "channel.subscription.gifts--one",
            "giftees",
            [{"user_id": 1}] * 1_001,
            "giftees: expected 1 to 1000 people, found 1001",
        ),
        (
            "channel.reward.redemption.updated--pending",
            "status",
            "lost",
            "status: expected pending, accepted or rejected, found the text 'lost'",
        ),
        (
            "channel.reward.redemption.updated--pending",
            "status",
            [],
            "status: expected pending, accepted or rejected, found a list",
        ),
        (
            "channel.reward.redemption.updated--pending",
            "reward.id",
            None,
            "reward.id: expected an identifier, found nothing",
        ),
        ("livestream.status.updated--live", "is_live", None, "is_live: expected true or false, found nothing"),
        (
            "livestream.metadata.updated--category",
            "metadata.category",
            415,
            "metadata.category: expected an object, found the number 415",
        ),
        (
            "livestream.metadata.updated--capital-category",
            "metadata.Category.name",
            [],
            "metadata.Category.name: expected a text, found a list",
        ),
        (
            "moderation.banned--for-good",
            "metadata.created_at",
            None,
            "metadata.created_at: expected an RFC 3339 time with its zone, found nothing",
        ),
        (
            "kicks.gifted--plain",
            "gift.amount",
            -5,
            "gift.amount: expected a whole number that is not negative, found the number -5",
        ),
    ],
)
def test_a_wrong_value_is_told_by_path(name: str, path: str, value: Any, message: str) -> None:
    fault = refusal(name.partition("--")[0], changed(name, path, value))

    assert (fault.code, fault.message) == ("wrong_shape", message)


def test_a_message_shows_at_most_80_characters_of_content() -> None:
    body = changed("chat.message.sent--plain", "created_at", "\u202e\u0000secret " * 1_000)
    for fault in (refusal("chat.message.sent", body), refusal("\u202e" * 1_000, body)):
        shown = fault.message.partition("'")[2]
        assert 0 < len(shown) < 80
        assert shown.isprintable()


def test_a_fault_does_not_carry_the_body_along() -> None:
    fault = refusal("chat.message.sent", b'{"canary')

    assert fault.__cause__ is None
    assert fault.__suppress_context__


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"broadcaster"',
        b"{}",
        b'{"broadcaster":null}',
        b'{"broadcaster":[]}',
        b'{"broadcaster":{}}',
        b'{"broadcaster":{"user_id":null}}',
        b'{"broadcaster":{"user_id":0}}',
        b'{"broadcaster":{"user_id":-1}}',
        b'{"broadcaster":{"user_id":true}}',
        b'{"broadcaster":{"user_id":1.0}}',
        b'{"broadcaster":{"user_id":"01"}}',
        b'{"broadcaster":{"user_id":"1\\n"}}',
        b'{"broadcaster":{"user_id":[1]}}',
    ],
)
def test_no_broadcaster_is_read_where_there_is_none(body: bytes) -> None:
    assert broadcaster_id(body) is None
