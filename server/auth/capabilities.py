"""What an actor may do in a community."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from server.auth.actors import Actor
from server.domain.staff import EVERYTHING, NOTHING, Capabilities, Capability, Grant, effective
from server.ports import Reader
from server.store import guilds, staff
from server.store.tokens import service_keys

OVERLAY: Capabilities = frozenset({Capability.COMMUNITY_READ})
"""What a stream overlay shows; its key is easily seen on a stream, so it is never good for more."""

SERVICE: Capabilities = frozenset({Capability.COMMUNITY_READ})
"""What a bot may do for itself; what somebody asks it to do needs that person's grants."""

EXPORTER: Capabilities = frozenset({Capability.COMMUNITY_READ, Capability.AUDIT_READ})
"""What is read to be kept elsewhere."""


@dataclass(frozen=True, slots=True)
class Place:
    """A community, and what somebody was let in to do there."""

    community_id: int
    capability: Capability


Asked = tuple[Actor, int]
"""Somebody, and the community he wants to do something in."""


def judged(
    actor: Actor, community_id: int, grants: Iterable[Grant], guilds: Collection[str] = frozenset()
) -> Capabilities:
    """What an actor may do in a community, where his holders have these grants; nothing in somebody else's.

    `guilds` are the Discord servers that are bound to the community.
    """
    if actor.community_id not in {None, community_id}:
        return NOTHING
    match actor.kind:
        case "operator":
            held = EVERYTHING
        case "owner":
            held = NOTHING if actor.community_id is None else EVERYTHING
        case "overlay":
            held = NOTHING if actor.community_id is None else OVERLAY
        case "exporter":
            held = EXPORTER
        case "bot" if actor.serves:
            held = SERVICE if is_served(actor, guilds) else NOTHING
        case "person" | "bot":
            held = effective(grants)
    return held if actor.ceiling is None else held & actor.ceiling


def is_served(bot: Actor, guilds: Collection[str]) -> bool:
    """Whether a bot that acts for itself serves the community that `guilds` are bound to.

    It must be bound to one, of the bot's list if it has one; only a key that names the community needs none.
    """
    if not bot.guilds:
        return bot.community_id is not None or bool(guilds)
    return not bot.guilds.isdisjoint(guilds)


def rests_on_grants(actor: Actor) -> bool:
    """Whether what an actor may do can change while his token stays good."""
    return bool(actor.holders) or rests_on_guilds(actor)


def rests_on_guilds(actor: Actor) -> bool:
    """Whether what an actor may do depends on which Discord servers are bound."""
    return actor.kind == "bot" and actor.serves and (actor.community_id is None or bool(actor.guilds))


async def capabilities_in(reader: Reader, actor: Actor, community_id: int) -> Capabilities:
    """What an actor may do in a community, by the grants as they are now."""
    if not rests_on_grants(actor):
        return judged(actor, community_id, ())
    return (await capabilities_among(reader, [(actor, community_id)]))[actor, community_id]


async def capabilities_among(reader: Reader, asked: Collection[Asked]) -> Mapping[Asked, Capabilities]:
    """What each actor may do in his community, by the grants as they are now, looked up for all at once.

    In a Discord server that belongs to a community a bot acts for nobody in another one.
    """
    bound = await guilds.communities_of(reader, {actor.guild for actor, _ in asked if actor.guild is not None})
    grants = await staff.grants_of(
        reader, {(community_id, holder) for actor, community_id in asked for holder in actor.holders}
    )
    listed = {community_id for actor, community_id in asked if rests_on_guilds(actor)}
    theirs = await service_keys.guilds_of(reader, listed) if listed else {}
    return {
        (actor, community_id): NOTHING
        if bound.get(actor.guild or "", community_id) != community_id
        else judged(
            actor,
            community_id,
            [grants[community_id, holder] for holder in actor.holders if (community_id, holder) in grants],
            theirs.get(community_id, ()),
        )
        for actor, community_id in asked
    }
