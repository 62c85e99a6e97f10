"""Have streams counted anew, in chunks, by jobs."""

from collections.abc import Sequence
from datetime import timedelta

from server.actions.watchtime.recount import (
    LATEST,
    book_of,
    recount_stream,
    rules_around,
    simple,
    together_with,
    until_of,
)
from server.domain.audit import Audited
from server.domain.refusals import Refused
from server.domain.watchtime.quorum import Quorum
from server.domain.watchtime.values import Live, RuleBook
from server.events.watchtime import ChannelCaughtUp, RecountNeeded, StreamChanged, WatchRulesChanged, WatchTimeChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities, jobs, watchtime
from server.store.jobs import LeasedJob, NewJob

RECOUNT = "watchtime.recount"
ACCOUNTS_AT_ONCE = 150
LEASE = timedelta(seconds=30)


async def after_stream_changed(tx: Tx, scope: Scope, changes: Sequence[StreamChanged]) -> tuple[()]:
    """Have every community that attached a stream's channel count it anew."""
    wanted: list[NewJob] = []
    for change in changes:
        [live] = await channels.lives_by_id(tx, [change.stream_id])
        wanted += [
            job_for(scope, community_id, change) for community_id in await channels.communities_of(tx, live.channel)
        ]
    await jobs.add(tx, wanted, scope.now)
    return ()


async def after_recount_needed(tx: Tx, scope: Scope, needs: Sequence[RecountNeeded]) -> tuple[()]:
    """Have this community count streams anew."""
    wanted = [job_for(scope, scope.community_id, need) for need in needs]
    await jobs.add(tx, wanted, scope.now)
    return ()


async def after_rules_changed(tx: Tx, scope: Scope, changes: Sequence[WatchRulesChanged]) -> list[RecountNeeded]:
    """Count anew every stream that new rules may concern."""
    needs: list[RecountNeeded] = []
    for change in changes:
        needs += [
            RecountNeeded(stream_id=live.stream, cause=f"rules:{change.version_id}")
            for live in await channels.streams_counted(tx, scope.community_id, change.effective_from)
        ]
    return needs


async def after_caught_up(tx: Tx, scope: Scope, caught_up: Sequence[ChannelCaughtUp]) -> list[RecountNeeded]:
    """Count every stream of the community anew: a new channel brings streams, and an owner who earns nowhere."""
    return [need for event in caught_up for need in await everything(tx, scope, f"attachment:{event.attachment_id}")]


async def recount_asked(tx: Tx, scope: Scope, *, cause: str, stream_id: int | None) -> Done[int]:
    """Have one or every stream of the community counted anew, as the doctor may ask for; how many streams.

    Refuses a stream of no channel that the community attached.
    """
    needs = [need for need in await everything(tx, scope, f"asked:{cause}") if stream_id in {None, need.stream_id}]
    if stream_id is not None and not needs:
        raise Refused("stream_unknown", "This community has no such stream.", "Look the stream up again.")
    target = ("community", scope.community_id) if stream_id is None else ("stream", stream_id)
    line = Audited(action="watchtime.request_recount", target=target, after={"streams": len(needs)})
    return Done(len(needs), needs, [line])


async def everything(tx: Tx, scope: Scope, cause: str) -> list[RecountNeeded]:
    """The need to count every stream of the community's channels."""
    return [
        RecountNeeded(stream_id=live.stream, cause=cause)
        for live in await channels.streams_counted(tx, scope.community_id, 0)
    ]


def job_for(scope: Scope, community_id: int, need: StreamChanged | RecountNeeded) -> NewJob:
    """The job that counts a stream anew for a cause."""
    shorter = need if isinstance(need, StreamChanged) else None
    settle_s, only = (need.settle_s, need.accounts) if isinstance(need, RecountNeeded) else (0, ())
    return NewJob(
        kind=RECOUNT,
        key=f"{community_id}:{need.stream_id}:{need.cause}",
        payload={
            "stream": need.stream_id,
            "covered_since": shorter.covered_since if shorter else None,
            "until_before": min(shorter.until_before, LATEST) if shorter else 0,
            "after": 0,
            **({"accounts": only} if only else {}),
        },
        run_at=scope.now + timedelta(seconds=settle_s),
        community_id=community_id,
    )


async def recount_chunk(tx: Tx, scope: Scope, *, job: LeasedJob, after: int, quorum: Quorum | None) -> Done[int | None]:
    """Count the next accounts of a job's stream anew; the last of them, or None, and the job is done, at the end."""
    await communities.lock(tx, scope.community_id)
    book = await book_of(tx, scope.community_id)
    live = await counted_live(tx, scope, job.payload["stream"])
    accounts = await concerned(tx, scope, live, book, job, after)
    until_before: int = job.payload["until_before"]
    changed = await recount_stream(tx, scope, live, accounts, book, quorum, until_before) if accounts else {}
    if accounts:
        still_ours = await jobs.advance(tx, job, {**job.payload, "after": accounts[-1]}, scope.now + LEASE)
    else:
        still_ours = await jobs.finish(tx, job, scope.now)
    if not still_ours:
        raise RuntimeError("The job was taken over by somebody else.")
    last = accounts[-1] if accounts else None
    if not changed:
        return Done(last)
    line = Audited(action="watchtime.recount", target=("stream", live.stream), after={"viewers": len(changed)})
    return Done(last, [WatchTimeChanged(balances=changed)], [line])


async def counted_live(tx: Tx, scope: Scope, stream_id: int) -> Live:
    """A stream as far as the community counts it."""
    [live] = await channels.lives_by_id(tx, [stream_id])
    counted = await channels.counted(tx, scope.community_id)
    return channels.clipped(live, counted.get(live.channel, live.starts))


async def concerned(tx: Tx, scope: Scope, live: Live, book: RuleBook, job: LeasedJob, after: int) -> list[int]:
    """The next accounts to count: all that touch, or under simple rules those covered beyond an instant.

    Under a quorum one stream's evidence decides on what others are worth, so everybody in those is counted too. A job
    that names accounts is about them alone.
    """
    if named := job.payload.get("accounts"):
        return [account for account in named if account > after]
    covered_since: int | None = job.payload["covered_since"]
    rules = rules_around(book, live, job.payload["until_before"])
    if covered_since is not None and simple(rules):
        return await watchtime.accounts_covered_beyond(
            tx, scope.community_id, live, covered_since, after, ACCOUNTS_AT_ONCE
        )
    lives = {live}
    if rules.asks_quorum:
        together = await together_with(tx, scope.community_id, live, book, job.payload["until_before"])
        lives.update(together.targets)
    found: set[int] = set()
    for one in lives:
        since = one.starts - book.longest_window
        found.update(
            await watchtime.accounts_touching(
                tx, scope.community_id, one, since, until_of(one), after, ACCOUNTS_AT_ONCE
            )
        )
    return sorted(found)[:ACCOUNTS_AT_ONCE]
