"""Linked accounts: who is whom, what happened to links, and staff that links and unlinks."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import strawberry

from server.actions import linking as actions
from server.domain.linking import Cause, account_key
from server.domain.linking import LinkSettings as Rules
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.loaders import account_noun
from server.schema.ids import id_of
from server.schema.linking import (
    Account,
    AccountInput,
    AccountsLinked,
    AccountUnlinked,
    LinkAccountsInput,
    LinkAccountsResult,
    LinkCause,
    LinkedAccount,
    LinkEvent,
    LinkEventKind,
    LinkSettings,
    LinkSettingsUpdated,
    UnlinkAccountInput,
    UnlinkAccountResult,
    UpdateLinkSettingsInput,
    UpdateLinkSettingsResult,
)
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.policies import needs
from server.schema.scalars import Duration, printable
from server.store import link_records, linking
from server.store.link_records import LinkEventRecord

NEWEST_EVENT = Order("link_event", int)


@dataclass(frozen=True, slots=True)
class LinkReads:
    """What a viewer is asked about his links."""

    context: Context
    community_id: int
    viewer_id: int

    async def linked(self) -> list[LinkedAccount]:
        """His accounts, if he has several."""
        return [
            LinkedAccount(account=account_noun(link.account), cause=LinkCause(link.cause), actor=link.actor, at=link.at)
            for link in await link_records.links_of_viewer(self.context.reader, self.community_id, self.viewer_id)
        ]

    async def history(self, first: int, after: str | None) -> Connection[LinkEvent]:
        """What happened to the links of his accounts, newest first."""
        key = NEWEST_EVENT.key(after)
        reader, limit = self.context.reader, checked_first(first) + 1
        members = await linking.household(reader, self.community_id, self.viewer_id)
        before_id = None if key is None else key[0]
        rows = await link_records.events_page(reader, self.community_id, members, before_id, limit)
        named = sorted({row.account_id for row in rows})
        accounts = dict(zip(named, await self.context.accounts.load_many(named), strict=True))
        return page_of(
            rows,
            first,
            node=lambda row: event_noun(row, accounts[row.account_id]),
            cursor=lambda row: NEWEST_EVENT.cursor(row.id),
            count=partial(link_records.events_count, reader, self.community_id, members),
        )


@dataclass(frozen=True, slots=True)
class LinkSettingsReads:
    """What a community is asked about linking."""

    context: Context
    community_id: int

    async def settings(self) -> LinkSettings:
        """The settings in force."""
        return settings_noun(await actions.settings_in_force(self.context.reader, self.community_id))


def settings_noun(found: Rules) -> LinkSettings:
    """The rules of linking as the graph shows them."""
    return LinkSettings(
        cooldown=Duration(found.cooldown_s),
        valid=Duration(found.valid_s),
        code_required=found.code_required,
        log_links=found.log_links,
    )


def event_noun(record: LinkEventRecord, account: Account) -> LinkEvent:
    """A line of the history as the graph shows it."""
    return LinkEvent(
        id=id_of("link_event", record.id),
        kind=LinkEventKind(record.kind),
        account=account,
        viewer_id=id_of("viewer", record.viewer_id),
        cause=LinkCause(record.cause),
        actor=record.actor,
        reason=record.reason,
        at=record.at,
    )


def key_of(account: AccountInput) -> actions.AccountKey:
    """The key of a named account, or a refusal where the id cannot be one of its platform."""
    return account_key(account.platform.key, account.platform_id)


async def link_accounts(
    info: Info,
    given: Annotated[LinkAccountsInput, strawberry.argument(name="input", description="Which accounts, and why.")],
) -> LinkAccountsResult:
    """Make two accounts of one person one viewer."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.LINKS_MANAGE)

    async def link(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.link(
            tx,
            scope,
            one=key_of(given.one),
            other=key_of(given.other),
            cause=Cause.STAFF,
            actor=context.actor_name,
            reason=printable(given.reason),
        )
        return done.giving({"viewer": done.result})

    kept = await once(context, "linkAccounts", place, given, link)
    return AccountsLinked(viewer_id=id_of("viewer", kept["viewer"]))


async def unlink_account(
    info: Info,
    given: Annotated[UnlinkAccountInput, strawberry.argument(name="input", description="Which account, and why.")],
) -> UnlinkAccountResult:
    """Make an account a viewer of its own again."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.LINKS_MANAGE)

    async def unlink(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.unlink(
            tx,
            scope,
            account=key_of(given.account),
            cause=Cause.STAFF,
            actor=context.actor_name,
            reason=printable(given.reason),
        )
        return done.giving({"viewer": done.result.viewer_id, "rest": done.result.rest_id})

    kept = await once(context, "unlinkAccount", place, given, unlink)
    return AccountUnlinked(viewer_id=id_of("viewer", kept["viewer"]), rest_id=id_of("viewer", kept["rest"]))


async def update_link_settings(
    info: Info,
    given: Annotated[UpdateLinkSettingsInput, strawberry.argument(name="input", description="What to set.")],
) -> UpdateLinkSettingsResult:
    """Change the rules of linking."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)

    wanted = {
        name: field.value
        for name, field in (
            ("cooldown_s", given.cooldown),
            ("valid_s", given.valid),
            ("code_required", given.code_required),
            ("log_links", given.log_links),
        )
        if field is not None
    }

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.change_settings(
            tx, scope, revised=lambda current: replace(current, **wanted), actor=context.actor_name
        )
        return done.giving(done.result.stored())

    kept = await once(context, "updateLinkSettings", place, given, change)
    return LinkSettingsUpdated(settings=settings_noun(Rules.restored(kept)))


@strawberry.type
class LinkingMutations:
    """What can be changed about linked accounts."""

    link_accounts: LinkAccountsResult = strawberry.field(
        resolver=link_accounts,
        description="Make two accounts of one person one viewer of a community.",
        metadata=needs(Capability.LINKS_MANAGE),
    )
    unlink_account: UnlinkAccountResult = strawberry.field(
        resolver=unlink_account,
        description="Make an account a viewer of its own again, with what it brought.",
        metadata=needs(Capability.LINKS_MANAGE),
    )
    update_link_settings: UpdateLinkSettingsResult = strawberry.field(
        resolver=update_link_settings,
        description="Change the rules of linking accounts.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
