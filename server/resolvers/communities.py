"""Communities, their viewers, and whoever asks."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry
import structlog

from server.actions import communities as actions
from server.domain.instants import SECOND
from server.domain.linking import account_key
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.alerts import AlertReads
from server.resolvers.audit import AuditReads
from server.resolvers.channels import ChannelReads
from server.resolvers.chat.reads import ChatReads
from server.resolvers.context import Context, Info
from server.resolvers.gaps import ConnectionReads
from server.resolvers.giveaways.reads import GiveawayReads
from server.resolvers.guilds import GuildReads
from server.resolvers.happenings import HappeningReads
from server.resolvers.health import HealthReads
from server.resolvers.idempotency import Kept, once
from server.resolvers.inbox import DeliveryReads
from server.resolvers.jobs.reads import JobReads
from server.resolvers.leaderboards import LeaderboardReads
from server.resolvers.linking import LinkReads, LinkSettingsReads
from server.resolvers.loaders import account_noun
from server.resolvers.names import NameReads
from server.resolvers.panels import PanelReads
from server.resolvers.privacy import note_read
from server.resolvers.proofs import ProofReads
from server.resolvers.raffle.reads import RaffleReads
from server.resolvers.rewards.reads import RewardReads
from server.resolvers.roles.reads import RoleReads
from server.resolvers.scenes import SceneReads
from server.resolvers.setup import SetupReads
from server.resolvers.slotcalls.reads import SlotCallReads
from server.resolvers.staff import StaffReads
from server.resolvers.streamalerts.reads import StreamAlertReads
from server.resolvers.texts import TextReads
from server.resolvers.timers import TimerReads
from server.resolvers.tokens.api_tokens import ApiTokenReads
from server.resolvers.tokens.overlay_keys import OverlayKeyReads
from server.resolvers.totals import TotalsReads
from server.resolvers.wagers import WagerReads
from server.resolvers.watchtime.reasons import WatchTimeReads
from server.resolvers.watchtime.rules import RulesReads
from server.schema.communities.identity import CommunityLoaders
from server.schema.communities.nouns import (
    Community,
    CommunityCreated,
    CreateCommunityInput,
    CreateCommunityResult,
)
from server.schema.communities.viewers import NamedViewer, Viewer
from server.schema.ids import id_of, number_of
from server.schema.linking import Account, Platform
from server.schema.pagination import After, Connection, First, Order, checked_first, page_of
from server.schema.policies import OPERATOR, PUBLIC, READ, admit
from server.schema.scalars import Duration, printable
from server.schema.signin import ActorKind, Me
from server.schema.staff import StaffCapability, told
from server.schema.watchtime import WatchTime
from server.store import communities, guilds, leaderboards, linking
from server.store.communities import CommunityRecord
from server.store.leaderboards import Standing
from server.store.linking import AccountRecord

BY_SLUG = Order("community", str)
LOOKED_AT_MAX = 10_000
"""So many viewers of a community are looked at for a name that begins so."""


@dataclass(frozen=True, slots=True)
class ViewerReads:
    """What a community is asked about its viewers."""

    context: Context
    community: CommunityRecord

    async def by_id(self, viewer_id: str) -> Viewer | None:
        """The viewer with an id."""
        number = await linking.resolve(self.context.reader, self.community.id, number_of("viewer", viewer_id))
        return None if number is None else await self._viewer(number)

    async def named(self, typed: str, first: int) -> list[NamedViewer]:
        """Those whose name begins so, for staff."""
        await self.context.admit_in(self.community.id, Capability.LINKS_MANAGE)
        name = printable(typed).strip().removeprefix("@")
        found = await leaderboards.named(
            self.context.reader, self.community.id, name, LOOKED_AT_MAX, checked_first(first)
        )
        return [
            NamedViewer(
                viewer_id=id_of("viewer", one.viewer_id),
                account=account_noun(
                    AccountRecord(id=one.account_id, platform=one.platform, external_id=one.external_id, name=one.name)
                ),
            )
            for one in found
        ]

    async def by_account(self, platform: Platform, platform_id: str) -> Viewer | None:
        """The viewer that an account is."""
        key = account_key(platform.key, platform_id)
        number = await leaderboards.viewer_by_account(self.context.reader, self.community.id, *key)
        return None if number is None else await self._viewer(number)

    async def _viewer(self, number: int) -> Viewer | None:
        standing = await leaderboards.standing_of(self.context.reader, self.community.id, number)
        if standing is None:
            return None
        await note_read(self.context, self.community.id, "viewer", standing.account_id, number)
        reasons = WatchTimeReads(self.context, self.community, number)
        return Viewer(
            id=id_of("viewer", number),
            watch_time=WatchTime(seconds=Duration(standing.watch_us // SECOND), loader=reasons),
            find_accounts=partial(self._accounts, number),
            find_rank=partial(self._rank, standing),
            links=LinkReads(self.context, self.community.id, number),
        )

    async def _accounts(self, number: int) -> list[Account]:
        records = await linking.accounts_of_viewer(self.context.reader, self.community.id, number)
        return list(map(account_noun, records))

    async def _rank(self, standing: Standing) -> int | None:
        if standing.watch_us <= 0:
            return None
        return await leaderboards.rank_of(self.context.reader, self.community.id, standing.place)


def community_noun(context: Context, record: CommunityRecord) -> Community:
    """A community as the graph shows it."""
    return Community(
        id=id_of("community", record.id),
        slug=record.slug,
        name=record.name,
        timezone=record.timezone,
        created_at=record.created_at,
        loaders=CommunityLoaders(
            channels=ChannelReads(context, record.id),
            watchtime=RulesReads(context, record.id),
            leaderboard=LeaderboardReads(context, record.id),
            viewers=ViewerReads(context, record),
            linking=LinkSettingsReads(context, record.id),
            names=NameReads(context, record.id),
            proofs=ProofReads(context, record.id),
            deliveries=DeliveryReads(context, record.id),
            staff=StaffReads(context, record.id),
            alerts=AlertReads(context, record.id),
            jobs=JobReads(context, record.id),
            health=HealthReads(context, record.id),
            audit=AuditReads(context, record.id),
            happenings=HappeningReads(context, record.id),
            slots=SlotCallReads(context, record.id),
            raffles=RaffleReads(context, record.id),
            giveaways=GiveawayReads(context, record.id),
            wagers=WagerReads(context, record.id),
            setup=SetupReads(context, record.id),
            overlay_keys=OverlayKeyReads(context, record.id),
            scenes=SceneReads(context, record.id),
            stream_alerts=StreamAlertReads(context, record.id),
            api_tokens=ApiTokenReads(context, record.id),
            guilds=GuildReads(context, record.id),
            panels=PanelReads(context, record.id),
            texts=TextReads(context, record.id),
            connection=ConnectionReads(context, record.id),
            chat=ChatReads(context, record.id),
            timers=TimerReads(context, record.id),
            rewards=RewardReads(context, record.id),
            roles=RoleReads(context, record.id),
            totals=TotalsReads(context, record),
        ),
    )


async def community_by_id(context: Context, community_id: int) -> Community | None:
    """The community of a row, or None."""
    record = await communities.by_id(context.reader, community_id)
    return None if record is None else community_noun(context, record)


async def community(
    info: Info, slug: Annotated[str, strawberry.argument(description="The community's short name.")]
) -> Community | None:
    """A community by its slug."""
    context = info.context
    if context.actor is None:
        admit(None, READ)
    record = await communities.by_slug(context.reader, printable(slug))
    await context.admit_in(None if record is None else record.id, Capability.COMMUNITY_READ)
    if record is None:
        return None
    structlog.contextvars.bind_contextvars(community=record.slug)
    return community_noun(context, record)


async def community_of_guild(
    info: Info, guild_id: Annotated[str, strawberry.argument(description="Discord's id of the server.")]
) -> Community | None:
    """The community that a Discord server is bound to."""
    context = info.context
    if context.actor is None:
        admit(None, READ)
    bound = await guilds.community_of(context.reader, printable(guild_id))
    await context.admit_in(bound, Capability.COMMUNITY_READ)
    return None if bound is None else await community_by_id(context, bound)


async def all_communities(info: Info, first: First, after: After = None) -> Connection[Community]:
    """Every community, by slug."""
    context = info.context
    context.admit_operator()
    key = BY_SLUG.key(after)
    rows = await communities.page(context.reader, "" if key is None else printable(key[0]), checked_first(first) + 1)
    return page_of(
        rows,
        first,
        node=partial(community_noun, context),
        cursor=lambda row: BY_SLUG.cursor(row.slug),
        count=partial(communities.count, context.reader),
    )


def me(info: Info) -> Me | None:
    """Whoever asks, or None for a stranger."""
    context, actor = info.context, info.context.actor
    if actor is None:
        return None

    async def find_community() -> Community | None:
        if actor.community_id is None or Capability.COMMUNITY_READ not in await context.held_in(actor.community_id):
            return None
        return await community_by_id(context, actor.community_id)

    async def find_capabilities(community_id: str) -> list[StaffCapability]:
        return told(await context.held_in(number_of("community", community_id)))

    return Me(
        kind=ActorKind(actor.kind),
        subject=actor.subject,
        expires_at=actor.expires_at,
        find_community=find_community,
        find_capabilities=find_capabilities,
    )


async def create_community(
    info: Info,
    given: Annotated[CreateCommunityInput, strawberry.argument(name="input", description="What to make.")],
) -> CreateCommunityResult:
    """Make a community."""
    context = info.context
    context.admit_operator()

    async def create(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.create(tx, scope, slug=given.slug, name=printable(given.name), timezone=given.timezone)
        return done.giving({"community": done.result})

    kept = await once(context, "createCommunity", None, given, create)
    made = await community_by_id(context, kept["community"])
    if made is None:
        raise LookupError(f"The community {kept['community']} is gone.")
    return CommunityCreated(community=made)


@strawberry.type
class CommunityQueries:
    """What can be asked about communities."""

    me: Me | None = strawberry.field(resolver=me, description="Whoever asks; null without a token.", metadata=PUBLIC)
    community: Community | None = strawberry.field(
        resolver=community,
        description="A community by its slug, for whoever may look at it; the operator gets null for none.",
        metadata=READ,
    )
    community_of_guild: Community | None = strawberry.field(
        resolver=community_of_guild,
        description="The community that a Discord server is bound to, for whoever may look at it.",
        metadata=READ,
    )
    communities: Connection[Community] = strawberry.field(
        resolver=all_communities, description="Every community, by slug.", metadata=OPERATOR
    )


@strawberry.type
class CommunityMutations:
    """What can be changed about communities."""

    create_community: CreateCommunityResult = strawberry.field(
        resolver=create_community, description="Make a community.", metadata=OPERATOR
    )
