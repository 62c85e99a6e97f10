"""What the platform answered to our verdicts; and staff refunds a redemption, or has one tried again."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.actions.rewards.steps import line, step
from server.domain.refusals import Refused
from server.domain.rewards.redemptions import Verdict, heard, refunded, retried, unsettled
from server.domain.rewards.rules import REASON_LENGTH_MAX
from server.events.rewards import RedemptionChanged, RedemptionState
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities
from server.store.rewards import redemptions
from server.store.rewards.redemptions import RedemptionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the platform says of a redemption: its state, or the problem (code, sentence) for which it takes no word."""

    redemption_id: int
    verdict: Verdict
    state: RedemptionState | None = None
    problem: tuple[str, str] | None = None


async def note_answers(tx: Tx, scope: Scope, *, answers: Sequence[Answered]) -> Done[int]:
    """Keep what the platform answered; of how many redemptions that was news."""
    await communities.lock(tx, scope.community_id)
    changed: list[RedemptionChanged] = []
    news = 0
    for one in answers:
        record = await redemptions.by_id(tx, scope.community_id, one.redemption_id)
        if record is None:
            continue
        standing = record.standing if one.state is None else heard(record.standing, one.state)
        if one.problem is not None:
            standing = unsettled(standing, one.verdict, *one.problem)
        changed += await step(tx, scope, record, standing)
        news += standing != record.standing
    return Done(news, changed)


async def refund(tx: Tx, scope: Scope, *, redemption_id: int, reason: str, actor: str) -> Done[int]:
    """Have the points of a redemption given back; refuses one that is not ours, and one that is settled."""
    told = reason.strip()
    if not 1 <= len(told) <= REASON_LENGTH_MAX:
        raise Refused(
            "reason_missing",
            f"A refund needs a reason of 1 to {REASON_LENGTH_MAX} characters.",
            "Say why, so that others understand it later.",
        )
    await communities.lock(tx, scope.community_id)
    record = await known(tx, scope, redemption_id)
    standing = refunded(record.standing, told)
    events = await step(tx, scope, record, standing, actor=actor)
    return Done(record.id, events, [line("rewards.refund", record, standing, told)])


async def retry(tx: Tx, scope: Scope, *, redemption_id: int, actor: str) -> Done[int]:
    """Have a redemption that is stuck tried again; refuses any other."""
    await communities.lock(tx, scope.community_id)
    record = await known(tx, scope, redemption_id)
    standing = retried(record.standing)
    events = await step(tx, scope, record, standing, actor=actor)
    return Done(record.id, events, [line("rewards.retry", record, standing)])


async def known(tx: Tx, scope: Scope, redemption_id: int) -> RedemptionRecord:
    """A redemption of this community, or a refusal."""
    record = await redemptions.by_id(tx, scope.community_id, redemption_id)
    if record is None:
        raise Refused(
            "redemption_unknown", "This community has no such redemption.", "Use the `id` of one of its redemptions."
        )
    return record
