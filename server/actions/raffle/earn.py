"""Tickets for what happened: one happening gives once, and what is known better of it later gives the difference."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.domain.instants import instant_of, micros
from server.domain.raffle.rules import RaffleRules, TicketSource
from server.events.happening import Happening, Person
from server.events.raffle import TicketsChanged
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.events.tellings import Corrected
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import communities, linking
from server.store.raffle import due, entries, periods
from server.store.raffle.entries import Entry, Place, Sum
from server.store.raffle.periods import PeriodRecord

SERVER = "server"
NOTHING: Sum = (0, 0)


@dataclass(frozen=True, slots=True)
class Gain:
    """Somebody did something `count` times, or of that amount, that may earn tickets; `at` in microseconds."""

    person: Person
    platform: str
    source: TicketSource
    count: int
    at: int


@dataclass(frozen=True, slots=True)
class Home:
    """The period that something belongs to, and the one that it came too late for."""

    period: PeriodRecord
    late_from: int | None = None


def gain_of(happening: Happening) -> Gain | None:
    """What a happening may earn; None where nobody, or nobody known, did it."""
    match happening:
        case SubsGifted():
            gain = Gain(
                happening.gifter, happening.platform, TicketSource.GIFTED_SUB, happening.count, micros(happening.at)
            )
        case SubStarted() | SubRenewed():
            gain = Gain(happening.subscriber, happening.platform, TicketSource.OWN_SUB, 1, micros(happening.at))
        case KicksGifted():
            gain = Gain(
                happening.sender, happening.platform, TicketSource.KICKS, happening.amount, micros(happening.at)
            )
        case _:
            return None
    return gain if gain.person.id is not None else None


def worth(gain: Gain, rules: RaffleRules) -> Sum:
    """The tickets that something gives by itself, and what it adds to the sum that a rate looks at."""
    if gain.source is TicketSource.KICKS:
        return (0, gain.count) if rules.kicks else NOTHING
    return gain.count * rules.per_item(gain.source), 0


def reason_of(source: TicketSource, amount: int, basis: int, rules: RaffleRules) -> str:
    """What the explanation of an entry says; names are looked up when it is read."""
    match source:
        case TicketSource.GIFTED_SUB if rules.gifted_sub:
            return f"gifted subscriptions: {amount // rules.gifted_sub}"
        case TicketSource.OWN_SUB:
            return "subscribed"
        case TicketSource.KICKS:
            return f"KICKs: {basis}"
        case _:
            return source.value


async def after_subs(tx: Tx, scope: Scope, told: Sequence[SubStarted]) -> list[TicketsChanged]:
    """Tickets of those who subscribed."""
    return await earned(tx, scope, {one.happening_id: one for one in told})


async def after_renewals(tx: Tx, scope: Scope, told: Sequence[SubRenewed]) -> list[TicketsChanged]:
    """Tickets of those who went on subscribing."""
    return await earned(tx, scope, {one.happening_id: one for one in told})


async def after_gifts(tx: Tx, scope: Scope, told: Sequence[SubsGifted]) -> list[TicketsChanged]:
    """Tickets of those who gave subscriptions."""
    return await earned(tx, scope, {one.happening_id: one for one in told})


async def after_kicks(tx: Tx, scope: Scope, told: Sequence[KicksGifted]) -> list[TicketsChanged]:
    """What those who sent KICKs add to the sum that earns tickets."""
    return await earned(tx, scope, {one.happening_id: one for one in told})


async def after_corrected(tx: Tx, scope: Scope, told: Sequence[Corrected]) -> list[TicketsChanged]:
    """The difference between what happenings gave and what they are known to be worth now."""
    return await earned(tx, scope, {one.happening_id: one.now for one in told})


async def earned(tx: Tx, scope: Scope, told: Mapping[int, Happening | None]) -> list[TicketsChanged]:
    """Bring what happenings give up to date; None in place of one that never was. The frozen stays as it is."""
    counting = await periods.counting(tx, scope.community_id)
    happened = {f"happening:{number}": one for number, one in told.items() if number}
    if not counting or not happened:
        return []
    await communities.lock(tx, scope.community_id)
    gains = {cause: gain for cause, one in happened.items() if one is not None and (gain := gain_of(one)) is not None}
    known = await accounts(tx, gains.values())
    before = await entries.given(tx, scope.community_id, list(happened))
    lengths = await entries.lengths(tx, scope.community_id, [cause for cause in happened if cause in before])
    lines: list[Entry] = []
    for cause in happened:
        gain = gains.get(cause)
        home = None if gain is None else await home_of(tx, scope, counting, gain.at)
        wanted: dict[Place, Sum] = {}
        if gain is not None and home is not None:
            account = known[gain.platform, str(gain.person.id)]
            given = given_in_frozen(before.get(cause, {}), counting, account, gain.source)
            wanted[home.period.id, account, gain.source] = beyond(worth(gain, home.period.rules), given)
        lines += differences(
            cause,
            {period.id: period for period in counting},
            before.get(cause, {}),
            wanted,
            first=lengths.get(cause, 0),
            at=gain.at if gain else micros(scope.now),
            late_from=home.late_from if home else None,
        )
    return await appended(tx, scope, lines)


def given_in_frozen(
    before: Mapping[Place, Sum], counting: Sequence[PeriodRecord], account: int, source: TicketSource
) -> Sum:
    """What a cause gave an account in periods that are frozen by now, where it stays."""
    now = {period.id for period in counting}
    kept = [had for place, had in before.items() if place[0] not in now and place[1:] == (account, source)]
    return sum(amount for amount, _ in kept), sum(basis for _, basis in kept)


def beyond(worth_now: Sum, given: Sum) -> Sum:
    """What is left to give of something that is worth more than it gave; what it gave too much stays."""
    return max(0, worth_now[0] - given[0]), max(0, worth_now[1] - given[1])


def differences(
    cause: str,
    counting: Mapping[int, PeriodRecord],
    before: Mapping[Place, Sum],
    wanted: Mapping[Place, Sum],
    *,
    first: int,
    at: int,
    late_from: int | None = None,
) -> list[Entry]:
    """The entries that lead from what a cause gave to what it should give, in the periods that still count."""
    lines: list[Entry] = []
    for place in sorted({*before, *wanted}):
        period_id, account_id, source = place
        had, due_now = before.get(place, NOTHING), wanted.get(place, NOTHING)
        amount, basis = due_now[0] - had[0], due_now[1] - had[1]
        if period_id in counting and (amount or basis):
            lines.append(
                Entry(
                    period_id=period_id,
                    account_id=account_id,
                    source=source,
                    cause=cause,
                    nth=first + len(lines),
                    amount=amount,
                    basis=basis,
                    at=at,
                    reason=reason_of(source, amount, basis, counting[period_id].rules),
                    actor=SERVER,
                    late_from=late_from,
                )
            )
    return lines


async def home_of(tx: Tx, scope: Scope, counting: Sequence[PeriodRecord], at: int) -> Home | None:
    """The period that something at an instant belongs to.

    What came too late for a period that is frozen goes into the open one, and says so. What lies in no period at all
    earns nothing.
    """
    for period in counting:
        if period.span.holds(at):
            return Home(period)
    missed = await periods.number_at(tx, scope.community_id, at)
    now_open = [period for period in counting if period.span.holds(micros(scope.now))]
    return Home(now_open[-1], missed) if missed is not None and now_open else None


async def accounts(tx: Tx, gains: Iterable[Gain]) -> dict[tuple[str, str], int]:
    """The accounts of those who did something; one that nobody heard of is made."""
    by_platform: defaultdict[str, list[Gain]] = defaultdict(list)
    for gain in gains:
        by_platform[gain.platform].append(gain)
    found: dict[tuple[str, str], int] = {}
    for platform, theirs in by_platform.items():
        ids = await linking.accounts_of(tx, platform, [(gain.person, instant_of(gain.at)) for gain in theirs])
        found |= {(platform, external_id): account for external_id, account in ids.items()}
    return found


async def appended(tx: Tx, scope: Scope, lines: Sequence[Entry]) -> list[TicketsChanged]:
    """Append entries, and have the shares of whoever's sums they change looked at again."""
    if not lines:
        return []
    balances = await entries.append(tx, scope.community_id, lines, scope.now)
    changed: Counter[int] = Counter(line.account_id for line in lines if line.basis)
    if changed:
        viewers = await linking.viewers_of(tx, scope.community_id, changed)
        first = min(line.period_id for line in lines if line.basis)
        await due.mark(tx, scope.community_id, viewers.values(), first)
    return [TicketsChanged(period_id=period, balances=theirs) for period, theirs in sorted(balances.items())]
