"""Kick's ten documented payloads as happenings: https://docs.kick.com/events/event-types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from server.events.chat import Badge, ChatSpoken
from server.events.follows import Followed
from server.events.happening import NOTHING, Happening, Person
from server.events.moderation import Banned
from server.events.rewards import RedemptionState, RewardRedeemed
from server.events.streams import StreamDescribed, StreamEnded, StreamStarted
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.platforms.kick import values
from server.platforms.kick.values import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, Unparsable, mismatch

PLATFORM = "kick"
GIFTEES_MAX = 1_000
BADGES_MAX = 50

# Whoever owns a Kick app can send us his genuine bodies under another type, which Kick does not sign. A body that holds
# one of these belongs to the kinds that list it and to no other. Names that any kind may come to carry are not here.
_TELLING = frozenset(
    {"content", "follower", "subscriber", "gifter", "giftees", "redeemer", "reward", "is_live", "metadata"}
    | {"moderator", "banned_user", "gift"}
)


@dataclass(frozen=True, slots=True)
class _News:
    body: Mapping[str, Any]
    broadcaster: Person
    told_at: datetime
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How to read one kind; `needed` keys must be there, `known` ones may be, `foreign` ones must not."""

    read: Callable[[_News], Happening]
    needed: frozenset[str]
    known: frozenset[str]
    foreign: frozenset[str]


def parse(kind: str, body: bytes, told_at: datetime) -> Happening:
    """Return what a delivery of type `kind` tells; `told_at`, when Kick sent it, serves where the body has no time.

    Raises Unparsable: `unknown_kind`, `not_json`, or `wrong_shape` with the path of the first value that is wrong.
    """
    wanted = _KINDS.get(kind)
    if wanted is None:
        raise Unparsable("unknown_kind", f"no parser reads the type {values.echo(kind)}")
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        # The cause would carry the whole body along.
        raise Unparsable("not_json", f"body: {fault}") from None
    told = values.fields(decoded, "body")
    if not (told.keys() >= wanted.needed and wanted.foreign.isdisjoint(told)):
        raise _misfit(kind, wanted, told)
    extra = NOTHING if told.keys() <= wanted.known else values.unknown_fields(told, wanted.known)
    owner = values.channel_owner(told["broadcaster"], "broadcaster")
    return wanted.read(_News(told, owner, told_at, extra))


def broadcaster_id(body: bytes) -> str | None:
    """Return the id of the channel's owner in any delivery, or None when the body is not JSON or names none."""
    try:
        return values.user_id(orjson.loads(body)["broadcaster"]["user_id"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _misfit(kind: str, wanted: _Kind, told: Mapping[str, Any]) -> Unparsable:
    missing = sorted(wanted.needed - told.keys())
    if missing:
        return Unparsable("wrong_shape", f"{missing[0]}: missing, {kind} always has it")
    return Unparsable("wrong_shape", f"{min(wanted.foreign & told.keys())}: does not belong to {kind}")


def _chat(news: _News) -> ChatSpoken:
    body = news.body
    values.items(body.get("emotes"), "emotes")
    sender = body["sender"]
    speaker = values.person(sender, "sender")
    identity = sender.get("identity")
    replies_to = body.get("replies_to")
    return ChatSpoken(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        message_id=values.identifier(body["message_id"], "message_id"),
        sender=speaker,
        text=values.text(body["content"], "content", TEXT_LENGTH_MAX),
        at=values.instant(body["created_at"], "created_at"),
        badges=() if identity is None else badges_of(identity),
        replies_to=None if replies_to is None else _replied_message(replies_to),
    )


def badges_of(identity: object) -> tuple[Badge, ...]:
    """Return the badges of a chat message's sender, at most 50."""
    listed = values.items(values.fields(identity, "sender.identity").get("badges"), "sender.identity.badges")
    return tuple(_badge(badge, f"sender.identity.badges[{place}]") for place, badge in enumerate(listed[:BADGES_MAX]))


def _badge(value: object, path: str) -> Badge:
    badge = values.fields(value, path)
    return Badge(
        kind=values.text(badge.get("type"), f"{path}.type", NAME_LENGTH_MAX),
        text=_text_or_empty(badge.get("text"), f"{path}.text", NAME_LENGTH_MAX),
        count=values.optional_count(badge.get("count"), f"{path}.count"),
    )


def _replied_message(value: object) -> str | None:
    return values.optional_identifier(values.fields(value, "replies_to").get("message_id"), "replies_to.message_id")


def _follow(news: _News) -> Followed:
    return Followed(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        follower=values.person(news.body["follower"], "follower"),
        told_at=news.told_at,
    )


def _sub(news: _News, of: type[SubStarted | SubRenewed]) -> SubStarted | SubRenewed:
    body = news.body
    return of(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        subscriber=values.person(body["subscriber"], "subscriber"),
        months=values.count(body["duration"], "duration"),
        at=values.instant(body["created_at"], "created_at"),
        expires_at=values.optional_instant(body.get("expires_at"), "expires_at"),
    )


def _first_sub(news: _News) -> Happening:
    return _sub(news, SubStarted)


def _renewal(news: _News) -> Happening:
    return _sub(news, SubRenewed)


def _gifts(news: _News) -> SubsGifted:
    body = news.body
    giftees = values.items(body["giftees"], "giftees")
    if not 1 <= len(giftees) <= GIFTEES_MAX:
        raise Unparsable("wrong_shape", f"giftees: expected 1 to {GIFTEES_MAX} people, found {len(giftees)}")
    return SubsGifted(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        gifter=values.person(body["gifter"], "gifter"),
        giftees=tuple(values.person(giftee, f"giftees[{place}]") for place, giftee in enumerate(giftees)),
        at=values.instant(body["created_at"], "created_at"),
        expires_at=values.optional_instant(body.get("expires_at"), "expires_at"),
    )


def _redemption(news: _News) -> RewardRedeemed:
    body = news.body
    reward = values.fields(body["reward"], "reward")
    return RewardRedeemed(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        redemption_id=values.identifier(body["id"], "id"),
        state=_redemption_state(body["status"]),
        redeemer=values.person(body["redeemer"], "redeemer"),
        reward_id=values.identifier(reward.get("id"), "reward.id"),
        reward_title=_text_or_empty(reward.get("title"), "reward.title", NAME_LENGTH_MAX),
        cost=values.count(reward.get("cost"), "reward.cost"),
        user_input=_text_or_empty(body.get("user_input"), "user_input", TEXT_LENGTH_MAX),
        at=values.instant(body["redeemed_at"], "redeemed_at"),
    )


def _redemption_state(value: object) -> RedemptionState:
    try:
        return RedemptionState(value)
    except ValueError:
        raise mismatch("status", "pending, accepted or rejected", value) from None


def _stream(news: _News) -> StreamStarted | StreamEnded:
    body = news.body
    started_at = values.instant(body["started_at"], "started_at")
    ended_at = values.optional_instant(body.get("ended_at"), "ended_at")
    title = _text_or_empty(body.get("title"), "title", TEXT_LENGTH_MAX)
    if values.flag(body["is_live"], "is_live"):
        return StreamStarted(
            platform=PLATFORM,
            broadcaster=news.broadcaster,
            extra=news.extra,
            started_at=started_at,
            title=title,
            told_at=news.told_at,
        )
    return StreamEnded(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        started_at=started_at,
        ended_at=ended_at or news.told_at,
        is_guess=ended_at is None,
        title=title,
        told_at=news.told_at,
    )


def _stream_description(news: _News) -> StreamDescribed:
    metadata = values.fields(news.body["metadata"], "metadata")
    # Kick used to write the key with a capital letter.
    key = "Category" if "category" not in metadata else "category"
    path = f"metadata.{key}"
    category = values.fields({} if metadata.get(key) is None else metadata[key], path)
    return StreamDescribed(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        title=_text_or_empty(metadata.get("title"), "metadata.title", TEXT_LENGTH_MAX),
        language=_text_or_empty(metadata.get("language"), "metadata.language", NAME_LENGTH_MAX),
        category_id=values.optional_identifier(category.get("id"), f"{path}.id"),
        category_name=values.optional_text(category.get("name"), f"{path}.name", NAME_LENGTH_MAX),
        is_mature=values.optional_flag(metadata.get("has_mature_content"), "metadata.has_mature_content"),
        told_at=news.told_at,
    )


def _ban(news: _News) -> Banned:
    body = news.body
    metadata = values.fields(body["metadata"], "metadata")
    return Banned(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        moderator=values.person(body["moderator"], "moderator"),
        banned=values.person(body["banned_user"], "banned_user"),
        reason=_text_or_empty(metadata.get("reason"), "metadata.reason", TEXT_LENGTH_MAX),
        at=values.instant(metadata.get("created_at"), "metadata.created_at"),
        expires_at=values.optional_instant(metadata.get("expires_at"), "metadata.expires_at"),
    )


def _kicks(news: _News) -> KicksGifted:
    body = news.body
    gift = values.fields(body["gift"], "gift")
    return KicksGifted(
        platform=PLATFORM,
        broadcaster=news.broadcaster,
        extra=news.extra,
        sender=values.person(body["sender"], "sender"),
        amount=values.count(gift.get("amount"), "gift.amount"),
        name=_text_or_empty(gift.get("name"), "gift.name", NAME_LENGTH_MAX),
        kind=_text_or_empty(gift.get("type"), "gift.type", NAME_LENGTH_MAX),
        tier=_text_or_empty(gift.get("tier"), "gift.tier", NAME_LENGTH_MAX),
        message=_text_or_empty(gift.get("message"), "gift.message", TEXT_LENGTH_MAX),
        at=values.instant(body["created_at"], "created_at"),
        pinned_s=values.optional_count(gift.get("pinned_time_seconds"), "gift.pinned_time_seconds"),
    )


def _text_or_empty(value: object, path: str, length_max: int) -> str:
    return values.optional_text(value, path, length_max) or ""


def _kind(read: Callable[[_News], Happening], needed: str, optional: str = "") -> _Kind:
    needed_keys = frozenset(("broadcaster", *needed.split()))
    known = needed_keys.union(optional.split())
    return _Kind(read, needed_keys, known, foreign=_TELLING - known)


_KINDS: Mapping[str, _Kind] = {
    "chat.message.sent": _kind(_chat, "message_id sender content created_at", "replies_to emotes"),
    "channel.followed": _kind(_follow, "follower"),
    "channel.subscription.new": _kind(_first_sub, "subscriber duration created_at", "expires_at"),
    "channel.subscription.renewal": _kind(_renewal, "subscriber duration created_at", "expires_at"),
    "channel.subscription.gifts": _kind(_gifts, "gifter giftees created_at", "expires_at"),
    "channel.reward.redemption.updated": _kind(_redemption, "id status redeemed_at reward redeemer", "user_input"),
    "livestream.status.updated": _kind(_stream, "is_live started_at", "title ended_at"),
    "livestream.metadata.updated": _kind(_stream_description, "metadata"),
    "moderation.banned": _kind(_ban, "moderator banned_user metadata"),
    "kicks.gifted": _kind(_kicks, "sender gift created_at"),
}

KINDS = frozenset(_KINDS)
