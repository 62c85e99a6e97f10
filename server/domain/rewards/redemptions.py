"""How a redemption gets on: what the platform says, what we do for it, and what we tell the platform.

What the platform says is joined, so that neither order nor number of its news matter. What was paid for is done once;
what was given back before is not done. Afterwards the platform is told: accept, or reject where it could not be done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from server.domain.refusals import Refused
from server.events.rewards import RedemptionState

RANKS: Mapping[RedemptionState, int] = {
    RedemptionState.PENDING: 0,
    RedemptionState.ACCEPTED: 1,
    RedemptionState.CANCELLED: 2,
    RedemptionState.REJECTED: 3,
}
"""Of two states that a platform told of one redemption the higher one holds, whichever came first."""

GIVEN_BACK = frozenset({RedemptionState.REJECTED, RedemptionState.CANCELLED})


class Deed(StrEnum):
    """How far what the reward does has come. `foreign`: the reward is not ours, so that nothing is done."""

    FOREIGN = "foreign"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    SPARED = "spared"


class Verdict(StrEnum):
    """What the platform is told."""

    ACCEPT = "accept"
    REJECT = "reject"


class Settling(StrEnum):
    """How far telling it has come. `overruled`: somebody else had decided otherwise. `failed`: it cannot be told."""

    WANTED = "wanted"
    SETTLED = "settled"
    OVERRULED = "overruled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a redemption stands; `told` is the platform's word, `heard` every state it named, `reason` a code."""

    told: RedemptionState
    heard: frozenset[RedemptionState]
    deed: Deed
    verdict: Verdict | None = None
    settling: Settling | None = None
    reason: str | None = None
    detail: str | None = None

    @property
    def is_refunded(self) -> bool:
        """Whether the viewer has his points back."""
        return self.told in GIVEN_BACK

    @property
    def progress(self) -> str:
        """The whole in one word, for people."""
        if self.deed is Deed.FOREIGN:
            return "foreign"
        if self.is_refunded:
            return "refunded"
        if self.settling is Settling.FAILED or (self.settling is Settling.OVERRULED and self.deed is not Deed.DONE):
            return "stuck"
        if self.deed is Deed.WAITING:
            return "waiting"
        return "refunding" if self.verdict is Verdict.REJECT and self.settling is Settling.WANTED else "done"

    @property
    def explanation(self) -> str | None:
        """Why it stands where it stands, in sentences; None where nothing has to be said."""
        told = [] if self.detail is None else [self.detail]
        if self.settling is Settling.OVERRULED and not self.is_refunded:
            told.append("It was accepted on the platform, so that the points cannot be given back.")
        return " ".join(told) or None


def begun(state: RedemptionState, *, is_ours: bool) -> Standing:
    """A redemption that is heard of for the first time."""
    deed = Deed.WAITING if is_ours else Deed.FOREIGN
    return heard(Standing(told=RedemptionState.PENDING, heard=frozenset(), deed=deed), state)


def heard(before: Standing, state: RedemptionState) -> Standing:
    """The same after the platform named a state, again or for the first time."""
    told = max(before.told, state, key=RANKS.__getitem__)
    after = replace(before, told=told, heard=before.heard | {state})
    if after.deed is Deed.WAITING and after.is_refunded:
        return replace(
            after,
            deed=Deed.SPARED,
            reason="refunded_before",
            detail="The points were given back before anything was done for them.",
        )
    return compared(after)


def compared(standing: Standing) -> Standing:
    """The same with what we wanted to tell held against what the platform says by now."""
    if standing.verdict is None or standing.told is RedemptionState.PENDING:
        return standing
    if (standing.verdict is Verdict.REJECT) == standing.is_refunded:
        return replace(standing, settling=Settling.SETTLED)
    after = replace(standing, settling=Settling.OVERRULED)
    if standing.verdict is Verdict.REJECT:
        return after
    return replace(
        after,
        reason="refunded_elsewhere",
        detail="It was done, and then somebody gave the points back on the platform.",
    )


def ended(before: Standing, refusal: tuple[str, str] | None) -> Standing:
    """The same after it was carried out, or refused with (code, sentence)."""
    if refusal is None:
        after = replace(before, deed=Deed.DONE, verdict=Verdict.ACCEPT, reason=None, detail=None)
    else:
        code, detail = refusal
        after = replace(before, deed=Deed.REFUSED, verdict=Verdict.REJECT, reason=code, detail=detail)
    return compared(replace(after, settling=Settling.WANTED))


def unsettled(before: Standing, verdict: Verdict, code: str, detail: str) -> Standing:
    """The same after the platform said that it will never take our word."""
    if before.verdict is not verdict or before.settling is not Settling.WANTED:
        return before
    return replace(before, settling=Settling.FAILED, reason=code, detail=detail)


def refunded(before: Standing, reason: str) -> Standing:
    """The same when staff wants the points given back; refuses where they cannot be, or were."""
    if before.deed is Deed.FOREIGN:
        raise foreign()
    if before.told is not RedemptionState.PENDING:
        raise Refused(
            "redemption_decided",
            "The platform has settled this redemption: points are given back only while it waits there.",
            "Look at its state; make up for it otherwise, for example with watch time.",
        )
    deed = Deed.SPARED if before.deed is Deed.WAITING else before.deed
    return replace(
        before, deed=deed, verdict=Verdict.REJECT, settling=Settling.WANTED, reason="refunded_by_staff", detail=reason
    )


def retried(before: Standing) -> Standing:
    """The same when staff wants what is stuck tried again; refuses where nothing is."""
    if before.deed is Deed.FOREIGN:
        raise foreign()
    if before.settling is Settling.FAILED:
        return replace(before, settling=Settling.WANTED)
    if before.deed in {Deed.REFUSED, Deed.SPARED} and before.told is RedemptionState.ACCEPTED:
        return replace(before, deed=Deed.WAITING, verdict=None, settling=None, reason=None, detail=None)
    raise Refused(
        "redemption_not_stuck",
        "Nothing about this redemption can be tried again.",
        "Try again those that are stuck; what waits is tried by itself.",
    )


def adopted(before: Standing) -> Standing:
    """The same once its reward turns out to be ours: it was redeemed before we knew the reward's id."""
    if before.deed is not Deed.FOREIGN:
        return before
    return heard(replace(before, deed=Deed.WAITING), before.told)


def foreign() -> Refused:
    """The refusal to touch what is not ours."""
    return Refused(
        "redemption_foreign",
        "This reward was not made here, so that its redemptions are not ours to decide.",
        "Decide it where the reward was made.",
    )
