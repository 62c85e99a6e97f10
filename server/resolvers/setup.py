"""How Kick channels are set up, and asking Kick about them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from server.actions import setup as actions
from server.domain.limits import CHANNEL_SYNC
from server.domain.linking import account_key
from server.domain.setup import Check, CheckState, Installation, all_checks, check_reference
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.platforms.kick.scopes import BY_NAME
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema import setup as nouns
from server.schema.policies import needs
from server.schema.setup import (
    ChannelSynced,
    CheckName,
    KickSetup,
    SetupCheck,
    SyncChannelInput,
    SyncChannelResult,
    SyncFinding,
)
from server.store import setup


@dataclass(frozen=True, slots=True)
class SetupReads:
    """What a community is asked about its set-up."""

    context: Context
    community_id: int

    async def kick(self) -> KickSetup:
        """The checks."""
        services = self.context.services
        channels = await setup.kick_channels(self.context.reader, self.community_id)
        server = Installation(has_app=services.has_kick_app, public_url=services.public_url)
        checks = all_checks(server, channels, BY_NAME, services.clock.now())
        return KickSetup(
            is_ready=all(check.state is not CheckState.FAILED for check in checks),
            checks=list(map(check_noun, checks)),
        )


def check_noun(check: Check) -> SetupCheck:
    """A check as the graph shows it."""
    return SetupCheck(
        name=CheckName(check.name.value),
        platform_id=check.platform_id,
        state=nouns.CheckState(check.state.value),
        detail=check.detail,
        remedy=check.remedy or None,
    )


async def sync_channel(
    info: Info, given: Annotated[SyncChannelInput, strawberry.argument(name="input", description="Which channel.")]
) -> SyncChannelResult:
    """Ask Kick about a channel, and keep what it tells."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHANNELS_MANAGE)
    _, platform_id = account_key("kick", given.platform_id)
    typed = check_reference(given.kick_channel_id), check_reference(given.kick_chatroom_id)
    await context.services.limits.take(CHANNEL_SYNC, context.actor_name, str(place.community_id))
    # Asked before the transaction, which must not wait for anybody outside.
    learned = await context.services.kick_look.look(platform_id)

    async def sync(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.sync(
            tx, scope, platform_id=platform_id, learned=learned, channel_ref=typed[0], chatroom_ref=typed[1]
        )
        return done.giving({"at": scope.now.isoformat(), "findings": list(map(asdict, done.result))})

    kept = await once(context, "syncChannel", place, given, sync)
    return ChannelSynced(
        platform_id=platform_id,
        synced_at=datetime.fromisoformat(kept["at"]),
        findings=[
            SyncFinding(
                what=one["what"], value=one["value"], problem=one["problem"] or None, remedy=one["remedy"] or None
            )
            for one in kept["findings"]
        ],
    )


@strawberry.type
class SetupMutations:
    """What is changed about how channels are set up."""

    sync_channel: SyncChannelResult = strawberry.field(
        resolver=sync_channel,
        description="Ask Kick about an attached channel and keep what it tells; says what is missing, and why.",
        metadata=needs(Capability.CHANNELS_MANAGE),
    )
