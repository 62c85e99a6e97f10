"""Who may make a community: one-time codes, and when they are good."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.domain.refusals import Refused
from server.domain.staff import Holder

SETUP_LIFETIME = timedelta(hours=24)
INVITATION_DAYS = 7
INVITATION_DAYS_MAX = 30
OPEN_MAX = 100
OWNED_MAX = 5
"""So many communities one account owns at most where everybody may make one."""

ASK_THE_OPERATOR = "Ask whoever runs this server for a code; `regulars invite` makes one."


class InvitationKind(StrEnum):
    """What a code is for."""

    SETUP = "setup"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A code that was given out; with a `holder` it is good for that account alone."""

    id: int
    kind: InvitationKind
    salt: str
    holder: Holder | None
    expires_at: datetime
    used_at: datetime | None


def check_lifetime(days: int) -> timedelta:
    """How long an invitation lasts, or a refusal."""
    if not 1 <= days <= INVITATION_DAYS_MAX:
        raise Refused(
            "invitation_days_out_of_range",
            f"An invitation is good for 1 to {INVITATION_DAYS_MAX} days.",
            "Choose a number of days between.",
        )
    return timedelta(days=days)


def check_room(are_open: int) -> None:
    """Refuse one more code while many are open."""
    if are_open >= OPEN_MAX:
        raise Refused(
            "invitations_too_many",
            f"{OPEN_MAX} invitations are open already.",
            "Wait until some of them are used or expire.",
        )


def check_first(communities: int) -> None:
    """Refuse a set-up code once there is a community."""
    if communities:
        raise Refused(
            "setup_over",
            "There is a community already; a set-up code is for the first one.",
            "Use an invitation instead: `regulars invite` prints one.",
        )


def check_owned(owned: int) -> None:
    """Refuse one more community to an account that owns many."""
    if owned >= OWNED_MAX:
        raise Refused(
            "communities_too_many",
            f"You own {OWNED_MAX} communities here already.",
            f"Use one of them. {ASK_THE_OPERATOR}",
        )


def check_code(found: Invitation | None, holder: Holder, communities: int, now: datetime) -> Invitation:
    """The invitation that a code belongs to, or why it cannot be used by this account, among so many communities."""
    if found is None:
        raise Refused(
            "code_wrong",
            "This code is not one of ours.",
            "Copy it exactly as it was shown: three groups of four letters and digits.",
        )
    if found.used_at is not None:
        raise Refused("code_used", "This code was used already; each is good once.", ASK_THE_OPERATOR)
    if now >= found.expires_at:
        raise Refused("code_expired", "This code has expired.", ASK_THE_OPERATOR)
    if found.holder is not None and found.holder != holder:
        raise Refused(
            "code_not_yours",
            "This invitation was made for another account.",
            f"Sign in with the account it was made for. Otherwise: {ASK_THE_OPERATOR}",
        )
    if found.kind is InvitationKind.SETUP:
        check_first(communities)
    return found


def open_among(invitations: Iterable[Invitation], now: datetime) -> list[Invitation]:
    """Those that can still be used."""
    return [one for one in invitations if one.used_at is None and now < one.expires_at]
