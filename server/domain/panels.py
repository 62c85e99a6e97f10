"""Panels: messages in Discord channels that stay, and when each is looked at again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from server.domain.alerts import AlertKind, Trouble
from server.domain.linking import NUMERIC
from server.domain.refusals import Refused

PANELS_MAX = 25
HASH = re.compile(r"[0-9a-f]{1,64}", re.ASCII)
LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?", re.ASCII)
HELD_BACK_FOR = timedelta(minutes=10)
HELD_BACK_MAX = 3
"""So often Discord may refuse to have an old message edited; then another takes its place."""

LOOKED_AT_EVERY = timedelta(hours=1)
"""A panel that nothing happens to is looked at so often, because nobody tells when its message was deleted."""


class PanelKind(StrEnum):
    """What a panel shows."""

    LINK = "link"
    LEADERBOARD = "leaderboard"
    RAFFLE = "raffle"
    SLOTS = "slots"
    GIVEAWAY = "giveaway"


class PanelState(StrEnum):
    """How a panel is."""

    WANTED = "wanted"
    POSTED = "posted"
    LOST = "lost"
    PAUSED = "paused"


class PanelOutcome(StrEnum):
    """What became of showing a panel."""

    SHOWN = "shown"
    LOST = "lost"
    HELD_BACK = "held_back"
    FORBIDDEN = "forbidden"
    NO_CHANNEL = "no_channel"


class PanelProblem(StrEnum):
    """What stands in the way of a panel."""

    MESSAGE_DELETED = "message_deleted"
    FORBIDDEN = "forbidden"
    NO_CHANNEL = "no_channel"
    PIN_FORBIDDEN = "pin_forbidden"
    PINS_FULL = "pins_full"


@dataclass(frozen=True, slots=True)
class Pace:
    """How soon after a change a panel is looked at, and how much time lies at least between two looks."""

    burst: timedelta
    steady: timedelta


PACES: Mapping[PanelKind, Pace] = MappingProxyType(
    {
        PanelKind.LINK: Pace(timedelta(seconds=5), timedelta(seconds=60)),
        PanelKind.LEADERBOARD: Pace(timedelta(seconds=60), timedelta(seconds=300)),
        PanelKind.RAFFLE: Pace(timedelta(seconds=10), timedelta(seconds=60)),
        PanelKind.SLOTS: Pace(timedelta(seconds=5), timedelta(seconds=30)),
        PanelKind.GIVEAWAY: Pace(timedelta(seconds=10), timedelta(seconds=60)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the bot says of showing a panel: the message and the hash of what it shows, or why there is none."""

    outcome: PanelOutcome
    message_id: str = ""
    content_hash: str = ""
    problem: PanelProblem | None = None

    def checked(self) -> "Sight":
        """The same; refuses what cannot be."""
        if self.outcome is PanelOutcome.SHOWN:
            check_id(self.message_id, "message")
            if not HASH.fullmatch(self.content_hash):
                raise Refused(
                    "panel_hash_unfit",
                    "A hash has 1 to 64 digits from 0 to 9 and a to f.",
                    "Send the hash of what the message shows.",
                )
        return self


def next_look(kind: PanelKind, now: datetime, shown_at: datetime | None) -> datetime:
    """When a panel is looked at that something happened to: soon, and not too soon after the last time."""
    pace = PACES[kind]
    soon = now + pace.burst
    return soon if shown_at is None else max(soon, shown_at + pace.steady)


def check_id(given: str, what: str) -> None:
    """Refuse what cannot be Discord's id of something."""
    if not NUMERIC.fullmatch(given):
        raise Refused(
            "discord_id_invalid",
            f"{given[:50]!r} cannot be Discord's id of a {what}.",
            "Use the number that Discord gives it, never a name.",
        )


def check_locale(given: str) -> None:
    """Refuse what is no language of Discord."""
    if not LOCALE.fullmatch(given):
        raise Refused("panel_locale_unknown", f"{given[:20]!r} is no language.", "Use one such as en-US or de.")


def check_room(many: int) -> None:
    """Refuse another panel where there are enough."""
    if many >= PANELS_MAX:
        raise Refused("panels_full", f"A community has {PANELS_MAX} panels at most.", "Delete one first.")


def unknown() -> Refused:
    """The refusal of a panel that is not there."""
    return Refused("panel_unknown", "This community has no such panel.", "Use the `id` of one of its panels.")


def taken(kind: PanelKind) -> Refused:
    """The refusal of a second panel of a kind in a channel."""
    return Refused(
        "panel_there",
        f"There is a panel of the kind {kind.value} in this channel already.",
        "Refresh or move that one, or choose another channel.",
    )


def no_guild() -> Refused:
    """The refusal of a panel where no Discord server is bound."""
    return Refused(
        "guild_not_bound",
        "No Discord server belongs to this community.",
        "Bind one first: createGuildBinding gives the code for it.",
    )


DETAILS: Mapping[PanelProblem, tuple[str, str]] = MappingProxyType(
    {
        PanelProblem.MESSAGE_DELETED: (
            "Somebody deleted its message.",
            "Refresh the panel, and it is posted anew; or delete the panel.",
        ),
        PanelProblem.FORBIDDEN: (
            "The bot may not see the channel, or not write into it.",
            "Let the bot view the channel, send messages, embed links and read the history there. Then refresh it.",
        ),
        PanelProblem.NO_CHANNEL: ("Its channel was deleted.", "Move the panel to another channel, or delete it."),
        PanelProblem.PIN_FORBIDDEN: (
            "It is shown, but the bot may not pin it.",
            "Let the bot pin messages in the channel. Then refresh the panel.",
        ),
        PanelProblem.PINS_FULL: (
            "It is shown, but the channel has as many pinned messages as it can have.",
            "Unpin one. Then refresh the panel.",
        ),
    }
)


def trouble_of(community_id: int, panel_id: int, kind: str, problem: PanelProblem) -> Trouble:
    """The trouble that a panel is in."""
    detail, remedy = DETAILS[problem]
    return Trouble(
        community_id=community_id,
        kind=AlertKind.PANEL_FAILED,
        about=str(panel_id),
        title=f"The {kind} panel on Discord has a problem",
        detail=detail,
        remedy=remedy,
    )
