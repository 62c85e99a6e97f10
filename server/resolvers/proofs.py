"""People link and unlink their own accounts; staff sees how they get on."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry

from server.actions import linking as links
from server.actions import proofs as actions
from server.domain.linking import account_key
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.guilds import check_guild
from server.resolvers.idempotency import Kept, Own, once
from server.resolvers.privacy import note_read
from server.schema.ids import id_of, number_of
from server.schema.linking import Platform
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.policies import SIGNED_IN, Denied, admit
from server.schema.proofs import (
    ConfirmLinkInput,
    ConfirmLinkResult,
    CreateLinkInput,
    CreateLinkResult,
    KnownAccount,
    LinkConfirmed,
    LinkCreated,
    LinkKnownAccountInput,
    LinkKnownAccountResult,
    LinkOffer,
    LinkOfferState,
    MyAccountUnlinked,
    UnlinkMyAccountInput,
    UnlinkMyAccountResult,
)
from server.schema.scalars import printable
from server.store import proofs
from server.store.proofs import ProofRecord

NEWEST_OFFER = Order("link_offer", int)
LINK_PATH = "/link/"


@dataclass(frozen=True, slots=True)
class ProofReads:
    """What a community is asked about the links it handed out."""

    context: Context
    community_id: int

    async def page(self, first: int, after: str | None) -> Connection[LinkOffer]:
        """The links, newest first."""
        await self.context.admit_in(self.community_id, Capability.LINKS_MANAGE)
        await note_read(self.context, self.community_id, "links")
        key, reader = NEWEST_OFFER.key(after), self.context.reader
        rows = await proofs.page(reader, self.community_id, None if key is None else key[0], checked_first(first) + 1)
        return page_of(
            rows,
            first,
            node=offer_noun,
            cursor=lambda row: NEWEST_OFFER.cursor(row.id),
            count=partial(proofs.count, reader, self.community_id),
        )


def offer_noun(record: ProofRecord) -> LinkOffer:
    """A link that was handed out as the graph shows it."""
    return LinkOffer(
        id=id_of("link_offer", record.id),
        discord_id=record.discord_id,
        discord_name=record.discord_name,
        state=LinkOfferState(record.state.value),
        platform=None if record.platform is None else Platform(record.platform),
        platform_id=record.external_id,
        name=record.name,
        problem=record.problem,
        created_at=record.created_at,
        expires_at=record.expires_at,
        settled_at=record.settled_at,
    )


async def person_in(context: Context, community: str) -> Own:
    """Where the caller acts for himself; `Denied` for whoever does not act as a person, or not there.

    Refuses a Discord server that does not belong to the community.
    """
    admit(context.actor, SIGNED_IN)
    number = number_of("community", community)
    if context.signed_in.community_id not in {None, number}:
        raise Denied(
            "forbidden",
            "Your token is good for another community only.",
            "Use a token of this community, or one that is bound to none.",
        )
    await check_guild(context, number)
    return Own(number)


def discord_user(context: Context) -> str:
    """Discord's id of the person who acts, or a refusal where he is not known by one."""
    found = sorted(external_id for kind, external_id in context.signed_in.holders if kind == "discord")
    if len(found) != 1:
        raise Refused(
            "discord_user_needed",
            "Linking begins with a Discord user, and you are not known by one.",
            "Ask for the link in Discord, with /link.",
        )
    return found[0]


async def create_link(
    info: Info, given: Annotated[CreateLinkInput, strawberry.argument(name="input", description="For whom.")]
) -> CreateLinkResult:
    """Hand a link to the Discord user who acts."""
    context = info.context
    own = await person_in(context, given.community_id)
    discord_id = discord_user(context)

    async def create(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.offer(
            tx,
            scope,
            discord_id=discord_id,
            discord_name=printable(given.discord_name),
            guild_name=printable(given.guild_name),
        )
        number, expires_at = done.result
        return done.giving({"offer": number, "until": expires_at.isoformat()})

    kept = await once(context, "createLink", own, given, create)
    services, expires_at = context.services, datetime.fromisoformat(kept["until"])
    token = services.links.token(kept["offer"], expires_at)
    return LinkCreated(url=f"{services.public_url}{LINK_PATH}{token}", expires_at=expires_at)


async def confirm_link(
    info: Info, given: Annotated[ConfirmLinkInput, strawberry.argument(name="input", description="The code.")]
) -> ConfirmLinkResult:
    """Link the accounts of the Discord user who acts, for the code that his browser shows."""
    context = info.context
    own = await person_in(context, given.community_id)
    discord_id = discord_user(context)

    async def confirm(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.type_code(tx, scope, discord_id=discord_id, code=given.code, signer=context.services.links)
        result = done.result
        if isinstance(result, Refused):
            return done.giving({"code": result.code, "message": result.message, "remedy": result.remedy})
        return done.giving({"platform": result.platform, "id": result.external_id, "name": result.name})

    kept = await once(context, "confirmLink", own, given, confirm)
    if "code" in kept:
        raise Refused(kept["code"], kept["message"], kept["remedy"])
    return LinkConfirmed(platform=Platform(kept["platform"]), platform_id=kept["id"], name=kept["name"])


async def known_accounts(
    info: Info, community_id: Annotated[strawberry.ID, strawberry.argument(description="Where to link them.")]
) -> list[KnownAccount]:
    """The accounts that the person who acts proved in other communities and that are not linked here."""
    context = info.context
    own = await person_in(context, community_id)
    found = await proofs.proven_elsewhere(context.reader, own.community_id, context.signed_in.holders)
    return [KnownAccount(platform=Platform(one.platform), platform_id=one.external_id, name=one.name) for one in found]


async def link_known_account(
    info: Info,
    given: Annotated[LinkKnownAccountInput, strawberry.argument(name="input", description="Which account.")],
) -> LinkKnownAccountResult:
    """Take a link that the person who acts proved elsewhere into a community."""
    context = info.context
    own = await person_in(context, given.community_id)
    discord_id = discord_user(context)
    wanted = account_key(given.account.platform.key, given.account.platform_id)

    async def take(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.take_known(tx, scope, discord_id=discord_id, wanted=wanted)
        return done.giving({"platform": wanted[0], "id": wanted[1], "name": done.result.name})

    kept = await once(context, "linkKnownAccount", own, given, take)
    return LinkConfirmed(platform=Platform(kept["platform"]), platform_id=kept["id"], name=kept["name"])


async def unlink_my_account(
    info: Info,
    given: Annotated[UnlinkMyAccountInput, strawberry.argument(name="input", description="Which account.")],
) -> UnlinkMyAccountResult:
    """Make an account of the person who acts a viewer of its own again."""
    context = info.context
    own = await person_in(context, given.community_id)
    account = account_key(given.account.platform.key, given.account.platform_id)

    async def unlink(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await links.unlink_own(
            tx, scope, account=account, holders=context.signed_in.holders, actor=context.actor_name
        )
        return done.giving({"platform": account[0], "id": account[1]})

    kept = await once(context, "unlinkMyAccount", own, given, unlink)
    return MyAccountUnlinked(platform=Platform(kept["platform"]), platform_id=kept["id"])


@strawberry.type
class ProofQueries:
    """What can be asked about accounts that people prove to be theirs."""

    known_accounts: list[KnownAccount] = strawberry.field(
        resolver=known_accounts,
        description="Accounts that you proved to be yours in other communities and that are not linked here.",
        metadata=SIGNED_IN,
    )


@strawberry.type
class ProofMutations:
    """What can be changed about accounts that people prove to be theirs."""

    create_link: CreateLinkResult = strawberry.field(
        resolver=create_link,
        description="Ask for a link with which the Discord user who acts proves an account of his and links it.",
        metadata=SIGNED_IN,
    )
    confirm_link: ConfirmLinkResult = strawberry.field(
        resolver=confirm_link,
        description="Type the code that the browser shows, as the Discord user whose link it is.",
        metadata=SIGNED_IN,
    )
    link_known_account: LinkKnownAccountResult = strawberry.field(
        resolver=link_known_account,
        description="Link an account here that you proved to be yours in another community.",
        metadata=SIGNED_IN,
    )
    unlink_my_account: UnlinkMyAccountResult = strawberry.field(
        resolver=unlink_my_account,
        description="Make an account of your own a viewer of its own again; a link of today is undone at no cost.",
        metadata=SIGNED_IN,
    )
