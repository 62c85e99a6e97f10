"""The roots of the graph: every root field with its policy, and the schema they make. Read this first."""

from collections.abc import AsyncGenerator

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from server.domain.staff import Capability
from server.resolvers import (
    audit,
    channels,
    communities,
    feed,
    health,
    inbox,
    invitations,
    leaderboards,
    linking,
    proofs,
    staff,
)
from server.resolvers.execution import ClosedToStrangers, Executor, Observed, Refusals, Schema
from server.resolvers.watchtime import changes
from server.schema.audit import AuditEvent
from server.schema.channels import AttachChannelResult
from server.schema.communities import Community, CreateCommunityResult, Me
from server.schema.feed import FEED_TYPES, FeedItem
from server.schema.health import Health, RateLimit, ServerInfo
from server.schema.inbox import Orphan, ReplayDeliveriesResult, ReplayOrphansResult
from server.schema.invitations import CreateInvitationResult
from server.schema.leaderboards import LeaderboardChange
from server.schema.linking import LinkAccountsResult, UnlinkAccountResult, UpdateLinkSettingsResult
from server.schema.pagination import Connection
from server.schema.policies import OPERATOR, PUBLIC, READ, SIGNED_IN, needs
from server.schema.proofs import (
    ConfirmLinkResult,
    CreateLinkResult,
    KnownAccount,
    LinkKnownAccountResult,
    UnlinkMyAccountResult,
)
from server.schema.scalars import SCALARS
from server.schema.staff import GrantStaffRoleResult, RevokeStaffRoleResult
from server.schema.watchtime import (
    AdjustWatchTimeResult,
    RecountWatchTimeResult,
    SetTrackingResult,
    UpdateWatchTimeSettingsResult,
)


@strawberry.type(description="What can be asked.")
class Query:
    """Questions."""

    server_info: ServerInfo = strawberry.field(
        resolver=health.server_info, description="What runs here.", metadata=PUBLIC
    )
    rate_limit: RateLimit | None = strawberry.field(
        resolver=health.rate_limit,
        description="What this operation costs and what is left to spend; null where nobody counts.",
        metadata=PUBLIC,
    )
    me: Me | None = strawberry.field(
        resolver=communities.me, description="Whoever asks; null without a token.", metadata=PUBLIC
    )
    community: Community | None = strawberry.field(
        resolver=communities.community,
        description="A community by its slug, for whoever may look at it; the operator gets null for none.",
        metadata=READ,
    )
    communities: Connection[Community] = strawberry.field(
        resolver=communities.all_communities, description="Every community, by slug.", metadata=OPERATOR
    )
    known_accounts: list[KnownAccount] = strawberry.field(
        resolver=proofs.known_accounts,
        description="Accounts that you proved to be yours in other communities and that are not linked here.",
        metadata=SIGNED_IN,
    )
    orphans: Connection[Orphan] = strawberry.field(
        resolver=inbox.orphans,
        description="Notifications about channels that no community had attached, newest first.",
        metadata=OPERATOR,
    )
    audit_events: Connection[AuditEvent] = strawberry.field(
        resolver=audit.installation_events,
        description="Who did what where no community is concerned, newest first; a community has a log of its own.",
        metadata=OPERATOR,
    )
    health: Health = strawberry.field(
        resolver=health.installation_health, description="How the whole installation is doing.", metadata=OPERATOR
    )


@strawberry.type(description="What can be done. Everything takes an idempotency key and is safe to send again.")
class Mutation:
    """Changes."""

    create_community: CreateCommunityResult = strawberry.field(
        resolver=communities.create_community, description="Make a community.", metadata=OPERATOR
    )
    create_invitation: CreateInvitationResult = strawberry.field(
        resolver=invitations.create_invitation,
        description="Make a code with which somebody makes a community of his own.",
        metadata=OPERATOR,
    )
    attach_channel: AttachChannelResult = strawberry.field(
        resolver=channels.attach_channel,
        description="Have a community follow a channel; what was told of it before is then delivered too.",
        metadata=needs(Capability.CHANNELS_MANAGE),
    )
    update_watch_time_settings: UpdateWatchTimeSettingsResult = strawberry.field(
        resolver=changes.update_watch_time_settings,
        description="Change the rules of watch time from an instant on; streams they concern are counted anew.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
    set_tracking: SetTrackingResult = strawberry.field(
        resolver=changes.set_tracking,
        description="Let viewers earn watch time, or stop it.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
    adjust_watch_time: AdjustWatchTimeResult = strawberry.field(
        resolver=changes.adjust_watch_time,
        description="Add to or take from a viewer's watch time, with a reason.",
        metadata=needs(Capability.WATCHTIME_ADJUST),
    )
    recount_watch_time: RecountWatchTimeResult = strawberry.field(
        resolver=changes.recount_watch_time,
        description="Count a community's watch time anew from the evidence; totals that were right stay as they are.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
    link_accounts: LinkAccountsResult = strawberry.field(
        resolver=linking.link_accounts,
        description="Make two accounts of one person one viewer of a community.",
        metadata=needs(Capability.LINKS_MANAGE),
    )
    unlink_account: UnlinkAccountResult = strawberry.field(
        resolver=linking.unlink_account,
        description="Make an account a viewer of its own again, with what it brought.",
        metadata=needs(Capability.LINKS_MANAGE),
    )
    update_link_settings: UpdateLinkSettingsResult = strawberry.field(
        resolver=linking.update_link_settings,
        description="Change the rules of linking accounts.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
    create_link: CreateLinkResult = strawberry.field(
        resolver=proofs.create_link,
        description="Ask for a link with which the Discord user who acts proves an account of his and links it.",
        metadata=SIGNED_IN,
    )
    confirm_link: ConfirmLinkResult = strawberry.field(
        resolver=proofs.confirm_link,
        description="Type the code that the browser shows, as the Discord user whose link it is.",
        metadata=SIGNED_IN,
    )
    link_known_account: LinkKnownAccountResult = strawberry.field(
        resolver=proofs.link_known_account,
        description="Link an account here that you proved to be yours in another community.",
        metadata=SIGNED_IN,
    )
    unlink_my_account: UnlinkMyAccountResult = strawberry.field(
        resolver=proofs.unlink_my_account,
        description="Make an account of your own a viewer of its own again; a link of today is undone at no cost.",
        metadata=SIGNED_IN,
    )
    replay_deliveries: ReplayDeliveriesResult = strawberry.field(
        resolver=inbox.replay_deliveries,
        description="Try quarantined deliveries again.",
        metadata=needs(Capability.DELIVERIES_REPLAY),
    )
    grant_staff_role: GrantStaffRoleResult = strawberry.field(
        resolver=staff.grant_staff_role,
        description="Make somebody staff of a community, or change his role.",
        metadata=needs(Capability.STAFF_MANAGE),
    )
    revoke_staff_role: RevokeStaffRoleResult = strawberry.field(
        resolver=staff.revoke_staff_role,
        description="Let somebody be staff of a community no more.",
        metadata=needs(Capability.STAFF_MANAGE),
    )
    replay_orphans: ReplayOrphansResult = strawberry.field(
        resolver=inbox.replay_orphans,
        description="Deliver what was told of a channel while no community had attached it.",
        metadata=OPERATOR,
    )


@strawberry.type(description="What can be listened to, over a websocket.")
class Subscription:
    """Live streams of events."""

    leaderboard_changed: AsyncGenerator[LeaderboardChange, None] = strawberry.subscription(
        resolver=leaderboards.leaderboard_changed,
        description="The top of a leaderboard: at once, then whenever it is another, at most four times a second.",
        metadata=READ,
    )
    feed: AsyncGenerator[FeedItem, None] = strawberry.subscription(
        resolver=feed.follow_feed,
        description="Everything that changes in a community after a cursor, each change once and in order.",
        metadata=READ,
    )


def build_schema() -> Schema:
    """The whole graph."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=FEED_TYPES,
        extensions=[ClosedToStrangers, Observed],
        exception_handlers=[Refusals()],
        execution_context_class=Executor,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def sdl() -> str:
    """The schema in the schema definition language, as it is committed."""
    return build_schema().as_str().rstrip() + "\n"


def root_fields() -> frozenset[str]:
    """The name of every root field, as operations ask for it."""
    roots = (Query, Mutation, Subscription)
    return frozenset(
        to_camel_case(field.python_name) for root in roots for field in get_object_definition(root, strict=True).fields
    )
