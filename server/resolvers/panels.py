"""Panels on Discord: read, wanted, moved, refreshed and deleted by staff, and reported by the bot."""

from dataclasses import dataclass
from typing import Annotated

import strawberry

from server.actions import panels as actions
from server.domain.panels import PanelKind as Kind
from server.domain.panels import PanelOutcome as Outcome
from server.domain.panels import PanelProblem as Problem
from server.domain.panels import Sight
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema.ids import id_of, number_of
from server.schema.panels import (
    EDIT,
    CreatePanelInput,
    CreatePanelResult,
    DeletePanelInput,
    DeletePanelResult,
    MovePanelInput,
    MovePanelResult,
    Panel,
    PanelCreated,
    PanelDeleted,
    PanelKind,
    PanelMoved,
    PanelProblem,
    PanelRefreshed,
    PanelReported,
    PanelsRefreshed,
    PanelState,
    RefreshPanelInput,
    RefreshPanelResult,
    RefreshPanelsInput,
    RefreshPanelsResult,
    ReportPanelInput,
    ReportPanelResult,
)
from server.schema.policies import SERVES, Denied, admit
from server.schema.scalars import printable
from server.store import panels
from server.store.panels import PanelRecord


def panel_noun(record: PanelRecord) -> Panel:
    """A panel as the graph shows it."""
    return Panel(
        id=id_of("panel", record.id),
        kind=PanelKind(record.kind.value),
        guild_id=record.guild_id,
        channel_id=record.channel_id,
        message_id=record.message_id,
        locale=record.locale,
        is_pinned=record.is_pinned,
        auto_heal=record.auto_heal,
        state=PanelState(record.state.value),
        problem=None if record.problem is None else PanelProblem(record.problem.value),
        created_by=record.actor,
        created_at=record.at,
        shown_at=record.shown_at,
        looked_at=record.looked_at,
    )


@dataclass(frozen=True, slots=True)
class PanelReads:
    """What a community is asked about its panels."""

    context: Context
    community_id: int

    async def all(self) -> list[Panel]:
        """All of them, oldest first."""
        await self.context.admit_in(self.community_id, Capability.SETTINGS_EDIT)
        return [panel_noun(one) for one in await panels.all_of(self.context.reader, self.community_id)]


async def panel_by_id(context: Context, community_id: int, panel_id: int) -> Panel:
    """A panel that is there."""
    record = await panels.by_id(context.reader, community_id, panel_id)
    if record is None:
        raise LookupError(f"The panel {panel_id} is gone.")
    return panel_noun(record)


async def create_panel(
    info: Info, given: Annotated[CreatePanelInput, strawberry.argument(name="input", description="What to show.")]
) -> CreatePanelResult:
    """Want a panel."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)

    async def create(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.create(
            tx,
            scope,
            kind=Kind(given.kind.value),
            channel_id=printable(given.channel_id),
            locale=printable(given.locale),
            is_pinned=given.is_pinned,
            auto_heal=given.auto_heal,
        )
        return done.giving({"panel": done.result})

    kept = await once(context, "createPanel", place, given, create)
    return PanelCreated(panel=await panel_by_id(context, place.community_id, kept["panel"]))


async def move_panel(
    info: Info, given: Annotated[MovePanelInput, strawberry.argument(name="input", description="Where to.")]
) -> MovePanelResult:
    """Want a panel elsewhere."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    panel_id = number_of("panel", given.panel_id)

    async def move(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.move(tx, scope, panel_id=panel_id, channel_id=printable(given.channel_id))
        return done.giving({"panel": done.result})

    kept = await once(context, "movePanel", place, given, move)
    return PanelMoved(panel=await panel_by_id(context, place.community_id, kept["panel"]))


async def refresh_panel(
    info: Info, given: Annotated[RefreshPanelInput, strawberry.argument(name="input", description="Which one.")]
) -> RefreshPanelResult:
    """Have a panel looked at."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    panel_id = number_of("panel", given.panel_id)

    async def refresh(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.refresh(tx, scope, panel_id=panel_id)
        return done.giving({"panel": done.result})

    kept = await once(context, "refreshPanel", place, given, refresh)
    return PanelRefreshed(panel=await panel_by_id(context, place.community_id, kept["panel"]))


async def refresh_panels(
    info: Info, given: Annotated[RefreshPanelsInput, strawberry.argument(name="input", description="Which ones.")]
) -> RefreshPanelsResult:
    """Have several panels looked at."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    kinds = None if given.kinds is None else {Kind(one.value) for one in given.kinds}

    async def refresh(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.refresh_all(tx, scope, kinds=kinds)
        return done.giving({"count": done.result})

    kept = await once(context, "refreshPanels", place, given, refresh)
    return PanelsRefreshed(count=kept["count"])


async def delete_panel(
    info: Info, given: Annotated[DeletePanelInput, strawberry.argument(name="input", description="Which one.")]
) -> DeletePanelResult:
    """Take a panel away."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    panel_id = number_of("panel", given.panel_id)

    async def delete(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.delete(tx, scope, panel_id=panel_id)
        return done.giving({"panel": done.result})

    kept = await once(context, "deletePanel", place, given, delete)
    return PanelDeleted(panel_id=id_of("panel", kept["panel"]))


async def report_panel(
    info: Info, given: Annotated[ReportPanelInput, strawberry.argument(name="input", description="How it went.")]
) -> ReportPanelResult:
    """Take note of how a panel is."""
    context = info.context
    admit(context.actor, SERVES)
    if context.signed_in.kind != "bot":
        raise Denied("forbidden", "Panels are shown by the Discord bot.", "Use the bot's own token.")
    place = await context.admit_to(given.community_id, Capability.COMMUNITY_READ)
    panel_id = number_of("panel", given.panel_id)
    sight = Sight(
        outcome=Outcome(given.outcome.value),
        message_id=printable(given.message_id or ""),
        content_hash=printable(given.content_hash or ""),
        problem=None if given.problem is None else Problem(given.problem.value),
    )

    async def report(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.report(tx, scope, panel_id=panel_id, channel_id=printable(given.channel_id), sight=sight)
        return done.giving({"panel": done.result})

    kept = await once(context, "reportPanel", place, given, report)
    return PanelReported(panel_id=id_of("panel", kept["panel"]))


@strawberry.type
class PanelMutations:
    """Changes to panels."""

    create_panel: CreatePanelResult = strawberry.field(
        resolver=create_panel, description="Want a panel in a channel of Discord.", metadata=EDIT
    )
    move_panel: MovePanelResult = strawberry.field(
        resolver=move_panel, description="Want a panel in another channel.", metadata=EDIT
    )
    refresh_panel: RefreshPanelResult = strawberry.field(
        resolver=refresh_panel, description="Have a panel looked at now, also one that was given up.", metadata=EDIT
    )
    refresh_panels: RefreshPanelsResult = strawberry.field(
        resolver=refresh_panels, description="Have several panels looked at now, also those given up.", metadata=EDIT
    )
    delete_panel: DeletePanelResult = strawberry.field(
        resolver=delete_panel, description="Take a panel and its message away.", metadata=EDIT
    )
    report_panel: ReportPanelResult = strawberry.field(
        resolver=report_panel,
        description="Tell what became of showing a panel, before its job is acknowledged.",
        metadata=SERVES,
    )
