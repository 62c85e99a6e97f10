"""Which Discord server belongs to which community: one to one, bound by both sides with a one-time code."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from server.domain.linking import NUMERIC
from server.domain.refusals import Refused

CODE_MINUTES = 15
CODE_MINUTES_MAX = 60
OPEN_MAX = 5
NAME_LENGTH_MAX = 100
CHANNEL_LENGTH_MAX = 20
NEW_CODE = "Make a new code on the community's page, signed in as an owner."


class Purpose(StrEnum):
    """What a channel of a Discord server is chosen for."""

    ANNOUNCEMENTS = "announcements"
    RAFFLE = "raffle"
    GIVEAWAYS = "giveaways"
    SLOT_CALLS = "slot_calls"
    LINK_LOG = "link_log"
    STAFF = "staff"


POSTED: Mapping[str, Purpose] = {
    "stream_live": Purpose.ANNOUNCEMENTS,
    "draw_committed": Purpose.RAFFLE,
    "draw_done": Purpose.RAFFLE,
    "slot_called": Purpose.SLOT_CALLS,
    "link_logged": Purpose.LINK_LOG,
    "staff_alert": Purpose.STAFF,
}
"""The jobs that are posted into a channel, by their kinds."""


def purpose_of(kind: str, payload: Mapping[str, Any]) -> Purpose | None:
    """The purpose whose channel a job is posted into; None for one that is not posted. Draws may be of giveaways."""
    purpose = POSTED.get(kind)
    return Purpose.GIVEAWAYS if purpose is Purpose.RAFFLE and "giveaway" in payload else purpose


def check_purposes(purposes: Collection[Purpose]) -> None:
    """Return if something is to be posted, else refuse."""
    if not purposes:
        raise Refused("purposes_missing", "Nothing was named that is to be posted.", "Name at least one of `purposes`.")


def check_channel(channel: str | None, *, is_bound: bool) -> str | None:
    """Discord's id of a channel that was chosen, None for none; refuses what is no id, and any without a server."""
    if channel is None:
        return None
    if not NUMERIC.fullmatch(channel) or len(channel) > CHANNEL_LENGTH_MAX:
        raise Refused(
            "channel_id_invalid",
            f"{channel[:50]!r} cannot be the id of a channel on Discord.",
            "Choose a channel with /settings channel, or copy its id in Discord.",
        )
    if not is_bound:
        raise Refused(
            "community_without_guild",
            "This community has no Discord server whose channels could be chosen.",
            "An owner binds one on the community's page first.",
        )
    return channel


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildCode:
    """A code that was given out for a community."""

    id: int
    community_id: int
    salt: str
    expires_at: datetime
    used_at: datetime | None


def check_lifetime(minutes: int) -> timedelta:
    """How long a code lasts, or a refusal."""
    if not 1 <= minutes <= CODE_MINUTES_MAX:
        raise Refused(
            "guild_code_minutes_out_of_range",
            f"A code is good for 1 to {CODE_MINUTES_MAX} minutes.",
            "Choose a number of minutes between.",
        )
    return timedelta(minutes=minutes)


def check_meant(bound: str | None, meant: str) -> None:
    """Refuse to unbind a Discord server that is not the bound one."""
    if bound != meant:
        raise Refused(
            "guild_not_bound",
            "This Discord server does not belong to the community.",
            "Look at the community's `guild`; it may have been unbound already.",
        )


def check_room(are_open: int) -> None:
    """Refuse one more code while some are open."""
    if are_open >= OPEN_MAX:
        raise Refused(
            "guild_codes_too_many",
            f"{OPEN_MAX} codes of this community are open already.",
            "Use the newest one, or wait until some have expired.",
        )


def check_code(found: GuildCode | None, now: datetime) -> GuildCode:
    """The code that was typed, or why it binds nothing."""
    if found is None:
        raise Refused("guild_code_wrong", "This code is not one of ours.", f"Type it as the page shows it. {NEW_CODE}")
    if found.used_at is not None:
        raise Refused("guild_code_used", "This code was used already; each is good once.", NEW_CODE)
    if now >= found.expires_at:
        raise Refused("guild_code_expired", "This code has expired.", NEW_CODE)
    return found


def check_free(guild: str, bound_guild: str | None, bound_community: int | None, community_id: int) -> None:
    """Refuse a guild that belongs to another community, and a community that has another guild."""
    if bound_community is not None and bound_community != community_id:
        raise Refused(
            "guild_bound_elsewhere",
            "This Discord server belongs to another community already.",
            "Unbind it there first; one Discord server belongs to one community.",
        )
    if bound_guild is not None and bound_guild != guild:
        raise Refused(
            "community_has_guild",
            "This community has another Discord server already.",
            "An owner unbinds it on the community's page first; one community has one Discord server.",
        )


def check_bound(community_id: int, bound_community: int | None) -> None:
    """Refuse what is asked in a Discord server that does not belong to the community it is asked of."""
    if bound_community != community_id:
        raise Refused(
            "guild_not_bound",
            "This Discord server does not belong to that community.",
            "Ask in the community's own Discord server; an owner binds one on the community's page.",
        )
