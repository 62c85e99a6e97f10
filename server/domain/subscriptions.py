"""Which events a platform is asked to send us: what is wanted, what there is, and what to do about the difference."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TRUSTED_UNLISTED = timedelta(minutes=30)
"""So long a subscription that was ordered is believed in while the platform's list leaves it out."""

RENEW_SILENT_EVERY = timedelta(hours=1)
"""A subscription that seems dead is ordered anew at most this often: silence may have another cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A subscription in the platform's own list."""

    id: str
    kind: str
    version: int
    method: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What became of an order: an id, or the platform's reason; neither where it said nothing at all."""

    kind: str
    subscription_id: str | None = None
    error: str | None = None


class SubscriptionState(StrEnum):
    """How it stands with the events of one kind."""

    ACTIVE = "active"
    UNLISTED = "unlisted"
    SILENT = "silent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What we remember of the events of one kind in one channel."""

    kind: str
    state: SubscriptionState
    subscription_id: str | None = None
    ordered_at: datetime | None = None
    last_event_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to order, and which subscriptions to give up."""

    order: Sequence[str]
    give_up: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands with the events of one kind after looking; `code` names what is wrong, if anything."""

    kind: str
    state: SubscriptionState
    subscription_id: str | None = None
    ordered_at: datetime | None = None
    code: str | None = None


def plan(wanted: Sequence[str], listed: Sequence[Listed], known: Mapping[str, Known], now: datetime) -> Plan:
    """What is missing, and what is there twice: of several the oldest stays, except where it seems dead.

    One that was never listed is not missing if we ordered it a short while ago, or if it delivers.
    """
    order: list[str] = []
    give_up: list[str] = []
    for kind in wanted:
        there = alike(kind, listed)
        if is_dead(known.get(kind), now):
            give_up += [one.id for one in there]
            order.append(kind)
            continue
        give_up += [one.id for one in there[1:]]
        if not there and not is_trusted(known.get(kind), now):
            order.append(kind)
    return Plan(order, give_up)


def alike(kind: str, listed: Iterable[Listed]) -> list[Listed]:
    """Everything listed that sends us events of a kind, oldest first."""
    fit = (one for one in listed if (one.kind, one.version, one.method) == (kind, 1, "webhook"))
    return sorted(fit, key=lambda one: (one.created_at, one.id))


def is_trusted(known: Known | None, now: datetime) -> bool:
    """Whether a subscription that is not listed may be there all the same."""
    if known is None or known.state is not SubscriptionState.UNLISTED or known.ordered_at is None:
        # What was listed and is not any more was taken away; should that be wrong, the double is given up later.
        return False
    delivers = known.last_event_at is not None and now - known.last_event_at < TRUSTED_UNLISTED
    return now - known.ordered_at < TRUSTED_UNLISTED or delivers


def is_dead(known: Known | None, now: datetime) -> bool:
    """Whether a subscription is to be ordered anew because nothing comes of it."""
    if known is None or known.state is not SubscriptionState.SILENT:
        return False
    return known.ordered_at is None or now - known.ordered_at >= RENEW_SILENT_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one look brought: the list after all that was ordered and given up, and what became of the orders."""

    listed: Sequence[Listed]
    outcomes: Sequence[Ordered] = ()
    given_up: Collection[str] = ()


def standings(wanted: Sequence[str], looked: Looked, known: Mapping[str, Known], now: datetime) -> list[Standing]:
    """How it stands with every wanted kind, after what was ordered and the list that came after it."""
    return [_standing(kind, looked, known.get(kind), now) for kind in wanted]


def _standing(kind: str, looked: Looked, known: Known | None, now: datetime) -> Standing:
    there = [one for one in alike(kind, looked.listed) if one.id not in looked.given_up]
    outcome = next((one for one in looked.outcomes if one.kind == kind), None)
    if outcome is not None and outcome.subscription_id is not None:
        return _ordered(outcome.subscription_id, kind, there, now)
    if there:
        return _listed(there[0], kind, known)
    if outcome is None and known is not None and is_trusted(known, now):
        return Standing(
            kind=kind,
            state=SubscriptionState.UNLISTED,
            subscription_id=known.subscription_id,
            ordered_at=known.ordered_at,
            code="subscription_unlisted",
        )
    return Standing(kind=kind, state=SubscriptionState.FAILED, code=_failure(outcome))


def _failure(outcome: Ordered | None) -> str:
    """The code of what stands in the way: a code of ours, or in words of the platform that say nothing to us."""
    if outcome is None or outcome.error is None:
        return "subscription_ghost"
    return outcome.error if outcome.error in REMEDIES else "subscription_refused"


def _ordered(subscription_id: str, kind: str, there: Iterable[Listed], now: datetime) -> Standing:
    is_listed = any(one.id == subscription_id for one in there)
    return Standing(
        kind=kind,
        state=SubscriptionState.ACTIVE if is_listed else SubscriptionState.UNLISTED,
        subscription_id=subscription_id,
        ordered_at=now,
        code=None if is_listed else "subscription_unlisted",
    )


def _listed(oldest: Listed, kind: str, known: Known | None) -> Standing:
    is_silent = known is not None and known.state is SubscriptionState.SILENT
    ordered_at = None if known is None else known.ordered_at
    return Standing(
        kind=kind,
        state=SubscriptionState.SILENT if is_silent else SubscriptionState.ACTIVE,
        subscription_id=oldest.id,
        ordered_at=ordered_at or oldest.created_at,
        code="subscription_silent" if is_silent else None,
    )


LIMIT_REMEDY = (
    "Have your Kick app verified: an unverified one may follow the chat of 1,000 channels, a verified one of 10,000. "
    "Detach channels that you no longer need."
)
SILENT_REMEDY = (
    "Nothing to do at first: it is ordered anew by itself. If that does not help, look whether Kick can reach this "
    "server, and whether webhooks are switched on in your Kick app."
)
REMEDIES: Mapping[str, tuple[str, str]] = {
    "subscription_unlisted": (
        "Kick took the order but does not list it.",
        "Nothing to do: it is believed in for half an hour, and ordered anew should nothing come of it.",
    ),
    "subscription_silent": ("Kick lists it, but there is evidence that its events do not arrive.", SILENT_REMEDY),
    "subscription_ghost": (
        "Kick answered that all is well and created nothing.",
        "Nothing to do at first: it is tried again. If it stays, switch webhooks off and on in your Kick app.",
    ),
    "subscription_refused": (
        "Kick refused to send these events.",
        "Look whether webhooks are switched on in your Kick app, with this server's address.",
    ),
    "quota": ("Kick allows this app no more subscriptions.", LIMIT_REMEDY),
    "unauthorised": (
        "Kick takes the app's token no more.",
        "Look whether the client id and secret in the settings are still those of your Kick app.",
    ),
    "forbidden": (
        "Kick does not allow this app to follow the channel.",
        "Have the channel's owner press Connect with Kick on the community's page, and allow all of it.",
    ),
    "limited": ("Kick was asked too often.", "Nothing to do: it is asked again later."),
    "unavailable": ("Kick did not answer.", "Nothing to do: it is asked again in a few minutes."),
    "unreadable": (
        "Kick answered something that cannot be understood.",
        "Nothing to do at first: it is asked again. If it stays, look for a newer version of this server.",
    ),
    "rejected": ("Kick took the request for wrong.", "Look for a newer version of this server."),
}
"""What is wrong and what to do about it, by a stable code."""


def explained(code: str) -> tuple[str, str]:
    """What is wrong and what to do about it, in two sentences; of an unknown code only that."""
    return REMEDIES.get(code, ("Something is wrong.", "See the server's log."))
