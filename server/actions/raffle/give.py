"""Tickets that staff gives or takes, and the free entry that everybody may take once."""

from server.actions.raffle.earn import appended
from server.actions.raffle.periods import open_period
from server.domain.audit import Audited
from server.domain.instants import micros
from server.domain.raffle.rules import TicketSource
from server.domain.refusals import Refused
from server.domain.watchtime.shares import shares
from server.events.raffle import TicketsChanged
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import communities, linking
from server.store.raffle import due, entries
from server.store.raffle.entries import Entry
from server.store.raffle.periods import PeriodRecord

AMOUNT_MAX = 1_000_000
TOTAL_MAX = 1_000_000_000
REASON_LENGTH_MAX = 300


async def grant(
    tx: Tx, scope: Scope, *, viewer_id: int, tickets: int, reason: str, actor: str, source_key: str
) -> Done[int]:
    """Give a viewer tickets of the open raffle, or take some, with a reason; what he has now.

    They belong to his accounts, so that each takes its part along when it is linked or unlinked; what rates owe him
    stays as it is. Refuses no tickets, a missing reason, an unknown viewer, and to take more than he has.
    """
    told = checked(tickets, reason)
    await communities.lock(tx, scope.community_id)
    period = await open_period(tx, scope.community_id)
    found = await linking.resolve(tx, scope.community_id, viewer_id)
    if found is None:
        raise Refused("viewer_unknown", "This community has no such viewer.", "Look the viewer up again.")
    accounts = [member.account for member in await linking.household(tx, scope.community_id, found)]
    worth = dict.fromkeys(accounts, 0)
    for (_, account, _), (amount, _) in (await entries.tallies(tx, period.id, accounts)).items():
        worth[account] += amount
    has = sum(worth.values())
    if tickets < 0 and has + tickets < 0:
        raise Refused(
            "below_zero", f"The viewer has {has} tickets; {-tickets} cannot be taken away.", "Take at most those."
        )
    if has + tickets > TOTAL_MAX:
        raise Refused("total_out_of_range", f"A viewer has at most {TOTAL_MAX:,} tickets.", "Give fewer.")
    lines = [
        staff_entry(scope, period, account, amount, f"staff:{source_key}", nth, told, actor)
        for nth, (account, amount) in enumerate(split(tickets, accounts, worth).items())
    ]
    changes = await appended(tx, scope, lines)
    line = Audited(
        action="tickets.grant" if tickets > 0 else "tickets.remove",
        target=("viewer", found),
        before={"tickets": has, "raffle": period.number},
        after={"tickets": has + tickets, "raffle": period.number},
        reason=told,
    )
    return Done(has + tickets, changes, [line])


def split(tickets: int, accounts: list[int], worth: dict[int, int]) -> dict[int, int]:
    """Which account gets what; a taking that others' debts stand in the way of goes to the first."""
    try:
        return shares(tickets, accounts, worth)
    except ValueError:
        return {accounts[0]: tickets}


def checked(tickets: int, reason: str) -> str:
    """The reason to keep, or a refusal of it or of the number."""
    if not 0 < abs(tickets) <= AMOUNT_MAX:
        raise Refused(
            "tickets_out_of_range", f"1 to {AMOUNT_MAX:,} tickets are given or taken.", "Choose such a number."
        )
    told = reason.strip()
    if not 1 <= len(told) <= REASON_LENGTH_MAX:
        raise Refused(
            "reason_missing",
            f"Tickets are given and taken with a reason of 1 to {REASON_LENGTH_MAX} characters.",
            "Say why, so that the viewer can read it.",
        )
    return told


def staff_entry(
    scope: Scope, period: PeriodRecord, account: int, amount: int, cause: str, nth: int, reason: str, actor: str
) -> Entry:
    """One line of what staff gives or takes."""
    return Entry(
        period_id=period.id,
        account_id=account,
        source=TicketSource.STAFF,
        cause=cause,
        nth=nth,
        amount=amount,
        at=micros(scope.now),
        reason=reason,
        actor=actor,
    )


async def claim_free(tx: Tx, scope: Scope, *, platform: str, external_id: str, actor: str) -> Done[int]:
    """Take the free entry of the open raffle, once for a person whatever his accounts; what it gives.

    Refuses a second claim, a raffle that has not begun or is over, and one without a free entry.
    """
    scope = await locked(tx, scope)
    period = await open_period(tx, scope.community_id)
    if micros(scope.now) < period.span.starts:
        raise Refused("raffle_not_begun", "This raffle has not begun yet.", "Come back when it has.")
    if micros(scope.now) >= period.span.ends:
        raise Refused("raffle_over", "This raffle is over.", "Come back when the next one has begun.")
    tickets = period.rules.free_tickets
    if not tickets:
        raise Refused("raffle_no_free_entry", "This raffle has no free entry.", "See how it gives tickets.")
    account = await linking.find_account(tx, platform, external_id)
    if account is None:
        raise Refused("viewer_unknown", "This account was never seen here.", "Write something in chat first.")
    viewers = await linking.viewers_of(tx, scope.community_id, [account])
    household = (await linking.companions(tx, scope.community_id, viewers.values()))[viewers[account]]
    if await due.claims(tx, period.id, household):
        raise Refused("free_entry_taken", "Your free entry of this raffle is in.", "Come back in the next one.")
    await due.claim(tx, scope.community_id, period.id, account, scope.now)
    line = Entry(
        period_id=period.id,
        account_id=account,
        source=TicketSource.FREE_ENTRY,
        cause=f"{TicketSource.FREE_ENTRY.value}:{period.id}:{account}",
        nth=0,
        amount=tickets,
        at=micros(scope.now),
        reason="free entry",
        actor=actor,
    )
    changes: list[TicketsChanged] = await appended(tx, scope, [line])
    told = Audited(action="raffle.claim_free_entry", target=("raffle", period.id), after={"tickets": tickets})
    return Done(tickets, changes, [told])
