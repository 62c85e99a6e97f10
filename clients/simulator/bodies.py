"""The bodies of Kick's ten event kinds, as its documentation (KickDevDocs, events/event-types) shapes them."""

import re
from datetime import datetime, timedelta, timezone

import orjson

from clients.simulator.happenings import (
    Banned,
    Followed,
    Gifted,
    Happening,
    KicksGiven,
    Manner,
    MetadataChanged,
    Person,
    Redeemed,
    Spoken,
    StreamTold,
    Subscribed,
)

Body = dict[str, object]
PLAIN = Manner()
EMOTE = re.compile(r"\[emote:(\d+):[^\]]+\]")


def write_time(at: datetime, manner: Manner = PLAIN) -> str:
    """RFC 3339 in the manner's zone and with at least its fraction digits; more where `at` would lose something.

    Digits below the microsecond stay under 500 ns, so that cutting and rounding read the same instant.
    """
    local = at.astimezone(timezone(timedelta(minutes=manner.offset_minutes)))
    nanoseconds = f"{local.microsecond:06d}{(local.second * 7) % 5}42"
    needed = len(f"{local.microsecond:06d}".rstrip("0"))
    digits = max(manner.digits, needed)
    fraction = f".{nanoseconds[:digits]}" if digits else ""
    spelled = local.strftime("%z")
    zone = "Z" if manner.offset_minutes == 0 and not manner.spelled_zone else f"{spelled[:3]}:{spelled[3:]}"
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{zone}"


def emotes_of(text: str, *, as_number: bool = False) -> list[Body] | None:
    """Return the emotes marked up in `text` with inclusive positions in characters; None when there are none."""
    positions: dict[str, list[Body]] = {}
    for match in EMOTE.finditer(text):
        positions.setdefault(match[1], []).append({"s": match.start(), "e": match.end() - 1})
    found: list[Body] = [
        {"emote_id": int(number) if as_number else number, "positions": places} for number, places in positions.items()
    ]
    return found or None


def _short_person(person: Person) -> Body:
    """Return a person as redemptions and KICKs name him: neither `is_anonymous` nor `identity`."""
    return {
        "user_id": person.account,
        "username": person.name,
        "is_verified": person.verified,
        "profile_picture": person.picture,
        "channel_slug": person.slug,
    }


def _person(person: Person, manner: Manner) -> Body:
    """Return a person as most events name him; only a chat sender ever has more than a null identity."""
    body: Body = {"is_anonymous": False, **_short_person(person)}
    if manner.identity != "absent":
        body["identity"] = None
    return body


def _nobody(*, flag: bool, manner: Manner) -> Body:
    """Return an anonymous gifter; `flag` False is the documented oddity of null fields beside `is_anonymous: false`."""
    body: Body = {"is_anonymous": flag}
    body |= dict.fromkeys(("user_id", "username", "is_verified", "profile_picture", "channel_slug"))
    if manner.identity != "absent":
        body["identity"] = None
    return body


def _identity(person: Person) -> Body:
    badges: list[Body] = []
    for badge in person.badges:
        written: Body = {"text": badge.text, "type": badge.kind}
        if badge.count is not None:
            written["count"] = badge.count
        badges.append(written)
    return {"username_color": person.colour, "badges": badges}


def chat(broadcaster: Person, fact: Spoken, at: datetime, manner: Manner = PLAIN) -> Body:
    """Return the body of `chat.message.sent`."""
    body: Body = {"message_id": fact.message_id}
    if fact.replies_to is not None:
        body["replies_to"] = {
            "message_id": fact.replies_to.message_id,
            "content": fact.replies_to.text,
            "sender": _person(fact.replies_to.sender, PLAIN),
        }
    sender = _person(fact.sender, manner)
    if manner.identity == "full":
        sender["identity"] = _identity(fact.sender)
    body["broadcaster"] = _person(broadcaster, PLAIN)
    body["sender"] = sender
    body["content"] = fact.text
    body["emotes"] = emotes_of(fact.text, as_number=manner.emote_id_number)
    body["created_at"] = write_time(at, manner)
    return body


def followed(broadcaster: Person, fact: Followed, manner: Manner = PLAIN) -> Body:
    """Return the body of `channel.followed`, which has neither id nor time."""
    return {"broadcaster": _person(broadcaster, manner), "follower": _person(fact.follower, manner)}


def subscribed(broadcaster: Person, fact: Subscribed, at: datetime, manner: Manner = PLAIN) -> Body:
    """Return the body of `channel.subscription.new` and `channel.subscription.renewal`."""
    return {
        "broadcaster": _person(broadcaster, manner),
        "subscriber": _person(fact.subscriber, manner),
        "duration": fact.months,
        "created_at": write_time(at, manner),
        "expires_at": write_time(fact.expires_at, manner),
    }


def gifted(broadcaster: Person, fact: Gifted, at: datetime, manner: Manner = PLAIN) -> Body:
    """Return the body of `channel.subscription.gifts`."""
    gifter = fact.gifter
    return {
        "broadcaster": _person(broadcaster, manner),
        "gifter": _person(gifter, manner) if gifter else _nobody(flag=fact.anonymous_flag, manner=manner),
        "giftees": [_person(giftee, manner) for giftee in fact.giftees],
        "created_at": write_time(at, manner),
        "expires_at": write_time(fact.expires_at, manner),
    }


def redeemed(broadcaster: Person, fact: Redeemed, manner: Manner = PLAIN) -> Body:
    """Return the body of `channel.reward.redemption.updated`."""
    reward = fact.reward
    return {
        "id": fact.redemption_id,
        "user_input": fact.user_input,
        "status": fact.status,
        "redeemed_at": write_time(fact.redeemed_at, manner),
        "reward": {
            "id": reward.id,
            "title": reward.title,
            "cost": reward.cost,
            "description": reward.description,
        },
        "redeemer": _short_person(fact.redeemer),
        "broadcaster": _short_person(broadcaster),
    }


def stream_told(broadcaster: Person, fact: StreamTold, manner: Manner = PLAIN) -> Body:
    """Return the body of `livestream.status.updated`."""
    return {
        "broadcaster": _person(broadcaster, manner),
        "is_live": fact.ended_at is None,
        "title": fact.title,
        "started_at": write_time(fact.started_at, manner),
        "ended_at": None if fact.ended_at is None else write_time(fact.ended_at, manner),
    }


def metadata_changed(broadcaster: Person, fact: MetadataChanged, manner: Manner = PLAIN) -> Body:
    """Return the body of `livestream.metadata.updated`; old senders spell the key `Category`."""
    category: Body = {
        "id": fact.category_id,
        "name": fact.category,
        "thumbnail": f"https://files.kick.com/images/subcategories/{fact.category_id}/banner/small.webp",
    }
    return {
        "broadcaster": _person(broadcaster, manner),
        "metadata": {
            "title": fact.title,
            "language": fact.language,
            "has_mature_content": fact.mature,
            "Category" if manner.capital_category else "category": category,
        },
    }


def banned(broadcaster: Person, fact: Banned, at: datetime, manner: Manner = PLAIN) -> Body:
    """Return the body of `moderation.banned`; a null expiry is for ever."""
    return {
        "broadcaster": _person(broadcaster, manner),
        "moderator": _person(fact.moderator, manner),
        "banned_user": _person(fact.banned, manner),
        "metadata": {
            "reason": fact.reason,
            "created_at": write_time(at, manner),
            "expires_at": None if fact.expires_at is None else write_time(fact.expires_at, manner),
        },
    }


def kicks_given(broadcaster: Person, fact: KicksGiven, at: datetime, manner: Manner = PLAIN) -> Body:
    """Return the body of `kicks.gifted`."""
    gift: Body = {
        "amount": fact.amount,
        "name": fact.name,
        "type": fact.gift_type,
        "tier": fact.tier,
        "message": fact.message,
    }
    if fact.pinned_s is not None:
        gift["pinned_time_seconds"] = fact.pinned_s
    return {
        "broadcaster": _short_person(broadcaster),
        "sender": _short_person(fact.sender),
        "gift": gift,
        "created_at": write_time(at, manner),
    }


def body_of(broadcaster: Person, happening: Happening) -> Body:
    """Return the body that tells `happening`, with the unknown extra fields its manner adds at the top."""
    at, fact, manner = happening.at, happening.fact, happening.manner
    match fact:
        case Spoken():
            body = chat(broadcaster, fact, at, manner)
        case Followed():
            body = followed(broadcaster, fact, manner)
        case Subscribed():
            body = subscribed(broadcaster, fact, at, manner)
        case Gifted():
            body = gifted(broadcaster, fact, at, manner)
        case Redeemed():
            body = redeemed(broadcaster, fact, manner)
        case StreamTold():
            body = stream_told(broadcaster, fact, manner)
        case MetadataChanged():
            body = metadata_changed(broadcaster, fact, manner)
        case Banned():
            body = banned(broadcaster, fact, at, manner)
        case KicksGiven():
            body = kicks_given(broadcaster, fact, at, manner)
    return body | dict(manner.extra)


def tell(broadcaster: Person, happening: Happening) -> bytes:
    """Return the bytes of the body: compact UTF-8, always the same for the same happening."""
    return orjson.dumps(body_of(broadcaster, happening))
