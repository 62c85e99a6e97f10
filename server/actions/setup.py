"""Setting a channel up: keep what its platform tells of it."""

from server.domain.audit import Audited, Values, changed
from server.domain.refusals import Refused
from server.domain.setup import ChannelFacts, Finding, Learned, check_reference, findings
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities, setup


async def sync(
    tx: Tx, scope: Scope, *, platform_id: str, learned: Learned, channel_ref: str | None, chatroom_ref: str | None
) -> Done[list[Finding]]:
    """Keep what Kick told of an attached channel, and the ids that somebody typed, which win; what is known now.

    Refuses a channel that is not attached, and ids that cannot be any.
    """
    typed = check_reference(channel_ref), check_reference(chatroom_ref)
    await communities.lock(tx, scope.community_id)
    before = await attached(tx, scope, platform_id)
    number = (await channels.ids_of(tx, [("kick", platform_id)]))["kick", platform_id]
    references = typed[0] or learned.channel_ref, typed[1]
    await setup.note_synced(tx, scope.community_id, number, references, learned.slug, scope.now)
    after = await attached(tx, scope, platform_id)
    had, has = changed(values(before), values(after))
    line = Audited(action="channels.sync", target=("channel", number), before=had, after=has)
    return Done(findings(after, learned), audit=[line])


async def attached(tx: Tx, scope: Scope, platform_id: str) -> ChannelFacts:
    """An attached Kick channel, or a refusal."""
    for one in await setup.kick_channels(tx, scope.community_id):
        if one.platform_id == platform_id:
            return one
    raise Refused(
        "channel_not_attached",
        f"The Kick channel {platform_id[:50]!r} is not attached to this community.",
        "Attach it first, or connect it on the community's page.",
    )


def values(facts: ChannelFacts) -> Values:
    """What syncing changes, as the audit log tells it."""
    return {"slug": facts.slug, "channel_id": facts.channel_ref, "chatroom_id": facts.chatroom_ref}
