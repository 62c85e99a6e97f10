"""Discord servers: bind one to a community with a code, and unbind it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from server.domain.audit import Audited
from server.domain.guilds import (
    NAME_LENGTH_MAX,
    Purpose,
    check_channel,
    check_code,
    check_free,
    check_meant,
    check_purposes,
    check_room,
)
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, guilds
from server.store.guilds import GuildRecord


async def offer(tx: Tx, scope: Scope, *, salt: str, lifetime: timedelta) -> Done[tuple[int, datetime]]:
    """Give out a code for this community; its number, and until when it is good. Refuses a sixth open one."""
    await communities.lock(tx, scope.community_id)
    check_room(await guilds.open_codes(tx, scope.community_id, scope.now))
    expires_at = scope.now + lifetime
    number = await guilds.add_code(tx, scope.community_id, salt, scope.by.name, scope.now, expires_at)
    line = Audited(
        action="guilds.offer", target=("community", scope.community_id), after={"expires_at": expires_at.isoformat()}
    )
    return Done((number, expires_at), audit=[line])


async def bind(tx: Tx, scope: Scope, *, code_id: int, guild: str, name: str) -> Done[GuildRecord]:
    """Bind a Discord server to this community, for a code, which is used up; binding it again keeps its new name.

    Refuses a code that is not good any more, and whatever would not be one server for one community.
    """
    await guilds.lock(tx)
    check_code(await guilds.code_by_id(tx, scope.community_id, code_id), scope.now)
    before = await guilds.of_community(tx, scope.community_id)
    bound_community = await guilds.community_of(tx, guild)
    check_free(guild, None if before is None else before.external_id, bound_community, scope.community_id)
    shown = name.strip()[:NAME_LENGTH_MAX] or f"Discord server {guild}"
    await guilds.use_code(tx, scope.community_id, code_id, scope.now)
    await guilds.bind(tx, scope.community_id, guild, shown, scope.by.name, scope.now)
    line = Audited(
        action="guilds.bind",
        target=("guild", guild),
        before=None if before is None else {"name": before.name},
        after={"name": shown},
    )
    bound = await guilds.of_community(tx, scope.community_id)
    if bound is None:
        raise LookupError("The guild that was just bound is gone.")
    return Done(bound, audit=[line])


async def unbind(tx: Tx, scope: Scope, *, guild: str) -> Done[None]:
    """Let this community have no Discord server, nor its channels; refuses one that is not the bound one."""
    await guilds.lock(tx)
    before = await guilds.of_community(tx, scope.community_id)
    check_meant(None if before is None else before.external_id, guild)
    await guilds.unbind(tx, scope.community_id)
    name = None if before is None else before.name
    return Done(None, audit=[Audited(action="guilds.unbind", target=("guild", guild), before={"name": name})])


async def choose_channel(
    tx: Tx, scope: Scope, *, purposes: Collection[Purpose], channel: str | None
) -> Done[str | None]:
    """Have what is for some purposes posted into a channel, or nowhere; the channel.

    Refuses no purpose, what is no channel's id, and any channel where no Discord server is bound.
    """
    check_purposes(purposes)
    await guilds.lock(tx)
    bound = await guilds.of_community(tx, scope.community_id)
    chosen = check_channel(channel, is_bound=bound is not None)
    known = await guilds.channels(tx, scope.community_id)
    lines: list[Audited] = []
    for purpose in sorted(set(purposes)):
        before = known.get(purpose)
        await guilds.choose(tx, scope.community_id, purpose, chosen, scope.by.name, scope.now)
        lines.append(
            Audited(
                action="guilds.choose_channel",
                target=("community", scope.community_id),
                before={"purpose": purpose.value, "channel": None if before is None else before.external_id},
                after={"purpose": purpose.value, "channel": chosen},
            )
        )
    return Done(chosen, audit=lines)
