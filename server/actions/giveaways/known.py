"""A giveaway, what it reads like in the feed, and what is said of it in chat."""

from collections.abc import Mapping
from datetime import datetime

from server.domain.audit import Audited, Plain
from server.domain.chat.lines import LINE_LIFETIME
from server.domain.giveaways import GiveawayState
from server.domain.refusals import Refused
from server.events.chat import LineWanted
from server.events.giveaways import GiveawayChanged
from server.jobs.unit import Scope
from server.ports import Reader, Tx
from server.store import channels
from server.store.giveaways import entries, giveaways
from server.store.giveaways.giveaways import GiveawayRow

NOTICE = "notice"


async def known(reader: Reader, community_id: int, giveaway_id: int) -> GiveawayRow:
    """A giveaway of the community, or a refusal."""
    row = await giveaways.by_id(reader, community_id, giveaway_id)
    if row is None:
        raise Refused(
            "giveaway_unknown", "This community has no such giveaway.", "Use the `id` of one of its giveaways."
        )
    return row


async def changed(reader: Reader, row: GiveawayRow, state: GiveawayState) -> GiveawayChanged:
    """The event of a giveaway that is in a state now."""
    entered = await entries.counts(reader, [row.id])
    return GiveawayChanged(
        giveaway_id=row.id,
        number=row.number,
        state=state.value,
        title=row.title,
        keyword=row.rules.keyword,
        entries=entered.get(row.id, 0),
    )


def line(action: str, row: GiveawayRow, *, after: Mapping[str, Plain] | None = None, reason: str = "") -> Audited:
    """The line of the audit log about a giveaway."""
    return Audited(action=action, target=("giveaway", row.id), after=after, reason=reason.strip() or None)


async def said(
    tx: Tx, scope: Scope, row: GiveawayRow, what: str, text: str, until: datetime | None = None
) -> list[LineWanted]:
    """A line about a giveaway for the chats of all attached channels; `what` tells one from another, once each."""
    return [
        LineWanted(
            channel_id=channel.id,
            kind=NOTICE,
            key=f"giveaway:{row.id}:{what}:{channel.id}",
            text=text,
            expires_at=until or scope.now + LINE_LIFETIME,
        )
        for channel in await channels.attached(tx, scope.community_id)
    ]
