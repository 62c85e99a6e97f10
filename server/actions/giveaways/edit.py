"""Staff changes an open giveaway, for everybody to see: nothing is taken from whoever is in it already."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from server.actions.giveaways.known import changed, known, said
from server.actions.giveaways.run import check_end, check_title
from server.domain.audit import Audited, Plain
from server.domain.draws.rules import rules_hash
from server.domain.giveaways import (
    LASTS_MAX,
    GiveawayEdit,
    GiveawayRules,
    GiveawayState,
    changes_in,
    giveaway_rules,
)
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store.giveaways import giveaways
from server.store.giveaways.giveaways import GiveawayRow

CHANGES_MAX = 20
"""Each is a line in every chat and a part of the text that is promised."""
PRIZE_SAID_MAX = 150
HASH_SAID = 12


async def edit(tx: Tx, scope: Scope, *, giveaway_id: int, wanted: GiveawayEdit, reason: str) -> Done[GiveawayRow]:
    """Change an open giveaway, and say so in chat; the giveaway, as it was where nothing is different.

    Its text is hashed anew, with what was different before and the hash of then in it, so that the draw promises all
    that was ever said. Refuses one that nobody can enter any more, what takes something from whoever is in, an end that
    is over or more than 31 days after it opened, a title that is none, and more than 20 changes.
    """
    scope = await locked(tx, scope)
    row = await known(tx, scope.community_id, giveaway_id)
    if row.state is not GiveawayState.OPEN or (row.ends_at is not None and scope.now >= row.ends_at):
        raise Refused("giveaway_not_open", "Entering this giveaway is over, so it stays as it is.", "Open another one.")
    title = row.title if wanted.title is None else check_title(wanted.title)
    rules, ends = wanted.applied_to(row.rules), row.ends_at if wanted.ends is None else wanted.ends
    if ends != row.ends_at:
        check_end(ends, scope.now)
        refuse_long(row, ends)
    before, after = values(row.title, row.rules, row.ends_at), values(title, rules, ends)
    was = {name: before[name] for name in before if before[name] != after[name]}
    if not was:
        return Done(row)
    history = [*await changes_of(tx, row), {"at": scope.now.isoformat(), "rules_sha256": row.rules_sha256, "was": was}]
    text = giveaway_rules(
        rules, community_id=row.community_id, title=title, opens=row.opened_at, ends=ends, changes=history
    )
    fresh = await giveaways.amend(
        tx, row.id, title=title, rules=rules, rules_text=text, rules_sha256=rules_hash(text), ends_at=ends
    )
    now = {name: after[name] for name in was}
    lines = await said(tx, scope, fresh, f"changed:{len(history)}", sentence(row, fresh, now))
    told = Audited(action="giveaways.update", target=("giveaway", row.id), before=was, after=now, reason=reason)
    return Done(fresh, [await changed(tx, fresh, fresh.state), *lines], [told])


def refuse_long(row: GiveawayRow, ends: datetime | None) -> None:
    """Refuse an end that lets a giveaway go on and on."""
    if ends is not None and ends > row.opened_at + LASTS_MAX:
        raise Refused(
            "giveaway_end", f"A giveaway ends within {LASTS_MAX.days} days of its opening.", "Choose an earlier end."
        )


async def changes_of(tx: Tx, row: GiveawayRow) -> Sequence[Mapping[str, Any]]:
    """What was changed until now, as its text has it; refuses one whose text was not kept, and one more than 20."""
    text = (await giveaways.rules_texts(tx, [row.id])).get(row.id)
    if text is None:
        raise Refused(
            "giveaway_text_lacking",
            "The text of this giveaway's rules was not kept, so nobody could see what changed.",
            "Give it up, and open another one.",
        )
    found = changes_in(text)
    if len(found) >= CHANGES_MAX:
        raise Refused(
            "giveaway_changes_full",
            f"This giveaway was changed {CHANGES_MAX} times.",
            "Leave it as it is, or give it up and open another one.",
        )
    return found


def values(title: str, rules: GiveawayRules, ends: datetime | None) -> dict[str, Plain]:
    """What can be changed, named as the text has it; no end is an empty one."""
    return {
        "title": title,
        "prize": rules.prize,
        "winners": rules.winners,
        "alternates": rules.alternates,
        "claim_s": rules.claim_s,
        "ends_at": "" if ends is None else ends.isoformat(),
    }


def sentence(row: GiveawayRow, fresh: GiveawayRow, now: dict[str, Plain]) -> str:
    """What everybody in chat is told of a change; the first of the new hash is what the draw is held to."""
    rules, prize = fresh.rules, " ".join(fresh.rules.prize.split())
    short = prize if len(prize) <= PRIZE_SAID_MAX else f"{prize[: PRIZE_SAID_MAX - 1]}…"
    told = {
        "title": f"It is called {fresh.title} now.",
        "prize": f"The prize: {short}.",
        "winners": f"Winners: {rules.winners}.",
        "alternates": f"Alternates: {rules.alternates}.",
        "claim_s": f"Time to claim: {rules.claim_s} seconds." if rules.claim_s else "Nothing need be claimed.",
        "ends_at": f"Until {fresh.ends_at:%Y-%m-%d %H:%M} UTC." if fresh.ends_at else "",
    }
    parts = " ".join(told[name] for name in now)
    return f"Giveaway {row.title} changed. {parts} Rules {fresh.rules_sha256[:HASH_SAID]}."
