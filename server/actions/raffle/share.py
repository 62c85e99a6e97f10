"""Share out what sources give by their sums: set to what the law says, whatever was given before."""

from collections.abc import Mapping, Sequence

from server.actions.raffle.earn import SERVER, appended
from server.domain.instants import HOUR, SECOND, micros
from server.domain.raffle.rules import BY_RATE, KICKS_PER_RATE, MICRO_USD, TicketSource
from server.domain.raffle.shares import shares
from server.events.linking import ViewerLinked, ViewerUnlinked
from server.events.raffle import TicketsChanged, WatchTimeMeasured, WatchTimeWanted
from server.events.watchtime import WatchTimeChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, linking
from server.store.raffle import due, entries, periods
from server.store.raffle.entries import Entry
from server.store.raffle.periods import PeriodRecord

VIEWERS_AT_ONCE = 200


async def after_watched(tx: Tx, scope: Scope, changes: Sequence[WatchTimeChanged]) -> tuple[()]:
    """Have the shares of those whose watch time changed looked at again, in the periods that this may concern."""
    counting = await periods.counting(tx, scope.community_id)
    for change in changes:
        concerned = [period.id for period in counting if period.span.ends > change.since]
        if concerned:
            await due.mark(tx, scope.community_id, change.balances, min(concerned))
    return ()


async def after_linked(tx: Tx, scope: Scope, links: Sequence[ViewerLinked]) -> list[TicketsChanged]:
    """Let tickets go with their accounts."""
    return await follow_accounts(tx, scope, {viewer for link in links for viewer in (link.from_id, link.to_id)})


async def after_unlinked(tx: Tx, scope: Scope, partings: Sequence[ViewerUnlinked]) -> list[TicketsChanged]:
    """Let tickets go with their accounts."""
    return await follow_accounts(tx, scope, {viewer for one in partings for viewer in (one.from_id, one.to_id)})


async def follow_accounts(tx: Tx, scope: Scope, viewer_ids: set[int]) -> list[TicketsChanged]:
    """What viewers have now that accounts moved, in the periods that still count; their shares are due."""
    changes: list[TicketsChanged] = []
    for period in await periods.counting(tx, scope.community_id):
        balances = await entries.restand(tx, scope.community_id, period.id, viewer_ids)
        changes.append(TicketsChanged(period_id=period.id, balances=balances))
    if changes:
        await due.mark(tx, scope.community_id, viewer_ids)
    return changes


async def look_again(tx: Tx, scope: Scope) -> Done[int]:
    """Share out anew for the next viewers who are due; how many they were."""
    await communities.lock(tx, scope.community_id)
    viewers = await due.take(tx, scope.community_id, VIEWERS_AT_ONCE)
    households = await linking.companions(tx, scope.community_id, viewers)
    wanted = [
        WatchTimeWanted(
            period_id=period.id,
            since=period.span.starts,
            until=period.span.ends,
            households=tuple(tuple(accounts) for _, accounts in sorted(households.items())),
        )
        for period in await periods.counting(tx, scope.community_id)
        if households
    ]
    return Done(len(viewers), wanted)


async def after_measured(tx: Tx, scope: Scope, measured: Sequence[WatchTimeMeasured]) -> list[TicketsChanged]:
    """Append the differences between what each account should have by its viewer's sums, and what it has."""
    changes: list[TicketsChanged] = []
    for one in measured:
        period = await periods.by_id(tx, scope.community_id, one.period_id)
        if period is not None:
            changes += await appended(tx, scope, await due_lines(tx, scope, period, one))
    return changes


async def due_lines(tx: Tx, scope: Scope, period: PeriodRecord, measured: WatchTimeMeasured) -> list[Entry]:
    """The entries that are missing for some viewers to have what the law gives them."""
    everybody = [account for household in measured.households for account in household]
    has = await entries.tallies(tx, period.id, everybody)
    claims = await due.claims(tx, period.id, everybody)
    missing: list[tuple[int, TicketSource, int, str]] = []
    for household in measured.households:
        for source in sorted(BY_RATE):
            sums = [
                measured.watched.get(account, 0)
                if source is TicketSource.WATCH_TIME
                else has.get((period.id, account, source), (0, 0))[1]
                for account in household
            ]
            given = shares(sums, period.rules.rate(source))
            reason = told(source, sum(sums))
            missing += [(account, source, amount, reason) for account, amount in zip(household, given, strict=True)]
        missing += [
            (account, TicketSource.FREE_ENTRY, amount, "free entry")
            for account, amount in free(household, claims, period).items()
        ]
    changed = [
        (account, source, amount - has.get((period.id, account, source), (0, 0))[0], reason)
        for account, source, amount, reason in missing
    ]
    lines = [one for one in changed if one[2]]
    causes = {(account, source): f"{source.value}:{period.id}:{account}" for account, source, _, _ in lines}
    nth = await entries.lengths(tx, scope.community_id, list(causes.values()))
    return [
        Entry(
            period_id=period.id,
            account_id=account,
            source=source,
            cause=causes[account, source],
            nth=nth[causes[account, source]],
            amount=amount,
            at=min(micros(scope.now), period.span.ends - 1),
            reason=reason,
            actor=SERVER,
        )
        for account, source, amount, reason in lines
    ]


def free(household: Sequence[int], claims: Mapping[int, int], period: PeriodRecord) -> dict[int, int]:
    """What the free entry gives each account of a viewer: once, to whichever claimed it first."""
    claimed = [account for account in household if account in claims]
    first = min(claimed, key=lambda account: (claims[account], account), default=None)
    return {account: period.rules.free_tickets if account == first else 0 for account in claimed}


def told(source: TicketSource, total: int) -> str:
    """What the explanation of a share says of the sum that it comes from."""
    match source:
        case TicketSource.WATCH_TIME:
            return f"watched in this raffle: {total // HOUR} h {total % HOUR // (60 * SECOND)} min"
        case TicketSource.KICKS:
            return f"KICKs in this raffle: {total} (counted per {KICKS_PER_RATE})"
        case _:
            return f"wagered in this raffle: ${total // MICRO_USD:,}.{total % MICRO_USD // 10_000:02}"
