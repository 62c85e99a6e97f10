"""Everything that a mutation could change, to compare before and after."""

from typing import Any

from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import idempotency
from tests.graph import Graph

OWNED = (
    "attachment",
    "detachment",
    "setting_version",
    "watch_adjustment",
    "watch_tally",
    "watch_total",
    "viewer",
    "viewer_account",
    "account_link",
    "link_event",
    "staff_grant",
    "account_proof",
    "happening",
    "happening_copy",
    "happening_review",
    "heard_message",
    "delivery",
    "job",
    "feed_entry",
    "audit_event",
    "forgetting",
    "alert",
    "guild_code",
    "guild",
    "text_version",
    "slot_call",
    "slot_block",
    "slot_pick",
    "slot",
    "slot_trigram",
    "reward",
    "redemption",
    "wager_feed",
    "wager_series",
    "wager_gain",
    "wager_claim",
    "raffle_period",
    "ticket_entry",
    "ticket_tally",
    "ticket_standing",
    "ticket_due",
    "free_claim",
    "first_follow",
    "giveaway",
    "giveaway_entry",
    "giveaway_exclusion",
    "draw",
    "draw_entrant",
    "draw_record",
    "draw_place",
    "draw_exclusion",
    "chat_line",
    "chat_command",
    "chat_cooldown",
    "panel",
    "timer",
    "timer_channel",
    "overlay_key",
    "role_reward",
    "role_rule",
    "role_given",
    "api_token",
)
UNOWNED = (
    "event_subscription",
    "gap",
    "live_sighting",
    "account",
    "channel",
    "inbox",
    "idempotency",
    "invitation",
    "service_key",
    "revoked_token",
)


async def facts(graph: Graph, *, community_id: int | None = None) -> list[tuple[Any, ...]]:
    """The rows of all communities and of the platforms, or those of one community."""
    reader = graph.server.database.reader()
    found: list[tuple[Any, ...]] = []
    for table in ("community", *OWNED, *(UNOWNED if community_id is None else ())):
        column = "id" if table == "community" else "community_id"
        where, values = ("", ()) if community_id is None else (f"WHERE {column} = $1", (community_id,))
        rows = await reader.fetch(f"SELECT * FROM {table} {where} ORDER BY id", *values)
        found += [(table, *tuple(row)) for row in rows]
    return found


async def forget_keys(graph: Graph) -> None:
    """Forget the first results of all mutations, as a week does."""

    async def forget(tx: Tx, scope: Scope) -> Done[int]:
        return Done(await idempotency.forget_before(tx, scope.now))

    graph.live.clock.pass_time(seconds=1)
    assert await graph.server.units.run(0, forget)
