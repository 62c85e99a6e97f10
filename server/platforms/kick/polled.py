"""What asking Kick brought to light, as deliveries of our own that travel the same road as Kick's."""

from datetime import datetime
from typing import Any

import orjson

from server.events.happening import Happening
from server.events.streams import StreamSeen
from server.platforms.kick import parse as kick
from server.platforms.kick import values
from server.platforms.kick.values import Unparsable

KIND_PREFIX = "poll."
STATUS = f"{KIND_PREFIX}livestream.status.updated"
SEEN = f"{KIND_PREFIX}livestream.seen"
REDEMPTION = f"{KIND_PREFIX}channel.reward.redemption.updated"


def status_body(owner: dict[str, Any], *, started_at: datetime, title: str, is_live: bool) -> bytes:
    """Return the body of a start, or of an end whose instant is that of its being told."""
    return orjson.dumps(
        {
            "broadcaster": owner,
            "is_live": is_live,
            "title": title,
            "started_at": started_at.isoformat(),
            "ended_at": None,
        }
    )


def seen_body(owner: dict[str, Any], *, started_at: datetime) -> bytes:
    """Return the body that says: the stream that began then is live when this is told."""
    return orjson.dumps({"broadcaster": owner, "started_at": started_at.isoformat()})


def owner_of(external_id: str, name: str, slug: str | None) -> dict[str, Any]:
    """Return a channel's owner as Kick writes him."""
    return {
        "is_anonymous": False,
        "user_id": int(external_id),
        "username": name,
        "is_verified": None,
        "profile_picture": "",
        "channel_slug": slug or "",
        "identity": None,
    }


def parse(kind: str, body: bytes, told_at: datetime) -> Happening:
    """Return what such a delivery tells; raises Unparsable."""
    if kind in {STATUS, REDEMPTION}:
        return kick.parse(kind.removeprefix(KIND_PREFIX), body, told_at)
    if kind != SEEN:
        raise Unparsable("unknown_kind", f"no parser reads the type {values.echo(kind)}")
    try:
        told = values.fields(orjson.loads(body), "body")
    except orjson.JSONDecodeError as fault:
        raise Unparsable("not_json", f"body: {fault}") from None
    return StreamSeen(
        platform=kick.PLATFORM,
        broadcaster=values.channel_owner(told.get("broadcaster"), "broadcaster"),
        started_at=values.instant(told.get("started_at"), "started_at"),
        seen_at=told_at,
    )
