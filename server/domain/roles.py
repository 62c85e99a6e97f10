"""Role rewards: which roles on Discord a member should have, by what he watched and whether he has linked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.domain.instants import MINUTE
from server.domain.linking import NUMERIC
from server.domain.refusals import Refused

MINUTES_MAX = 5_256_000
"""Ten years."""

REWARDS_MAX = 50
NAME_LENGTH_MAX = 100
HAD = "had"
"""The reference of a job that found the role given by somebody else: such a role is never taken."""


class Reason(StrEnum):
    """Why a role is given or taken."""

    WATCHED = "watched"
    LINKED = "linked"
    OUTRANKED = "outranked"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """A role that is given for minutes watched; without minutes it is given for linking an account."""

    id: int
    role: str
    name: str
    minutes: int | None
    is_on: bool = True

    def is_reached(self, standing: "Standing") -> bool:
        """Whether somebody has done what the role is given for."""
        return standing.is_linked if self.minutes is None else standing.watch_us >= self.minutes * MINUTE

    @property
    def reason(self) -> Reason:
        """Why it is given."""
        return Reason.LINKED if self.minutes is None else Reason.WATCHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Whether a member has only the highest role that he reached, and loses those that he reaches no more."""

    is_highest_only: bool = False
    removes_unreached: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for somebody's roles: how long he watched, in microseconds, and whether he linked an account."""

    watch_us: int
    is_linked: bool


@dataclass(frozen=True, slots=True)
class Held:
    """The rewards that somebody has, by number.

    `ours` were given for certain, `asked` are on their way, `theirs` he had from somebody else, and `missed` could
    not be given when it was tried, because he was not there.
    """

    ours: frozenset[int] = frozenset()
    asked: frozenset[int] = frozenset()
    theirs: frozenset[int] = frozenset()
    missed: frozenset[int] = frozenset()

    @property
    def all(self) -> frozenset[int]:
        """Every one that he has or is about to have."""
        return self.ours | self.asked | self.theirs


@dataclass(frozen=True, slots=True)
class Change:
    """A role to give or to take, and why."""

    reward: Reward
    is_given: bool
    reason: Reason


def wanted(rewards: Iterable[Reward], rules: Rules, standing: Standing, held: Held) -> list[Reward]:
    """The roles that somebody should have, of those that are on.

    Whoever reached one keeps it, unless the rules take what is not reached any more. Where only the highest counts,
    roles for linking stand beside it: they are not ranked.
    """
    kept = frozenset[int]() if rules.removes_unreached else held.all
    found = [one for one in rewards if one.is_on and (one.is_reached(standing) or one.id in kept)]
    ranked = [one for one in found if one.minutes is not None]
    if rules.is_highest_only and ranked:
        highest = max(ranked, key=rank)
        return [one for one in found if one.minutes is None or one is highest]
    return found


def rank(reward: Reward) -> tuple[int, int]:
    """By what rewards are ranked: the more minutes the higher, of equal ones the older."""
    return reward.minutes or 0, -reward.id


def changes(
    rewards: Sequence[Reward],
    rules: Rules,
    standing: Standing,
    held: Held,
    *,
    again: bool = False,
    anew: bool = False,
) -> list[Change]:
    """What is to be given and taken, gifts first; what could not be given before only if it is tried `again`.

    With `anew` also what was given already, because he may have lost it since.

    A role that is off is left as it is, and one that was not given by us is never taken. One that is still on its way
    is taken when it has arrived, because only then it is known whose it is.
    """
    should = wanted(rewards, rules, standing, held)
    has = held.asked if anew else held.all if again else held.all | held.missed
    given = [Change(one, is_given=True, reason=one.reason) for one in should if one.id not in has]
    due = {one.id for one in should}
    taken = [
        Change(one, is_given=False, reason=Reason.OUTRANKED if one.is_reached(standing) else Reason.UNREACHED)
        for one in rewards
        if one.is_on and one.id in held.ours and one.id not in due
    ]
    return [*given, *taken]


def lost(held: Held, rewards: Iterable[Reward], has: Collection[str]) -> Held:
    """What somebody holds, seeing by the roles that he `has` on Discord what he lost since it was given.

    Whoever leaves a server loses his roles, and nobody tells us.
    """
    gone = frozenset(one.id for one in rewards if one.role not in has)
    return Held(
        ours=held.ours - gone,
        asked=held.asked,
        theirs=held.theirs - gone,
        missed=held.missed | ((held.ours | held.theirs) & gone),
    )


def check_role(role: str, guild: str, name: str) -> tuple[str, str]:
    """A role's id and name as they are kept, or a refusal of what can be none."""
    told = name.strip()
    if not NUMERIC.fullmatch(role) or not 1 <= len(told) <= NAME_LENGTH_MAX or not told.isprintable():
        raise Refused(
            "role_invalid",
            f"A role has Discord's own id and a name of 1 to {NAME_LENGTH_MAX} characters.",
            "Choose a role of the Discord server.",
        )
    if role == guild:
        raise Refused("role_everyone", "Everybody has the role @everyone already.", "Choose another role.")
    return role, told


def check_minutes(minutes: int | None) -> int | None:
    """A threshold, or a refusal of one that makes no sense."""
    if minutes is not None and not 1 <= minutes <= MINUTES_MAX:
        raise Refused(
            "role_minutes_out_of_range",
            f"A role is given for 1 to {MINUTES_MAX:,} minutes.",
            "Choose a number of minutes between.",
        )
    return minutes


def check_room(many: int) -> None:
    """Refuse one more role reward where there are many."""
    if many >= REWARDS_MAX:
        raise Refused(
            "role_rewards_full", f"A community has {REWARDS_MAX} role rewards at most.", "Remove one of them first."
        )
