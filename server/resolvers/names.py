"""How people are named on boards that everybody sees: asked for, changed, and applied."""

from dataclasses import dataclass
from typing import Annotated

import strawberry

from server.actions import names as actions
from server.domain.names import NameSettings as Rule
from server.domain.names import public_name
from server.domain.staff import Capability, Holder
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema.names import NameSettings, NameSettingsUpdated, UpdateNameSettingsInput, UpdateNameSettingsResult
from server.schema.policies import needs
from server.store.names import settings_in_force


@dataclass(frozen=True, slots=True)
class NameReads:
    """What a community is asked about names."""

    context: Context
    community_id: int

    async def settings(self) -> NameSettings:
        """The settings in force."""
        found = await settings_in_force(self.context.reader, self.community_id)
        return NameSettings(masks=found.masks)


@dataclass(frozen=True, slots=True)
class Naming:
    """How people are named to somebody: himself, by one of his `own` accounts, whole."""

    rule: Rule
    own: frozenset[Holder] = frozenset()

    def of(self, platform: str, platform_id: str, name: str, *, tells_wagers: bool = False) -> str:
        """What an account is called."""
        is_own = (platform, platform_id) in self.own
        return name if is_own else public_name(name, self.rule, tells_wagers=tells_wagers)


async def naming(context: Context, community_id: int) -> Naming:
    """How people are named to whoever asks."""
    own = frozenset[Holder]() if context.actor is None else context.actor.holders
    return Naming(await settings_in_force(context.reader, community_id), own)


async def naming_to_all(reader: Reader, community_id: int) -> Naming:
    """How people are named where many hear the same."""
    return Naming(await settings_in_force(reader, community_id))


async def update_name_settings(
    info: Info,
    given: Annotated[UpdateNameSettingsInput, strawberry.argument(name="input", description="What to set.")],
) -> UpdateNameSettingsResult:
    """Change how people are named."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.change_settings(tx, scope, settings=Rule(masks=given.masks), actor=context.actor_name)
        return done.giving(done.result.stored())

    kept = await once(context, "updateNameSettings", place, given, change)
    return NameSettingsUpdated(settings=NameSettings(masks=Rule.restored(kept).masks))


@strawberry.type
class NameMutations:
    """What can be changed about names."""

    update_name_settings: UpdateNameSettingsResult = strawberry.field(
        resolver=update_name_settings,
        description="Change whether boards that everybody sees mask names.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
