"""Discord servers of communities."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from server.actions import guilds as actions
from server.domain.guilds import Purpose, check_bound, check_code, check_lifetime
from server.domain.limits import GUILD_CODE
from server.domain.linking import account_key
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, Own, once
from server.schema.guilds import (
    BindGuildInput,
    BindGuildResult,
    CreateGuildBindingInput,
    CreateGuildBindingResult,
    DiscordChannel,
    DiscordChannelSet,
    DiscordPurpose,
    Guild,
    GuildBindingCreated,
    GuildBound,
    GuildUnbound,
    SetDiscordChannelInput,
    SetDiscordChannelResult,
    UnbindGuildInput,
    UnbindGuildResult,
)
from server.schema.ids import id_of
from server.schema.policies import SIGNED_IN, admit, needs
from server.schema.scalars import printable
from server.store import communities, guilds


@dataclass(frozen=True, slots=True)
class GuildReads:
    """What a community is asked about its Discord server."""

    context: Context
    community_id: int

    async def bound(self) -> Guild | None:
        """The server."""
        found = await guilds.of_community(self.context.reader, self.community_id)
        if found is None:
            return None
        return Guild(platform_id=found.external_id, name=found.name, bound_by=found.bound_by, bound_at=found.bound_at)

    async def channels(self) -> list[DiscordChannel]:
        """The channels that were chosen."""
        await self.context.admit_in(self.community_id, Capability.SETTINGS_EDIT)
        found = await guilds.channels(self.context.reader, self.community_id)
        return [
            DiscordChannel(
                purpose=DiscordPurpose(one.purpose.value),
                platform_id=one.external_id,
                chosen_by=one.chosen_by,
                chosen_at=one.chosen_at,
            )
            for one in found.values()
        ]


async def check_guild(context: Context, community_id: int) -> None:
    """Refuse what is asked in a Discord server that does not belong to the community."""
    if context.actor is not None and context.actor.guild is not None:
        check_bound(community_id, await guilds.community_of(context.reader, context.actor.guild))


async def create_guild_binding(
    info: Info, given: Annotated[CreateGuildBindingInput, strawberry.argument(name="input", description="For whom.")]
) -> CreateGuildBindingResult:
    """Make a code that binds a Discord server."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.STAFF_MANAGE)
    lifetime = check_lifetime(given.minutes)
    salt = context.ids.token()

    async def offer(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.offer(tx, scope, salt=salt, lifetime=lifetime)
        return done.giving({"code": done.result[0], "until": done.result[1].isoformat()})

    kept = await once(context, "createGuildBinding", place, given, offer)
    made = check_code_kept(await guilds.code_by_id(context.reader, place.community_id, kept["code"]))
    return GuildBindingCreated(
        code=context.services.codes.code("guild", made), expires_at=datetime.fromisoformat(kept["until"])
    )


def check_code_kept(found: guilds.GuildCode | None) -> str:
    """The salt of a code that was made for a key, or a refusal once it is forgotten."""
    if found is None:
        raise Refused("guild_code_expired", "This code expired long ago.", "Make a new one, with a fresh key.")
    return found.salt


async def bind_guild(
    info: Info, given: Annotated[BindGuildInput, strawberry.argument(name="input", description="The code.")]
) -> BindGuildResult:
    """Bind the Discord server that the bot speaks for to the community whose code was typed there."""
    context = info.context
    admit(context.actor, SIGNED_IN)
    guild = guild_of_manager(context)
    await context.services.limits.take(GUILD_CODE, context.actor_name)
    known = await guilds.codes(context.reader, context.services.clock.now())
    # Every one is compared, whichever it is, so that the time it takes tells nothing.
    right = [one for one in known if context.services.codes.is_right("guild", one.salt, given.code)]
    right = [one for one in right if context.signed_in.community_id in {None, one.community_id}]
    if not right:
        check_code(None, context.services.clock.now())
    community_id, code_id = right[0].community_id, right[0].id

    async def bind(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.bind(tx, scope, code_id=code_id, guild=guild, name=printable(given.guild_name))
        return done.giving({"guild": done.result.external_id})

    kept = await once(context, "bindGuild", Own(community_id), given, bind)
    record = await communities.by_id(context.reader, community_id)
    return GuildBound(
        community_id=id_of("community", community_id),
        community_name="" if record is None else record.name,
        platform_id=kept["guild"],
    )


def guild_of_manager(context: Context) -> str:
    """The Discord server that the caller manages, or a refusal to whoever does not act in one, or may not manage it."""
    actor = context.signed_in
    if actor.guild is None:
        raise Refused(
            "guild_needed",
            "A Discord server is bound from inside it.",
            "Type the code in Discord, with /setup.",
        )
    if not actor.manages_guild:
        raise Refused(
            "manage_guild_needed",
            "Only somebody who may manage this Discord server can bind it.",
            "Ask somebody with the permission Manage Server to type the code.",
        )
    return actor.guild


async def unbind_guild(
    info: Info, given: Annotated[UnbindGuildInput, strawberry.argument(name="input", description="Of whom.")]
) -> UnbindGuildResult:
    """Let a community have no Discord server."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.STAFF_MANAGE)
    _, guild = account_key("discord", given.platform_id)

    async def unbind(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.unbind(tx, scope, guild=guild)
        return done.giving({})

    await once(context, "unbindGuild", place, given, unbind)
    return GuildUnbound(platform_id=guild)


async def set_discord_channel(
    info: Info, given: Annotated[SetDiscordChannelInput, strawberry.argument(name="input", description="What where.")]
) -> SetDiscordChannelResult:
    """Choose a channel for some purposes, or none."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    await check_guild(context, place.community_id)
    purposes = [Purpose(one.value) for one in given.purposes]

    async def choose(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.choose_channel(tx, scope, purposes=purposes, channel=given.platform_id)
        return done.giving({"channel": done.result})

    kept = await once(context, "setDiscordChannel", place, given, choose)
    return DiscordChannelSet(purposes=given.purposes, platform_id=kept["channel"])


@strawberry.type
class GuildMutations:
    """What can be changed about Discord servers."""

    create_guild_binding: CreateGuildBindingResult = strawberry.field(
        resolver=create_guild_binding,
        description="Make a code with which somebody who manages a Discord server binds it to the community.",
        metadata=needs(Capability.STAFF_MANAGE),
    )
    bind_guild: BindGuildResult = strawberry.field(
        resolver=bind_guild,
        description="Bind the Discord server that the bot speaks for, as somebody who may manage it.",
        metadata=SIGNED_IN,
    )
    unbind_guild: UnbindGuildResult = strawberry.field(
        resolver=unbind_guild,
        description="Let a community have no Discord server.",
        metadata=needs(Capability.STAFF_MANAGE),
    )
    set_discord_channel: SetDiscordChannelResult = strawberry.field(
        resolver=set_discord_channel,
        description="Choose the channel of the community's Discord server that something is posted into, or none.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
