"""Close the list of a giveaway's draw: in one transaction, after which nobody comes or goes."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta

from server.actions.giveaways.judge import judged
from server.actions.giveaways.run import event_of
from server.domain.audit import Audited
from server.domain.draws.entries import ENTRIES_MAX, SALT_BYTES, too_many
from server.domain.draws.plan import DrawState, DrawSubject
from server.domain.giveaways import APPLIED_WITHIN, GiveawayKind, exclusion_of, weight_of
from server.domain.instants import instant_of, micros
from server.jobs.unit import Done, Scope, locked
from server.ports import Chance, Tx
from server.store import linking
from server.store.draws import draws, entrants, waiting
from server.store.draws.entrants import Entrant
from server.store.giveaways import candidates, giveaways
from server.store.giveaways.giveaways import GiveawayRow

AT_ONCE = 300


async def freeze(tx: Tx, scope: Scope, *, draw_id: int, chance: Chance) -> Done[bool]:
    """Close the list of a giveaway's draw that was asked for; whether that was done.

    Everybody who entered is in it once, by whichever of his accounts, or left out with a reason. What was told before
    the end and is not applied, or has not given its tickets yet, is waited for, half a minute at most.
    """
    scope = await locked(tx, scope)
    draw = await draws.by_id(tx, scope.community_id, draw_id)
    if draw is None or draw.subject is not DrawSubject.GIVEAWAY or draw.state is not DrawState.ASKED:
        return Done(False)
    row = await giveaways.by_id(tx, scope.community_id, draw.subject_id)
    if row is None:
        raise LookupError(f"The giveaway of draw {draw_id} is gone.")
    if scope.now < instant_of(draw.planned_for) + APPLIED_WITHIN and await waiting.is_uncounted(
        tx, scope.community_id, micros(row.ends_at or scope.now), row.period_id
    ):
        return Done(False)
    counts: Counter[str] = Counter()
    async for page in pages(tx, scope, row):
        made = await listed(tx, scope, row, page, chance)
        await entrants.add(tx, scope.community_id, draw_id, made)
        out = sum(one.excluded is not None for one in made)
        counts.update({"in": len(made) - out, "out": out})
        if counts["in"] > ENTRIES_MAX:
            raise too_many()
    state = DrawState.FROZEN if counts["in"] else DrawState.EMPTY
    await draws.note_frozen(tx, draw_id, state, scope.now)
    after = {"draw": draw.name, "in": counts["in"], "left_out": counts["out"]}
    told = Audited(action="draws.freeze", target=("draw", draw_id), after=after)
    return Done(True, [event_of(draw, state)], [told])


async def pages(tx: Tx, scope: Scope, row: GiveawayRow) -> AsyncGenerator[dict[int, int]]:
    """Everybody who would be in, page by page and each person once: viewers with their tickets."""
    seen: set[int] = set()
    after, until = 0, row.ends_at or scope.now
    while True:
        match row.rules.kind:
            case GiveawayKind.KEYWORD:
                page = await candidates.entered(tx, row.id, until, after, AT_ONCE)
            case GiveawayKind.CHATTERS:
                since = until - timedelta(seconds=row.rules.window_s)
                page = await candidates.chatted(tx, scope.community_id, since, until, after, AT_ONCE)
            case GiveawayKind.TICKETS:
                page = await candidates.with_tickets(tx, row.period_id or 0, after, AT_ONCE)
        if not page:
            return
        after = page[-1][0]
        people = dict(page)
        if row.rules.kind is not GiveawayKind.TICKETS:
            homes = await linking.viewers_of(tx, scope.community_id, people)
            people = dict.fromkeys(homes.values(), 1)
        fresh = {viewer: tickets for viewer, tickets in people.items() if viewer not in seen}
        seen |= fresh.keys()
        if fresh:
            yield fresh


async def listed(tx: Tx, scope: Scope, row: GiveawayRow, people: Mapping[int, int], chance: Chance) -> list[Entrant]:
    """The lines of some viewers, each in or left out for a reason."""
    households = await linking.companions(tx, scope.community_id, people)
    everybody = [account for accounts in households.values() for account in accounts]
    accounts = await linking.accounts_by_ids(tx, everybody)
    found = await judged(tx, row, people, households, scope.now)
    salts = chance.draw(SALT_BYTES * len(people))
    made: list[Entrant] = []
    for nth, viewer in enumerate(sorted(households)):
        weight = weight_of(row.rules, found[viewer])
        if weight:
            salt = salts[SALT_BYTES * nth : SALT_BYTES * (nth + 1)]
            code = exclusion_of(row.rules, found[viewer])
            of = [(a.platform, a.external_id, a.id) for a in map(accounts.__getitem__, households[viewer])]
            made.append(entrants.entrant_of(viewer, of, weight, salt, code))
    return made
