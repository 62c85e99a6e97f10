"""Panels on Discord: staff wants them, what happens makes them due, and the bot tells how showing them went."""

from collections.abc import Collection, Sequence
from datetime import datetime

from server.domain.audit import Audited, Plain
from server.domain.panels import (
    HELD_BACK_FOR,
    HELD_BACK_MAX,
    PanelKind,
    PanelOutcome,
    PanelProblem,
    PanelState,
    Sight,
    check_id,
    check_locale,
    check_room,
    next_look,
    no_guild,
    taken,
    unknown,
)
from server.events.panels import PanelFailed, PanelMended
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, guilds, jobs, panels
from server.store.jobs import NewJob
from server.store.panels import JOB, PanelRecord, job_key

REMOVED = "panel_removed"


async def create(
    tx: Tx, scope: Scope, *, kind: PanelKind, channel_id: str, locale: str, is_pinned: bool, auto_heal: bool
) -> Done[int]:
    """Want a panel in a channel of the community's Discord server; its id.

    Refuses where no server is bound, an unfit channel or language, a second one of the kind in a channel, too many.
    """
    check_id(channel_id, "channel")
    check_locale(locale)
    await communities.lock(tx, scope.community_id)
    guild = await guilds.of_community(tx, scope.community_id)
    if guild is None:
        raise no_guild()
    check_room(len(await panels.all_of(tx, scope.community_id)))
    number = await panels.add(
        tx,
        scope.community_id,
        guild_id=guild.external_id,
        kind=kind,
        channel_id=channel_id,
        locale=locale,
        is_pinned=is_pinned,
        auto_heal=auto_heal,
        actor=scope.by.name,
        now=scope.now,
    )
    if number is None:
        raise taken(kind)
    await look_at(tx, scope, await known(tx, scope, number), scope.now)
    after: dict[str, Plain] = {"kind": kind.value, "channel": channel_id, "pinned": int(is_pinned)}
    return Done(number, audit=[Audited(action="panels.create", target=("panel", number), after=after)])


async def move(tx: Tx, scope: Scope, *, panel_id: int, channel_id: str) -> Done[int]:
    """Want a panel in another channel, and not where it is now; refuses what `create` refuses, and an unknown one."""
    check_id(channel_id, "channel")
    await communities.lock(tx, scope.community_id)
    panel = await known(tx, scope, panel_id)
    others = await panels.all_of(tx, scope.community_id)
    where = (panel.guild_id, channel_id, panel.kind)
    if any((one.guild_id, one.channel_id, one.kind) == where for one in others):
        raise taken(panel.kind)
    await panels.begin_anew(tx, panel, channel_id)
    await look_at(tx, scope, panel, scope.now)
    line = Audited(
        action="panels.move",
        target=("panel", panel_id),
        before={"channel": panel.channel_id},
        after={"channel": channel_id},
    )
    return Done(panel_id, audit=[line])


async def refresh(tx: Tx, scope: Scope, *, panel_id: int) -> Done[int]:
    """Have a panel looked at now, also one that was given up; refuses one that is not there."""
    panel = await known(tx, scope, panel_id)
    if panel.state in {PanelState.LOST, PanelState.PAUSED}:
        await panels.try_again(tx, panel)
    await look_at(tx, scope, panel, scope.now)
    return Done(panel_id, audit=[Audited(action="panels.refresh", target=("panel", panel_id))])


async def refresh_all(tx: Tx, scope: Scope, *, kinds: Collection[PanelKind] | None = None) -> Done[int]:
    """Have all panels, or those of some kinds, looked at now, also those that were given up; how many."""
    wanted = [one for one in await panels.all_of(tx, scope.community_id) if kinds is None or one.kind in kinds]
    lines: list[Audited] = []
    for one in wanted:
        lines += (await refresh(tx, scope, panel_id=one.id)).audit
    return Done(len(wanted), audit=lines)


async def delete(tx: Tx, scope: Scope, *, panel_id: int) -> Done[int]:
    """Take a panel and its message away; refuses one that is not there."""
    panel = await known(tx, scope, panel_id)
    await panels.remove(tx, panel_id)
    shown = [(panel.channel_id, panel.message_id), (panel.former_channel_id, panel.former_message_id)]
    await remove_messages(tx, scope, panel_id, [(channel, one) for channel, one in shown if channel and one])
    before: dict[str, Plain] = {"kind": panel.kind.value, "channel": panel.channel_id}
    line = Audited(action="panels.delete", target=("panel", panel_id), before=before)
    mended = [] if panel.problem is None else [PanelMended(panel_id=panel_id)]
    return Done(panel_id, mended, [line])


async def report(tx: Tx, scope: Scope, *, panel_id: int, channel_id: str, sight: Sight) -> Done[int]:
    """Note what became of showing a panel in a channel, and have it looked at again where that is needed; its id.

    Refuses a panel that is not there any more, or not in this channel.
    """
    sight = sight.checked()
    panel = await known(tx, scope, panel_id)
    if panel.channel_id != channel_id:
        raise unknown()
    problem = await noted(tx, scope, panel, sight)
    again = next_after(panel, sight, scope.now)
    await panels.settle_look(tx, panel_id)
    if again is not None:
        await look_at(tx, scope, await known(tx, scope, panel_id), again)
    if problem is not None:
        return Done(panel_id, [PanelFailed(panel_id=panel_id, kind=panel.kind.value, problem=problem.value)])
    is_mended = sight.outcome is PanelOutcome.SHOWN and panel.problem is not None
    return Done(panel_id, [PanelMended(panel_id=panel_id)] if is_mended else [])


async def noted(tx: Tx, scope: Scope, panel: PanelRecord, sight: Sight) -> PanelProblem | None:
    """Keep how a panel is now; the problem that staff has to mend, if there is one."""
    match sight.outcome:
        case PanelOutcome.SHOWN:
            await panels.note_shown(tx, panel, sight, scope.now)
            return sight.problem
        case PanelOutcome.HELD_BACK if panel.held_back + 1 >= HELD_BACK_MAX:
            await panels.begin_anew(tx, panel, panel.channel_id)
            return None
        case PanelOutcome.HELD_BACK:
            await panels.note_trouble(tx, panel, panel.state, panel.problem, panel.held_back + 1, scope.now)
            return None
        case PanelOutcome.LOST:
            state = PanelState.WANTED if panel.auto_heal else PanelState.LOST
            await panels.note_trouble(tx, panel, state, PanelProblem.MESSAGE_DELETED, 0, scope.now)
            return None if panel.auto_heal else PanelProblem.MESSAGE_DELETED
        case PanelOutcome.FORBIDDEN | PanelOutcome.NO_CHANNEL:
            problem = PanelProblem(sight.outcome.value)
            await panels.note_trouble(tx, panel, PanelState.PAUSED, problem, 0, scope.now)
            return problem


def next_after(panel: PanelRecord, sight: Sight, now: datetime) -> datetime | None:
    """When a panel is looked at again after a look; None where nothing calls for that."""
    match sight.outcome:
        case PanelOutcome.SHOWN:
            return next_look(panel.kind, now, now) if panel.is_stale else None
        case PanelOutcome.HELD_BACK:
            return now if panel.held_back + 1 >= HELD_BACK_MAX else now + HELD_BACK_FOR
        case PanelOutcome.LOST:
            return now if panel.auto_heal else None
        case PanelOutcome.FORBIDDEN | PanelOutcome.NO_CHANNEL:
            return None


async def after_changed(tx: Tx, scope: Scope, _: Sequence[object], *, kinds: Collection[PanelKind]) -> tuple[()]:
    """Have the panels of some kinds looked at soon, because what they show changed; most communities have none."""
    for panel in await panels.touch(tx, scope.community_id, kinds):
        if not panel.is_waiting:
            await look_at(tx, scope, panel, next_look(panel.kind, scope.now, panel.shown_at))
    return ()


async def look_if_there(tx: Tx, scope: Scope, *, panel_id: int) -> Done[bool]:
    """Have a panel looked at whose last look was long ago, or never ended; whether it is still there."""
    panel = await panels.locked(tx, scope.community_id, panel_id)
    if panel is None:
        return Done(False)
    await panels.settle_look(tx, panel_id)
    await begin(tx, scope, panel, scope.now)
    return Done(True)


async def look_at(tx: Tx, scope: Scope, panel: PanelRecord, at: datetime) -> None:
    """Have a panel looked at; where a look waits already, that comes no later."""
    if panel.is_waiting and await jobs.hasten(tx, JOB, job_key(panel.id, panel.asked), at):
        return
    await begin(tx, scope, panel, at)


async def begin(tx: Tx, scope: Scope, panel: PanelRecord, at: datetime) -> None:
    """Make the job of a look."""
    asked = await panels.begin_look(tx, panel)
    job = NewJob(
        kind=JOB,
        key=job_key(panel.id, asked),
        payload={"panel": panel.id, "kind": panel.kind.value},
        run_at=at,
        community_id=scope.community_id,
        audience="discord",
        order_key=f"panel:{panel.id}",
    )
    await jobs.add(tx, [job], scope.now)


async def remove_messages(tx: Tx, scope: Scope, panel_id: int, messages: Sequence[tuple[str, str]]) -> None:
    """Have messages of a panel deleted, each (channel, message)."""
    wanted = [
        NewJob(
            kind=REMOVED,
            key=f"panel:{panel_id}:{message}",
            payload={"panel": panel_id, "channel": channel, "message": message},
            run_at=scope.now,
            community_id=scope.community_id,
            audience="discord",
            order_key=f"panel:{panel_id}",
        )
        for channel, message in messages
    ]
    await jobs.add(tx, wanted, scope.now)


async def known(tx: Tx, scope: Scope, panel_id: int) -> PanelRecord:
    """A panel of this community, or a refusal."""
    panel = await panels.locked(tx, scope.community_id, panel_id)
    if panel is None:
        raise unknown()
    return panel
