"""Which source is listened to, kind by kind."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from server.domain.happenings.values import Kind
from server.events.chat import ChatSpoken
from server.events.happening import Happening
from server.events.moderation import Banned
from server.events.streams import StreamDescribed, StreamEnded, StreamStarted, StreamStopped
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.events.tellings import Source


class Heard(StrEnum):
    """Whom a community believes about a kind of news; of both the first, the others witness it."""

    WEBHOOK = "webhook"
    WEBSOCKET = "websocket"
    BOTH = "both"

    def takes(self, source: Source) -> bool:
        """Whether what `source` tells counts."""
        return self is Heard.BOTH or self.value == source.value


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSources:
    """A community's choice; follows and redemptions are told in full by webhooks only, so that there is none."""

    chat: Heard = Heard.WEBHOOK
    subs: Heard = Heard.BOTH
    gifts: Heard = Heard.BOTH
    kicks: Heard = Heard.BOTH
    streams: Heard = Heard.WEBHOOK
    bans: Heard = Heard.WEBHOOK

    def stored(self) -> dict[str, Any]:
        """JSON values, from which `restored` makes the same."""
        return {one.name: str(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "IngestSources":
        """What was stored; what it does not know is as it is by default."""
        return cls(**{one.name: Heard(data[one.name]) for one in fields(cls) if one.name in data})

    def take(self, happening: Happening, source: Source) -> bool:
        """Whether this copy of a happening counts."""
        asked = _ASKED.get(type(happening))
        return source is Source.WEBHOOK if asked is None else getattr(self, asked).takes(source)


_ASKED: Mapping[type, str] = {
    ChatSpoken: "chat",
    SubStarted: "subs",
    SubRenewed: "subs",
    SubsGifted: "gifts",
    KicksGifted: "kicks",
    StreamStarted: "streams",
    StreamEnded: "streams",
    StreamStopped: "streams",
    StreamDescribed: "streams",
    Banned: "bans",
}

NAMES_FOR = frozenset({Kind.SUB, Kind.RENEWAL, Kind.GIFT})
"""The kinds that a socket tells by name, so that somebody else has to say who that is."""
